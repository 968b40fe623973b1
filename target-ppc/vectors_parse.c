/* SPDX-License-Identifier: MIT */
/*
 * The text format of instruction vectors. A case is a block of lines:
 *
 *   case NAME source=PEM§8.2/add [model=750]
 *   insn 0x7c632a14 [0x...]            words at pc, one step each
 *   in   r3=1 r5=0x2 xer=0x20000000 f1=0x... v2=0x<32 digits> sr4=5 srr0=0 mem 0x1000=aabbcc
 *   out  r3=3 mem 0x1000=ddeeff        what changes; everything else must not
 *   exception 0x700 srr1=0x00080000    its address; msr, srr0, srr1 as exceptions leave them
 *
 * Source: none (own design). Unlisted registers hold patterns (initial_state()), memory 0. pc defaults
 * to 0x4000, msr to VEC, FP, ME; reserve=ADDR is a reservation, reserve=0xffff none.
 */
#include "target-ppc/spr.h"
#include "target-ppc/vectors_case.h"

#include <errno.h>

enum {
    DEFAULT_PC = 0x4000,
    SRR1_FROM_MSR = (int)0x87c0ffff, /* PEM 6.4 */
};

const char *const VECTOR_SCALAR_NAMES[SCALAR_COUNT] = {
    "cr", "xer", "lr", "ctr", "fpscr", "vscr", "msr", "pc", "reserve",
};

typedef struct Parser {
    VectorCase *test;
    unsigned line;
    Error **errp;
} Parser;

static bool fail(Parser *parser, const char *what, const char *token)
{
    return error_setg(parser->errp, "line %u: %s: '%s'", parser->line, what, token);
}

/* Values that tell registers apart, so that reading the wrong one shows. */
static void initial_state(VectorState *state, const PpcModel *model)
{
    uint8_t *memory = state->memory;
    memset(state, 0, sizeof(*state));
    state->memory = memory;
    for (unsigned i = 0; i < 32; i++) {
        state->gpr[i] = 0x01010101u * i ^ 0xa5a55a5au;
        state->fpr[i] = UINT64_C(0x3ff0000000000000) + ((uint64_t)i << 44);
        for (unsigned byte = 0; byte < 16; byte++) {
            state->vr[i].u8[15 - byte] = (uint8_t)(8 * i + byte);
        }
    }
    state->scalar[SCALAR_PC] = DEFAULT_PC;
    state->scalar[SCALAR_MSR] = BIT(MSR_VEC) | BIT(MSR_FP) | BIT(MSR_ME);
    state->scalar[SCALAR_RESERVE] = VECTOR_NO_RESERVATION;
    state->spr[SPR_PVR] = model->pvr;
}

/* --- values ------------------------------------------------------------------------------------- */

static bool parse_number(Parser *parser, const char *text, uint64_t max, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = g_ascii_strtoull(text, &end, 0);
    if (errno || end == text || *end || *value > max) {
        return fail(parser, "bad number", text);
    }
    return true;
}

static bool parse_bytes(Parser *parser, const char *text, uint8_t *bytes, size_t max, size_t *count)
{
    size_t length = strlen(text);
    if (length % 2 || length / 2 > max || length == 0) {
        return fail(parser, "bad bytes", text);
    }
    for (*count = 0; *count < length / 2; ++*count) {
        int high = g_ascii_xdigit_value(text[2 * *count]);
        int low = g_ascii_xdigit_value(text[2 * *count + 1]);
        if (high < 0 || low < 0) {
            return fail(parser, "bad bytes", text);
        }
        bytes[*count] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool parse_vector(Parser *parser, const char *text, PpcVector *vector)
{
    uint8_t bytes[16];
    size_t count;
    if (!g_str_has_prefix(text, "0x") || !parse_bytes(parser, text + 2, bytes, 16, &count) ||
        count != 16) {
        return fail(parser, "a vector is 0x and 32 digits", text);
    }
    for (unsigned i = 0; i < 16; i++) {
        vector->u8[15 - i] = bytes[i];
    }
    return true;
}

static bool add_range(Parser *parser, uint64_t start, size_t size)
{
    VectorCase *test = parser->test;
    if (test->range_count == VECTOR_MAX_RANGES) {
        return fail(parser, "too many pieces of memory", test->name);
    }
    test->ranges[test->range_count++] = (VectorRange){(uint32_t)start, (uint32_t)size};
    return true;
}

static bool parse_memory(Parser *parser, VectorState *state, const char *address, const char *text)
{
    uint64_t start;
    size_t count;
    return parse_number(parser, address, VECTOR_MEMORY_SIZE - 1, &start) &&
           parse_bytes(parser, text, state->memory + start, VECTOR_MEMORY_SIZE - start, &count) &&
           add_range(parser, start, count);
}

/* Memory as a case finds it, for the next one. */
static void clear_ranges(VectorCase *test)
{
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        memset(test->in.memory + range->start, 0, range->size);
        memset(test->out.memory + range->start, 0, range->size);
    }
    test->range_count = 0;
}

static void copy_ranges(VectorCase *test)
{
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        memcpy(test->out.memory + range->start, test->in.memory + range->start, range->size);
    }
}

