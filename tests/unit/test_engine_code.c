/* SPDX-License-Identifier: MIT */
/*
 * Every row of fused.def, wherever code may lie and whatever happens to it: the engine does what step() does.
 *
 * Source: none (own design).
 */
#include "debug/stops.h"
#include "target-ppc/engine.h"
#include "tests/unit/engine_scene.h"

enum { PLAIN = WITH_FP | WITH_VEC | WITH_EE, PAGES = PLAIN | TRANSLATED | PAGED };

/* Sanitizers: some of the rows. */
static unsigned stride(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return 24;
#else
    return 1;
#endif
}

static World *new_world(void)
{
    World *world = g_new0(World, 1);
    world_new(world, "7400_v2.9");
    return world;
}

/* A scene of this row, somewhere in a page, under some translation. */
static Scene some_scene(size_t row, uint64_t seed, Gen *gen)
{
    static const unsigned worlds[] = {PLAIN, PLAIN | TRANSLATED, PAGES, PAGES};
    unsigned features = worlds[below(gen, G_N_ELEMENTS(worlds))];
    uint32_t offset = 0x80 + 4 * below(gen, 0x3a0);
    if (chance(gen, 30)) { /* the end of a line of slots between them */
        offset = (offset & ~63u) - 4 * below(gen, 3);
    }
    bool is_elsewhere = (features & PAGED) && chance(gen, 70);
    return (Scene){
        .row = row,
        .seed = seed,
        .features = features,
        .at = SCENE_HOME + offset,
        .ea = (is_elsewhere ? SCENE_EA + (chance(gen, 50) ? 0x1000u : 0) : SCENE_HOME) + offset,
    };
}

typedef bool MakeScene(World *world, Scene *scene, Gen *gen);

/* @make finishes scenes of all rows; returns how many there were. */
static unsigned expect_all_equal(MakeScene *make, unsigned turns, unsigned stops)
{
    World *world = new_world();
    unsigned scenes = 0;
    for (size_t row = 0; row < SEQUENCE_COUNT; row += stride()) {
        for (unsigned turn = 0; turn < turns; turn++) {
            Gen gen = gen_new(row * 100 + turn, 0);
            any(&gen);
            Scene scene = some_scene(row, turn, &gen);
            if (!make(world, &scene, &gen)) {
                continue;
            }
            Program program = scene_build(world, &scene);
            scene_expect_equal(world, &scene, &program, stops);
            program_free(&program);
            scenes++;
        }
    }
    return scenes;
}

/* --- the table --------------------------------------------------------------------------------------- */

Test(engine_code, every_row_of_fused_def_makes_a_fused_handler)
{
    World *world = new_world();
    PpcEnv *env = world->bench.env;
    Gen gen = gen_new(1, 0);
    for (size_t row = 0; row < SEQUENCE_COUNT; row++) {
        uint32_t words[SEQUENCE_MOST];
        unsigned count = gen_sequence(&gen, &SEQUENCES[row], true, words);
        for (unsigned i = 0; i < count; i++) {
            stl_be_p(world->bench.host + CODE + 0x800 + 4 * i, words[i]);
        }
        env->pc = CODE + 0x800;
        ppc_engine_drop_all(env);
        cr_assert(ppc_engine_fence(env, count));
        const PpcCodeBlock *block = env->code_tlb[CODE / PPC_CODE_PAGE_SIZE].block;
        const PpcOp *slot = &block->slots[0x200];
        cr_assert_neq(slot->handler, engine_handler(slot->kind), "row %d: %s", (int)row,
                      SEQUENCES[row].kinds);
    }
}

/* --- entering, running ---------------------------------------------------------------------------------- */

static bool as_it_is(World *world G_GNUC_UNUSED, Scene *scene G_GNUC_UNUSED, Gen *gen G_GNUC_UNUSED)
{
    return true;
}

Test(engine_code, jumps_into_the_middle_of_sequences_run_as_step_runs_them)
{
    expect_all_equal(as_it_is, 1, 2);
}

/* --- code that changes --------------------------------------------------------------------------------------- */

static bool with_store(World *world G_GNUC_UNUSED, Scene *scene, Gen *gen)
{
    scene->action = chance(gen, 85) ? ACT_STORE : ACT_DMA;
    scene->part = (int)below(gen, 5) - 1;
    scene->is_inside = chance(gen, 50);
    return true;
}

Test(engine_code, stores_into_sequences_run_as_step_runs_them)
{
    expect_all_equal(with_store, 2, 1);
}

