/* SPDX-License-Identifier: MIT */
/*
 * Random instructions with operands at the edges: signs, carries, denormals, NaNs, boundaries of
 * rounding, lanes full of ones.
 *
 * Source: none (own design). Rows follow each other; within a row fields and values are random, the
 * same for the same seed and index. Not generated: branches, privileged rows, the time, reservations,
 * invalid forms that trap, FPSCR enables.
 */
#include "gdbstub/generate.h"

#include <string.h>

enum {
    CASE_PC = 0x4000,
    DATA_FIRST = 0x6000, /* where loads and stores go */
    DATA_LAST = 0x7f00,
    DATA_BEFORE = 16, /* bytes of the case's memory around their address */
    DATA_SIZE = 176,
    FPSCR_ENABLES = 0xf8, /* VE to XE */
};

struct Generator {
    uint64_t seed, state;
    GArray *rows; /* unsigned: ids */
    VectorState base;
    uint8_t memory[VECTOR_MEMORY_SIZE];
};

/* --- chance --------------------------------------------------------------------------------------- */

/* splitmix64 (public domain, Vigna). */
static uint64_t random64(Generator *g)
{
    uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t below(Generator *g, uint32_t limit)
{
    return (uint32_t)(random64(g) >> 32) % limit;
}

static uint32_t word_value(Generator *g)
{
    static const uint32_t edges[] = {0,          1,          0xffffffff, 0x80000000, 0x7fffffff,
                                     0xfffffffe, 0x80000001, 0xffff8000, 0x00007fff, 0x0000ffff,
                                     0x00010000, 0x80,       0x7f,       0xff};
    switch (below(g, 4)) {
    case 0:
        return edges[below(g, G_N_ELEMENTS(edges))];
    case 1:
        return (UINT32_C(1) << below(g, 32)) + below(g, 3) - 1;
    case 2:
        return below(g, 65) - 32;
    default:
        return (uint32_t)random64(g);
    }
}

/* Sign, exponent (biased) and fraction of a double. */
static uint64_t make_double(Generator *g, uint32_t exponent, uint64_t fraction)
{
    return random64(g) << 63 | (uint64_t)(exponent & 0x7ff) << 52 | (fraction & (UINT64_MAX >> 12));
}

static uint64_t fraction_value(Generator *g)
{
    switch (below(g, 4)) {
    case 0:
        return 0;
    case 1:
        return (random64(g) >> 12) & ~((UINT64_C(1) << 29) - 1); /* of a single */
    case 2:
        return UINT64_C(1) << below(g, 52) | (below(g, 2) ? UINT64_MAX << below(g, 52) : 0);
    default:
        return random64(g);
    }
}

static uint64_t double_value(Generator *g)
{
    static const uint32_t exponents[] = {0,          1,          2,          0x7fe,      0x7fd,
                                         1023 - 149, 1023 - 127, 1023 - 126, 1023 + 127, 1023 + 128,
                                         1023 + 31,  1023 + 30,  1023 + 52};
    switch (below(g, 8)) {
    case 0:
        return make_double(g, 0x7ff, below(g, 2) ? 0 : fraction_value(g)); /* infinity, NaN */
    case 1:
        return make_double(g, 0, below(g, 2) ? 0 : fraction_value(g)); /* zero, denormal */
    case 2:
        return make_double(g, exponents[below(g, G_N_ELEMENTS(exponents))], fraction_value(g));
    case 3:
        return make_double(g, below(g, 0x800), fraction_value(g));
    case 4:
        return make_double(g, 1023 - 155 + below(g, 290), fraction_value(g)); /* singles, beyond */
    default:
        return make_double(g, 1023 - 4 + below(g, 9), fraction_value(g));
    }
}

static uint32_t single_value(Generator *g)
{
    static const uint32_t edges[] = {0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
                                     0x7f800001, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff,
                                     0x3f800000, 0xbf800000, 0x4f000000, 0xcf000000, 0x4b000001};
    if (below(g, 3) == 0) {
        return edges[below(g, G_N_ELEMENTS(edges))];
    }
    uint32_t exponent = below(g, 4) ? 120 + below(g, 16) : below(g, 256);
    return (uint32_t)random64(g) << 31 | exponent << 23 | (uint32_t)(random64(g) >> 41);
}

/* Lanes of one width, each at an edge or random. */
static void vector_value(Generator *g, PpcVector *vector)
{
    static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0x81, 0xff, 0xfe, 0x55};
    static const uint16_t halves[] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, 0xff00, 0x00ff};
    unsigned kind = below(g, 5);
    for (unsigned i = 0; i < 16; i++) {
        vector->u8[i] = (uint8_t)random64(g);
        if (kind == 0 && below(g, 2)) {
            vector->u8[i] = bytes[below(g, G_N_ELEMENTS(bytes))];
        }
    }
    for (unsigned i = 0; i < 8 && kind == 1; i++) {
        vector->u16[i] = below(g, 2) ? halves[below(g, G_N_ELEMENTS(halves))] : vector->u16[i];
    }
    for (unsigned i = 0; i < 4 && kind >= 2; i++) {
        vector->u32[i] = kind == 2 ? word_value(g) : single_value(g);
    }
}

