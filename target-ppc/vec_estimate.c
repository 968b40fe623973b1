/* SPDX-License-Identifier: MIT */
/*
 * AltiVec estimates: vrefp, vrsqrtefp, vlogefp, vexptefp.
 *
 * Source: AltiVec PEM chapter 6 for the bounds (1/4096, 1/4096, 1/32, 1/16) and special operands.
 * The bits that real parts deliver inside these bounds are not known. Here vrefp and vrsqrtefp are
 * correctly rounded, vlogefp and vexptefp within a unit of the last place; integers only.
 */
#include "target-ppc/fpu_internal.h"
#include "target-ppc/vec_internal.h"

/* An operand that is neither NaN nor flushed; its 24 bits stand on top of the significand. */
static FpNumber unpack_single(uint32_t value)
{
    const FpMode mode = {.is_single = true};
    return fp_unpack(ppc_fp_single_to_double(value), &mode);
}

typedef uint32_t Estimate(uint32_t value, uint32_t vscr);

static void estimate_vector(PpcVector *d, PpcVecSource b, uint32_t vscr, Estimate *estimate)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t value = single_operand(b->u32[i], vscr);
        d->u32[i] = single_is_nan(value) ? value | SINGLE_QUIET : estimate(value, vscr);
    }
}

static uint32_t reciprocal(uint32_t value, uint32_t vscr)
{
    return single_op(PPC_FP_FDIVS, SINGLE_ONE, value, 0, vscr);
}

void ppc_vrefp(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    estimate_vector(d, b, *vscr, reciprocal);
}

/* The largest r with r^2 * @m <= 2^80; below 2^29 for m from 2^23 on. */
static uint64_t inverse_root(uint64_t m)
{
    uint64_t root = 0;

    for (int bit = 28; bit >= 0; bit--) {
        uint64_t trial = root | UINT64_C(1) << bit;
        if ((Uint128)trial * trial * m <= (Uint128)1 << 80) {
            root = trial;
        }
    }
    return root;
}

/* x = m * 2^(2k), so 1 / sqrt(x) = 2^-k / sqrt(m). */
static uint32_t reciprocal_root_of_finite(FpNumber x, uint32_t vscr)
{
    int exponent = x.exponent - 23;
    uint64_t m = x.significand >> 40;

    if (exponent & 1) {
        m <<= 1;
        exponent--;
    }
    uint64_t root = inverse_root(m);
    bool is_exact = (Uint128)root * root * m == (Uint128)1 << 80;
    int shift = __builtin_clzll(root);
    return single_round(false, 63 - shift - 40 - exponent / 2, root << shift | !is_exact, vscr);
}

static uint32_t reciprocal_root(uint32_t value, uint32_t vscr)
{
    FpNumber x = unpack_single(value);

    if (x.class == FP_CLASS_ZERO) {
        return value | SINGLE_INFINITY;
    }
    if (x.sign) {
        return SINGLE_NAN;
    }
    return x.class == FP_CLASS_INFINITE ? 0 : reciprocal_root_of_finite(x, vscr);
}

void ppc_vrsqrtefp(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    estimate_vector(d, b, *vscr, reciprocal_root);
}

enum { LOG_BITS = 52 };

/* log2 of @significand / 2^63 in units of 2^-LOG_BITS: each squaring yields a bit. */
static int64_t log_of_significand(uint64_t significand)
{
    int64_t log = 0;

    for (int i = 0; i < LOG_BITS; i++) {
        Uint128 square = (Uint128)significand * significand;
        bool is_two_or_more = square >> 127;
        significand = (uint64_t)(square >> (is_two_or_more ? 64 : 63));
        log = log << 1 | is_two_or_more;
    }
    return log;
}

