/* SPDX-License-Identifier: MIT */
/*
 * Random programs for the engine's tests, of the rows of insn.def and fused.def.
 *
 * Source: none (own design); words: PEM chapter 8.
 */
#include "tests/unit/engine_programs.h"

#include "target-ppc/decode.h"
#include "target-ppc/engine.h"
#include "tests/unit/fp_operands.h"

enum { VSID_FLIP = 0x0800, DATA_SEGMENT = 0x10000000 }; /* CONTEXTS */

/* --- instructions ------------------------------------------------------------------------------------ */

/* r0 to r13 are free, r14 and r15 hold constants, r16 to r23 point to data, r24 and r25 are indexes. */
static unsigned any_target(Gen *gen) { return below(gen, 14); }
static unsigned any_base(Gen *gen) { return 16 + below(gen, 8); }

static uint32_t random_field(Gen *gen, const PpcInsn *row, const char *token, bool is_first)
{
    bool accesses = strstr(row->operands, "A0") || strstr(row->operands, "dA") ||
                    (row->flags & F_UPDATE);
    if (strcmp(token, "rD") == 0) {
        bool many = strncmp(row->mnemonic, "lmw", 3) == 0;
        return (many ? 28 + below(gen, 4) : any_target(gen)) << 21;
    }
    if (strcmp(token, "dA") == 0) {
        uint32_t displacement = below(gen, 64) * (chance(gen, 90) ? 4 : 1);
        return any_base(gen) << 16 | displacement;
    }
    if (strcmp(token, "A0") == 0) {
        return (chance(gen, 95) ? any_base(gen) : 0) << 16;
    }
    if (strcmp(token, "rA") == 0) {
        unsigned reg = row->flags & F_UPDATE ? any_base(gen)
                       : is_first            ? any_target(gen)
                                             : below(gen, 32);
        return reg << 16;
    }
    if (strcmp(token, "rB") == 0) {
        return (accesses ? 24 + below(gen, 2) : below(gen, 32)) << 11;
    }
    return any(gen); /* the caller masks */
}

/* The bits of @word's row that are operands. */
static uint32_t free_bits(const PpcInsn *row)
{
    switch ((PpcForm)row->form) {
    case FORM_VX:
    case FORM_XL0:
    case FORM_XL1:
        return 0x03fff800;
    case FORM_VXR:
        return 0x03fffc00;
    case FORM_VA:
        return 0x03ffffc0;
    case FORM_A:
        return 0x03ffffc1;
    case FORM_SC:
        return 0;
    case FORM_D:
    case FORM_DU:
    case FORM_DS:
    case FORM_M:
        return 0x03ffffff;
    default:
        return 0x03fff801;
    }
}

static bool is_generated(Gen *gen, const PpcInsn *row, unsigned id)
{
    bool fp = (row->flags & F_FP) || row->primary == 63 || row->primary == 59;
    if ((row->flags & (F_BRANCH | F_MSR)) || id == INSN_mtspr || id == INSN_mtsr ||
        id == INSN_mtsrin || id == INSN_tw || id == INSN_twi) {
        return false;
    }
    if (fp || (row->flags & F_VEC)) {
        return gen->features & (fp ? WITH_FP : WITH_VEC) ? true : chance(gen, 10);
    }
    return !(row->flags & F_SUPER) || chance(gen, 20);
}

static uint32_t random_word_of(Gen *gen, unsigned id)
{
    const PpcInsn *row = ppc_insn_row(id);
    uint32_t fields = any(gen), named = 0, named_mask = 0;
    g_auto(GStrv) tokens = g_strsplit(row->operands, ",", -1);
    for (char **token = tokens; *token; token++) {
        static const struct {
            const char *token;
            uint32_t mask;
        } masks[] = {{"rD", 0x03e00000},
                     {"dA", 0x001fffff},
                     {"A0", 0x001f0000},
                     {"rA", 0x001f0000},
                     {"rB", 0x0000f800}};
        for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
            if (strcmp(*token, masks[i].token) == 0) {
                named |= random_field(gen, row, *token, token == tokens) & masks[i].mask;
                named_mask |= masks[i].mask;
            }
        }
    }
    fields = (fields & ~named_mask) | named;
    if (!chance(gen, 2)) {
        fields &= ~row->reserved;
    }
    return ppc_insn_word(id) | (fields & free_bits(row));
}

uint32_t gen_row(Gen *gen)
{
    unsigned id;
    do {
        id = 1 + below(gen, INSN_COUNT - 1);
        if (chance(gen, 40)) {
            id = 1 + below(gen, INSN_stfiwx); /* integers and accesses, twice as often */
        }
    } while (!is_generated(gen, ppc_insn_row(id), id));
    return random_word_of(gen, id);
}

void gen_emit(World *world, Gen *gen, uint32_t word)
{
    stl_be_p(world->bench.host + gen->at, word);
    gen->at += 4;
}

void gen_emit_words(World *world, Gen *gen, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gen_emit(world, gen, words[i]);
    }
}

void gen_emit_constant(World *world, Gen *gen, unsigned reg, uint32_t value)
{
    gen_emit(world, gen, word_lis(reg, value >> 16));
    gen_emit(world, gen, word_ori(reg, reg, value));
}

