/* SPDX-License-Identifier: MIT */
/*
 * Floating-point exceptions as programs meet them, by step() and by the engine: enabled in FPSCR or not, in
 * the four modes of MSR[FE0,FE1]; and the host's own floating point, which the guest must not notice.
 * Source: PEM 3.3.6, 6.4.7; imprecise modes act as the precise one (step.c).
 */
#include "target-ppc/engine.h"
#include "target-ppc/fpu.h"
#include "target-ppc/vec.h"
#include "tests/unit/ppc_bench.h"

enum {
    CODE = 0x1000,
    SPIN = 0x48000000,   /* b . */
    FADD = 0xfc81102a,   /* fadd f4, f1, f2 */
    VADDFP = 0x1061100a, /* vaddfp v3, v1, v2 */
    FDIV = 0xfc811024,   /* fdiv f4, f1, f2 */
    FMUL = 0xfc8100b2,   /* fmul f4, f1, f2 (in its C field) */
    MFFS = 0xfcc0048e,   /* mffs f6 */
    MTFSB1_VXSNAN = 0xfce0004c,
    AT_DEVICE = 0x80000000,
};

#define ONE UINT64_C(0x3ff0000000000000)
#define TWO UINT64_C(0x4000000000000000)
#define THREE UINT64_C(0x4008000000000000)
#define FIVE UINT64_C(0x4014000000000000)
#define ONE_THIRD UINT64_C(0x3fd5555555555555)
#define INFINITE UINT64_C(0x7ff0000000000000)
#define SIGNALLING UINT64_C(0x7ff0000040000004)
#define SIGNALLING_QUIET UINT64_C(0x7ff8000040000004)
#define SMALLEST UINT64_C(0x0010000000000000)
#define LARGE UINT64_C(0x7fe0000000000000)
#define UNTOUCHED UINT64_C(0x123456789abcdef0)

typedef struct Row {
    uint32_t enable, raised, insn;
    uint64_t a, b;
    uint64_t masked, trapped; /* f4 after it */
} Row;

static const Row rows[] = {
    {FPSCR_VE, FPSCR_VXSNAN | FPSCR_VX, FADD, SIGNALLING, ONE, SIGNALLING_QUIET, UNTOUCHED},
    {FPSCR_VE, FPSCR_VXSNAN | FPSCR_VX, MTFSB1_VXSNAN, ONE, ONE, UNTOUCHED, UNTOUCHED},
    {FPSCR_ZE, FPSCR_ZX, FDIV, ONE, 0, INFINITE, UNTOUCHED},
    {FPSCR_OE, FPSCR_OX, FMUL, LARGE, TWO, INFINITE, UINT64_C(511) << 52},
    {FPSCR_UE, FPSCR_UX, FDIV, SMALLEST + 1, TWO, SMALLEST / 2, (UINT64_C(1536) << 52) + 1},
    {FPSCR_XE, FPSCR_XX, FDIV, ONE, THREE, ONE_THIRD, ONE_THIRD},
};

/* The instruction, and one that counts when it is reached. */
static void prepare(const Bench *bench, const Row *row, uint32_t fpscr, uint32_t msr)
{
    PpcEnv *env = bench->env;
    bench_put(bench, CODE, row->insn);
    bench_put(bench, CODE + 4, word_addi(3, 3, 1));
    bench_put(bench, CODE + 8, SPIN);
    bench_put(bench, PPC_VECTOR_PROGRAM, SPIN);
    env->fpr[1] = row->a;
    env->fpr[2] = row->b;
    env->fpr[4] = UNTOUCHED;
    env->gpr[3] = 0;
    env->fpscr = fpscr;
    env->pc = CODE;
    bench_set_msr(env, BIT(MSR_ME) | msr);
}

static void run(const Bench *bench, bool by_engine)
{
    PpcEnv *env = bench->env;
    if (by_engine) {
        clock_set_stop_icount(env->clock, *env->icount + ENGINE_STOP_DISTANCE + 8);
        env->deadline = clock_deadline(env->clock);
        ppc_look_around(env);
        ppc_engine_run(env);
    } else {
        for (unsigned i = 0; i < 8; i++) {
            ppc_step(env);
        }
    }
    ppc_sync(env);
}

