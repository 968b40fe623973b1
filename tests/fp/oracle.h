/* SPDX-License-Identifier: MIT */
/*
 * What a floating-point instruction must do, by MPFR and the manual, without a look at target-ppc/fpu_*.c:
 * the register and every bit of FPSCR after it.
 *
 * Source: PEM 2.1.4, 3.3.5, 3.3.6, chapter 8; where it leaves a choice, reference/fp.md: 25 bits of frC in
 * single multiplies, FR of an overflow, high word of fctiw, denormals in non-IEEE mode.
 * Not here: fres and frsqrte, which are tables of a model.
 */
#ifndef TESTS_FP_ORACLE_H
#define TESTS_FP_ORACLE_H

#include "target-ppc/fpu.h"
#include "tests/unit/fp_operands.h"

/* Beside PpcFpOp's: the compares. */
enum { FP_CASE_FCMPU = 0x40, FP_CASE_FCMPO = 0x41 };

typedef struct FpCase {
    unsigned op; /* PpcFpOp or a compare */
    uint64_t a, b, c;
    uint64_t target; /* frD before */
    uint32_t fpscr;  /* before; canonical */
} FpCase;

typedef struct FpOutcome {
    uint64_t value; /* frD after; of a compare: LT GT EQ SO */
    uint32_t fpscr;
} FpOutcome;

/* Names and numbers of all operations that the oracle knows; the last name is NULL. */
typedef struct FpCaseOp {
    const char *name;
    unsigned op;
    uint32_t word; /* op f4, f1, f2, f3 as far as it has them; compares: to cr0 */
} FpCaseOp;
extern const FpCaseOp fp_case_ops[];

void fp_oracle_init(void);
/* Between init and fini. */
FpOutcome fp_oracle(const FpCase *test);
void fp_oracle_fini(void);

/* Disable traps in a case whose trapped result nothing defines. */
void fp_case_avoid_undefined(FpCase *test);

/* A hard case: operands that meet, any rounding mode, enables and sticky bits. */
FpCase fp_case_random(FpRandom *random, unsigned op);

#endif
