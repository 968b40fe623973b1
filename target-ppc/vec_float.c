/* SPDX-License-Identifier: MIT */
/*
 * AltiVec floating point: arithmetic, maxima, comparisons, rounding, conversions.
 *
 * Source: AltiVec PEM 3.2 and chapter 6; MPC7400UM 7.1.3. Results round to nearest; fused forms
 * round once. Non-Java mode (VSCR[NJ]) makes denormal operands and results zeros of their sign;
 * a result counts as denormal before rounding (MPC7400UM 7.1.3).
 */
#include "target-ppc/fpu_internal.h"
#include "target-ppc/vec_internal.h"

static uint32_t fpscr_of(uint32_t vscr) { return vscr & VSCR_NJ ? FPSCR_NI : 0; }

uint32_t single_op(PpcFpOp op, uint32_t a, uint32_t b, uint32_t c, uint32_t vscr)
{
    PpcFpResult result = ppc_fp_op(op, ppc_fp_single_to_double(a), ppc_fp_single_to_double(b),
                                   ppc_fp_single_to_double(c), fpscr_of(vscr));
    return ppc_fp_double_to_single(result.value);
}

uint32_t single_round(bool sign, int exponent, uint64_t significand, uint32_t vscr)
{
    FpMode mode = {.fpscr = fpscr_of(vscr), .is_single = true};
    FpExact exact = {sign, exponent, (Uint128)significand << 64};
    return ppc_fp_double_to_single(fp_round(&mode, exact).value);
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

void ppc_vaddfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = single_op(PPC_FP_FADDS, a->u32[i], b->u32[i], 0, *vscr);
    }
}

void ppc_vsubfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = single_op(PPC_FP_FSUBS, a->u32[i], b->u32[i], 0, *vscr);
    }
}

void ppc_vmaddfp(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = single_op(PPC_FP_FMADDS, a->u32[i], b->u32[i], c->u32[i], *vscr);
    }
}

void ppc_vnmsubfp(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = single_op(PPC_FP_FNMSUBS, a->u32[i], b->u32[i], c->u32[i], *vscr);
    }
}

/* ---- the assist exception -------------------------------------------------------------------- */

static bool is_denormal(uint32_t value)
{
    uint32_t magnitude = value & ~SINGLE_SIGN;
    return magnitude != 0 && magnitude <= SINGLE_FRACTION;
}

/* A product that is not zero, nothing added, and yet zero: it was too small for a denormal. */
static bool vanishes(const PpcVecSource sources[3], PpcVecSource result, unsigned i)
{
    uint32_t a = sources[0]->u32[i], b = sources[1]->u32[i], c = sources[2]->u32[i];
    return ((result->u32[i] | b) & ~SINGLE_SIGN) == 0 && (a & ~SINGLE_SIGN) && (c & ~SINGLE_SIGN);
}

bool ppc_vec_wants_assist(const PpcVecSource sources[3], PpcVecSource result)
{
    bool wants = false;
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 3 && sources[k]; k++) {
            wants |= is_denormal(sources[k]->u32[i]);
        }
        wants |= result &&
                 (is_denormal(result->u32[i]) || (sources[2] && vanishes(sources, result, i)));
    }
    return wants;
}

/* ---- order ----------------------------------------------------------------------------------- */

/* A number's place among all others; minus zero comes right before plus zero. */
static int32_t order_of(uint32_t value)
{
    return (int32_t)(value & SINGLE_SIGN ? value ^ ~SINGLE_SIGN : value);
}

/* The NaN that an instruction of two operands delivers, or 0. */
static uint32_t nan_of(uint32_t x, uint32_t y)
{
    if (single_is_nan(x)) {
        return x | SINGLE_QUIET;
    }
    return single_is_nan(y) ? y | SINGLE_QUIET : 0;
}

static uint32_t larger(uint32_t x, uint32_t y) { return order_of(x) > order_of(y) ? x : y; }

static uint32_t smaller(uint32_t x, uint32_t y) { return order_of(x) < order_of(y) ? x : y; }

void ppc_vmaxfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t x = single_operand(a->u32[i], *vscr), y = single_operand(b->u32[i], *vscr);
        uint32_t nan = nan_of(x, y);
        d->u32[i] = nan ? nan : larger(x, y);
    }
}

void ppc_vminfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t x = single_operand(a->u32[i], *vscr), y = single_operand(b->u32[i], *vscr);
        uint32_t nan = nan_of(x, y);
        d->u32[i] = nan ? nan : smaller(x, y);
    }
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static bool is_ordered(uint32_t x, uint32_t y) { return !single_is_nan(x) && !single_is_nan(y); }

static bool is_equal(uint32_t x, uint32_t y)
{
    bool are_zeros = ((x | y) & ~SINGLE_SIGN) == 0;
    return is_ordered(x, y) && (x == y || are_zeros);
}

static bool is_greater(uint32_t x, uint32_t y)
{
    return is_ordered(x, y) && order_of(x) > order_of(y) && !is_equal(x, y);
}

static bool is_greater_or_equal(uint32_t x, uint32_t y)
{
    return is_greater(x, y) || is_equal(x, y);
}

typedef bool Relation(uint32_t x, uint32_t y);

