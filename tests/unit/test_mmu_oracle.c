/* SPDX-License-Identifier: MIT */
/*
 * target-ppc's MMU against a walk that shares nothing with it: address, cause, R and C of random accesses
 * in random blocks, segments and page tables, on step()'s accessors and on the engine.
 *
 * The oracle is PEM chapter 7 read slowly: no masks prepared, no caches, the table as the manual draws
 * it. Between accesses the guest changes registers and entries, with and without tlbie.
 */
#include "target-ppc/engine.h"
#include "target-ppc/mmu.h"
#include "tests/unit/ppc_bench.h"

enum {
    CODE = 0x4000,
    TABLE = 0x20000, /* 128 KiB of table: two groups of 64 KiB */
    DATA_END = 0x20000,
    ACCESSES = 4000000,
    BURSTS = 20000,
};
#define BIT_MSB(n) (UINT32_C(0x80000000) >> (n)) /* as the manual numbers them */

typedef struct Chance {
    uint64_t state;
} Chance;

static uint32_t any(Chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

static uint32_t below(Chance *chance, uint32_t limit) { return any(chance) % limit; }

/* --- the oracle ------------------------------------------------------------------------------------- */

typedef struct Verdict {
    uint32_t cause; /* DSISR, or SRR1 of an ISI; 0: done */
    uint32_t pa;
    uint32_t entry; /* physical address of the entry used; 0: none */
    bool sets_r, sets_c;
} Verdict;

typedef enum Kind { LOAD, STORE, FETCH } Kind;

/* The field of bits @from to @to of the manual. */
static uint32_t field(uint32_t word, unsigned from, unsigned to)
{
    return word << from >> (31 - to + from);
}

static uint32_t miss(void) { return BIT_MSB(1); }
static uint32_t protection(void) { return BIT_MSB(4); }

/* PEM 7.4, 7450UM 5.3.2: BEPI 0-14, XBL 15-18, BL 19-29, Vs 30, Vp 31; BRPN 0-14, WIMG 25-28, PP 30-31. */
static bool ask_block(const uint32_t bat[2], bool user, bool xbsen, uint32_t ea, Kind kind,
                      Verdict *verdict)
{
    uint32_t upper = bat[0], lower = bat[1], pp = field(lower, 30, 31);
    uint32_t bl = (xbsen ? field(upper, 15, 18) << 11 : 0) | field(upper, 19, 29);
    uint32_t high = field(lower, 0, 14);
    if (!(user ? upper & 1 : upper & 2)) {
        return false;
    }
    for (unsigned bit = 0; bit < 15; bit++) { /* bit 14 - n of BL masks bit n of the address */
        bool masked = bl >> (14 - bit) & 1;
        if (!masked && field(ea, bit, bit) != field(upper, bit, bit)) {
            return false;
        }
        if (masked) {
            high &= ~(UINT32_C(1) << (14 - bit));
            high |= field(ea, bit, bit) << (14 - bit);
        }
    }
    verdict->pa = high << 17 | field(ea, 15, 31);
    bool allowed = pp == 2 || ((pp == 1 || pp == 3) && kind != STORE);
    bool guarded = field(lower, 28, 28);
    verdict->cause = !allowed ? protection() : kind == FETCH && guarded ? BIT_MSB(3) : 0;
    return true;
}

static uint32_t group_address(const PpcEnv *env, uint32_t hash)
{
    uint32_t sdr1 = env->spr[SPR_SDR1], org = field(sdr1, 0, 15), mask = field(sdr1, 23, 31);
    uint32_t high = hash >> 10 & 0x1ff; /* 9 bits of the 19 */
    uint32_t org_low = (org & 0x1ff) | (high & mask);
    return (org & ~UINT32_C(0x1ff)) << 16 | org_low << 16 | (hash & 0x3ff) << 6;
}

static uint32_t find_in_group(const Bench *bench, uint32_t group, uint32_t vsid, uint32_t api,
                              uint32_t h)
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t word = bench_get(bench, group + 8 * i);
        if (field(word, 0, 0) && field(word, 1, 24) == vsid && field(word, 25, 25) == h &&
            field(word, 26, 31) == api) {
            return group + 8 * i;
        }
    }
    return 0;
}

