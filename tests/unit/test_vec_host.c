/* SPDX-License-Identifier: MIT */
/*
 * vec_host_*.h, what the engine's handlers compute on the host's vector unit, against vec_*.c: every row
 * of vec.def on random and special operands, VSCR[NJ] and [SAT] included. In portable builds both are one.
 */
#include "target-ppc/decode.h"
#include "target-ppc/threading.h"
#include "tests/unit/vec_operands.h"

#include <criterion/criterion.h>
#include <fenv.h>

enum { CASES_A_ROW = 40000 };

typedef struct Operands {
    PpcVector a, b, c;
    uint32_t immediate;
} Operands;

typedef struct Result {
    PpcVector d;
    uint32_t vscr, cr6;
    bool done;
} Result;

typedef void Run(const Operands *o, Result *r);

#define DO(call)                                                                                   \
    do {                                                                                           \
        call;                                                                                      \
        r->done = true;                                                                            \
    } while (0)
#define RUN_AB(f) DO(f(&r->d, &o->a, &o->b))
#define RUN_ABV(f) DO(f(&r->d, &o->a, &o->b, &r->vscr))
#define RUN_ABC(f) DO(f(&r->d, &o->a, &o->b, &o->c))
#define RUN_ABCV(f) DO(f(&r->d, &o->a, &o->b, &o->c, &r->vscr))
#define RUN_B(f) DO(f(&r->d, &o->b))
#define RUN_BImm(f) DO(f(&r->d, &o->b, o->immediate & 31))
#define RUN_ABImm(f) DO(f(&r->d, &o->a, &o->b, o->immediate & 15))
#define RUN_Imm(f) DO(f(&r->d, (int32_t)(o->immediate & 31) - 16))
#define RUN_Address(f) DO(f(&r->d, o->immediate))
#define RUN_Compare(f) DO(r->cr6 = f(&r->d, &o->a, &o->b))
#define RUN_CompareV(f) DO(r->cr6 = f(&r->d, &o->a, &o->b, &r->vscr))
#define FLOAT_AB(f) f(&r->d, &o->a, &o->b, &r->vscr)
#define FLOAT_ABC(f) f(&r->d, &o->a, &o->b, &o->c, &r->vscr)
#define FLOAT_B(f) f(&r->d, &o->b, &r->vscr)
#define FLOAT_BImm(f) f(&r->d, &o->b, o->immediate & 31, &r->vscr)
#define ASSIST(is_float, ...)                                                                      \
    (!(r->vscr & VSCR_NJ) &&                                                                       \
     ppc_vec_wants_assist((const PpcVecSource[3]){__VA_ARGS__}, (is_float) ? &r->d : NULL))
/* The exact way is done unless the assist exception is due. */
#define EXACT_FloatAB(f) (FLOAT_AB(f), r->done = !ASSIST(true, &o->a, &o->b))
#define EXACT_FloatABC(f) (FLOAT_ABC(f), r->done = !ASSIST(true, &o->a, &o->b, &o->c))
#define EXACT_FloatB(f) (FLOAT_B(f), r->done = !ASSIST(true, &o->b))
#define EXACT_FloatBImm(f) (FLOAT_BImm(f), r->done = !ASSIST(false, &o->b))
#define EXACT_AB RUN_AB
#define EXACT_ABV RUN_ABV
#define EXACT_ABC RUN_ABC
#define EXACT_ABCV RUN_ABCV
#define EXACT_B RUN_B
#define EXACT_BImm RUN_BImm
#define EXACT_ABImm RUN_ABImm
#define EXACT_Imm RUN_Imm
#define EXACT_Address RUN_Address
#define EXACT_Compare RUN_Compare
#define EXACT_CompareV RUN_CompareV
#define FAST_FloatAB(f) r->done = FLOAT_AB(f)
#define FAST_FloatABC(f) r->done = FLOAT_ABC(f)
#define FAST_FloatB(f) r->done = FLOAT_B(f)
#define FAST_FloatBImm(f) r->done = FLOAT_BImm(f)
#define FAST_AB RUN_AB
#define FAST_ABV RUN_ABV
#define FAST_ABC RUN_ABC
#define FAST_ABCV RUN_ABCV
#define FAST_B RUN_B
#define FAST_BImm RUN_BImm
#define FAST_ABImm RUN_ABImm
#define FAST_Imm RUN_Imm
#define FAST_Address RUN_Address
#define FAST_Compare RUN_Compare
#define FAST_CompareV RUN_CompareV

#define VEC(name, shape)                                                                           \
    static void exact_##name(const Operands *o, Result *r) { EXACT_##shape(ppc_##name); }          \
    static void fast_##name(const Operands *o, Result *r) { FAST_##shape(host_##name); }
#include "target-ppc/vec.def"
#undef VEC

static const struct {
    const char *name;
    Run *exact, *fast;
    PpcInsnId id;
} rows[] = {
#define VEC(name, shape) {#name, exact_##name, fast_##name, INSN_##name},
#include "target-ppc/vec.def"
#undef VEC
};