static uint32_t code_address(Gen *gen)
{
    uint32_t address = CODE + (below(gen, CODE_SIZE) & ~3u);
    if (chance(gen, 20)) {
        address = (address & ~0xfffu) | (chance(gen, 50) ? 0xffc : 0); /* page ends */
    }
    if ((gen->features & TABLE_IS_CODE) && chance(gen, 20)) {
        uint32_t page = (chance(gen, 50) ? 4 : 8) + below(gen, 4);
        return TABLE + ((VSID ^ page) & 0x3ff) * 64 + 8 * below(gen, 2) + 4 * below(gen, 2);
    }
    return (gen->features & PAGED) && chance(gen, 30) ? address + ALIAS : address;
}

static void emit_branch(World *world, Gen *gen)
{
    int32_t forward = 4 * (int32_t)(1 + below(gen, 12)),
            far = (int32_t)(code_address(gen) - gen->at);
    int32_t offset = chance(gen, 80)   ? forward
                     : chance(gen, 30) ? -4 * (int32_t)below(gen, 6)
                                       : far;
    uint32_t bo = below(gen, 32) << 21, bi = below(gen, 32) << 16, lk = below(gen, 2);
    switch (below(gen, 16)) {
    case 0:
    case 1:
        gen_emit(world, gen, word_b(offset) | lk);
        break;
    case 2:
        gen_emit(world, gen, word_b((int32_t)code_address(gen)) | 2 | lk);
        break;
    case 3:
        gen_emit(world, gen, 16u << 26 | bo | bi | (code_address(gen) & 0xfffc) | 2 | lk);
        break;
    case 4: /* bclr */
        gen_emit(world, gen, 19u << 26 | bo | bi | 16 << 1 | lk);
        break;
    case 5: /* bcctr */
        gen_emit_constant(world, gen, 14, code_address(gen) | below(gen, 4));
        gen_emit(world, gen, word_mtspr(SPR_CTR, 14));
        gen_emit(world, gen, 19u << 26 | bo | bi | 528 << 1 | lk);
        break;
    case 6: /* a loop */
        gen_emit(world, gen, word_addi(14, 0, 1 + below(gen, 40)));
        gen_emit(world, gen, word_mtspr(SPR_CTR, 14));
        gen_emit(world, gen, gen_row(gen));
        gen_emit(world, gen, gen_row(gen));
        gen_emit(world, gen, 16u << 26 | 16 << 21 | ((uint32_t)-8 & 0xfffc));
        break;
    case 7: /* a return */
        gen_emit_constant(world, gen, 14, code_address(gen));
        gen_emit(world, gen, word_mtspr(SPR_LR, 14));
        gen_emit(world, gen, 19u << 26 | 20 << 21 | 16 << 1);
        break;
    default:
        gen_emit(world, gen, 16u << 26 | bo | bi | ((uint32_t)offset & 0xfffc) | lk);
    }
}

static uint32_t any_msr(Gen *gen)
{
    uint32_t msr = BIT(MSR_ME) | BIT(MSR_RI);
    msr |= gen->features & TRANSLATED && chance(gen, 80) ? BIT(MSR_IR) | BIT(MSR_DR) : 0;
    msr |= gen->features & WITH_EE && chance(gen, 80) ? BIT(MSR_EE) : 0;
    msr |= gen->features & WITH_FP ? BIT(MSR_FP) : 0;
    msr |= gen->features & WITH_VEC ? BIT(MSR_VEC) : 0;
    msr |= chance(gen, 5) ? BIT(MSR_FE0) | BIT(MSR_FE1) : 0;
    msr |= chance(gen, 3) ? BIT(MSR_PR) : 0;
    msr |= chance(gen, 3) ? BIT(MSR_SE) : 0;
    msr |= chance(gen, 3) ? BIT(MSR_BE) : 0;
    msr |= chance(gen, 2) ? BIT(MSR_LE) : 0;
    msr |= chance(gen, 10) ? BIT(MSR_POW) : 0;
    return msr;
}

static void emit_spr_access(World *world, Gen *gen)
{
    static const uint16_t popular[] = {SPR_LR,    SPR_CTR,    SPR_XER,    SPR_SPRG0,  SPR_SPRG1,
                                       SPR_SPRG2, SPR_SRR0,   SPR_SRR1,   SPR_DAR,    SPR_DSISR,
                                       SPR_TBL,   SPR_TBU,    SPR_DEC,    SPR_VRSAVE, SPR_SPRG3,
                                       SPR_HID0,  SPR_TBWL,   SPR_TBWU,   SPR_IABR,   SPR_DABR,
                                       SPR_SDR1,  SPR_IBAT2U, SPR_IBAT2L, SPR_DBAT2U, SPR_DBAT2L};
    bool risky = (gen->features & SUPERVISOR) && chance(gen, 20);
    unsigned spr = chance(gen, 90) ? popular[below(gen, risky ? G_N_ELEMENTS(popular) : 13)]
                                   : below(gen, 1024);
    switch (below(gen, 4)) {
    case 0:
        gen_emit(world, gen, word_mtspr(spr == SPR_SRR0 ? SPR_SPRG0 : spr, below(gen, 32)));
        break;
    case 1: /* mftb, of any register */
        gen_emit(world, gen,
                 word_spr(371, any_target(gen), chance(gen, 60) ? SPR_TBL + below(gen, 2) : spr));
        break;
    default:
        gen_emit(world, gen, word_mfspr(any_target(gen), spr));
    }
}