static bool page_allows(uint32_t pp, bool key, Kind kind)
{
    static const char *const rights[2][4] = {{"rw", "rw", "rw", "r"}, {"", "r", "rw", "r"}};
    return strchr(rights[key][pp], kind == STORE ? 'w' : 'r') != NULL;
}

static void ask_table(const Bench *bench, uint32_t sr, bool user, uint32_t ea, Kind kind,
                      Verdict *verdict)
{
    const PpcEnv *env = bench->env;
    uint32_t vsid = field(sr, 8, 31), index = field(ea, 4, 19), api = field(ea, 4, 9);
    uint32_t primary = (vsid & 0x7ffff) ^ index, secondary = ~primary & 0x7ffff;
    uint32_t at = find_in_group(bench, group_address(env, primary), vsid, api, 0);
    at = at ? at : find_in_group(bench, group_address(env, secondary), vsid, api, 1);
    if (!at) {
        verdict->cause = miss();
        return;
    }
    uint32_t word = bench_get(bench, at + 4);
    bool key = user ? field(sr, 2, 2) : field(sr, 1, 1);
    verdict->entry = at;
    verdict->pa = field(word, 0, 19) << 12 | field(ea, 20, 31);
    if (!page_allows(field(word, 30, 31), key, kind)) {
        verdict->cause = protection();
    } else if (kind == FETCH && field(word, 28, 28)) {
        verdict->cause = BIT_MSB(3);
    } else {
        verdict->sets_r = true;
        verdict->sets_c = kind == STORE;
    }
}

static Verdict judge(const Bench *bench, uint32_t ea, Kind kind)
{
    const PpcEnv *env = bench->env;
    Verdict verdict = {.pa = ea};
    bool user = env->msr & BIT_MSB(17), on = env->msr & (kind == FETCH ? BIT_MSB(26) : BIT_MSB(27));
    if (!on) {
        return verdict;
    }
    bool high = env->spr[SPR_HID0] & BIT_MSB(8), xbsen = env->spr[SPR_HID0] & BIT_MSB(23);
    for (unsigned i = 0; i < (high ? 8 : 4); i++) {
        unsigned low_spr = kind == FETCH ? 528 : 536, high_spr = kind == FETCH ? 560 : 568;
        unsigned spr = (i < 4 ? low_spr : high_spr - 8) + 2 * i;
        if (ask_block(&env->spr[spr], user, xbsen, ea, kind, &verdict)) {
            return verdict;
        }
    }
    uint32_t sr = env->sr[ea >> 28];
    if (field(sr, 0, 0)) {
        verdict.cause = kind == FETCH ? BIT_MSB(3) : BIT_MSB(5);
    } else if (kind == FETCH && field(sr, 3, 3)) {
        verdict.cause = BIT_MSB(3);
    } else {
        ask_table(bench, sr, user, ea, kind, &verdict);
    }
    return verdict;
}

/* --- the world --------------------------------------------------------------------------------------- */

/* Few pages and few spaces, so that everything meets everything. */
static uint32_t any_ea(Chance *chance)
{
    static const uint32_t bases[] = {0x00000000, 0x10000000, 0x10400000, 0x20000000,
                                     0x00020000, 0xf0000000, 0x7ffe0000};
    return bases[below(chance, G_N_ELEMENTS(bases))] + 0x1000 * below(chance, 3);
}

static uint32_t any_segment(Chance *chance)
{
    static const uint32_t flags[] = {0,          0,          0,          0x20000000,
                                     0x40000000, 0x60000000, 0x10000000, 0x80000000u};
    static const uint32_t vsids[] = {0x000000, 0x000400, 0x7fffff, 0xfedcba};
    return flags[below(chance, G_N_ELEMENTS(flags))] | vsids[below(chance, 4)];
}

/* By a debugger's hand: translation caches hear of it as of a DMA. */
static void put_word(const Bench *bench, uint32_t at, uint32_t word) { bench_put(bench, at, word); }

static void write_entry(const Bench *bench, Chance *chance)
{
    const PpcEnv *env = bench->env;
    uint32_t ea = any_ea(chance), vsid = field(env->sr[ea >> 28], 8, 31), h = below(chance, 3) == 0;
    uint32_t hash = (vsid & 0x7ffff) ^ field(ea, 4, 19);
    uint32_t at = group_address(env, h ? ~hash & 0x7ffff : hash) + 8 * below(chance, 8);
    uint32_t valid = below(chance, 6) ? BIT_MSB(0) : 0;
    if (at + 8 > BENCH_RAM_SIZE) {
        return;
    }
    put_word(bench, at, valid | vsid << 7 | h << 6 | field(ea, 4, 9));
    put_word(bench, at + 4,
             below(chance, DATA_END >> 12) << 12 |
                 (any(chance) & 0x1fb & ~(below(chance, 4) ? 8u : 0)));
}

