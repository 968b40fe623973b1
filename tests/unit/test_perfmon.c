/* SPDX-License-Identifier: MIT */
/*
 * The performance monitor at the ends of its numbers, by step() and by the engine: instruction counts
 * beyond what an address difference holds, a time base that wraps.
 * Source: 7400UM chapter 11.
 */
#include "target-ppc/engine.h"
#include "tests/unit/ppc_bench.h"

enum {
    CODE = 0x1000,
    MMCR0_PMXE = 0x04000000,
    MMCR0_TB_BIT_15 = 0x01800000, /* TBSEL: bit 16 from the right */
    MMCR0_TBEE = 0x00400000,
    MMCR0_PMC1CE = 0x00008000,
};

/* An event point every two instructions. */
static void prepare(const Bench *bench)
{
    bench_put(bench, CODE, WORD_NOP);
    bench_put(bench, CODE + 4, word_b(-4));
    bench_put(bench, PPC_VECTOR_PERFORMANCE, word_b(0));
    bench->env->pc = CODE;
    bench_set_msr(bench->env, BIT(MSR_ME));
}

static void run(const Bench *bench, uint64_t count, bool by_engine)
{
    PpcEnv *env = bench->env;
    uint64_t end = *env->icount + count;
    if (by_engine) {
        clock_set_stop_icount(env->clock, end + ENGINE_STOP_DISTANCE);
        ppc_deadline_changed(env);
        ppc_look_around(env);
        ppc_engine_run(env);
    }
    while (*env->icount < end) {
        ppc_step(env);
    }
}

static void set_spr(const Bench *bench, unsigned number, uint32_t value)
{
    cr_assert(ppc_spr_write(bench->env, number, value));
}

/* Six hours at 400 million a second. */
static void check_late_overflow(bool by_engine)
{
    Bench bench = bench_new("7400_v2.9");
    prepare(&bench);
    *bench.env->icount = UINT64_C(1) << 46;
    ppc_perfmon_sync(bench.env);
    set_spr(&bench, SPR_PMC1, 0x80000000);
    set_spr(&bench, SPR_MMCR0, MMCR0_PMXE | MMCR0_PMC1CE);
    run(&bench, 5000, by_engine);
    cr_expect(bench.env->pending_interrupts & PPC_INTERRUPT_PERF);
    cr_expect_eq(bench.env->spr[SPR_SIA], CODE);
}

Test(perfmon, step_sees_a_negative_counter_at_any_instruction_count) { check_late_overflow(false); }

Test(perfmon, the_engine_sees_a_negative_counter_at_any_instruction_count, .timeout = 20)
{
    check_late_overflow(true);
}

static void check_wrap(bool by_engine)
{
    Bench bench = bench_new("7400_v2.9");
    prepare(&bench);
    set_spr(&bench, SPR_MMCR0, MMCR0_PMXE | MMCR0_TBEE | MMCR0_TB_BIT_15);
    ppc_timebase_set(bench.env, UINT64_MAX - 100);
    run(&bench, 5000, by_engine); /* 500 ticks */
    cr_expect_eq(ppc_timebase(bench.env) >> 32, 0, "not wrapped yet");
    ppc_sync(bench.env);
    cr_expect_not(bench.env->pending_interrupts & PPC_INTERRUPT_PERF);
    cr_expect_not(bench.env->pm_tb_rose, "all bits fell");
}

Test(perfmon, no_bit_rises_when_the_time_base_wraps_in_step) { check_wrap(false); }

Test(perfmon, no_bit_rises_when_the_time_base_wraps_in_the_engine) { check_wrap(true); }
