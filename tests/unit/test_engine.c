/* SPDX-License-Identifier: MIT */
/*
 * target-ppc/engine*.c against step(): the same random program from the same state, once with each,
 * must end in the same state, bit for bit.
 * Programs come from the rows of insn.def with fixed seeds (engine_programs.h).
 */
#include "target-ppc/engine.h"
#include "tests/unit/engine_programs.h"

enum { PROGRAMS = 150 };

static void expect_lock_step(unsigned features, bool chaos)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        Program program = program_new(world, seed + features * UINT64_C(1000), features);
        uint64_t chaos_seed = chaos ? seed : 0, end;
        if (world_differs(world, &program, program.icount + ENGINE_STOP_DISTANCE, chaos_seed,
                          &end)) {
            g_autofree char *text = world_describe_difference(world, &program, chaos_seed);
            cr_assert_fail("features %#x seed %d: %s", features, (int)seed, text);
        }
        cr_assert_geq(end, program.icount - ENGINE_STOP_DISTANCE);
        program_free(&program);
    }
}

/* --- lock-step --------------------------------------------------------------------------------------- */

enum { ALL_DATA = WITH_FP | WITH_VEC | WITH_DEVICE, KERNEL = ALL_DATA | SUPERVISOR | WITH_EE };

Test(engine, plain_programs_run_as_step_runs_them) { expect_lock_step(WITH_EE, false); }

Test(engine, programs_with_all_kinds_of_registers_run_as_step_runs_them)
{
    expect_lock_step(ALL_DATA, false);
}

Test(engine, programs_of_fused_slots_run_as_step_runs_them)
{
    expect_lock_step(FUSED_MOSTLY | WITH_EE | WITH_FP, false);
}

Test(engine, programs_of_fused_slots_that_change_themselves_run_as_step_runs_them)
{
    expect_lock_step(FUSED_MOSTLY | WITH_EE | SELF_MODIFYING | PAGED | TRANSLATED, true);
}

Test(engine, floating_point_programs_run_as_step_runs_them)
{
    expect_lock_step(WITH_FP | FP_MOSTLY, false);
}

Test(engine, floating_point_programs_with_interrupts_run_as_step_runs_them)
{
    expect_lock_step(KERNEL | FP_MOSTLY | TRANSLATED, false);
}

Test(engine, emptying_caches_changes_no_floating_point)
{
    expect_lock_step(KERNEL | FP_MOSTLY, true);
}

Test(engine, supervisor_programs_run_as_step_runs_them) { expect_lock_step(KERNEL, false); }

Test(engine, programs_in_blocks_run_as_step_runs_them)
{
    expect_lock_step(KERNEL | TRANSLATED, false);
}

