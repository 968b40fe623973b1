/* SPDX-License-Identifier: MIT */
/*
 * --generate: random cases for rows of insn.def, from their operand lists and flags.
 *
 * Words are valid forms; addresses lie within the case's memory, now and then at the end of a page or
 * not aligned. Source: none (own design). Not generated: mftb (time), tlbld and tlbli (not modelled),
 * enabled floating-point exceptions (QEMU's stub cannot set them), rows of other models than the 7400.
 */
#include "target-ppc/decode.h"
#include "target-ppc/operands.h"
#include "target-ppc/spr.h"
#include "target-ppc/vectors_internal.h"

enum { DATA = 0x1000, DATA_SIZE = 0x1000, CODE = VECTOR_DEFAULT_PC };

typedef struct Generator {
    VectorRandom random;
    VectorCase *test;
    const PpcInsn *row;
    unsigned id;
    uint32_t word;
} Generator;

static uint32_t below(Generator *gen, uint32_t limit)
{
    return vector_random_below(&gen->random, limit);
}

/* --- fields --------------------------------------------------------------------------------------- */

/* Where the token stands in a word; dA as its register. */
static PpcOperand find_field(const char *token)
{
    PpcOperand operand = *ppc_operand_find(token, strlen(token));
    if (operand.kind == OPERAND_DISPLACEMENT) {
        operand.start = 16;
        operand.length = 5;
    }
    return operand;
}

static void set_field(Generator *gen, unsigned start, unsigned length, uint32_t value)
{
    gen->word = deposit32(gen->word, start, length, value & (UINT32_MAX >> (32 - length)));
}

static unsigned field_d(const Generator *gen) { return extract32(gen->word, 21, 5); }
static unsigned field_a(const Generator *gen) { return extract32(gen->word, 16, 5); }
static unsigned field_b(const Generator *gen) { return extract32(gen->word, 11, 5); }

static uint32_t random_field(Generator *gen, const char *token)
{
    static const uint8_t conditions[] = {0,  1,  2,  3,  4,  5,  8,  9, 10,
                                         11, 12, 13, 16, 17, 18, 19, 20};
    static const uint16_t sprs[] = {SPR_XER,   SPR_LR,    SPR_CTR,   SPR_DSISR,
                                    SPR_DAR,   SPR_SRR0,  SPR_SRR1,  SPR_SPRG0,
                                    SPR_SPRG1, SPR_SPRG2, SPR_SPRG3, SPR_VRSAVE};
    if (strcmp(token, "SI") == 0 || strcmp(token, "UI") == 0) {
        return vector_random_word(&gen->random) >> (below(gen, 2) ? 16 : 0);
    }
    if (strcmp(token, "BO") == 0) {
        return conditions[below(gen, G_N_ELEMENTS(conditions))];
    }
    if (strcmp(token, "SPR") == 0) {
        unsigned number = sprs[below(gen, G_N_ELEMENTS(sprs))];
        return (number & 31) << 5 | number >> 5;
    }
    return (uint32_t)vector_random(&gen->random);
}

/* A target in memory: relative ones near the case, absolute ones below 32 KiB. */
static void set_target(Generator *gen)
{
    bool is_absolute = gen->word >> 1 & 1;
    uint32_t to = CODE - 0x1000 + 4 * below(gen, 0x800);
    unsigned length = gen->row->form == FORM_I ? 24 : 14;
    set_field(gen, 2, length, (is_absolute ? to : to - CODE) >> 2);
}

static void fill_fields(Generator *gen, char **tokens)
{
    const uint32_t records = F_RC_A | F_RC_D | F_RC_FP;
    gen->word = ppc_insn_word(gen->id);
    for (char **token = tokens; *token; token++) {
        const PpcOperand field = find_field(*token);
        if (strcmp(*token, "TGT") == 0) {
            set_target(gen);
        } else {
            set_field(gen, field.start, field.length, random_field(gen, *token));
        }
    }
    if (gen->row->form == FORM_VXR) {
        set_field(gen, 10, 1, below(gen, 2));
    } else if ((gen->row->flags & records) || gen->id == INSN_stwcx_) {
        set_field(gen, 0, 1, gen->id == INSN_stwcx_ || below(gen, 2));
    }
}

/* --- values --------------------------------------------------------------------------------------- */

static bool is_single(const Generator *gen)
{
    return gen->row->primary == 59 || g_str_has_prefix(gen->row->mnemonic, "stfs");
}

static void fill_register(Generator *gen, const char *token)
{
    VectorState *in = &gen->test->in;
    const PpcOperand field = find_field(token);
    unsigned number = extract32(gen->word, field.start, 5);
    switch (field.prefix[0]) {
    case 'r':
        in->gpr[number] = vector_random_word(&gen->random);
        break;
    case 'f':
        in->fpr[number] = vector_random_double(&gen->random, is_single(gen));
        break;
    case 'v':
        in->vr[number] = vector_random_vector(&gen->random,
                                              g_str_has_prefix(gen->row->source, "AVPEM 4.2.2"));
        break;
    default:
        break;
    }
}

