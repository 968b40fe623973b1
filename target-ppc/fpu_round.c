/* SPDX-License-Identifier: MIT */
/*
 * Taking floating-point numbers apart, rounding exact values and putting results together.
 *
 * Source: PEM 3.3.5, 3.3.6; 750UM tables 2-5 and 2-6 (non-IEEE mode).
 * Tininess is judged before rounding, in non-IEEE mode too: what would have rounded up to the
 * least normal number is zero there. On an untrapped overflow FR tells whether rounding to the
 * precision went up, as 750-class parts report it (the architecture leaves it undefined).
 */
#include "target-ppc/fpu_internal.h"

/* FPSCR[FPRF]: class bit, then FL FG FE FU */
enum {
    FPRF_NAN = 0x11,
    FPRF_MINUS_INFINITY = 0x09,
    FPRF_MINUS_NORMAL = 0x08,
    FPRF_MINUS_DENORMAL = 0x18,
    FPRF_MINUS_ZERO = 0x12,
    FPRF_PLUS_ZERO = 0x02,
    FPRF_PLUS_DENORMAL = 0x14,
    FPRF_PLUS_NORMAL = 0x04,
    FPRF_PLUS_INFINITY = 0x05,
};

typedef struct FpFormat {
    int precision; /* bits of the significand, the leading one included */
    int exponent_min;
    int exponent_max;
    int trap_adjustment;
    uint64_t largest;
} FpFormat;

static const FpFormat double_format = {53, -1022, 1023, 1536, UINT64_C(0x7fefffffffffffff)};
static const FpFormat single_format = {24, -126, 127, 192, UINT64_C(0x47efffffe0000000)};

static const FpFormat *format_of(const FpMode *mode)
{
    return mode->is_single ? &single_format : &double_format;
}

static unsigned exponent_field(uint64_t value) { return value >> 52 & 0x7ff; }

static bool is_denormal(uint64_t value, const FpFormat *format)
{
    return (int)exponent_field(value) - 1023 < format->exponent_min;
}

static uint8_t fprf_of(uint64_t value, const FpFormat *format)
{
    bool minus = value & FP_SIGN;
    uint64_t magnitude = value & ~FP_SIGN;

    if (magnitude > FP_INFINITY) {
        return FPRF_NAN;
    }
    if (magnitude == FP_INFINITY) {
        return minus ? FPRF_MINUS_INFINITY : FPRF_PLUS_INFINITY;
    }
    if (magnitude == 0) {
        return minus ? FPRF_MINUS_ZERO : FPRF_PLUS_ZERO;
    }
    if (is_denormal(value, format)) {
        return minus ? FPRF_MINUS_DENORMAL : FPRF_PLUS_DENORMAL;
    }
    return minus ? FPRF_MINUS_NORMAL : FPRF_PLUS_NORMAL;
}

static FpNumber unpack_denormal(bool sign, uint64_t fraction)
{
    int shift = __builtin_clzll(fraction);
    return (FpNumber){FP_CLASS_FINITE, sign, -1022 + 11 - shift, fraction << shift};
}

FpNumber fp_unpack(uint64_t value, const FpMode *mode)
{
    bool sign = value & FP_SIGN;
    uint64_t fraction = value & FP_FRACTION;
    unsigned exponent = exponent_field(value);

    if (exponent == 0x7ff) {
        return (FpNumber){fraction ? FP_CLASS_NAN : FP_CLASS_INFINITE, sign, 0, 0};
    }
    bool is_flushed = mode->fpscr & FPSCR_NI && is_denormal(value, format_of(mode));
    if (is_flushed || (value & ~FP_SIGN) == 0) {
        return (FpNumber){FP_CLASS_ZERO, sign, 0, 0};
    }
    if (exponent == 0) {
        return unpack_denormal(sign, fraction);
    }
    return (FpNumber){FP_CLASS_FINITE, sign, (int)exponent - 1023, FP_SIGN | fraction << 11};
}

/* A significand of 53 bits in double format; below 2^52 it is denormal in its precision. */
static uint64_t pack(bool sign, int exponent, uint64_t significand)
{
    uint64_t sign_bit = sign ? FP_SIGN : 0;
    if (significand == 0) {
        return sign_bit;
    }
    int shift = __builtin_clzll(significand) - 11;
    if (exponent == -1022 && shift > 0) {
        return sign_bit | significand;
    }
    /* Only a trapped result of operands that were no singles wraps here. */
    uint64_t biased = (exponent - shift + 1023) & 0x7ff;
    return sign_bit | biased << 52 | (significand << shift & FP_FRACTION);
}

PpcFpResult fp_result_value(const FpMode *mode, uint64_t value)
{
    return (PpcFpResult){
        .value = value,
        .fprf = fprf_of(value, format_of(mode)),
        .sets_fprf = true,
        .writes_target = true,
    };
}

PpcFpResult fp_result_zero(const FpMode *mode, bool sign)
{
    return fp_result_value(mode, sign != mode->negates ? FP_SIGN : 0);
}

