/* SPDX-License-Identifier: MIT */
/*
 * What `core99 test` runs cases on: one processor, 64 KiB of RAM at 0, no board.
 *
 * Each case begins at the same instant, at which the time base steps; what passes during a case is taken
 * out of TB and DEC. Source: none (own design). Not modelled: everything around the processor; models are
 * switched by changing the model pointer of the one processor.
 */
#include "target-ppc/cr.h"
#include "target-ppc/engine.h"
#include "target-ppc/spr.h"
#include "target-ppc/vectors_internal.h"

enum { FIRST_ICOUNT = 1000 };

struct VectorBench {
    PpcEnv *env;
    uint8_t *ram;
    uint64_t ticks; /* when the case began */
};

/* --- state in and out ----------------------------------------------------------------------------- */

static void load_scalars(PpcEnv *env, const uint32_t *scalar)
{
    ppc_cr_set(env, scalar[SCALAR_CR]);
    ppc_xer_set(env, scalar[SCALAR_XER]);
    env->lr = scalar[SCALAR_LR];
    env->ctr = scalar[SCALAR_CTR];
    env->fpscr = scalar[SCALAR_FPSCR];
    env->vscr = scalar[SCALAR_VSCR];
    env->msr = scalar[SCALAR_MSR] & env->model->msr_mask;
    env->pc = scalar[SCALAR_PC];
    env->reserve_addr = scalar[SCALAR_RESERVE];
    env->reserve_valid = env->reserve_addr != VECTOR_NO_RESERVATION;
}

/* After a warp virtual time may stand anywhere within a tick. */
static void load_time(VectorBench *bench, const uint32_t *spr)
{
    PpcEnv *env = bench->env;
    *env->icount = FIRST_ICOUNT;
    *env->icount += (UINT64_MAX - clock_virtual_ns(env->clock) + 1) % PPC_NS_PER_TICK;
    ppc_timebase_set(env, (uint64_t)spr[SPR_TBU] << 32 | spr[SPR_TBL]);
    ppc_dec_set(env, spr[SPR_DEC]);
    env->pm_icount = *env->icount;
    env->pm_tb = ppc_timebase(env);
    env->pm_tb_rose = false;
    ppc_perfmon_arm(env);
    bench->ticks = clock_virtual_ns(env->clock) / PPC_NS_PER_TICK;
}

static void load_state(VectorBench *bench, const VectorCase *test)
{
    PpcEnv *env = bench->env;
    const VectorState *state = &test->in;
    env->model = test->model;
    memcpy(env->gpr, state->gpr, sizeof(state->gpr));
    memcpy(env->fpr, state->fpr, sizeof(state->fpr));
    memcpy(env->vr, state->vr, sizeof(state->vr));
    memcpy(env->sr, state->sr, sizeof(state->sr));
    memcpy(env->spr, state->spr, sizeof(state->spr));
    memcpy(bench->ram, state->memory, VECTOR_MEMORY_SIZE);
    load_scalars(env, state->scalar);
    load_time(bench, state->spr);
    env->pending_interrupts = 0;
    env->halted = env->event = false;
    ppc_mode_changed(env);
    ppc_engine_drop_all(env);
}

static void save_state(VectorBench *bench, VectorState *state)
{
    PpcEnv *env = bench->env;
    ppc_sync(env);
    memcpy(state->gpr, env->gpr, sizeof(state->gpr));
    memcpy(state->fpr, env->fpr, sizeof(state->fpr));
    memcpy(state->vr, env->vr, sizeof(state->vr));
    memcpy(state->sr, env->sr, sizeof(state->sr));
    memcpy(state->spr, env->spr, sizeof(state->spr));
    uint64_t passed = clock_virtual_ns(env->clock) / PPC_NS_PER_TICK - bench->ticks;
    uint64_t timebase = ppc_timebase(env) - passed;
    state->spr[SPR_TBL] = (uint32_t)timebase;
    state->spr[SPR_TBU] = (uint32_t)(timebase >> 32);
    state->spr[SPR_DEC] = ppc_dec_get(env) + (uint32_t)passed;
    state->memory = bench->ram;
    uint32_t *scalar = state->scalar;
    scalar[SCALAR_CR] = ppc_cr_get(env);
    scalar[SCALAR_XER] = ppc_xer_get(env);
    scalar[SCALAR_LR] = env->lr;
    scalar[SCALAR_CTR] = env->ctr;
    scalar[SCALAR_FPSCR] = env->fpscr;
    scalar[SCALAR_VSCR] = env->vscr;
    scalar[SCALAR_MSR] = env->msr;
    scalar[SCALAR_PC] = env->pc;
    scalar[SCALAR_RESERVE] = env->reserve_valid ? env->reserve_addr : VECTOR_NO_RESERVATION;
}