static void fill_specials(Generator *gen)
{
    uint32_t *scalar = gen->test->in.scalar;
    scalar[SCALAR_CR] = (uint32_t)vector_random(&gen->random);
    scalar[SCALAR_XER] = below(gen, 8) << 29;
    scalar[SCALAR_LR] = CODE + 4 * below(gen, 64);
    scalar[SCALAR_CTR] = below(gen, 3) ? CODE + 4 * below(gen, 64) : below(gen, 3);
    if (gen->row->flags & F_FP) {
        scalar[SCALAR_FPSCR] = below(gen, 4);
    }
    if (gen->row->flags & F_VEC) {
        scalar[SCALAR_VSCR] = below(gen, 2) << 16 | below(gen, 2);
    }
}

/* vsl and vsr want the same count in every byte. */
static void fix_vector_shift(Generator *gen)
{
    if (gen->id == INSN_vsl || gen->id == INSN_vsr) {
        memset(gen->test->in.vr[field_b(gen)].u8, (int)below(gen, 256), 16);
    }
}

/* MSR values that keep the processor where it is. */
static void fix_system(Generator *gen)
{
    static const uint32_t states[] = {0x02003000, 0x00003000, 0x02001000, 0x00001002, 0x02003002};
    VectorState *in = &gen->test->in;
    uint32_t state = states[below(gen, G_N_ELEMENTS(states))];
    if (gen->id == INSN_mtmsr) {
        in->gpr[field_d(gen)] = state;
    } else if (gen->id == INSN_rfi) {
        in->spr[SPR_SRR0] = CODE + 4 * below(gen, 64);
        in->spr[SPR_SRR1] = state;
    }
}

/* --- memory --------------------------------------------------------------------------------------- */

/* Bytes that must be aligned lest the access traps. */
static unsigned alignment(const Generator *gen)
{
    switch (gen->id) {
    case INSN_lwarx:
    case INSN_stwcx_:
    case INSN_eciwx:
    case INSN_ecowx:
    case INSN_lmw:
    case INSN_stmw:
        return 4;
    default:
        return (gen->row->flags & F_FP) ? 4 : 1;
    }
}

static uint32_t random_address(Generator *gen)
{
    uint32_t offset = below(gen, DATA_SIZE / 16) * 16;
    if (below(gen, 16) == 0) {
        offset = DATA_SIZE - 16; /* the end of the page */
    }
    return (DATA + offset + below(gen, 16)) & ~(alignment(gen) - 1);
}

/* rA and rB differ from each other and from what is loaded; rA is 0 now and then where that is valid. */
static void choose_bases(Generator *gen)
{
    bool updates = gen->row->flags & F_UPDATE;
    bool may_be_0 = (gen->row->flags & F_RA0) && below(gen, 4) == 0;
    set_field(gen, 16, 5, may_be_0 && !updates ? 0 : 3 + below(gen, 2));
    if (strstr(gen->row->operands, "rB")) {
        set_field(gen, 11, 5, 5 + below(gen, 2));
    }
    bool has_target = strchr("rfv", gen->row->operands[0]) && gen->row->operands[0];
    if (has_target && gen->row->operands[1] != 'A') {
        set_field(gen, 21, 5, 7 + below(gen, 25));
    }
}

static void choose_counts(Generator *gen)
{
    enum { MOST = 4 };
    unsigned room = 4 * (32 - field_d(gen)), count = 1 + below(gen, MIN(room, 31));
    if (gen->id == INSN_lswi || gen->id == INSN_stswi) {
        set_field(gen, 11, 5, count);
    } else if (gen->id == INSN_lswx || gen->id == INSN_stswx) {
        gen->test->in.scalar[SCALAR_XER] |= count;
    } else if (gen->id == INSN_lmw || gen->id == INSN_stmw) {
        set_field(gen, 21, 5, 32 - 1 - below(gen, MOST));
    }
}

static void place_operand(Generator *gen, uint32_t ea)
{
    VectorState *in = &gen->test->in;
    unsigned a = field_a(gen);
    if (strstr(gen->row->operands, "dA")) {
        uint32_t displacement = a ? below(gen, 0x10000) : ea;
        set_field(gen, 0, 16, displacement);
        in->gpr[a] = a ? ea - (uint32_t)sextract32(displacement, 0, 16) : in->gpr[a];
    } else if (strstr(gen->row->operands, "rB")) {
        uint32_t index = a ? vector_random_word(&gen->random) : ea;
        in->gpr[field_b(gen)] = index;
        in->gpr[a] = a ? ea - index : in->gpr[a];
    } else {
        in->gpr[a] = a ? ea : in->gpr[a];
    }
}

