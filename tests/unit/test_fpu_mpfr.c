/* SPDX-License-Identifier: MIT */
/*
 * The scalar FPU against MPFR: value, FI, FR and exception bits of finite operands, in all rounding
 * modes, with overflow and underflow trapped or not.
 * CORE99_FP_CASES raises the number of operand sets.
 */
#include "target-ppc/fpu.h"
#include "tests/unit/fp_operands.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <mpfr.h>
#include <string.h>

typedef struct Case {
    PpcFpOp op;
    uint64_t a, b, c;
    uint32_t fpscr;
} Case;

typedef struct Format {
    int precision;
    int exponent_min; /* of 2^e, the leading bit's weight */
    int exponent_max;
    int trap_adjustment;
} Format;

static const Format formats[2] = {{53, -1022, 1023, 1536}, {24, -126, 127, 192}};

static const mpfr_rnd_t directions[4] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD};

typedef struct Oracle {
    mpfr_t a, b, c, result;
    mpfr_exp_t emin, emax;
} Oracle;

static void oracle_init(Oracle *o)
{
    mpfr_inits2(53, o->a, o->b, o->c, o->result, (mpfr_ptr)NULL);
    o->emin = mpfr_get_emin();
    o->emax = mpfr_get_emax();
}

static void widest_range(const Oracle *o)
{
    mpfr_set_emin(o->emin);
    mpfr_set_emax(o->emax);
}

