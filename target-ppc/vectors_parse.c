/* SPDX-License-Identifier: MIT */
/*
 * The text format of instruction vectors (docs/vectors.md), cases: names, words, order of parts.
 *
 *   case NAME source=PEM§8.2 [model=750]
 *   insn 0x7c632a14 "add r3,r3,r5" ...  words at pc, one step each
 *   in   r3=1 r5=0x2 xer=0x20000000 f1=0x... v2=0x<32 digits> sr4=5 srr0=0 mem 0x1000=aabbcc
 *   out  r3=3 mem 0x1000=ddeeff         what changes; everything else must not
 *   exception 0x700 srr1=0x00080000     its address; msr, srr0, srr1 as exceptions leave them
 *
 * Parts may share a line. Source: none (own design).
 */
#include "target-ppc/vectors_parse.h"

#include "target-ppc/asm.h"
#include "target-ppc/spr.h"
#include "target-ppc/vectors_internal.h"

enum {
    SRR1_FROM_MSR = (int)0x87c0ffff, /* PEM 6.4 */
};

const char *const VECTOR_SOURCE_NAMES[VECTOR_SOURCES] = {"manual", "mpfr", "hardware",
                                                         "public", "qemu", "self"};

/* --- errors --------------------------------------------------------------------------------------- */

bool vector_parse_fail(VectorParser *parser, const VectorToken *token, const char *what)
{
    enum { MOST = 60 };
    g_autofree char *word = g_strndup(token->text, MOST);
    g_autofree char *shown = g_strescape(word, "\"");
    return error_setg(parser->errp, "%s:%u:%u: %s: '%s'", parser->path, token->line, token->column,
                      what, shown);
}

bool vector_parse_fail_quoting(VectorParser *parser, const VectorToken *token, const char *message)
{
    enum { MOST = 120 };
    g_autofree char *start = g_strndup(message, MOST);
    g_autofree char *what = g_strescape(start, "\"");
    return vector_parse_fail(parser, token, what);
}

/* --- the case line -------------------------------------------------------------------------------- */

static unsigned source_bit(const char *word)
{
    for (unsigned i = 1; i < VECTOR_SOURCES; i++) {
        size_t length = strlen(VECTOR_SOURCE_NAMES[i]);
        if (strncmp(word, VECTOR_SOURCE_NAMES[i], length) == 0 &&
            (word[length] == '\0' || word[length] == ':')) {
            return 1u << i;
        }
    }
    const char *sign = strstr(word, "§");
    return sign && sign != word && sign[strlen("§")] ? VECTOR_SOURCE_MANUAL : 0;
}

static bool parse_source(VectorParser *parser, const VectorToken *token, const char *text)
{
    VectorCase *test = parser->test;
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    if (test->source) {
        return vector_parse_fail(parser, token, "given twice");
    }
    for (char **word = words; *word; word++) {
        unsigned bit = source_bit(*word);
        if (!bit) {
            return vector_parse_fail(parser, token,
                                     "a source is MANUAL§SECTION, mpfr, hardware, public, qemu or "
                                     "self (several: with commas)");
        }
        test->sources |= bit;
    }
    test->source = g_strdup(text);
    return test->sources != 0 || vector_parse_fail(parser, token, "empty source");
}

static bool parse_model(VectorParser *parser, const VectorToken *token, const char *text)
{
    g_autoptr(Error) err = NULL;
    if (parser->has_model) {
        return vector_parse_fail(parser, token, "given twice");
    }
    parser->has_model = true;
    parser->test->model = ppc_model_find(text, &err);
    return parser->test->model || vector_parse_fail_quoting(parser, token, error_get_pretty(err));
}

/* What is given from here on belongs to another state than what was given before. */
static void begin_state(VectorParser *parser)
{
    parser->first_range = parser->test->range_count;
    memset(parser->given, 0, sizeof(parser->given));
}