static void emit_msr_write(World *world, Gen *gen)
{
    gen_emit_constant(world, gen, 15, any_msr(gen));
    gen_emit(world, gen, word_mtmsr(15));
}

/* Counters of all countable events just before their overflow, with every freeze and action. */
static void emit_perfmon_write(World *world, Gen *gen)
{
    static const uint16_t counters[] = {SPR_PMC1, SPR_PMC2, SPR_PMC3, SPR_PMC4};
    uint32_t actions = any(gen) & any(gen) & 0xfe40e000u,
             events = below(gen, 5) << 6 | below(gen, 5);
    actions |= chance(gen, 50) ? 0x0400c000u : 0;
    gen_emit_constant(world, gen, 14, 0x80000000u - below(gen, 400));
    gen_emit(world, gen, word_mtspr(counters[below(gen, 4)], 14));
    gen_emit_constant(world, gen, 14, below(gen, 5) << 27 | below(gen, 5) << 22);
    gen_emit(world, gen, word_mtspr(SPR_MMCR1, 14));
    gen_emit_constant(world, gen, 14, actions | events);
    gen_emit(world, gen, word_mtspr(SPR_MMCR0, 14));
    gen_emit(world, gen, word_mfspr(14, chance(gen, 50) ? SPR_SIA : counters[below(gen, 4)]));
}

/* A segment or BAT, valid or not; DEC at short range; the performance monitor. */
static void emit_translation_write(World *world, Gen *gen)
{
    switch (below(gen, 5)) {
    case 0:
        gen_emit(world, gen, word_x(210, below(gen, 32), chance(gen, 50) ? 0 : below(gen, 16), 0));
        break;
    case 1:
        gen_emit_constant(world, gen, 14, below(gen, 2) ? VSID : 0x20000000 | VSID);
        gen_emit(world, gen, word_x(210, 14, 0, 0));
        break;
    case 2:
        gen_emit_constant(world, gen, 14, below(gen, 4) << 17 | below(gen, 4));
        gen_emit(world, gen, word_mtspr(SPR_IBAT0U + below(gen, 16), 14));
        break;
    case 3:
        emit_perfmon_write(world, gen);
        break;
    default:
        gen_emit(world, gen, word_addi(14, 0, below(gen, 100) - 10));
        gen_emit(world, gen, word_mtspr(SPR_DEC, 14));
    }
}

static void emit_code_write(World *world, Gen *gen)
{
    uint32_t target = chance(gen, 60) ? gen->at + 4 * below(gen, 24) : code_address(gen);
    target += (gen->features & PAGED) && !(target & ALIAS) && chance(gen, 30) ? ALIAS : 0;
    gen_emit_constant(world, gen, 14, gen_row(gen));
    gen_emit_constant(world, gen, 13, target);
    switch (below(gen, 6)) {
    case 0:
        gen_emit(world, gen, word_x(1014, 0, 0, 13)); /* dcbz */
        break;
    case 1:
        gen_emit(world, gen, word_d(38, 14, 13, below(gen, 4))); /* stb */
        break;
    case 2:
        gen_emit(world, gen, word_d(47, 28, 13, 0)); /* stmw */
        break;
    default:
        gen_emit(world, gen, word_stw(14, 13, 0));
    }
    if (chance(gen, 50)) {
        gen_emit(world, gen, word_x(982, 0, 0, 13)); /* icbi */
        gen_emit(world, gen, WORD_ISYNC);
    }
}

/* Flip bits of the entry that maps a page of code or data. */
static void emit_table_write(World *world, Gen *gen)
{
    static const uint32_t flips[] = {0x100, 0x80, 0x1, 0x2, 0x1000, 0x8, 0x40};
    uint32_t page = (chance(gen, 50) ? 4 : 8) + below(gen, 4), group = (VSID ^ page) & 0x3ff;
    uint32_t at = TABLE + group * 64 + 8 * below(gen, 2);
    gen_emit_constant(world, gen, 13, at);
    if (chance(gen, 70)) {
        gen_emit(world, gen, word_lwz(14, 13, 4));
        gen_emit(world, gen, word_d(26, 14, 14, flips[below(gen, 7)])); /* xori */
        gen_emit(world, gen, word_stw(14, 13, 4));
    } else {
        gen_emit(world, gen, word_lwz(14, 13, 0));
        gen_emit(world, gen, word_d(27, 14, 14, 0x8000)); /* xoris: V */
        gen_emit(world, gen, word_stw(14, 13, 0));
    }
}

static void emit_device_access(World *world, Gen *gen)
{
    gen_emit(world, gen, word_lis(14, IO_BASE >> 16));
    gen_emit(world, gen,
             chance(gen, 50) ? word_lwz(any_target(gen), 14, 4 * below(gen, 4))
                             : word_stw(below(gen, 32), 14, 4 * below(gen, 4)));
}

static uint32_t data_pointer(Gen *gen)
{
    uint32_t offset = below(gen, 0x3f00);
    if (chance(gen, 20)) {
        offset = (offset & 0x3000) | (0xff0 + below(gen, 16)); /* page ends */
    }
    uint32_t pointer = DATA + (chance(gen, 90) ? offset & ~3u : offset);
    if ((gen->features & SELF_MODIFYING) && chance(gen, 10)) {
        pointer = CODE + (offset & 0x3ffc);
    }
    if ((gen->features & CONTEXTS) && (gen->features & PAGED) && chance(gen, 40)) {
        pointer |= DATA_SEGMENT;
    }
    if ((gen->features & TABLE_WRITES) && chance(gen, 10)) {
        pointer = TABLE + 0x4000 + (offset & 0x1fff);
    }
    return pointer;
}

