/* SPDX-License-Identifier: MIT */
/*
 * Conversions: doubles to words (fctiw, fctiwz), singles in storage to and from registers.
 *
 * Source: PEM 3.3.6 (fctiw), appendix D.6 and D.7 (lfs, stfs); reference/fp.md for the high word.
 * GAP: fctiw in non-IEEE mode returns another value when invalid on a 750; nothing seen using it.
 */
#include "target-ppc/fpu_internal.h"

/* The architecture leaves the high word of fctiw open; this is what 7xx parts write. */
#define WORD_RESULT_HIGH UINT64_C(0xfff8000000000000)

static PpcFpResult word_result(uint32_t word)
{
    return (PpcFpResult){.value = WORD_RESULT_HIGH | word, .writes_target = true};
}

static PpcFpResult invalid_word(uint32_t word, uint32_t causes, uint32_t fpscr)
{
    PpcFpResult result = word_result(word);
    result.raised = causes;
    result.writes_target = !(fpscr & FPSCR_VE);
    return result;
}

/* The integer part of @b, which is under 2^33, and what follows the point as a fraction. */
static uint64_t split_at_point(FpNumber b, Uint128 *rest)
{
    Uint128 wide = (Uint128)b.significand << 64;
    if (b.exponent < 0) {
        *rest = fp_shift_right_sticky(wide, -1 - b.exponent);
        return 0;
    }
    *rest = wide << (b.exponent + 1);
    return b.significand >> (63 - b.exponent);
}

static PpcFpResult round_to_word(FpNumber b, uint32_t fpscr, unsigned rounding)
{
    Uint128 rest;
    uint64_t kept = split_at_point(b, &rest);
    bool goes_up = fp_rounds_up(rounding, b.sign, kept, rest);
    uint64_t limit = b.sign ? UINT64_C(0x80000000) : UINT64_C(0x7fffffff);

    kept += goes_up;
    if (kept > limit) {
        return invalid_word((uint32_t)limit, FPSCR_VXCVI, fpscr);
    }
    PpcFpResult result = word_result((uint32_t)(b.sign ? -kept : kept));
    /* As for an operand of -0, the sign of a result of 0 shows in the high word. */
    result.value |= (uint64_t)(b.sign && kept == 0) << 32;
    result.fi = rest != 0;
    result.fr = goes_up;
    result.raised = result.fi ? FPSCR_XX : 0;
    return result;
}

PpcFpResult fp_convert_to_word(uint64_t b, uint32_t fpscr, unsigned rounding)
{
    FpMode mode = {.fpscr = fpscr};
    FpNumber number = fp_unpack(b, &mode);

    if (number.class == FP_CLASS_NAN) {
        uint32_t causes = FPSCR_VXCVI | (fp_is_signalling(b) ? FPSCR_VXSNAN : 0);
        return invalid_word(0x80000000, causes, fpscr);
    }
    if (number.class == FP_CLASS_ZERO) {
        PpcFpResult result = word_result(0);
        /* The sign of a zero shows in the high word. */
        result.value |= (uint64_t)number.sign << 32;
        return result;
    }
    if (number.class == FP_CLASS_INFINITE || number.exponent > 32) {
        return invalid_word(number.sign ? 0x80000000 : 0x7fffffff, FPSCR_VXCVI, fpscr);
    }
    return round_to_word(number, fpscr, rounding);
}

uint64_t ppc_fp_single_to_double(uint32_t single)
{
    uint64_t sign = (uint64_t)(single >> 31) << 63;
    uint32_t exponent = single >> 23 & 0xff;
    uint64_t fraction = (uint64_t)(single & 0x7fffff) << 29;

    if (exponent == 0xff) {
        return sign | FP_INFINITY | fraction;
    }
    if (exponent != 0) {
        return sign | (uint64_t)(exponent + 1023 - 127) << 52 | fraction;
    }
    if (fraction == 0) {
        return sign;
    }
    int shift = __builtin_clzll(fraction) - 11;
    return sign | (uint64_t)(1023 - 126 - shift) << 52 | (fraction << shift & FP_FRACTION);
}

uint32_t ppc_fp_double_to_single(uint64_t value)
{
    unsigned exponent = value >> 52 & 0x7ff;
    uint32_t sign = (uint32_t)(value >> 32) & 0x80000000;

    if (exponent > 1023 - 127 || (value & ~FP_SIGN) == 0) {
        return (uint32_t)(value >> 32 & 0xc0000000) | (uint32_t)(value >> 29 & 0x3fffffff);
    }
    /* Below the least denormal the manual leaves the result undefined; the shift gives zero. */
    if (exponent < 1023 - 149) {
        return sign;
    }
    uint64_t significand = (value & FP_FRACTION) | (FP_FRACTION + 1);
    return sign | (uint32_t)(significand >> (1023 - 126 + 29 - exponent));
}
