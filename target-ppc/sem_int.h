/* SPDX-License-Identifier: MIT */
/*
 * Integer arithmetic, compare, logical, rotate and shift: one function a row of insn.def.
 *
 * Source: PEM 4.2.1 and chapter 8. Record forms (Rc) are the caller's business. Quotients that the
 * architecture leaves undefined are 0, as measured on G4s by the DingusPPC project.
 */
#ifndef TARGET_PPC_SEM_INT_H
#define TARGET_PPC_SEM_INT_H

#include "target-ppc/cr.h"
#include "target-ppc/insn.h"

/* --- carry and overflow ------------------------------------------------------------------------- */

static inline uint32_t sem_add_carrying(PpcEnv *env, uint32_t a, uint32_t b, uint32_t carry)
{
    uint64_t sum = (uint64_t)a + b + carry;
    env->xer_ca = (uint32_t)(sum >> 32);
    return (uint32_t)sum;
}

static inline void sem_set_overflow(PpcEnv *env, bool overflow)
{
    env->xer_ov = overflow;
    env->xer_so |= overflow;
}

static inline void sem_overflow_of_sum(PpcEnv *env, uint32_t a, uint32_t b, uint32_t carry)
{
    uint32_t sum = a + b + carry;
    sem_set_overflow(env, ((a ^ sum) & (b ^ sum)) >> 31);
}

/* --- add and subtract --------------------------------------------------------------------------- */

static inline PpcSem sem_addi(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->gpr[op->a] + (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_addis(PpcEnv *env, const PpcOp *op) { return sem_addi(env, op); }

static inline PpcSem sem_addic(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, env->gpr[op->a], (uint32_t)op->imm, 0);
    return SEM_NEXT;
}

static inline PpcSem sem_addic_(PpcEnv *env, const PpcOp *op) { return sem_addic(env, op); }

static inline PpcSem sem_subfic(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, ~env->gpr[op->a], (uint32_t)op->imm, 1);
    return SEM_NEXT;
}

static inline PpcSem sem_add(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->gpr[op->a] + env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_addo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, env->gpr[op->a], env->gpr[op->b], 0);
    return sem_add(env, op);
}

static inline PpcSem sem_addc(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, env->gpr[op->a], env->gpr[op->b], 0);
    return SEM_NEXT;
}

static inline PpcSem sem_addco(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, env->gpr[op->a], env->gpr[op->b], 0);
    return sem_addc(env, op);
}

static inline PpcSem sem_adde(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, env->gpr[op->a], env->gpr[op->b], env->xer_ca);
    return SEM_NEXT;
}

static inline PpcSem sem_addeo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, env->gpr[op->a], env->gpr[op->b], env->xer_ca);
    return sem_adde(env, op);
}

static inline PpcSem sem_addme(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, env->gpr[op->a], UINT32_MAX, env->xer_ca);
    return SEM_NEXT;
}

static inline PpcSem sem_addmeo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, env->gpr[op->a], UINT32_MAX, env->xer_ca);
    return sem_addme(env, op);
}

static inline PpcSem sem_addze(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, env->gpr[op->a], 0, env->xer_ca);
    return SEM_NEXT;
}

static inline PpcSem sem_addzeo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, env->gpr[op->a], 0, env->xer_ca);
    return sem_addze(env, op);
}

static inline PpcSem sem_subf(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->gpr[op->b] - env->gpr[op->a];
    return SEM_NEXT;
}

static inline PpcSem sem_subfo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, ~env->gpr[op->a], env->gpr[op->b], 1);
    return sem_subf(env, op);
}

static inline PpcSem sem_subfc(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, ~env->gpr[op->a], env->gpr[op->b], 1);
    return SEM_NEXT;
}

static inline PpcSem sem_subfco(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, ~env->gpr[op->a], env->gpr[op->b], 1);
    return sem_subfc(env, op);
}

static inline PpcSem sem_subfe(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, ~env->gpr[op->a], env->gpr[op->b], env->xer_ca);
    return SEM_NEXT;
}

