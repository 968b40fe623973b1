/* SPDX-License-Identifier: MIT */
/*
 * AltiVec packs, unpacks, merges and splats.
 *
 * Source: AltiVec PEM chapter 6. Elements of vA are the upper half of the host's lanes, of vB the
 * lower half, because registers are stored reversed.
 */
#include "target-ppc/vec_internal.h"

#define PACK(name, narrow, wide, expression)                                                       \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)                                  \
    {                                                                                              \
        const unsigned half = VEC_LANES(wide);                                                     \
        PpcVector result;                                                                          \
        for (unsigned i = 0; i < VEC_LANES(narrow); i++) {                                         \
            uint32_t x = i < half ? b->wide[i] : a->wide[i - half];                                \
            result.narrow[i] = (typeof(result.narrow[i]))(expression);                             \
        }                                                                                          \
        *d = result;                                                                               \
    }

#define SATURATED_PACK(name, narrow, wide)                                                         \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)                  \
    {                                                                                              \
        const unsigned half = VEC_LANES(wide);                                                     \
        PpcVector result;                                                                          \
        for (unsigned i = 0; i < VEC_LANES(narrow); i++) {                                         \
            int64_t x = i < half ? b->wide[i] : a->wide[i - half];                                 \
            result.narrow[i] = (typeof(result.narrow[i]))vec_saturate_##narrow(x, vscr);           \
        }                                                                                          \
        *d = result;                                                                               \
    }

/* A pixel of 8:8:8:8 becomes 1:5:5:5: the lowest bit of the first, the highest five of the rest. */
static uint32_t pixel_packed(uint32_t pixel)
{
    return (pixel >> 9 & 0xfc00) | (pixel >> 6 & 0x03e0) | (pixel >> 3 & 0x001f);
}

PACK(vpkuhum, u8, u16, x)
PACK(vpkuwum, u16, u32, x)
PACK(vpkpx, u16, u32, pixel_packed(x))
SATURATED_PACK(vpkuhus, u8, u16)
SATURATED_PACK(vpkuwus, u16, u32)
SATURATED_PACK(vpkshus, u8, s16)
SATURATED_PACK(vpkswus, u16, s32)
SATURATED_PACK(vpkshss, s8, s16)
SATURATED_PACK(vpkswss, s16, s32)

#define UNPACK_HIGH(name, wide, narrow, expression)                                                \
    UNPACK(name, wide, narrow, VEC_LANES(wide), expression)
#define UNPACK_LOW(name, wide, narrow, expression) UNPACK(name, wide, narrow, 0, expression)
#define UNPACK(name, wide, narrow, first, expression)                                              \
    void ppc_##name(PpcVector *d, PpcVecSource b)                                                  \
    {                                                                                              \
        PpcVector result;                                                                          \
        for (unsigned i = 0; i < VEC_LANES(wide); i++) {                                           \
            int32_t x = b->narrow[(first) + i];                                                    \
            result.wide[i] = (typeof(result.wide[i]))(expression);                                 \
        }                                                                                          \
        *d = result;                                                                               \
    }

/* A pixel of 1:5:5:5 becomes 8:8:8:8; the first element is extended as a signed one. */
static uint32_t pixel_unpacked(int32_t pixel)
{
    uint32_t extended = (uint32_t)(pixel >> 15) << 24;
    return extended | (pixel & 0x7c00) << 6 | (pixel & 0x03e0) << 3 | (pixel & 0x001f);
}

UNPACK_HIGH(vupkhsb, s16, s8, x)
UNPACK_HIGH(vupkhsh, s32, s16, x)
UNPACK_HIGH(vupkhpx, u32, s16, pixel_unpacked(x))
UNPACK_LOW(vupklsb, s16, s8, x)
UNPACK_LOW(vupklsh, s32, s16, x)
UNPACK_LOW(vupklpx, u32, s16, pixel_unpacked(x))

#define MERGE_HIGH(name, lane) MERGE(name, lane, VEC_LANES(lane) / 2)
#define MERGE_LOW(name, lane) MERGE(name, lane, 0)
#define MERGE(name, lane, first)                                                                   \
    void ppc_##name(PpcVector *d, PpcVecSource a, PpcVecSource b)                                  \
    {                                                                                              \
        PpcVector result;                                                                          \
        for (unsigned i = 0; i < VEC_LANES(lane) / 2; i++) {                                       \
            result.lane[2 * i + 1] = a->lane[(first) + i];                                         \
            result.lane[2 * i] = b->lane[(first) + i];                                             \
        }                                                                                          \
        *d = result;                                                                               \
    }

MERGE_HIGH(vmrghb, u8)
MERGE_HIGH(vmrghh, u16)
MERGE_HIGH(vmrghw, u32)
MERGE_LOW(vmrglb, u8)
MERGE_LOW(vmrglh, u16)
MERGE_LOW(vmrglw, u32)

/* Immediates past the last element wrap, as the hardware ignores their high bits. */
#define SPLAT(name, lane)                                                                          \
    void ppc_##name(PpcVector *d, PpcVecSource b, unsigned imm)                                    \
    {                                                                                              \
        typeof(b->lane[0]) x = b->lane[vec_lane(imm % VEC_LANES(lane), VEC_LANES(lane))];          \
        for (unsigned i = 0; i < VEC_LANES(lane); i++) {                                           \
            d->lane[i] = x;                                                                        \
        }                                                                                          \
    }

SPLAT(vspltb, u8)
SPLAT(vsplth, u16)
SPLAT(vspltw, u32)

#define SPLAT_IMMEDIATE(name, lane)                                                                \
    void ppc_##name(PpcVector *d, int32_t imm)                                                     \
    {                                                                                              \
        for (unsigned i = 0; i < VEC_LANES(lane); i++) {                                           \
            d->lane[i] = (typeof(d->lane[i]))imm;                                                  \
        }                                                                                          \
    }

SPLAT_IMMEDIATE(vspltisb, s8)
SPLAT_IMMEDIATE(vspltish, s16)
SPLAT_IMMEDIATE(vspltisw, s32)