static void poke_spr(const Bench *bench, unsigned spr, uint32_t value)
{
    bool event = bench->env->event;
    ppc_spr_poke(bench->env, spr, value);
    bench->env->event = event;
}

static void write_block(const Bench *bench, Chance *chance)
{
    static const uint32_t lengths[] = {0, 1, 3, 7};
    static const uint16_t firsts[] = {SPR_IBAT0U, SPR_DBAT0U, SPR_IBAT4U, SPR_DBAT4U};
    unsigned spr = firsts[below(chance, 4)] + 2 * below(chance, 4);
    uint32_t valid = below(chance, 3) ? 0 : below(chance, 4);
    uint32_t xbl = below(chance, 6) ? 0 : (1u << below(chance, 4)) - 1;
    poke_spr(bench, spr,
             (any_ea(chance) & 0xfffe0000u) | xbl << 13 | lengths[below(chance, 4)] << 2 | valid);
    poke_spr(bench, spr + 1, below(chance, 2) << 17 | (any(chance) & 0x7b));
}

static void change(const Bench *bench, Chance *chance)
{
    PpcEnv *env = bench->env;
    switch (below(chance, 16)) {
    case 0:
    case 1:
        ppc_segment_write(env, any_ea(chance) >> 28, any_segment(chance));
        break;
    case 2:
        write_block(bench, chance);
        break;
    case 3:
        poke_spr(bench, SPR_SDR1, TABLE | below(chance, 2));
        break;
    case 4:
        poke_spr(bench, SPR_HID0, below(chance, 2) << 8 | below(chance, 2) << 23);
        break;
    default:
        write_entry(bench, chance);
    }
}

static Bench new_world(Chance *chance)
{
    Bench bench = bench_new("7455_v3.2");
    poke_spr(&bench, SPR_SDR1, TABLE);
    for (unsigned i = 0; i < 16; i++) {
        ppc_segment_write(bench.env, i, any_segment(chance));
    }
    for (unsigned i = 0; i < 200; i++) {
        write_entry(&bench, chance);
    }
    return bench;
}

static uint32_t any_mode(Chance *chance)
{
    return BIT(MSR_ME) | below(chance, 2) << MSR_PR |
           (below(chance, 16) ? BIT(MSR_IR) | BIT(MSR_DR) : 0);
}

/* --- one access on step()'s accessors ----------------------------------------------------------------- */

/* An access of any size: one page or two, and what their entries held before. */
typedef struct Access {
    uint32_t ea, size, second; /* @second: where its second page begins; 0: it has none */
    Kind kind;
    Verdict pages[2];
    uint32_t before[2];
} Access;

static uint32_t word_of(const Bench *bench, const Verdict *verdict)
{
    return verdict->entry ? bench_get(bench, verdict->entry + 4) : 0;
}

static Access make_access(const Bench *bench, Chance *chance)
{
    Access access = {.kind = (Kind)below(chance, 3)};
    access.size = access.kind == FETCH ? 4 : 1u << below(chance, 4);
    access.ea = any_ea(chance) +
                (below(chance, 4) ? 4 * below(chance, 1024) : 4090 + below(chance, 6));
    access.ea &= access.kind == FETCH ? ~3u : UINT32_MAX;
    uint32_t last = access.ea + access.size - 1;
    access.second = (last ^ access.ea) >> 12 ? last & ~0xfffu : 0;
    access.pages[0] = judge(bench, access.ea, access.kind);
    access.before[0] = word_of(bench, &access.pages[0]);
    if (access.second) {
        access.pages[1] = judge(bench, access.second, access.kind);
        access.before[1] = word_of(bench, &access.pages[1]);
    }
    return access;
}

static uint32_t byte_at(const Access *access, unsigned i)
{
    uint32_t ea = access->ea + i;
    bool in_second = access->second && ea >= access->second;
    return in_second ? access->pages[1].pa + (ea - access->second) : access->pages[0].pa + i;
}

