/* SPDX-License-Identifier: MIT */
/*
 * The assembler: a line is cut into mnemonic and operands, the mnemonic names a row of insn.def (or a
 * simplified form of one), each operand is read as its token says, checked, and put into its field.
 *
 * Source: PEM chapter 8, AltiVec PEM chapter 6. Not here: labels, directives except .long, 64-bit
 * instructions. Lines in: text; out: one word, or the first mistake and its column.
 */
#include "target-ppc/asm.h"

#include "target-ppc/asm_internal.h"
#include "target-ppc/decode.h"
#include "target-ppc/operands.h"
#include "util/options.h"

enum { MAX_FORMS = 4, BRANCH_HINT = 1 << 21, VECTOR_RECORD = 1 << 10 };

/* Accepted values of an operand, in steps. */
typedef struct Range {
    int64_t low, high, step;
} Range;

bool asm_fail(const AsmLine *line, const char *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_autofree char *message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return error_setg(line->errp, "column %zu: %s", (size_t)(at - line->text) + 1, message);
}

/* --- the line ----------------------------------------------------------------------------------- */

static AsmSpan trimmed(const char *start, const char *end)
{
    while (start < end && g_ascii_isspace(*start)) {
        start++;
    }
    while (end > start && g_ascii_isspace(end[-1])) {
        end--;
    }
    return (AsmSpan){start, (size_t)(end - start)};
}

/* Operands stand between commas. */
static bool split_operands(AsmLine *line, const char *at)
{
    AsmSpan all = trimmed(at, at + strlen(at));
    const char *end = all.start + all.length;
    line->count = 0;
    if (all.length == 0) {
        return true;
    }
    for (at = all.start; at <= end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        AsmSpan operand = trimmed(at, comma ? comma : end);
        if (operand.length == 0) {
            return asm_fail(line, operand.start, "an operand is missing");
        }
        if (line->count == ASM_MAX_OPERANDS) {
            return asm_fail(line, operand.start, "too many operands");
        }
        line->operands[line->count++] = operand;
        at = comma ? comma + 1 : end + 1;
    }
    return true;
}

static bool split_line(AsmLine *line)
{
    const char *start = line->text;
    while (g_ascii_isspace(*start)) {
        start++;
    }
    const char *end = start;
    while (*end && !g_ascii_isspace(*end)) {
        end++;
    }
    line->mnemonic = (AsmSpan){start, (size_t)(end - start)};
    if (start == end) {
        return asm_fail(line, start, "no instruction");
    }
    return split_operands(line, end);
}

/* The next of "rD,rA,SI"; false at the end. */
static bool next_token(const char **tokens, AsmSpan *token)
{
    if (!**tokens) {
        return false;
    }
    const char *comma = strchr(*tokens, ',');
    token->start = *tokens;
    token->length = comma ? (size_t)(comma - *tokens) : strlen(*tokens);
    *tokens += token->length + (comma ? 1 : 0);
    return true;
}

static unsigned count_tokens(const char *tokens)
{
    AsmSpan token;
    unsigned count = 0;
    while (next_token(&tokens, &token)) {
        count++;
    }
    return count;
}

/* --- operand values ----------------------------------------------------------------------------- */

/* A displacement is d in the low half and the register in the high one; a target is an offset. */
static Range range_of(const PpcOperand *operand, const PpcInsn *row)
{
    int64_t size = INT64_C(1) << operand->length;
    switch ((PpcOperandKind)operand->kind) {
    case OPERAND_SIGNED:
        /* addis: what it puts into the high half may be meant either way */
        return (Range){-size / 2, row->form == FORM_DS ? size - 1 : size / 2 - 1, 1};
    case OPERAND_COUNT:
        return (Range){1, 32, 1};
    case OPERAND_DISPLACEMENT:
        return (Range){0, UINT32_MAX, 1};
    case OPERAND_TARGET:
        return row->form == FORM_I ? (Range){-0x2000000, 0x1fffffc, 4}
                                   : (Range){-0x8000, 0x7ffc, 4};
    default:
        return (Range){0, size - 1, 1};
    }
}

