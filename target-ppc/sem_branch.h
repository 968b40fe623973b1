/* SPDX-License-Identifier: MIT */
/*
 * Branches, traps, system call and return, condition register: one function a row of insn.def.
 *
 * Source: PEM 4.2.4, 4.2.5.1, 4.4.1.
 */
#ifndef TARGET_PPC_SEM_BRANCH_H
#define TARGET_PPC_SEM_BRANCH_H

#include "target-ppc/cr.h"
#include "target-ppc/insn.h"

/* --- branches ----------------------------------------------------------------------------------- */

static inline PpcSem sem_jump(PpcEnv *env, uint32_t target)
{
    env->next_pc = target;
    return SEM_JUMP;
}

static inline PpcSem sem_b(PpcEnv *env, const PpcOp *op)
{
    return sem_jump(env, env->pc + (uint32_t)op->imm);
}

static inline PpcSem sem_ba(PpcEnv *env, const PpcOp *op)
{
    return sem_jump(env, (uint32_t)op->imm);
}

static inline PpcSem sem_bl(PpcEnv *env, const PpcOp *op)
{
    env->lr = env->pc + 4;
    return sem_b(env, op);
}

static inline PpcSem sem_bla(PpcEnv *env, const PpcOp *op)
{
    env->lr = env->pc + 4;
    return sem_ba(env, op);
}

/* BO, from bit 4 down: ignore the CR bit; its wanted value; ignore CTR; branch at CTR = 0; a hint. */
static inline bool sem_branch_taken(PpcEnv *env, unsigned bo, unsigned bi)
{
    if (!(bo & 4)) {
        env->ctr--;
        if ((env->ctr == 0) != (bo >> 1 & 1)) {
            return false;
        }
    }
    return (bo & 16) || ppc_cr_bit(env, bi) == (bo >> 3 & 1);
}

static inline PpcSem sem_bc(PpcEnv *env, const PpcOp *op)
{
    return sem_branch_taken(env, op->d, op->a) ? sem_b(env, op) : SEM_NEXT;
}

static inline PpcSem sem_bca(PpcEnv *env, const PpcOp *op)
{
    return sem_branch_taken(env, op->d, op->a) ? sem_ba(env, op) : SEM_NEXT;
}

/* LR is written even when the branch is not taken. */
static inline PpcSem sem_bcl(PpcEnv *env, const PpcOp *op)
{
    env->lr = env->pc + 4;
    return sem_bc(env, op);
}

static inline PpcSem sem_bcla(PpcEnv *env, const PpcOp *op)
{
    env->lr = env->pc + 4;
    return sem_bca(env, op);
}

static inline PpcSem sem_bclr(PpcEnv *env, const PpcOp *op)
{
    return sem_branch_taken(env, op->d, op->a) ? sem_jump(env, env->lr & ~3u) : SEM_NEXT;
}

static inline PpcSem sem_bclrl(PpcEnv *env, const PpcOp *op)
{
    uint32_t target = env->lr & ~3u;
    env->lr = env->pc + 4;
    return sem_branch_taken(env, op->d, op->a) ? sem_jump(env, target) : SEM_NEXT;
}

static inline PpcSem sem_bcctr(PpcEnv *env, const PpcOp *op)
{
    return sem_branch_taken(env, op->d, op->a) ? sem_jump(env, env->ctr & ~3u) : SEM_NEXT;
}

static inline PpcSem sem_bcctrl(PpcEnv *env, const PpcOp *op)
{
    env->lr = env->pc + 4;
    return sem_bcctr(env, op);
}

/* --- traps, system linkage ---------------------------------------------------------------------- */