/* --- registers ---------------------------------------------------------------------------------- */

/* "r12" with prefix "r" and limit 32 is 12; -1: something else. */
static int numbered(const char *name, const char *prefix, unsigned limit)
{
    char *end;
    if (!g_str_has_prefix(name, prefix) || !g_ascii_isdigit(name[strlen(prefix)])) {
        return -1;
    }
    uint64_t number = g_ascii_strtoull(name + strlen(prefix), &end, 10);
    return *end || number >= limit ? -1 : (int)number;
}

/* The 32-bit register of that name, NULL if there is none. */
static uint32_t *find_word(const VectorCase *test, VectorState *state, const char *name)
{
    int number = numbered(name, "r", 32);
    if (number >= 0) {
        return &state->gpr[number];
    }
    number = numbered(name, "sr", 16);
    if (number >= 0) {
        return &state->sr[number];
    }
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        if (strcmp(name, VECTOR_SCALAR_NAMES[i]) == 0) {
            return &state->scalar[i];
        }
    }
    PpcEnv env = {.model = test->model};
    number = ppc_spr_by_name(&env, name);
    return number >= 0 ? &state->spr[number] : NULL;
}

static bool assign(Parser *parser, VectorState *state, const char *name, const char *text)
{
    uint64_t value;
    if (g_ascii_isdigit(name[0])) {
        return parse_memory(parser, state, name, text);
    }
    int number = numbered(name, "v", 32);
    if (number >= 0) {
        return parse_vector(parser, text, &state->vr[number]);
    }
    number = numbered(name, "f", 32);
    if (number >= 0) {
        return parse_number(parser, text, UINT64_MAX, &state->fpr[number]);
    }
    uint32_t *word = find_word(parser->test, state, name);
    if (!word) {
        return fail(parser, "no such register", name);
    }
    if (!parse_number(parser, text, UINT32_MAX, &value)) {
        return false;
    }
    *word = (uint32_t)value;
    parser->test->has_pc |= word == &parser->test->out.scalar[SCALAR_PC];
    return true;
}

/* NAME=VALUE tokens; the word mem before an address is for the reader. */
static bool assign_all(Parser *parser, VectorState *state, char **tokens)
{
    for (; *tokens; tokens++) {
        char *equals = strchr(*tokens, '=');
        if (!**tokens || strcmp(*tokens, "mem") == 0) {
            continue;
        }
        if (!equals) {
            return fail(parser, "expected NAME=VALUE", *tokens);
        }
        *equals = '\0';
        if (!assign(parser, state, *tokens, equals + 1)) {
            return false;
        }
    }
    return true;
}

/* --- lines -------------------------------------------------------------------------------------- */

static bool parse_case(Parser *parser, char **tokens)
{
    VectorCase *test = parser->test;
    bool has_source = false;
    if (!tokens[0]) {
        return fail(parser, "a case needs a name", "case");
    }
    test->name = g_strdup(tokens[0]);
    test->line = parser->line;
    test->model = ppc_model_find("7400", &error_abort);
    for (tokens++; *tokens; tokens++) {
        if (g_str_has_prefix(*tokens, "model=")) {
            test->model = ppc_model_find(*tokens + strlen("model="), parser->errp);
            if (!test->model) {
                return false;
            }
        } else if (g_str_has_prefix(*tokens, "source=")) {
            has_source = true;
        } else if (**tokens) {
            return fail(parser, "unknown word", *tokens);
        }
    }
    initial_state(&test->in, test->model);
    clear_ranges(test);
    test->word_count = 0;
    test->has_out = test->has_pc = false;
    return has_source || fail(parser, "no source=", test->name);
}

static bool parse_insn(Parser *parser, char **tokens)
{
    VectorCase *test = parser->test;
    for (; *tokens; tokens++) {
        uint64_t word;
        if (!**tokens) {
            continue;
        }
        if (test->word_count == VECTOR_MAX_WORDS) {
            return fail(parser, "too many words", *tokens);
        }
        if (!parse_number(parser, *tokens, UINT32_MAX, &word)) {
            return false;
        }
        test->words[test->word_count++] = (uint32_t)word;
    }
    return true;
}

