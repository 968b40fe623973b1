/* SPDX-License-Identifier: MIT */
/* Batches: batch.h. The guest's program is position independent words made here; PEM chapter 8. */
#include "tests/fp/batch.h"

#include "target-ppc/engine.h"
#include "target-ppc/spr.h"

#include <inttypes.h>

enum { RAM_SIZE = 0x20000, CODE = 0x1000, DATA = 0x10000, RECORD = 64, LOOP_INSNS = 14 };

/* Where things lie in a case's record. */
enum { AT_A = 0, AT_B = 8, AT_C = 16, AT_FPSCR = 24, AT_TARGET = 32, AT_VALUE = 40, AT_AFTER = 48 };

struct FpMachine {
    PpcEnv *env;
    uint8_t *ram;
};

FpMachine *fp_machine_new(void)
{
    MemoryRegion *root = g_new0(MemoryRegion, 1), *ram = g_new0(MemoryRegion, 1);
    memory_region_init(root, NULL, "fp", UINT64_C(1) << 32);
    memory_region_init_ram(ram, NULL, "fp.ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(root, 0, ram);
    PowerPCCPU *cpu = POWERPC_CPU(object_new(POWERPC_CPU_TYPE_NAME("7400_v2.9")));
    CPU(cpu)->as = address_space_new(root, "fp");
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    qdev_realize(DEVICE(cpu), NULL, &error_abort);
    FpMachine *machine = g_new0(FpMachine, 1);
    machine->env = &cpu->env;
    machine->ram = memory_region_get_ram_ptr(ram);
    ppc_reset(machine->env);
    machine->env->msr = BIT(MSR_ME) | BIT(MSR_FP);
    ppc_mode_changed(machine->env);
    return machine;
}

/* --- the exact FPU ------------------------------------------------------------------------------------- */

FpOutcome fp_run_exact(const FpCase *test)
{
    if (test->op & FP_CASE_FCMPU) {
        uint32_t cc;
        bool is_ordered = test->op == FP_CASE_FCMPO;
        uint32_t fpscr = ppc_fp_compare(test->fpscr, test->a, test->b, is_ordered, &cc);
        return (FpOutcome){cc, fpscr};
    }
    PpcFpResult result = ppc_fp_op(test->op, test->a, test->b, test->c, test->fpscr);
    return (FpOutcome){result.writes_target ? result.value : test->target,
                       ppc_fpscr_apply(test->fpscr, &result)};
}

/* --- the engine ------------------------------------------------------------------------------------------ */

static uint32_t float_access(unsigned primary, unsigned reg, unsigned at)
{
    return primary << 26 | reg << 21 | 4 << 16 | at; /* from r4 on */
}

static void put_program(FpMachine *machine, const FpCaseOp *op)
{
    enum { LFD = 50, STFD = 54 };
    bool is_compare = op->op & FP_CASE_FCMPU;
    const uint32_t loop[LOOP_INSNS] = {
        float_access(LFD, 1, AT_A),
        float_access(LFD, 2, AT_B),
        float_access(LFD, 3, AT_C),
        float_access(LFD, 5, AT_FPSCR),
        float_access(LFD, 4, AT_TARGET),
        0xfdfe2d8e, /* mtfsf 0xff, f5 */
        op->word,
        float_access(STFD, 4, AT_VALUE),
        0xfcc0048e, /* mffs f6 */
        float_access(STFD, 6, AT_AFTER),
        is_compare ? 0x7c600026 : 0x60000000, /* mfcr r3 */
        is_compare ? 36u << 26 | 3 << 21 | 4 << 16 | AT_VALUE : 0x60000000,
        14u << 26 | 4 << 21 | 4 << 16 | RECORD,                   /* addi r4, r4, RECORD */
        16u << 26 | 16 << 21 | (-4u * (LOOP_INSNS - 1) & 0xfffc), /* bdnz */
    };
    uint8_t words[4 * (LOOP_INSNS + 1)];
    for (unsigned i = 0; i < LOOP_INSNS; i++) {
        stl_be_p(words + 4 * i, loop[i]);
    }
    stl_be_p(words + 4 * LOOP_INSNS, 0x48000000); /* b . */
    address_space_write(machine->env->as, CODE, words, sizeof(words));
}

static void put_cases(FpMachine *machine, const FpCase tests[FP_BATCH])
{
    for (unsigned i = 0; i < FP_BATCH; i++) {
        uint8_t *record = machine->ram + DATA + i * RECORD;
        stq_be_p(record + AT_A, tests[i].a);
        stq_be_p(record + AT_B, tests[i].b);
        stq_be_p(record + AT_C, tests[i].c);
        stq_be_p(record + AT_FPSCR, tests[i].fpscr);
        stq_be_p(record + AT_TARGET, tests[i].target);
    }
}

/* The engine stops a while before the count it is given: the program spins at its end until there. */
static void run(PpcEnv *env)
{
    env->gpr[4] = DATA;
    env->ctr = FP_BATCH;
    env->pc = CODE;
    uint64_t needed = FP_BATCH * LOOP_INSNS + ENGINE_STOP_DISTANCE + 2;
    clock_set_stop_icount(env->clock, *env->icount + needed);
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    ppc_engine_run(env);
}

void fp_run_engine(FpMachine *machine, const FpCaseOp *op, const FpCase tests[FP_BATCH],
                   FpOutcome outcomes[FP_BATCH])
{
    put_program(machine, op);
    put_cases(machine, tests);
    run(machine->env);
    for (unsigned i = 0; i < FP_BATCH; i++) {
        const uint8_t *record = machine->ram + DATA + i * RECORD;
        uint64_t value = ldq_be_p(record + AT_VALUE);
        bool is_compare = op->op & FP_CASE_FCMPU;
        outcomes[i].value = is_compare ? ldl_be_p(record + AT_VALUE) >> 28 : value;
        outcomes[i].fpscr = ldl_be_p(record + AT_AFTER + 4);
    }
}

/* --- both against the oracle ----------------------------------------------------------------------------- */

static void note(FpCount *count, const FpCaseOp *op, const FpCase *t, const char *who,
                 const FpOutcome outcome[2])
{
    count->differences++;
    if (count->first) {
        return;
    }
    count->first = g_strdup_printf(
        "%s by %s: fpscr %08x a %016" PRIx64 " b %016" PRIx64 " c %016" PRIx64 " target %016" PRIx64
        ": got %016" PRIx64 " fpscr %08x, want %016" PRIx64 " fpscr %08x",
        op->name, who, t->fpscr, t->a, t->b, t->c, t->target, outcome[0].value, outcome[0].fpscr,
        outcome[1].value, outcome[1].fpscr);
}

static bool differs(const FpOutcome *x, const FpOutcome *y)
{
    return x->value != y->value || x->fpscr != y->fpscr;
}

void fp_check_batch(FpMachine *machine, const FpCaseOp *op, const FpCase tests[FP_BATCH],
                    FpCount *count)
{
    FpOutcome engine[FP_BATCH];
    fp_run_engine(machine, op, tests, engine);
    for (unsigned i = 0; i < FP_BATCH; i++) {
        FpOutcome want = fp_oracle(&tests[i]), exact = fp_run_exact(&tests[i]);
        if (differs(&exact, &want)) {
            note(count, op, &tests[i], "step()'s FPU", (const FpOutcome[]){exact, want});
        }
        if (differs(&engine[i], &want)) {
            note(count, op, &tests[i], "the engine", (const FpOutcome[]){engine[i], want});
        }
    }
    count->cases += FP_BATCH;
}
