/* SPDX-License-Identifier: MIT */
/* Vectors as operands of AltiVec: random ones, and elements at the ends of each width or special as singles. */
#ifndef TESTS_UNIT_VEC_OPERANDS_H
#define TESTS_UNIT_VEC_OPERANDS_H

#include "target-ppc/vec.h"
#include "tests/unit/fp_operands.h"

static inline uint32_t vec_random_single(FpRandom *random)
{
    static const uint32_t special[] = {
        0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
        0x7f800001, 0xffc12345, 0x00000001, 0x807fffff, 0x00800000, 0x80800001, 0x00ffffff,
        0x7f7fffff, 0xff7fffff, 0x4f000000, 0xcf000000, 0x4f7fffff, 0x4f800000, 0x4effffff,
        0xcf000001, 0x3f000000, 0xbf000000, 0x3effffff, 0x4b000000, 0x4b7fffff, 0x3fc00000,
        0x42fe0000, 0xc2fc0000, 0xc3150000, 0x1fffffff, 0x20000000, 0x5f000000, 0x7e800000,
    };
    uint32_t bits = (uint32_t)fp_random(random);
    switch (fp_random_below(random, 6)) {
    case 0:
        return special[fp_random_below(random, G_N_ELEMENTS(special))];
    case 1: /* around one, so that sums meet */
        return (bits & 0x80ffffff) | (0x3e + fp_random_below(random, 4)) << 24;
    case 2: /* few bits: ties, exact results */
        return (bits & 0xfff00000) >> fp_random_below(random, 2) * 4;
    case 3: /* products and sums near the denormals */
        return (bits & 0x807fffff) | fp_random_below(random, 40) << 23;
    case 4: /* products of two there */
        return (bits & 0x807fffff) | (50 + fp_random_below(random, 30)) << 23;
    default:
        return bits;
    }
}

static inline uint32_t vec_random_word(FpRandom *random, unsigned style)
{
    static const uint32_t ends[] = {0, 1, 2, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x7e, 0x40};
    static const uint32_t halves[] = {0, 1, 0x7fff, 0x8000, 0xffff, 0x8001, 0x00ff, 0x0100, 0xff80};
    static const uint32_t words[] = {0,          1,          0x7fffffff, 0x80000000, 0xffffffff,
                                     0x80000001, 0x0000ffff, 0x00010000, 0xffff8000, 0x00007fff};
    uint32_t word = 0;
    switch (style) {
    case 0:
        return (uint32_t)fp_random(random);
    case 1:
        for (unsigned i = 0; i < 4; i++) {
            word = word << 8 | ends[fp_random_below(random, G_N_ELEMENTS(ends))];
        }
        return word;
    case 2:
        word = halves[fp_random_below(random, G_N_ELEMENTS(halves))];
        return word << 16 | halves[fp_random_below(random, G_N_ELEMENTS(halves))];
    case 3:
        return words[fp_random_below(random, G_N_ELEMENTS(words))];
    default:
        return vec_random_single(random);
    }
}

static inline PpcVector vec_random(FpRandom *random)
{
    unsigned style = fp_random_below(random, 8);
    PpcVector v;
    for (unsigned i = 0; i < 4; i++) {
        v.u32[i] = vec_random_word(random, style);
    }
    return v;
}

#endif
