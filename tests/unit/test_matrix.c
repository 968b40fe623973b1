/* SPDX-License-Identifier: MIT */
/*
 * The matrix of exceptions: every row of matrix.def, once on step() and once on the engine, must leave
 * the registers, memory and PC that its manual section says.
 *
 * CORE99_MATRIX=1 prints the table (tests/matrix does). Each vector holds a branch to itself, so that a
 * run of many instructions ends where its first exception went and shows what that saved.
 */
#include "target-ppc/engine.h"
#include "tests/unit/ppc_bench.h"

#include <stdio.h>

enum {
    CODE = 0x4000,
    EA = 0x00300000, /* nothing is mapped here but by a row's own entry */
    PAGE = 0x5000,   /* what such an entry points to, mostly */
    EA_T = 0x20000000,
    TABLE = 0x10000,
    VSID = 0x123456,
    VECTORS_END = 0x3000,
    LOOP = 0x48000000, /* b . */
    STEPS = 60,
    ENGINE_INSNS = 400,
    WORDS = 4,
    FACTS = 6,
};

/* SRR1 and DSISR bits by their names in PEM tables 6-7 to 6-12. */
enum {
    MISS = 0x40000000,
    NO_EXECUTE = 0x10000000,
    PROTECTED = 0x08000000,
    DIRECT = 0x04000000,
    STORE = 0x02000000,
    DABR_HIT = 0x00400000,
    NO_EAR = 0x00100000,
    P_FP = 0x00100000,
    P_ILLEGAL = 0x00080000,
    P_PRIVILEGED = 0x00040000,
    P_TRAP = 0x00020000,
    P_LATER = 0x00010000,
};

enum {
    PTE_R = 0x100,
    PTE_C = 0x80,
    PTE_W = 0x40,
    PTE_I = 0x20,
    PTE_G = 0x08,
    SR_KS = 0x40000000,
    SR_KP = 0x20000000,
    SR_N = 0x10000000,
};
#define SR_T 0x80000000u

enum {
    ME = 1 << MSR_ME,
    EE = 1 << MSR_EE,
    PR = 1 << MSR_PR,
    IR = 1 << MSR_IR,
    DR = 1 << MSR_DR,
    FP = 1 << MSR_FP,
    VEC = 1 << MSR_VEC,
    SE = 1 << MSR_SE,
    BE = 1 << MSR_BE,
    FE0 = 1 << MSR_FE0,
    FE1 = 1 << MSR_FE1,
    IP = 1 << MSR_IP,
    RI = 1 << MSR_RI,
    PMM = 1 << MSR_PMM,
    LE = 1 << MSR_LE,
    ILE = 1 << MSR_ILE,
    POW = 1 << MSR_POW,
};

/* A fact set before the run, or wanted after it. */
typedef enum FactKind {
    NOTHING,
    GPR,
    SPR,
    SR,
    MEM,     /* a word of RAM */
    PTE,     /* second word of the entry for an effective address; group by its primary hash */
    PTE_H,   /* the same in the secondary group */
    FPSCR_,  /* */
    FPR,     /* high word */
    FPR_LOW, /* low word */
    VR,      /* word 0 to 3 of v1 */
    PENDING, /* asynchronous causes */
    RESERVE, /* a reservation at a real address */
    DEC,     /* */
    TBL_,    /* */
    TBU_,    /* */
    XER_,    /* */
    MSR_,    /* */
} FactKind;

typedef struct Fact {
    FactKind kind;
    uint32_t where, value;
} Fact;

typedef struct Cause {
    const char *name, *source, *model;
    uint32_t insn;
    uint32_t more[WORDS - 1]; /* behind it; 0: a nop, at last a branch to itself */
    uint32_t pc;              /* 0: CODE */
    uint32_t msr;             /* ME comes by itself */
    Fact set[FACTS], get[FACTS];
    uint32_t vector; /* 0: none; then the run ends in the branch behind the words */
    uint32_t srr0;   /* 0: the PC of the first word */
    uint32_t srr1;   /* what is not from MSR */
    uint32_t saved;  /* MSR at the exception, if the words changed it; ME comes by itself */
    uint32_t dar, dsisr;
    bool no_me, has_dar, has_dsisr;
    uint32_t ends; /* where a run without exception ends, if not behind the words */
} Cause;

#define W_D(primary, d, a, imm)                                                                    \
    ((uint32_t)(primary) << 26 | (d) << 21 | (a) << 16 | ((imm) & 0xffff))