static void expect_trap(const Bench *bench, const Row *row)
{
    const PpcEnv *env = bench->env;
    cr_expect_eq(env->pc, PPC_VECTOR_PROGRAM);
    cr_expect_eq(env->gpr[3], 0, "the next instruction ran");
    cr_expect_eq(env->spr[SPR_SRR0], CODE);
    cr_expect_eq(env->spr[SPR_SRR1] & 0x001f0000, PPC_PROGRAM_FP);
    cr_expect_eq(env->msr & (BIT(MSR_FE0) | BIT(MSR_FE1) | BIT(MSR_FP)), 0);
    cr_expect_eq(env->fpr[4], row->trapped);
}

static void check_row(const Bench *bench, const Row *row, unsigned mode, bool by_engine)
{
    uint32_t fe = (mode & 2 ? BIT(MSR_FE0) : 0) | (mode & 1 ? BIT(MSR_FE1) : 0);
    prepare(bench, row, row->enable, BIT(MSR_FP) | fe);
    run(bench, by_engine);
    uint32_t wanted = row->raised | FPSCR_FX | FPSCR_FEX;
    cr_expect_eq(bench->env->fpscr & wanted, wanted, "%08x", bench->env->fpscr);
    if (fe) {
        expect_trap(bench, row);
        return;
    }
    cr_expect_eq(bench->env->pc, CODE + 8);
    cr_expect_eq(bench->env->gpr[3], 1);
    cr_expect_eq(bench->env->fpr[4], row->trapped);
}

static void check_all(bool by_engine)
{
    Bench bench = bench_new("7400_v2.9");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned mode = 0; mode < 4; mode++) {
            check_row(&bench, &rows[i], mode, by_engine);
        }
    }
}

Test(fp_traps, step_takes_enabled_exceptions_in_each_mode) { check_all(false); }

Test(fp_traps, the_engine_takes_enabled_exceptions_in_each_mode) { check_all(true); }

static void check_masked(bool by_engine)
{
    Bench bench = bench_new("7400_v2.9");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        prepare(&bench, &rows[i], 0, BIT(MSR_FP) | BIT(MSR_FE0) | BIT(MSR_FE1));
        run(&bench, by_engine);
        cr_expect_eq(bench.env->pc, CODE + 8);
        cr_expect_eq(bench.env->fpr[4], rows[i].masked);
        cr_expect_eq(bench.env->fpscr & FPSCR_FEX, 0);
        cr_expect(bench.env->fpscr & FPSCR_FX);
    }
}

Test(fp_traps, exceptions_that_are_not_enabled_only_set_bits) { check_masked(false); }

Test(fp_traps, the_engine_traps_nothing_that_is_not_enabled) { check_masked(true); }

Test(fp_traps, without_msr_fp_the_engine_computes_nothing)
{
    static const uint32_t insns[] = {FADD,
                                     FDIV,
                                     FMUL,
                                     0xfc00081e /* fctiwz */,
                                     0xfc011000 /* fcmpu */,
                                     0xfc200890 /* fmr */,
                                     0xc0230000 /* lfs */,
                                     0xd0230000 /* stfs */,
                                     MFFS};
    Bench bench = bench_new("7400_v2.9");
    for (size_t i = 0; i < G_N_ELEMENTS(insns); i++) {
        const Row row = {.insn = insns[i], .a = ONE, .b = TWO};
        prepare(&bench, &row, 0, 0);
        bench_put(&bench, PPC_VECTOR_FP_UNAVAILABLE, SPIN);
        run(&bench, true);
        cr_expect_eq(bench.env->pc, PPC_VECTOR_FP_UNAVAILABLE, "insn %08x", insns[i]);
        cr_expect_eq(bench.env->spr[SPR_SRR0], CODE);
        cr_expect_eq(bench.env->fpr[4], UNTOUCHED);
        cr_expect_eq(bench.env->fpscr, 0);
    }
}

/* --- the host computes too ------------------------------------------------------------------------ */

typedef struct Host {
    double third, fifth; /* to nearest, one of them goes down and one up */
    unsigned reads;
} Host;

