/* SPDX-License-Identifier: MIT */
/*
 * Loaded states of the processor: impossible ones are refused, and whatever is accepted runs alike by
 * step() and by the engine.
 */
#include "target-ppc/engine.h"
#include "target-ppc/fpu.h"
#include "target-ppc/vec.h"
#include "tests/unit/ppc_bench.h"

enum { CODE = 0x1000, COUNT = 3000 };

static const VMStateDescription *cpu_vmsd(const Bench *bench)
{
    return DEVICE_GET_CLASS(bench->cpu)->vmsd;
}

static GByteArray *saved(const Bench *bench)
{
    GByteArray *out = g_byte_array_new();
    vmstate_save(cpu_vmsd(bench), bench->cpu, out);
    return out;
}

static bool loads(const Bench *bench, const GByteArray *state)
{
    VMStateReader in = {.data = state->data, .length = state->len};
    Error *err = NULL;
    bool ok = vmstate_load(cpu_vmsd(bench), bench->cpu, &in, &err);
    error_free(err);
    return ok;
}

static void expect_refused(const Bench *bench)
{
    g_autoptr(GByteArray) state = saved(bench);
    cr_expect_not(loads(bench, state));
    ppc_reset(bench->env);
    g_autoptr(GByteArray) good = saved(bench);
    cr_expect(loads(bench, good));
}

/* The engine asks MSR[VEC] alone whether there is AltiVec. */
Test(cpu_state, with_msr_bits_that_the_model_lacks_is_refused)
{
    Bench bench = bench_new("750_v3.1");
    bench.env->msr |= BIT(MSR_VEC);
    expect_refused(&bench);
    bench.env->msr |= BIT(MSR_POW);
    expect_refused(&bench);
}

/* step() derives FEX and VX again at each instruction, the engine does not. */
Test(cpu_state, with_an_impossible_fpscr_is_refused)
{
    Bench bench = bench_new("7400_v2.9");
    bench.env->fpscr = FPSCR_VXSNAN;
    expect_refused(&bench);
    bench.env->fpscr = FPSCR_FEX;
    expect_refused(&bench);
    bench.env->fpscr = 0x800;
    expect_refused(&bench);
}

Test(cpu_state, with_an_impossible_vscr_is_refused)
{
    Bench bench = bench_new("7400_v2.9");
    bench.env->vscr = 0x80000000;
    expect_refused(&bench);
}

/* --- damaged states -------------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*state >> 33);
}

/* Whatever depends on what is rarely looked at: FPSCR, VSCR, counters, time, breakpoints. */
static const uint32_t program[] = {
    0xfc81102a, /* fadd f4, f1, f2 */
    0xfca11024, /* fdiv f5, f1, f2 */
    0xec8100b2, /* fmuls f4, f1, f2 */
    0xfc011000, /* fcmpu cr0, f1, f2 */
    0x1041180a, /* vaddfp v2, v1, v3 */
    0x10411a00, /* vaddubs v2, v1, v3 */
    0x80640000, /* lwz r3, 0(r4) */
    0x90640004, /* stw r3, 4(r4) */
    0x7ca02214, /* add r5, r0, r4 */
    0x7cc802a6, /* mflr r6 */
    0x7cf042a6, /* mfspr r7, SPRG0 */
    0x7d0c42e6, /* mftb r8 */
    0x7d2000a6, /* mfmsr r9 */
    0x7d400026, /* mfcr r10 */
    0x7c2101ce, /* stvx v1, r1, r0 */
    0x7c4120ce, /* lvx v2, r1, r4 */
    0xc0440008, /* lfs f2, 8(r4) */
    0xd8840010, /* stfd f4, 16(r4) */
    0x7c641bd6, /* divw r3, r4, r3 */
    0x4200fff8, /* bdnz -8 */
};

static void write_program(const Bench *bench)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(program); i++) {
        bench_put(bench, CODE + 4 * i, program[i]);
    }
    bench_put(bench, CODE + sizeof(program), word_b(-(int32_t)sizeof(program)));
    for (uint32_t vector = 0x100; vector < CODE; vector += 0x100) { /* go on behind it */
        bench_put(bench, vector, word_mfspr(20, SPR_SRR0));
        bench_put(bench, vector + 4, word_addi(20, 20, 4));
        bench_put(bench, vector + 8, word_mtspr(SPR_SRR0, 20));
        bench_put(bench, vector + 12, WORD_RFI);
    }
}

typedef struct Start {
    GByteArray *cpu, *clock;
    uint8_t ram[BENCH_RAM_SIZE];
} Start;

static bool begin(const Bench *bench, const Start *start)
{
    VMStateReader in = {.data = start->clock->data, .length = start->clock->len};
    cr_assert(address_space_write(bench->env->as, 0, start->ram, BENCH_RAM_SIZE) == MEMTX_OK);
    return vmstate_load(&vmstate_clock, bench->env->clock, &in, &error_abort) &&
           loads(bench, start->cpu) && !bench->env->halted;
}

static bool run_by_engine(const Bench *bench)
{
    PpcEnv *env = bench->env;
    for (unsigned slice = 0; slice < 3 && !env->halted; slice++) { /* looked at in between */
        clock_set_stop_icount(env->clock, *env->icount + COUNT / 3 + ENGINE_STOP_DISTANCE);
        ppc_deadline_changed(env);
        ppc_look_around(env);
        ppc_engine_run(env);
        ppc_sync(env);
    }
    return !env->halted;
}