/* The words go to memory before the copy, so that they count as unchanged. */
static bool begin_out(Parser *parser)
{
    VectorCase *test = parser->test;
    uint64_t pc = test->in.scalar[SCALAR_PC];
    if (test->has_out) {
        return true;
    }
    if (test->word_count == 0 || pc > VECTOR_MEMORY_SIZE - 4 * VECTOR_MAX_WORDS) {
        return fail(parser, "no insn line, or pc outside memory", test->name);
    }
    for (unsigned i = 0; i < test->word_count; i++) {
        stl_be_p(test->in.memory + pc + 4 * i, test->words[i]);
    }
    if (!add_range(parser, pc, 4 * test->word_count)) {
        return false;
    }
    uint8_t *memory = test->out.memory;
    test->out = test->in;
    test->out.memory = memory;
    copy_ranges(test);
    test->has_out = true;
    return true;
}

static bool parse_exception(Parser *parser, char **tokens)
{
    VectorState *out = &parser->test->out;
    uint32_t *scalar = out->scalar;
    uint64_t vector;
    if (!tokens[0]) {
        return fail(parser, "no vector", "exception");
    }
    if (!begin_out(parser) || !parse_number(parser, tokens[0], UINT32_MAX, &vector)) {
        return false;
    }
    out->spr[SPR_SRR0] = scalar[SCALAR_PC] + 4 * (parser->test->word_count - 1);
    out->spr[SPR_SRR1] = scalar[SCALAR_MSR] & (uint32_t)SRR1_FROM_MSR;
    scalar[SCALAR_MSR] &= BIT(MSR_ILE) | BIT(MSR_ME) | BIT(MSR_IP);
    scalar[SCALAR_PC] = (uint32_t)vector;
    parser->test->has_pc = true;
    return assign_all(parser, out, tokens + 1);
}

static bool parse_line(Parser *parser, char **tokens)
{
    VectorCase *test = parser->test;
    if (strcmp(tokens[0], "case") == 0) {
        return parse_case(parser, tokens + 1);
    }
    if (!test->name) {
        return fail(parser, "expected a case", tokens[0]);
    }
    if (strcmp(tokens[0], "insn") == 0 && !test->has_out) {
        return parse_insn(parser, tokens + 1);
    }
    if (strcmp(tokens[0], "in") == 0 && !test->has_out) {
        return assign_all(parser, &test->in, tokens + 1);
    }
    if (strcmp(tokens[0], "out") == 0) {
        return begin_out(parser) && assign_all(parser, &test->out, tokens + 1);
    }
    if (strcmp(tokens[0], "exception") == 0) {
        return parse_exception(parser, tokens + 1);
    }
    return fail(parser, "expected case, insn, in, out or exception (in this order)", tokens[0]);
}

/* Hand the finished case over, if there is one. */
static bool end_case(Parser *parser, VectorCaseHandler *handler, void *opaque, bool *stop)
{
    VectorCase *test = parser->test;
    if (!test->name) {
        return true;
    }
    if (!begin_out(parser)) {
        return false;
    }
    if (!test->has_pc) {
        test->out.scalar[SCALAR_PC] += 4 * test->word_count;
    }
    *stop = !handler(opaque, test);
    g_clear_pointer(&test->name, g_free);
    return true;
}

static bool parse_lines(Parser *parser, char **lines, VectorCaseHandler *handler, void *opaque)
{
    bool stop = false;
    for (; *lines && !stop; lines++) {
        parser->line++;
        char *text = g_strstrip(*lines);
        if (*text == '#') {
            continue;
        }
        bool is_border = !*text || g_str_has_prefix(text, "case ");
        if (is_border && !end_case(parser, handler, opaque, &stop)) {
            return false;
        }
        g_auto(GStrv) tokens = g_strsplit(text, " ", -1);
        if (*text && !stop && !parse_line(parser, tokens)) {
            return false;
        }
    }
    return stop || end_case(parser, handler, opaque, &stop);
}

bool ppc_vectors_parse(const char *text, VectorCaseHandler *handler, void *opaque, Error **errp)
{
    VectorCase *test = g_new0(VectorCase, 1);
    Parser parser = {.test = test, .errp = errp};
    test->in.memory = g_malloc0(VECTOR_MEMORY_SIZE);
    test->out.memory = g_malloc0(VECTOR_MEMORY_SIZE);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool ok = parse_lines(&parser, lines, handler, opaque);
    g_free(test->in.memory);
    g_free(test->out.memory);
    g_free(test->name);
    g_free(test);
    return ok;
}