static void oracle_fini(Oracle *o)
{
    widest_range(o);
    mpfr_clears(o->a, o->b, o->c, o->result, (mpfr_ptr)NULL);
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static bool is_finite(uint64_t bits) { return (bits >> 52 & 0x7ff) != 0x7ff; }

static bool is_zero(uint64_t bits) { return bits << 1 == 0; }

static PpcFpOp base_of(PpcFpOp op) { return op & ~PPC_FP_SINGLE; }

static bool is_single(PpcFpOp op) { return op & PPC_FP_SINGLE || op == PPC_FP_FRSP; }

static bool negates(PpcFpOp op)
{
    return base_of(op) == PPC_FP_FNMADD || base_of(op) == PPC_FP_FNMSUB;
}

/* Singles multiply by 25 bits of frC, ties away from zero. */
static void load_operands(Oracle *o, const Case *test)
{
    widest_range(o);
    mpfr_set_d(o->a, double_of(test->a), MPFR_RNDN);
    mpfr_set_d(o->b, double_of(test->b), MPFR_RNDN);
    mpfr_set_d(o->c, double_of(test->c), MPFR_RNDN);
    if (is_single(test->op)) {
        mpfr_t cut;
        mpfr_init2(cut, 25);
        mpfr_round_nearest_away(mpfr_set, cut, o->c);
        mpfr_set(o->c, cut, MPFR_RNDN);
        mpfr_clear(cut);
    }
    mpfr_set_prec(o->result, formats[is_single(test->op)].precision);
}

/* Execute in the range now set. Returns MPFR's ternary value. */
static int execute(Oracle *o, PpcFpOp op, mpfr_rnd_t direction)
{
    switch (base_of(op)) {
    case PPC_FP_FADD:
        return mpfr_add(o->result, o->a, o->b, direction);
    case PPC_FP_FSUB:
        return mpfr_sub(o->result, o->a, o->b, direction);
    case PPC_FP_FMUL:
        return mpfr_mul(o->result, o->a, o->c, direction);
    case PPC_FP_FDIV:
        return mpfr_div(o->result, o->a, o->b, direction);
    case PPC_FP_FMADD:
    case PPC_FP_FNMADD:
        return mpfr_fma(o->result, o->a, o->c, o->b, direction);
    case PPC_FP_FRSP:
        return mpfr_set(o->result, o->b, direction);
    default:
        return mpfr_fms(o->result, o->a, o->c, o->b, direction);
    }
}

static bool went_away_from_zero(const Oracle *o, int ternary)
{
    return ternary != 0 && (ternary > 0) == (mpfr_signbit(o->result) == 0);
}

static bool is_tiny(Oracle *o, const Case *test)
{
    execute(o, test->op, MPFR_RNDZ);
    return !mpfr_zero_p(o->result) &&
           mpfr_get_exp(o->result) - 1 < formats[is_single(test->op)].exponent_min;
}

/* Again, in the range of the format, so that what overflows or is denormal becomes so. */
static int execute_in_format(Oracle *o, const Case *test)
{
    const Format *format = &formats[is_single(test->op)];
    mpfr_rnd_t direction = directions[test->fpscr & FPSCR_RN];

    mpfr_set_emin(format->exponent_min - format->precision + 2);
    mpfr_set_emax(format->exponent_max + 1);
    int ternary = execute(o, test->op, direction);
    ternary = mpfr_check_range(o->result, ternary, direction);
    return mpfr_subnormalize(o->result, ternary, direction);
}

static PpcFpResult expected_result(Oracle *o, const Case *test)
{
    const Format *format = &formats[is_single(test->op)];
    PpcFpResult expected = {.writes_target = true};

    load_operands(o, test);
    bool tiny = is_tiny(o, test);
    int ternary = execute(o, test->op, directions[test->fpscr & FPSCR_RN]);
    bool overflows = !mpfr_zero_p(o->result) && mpfr_get_exp(o->result) - 1 > format->exponent_max;
    expected.fr = went_away_from_zero(o, ternary);

    if (tiny && test->fpscr & FPSCR_UE) {
        expected.raised |= FPSCR_UX;
        mpfr_mul_2si(o->result, o->result, format->trap_adjustment, MPFR_RNDN);
    } else if (overflows && test->fpscr & FPSCR_OE) {
        expected.raised |= FPSCR_OX;
        mpfr_div_2si(o->result, o->result, format->trap_adjustment, MPFR_RNDN);
    } else {
        ternary = execute_in_format(o, test);
        expected.raised |= overflows ? FPSCR_OX : 0;
        expected.raised |= tiny && ternary ? FPSCR_UX : 0;
        expected.fr = overflows ? expected.fr : went_away_from_zero(o, ternary);
    }
    expected.fi = ternary != 0;
    expected.raised |= expected.fi ? FPSCR_XX : 0;
    expected.value = bits_of(mpfr_get_d(o->result, MPFR_RNDN));
    expected.value ^= (uint64_t)negates(test->op) << 63;
    return expected;
}

static void check_case(Oracle *o, const Case *test)
{
    PpcFpResult want = expected_result(o, test);
    PpcFpResult got = ppc_fp_op(test->op, test->a, test->b, test->c, test->fpscr);
    bool is_same = got.value == want.value && got.raised == want.raised && got.fi == want.fi &&
                   got.fr == want.fr && got.writes_target;

    cr_assert(is_same,
              "op %u fpscr %02x a %016" PRIx64 " b %016" PRIx64 " c %016" PRIx64 ": got %016" PRIx64
              " %08x fi %d fr %d, want %016" PRIx64 " %08x fi %d fr %d",
              test->op, test->fpscr, test->a, test->b, test->c, got.value, got.raised, got.fi,
              got.fr, want.value, want.raised, want.fi, want.fr);
}

/* The third operand often nearly cancels the product, which is where fusing shows. */
static uint64_t addend_for(FpRandom *random, uint64_t a, uint64_t c)
{
    if (fp_random_below(random, 4) != 0) {
        return fp_operand_like(random, a);
    }
    uint64_t product = bits_of(double_of(a) * double_of(c));
    return (product ^ fp_random(random) << 63) + fp_random_below(random, 4);
}

/* Singles of operands that are not: a trapped result may not fit a double, nothing says which. */
static bool is_trap_defined(const Case *test)
{
    if (!is_single(test->op) || !(test->fpscr & (FPSCR_OE | FPSCR_UE))) {
        return true;
    }
    for (int i = 0; i < 3; i++) {
        int exponent = (int)((&test->a)[i] >> 52 & 0x7ff) - 1023;
        if (exponent < -160 || exponent > 160) {
            return false;
        }
    }
    return true;
}

static bool is_comparable(const Case *test)
{
    bool divides_by_zero = base_of(test->op) == PPC_FP_FDIV && is_zero(test->b);
    return is_finite(test->a) && is_finite(test->b) && is_finite(test->c) && !divides_by_zero &&
           is_trap_defined(test);
}

static void check_random_cases(PpcFpOp op, long count)
{
    FpRandom random = fp_random_new(op + 1);
    Oracle oracle;

    oracle_init(&oracle);
    for (long i = 0; i < count; i++) {
        Case test = {.op = op, .a = fp_operand(&random)};
        test.c = fp_operand_like(&random, test.a);
        test.b = addend_for(&random, test.a, test.c);
        test.fpscr = (uint32_t)i & FPSCR_RN;
        test.fpscr |= i & 4 ? (uint32_t)fp_random(&random) & (FPSCR_OE | FPSCR_UE) : 0;
        if (is_comparable(&test)) {
            check_case(&oracle, &test);
        }
    }
    oracle_fini(&oracle);
}

/* About five seconds for all of this file. */
#define USUAL_CASES 300000

static void check_family(PpcFpOp op)
{
    check_random_cases(op, fp_case_count(USUAL_CASES));
    check_random_cases(op | PPC_FP_SINGLE, fp_case_count(USUAL_CASES));
}

Test(fpu_mpfr, fadd_and_fadds_are_exact) { check_family(PPC_FP_FADD); }

Test(fpu_mpfr, fsub_and_fsubs_are_exact) { check_family(PPC_FP_FSUB); }

Test(fpu_mpfr, fmul_and_fmuls_are_exact) { check_family(PPC_FP_FMUL); }

Test(fpu_mpfr, fdiv_and_fdivs_are_exact) { check_family(PPC_FP_FDIV); }

Test(fpu_mpfr, fmadd_and_fmadds_are_exact) { check_family(PPC_FP_FMADD); }

Test(fpu_mpfr, fmsub_and_fmsubs_are_exact) { check_family(PPC_FP_FMSUB); }

Test(fpu_mpfr, fnmadd_and_fnmadds_are_exact) { check_family(PPC_FP_FNMADD); }

Test(fpu_mpfr, fnmsub_and_fnmsubs_are_exact) { check_family(PPC_FP_FNMSUB); }

Test(fpu_mpfr, frsp_is_exact) { check_random_cases(PPC_FP_FRSP, fp_case_count(USUAL_CASES)); }

/* All pairs and triples of the special operands that MPFR can judge. */
Test(fpu_mpfr, special_operands_meet_exactly)
{
    const size_t count = G_N_ELEMENTS(fp_special_operands);
    Oracle oracle;

    oracle_init(&oracle);
    for (size_t i = 0; i < count * count * 16; i++) {
        Case test = {
            .op = i % 8 | (i / 8 % 2 ? PPC_FP_SINGLE : 0),
            .a = fp_special_operands[i / 16 % count],
            .b = fp_special_operands[i / 16 / count],
            .c = fp_special_operands[i * 7 / 16 % count],
            .fpscr = (uint32_t)(i * 5 / 16) & FPSCR_RN,
        };
        if (is_comparable(&test)) {
            check_case(&oracle, &test);
        }
    }
    oracle_fini(&oracle);
}

static void check_conversion(Oracle *o, PpcFpOp op, uint64_t b, uint32_t rounding)
{
    mpfr_rnd_t direction = op == PPC_FP_FCTIWZ ? MPFR_RNDZ : directions[rounding];
    PpcFpResult got = ppc_fp_op(op, 0, b, 0, rounding);

    mpfr_set_d(o->b, double_of(b), MPFR_RNDN);
    mpfr_set_prec(o->result, 53);
    int ternary = mpfr_rint(o->result, o->b, direction);
    long want = mpfr_get_si(o->result, MPFR_RNDZ);
    bool fits = want >= INT32_MIN && want <= INT32_MAX;
    uint32_t word = (uint32_t)(fits ? want : want < 0 ? INT32_MIN : INT32_MAX);
    bool is_inexact = fits && ternary != 0;
    uint32_t raised = !fits ? FPSCR_VXCVI : is_inexact ? FPSCR_XX : 0;
    bool goes_up = is_inexact && (ternary > 0) == (mpfr_signbit(o->b) == 0);

    cr_assert((uint32_t)got.value == word && got.raised == raised && got.fi == is_inexact &&
                  got.fr == goes_up,
              "op %u rn %u b %016" PRIx64 ": got %08x %08x, want %08x %08x", op, rounding, b,
              (uint32_t)got.value, got.raised, word, raised);
}

Test(fpu_mpfr, fctiw_and_fctiwz_are_exact)
{
    long count = fp_case_count(USUAL_CASES);
    FpRandom random = fp_random_new(99);
    Oracle oracle;

    oracle_init(&oracle);
    for (long i = 0; i < count; i++) {
        uint64_t b = fp_operand(&random);
        if (is_finite(b)) {
            check_conversion(&oracle, PPC_FP_FCTIW, b, (uint32_t)i & FPSCR_RN);
            check_conversion(&oracle, PPC_FP_FCTIWZ, b, (uint32_t)i & FPSCR_RN);
        }
    }
    oracle_fini(&oracle);
}