static void emit_pointer(World *world, Gen *gen)
{
    unsigned reg = any_base(gen);
    if (chance(gen, 25)) {
        gen_emit(world, gen, word_addi(24 + below(gen, 2), 0, below(gen, 200)));
    } else {
        gen_emit_constant(world, gen, reg, data_pointer(gen));
    }
}

/* Rounding modes; seldom what keeps the host's FPU away; sticky bits cleared; FPSCR read. */
static void emit_fpscr_access(World *world, Gen *gen)
{
    uint32_t crf = below(gen, 8) << 23, value = below(gen, 16) << 12;
    switch (below(gen, 8)) {
    case 0:
    case 1: /* mtfsfi 7: RN */
        gen_emit(world, gen, 0xff80010cu | below(gen, 4) << 12);
        break;
    case 2: /* mtfsfi 6, 7: nothing enabled */
        gen_emit(world, gen, 0xff00010cu);
        gen_emit(world, gen, 0xff80010cu);
        break;
    case 3: /* mtfsb0: FX, XX or any */
        gen_emit(world, gen, 0xfc00008cu | (chance(gen, 50) ? 6 : below(gen, 32)) << 21);
        break;
    case 4: /* mtfsfi */
        gen_emit(world, gen,
                 chance(gen, 20) ? 0xfc00010cu | crf | value : 0xfc00010cu | (crf & ~0x03000000u));
        break;
    case 5: /* mcrfs */
        gen_emit(world, gen, 0xfc000080u | crf | below(gen, 8) << 18);
        break;
    default: /* mffs */
        gen_emit(world, gen, 0xfc00048eu | below(gen, 32) << 21);
    }
}

static void emit_fp(World *world, Gen *gen)
{
    unsigned dice = below(gen, 100);
    if (dice < 10) {
        emit_fpscr_access(world, gen);
    } else if (dice < 35) { /* lfd, lfs: operands from the data page */
        bool is_double = chance(gen, 70);
        gen_emit(world, gen,
                 word_d(is_double ? 50 : 48, below(gen, 32), any_base(gen), 8 * below(gen, 64)));
    } else if (dice < 40) {
        gen_emit(world, gen,
                 random_word_of(gen, INSN_lfs + below(gen, INSN_stfiwx - INSN_lfs + 1)));
    } else {
        uint32_t word = random_word_of(gen, INSN_fadd + below(gen, INSN_fnabs - INSN_fadd + 1));
        bool is_compare = (word & 0xfc0007bf) == 0xfc000000;
        gen_emit(world, gen, is_compare || chance(gen, 90) ? word & ~1u : word);
    }
}

/* --- slots that are fused -------------------------------------------------------------------------- */

const Sequence SEQUENCES[] = {
#define FUSED(kinds, relations, share) {kinds, relations},
#include "target-ppc/fused.def"
#undef FUSED
};
const size_t SEQUENCE_COUNT = G_N_ELEMENTS(SEQUENCES);

static const char *const kind_names[KIND_COUNT] = {
#define INSN(id, ...) [KIND_row_##id] = #id, [KIND_row_##id##_rc] = #id "_rc",
#include "target-ppc/insn.def"
#undef INSN
#define KIND(name, end) [KIND_##name] = #name,
#include "target-ppc/engine_kinds.def"
#undef KIND
};

EngineKind gen_kind(const char *name)
{
    static GHashTable *kinds;
    if (!kinds) {
        kinds = g_hash_table_new(g_str_hash, g_str_equal);
        for (unsigned kind = KIND_as_row + 1; kind < KIND_COUNT; kind++) {
            if (kind_names[kind]) {
                g_hash_table_insert(kinds, (gpointer)(uintptr_t)kind_names[kind],
                                    GUINT_TO_POINTER(kind));
            }
        }
    }
    unsigned kind = GPOINTER_TO_UINT(g_hash_table_lookup(kinds, name));
    cr_assert(kind, "no such kind: %s", name);
    return (EngineKind)kind;
}

/* Where words of a kind are tried: near branches stay in the page, far ones leave it. */
enum { MIDDLE = 512 };

bool gen_is_kind(uint32_t word, EngineKind kind)
{
    PpcOp op;
    return ppc_decode(word, &op) && engine_kind_of(&op, MIDDLE, word & 1) == kind;
}

/* Conditions, links and distances that kinds of their own are made of. */
static uint32_t branch_word(Gen *gen)
{
    static const uint8_t common[] = {4, 12, 5, 13, 6, 14, 16, 20, 8, 0, 2, 10, 18};
    uint32_t bo = common[below(gen, G_N_ELEMENTS(common))], lk = below(gen, 2);
    uint32_t away = 4 * (1 + below(gen, 9)) + (chance(gen, 50) ? 0x1000 : 0);
    uint32_t bits = bo << 21 | below(gen, 32) << 16;
    switch (below(gen, 4)) {
    case 0:
        return 18u << 26 | away | lk;
    case 1:
        return 16u << 26 | bits | away | lk;
    case 2:
        return 19u << 26 | bits | 16 << 1 | lk;
    default:
        return 19u << 26 | bits | 528 << 1 | lk;
    }
}

