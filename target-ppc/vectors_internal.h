/* SPDX-License-Identifier: MIT */
/* Between the files of `core99 test`: the processor that runs cases, and what compares states. */
#ifndef TARGET_PPC_VECTORS_INTERNAL_H
#define TARGET_PPC_VECTORS_INTERNAL_H

#include "target-ppc/vectors_case.h"

/* --- vectors_local.c: one processor, 64 KiB of RAM at 0, no board ---------------------------------- */

typedef struct VectorBench VectorBench;

/* One a process; lives until the program ends. */
VectorBench *vector_bench_new(Error **errp);
const PpcEnv *vector_bench_env(const VectorBench *bench);
/* VectorTarget.run with a VectorBench. got->memory is the RAM itself, valid until the next run. */
bool vector_bench_step(void *opaque, const VectorCase *test, VectorState *got, Error **errp);

/* --- vectors_compare.c ------------------------------------------------------------------------------ */

void vector_mask_everything(VectorMask *mask);
/*
 * Append "; REGISTER is X, wanted Y, bits Z" for each difference that @mask lets us see, flags of CR,
 * XER, FPSCR, VSCR and MSR by name. @env names SPRs.
 */
void vector_compare(const VectorMask *mask, const VectorCase *test, const VectorState *wanted,
                    const VectorState *got, GString *out);

#endif
