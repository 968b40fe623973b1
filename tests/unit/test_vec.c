/* SPDX-License-Identifier: MIT */
/*
 * AltiVec instructions: one fact each about elements, saturation, order, special numbers; and that
 * any operand may be the target. Vectors are written in guest order, as hexadecimal digits.
 */
#include "target-ppc/vec.h"
#include "tests/unit/fp_operands.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static PpcVector vec(const char *digits)
{
    PpcVector v;
    unsigned at = 15, half = 0;

    for (const char *p = digits; *p; p++) {
        if (*p == ' ') {
            continue;
        }
        unsigned digit = (unsigned)g_ascii_xdigit_value(*p);
        v.u8[at] = (uint8_t)(half ? v.u8[at] << 4 | digit : digit);
        at -= half;
        half ^= 1;
    }
    g_assert(at == UINT32_MAX && !half);
    return v;
}

static PpcVector words(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    return (PpcVector){.u32 = {w3, w2, w1, w0}};
}

static PpcVector splat(uint32_t word) { return words(word, word, word, word); }

static const char *text_of(PpcVector v, char text[36])
{
    snprintf(text, 36, "%08x %08x %08x %08x", v.u32[3], v.u32[2], v.u32[1], v.u32[0]);
    return text;
}

static void expect(PpcVector got, PpcVector want)
{
    char got_text[36], want_text[36];
    cr_expect(memcmp(&got, &want, sizeof(got)) == 0, "got %s, want %s", text_of(got, got_text),
              text_of(want, want_text));
}

static PpcVector run_ab(PpcVecAB *function, const char *a, const char *b)
{
    PpcVector va = vec(a), vb = vec(b), d;
    function(&d, &va, &vb);
    return d;
}

static void expect_ab(PpcVecAB *function, const char *a, const char *b, const char *want)
{
    expect(run_ab(function, a, b), vec(want));
}

static void expect_abv(PpcVecABV *function, const char *a, const char *b, const char *want,
                       uint32_t want_vscr)
{
    PpcVector va = vec(a), vb = vec(b), d;
    uint32_t vscr = 0;

    function(&d, &va, &vb, &vscr);
    expect(d, vec(want));
    cr_expect_eq(vscr, want_vscr);
}

static PpcVector run_abc(PpcVecABC *function, const char *a, const char *b, const char *c)
{
    PpcVector va = vec(a), vb = vec(b), vc = vec(c), d;
    function(&d, &va, &vb, &vc);
    return d;
}

static void expect_abcv(PpcVecABCV *function, const char *const operands[3], const char *want,
                        uint32_t want_vscr)
{
    PpcVector a = vec(operands[0]), b = vec(operands[1]), c = vec(operands[2]), d;
    uint32_t vscr = 0;

    function(&d, &a, &b, &c, &vscr);
    expect(d, vec(want));
    cr_expect_eq(vscr, want_vscr);
}

#define COUNT_UP "00010203 04050607 08090a0b 0c0d0e0f"
#define COUNT_ON "10111213 14151617 18191a1b 1c1d1e1f"
#define ZEROS "00000000 00000000 00000000 00000000"
#define ONES "ffffffff ffffffff ffffffff ffffffff"
#define EVERY(hex) hex hex hex hex

/* ---- the table ------------------------------------------------------------------------------- */

Test(vec, table_has_all_144_computing_instructions)
{
    unsigned count = 0;
#define VEC(name, shape) count++;
#include "target-ppc/vec.def"
#undef VEC
    cr_expect_eq(count, 144);
}

/* How to run each shape with the target given: all operands and immediates from one place. */
typedef struct Run {
    PpcVector a, b, c, d;
    uint32_t vscr, immediate;
} Run;

