/* SPDX-License-Identifier: MIT */
/*
 * Expressions of the console: numbers, $registers, + - * / % & | ^ ~ << >> and parentheses, 64 bits
 * unsigned, precedence as in C.
 *
 * Source: none (own design). Not here: symbols, memory operands, comparison.
 */
#include "monitor/internal.h"

#include <string.h>

/* Deeper than anybody types; keeps "((((..." from eating the stack. */
#define DEPTH_MAX 64

typedef struct Parser {
    CPUState *cpu;
    const char *text, *at;
    unsigned depth;
    Error **errp;
} Parser;

static bool parse_binary(Parser *parser, unsigned level, uint64_t *value);

static char skip_blanks(Parser *parser)
{
    while (g_ascii_isspace(*parser->at)) {
        parser->at++;
    }
    return *parser->at;
}

static bool parse_literal(Parser *parser, uint64_t *value)
{
    char *end;
    *value = g_ascii_strtoull(parser->at, &end, 0);
    if (g_ascii_isalnum(*end)) {
        return error_setg(parser->errp, "'%s' is not a number", parser->at);
    }
    parser->at = end;
    return true;
}

static bool parse_register(Parser *parser, uint64_t *value)
{
    size_t length = 1;
    while (g_ascii_isalnum(parser->at[length]) || parser->at[length] == '_') {
        length++;
    }
    g_autofree char *name = g_strndup(parser->at + 1, length - 1);
    if (!*name || !CPU_GET_CLASS(parser->cpu)->get_register(parser->cpu, name, value)) {
        return error_setg(parser->errp, "no register '$%s'", name);
    }
    parser->at += length;
    return true;
}

static bool parse_group(Parser *parser, uint64_t *value)
{
    parser->at++;
    if (!parse_binary(parser, 0, value)) {
        return false;
    }
    if (skip_blanks(parser) != ')') {
        return error_setg(parser->errp, "')' is missing");
    }
    parser->at++;
    return true;
}

static bool parse_sign(Parser *parser, uint64_t *value);

static bool parse_operand(Parser *parser, uint64_t *value)
{
    char next = skip_blanks(parser);
    if (g_ascii_isdigit(next)) {
        return parse_literal(parser, value);
    }
    switch (next) {
    case '$':
        return parse_register(parser, value);
    case '(':
        return parse_group(parser, value);
    case '-':
    case '~':
    case '+':
        return parse_sign(parser, value);
    case '\0':
        return error_setg(parser->errp, "a value is missing at the end");
    default:
        return error_setg(parser->errp, "expected a number, a $register or '(' at '%s'",
                          parser->at);
    }
}

static bool parse_unary(Parser *parser, uint64_t *value)
{
    if (parser->depth == DEPTH_MAX) {
        return error_setg(parser->errp, "the expression is nested too deeply");
    }
    parser->depth++;
    bool ok = parse_operand(parser, value);
    parser->depth--;
    return ok;
}

static bool parse_sign(Parser *parser, uint64_t *value)
{
    char sign = *parser->at++;
    if (!parse_unary(parser, value)) {
        return false;
    }
    *value = sign == '-' ? -*value : sign == '~' ? ~*value : *value;
    return true;
}

/* --- binary operators, loosest first ---------------------------------------------------------------- */

static const struct {
    const char *token;
    unsigned level;
} operators[] = {
    {"|", 0}, {"^", 1}, {"&", 2}, {"<<", 3}, {">>", 3},
    {"+", 4}, {"-", 4}, {"*", 5}, {"/", 5},  {"%", 5},
};
enum { LEVELS = 6 };

static const char *take_operator(Parser *parser, unsigned level)
{
    skip_blanks(parser);
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (operators[i].level == level && g_str_has_prefix(parser->at, operators[i].token)) {
            parser->at += strlen(operators[i].token);
            return operators[i].token;
        }
    }
    return NULL;
}

static bool apply(Parser *parser, char operator, uint64_t a, uint64_t b, uint64_t *value)
{
    switch (operator) {
    case '|':
        *value = a | b;
        return true;
    case '^':
        *value = a ^ b;
        return true;
    case '&':
        *value = a & b;
        return true;
    case '<':
        *value = b < 64 ? a << b : 0;
        return true;
    case '>':
        *value = b < 64 ? a >> b : 0;
        return true;
    case '+':
        *value = a + b;
        return true;
    case '-':
        *value = a - b;
        return true;
    case '*':
        *value = a * b;
        return true;
    default:
        if (b == 0) {
            return error_setg(parser->errp, "division by zero");
        }
        *value = operator== '/' ? a / b : a % b;
        return true;
    }
}

static bool parse_binary(Parser *parser, unsigned level, uint64_t *value)
{
    const char *operator;
    uint64_t right;
    if (level == LEVELS) {
        return parse_unary(parser, value);
    }
    if (!parse_binary(parser, level + 1, value)) {
        return false;
    }
    while ((operator= take_operator(parser, level))) {
        if (!parse_binary(parser, level + 1, &right) ||
            !apply(parser, *operator, * value, right, value)) {
            return false;
        }
    }
    return true;
}

bool expression_evaluate(CPUState *cpu, const char *text, const char **end, uint64_t *value,
                         Error **errp)
{
    Parser parser = {.cpu = cpu, .text = text, .at = text, .errp = errp};
    if (!parse_binary(&parser, 0, value)) {
        return false;
    }
    skip_blanks(&parser);
    if (end) {
        *end = parser.at;
    } else if (*parser.at) {
        return error_setg(errp, "'%s' is left over", parser.at);
    }
    return true;
}
