/* SPDX-License-Identifier: MIT */
/*
 * debug/stops.c on a bare processor, with the engine and without: which accesses a watchpoint sees, what
 * it tells, and where the processor stands then. Random programs: test_engine.c.
 */
#include "debug/stops.h"
#include "tests/unit/ppc_bench.h"

enum { CODE = 0x1000, DATA = 0x8000, NEXT_PAGE = 0x9000, END = 1000 };

static Bench bench;
static DebugStops *stops;

static void start(void)
{
    bench = bench_new("7400_v2.9");
    stops = debug_stops_of(CPU(bench.cpu));
    bench_set_msr(bench.env, BIT(MSR_ME) | BIT(MSR_FP) | BIT(MSR_VEC));
    for (uint32_t at = CODE; at < CODE + 0x1000; at += 4) {
        bench_put(&bench, at, WORD_NOP);
    }
    for (uint32_t at = 0; at < 0x2000; at += 4) {
        bench_put(&bench, DATA + at, 0x01020304 + at);
    }
    bench.env->gpr[4] = DATA;
    bench.env->pc = CODE;
}

static unsigned add(CpuStopKind kind, uint64_t addr, uint64_t length)
{
    StopPoint point = {.kind = kind, .addr = addr, .length = length};
    return debug_stops_add(stops, &point, &error_abort);
}

static CpuExit run(void)
{
    CPUState *cs = CPU(bench.cpu);
    clock_set_stop_icount(bench.env->clock, END);
    return CPU_GET_CLASS(cs)->run(cs);
}

static void step(void) { CPU_GET_CLASS(CPU(bench.cpu))->step(CPU(bench.cpu)); }

/* @word as the third instruction, watched from @addr on, stops behind itself, and @at is told. */
static void sees(CpuStopKind kind, uint32_t word, uint32_t addr, uint64_t length, uint32_t at)
{
    for (unsigned engine = 0; engine < 2; engine++) {
        bench.cpu->use_engine = engine;
        bench.env->pc = CODE;
        bench.env->gpr[4] = DATA;
        bench_put(&bench, CODE + 8, word);
        unsigned number = add(kind, addr, length);
        *bench.env->icount = 0;
        cr_assert_eq(run(), CPU_EXIT_WATCHPOINT, "%08x engine %u", word, engine);
        const StopHit *hit = debug_stops_hit(stops);
        cr_assert_eq(hit->number, number);
        cr_assert_eq(hit->addr, at, "%08x: at %08x", word, (unsigned)hit->addr);
        cr_assert_eq(hit->pc, CODE + 8);
        cr_assert_eq(bench.env->pc, CODE + 12);
        cr_assert_eq(*bench.env->icount, 3);
        cr_assert_eq(run(), CPU_EXIT_STOP_ICOUNT);
        cr_assert_null(debug_stops_hit(stops));
        debug_stops_delete(stops, number);
    }
}

static void passes(CpuStopKind kind, uint32_t word, uint32_t addr, uint64_t length)
{
    for (unsigned engine = 0; engine < 2; engine++) {
        bench.cpu->use_engine = engine;
        bench.env->pc = CODE;
        bench.env->gpr[4] = DATA;
        bench_put(&bench, CODE + 8, word);
        unsigned number = add(kind, addr, length);
        *bench.env->icount = 0;
        cr_assert_eq(run(), CPU_EXIT_STOP_ICOUNT, "%08x engine %u", word, engine);
        debug_stops_delete(stops, number);
    }
}

Test(stops, watchpoints_see_their_kind_of_access)
{
    start();
    sees(CPU_STOP_WRITE, word_stw(3, 4, 8), DATA + 8, 4, DATA + 8);
    sees(CPU_STOP_ACCESS, word_stw(3, 4, 8), DATA + 8, 4, DATA + 8);
    sees(CPU_STOP_READ, word_lwz(3, 4, 8), DATA + 8, 4, DATA + 8);
    sees(CPU_STOP_ACCESS, word_lwz(3, 4, 8), DATA + 8, 4, DATA + 8);
    passes(CPU_STOP_READ, word_stw(3, 4, 8), DATA + 8, 4);
    passes(CPU_STOP_WRITE, word_lwz(3, 4, 8), DATA + 8, 4);
    passes(CPU_STOP_ACCESS, word_stw(3, 4, 12), DATA + 8, 4);
    passes(CPU_STOP_ACCESS, word_stw(3, 4, 4), DATA + 8, 4);
}