/* Moves of special registers, whole lines: a word of that row that may be a kind of its own. */
static uint32_t special_word(Gen *gen, unsigned id)
{
    static const uint16_t sprs[] = {SPR_LR,  SPR_CTR,   SPR_TBL,  SPR_TBU,
                                    SPR_DAR, SPR_SPRG0, SPR_SRR1, SPR_SPRG3};
    uint32_t word = id == INSN_ILLEGAL ? branch_word(gen) : random_word_of(gen, id);
    if (id == INSN_mfspr || id == INSN_mtspr || id == INSN_mftb) {
        unsigned spr = sprs[below(gen, G_N_ELEMENTS(sprs))];
        word = (word & ~0x001ff800u) | (spr & 31) << 16 | spr >> 5 << 11;
    }
    return word;
}

/* The row that a special kind is made of, found by trying; INSN_ILLEGAL: some branch. */
static unsigned maker_of(Gen *gen, EngineKind kind)
{
    static uint16_t makers[KIND_COUNT]; /* + 1 */
    for (unsigned id = 0; id < INSN_COUNT && !makers[kind]; id++) {
        for (unsigned turn = id == 0 ? 0 : 2900; turn < 3000; turn++) {
            if (gen_is_kind(special_word(gen, id), kind)) {
                makers[kind] = (uint16_t)(id + 1);
                break;
            }
        }
    }
    cr_assert(makers[kind], "no word is of kind %s", kind_names[kind]);
    return makers[kind] - 1u;
}

static uint32_t word_of_kind(Gen *gen, EngineKind kind)
{
    bool is_special = kind >= KIND_b_near;
    unsigned maker = is_special ? maker_of(gen, kind) : kind / 2;
    uint32_t word, flags = is_special ? F_RC1 : ppc_insn_row(maker)->flags;
    do {
        word = is_special ? special_word(gen, maker) : random_word_of(gen, maker);
        if ((flags & (F_RC_A | F_RC_D)) && !(flags & F_RC1)) {
            word = (word & ~1u) | (kind & 1);
        }
    } while (!gen_is_kind(word, kind));
    return word;
}

/* --- relations between registers of a sequence -------------------------------------------------------- */

/* Field @from_field of part @from is @to_field of part @to, or that one is 0 (from_field 0). */
typedef struct Relation {
    unsigned from, to;
    char from_field, to_field;
} Relation;

/* "0d1a", "1b0". */
static bool parse_relation(const char *text, Relation *relation)
{
    if (strlen(text) == 4 && g_ascii_isdigit(text[0])) {
        *relation = (Relation){(unsigned)(text[0] - '0'), (unsigned)(text[2] - '0'), text[1],
                               text[3]};
    } else if (strlen(text) == 3) {
        *relation = (Relation){0, (unsigned)(text[0] - '0'), 0, text[1]};
    } else {
        return false;
    }
    return true;
}

static unsigned field_of(const PpcOp *op, char field)
{
    return field == 0     ? 0
           : field == 'd' ? op->d
           : field == 'a' ? op->a
           : field == 'b' ? op->b
                          : op->c;
}

/* Where a field stands in the word, least bit and size. */
static unsigned place_of(uint32_t word, char field, unsigned *size)
{
    bool is_branch = word >> 26 == 16 || word >> 26 == 19;
    bool is_compare = ppc_insn_row(ppc_insn_find(word))->flags & F_CRFD;
    *size = is_branch || (field == 'd' && is_compare) ? 3 : 5;
    return field == 'd' ? 26 - *size : field == 'a' ? 16 : field == 'b' ? is_branch ? 18 : 11 : 6;
}

static void apply(const Relation *relation, uint32_t words[SEQUENCE_MOST])
{
    unsigned from_size, to_size, value = 0;
    unsigned to = place_of(words[relation->to], relation->to_field, &to_size);
    if (relation->from_field) {
        unsigned from = place_of(words[relation->from], relation->from_field, &from_size);
        value = extract32(words[relation->from], from, from_size) & ((1u << to_size) - 1);
    }
    words[relation->to] &= ~(((1u << to_size) - 1) << to);
    words[relation->to] |= value << to;
}

/* All parts are of their kinds, and the relations hold as the engine sees the fields. */
static bool is_sequence(char **kinds, char **relations, const uint32_t words[SEQUENCE_MOST])
{
    PpcOp ops[SEQUENCE_MOST];
    Relation relation;
    for (unsigned i = 0; kinds[i]; i++) {
        if (!gen_is_kind(words[i], gen_kind(kinds[i]))) {
            return false;
        }
        ppc_decode(words[i], &ops[i]);
        engine_kind_of(&ops[i], MIDDLE, words[i] & 1);
    }
    for (; *relations; relations++) {
        if (parse_relation(*relations, &relation) &&
            field_of(&ops[relation.from], relation.from_field) !=
                field_of(&ops[relation.to], relation.to_field)) {
            return false;
        }
    }
    return true;
}

