/* SPDX-License-Identifier: MIT */
/*
 * Operand values for --generate: half of them those at which arithmetic goes wrong. Deterministic.
 *
 * Source: Steele, Lea and Flood 2014 (the generator, SplitMix64).
 */
#include "target-ppc/vectors_internal.h"

uint64_t vector_random(VectorRandom *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t vector_random_below(VectorRandom *random, uint32_t limit)
{
    return (uint32_t)(vector_random(random) >> 32) % limit;
}

uint32_t vector_random_word(VectorRandom *random)
{
    static const uint32_t edges[] = {
        0,          1,          2,          0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000,
        0x80000001, 0x0000ffff, 0x00010000, 0x00007fff, 0x00008000, 0xffff8000, 0xaaaaaaaa,
        0x55555555, 0x000000ff, 0x00000080, 0x0000007f, 31,         32,         33,
    };
    switch (vector_random_below(random, 4)) {
    case 0:
    case 1:
        return edges[vector_random_below(random, G_N_ELEMENTS(edges))];
    case 2:
        return (uint32_t)vector_random(random);
    default:
        return (uint32_t)vector_random(random) >> vector_random_below(random, 32);
    }
}

static uint32_t random_single(VectorRandom *random)
{
    static const uint32_t edges[] = {
        0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
        0xffc12345, 0x7f800001, 0xffa00000, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff,
        0xff7fffff, 0x3f800001, 0x4effffff, 0x4f000000, 0xcf000000, 0x4f800000,
    };
    if (vector_random_below(random, 3) == 0) {
        return edges[vector_random_below(random, G_N_ELEMENTS(edges))];
    }
    uint32_t bits = (uint32_t)vector_random(random);
    return vector_random_below(random, 3) ? (bits & 0x83ffffff) + 0x3e000000 : bits;
}

/* As lfs has it: NaNs keep their bits, denormals become normal. */
static uint64_t widened(uint32_t single)
{
    uint64_t sign = (uint64_t)(single >> 31) << 63, fraction = single & 0x7fffff;
    uint32_t exponent = single >> 23 & 0xff;
    if (exponent == 0xff) {
        return sign | UINT64_C(0x7ff) << 52 | fraction << 29;
    }
    if (exponent == 0 && fraction == 0) {
        return sign;
    }
    int unbiased = (int)exponent - 127;
    if (exponent == 0) {
        unbiased = -126;
        while (!(fraction & 0x800000)) {
            fraction <<= 1;
            unbiased--;
        }
    }
    return sign | (uint64_t)(unbiased + 1023) << 52 | (fraction & 0x7fffff) << 29;
}

uint64_t vector_random_double(VectorRandom *random, bool single)
{
    static const uint64_t edges[] = {
        UINT64_C(0x0000000000000001), UINT64_C(0x800fffffffffffff), UINT64_C(0x0010000000000000),
        UINT64_C(0x7fefffffffffffff), UINT64_C(0xffefffffffffffff), UINT64_C(0x7ff0000000000001),
        UINT64_C(0xfff7ffffffffffff), UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8deadbeef0001),
        UINT64_C(0x41dfffffffe00000), UINT64_C(0x41dfffffffc00000), UINT64_C(0xc1e0000000000000),
        UINT64_C(0x3fe0000000000000), UINT64_C(0x3fefffffffffffff), UINT64_C(0x47efffffefffffff),
    };
    uint64_t bits = vector_random(random);
    unsigned kind = vector_random_below(random, 8);
    if (single ? kind < 6 : kind < 2) {
        return widened(random_single(random));
    }
    if (kind < 3 || kind == 7) {
        return edges[vector_random_below(random, G_N_ELEMENTS(edges))];
    }
    /* Exponents near each other, so that sums and products meet. */
    uint64_t exponent = 0x3ff - 30 + vector_random_below(random, 60);
    return kind == 3 ? bits : (bits & UINT64_C(0x800fffffffffffff)) | exponent << 52;
}

PpcVector vector_random_vector(VectorRandom *random, bool is_float)
{
    PpcVector v;
    unsigned size = vector_random_below(random, 3);
    for (unsigned i = 0; i < 4; i++) {
        v.u32[i] = is_float ? random_single(random) : vector_random_word(random);
    }
    for (unsigned i = 0; i < 8 && !is_float && size == 1; i++) {
        v.u16[i] = (uint16_t)(vector_random_word(random) >> 16 * (i & 1));
    }
    for (unsigned i = 0; i < 16 && !is_float && size == 2; i++) {
        v.u8[i] = (uint8_t)(vector_random_word(random) >> 8 * (i & 3));
    }
    return v;
}