static uint32_t compare(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t vscr,
                        Relation *holds)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t x = single_operand(a->u32[i], vscr), y = single_operand(b->u32[i], vscr);
        d->u32[i] = holds(x, y) ? UINT32_MAX : 0;
    }
    return vec_cr6(d);
}

uint32_t ppc_vcmpeqfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    return compare(d, a, b, *vscr, is_equal);
}

uint32_t ppc_vcmpgefp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    return compare(d, a, b, *vscr, is_greater_or_equal);
}

uint32_t ppc_vcmpgtfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    return compare(d, a, b, *vscr, is_greater);
}

/* Bit 0 of an element: above the bound; bit 1: below minus the bound. NaNs are both. */
uint32_t ppc_vcmpbfp(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr)
{
    uint32_t seen = 0;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t x = single_operand(a->u32[i], *vscr), y = single_operand(b->u32[i], *vscr);
        uint32_t above = is_greater_or_equal(y, x) ? 0 : 0x80000000;
        uint32_t below = is_greater_or_equal(x, y ^ SINGLE_SIGN) ? 0 : 0x40000000;
        d->u32[i] = above | below;
        seen |= d->u32[i];
    }
    return seen ? 0 : 2;
}

/* ---- rounding and conversion ----------------------------------------------------------------- */

static int exponent_of(uint32_t value) { return (int)(value >> 23 & 0xff) - 127; }

/* |@value| under one: it becomes zero or one. */
static uint32_t round_fraction(uint32_t value, unsigned rounding)
{
    uint32_t sign = value & SINGLE_SIGN;
    uint32_t significand = (value & SINGLE_FRACTION) | (SINGLE_FRACTION + 1);
    /* Below a half nothing but "not zero" matters. */
    Uint128 rest = exponent_of(value) == -1 ? (Uint128)significand << 104 : 1;

    if ((value & ~SINGLE_SIGN) == 0) {
        return value;
    }
    return fp_rounds_up(rounding, sign != 0, 0, rest) ? sign | SINGLE_ONE : sign;
}

static uint32_t round_single(uint32_t value, unsigned rounding)
{
    int exponent = exponent_of(value);

    if (single_is_nan(value)) {
        return value | SINGLE_QUIET;
    }
    if (exponent >= 23) {
        return value;
    }
    if (exponent < 0) {
        return round_fraction(value, rounding);
    }
    uint32_t below_point = SINGLE_FRACTION >> exponent;
    Uint128 rest = (Uint128)(value & below_point) << (128 - 23 + exponent);
    if (fp_rounds_up(rounding, value >> 31, value >> (23 - exponent), rest)) {
        value += below_point + 1; /* may carry into the exponent, rightly */
    }
    return value & ~below_point;
}

static void round_vector(PpcVector *d, PpcVecSource b, uint32_t vscr, unsigned rounding)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = round_single(single_operand(b->u32[i], vscr), rounding);
    }
}

void ppc_vrfin(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    round_vector(d, b, *vscr, FP_ROUND_NEAREST);
}

void ppc_vrfiz(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    round_vector(d, b, *vscr, FP_ROUND_TO_ZERO);
}

void ppc_vrfip(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    round_vector(d, b, *vscr, FP_ROUND_UP);
}

void ppc_vrfim(PpcVector *d, PpcVecSource b, uint32_t *vscr)
{
    round_vector(d, b, *vscr, FP_ROUND_DOWN);
}

/* @magnitude / 2^@scale; never near the denormals. */
static uint32_t single_of_integer(bool sign, uint32_t magnitude, unsigned scale)
{
    if (magnitude == 0) {
        return 0;
    }
    int shift = __builtin_clz(magnitude);
    return single_round(sign, 31 - shift - (int)scale, (uint64_t)magnitude << (32 + shift), 0);
}

void ppc_vcfux(PpcVector *d, PpcVecSource b, unsigned imm)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = single_of_integer(false, b->u32[i], imm);
    }
}

void ppc_vcfsx(PpcVector *d, PpcVecSource b, unsigned imm)
{
    for (unsigned i = 0; i < 4; i++) {
        bool sign = b->s32[i] < 0;
        d->u32[i] = single_of_integer(sign, sign ? -b->u32[i] : b->u32[i], imm);
    }
}

/* @value * 2^@scale cut to an integer; what does not fit any word is beyond all words. NaNs: 0. */
static int64_t integer_of_single(uint32_t value, unsigned scale)
{
    int exponent = exponent_of(value) + (int)scale;
    int64_t significand = (value & SINGLE_FRACTION) | (SINGLE_FRACTION + 1);

    if (single_is_nan(value) || exponent < 0) {
        return 0;
    }
    if (exponent > 40) {
        exponent = 40;
    }
    int64_t magnitude = exponent > 23 ? significand << (exponent - 23)
                                      : significand >> (23 - exponent);
    return value & SINGLE_SIGN ? -magnitude : magnitude;
}

void ppc_vctuxs(PpcVector *d, PpcVecSource b, unsigned imm, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        d->u32[i] = (uint32_t)vec_saturate_u32(integer_of_single(b->u32[i], imm), vscr);
    }
}

void ppc_vctsxs(PpcVector *d, PpcVecSource b, unsigned imm, uint32_t *vscr)
{
    for (unsigned i = 0; i < 4; i++) {
        d->s32[i] = (int32_t)vec_saturate_s32(integer_of_single(b->u32[i], imm), vscr);
    }
}