unsigned gen_sequence(Gen *gen, const Sequence *sequence, bool related,
                      uint32_t words[SEQUENCE_MOST])
{
    g_auto(GStrv) kinds = g_strsplit(sequence->kinds, " ", -1);
    g_auto(GStrv) relations = g_strsplit(related ? sequence->relations : "", " ", -1);
    unsigned count = g_strv_length(kinds);
    cr_assert_leq(count, SEQUENCE_MOST);
    for (unsigned turn = 0; turn < 1000; turn++) {
        for (unsigned i = 0; i < count; i++) {
            words[i] = word_of_kind(gen, gen_kind(kinds[i]));
        }
        Relation relation;
        for (unsigned part = 1; part < count; part++) {
            for (char **text = relations; *text; text++) {
                if (parse_relation(*text, &relation) && relation.to == part) {
                    apply(&relation, words);
                }
            }
        }
        if (is_sequence(kinds, relations, words)) {
            return count;
        }
    }
    cr_assert_fail("no words for %s (%s)", sequence->kinds, sequence->relations);
    return 0;
}

static void emit_sequence(World *world, Gen *gen)
{
    size_t number = below(gen, (uint32_t)(chance(gen, 50) ? 100 : SEQUENCE_COUNT));
    uint32_t words[SEQUENCE_MOST];
    unsigned count = gen_sequence(gen, &SEQUENCES[number], chance(gen, 80), words);
    gen_emit_words(world, gen, words, count);
}

/* --- changes of context ----------------------------------------------------------------------------- */

enum { XO_MFSR = 595, XO_MTSR = 210, XO_MTSRIN = 242 };

/* The same address in another mode: SRR0 and SRR1 say where and how. */
static void emit_return(World *world, Gen *gen)
{
    uint32_t behind = gen->at + 4 * 7;
    gen_emit_constant(world, gen, 15, any_msr(gen) & ~BIT(MSR_POW));
    gen_emit(world, gen, word_mtspr(SPR_SRR1, 15));
    gen_emit_constant(world, gen, 15, chance(gen, 70) ? behind : code_address(gen));
    gen_emit(world, gen, word_mtspr(SPR_SRR0, 15));
    gen_emit(world, gen, WORD_RFI);
}

/* MSR[EE], [FP], [PR], [DR], [IR] or [VEC] on or off. */
static void emit_mode_flip(World *world, Gen *gen)
{
    static const uint16_t bits[] = {0x8000, 0x8000, 0x2000, 0x10, 0x20, 0x30, 0x4000};
    gen_emit(world, gen, word_x(83, 15, 0, 0));                                     /* mfmsr */
    gen_emit(world, gen, word_d(26, 15, 15, bits[below(gen, G_N_ELEMENTS(bits))])); /* xori */
    gen_emit(world, gen, word_mtmsr(15));
}

static void emit_segment_flip(World *world, Gen *gen)
{
    uint32_t flip = chance(gen, 90) ? VSID_FLIP : 0x20000000; /* or Kp */
    unsigned segment = below(gen, 2);
    gen_emit(world, gen, word_x(XO_MFSR, 15, segment, 0));
    gen_emit(world, gen,
             word_d(flip == VSID_FLIP ? 26 : 27, 15, 15,
                    flip == VSID_FLIP ? flip : flip >> 16)); /* xori, xoris */
    if (chance(gen, 70)) {
        gen_emit(world, gen, word_x(XO_MTSR, 15, segment, 0));
    } else {
        gen_emit(world, gen, word_lis(14, segment << 12));
        gen_emit(world, gen, word_x(XO_MTSRIN, 15, 0, 14));
    }
}

static void emit_context_change(World *world, Gen *gen)
{
    bool is_user = gen->features & USER;
    switch (is_user ? 0 : below(gen, 8)) {
    case 0:
    case 1:
        gen_emit(world, gen, WORD_SC);
        break;
    case 2:
        emit_return(world, gen);
        break;
    case 3:
    case 4:
        emit_mode_flip(world, gen);
        break;
    case 5: /* eight segments as a kernel writes them, most unchanged */
        for (unsigned i = 1; i < 8; i++) {
            gen_emit(world, gen, word_x(XO_MFSR, 15, i, 0));
            gen_emit(world, gen, word_x(XO_MTSR, 15, i, 0));
        }
        break;
    default:
        emit_segment_flip(world, gen);
    }
}

static void emit_any(World *world, Gen *gen)
{
    unsigned dice = below(gen, 100);
    if ((gen->features & CONTEXTS) && chance(gen, 10)) {
        emit_context_change(world, gen);
        return;
    }
    if ((gen->features & FUSED_MOSTLY) && chance(gen, 70)) {
        emit_sequence(world, gen);
        return;
    }
    if ((gen->features & FP_MOSTLY) && chance(gen, 80)) {
        emit_fp(world, gen);
    } else if (dice < 60) {
        gen_emit(world, gen, gen_row(gen));
    } else if (dice < 72) {
        emit_branch(world, gen);
    } else if (dice < 80) {
        emit_pointer(world, gen);
    } else if (dice < 85) {
        emit_spr_access(world, gen);
    } else if (dice < 87) {
        static const uint32_t words[] = {WORD_SC, WORD_ISYNC, 0x7fe00008, 0};
        gen_emit(world, gen, words[below(gen, 4)]);
    } else if (dice < 89 && (gen->features & SUPERVISOR)) {
        emit_msr_write(world, gen);
    } else if (dice < 91 && (gen->features & SUPERVISOR)) {
        emit_translation_write(world, gen);
    } else if (dice < 94 && (gen->features & SELF_MODIFYING)) {
        emit_code_write(world, gen);
    } else if (dice < 97 && (gen->features & TABLE_WRITES)) {
        emit_table_write(world, gen);
    } else if (gen->features & WITH_DEVICE) {
        emit_device_access(world, gen);
    }
}