static bool check_range(const AsmLine *line, const char *at, AsmSpan name, Range range,
                        int64_t value)
{
    if (value >= range.low && value <= range.high && value % range.step == 0) {
        return true;
    }
    return asm_fail(line, at,
                    "%.*s is %" G_GINT64_FORMAT ", accepted %" G_GINT64_FORMAT
                    " to %" G_GINT64_FORMAT "%s",
                    (int)name.length, name.start, value, range.low, range.high,
                    range.step == 1 ? "" : " in steps of 4");
}

/* "r12" with prefix "r"; @base: or "0". */
static bool parse_register(const AsmLine *line, AsmSpan span, const char *prefix, bool base,
                           int64_t *value)
{
    size_t skip = strlen(prefix), digits = span.length - skip;
    if (base && asm_span_is(span, "0")) {
        *value = 0;
        return true;
    }
    bool ok = span.length > skip && digits <= 2 && strncmp(span.start, prefix, skip) == 0;
    *value = 0;
    for (size_t i = 0; ok && i < digits; i++) {
        int digit = g_ascii_digit_value(span.start[skip + i]);
        ok = digit >= 0 && (i == 0 || *value > 0);
        *value = 10 * *value + digit;
    }
    if (ok && *value < 32) {
        return true;
    }
    return asm_fail(line, span.start, "expected %s%s0 to %s31, found '%.*s'", base ? "0 or " : "",
                    prefix, prefix, (int)span.length, span.start);
}

/* "d(rA)" */
static bool parse_displacement(const AsmLine *line, AsmSpan span, const PpcInsn *row,
                               int64_t *value)
{
    static const PpcOperand d = {"d", "", OPERAND_SIGNED, 0, 16};
    const char *end = span.start + span.length, *open = memchr(span.start, '(', span.length);
    int64_t offset = 0, base;
    if (!open || end[-1] != ')') {
        return asm_fail(line, span.start, "expected d(rA), found '%.*s'", (int)span.length,
                        span.start);
    }
    AsmSpan number = trimmed(span.start, open);
    if (number.length > 0 && !asm_evaluate(line, number, &(AsmNames){NULL, false}, &offset)) {
        return false;
    }
    if (!check_range(line, span.start, (AsmSpan){"d", 1}, range_of(&d, row), offset) ||
        !parse_register(line, trimmed(open + 1, end - 1), "r", true, &base)) {
        return false;
    }
    *value = (offset & 0xffff) | base << 16;
    return true;
}

/* An address; the value is its distance from pc, or itself for the absolute forms. */
static bool parse_target(const AsmLine *line, AsmSpan span, AsmSpan name, const PpcInsn *row,
                         int64_t *value)
{
    int64_t address;
    uint32_t from = row->xo & 2 ? 0 : line->pc;
    if (!asm_evaluate(line, span, &(AsmNames){NULL, true}, &address)) {
        return false;
    }
    if (!check_range(line, span.start, name, (Range){INT32_MIN, UINT32_MAX, 1}, address)) {
        return false;
    }
    Range range = range_of(&(PpcOperand){.kind = OPERAND_TARGET}, row);
    *value = (int32_t)((uint32_t)address - from);
    if (*value >= range.low && *value <= range.high && *value % range.step == 0) {
        return true;
    }
    return asm_fail(line, span.start, "%.*s is 0x%x, accepted 0x%x to 0x%x in steps of 4",
                    (int)name.length, name.start, (uint32_t)address, from + (uint32_t)range.low,
                    from + (uint32_t)range.high);
}

static bool parse_spr(const AsmLine *line, AsmSpan span, int64_t *value)
{
    *value = asm_spr_number(span);
    return *value >= 0 || asm_evaluate(line, span, &(AsmNames){NULL, false}, value);
}

static bool parse_value(const AsmLine *line, AsmSpan span, AsmSpan name, const PpcInsn *row,
                        int64_t *value)
{
    const PpcOperand *operand = ppc_operand_find(name.start, name.length);
    bool ok;
    g_assert(operand);
    switch ((PpcOperandKind)operand->kind) {
    case OPERAND_REGISTER:
    case OPERAND_BASE:
        return parse_register(line, span, operand->prefix, operand->kind == OPERAND_BASE, value);
    case OPERAND_DISPLACEMENT:
        return parse_displacement(line, span, row, value);
    case OPERAND_TARGET:
        return parse_target(line, span, name, row, value);
    case OPERAND_SPR:
        ok = parse_spr(line, span, value);
        break;
    default:
        ok = asm_evaluate(line, span, &(AsmNames){NULL, false}, value);
    }
    return ok && check_range(line, span.start, name, range_of(operand, row), *value);
}

