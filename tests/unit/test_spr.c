/* SPDX-License-Identifier: MIT */
/*
 * target-ppc/spr.c, timebase.c, model.c: which registers a model has, who may touch them, and the ones
 * that do more than hold a value.
 */
#include "tests/unit/ppc_bench.h"

enum {
    USER_R = 1,
    USER_W = 2,
    SUPER_R = 4,
    SUPER_W = 8,
    USER_RW = 15,
    SUP_RW = 12,
    SUP_R = 4,
    SUP_W = 8,
    ILLEGAL = 0x00080000,
    PRIVILEGED = 0x00040000,
};

/* The rows again, without their hooks. */
typedef struct Row {
    const char *name;
    unsigned access;
    uint32_t needs, mask;
    bool has_reader, has_writer;
} Row;

#define PPC_FEATURE_ANY 0
#define PPC_FEATURE_745X_OR_L2CR2 (PPC_FEATURE_745X | PPC_FEATURE_L2CR2)
#define SPR(number, spr_name, rights, feature, write_mask, reader, writer, source)                 \
    [number] = {#spr_name,         rights,           PPC_FEATURE_##feature, write_mask,            \
                #reader[0] != 'N', #writer[0] != 'N'},
static const Row ROWS[1024] = {
#include "target-ppc/spr.def"
};
#undef SPR

static const char *const MODELS[] = {"750",  "7400", "7410", "7441",  "7450", "7445",
                                     "7455", "7447", "7457", "7447a", "7448"};

static Bench new_model(const char *model)
{
    Bench bench = bench_new("7400_v2.9");
    bench.env->model = ppc_model_find(model, &error_abort);
    ppc_reset(bench.env);
    bench_set_msr(bench.env, BIT(MSR_ME));
    return bench;
}

static void set_spr(const Bench *bench, unsigned number, uint32_t value)
{
    cr_assert(ppc_spr_write(bench->env, number, value), "SPR %u", number);
}

static uint32_t get_spr(const Bench *bench, unsigned number)
{
    uint32_t value = 0;
    cr_assert(ppc_spr_read(bench->env, number, &value), "SPR %u", number);
    return value;
}

/* --- who may do what --------------------------------------------------------------------------------- */

static void expect_access(PpcEnv *env, unsigned number, bool is_write, bool user)
{
    const Row *row = &ROWS[number];
    bool exists = row->name && (!row->needs || (row->needs & env->model->features));
    unsigned allowed = is_write ? USER_W | (user ? 0u : (unsigned)SUPER_W)
                                : USER_R | (user ? 0u : (unsigned)SUPER_R);
    uint32_t value = env->spr[number];
    bench_set_msr(env, BIT(MSR_ME) | (user ? BIT(MSR_PR) : 0));
    env->pc = 0x4000;
    bool ok = is_write ? ppc_spr_write(env, number, value) : ppc_spr_read(env, number, &value);
    cr_assert_eq(ok, exists && (row->access & allowed), "%s SPR %u %s", env->model->name, number,
                 is_write ? "write" : "read");
    if (!ok) {
        uint32_t reason = user && (number & 0x10) ? PRIVILEGED : ILLEGAL;
        cr_assert_eq(env->pc, PPC_VECTOR_PROGRAM);
        cr_assert_eq(env->spr[SPR_SRR0], 0x4000);
        cr_assert_eq(env->spr[SPR_SRR1] & 0x001f0000, reason, "%s SPR %u", env->model->name,
                     number);
    }
}

Test(spr, every_number_is_there_illegal_or_privileged_on_every_model)
{
    Bench bench = new_model("7400");
    for (size_t m = 0; m < G_N_ELEMENTS(MODELS); m++) {
        bench.env->model = ppc_model_find(MODELS[m], &error_abort);
        for (unsigned number = 0; number < 1024; number++) {
            for (unsigned i = 0; i < 4; i++) {
                expect_access(bench.env, number, i & 1, i >> 1);
            }
        }
    }
}

Test(spr, models_have_the_registers_of_their_manuals)
{
    static const struct {
        const char *model;
        unsigned number;
        bool exists;
    } facts[] = {
        {"750", SPR_VRSAVE, false}, {"7400", SPR_VRSAVE, true},  {"750", SPR_THRM1, true},
        {"7400", SPR_THRM1, true},  {"7450", SPR_THRM1, false},  {"7400", SPR_ICTRL, false},
        {"7450", SPR_ICTRL, true},  {"7450", SPR_DBAT4U, false}, {"7455", SPR_DBAT4U, true},
        {"7448", SPR_SPRG7, true},  {"7400", SPR_SPRG4, false},  {"7400", SPR_LDSTCR, false},
        {"7410", SPR_LDSTCR, true}, {"7450", SPR_LDSTCR, true},  {"750", SPR_PIR, false},
        {"7400", SPR_PIR, true},    {"7400", SPR_PMC5, false},   {"7450", SPR_PMC5, true},
        {"750", SPR_MSSCR0, false}, {"7400", SPR_MSSCR0, true},  {"750", SPR_L2CR, true},
    };
    Bench bench = new_model("7400");
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
        bench.env->model = ppc_model_find(facts[i].model, &error_abort);
        cr_assert_eq(ppc_spr_name(bench.env, facts[i].number) != NULL, facts[i].exists, "%s SPR %u",
                     facts[i].model, facts[i].number);
    }
}

