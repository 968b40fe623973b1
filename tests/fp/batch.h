/* SPDX-License-Identifier: MIT */
/*
 * Batches of floating-point cases through both of the program's FPUs: the exact one by call, and the
 * engine's handlers by a guest program that writes FPSCR, executes, and stores register and FPSCR.
 */
#ifndef TESTS_FP_BATCH_H
#define TESTS_FP_BATCH_H

#include "tests/fp/oracle.h"

enum { FP_BATCH = 1024 };

typedef struct FpMachine FpMachine;

/* A processor with RAM at 0; one a process. */
FpMachine *fp_machine_new(void);

/* By ppc_fp_op(), ppc_fpscr_apply() and ppc_fp_compare(). */
FpOutcome fp_run_exact(const FpCase *test);
/* By the engine; all cases have one operation. */
void fp_run_engine(FpMachine *machine, const FpCaseOp *op, const FpCase tests[FP_BATCH],
                   FpOutcome outcomes[FP_BATCH]);

typedef struct FpCount {
    uint64_t cases;
    uint64_t differences;
    char *first; /* what differed first; NULL: nothing */
} FpCount;

/* A batch of cases of @op, both ways, against the oracle. */
void fp_check_batch(FpMachine *machine, const FpCaseOp *op, const FpCase tests[FP_BATCH],
                    FpCount *count);

#endif
