/* SPDX-License-Identifier: MIT */
/*
 * Numbers of assembler text: sums of products of numbers and names, such as "4*cr7+eq" or ".+8".
 *
 * Source: none (own design); names of CR bits: PEM appendix F. Not here: parentheses, comparison.
 */
#include "target-ppc/asm_internal.h"

#include <errno.h>

typedef struct Cursor {
    const AsmLine *line;
    const AsmNames *names;
    const char *at, *end;
} Cursor;

static const struct {
    const char *name;
    uint8_t value;
} SYMBOLS[] = {
    {"lt", 0},  {"gt", 1},  {"eq", 2},  {"so", 3},  {"un", 3},  {"cr0", 0}, {"cr1", 1},
    {"cr2", 2}, {"cr3", 3}, {"cr4", 4}, {"cr5", 5}, {"cr6", 6}, {"cr7", 7},
};

static void skip_blanks(Cursor *cursor)
{
    while (cursor->at < cursor->end && g_ascii_isspace(*cursor->at)) {
        cursor->at++;
    }
}

static bool take(Cursor *cursor, char wanted)
{
    skip_blanks(cursor);
    if (cursor->at < cursor->end && *cursor->at == wanted) {
        cursor->at++;
        return true;
    }
    return false;
}

static bool word_number(Cursor *cursor, AsmSpan word, int64_t *value)
{
    g_autofree char *text = g_strndup(word.start, word.length);
    char *end;
    errno = 0;
    uint64_t number = g_ascii_strtoull(text, &end, 0);
    if (errno || *end) {
        return asm_fail(cursor->line, word.start, "bad number '%s'", text);
    }
    *value = (int64_t)MIN(number, (uint64_t)INT64_MAX);
    return true;
}

static bool word_symbol(Cursor *cursor, AsmSpan word, int64_t *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SYMBOLS); i++) {
        if (asm_span_is(word, SYMBOLS[i].name)) {
            *value = SYMBOLS[i].value;
            return true;
        }
    }
    return asm_fail(cursor->line, word.start, "expected a number, found '%.*s'", (int)word.length,
                    word.start);
}

/* A number, a name, "$n" or ".". */
static bool word_value(Cursor *cursor, int64_t *value)
{
    skip_blanks(cursor);
    AsmSpan word = {cursor->at, 0};
    if (cursor->names->has_pc && take(cursor, '.')) {
        *value = cursor->line->pc;
        return true;
    }
    if (cursor->names->values && take(cursor, '$')) {
        *value = cursor->names->values[*cursor->at++ - '1'];
        return true;
    }
    while (cursor->at < cursor->end && (g_ascii_isalnum(*cursor->at) || *cursor->at == '_')) {
        cursor->at++;
    }
    word.length = (size_t)(cursor->at - word.start);
    if (word.length == 0) {
        return asm_fail(cursor->line, word.start, "expected a number");
    }
    return g_ascii_isdigit(*word.start) ? word_number(cursor, word, value)
                                        : word_symbol(cursor, word, value);
}

static bool product(Cursor *cursor, int64_t *value)
{
    const char *start = cursor->at;
    int64_t factor;
    if (!word_value(cursor, value)) {
        return false;
    }
    while (take(cursor, '*')) {
        if (!word_value(cursor, &factor)) {
            return false;
        }
        if (__builtin_mul_overflow(*value, factor, value)) {
            return asm_fail(cursor->line, start, "number too large");
        }
    }
    return true;
}

static bool sum(Cursor *cursor, int64_t *value)
{
    const char *start = cursor->at;
    int64_t term;
    bool minus = take(cursor, '-');
    *value = 0;
    do {
        if (!product(cursor, &term)) {
            return false;
        }
        if (minus ? __builtin_sub_overflow(*value, term, value)
                  : __builtin_add_overflow(*value, term, value)) {
            return asm_fail(cursor->line, start, "number too large");
        }
    } while ((minus = take(cursor, '-')) || take(cursor, '+'));
    return true;
}

bool asm_evaluate(const AsmLine *line, AsmSpan span, const AsmNames *names, int64_t *value)
{
    Cursor cursor = {line, names, span.start, span.start + span.length};
    int64_t mask;
    if (!sum(&cursor, value)) {
        return false;
    }
    if (take(&cursor, '&')) {
        if (!sum(&cursor, &mask)) {
            return false;
        }
        *value &= mask;
    }
    skip_blanks(&cursor);
    if (cursor.at < cursor.end) {
        return asm_fail(line, cursor.at, "unexpected '%c'", *cursor.at);
    }
    return true;
}
