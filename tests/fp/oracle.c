/* SPDX-License-Identifier: MIT */
/* The oracle: oracle.h says what it is and where its rules come from. */
#include "tests/fp/oracle.h"

#include <math.h>
#include <mpfr.h>
#include <string.h>

#define SIGN UINT64_C(0x8000000000000000)
#define INFINITE UINT64_C(0x7ff0000000000000)
#define QUIET UINT64_C(0x0008000000000000)
#define DEFAULT_NAN UINT64_C(0x7ff8000000000000)
#define SINGLE_BITS (~UINT64_C(0x1fffffff))

typedef struct Format {
    int precision, exponent_min, exponent_max, trap_adjustment;
} Format;

static const Format formats[2] = {{53, -1022, 1023, 1536}, {24, -126, 127, 192}};

static const mpfr_rnd_t directions[4] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD};

/* --- the instructions ----------------------------------------------------------------------------- */

enum { A = 1, B = 2, C = 4 };

#define WORD(primary, xo, d, a, b, c)                                                              \
    ((uint32_t)(primary) << 26 | (d) << 21 | (a) << 16 | (b) << 11 | (c) << 6 | (xo) << 1)
#define BOTH(name, op, xo, a, b, c)                                                                \
    {name, PPC_FP_##op, WORD(63, xo, 4, a, b, c)},                                                 \
    {                                                                                              \
        name "s", PPC_FP_##op | PPC_FP_SINGLE, WORD(59, xo, 4, a, b, c)                            \
    }
const FpCaseOp fp_case_ops[] = {
    BOTH("fadd", FADD, 21, 1, 2, 0),
    BOTH("fsub", FSUB, 20, 1, 2, 0),
    BOTH("fmul", FMUL, 25, 1, 0, 3),
    BOTH("fdiv", FDIV, 18, 1, 2, 0),
    BOTH("fmadd", FMADD, 29, 1, 2, 3),
    BOTH("fmsub", FMSUB, 28, 1, 2, 3),
    BOTH("fnmadd", FNMADD, 31, 1, 2, 3),
    BOTH("fnmsub", FNMSUB, 30, 1, 2, 3),
    {"frsp", PPC_FP_FRSP, WORD(63, 12, 4, 0, 2, 0)},
    {"fctiw", PPC_FP_FCTIW, WORD(63, 14, 4, 0, 2, 0)},
    {"fctiwz", PPC_FP_FCTIWZ, WORD(63, 15, 4, 0, 2, 0)},
    {"fcmpu", FP_CASE_FCMPU, WORD(63, 0, 0, 1, 2, 0)},
    {"fcmpo", FP_CASE_FCMPO, WORD(63, 32, 0, 1, 2, 0)},
    {NULL, 0, 0},
};

static unsigned base_of(unsigned op) { return op & ~(unsigned)PPC_FP_SINGLE; }

static bool is_single(unsigned op) { return (op & PPC_FP_SINGLE) || op == PPC_FP_FRSP; }

static bool is_fused(unsigned op)
{
    return base_of(op) >= PPC_FP_FMADD && base_of(op) <= PPC_FP_FNMSUB;
}

static bool is_compare(unsigned op) { return op & FP_CASE_FCMPU; }

static bool is_conversion(unsigned op) { return op == PPC_FP_FCTIW || op == PPC_FP_FCTIWZ; }

static bool negates(unsigned op)
{
    return base_of(op) == PPC_FP_FNMADD || base_of(op) == PPC_FP_FNMSUB;
}

static unsigned operands_of(unsigned op)
{
    if (op == PPC_FP_FRSP || is_conversion(op)) {
        return B;
    }
    return is_fused(op) ? A | B | C : base_of(op) == PPC_FP_FMUL ? A | C : A | B;
}

/* --- numbers ---------------------------------------------------------------------------------------- */

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

static bool is_nan(uint64_t x) { return (x & ~SIGN) > INFINITE; }
static bool is_signalling(uint64_t x) { return is_nan(x) && !(x & QUIET); }
static bool is_infinite(uint64_t x) { return (x & ~SIGN) == INFINITE; }
static bool is_zero(uint64_t x) { return (x & ~SIGN) == 0; }
static int exponent_of(uint64_t x) { return (int)(x >> 52 & 0x7ff) - 1023; }

/* PEM table 3-7 (FPRF): C < > = ? */
static uint32_t class_of(uint64_t x, const Format *format)
{
    bool minus = x & SIGN;
    if (is_nan(x)) {
        return 0x11;
    }
    if (is_infinite(x)) {
        return minus ? 0x09 : 0x05;
    }
    if (is_zero(x)) {
        return minus ? 0x12 : 0x02;
    }
    return (minus ? 0x08 : 0x04) | (exponent_of(x) < format->exponent_min ? 0x10 : 0);
}

/* --- what an instruction did, and FPSCR after it ---------------------------------------------------- */

typedef struct Effect {
    uint64_t value;
    uint32_t raised, fprf;
    bool fi, fr, stopped, keeps_fprf;
} Effect;

static uint32_t derived(uint32_t fpscr)
{
    fpscr &= ~(FPSCR_VX | FPSCR_FEX);
    fpscr |= fpscr & FPSCR_VX_CAUSES ? FPSCR_VX : 0;
    bool enabled = (fpscr & FPSCR_VX && fpscr & FPSCR_VE) ||
                   (fpscr & FPSCR_OX && fpscr & FPSCR_OE) ||
                   (fpscr & FPSCR_UX && fpscr & FPSCR_UE) ||
                   (fpscr & FPSCR_ZX && fpscr & FPSCR_ZE) || (fpscr & FPSCR_XX && fpscr & FPSCR_XE);
    return fpscr | (enabled ? FPSCR_FEX : 0);
}

static FpOutcome outcome_of(const FpCase *test, const Effect *effect)
{
    uint32_t fpscr = test->fpscr & ~(FPSCR_FI | FPSCR_FR);
    fpscr |= effect->raised & ~fpscr ? FPSCR_FX : 0;
    fpscr |= effect->raised | (effect->fi ? FPSCR_FI : 0) | (effect->fr ? FPSCR_FR : 0);
    if (!effect->stopped && !effect->keeps_fprf) {
        fpscr = (fpscr & ~FPSCR_FPRF) | effect->fprf << FPSCR_FPRF_SHIFT;
    }
    return (FpOutcome){effect->stopped ? test->target : effect->value, derived(fpscr)};
}

static Effect exact_effect(const FpCase *test, uint64_t value)
{
    return (Effect){.value = value, .fprf = class_of(value, &formats[is_single(test->op)])};
}

static Effect infinity_effect(const FpCase *test, bool minus)
{
    return exact_effect(test, INFINITE | (minus != negates(test->op) ? SIGN : 0));
}

static Effect nan_effect(const FpCase *test, uint64_t nan, uint32_t causes)
{
    Effect effect = exact_effect(test, (nan | QUIET) &
                                           (is_single(test->op) ? SINGLE_BITS : ~UINT64_C(0)));
    effect.raised = causes;
    effect.stopped = causes && test->fpscr & FPSCR_VE;
    return effect;
}

/* --- finite arithmetic by MPFR ----------------------------------------------------------------------- */

static __thread struct {
    mpfr_t a, b, c, wide_c, result;
    mpfr_exp_t emin, emax;
} m;

void fp_oracle_init(void)
{
    mpfr_inits2(53, m.a, m.b, m.c, m.wide_c, m.result, (mpfr_ptr)NULL);
    m.emin = mpfr_get_emin();
    m.emax = mpfr_get_emax();
}

void fp_oracle_fini(void)
{
    mpfr_set_emin(m.emin);
    mpfr_set_emax(m.emax);
    mpfr_clears(m.a, m.b, m.c, m.wide_c, m.result, (mpfr_ptr)NULL);
    mpfr_free_cache();
}

/* Singles multiply by 25 bits of frC, ties away from zero. */
static void load_c(uint64_t c, bool cuts)
{
    mpfr_set_prec(m.c, cuts ? 25 : 53);
    if (cuts && c & 0x0fffffff) {
        mpfr_set_d(m.wide_c, double_of(c), MPFR_RNDN);
        mpfr_round_nearest_away(mpfr_set, m.c, m.wide_c);
    } else {
        mpfr_set_d(m.c, double_of(c), MPFR_RNDN);
    }
}

static void load_operands(const FpCase *test)
{
    unsigned used = operands_of(test->op);
    if (used & A) {
        mpfr_set_d(m.a, double_of(test->a), MPFR_RNDN);
    }
    if (used & B) {
        mpfr_set_d(m.b, double_of(test->b), MPFR_RNDN);
    }
    if (used & C) {
        load_c(test->c, is_single(test->op));
    }
    mpfr_set_prec(m.result, formats[is_single(test->op)].precision);
}

/* Returns MPFR's ternary value: on which side of the exact value m.result lies. */
static int execute(unsigned op, mpfr_rnd_t direction)
{
    switch (base_of(op)) {
    case PPC_FP_FADD:
        return mpfr_add(m.result, m.a, m.b, direction);
    case PPC_FP_FSUB:
        return mpfr_sub(m.result, m.a, m.b, direction);
    case PPC_FP_FMUL:
        return mpfr_mul(m.result, m.a, m.c, direction);
    case PPC_FP_FDIV:
        return mpfr_div(m.result, m.a, m.b, direction);
    case PPC_FP_FMADD:
    case PPC_FP_FNMADD:
        return mpfr_fma(m.result, m.a, m.c, m.b, direction);
    case PPC_FP_FRSP:
        return mpfr_set(m.result, m.b, direction);
    default:
        return mpfr_fms(m.result, m.a, m.c, m.b, direction);
    }
}

static bool went_away_from_zero(int ternary)
{
    return ternary != 0 && (ternary > 0) == (mpfr_signbit(m.result) == 0);
}

/* Is the exact value, not only the rounded one, below the normal range? */
static bool is_tiny(unsigned op, const Format *format, int ternary)
{
    long exponent = mpfr_zero_p(m.result) ? 0 : mpfr_get_exp(m.result) - 1;
    if (mpfr_zero_p(m.result) || exponent > format->exponent_min) {
        return false;
    }
    return exponent < format->exponent_min ||
           (went_away_from_zero(ternary) && mpfr_min_prec(m.result) == 1 &&
            (execute(op, MPFR_RNDZ), mpfr_get_exp(m.result) - 1 < format->exponent_min));
}

/* Again, in the range of the format, so that what overflows or is denormal becomes so. */
static int execute_in_format(unsigned op, const Format *format, mpfr_rnd_t direction)
{
    mpfr_set_emin(format->exponent_min - format->precision + 2);
    mpfr_set_emax(format->exponent_max + 1);
    int ternary = execute(op, direction);
    ternary = mpfr_check_range(m.result, ternary, direction);
    ternary = mpfr_subnormalize(m.result, ternary, direction);
    mpfr_set_emin(m.emin);
    mpfr_set_emax(m.emax);
    return ternary;
}

static void adjust(int by) { mpfr_mul_2si(m.result, m.result, by, MPFR_RNDN); }

static Effect finite_effect(const FpCase *test)
{
    const Format *format = &formats[is_single(test->op)], *fprf_format = format;
    mpfr_rnd_t direction = directions[test->fpscr & FPSCR_RN];
    Effect effect = {.raised = 0};
    bool is_flushed = false;

    load_operands(test);
    int ternary = execute(test->op, direction);
    effect.fr = went_away_from_zero(ternary);
    bool overflows = !mpfr_zero_p(m.result) && mpfr_get_exp(m.result) - 1 > format->exponent_max;
    bool tiny = !overflows && is_tiny(test->op, format, ternary);
    if (tiny && test->fpscr & FPSCR_UE) {
        ternary = execute(test->op, direction);
        effect.raised |= FPSCR_UX;
        adjust(format->trap_adjustment);
        fprf_format = &formats[0];
    } else if (overflows && test->fpscr & FPSCR_OE) {
        effect.raised |= FPSCR_OX;
        adjust(-format->trap_adjustment);
        fprf_format = &formats[0];
    } else if (tiny || overflows) {
        ternary = execute_in_format(test->op, format, direction);
        effect.raised |= overflows ? FPSCR_OX : ternary ? FPSCR_UX : 0;
        effect.fr = overflows ? effect.fr : went_away_from_zero(ternary);
        is_flushed = tiny && test->fpscr & FPSCR_NI;
    }
    effect.fi = ternary != 0;
    effect.raised |= effect.fi ? FPSCR_XX : 0;
    effect.value = bits_of(mpfr_get_d(m.result, MPFR_RNDN));
    effect.value &= is_flushed ? SIGN : ~UINT64_C(0);
    effect.value ^= negates(test->op) ? SIGN : 0;
    effect.fprf = class_of(effect.value, fprf_format);
    return effect;
}

/* --- operands that no arithmetic is done with -------------------------------------------------------- */

/* With FPSCR[NI] what is denormal in the operation's precision is zero. */
static uint64_t flushed(const FpCase *test, uint64_t x)
{
    bool is_denormal = exponent_of(x) < formats[is_single(test->op)].exponent_min;
    return test->fpscr & FPSCR_NI && is_denormal ? x & SIGN : x;
}

static bool infinity_times_zero(const FpCase *t)
{
    return (is_infinite(t->a) && is_zero(t->c)) || (is_zero(t->a) && is_infinite(t->c));
}

/* The first NaN operand of A, B, C wins; SNaNs and, beside a NaN addend, infinity times 0 are invalid. */
static bool takes_nan(const FpCase *t, Effect *effect)
{
    const uint64_t operands[3] = {t->a, t->b, t->c};
    unsigned used = operands_of(t->op);
    uint32_t causes = 0;
    const uint64_t *nan = NULL;
    for (int i = 0; i < 3; i++) {
        if (used >> i & 1 && is_nan(operands[i])) {
            nan = nan ? nan : &operands[i];
            causes |= is_signalling(operands[i]) ? FPSCR_VXSNAN : 0;
        }
    }
    if (!nan) {
        return false;
    }
    causes |= is_fused(t->op) && infinity_times_zero(t) ? FPSCR_VXIMZ : 0;
    *effect = nan_effect(t, *nan, causes);
    return true;
}

static uint64_t product_sign(const FpCase *t) { return (t->a ^ t->c) & SIGN; }

/* x + y where at least one is infinite; signs as they enter the sum. */
static Effect infinite_sum(const FpCase *t, bool x_infinite, bool x_minus, uint64_t y)
{
    if (x_infinite && is_infinite(y) && x_minus != (y >> 63)) {
        return nan_effect(t, DEFAULT_NAN, FPSCR_VXISI);
    }
    return infinity_effect(t, x_infinite ? x_minus : y >> 63);
}

static bool takes_infinity_in_product(const FpCase *t, Effect *effect)
{
    bool is_infinite_product = is_infinite(t->a) || is_infinite(t->c);
    uint64_t addend = t->b ^
                      (base_of(t->op) == PPC_FP_FMSUB || base_of(t->op) == PPC_FP_FNMSUB ? SIGN
                                                                                         : 0);
    if (infinity_times_zero(t)) {
        *effect = nan_effect(t, DEFAULT_NAN, FPSCR_VXIMZ);
    } else if (is_fused(t->op) && (is_infinite_product || is_infinite(t->b))) {
        *effect = infinite_sum(t, is_infinite_product, product_sign(t) != 0, addend);
    } else if (is_infinite_product) {
        *effect = infinity_effect(t, product_sign(t));
    } else {
        return false;
    }
    return true;
}

static bool takes_division(const FpCase *t, Effect *effect)
{
    bool minus = (t->a ^ t->b) >> 63;
    if (is_infinite(t->a) && is_infinite(t->b)) {
        *effect = nan_effect(t, DEFAULT_NAN, FPSCR_VXIDI);
    } else if (is_zero(t->a) && is_zero(t->b)) {
        *effect = nan_effect(t, DEFAULT_NAN, FPSCR_VXZDZ);
    } else if (is_infinite(t->a)) {
        *effect = infinity_effect(t, minus);
    } else if (is_infinite(t->b)) {
        *effect = exact_effect(t, minus ? SIGN : 0);
    } else if (is_zero(t->b)) {
        *effect = infinity_effect(t, minus);
        effect->raised = FPSCR_ZX;
        effect->stopped = t->fpscr & FPSCR_ZE;
    } else {
        return false;
    }
    return true;
}

/* An infinity or a division by zero; not a NaN. */
static bool takes_special(const FpCase *t, Effect *effect)
{
    unsigned base = base_of(t->op);
    if (base == PPC_FP_FDIV) {
        return takes_division(t, effect);
    }
    if (base == PPC_FP_FMUL || is_fused(t->op)) {
        return takes_infinity_in_product(t, effect);
    }
    if (base == PPC_FP_FRSP) {
        *effect = infinity_effect(t, t->b >> 63);
        return is_infinite(t->b);
    }
    if (!is_infinite(t->a) && !is_infinite(t->b)) {
        return false;
    }
    uint64_t b = t->b ^ (base == PPC_FP_FSUB ? SIGN : 0);
    *effect = infinite_sum(t, is_infinite(t->a), t->a >> 63, b);
    return true;
}

/* --- conversion and comparison ------------------------------------------------------------------------- */

static Effect invalid_conversion(const FpCase *t, uint32_t word, uint32_t causes)
{
    return (Effect){.value = UINT64_C(0xfff8000000000000) | word,
                    .raised = causes,
                    .stopped = t->fpscr & FPSCR_VE,
                    .keeps_fprf = true};
}

static Effect conversion(const FpCase *t)
{
    uint64_t b = flushed(t, t->b);
    unsigned rounding = t->op == PPC_FP_FCTIWZ ? FP_ROUND_TO_ZERO : t->fpscr & FPSCR_RN;
    if (is_nan(b)) {
        uint32_t snan = is_signalling(b) ? FPSCR_VXSNAN : 0;
        return invalid_conversion(t, 0x80000000, FPSCR_VXCVI | snan);
    }
    mpfr_set_d(m.b, double_of(b), MPFR_RNDN);
    mpfr_set_prec(m.result, 53);
    int ternary = mpfr_rint(m.result, m.b, directions[rounding]);
    if (mpfr_cmp_si(m.result, INT32_MAX) > 0 || mpfr_cmp_si(m.result, INT32_MIN) < 0) {
        return invalid_conversion(t, b & SIGN ? 0x80000000 : 0x7fffffff, FPSCR_VXCVI);
    }
    uint32_t word = (uint32_t)mpfr_get_si(m.result, MPFR_RNDZ);
    uint64_t minus_zero = word == 0 && b & SIGN ? UINT64_C(1) << 32 : 0;
    return (Effect){.value = UINT64_C(0xfff8000000000000) | minus_zero | word,
                    .raised = ternary ? FPSCR_XX : 0,
                    .fi = ternary != 0,
                    .fr = ternary != 0 && (ternary > 0) == !(b & SIGN),
                    .keeps_fprf = true};
}

static FpOutcome comparison(const FpCase *t)
{
    double a = double_of(t->a), b = double_of(t->b);
    bool snan = is_signalling(t->a) || is_signalling(t->b),
         unordered = is_nan(t->a) || is_nan(t->b);
    uint32_t cc = unordered ? 1 : isless(a, b) ? 8 : isgreater(a, b) ? 4 : 2;
    uint32_t raised = snan ? FPSCR_VXSNAN : 0;
    if (t->op == FP_CASE_FCMPO && unordered && !(snan && t->fpscr & FPSCR_VE)) {
        raised |= FPSCR_VXVC;
    }
    uint32_t fpscr = t->fpscr | raised | (raised & ~t->fpscr ? FPSCR_FX : 0);
    return (FpOutcome){cc, derived((fpscr & ~FPSCR_FPCC) | cc << FPSCR_FPRF_SHIFT)};
}

FpOutcome fp_oracle(const FpCase *test)
{
    Effect effect;
    FpCase t = *test;
    if (is_compare(t.op)) {
        return comparison(&t);
    }
    if (is_conversion(t.op)) {
        effect = conversion(&t);
        return outcome_of(test, &effect);
    }
    t.a = flushed(&t, t.a);
    t.b = flushed(&t, t.b);
    t.c = flushed(&t, t.c);
    if (!takes_nan(&t, &effect) && !takes_special(&t, &effect)) {
        effect = finite_effect(&t);
    }
    return outcome_of(test, &effect);
}

/* --- cases ------------------------------------------------------------------------------------------------ */

/* The third operand often nearly cancels the product, which is where fusing shows. */
static uint64_t addend_for(FpRandom *random, uint64_t a, uint64_t c)
{
    if (fp_random_below(random, 4) != 0) {
        return fp_operand_like(random, a);
    }
    uint64_t product = bits_of(double_of(a) * double_of(c));
    return (product ^ fp_random(random) << 63) + fp_random_below(random, 4);
}

/* Half of the time FPSCR is as programs have it: nothing but VE or ZE enabled. */
static uint32_t random_fpscr(FpRandom *random)
{
    const uint32_t unusual = FPSCR_OE | FPSCR_UE | FPSCR_XE | FPSCR_NI;
    uint32_t bits = (uint32_t)fp_random(random) & ~UINT32_C(0x800);
    switch (fp_random_below(random, 8)) {
    case 0:
        return bits & FPSCR_RN;
    case 1:
        return bits & (FPSCR_RN | FPSCR_XX | FPSCR_FX | FPSCR_FPRF | FPSCR_FI | FPSCR_FR);
    case 2:
    case 3:
        return derived(bits & ~(unusual | FPSCR_VE | FPSCR_ZE));
    case 4:
        return derived(bits & ~(unusual | FPSCR_VX_CAUSES | FPSCR_ZX));
    case 5:
        return derived(bits & ~FPSCR_EXCEPTIONS);
    default:
        return derived(bits);
    }
}

/* Singles of operands that are not: a trapped result may not fit a double, nothing says which. */
static bool is_trap_undefined(const FpCase *test)
{
    const uint64_t operands[3] = {test->a, test->b, test->c};
    if (!is_single(test->op) || !(test->fpscr & (FPSCR_OE | FPSCR_UE))) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        int exponent = exponent_of(operands[i]);
        if (!is_zero(operands[i]) && exponent != 1024 && (exponent < -160 || exponent > 160)) {
            return true;
        }
    }
    return false;
}

void fp_case_avoid_undefined(FpCase *test)
{
    if (is_trap_undefined(test)) {
        test->fpscr = derived(test->fpscr & ~(FPSCR_OE | FPSCR_UE));
    }
}

FpCase fp_case_random(FpRandom *random, unsigned op)
{
    FpCase test = {.op = op, .a = fp_operand(random)};
    test.c = fp_operand_like(random, test.a);
    test.b = addend_for(random, test.a, test.c);
    if (is_single(op) && fp_random_below(random, 2)) { /* as programs have them */
        test.a &= SINGLE_BITS;
        test.b &= SINGLE_BITS;
        test.c &= SINGLE_BITS;
    }
    test.target = fp_random(random);
    test.fpscr = random_fpscr(random);
    fp_case_avoid_undefined(&test);
    return test;
}