/* R and C are set when the access is done, and else nothing is changed. */
static void expect_entries(const Bench *bench, const Access *access, bool ok)
{
    for (unsigned i = 0; i < (access->second ? 2 : 1); i++) {
        const Verdict *page = &access->pages[i];
        uint32_t wanted = access->before[i];
        wanted |= ok && page->sets_r ? 0x100 : 0;
        wanted |= ok && page->sets_c ? 0x80 : 0;
        cr_assert_eq(word_of(bench, page), wanted, "%u of %08x, entry %08x: %08x, wanted %08x",
                     access->kind, access->ea, page->entry, word_of(bench, page), wanted);
    }
}

static void expect_fault(const Bench *bench, const Access *access, bool in_second)
{
    const PpcEnv *env = bench->env;
    bool fetch = access->kind == FETCH;
    uint32_t cause = access->pages[in_second].cause;
    cause |= access->kind == STORE ? BIT_MSB(6) : 0;
    uint32_t is = fetch ? env->spr[SPR_SRR1] & 0x783f0000 : env->spr[SPR_DSISR];
    cr_assert_eq(env->pc, fetch ? 0x400 : 0x300);
    cr_assert_eq(is, cause, "%u of %08x: %08x, wanted %08x", access->kind, access->ea, is, cause);
    cr_assert(fetch || env->spr[SPR_DAR] == (in_second ? access->second : access->ea));
}

static void expect_value(const Bench *bench, const Access *access, uint64_t value)
{
    for (unsigned i = 0; i < access->size; i++) {
        uint32_t at = byte_at(access, i), byte = value >> 8 * (access->size - 1 - i) & 0xff;
        uint32_t wanted = at < BENCH_RAM_SIZE ? bench->host[at] : access->kind == STORE ? byte : 0;
        cr_assert_eq(byte, wanted, "%u of %08x, byte %u at %08x", access->kind, access->ea, i, at);
    }
}

/* Stores over the table are write_entry()'s business: here they would change what is expected. */
static bool spoils_table(const Access *access)
{
    uint32_t last = byte_at(access, access->size - 1);
    return access->kind == STORE && (access->pages[0].pa >= DATA_END || last >= DATA_END);
}

static void access_once(const Bench *bench, Chance *chance, uint64_t number)
{
    PpcEnv *env = bench->env;
    uint32_t insn = 0;
    bench_set_msr(env, any_mode(chance));
    Access access = make_access(bench, chance);
    bool wanted = !access.pages[0].cause && !access.pages[1].cause;
    if (wanted && spoils_table(&access)) {
        return;
    }
    uint64_t value = number * UINT64_C(0x9e3779b97f4a7c15) >> (64 - 8 * access.size);
    env->pc = access.ea;
    bool ok = access.kind == FETCH   ? ppc_fetch(env, &insn)
              : access.kind == STORE ? ppc_store(env, access.ea, access.size, value)
                                     : ppc_load(env, access.ea, access.size, &value);
    cr_assert_eq(ok, wanted, "%u of %08x, wanted cause %08x", access.kind, access.ea,
                 access.pages[0].cause);
    expect_entries(bench, &access, ok);
    if (ok) {
        expect_value(bench, &access, access.kind == FETCH ? insn : value);
    } else {
        expect_fault(bench, &access, !access.pages[0].cause);
    }
}

static void run_accesses(uint64_t seed)
{
    Chance chance = {seed};
    Bench bench = new_world(&chance);
    for (uint64_t i = 0; i < ACCESSES / 2; i++) {
        if (below(&chance, 40) == 0) {
            change(&bench, &chance);
        }
        access_once(&bench, &chance, i);
    }
}

Test(mmu_oracle, accesses_are_translated_as_the_manual_says_1) { run_accesses(1); }
Test(mmu_oracle, accesses_are_translated_as_the_manual_says_2) { run_accesses(2); }

/* --- bursts of accesses on the engine ------------------------------------------------------------------ */

enum {
    LOG = 0x7000,        /* DSISR by number of the access, written by the handler */
    SAFE_START = 0x8000, /* stores go here */
    RESULTS = 12,        /* loads of access n go to r12 + n */
};

typedef struct Op {
    uint32_t ea, value; /* of a store; what a load must give */
    Kind kind;
    Verdict verdict;
} Op;