Test(stops, the_first_byte_in_common_is_told)
{
    start();
    sees(CPU_STOP_WRITE, word_stw(3, 4, 8), DATA + 10, 1, DATA + 10);
    sees(CPU_STOP_WRITE, word_stw(3, 4, 8), DATA, 10, DATA + 8);
    sees(CPU_STOP_WRITE, word_stw(3, 4, 8), 0, UINT64_C(1) << 32, DATA + 8);
}

Test(stops, accesses_across_pages_are_seen_on_both)
{
    start();
    sees(CPU_STOP_WRITE, word_stw(3, 4, 0xffe), NEXT_PAGE, 4, NEXT_PAGE);
    sees(CPU_STOP_WRITE, word_stw(3, 4, 0xffe), NEXT_PAGE - 1, 1, NEXT_PAGE - 1);
    sees(CPU_STOP_READ, word_lwz(3, 4, 0xffe), NEXT_PAGE + 1, 8, NEXT_PAGE + 1);
    passes(CPU_STOP_READ, word_lwz(3, 4, 0xffe), NEXT_PAGE + 2, 8);
}

enum { LMW = 46, STMW = 47, STFD = 54, LFS = 48, LWZU = 33 };

Test(stops, every_kind_of_instruction_is_seen)
{
    start();
    sees(CPU_STOP_READ, word_d(LMW, 20, 4, 0), DATA + 40, 4, DATA + 40);
    sees(CPU_STOP_WRITE, word_d(STMW, 20, 4, 0), DATA + 40, 4, DATA + 40);
    sees(CPU_STOP_READ, word_x(597, 20, 4, 16), DATA + 9, 1, DATA + 9);    /* lswi r20, r4, 16 */
    sees(CPU_STOP_WRITE, word_x(725, 20, 4, 16), DATA + 15, 1, DATA + 15); /* stswi */
    sees(CPU_STOP_WRITE, word_x(1014, 0, 0, 4), DATA + 31, 1, DATA + 31);  /* dcbz */
    sees(CPU_STOP_READ, word_x(20, 3, 0, 4), DATA, 4, DATA);               /* lwarx */
    sees(CPU_STOP_WRITE, word_d(STFD, 1, 4, 0), DATA + 7, 1, DATA + 7);
    sees(CPU_STOP_READ, word_d(LFS, 1, 4, 4), DATA + 7, 1, DATA + 7);
    sees(CPU_STOP_READ, word_d(LWZU, 3, 4, 4), DATA + 4, 1, DATA + 4);
    sees(CPU_STOP_READ, word_x(103, 1, 0, 4), DATA + 12, 4, DATA + 12);  /* lvx */
    sees(CPU_STOP_WRITE, word_x(231, 1, 0, 4), DATA + 12, 4, DATA + 12); /* stvx */
    passes(CPU_STOP_READ, word_x(278, 0, 0, 4), DATA, 32);               /* dcbt */
}

/* Loads and stores beside what is watched, by a loop that the engine runs: each is done, and counted. */
Test(stops, accesses_beside_watched_bytes_are_counted)
{
    static const struct {
        uint64_t addr, length;
    } others[] = {{DATA + 0x40, 1}, {DATA + 0x7f, 4}, {NEXT_PAGE, 4}};
    start();
    const uint32_t loop[] = {word_lwz(3, 4, 8),       word_addi(3, 3, 1),       word_stw(3, 4, 8),
                             word_d(LFS, 1, 4, 0x44), word_d(STFD, 1, 4, 0x48), 0x4bffffec};
    for (unsigned i = 0; i < G_N_ELEMENTS(loop); i++) {
        bench_put(&bench, CODE + 4 * i, loop[i]);
    }
    unsigned number = add(CPU_STOP_ACCESS, DATA + 0xc, 4);
    for (unsigned i = 0; i <= G_N_ELEMENTS(others); i++) {
        bench.cpu->use_engine = true;
        bench.env->pc = CODE;
        bench.env->gpr[4] = DATA;
        bench_put(&bench, DATA + 8, 0);
        *bench.env->icount = 0;
        uint64_t before = debug_stops_get(stops, number)->slow_accesses;
        clock_set_stop_icount(bench.env->clock, 6 * 10000);
        cr_assert_eq(CPU_GET_CLASS(CPU(bench.cpu))->run(CPU(bench.cpu)), CPU_EXIT_STOP_ICOUNT);
        cr_assert_eq(bench_get(&bench, DATA + 8), 10000);
        cr_assert_eq(debug_stops_get(stops, number)->slow_accesses - before, 4 * 10000);
        if (i < G_N_ELEMENTS(others)) {
            add(CPU_STOP_WRITE, others[i].addr, others[i].length);
        }
    }
}