/* --- which rows ------------------------------------------------------------------------------------- */

static bool has_prefix_of(const char *text, const char *const *prefixes)
{
    for (; *prefixes; prefixes++) {
        if (g_str_has_prefix(text, *prefixes)) {
            return true;
        }
    }
    return false;
}

InsnAccess gdb_insn_access(unsigned id)
{
    static const char *const loads[] = {"lb", "lh",  "lw",  "lm",    "lsw",
                                        "lf", "lve", "lvx", "eciwx", NULL};
    static const char *const stores[] = {"stb", "sth", "stw",  "stm",   "stsw", "stf",
                                         "stv", "dcb", "icbi", "ecowx", NULL};
    const char *mnemonic = ppc_insn_row(id)->mnemonic;
    if (has_prefix_of(mnemonic, loads)) {
        return ACCESS_LOAD;
    }
    return has_prefix_of(mnemonic, stores) ? ACCESS_STORE : ACCESS_NONE;
}

static bool is_wanted(unsigned id, const char *filter)
{
    static const char *const never[] = {"b",     "bc",     "bclr",  "bcctr", "sc",     "mftb",
                                        "lwarx", "stwcx.", "eciwx", "ecowx", "illegal"};
    const PpcInsn *row = ppc_insn_row(id);
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++) {
        if (strcmp(row->mnemonic, never[i]) == 0) {
            return false;
        }
    }
    return !(row->flags & (F_SUPER | F_BRANCH | F_745X)) &&
           (!filter || g_pattern_match_simple(filter, row->mnemonic));
}

/* --- one case --------------------------------------------------------------------------------------- */

static uint32_t fixed_bits(PpcForm form)
{
    switch (form) {
    case FORM_D:
    case FORM_DU:
    case FORM_DS:
    case FORM_I:
    case FORM_B:
    case FORM_SC:
    case FORM_M:
        return 0xfc000000;
    case FORM_X:
    case FORM_XSPR:
    case FORM_XCRM:
    case FORM_XFM:
    case FORM_XL:
        return 0xfc0007fe;
    case FORM_XL0:
    case FORM_XL1:
    case FORM_VX:
        return 0xfc0007ff;
    case FORM_A:
        return 0xfc00003e;
    case FORM_VXR:
        return 0xfc0003ff;
    case FORM_VA:
        return 0xfc00003f;
    }
    g_assert_not_reached();
}

static uint32_t spr_field(Generator *g)
{
    static const unsigned numbers[] = {1, 8, 9, 256};
    unsigned number = numbers[below(g, G_N_ELEMENTS(numbers))];
    return (number & 31) << 16 | number >> 5 << 11;
}

/* Setting an enable bit of FPSCR (VE to XE): QEMU's stub stands that no better than a write. */
static bool sets_enable(const PpcOp *op)
{
    const char *mnemonic = ppc_insn_row(op->id)->mnemonic;
    if (strcmp(mnemonic, "mtfsb1") == 0) {
        return op->d >= 24 && op->d <= 28;
    }
    return strcmp(mnemonic, "mtfsfi") == 0 && (op->d == 6 || op->d == 7);
}