/* --- handlers --------------------------------------------------------------------------------------- */

/* Go on behind the instruction, in any case inside the code. */
static void emit_skip(World *world, Gen *gen)
{
    const uint32_t words[] = {
        word_mfspr(30, SPR_SRR0),
        word_addi(30, 30, 4),
        0x57de047e, /* rlwinm r30, r30, 0, 17, 31 */
        word_ori(30, 30, CODE),
        word_mtspr(SPR_SRR0, 30),
        word_mfspr(30, SPR_SPRG3),
        WORD_RFI,
    };
    gen_emit_words(world, gen, words, G_N_ELEMENTS(words));
}

static void emit_change_srr1(World *world, Gen *gen, uint32_t vector, uint32_t change)
{
    const uint32_t words[] = {
        word_mtspr(SPR_SPRG3, 30), word_mfspr(30, SPR_SRR1),  change,
        word_mtspr(SPR_SRR1, 30),  word_mfspr(30, SPR_SPRG3), WORD_RFI,
    };
    gen->at = vector;
    gen_emit_words(world, gen, words, G_N_ELEMENTS(words));
}

static void emit_handlers(World *world, Gen *gen)
{
    static const uint16_t skipping[] = {0x100, 0x200,  0x300,  0x400,  0x600, 0x700,
                                        0x800, 0x1300, 0x1400, 0x1600, 0x1700};
    for (size_t i = 0; i < G_N_ELEMENTS(skipping); i++) {
        gen->at = skipping[i];
        gen_emit(world, gen, word_mtspr(SPR_SPRG3, 30));
        emit_skip(world, gen);
    }
    gen->at = PPC_VECTOR_EXTERNAL;
    gen_emit(world, gen, word_mtspr(SPR_SPRG3, 30));
    gen_emit(world, gen, word_lis(30, IO_BASE >> 16));
    gen_emit(world, gen, word_stw(30, 30, 8));
    gen_emit(world, gen, word_mfspr(30, SPR_SPRG3));
    gen_emit(world, gen, WORD_RFI);
    gen->at = PPC_VECTOR_DECREMENTER;
    gen_emit(world, gen, word_mtspr(SPR_SPRG3, 30));
    gen_emit(world, gen, word_addi(30, 0, 5 + below(gen, 40)));
    gen_emit(world, gen, word_mtspr(SPR_DEC, 30));
    emit_skip(world, gen);
    gen->at = PPC_VECTOR_PERFORMANCE;
    gen_emit(world, gen, WORD_RFI);
    gen->at = PPC_VECTOR_SYSTEM_CALL;
    if ((gen->features & CONTEXTS) && chance(gen, 50)) { /* into the other address space */
        const uint32_t words[] = {word_mtspr(SPR_SPRG3, 30), word_x(XO_MFSR, 30, 0, 0),
                                  word_d(26, 30, 30, VSID_FLIP), word_x(XO_MTSR, 30, 0, 0),
                                  word_mfspr(30, SPR_SPRG3)};
        gen_emit_words(world, gen, words, G_N_ELEMENTS(words));
    }
    gen_emit(world, gen, WORD_RFI);
    gen->at = PPC_VECTOR_PERFORMANCE;
    gen_emit(world, gen, WORD_RFI);
    if (chance(gen, 50)) {
        emit_change_srr1(world, gen, PPC_VECTOR_FP_UNAVAILABLE, word_ori(30, 30, 0x2000));
    }
    emit_change_srr1(world, gen, PPC_VECTOR_VEC_UNAVAILABLE, word_d(25, 30, 30, 0x200));
    emit_change_srr1(world, gen, PPC_VECTOR_TRACE, 0x57de05e8 /* rlwinm r30, r30, 0, 23, 20 */);
}

/* --- worlds ------------------------------------------------------------------------------------------ */

/* One page in four by its secondary hash, one in eight behind an entry that does not match. */
static void map_pages(World *world, Gen *gen)
{
    PpcEnv *env = world->bench.env;
    for (unsigned i = 0; i < 16; i++) {
        env->sr[i] = VSID + i;
    }
    env->spr[SPR_SDR1] = TABLE;
    for (uint32_t page = 0; page < BENCH_RAM_SIZE / 0x1000; page++) {
        uint32_t pp = page < 4 || chance(gen, 85) ? 2 : below(gen, 4);
        uint32_t pa = page << 12 | (gen->features & TABLE_IS_CODE ? PA_ALIAS : 0);
        uint32_t word1 = pa | (chance(gen, 50) ? 0x180 : 0) | pp;
        bench_pte(&world->bench, page << 12, word1, chance(gen, 25), below(gen, 2));
        if (page >= 4 && page < 8) {
            bench_pte(&world->bench, page << 12 | ALIAS, word1, chance(gen, 25), 2 + below(gen, 2));
        }
    }
    env->sr[0] |= chance(gen, 50) ? 0x20000000 : 0;
}