Test(stops, a_conditional_store_is_seen_when_it_stores)
{
    start();
    bench.env->reserve_valid = false;
    passes(CPU_STOP_ACCESS, word_x(150, 3, 0, 4) | 1, DATA, 4); /* stwcx. */
    for (unsigned engine = 0; engine < 2; engine++) {
        bench.cpu->use_engine = engine;
        bench.env->pc = CODE;
        bench_put(&bench, CODE, word_x(20, 3, 0, 4)); /* lwarx */
        unsigned number = add(CPU_STOP_WRITE, DATA, 4);
        *bench.env->icount = 0;
        cr_assert_eq(run(), CPU_EXIT_WATCHPOINT);
        cr_assert_eq(debug_stops_hit(stops)->pc, CODE + 8);
        debug_stops_delete(stops, number);
    }
}

Test(stops, values_before_and_after_are_told)
{
    start();
    add(CPU_STOP_WRITE, DATA + 2, 4);
    bench.env->gpr[3] = 0xaabbccdd;
    bench_put(&bench, CODE, word_stw(3, 4, 0));
    cr_assert_eq(run(), CPU_EXIT_WATCHPOINT);
    const StopHit *hit = debug_stops_hit(stops);
    cr_assert(hit->was_write);
    cr_assert_eq(hit->value_size, 2);
    cr_assert_arr_eq(hit->before, ((uint8_t[]){3, 4}), 2);
    cr_assert_arr_eq(hit->after, ((uint8_t[]){0xcc, 0xdd}), 2);
}

Test(stops, an_access_that_faults_is_not_seen)
{
    start();
    add(CPU_STOP_ACCESS, DATA, 4);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_DR)); /* no BATs: no page */
    bench_put(&bench, CODE, word_stw(3, 4, 0));
    step();
    cr_assert_eq(bench.env->pc, PPC_VECTOR_DSI);
    cr_assert_null(debug_stops_hit(stops));
}

Test(stops, dma_and_the_debugger_are_not_seen)
{
    start();
    add(CPU_STOP_ACCESS, DATA, 4);
    bench_put(&bench, DATA, 5);
    step();
    cr_assert_null(debug_stops_hit(stops));
}

/* 256 MiB from 0x10000000 on are RAM from 0 on. */
static void map_alias(void)
{
    static const unsigned sprs[] = {SPR_DBAT0U, SPR_IBAT0U};
    for (unsigned i = 0; i < 2; i++) {
        bench.env->spr[sprs[i]] = 0x10001ffe;
        bench.env->spr[sprs[i] + 1] = 2;
    }
    ppc_mmu_flush(bench.env);
    bench_set_msr(bench.env, bench.env->msr | BIT(MSR_IR) | BIT(MSR_DR));
}

Test(stops, physical_points_are_met_at_any_effective_address)
{
    start();
    map_alias();
    bench.env->gpr[4] = 0x10000000 + DATA;
    for (unsigned engine = 0; engine < 2; engine++) {
        bench.cpu->use_engine = engine;
        StopPoint data = {.kind = CPU_STOP_WRITE, .addr = DATA, .length = 4, .is_physical = true};
        StopPoint code = {.kind = CPU_STOP_CODE, .addr = CODE + 16, .is_physical = true};
        *bench.env->icount = 0;
        bench.env->pc = 0x10000000 + CODE;
        bench_put(&bench, CODE, word_stw(3, 4, 0));
        cr_assert(debug_stops_add(stops, &data, &error_abort));
        cr_assert(debug_stops_add(stops, &code, &error_abort));
        cr_assert_eq(run(), CPU_EXIT_WATCHPOINT);
        cr_assert_eq(debug_stops_hit(stops)->addr, 0x10000000 + DATA);
        cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
        cr_assert_eq(debug_stops_hit(stops)->addr, 0x10000000 + CODE + 16);
        cr_assert_eq(run(), CPU_EXIT_STOP_ICOUNT);
        debug_stops_delete_owned(stops, STOP_OWNER_CONSOLE);
    }
}