/* --- running -------------------------------------------------------------------------------------- */

bool vector_bench_step(void *opaque, const VectorCase *test, VectorState *got,
                       Error **errp G_GNUC_UNUSED)
{
    VectorBench *bench = opaque;
    ppc_mmu_flush(bench->env);
    load_state(bench, test);
    for (unsigned i = 0; i < test->word_count && !bench->env->halted; i++) {
        ppc_step(bench->env);
    }
    save_state(bench, got);
    return true;
}

/* @count instructions, if they lie one behind the other; else fewer or more. */
static void run_engine(PpcEnv *env, unsigned count)
{
    const uint64_t end = *env->icount + count;
    uint64_t before;
    ppc_engine_fence(env, count);
    do {
        before = *env->icount;
        env->attention = false;
        env->stop_icount = end + ENGINE_STOP_DISTANCE;
        env->deadline = end;
        ppc_engine_run(env);
    } while (*env->icount > before && *env->icount < end && !env->halted);
}

/* In one go; one by one if that did not end where it should: jumps, changed code, emptied caches. */
static void run_case(VectorBench *bench, const VectorCase *test)
{
    PpcEnv *env = bench->env;
    load_state(bench, test);
    CPU(ppc_env_cpu(env))->exit_request = true; /* every event point leaves the engine */
    const uint64_t end = *env->icount + test->word_count;
    if (!env->chaos) {
        run_engine(env, test->word_count);
    }
    if (*env->icount != end && !env->halted) {
        load_state(bench, test);
        for (unsigned i = 0; i < test->word_count && !env->halted; i++) {
            run_engine(env, 1);
        }
    }
    CPU(ppc_env_cpu(env))->exit_request = false;
}

bool vector_bench_engine(void *opaque, const VectorCase *test, VectorState *got,
                         Error **errp G_GNUC_UNUSED)
{
    VectorBench *bench = opaque;
    ppc_mmu_flush(bench->env);
    run_case(bench, test);
    save_state(bench, got);
    return true;
}

/* With translation on, a second run would not find R and C bits to set. */
bool vector_bench_warm_engine(void *opaque, const VectorCase *test, VectorState *got,
                              Error **errp G_GNUC_UNUSED)
{
    enum { TRANSLATED = 1 << MSR_IR | 1 << MSR_DR };
    VectorBench *bench = opaque;
    ppc_mmu_flush(bench->env);
    run_case(bench, test);
    if (!((test->in.scalar[SCALAR_MSR] | bench->env->msr) & TRANSLATED)) {
        run_case(bench, test);
    }
    save_state(bench, got);
    return true;
}

void vector_bench_set_chaos(VectorBench *bench, uint64_t seed)
{
    CPUState *cs = CPU(ppc_env_cpu(bench->env));
    if (seed) {
        CPU_GET_CLASS(cs)->cache_chaos(cs, seed);
    } else {
        bench->env->chaos = 0;
    }
}

VectorBench *vector_bench_new(Error **errp)
{
    MemoryRegion *root = g_new0(MemoryRegion, 1), *ram = g_new0(MemoryRegion, 1);
    *clock_icount(machine_clock()) = 0;
    if (!clock_configure_icount(machine_clock(), "shift=0,sleep=off", errp)) {
        return NULL;
    }
    memory_region_init(root, NULL, "vectors", UINT64_C(1) << 32);
    if (!memory_region_init_ram(ram, NULL, "vectors.ram", VECTOR_MEMORY_SIZE, errp)) {
        return NULL;
    }
    memory_region_add_subregion(root, 0, ram);
    PowerPCCPU *cpu = POWERPC_CPU(object_new(POWERPC_CPU_TYPE_NAME("7400_v2.9")));
    CPU(cpu)->as = address_space_new(root, "vectors");
    if (!qdev_realize(DEVICE(cpu), NULL, errp)) {
        return NULL;
    }
    VectorBench *bench = g_new0(VectorBench, 1);
    bench->env = &cpu->env;
    bench->ram = memory_region_get_ram_ptr(ram);
    return bench;
}
