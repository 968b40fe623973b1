/* SPDX-License-Identifier: MIT */
/*
 * The text format of instruction vectors (docs/vectors.md), values: tokens, numbers, registers, memory.
 *
 * Source: none (own design). Unlisted registers hold patterns, memory 0.
 */
#include "target-ppc/spr.h"
#include "target-ppc/vectors_parse.h"
#include "util/options.h"

#include <errno.h>

const char *const VECTOR_SCALAR_NAMES[SCALAR_COUNT] = {
    "cr", "xer", "lr", "ctr", "fpscr", "vscr", "msr", "pc", "reserve",
};

/* Values that tell registers apart, so that reading the wrong one shows. */
void ppc_vectors_initial_state(VectorState *state, const PpcModel *model)
{
    memset(state, 0, offsetof(VectorState, memory));
    for (unsigned i = 0; i < 32; i++) {
        state->gpr[i] = 0x01010101u * i ^ 0xa5a55a5au;
        state->fpr[i] = UINT64_C(0x3ff0000000000000) + ((uint64_t)i << 44);
        for (unsigned byte = 0; byte < 16; byte++) {
            state->vr[i].u8[15 - byte] = (uint8_t)(8 * i + byte);
        }
    }
    state->scalar[SCALAR_PC] = VECTOR_DEFAULT_PC;
    state->scalar[SCALAR_MSR] = BIT(MSR_VEC) | BIT(MSR_FP) | BIT(MSR_ME);
    state->scalar[SCALAR_RESERVE] = VECTOR_NO_RESERVATION;
    state->spr[SPR_PVR] = model->pvr;
    state->spr[SPR_DEC] = INT32_MAX;
}

/* --- tokens --------------------------------------------------------------------------------------- */

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The token at *@at, which is moved behind it. */
static bool next_token(VectorParser *parser, char **at, VectorToken *token)
{
    token->is_quoted = **at == '"';
    token->text = *at + token->is_quoted;
    char *end = *at + token->is_quoted;
    while (*end && (token->is_quoted ? *end != '"' : !is_space(*end))) {
        end++;
    }
    if (token->is_quoted && !*end) {
        return vector_parse_fail(parser, token, "no closing quote");
    }
    *at = *end ? end + 1 : end;
    *end = '\0';
    return true;
}

bool vector_split_line(VectorParser *parser, char *text, unsigned line, bool *is_comment)
{
    char *start = text;
    g_array_set_size(parser->tokens, 0);
    for (;;) {
        while (is_space(*text)) {
            text++;
        }
        if (*text == '#') {
            *is_comment = parser->tokens->len == 0;
            return true;
        }
        if (!*text) {
            return true;
        }
        VectorToken token = {.line = line, .column = (unsigned)(text - start) + 1};
        if (!next_token(parser, &text, &token)) {
            return false;
        }
        g_array_append_val(parser->tokens, token);
    }
}

/* --- values --------------------------------------------------------------------------------------- */

bool vector_parse_number(VectorParser *parser, const VectorToken *token, const char *text,
                         uint64_t max, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = g_ascii_strtoull(text, &end, 0);
    if (errno || end == text || *end || !g_ascii_isdigit(*text) || *value > max) {
        g_autofree char *what = g_strdup_printf("no number from 0 to 0x%" G_GINT64_MODIFIER "x",
                                                max);
        return vector_parse_fail(parser, token, what);
    }
    return true;
}

static bool parse_bytes(VectorParser *parser, const VectorToken *token, const char *text,
                        uint8_t *bytes, size_t max)
{
    size_t length = strlen(text);
    if (length / 2 > max) {
        return vector_parse_fail(parser, token, "bytes beyond the end of memory, 0xffff");
    }
    if (length % 2 || length == 0) {
        return vector_parse_fail(parser, token, "bad bytes: two digits each");
    }
    for (size_t i = 0; i < length / 2; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]), low = g_ascii_xdigit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return vector_parse_fail(parser, token, "bad bytes");
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool parse_vector(VectorParser *parser, const VectorToken *token, const char *text,
                         PpcVector *vector)
{
    uint8_t bytes[16];
    if (!g_str_has_prefix(text, "0x") || strlen(text) != 34) {
        return vector_parse_fail(parser, token, "a vector is 0x and 32 digits");
    }
    if (!parse_bytes(parser, token, text + 2, bytes, 16)) {
        return false;
    }
    for (unsigned i = 0; i < 16; i++) {
        vector->u8[15 - i] = bytes[i];
    }
    return true;
}

/* --- memory --------------------------------------------------------------------------------------- */

bool vector_add_range(VectorParser *parser, const VectorToken *token, uint64_t start, size_t size)
{
    VectorCase *test = parser->test;
    for (unsigned i = parser->first_range; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        if (start < (uint64_t)range->start + range->size && range->start < start + size) {
            return vector_parse_fail(parser, token, "given twice");
        }
    }
    if (test->range_count == VECTOR_MAX_RANGES) {
        return vector_parse_fail(parser, token, "too many pieces of memory");
    }
    test->ranges[test->range_count++] = (VectorRange){(uint32_t)start, (uint32_t)size};
    return true;
}