#define W_X(xo, d, a, b) (31u << 26 | (d) << 21 | (a) << 16 | (b) << 11 | (xo) << 1)
#define W_A(primary, xo, d, a, b)                                                                  \
    ((uint32_t)(primary) << 26 | (d) << 21 | (a) << 16 | (b) << 11 | (xo) << 1)
#define W_SPR(xo, r, spr) W_X(xo, r, (spr) & 31, (spr) >> 5)
#define W_MFSPR(r, spr) W_SPR(339, r, spr)
#define W_MTSPR(spr, r) W_SPR(467, r, spr)
#define W_MTMSR(r) W_X(146, r, 0, 0)
#define AT(ea) .has_dar = true, .dar = (ea)
#define BECAUSE(bits) .has_dsisr = true, .dsisr = (bits)
#define SET(...) .set = {__VA_ARGS__}
#define GET(...) .get = {__VA_ARGS__}

static const Cause CAUSES[] = {
#define CAUSE(text, manual, ...) {.name = text, .source = manual, __VA_ARGS__},
#include "tests/unit/matrix.def"
#undef CAUSE
};

/* --- the machine ---------------------------------------------------------------------------------- */

static Bench new_machine(void)
{
    Bench bench = bench_new("7400_v2.9");
    MemoryRegion *high = g_new0(MemoryRegion, 1);
    memory_region_init_alias(high, NULL, "high", bench.ram, 0, VECTORS_END);
    memory_region_add_subregion(bench.root, 0xfff00000u, high);
    return bench;
}

static void fill_ram(const Bench *bench, const Cause *c)
{
    uint32_t pc = c->pc ? c->pc : CODE, munge = c->msr & LE ? 4 : 0;
    for (uint32_t at = 0; at < BENCH_RAM_SIZE; at += 4) {
        stl_be_p(bench->host + at, at < VECTORS_END ? LOOP : at < TABLE ? 0xab000000 + at : 0);
    }
    if (pc >= BENCH_RAM_SIZE) {
        return;
    }
    stl_be_p(bench->host + (pc ^ munge), c->insn);
    for (unsigned i = 1; i < WORDS; i++) {
        stl_be_p(bench->host + ((pc + 4 * i) ^ munge), c->more[i - 1] ? c->more[i - 1] : WORD_NOP);
    }
    stl_be_p(bench->host + ((pc + 4 * WORDS) ^ munge), LOOP);
}

static uint32_t entry_at(const PpcEnv *env, uint32_t ea, bool secondary)
{
    uint32_t hash = (env->sr[ea >> 28] & 0x7ffff) ^ (ea >> 12 & 0xffff);
    return TABLE | ((secondary ? ~hash : hash) & 0x3ff) << 6;
}

static void set_fact(const Bench *bench, const Fact *fact)
{
    PpcEnv *env = bench->env;
    switch (fact->kind) {
    case NOTHING:
    case MSR_:
        break;
    case GPR:
        env->gpr[fact->where] = fact->value;
        break;
    case SPR:
        ppc_spr_poke(env, fact->where, fact->value);
        break;
    case SR:
        env->sr[fact->where] = fact->value;
        break;
    case MEM:
        stl_be_p(bench->host + fact->where, fact->value);
        break;
    case PTE:
    case PTE_H: {
        bool h = fact->kind == PTE_H;
        uint8_t *entry = bench->host + entry_at(env, fact->where, h);
        stl_be_p(entry, 0x80000000u | (env->sr[fact->where >> 28] & 0xffffff) << 7 |
                            (h ? 0x40u : 0) | (fact->where >> 22 & 0x3f));
        stl_be_p(entry + 4, fact->value);
        break;
    }
    case FPSCR_:
        env->fpscr = fact->value;
        break;
    case FPR:
        env->fpr[fact->where] = (uint64_t)fact->value << 32 | (uint32_t)env->fpr[fact->where];
        break;
    case FPR_LOW:
        env->fpr[fact->where] = env->fpr[fact->where] >> 32 << 32 | fact->value;
        break;
    case VR:
        env->vr[1].u32[3 - fact->where] = fact->value;
        break;
    case PENDING:
        env->pending_interrupts = fact->value;
        break;
    case RESERVE:
        env->reserve_valid = true;
        env->reserve_addr = fact->where & ~31u;
        break;
    case DEC:
        ppc_dec_set(env, fact->value);
        env->pending_interrupts = 0;
        break;
    case TBL_:
        ppc_timebase_set(env, (ppc_timebase(env) >> 32 << 32) | fact->value);
        break;
    case TBU_:
        ppc_timebase_set(env, (uint64_t)fact->value << 32 | (uint32_t)ppc_timebase(env));
        break;
    case XER_:
        ppc_xer_set(env, fact->value);
        break;
    }
}

