/* SPDX-License-Identifier: MIT */
/* The scalar FPU: special operands, FPSCR rules, enabled exceptions, conversions, estimates. */
#include "target-ppc/fpu.h"
#include "tests/unit/fp_operands.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define ZERO UINT64_C(0x0000000000000000)
#define MINUS_ZERO UINT64_C(0x8000000000000000)
#define ONE UINT64_C(0x3ff0000000000000)
#define MINUS_ONE UINT64_C(0xbff0000000000000)
#define TWO UINT64_C(0x4000000000000000)
#define THREE UINT64_C(0x4008000000000000)
#define LARGEST UINT64_C(0x7fefffffffffffff)
#define SMALLEST UINT64_C(0x0010000000000000)
#define DENORMAL UINT64_C(0x0000000000000001)
#define INF UINT64_C(0x7ff0000000000000)
#define MINUS_INF UINT64_C(0xfff0000000000000)
#define DEFAULT_NAN UINT64_C(0x7ff8000000000000)
#define QNAN_1 UINT64_C(0x7ff8000010000001)
#define QNAN_2 UINT64_C(0xfff8000020000002)
#define SIGNALLING UINT64_C(0x7ff0000040000004)
#define SIGNALLING_QUIET UINT64_C(0x7ff8000040000004)
#define LARGEST_SINGLE UINT64_C(0x47efffffe0000000)
#define SMALLEST_SINGLE UINT64_C(0x3810000000000000)
#define DENORMAL_SINGLE UINT64_C(0x36a0000000000000)

static PpcFpResult op(PpcFpOp kind, uint64_t a, uint64_t b, uint64_t c, uint32_t fpscr)
{
    return ppc_fp_op(kind, a, b, c, fpscr);
}

static void expect_value(PpcFpResult result, uint64_t value, uint32_t raised)
{
    cr_expect(result.writes_target, "target not written");
    cr_expect(result.value == value, "got %016" PRIx64 ", want %016" PRIx64, result.value, value);
    cr_expect(result.raised == raised, "raised %08x, want %08x", result.raised, raised);
}

