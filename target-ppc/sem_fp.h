/* SPDX-License-Identifier: MIT */
/*
 * Floating-point moves and FPSCR: one function a row of insn.def.
 *
 * Source: PEM 4.2.2. The caller updates CR1 and takes enabled exceptions. Arithmetic and compares have
 * two functions a row of the same name: sem_fp_exact.h for step(), sem_fp_host.h for the engine.
 */
#ifndef TARGET_PPC_SEM_FP_H
#define TARGET_PPC_SEM_FP_H

#include "target-ppc/cr.h"
#include "target-ppc/fpu.h"
#include "target-ppc/fpu_lazy.h"
#include "target-ppc/insn.h"

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
    ppc_fp_sync(env);
    env->fpr[op->d] = UINT64_C(0xfff8000000000000) | env->fpscr;
    return SEM_NEXT;
}

static inline PpcSem sem_mcrfs(PpcEnv *env, const PpcOp *op)
{
    uint32_t cc;
    ppc_fp_sync(env);
    env->fpscr = ppc_fpscr_mcrfs(env->fpscr, op->a >> 2, &cc);
    ppc_cr_set_field(env, op->d, cc);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsf(PpcEnv *env, const PpcOp *op)
{
    ppc_fp_sync(env);
    env->fpscr = ppc_fpscr_mtfsf(env->fpscr, (uint32_t)op->imm, (uint32_t)env->fpr[op->b]);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsfi(PpcEnv *env, const PpcOp *op)
{
    ppc_fp_sync(env);
    env->fpscr = ppc_fpscr_mtfsfi(env->fpscr, op->d, op->b >> 1);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsb0(PpcEnv *env, const PpcOp *op)
{
    ppc_fp_sync(env);
    env->fpscr = ppc_fpscr_mtfsb0(env->fpscr, op->d);
    return SEM_NEXT;
}

static inline PpcSem sem_mtfsb1(PpcEnv *env, const PpcOp *op)
{
    ppc_fp_sync(env);
    env->fpscr = ppc_fpscr_mtfsb1(env->fpscr, op->d);
    return SEM_NEXT;
}

#endif