static uint32_t get_fact(const Bench *bench, const Fact *fact)
{
    PpcEnv *env = bench->env;
    uint32_t value = 0;
    switch (fact->kind) {
    case GPR:
        return env->gpr[fact->where];
    case SPR:
        ppc_spr_peek(env, fact->where, &value);
        return value;
    case SR:
        return env->sr[fact->where];
    case MEM:
        return bench_get(bench, fact->where);
    case PTE:
    case PTE_H:
        return bench_get(bench, entry_at(env, fact->where, fact->kind == PTE_H) + 4);
    case FPSCR_:
        ppc_sync(env);
        return env->fpscr;
    case FPR:
        return (uint32_t)(env->fpr[fact->where] >> 32);
    case FPR_LOW:
        return (uint32_t)env->fpr[fact->where];
    case VR:
        return env->vr[1].u32[3 - fact->where];
    case PENDING:
        return env->pending_interrupts;
    case RESERVE:
        return env->reserve_valid;
    case MSR_:
        return env->msr;
    case TBU_:
        return (uint32_t)(ppc_timebase(env) >> 32);
    default:
        return value;
    }
}

/* Vectors and code are executed by an instruction block; data has nothing but what the row sets. */
static void set_up(const Bench *bench, const Cause *c)
{
    PpcEnv *env = bench->env;
    env->model = ppc_model_find(c->model ? c->model : "7400", &error_abort);
    fill_ram(bench, c);
    ppc_reset(env);
    ppc_engine_drop_all(env);
    env->spr[SPR_SDR1] = TABLE;
    env->spr[SPR_IBAT0U] = 3;
    env->spr[SPR_IBAT0L] = 2;
    for (unsigned i = 0; i < 16; i++) {
        env->sr[i] = VSID + i;
    }
    env->gpr[7] = EA;
    env->gpr[8] = EA + 1;
    env->gpr[9] = 2;
    env->gpr[10] = 0x8000;
    env->gpr[11] = EA_T;
    env->pc = c->pc ? c->pc : CODE;
    bench_set_msr(env, c->msr | (c->no_me ? 0 : ME));
    for (unsigned i = 0; i < FACTS; i++) {
        set_fact(bench, &c->set[i]);
    }
    env->event = false;
    ppc_mmu_flush(env);
    env->deadline = clock_deadline(env->clock);
}

static void run_on_step(const Bench *bench)
{
    uint64_t end = *bench->env->icount + STEPS;
    for (unsigned i = 0; i < 4 * STEPS && *bench->env->icount < end; i++) {
        ppc_step(bench->env);
    }
}

static void run_on_engine(const Bench *bench)
{
    PpcEnv *env = bench->env;
    clock_set_stop_icount(env->clock, *env->icount + ENGINE_STOP_DISTANCE + ENGINE_INSNS);
    env->deadline = clock_deadline(env->clock);
    ppc_look_around(env);
    ppc_engine_run(env);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
}

/* --- what is expected ------------------------------------------------------------------------------- */

static void compare(GString *out, const char *what, uint32_t is, uint32_t wanted)
{
    if (is != wanted) {
        g_string_append_printf(out, " %s %08x, wanted %08x;", what, is, wanted);
    }
}

static void check_exception(GString *out, const PpcEnv *env, const Cause *c)
{
    uint32_t msr = (c->saved ? c->saved : c->msr) | (c->no_me ? 0 : ME);
    uint32_t after = msr & (ILE | IP | (c->vector == PPC_VECTOR_MACHINE_CHECK ? 0 : ME));
    uint32_t pc = c->pc ? c->pc : CODE;
    compare(out, "pc", env->pc, (msr & IP ? 0xfff00000u : 0) + c->vector);
    compare(out, "srr0", env->spr[SPR_SRR0], c->srr0 ? c->srr0 : pc);
    compare(out, "srr1", env->spr[SPR_SRR1], (msr & 0x87c0ffffu) | c->srr1);
    compare(out, "msr", env->msr, after | (msr & ILE ? LE : 0));
}