/* Data in segment 1, in this space or the other. */
static void map_data_segment(World *world, unsigned distance)
{
    for (uint32_t page = DATA >> 12; page < TABLE >> 12; page++) {
        uint32_t pa = DATA + ((page + distance) << 12) % (TABLE - DATA);
        bench_pte(&world->bench, DATA_SEGMENT | page << 12, pa | 0x182, false, distance ? 5 : 7);
    }
}

/* The other address space: the same code, data a page further or nowhere. */
static void map_other_space(World *world, Gen *gen)
{
    uint32_t *sr = world->bench.env->sr, kept[2] = {sr[0], sr[1]};
    map_data_segment(world, 0);
    sr[0] = VSID ^ VSID_FLIP;
    sr[1] ^= VSID_FLIP;
    map_data_segment(world, 3);
    for (uint32_t page = 0; page < BENCH_RAM_SIZE / 0x1000; page++) {
        bool is_data = page >= DATA >> 12 && page < TABLE >> 12;
        uint32_t pa = (page + is_data) << 12, pp = chance(gen, 85) ? 2 : below(gen, 4);
        if (!is_data || chance(gen, 90)) {
            bench_pte(&world->bench, page << 12, pa | 0x180 | (page < 4 ? 2 : pp), false, 6);
        }
    }
    memcpy(sr, kept, sizeof(kept));
}

static void map_blocks(PpcEnv *env)
{
    env->spr[SPR_IBAT0U] = env->spr[SPR_DBAT0U] = 0x00000007;
    env->spr[SPR_IBAT0L] = env->spr[SPR_DBAT0L] = 0x00000002;
}

static void fill_registers(World *world, Gen *gen)
{
    PpcEnv *env = world->bench.env;
    FpRandom random = fp_random_new(any(gen));
    for (unsigned i = 0; i < 32; i++) {
        env->gpr[i] = chance(gen, 50) ? any(gen) : below(gen, 16) - 8;
        env->fpr[i] = (uint64_t)any(gen) << 32 | any(gen);
        if (chance(gen, 60)) { /* not too far from 1 */
            env->fpr[i] = (env->fpr[i] & ~(UINT64_C(0x7ff) << 52)) |
                          (UINT64_C(1020) + below(gen, 8)) << 52;
        }
        if (gen->features & FP_MOSTLY) {
            env->fpr[i] = fp_operand(&random);
        }
        env->vr[i] = (PpcVector){.u32 = {any(gen), any(gen), any(gen), any(gen)}};
    }
    for (unsigned i = 16; i < 24; i++) {
        env->gpr[i] = data_pointer(gen);
    }
    env->gpr[24] = below(gen, 64) * 4;
    env->gpr[25] = below(gen, 64);
    env->lr = code_address(gen);
    env->ctr = code_address(gen);
}

/* Operands for arithmetic all over the data; half of them are singles. */
static void fill_fp_data(World *world, Gen *gen)
{
    FpRandom random = fp_random_new(any(gen));
    for (uint32_t at = DATA; at < TABLE; at += 8) {
        uint64_t operand = fp_operand(&random);
        stq_be_p(world->bench.host + at,
                 chance(gen, 50) ? operand : operand & UINT64_C(0xffffffffe0000000));
    }
}

void gen_prepare(World *world, Gen *gen)
{
    any(gen);
    ppc_reset(world->bench.env);
    memset(world->bench.host, 0, BENCH_RAM_SIZE);
    for (uint32_t at = DATA; at < SPARE; at += 4) {
        stl_be_p(world->bench.host + at, at < TABLE ? any(gen) : (uint32_t)WORD_NOP);
    }
    if (gen->features & FP_MOSTLY) {
        fill_fp_data(world, gen);
    }
    emit_handlers(world, gen);
}

/* Registers, translation, MSR. */
void gen_start(World *world, Gen *gen)
{
    PpcEnv *env = world->bench.env;
    unsigned features = gen->features;
    fill_registers(world, gen);
    if (features & PAGED) {
        map_pages(world, gen);
        if (features & CONTEXTS) {
            map_other_space(world, gen);
        }
    } else if (features & TRANSLATED) {
        map_blocks(env);
    }
    env->spr[SPR_DBAT1U] = IO_BASE | 3;
    env->spr[SPR_DBAT1L] = IO_BASE | 0x2a;
    env->spr[SPR_HID0] = features & SUPERVISOR ? 0x00400000 : 0;
    env->msr = BIT(MSR_ME) | (features & WITH_FP ? BIT(MSR_FP) : 0) |
               (features & WITH_VEC ? BIT(MSR_VEC) : 0) | (features & WITH_EE ? BIT(MSR_EE) : 0) |
               (features & USER ? BIT(MSR_PR) : 0) |
               (features & TRANSLATED ? BIT(MSR_IR) | BIT(MSR_DR) : 0);
    env->msr &= env->model->msr_mask;
    env->pc = CODE + 4 * below(gen, 64);
    ppc_dec_set(env, features & WITH_EE ? 20 + below(gen, 60) : UINT32_MAX);
    env->pending_interrupts = 0;
}

Program program_new(World *world, uint64_t seed, unsigned features)
{
    Gen gen = gen_new(seed, features);
    gen_prepare(world, &gen);
    for (gen.at = CODE; gen.at < CODE + CODE_SIZE - 32;) {
        emit_any(world, &gen);
    }
    gen_start(world, &gen);
    return program_of(world, INSNS);
}