/* VSCR before; the direction of rounding is none of AltiVec's business. */
static void set_up(FpRandom *random, Operands *o, Result *r)
{
    static const uint32_t vscr[] = {VSCR_NJ, VSCR_NJ, VSCR_NJ | VSCR_SAT, 0};
    *o = (Operands){vec_random(random), vec_random(random), vec_random(random),
                    (uint32_t)fp_random(random)};
    *r = (Result){.d = vec_random(random), .vscr = vscr[fp_random_below(random, 4)]};
}

static void expect_same(const char *name, const Operands *o, const Result *exact,
                        const Result *fast)
{
    bool same = memcmp(&exact->d, &fast->d, sizeof(exact->d)) == 0 && exact->vscr == fast->vscr &&
                exact->cr6 == fast->cr6 && exact->done;
    cr_assert(
        same,
        "%s imm %u of %08x %08x %08x %08x, %08x %08x %08x %08x, %08x %08x %08x %08x: %08x %08x "
        "%08x %08x vscr %x cr6 %x, wanted %08x %08x %08x %08x vscr %x cr6 %x done %d",
        name, o->immediate & 31, o->a.u32[3], o->a.u32[2], o->a.u32[1], o->a.u32[0], o->b.u32[3],
        o->b.u32[2], o->b.u32[1], o->b.u32[0], o->c.u32[3], o->c.u32[2], o->c.u32[1], o->c.u32[0],
        fast->d.u32[3], fast->d.u32[2], fast->d.u32[1], fast->d.u32[0], fast->vscr, fast->cr6,
        exact->d.u32[3], exact->d.u32[2], exact->d.u32[1], exact->d.u32[0], exact->vscr, exact->cr6,
        exact->done);
}

/* How many of @cases were done by the fast way. */
static unsigned compare_row(unsigned row, unsigned cases, uint64_t seed)
{
    FpRandom random = fp_random_new(seed + row);
    unsigned done = 0;
    for (unsigned i = 0; i < cases; i++) {
        Operands o;
        Result exact, fast;
        set_up(&random, &o, &exact);
        fast = exact;
        rows[row].fast(&o, &fast);
        if (fast.done) {
            rows[row].exact(&o, &exact);
            expect_same(rows[row].name, &o, &exact, &fast);
            done++;
        }
    }
    return done;
}

Test(vec_host, every_row_does_what_the_portable_one_does)
{
    for (unsigned row = 0; row < G_N_ELEMENTS(rows); row++) {
        compare_row(row, CASES_A_ROW, 1);
    }
}

/* The engine runs these only while the scalar FPU's state means nothing. */
static bool may_be_inexact(unsigned row) { return ppc_insn_row(rows[row].id)->flags & F_INEXACT; }

Test(vec_host, results_of_other_rows_do_not_depend_on_the_direction_of_the_scalar_fpu)
{
    static const int directions[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (unsigned row = 0; row < G_N_ELEMENTS(rows); row++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(directions) && !may_be_inexact(row); i++) {
            fesetround(directions[i]);
            compare_row(row, 500, 2 + i);
            cr_assert_eq(fegetround(), directions[i]);
            fesetround(FE_TONEAREST);
        }
    }
}

Test(vec_host, no_other_row_leaves_an_inexact_behind)
{
    FpRandom random = fp_random_new(7);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows) * 200; i++) {
        unsigned row = i % G_N_ELEMENTS(rows);
        Operands o;
        Result r;
        set_up(&random, &o, &r);
        feclearexcept(FE_ALL_EXCEPT);
        rows[row].fast(&o, &r);
        cr_assert(may_be_inexact(row) || !fetestexcept(FE_INEXACT), "%s", rows[row].name);
    }
}

Test(vec_host, an_inexact_of_the_scalar_fpu_survives)
{
    FpRandom random = fp_random_new(8);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows) * 20; i++) {
        Operands o;
        Result r;
        set_up(&random, &o, &r);
        feraiseexcept(FE_INEXACT);
        rows[i % G_N_ELEMENTS(rows)].fast(&o, &r);
        cr_assert(fetestexcept(FE_INEXACT), "%s", rows[i % G_N_ELEMENTS(rows)].name);
    }
}

Test(vec_host, what_is_declined_is_left_as_it_was)
{
    FpRandom random = fp_random_new(9);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows) * 500; i++) {
        Operands o;
        Result before, after;
        set_up(&random, &o, &before);
        after = before;
        rows[i % G_N_ELEMENTS(rows)].fast(&o, &after);
        cr_assert(after.done ||
                  (memcmp(&before.d, &after.d, 16) == 0 && before.vscr == after.vscr));
    }
}

Test(vec_host, quadwords_are_reversed_on_their_way_from_and_to_memory)
{
    uint8_t memory[17], copy[17] = {0};
    PpcVector v;
    for (unsigned i = 0; i < 17; i++) {
        memory[i] = (uint8_t)(0xa0 + i);
    }
    host_load_guest(&v, memory + 1);
    cr_assert_eq(v.u8[15], 0xa1);
    cr_assert_eq(v.u8[0], 0xb0);
    host_store_guest(copy + 1, &v);
    cr_assert_arr_eq(copy + 1, memory + 1, 16);
}