Test(engine, programs_in_pages_run_as_step_runs_them)
{
    expect_lock_step(KERNEL | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_change_their_context_run_as_step_runs_them)
{
    expect_lock_step(CONTEXTS | KERNEL | TRANSLATED | PAGED | TABLE_WRITES, false);
}

Test(engine, user_programs_in_two_address_spaces_run_as_step_runs_them)
{
    expect_lock_step(CONTEXTS | ALL_DATA | WITH_EE | USER | TRANSLATED | PAGED, false);
}

Test(engine, user_programs_run_as_step_runs_them)
{
    expect_lock_step(ALL_DATA | WITH_EE | USER | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_change_themselves_run_as_step_runs_them)
{
    expect_lock_step(SELF_MODIFYING | WITH_DEVICE | WITH_EE, false);
}

Test(engine, programs_that_change_an_alias_of_themselves_run_as_step_runs_them)
{
    expect_lock_step(SELF_MODIFYING | KERNEL | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_change_their_page_table_run_as_step_runs_them)
{
    expect_lock_step(TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED, false);
}

Test(engine, programs_that_execute_their_page_table_run_as_step_runs_them)
{
    expect_lock_step(TABLE_IS_CODE | TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED,
                     false);
}

Test(engine, emptying_caches_changes_nothing) { expect_lock_step(KERNEL, true); }

Test(engine, emptying_caches_changes_nothing_in_pages)
{
    expect_lock_step(TABLE_IS_CODE | TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED,
                     true);
}

/* --- stops, event points ------------------------------------------------------------------------------ */

Test(engine, a_run_stops_exactly_where_it_is_told)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    Program program = program_new(world, 5, KERNEL | TRANSLATED | PAGED);
    uint64_t start = program.icount - INSNS;
    for (uint64_t n = 1; n < INSNS; n += n < 1100 ? 7 : 37) {
        Outcome steps = world_run_steps(world, &program, start + n);
        world_load(world, &program);
        world_run_to(world, start + n);
        Outcome engine = world_outcome(world);
        cr_assert(outcome_same(&steps, &engine), "after %d", (int)n);
        g_byte_array_unref(steps.state);
        g_byte_array_unref(engine.state);
    }
    program_free(&program);
}

Test(engine, stops_on_the_way_change_nothing)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    for (uint64_t seed = 1; seed < 20; seed++) {
        Program program = program_new(world, seed, KERNEL | TRANSLATED | PAGED | SELF_MODIFYING);
        Outcome steps = world_run_steps(world, &program, program.icount);
        world_load(world, &program);
        for (uint64_t at = program.icount - INSNS; at < program.icount; at += seed * 97) {
            world_run_to(world, at);
        }
        world_run_to(world, program.icount);
        Outcome engine = world_outcome(world);
        cr_assert(outcome_same(&steps, &engine), "seed %d", (int)seed);
        g_byte_array_unref(steps.state);
        g_byte_array_unref(engine.state);
        program_free(&program);
    }
}

/* --- stop points ----------------------------------------------------------------------------------------- */

Test(stops, stop_points_change_nothing_in_random_programs)
{
    static const unsigned kinds[] = {
        KERNEL,
        KERNEL | TRANSLATED,
        KERNEL | TRANSLATED | PAGED | SELF_MODIFYING,
        ALL_DATA | WITH_EE | USER | TRANSLATED | PAGED,
        TABLE_IS_CODE | TABLE_WRITES | SELF_MODIFYING | KERNEL | TRANSLATED | PAGED,
    };
    World *world = g_new0(World, 1);
    guint hits = 0;
    world_new(world, "7400_v2.9");
    for (unsigned kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        for (uint64_t seed = 1; seed <= 40; seed++) {
            Program program = program_new(world, seed, kinds[kind]);
            hits += world_expect_stops_change_nothing(world, &program, seed);
            program_free(&program);
        }
    }
    cr_assert_gt(hits, 1000, "%u hits", hits);
}

/* --- timers ------------------------------------------------------------------------------------------- */

/* Two pages without a branch, then short loops, then back. */
static void put_quiet_program(World *world)
{
    Gen gen = {.at = CODE, .state = 1};
    while (gen.at < CODE + 0x2000) {
        gen_emit(world, &gen, word_addi(3, 3, 1));
    }
    gen_emit(world, &gen, word_addi(14, 0, 9));
    gen_emit(world, &gen, word_mtspr(SPR_CTR, 14));
    gen_emit(world, &gen, word_addi(4, 4, 1));
    gen_emit(world, &gen, 16u << 26 | 16 << 21 | ((uint32_t)-4 & 0xfffc));
    gen_emit(world, &gen, word_b(-0x2010));
    stl_be_p(world->bench.host + PPC_VECTOR_DECREMENTER, word_b(0));
    world->bench.env->pc = CODE;
    bench_set_msr(world->bench.env, BIT(MSR_ME) | BIT(MSR_EE));
}

Test(engine, timers_interrupt_at_the_same_instruction_whenever_they_are_due)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    put_quiet_program(world);
    uint64_t start = *env->icount, end;
    for (uint32_t ticks = 0; ticks < 250; ticks++) {
        ppc_dec_set(env, ticks);
        cr_assert_eq(env->pending_interrupts, 0);
        Program program = program_of(world, 0);
        cr_assert_not(world_differs(world, &program, start + 4600, 0, &end), "DEC = %u", ticks);
        cr_assert_eq(env->pc, PPC_VECTOR_DECREMENTER, "DEC = %u", ticks);
        world_load(world, &program);
        program_free(&program);
    }
}

Test(engine, a_kick_ends_a_nap_that_nothing_else_ends)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    env->halted = true;
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    clock_kick(env->clock); /* as from another thread, while the engine waits */
    ppc_engine_run(env);
    cr_assert(env->halted);
    clock_kick_done(env->clock);
}

/* --- what no random program comes to ------------------------------------------------------------------ */