static inline PpcSem sem_subfeo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, ~env->gpr[op->a], env->gpr[op->b], env->xer_ca);
    return sem_subfe(env, op);
}

static inline PpcSem sem_subfme(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, ~env->gpr[op->a], UINT32_MAX, env->xer_ca);
    return SEM_NEXT;
}

static inline PpcSem sem_subfmeo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, ~env->gpr[op->a], UINT32_MAX, env->xer_ca);
    return sem_subfme(env, op);
}

static inline PpcSem sem_subfze(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = sem_add_carrying(env, ~env->gpr[op->a], 0, env->xer_ca);
    return SEM_NEXT;
}

static inline PpcSem sem_subfzeo(PpcEnv *env, const PpcOp *op)
{
    sem_overflow_of_sum(env, ~env->gpr[op->a], 0, env->xer_ca);
    return sem_subfze(env, op);
}

static inline PpcSem sem_neg(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = -env->gpr[op->a];
    return SEM_NEXT;
}

static inline PpcSem sem_nego(PpcEnv *env, const PpcOp *op)
{
    sem_set_overflow(env, env->gpr[op->a] == 0x80000000u);
    return sem_neg(env, op);
}

/* --- multiply and divide ------------------------------------------------------------------------ */

static inline int64_t sem_product(const PpcEnv *env, const PpcOp *op)
{
    return (int64_t)(int32_t)env->gpr[op->a] * (int32_t)env->gpr[op->b];
}