#define RUN_AB(name) ppc_##name(d, &r->a, &r->b)
#define RUN_ABV(name) ppc_##name(d, &r->a, &r->b, &r->vscr)
#define RUN_ABC(name) ppc_##name(d, &r->a, &r->b, &r->c)
#define RUN_ABCV(name) ppc_##name(d, &r->a, &r->b, &r->c, &r->vscr)
#define RUN_B(name) ppc_##name(d, &r->b)
#define RUN_FloatAB(name) RUN_ABV(name)
#define RUN_FloatABC(name) RUN_ABCV(name)
#define RUN_FloatB(name) ppc_##name(d, &r->b, &r->vscr)
#define RUN_BImm(name) ppc_##name(d, &r->b, r->immediate)
#define RUN_FloatBImm(name) ppc_##name(d, &r->b, r->immediate, &r->vscr)
#define RUN_ABImm(name) ppc_##name(d, &r->a, &r->b, r->immediate)
#define RUN_Imm(name) ppc_##name(d, r->immediate)
#define RUN_Address(name) ppc_##name(d, r->immediate)
#define RUN_Compare(name) ppc_##name(d, &r->a, &r->b)
#define RUN_CompareV(name) ppc_##name(d, &r->a, &r->b, &r->vscr)

#define VEC(name, shape)                                                                           \
    static void run_##name(Run *r, PpcVector *d) { RUN_##shape(name); }
#include "target-ppc/vec.def"
#undef VEC

static const struct {
    const char *name;
    void (*run)(Run *r, PpcVector *d);
} rows[] = {
#define VEC(name, shape) {#name, run_##name},
#include "target-ppc/vec.def"
#undef VEC
};

static PpcVector random_vector(FpRandom *random)
{
    return (PpcVector){.u64 = {fp_random(random), fp_random(random)}};
}

static Run random_run(FpRandom *random, uint32_t vscr)
{
    return (Run){
        .a = random_vector(random),
        .b = random_vector(random),
        .c = random_vector(random),
        .vscr = vscr,
        .immediate = fp_random_below(random, 16),
    };
}

Test(vec, the_target_may_be_any_operand)
{
    FpRandom random = fp_random_new(3);

    for (unsigned i = 0; i < G_N_ELEMENTS(rows) * 50; i++) {
        unsigned row = i % G_N_ELEMENTS(rows);
        Run plain = random_run(&random, 0);
        Run to_a = plain, to_b = plain, to_c = plain;

        rows[row].run(&plain, &plain.d);
        rows[row].run(&to_a, &to_a.a);
        rows[row].run(&to_b, &to_b.b);
        rows[row].run(&to_c, &to_c.c);
        cr_assert(memcmp(&to_a.a, &plain.d, 16) == 0, "%s, d is a", rows[row].name);
        cr_assert(memcmp(&to_b.b, &plain.d, 16) == 0, "%s, d is b", rows[row].name);
        cr_assert(memcmp(&to_c.c, &plain.d, 16) == 0, "%s, d is c", rows[row].name);
    }
}

Test(vec, saturation_bit_is_sticky_and_nothing_else_in_vscr_changes)
{
    FpRandom random = fp_random_new(4);

    for (unsigned i = 0; i < G_N_ELEMENTS(rows) * 50; i++) {
        Run r = random_run(&random, i & 1 ? VSCR_NJ | VSCR_SAT : VSCR_NJ);
        uint32_t before = r.vscr;
        rows[i % G_N_ELEMENTS(rows)].run(&r, &r.d);
        cr_assert_eq(r.vscr | VSCR_SAT, before | VSCR_SAT);
        cr_assert_eq(r.vscr & before, before);
    }
}

/* ---- add, subtract --------------------------------------------------------------------------- */

Test(vec, modulo_sums_stay_inside_their_elements)
{
    expect_ab(ppc_vaddubm, EVERY("ff01807f"), EVERY("01018001"), EVERY("00020080"));
    expect_ab(ppc_vadduhm, EVERY("ffff7fff"), EVERY("00010001"), EVERY("00008000"));
    expect_ab(ppc_vadduwm, EVERY("ffffffff"), EVERY("00000002"), EVERY("00000001"));
    expect_ab(ppc_vsububm, EVERY("00018000"), EVERY("01028101"), EVERY("ffffffff"));
}