void vector_clear_ranges(VectorCase *test)
{
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        memset(test->in.memory + range->start, 0, range->size);
        memset(test->out.memory + range->start, 0, range->size);
    }
    test->range_count = 0;
}

static bool parse_memory(VectorParser *parser, const VectorToken *token, VectorState *state,
                         const char *address, const char *text)
{
    uint64_t start;
    return vector_parse_number(parser, token, address, VECTOR_MEMORY_SIZE - 1, &start) &&
           vector_add_range(parser, token, start,
                            MIN((strlen(text) + 1) / 2, VECTOR_MEMORY_SIZE - (size_t)start)) &&
           parse_bytes(parser, token, text, state->memory + start, VECTOR_MEMORY_SIZE - start);
}

/* --- registers ------------------------------------------------------------------------------------ */

/* "r12" with prefix "r" and limit 32 is 12; -1: something else. */
static int numbered(const char *name, const char *prefix, unsigned limit)
{
    size_t skip = strlen(prefix);
    if (strncmp(name, prefix, skip) != 0 || !g_ascii_isdigit(name[skip])) {
        return -1;
    }
    char *end;
    uint64_t number = g_ascii_strtoull(name + skip, &end, 10);
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
    const PpcEnv env = {.model = test->model};
    number = ppc_spr_by_name(&env, name);
    return number >= 0 ? &state->spr[number] : NULL;
}

/* All names of registers of the case's model, for "did you mean". */
static char **register_names(const PpcModel *model)
{
    GPtrArray *names = g_ptr_array_new();
    const PpcEnv env = {.model = model};
    for (unsigned i = 0; i < 32; i++) {
        g_ptr_array_add(names, g_strdup_printf("r%u", i));
        g_ptr_array_add(names, g_strdup_printf("f%u", i));
        g_ptr_array_add(names, g_strdup_printf("v%u", i));
        if (i < 16) {
            g_ptr_array_add(names, g_strdup_printf("sr%u", i));
        }
    }
    for (unsigned i = 0; i < SCALAR_COUNT; i++) {
        g_ptr_array_add(names, g_strdup(VECTOR_SCALAR_NAMES[i]));
    }
    for (unsigned i = 0; i < 1024; i++) {
        const char *name = ppc_spr_name(&env, i);
        if (name) {
            g_ptr_array_add(names, g_ascii_strdown(name, -1));
        }
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static bool no_such_register(VectorParser *parser, const VectorToken *token, const char *name)
{
    g_auto(GStrv) names = register_names(parser->test->model);
    const char *near = nearest_name(name, (const char *const *)names);
    g_autofree char *what = near ? g_strdup_printf("no such register on a %s (did you mean '%s'?)",
                                                   parser->test->model->family, near)
                                 : g_strdup_printf("no such register on a %s",
                                                   parser->test->model->family);
    const VectorToken shown = {.text = name, .line = token->line, .column = token->column};
    return vector_parse_fail(parser, &shown, what);
}

/* @where: a register of @state. */
static bool note_given(VectorParser *parser, const VectorToken *token, const VectorState *state,
                       const void *where)
{
    size_t place = (size_t)((const char *)where - (const char *)state) / 4;
    if (parser->given[place / 64] >> place % 64 & 1) {
        return vector_parse_fail(parser, token, "given twice");
    }
    parser->given[place / 64] |= UINT64_C(1) << place % 64;
    return true;
}

static bool assign(VectorParser *parser, const VectorToken *token, VectorState *state,
                   const char *name, const char *text)
{
    uint64_t value;
    if (g_ascii_isdigit(name[0])) {
        return parse_memory(parser, token, state, name, text);
    }
    int number = numbered(name, "v", 32);
    if (number >= 0) {
        return note_given(parser, token, state, &state->vr[number]) &&
               parse_vector(parser, token, text, &state->vr[number]);
    }
    number = numbered(name, "f", 32);
    if (number >= 0) {
        return note_given(parser, token, state, &state->fpr[number]) &&
               vector_parse_number(parser, token, text, UINT64_MAX, &state->fpr[number]);
    }
    uint32_t *word = find_word(parser->test, state, name);
    if (!word) {
        return no_such_register(parser, token, name);
    }
    if (!note_given(parser, token, state, word) ||
        !vector_parse_number(parser, token, text, UINT32_MAX, &value)) {
        return false;
    }
    *word = (uint32_t)value;
    parser->test->has_pc |= word == &parser->test->out.scalar[SCALAR_PC];
    return true;
}

bool vector_assign_all(VectorParser *parser, VectorState *state, const VectorToken *tokens,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(tokens[i].text, '=');
        if (strcmp(tokens[i].text, "mem") == 0) {
            continue;
        }
        if (!equals || equals == tokens[i].text || tokens[i].is_quoted) {
            return vector_parse_fail(parser, &tokens[i], "expected NAME=VALUE");
        }
        g_autofree char *name = g_strndup(tokens[i].text, (size_t)(equals - tokens[i].text));
        if (!assign(parser, &tokens[i], state, name, equals + 1)) {
            return false;
        }
    }
    return true;
}
