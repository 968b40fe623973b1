/* SPDX-License-Identifier: MIT */
/*
 * fres and frsqrte: the reciprocal estimates of 750-class parts, by table and linear step.
 *
 * Source: tables measured on 750CL-class parts and put in the public domain by A. Church
 * (reference/fp.md, fres/frsqrte). Errors below 1/5262 and 1/5461; the manuals ask for 1/256, 1/32.
 * fres sets FI but not XX; an overflow delivers the largest single; frsqrte leaves FI clear.
 * GAP: the same tables serve 74xx models; no trustworthy bits of those parts are known.
 */
#include "target-ppc/fpu_internal.h"

typedef struct EstimateStep {
    uint16_t base;
    uint16_t slope;
} EstimateStep;

static const EstimateStep reciprocal_steps[32] = {
    {0x3ffc, 0x3e1}, {0x3c1c, 0x3a7}, {0x3875, 0x371}, {0x3504, 0x340}, {0x31c4, 0x313},
    {0x2eb1, 0x2ea}, {0x2bc8, 0x2c4}, {0x2904, 0x2a0}, {0x2664, 0x27f}, {0x23e5, 0x261},
    {0x2184, 0x245}, {0x1f40, 0x22a}, {0x1d16, 0x212}, {0x1b04, 0x1fb}, {0x190a, 0x1e5},
    {0x1725, 0x1d1}, {0x1554, 0x1be}, {0x1396, 0x1ac}, {0x11eb, 0x19b}, {0x104f, 0x18b},
    {0x0ec4, 0x17c}, {0x0d48, 0x16e}, {0x0bd7, 0x15b}, {0x0a7c, 0x15b}, {0x0922, 0x143},
    {0x07df, 0x143}, {0x069c, 0x12d}, {0x056f, 0x12d}, {0x0442, 0x11a}, {0x0328, 0x11a},
    {0x020e, 0x108}, {0x0106, 0x106},
};

/* The first 16 are for even powers of two, the rest for odd ones. */
static const EstimateStep root_steps[32] = {
    {0x7ff4, 0x7a4}, {0x7852, 0x700}, {0x7154, 0x670}, {0x6ae4, 0x5f2}, {0x64f2, 0x584},
    {0x5f6e, 0x524}, {0x5a4c, 0x4cc}, {0x5580, 0x47e}, {0x5102, 0x43a}, {0x4cca, 0x3fa},
    {0x48d0, 0x3c2}, {0x450e, 0x38e}, {0x4182, 0x35e}, {0x3e24, 0x332}, {0x3af2, 0x30a},
    {0x37e8, 0x2e6}, {0x34fd, 0x568}, {0x2f97, 0x4f3}, {0x2aa5, 0x48d}, {0x2618, 0x435},
    {0x21e4, 0x3e7}, {0x1dfe, 0x3a2}, {0x1a5c, 0x365}, {0x16f8, 0x32e}, {0x13ca, 0x2fc},
    {0x10ce, 0x2d0}, {0x0dfe, 0x2a8}, {0x0b57, 0x283}, {0x08d4, 0x261}, {0x0673, 0x243},
    {0x0431, 0x226}, {0x020b, 0x20b},
};

/* A single's reciprocal under way: bits 23 and up of the fraction are the leading one, if any. */
typedef struct Reciprocal {
    uint32_t sign;
    int exponent; /* biased, of the operand, then of the result */
    uint32_t fraction;
    bool is_inexact;
} Reciprocal;

/* Bring a denormal single to a leading one in bit 23. False: its reciprocal is too large. */
static bool normalize_operand(Reciprocal *r)
{
    if (r->exponent != 0) {
        return true;
    }
    if (r->fraction < 0x200000) {
        return false;
    }
    int shift = __builtin_clz(r->fraction) - 8;
    r->exponent = 1 - shift;
    r->fraction = r->fraction << shift & 0x7fffff;
    return true;
}

static void look_up_reciprocal(Reciprocal *r)
{
    EstimateStep step = reciprocal_steps[r->fraction >> 18];
    uint32_t estimate = ((uint32_t)step.base << 10) - step.slope * (r->fraction >> 8 & 0x3ff);

    r->is_inexact = estimate & 1;
    r->fraction = estimate >> 1;
    r->exponent = 253 - r->exponent;
}

/* Cut a result below the normal range down to a denormal. */
static void denormalize_result(Reciprocal *r)
{
    if (r->exponent > 0) {
        return;
    }
    r->fraction |= 0x800000;
    for (int i = r->exponent; i <= 0; i++) {
        r->is_inexact |= r->fraction & 1;
        r->fraction >>= 1;
    }
    r->exponent = 0;
}

static PpcFpResult reciprocal_result(const FpMode *mode, uint64_t value, uint32_t raised, bool fi)
{
    PpcFpResult result = fp_result_value(mode, value);
    result.raised = raised;
    result.fi = fi;
    return result;
}

/* @b is finite and not zero. */
static PpcFpResult reciprocal_of_finite(const FpMode *mode, uint64_t b)
{
    uint32_t single = ppc_fp_double_to_single(b);
    Reciprocal r = {single & 0x80000000, single >> 23 & 0xff, single & 0x7fffff, false};

    /* Operands of 2^128 and more are no singles: nothing was measured there. */
    if ((b >> 52 & 0x7ff) > 1023 + 127) {
        return reciprocal_result(mode, b & FP_SIGN, FPSCR_UX, true);
    }
    if (!normalize_operand(&r)) {
        uint64_t largest = UINT64_C(0x47efffffe0000000);
        return reciprocal_result(mode, (b & FP_SIGN) | largest, FPSCR_OX, true);
    }
    look_up_reciprocal(&r);
    denormalize_result(&r);
    bool underflows = r.exponent == 0 && r.is_inexact;
    single = r.sign | (uint32_t)r.exponent << 23 | r.fraction;
    return reciprocal_result(mode, ppc_fp_single_to_double(single), underflows ? FPSCR_UX : 0,
                             r.is_inexact);
}

PpcFpResult fp_estimate_reciprocal(const FpMode *mode, uint64_t b)
{
    FpNumber number = fp_unpack(b, mode);

    switch (number.class) {
    case FP_CLASS_INFINITE:
        return fp_result_zero(mode, number.sign);
    case FP_CLASS_ZERO:
        return fp_result_zero_divide(mode, number.sign);
    default:
        return reciprocal_of_finite(mode, b);
    }
}

/* @number is finite and positive. */
static uint64_t reciprocal_root_of(FpNumber number)
{
    unsigned index = number.significand >> 59 & 15;
    EstimateStep step = root_steps[number.exponent & 1 ? 16 + index : index];
    uint32_t position = (uint32_t)(number.significand >> 48) & 0x7ff;
    uint32_t estimate = ((uint32_t)step.base << 11) - step.slope * position;
    uint64_t exponent = (uint64_t)(3068 - (number.exponent + 1023)) >> 1;

    return exponent << 52 | (uint64_t)estimate << 26;
}

PpcFpResult fp_estimate_reciprocal_root(const FpMode *mode, uint64_t b)
{
    FpNumber number = fp_unpack(b, mode);

    if (number.class == FP_CLASS_ZERO) {
        return fp_result_zero_divide(mode, number.sign);
    }
    if (number.sign) {
        return fp_result_invalid(mode, FPSCR_VXSQRT);
    }
    if (number.class == FP_CLASS_INFINITE) {
        return fp_result_zero(mode, false);
    }
    return fp_result_value(mode, reciprocal_root_of(number));
}