PpcFpResult fp_result_infinity(const FpMode *mode, bool sign)
{
    return fp_result_value(mode, FP_INFINITY | (sign != mode->negates ? FP_SIGN : 0));
}

static void stop_operation(PpcFpResult *result)
{
    result->sets_fprf = false;
    result->writes_target = false;
}

PpcFpResult fp_result_nan(const FpMode *mode, uint64_t nan, uint32_t causes)
{
    /* Singles keep only the fraction bits that a single has. */
    uint64_t kept = mode->is_single ? ~UINT64_C(0x1fffffff) : UINT64_MAX;
    PpcFpResult result = fp_result_value(mode, (nan | FP_QUIET) & kept);
    result.raised = causes;
    if (causes && mode->fpscr & FPSCR_VE) {
        stop_operation(&result);
    }
    return result;
}

PpcFpResult fp_result_invalid(const FpMode *mode, uint32_t causes)
{
    return fp_result_nan(mode, FP_NAN, causes);
}

PpcFpResult fp_result_zero_divide(const FpMode *mode, bool sign)
{
    PpcFpResult result = fp_result_infinity(mode, sign);
    result.raised = FPSCR_ZX;
    if (mode->fpscr & FPSCR_ZE) {
        stop_operation(&result);
    }
    return result;
}

bool fp_rounds_up(unsigned rounding, bool sign, uint64_t kept, Uint128 rest)
{
    const Uint128 half = (Uint128)1 << 127;

    switch (rounding) {
    case FP_ROUND_NEAREST:
        return rest > half || (rest == half && kept & 1);
    case FP_ROUND_UP:
        return rest && !sign;
    case FP_ROUND_DOWN:
        return rest && sign;
    default:
        return false;
    }
}

/* Cut @exact to @precision bits; says in FI and FR what happened. */
static uint64_t round_significand(FpExact *exact, int precision, unsigned rounding,
                                  PpcFpResult *result)
{
    uint64_t kept = (uint64_t)(exact->significand >> (128 - precision));
    Uint128 rest = exact->significand << precision;

    result->fi = rest != 0;
    result->fr = fp_rounds_up(rounding, exact->sign, kept, rest);
    kept += result->fr;
    if (kept >> precision) {
        kept >>= 1;
        exact->exponent++;
    }
    return kept;
}

/* What an untrapped overflow delivers: infinity, or the largest number if rounded towards zero. */
static PpcFpResult overflow(const FpMode *mode, bool sign, PpcFpResult rounded)
{
    unsigned rounding = fp_rounding(mode->fpscr);
    bool to_infinity = rounding == FP_ROUND_NEAREST ||
                       rounding == (sign ? FP_ROUND_DOWN : FP_ROUND_UP);
    uint64_t magnitude = to_infinity ? FP_INFINITY : format_of(mode)->largest;
    PpcFpResult result = fp_result_value(mode, magnitude | (sign != mode->negates ? FP_SIGN : 0));

    result.raised = rounded.raised | FPSCR_OX | FPSCR_XX;
    result.fi = true;
    result.fr = rounded.fr;
    return result;
}

/* Bring a tiny value to the smallest exponent, or to the adjusted one if underflow is enabled. */
static void prepare_tiny(const FpMode *mode, FpExact *exact)
{
    const FpFormat *format = format_of(mode);

    if (mode->fpscr & FPSCR_UE) {
        exact->exponent += format->trap_adjustment;
        return;
    }
    int shift = format->exponent_min - exact->exponent;
    exact->significand = fp_shift_right_sticky(exact->significand, shift);
    exact->exponent = format->exponent_min;
}

PpcFpResult fp_round(const FpMode *mode, FpExact exact)
{
    const FpFormat *format = format_of(mode);
    PpcFpResult result = {.sets_fprf = true, .writes_target = true};
    bool is_tiny = exact.exponent < format->exponent_min;
    bool is_adjusted = is_tiny && mode->fpscr & FPSCR_UE;

    if (is_tiny) {
        prepare_tiny(mode, &exact);
    }
    uint64_t kept = round_significand(&exact, format->precision, fp_rounding(mode->fpscr), &result);
    result.raised = result.fi ? FPSCR_XX : 0;
    if (is_adjusted || (is_tiny && result.fi)) {
        result.raised |= FPSCR_UX;
    }
    if (exact.exponent > format->exponent_max) {
        if (!(mode->fpscr & FPSCR_OE)) {
            return overflow(mode, exact.sign, result);
        }
        result.raised |= FPSCR_OX;
        exact.exponent -= format->trap_adjustment;
        is_adjusted = true;
    }
    if (is_tiny && !is_adjusted && mode->fpscr & FPSCR_NI) {
        kept = 0;
    }
    result.value = pack(exact.sign != mode->negates, exact.exponent,
                        kept << (53 - format->precision));
    result.fprf = fprf_of(result.value, is_adjusted ? &double_format : format);
    return result;
}
