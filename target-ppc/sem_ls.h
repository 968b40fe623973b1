/* SPDX-License-Identifier: MIT */
/*
 * Loads and stores of general and floating-point registers: one function a row of insn.def.
 *
 * Source: PEM 4.2.3, 4.2.6, 4.3.4; 7450UM 2.3.4.3, 4.6.6. Nothing architected is written before the
 * last access that may fault, except memory by the multiple and string stores, which the
 * architecture lets restart.
 */
#ifndef TARGET_PPC_SEM_LS_H
#define TARGET_PPC_SEM_LS_H

#include "target-ppc/cr.h"
#include "target-ppc/fpu.h"
#include "target-ppc/insn.h"
#include "target-ppc/mmu.h"
#include "target-ppc/sem_access.h"
#include "target-ppc/spr.h"

enum { SEM_RESERVATION_GRANULE = 32 };

static inline target_addr sem_ea_imm(const PpcEnv *env, const PpcOp *op)
{
    return env->gpr[op->a] + (uint32_t)op->imm;
}

static inline target_addr sem_ea_indexed(const PpcEnv *env, const PpcOp *op)
{
    return env->gpr[op->a] + env->gpr[op->b];
}

/*
 * The four forms of one access: displacement, update, indexed, update indexed. The access is a body
 * in which ea is the effective address; the update forms write rA after it.
 */
#define SEM_FOUR_FORMS(name, access)                                                               \
    static inline PpcSem sem_##name(PpcEnv *env, const PpcOp *op)                                  \
    {                                                                                              \
        target_addr ea = sem_ea_imm(env, op);                                                      \
        access;                                                                                    \
        return SEM_NEXT;                                                                           \
    }                                                                                              \
    static inline PpcSem sem_##name##u(PpcEnv *env, const PpcOp *op)                               \
    {                                                                                              \
        target_addr ea = sem_ea_imm(env, op);                                                      \
        access;                                                                                    \
        env->gpr[op->a] = ea;                                                                      \
        return SEM_NEXT;                                                                           \
    }                                                                                              \
    static inline PpcSem sem_##name##x(PpcEnv *env, const PpcOp *op)                               \
    {                                                                                              \
        target_addr ea = sem_ea_indexed(env, op);                                                  \
        access;                                                                                    \
        return SEM_NEXT;                                                                           \
    }                                                                                              \
    static inline PpcSem sem_##name##ux(PpcEnv *env, const PpcOp *op)                              \
    {                                                                                              \
        target_addr ea = sem_ea_indexed(env, op);                                                  \
        access;                                                                                    \
        env->gpr[op->a] = ea;                                                                      \
        return SEM_NEXT;                                                                           \
    }

SEM_FOUR_FORMS(lbz, env->gpr[op->d] = LOAD8(ea))
SEM_FOUR_FORMS(lhz, env->gpr[op->d] = LOAD16(ea))
SEM_FOUR_FORMS(lha, env->gpr[op->d] = (uint32_t)(int16_t)LOAD16(ea))
SEM_FOUR_FORMS(lwz, env->gpr[op->d] = LOAD32(ea))
SEM_FOUR_FORMS(stb, STORE8(ea, env->gpr[op->d]))
SEM_FOUR_FORMS(sth, STORE16(ea, env->gpr[op->d]))
SEM_FOUR_FORMS(stw, STORE32(ea, env->gpr[op->d]))
SEM_FOUR_FORMS(lfs, REQUIRE_WORD_ALIGNED(ea); env->fpr[op->d] = SINGLE_TO_DOUBLE(LOAD32(ea)))
SEM_FOUR_FORMS(lfd, REQUIRE_WORD_ALIGNED(ea); env->fpr[op->d] = LOAD64(ea))
SEM_FOUR_FORMS(stfs, REQUIRE_WORD_ALIGNED(ea); STORE32(ea, DOUBLE_TO_SINGLE(env->fpr[op->d])))
SEM_FOUR_FORMS(stfd, REQUIRE_WORD_ALIGNED(ea); STORE64(ea, env->fpr[op->d]))
#undef SEM_FOUR_FORMS

static inline PpcSem sem_stfiwx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_indexed(env, op);
    REQUIRE_WORD_ALIGNED(ea);
    STORE32(ea, env->fpr[op->d]);
    return SEM_NEXT;
}

/* --- byte-reversed ------------------------------------------------------------------------------ */

static inline PpcSem sem_lhbrx(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = __builtin_bswap16(LOAD16(sem_ea_indexed(env, op)));
    return SEM_NEXT;
}

static inline PpcSem sem_lwbrx(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = __builtin_bswap32(LOAD32(sem_ea_indexed(env, op)));
    return SEM_NEXT;
}

static inline PpcSem sem_sthbrx(PpcEnv *env, const PpcOp *op)
{
    STORE16(sem_ea_indexed(env, op), __builtin_bswap16((uint16_t)env->gpr[op->d]));
    return SEM_NEXT;
}

static inline PpcSem sem_stwbrx(PpcEnv *env, const PpcOp *op)
{
    STORE32(sem_ea_indexed(env, op), __builtin_bswap32(env->gpr[op->d]));
    return SEM_NEXT;
}

/* --- multiple ----------------------------------------------------------------------------------- */