/* r27: number of the access. Logs DSISR and goes on behind the access. */
static void write_handler(const Bench *bench)
{
    const uint32_t words[] = {
        word_mfspr(30, SPR_DSISR),
        0x577d103a, /* rlwinm r29, r27, 2, 0, 29 */
        word_stw(30, 29, LOG),
        word_mfspr(30, SPR_SRR0),
        word_addi(30, 30, 4),
        word_mtspr(SPR_SRR0, 30),
        WORD_RFI,
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        put_word(bench, 0x300 + 4 * i, words[i]);
    }
}

/* @words, then a branch to itself, in which the engine is left. */
static void run_words(const Bench *bench, const uint32_t *words, unsigned count, uint32_t msr)
{
    PpcEnv *env = bench->env;
    for (unsigned i = 0; i < count; i++) {
        put_word(bench, CODE + 4 * i, words[i]);
    }
    put_word(bench, CODE + 4 * count, word_b(0));
    bench_set_msr(env, msr);
    env->pc = CODE;
    clock_set_stop_icount(env->clock, *env->icount + ENGINE_STOP_DISTANCE + 300);
    ppc_deadline_changed(env);
    ppc_look_around(env);
    ppc_engine_run(env);
    clock_set_stop_icount(env->clock, CLOCK_NEVER);
    cr_assert_eq(env->pc, CODE + 4 * count, "%08x", env->pc);
}

/* What RAM holds at @pa after the stores among the first @count. */
static uint32_t value_at(const Bench *bench, const Op *ops, unsigned count, uint32_t pa)
{
    uint32_t value = bench_get(bench, pa);
    for (unsigned i = 0; i < count; i++) {
        if (ops[i].kind == STORE && !ops[i].verdict.cause && ops[i].verdict.pa == pa) {
            value = ops[i].value;
        }
    }
    return value;
}

static void make_op(const Bench *bench, Chance *chance, Op *ops, unsigned n)
{
    Op *op = &ops[n];
    *op = (Op){.ea = any_ea(chance) + 4 * below(chance, 1024), .value = any(chance)};
    op->kind = below(chance, 2) ? STORE : LOAD;
    op->verdict = judge(bench, op->ea, op->kind);
    bool is_safe = op->verdict.pa >= SAFE_START && op->verdict.pa < DATA_END;
    if (op->kind == STORE && !op->verdict.cause && !is_safe) {
        op->kind = LOAD;
        op->verdict = judge(bench, op->ea, LOAD);
    }
    bool in_ram = op->verdict.pa < BENCH_RAM_SIZE;
    if (op->kind == LOAD && !op->verdict.cause) {
        op->value = in_ram ? value_at(bench, ops, n, op->verdict.pa) : 0;
    }
}

static void check_op(const Bench *bench, const Op *ops, unsigned n, uint32_t before)
{
    const Op *op = &ops[n];
    uint32_t cause = op->verdict.cause;
    cause |= cause && op->kind == STORE ? BIT_MSB(6) : 0;
    cr_assert_eq(bench_get(bench, LOG + 4 * n), cause, "%u of %08x: %08x, wanted %08x", op->kind,
                 op->ea, bench_get(bench, LOG + 4 * n), cause);
    uint32_t is = bench->env->gpr[RESULTS + n];
    /* A load from the table sees the R and C bits of the moment. */
    bool in_table = op->verdict.pa >= TABLE;
    if (op->kind == LOAD && !cause && !in_table) {
        cr_assert_eq(is, op->value, "load of %08x: %08x, wanted %08x", op->ea, is, op->value);
    }
    if (op->verdict.entry && before) {
        uint32_t bits = (op->verdict.sets_r ? 0x100u : 0) | (op->verdict.sets_c ? 0x80u : 0);
        uint32_t after = bench_get(bench, op->verdict.entry + 4);
        cr_assert_eq(after & bits, bits);
        cr_assert_eq(after & ~0x180u, before & ~0x180u);
    }
}

