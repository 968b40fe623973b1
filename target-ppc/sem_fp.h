/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic, compares, moves and status: one function a row of insn.def, exact, by
 * the integer FPU.
 *
 * Source: PEM 4.2.2, 3.3, 6.4.8. The caller updates CR1 and takes enabled exceptions.
 */
#ifndef TARGET_PPC_SEM_FP_H
#define TARGET_PPC_SEM_FP_H

#include "target-ppc/cr.h"
#include "target-ppc/fpu.h"
#include "target-ppc/insn.h"

/* --- arithmetic --------------------------------------------------------------------------------- */

static inline PpcSem sem_fp_arithmetic(PpcEnv *env, const PpcOp *op, PpcFpOp operation)
{
    PpcFpResult result = ppc_fp_op(operation, env->fpr[op->a], env->fpr[op->b], env->fpr[op->c],
                                   env->fpscr);
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

/* --- moves: bits only, no status ---------------------------------------------------------------- */

enum { SEM_FP_SIGN = 63 };

static inline PpcSem sem_fmr(PpcEnv *env, const PpcOp *op)
{
    env->fpr[op->d] = env->fpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_fneg(PpcEnv *env, const PpcOp *op)
{
    env->fpr[op->d] = env->fpr[op->b] ^ BIT64(SEM_FP_SIGN);
    return SEM_NEXT;
}

static inline PpcSem sem_fabs(PpcEnv *env, const PpcOp *op)
{
    env->fpr[op->d] = env->fpr[op->b] & ~BIT64(SEM_FP_SIGN);
    return SEM_NEXT;
}

static inline PpcSem sem_fnabs(PpcEnv *env, const PpcOp *op)
{
    env->fpr[op->d] = env->fpr[op->b] | BIT64(SEM_FP_SIGN);
    return SEM_NEXT;
}

/* frC if frA is at least -0, else (less, or a NaN) frB. */
static inline PpcSem sem_fsel(PpcEnv *env, const PpcOp *op)
{
    const uint64_t infinity = UINT64_C(0x7ff0000000000000);
    uint64_t a = env->fpr[op->a], magnitude = a & ~BIT64(SEM_FP_SIGN);
    bool at_least_zero = magnitude == 0 || a <= infinity;
    env->fpr[op->d] = env->fpr[at_least_zero ? op->c : op->b];
    return SEM_NEXT;
}

/* --- FPSCR -------------------------------------------------------------------------------------- */

/* The upper word is undefined; hardware puts the head of a quiet NaN there (measured on a 750CL). */
static inline PpcSem sem_mffs(PpcEnv *env, const PpcOp *op)
{
    env->fpr[op->d] = UINT64_C(0xfff8000000000000) | env->fpscr;
    return SEM_NEXT;
}

static inline PpcSem sem_mcrfs(PpcEnv *env, const PpcOp *op)
{
    uint32_t cc;
    env->fpscr = ppc_fpscr_mcrfs(env->fpscr, op->a >> 2, &cc);
    ppc_cr_set_field(env, op->d, cc);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsf(PpcEnv *env, const PpcOp *op)
{
    env->fpscr = ppc_fpscr_mtfsf(env->fpscr, (uint32_t)op->imm, (uint32_t)env->fpr[op->b]);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsfi(PpcEnv *env, const PpcOp *op)
{
    env->fpscr = ppc_fpscr_mtfsfi(env->fpscr, op->d, op->b >> 1);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsb0(PpcEnv *env, const PpcOp *op)
{
    env->fpscr = ppc_fpscr_mtfsb0(env->fpscr, op->d);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsb1(PpcEnv *env, const PpcOp *op)
{
    env->fpscr = ppc_fpscr_mtfsb1(env->fpscr, op->d);
    return SEM_NEXT;
}

#endif