/* The sequence is moved to where its own store hits one of its slots or a neighbour. */
static bool with_own_store(World *world, Scene *scene, Gen *gen)
{
    SceneAccess accesses[SEQUENCE_MOST];
    unsigned count = scene_accesses(world, scene, accesses), i = 0;
    while (i < count && !accesses[i].is_store) {
        i++;
    }
    if (i == count || accesses[i].ea < DATA || accesses[i].ea >= TABLE) {
        return false;
    }
    uint32_t ea = accesses[i].ea, hit = 4 * below(gen, scene->count + 2);
    uint32_t offset = ((ea & 0xffc) - hit + 4) & 0xfff;
    bool is_alias = (scene->features & PAGED) && chance(gen, 60);
    if (is_alias) {
        scene->moved = ea & ~0xfffu;
        scene->moved_to = (scene->at & ~0xfffu) | (chance(gen, 50) ? PA_ALIAS : 0);
        scene->moved_flags = chance(gen, 50) ? 0x182 : 2;
        scene->at = (scene->at & ~0xfffu) | offset;
        scene->ea = (scene->ea & ~0xfffu) | offset;
    } else {
        scene->at = scene->ea = (ea & ~0xfffu) | offset;
    }
    return true;
}

Test(engine_code, sequences_that_store_into_themselves_run_as_step_runs_them)
{
    cr_assert_gt(expect_all_equal(with_own_store, 4, 1), 200 / stride());
}

static bool with_remap(World *world G_GNUC_UNUSED, Scene *scene, Gen *gen)
{
    scene->features = PAGES;
    scene->ea = SCENE_EA | (scene->ea & 0x1fff);
    scene->action = chance(gen, 70) ? ACT_REMAP : ACT_BLOCK;
    scene->is_inside = chance(gen, 70);
    return true;
}

Test(engine_code, code_that_is_remapped_while_it_runs_is_left_at_once)
{
    expect_all_equal(with_remap, 1, 1);
}

/* --- where code lies -------------------------------------------------------------------------------------- */

/* The page ends inside of the sequence or right behind it; what follows is there, not there, or guarded. */
static bool at_page_end(World *world G_GNUC_UNUSED, Scene *scene, Gen *gen)
{
    uint32_t offset = 0x1000 - 4 * (1 + below(gen, 3));
    scene->at = (scene->at & ~0xfffu) | offset;
    scene->ea = (scene->ea & ~0xfffu) | offset;
    if (scene->features & PAGED) {
        scene->has_hole = chance(gen, 30);
        if (!scene->has_hole && chance(gen, 50)) {
            scene->moved = (scene->ea & ~0xfffu) + 0x1000;
            scene->moved_to = chance(gen, 70) ? SCENE_COPY : IO_CODE;
            scene->moved_flags = 0x182 | (chance(gen, 30) ? 8 : 0); /* G: no fetches */
        }
    }
    if (chance(gen, 40)) {
        with_store(world, scene, gen);
    }
    return true;
}

Test(engine_code, sequences_at_the_end_of_a_page_run_as_step_runs_them)
{
    expect_all_equal(at_page_end, 2, 1);
}

/* A segment without execution begins behind the page. */
static bool at_segment_end(World *world G_GNUC_UNUSED, Scene *scene, Gen *gen)
{
    uint32_t offset = 0x1000 - 4 * (1 + below(gen, 3));
    scene->features = PAGES;
    scene->at = SCENE_HOME + offset;
    scene->ea = 0x0ffff000 + offset;
    scene->is_next_closed = true;
    return true;
}

Test(engine_code, sequences_in_front_of_a_segment_without_execution_run_as_step_runs_them)
{
    expect_all_equal(at_segment_end, 1, 1);
}

/* ROM, a device, half a page of RAM. */
static bool at_odd_place(World *world, Scene *scene, Gen *gen)
{
    static const uint32_t places[] = {ROM_BASE, ROM_BASE + 0xf00, IO_CODE, PA_PART,
                                      PA_PART + 0x600};
    uint32_t offset = 0x80 + 4 * below(gen, 0x18);
    if (chance(gen, 50)) {
        with_store(world, scene, gen);
    }
    scene->at = places[below(gen, G_N_ELEMENTS(places))] + offset;
    scene->ea = (scene->features & PAGED) ? SCENE_EA + (scene->at & 0xfff) : scene->at;
    scene->features &= scene->features & PAGED ? ~0u : ~(unsigned)TRANSLATED;
    return true;
}

Test(engine_code, code_in_rom_in_a_device_and_in_half_a_page_runs_as_step_runs_it)
{
    expect_all_equal(at_odd_place, 2, 1);
}

/* --- what interrupts it ------------------------------------------------------------------------------------ */

