/* SPDX-License-Identifier: MIT */
/*
 * Every SPR number, read and written, in both modes, on every model, on step() and on the engine: done,
 * privileged or illegal, as the manuals list them.
 *
 * Source: PEM table 2-17 and 8.2 (mfspr, mtspr); 750UM 2.1, 7400UM tables 2-45 and 2-46, 7410UM 2.1,
 * 7450UM table 2-39. Not from a manual: 1012 and, where there is no L3 cache, 983, 984 and 1018, which
 * Mac OS X reads on every 745x (reference/macosx.md 2.2).
 */
#include "target-ppc/engine.h"
#include "tests/unit/ppc_bench.h"

enum { CODE = 0x4000, VECTORS_END = 0x3000, LOOP = 0x48000000 };
enum { P_ILLEGAL = 0x00080000, P_PRIVILEGED = 0x00040000 };

enum {
    M750 = 1 << 0,
    M7400 = 1 << 1,
    M7410 = 1 << 2,
    M7450 = 1 << 3, /* and 7441 */
    M7455 = 1 << 4, /* and 7445 */
    M7457 = 1 << 5,
    M7447 = 1 << 6, /* and 7447A, 7448: no L3 interface */
    G4 = M7400 | M7410,
    E745X = M7450 | M7455 | M7457 | M7447,
    VECTOR = G4 | E745X,
    ALL = M750 | VECTOR,
};

static const struct {
    const char *name;
    unsigned group;
} MODELS[] = {
    {"750_v3.1", M750},   {"750_v2.2", M750},   {"7400_v2.9", M7400}, {"7400_v1.0", M7400},
    {"7410_v1.4", M7410}, {"7441_v2.3", M7450}, {"7450_v2.1", M7450}, {"7445_v3.2", M7455},
    {"7455_v3.2", M7455}, {"7447_v1.1", M7447}, {"7457_v1.2", M7457}, {"7447a_v1.2", M7447},
    {"7448_v2.1", M7447}, {"7450_v1.0", M7450},
};

/* Numbers @first to @last; rights: u user, s supervisor only; r read, w write. */
static const struct {
    uint16_t first, last, models;
    const char *rights;
} REGISTERS[] = {
    {1, 1, ALL, "urw"},                       /* XER */
    {8, 9, ALL, "urw"},                       /* LR, CTR */
    {18, 19, ALL, "srw"},                     /* DSISR, DAR */
    {22, 22, ALL, "srw"},                     /* DEC */
    {25, 27, ALL, "srw"},                     /* SDR1, SRR0, SRR1 */
    {256, 256, VECTOR, "urw"},                /* VRSAVE */
    {268, 269, ALL, "ur"},                    /* TBL, TBU */
    {272, 275, ALL, "srw"},                   /* SPRG0-3 */
    {276, 279, M7455 | M7457 | M7447, "srw"}, /* SPRG4-7 */
    {282, 282, ALL, "srw"},                   /* EAR */
    {284, 285, ALL, "sw"},                    /* TBL, TBU */
    {287, 287, ALL, "sr"},                    /* PVR */
    {528, 543, ALL, "srw"},                   /* IBAT0-3, DBAT0-3 */
    {560, 575, M7455 | M7457 | M7447, "srw"}, /* IBAT4-7, DBAT4-7 */
    {928, 928, VECTOR, "ur"},                 /* UMMCR2 */
    {929, 930, E745X, "ur"},                  /* UPMC5, UPMC6 */
    {935, 935, VECTOR, "ur"},                 /* UBAMR */
    {936, 943, ALL, "ur"},                    /* UMMCR0, UPMC1-2, USIA, UMMCR1, UPMC3-4, USDA */
    {944, 944, VECTOR, "srw"},                /* MMCR2 */
    {945, 946, E745X, "srw"},                 /* PMC5, PMC6 */
    {951, 951, VECTOR, "srw"},                /* BAMR */
    {952, 959, ALL, "srw"},                   /* MMCR0, PMC1-2, SIA, MMCR1, PMC3-4, SDA */
    {980, 982, E745X, "srw"},                 /* TLBMISS, PTEHI, PTELO */
    {983, 984, E745X, "srw"},                 /* L3PM, L3ITCR0 */
    {1000, 1003, M7457, "srw"},               /* L3OHCR, L3ITCR1-3 */
    {1008, 1010, ALL, "srw"},                 /* HID0, HID1, IABR */
    {1011, 1012, E745X, "srw"},               /* ICTRL, LDSTDB */
    {1013, 1013, ALL, "srw"},                 /* DABR */
    {1014, 1015, VECTOR, "srw"},              /* MSSCR0; MSSCR1, MSSSR0 */
    {1016, 1016, M7410 | E745X, "srw"},       /* L2PMCR; LDSTCR */
    {1017, 1017, ALL, "srw"},                 /* L2CR */
    {1018, 1018, E745X, "srw"},               /* L3CR */
    {1019, 1019, ALL, "srw"},                 /* ICTC */
    {1020, 1022, M750 | G4, "srw"},           /* THRM1-3 */
    {1023, 1023, VECTOR, "srw"},              /* PIR */
};

