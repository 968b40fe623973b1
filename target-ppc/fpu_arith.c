/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic: add, subtract, multiply, divide, the fused forms and frsp.
 *
 * Source: PEM 4.2.2 and chapter 8; reference/fp.md for the 25-bit multiplier and NaN forms.
 */
#include "target-ppc/fpu_internal.h"

enum { USES_A = 1, USES_B = 2, USES_C = 4 };

static const uint8_t operands_used[PPC_FP_OP_COUNT] = {
    [PPC_FP_FADD] = USES_A | USES_B,
    [PPC_FP_FSUB] = USES_A | USES_B,
    [PPC_FP_FMUL] = USES_A | USES_C,
    [PPC_FP_FDIV] = USES_A | USES_B,
    [PPC_FP_FMADD] = USES_A | USES_B | USES_C,
    [PPC_FP_FMSUB] = USES_A | USES_B | USES_C,
    [PPC_FP_FNMADD] = USES_A | USES_B | USES_C,
    [PPC_FP_FNMSUB] = USES_A | USES_B | USES_C,
    [PPC_FP_FRSP] = USES_B,
    [PPC_FP_FCTIW] = USES_B,
    [PPC_FP_FCTIWZ] = USES_B,
    [PPC_FP_FRES] = USES_B,
    [PPC_FP_FRSQRTE] = USES_B,
};

static FpExact exact_of(FpNumber number)
{
    return (FpExact){number.sign, number.exponent, (Uint128)number.significand << 64};
}

/*
 * The multiplier takes 25 bits of frC in single-precision operations; the next bit rounds up, with
 * no trace in the status. Compilers never produce such operands, test suites do.
 */
static void round_to_25_bits(FpNumber *c)
{
    const uint64_t unit = UINT64_C(1) << (64 - 25);
    bool rounds_up = c->significand & unit >> 1;

    c->significand &= ~(unit - 1);
    if (rounds_up && __builtin_add_overflow(c->significand, unit, &c->significand)) {
        c->significand = FP_SIGN;
        c->exponent++;
    }
}

static int leading_zeros(Uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64);
    return high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value);
}

static bool magnitude_less(FpExact x, FpExact y)
{
    return x.exponent != y.exponent ? x.exponent < y.exponent : x.significand < y.significand;
}

/* x + y. Both have zeros in the lowest bits, so that halving them for the carry loses nothing. */
static PpcFpResult add_exact(const FpMode *mode, FpExact x, FpExact y)
{
    if (magnitude_less(x, y)) {
        FpExact swap = x;
        x = y;
        y = swap;
    }
    Uint128 larger = x.significand >> 1;
    Uint128 smaller = fp_shift_right_sticky(y.significand >> 1, x.exponent - y.exponent);
    Uint128 sum = x.sign == y.sign ? larger + smaller : larger - smaller;

    if (sum == 0) {
        return fp_result_zero(mode, fp_rounding(mode->fpscr) == FP_ROUND_DOWN);
    }
    int shift = leading_zeros(sum);
    return fp_round(mode, (FpExact){x.sign, x.exponent + 1 - shift, sum << shift});
}

static PpcFpResult add_zeros(const FpMode *mode, bool sign_x, bool sign_y)
{
    bool is_down = fp_rounding(mode->fpscr) == FP_ROUND_DOWN;
    return fp_result_zero(mode, sign_x == sign_y ? sign_x : is_down);
}

static PpcFpResult add(const FpMode *mode, FpNumber a, FpNumber b)
{
    if (a.class == FP_CLASS_INFINITE && b.class == FP_CLASS_INFINITE && a.sign != b.sign) {
        return fp_result_invalid(mode, FPSCR_VXISI);
    }
    if (a.class == FP_CLASS_INFINITE) {
        return fp_result_infinity(mode, a.sign);
    }
    if (b.class == FP_CLASS_INFINITE) {
        return fp_result_infinity(mode, b.sign);
    }
    if (a.class == FP_CLASS_ZERO && b.class == FP_CLASS_ZERO) {
        return add_zeros(mode, a.sign, b.sign);
    }
    if (a.class == FP_CLASS_ZERO) {
        return fp_round(mode, exact_of(b));
    }
    if (b.class == FP_CLASS_ZERO) {
        return fp_round(mode, exact_of(a));
    }
    return add_exact(mode, exact_of(a), exact_of(b));
}

