/* SPDX-License-Identifier: MIT */
/*
 * Random floating-point operands, most of them where arithmetic is hard: near each other, near
 * powers of two, at the ends of both formats, with few bits, special.
 */
#ifndef TESTS_UNIT_FP_OPERANDS_H
#define TESTS_UNIT_FP_OPERANDS_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* xorshift128+; any seed but all zeros. */
typedef struct FpRandom {
    uint64_t state[2];
} FpRandom;

static inline FpRandom fp_random_new(uint64_t seed)
{
    return (FpRandom){{seed * UINT64_C(0x9e3779b97f4a7c15) + 1, UINT64_C(0xd1b54a32d192ed03)}};
}

static inline uint64_t fp_random(FpRandom *random)
{
    uint64_t a = random->state[0], b = random->state[1];

    random->state[0] = b;
    a ^= a << 23;
    random->state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    return random->state[1] + b;
}

static inline unsigned fp_random_below(FpRandom *random, unsigned limit)
{
    return (unsigned)(fp_random(random) >> 11) % limit;
}

static const uint64_t fp_special_operands[] = {
    UINT64_C(0x0000000000000000), UINT64_C(0x8000000000000000), /* zeros */
    UINT64_C(0x7ff0000000000000), UINT64_C(0xfff0000000000000), /* infinities */
    UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000001), /* quiet NaNs */
    UINT64_C(0x7ff80000e0000001), UINT64_C(0x7ff0000000000001), /* signalling from here */
    UINT64_C(0xfff4000000000abc), UINT64_C(0x7ff7ffffffffffff),
    UINT64_C(0x0000000000000001), UINT64_C(0x8000000000000001), /* ends of double */
    UINT64_C(0x000fffffffffffff), UINT64_C(0x0010000000000000),
    UINT64_C(0x0010000000000001), UINT64_C(0x7fefffffffffffff),
    UINT64_C(0xffefffffffffffff), UINT64_C(0x3ff0000000000000), /* around one */
    UINT64_C(0xbff0000000000000), UINT64_C(0x3fefffffffffffff),
    UINT64_C(0x3ff0000000000001), UINT64_C(0x4000000000000000),
    UINT64_C(0x3fe0000000000000), UINT64_C(0x3ff8000000000000),
    UINT64_C(0x3fd5555555555555), UINT64_C(0x47efffffe0000000), /* ends of single */
    UINT64_C(0x47effffff0000000), UINT64_C(0x47efffffefffffff),
    UINT64_C(0x3810000000000000), UINT64_C(0x380fffffffffffff),
    UINT64_C(0x380fffffe0000000), UINT64_C(0x36a0000000000000),
    UINT64_C(0x3690000000000000), UINT64_C(0x3690000000000001),
    UINT64_C(0x41dfffffffc00000), UINT64_C(0x41dfffffffe00000), /* ends of int32_t */
    UINT64_C(0xc1e0000000000000), UINT64_C(0xc1e0000000100000),
    UINT64_C(0xc1e00000001fffff), UINT64_C(0x41e0000000000000),
    UINT64_C(0x4330000000000000), UINT64_C(0x4330000080000000),
};

/* Random sign, an exponent from @first and a fraction of @fraction_mask's bits. */
static inline uint64_t fp_operand_of(FpRandom *random, uint64_t fraction_mask, unsigned first,
                                     unsigned count)
{
    uint64_t bits = fp_random(random);
    uint64_t exponent = first + fp_random_below(random, count);

    return (bits & UINT64_C(0x8000000000000000)) | exponent << 52 | (bits & fraction_mask);
}

static inline uint64_t fp_operand_near_power_of_two(FpRandom *random)
{
    uint64_t power = fp_operand_of(random, 0, 1023 - 60, 120);
    uint64_t ulps = fp_random_below(random, 16);

    return fp_random(random) & 1 ? power + ulps : power - ulps;
}

static inline uint64_t fp_operand(FpRandom *random)
{
    const uint64_t any = UINT64_C(0x000fffffffffffff);
    const uint64_t single = UINT64_C(0x000fffffe0000000);
    const uint64_t bits_25 = UINT64_C(0x000ffffff0000000);
    const uint64_t few = any & UINT64_MAX << fp_random_below(random, 52);

    switch (fp_random_below(random, 14)) {
    case 0:
        return fp_special_operands[fp_random_below(random, G_N_ELEMENTS(fp_special_operands))];
    case 1:
        return fp_random(random);
    case 2:
        return fp_operand_of(random, any, 1023 - 3, 7);
    case 3:
        return fp_operand_of(random, single, 1023 - 12, 24);
    case 4:
        return fp_operand_of(random, single, 897, 254);
    case 5:
        return fp_operand_of(random, any, 870, 290);
    case 6:
        return fp_operand_of(random, bits_25, 1000, 40);
    case 7:
        return fp_operand_of(random, few, 1023 - 30, 60);
    case 8:
        return fp_operand_of(random, any, 0, 60);
    case 9:
        return fp_operand_of(random, any, 2046 - 60, 61);
    case 10:
        return fp_operand_near_power_of_two(random);
    case 11:
        return fp_operand_of(random, any, 500, 1046);
    case 12:
        return fp_operand_of(random, any & ~UINT64_C(0x1fffff), 1023 - 2, 35);
    default:
        return fp_operand_of(random, single, 870, 30);
    }
}

/* An operand that meets @other: equal, opposite, a neighbour, or somewhat smaller. */
static inline uint64_t fp_operand_like(FpRandom *random, uint64_t other)
{
    const uint64_t sign = UINT64_C(0x8000000000000000);
    unsigned exponent = other >> 52 & 0x7ff;
    unsigned drop = fp_random_below(random, 110);

    switch (fp_random_below(random, 14)) {
    case 0:
        return other;
    case 1:
        return other ^ sign;
    case 2:
        return (other ^ sign) + fp_random_below(random, 4) - 1;
    case 3:
    case 4:
        return fp_operand_of(random, UINT64_C(0x000fffffffffffff),
                             exponent > drop ? exponent - drop : 0, 1);
    default:
        return fp_operand(random);
    }
}

/* How many random cases: CORE99_FP_CASES, or @usual. */
static inline long fp_case_count(long usual)
{
    const char *wanted = getenv("CORE99_FP_CASES");
    return wanted ? atol(wanted) : usual;
}

#endif