static void begin_case(VectorParser *parser, const VectorToken *name)
{
    VectorCase *test = parser->test;
    vector_clear_ranges(test);
    g_free(test->name);
    test->name = g_strdup(name->text);
    test->line = name->line;
    test->model = parser->default_model;
    test->word_count = parser->insn_count = 0;
    test->sources = 0;
    test->has_out = test->has_pc = test->has_exception = false;
    g_clear_pointer(&test->source, g_free);
    parser->has_model = false;
    begin_state(parser);
    parser->open = true;
}

static bool parse_case(VectorParser *parser, const VectorToken *keyword, const VectorToken *tokens,
                       size_t count)
{
    VectorCase *test = parser->test;
    if (count == 0 || strchr(tokens[0].text, '=')) {
        return vector_parse_fail(parser, keyword, "a case needs a name");
    }
    begin_case(parser, &tokens[0]);
    for (size_t i = 1; i < count; i++) {
        const char *text = tokens[i].text;
        bool ok = g_str_has_prefix(text, "model=")
                      ? parse_model(parser, &tokens[i], text + strlen("model="))
                  : g_str_has_prefix(text, "source=")
                      ? parse_source(parser, &tokens[i], text + strlen("source="))
                      : vector_parse_fail(parser, &tokens[i], "expected source= or model=");
        if (!ok) {
            return false;
        }
    }
    ppc_vectors_initial_state(&test->in, test->model);
    return test->source || vector_parse_fail(parser, &tokens[0], "no source=");
}

/* --- words ---------------------------------------------------------------------------------------- */

/* Assembly is kept until pc is known. */
static bool parse_insn(VectorParser *parser, const VectorToken *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parser->insn_count == VECTOR_MAX_WORDS) {
            return vector_parse_fail(parser, &tokens[i], "more than 16 instructions");
        }
        parser->insns[parser->insn_count++] = tokens[i];
    }
    return true;
}

/* The assembler's own column, "column 9: ...", becomes part of ours. */
static bool fail_assembly(VectorParser *parser, const VectorToken *token, const char *message)
{
    VectorToken at = *token;
    char *rest = NULL;
    if (g_str_has_prefix(message, "column ")) {
        at.column += (unsigned)g_ascii_strtoull(message + strlen("column "), &rest, 10);
    }
    return vector_parse_fail_quoting(
        parser, &at, rest && g_str_has_prefix(rest, ": ") ? rest + strlen(": ") : message);
}

static bool parse_word(VectorParser *parser, const VectorToken *token, uint32_t pc, uint32_t *word)
{
    uint64_t value;
    if (token->is_quoted) {
        g_autoptr(Error) err = NULL;
        return ppc_assemble(token->text, pc, word, &err) ||
               fail_assembly(parser, token, error_get_pretty(err));
    }
    if (!g_ascii_isdigit(token->text[0])) {
        return vector_parse_fail(parser, token, "no word (0x7c632a15); assembly stands in quotes");
    }
    if (!vector_parse_number(parser, token, token->text, UINT32_MAX, &value)) {
        return false;
    }
    *word = (uint32_t)value;
    return true;
}

/* Does memory of the case hold other bytes where an instruction is to be? */
static bool is_taken(const VectorCase *test, uint32_t address, uint32_t word)
{
    uint8_t bytes[4];
    stl_be_p(bytes, word);
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        for (uint32_t byte = 0; byte < 4; byte++) {
            if (address + byte - range->start < range->size &&
                test->in.memory[address + byte] != bytes[byte]) {
                return true;
            }
        }
    }
    return false;
}