Test(vec, carries_are_one_when_there_is_a_carry_or_no_borrow)
{
    expect_ab(ppc_vaddcuw, "ffffffff ffffffff 80000000 00000001",
              "00000001 00000000 80000000 00000001", "00000001 00000000 00000001 00000000");
    expect_ab(ppc_vsubcuw, "00000001 00000000 80000000 00000000",
              "00000001 00000001 7fffffff 00000000", "00000001 00000000 00000001 00000001");
}

Test(vec, saturated_sums_stop_at_the_ends_and_set_sat)
{
    expect_abv(ppc_vaddubs, EVERY("ff804000"), EVERY("01804001"), EVERY("ffff8001"), VSCR_SAT);
    expect_abv(ppc_vaddsbs, EVERY("7f80ff01"), EVERY("0180ff01"), EVERY("7f80fe02"), VSCR_SAT);
    expect_abv(ppc_vsubuhs, EVERY("00010005"), EVERY("00020003"), EVERY("00000002"), VSCR_SAT);
    expect_abv(ppc_vsubsws, EVERY("80000000"), EVERY("00000001"), EVERY("80000000"), VSCR_SAT);
    expect_abv(ppc_vadduws, EVERY("fffffffe"), EVERY("00000001"), EVERY("ffffffff"), 0);
}

Test(vec, averages_round_up)
{
    expect_ab(ppc_vavgub, EVERY("ff00ff01"), EVERY("ff01fe02"), EVERY("ff01ff02"));
    expect_ab(ppc_vavgsb, EVERY("80ff7f00"), EVERY("80007fff"), EVERY("80007f00"));
    expect_ab(ppc_vavguw, EVERY("ffffffff"), EVERY("ffffffff"), EVERY("ffffffff"));
}

Test(vec, maxima_and_minima_know_the_sign)
{
    expect_ab(ppc_vmaxub, EVERY("80017fff"), EVERY("7f028000"), EVERY("800280ff"));
    expect_ab(ppc_vmaxsb, EVERY("80017fff"), EVERY("7f028000"), EVERY("7f027f00"));
    expect_ab(ppc_vminsh, EVERY("80000001"), EVERY("7fffffff"), EVERY("8000ffff"));
    expect_ab(ppc_vminuh, EVERY("80000001"), EVERY("7fffffff"), EVERY("7fff0001"));
}

/* ---- rotates and shifts of elements ---------------------------------------------------------- */