/* A page table entry whose second word is an instruction: setting R changes the instruction. */
Test(engine, the_table_walker_changes_instructions)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    Bench *bench = &world->bench;
    env->spr[SPR_SDR1] = TABLE;
    uint32_t pte = bench_pte(bench, SPARE, PA_ALIAS | SPARE | 2, false, 0); /* addi r0, r2, 2 */
    bench_put(bench, pte + 8, 0x4e800020);                                  /* blr */
    Gen gen = {.at = CODE, .state = 1};
    for (unsigned i = 0; i < 3; i++) {
        gen_emit(world, &gen, word_b((int32_t)(pte + 4 - gen.at)) | 1);
        gen_emit(world, &gen, word_mtspr(SPR_SPRG0 + i, 0));
        gen_emit(world, &gen, i == 0 ? word_d(32, 9, 8, 0) : word_stw(9, 8, 0));
    }
    gen_emit(world, &gen, word_b(0));
    env->gpr[8] = SPARE;
    env->pc = CODE;
    bench_set_msr(env, BIT(MSR_ME) | BIT(MSR_DR));
    Program program = program_of(world, 0);
    uint64_t end;
    cr_assert_not(world_differs(world, &program, *env->icount + 1100, 0, &end));
    cr_assert_eq(bench_get(bench, pte + 4), PA_ALIAS | SPARE | 0x182);
    cr_assert_eq(env->spr[SPR_SPRG1] - env->spr[SPR_SPRG0], 0x100);
    cr_assert_eq(env->spr[SPR_SPRG2] - env->spr[SPR_SPRG1], 0x80);
    program_free(&program);
}

/* A page of a device in one address space is RAM in another: @msr says who accesses it. */
static void expect_devices_follow_segments(uint32_t msr)
{
    enum { PLACE = 0x50000000, OTHER = VSID + 99 };
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    PpcEnv *env = world->bench.env;
    Bench *bench = &world->bench;
    env->spr[SPR_SDR1] = TABLE;
    env->sr[5] = OTHER;
    bench_pte(bench, PLACE, SPARE | 0x182, false, 0);
    env->sr[5] = VSID;
    bench_pte(bench, PLACE, IO_BASE | 0x1a2, false, 1);
    bench_put(bench, SPARE, 0x12345678);
    bench_put(bench, PPC_VECTOR_SYSTEM_CALL, word_x(210, 9, 5, 0)); /* mtsr */
    bench_put(bench, PPC_VECTOR_SYSTEM_CALL + 4, WORD_RFI);
    Gen gen = {.at = CODE, .state = 1};
    gen_emit(world, &gen, word_lwz(3, 8, 0));
    gen_emit(world, &gen, WORD_SC);
    gen_emit(world, &gen, word_lwz(4, 8, 0));
    gen_emit(world, &gen, word_b(0));
    env->gpr[8] = PLACE;
    env->gpr[9] = OTHER;
    env->pc = CODE;
    bench_set_msr(env, BIT(MSR_ME) | BIT(MSR_DR) | msr);
    Program program = program_of(world, 100);
    g_byte_array_unref(
        world_run_engine(world, &program, program.icount + ENGINE_STOP_DISTANCE, 0).state);
    cr_assert_eq(env->gpr[4], 0x12345678);
    program_free(&program);
}

Test(engine, devices_of_the_users_address_space_are_not_in_the_next)
{
    expect_devices_follow_segments(BIT(MSR_PR));
}

Test(engine, devices_of_the_supervisors_segment_go_with_it) { expect_devices_follow_segments(0); }

/* A device rewrites one of four neighbours that one handler executes, wherever a line of slots begins. */
Test(engine, each_of_four_fused_slots_may_be_rewritten)
{
    enum {
        LINE = ENGINE_LINE_SLOTS,
        TURNS = 800,
        RUN = TURNS * (ENGINE_FUSED_SLOTS + 1),
        FIRST = 20
    };
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    Bench *bench = &world->bench;
    PpcEnv *env = bench->env;
    for (unsigned i = 0; i < ENGINE_FUSED_SLOTS * 2 * ENGINE_FUSED_SLOTS; i++) {
        unsigned begin = i / ENGINE_FUSED_SLOTS, changed = i % ENGINE_FUSED_SLOTS;
        uint32_t code = CODE + 4 * (LINE - ENGINE_FUSED_SLOTS + begin);
        for (unsigned slot = 0; slot < ENGINE_FUSED_SLOTS; slot++) {
            bench_put(bench, code + 4 * slot, word_addi(FIRST + slot, FIRST + slot, 1));
        }
        bench_put(bench, code + 4 * ENGINE_FUSED_SLOTS, word_b(-4 * ENGINE_FUSED_SLOTS));
        memset(&env->gpr[FIRST], 0, ENGINE_FUSED_SLOTS * sizeof(uint32_t));
        env->pc = code;
        world_run_to(world, *env->icount + RUN);
        bench_put(bench, code + 4 * changed, word_addi(FIRST + changed, FIRST + changed, 2));
        world_run_to(world, *env->icount + RUN);
        for (unsigned slot = 0; slot < ENGINE_FUSED_SLOTS; slot++) {
            cr_assert_eq(env->gpr[FIRST + slot], slot == changed ? 3 * TURNS : 2 * TURNS,
                         "from slot %u, %u changed", begin, changed);
        }
    }
}