/* Words go to memory before the copy, so that they count as unchanged. */
static bool place_words(VectorParser *parser, const VectorToken *at)
{
    VectorCase *test = parser->test;
    uint32_t pc = test->in.scalar[SCALAR_PC];
    if (parser->insn_count == 0) {
        return vector_parse_fail(parser, at, "no insn in this case");
    }
    if (pc > VECTOR_MEMORY_SIZE - 4 * VECTOR_MAX_WORDS || (pc & 3)) {
        return vector_parse_fail(parser, at, "pc is not a multiple of 4 below 0xffc0");
    }
    for (unsigned i = 0; i < parser->insn_count; i++) {
        if (!parse_word(parser, &parser->insns[i], pc + 4 * i, &test->words[i])) {
            return false;
        }
        if (is_taken(test, pc + 4 * i, test->words[i])) {
            return vector_parse_fail(parser, &parser->insns[i],
                                     "mem of the case is at its address");
        }
    }
    for (unsigned i = 0; i < parser->insn_count; i++) {
        stl_be_p(test->in.memory + pc + 4 * i, test->words[i]);
    }
    test->word_count = parser->insn_count;
    parser->first_range = test->range_count; /* the same bytes may be in a mem */
    return vector_add_range(parser, at, pc, 4 * test->word_count);
}

/* --- what comes out ------------------------------------------------------------------------------- */

static bool begin_out(VectorParser *parser, const VectorToken *at)
{
    VectorCase *test = parser->test;
    if (parser->is_placed) {
        return true;
    }
    if (!place_words(parser, at)) {
        return false;
    }
    uint8_t *memory = test->out.memory;
    test->out = test->in;
    test->out.memory = memory;
    for (unsigned i = 0; i < test->range_count; i++) {
        const VectorRange *range = &test->ranges[i];
        memcpy(memory + range->start, test->in.memory + range->start, range->size);
    }
    parser->is_placed = true;
    begin_state(parser);
    return true;
}

void vector_exception_state(const VectorCase *test, VectorState *out, uint32_t handler)
{
    out->spr[SPR_SRR0] = out->scalar[SCALAR_PC] + 4 * (test->word_count - 1);
    out->spr[SPR_SRR1] = out->scalar[SCALAR_MSR] & (uint32_t)SRR1_FROM_MSR;
    out->scalar[SCALAR_MSR] &= BIT(MSR_ILE) | BIT(MSR_ME) | BIT(MSR_IP);
    out->scalar[SCALAR_PC] = handler;
}

static bool parse_exception(VectorParser *parser, const VectorToken *keyword,
                            const VectorToken *tokens, size_t count)
{
    VectorCase *test = parser->test;
    VectorState *out = &test->out;
    uint64_t handler;
    if (count == 0) {
        return vector_parse_fail(parser, keyword, "no address of a handler");
    }
    if (test->has_exception || test->has_out) {
        return vector_parse_fail(parser, keyword,
                                 test->has_exception ? "a second exception"
                                                     : "exception comes before out");
    }
    if (!begin_out(parser, keyword) ||
        !vector_parse_number(parser, tokens, tokens[0].text, UINT32_MAX, &handler)) {
        return false;
    }
    test->exception = (uint32_t)handler;
    vector_exception_state(test, out, test->exception);
    test->has_pc = test->has_out = test->has_exception = true;
    return vector_assign_all(parser, out, tokens + 1, count - 1);
}

/* Hand the finished case over, if there is one. */
static bool end_case(VectorParser *parser, VectorCaseHandler *handler, void *opaque, bool *stop)
{
    VectorCase *test = parser->test;
    if (!parser->open) {
        return true;
    }
    const VectorToken at = {.text = test->name, .line = test->line, .column = 1};
    if (!begin_out(parser, &at)) {
        return false;
    }
    if (!test->has_pc) {
        test->out.scalar[SCALAR_PC] += 4 * test->word_count;
    }
    test->out.scalar[SCALAR_MSR] &= test->model->msr_mask;
    *stop = !handler(opaque, test);
    parser->open = parser->is_placed = false;
    return true;
}

/* --- lines ---------------------------------------------------------------------------------------- */

typedef enum Part { PART_NONE, PART_CASE, PART_INSN, PART_IN, PART_OUT, PART_EXCEPTION } Part;

static Part part_of(const VectorToken *token)
{
    static const char *const words[] = {NULL, "case", "insn", "in", "out", "exception"};
    for (unsigned i = PART_CASE; i < G_N_ELEMENTS(words) && !token->is_quoted; i++) {
        if (strcmp(token->text, words[i]) == 0) {
            return i;
        }
    }
    return PART_NONE;
}