static uint32_t fpscr_after(PpcFpOp kind, uint64_t a, uint64_t b, uint64_t c, uint32_t fpscr)
{
    PpcFpResult result = ppc_fp_op(kind, a, b, c, fpscr);
    return ppc_fpscr_apply(fpscr, &result);
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* ---- NaN operands and invalid operations -------------------------------------------------- */

Test(fpu, first_nan_of_a_b_c_is_the_result)
{
    expect_value(op(PPC_FP_FMADD, QNAN_1, QNAN_2, SIGNALLING, 0), QNAN_1, FPSCR_VXSNAN);
    expect_value(op(PPC_FP_FMADD, ONE, QNAN_2, SIGNALLING, 0), QNAN_2, FPSCR_VXSNAN);
    expect_value(op(PPC_FP_FMADD, ONE, TWO, SIGNALLING, 0), SIGNALLING_QUIET, FPSCR_VXSNAN);
    expect_value(op(PPC_FP_FADD, QNAN_2, QNAN_1, 0, 0), QNAN_2, 0);
    expect_value(op(PPC_FP_FMUL, ONE, 0, QNAN_1, 0), QNAN_1, 0);
}

Test(fpu, operands_an_instruction_does_not_have_are_ignored)
{
    expect_value(op(PPC_FP_FADD, ONE, ONE, SIGNALLING, 0), TWO, 0);
    expect_value(op(PPC_FP_FMUL, ONE, SIGNALLING, TWO, 0), TWO, 0);
    expect_value(op(PPC_FP_FRSP, SIGNALLING, ONE, SIGNALLING, 0), ONE, 0);
    expect_value(op(PPC_FP_FADD, INF, QNAN_1, ZERO, 0), QNAN_1, 0);
}

Test(fpu, single_nan_results_lose_the_low_29_bits)
{
    expect_value(op(PPC_FP_FADDS, UINT64_C(0x7ff800003fffffff), ONE, 0, 0),
                 UINT64_C(0x7ff8000020000000), 0);
    expect_value(op(PPC_FP_FRSP, 0, UINT64_C(0xfff400001fffffff), 0, 0),
                 UINT64_C(0xfffc000000000000), FPSCR_VXSNAN);
}

Test(fpu, generated_nans_are_positive_and_name_their_cause)
{
    expect_value(op(PPC_FP_FADD, INF, MINUS_INF, 0, 0), DEFAULT_NAN, FPSCR_VXISI);
    expect_value(op(PPC_FP_FSUB, INF, INF, 0, 0), DEFAULT_NAN, FPSCR_VXISI);
    expect_value(op(PPC_FP_FMUL, INF, 0, MINUS_ZERO, 0), DEFAULT_NAN, FPSCR_VXIMZ);
    expect_value(op(PPC_FP_FDIV, INF, MINUS_INF, 0, 0), DEFAULT_NAN, FPSCR_VXIDI);
    expect_value(op(PPC_FP_FDIV, ZERO, MINUS_ZERO, 0, 0), DEFAULT_NAN, FPSCR_VXZDZ);
    expect_value(op(PPC_FP_FMADD, INF, MINUS_INF, ONE, 0), DEFAULT_NAN, FPSCR_VXISI);
    expect_value(op(PPC_FP_FNMSUB, INF, INF, ONE, 0), DEFAULT_NAN, FPSCR_VXISI);
    expect_value(op(PPC_FP_FRSQRTE, 0, MINUS_ONE, 0, 0), DEFAULT_NAN, FPSCR_VXSQRT);
    expect_value(op(PPC_FP_FRSQRTE, 0, MINUS_INF, 0, 0), DEFAULT_NAN, FPSCR_VXSQRT);
}

Test(fpu, infinity_times_zero_is_noticed_beside_a_nan_addend)
{
    expect_value(op(PPC_FP_FMADD, INF, SIGNALLING, ZERO, 0), SIGNALLING_QUIET,
                 FPSCR_VXSNAN | FPSCR_VXIMZ);
    expect_value(op(PPC_FP_FMADD, ZERO, QNAN_1, INF, 0), QNAN_1, FPSCR_VXIMZ);
}

Test(fpu, negating_forms_do_not_negate_a_nan)
{
    expect_value(op(PPC_FP_FNMADD, QNAN_1, ONE, ONE, 0), QNAN_1, 0);
    expect_value(op(PPC_FP_FNMADD, INF, ONE, ZERO, 0), DEFAULT_NAN, FPSCR_VXIMZ);
}

Test(fpu, enabled_invalid_operation_leaves_target_and_fprf_alone)
{
    PpcFpResult result = op(PPC_FP_FADD, SIGNALLING, ONE, 0, FPSCR_VE);
    uint32_t before = FPSCR_VE | FPSCR_FI | FPSCR_FR | 0x5000;
    uint32_t after = ppc_fpscr_apply(before, &result);

    cr_expect(!result.writes_target);
    cr_expect_eq(after, FPSCR_VE | 0x5000 | FPSCR_VXSNAN | FPSCR_VX | FPSCR_FEX | FPSCR_FX);
}

Test(fpu, a_quiet_nan_is_delivered_though_invalid_is_enabled)
{
    expect_value(op(PPC_FP_FADD, QNAN_1, ONE, 0, FPSCR_VE), QNAN_1, 0);
}

/* ---- zeros, infinities, division by zero --------------------------------------------------- */

Test(fpu, exact_zero_sums_are_minus_zero_only_when_rounding_down)
{
    for (uint32_t rn = 0; rn < 4; rn++) {
        uint64_t zero = rn == FP_ROUND_DOWN ? MINUS_ZERO : ZERO;
        expect_value(op(PPC_FP_FSUB, ONE, ONE, 0, rn), zero, 0);
        expect_value(op(PPC_FP_FADD, ZERO, MINUS_ZERO, 0, rn), zero, 0);
        expect_value(op(PPC_FP_FNMSUB, ONE, ONE, ONE, rn), zero ^ MINUS_ZERO, 0);
        expect_value(op(PPC_FP_FADD, MINUS_ZERO, MINUS_ZERO, 0, rn), MINUS_ZERO, 0);
    }
}

Test(fpu, division_by_zero_gives_a_signed_infinity_and_zx)
{
    expect_value(op(PPC_FP_FDIV, MINUS_ONE, ZERO, 0, 0), MINUS_INF, FPSCR_ZX);
    expect_value(op(PPC_FP_FRES, 0, MINUS_ZERO, 0, 0), MINUS_INF, FPSCR_ZX);
    expect_value(op(PPC_FP_FRSQRTE, 0, MINUS_ZERO, 0, 0), MINUS_INF, FPSCR_ZX);
    expect_value(op(PPC_FP_FDIV, INF, ZERO, 0, 0), INF, 0);
}

Test(fpu, enabled_division_by_zero_leaves_the_target_alone)
{
    uint32_t after = fpscr_after(PPC_FP_FDIV, ONE, ZERO, 0, FPSCR_ZE | 0x4000);

    cr_expect(!op(PPC_FP_FDIV, ONE, ZERO, 0, FPSCR_ZE).writes_target);
    cr_expect_eq(after, FPSCR_ZE | 0x4000 | FPSCR_ZX | FPSCR_FEX | FPSCR_FX);
}

/* ---- rounding, overflow, underflow --------------------------------------------------------- */

Test(fpu, fi_and_fr_tell_how_the_result_was_rounded)
{
    PpcFpResult down = op(PPC_FP_FDIV, ONE, THREE, 0, FP_ROUND_NEAREST);
    PpcFpResult up = op(PPC_FP_FDIV, ONE, THREE, 0, FP_ROUND_UP);

    cr_expect(down.fi && !down.fr && down.raised == FPSCR_XX);
    cr_expect(up.fi && up.fr && up.value == down.value + 1);
}

Test(fpu, fused_operations_round_once)
{
    uint64_t just_over_one = ONE + 1;
    /* (1 + e)(1 + e) - (1 + 2e) = e * e */
    expect_value(op(PPC_FP_FMSUB, just_over_one, ONE + 2, just_over_one, 0),
                 UINT64_C(0x3970000000000000), 0);
}

Test(fpu, negating_forms_negate_after_rounding)
{
    PpcFpResult plain = op(PPC_FP_FMADD, ONE, DENORMAL, ONE, FP_ROUND_UP);
    PpcFpResult negated = op(PPC_FP_FNMADD, ONE, DENORMAL, ONE, FP_ROUND_UP);
    cr_expect_eq(negated.value, plain.value ^ MINUS_ZERO);
}

Test(fpu, single_multiplies_take_25_bits_of_frc_half_up)
{
    uint64_t kept = UINT64_C(0x3ff0000010000000), half = UINT64_C(0x3ff0000008000000);
    PpcFpResult of_half = op(PPC_FP_FMULS, ONE, 0, half, FP_ROUND_UP);

    cr_expect_eq(of_half.value, op(PPC_FP_FMULS, ONE, 0, kept, FP_ROUND_UP).value);
    expect_value(op(PPC_FP_FMULS, ONE, 0, half - 1, FP_ROUND_UP), ONE, 0);
    cr_expect(op(PPC_FP_FMULS, half - 1, 0, ONE, FP_ROUND_UP).fi, "frA keeps all its bits");
}

Test(fpu, overflow_delivers_infinity_or_the_largest_number_by_rounding_mode)
{
    static const uint64_t plus[4] = {INF, LARGEST, INF, LARGEST};
    static const uint64_t minus[4] = {MINUS_INF, LARGEST | MINUS_ZERO, LARGEST | MINUS_ZERO,
                                      MINUS_INF};

    for (uint32_t rn = 0; rn < 4; rn++) {
        expect_value(op(PPC_FP_FADD, LARGEST, LARGEST, 0, rn), plus[rn], FPSCR_OX | FPSCR_XX);
        expect_value(op(PPC_FP_FMUL, LARGEST, 0, LARGEST | MINUS_ZERO, rn), minus[rn],
                     FPSCR_OX | FPSCR_XX);
    }
    expect_value(op(PPC_FP_FADDS, LARGEST_SINGLE, LARGEST_SINGLE, 0, FP_ROUND_TO_ZERO),
                 LARGEST_SINGLE, FPSCR_OX | FPSCR_XX);
}

Test(fpu, enabled_overflow_delivers_the_exponent_less_1536_or_192)
{
    /* 2^1023 * 2 = 2^1024; 2^127 * 2 = 2^128 */
    expect_value(op(PPC_FP_FMUL, UINT64_C(0x7fe0000000000000), 0, TWO, FPSCR_OE),
                 (uint64_t)(1023 + 1024 - 1536) << 52, FPSCR_OX);
    expect_value(op(PPC_FP_FMULS, UINT64_C(0x47e0000000000000), 0, TWO, FPSCR_OE),
                 (uint64_t)(1023 + 128 - 192) << 52, FPSCR_OX);
}

Test(fpu, underflow_is_raised_only_when_tiny_and_inexact)
{
    expect_value(op(PPC_FP_FDIV, SMALLEST, TWO, 0, 0), UINT64_C(0x0008000000000000), 0);
    expect_value(op(PPC_FP_FDIV, DENORMAL, TWO, 0, 0), ZERO, FPSCR_UX | FPSCR_XX);
}

Test(fpu, tininess_is_judged_before_rounding)
{
    uint64_t just_under_one = ONE - 1;
    expect_value(op(PPC_FP_FMUL, SMALLEST, 0, just_under_one, FP_ROUND_UP), SMALLEST,
                 FPSCR_UX | FPSCR_XX);
}

Test(fpu, enabled_underflow_delivers_the_exponent_plus_1536_or_192_even_if_exact)
{
    expect_value(op(PPC_FP_FDIV, SMALLEST, TWO, 0, FPSCR_UE), (uint64_t)(1536 - 1023 + 1023) << 52,
                 FPSCR_UX);
    expect_value(op(PPC_FP_FDIVS, SMALLEST_SINGLE, TWO, 0, FPSCR_UE),
                 (uint64_t)(1023 - 127 + 192) << 52, FPSCR_UX);
}

Test(fpu, trapped_singles_of_wild_operands_keep_their_sign)
{
    PpcFpResult result = op(PPC_FP_FMULS, LARGEST, 0, LARGEST, FPSCR_OE);
    cr_expect_eq(result.value >> 63, 0);
}

/* ---- non-IEEE mode ------------------------------------------------------------------------- */

Test(fpu, non_ieee_mode_takes_and_gives_zeros_for_denormals)
{
    expect_value(op(PPC_FP_FADD, DENORMAL | MINUS_ZERO, MINUS_ZERO, 0, FPSCR_NI), MINUS_ZERO, 0);
    expect_value(op(PPC_FP_FADDS, DENORMAL_SINGLE, ZERO, 0, FPSCR_NI), ZERO, 0);
    expect_value(op(PPC_FP_FDIV, SMALLEST | MINUS_ZERO, TWO, 0, FPSCR_NI), MINUS_ZERO, 0);
    expect_value(op(PPC_FP_FRSP, 0, SMALLEST_SINGLE, 0, FPSCR_NI), SMALLEST_SINGLE, 0);
}

/* ---- FPRF ---------------------------------------------------------------------------------- */

Test(fpu, fprf_classifies_the_result)
{
    static const struct {
        uint64_t value;
        uint8_t fprf;
    } rows[] = {
        {QNAN_1, 0x11},     {MINUS_INF, 0x09}, {MINUS_ONE, 0x08}, {DENORMAL | MINUS_ZERO, 0x18},
        {MINUS_ZERO, 0x12}, {ZERO, 0x02},      {DENORMAL, 0x14},  {ONE, 0x04},
        {INF, 0x05},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        PpcFpResult result = op(PPC_FP_FADD, rows[i].value, rows[i].value & MINUS_ZERO, 0, 0);
        cr_expect_eq(result.fprf, rows[i].fprf, "%016" PRIx64 ": %02x", rows[i].value, result.fprf);
    }
}

Test(fpu, denormal_singles_are_classified_as_denormal)
{
    cr_expect_eq(op(PPC_FP_FRSP, 0, DENORMAL_SINGLE, 0, 0).fprf, 0x14);
    cr_expect_eq(op(PPC_FP_FADD, DENORMAL_SINGLE, ZERO, 0, 0).fprf, 0x04);
    cr_expect_eq(op(PPC_FP_FRSP, 0, SMALLEST_SINGLE, 0, 0).fprf, 0x04);
}

/* ---- FPSCR rules --------------------------------------------------------------------------- */

Test(fpu, fx_is_set_only_when_an_exception_bit_goes_from_0_to_1)
{
    uint32_t first = fpscr_after(PPC_FP_FDIV, ONE, THREE, 0, 0);
    uint32_t again = fpscr_after(PPC_FP_FDIV, ONE, THREE, 0, first & ~FPSCR_FX);

    cr_expect(first & FPSCR_FX);
    cr_expect(!(again & FPSCR_FX));
}

Test(fpu, vx_is_the_or_of_its_causes_and_fex_of_enabled_exceptions)
{
    cr_expect_eq(ppc_fpscr_summary(FPSCR_VXCVI), FPSCR_VXCVI | FPSCR_VX);
    cr_expect_eq(ppc_fpscr_summary(FPSCR_VX | FPSCR_FEX), 0);
    cr_expect_eq(ppc_fpscr_summary(FPSCR_XX | FPSCR_XE), FPSCR_XX | FPSCR_XE | FPSCR_FEX);
    cr_expect_eq(ppc_fpscr_summary(FPSCR_OX | FPSCR_UE), FPSCR_OX | FPSCR_UE);
    cr_expect_eq(ppc_fpscr_summary(FPSCR_VXSOFT | FPSCR_VE),
                 FPSCR_VXSOFT | FPSCR_VX | FPSCR_VE | FPSCR_FEX);
}

Test(fpu, mtfsf_writes_the_selected_fields_but_not_fex_and_vx)
{
    cr_expect_eq(ppc_fpscr_mtfsf(0, 0xff, 0xffffffff), 0xfffff7ff);
    cr_expect_eq(ppc_fpscr_mtfsf(0, 0xff, FPSCR_FEX | FPSCR_VX), 0);
    cr_expect_eq(ppc_fpscr_mtfsf(0x00000f0f & ~0x800u, 0x01, 0xfffffff0), FPSCR_VX | 0x00000700);
    cr_expect_eq(ppc_fpscr_mtfsf(0, 0x80, 0xf0000000), FPSCR_FX | FPSCR_OX);
}

Test(fpu, mtfsf_does_not_imply_fx) { cr_expect(!(ppc_fpscr_mtfsf(0, 0x40, FPSCR_XX) & FPSCR_FX)); }

Test(fpu, mtfsfi_writes_one_field)
{
    cr_expect_eq(ppc_fpscr_mtfsfi(0x7, 7, 0xc), 0xc);
    cr_expect_eq(ppc_fpscr_mtfsfi(0, 0, 0xf), FPSCR_FX | FPSCR_OX);
}

Test(fpu, mtfsb1_of_an_exception_bit_sets_fx)
{
    cr_expect_eq(ppc_fpscr_mtfsb1(0, 6), FPSCR_XX | FPSCR_FX);
    cr_expect_eq(ppc_fpscr_mtfsb1(0, 21), FPSCR_VXSOFT | FPSCR_VX | FPSCR_FX);
    cr_expect_eq(ppc_fpscr_mtfsb1(FPSCR_XX, 6), FPSCR_XX);
    cr_expect_eq(ppc_fpscr_mtfsb1(0, 31), 1);
}

Test(fpu, mtfsb0_and_mtfsb1_leave_fex_vx_and_the_reserved_bit)
{
    static const unsigned bits[] = {1, 2, 20};
    uint32_t fpscr = ppc_fpscr_summary(FPSCR_VXSNAN | FPSCR_VE);

    for (size_t i = 0; i < G_N_ELEMENTS(bits); i++) {
        cr_expect_eq(ppc_fpscr_mtfsb0(fpscr, bits[i]), fpscr);
        cr_expect_eq(ppc_fpscr_mtfsb1(0, bits[i]), 0);
    }
    cr_expect_eq(ppc_fpscr_mtfsb0(fpscr, 7), FPSCR_VE);
}

Test(fpu, mcrfs_copies_a_field_and_clears_its_exception_bits)
{
    uint32_t cc, all = 0xfffff7ff;

    cr_expect_eq(ppc_fpscr_mcrfs(all, 0, &cc), all & ~(FPSCR_FX | FPSCR_OX));
    cr_expect_eq(cc, 0xf);
    cr_expect_eq(ppc_fpscr_mcrfs(all, 3, &cc), all & ~FPSCR_VXVC);
    cr_expect_eq(ppc_fpscr_mcrfs(all, 5, &cc), all & ~(FPSCR_VXSOFT | FPSCR_VXSQRT | FPSCR_VXCVI));
    cr_expect_eq(cc, 0x7);
    cr_expect_eq(ppc_fpscr_mcrfs(all, 7, &cc), all);
}

/* ---- comparison ---------------------------------------------------------------------------- */

static void expect_compare(uint64_t a, uint64_t b, uint32_t want)
{
    uint32_t cc, fpscr = ppc_fp_compare(0x1f000, a, b, false, &cc);
    cr_expect_eq(cc, want, "%016" PRIx64 " %016" PRIx64 ": %x", a, b, cc);
    cr_expect_eq(fpscr, 0x10000 | want << 12, "FPCC follows, the class bit stays");
}

Test(fpu, comparison_orders_numbers_and_joins_the_zeros)
{
    expect_compare(ONE, TWO, 8);
    expect_compare(MINUS_ONE, ONE, 8);
    expect_compare(MINUS_ONE, MINUS_INF, 4);
    expect_compare(DENORMAL, MINUS_ZERO, 4);
    expect_compare(ZERO, MINUS_ZERO, 2);
    expect_compare(INF, INF, 2);
    expect_compare(QNAN_1, QNAN_1, 1);
}

Test(fpu, ordered_comparison_of_quiet_nans_is_invalid)
{
    uint32_t cc;
    uint32_t unordered = ppc_fp_compare(0, QNAN_1, ONE, false, &cc);
    uint32_t ordered = ppc_fp_compare(0, QNAN_1, ONE, true, &cc);

    cr_expect_eq(unordered, 0x1000);
    cr_expect_eq(ordered, 0x1000 | FPSCR_VXVC | FPSCR_VX | FPSCR_FX);
}

Test(fpu, ordered_comparison_of_a_signalling_nan_adds_vxvc_unless_ve)
{
    uint32_t cc;
    uint32_t masked = ppc_fp_compare(0, SIGNALLING, ONE, true, &cc);
    uint32_t enabled = ppc_fp_compare(FPSCR_VE, SIGNALLING, ONE, true, &cc);

    cr_expect_eq(masked, 0x1000 | FPSCR_VXSNAN | FPSCR_VXVC | FPSCR_VX | FPSCR_FX);
    cr_expect_eq(enabled, FPSCR_VE | 0x1000 | FPSCR_VXSNAN | FPSCR_VX | FPSCR_FEX | FPSCR_FX);
}

/* ---- fctiw --------------------------------------------------------------------------------- */

Test(fpu, fctiw_saturates_and_raises_vxcvi)
{
    expect_value(op(PPC_FP_FCTIW, 0, INF, 0, 0), UINT64_C(0xfff800007fffffff), FPSCR_VXCVI);
    expect_value(op(PPC_FP_FCTIW, 0, MINUS_INF, 0, 0), UINT64_C(0xfff8000080000000), FPSCR_VXCVI);
    expect_value(op(PPC_FP_FCTIW, 0, QNAN_1, 0, 0), UINT64_C(0xfff8000080000000), FPSCR_VXCVI);
    expect_value(op(PPC_FP_FCTIW, 0, SIGNALLING, 0, 0), UINT64_C(0xfff8000080000000),
                 FPSCR_VXCVI | FPSCR_VXSNAN);
    cr_expect(!op(PPC_FP_FCTIW, 0, INF, 0, FPSCR_VE).writes_target);
}

Test(fpu, fctiw_of_minus_zero_shows_in_the_high_word)
{
    expect_value(op(PPC_FP_FCTIW, 0, ZERO, 0, 0), UINT64_C(0xfff8000000000000), 0);
    expect_value(op(PPC_FP_FCTIW, 0, MINUS_ZERO, 0, 0), UINT64_C(0xfff8000100000000), 0);
}

Test(fpu, fctiw_leaves_fprf_alone)
{
    cr_expect_eq(fpscr_after(PPC_FP_FCTIW, 0, TWO, 0, 0x1f000 | FPSCR_FI), 0x1f000);
}

/* ---- lfs and stfs -------------------------------------------------------------------------- */

static uint64_t double_bits_of_float(uint32_t bits)
{
    float single;
    memcpy(&single, &bits, sizeof(single));
    double value = single;
    uint64_t result;
    memcpy(&result, &value, sizeof(result));
    return result;
}

Test(fpu, lfs_converts_every_sampled_single_and_stfs_takes_it_back)
{
    for (uint64_t i = 0; i < UINT64_C(0x100000000); i += 1021) {
        uint32_t bits = (uint32_t)i;
        bool is_nan = bits << 1 > 0xff000000u;
        uint64_t wide = ppc_fp_single_to_double(bits);

        cr_assert(is_nan || wide == double_bits_of_float(bits), "%08x", bits);
        cr_assert_eq(ppc_fp_double_to_single(wide), bits, "%08x", bits);
    }
}

Test(fpu, lfs_keeps_a_signalling_nan_signalling)
{
    cr_expect_eq(ppc_fp_single_to_double(0xffa00001), UINT64_C(0xfff4000020000000));
}

Test(fpu, stfs_cuts_bits_without_rounding)
{
    cr_expect_eq(ppc_fp_double_to_single(UINT64_C(0x3ff000001fffffff)), 0x3f800000);
    cr_expect_eq(ppc_fp_double_to_single(LARGEST), 0x7f7fffff);
    cr_expect_eq(ppc_fp_double_to_single(UINT64_C(0xb80fffffffffffff)), 0x807fffff);
    cr_expect_eq(ppc_fp_double_to_single(DENORMAL_SINGLE), 1);
    cr_expect_eq(ppc_fp_double_to_single(DENORMAL_SINGLE - 1), 0);
    cr_expect_eq(ppc_fp_double_to_single(MINUS_ZERO), 0x80000000);
}

/* ---- estimates ----------------------------------------------------------------------------- */

Test(fpu, fres_is_within_one_5262th_and_leaves_xx)
{
    FpRandom random = fp_random_new(5);

    for (int i = 0; i < 100000; i++) {
        uint64_t b = fp_operand_of(&random, UINT64_C(0x000fffffe0000000), 1023 - 125, 250);
        PpcFpResult result = op(PPC_FP_FRES, 0, b, 0, 0);
        double error = fabs(double_of(result.value) * double_of(b) - 1);
        cr_assert(error < 1.0 / 5262 && result.raised == 0, "%016" PRIx64 " %g", b, error);
    }
}

Test(fpu, frsqrte_is_within_one_5461th_and_leaves_xx)
{
    FpRandom random = fp_random_new(6);

    for (int i = 0; i < 100000; i++) {
        uint64_t b = fp_operand_of(&random, UINT64_C(0x000fffffffffffff), 0, 2047) & ~MINUS_ZERO;
        PpcFpResult result = op(PPC_FP_FRSQRTE, 0, b, 0, 0);
        double error = fabs(double_of(result.value) * sqrt(double_of(b)) - 1);
        cr_assert(b == 0 || (error < 1.0 / 5461 && result.raised == 0 && !result.fi),
                  "%016" PRIx64 " %g", b, error);
    }
}

Test(fpu, fres_ends_of_range)
{
    expect_value(op(PPC_FP_FRES, 0, INF, 0, 0), ZERO, 0);
    expect_value(op(PPC_FP_FRES, 0, DENORMAL_SINGLE | MINUS_ZERO, 0, 0),
                 LARGEST_SINGLE | MINUS_ZERO, FPSCR_OX);
    cr_expect(op(PPC_FP_FRES, 0, DENORMAL_SINGLE, 0, 0).fi);
    cr_expect_eq(op(PPC_FP_FRES, 0, LARGEST_SINGLE, 0, 0).fprf, 0x14, "the reciprocal is denormal");
}
