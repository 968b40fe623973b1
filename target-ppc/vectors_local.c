/* SPDX-License-Identifier: MIT */
/*
 * What `core99 test` runs cases on: one processor, 64 KiB of RAM at 0, no board.
 *
 * Source: none (own design). Not modelled: everything around the processor; models are switched by
 * changing the model pointer of the one processor.
 */
#include "target-ppc/cr.h"
#include "target-ppc/vectors_internal.h"

struct VectorBench {
    PpcEnv *env;
    uint8_t *ram;
};

const PpcEnv *vector_bench_env(const VectorBench *bench) { return bench->env; }

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
    env->pending_interrupts = 0;
    env->halted = false;
    ppc_mmu_flush(env);
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
    load_state(bench, test);
    for (unsigned i = 0; i < test->word_count; i++) {
        ppc_step(bench->env);
    }
    save_state(bench, got);
    return true;
}

VectorBench *vector_bench_new(Error **errp)
{
    MemoryRegion *root = g_new0(MemoryRegion, 1), *ram = g_new0(MemoryRegion, 1);
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