/* --- fields ------------------------------------------------------------------------------------- */

static uint32_t encode(const PpcOperand *operand, const PpcInsn *row, int64_t value)
{
    uint32_t bits = (uint32_t)value;
    switch ((PpcOperandKind)operand->kind) {
    case OPERAND_DISPLACEMENT:
        return bits;
    case OPERAND_TARGET:
        return bits & (row->form == FORM_I ? 0x03fffffc : 0xfffc);
    case OPERAND_SPR:
        return (bits & 31) << 16 | bits >> 5 << 11;
    default:
        return (bits & (BIT(operand->length) - 1)) << operand->start;
    }
}

/* The operands as written are the fields of the row. */
static bool put_operands(const AsmLine *line, const AsmForm *form, uint32_t *word)
{
    const PpcInsn *row = ppc_insn_row(form->id);
    const char *tokens = form->tokens;
    AsmSpan name;
    for (unsigned i = 0; next_token(&tokens, &name); i++) {
        int64_t value;
        if (!parse_value(line, line->operands[i], name, row, &value)) {
            return false;
        }
        *word |= encode(ppc_operand_find(name.start, name.length), row, value);
    }
    return true;
}

/* The row's fields are computed from the operands as written. */
static bool put_expansion(const AsmLine *line, const AsmForm *form, uint32_t *word)
{
    const PpcInsn *row = ppc_insn_row(form->id);
    const char *tokens = form->tokens, *expressions = form->expansion;
    int64_t written[ASM_MAX_OPERANDS] = {0}, value;
    AsmSpan name, expression;
    for (unsigned i = 0; next_token(&tokens, &name); i++) {
        if (!parse_value(line, line->operands[i], name, row, &written[i])) {
            return false;
        }
    }
    tokens = row->operands;
    while (next_token(&tokens, &name) && next_token(&expressions, &expression)) {
        const PpcOperand *operand = ppc_operand_find(name.start, name.length);
        if (!asm_evaluate(line, expression, &(AsmNames){written, false}, &value) ||
            !check_range(line, line->mnemonic.start, name, range_of(operand, row), value)) {
            return false;
        }
        *word |= encode(operand, row, value);
    }
    return true;
}

/* PEM 4.2.4.2: the hint bit turns the rule round that only backward branches are taken. */
static uint32_t hint_bit(const AsmForm *form, uint32_t word)
{
    bool backward = ppc_insn_row(form->id)->form == FORM_B && (word & 0x8000);
    if (form->hint == '\0' || (form->hint == '+') == backward) {
        return 0;
    }
    return BRANCH_HINT;
}

/* stwcx.: the record bit is part of the only valid form. */
static uint32_t fixed_bits(const PpcInsn *row)
{
    return row->form == FORM_X && g_str_has_suffix(row->mnemonic, ".") ? 1 : 0;
}

static bool assemble_form(const AsmLine *line, const AsmForm *form, uint32_t *word)
{
    *word = ppc_insn_word(form->id) | fixed_bits(ppc_insn_row(form->id)) | form->bits;
    bool ok = form->expansion[0] ? put_expansion(line, form, word) : put_operands(line, form, word);
    *word |= ok ? hint_bit(form, *word) : 0;
    return ok;
}

/* --- mnemonics ---------------------------------------------------------------------------------- */

uint32_t asm_record_bit(unsigned id)
{
    const PpcInsn *row = ppc_insn_row(id);
    if (row->form == FORM_VXR) {
        return VECTOR_RECORD;
    }
    bool records = (row->flags & (F_RC_A | F_RC_D | F_RC_FP)) && !(row->flags & F_RC1);
    return records ? 1 : 0;
}

char asm_take_hint(AsmSpan *mnemonic)
{
    char last = mnemonic->start[mnemonic->length - 1];
    bool is_hint = last == '+' || last == '-';
    mnemonic->length -= is_hint ? 1 : 0;
    return is_hint ? last : '\0';
}