/* TO, from bit 4 down: less, greater, equal, less unsigned, greater unsigned. */
static inline PpcSem sem_trap(PpcEnv *env, unsigned to, uint32_t a, uint32_t b)
{
    bool traps = ((to & 16) && (int32_t)a < (int32_t)b) || ((to & 8) && (int32_t)a > (int32_t)b) ||
                 ((to & 4) && a == b) || ((to & 2) && a < b) || ((to & 1) && a > b);
    if (!traps) {
        return SEM_NEXT;
    }
    ppc_program_exception(env, PPC_PROGRAM_TRAP);
    return SEM_EXCEPTION;
}

static inline PpcSem sem_tw(PpcEnv *env, const PpcOp *op)
{
    return sem_trap(env, op->d, env->gpr[op->a], env->gpr[op->b]);
}

static inline PpcSem sem_twi(PpcEnv *env, const PpcOp *op)
{
    return sem_trap(env, op->d, env->gpr[op->a], (uint32_t)op->imm);
}

static inline PpcSem sem_sc(PpcEnv *env, const PpcOp *op G_GNUC_UNUSED)
{
    ppc_exception(env, PPC_VECTOR_SYSTEM_CALL, env->pc + 4, 0);
    return SEM_EXCEPTION;
}

static inline PpcSem sem_rfi(PpcEnv *env, const PpcOp *op G_GNUC_UNUSED)
{
    ppc_rfi(env);
    return SEM_JUMP;
}

/* --- condition register ------------------------------------------------------------------------- */

static inline PpcSem sem_cr_set_bit(PpcEnv *env, unsigned bit, bool value)
{
    unsigned mask = 8 >> (bit & 3), field = bit >> 2;
    unsigned nibble = ppc_cr_get_field(env, field);
    ppc_cr_set_field(env, field, value ? nibble | mask : nibble & ~mask);
    return SEM_NEXT;
}

static inline PpcSem sem_crand(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, ppc_cr_bit(env, op->a) && ppc_cr_bit(env, op->b));
}

static inline PpcSem sem_crandc(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, ppc_cr_bit(env, op->a) && !ppc_cr_bit(env, op->b));
}

static inline PpcSem sem_creqv(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, ppc_cr_bit(env, op->a) == ppc_cr_bit(env, op->b));
}

static inline PpcSem sem_crnand(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, !(ppc_cr_bit(env, op->a) && ppc_cr_bit(env, op->b)));
}

static inline PpcSem sem_crnor(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, !(ppc_cr_bit(env, op->a) || ppc_cr_bit(env, op->b)));
}

static inline PpcSem sem_cror(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, ppc_cr_bit(env, op->a) || ppc_cr_bit(env, op->b));
}

static inline PpcSem sem_crorc(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, ppc_cr_bit(env, op->a) || !ppc_cr_bit(env, op->b));
}

static inline PpcSem sem_crxor(PpcEnv *env, const PpcOp *op)
{
    return sem_cr_set_bit(env, op->d, ppc_cr_bit(env, op->a) != ppc_cr_bit(env, op->b));
}

static inline PpcSem sem_mcrf(PpcEnv *env, const PpcOp *op)
{
    env->cr[op->d] = env->cr[op->a >> 2];
    env->cr_so[op->d] = env->cr_so[op->a >> 2];
    return SEM_NEXT;
}

static inline PpcSem sem_mcrxr(PpcEnv *env, const PpcOp *op)
{
    ppc_cr_set_field(env, op->d, env->xer_so << 3 | env->xer_ov << 2 | env->xer_ca << 1);
    env->xer_so = env->xer_ov = env->xer_ca = 0;
    return SEM_NEXT;
}

static inline PpcSem sem_mfcr(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = ppc_cr_get(env);
    return SEM_NEXT;
}

static inline PpcSem sem_mtcrf(PpcEnv *env, const PpcOp *op)
{
    for (unsigned field = 0; field < 8; field++) {
        if (op->imm >> (7 - field) & 1) {
            ppc_cr_set_field(env, field, env->gpr[op->d] >> (28 - 4 * field) & 15);
        }
    }
    return SEM_NEXT;
}

#endif