static void run_burst(const Bench *bench, Chance *chance)
{
    enum { COUNT = 8, EA_REGISTER = 4, VALUE_REGISTER = 28 };
    PpcEnv *env = bench->env;
    Op ops[COUNT];
    uint32_t words[3 * COUNT + 1], before[COUNT];
    unsigned at = 0;
    uint32_t msr = any_mode(chance) & ~BIT(MSR_IR);
    bench_set_msr(env, msr);
    for (unsigned n = 0; n < COUNT; n++) {
        make_op(bench, chance, ops, n);
        put_word(bench, LOG + 4 * n, 0);
        before[n] = ops[n].verdict.entry ? bench_get(bench, ops[n].verdict.entry + 4) : 0;
        env->gpr[EA_REGISTER + n] = ops[n].ea;
        env->gpr[RESULTS + n] = ops[n].value; /* a load brings the same or is seen */
        words[at++] = word_addi(27, 0, n);
        words[at++] = ops[n].kind == STORE ? word_stw(RESULTS + n, EA_REGISTER + n, 0)
                                           : word_lwz(RESULTS + n, EA_REGISTER + n, 0);
        env->gpr[RESULTS + n] ^= ops[n].kind == LOAD ? 0x00ff00ff : 0;
    }
    run_words(bench, words, at, msr);
    for (unsigned n = 0; n < COUNT; n++) {
        check_op(bench, ops, n, before[n]);
        if (ops[n].kind == STORE && !ops[n].verdict.cause) {
            cr_assert_eq(bench_get(bench, ops[n].verdict.pa),
                         value_at(bench, ops, COUNT, ops[n].verdict.pa));
        }
    }
}

/* An entry and a segment by the guest's own instructions, in real mode, as an operating system does. */
static void change_by_guest(const Bench *bench, Chance *chance)
{
    PpcEnv *env = bench->env;
    uint32_t ea = any_ea(chance), vsid = field(env->sr[ea >> 28], 8, 31), h = below(chance, 3) == 0;
    uint32_t hash = (vsid & 0x7ffff) ^ field(ea, 4, 19);
    env->gpr[4] = group_address(env, h ? ~hash & 0x7ffff : hash) + 8 * below(chance, 8);
    if (env->gpr[4] + 8 > BENCH_RAM_SIZE) {
        return;
    }
    env->gpr[5] = (below(chance, 4) ? BIT_MSB(0) : 0) | vsid << 7 | h << 6 | field(ea, 4, 9);
    env->gpr[6] = (8 + below(chance, 24)) << 12 | (any(chance) & 0x183);
    env->gpr[7] = ea;
    env->gpr[8] = below(chance, 4) ? env->sr[ea >> 28] : any_segment(chance);
    const uint32_t words[] = {
        word_stw(5, 4, 0),    word_stw(6, 4, 4),    word_x(306, 0, 0, 7), /* tlbie */
        word_x(566, 0, 0, 0), word_x(242, 8, 0, 7),                       /* tlbsync, mtsrin */
        WORD_ISYNC,
    };
    run_words(bench, words, G_N_ELEMENTS(words), BIT(MSR_ME));
}

/* Entries that point to vectors, code or table would let a burst destroy itself. */
static void use_safe_pages(const Bench *bench)
{
    for (uint32_t at = TABLE; at < BENCH_RAM_SIZE; at += 8) {
        uint32_t word = bench_get(bench, at + 4);
        if (word && (word >> 12) < 8) {
            put_word(bench, at + 4, word | 0x8000);
        }
    }
}

static void run_bursts(uint64_t seed, uint64_t chaos)
{
    Chance chance = {seed};
    Bench bench = new_world(&chance);
    use_safe_pages(&bench);
    write_handler(&bench);
    bench.env->chaos = chaos;
    for (unsigned i = 0; i < BURSTS; i++) {
        if (below(&chance, 3) == 0) {
            change_by_guest(&bench, &chance);
        } else if (below(&chance, 20) == 0) {
            write_block(&bench, &chance);
        } else if (below(&chance, 40) == 0) {
            poke_spr(&bench, SPR_SDR1, TABLE | below(&chance, 2));
            poke_spr(&bench, SPR_HID0, below(&chance, 2) << 8 | below(&chance, 2) << 23);
        }
        run_burst(&bench, &chance);
    }
}

Test(mmu_oracle, the_engine_translates_as_the_manual_says_1) { run_bursts(3, 0); }
Test(mmu_oracle, the_engine_translates_as_the_manual_says_2) { run_bursts(4, 0); }
Test(mmu_oracle, the_engine_translates_as_the_manual_says_with_caches_emptied)
{
    run_bursts(5, 77);
}