static FpExact product_of(FpNumber a, FpNumber c)
{
    FpExact product = {a.sign != c.sign, a.exponent + c.exponent + 1,
                       (Uint128)a.significand * c.significand};
    if (!(product.significand >> 127)) {
        product.significand <<= 1;
        product.exponent--;
    }
    return product;
}

static bool is_infinity_times_zero(FpNumber a, FpNumber c)
{
    return (a.class == FP_CLASS_INFINITE && c.class == FP_CLASS_ZERO) ||
           (a.class == FP_CLASS_ZERO && c.class == FP_CLASS_INFINITE);
}

static PpcFpResult multiply(const FpMode *mode, FpNumber a, FpNumber c)
{
    bool sign = a.sign != c.sign;

    if (is_infinity_times_zero(a, c)) {
        return fp_result_invalid(mode, FPSCR_VXIMZ);
    }
    if (a.class == FP_CLASS_INFINITE || c.class == FP_CLASS_INFINITE) {
        return fp_result_infinity(mode, sign);
    }
    if (a.class == FP_CLASS_ZERO || c.class == FP_CLASS_ZERO) {
        return fp_result_zero(mode, sign);
    }
    return fp_round(mode, product_of(a, c));
}

static FpExact quotient_of(FpNumber a, FpNumber b)
{
    bool is_less = a.significand < b.significand;
    Uint128 dividend = (Uint128)a.significand << (is_less ? 64 : 63);
    uint64_t quotient = (uint64_t)(dividend / b.significand);
    bool has_rest = dividend % b.significand != 0;

    return (FpExact){a.sign != b.sign, a.exponent - b.exponent - is_less,
                     (Uint128)quotient << 64 | has_rest};
}

static PpcFpResult divide(const FpMode *mode, FpNumber a, FpNumber b)
{
    bool sign = a.sign != b.sign;

    if (a.class == FP_CLASS_INFINITE) {
        return b.class == FP_CLASS_INFINITE ? fp_result_invalid(mode, FPSCR_VXIDI)
                                            : fp_result_infinity(mode, sign);
    }
    if (b.class == FP_CLASS_ZERO) {
        return a.class == FP_CLASS_ZERO ? fp_result_invalid(mode, FPSCR_VXZDZ)
                                        : fp_result_zero_divide(mode, sign);
    }
    if (a.class == FP_CLASS_ZERO || b.class == FP_CLASS_INFINITE) {
        return fp_result_zero(mode, sign);
    }
    return fp_round(mode, quotient_of(a, b));
}

static PpcFpResult multiply_add(const FpMode *mode, FpNumber a, FpNumber c, FpNumber b)
{
    if (is_infinity_times_zero(a, c)) {
        return fp_result_invalid(mode, FPSCR_VXIMZ);
    }
    FpNumber product = {FP_CLASS_FINITE, a.sign != c.sign, 0, 0};
    if (a.class == FP_CLASS_INFINITE || c.class == FP_CLASS_INFINITE) {
        product.class = FP_CLASS_INFINITE;
        return add(mode, product, b);
    }
    if (a.class == FP_CLASS_ZERO || c.class == FP_CLASS_ZERO) {
        product.class = FP_CLASS_ZERO;
        return add(mode, product, b);
    }
    if (b.class == FP_CLASS_INFINITE) {
        return fp_result_infinity(mode, b.sign);
    }
    if (b.class == FP_CLASS_ZERO) {
        return fp_round(mode, product_of(a, c));
    }
    return add_exact(mode, product_of(a, c), exact_of(b));
}

