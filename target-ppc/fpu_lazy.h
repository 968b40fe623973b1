/* SPDX-License-Identifier: MIT */
/*
 * The host's FPU as the guest's: bursts of handlers, and the FPSCR that they leave to be made later.
 *
 * In a burst the unit is made ready when the first arithmetic instruction asks for it: windows of results
 * open, and the host rounds as FPSCR[RN] says. A handler accepts a result only if nothing but XX, FI,
 * FR and FPRF can have changed, and notes the operation with its operands in env->fp; XX is the
 * host's sticky flag. FI, FR and FPRF are made from the note by the exact FPU when FPSCR is wanted.
 * Until XX is set, and while RN is not "to nearest", MXCSR is guarded: nothing else may run that leaves a
 * trace there or needs another direction. Else it means nothing, and is neither read nor written.
 * Source: own design (reference/fp.md).
 */
#ifndef TARGET_PPC_FPU_LAZY_H
#define TARGET_PPC_FPU_LAZY_H

#include "target-ppc/cpu.h"

enum { PPC_FP_RECORDED = 0x80, PPC_FP_FIRST_DOUBLE = 2, PPC_FP_FIRST_SINGLE = 898 };

/* Exponents from @first up to @end: a size as the high word of a double, less its sign, doubled. */
#define PPC_FP_WINDOW(first, end) (((uint32_t)(end) - (uint32_t)(first)) << 21)

/* This thread begins to run bursts: its MXCSR becomes the ordinary one. */
void ppc_fpu_begin(PpcEnv *env);

/*
 * Begin and end a burst of handlers, on the thread that runs them. In between, nothing else of the
 * host's may compute with floating point: ppc_fpu_leave() comes before every call of C code that is
 * not the handlers' own, but ppc_fpu_prepare(). Leaving twice does nothing.
 */
void ppc_fpu_enter(PpcEnv *env);
void ppc_fpu_leave(PpcEnv *env);

/*
 * In a burst, a handler of an instruction with these @flags (insn.h) declined. True: the unit was not as
 * that handler needs it, and is now; ask it again. Scalar arithmetic needs a unit that is ready, AltiVec
 * that rounds one that is not guarded.
 */
bool ppc_fpu_prepare(PpcEnv *env, uint32_t flags);

/* Make FPSCR canonical. Outside of bursts; idempotent. Whoever reads FI, FR, FPRF or writes FPSCR
 * calls it first. */
void ppc_fp_sync(PpcEnv *env);

#endif