static void fill_memory(Generator *gen, uint32_t ea)
{
    enum { SIZE = 48 };
    uint32_t start = ea & ~15u;
    for (uint32_t at = start; at < start + SIZE; at += 4) {
        stl_be_p(gen->test->in.memory + at, vector_random_word(&gen->random));
    }
    gen->test->ranges[gen->test->range_count++] = (VectorRange){start, SIZE};
    if (gen->id == INSN_stwcx_ && below(gen, 2)) {
        gen->test->in.scalar[SCALAR_RESERVE] = ea & ~31u;
    }
    if (gen->id == INSN_eciwx || gen->id == INSN_ecowx) {
        gen->test->in.spr[SPR_EAR] = 0x80000000;
    }
}

/* --- one case ------------------------------------------------------------------------------------- */

static bool is_valid(const Generator *gen)
{
    PpcOp op;
    return ppc_decode(gen->word, &op) && op.id == gen->id;
}

static void make_word(Generator *gen, char **tokens)
{
    do {
        fill_fields(gen, tokens);
        if (vector_row_accesses(gen->id)) {
            choose_bases(gen);
        }
        gen->word &= ~gen->row->reserved;
    } while (!is_valid(gen));
}

static void make_case(Generator *gen, char **tokens, unsigned number, GString *out)
{
    VectorCase *test = gen->test;
    g_free(test->name);
    test->name = g_strdup_printf("gen-%s/%u", gen->row->mnemonic, number);
    ppc_vectors_initial_state(&test->in, test->model);
    test->range_count = 0;
    make_word(gen, tokens);
    fill_specials(gen);
    for (char **token = tokens; *token; token++) {
        fill_register(gen, *token);
    }
    fix_vector_shift(gen);
    fix_system(gen);
    if (vector_row_accesses(gen->id)) {
        uint32_t ea = random_address(gen);
        choose_counts(gen);
        place_operand(gen, ea);
        fill_memory(gen, ea);
    }
    test->words[0] = gen->word;
    vector_write_in(out, test, "self");
    g_string_append_c(out, '\n');
    for (unsigned i = 0; i < test->range_count; i++) {
        memset(test->in.memory + test->ranges[i].start, 0, test->ranges[i].size);
    }
}

static bool is_generated(unsigned id)
{
    return id != INSN_ILLEGAL && id != INSN_mftb && !(ppc_insn_row(id)->flags & F_745X);
}

/* Each row has a sequence of its own, whatever other rows are asked for. */
static void make_row(Generator *gen, unsigned id, const VectorOptions *options, GString *out)
{
    gen->id = id;
    gen->row = ppc_insn_row(id);
    gen->random.state = options->seed * UINT64_C(0xd1342543de82ef95) +
                        g_str_hash(gen->row->mnemonic);
    g_auto(GStrv) tokens = g_strsplit(gen->row->operands, ",", -1);
    char *none[] = {NULL};
    for (unsigned i = 1; i <= options->count; i++) {
        make_case(gen, *gen->row->operands ? tokens : none, i, out);
    }
}

static bool is_wanted(unsigned id, GPatternSpec *pattern)
{
    return is_generated(id) && g_pattern_spec_match_string(pattern, ppc_insn_row(id)->mnemonic);
}

/* Rows that match; 0 with *errp if that is none, or too much for memory. */
static unsigned count_rows(const VectorOptions *options, GPatternSpec *pattern, Error **errp)
{
    enum { MOST = 2000000 };
    unsigned rows = 0;
    for (unsigned id = 0; id < INSN_COUNT; id++) {
        rows += is_wanted(id, pattern);
    }
    if (rows == 0) {
        error_setg(errp,
                   "test: --generate '%s': no instruction of that name, or none that can be "
                   "generated",
                   options->generate);
    } else if (rows * options->count > MOST) {
        return error_setg(errp, "test: %u rows, --count %" G_GUINT64_FORMAT ": more than %d cases",
                          rows, options->count, MOST);
    }
    return rows;
}

bool vector_generate(const VectorOptions *options, GString *out, Error **errp)
{
    g_autoptr(GPatternSpec) pattern = g_pattern_spec_new(options->generate);
    if (!count_rows(options, pattern, errp)) {
        return false;
    }
    VectorCase *test = g_new0(VectorCase, 1);
    Generator gen = {.test = test};
    test->model = ppc_model_find("7400", &error_abort);
    test->in.memory = g_malloc0(VECTOR_MEMORY_SIZE);
    test->word_count = 1;
    g_string_append_printf(out,
                           "# core99 test --generate '%s' --count %" G_GUINT64_FORMAT
                           " --seed %" G_GUINT64_FORMAT "\n\n",
                           options->generate, options->count, options->seed);
    for (unsigned id = 0; id < INSN_COUNT; id++) {
        if (is_wanted(id, pattern)) {
            make_row(&gen, id, options, out);
        }
    }
    g_free(test->name);
    g_free(test->in.memory);
    g_free(test);
    return true;
}
