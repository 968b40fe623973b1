/* SPDX-License-Identifier: MIT */
/* What the vec_*.c files share: lanes, saturation, elements of single precision. */
#ifndef TARGET_PPC_VEC_INTERNAL_H
#define TARGET_PPC_VEC_INTERNAL_H

#include "target-ppc/fpu.h"
#include "target-ppc/vec.h"

#define VEC_LANES(lane) G_N_ELEMENTS(((PpcVector *)NULL)->lane)

#define SINGLE_SIGN 0x80000000u
#define SINGLE_INFINITY 0x7f800000u
#define SINGLE_FRACTION 0x007fffffu
#define SINGLE_QUIET 0x00400000u
#define SINGLE_NAN 0x7fc00000u
#define SINGLE_ONE 0x3f800000u

/* Host lane of guest element @element of @count (see PpcVector). */
static inline unsigned vec_lane(unsigned element, unsigned count) { return count - 1 - element; }

static inline int64_t vec_clamp(int64_t value, int64_t low, int64_t high, uint32_t *vscr)
{
    if (value < low) {
        *vscr |= VSCR_SAT;
        return low;
    }
    if (value > high) {
        *vscr |= VSCR_SAT;
        return high;
    }
    return value;
}

static inline int64_t vec_saturate_u8(int64_t value, uint32_t *vscr)
{
    return vec_clamp(value, 0, UINT8_MAX, vscr);
}

static inline int64_t vec_saturate_s8(int64_t value, uint32_t *vscr)
{
    return vec_clamp(value, INT8_MIN, INT8_MAX, vscr);
}

static inline int64_t vec_saturate_u16(int64_t value, uint32_t *vscr)
{
    return vec_clamp(value, 0, UINT16_MAX, vscr);
}

static inline int64_t vec_saturate_s16(int64_t value, uint32_t *vscr)
{
    return vec_clamp(value, INT16_MIN, INT16_MAX, vscr);
}

static inline int64_t vec_saturate_u32(int64_t value, uint32_t *vscr)
{
    return vec_clamp(value, 0, UINT32_MAX, vscr);
}

static inline int64_t vec_saturate_s32(int64_t value, uint32_t *vscr)
{
    return vec_clamp(value, INT32_MIN, INT32_MAX, vscr);
}

/* CR6 of a comparison whose elements are all ones or zeros. */
static inline uint32_t vec_cr6(const PpcVector *mask)
{
    if ((mask->u64[0] & mask->u64[1]) == UINT64_MAX) {
        return 8;
    }
    return (mask->u64[0] | mask->u64[1]) == 0 ? 2 : 0;
}

static inline bool single_is_nan(uint32_t value)
{
    return (value & ~SINGLE_SIGN) > SINGLE_INFINITY;
}

/* The operand as the instruction sees it: in non-Java mode denormals are zeros. */
static inline uint32_t single_operand(uint32_t value, uint32_t vscr)
{
    bool is_denormal = (value & SINGLE_INFINITY) == 0;
    return is_denormal && vscr & VSCR_NJ ? value & SINGLE_SIGN : value;
}

/* A scalar single-precision operation in the vector unit's way: to nearest, no status. */
uint32_t single_op(PpcFpOp op, uint32_t a, uint32_t b, uint32_t c, uint32_t vscr);

/* (-1)^@sign * @significand / 2^63 * 2^@exponent to nearest; bit 63 is set, bit 0 sticky. */
uint32_t single_round(bool sign, int exponent, uint64_t significand, uint32_t vscr);

#endif