/* All words before the first register: rA may be among them, and the load may fault half way. */
static inline PpcSem sem_lmw(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_imm(env, op);
    uint32_t words[32];
    REQUIRE_BIG_ENDIAN(ea);
    REQUIRE_WORD_ALIGNED(ea);
    for (unsigned r = op->d; r < 32; r++) {
        words[r] = LOAD32(ea + 4 * (r - op->d));
    }
    for (unsigned r = op->d; r < 32; r++) {
        env->gpr[r] = words[r];
    }
    return SEM_NEXT;
}

static inline PpcSem sem_stmw(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_imm(env, op);
    REQUIRE_BIG_ENDIAN(ea);
    REQUIRE_WORD_ALIGNED(ea);
    for (unsigned r = op->d; r < 32; r++) {
        STORE32(ea + 4 * (r - op->d), env->gpr[r]);
    }
    return SEM_NEXT;
}

/* --- string ------------------------------------------------------------------------------------- */

/* @count bytes, left-justified in registers from rD on; r0 follows r31. */
static inline PpcSem sem_load_string(PpcEnv *env, const PpcOp *op, target_addr ea, unsigned count)
{
    uint32_t words[32] = {0};
    REQUIRE_BIG_ENDIAN(ea);
    for (unsigned i = 0; i < count / 4; i++) {
        words[i] = LOAD32(ea + 4 * i);
    }
    for (unsigned i = count & ~3u; i < count; i++) {
        words[i / 4] |= (uint32_t)LOAD8(ea + i) << (24 - 8 * (i & 3));
    }
    for (unsigned i = 0; i < (count + 3) / 4; i++) {
        env->gpr[(op->d + i) & 31] = words[i];
    }
    return SEM_NEXT;
}

static inline PpcSem sem_store_string(PpcEnv *env, const PpcOp *op, target_addr ea, unsigned count)
{
    REQUIRE_BIG_ENDIAN(ea);
    for (unsigned i = 0; i < count / 4; i++) {
        STORE32(ea + 4 * i, env->gpr[(op->d + i) & 31]);
    }
    for (unsigned i = count & ~3u; i < count; i++) {
        STORE8(ea + i, env->gpr[(op->d + i / 4) & 31] >> (24 - 8 * (i & 3)));
    }
    return SEM_NEXT;
}

static inline PpcSem sem_lswi(PpcEnv *env, const PpcOp *op)
{
    return sem_load_string(env, op, env->gpr[op->a], op->b ? op->b : 32);
}

static inline PpcSem sem_lswx(PpcEnv *env, const PpcOp *op)
{
    return sem_load_string(env, op, sem_ea_indexed(env, op), env->xer_count);
}

static inline PpcSem sem_stswi(PpcEnv *env, const PpcOp *op)
{
    return sem_store_string(env, op, env->gpr[op->a], op->b ? op->b : 32);
}

static inline PpcSem sem_stswx(PpcEnv *env, const PpcOp *op)
{
    return sem_store_string(env, op, sem_ea_indexed(env, op), env->xer_count);
}

/* --- reservation -------------------------------------------------------------------------------- */

static inline PpcSem sem_lwarx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_indexed(env, op);
    hwaddr pa;
    REQUIRE_WORD_ALIGNED(ea);
    if (!ppc_translate_reserved(env, ea, PPC_ACCESS_READ, &pa)) {
        return SEM_EXCEPTION;
    }
    env->gpr[op->d] = LOAD32(ea);
    env->reserve_valid = true;
    env->reserve_addr = (uint32_t)align_down(pa, SEM_RESERVATION_GRANULE);
    return SEM_NEXT;
}

/* The reservation is given up whether or not the store is done; without one nothing is translated. */
static inline PpcSem sem_stwcx_(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_indexed(env, op);
    bool stores = false;
    REQUIRE_WORD_ALIGNED(ea);
    if (env->reserve_valid) {
        hwaddr pa;
        if (!ppc_translate_reserved(env, ea, PPC_ACCESS_WRITE, &pa)) {
            return SEM_EXCEPTION;
        }
        stores = align_down(pa, SEM_RESERVATION_GRANULE) == env->reserve_addr;
    }
    if (stores) {
        STORE32(ea, env->gpr[op->d]);
    }
    env->reserve_valid = false;
    ppc_cr_set_field(env, 0, (unsigned)stores << 1 | env->xer_so);
    return SEM_NEXT;
}

/* --- external control --------------------------------------------------------------------------- */

/* EAR[E] clear: a DSI before any access. The resource ID has nowhere to go on this board. */
static inline bool sem_ear_enabled(PpcEnv *env, target_addr ea, uint32_t store)
{
    if (env->spr[SPR_EAR] >> 31) {
        return true;
    }
    ppc_dsi(env, ea, PPC_DSISR_EAR | store);
    return false;
}

static inline PpcSem sem_eciwx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_indexed(env, op);
    if (!sem_ear_enabled(env, ea, 0)) {
        return SEM_EXCEPTION;
    }
    REQUIRE_WORD_ALIGNED(ea);
    env->gpr[op->d] = LOAD32(ea);
    return SEM_NEXT;
}

static inline PpcSem sem_ecowx(PpcEnv *env, const PpcOp *op)
{
    target_addr ea = sem_ea_indexed(env, op);
    if (!sem_ear_enabled(env, ea, PPC_DSISR_STORE)) {
        return SEM_EXCEPTION;
    }
    REQUIRE_WORD_ALIGNED(ea);
    STORE32(ea, env->gpr[op->d]);
    return SEM_NEXT;
}

#endif
