/* SPDX-License-Identifier: MIT */
/*
 * AltiVec: loads, stores, status, and the computing instructions by their functions of vectors.
 *
 * Source: AltiVec PEM 4.2, 5.2.1. Element loads leave the other elements as they are (undefined there).
 * Data stream instructions have no effect; MSR[VEC] does not concern them (7400UM table 4-2).
 */
#ifndef TARGET_PPC_SEM_VEC_H
#define TARGET_PPC_SEM_VEC_H

#include "target-ppc/cr.h"
#include "target-ppc/insn.h"
#include "target-ppc/sem_access.h"
#include "target-ppc/sem_vec_exact.h"
#include "target-ppc/vec.h"

/* --- loads and stores --------------------------------------------------------------------------- */

static inline target_addr sem_vector_ea(const PpcEnv *env, const PpcOp *op, unsigned size)
{
    return (env->gpr[op->a] + env->gpr[op->b]) & -size;
}

static inline PpcSem sem_lvx(PpcEnv *env, const PpcOp *op)
{
    LOAD_VECTOR(&env->vr[op->d], sem_vector_ea(env, op, 16));
    return SEM_NEXT;
}

static inline PpcSem sem_stvx(PpcEnv *env, const PpcOp *op)
{
    STORE_VECTOR(sem_vector_ea(env, op, 16), &env->vr[op->d]);
    return SEM_NEXT;
}

/* The host lane of the element of @size bytes at @ea. Little-endian, elements count from the other end. */
static inline unsigned sem_vector_lane(const PpcEnv *env, target_addr ea, unsigned size)
{
    unsigned place = (ea & 15) / size;
    return IS_LITTLE_ENDIAN(env) ? place : 16 / size - 1 - place;
}

#define SEM_ELEMENT(name, size, lane, bits)                                                        \
    static inline PpcSem sem_lve##name(PpcEnv *env, const PpcOp *op)                               \
    {                                                                                              \
        target_addr ea = sem_vector_ea(env, op, size);                                             \
        env->vr[op->d].lane[sem_vector_lane(env, ea, size)] = LOAD##bits(ea);                      \
        return SEM_NEXT;                                                                           \
    }                                                                                              \
    static inline PpcSem sem_stve##name(PpcEnv *env, const PpcOp *op)                              \
    {                                                                                              \
        target_addr ea = sem_vector_ea(env, op, size);                                             \
        STORE##bits(ea, env->vr[op->d].lane[sem_vector_lane(env, ea, size)]);                      \
        return SEM_NEXT;                                                                           \
    }
SEM_ELEMENT(bx, 1, u8, 8)
SEM_ELEMENT(hx, 2, u16, 16)
SEM_ELEMENT(wx, 4, u32, 32)
#undef SEM_ELEMENT

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

/* @cr6 is of a comparison; imm is its Rc bit. */
static inline void sem_vector_record(PpcEnv *env, const PpcOp *op, uint32_t cr6)
{
    if (op->imm) {
        ppc_cr_set_field(env, 6, cr6);
    }
}

#define VD (&env->vr[op->d])
#define VA (&env->vr[op->a])
#define VB (&env->vr[op->b])
#define VC (&env->vr[op->c])
#define SOURCES(...) ((const PpcVecSource[3]){__VA_ARGS__})
#define CALL_AB(name) VECTOR_OP(name, VD, VA, VB)
#define CALL_ABV(name) VECTOR_OP(name, VD, VA, VB, &env->vscr)
#define CALL_ABC(name) VECTOR_OP(name, VD, VA, VB, VC)
#define CALL_ABCV(name) VECTOR_OP(name, VD, VA, VB, VC, &env->vscr)
#define CALL_B(name) VECTOR_OP(name, VD, VB)
#define CALL_BImm(name) VECTOR_OP(name, VD, VB, op->a)
#define CALL_ABImm(name) VECTOR_OP(name, VD, VA, VB, op->c & 15u)
#define CALL_Imm(name) VECTOR_OP(name, VD, op->imm)
#define CALL_Address(name) VECTOR_OP(name, VD, env->gpr[op->a] + env->gpr[op->b])
#define CALL_FloatAB(name) VECTOR_FLOAT_OP(name, SOURCES(VA, VB), true, VA, VB)
#define CALL_FloatABC(name) VECTOR_FLOAT_OP(name, SOURCES(VA, VB, VC), true, VA, VB, VC)
#define CALL_FloatB(name) VECTOR_FLOAT_OP(name, SOURCES(VB), true, VB)
#define CALL_FloatBImm(name) VECTOR_FLOAT_OP(name, SOURCES(VB), false, VB, op->a)
#define CALL_Compare(name) sem_vector_record(env, op, VECTOR_OP(name, VD, VA, VB))
#define CALL_CompareV(name) sem_vector_record(env, op, VECTOR_OP(name, VD, VA, VB, &env->vscr))
#define VEC(name, shape)                                                                           \
    static inline PpcSem sem_##name(PpcEnv *env, const PpcOp *op)                                  \
    {                                                                                              \
        CALL_##shape(name);                                                                        \
        return SEM_NEXT;                                                                           \
    }
#include "target-ppc/vec.def"
#undef VEC
#undef SOURCES
#undef CALL_AB
#undef CALL_ABV
#undef CALL_ABC
#undef CALL_ABCV
#undef CALL_B
#undef CALL_BImm
#undef CALL_ABImm
#undef CALL_Imm
#undef CALL_Address
#undef CALL_FloatAB
#undef CALL_FloatABC
#undef CALL_FloatB
#undef CALL_FloatBImm
#undef CALL_Compare
#undef CALL_CompareV
#undef VD
#undef VA
#undef VB
#undef VC

#endif