static uint32_t logarithm_of_finite(FpNumber x, uint32_t vscr)
{
    int64_t log = x.exponent * (INT64_C(1) << LOG_BITS) + log_of_significand(x.significand);
    uint64_t magnitude = (uint64_t)(log < 0 ? -log : log);

    if (log == 0) {
        return 0;
    }
    int shift = __builtin_clzll(magnitude);
    return single_round(log < 0, 63 - shift - LOG_BITS, magnitude << shift, vscr);
}

static uint32_t logarithm(uint32_t value, uint32_t vscr)
{
    FpNumber x = unpack_single(value);

    if (x.class == FP_CLASS_ZERO) {
        return SINGLE_SIGN | SINGLE_INFINITY;
    }
    if (x.sign) {
        return SINGLE_NAN;
    }
    return x.class == FP_CLASS_INFINITE ? SINGLE_INFINITY : logarithm_of_finite(x, vscr);
}

void ppc_vlogefp(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    estimate_vector(d, b, *vscr, logarithm);
}

/* 2^(2^-1), 2^(2^-2), ... in units of 2^-63. */
static const uint64_t roots_of_two[32] = {
    UINT64_C(0xb504f333f9de6484), UINT64_C(0x9837f0518db8a96f), UINT64_C(0x8b95c1e3ea8bd6e7),
    UINT64_C(0x85aac367cc487b15), UINT64_C(0x82cd8698ac2ba1d7), UINT64_C(0x8164d1f3bc030773),
    UINT64_C(0x80b1ed4fd999ab6c), UINT64_C(0x8058d7d2d5e5f6b1), UINT64_C(0x802c6436d0e04f51),
    UINT64_C(0x8016302f17467628), UINT64_C(0x800b179c82028fd1), UINT64_C(0x80058baf7fee3b5d),
    UINT64_C(0x8002c5d00fdcfcb7), UINT64_C(0x800162e61bed4a49), UINT64_C(0x8000b17292f702a4),
    UINT64_C(0x800058b92abbae02), UINT64_C(0x80002c5c8dade4d7), UINT64_C(0x8000162e44eaf636),
    UINT64_C(0x80000b1721fa7c19), UINT64_C(0x8000058b90de7e4d), UINT64_C(0x800002c5c8678f37),
    UINT64_C(0x80000162e431dba0), UINT64_C(0x800000b1721872d1), UINT64_C(0x80000058b90c1aa9),
    UINT64_C(0x8000002c5c8605a4), UINT64_C(0x800000162e4300e6), UINT64_C(0x8000000b17217ff8),
    UINT64_C(0x800000058b90bfdd), UINT64_C(0x80000002c5c85fe7), UINT64_C(0x8000000162e42ff2),
    UINT64_C(0x80000000b17217f8), UINT64_C(0x8000000058b90bfc),
};

static uint64_t power_of_fraction(uint32_t fraction)
{
    uint64_t power = FP_SIGN;

    for (unsigned i = 0; i < 32; i++) {
        if (fraction << i & 0x80000000) {
            power = (uint64_t)((Uint128)power * roots_of_two[i] >> 63);
        }
    }
    return power;
}

/* @x in units of 2^-32. What is beyond every single stays so at 2^8; 2^-33 and less is nothing. */
static int64_t fixed_point_of(FpNumber x)
{
    if (x.class == FP_CLASS_ZERO || x.exponent < -32) {
        return 0;
    }
    bool is_beyond = x.class == FP_CLASS_INFINITE || x.exponent > 7;
    int64_t magnitude = is_beyond ? INT64_C(256) << 32
                                  : (int64_t)(x.significand >> (31 - x.exponent));
    return x.sign ? -magnitude : magnitude;
}

static uint32_t power_of_two(uint32_t value, uint32_t vscr)
{
    int64_t x = fixed_point_of(unpack_single(value));
    return single_round(false, (int)(x >> 32), power_of_fraction((uint32_t)x), vscr);
}

void ppc_vexptefp(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    estimate_vector(d, b, *vscr, power_of_two);
}