/* A page that the sequence accesses is gone, or read-only; or its units are switched off. */
static bool with_fault(World *world, Scene *scene, Gen *gen)
{
    SceneAccess accesses[SEQUENCE_MOST];
    scene->features = PAGES;
    unsigned count = scene_accesses(world, scene, accesses);
    if (count == 0) {
        scene->features &= ~(unsigned)(WITH_FP | WITH_VEC);
        return true;
    }
    const SceneAccess *access = &accesses[below(gen, count)];
    if (access->ea < DATA || access->ea >= TABLE) {
        return false;
    }
    scene->moved = access->ea & ~0xfffu;
    scene->is_moved_gone = chance(gen, 70);
    scene->moved_to = scene->moved;
    scene->moved_flags = 3;
    return true;
}

Test(engine_code, faults_in_any_part_of_a_sequence_are_precise)
{
    expect_all_equal(with_fault, 1, 1);
}

/* @judge is called with the count in front of each part of the last run, and of what follows it. */
static void at_every_count(void (*judge)(World *world, const Scene *scene, Program *program,
                                         uint64_t icount))
{
    World *world = new_world();
    for (size_t row = 0; row < SEQUENCE_COUNT; row += stride()) {
        Gen gen = gen_new(row * 100, 0);
        any(&gen);
        Scene scene = some_scene(row, 1, &gen);
        Program program = scene_build(world, &scene);
        uint64_t first = scene_last_run(world, &scene, &program);
        for (unsigned i = 0; i <= scene.count + 1; i++) {
            judge(world, &scene, &program, first + i);
        }
        program_free(&program);
    }
}

static void interrupt_there(World *world, const Scene *scene, Program *program, uint64_t icount)
{
    program->alarm_ns = icount - program->start;
    scene_expect_equal_at(world, scene, program, program->icount + ENGINE_STOP_DISTANCE);
}

Test(engine_code, interrupts_due_between_the_parts_come_where_step_takes_them)
{
    at_every_count(interrupt_there);
}

static void stop_there(World *world, const Scene *scene, Program *program, uint64_t icount)
{
    scene_expect_equal_at(world, scene, program, icount + ENGINE_STOP_DISTANCE);
}

Test(engine_code, deadlines_between_the_parts_are_kept_as_step_keeps_them)
{
    at_every_count(stop_there);
}

/* --- who looks at it ------------------------------------------------------------------------------------------ */

/* From the program's begin to its end with a stop point at @ea; every stop is followed by @steps single
 * steps. Returns how often it stopped. */
static unsigned run_stopping(World *world, const Program *program, uint32_t ea, unsigned steps)
{
    CPUState *cs = CPU(world->bench.cpu);
    DebugStops *stops = debug_stops_of(cs);
    StopPoint point = {.kind = CPU_STOP_CODE, .addr = ea, .length = 4};
    unsigned hits = 0;
    cr_assert(debug_stops_add(stops, &point, &error_abort));
    clock_set_stop_icount(world->bench.env->clock, program->icount + 2 * ENGINE_STOP_DISTANCE);
    while (CPU_GET_CLASS(cs)->run(cs) != CPU_EXIT_STOP_ICOUNT) {
        cr_assert_eq(world->bench.env->pc, ea);
        hits++;
        for (unsigned i = 0; i < steps; i++) {
            CPU_GET_CLASS(cs)->step(cs);
        }
    }
    debug_stops_delete_owned(stops, STOP_OWNER_CONSOLE);
    clock_set_stop_icount(world->bench.env->clock, CLOCK_NEVER);
    return hits;
}

static void expect_stops_change_nothing(World *world, const Scene *scene, const Program *program)
{
    uint64_t end = program->icount + 2 * ENGINE_STOP_DISTANCE;
    Outcome alone = world_run_steps(world, program, end);
    for (unsigned part = 0; part < scene->count; part++) {
        unsigned hits[2];
        for (unsigned engine = 0; engine < 2; engine++) {
            world_load(world, program);
            world->bench.cpu->use_engine = engine;
            hits[engine] = run_stopping(world, program, scene->ea + 4 * part, part);
            Outcome stopped = world_outcome(world);
            g_autofree char *text = scene_text(scene);
            cr_assert(outcome_same(&alone, &stopped), "stop at part %u: %s", part, text);
            g_byte_array_unref(stopped.state);
        }
        cr_assert_eq(hits[0], hits[1]);
    }
    g_byte_array_unref(alone.state);
}

Test(engine_code, stop_points_and_single_steps_in_sequences_change_nothing)
{
    World *world = new_world();
    for (size_t row = 0; row < SEQUENCE_COUNT; row += stride()) {
        Gen gen = gen_new(row * 100, 0);
        any(&gen);
        Scene scene = some_scene(row, 2, &gen);
        if (chance(&gen, 30)) {
            with_store(world, &scene, &gen);
        }
        Program program = scene_build(world, &scene);
        expect_stops_change_nothing(world, &scene, &program);
        program_free(&program);
    }
}