/* Several registers from r5 up, addressed by lower ones: it may not load its own base (PEM 8.2). */
static uint32_t keep_base(Generator *g, const PpcInsn *row, uint32_t word)
{
    bool is_several = g_str_has_prefix(row->mnemonic, "lsw") || strcmp(row->mnemonic, "lmw") == 0;
    if (!is_several || below(g, 64) == 0) {
        return word;
    }
    word = (word & 0xfc00ffff) | (5 + below(g, 27)) << 21 | below(g, 4) << 16;
    return strcmp(row->mnemonic, "lswx") == 0 ? (word & 0xffff07ff) | 4 << 11 : word;
}

/* A word of row @id that decodes to it. */
static uint32_t random_word(Generator *g, unsigned id, PpcOp *op)
{
    const PpcInsn *row = ppc_insn_row(id);
    uint32_t fixed = fixed_bits(row->form) | row->reserved, word;
    do {
        word = ppc_insn_word(id) | ((uint32_t)random64(g) & ~fixed);
        if (row->form == FORM_XSPR) {
            word = (word & ~UINT32_C(0x001ff800)) | spr_field(g);
        }
        word = keep_base(g, row, word);
    } while (!ppc_decode(word, op) || op->id != id || sets_enable(op));
    return word;
}

static void random_gpr(Generator *g, VectorState *in, unsigned field)
{
    in->gpr[field] = word_value(g);
}

/* Values for the registers that the row's operands name, by the letters of disasm.c. */
static void random_operands(Generator *g, const PpcInsn *row, uint32_t word, VectorState *in)
{
    const struct {
        char letter;
        unsigned field;
    } places[] = {{'D', 21}, {'S', 21}, {'A', 16}, {'B', 11}, {'C', 6}};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        unsigned number = extract32(word, places[i].field, 5);
        char gpr[] = {'r', places[i].letter, 0}, fpr[] = {'f', places[i].letter, 0};
        char vr[] = {'v', places[i].letter, 0};
        if (strstr(row->operands, gpr)) {
            random_gpr(g, in, number);
        }
        if (strstr(row->operands, fpr)) {
            in->fpr[number] = double_value(g);
        }
        if (strstr(row->operands, vr)) {
            vector_value(g, &in->vr[number]);
        }
    }
    if (strcmp(row->mnemonic, "mtfsf") == 0) {
        in->fpr[extract32(word, 11, 5)] &= ~(uint64_t)FPSCR_ENABLES;
    }
    if (strstr(row->operands, "A0")) {
        random_gpr(g, in, extract32(word, 16, 5));
    }
}

static uint32_t random_fpscr(Generator *g)
{
    enum { STATUS = 0x1ff80700, VX_ALL = 0x01f80700 };
    uint32_t fpscr = below(g, 4) | (below(g, 32) << 12);
    if (below(g, 4) == 0) {
        fpscr |= (uint32_t)random64(g) & STATUS;
    }
    fpscr |= fpscr & VX_ALL ? UINT32_C(1) << 29 : 0;
    return fpscr | (fpscr & STATUS ? below(g, 2) << 31 : 0);
}

static void random_status(Generator *g, const PpcInsn *row, uint32_t word, VectorState *in)
{
    unsigned first = extract32(word, 21, 5);
    in->scalar[SCALAR_XER] = below(g, 8) << 29 | below(g, MIN(4 * (32 - first) + 1, 128));
    in->scalar[SCALAR_CR] = (uint32_t)random64(g);
    if (row->flags & F_FP) {
        in->scalar[SCALAR_FPSCR] = random_fpscr(g);
    }
    if (row->flags & F_VEC) {
        in->scalar[SCALAR_VSCR] = below(g, 2) << 16 | below(g, 2);
    }
}

/* Make the address registers of @op meet at @ea; false: they cannot. */
static bool aim(const PpcInsn *row, const PpcOp *op, uint32_t ea, VectorState *in)
{
    bool has_index = strstr(row->operands, "rB") != NULL;
    if (!has_index) {
        uint32_t displacement = row->form == FORM_D ? (uint32_t)op->imm : 0;
        if (op->a == 32) {
            return displacement == ea;
        }
        in->gpr[op->a] = ea - displacement;
    } else if (op->a == 32) {
        in->gpr[op->b] = ea;
    } else if (op->a == op->b) {
        in->gpr[op->a] = ea / 2;
        return ea % 2 == 0;
    } else {
        in->gpr[op->a] = ea - in->gpr[op->b];
    }
    return true;
}