static bool parse_part(VectorParser *parser, const VectorToken *keyword, const VectorToken *tokens,
                       size_t count)
{
    VectorCase *test = parser->test;
    Part part = part_of(keyword);
    test->last_line = keyword->line;
    if (part == PART_CASE) {
        return parse_case(parser, keyword, tokens, count);
    }
    if (!parser->open) {
        return vector_parse_fail(parser, keyword, "expected a case");
    }
    if (part == PART_INSN && !parser->is_placed) {
        return parse_insn(parser, tokens, count);
    }
    if (part == PART_IN && !parser->is_placed) {
        return vector_assign_all(parser, &test->in, tokens, count);
    }
    if (part == PART_OUT) {
        test->has_out = true;
        return begin_out(parser, keyword) && vector_assign_all(parser, &test->out, tokens, count);
    }
    if (part == PART_EXCEPTION) {
        return parse_exception(parser, keyword, tokens, count);
    }
    return vector_parse_fail(parser, keyword,
                             "expected case, insn, in, out or exception (in this order)");
}

/* One line: parts one behind the other. An empty line or the next case ends a case. */
static bool parse_tokens(VectorParser *parser, VectorCaseHandler *handler, void *opaque, bool *stop)
{
    const VectorToken *tokens = (const VectorToken *)(void *)parser->tokens->data;
    size_t count = parser->tokens->len, next;
    if (count == 0) {
        return end_case(parser, handler, opaque, stop);
    }
    for (size_t i = 0; i < count && !*stop; i = next) {
        for (next = i + 1; next < count && part_of(&tokens[next]) == PART_NONE; next++) {
        }
        bool is_case = part_of(&tokens[i]) == PART_CASE;
        if (is_case && i > 0) {
            return vector_parse_fail(parser, &tokens[i], "a case begins its line");
        }
        if (is_case && !end_case(parser, handler, opaque, stop)) {
            return false;
        }
        if (!*stop && !parse_part(parser, &tokens[i], tokens + i + 1, next - i - 1)) {
            return false;
        }
    }
    return true;
}

static bool parse_lines(VectorParser *parser, char *text, VectorCaseHandler *handler, void *opaque)
{
    bool stop = false;
    for (unsigned line = 1; text && !stop; line++) {
        char *end = strchr(text, '\n');
        if (end) {
            *end = '\0';
        }
        bool is_comment = false;
        if (!vector_split_line(parser, text, line, &is_comment) ||
            (!is_comment && !parse_tokens(parser, handler, opaque, &stop))) {
            return false;
        }
        text = end ? end + 1 : NULL;
    }
    return stop || end_case(parser, handler, opaque, &stop);
}

static bool fail_at_nul(const char *path, const char *text, const char *nul, Error **errp)
{
    unsigned line = 1;
    const char *start = text, *end;
    while ((end = memchr(start, '\n', (size_t)(nul - start)))) {
        start = end + 1;
        line++;
    }
    return error_setg(errp, "%s:%u:%u: a NUL byte: no text", path, line,
                      (unsigned)(nul - start) + 1);
}

bool ppc_vectors_parse(const char *path, char *text, size_t length, VectorCaseHandler *handler,
                       void *opaque, Error **errp)
{
    VectorCase *test = g_new0(VectorCase, 1);
    VectorParser parser = {.test = test, .path = path, .errp = errp};
    parser.tokens = g_array_new(FALSE, FALSE, sizeof(VectorToken));
    parser.default_model = ppc_model_find("7400", &error_abort);
    test->in.memory = g_malloc0(VECTOR_MEMORY_SIZE);
    test->out.memory = g_malloc0(VECTOR_MEMORY_SIZE);
    const char *nul = memchr(text, '\0', length);
    bool ok = nul ? fail_at_nul(path, text, nul, errp)
                  : parse_lines(&parser, text, handler, opaque);
    g_array_free(parser.tokens, TRUE);
    g_free(test->in.memory);
    g_free(test->out.memory);
    g_free(test->name);
    g_free(test->source);
    g_free(test);
    return ok;
}
