/* SPDX-License-Identifier: MIT */
/*
 * AltiVec: loads, stores, status, and the computing instructions by their functions of vectors.
 *
 * Source: AltiVec PEM 4.2. Element loads leave the other elements as they are (undefined there).
 */
#ifndef TARGET_PPC_SEM_VEC_H
#define TARGET_PPC_SEM_VEC_H

#include "target-ppc/cr.h"
#include "target-ppc/insn.h"
#include "target-ppc/sem_access.h"
#include "target-ppc/vec.h"

enum { SEM_VXR_RC = 1 << 10 };

/* --- loads and stores --------------------------------------------------------------------------- */

static inline target_addr sem_vector_ea(const PpcEnv *env, const PpcOp *op, unsigned size)
{
    return (env->gpr[op->a] + env->gpr[op->b]) & -size;
}

static inline PpcSem sem_lvx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 16);
    uint64_t first = LOAD64(ea);
    uint64_t second = LOAD64(ea + 8);
    env->vr[op->d].u64[VECTOR_TURN(env) ? 0 : 1] = first;
    env->vr[op->d].u64[VECTOR_TURN(env) ? 1 : 0] = second;
    return SEM_NEXT;
}

static inline PpcSem sem_stvx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 16);
    STORE64(ea, env->vr[op->d].u64[VECTOR_TURN(env) ? 0 : 1]);
    STORE64(ea + 8, env->vr[op->d].u64[VECTOR_TURN(env) ? 1 : 0]);
    return SEM_NEXT;
}

static inline PpcSem sem_lvebx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 1);
    env->vr[op->d].u8[15 - ((ea ^ VECTOR_TURN(env)) & 15)] = LOAD8(ea);
    return SEM_NEXT;
}

static inline PpcSem sem_lvehx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 2);
    env->vr[op->d].u16[7 - ((ea ^ VECTOR_TURN(env)) >> 1 & 7)] = LOAD16(ea);
    return SEM_NEXT;
}

static inline PpcSem sem_lvewx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 4);
    env->vr[op->d].u32[3 - ((ea ^ VECTOR_TURN(env)) >> 2 & 3)] = LOAD32(ea);
    return SEM_NEXT;
}

static inline PpcSem sem_stvebx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 1);
    STORE8(ea, env->vr[op->d].u8[15 - ((ea ^ VECTOR_TURN(env)) & 15)]);
    return SEM_NEXT;
}

static inline PpcSem sem_stvehx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 2);
    STORE16(ea, env->vr[op->d].u16[7 - ((ea ^ VECTOR_TURN(env)) >> 1 & 7)]);
    return SEM_NEXT;
}

static inline PpcSem sem_stvewx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_vector_ea(env, op, 4);
    STORE32(ea, env->vr[op->d].u32[3 - ((ea ^ VECTOR_TURN(env)) >> 2 & 3)]);
    return SEM_NEXT;
}

/* --- status ------------------------------------------------------------------------------------- */

static inline PpcSem sem_mfvscr(PpcEnv *env, const PpcOp *op)
{
    env->vr[op->d] = (PpcVector){.u32 = {[0] = env->vscr}};
    return SEM_NEXT;
}

static inline PpcSem sem_mtvscr(PpcEnv *env, const PpcOp *op)
{
    env->vscr = env->vr[op->b].u32[0] & (VSCR_NJ | VSCR_SAT);
    return SEM_NEXT;
}

/* --- computing: one function a row of vec.def, by its shape ------------------------------------- */

static inline void sem_vector_record(PpcEnv *env, const PpcOp *op, uint32_t cr6)
{
    if (op->insn & SEM_VXR_RC) {
        ppc_cr_set_field(env, 6, cr6);
    }
}

#define VD (&env->vr[op->d])
#define VA (&env->vr[op->a])
#define VB (&env->vr[op->b])
#define VC (&env->vr[op->c])
#define CALL_AB(name) ppc_##name(VD, VA, VB)
#define CALL_ABV(name) ppc_##name(VD, VA, VB, &env->vscr)
#define CALL_ABC(name) ppc_##name(VD, VA, VB, VC)
#define CALL_ABCV(name) ppc_##name(VD, VA, VB, VC, &env->vscr)
#define CALL_B(name) ppc_##name(VD, VB)
#define CALL_BV(name) ppc_##name(VD, VB, &env->vscr)
#define CALL_BImm(name) ppc_##name(VD, VB, op->a)
#define CALL_BImmV(name) ppc_##name(VD, VB, op->a, &env->vscr)
#define CALL_ABImm(name) ppc_##name(VD, VA, VB, op->c & 15u)
#define CALL_Imm(name) ppc_##name(VD, op->imm)
#define CALL_Address(name) ppc_##name(VD, env->gpr[op->a] + env->gpr[op->b])
#define CALL_Compare(name) sem_vector_record(env, op, ppc_##name(VD, VA, VB))
#define CALL_CompareV(name) sem_vector_record(env, op, ppc_##name(VD, VA, VB, &env->vscr))
#define VEC(name, shape)                                                                           \
    static inline PpcSem sem_##name(PpcEnv *env, const PpcOp *op)                                  \
    {                                                                                              \
        CALL_##shape(name);                                                                        \
        return SEM_NEXT;                                                                           \
    }
#include "target-ppc/vec.def"
#undef VEC
#undef CALL_AB
#undef CALL_ABV
#undef CALL_ABC
#undef CALL_ABCV
#undef CALL_B
#undef CALL_BV
#undef CALL_BImm
#undef CALL_BImmV
#undef CALL_ABImm
#undef CALL_Imm
#undef CALL_Address
#undef CALL_Compare
#undef CALL_CompareV
#undef VD
#undef VA
#undef VB
#undef VC

#endif
