/* SPDX-License-Identifier: MIT */
/*
 * The condition register, kept as one 64-bit difference a field so that a compare is one store.
 *
 * LT is bit 62, GT is "> 0", EQ is "low 32 bits are 0": all eight combinations can be represented.
 * SO is a byte a field. ppc_cr_get() makes the architected word.
 */
#ifndef TARGET_PPC_CR_H
#define TARGET_PPC_CR_H

#include "target-ppc/cpu.h"

static inline bool ppc_cr_lt(const PpcEnv *env, unsigned field) { return env->cr[field] >> 62 & 1; }
static inline bool ppc_cr_gt(const PpcEnv *env, unsigned field) { return env->cr[field] > 0; }
static inline bool ppc_cr_eq(const PpcEnv *env, unsigned field)
{
    return (uint32_t)env->cr[field] == 0;
}

static inline void ppc_cr_compare_signed(PpcEnv *env, unsigned field, int32_t a, int32_t b)
{
    env->cr[field] = (int64_t)a - b;
    env->cr_so[field] = env->xer_so;
}

static inline void ppc_cr_compare_unsigned(PpcEnv *env, unsigned field, uint32_t a, uint32_t b)
{
    env->cr[field] = (int64_t)(uint64_t)a - (int64_t)(uint64_t)b;
    env->cr_so[field] = env->xer_so;
}

/* Rc=1: compare the result with 0 into CR0. */
static inline void ppc_cr_record(PpcEnv *env, uint32_t result)
{
    ppc_cr_compare_signed(env, 0, (int32_t)result, 0);
}

/* @nibble: LT 8, GT 4, EQ 2, SO 1. */
static inline void ppc_cr_set_field(PpcEnv *env, unsigned field, unsigned nibble)
{
    uint64_t value = nibble & 2 ? 0 : 1; /* the low word: EQ is zero */
    value |= (uint64_t)(nibble >> 3 & 1) << 62;
    if (!(nibble & 4)) {
        value |= UINT64_C(1) << 63; /* negative: not GT */
    } else {
        value |= UINT64_C(1) << 33; /* positive even when the low word is zero */
    }
    env->cr[field] = (int64_t)value;
    env->cr_so[field] = nibble & 1;
}

static inline unsigned ppc_cr_get_field(const PpcEnv *env, unsigned field)
{
    return (unsigned)ppc_cr_lt(env, field) << 3 | (unsigned)ppc_cr_gt(env, field) << 2 |
           (unsigned)ppc_cr_eq(env, field) << 1 | env->cr_so[field];
}

static inline bool ppc_cr_bit(const PpcEnv *env, unsigned bit)
{
    switch (bit & 3) {
    case 0:
        return ppc_cr_lt(env, bit >> 2);
    case 1:
        return ppc_cr_gt(env, bit >> 2);
    case 2:
        return ppc_cr_eq(env, bit >> 2);
    default:
        return env->cr_so[bit >> 2];
    }
}

/* always_inline: a handler of the engine calls nothing. */
static inline __attribute__((always_inline)) uint32_t ppc_cr_get(const PpcEnv *env)
{
    uint32_t value = 0;
    for (unsigned field = 0; field < 8; field++) {
        value = value << 4 | ppc_cr_get_field(env, field);
    }
    return value;
}

static inline void ppc_cr_set(PpcEnv *env, uint32_t value)
{
    for (unsigned field = 0; field < 8; field++) {
        ppc_cr_set_field(env, field, value >> (28 - 4 * field) & 15);
    }
}

#endif
