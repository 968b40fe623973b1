/* SPDX-License-Identifier: MIT */
/*
 * AltiVec integer instructions whose elements do not meet: one row each, the value of an element of
 * vD from x of vA and y of vB, computed in 64 bits.
 *
 * Source: AltiVec PEM chapter 6.
 */
#include "target-ppc/vec_internal.h"

/* Modulo: what does not fit the element is cut off. */
#define LANES(name, lane, expression)                                                              \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)                                  \
    {                                                                                              \
        for (unsigned i = 0; i < VEC_LANES(lane); i++) {                                           \
            int64_t x = a->lane[i], y = b->lane[i];                                                \
            d->lane[i] = (typeof(d->lane[i]))(expression);                                         \
        }                                                                                          \
    }

#define SATURATED_LANES(name, lane, expression)                                                    \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)                  \
    {                                                                                              \
        for (unsigned i = 0; i < VEC_LANES(lane); i++) {                                           \
            int64_t x = a->lane[i], y = b->lane[i];                                                \
            d->lane[i] = (typeof(d->lane[i]))vec_saturate_##lane(expression, vscr);                \
        }                                                                                          \
    }

#define COMPARED_LANES(name, lane, expression)                                                     \
    uint32_t ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)                              \
    {                                                                                              \
        for (unsigned i = 0; i < VEC_LANES(lane); i++) {                                           \
            int64_t x = a->lane[i], y = b->lane[i];                                                \
            d->lane[i] = (typeof(d->lane[i]))((expression) ? -1 : 0);                              \
        }                                                                                          \
        return vec_cr6(d);                                                                         \
    }

LANES(vaddubm, u8, x + y)
LANES(vadduhm, u16, x + y)
LANES(vadduwm, u32, x + y)
LANES(vsububm, u8, x - y)
LANES(vsubuhm, u16, x - y)
LANES(vsubuwm, u32, x - y)
LANES(vaddcuw, u32, (x + y) >> 32)
LANES(vsubcuw, u32, x >= y)

SATURATED_LANES(vaddubs, u8, x + y)
SATURATED_LANES(vadduhs, u16, x + y)
SATURATED_LANES(vadduws, u32, x + y)
SATURATED_LANES(vaddsbs, s8, x + y)
SATURATED_LANES(vaddshs, s16, x + y)
SATURATED_LANES(vaddsws, s32, x + y)
SATURATED_LANES(vsububs, u8, x - y)
SATURATED_LANES(vsubuhs, u16, x - y)
SATURATED_LANES(vsubuws, u32, x - y)
SATURATED_LANES(vsubsbs, s8, x - y)
SATURATED_LANES(vsubshs, s16, x - y)
SATURATED_LANES(vsubsws, s32, x - y)

LANES(vavgub, u8, (x + y + 1) >> 1)
LANES(vavguh, u16, (x + y + 1) >> 1)
LANES(vavguw, u32, (x + y + 1) >> 1)
LANES(vavgsb, s8, (x + y + 1) >> 1)
LANES(vavgsh, s16, (x + y + 1) >> 1)
LANES(vavgsw, s32, (x + y + 1) >> 1)

LANES(vmaxub, u8, x > y ? x : y)
LANES(vmaxuh, u16, x > y ? x : y)
LANES(vmaxuw, u32, x > y ? x : y)
LANES(vmaxsb, s8, x > y ? x : y)
LANES(vmaxsh, s16, x > y ? x : y)
LANES(vmaxsw, s32, x > y ? x : y)
LANES(vminub, u8, x < y ? x : y)
LANES(vminuh, u16, x < y ? x : y)
LANES(vminuw, u32, x < y ? x : y)
LANES(vminsb, s8, x < y ? x : y)
LANES(vminsh, s16, x < y ? x : y)
LANES(vminsw, s32, x < y ? x : y)

LANES(vand, u64, x &y)
LANES(vandc, u64, x & ~y)
LANES(vor, u64, x | y)
LANES(vxor, u64, x ^ y)
LANES(vnor, u64, ~(x | y))

/* Counts are the low bits of an element, as many as its width needs. */
LANES(vrlb, u8, x << (y & 7) | x >> (8 - (y & 7)))
LANES(vrlh, u16, x << (y & 15) | x >> (16 - (y & 15)))
LANES(vrlw, u32, x << (y & 31) | x >> (32 - (y & 31)))
LANES(vslb, u8, x << (y & 7))
LANES(vslh, u16, x << (y & 15))
LANES(vslw, u32, x << (y & 31))
LANES(vsrb, u8, x >> (y & 7))
LANES(vsrh, u16, x >> (y & 15))
LANES(vsrw, u32, x >> (y & 31))
LANES(vsrab, s8, x >> (y & 7))
LANES(vsrah, s16, x >> (y & 15))
LANES(vsraw, s32, x >> (y & 31))

COMPARED_LANES(vcmpequb, u8, x == y)
COMPARED_LANES(vcmpequh, u16, x == y)
COMPARED_LANES(vcmpequw, u32, x == y)
COMPARED_LANES(vcmpgtub, u8, x > y)
COMPARED_LANES(vcmpgtuh, u16, x > y)
COMPARED_LANES(vcmpgtuw, u32, x > y)
COMPARED_LANES(vcmpgtsb, s8, x > y)
COMPARED_LANES(vcmpgtsh, s16, x > y)
COMPARED_LANES(vcmpgtsw, s32, x > y)