bool asm_mnemonic_is(AsmSpan written, const char *name, unsigned id, uint32_t *bits)
{
    size_t i = 0;
    *bits = 0;
    while (i < written.length && name[i] && written.start[i] == name[i]) {
        i++;
    }
    if (name[i]) {
        return false;
    }
    if (i == written.length) {
        return true;
    }
    if (written.start[i] == '.' && i + 1 == written.length) {
        *bits = asm_record_bit(id);
    }
    return *bits != 0;
}

/* A row as it is; comparisons may leave cr0 out. */
static bool find_row(const AsmLine *line, AsmForm *form)
{
    AsmSpan plain = line->mnemonic;
    char hint = asm_take_hint(&plain);
    *form = (AsmForm){.hint = hint};
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        const PpcInsn *row = ppc_insn_row(id);
        AsmSpan name = g_str_has_prefix(row->operands, "BO,") ? plain : line->mnemonic;
        if (!asm_mnemonic_is(name, row->mnemonic, id, &form->bits)) {
            continue;
        }
        form->id = id;
        bool is_compare = g_str_has_prefix(row->operands, "cD,") &&
                          count_tokens(row->operands) == 3;
        bool is_short = is_compare && line->count == 2;
        g_strlcpy(form->tokens, row->operands + (is_short ? strlen("cD,") : 0), ASM_TEXT_SIZE);
        return true;
    }
    return false;
}

static unsigned find_forms(const AsmLine *line, AsmForm *forms)
{
    unsigned count = find_row(line, &forms[0]) ? 1 : 0;
    for (unsigned i = 0; count < MAX_FORMS && asm_alias_find(line, i, &forms[count]); i++) {
        count++;
    }
    if (count == 0 && (asm_branch_find(line, &forms[0]) || asm_spr_find(line, &forms[0]))) {
        count = 1;
    }
    return count;
}

static bool unknown_mnemonic(const AsmLine *line)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *word = g_strndup(line->mnemonic.start, line->mnemonic.length);
    if (!line->errp) {
        return false; /* nobody reads it, and the search takes its time */
    }
    for (unsigned id = INSN_ILLEGAL + 1; id < INSN_COUNT; id++) {
        g_ptr_array_add(names, (char *)ppc_insn_row(id)->mnemonic);
    }
    asm_alias_names(names);
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_name(word, (const char *const *)names->pdata);
    if (nearest) {
        return asm_fail(line, line->mnemonic.start, "no instruction '%s'; did you mean '%s'?", word,
                        nearest);
    }
    return asm_fail(line, line->mnemonic.start, "no instruction '%s'", word);
}

static bool assemble_line(const AsmLine *line, uint32_t *word)
{
    AsmForm forms[MAX_FORMS];
    unsigned count = find_forms(line, forms);
    for (unsigned i = 0; i < count; i++) {
        if (count_tokens(forms[i].tokens) == line->count) {
            return assemble_form(line, &forms[i], word);
        }
    }
    if (count == 0) {
        return unknown_mnemonic(line);
    }
    return asm_fail(line, line->mnemonic.start, "%.*s needs %u operands (%s), %u given",
                    (int)line->mnemonic.length, line->mnemonic.start, count_tokens(forms[0].tokens),
                    forms[0].tokens, line->count);
}

static bool assemble_long(const AsmLine *line, uint32_t *word)
{
    int64_t value;
    if (line->count != 1) {
        return asm_fail(line, line->mnemonic.start, ".long needs 1 operand, %u given", line->count);
    }
    if (!asm_evaluate(line, line->operands[0], &(AsmNames){NULL, true}, &value) ||
        !check_range(line, line->operands[0].start, line->mnemonic,
                     (Range){INT32_MIN, UINT32_MAX, 1}, value)) {
        return false;
    }
    *word = (uint32_t)value;
    return true;
}

bool ppc_assemble(const char *text, target_addr pc, uint32_t *word, Error **errp)
{
    AsmLine line = {.text = text, .pc = pc, .errp = errp};
    if (!split_line(&line)) {
        return false;
    }
    return asm_span_is(line.mnemonic, ".long") ? assemble_long(&line, word)
                                               : assemble_line(&line, word);
}