Test(vec, element_shifts_use_the_low_bits_of_their_counts)
{
    expect_ab(ppc_vrlb, EVERY("81818181"), EVERY("01f90810"), EVERY("03038181"));
    expect_ab(ppc_vrlw, EVERY("80000001"), EVERY("00000021"), EVERY("00000003"));
    expect_ab(ppc_vslh, EVERY("00018001"), EVERY("000f0011"), EVERY("80000002"));
    expect_ab(ppc_vsrab, EVERY("80807f80"), EVERY("07000700"), EVERY("ff800080"));
    expect_ab(ppc_vsraw, EVERY("80000000"), EVERY("0000003f"), EVERY("ffffffff"));
    expect_ab(ppc_vsrw, EVERY("80000000"), EVERY("0000003f"), EVERY("00000001"));
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static void expect_compare(PpcVecCompare *function, const char *a, const char *b, uint32_t cr6)
{
    PpcVector va = vec(a), vb = vec(b), d;
    cr_expect_eq(function(&d, &va, &vb), cr6);
}

Test(vec, cr6_tells_all_true_or_none_true)
{
    expect_compare(ppc_vcmpequb, COUNT_UP, COUNT_UP, 8);
    expect_compare(ppc_vcmpequb, COUNT_UP, COUNT_ON, 2);
    expect_compare(ppc_vcmpequb, COUNT_UP, ZEROS, 0);
    expect_compare(ppc_vcmpgtub, ONES, ZEROS, 8);
    expect_compare(ppc_vcmpgtsb, ONES, ZEROS, 2);
}

/* ---- products -------------------------------------------------------------------------------- */

Test(vec, even_elements_are_the_guests_first_of_each_pair)
{
    expect_ab(ppc_vmuleub, EVERY("02030405"), EVERY("01100110"), EVERY("00020004"));
    expect_ab(ppc_vmuloub, EVERY("02030405"), EVERY("01100110"), EVERY("00300050"));
    expect_ab(ppc_vmulesh, EVERY("ffff0001"), EVERY("00020003"), EVERY("fffffffe"));
    expect_ab(ppc_vmuleuh, EVERY("ffff0001"), EVERY("00020003"), EVERY("0001fffe"));
    expect_ab(ppc_vmulosb, EVERY("00800080"), EVERY("00800080"), EVERY("40004000"));
}

Test(vec, multiply_high_adds_after_shifting_and_saturates_once)
{
    expect_abcv(ppc_vmhaddshs,
                (const char *[]){EVERY("80004000"), EVERY("80000001"), EVERY("ffff0001")},
                EVERY("7fff0001"), 0);
    expect_abcv(ppc_vmhraddshs,
                (const char *[]){EVERY("80004000"), EVERY("80000001"), EVERY("00000001")},
                EVERY("7fff0002"), VSCR_SAT);
    expect(run_abc(ppc_vmladduhm, EVERY("ffff0003"), EVERY("ffff0004"), EVERY("00010005")),
           vec(EVERY("00020011")));
}

Test(vec, multiply_sums_add_the_products_of_a_word)
{
    expect(run_abc(ppc_vmsumubm, EVERY("01020304"), EVERY("05060708"), EVERY("ffffffff")),
           splat(5 + 12 + 21 + 32 - 1));
    expect(run_abc(ppc_vmsummbm, EVERY("ff010000"), EVERY("ff020000"), EVERY("00000000")),
           splat(2 - 255));
    expect(run_abc(ppc_vmsumshm, EVERY("80008000"), EVERY("80008000"), EVERY("00000000")),
           splat(0x80000000));
}

Test(vec, saturated_multiply_sums_saturate_only_the_total)
{
    expect_abcv(ppc_vmsumshs,
                (const char *[]){EVERY("80008000"), EVERY("80008000"), EVERY("ffffffff")},
                EVERY("7fffffff"), 0);
    expect_abcv(ppc_vmsumshs,
                (const char *[]){EVERY("80008000"), EVERY("80008000"), EVERY("00000000")},
                EVERY("7fffffff"), VSCR_SAT);
    expect_abcv(ppc_vmsumuhs,
                (const char *[]){EVERY("ffffffff"), EVERY("ffffffff"), EVERY("00000000")},
                EVERY("ffffffff"), VSCR_SAT);
}

Test(vec, sums_across_land_in_the_last_word_of_their_group)
{
    expect_abv(ppc_vsumsws, "00000001 00000002 00000003 00000004",
               "11111111 22222222 33333333 00000010", "00000000 00000000 00000000 0000001a", 0);
    expect_abv(ppc_vsum2sws, "00000001 00000002 7fffffff 00000004",
               "11111111 00000020 33333333 00000001", "00000000 00000023 00000000 7fffffff",
               VSCR_SAT);
    expect_abv(ppc_vsum4sbs, EVERY("01020380"), EVERY("00000001"), EVERY("ffffff87"), 0);
    expect_abv(ppc_vsum4ubs, EVERY("01020380"), EVERY("ffffff00"), EVERY("ffffff86"), 0);
    expect_abv(ppc_vsum4shs, EVERY("7fff0001"), EVERY("7fffffff"), EVERY("7fffffff"), VSCR_SAT);
}

/* ---- packs, unpacks, merges, splats ---------------------------------------------------------- */

Test(vec, packs_put_a_first)
{
    expect_ab(ppc_vpkuhum, COUNT_UP, COUNT_ON, "01030507 090b0d0f 11131517 191b1d1f");
    expect_ab(ppc_vpkuwum, COUNT_UP, COUNT_ON, "02030607 0a0b0e0f 12131617 1a1b1e1f");
}

Test(vec, packs_saturate_to_their_target)
{
    expect_abv(ppc_vpkshss, EVERY("7fff8000"), EVERY("00010080"),
               "7f807f80 7f807f80 017f017f 017f017f", VSCR_SAT);
    expect_abv(ppc_vpkshus, EVERY("7fff8000"), EVERY("000100ff"),
               "ff00ff00 ff00ff00 01ff01ff 01ff01ff", VSCR_SAT);
    expect_abv(ppc_vpkuwus, EVERY("80000000"), EVERY("0000ffff"), ONES, VSCR_SAT);
    expect_abv(ppc_vpkswss, EVERY("ffff8000"), EVERY("00007fff"),
               "80008000 80008000 7fff7fff 7fff7fff", 0);
}

Test(vec, pixels_lose_and_regain_their_low_bits)
{
    expect_ab(ppc_vpkpx, EVERY("01f80848"), EVERY("fe0708f7"),
              "fc29fc29 fc29fc29 003e003e 003e003e");

    PpcVector b = vec("fc290000 7fff8000 fc290000 7fff8000"), d;
    ppc_vupkhpx(&d, &b);
    expect(d, vec("ff1f0109 00000000 001f1f1f ff000000"));
    ppc_vupklpx(&d, &b);
    expect(d, vec("ff1f0109 00000000 001f1f1f ff000000"));
}

Test(vec, unpacks_extend_the_sign_of_the_high_or_low_half)
{
    PpcVector b = vec("00017f80 ff020304 80018002 7fff0001"), d;

    ppc_vupkhsb(&d, &b);
    expect(d, vec("00000001 007fff80 ffff0002 00030004"));
    ppc_vupklsh(&d, &b);
    expect(d, vec("ffff8001 ffff8002 00007fff 00000001"));
}

Test(vec, merges_alternate_a_and_b)
{
    expect_ab(ppc_vmrghb, COUNT_UP, COUNT_ON, "00100111 02120313 04140515 06160717");
    expect_ab(ppc_vmrglh, COUNT_UP, COUNT_ON, "08091819 0a0b1a1b 0c0d1c1d 0e0f1e1f");
    expect_ab(ppc_vmrghw, COUNT_UP, COUNT_ON, "00010203 10111213 04050607 14151617");
}

Test(vec, splats_take_the_guests_element)
{
    PpcVector b = vec(COUNT_UP), d;

    ppc_vspltb(&d, &b, 5);
    expect(d, splat(0x05050505));
    ppc_vsplth(&d, &b, 1);
    expect(d, splat(0x02030203));
    ppc_vspltw(&d, &b, 3);
    expect(d, splat(0x0c0d0e0f));
    ppc_vspltisb(&d, -16);
    expect(d, splat(0xf0f0f0f0));
    ppc_vspltish(&d, -1);
    expect(d, splat(0xffffffff));
    ppc_vspltisw(&d, 15);
    expect(d, splat(15));
}

/* ---- permutes -------------------------------------------------------------------------------- */

Test(vec, vperm_picks_bytes_of_a_then_b_by_five_bits)
{
    expect(run_abc(ppc_vperm, COUNT_UP, COUNT_ON, "1f000f10 e1010203 ffffffff 00000000"),
           vec("1f000f10 01010203 1f1f1f1f 00000000"));
}

Test(vec, vsel_takes_b_where_the_mask_is_one)
{
    expect(run_abc(ppc_vsel, EVERY("00ff00ff"), EVERY("0f0f0f0f"), EVERY("ffff0000")),
           vec(EVERY("0f0f00ff")));
}

Test(vec, vsldoi_takes_sixteen_octets_of_a_and_b)
{
    PpcVector a = vec(COUNT_UP), b = vec(COUNT_ON), d;

    ppc_vsldoi(&d, &a, &b, 0);
    expect(d, a);
    ppc_vsldoi(&d, &a, &b, 5);
    expect(d, vec("05060708 090a0b0c 0d0e0f10 11121314"));
}

Test(vec, whole_register_shifts_cross_elements)
{
    const char *a = "80000000 00000001 80000000 00000001";

    expect_ab(ppc_vsl, a, EVERY("01010101"), "00000000 00000003 00000000 00000002");
    expect_ab(ppc_vsr, a, EVERY("01010101"), "40000000 00000000 c0000000 00000000");
    expect_ab(ppc_vslo, COUNT_UP, EVERY("0000001f"), "03040506 0708090a 0b0c0d0e 0f000000");
    expect_ab(ppc_vsro, COUNT_UP, EVERY("00000078"), "00000000 00000000 00000000 00000000");
    expect_ab(ppc_vsro, COUNT_ON, EVERY("00000070"), "00000000 00000000 00000000 00001011");
}

Test(vec, permute_controls_rotate_by_the_address)
{
    PpcVector d;

    ppc_lvsl(&d, 0x1003);
    expect(d, vec("03040506 0708090a 0b0c0d0e 0f101112"));
    ppc_lvsr(&d, 0x1003);
    expect(d, vec("0d0e0f10 11121314 15161718 191a1b1c"));
    ppc_lvsr(&d, 0x1000);
    expect(d, vec(COUNT_ON));
}

/* ---- floating point -------------------------------------------------------------------------- */

#define F_ONE 0x3f800000u
#define F_INF 0x7f800000u
#define F_QNAN 0x7fc00000u
#define F_DENORMAL 0x00000001u
#define F_SMALLEST 0x00800000u
#define F_MINUS 0x80000000u

static uint32_t run_float2(PpcVecABV *function, uint32_t a, uint32_t b, uint32_t vscr)
{
    PpcVector va = splat(a), vb = splat(b), d;
    uint32_t after = vscr;

    function(&d, &va, &vb, &after);
    cr_expect_eq(after, vscr);
    return d.u32[0];
}

static uint32_t run_float1(PpcVecFloatB *function, uint32_t b, uint32_t vscr)
{
    PpcVector vb = splat(b), d;
    function(&d, &vb, &vscr);
    return d.u32[0];
}

Test(vec, float_nans_are_the_first_operands_made_quiet)
{
    cr_expect_eq(run_float2(ppc_vaddfp, 0x7f800001, 0xffc12345, 0), 0x7fc00001);
    cr_expect_eq(run_float2(ppc_vaddfp, F_ONE, 0xffc12345, 0), 0xffc12345);
    cr_expect_eq(run_float2(ppc_vsubfp, F_INF, F_INF, 0), F_QNAN);
    cr_expect_eq(run_float2(ppc_vmaxfp, F_ONE, 0x7f800001, 0), 0x7fc00001);
}

Test(vec, non_java_mode_makes_denormals_zero_on_both_sides)
{
    cr_expect_eq(run_float2(ppc_vaddfp, F_DENORMAL, 0, 0), F_DENORMAL);
    cr_expect_eq(run_float2(ppc_vaddfp, F_DENORMAL, 0, VSCR_NJ), 0);
    cr_expect_eq(run_float2(ppc_vsubfp, F_SMALLEST, F_SMALLEST + 1, 0), F_MINUS | F_DENORMAL);
    cr_expect_eq(run_float2(ppc_vsubfp, F_SMALLEST, F_SMALLEST + 1, VSCR_NJ), F_MINUS);
    cr_expect_eq(run_float2(ppc_vmaxfp, F_DENORMAL, F_MINUS, VSCR_NJ), 0);
    cr_expect_eq(run_float1(ppc_vrfip, F_DENORMAL, 0), F_ONE);
    cr_expect_eq(run_float1(ppc_vrfip, F_DENORMAL, VSCR_NJ), 0);
}

Test(vec, vmaddfp_is_a_times_c_plus_b_rounded_once)
{
    PpcVector a = splat(F_ONE + 1), b = splat(0xbf800002), d;
    uint32_t vscr = 0;

    ppc_vmaddfp(&d, &a, &b, &a, &vscr);
    expect(d, splat(0x28800000));
    ppc_vnmsubfp(&d, &a, &b, &a, &vscr);
    expect(d, splat(0xc0000002));
}

Test(vec, plus_zero_is_larger_than_minus_zero)
{
    cr_expect_eq(run_float2(ppc_vmaxfp, F_MINUS, 0, 0), 0);
    cr_expect_eq(run_float2(ppc_vminfp, 0, F_MINUS, 0), F_MINUS);
}

Test(vec, float_comparisons_are_false_for_nans_and_join_zeros)
{
    PpcVector a = words(F_QNAN, 0, F_ONE, F_INF), b = words(F_QNAN, F_MINUS, F_INF, F_ONE), d;
    uint32_t vscr = 0;

    cr_expect_eq(ppc_vcmpeqfp(&d, &a, &b, &vscr), 0);
    expect(d, words(0, UINT32_MAX, 0, 0));
    ppc_vcmpgefp(&d, &a, &b, &vscr);
    expect(d, words(0, UINT32_MAX, 0, UINT32_MAX));
    ppc_vcmpgtfp(&d, &a, &b, &vscr);
    expect(d, words(0, 0, 0, UINT32_MAX));
    cr_expect_eq(ppc_vcmpeqfp(&d, &b, &a, &vscr), 0);
}

Test(vec, vcmpbfp_marks_what_is_out_of_bounds)
{
    PpcVector bound = splat(F_ONE), d;
    PpcVector in = words(F_ONE, F_MINUS | F_ONE, 0, 0x3f000000);
    PpcVector out = words(F_ONE + 1, 0xbf800001, F_QNAN, 0);
    uint32_t vscr = 0;

    cr_expect_eq(ppc_vcmpbfp(&d, &in, &bound, &vscr), 2);
    expect(d, splat(0));
    cr_expect_eq(ppc_vcmpbfp(&d, &out, &bound, &vscr), 0);
    expect(d, words(0x80000000, 0x40000000, 0xc0000000, 0));
}

Test(vec, rounding_to_integers_follows_its_instruction)
{
    /* 0.5 1.5 -1.5 2.5 */
    PpcVector b = words(0x3f000000, 0x3fc00000, 0xbfc00000, 0x40200000), d;
    uint32_t vscr = 0;

    ppc_vrfin(&d, &b, &vscr);
    expect(d, words(0, 0x40000000, 0xc0000000, 0x40000000));
    ppc_vrfiz(&d, &b, &vscr);
    expect(d, words(0, F_ONE, 0xbf800000, 0x40000000));
    ppc_vrfip(&d, &b, &vscr);
    expect(d, words(F_ONE, 0x40000000, 0xbf800000, 0x40400000));
    ppc_vrfim(&d, &b, &vscr);
    expect(d, words(0, F_ONE, 0xc0000000, 0x40000000));
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

Test(vec, rounding_to_integers_agrees_with_the_c_library)
{
    FpRandom random = fp_random_new(8);

    for (int i = 0; i < 200000; i++) {
        uint32_t b = (uint32_t)fp_random(&random);
        b = i & 1 ? (b & 0x80ffffff) | (0x3e + (uint32_t)(i >> 1) % 14) << 24 : b;
        if ((b & ~F_MINUS) > F_INF) {
            continue;
        }
        cr_assert_eq(run_float1(ppc_vrfin, b, 0), bits_of(nearbyintf(float_of(b))), "%08x", b);
        cr_assert_eq(run_float1(ppc_vrfiz, b, 0), bits_of(truncf(float_of(b))), "%08x", b);
        cr_assert_eq(run_float1(ppc_vrfip, b, 0), bits_of(ceilf(float_of(b))), "%08x", b);
        cr_assert_eq(run_float1(ppc_vrfim, b, 0), bits_of(floorf(float_of(b))), "%08x", b);
    }
}

Test(vec, conversions_scale_by_powers_of_two)
{
    PpcVector b = words(0xffffffff, 0x80000000, 1, 0), d;

    ppc_vcfux(&d, &b, 0);
    expect(d, words(0x4f800000, 0x4f000000, F_ONE, 0));
    ppc_vcfsx(&d, &b, 1);
    expect(d, words(0xbf000000, 0xce800000, 0x3f000000, 0));
}

Test(vec, conversions_to_integers_cut_saturate_and_take_nans_for_zero)
{
    /* 1.75, -1.0, 2^32, NaN */
    PpcVector b = words(0x3fe00000, 0xbf800000, 0x4f800000, F_QNAN), d;
    uint32_t vscr = 0;

    ppc_vctsxs(&d, &b, 1, &vscr);
    expect(d, words(3, 0xfffffffe, 0x7fffffff, 0));
    cr_expect_eq(vscr, VSCR_SAT);
    ppc_vctuxs(&d, &b, 0, &vscr);
    expect(d, words(1, 0, 0xffffffff, 0));

    PpcVector exact = words(0xcf000000, 0xbf000000, 0x4effffff, F_DENORMAL);
    vscr = 0;
    ppc_vctsxs(&d, &exact, 0, &vscr);
    expect(d, words(0x80000000, 0, 0x7fffff80, 0));
    cr_expect_eq(vscr, 0);
}

/* ---- estimates ------------------------------------------------------------------------------- */

Test(vec, estimates_of_special_operands)
{
    cr_expect_eq(run_float1(ppc_vrefp, F_MINUS, 0), F_MINUS | F_INF);
    cr_expect_eq(run_float1(ppc_vrefp, F_MINUS | F_INF, 0), F_MINUS);
    cr_expect_eq(run_float1(ppc_vrefp, F_DENORMAL | F_MINUS, VSCR_NJ), F_MINUS | F_INF);
    cr_expect_eq(run_float1(ppc_vrsqrtefp, F_MINUS, 0), F_MINUS | F_INF);
    cr_expect_eq(run_float1(ppc_vrsqrtefp, F_INF, 0), 0);
    cr_expect_eq(run_float1(ppc_vrsqrtefp, F_MINUS | F_ONE, 0), F_QNAN);
    cr_expect_eq(run_float1(ppc_vlogefp, 0, 0), F_MINUS | F_INF);
    cr_expect_eq(run_float1(ppc_vlogefp, F_INF, 0), F_INF);
    cr_expect_eq(run_float1(ppc_vlogefp, F_MINUS | F_ONE, 0), F_QNAN);
    cr_expect_eq(run_float1(ppc_vexptefp, F_MINUS | F_INF, 0), 0);
    cr_expect_eq(run_float1(ppc_vexptefp, F_INF, 0), F_INF);
    cr_expect_eq(run_float1(ppc_vexptefp, 0x7f800001, 0), 0x7fc00001);
}

Test(vec, logarithms_and_powers_are_exact_for_whole_exponents)
{
    for (int exponent = -126; exponent < 128; exponent++) {
        uint32_t power = bits_of(ldexpf(1, exponent)), number = bits_of((float)exponent);
        cr_expect_eq(run_float1(ppc_vlogefp, power, 0), number);
        cr_expect_eq(run_float1(ppc_vexptefp, number, 0), power);
    }
}

static void expect_near(PpcVecFloatB *function, uint32_t b, double want)
{
    double got = float_of(run_float1(function, b, 0));
    cr_assert(fabs(got - want) <= fabs(want) * 1.2e-7, "%08x: got %g, want %g", b, got, want);
}

Test(vec, estimates_are_good_to_the_last_place)
{
    FpRandom random = fp_random_new(9);

    for (int i = 0; i < 50000; i++) {
        uint32_t exponent = 27 + fp_random_below(&random, 200);
        uint32_t x = ((uint32_t)fp_random(&random) & 0x007fffff) | exponent << 23;
        uint32_t small = bits_of((float)fp_random_below(&random, 0xffffff) / 0x20000 - 64);
        expect_near(ppc_vrefp, x, 1.0 / float_of(x));
        expect_near(ppc_vrsqrtefp, x, 1.0 / sqrt(float_of(x)));
        expect_near(ppc_vlogefp, x, log2(float_of(x)));
        expect_near(ppc_vexptefp, small, exp2(float_of(small)));
    }
}