Test(spr, plain_registers_hold_what_their_mask_lets_through)
{
    Bench bench = new_model("7455");
    for (unsigned number = 0; number < 1024; number++) {
        const Row *row = &ROWS[number];
        if (!ppc_spr_name(bench.env, number) || row->access != SUP_RW || row->has_reader ||
            (row->has_writer && row->mask == UINT32_MAX)) {
            continue;
        }
        set_spr(&bench, number, UINT32_MAX);
        cr_assert_eq(get_spr(&bench, number), row->mask, "%s", row->name);
        set_spr(&bench, number, 0);
        cr_assert_eq(get_spr(&bench, number), 0, "%s", row->name);
    }
}

Test(spr, names_find_their_numbers_and_back)
{
    Bench bench = new_model("7448");
    for (unsigned number = 0; number < 1024; number++) {
        const char *name = ppc_spr_name(bench.env, number);
        if (name) {
            cr_assert_eq(ppc_spr_by_name(bench.env, name), (int)number);
        }
    }
    cr_assert_eq(ppc_spr_by_name(bench.env, "THRM1"), -1);
    cr_assert_eq(ppc_spr_by_name(bench.env, "hid0"), SPR_HID0);
}

Test(spr, pvr_tells_the_model_and_cannot_be_written)
{
    static const struct {
        const char *model;
        uint32_t pvr;
    } models[] = {{"g3", 0x00080301},   {"g4", 0x000c0209},      {"nitro", 0x800c1104},
                  {"vger", 0x80000201}, {"7445", 0x80010302},    {"apollo6", 0x80010302},
                  {"7447", 0x80020101}, {"apollo7", 0x80020102}, {"7447a", 0x80030102},
                  {"7448", 0x80040201}, {"7441", 0x80000203},    {"MAX", 0x000c0209}};
    Bench bench = new_model("7400");
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        bench.env->model = ppc_model_find(models[i].model, &error_abort);
        ppc_reset(bench.env);
        cr_assert_eq(get_spr(&bench, SPR_PVR), models[i].pvr, "%s", models[i].model);
        cr_assert_not(ppc_spr_write(bench.env, SPR_PVR, 0));
    }
}

Test(spr, a_model_that_does_not_exist_gets_a_suggestion)
{
    Error *error = NULL;
    cr_assert_null(ppc_model_find("7455_v3.3", &error));
    cr_assert(strstr(error_get_pretty(error), "7455_v3.2"), "%s", error_get_pretty(error));
    error_free(error);
}

/* --- registers that do something ---------------------------------------------------------------------- */

Test(spr, requests_to_caches_are_done_at_once)
{
    static const struct {
        const char *model;
        unsigned number;
        uint32_t wanted, stays;
    } facts[] = {
        {"7400", SPR_L2CR, 0x80200801, 0x80000000},   {"7455", SPR_L3CR, 0x80000c00, 0x80000000},
        {"7455", SPR_MSSCR0, 0x00810000, 0x00010000}, {"7455", SPR_ICTRL, 0x00000103, 0x00000103},
        {"7400", SPR_HID0, 0x0000cc00, 0x0000c000},   {"7455", SPR_HID0, 0x0400cc00, 0x0000c000},
        {"7400", SPR_HID0, 0x04040000, 0x04040000},   {"7455", SPR_HID0, 0x80040000, 0x80000000},
    };
    Bench bench = new_model("7400");
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
        bench.env->model = ppc_model_find(facts[i].model, &error_abort);
        set_spr(&bench, facts[i].number, facts[i].wanted);
        cr_assert_eq(get_spr(&bench, facts[i].number), facts[i].stays, "%s SPR %u: %08x",
                     facts[i].model, facts[i].number, get_spr(&bench, facts[i].number));
    }
}

