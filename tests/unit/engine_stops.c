/* SPDX-License-Identifier: MIT */
/*
 * Stop points in programs of the engine's tests: they change nothing.
 *
 * Source: none (own design).
 */
#include "debug/stops.h"
#include "tests/unit/engine_programs.h"

typedef struct Hit {
    uint64_t icount;
    uint32_t pc, addr;
    unsigned number;
} Hit;

static uint32_t any_stop_address(Gen *gen)
{
    uint32_t at = CODE + (below(gen, CODE_SIZE) & ~3u);
    return chance(gen, 30) ? at - CODE + ALIAS : chance(gen, 10) ? below(gen, 16) << 8 : at;
}

/* Conditions that may hold or not, and look at the guest. */
static bool is_odd(CPUState *cpu, G_GNUC_UNUSED void *opaque)
{
    uint64_t value;
    return CPU_GET_CLASS(cpu)->get_register(cpu, "r3", &value) && (value & 1);
}

static void add_random_stops(DebugStops *stops, uint64_t seed)
{
    Gen gen = {.state = seed * 77 + 1};
    for (unsigned i = 0; i < 24; i++) {
        bool is_code = i < 18;
        StopPoint point = {
            .kind = is_code ? CPU_STOP_CODE : CPU_STOP_WRITE + below(&gen, 3),
            .addr = is_code ? any_stop_address(&gen) : DATA + below(&gen, 0x2000),
            .length = 1 + below(&gen, 64),
            .is_physical = chance(&gen, 30),
            .is_temporary = chance(&gen, 10),
            .condition = chance(&gen, 30) ? is_odd : NULL,
            .ignore = chance(&gen, 20) ? below(&gen, 9) : 0,
        };
        cr_assert(debug_stops_add(stops, &point, &error_abort));
    }
}

static void note_hit(World *world, GArray *hits)
{
    const StopHit *hit = debug_stops_hit(debug_stops_of(CPU(world->bench.cpu)));
    Hit entry = {*world->bench.env->icount, world->bench.env->pc, (uint32_t)hit->addr, hit->number};
    g_array_append_val(hits, entry);
}

/* The whole program, going on at every stop; the same stop points each time. */
static Outcome run_with_stops(World *world, const Program *program, uint64_t seed, bool engine,
                              GArray *hits)
{
    CPUState *cs = CPU(world->bench.cpu);
    DebugStops *stops = debug_stops_of(cs);
    world_load(world, program);
    add_random_stops(stops, seed);
    world->bench.cpu->use_engine = engine;
    clock_set_stop_icount(world->bench.env->clock, program->icount);
    while (CPU_GET_CLASS(cs)->run(cs) != CPU_EXIT_STOP_ICOUNT) {
        note_hit(world, hits);
        if (*world->bench.env->icount == program->icount) {
            break; /* the stop point was told first */
        }
    }
    debug_stops_delete_owned(stops, STOP_OWNER_CONSOLE);
    world->bench.cpu->use_engine = true;
    return world_outcome(world);
}

/* What the guest is when it stops at the @index-th hit is what it is there without stop points. */
static void expect_exact_stop(World *world, const Program *program, uint64_t seed, guint index,
                              const GArray *hits)
{
    CPUState *cs = CPU(world->bench.cpu);
    DebugStops *stops = debug_stops_of(cs);
    unsigned last = g_array_index(hits, Hit, index).number;
    uint64_t icount = g_array_index(hits, Hit, index).icount;
    world_load(world, program);
    add_random_stops(stops, seed);
    clock_set_stop_icount(world->bench.env->clock, program->icount);
    for (guint i = 0; i <= index; i++) {
        CPU_GET_CLASS(cs)->run(cs);
    }
    debug_stops_delete_owned(stops, STOP_OWNER_CONSOLE);
    uint32_t pc = world->bench.env->pc;
    Outcome stopped = world_outcome(world), steps = world_run_steps(world, program, icount);
    while (world->bench.env->halted && world->bench.env->pc != pc) { /* a nap takes no count */
        g_byte_array_unref(steps.state);
        CPU_GET_CLASS(cs)->step(cs);
        steps = world_outcome(world);
    }
    cr_assert(outcome_same(&steps, &stopped), "seed %d: state at hit %u of point %u", (int)seed,
              index, last);
    g_byte_array_unref(steps.state);
    g_byte_array_unref(stopped.state);
}

guint world_expect_stops_change_nothing(World *world, const Program *program, uint64_t seed)
{
    GArray *hits[2] = {g_array_new(FALSE, TRUE, sizeof(Hit)),
                       g_array_new(FALSE, TRUE, sizeof(Hit))};
    Outcome steps = world_run_steps(world, program, program->icount);
    for (unsigned engine = 0; engine < 2; engine++) {
        Outcome with = run_with_stops(world, program, seed, engine, hits[engine]);
        cr_assert(outcome_same(&steps, &with), "seed %d engine %u", (int)seed, engine);
        g_byte_array_unref(with.state);
    }
    cr_assert_eq(hits[0]->len, hits[1]->len, "seed %d: %u and %u hits", (int)seed, hits[0]->len,
                 hits[1]->len);
    for (guint i = 0; i < hits[0]->len; i++) {
        const Hit *a = &g_array_index(hits[0], Hit, i), *b = &g_array_index(hits[1], Hit, i);
        cr_assert(a->icount == b->icount && a->pc == b->pc && a->addr == b->addr &&
                      a->number + 24 == b->number,
                  "seed %d hit %u", (int)seed, i);
    }
    for (guint i = 0; i < hits[0]->len; i += 1 + hits[0]->len / 4) {
        expect_exact_stop(world, program, seed, i, hits[0]);
    }
    g_byte_array_unref(steps.state);
    guint count = hits[0]->len;
    g_array_unref(hits[0]);
    g_array_unref(hits[1]);
    return count;
}