Test(stops, effective_points_are_not_met_at_an_alias)
{
    start();
    map_alias();
    bench.env->gpr[4] = 0x10000000 + DATA;
    bench.env->pc = 0x10000000 + CODE;
    bench_put(&bench, CODE, word_stw(3, 4, 0));
    add(CPU_STOP_CODE, CODE + 16, 0);
    add(CPU_STOP_WRITE, DATA, 4);
    cr_assert_eq(run(), CPU_EXIT_STOP_ICOUNT);
}

Test(stops, a_breakpoint_stops_before_its_instruction_and_lets_go)
{
    start();
    for (unsigned engine = 0; engine < 2; engine++) {
        bench.cpu->use_engine = engine;
        bench_put(&bench, CODE + 12, word_b(-8)); /* a loop of three */
        bench.env->pc = CODE;
        *bench.env->icount = 0;
        unsigned number = add(CPU_STOP_CODE, CODE + 8, 0);
        for (unsigned i = 0; i < 10; i++) {
            cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
            cr_assert_eq(CPU(bench.cpu)->stop_number, number);
            cr_assert_eq(bench.env->pc, CODE + 8);
            cr_assert_eq(*bench.env->icount, 2 + 3 * i);
        }
        cr_assert_eq(debug_stops_get(stops, number)->hits, 10);
        debug_stops_delete(stops, number);
    }
}

Test(stops, single_steps_report_what_they_meet)
{
    start();
    bench_put(&bench, CODE, word_stw(3, 4, 0));
    unsigned watch = add(CPU_STOP_WRITE, DATA, 4), code = add(CPU_STOP_CODE, CODE + 8, 0);
    step();
    cr_assert_eq(debug_stops_hit(stops)->number, watch);
    step();
    cr_assert_eq(debug_stops_hit(stops)->number, code);
    cr_assert_eq(bench.env->pc, CODE + 8);
    step();
    cr_assert_null(debug_stops_hit(stops));
    cr_assert_eq(debug_stops_get(stops, code)->hits, 1);
}

Test(stops, a_watchpoint_comes_before_the_breakpoint_behind_it)
{
    start();
    bench_put(&bench, CODE, word_stw(3, 4, 0));
    StopPoint once = {.kind = CPU_STOP_WRITE, .addr = DATA, .length = 4, .is_temporary = true};
    cr_assert(debug_stops_add(stops, &once, &error_abort));
    add(CPU_STOP_CODE, CODE + 4, 0);
    cr_assert_eq(run(), CPU_EXIT_WATCHPOINT);
    cr_assert(debug_stops_hit(stops)->was_temporary);
    cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
    cr_assert_eq(*bench.env->icount, 1);
    cr_assert_eq(run(), CPU_EXIT_STOP_ICOUNT);
    cr_assert_null(debug_stops_get(stops, 1));
}

Test(stops, numbers_are_never_used_again)
{
    start();
    unsigned first = add(CPU_STOP_CODE, CODE, 0), second = add(CPU_STOP_CODE, CODE, 0);
    cr_assert(debug_stops_delete(stops, second));
    cr_assert_not(debug_stops_delete(stops, second));
    cr_assert_gt(add(CPU_STOP_CODE, CODE, 0), second);
    cr_assert_eq(debug_stops_next(stops, 0)->number, first);
    cr_assert_eq(debug_stops_find(stops, STOP_OWNER_CONSOLE, CPU_STOP_CODE, CODE, 0), first);
    cr_assert_eq(debug_stops_find(stops, STOP_OWNER_GDB, CPU_STOP_CODE, CODE, 0), 0);
}

Test(stops, a_thousand_breakpoints_are_met_in_turn)
{
    start();
    for (uint32_t at = CODE + 4; at < CODE + 4000; at += 4) {
        add(CPU_STOP_CODE, at, 0);
    }
    for (uint32_t at = CODE + 4; at < CODE + 4000; at += 4) {
        cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
        cr_assert_eq(bench.env->pc, at);
    }
}

Test(stops, a_reset_meets_the_breakpoint_at_its_vector)
{
    start();
    step();
    add(CPU_STOP_CODE, 0xfff00100, 0);
    ppc_reset(bench.env);
    cr_assert_eq(run(), CPU_EXIT_BREAKPOINT);
    cr_assert_eq(*bench.env->icount, 1);
}