/* Empty: as the manual says. */
static char *check(const Bench *bench, const Cause *c)
{
    GString *out = g_string_new(NULL);
    const PpcEnv *env = bench->env;
    if (c->vector) {
        check_exception(out, env, c);
    } else {
        compare(out, "pc", env->pc, c->ends ? c->ends : (c->pc ? c->pc : CODE) + 4 * WORDS);
    }
    if (c->has_dar) {
        compare(out, "dar", env->spr[SPR_DAR], c->dar);
    }
    if (c->has_dsisr) {
        compare(out, "dsisr", env->spr[SPR_DSISR], c->dsisr);
    }
    for (unsigned i = 0; i < FACTS && c->get[i].kind; i++) {
        g_autofree char *what = g_strdup_printf("fact %u", i);
        compare(out, what, get_fact(bench, &c->get[i]), c->get[i].value);
    }
    return g_string_free(out, FALSE);
}

/* --- export ------------------------------------------------------------------------------------------- */

static void print_facts(const char *key, const Fact *facts)
{
    printf(", \"%s\": [", key);
    for (unsigned i = 0; i < FACTS && facts[i].kind; i++) {
        printf("%s[%d, %u, %u]", i ? ", " : "", facts[i].kind, facts[i].where, facts[i].value);
    }
    printf("]");
}

static void print_cause(const Cause *c)
{
    uint32_t pc = c->pc ? c->pc : CODE, me = c->no_me ? 0 : ME, msr = c->msr | me;
    uint32_t saved = c->saved ? c->saved | me : msr;
    printf("{\"name\": \"%s\", \"source\": \"%s\", \"model\": \"%s\", \"pc\": %u, \"msr\": %u, "
           "\"words\": [%u, %u, %u, %u], \"vector\": %u, \"srr0\": %u, \"srr1\": %u, \"ends\": %u",
           c->name, c->source, c->model ? c->model : "7400", pc, msr, c->insn,
           c->more[0] ? c->more[0] : WORD_NOP, c->more[1] ? c->more[1] : WORD_NOP,
           c->more[2] ? c->more[2] : WORD_NOP, c->vector, c->srr0 ? c->srr0 : pc,
           (saved & 0x87c0ffffu) | c->srr1, c->ends ? c->ends : pc + 4 * WORDS);
    print_facts("set", c->set);
    print_facts("get", c->get);
    if (c->has_dar) {
        printf(", \"dar\": %u", c->dar);
    }
    if (c->has_dsisr) {
        printf(", \"dsisr\": %u", c->dsisr);
    }
    printf("}\n");
}

/* For tests/matrix-qemu: the rows as JSON, one a line. */
Test(matrix, rows_can_be_exported)
{
    if (!g_getenv("CORE99_MATRIX_EXPORT")) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(CAUSES); i++) {
        print_cause(&CAUSES[i]);
    }
    fflush(stdout);
}

/* --- tests -------------------------------------------------------------------------------------------- */

Test(matrix, every_cause_does_what_its_manual_says_on_step_and_on_the_engine)
{
    Bench bench = new_machine();
    bool prints = g_getenv("CORE99_MATRIX") != NULL;
    unsigned failed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(CAUSES); i++) {
        const Cause *c = &CAUSES[i];
        set_up(&bench, c);
        run_on_step(&bench);
        g_autofree char *step = check(&bench, c);
        set_up(&bench, c);
        run_on_engine(&bench);
        g_autofree char *engine = check(&bench, c);
        failed += *step || *engine;
        if (prints) {
            printf("%-64s | %s | %s | %s%s%s\n", c->name, *step ? "FAIL" : "pass",
                   *engine ? "FAIL" : "pass", c->source, step, *engine ? engine : "");
        } else if (*step || *engine) {
            cr_log_error("%s: step%s engine%s (%s)", c->name, step, engine, c->source);
        }
    }
    if (prints) {
        printf("causes %zu, failed %u\n", G_N_ELEMENTS(CAUSES), failed);
        fflush(stdout);
    }
    cr_assert_eq(failed, 0, "%u of %zu causes", failed, G_N_ELEMENTS(CAUSES));
}

Test(matrix, no_two_causes_have_the_same_name)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(CAUSES); i++) {
        cr_assert(g_hash_table_add(names, (void *)(uintptr_t)CAUSES[i].name), "%s", CAUSES[i].name);
        cr_assert(*CAUSES[i].source, "%s", CAUSES[i].name);
    }
}