Test(spr, thermal_registers_compare_with_24_degrees)
{
    enum { V = 1, TID = 4, TIN = (int)0x80000000, TIV = 0x40000000 };
    Bench bench = new_model("7400");
    uint32_t at_23 = 23u << 23 | V, at_25 = 25u << 23 | V;
    set_spr(&bench, SPR_THRM1, at_23);
    cr_assert_eq(get_spr(&bench, SPR_THRM1), at_23, "off until THRM3[E]");
    set_spr(&bench, SPR_THRM3, 1);
    cr_assert_eq(get_spr(&bench, SPR_THRM1), at_23 | (uint32_t)(TIN | TIV));
    set_spr(&bench, SPR_THRM1, at_25);
    cr_assert_eq(get_spr(&bench, SPR_THRM1), at_25 | TIV);
    set_spr(&bench, SPR_THRM2, at_25 | TID);
    cr_assert_eq(get_spr(&bench, SPR_THRM2), at_25 | TID | (uint32_t)(TIN | TIV));
    set_spr(&bench, SPR_THRM2, at_23 | TID);
    cr_assert_eq(get_spr(&bench, SPR_THRM2), at_23 | TID | TIV);
    set_spr(&bench, SPR_THRM2, 23u << 23);
    cr_assert_eq(get_spr(&bench, SPR_THRM2), 23u << 23, "not valid");
}

Test(spr, users_read_copies_of_the_performance_monitor)
{
    Bench bench = new_model("7450");
    for (unsigned number = 928; number <= 943; number++) {
        if (!ppc_spr_name(bench.env, number)) {
            continue;
        }
        bench_set_msr(bench.env, BIT(MSR_ME));
        set_spr(&bench, number + 16, 0x80000000u | number);
        uint32_t value = get_spr(&bench, number + 16);
        bench_set_msr(bench.env, BIT(MSR_ME) | BIT(MSR_PR));
        cr_assert_eq(get_spr(&bench, number), value, "SPR %u", number);
        cr_assert_str_eq(ppc_spr_name(bench.env, number) + 1, ppc_spr_name(bench.env, number + 16));
    }
}

Test(spr, xer_has_no_reserved_bits)
{
    Bench bench = new_model("7400");
    set_spr(&bench, SPR_XER, UINT32_MAX);
    cr_assert_eq(get_spr(&bench, SPR_XER), 0xe000007f);
    for (unsigned bit = 0; bit < 32; bit++) {
        set_spr(&bench, SPR_XER, BIT(bit));
        cr_assert_eq(get_spr(&bench, SPR_XER), BIT(bit) & 0xe000007f);
    }
}

Test(spr, the_same_value_again_keeps_cached_translations)
{
    Bench bench = new_model("7400");
    uint64_t value;
    set_spr(&bench, SPR_DBAT0U, 2);
    set_spr(&bench, SPR_DBAT0L, 2);
    bench_set_msr(bench.env, BIT(MSR_DR));
    cr_assert(ppc_load(bench.env, 0x5000, 4, &value));
    uint32_t tag = bench.env->data_read_tlb[5].tag;
    cr_assert_eq(tag, 0x5000);
    set_spr(&bench, SPR_DBAT0U, 2);
    cr_assert_eq(bench.env->data_read_tlb[5].tag, tag);
    set_spr(&bench, SPR_DBAT0U, 3);
    cr_assert_neq(bench.env->data_read_tlb[5].tag, tag);
}

/* --- time ---------------------------------------------------------------------------------------------- */

static void pass_ticks(const Bench *bench, uint64_t ticks)
{
    *bench->env->icount += ticks * PPC_NS_PER_TICK; /* 1 ns an instruction */
    ppc_event_point(bench->env);
}

Test(spr, the_time_base_counts_from_what_was_written)
{
    Bench bench = new_model("7400");
    cr_assert_eq(ppc_timebase(bench.env), 0);
    pass_ticks(&bench, 7);
    cr_assert_eq(get_spr(&bench, SPR_TBL), 7);
    set_spr(&bench, SPR_TBWU, 0x12345678);
    set_spr(&bench, SPR_TBWL, 0xfffffffe);
    cr_assert_eq(ppc_timebase(bench.env), UINT64_C(0x12345678fffffffe));
    pass_ticks(&bench, 3);
    cr_assert_eq(get_spr(&bench, SPR_TBU), 0x12345679);
    cr_assert_eq(get_spr(&bench, SPR_TBL), 1);
    ppc_timebase_set(bench.env, UINT64_MAX);
    pass_ticks(&bench, 1);
    cr_assert_eq(ppc_timebase(bench.env), 0);
}

