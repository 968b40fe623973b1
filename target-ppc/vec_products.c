/* SPDX-License-Identifier: MIT */
/*
 * AltiVec products and sums: multiply even and odd, multiply-add, multiply-sum, sums across.
 *
 * Source: AltiVec PEM chapter 6. Sums are exact before they are cut or saturated once.
 */
#include "target-ppc/vec_internal.h"

/* Guest's even elements are the host's odd lanes. */
enum { ODD_ELEMENT, EVEN_ELEMENT };

#define PRODUCTS(name, wide, narrow, which)                                                        \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)                                  \
    {                                                                                              \
        for (unsigned i = 0; i < VEC_LANES(wide); i++) {                                           \
            int64_t x = a->narrow[2 * i + which], y = b->narrow[2 * i + which];                    \
            d->wide[i] = (typeof(d->wide[i]))(x * y);                                              \
        }                                                                                          \
    }

PRODUCTS(vmuleub, u16, u8, EVEN_ELEMENT)
PRODUCTS(vmuleuh, u32, u16, EVEN_ELEMENT)
PRODUCTS(vmulesb, s16, s8, EVEN_ELEMENT)
PRODUCTS(vmulesh, s32, s16, EVEN_ELEMENT)
PRODUCTS(vmuloub, u16, u8, ODD_ELEMENT)
PRODUCTS(vmulouh, u32, u16, ODD_ELEMENT)
PRODUCTS(vmulosb, s16, s8, ODD_ELEMENT)
PRODUCTS(vmulosh, s32, s16, ODD_ELEMENT)

void ppc_vmladduhm(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c)
{
    for (unsigned i = 0; i < 8; i++) {
        d->u16[i] = (uint16_t)((uint32_t)a->u16[i] * b->u16[i] + c->u16[i]);
    }
}

/* The high 17 bits of each product, after adding @rounding, plus c. */
static void multiply_high_add(PpcVector *d, PpcVecSource operands[3], int32_t rounding,
                              uint32_t *vscr)
{
    PpcVecSource a = operands[0], b = operands[1], c = operands[2];

    for (unsigned i = 0; i < 8; i++) {
        int32_t product = a->s16[i] * b->s16[i] + rounding;
        d->s16[i] = (int16_t)vec_saturate_s16((product >> 15) + c->s16[i], vscr);
    }
}

void ppc_vmhaddshs(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr)
{
    multiply_high_add(d, (PpcVecSource[]){a, b, c}, 0, vscr);
}

void ppc_vmhraddshs(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr)
{
    multiply_high_add(d, (PpcVecSource[]){a, b, c}, 0x4000, vscr);
}

/* The sum of the products of elements inside one word. */
#define WORD_SUM(of_a, of_b)                                                                       \
    static int64_t sum_##of_a##_##of_b(PpcVecSource a, PpcVecSource b, unsigned word)              \
    {                                                                                              \
        const unsigned count = VEC_LANES(of_a) / 4;                                                \
        int64_t sum = 0;                                                                           \
        for (unsigned i = count * word; i < count * (word + 1); i++) {                             \
            sum += (int64_t)a->of_a[i] * b->of_b[i];                                               \
        }                                                                                          \
        return sum;                                                                                \
    }

WORD_SUM(u8, u8)
WORD_SUM(s8, u8)
WORD_SUM(u16, u16)
WORD_SUM(s16, s16)

#define PRODUCT_SUMS(name, of_a, of_b)                                                             \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c)                  \
    {                                                                                              \
        for (unsigned i = 0; i < 4; i++) {                                                         \
            d->u32[i] = (uint32_t)(c->u32[i] + sum_##of_a##_##of_b(a, b, i));                      \
        }                                                                                          \
    }

#define SATURATED_PRODUCT_SUMS(name, word, of_a, of_b)                                             \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr)  \
    {                                                                                              \
        for (unsigned i = 0; i < 4; i++) {                                                         \
            int64_t sum = c->word[i] + sum_##of_a##_##of_b(a, b, i);                               \
            d->word[i] = (typeof(d->word[i]))vec_saturate_##word(sum, vscr);                       \
        }                                                                                          \
    }

PRODUCT_SUMS(vmsumubm, u8, u8)
PRODUCT_SUMS(vmsummbm, s8, u8)
PRODUCT_SUMS(vmsumuhm, u16, u16)
PRODUCT_SUMS(vmsumshm, s16, s16)
SATURATED_PRODUCT_SUMS(vmsumuhs, u32, u16, u16)
SATURATED_PRODUCT_SUMS(vmsumshs, s32, s16, s16)

void ppc_vsumsws(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    int64_t sum = (int64_t)a->s32[0] + a->s32[1] + a->s32[2] + a->s32[3] + b->s32[0];
    *d = (PpcVector){.s32 = {(int32_t)vec_saturate_s32(sum, vscr)}};
}

void ppc_vsum2sws(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    int64_t low = (int64_t)a->s32[0] + a->s32[1] + b->s32[0];
    int64_t high = (int64_t)a->s32[2] + a->s32[3] + b->s32[2];

    d->u64[0] = (uint32_t)vec_saturate_s32(low, vscr);
    d->u64[1] = (uint32_t)vec_saturate_s32(high, vscr);
}

#define SUMS_OF_FOURTHS(name, word, part)                                                          \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)                  \
    {                                                                                              \
        for (unsigned i = 0; i < 4; i++) {                                                         \
            int64_t sum = b->word[i];                                                              \
            for (unsigned k = 0; k < VEC_LANES(part) / 4; k++) {                                   \
                sum += a->part[VEC_LANES(part) / 4 * i + k];                                       \
            }                                                                                      \
            d->word[i] = (typeof(d->word[i]))vec_saturate_##word(sum, vscr);                       \
        }                                                                                          \
    }

SUMS_OF_FOURTHS(vsum4sbs, s32, s8)
SUMS_OF_FOURTHS(vsum4shs, s32, s16)
SUMS_OF_FOURTHS(vsum4ubs, u32, u8)
