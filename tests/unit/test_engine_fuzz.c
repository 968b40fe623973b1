/* SPDX-License-Identifier: MIT */
/*
 * Random programs of every kind, on the engine and on step(), until the time is over: tests/long/fuzz-code.sh.
 *
 * CORE99_FUZZ_SECONDS: of processor time; without it a few programs are run. CORE99_FUZZ_SEED: of the first
 * program. CORE99_FUZZ_PROGRAMS: no more than so many. CORE99_FUZZ_MODEL: the processor. A difference is told
 * as a seed, with the program reduced to what it takes. Source: none (own design).
 */
#include "target-ppc/decode.h"
#include "target-ppc/engine.h"
#include "tests/unit/engine_programs.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

typedef struct Trial {
    Program program;
    unsigned features;
    uint64_t stop, chaos; /* as world_differs() takes them */
    uint64_t slices;      /* stops on the way: a seed; 0: none */
} Trial;

/* Anything with anything, as far as it makes sense. */
static unsigned some_features(Gen *gen)
{
    unsigned features = any(gen) & (WITH_FP | WITH_VEC | WITH_EE | SELF_MODIFYING | SUPERVISOR |
                                    WITH_DEVICE | TRANSLATED);
    features |= chance(gen, 70) ? WITH_FP : 0;
    if (features & TRANSLATED) {
        features |= chance(gen, 70) ? PAGED : 0;
        features |= chance(gen, 20) ? USER : 0;
    }
    if (features & PAGED) {
        features |= chance(gen, 30) ? TABLE_WRITES : 0;
        features |= chance(gen, 20) ? TABLE_IS_CODE : 0;
    }
    features |= chance(gen, 30) ? CONTEXTS : 0;
    features |= chance(gen, 40) ? FUSED_MOSTLY : 0;
    features |= (features & WITH_FP) && chance(gen, 20) ? FP_MOSTLY : 0;
    return features;
}

static Trial trial_new(World *world, uint64_t seed)
{
    Gen gen = gen_new(seed, 0);
    any(&gen);
    Trial trial = {.features = some_features(&gen)};
    trial.program = program_new(world, seed, trial.features);
    trial.program.icount = trial.program.start + 200 + below(&gen, 6000);
    if (chance(&gen, 30)) {
        trial.program.alarm_ns = 1 + below(&gen, 1000);
        trial.program.alarms = 1 + any(&gen);
    }
    trial.chaos = chance(&gen, 30) ? 1 + any(&gen) : 0;
    trial.slices = chance(&gen, 20) ? 1 + any(&gen) : 0;
    trial.stop = trial.program.icount + ENGINE_STOP_DISTANCE;
    return trial;
}

/* As a machine that is stopped and goes on: engine and step() by turns. */
static bool slices_differ(World *world, const Trial *trial)
{
    Gen gen = gen_new(trial->slices, 0);
    uint64_t at = trial->program.start, end = trial->stop;
    world_load(world, &trial->program);
    world->bench.env->chaos = 0;
    while (at < end) {
        at += 1 + below(&gen, 3000);
        at = MIN(end, at);
        world_run_to(world, at);
    }
    Outcome sliced = world_outcome(world), steps = world_run_steps(world, &trial->program, end);
    bool differ = !outcome_same(&steps, &sliced);
    g_byte_array_unref(steps.state);
    g_byte_array_unref(sliced.state);
    return differ;
}

static bool trial_differs(World *world, const Trial *trial)
{
    uint64_t end;
    return trial->slices ? slices_differ(world, trial)
                         : world_differs(world, &trial->program, trial->stop, trial->chaos, &end);
}

/* --- a difference ------------------------------------------------------------------------------------ */

/* Words of the program that are not needed for the difference become nops. */
static void reduce(World *world, Trial *trial)
{
    uint8_t kept[CODE_SIZE];
    for (uint32_t size = CODE_SIZE / 2; size >= 4; size /= 2) {
        for (uint32_t at = CODE; at < CODE + CODE_SIZE; at += size) {
            memcpy(kept, trial->program.ram + at, size);
            for (uint32_t i = 0; i < size; i += 4) {
                stl_be_p(trial->program.ram + at + i, WORD_NOP);
            }
            if (!trial_differs(world, trial)) {
                memcpy(trial->program.ram + at, kept, size);
            }
        }
    }
}

static char *reduced_text(const Trial *trial)
{
    GString *text = g_string_new(NULL);
    for (uint32_t at = CODE; at < CODE + CODE_SIZE; at += 4) {
        uint32_t word = ldl_be_p(trial->program.ram + at);
        if (word != WORD_NOP) {
            g_string_append_printf(text, "%08x: %08x ", at, word);
            ppc_disasm_row(word, at, text);
            g_string_append_c(text, '\n');
        }
    }
    return g_string_free(text, FALSE);
}

static void tell(World *world, Trial *trial, uint64_t seed)
{
    reduce(world, trial);
    g_autofree char *words = reduced_text(trial);
    g_autofree char *difference = world_describe_difference(world, &trial->program, trial->chaos);
    cr_assert_fail("CORE99_FUZZ_SEED=%" PRIu64
                   " CORE99_FUZZ_PROGRAMS=1: features %#x, chaos %" PRIu64 ", slices %" PRIu64
                   "\nreduced to\n%sthere\n%s",
                   seed, trial->features, trial->chaos, trial->slices, words, difference);
}

/* --- the campaign --------------------------------------------------------------------------------------- */

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = g_getenv(name);
    return text ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static double cpu_seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

static uint64_t running; /* the seed, for the message of a crash */

static void crashed(int number)
{
    fprintf(stderr, "\nfuzz-code: signal %d, CORE99_FUZZ_SEED=%" PRIu64 "\n", number, running);
    signal(number, SIG_DFL);
    raise(number);
}

/* @instructions: how many it took. */
static void run_trial(World *world, uint64_t seed, uint64_t *instructions)
{
    running = seed;
    Trial trial = trial_new(world, seed);
    if (trial_differs(world, &trial)) {
        tell(world, &trial, seed);
    }
    *instructions += trial.program.icount - trial.program.start;
    if (seed % 16 == 0) {
        trial.program.icount += ENGINE_STOP_DISTANCE;
        world_expect_stops_change_nothing(world, &trial.program, seed);
    }
    program_free(&trial.program);
}

Test(engine_fuzz, random_programs_run_as_step_runs_them)
{
    enum { FEW = 60 };
    const char *model = g_getenv("CORE99_FUZZ_MODEL");
    uint64_t seconds = setting("CORE99_FUZZ_SECONDS", 0), first = setting("CORE99_FUZZ_SEED", 1);
    uint64_t most = setting("CORE99_FUZZ_PROGRAMS", seconds ? UINT64_MAX : FEW);
    uint64_t programs = 0, instructions = 0;
    World *world = g_new0(World, 1);
    world_new(world, model ? model : "7400_v2.9");
    signal(SIGABRT, crashed);
    signal(SIGSEGV, crashed);
    double start = cpu_seconds();
    while (programs < most && (!seconds || cpu_seconds() - start < (double)seconds)) {
        run_trial(world, first + programs, &instructions);
        programs++;
    }
    if (seconds) {
        printf("\nfuzz-code: programs %" PRIu64 " from seed %" PRIu64 ", instructions %" PRIu64
               ", processor seconds %.0f\n",
               programs, first, instructions, cpu_seconds() - start);
    }
}
