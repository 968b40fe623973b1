/* SPDX-License-Identifier: MIT */
/*
 * The scalar FPU against MPFR, register and every bit of FPSCR: both the exact FPU and the engine's handlers,
 * in all rounding modes, enables and non-IEEE mode. About ten seconds for all of this file;
 * tests/long/fpu-mpfr.sh runs the same for 10^8 cases.
 * CORE99_FP_CASES raises the number of operand sets.
 */
#include "tests/fp/batch.h"

#include <criterion/criterion.h>
#include <inttypes.h>

enum { USUAL_CASES = 300000 };

static const FpCaseOp *op_named(const char *name)
{
    const FpCaseOp *op = fp_case_ops;
    while (!g_str_equal(op->name, name)) {
        op++;
    }
    return op;
}

static void expect_no_difference(const FpCount *count)
{
    cr_assert_eq(count->differences, 0, "%d of %d: %s", (int)count->differences, (int)count->cases,
                 count->first);
}

static void check(const char *name)
{
    static FpCase tests[FP_BATCH];
    const FpCaseOp *op = op_named(name);
    FpMachine *machine = fp_machine_new();
    FpRandom random = fp_random_new(op->op + 1);
    FpCount count = {.cases = 0};
    fp_oracle_init();
    while (count.cases < (uint64_t)fp_case_count(USUAL_CASES)) {
        for (unsigned i = 0; i < FP_BATCH; i++) {
            tests[i] = fp_case_random(&random, op->op);
        }
        fp_check_batch(machine, op, tests, &count);
    }
    fp_oracle_fini();
    expect_no_difference(&count);
}

#define CHECK(name)                                                                                \
    Test(fpu_mpfr, name##_is_exact) { check(#name); }
CHECK(fadd)
CHECK(fadds)
CHECK(fsub)
CHECK(fsubs)
CHECK(fmul)
CHECK(fmuls)
CHECK(fdiv)
CHECK(fdivs)
CHECK(fmadd)
CHECK(fmadds)
CHECK(fmsub)
CHECK(fmsubs)
CHECK(fnmadd)
CHECK(fnmadds)
CHECK(fnmsub)
CHECK(fnmsubs)
CHECK(frsp)
CHECK(fctiw)
CHECK(fctiwz)
CHECK(fcmpu)
CHECK(fcmpo)

/* All pairs of the special operands, each with some third one, each rounding mode and enable alone. */
static FpCase special_case(const FpCaseOp *op, size_t i)
{
    static const uint32_t settings[] = {
        0, 1, 2, 3, FPSCR_VE, FPSCR_OE, FPSCR_UE, FPSCR_ZE, FPSCR_XE, FPSCR_NI,
    };
    const size_t count = G_N_ELEMENTS(fp_special_operands);
    size_t pair = i / G_N_ELEMENTS(settings);
    return (FpCase){
        .op = op->op,
        .a = fp_special_operands[pair % count],
        .b = fp_special_operands[pair / count % count],
        .c = fp_special_operands[pair * 7 / 3 % count],
        .target = UINT64_C(0x123456789abcdef0),
        .fpscr = settings[i % G_N_ELEMENTS(settings)],
    };
}

Test(fpu_mpfr, special_operands_meet_exactly)
{
    static FpCase tests[FP_BATCH];
    const size_t operands = G_N_ELEMENTS(fp_special_operands);
    FpMachine *machine = fp_machine_new();
    FpCount count = {.cases = 0};
    fp_oracle_init();
    for (const FpCaseOp *op = fp_case_ops; op->name; op++) {
        for (size_t first = 0; first < operands * operands * 10; first += FP_BATCH) {
            for (unsigned i = 0; i < FP_BATCH; i++) {
                tests[i] = special_case(op, first + i);
                fp_case_avoid_undefined(&tests[i]);
            }
            fp_check_batch(machine, op, tests, &count);
        }
    }
    fp_oracle_fini();
    expect_no_difference(&count);
}
