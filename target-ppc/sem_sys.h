/* SPDX-License-Identifier: MIT */
/*
 * Special registers, segment registers, caches, TLBs, ordering: one function a row of insn.def.
 *
 * Source: PEM 4.3, 4.4; 7450UM 2.3.6.4. Caches are not modelled: their instructions only translate,
 * and fault as the accesses they stand for (dcbt, dcbtst and dcba never fault). A decoded line dies by
 * the store itself, so icbi has nothing to do; tlbie likewise, because translations are not state.
 */
#ifndef TARGET_PPC_SEM_SYS_H
#define TARGET_PPC_SEM_SYS_H

#include "target-ppc/insn.h"
#include "target-ppc/spr.h"
#include "util/log.h"

/* --- processor control -------------------------------------------------------------------------- */

static inline PpcSem sem_mfspr(PpcEnv *env, const PpcOp *op)
{
    uint32_t value;
    if (!ppc_spr_read(env, (unsigned)op->imm, &value)) {
        return SEM_EXCEPTION;
    }
    env->gpr[op->d] = value;
    return SEM_NEXT;
}

/* The registers that make event points (DEC, TB, HID0) set env->event. */
static inline PpcSem sem_mtspr(PpcEnv *env, const PpcOp *op)
{
    return ppc_spr_write(env, (unsigned)op->imm, env->gpr[op->d]) ? SEM_NEXT : SEM_EXCEPTION;
}

/* Any TBR number but the two is an invalid form. */
static inline PpcSem sem_mftb(PpcEnv *env, const PpcOp *op)
{
    if (op->imm != SPR_TBL && op->imm != SPR_TBU) {
        ppc_program_exception(env, PPC_PROGRAM_ILLEGAL);
        return SEM_EXCEPTION;
    }
    return sem_mfspr(env, op);
}

static inline PpcSem sem_mfmsr(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->msr;
    return SEM_NEXT;
}

static inline PpcSem sem_mtmsr(PpcEnv *env, const PpcOp *op)
{
    ppc_msr_write(env, env->gpr[op->d]);
    return SEM_SYNC;
}

static inline PpcSem sem_mfsr(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->sr[op->a & 15];
    return SEM_NEXT;
}

static inline PpcSem sem_mfsrin(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->sr[env->gpr[op->b] >> 28];
    return SEM_NEXT;
}

static inline PpcSem sem_mtsr(PpcEnv *env, const PpcOp *op)
{
    ppc_segment_write(env, op->a & 15, env->gpr[op->d]);
    return SEM_NEXT;
}

static inline PpcSem sem_mtsrin(PpcEnv *env, const PpcOp *op)
{
    ppc_segment_write(env, env->gpr[op->b] >> 28, env->gpr[op->d]);
    return SEM_NEXT;
}

/* --- caches, TLBs, ordering --------------------------------------------------------------------- */

static inline PpcSem sem_no_effect(PpcEnv *env G_GNUC_UNUSED, const PpcOp *op G_GNUC_UNUSED)
{
    return SEM_NEXT;
}

static inline PpcSem sem_cache_touch(PpcEnv *env, const PpcOp *op, PpcAccess access)
{
    bool ok = ppc_cache_touch(env, env->gpr[op->a] + env->gpr[op->b], access);
    return ok ? SEM_NEXT : SEM_EXCEPTION;
}

static inline PpcSem sem_cache_read(PpcEnv *env, const PpcOp *op)
{
    return sem_cache_touch(env, op, PPC_ACCESS_READ);
}

static inline PpcSem sem_cache_write(PpcEnv *env, const PpcOp *op)
{
    return sem_cache_touch(env, op, PPC_ACCESS_WRITE);
}

static inline PpcSem sem_dcbz(PpcEnv *env, const PpcOp *op)
{
    return ppc_zero_line(env, env->gpr[op->a] + env->gpr[op->b]) ? SEM_NEXT : SEM_EXCEPTION;
}

/* tlbld, tlbli: only of use with software table search, which HID0[STEN] refuses. */
static inline PpcSem sem_tlb_load(PpcEnv *env, const PpcOp *op G_GNUC_UNUSED)
{
    log_unimp("cpu", env->pc, "tlbld, tlbli: software table search is not modelled");
    ppc_program_exception(env, PPC_PROGRAM_ILLEGAL);
    return SEM_EXCEPTION;
}

static inline PpcSem sem_isync(PpcEnv *env G_GNUC_UNUSED, const PpcOp *op G_GNUC_UNUSED)
{
    return SEM_SYNC;
}

#endif