static inline PpcSem sem_mulli(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->gpr[op->a] * (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_mullw(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = env->gpr[op->a] * env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_mullwo(PpcEnv *env, const PpcOp *op)
{
    int64_t product = sem_product(env, op);
    sem_set_overflow(env, product != (int32_t)product);
    return sem_mullw(env, op);
}

static inline PpcSem sem_mulhw(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = (uint32_t)((uint64_t)sem_product(env, op) >> 32);
    return SEM_NEXT;
}

static inline PpcSem sem_mulhwu(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->d] = (uint32_t)((uint64_t)env->gpr[op->a] * env->gpr[op->b] >> 32);
    return SEM_NEXT;
}

static inline bool sem_divw_overflows(uint32_t a, uint32_t b)
{
    return b == 0 || (a == 0x80000000u && b == UINT32_MAX);
}

static inline PpcSem sem_divw(PpcEnv *env, const PpcOp *op)
{
    uint32_t a = env->gpr[op->a], b = env->gpr[op->b];
    env->gpr[op->d] = sem_divw_overflows(a, b) ? 0 : (uint32_t)((int32_t)a / (int32_t)b);
    return SEM_NEXT;
}

static inline PpcSem sem_divwo(PpcEnv *env, const PpcOp *op)
{
    sem_set_overflow(env, sem_divw_overflows(env->gpr[op->a], env->gpr[op->b]));
    return sem_divw(env, op);
}

static inline PpcSem sem_divwu(PpcEnv *env, const PpcOp *op)
{
    uint32_t b = env->gpr[op->b];
    env->gpr[op->d] = b == 0 ? 0 : env->gpr[op->a] / b;
    return SEM_NEXT;
}

static inline PpcSem sem_divwuo(PpcEnv *env, const PpcOp *op)
{
    sem_set_overflow(env, env->gpr[op->b] == 0);
    return sem_divwu(env, op);
}

/* --- compare ------------------------------------------------------------------------------------ */

static inline PpcSem sem_cmpi(PpcEnv *env, const PpcOp *op)
{
    ppc_cr_compare_signed(env, op->d, (int32_t)env->gpr[op->a], op->imm);
    return SEM_NEXT;
}

static inline PpcSem sem_cmpli(PpcEnv *env, const PpcOp *op)
{
    ppc_cr_compare_unsigned(env, op->d, env->gpr[op->a], (uint32_t)op->imm);
    return SEM_NEXT;
}

static inline PpcSem sem_cmp(PpcEnv *env, const PpcOp *op)
{
    ppc_cr_compare_signed(env, op->d, (int32_t)env->gpr[op->a], (int32_t)env->gpr[op->b]);
    return SEM_NEXT;
}

static inline PpcSem sem_cmpl(PpcEnv *env, const PpcOp *op)
{
    ppc_cr_compare_unsigned(env, op->d, env->gpr[op->a], env->gpr[op->b]);
    return SEM_NEXT;
}

/* --- logical ------------------------------------------------------------------------------------ */

static inline PpcSem sem_andi_(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] & (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_andis_(PpcEnv *env, const PpcOp *op) { return sem_andi_(env, op); }

static inline PpcSem sem_ori(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] | (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_oris(PpcEnv *env, const PpcOp *op) { return sem_ori(env, op); }

static inline PpcSem sem_xori(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] ^ (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_xoris(PpcEnv *env, const PpcOp *op) { return sem_xori(env, op); }

static inline PpcSem sem_and(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] & env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_andc(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] & ~env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_or(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] | env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_orc(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] | ~env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_xor(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = env->gpr[op->d] ^ env->gpr[op->b];
    return SEM_NEXT;
}

static inline PpcSem sem_nand(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = ~(env->gpr[op->d] & env->gpr[op->b]);
    return SEM_NEXT;
}

static inline PpcSem sem_nor(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = ~(env->gpr[op->d] | env->gpr[op->b]);
    return SEM_NEXT;
}

static inline PpcSem sem_eqv(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = ~(env->gpr[op->d] ^ env->gpr[op->b]);
    return SEM_NEXT;
}

static inline PpcSem sem_cntlzw(PpcEnv *env, const PpcOp *op)
{
    uint32_t value = env->gpr[op->d];
    env->gpr[op->a] = value == 0 ? 32 : (uint32_t)__builtin_clz(value);
    return SEM_NEXT;
}

static inline PpcSem sem_extsb(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = (uint32_t)(int8_t)env->gpr[op->d];
    return SEM_NEXT;
}

static inline PpcSem sem_extsh(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = (uint32_t)(int16_t)env->gpr[op->d];
    return SEM_NEXT;
}

/* --- rotate and shift --------------------------------------------------------------------------- */

static inline PpcSem sem_rlwinm(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = rol32(env->gpr[op->d], op->b) & (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_rlwnm(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = rol32(env->gpr[op->d], env->gpr[op->b]) & (uint32_t)op->imm;
    return SEM_NEXT;
}

static inline PpcSem sem_rlwimi(PpcEnv *env, const PpcOp *op)
{
    uint32_t mask = (uint32_t)op->imm;
    env->gpr[op->a] = (rol32(env->gpr[op->d], op->b) & mask) | (env->gpr[op->a] & ~mask);
    return SEM_NEXT;
}

/* Amounts 32 to 63 give 0; bits above are not looked at. */
static inline PpcSem sem_slw(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = (uint32_t)((uint64_t)env->gpr[op->d] << (env->gpr[op->b] & 63));
    return SEM_NEXT;
}

static inline PpcSem sem_srw(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = (uint32_t)((uint64_t)env->gpr[op->d] >> (env->gpr[op->b] & 63));
    return SEM_NEXT;
}

/* CA: a negative value lost ones. @amount is 0 to 63. */
static inline uint32_t sem_shift_right_signed(PpcEnv *env, uint32_t value, unsigned amount)
{
    int64_t wide = (int32_t)value;
    int64_t result = wide >> amount;
    env->xer_ca = wide < 0 && (int64_t)((uint64_t)result << amount) != wide;
    return (uint32_t)result;
}

static inline PpcSem sem_sraw(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = sem_shift_right_signed(env, env->gpr[op->d], env->gpr[op->b] & 63);
    return SEM_NEXT;
}

static inline PpcSem sem_srawi(PpcEnv *env, const PpcOp *op)
{
    env->gpr[op->a] = sem_shift_right_signed(env, env->gpr[op->d], op->b);
    return SEM_NEXT;
}

#endif