static void expect_same(const Bench *bench, const Start *start, unsigned round)
{
    PpcEnv *env = bench->env;
    g_autoptr(GByteArray) by_engine = saved(bench);
    g_autofree uint8_t *ram = g_memdup2(bench->host, BENCH_RAM_SIZE);
    uint64_t end = *env->icount;
    cr_assert(begin(bench, start));
    ppc_deadline_changed(env);
    env->chaos = round + 1; /* the engine with caches, step() without */
    while (*env->icount < end && !env->halted) {
        ppc_step(env);
    }
    env->chaos = 0;
    g_autoptr(GByteArray) by_step = saved(bench);
    cr_assert_eq(by_step->len, by_engine->len);
    for (unsigned i = 0; i < by_step->len; i++) {
        cr_assert_eq(by_step->data[i], by_engine->data[i], "round %u, byte %u: %02x, engine %02x",
                     round, i, by_step->data[i], by_engine->data[i]);
    }
    cr_assert(memcmp(ram, bench->host, BENCH_RAM_SIZE) == 0, "round %u: RAM", round);
}

static bool chance(uint64_t *seed, unsigned percent) { return next_random(seed) % 100 < percent; }

/* The performance monitor near its overflows, breakpoints in the program, rounding, enables. */
static void set_up_rare(PpcEnv *env, uint64_t *seed)
{
    static const uint32_t events[] = {0, 0x00400000, 0x08c10000, 0x10820000, 0x19030800};
    if (chance(seed, 60)) {
        ppc_spr_write(env, SPR_MMCR1, events[next_random(seed) % G_N_ELEMENTS(events)]);
        for (unsigned n = 0; n < 4; n++) {
            static const uint16_t counters[] = {SPR_PMC1, SPR_PMC2, SPR_PMC3, SPR_PMC4};
            ppc_spr_write(env, counters[n], 0x80000000u - next_random(seed) % 2000);
        }
        ppc_timebase_set(env, (uint64_t)next_random(seed) << 33 | (0u - next_random(seed) % 300));
        ppc_spr_write(env, SPR_MMCR0, (next_random(seed) & 0x7fffffffu) << (seed[0] & 1));
    }
    if (chance(seed, 20)) {
        ppc_spr_write(env, SPR_DABR,
                      (env->gpr[4] + next_random(seed) % 32) | (next_random(seed) & 3));
    }
    if (chance(seed, 5)) {
        ppc_spr_write(env, SPR_IABR, (CODE + 4 * (next_random(seed) % 20)) | 2);
    }
    env->vscr = chance(seed, 50) ? VSCR_NJ : 0;
    env->fpscr = ppc_fpscr_mtfsf(0, 0xff, next_random(seed) & (chance(seed, 50) ? 3u : 0xffu));
    ppc_msr_write(env,
                  env->msr | (next_random(seed) & (BIT(MSR_PMM) | BIT(MSR_FE0) | BIT(MSR_EE))) |
                      (chance(seed, 10) ? BIT(MSR_PR) : 0) | (chance(seed, 3) ? BIT(MSR_SE) : 0));
    env->event = false;
}

static void set_up(const Bench *bench, uint64_t *seed)
{
    PpcEnv *env = bench->env;
    write_program(bench);
    env->pc = CODE;
    bench_set_msr(env, BIT(MSR_ME) | BIT(MSR_FP) | (next_random(seed) & 1) << MSR_EE |
                           (env->model->msr_mask & BIT(MSR_VEC)));
    for (unsigned i = 0; i < 32; i++) {
        env->gpr[i] = 0x2000 + 64 * i;
        env->fpr[i] = UINT64_C(0x3ff0000000000000) + ((uint64_t)next_random(seed) << 20);
        env->vr[i].u32[i & 3] = next_random(seed);
    }
    set_up_rare(env, seed);
}

static void check_damage(const char *model, unsigned rounds)
{
    Bench bench = bench_new(model);
    g_autofree Start *start = g_new0(Start, 1);
    uint64_t seed = 1;
    unsigned ran = 0;
    for (unsigned round = 0; round < rounds; round++) {
        ppc_reset(bench.env);
        set_up(&bench, &seed);
        memcpy(start->ram, bench.host, BENCH_RAM_SIZE);
        start->cpu = saved(&bench);
        start->clock = g_byte_array_new();
        vmstate_save(&vmstate_clock, bench.env->clock, start->clock);
        for (unsigned n = next_random(&seed) % 12; n; n--) {
            start->cpu->data[next_random(&seed) % start->cpu->len] = (uint8_t)next_random(&seed);
        }
        if (begin(&bench, start) && run_by_engine(&bench)) {
            expect_same(&bench, start, round);
            ran++;
        }
        g_byte_array_unref(start->cpu);
        g_byte_array_unref(start->clock);
    }
    cr_assert_gt(ran, rounds / 30);
}

Test(cpu_state, damaged_states_of_a_7400_run_alike, .timeout = 60)
{
    check_damage("7400_v2.9", 800);
}

Test(cpu_state, damaged_states_of_a_750_run_alike, .timeout = 60) { check_damage("750_v3.1", 800); }