static PpcFpResult round_to_single(const FpMode *mode, FpNumber b)
{
    switch (b.class) {
    case FP_CLASS_ZERO:
        return fp_result_zero(mode, b.sign);
    case FP_CLASS_INFINITE:
        return fp_result_infinity(mode, b.sign);
    default:
        return fp_round(mode, exact_of(b));
    }
}

static uint32_t nan_causes(const FpMode *mode, PpcFpOp base, uint64_t a, uint64_t b, uint64_t c)
{
    bool is_fused = operands_used[base] == (USES_A | USES_B | USES_C);
    uint32_t causes = 0;

    if (fp_is_signalling(a) || fp_is_signalling(b) || fp_is_signalling(c)) {
        causes |= FPSCR_VXSNAN;
    }
    if (is_fused && is_infinity_times_zero(fp_unpack(a, mode), fp_unpack(c, mode))) {
        causes |= FPSCR_VXIMZ;
    }
    return causes;
}

/* An operand is a NaN: the first one is the result. A fused operation still judges its product. */
static PpcFpResult propagate_nan(const FpMode *mode, PpcFpOp base, uint64_t a, uint64_t b,
                                 uint64_t c)
{
    uint64_t first = fp_is_nan(a) ? a : fp_is_nan(b) ? b : c;
    return fp_result_nan(mode, first, nan_causes(mode, base, a, b, c));
}

static PpcFpResult fused(const FpMode *mode, PpcFpOp op, FpNumber a, FpNumber c, FpNumber b)
{
    FpMode fused_mode = *mode;

    fused_mode.negates = op == PPC_FP_FNMADD || op == PPC_FP_FNMSUB;
    if (op == PPC_FP_FMSUB || op == PPC_FP_FNMSUB) {
        b.sign = !b.sign;
    }
    return multiply_add(&fused_mode, a, c, b);
}

/* The operations on numbers; no operand is a NaN. */
static PpcFpResult arithmetic(const FpMode *mode, PpcFpOp op, FpNumber a, FpNumber b, FpNumber c)
{
    if (mode->is_single && c.class == FP_CLASS_FINITE) {
        round_to_25_bits(&c);
    }
    switch (op) {
    case PPC_FP_FADD:
        return add(mode, a, b);
    case PPC_FP_FSUB:
        b.sign = !b.sign;
        return add(mode, a, b);
    case PPC_FP_FMUL:
        return multiply(mode, a, c);
    case PPC_FP_FDIV:
        return divide(mode, a, b);
    case PPC_FP_FRSP:
        return round_to_single(mode, b);
    default:
        return fused(mode, op, a, c, b);
    }
}

static bool has_single_result(PpcFpOp op)
{
    return op & PPC_FP_SINGLE || op == PPC_FP_FRSP || op == PPC_FP_FRES;
}

PpcFpResult ppc_fp_op(PpcFpOp op, uint64_t a, uint64_t b, uint64_t c, uint32_t fpscr)
{
    FpMode mode = {.fpscr = fpscr, .is_single = has_single_result(op)};
    PpcFpOp base = op & ~PPC_FP_SINGLE;

    if (base == PPC_FP_FCTIW || base == PPC_FP_FCTIWZ) {
        bool truncates = base == PPC_FP_FCTIWZ;
        return fp_convert_to_word(b, fpscr, truncates ? FP_ROUND_TO_ZERO : fp_rounding(fpscr));
    }
    a = operands_used[base] & USES_A ? a : 0;
    b = operands_used[base] & USES_B ? b : 0;
    c = operands_used[base] & USES_C ? c : 0;
    if (fp_is_nan(a) || fp_is_nan(b) || fp_is_nan(c)) {
        return propagate_nan(&mode, base, a, b, c);
    }
    if (base == PPC_FP_FRES) {
        return fp_estimate_reciprocal(&mode, b);
    }
    if (base == PPC_FP_FRSQRTE) {
        return fp_estimate_reciprocal_root(&mode, b);
    }
    return arithmetic(&mode, base, fp_unpack(a, &mode), fp_unpack(b, &mode), fp_unpack(c, &mode));
}