Test(spr, the_decrementer_interrupts_when_it_becomes_negative)
{
    Bench bench = new_model("7400");
    set_spr(&bench, SPR_DEC, 10);
    pass_ticks(&bench, 10);
    cr_assert_eq(get_spr(&bench, SPR_DEC), 0);
    cr_assert_eq(bench.env->pending_interrupts, 0);
    pass_ticks(&bench, 1);
    cr_assert_eq(get_spr(&bench, SPR_DEC), UINT32_MAX);
    cr_assert_eq(bench.env->pending_interrupts, PPC_INTERRUPT_DECR);
    bench.env->pending_interrupts = 0;
    pass_ticks(&bench, 5);
    cr_assert_eq(get_spr(&bench, SPR_DEC), UINT32_MAX - 5);
    cr_assert_eq(bench.env->pending_interrupts, 0);
}

Test(spr, the_decrementer_wraps_and_interrupts_again)
{
    Bench bench = new_model("7400");
    set_spr(&bench, SPR_DEC, 0x80000000u);
    cr_assert_eq(bench.env->pending_interrupts, 0, "it was negative after reset");
    pass_ticks(&bench, 0x80000000u);
    cr_assert_eq(get_spr(&bench, SPR_DEC), 0);
    cr_assert_eq(bench.env->pending_interrupts, 0);
    pass_ticks(&bench, 1);
    cr_assert_eq(bench.env->pending_interrupts, PPC_INTERRUPT_DECR);
    bench.env->pending_interrupts = 0;
    pass_ticks(&bench, UINT64_C(0x100000000) - 1);
    cr_assert_eq(bench.env->pending_interrupts, 0);
    pass_ticks(&bench, 1);
    cr_assert_eq(bench.env->pending_interrupts, PPC_INTERRUPT_DECR);
    cr_assert_eq(get_spr(&bench, SPR_DEC), UINT32_MAX);
}

Test(spr, writing_a_negative_decrementer_over_a_positive_one_interrupts)
{
    Bench bench = new_model("7400");
    set_spr(&bench, SPR_DEC, 100);
    cr_assert_eq(bench.env->pending_interrupts, 0);
    set_spr(&bench, SPR_DEC, 0x80000001u);
    cr_assert_eq(bench.env->pending_interrupts, PPC_INTERRUPT_DECR);
    bench.env->pending_interrupts = 0;
    set_spr(&bench, SPR_DEC, 0x90000000u);
    cr_assert_eq(bench.env->pending_interrupts, 0);
    set_spr(&bench, SPR_DEC, 5);
    pass_ticks(&bench, 6);
    set_spr(&bench, SPR_DEC, 1000); /* what happened stays pending */
    cr_assert_eq(bench.env->pending_interrupts, PPC_INTERRUPT_DECR);
}

Test(spr, writes_of_time_and_hid0_make_event_points_and_others_do_not)
{
    static const unsigned makes[] = {SPR_DEC, SPR_TBWL, SPR_TBWU, SPR_HID0};
    static const unsigned makes_not[] = {SPR_SPRG0, SPR_SDR1, SPR_DBAT0U,
                                         SPR_LR,    SPR_XER,  SPR_DABR};
    Bench bench = new_model("7400");
    for (size_t i = 0; i < G_N_ELEMENTS(makes); i++) {
        bench.env->event = false;
        set_spr(&bench, makes[i], 0);
        cr_assert(bench.env->event, "SPR %u", makes[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(makes_not); i++) {
        bench.env->event = false;
        set_spr(&bench, makes_not[i], 0x40);
        cr_assert_not(bench.env->event, "SPR %u", makes_not[i]);
    }
}

Test(spr, the_debugger_pokes_without_event_points_or_exceptions)
{
    Bench bench = new_model("7400");
    uint32_t value;
    bench_set_msr(bench.env, BIT(MSR_PR));
    bench.env->event = false;
    ppc_spr_poke(bench.env, SPR_HID0, 0x8000);
    ppc_spr_poke(bench.env, SPR_SPRG0, 5);
    ppc_spr_poke(bench.env, 3, 5);
    cr_assert(ppc_spr_peek(bench.env, SPR_HID0, &value));
    cr_assert_eq(value, 0x8000);
    cr_assert_not(ppc_spr_peek(bench.env, 3, &value));
    cr_assert_not(bench.env->event);
    cr_assert_eq(bench.env->msr, BIT(MSR_PR));
}