static const char *rights_of(unsigned group, unsigned number)
{
    for (size_t i = 0; i < G_N_ELEMENTS(REGISTERS); i++) {
        if (number >= REGISTERS[i].first && number <= REGISTERS[i].last &&
            (REGISTERS[i].models & group)) {
            return REGISTERS[i].rights;
        }
    }
    return "";
}

/* SRR1's reason, 0 if it is done. Bit 0 of the SPR field (16 of the number) says whose it would be. */
static uint32_t outcome(unsigned group, unsigned number, bool is_write, bool user)
{
    const char *rights = rights_of(group, number);
    bool allowed = strchr(rights, is_write ? 'w' : 'r') && (!user || rights[0] == 'u');
    return allowed ? 0 : user && (number & 0x10) ? P_PRIVILEGED : P_ILLEGAL;
}

/* --- runs -------------------------------------------------------------------------------------------- */

static void set_up(const Bench *bench, unsigned number, bool is_write, bool user)
{
    PpcEnv *env = bench->env;
    uint32_t value = 0;
    ppc_spr_peek(env, number, &value);
    env->gpr[3] = value;
    env->pending_interrupts = 0;
    bench_put(bench, CODE, is_write ? word_mtspr(number, 3) : word_mfspr(3, number));
    bench_set_msr(env, BIT(MSR_ME) | (user ? BIT(MSR_PR) : 0));
    env->pc = CODE;
}

static void expect(const Bench *bench, const char *model, const char *where, unsigned number,
                   uint32_t wanted)
{
    const PpcEnv *env = bench->env;
    uint32_t reason = env->spr[SPR_SRR1] & 0x001f0000;
    if (wanted) {
        cr_assert_eq(env->pc, PPC_VECTOR_PROGRAM, "%s %s SPR %u: pc %08x", model, where, number,
                     env->pc);
        cr_assert_eq(reason, wanted, "%s %s SPR %u: %08x", model, where, number, reason);
        cr_assert_eq(env->spr[SPR_SRR0], CODE);
    } else {
        cr_assert_eq(env->pc, CODE + 4, "%s %s SPR %u: pc %08x", model, where, number, env->pc);
    }
}

static void run_engine(PpcEnv *env)
{
    clock_set_stop_icount(env->clock, *env->icount + ENGINE_STOP_DISTANCE + 20);
    ppc_deadline_changed(env);
    ppc_look_around(env);
    ppc_engine_run(env);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
}

static void try_model(const Bench *bench, const char *model, unsigned group)
{
    PpcEnv *env = bench->env;
    env->model = ppc_model_find(model, &error_abort);
    ppc_reset(env);
    for (unsigned number = 0; number < 1024; number++) {
        for (unsigned i = 0; i < 4; i++) {
            bool is_write = i & 1, user = i & 2;
            uint32_t wanted = outcome(group, number, is_write, user);
            set_up(bench, number, is_write, user);
            ppc_step(env);
            expect(bench, model, is_write ? "writes" : "reads", number, wanted);
            set_up(bench, number, is_write, user);
            run_engine(env);
            expect(bench, model, is_write ? "writes, engine," : "reads, engine,", number, wanted);
        }
    }
}

Test(spr_table, every_number_does_on_every_model_what_the_manuals_say)
{
    Bench bench = bench_new("7400_v2.9");
    for (uint32_t at = 0; at < VECTORS_END; at += 4) {
        stl_be_p(bench.host + at, LOOP);
    }
    bench_put(&bench, CODE + 4, LOOP);
    for (size_t m = 0; m < G_N_ELEMENTS(MODELS); m++) {
        try_model(&bench, MODELS[m].name, MODELS[m].group);
    }
}