/* As a device might: inexact, and in need of the usual rounding. */
static uint64_t compute(void *opaque, hwaddr offset G_GNUC_UNUSED, unsigned size G_GNUC_UNUSED)
{
    Host *host = opaque;
    volatile double one = 1;
    host->third = one / 3;
    host->fifth = one / 5;
    host->reads++;
    return 0;
}

static const MemoryRegionOps host_ops = {.read = compute};

Test(fp_traps, arithmetic_of_devices_and_of_the_guest_do_not_meet)
{
    const Row exact = {.insn = FADD, .a = ONE, .b = TWO};
    Bench bench = bench_new("7400_v2.9");
    Host host = {.reads = 0};
    MemoryRegion *device = g_new0(MemoryRegion, 1);
    memory_region_init_io(device, NULL, &host_ops, &host, "device", 0x1000);
    memory_region_add_subregion(bench.root, AT_DEVICE, device);
    for (uint32_t rounding = 0; rounding < 4; rounding++) {
        prepare(&bench, &exact, rounding, BIT(MSR_FP));
        bench.env->gpr[5] = AT_DEVICE;
        bench_put(&bench, CODE + 4, word_lwz(6, 5, 0));
        bench_put(&bench, CODE + 8, FADD);
        bench_put(&bench, CODE + 12, SPIN);
        run(&bench, true);
        cr_expect_eq(bench.env->fpscr, 0x4000 | rounding, "%08x", bench.env->fpscr);
        cr_expect_eq(bench.env->fpr[4], THREE);
        cr_expect(host.third == 0x1.5555555555555p-2);
        cr_expect(host.fifth == 0x1.999999999999ap-3);
    }
    cr_expect_eq(host.reads, 4);
}

/* AltiVec rounds to nearest and has no status, the scalar FPU has a direction and XX: in one loop, twice. */
Test(fp_traps, arithmetic_of_vectors_and_of_the_scalar_fpu_do_not_meet)
{
    enum { SINGLE_ONE = 0x3f800000, SINGLE_THIRD = 0x3eaaaaab, SINGLE_SUM = 0x3faaaaab };
    const Row exact = {.insn = FADD, .a = ONE, .b = TWO};
    Bench bench = bench_new("7400_v2.9");
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t rounding = i & 3, xx = i & 4 ? FPSCR_FX | FPSCR_XX : 0;
        prepare(&bench, &exact, rounding | xx, BIT(MSR_FP) | BIT(MSR_VEC));
        bench.env->vr[1] = (PpcVector){.u32 = {SINGLE_ONE, SINGLE_ONE, 0, SINGLE_ONE}};
        bench.env->vr[2] = (PpcVector){.u32 = {SINGLE_THIRD, SINGLE_ONE, 0, SINGLE_THIRD}};
        bench.env->vscr = VSCR_NJ;
        bench_put(&bench, CODE + 4, VADDFP);
        bench_put(&bench, CODE + 8, FADD);
        bench_put(&bench, CODE + 12, VADDFP);
        bench_put(&bench, CODE + 16, SPIN);
        run(&bench, true);
        cr_expect_eq(bench.env->fpscr, 0x4000 | rounding | xx, "%08x", bench.env->fpscr);
        cr_expect_eq(bench.env->vr[3].u32[0], SINGLE_SUM, "%08x", bench.env->vr[3].u32[0]);
        cr_expect_eq(bench.env->vr[3].u32[3], SINGLE_SUM, "%08x", bench.env->vr[3].u32[3]);
        cr_expect(!bench.env->fp.limit_double && !bench.env->fp.is_guarded);
    }
}

/* FI, FR and FPRF are made when somebody looks, once or more often, whatever follows. */
Test(fp_traps, status_is_the_same_however_often_it_is_read)
{
    const Row inexact = {.insn = FDIV, .a = ONE, .b = FIVE};
    Bench bench = bench_new("7400_v2.9");
    prepare(&bench, &inexact, 0, BIT(MSR_FP));
    run(&bench, true);
    uint32_t first = bench.env->fpscr;
    ppc_sync(bench.env);
    cr_expect_eq(first, FPSCR_FX | FPSCR_XX | FPSCR_FI | FPSCR_FR | 0x4000, "%08x", first);
    cr_expect_eq(bench.env->fpscr, first);
}