static bool takes_memory(Generator *g, const PpcOp *op, VectorCase *test)
{
    const PpcInsn *row = ppc_insn_row(op->id);
    uint32_t ea = DATA_FIRST + below(g, DATA_LAST - DATA_FIRST);
    ea &= below(g, 16) ? ~UINT32_C(3) : UINT32_MAX;
    if (!aim(row, op, ea, &test->in)) {
        return false;
    }
    uint32_t start = (ea & ~UINT32_C(31)) - DATA_BEFORE;
    test->ranges[test->range_count++] = (VectorRange){start, DATA_SIZE};
    for (unsigned i = 0; i < DATA_SIZE; i++) {
        test->in.memory[start + i] = (uint8_t)random64(g);
    }
    uint64_t value = double_value(g); /* what floating-point loads find */
    for (unsigned i = 0; i < 8 && below(g, 2); i++) {
        test->in.memory[ea + i] = (uint8_t)(value >> (56 - 8 * i));
    }
    return true;
}

static void forget_memory(VectorCase *test)
{
    for (unsigned i = 0; i < test->range_count; i++) {
        memset(test->in.memory + test->ranges[i].start, 0, test->ranges[i].size);
    }
    test->range_count = 0;
}

void generator_make(Generator *g, uint64_t index, VectorCase *test)
{
    unsigned id = g_array_index(g->rows, unsigned, index % g->rows->len);
    const PpcInsn *row = ppc_insn_row(id);
    PpcOp op;
    bool is_whole;
    g->state = g->seed ^ (index + 1) * UINT64_C(0xd1342543de82ef95);
    do {
        if (test->in.memory) {
            forget_memory(test);
        }
        test->in = g->base;
        test->words[0] = random_word(g, id, &op);
        random_operands(g, row, test->words[0], &test->in);
        random_status(g, row, test->words[0], &test->in);
        is_whole = gdb_insn_access(id) == ACCESS_NONE || takes_memory(g, &op, test);
    } while (!is_whole);
    stl_be_p(test->in.memory + CASE_PC, test->words[0]);
    test->ranges[test->range_count++] = (VectorRange){CASE_PC, 4};
    test->word_count = 1;
    test->model = ppc_model_find("7400", &error_abort);
    test->name = (char *)row->mnemonic;
}

/* --- the generator ------------------------------------------------------------------------------------ */

static void make_base(Generator *g)
{
    VectorState *base = &g->base;
    base->memory = g->memory;
    for (unsigned i = 0; i < 32; i++) {
        base->gpr[i] = 0x10010000u + i * 0x01000100u;
        base->fpr[i] = UINT64_C(0x4000000000000000) + ((uint64_t)i << 40);
        for (unsigned byte = 0; byte < 16; byte++) {
            base->vr[i].u8[byte] = (uint8_t)(16 * i + byte);
        }
    }
    base->scalar[SCALAR_PC] = CASE_PC;
    base->scalar[SCALAR_MSR] = BIT(MSR_FP) | BIT(MSR_VEC);
    base->scalar[SCALAR_RESERVE] = VECTOR_NO_RESERVATION;
}

Generator *generator_new(uint64_t seed, const char *filter)
{
    Generator *g = g_new0(Generator, 1);
    g->seed = seed * UINT64_C(0x9e3779b97f4a7c15);
    g->rows = g_array_new(FALSE, FALSE, sizeof(unsigned));
    make_base(g);
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        if (is_wanted(id, filter)) {
            g_array_append_val(g->rows, id);
        }
    }
    if (g->rows->len == 0) {
        g_clear_pointer(&g, generator_free);
    }
    return g;
}

void generator_free(Generator *g)
{
    g_array_free(g->rows, TRUE);
    g_free(g);
}

unsigned generator_rows(const Generator *g) { return g->rows->len; }
