/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic and compares, exact, by the integer FPU: what step() runs.
 *
 * Source: PEM 4.2.2, 3.3, 6.4.8. The same names on the host's FPU: sem_fp_host.h.
 */
#ifndef TARGET_PPC_SEM_FP_EXACT_H
#define TARGET_PPC_SEM_FP_EXACT_H

#include "target-ppc/cr.h"
#include "target-ppc/fpu.h"
#include "target-ppc/fpu_lazy.h"
#include "target-ppc/insn.h"

static inline PpcSem sem_fp_arithmetic(PpcEnv *env, const PpcOp *op, PpcFpOp operation)
{
    PpcFpResult result = ppc_fp_op(operation, env->fpr[op->a], env->fpr[op->b], env->fpr[op->c],
                                   env->fpscr);
    if (result.sets_fprf) {
        env->fp.any = 0; /* nothing that it says survives */
    } else {
        ppc_fp_sync(env);
    }
    env->fpscr = ppc_fpscr_apply(env->fpscr, &result);
    if (result.writes_target) {
        env->fpr[op->d] = result.value;
    }
    return SEM_NEXT;
}

#define SEM_FP_ARITHMETIC(name, operation)                                                         \
    static inline PpcSem sem_##name(PpcEnv *env, const PpcOp *op)                                  \
    {                                                                                              \
        return sem_fp_arithmetic(env, op, PPC_FP_##operation);                                     \
    }
SEM_FP_ARITHMETIC(fadd, FADD)
SEM_FP_ARITHMETIC(fadds, FADDS)
SEM_FP_ARITHMETIC(fsub, FSUB)
SEM_FP_ARITHMETIC(fsubs, FSUBS)
SEM_FP_ARITHMETIC(fmul, FMUL)
SEM_FP_ARITHMETIC(fmuls, FMULS)
SEM_FP_ARITHMETIC(fdiv, FDIV)
SEM_FP_ARITHMETIC(fdivs, FDIVS)
SEM_FP_ARITHMETIC(fmadd, FMADD)
SEM_FP_ARITHMETIC(fmadds, FMADDS)
SEM_FP_ARITHMETIC(fmsub, FMSUB)
SEM_FP_ARITHMETIC(fmsubs, FMSUBS)
SEM_FP_ARITHMETIC(fnmadd, FNMADD)
SEM_FP_ARITHMETIC(fnmadds, FNMADDS)
SEM_FP_ARITHMETIC(fnmsub, FNMSUB)
SEM_FP_ARITHMETIC(fnmsubs, FNMSUBS)
SEM_FP_ARITHMETIC(fres, FRES)
SEM_FP_ARITHMETIC(frsqrte, FRSQRTE)
SEM_FP_ARITHMETIC(frsp, FRSP)
SEM_FP_ARITHMETIC(fctiw, FCTIW)
SEM_FP_ARITHMETIC(fctiwz, FCTIWZ)
#undef SEM_FP_ARITHMETIC

static inline PpcSem sem_fp_compare(PpcEnv *env, const PpcOp *op, bool is_ordered)
{
    uint32_t cc;
    ppc_fp_sync(env);
    env->fpscr = ppc_fp_compare(env->fpscr, env->fpr[op->a], env->fpr[op->b], is_ordered, &cc);
    ppc_cr_set_field(env, op->d, cc);
    return SEM_NEXT;
}

static inline PpcSem sem_fcmpu(PpcEnv *env, const PpcOp *op)
{
    return sem_fp_compare(env, op, false);
}

static inline PpcSem sem_fcmpo(PpcEnv *env, const PpcOp *op)
{
    return sem_fp_compare(env, op, true);
}

#endif
