/* SPDX-License-Identifier: MIT */
/*
 * Expressions over the guest: text to a tree of nodes.
 *
 * Numbers as in C, 'c' with C's escapes, $registers, $variables and the history, names (symbols stand for
 * their address), casts to integer types and to pointers at them, * (a word, or what the pointer says),
 * {TYPE}ADDR, ! ~ - + and &NAME, the binary operators of C and ?:. Source: none (own design). Not here:
 * assignment, calls, floating point, arrays, types of the guest's programs.
 */
#include "debug/expression.h"

#include "debug/expression_nodes.h"

#include <errno.h>
#include <string.h>

/* Deeper than anybody types; keeps "((((..." from eating the stack. */
enum { DEPTH_MAX = 64, NODES_MAX = 1000 };

typedef struct Parser {
    const char *at;
    unsigned depth, nodes;
    Error **errp;
} Parser;

static void free_node(Node *node)
{
    if (node) {
        for (unsigned i = 0; i < G_N_ELEMENTS(node->args); i++) {
            free_node(node->args[i]);
        }
        g_free(node->name);
        g_free(node);
    }
}

/* Takes @left and @right. */
static Node *new_node(Parser *parser, NodeKind kind, Node *left, Node *right)
{
    Node *node = g_new0(Node, 1);
    node->kind = kind;
    node->args[0] = left;
    node->args[1] = right;
    if (++parser->nodes > NODES_MAX) {
        free_node(node);
        error_setg(parser->errp, "the expression is too long");
        return NULL;
    }
    return node;
}

/* --- operands ------------------------------------------------------------------------------------------- */

static Node *parse_choice(Parser *parser);
static Node *parse_unary(Parser *parser);

static char skip_blanks(Parser *parser)
{
    parser->at += strspn(parser->at, " \t");
    return *parser->at;
}

static size_t name_length(const char *text)
{
    size_t length = 0;
    bool has_dot = false;
    for (;;) {
        char c = text[length];
        size_t digits = c == '[' && has_dot ? strspn(text + length + 1, "0123456789") : 0;
        if (digits && text[length + 1 + digits] == ']') {
            length += digits + 2; /* IVPR[3] of a device */
        } else if (c == '.' || c == '_' || g_ascii_isalnum(c)) {
            has_dot |= c == '.';
            length++;
        } else {
            return length;
        }
    }
}

/* What stands at @text, for a message: short, and printable. */
static char *excerpt(const char *text, size_t length)
{
    enum { SHOWN_MAX = 40 };
    g_autofree char *start = g_strndup(text, MIN(length, SHOWN_MAX));
    for (char *c = start; *c; c++) {
        *c = g_ascii_isprint(*c) ? *c : '?';
    }
    return g_strconcat(start, length > SHOWN_MAX ? "..." : "", NULL);
}

static Node *new_number(Parser *parser, uint64_t number)
{
    Node *node = new_node(parser, NODE_NUMBER, NULL, NULL);
    if (node) {
        node->number = number;
        node->type = (Type){.size = 8, .is_signed = number <= INT64_MAX};
    }
    return node;
}

static Node *parse_number(Parser *parser)
{
    char *end;
    errno = 0;
    uint64_t number = g_ascii_strtoull(parser->at, &end, 0);
    bool is_too_large = errno == ERANGE;
    size_t length = name_length(parser->at);
    if (is_too_large || end != parser->at + length) {
        g_autofree char *word = excerpt(parser->at, length);
        error_setg(parser->errp,
                   is_too_large ? "'%s' has more than 64 bits" : "'%s' is not a number", word);
        return NULL;
    }
    parser->at = end;
    return new_number(parser, number);
}

/* The character behind a backslash at *@at; moves behind it. False: C knows no such one. */
static bool take_escape(const char **at, uint8_t *value)
{
    static const char letters[] = "abefnrtv\\\'\"", values[] = "\a\b\033\f\n\r\t\v\\\'\"";
    const char *letter = **at ? strchr(letters, **at) : NULL;
    bool is_hex = **at == 'x';
    const char *digits = is_hex ? "0123456789abcdefABCDEF" : "01234567";
    size_t length = MIN(strspn(*at + is_hex, digits), is_hex ? 2u : 3u);
    if (letter) {
        *value = (uint8_t)values[letter - letters];
        *at += 1;
        return true;
    }
    g_autofree char *number = g_strndup(*at + is_hex, length);
    *value = (uint8_t)g_ascii_strtoull(number, NULL, is_hex ? 16 : 8);
    *at += is_hex + length;
    return length > 0;
}

static Node *parse_character(Parser *parser)
{
    const char *at = parser->at + 1;
    uint8_t value = (uint8_t)*at;
    bool ok = *at && *at != '\'';
    if (ok) {
        at++;
        ok = value != '\\' || take_escape(&at, &value);
    }
    if (!ok || *at != '\'') {
        error_setg(parser->errp, "a character is written 'c'");
        return NULL;
    }
    parser->at = at + 1;
    return new_number(parser, value);
}

/* Behind '$': a name, a number of the history, "$", "$N"; or nothing, the last value. */
static size_t dollar_length(const char *text)
{
    size_t is_relative = *text == '$';
    bool is_history = is_relative || g_ascii_isdigit(*text);
    return is_history ? is_relative + strspn(text + is_relative, "0123456789") : name_length(text);
}

static Node *parse_name(Parser *parser, NodeKind kind)
{
    bool has_dollar = kind == NODE_REGISTER;
    const char *text = parser->at + has_dollar;
    size_t length = has_dollar ? dollar_length(text) : name_length(text);
    Node *node = new_node(parser, kind, NULL, NULL);
    if (node) {
        node->name = g_strndup(text, length);
    }
    parser->at = text + length;
    return node;
}

static const struct {
    const char *name;
    uint8_t size;
    bool is_signed;
} types[] = {
    {"unsigned char", 1, false},
    {"unsigned short", 2, false},
    {"unsigned int", 4, false},
    {"unsigned long long", 8, false},
    {"unsigned long", 4, false},
    {"unsigned", 4, false},
    {"signed char", 1, true},
    {"char", 1, false},
    {"short", 2, true},
    {"int", 4, true},
    {"long long", 8, true},
    {"long", 4, true},
    {"uint8_t", 1, false},
    {"uint16_t", 2, false},
    {"uint32_t", 4, false},
    {"uint64_t", 8, false},
    {"int8_t", 1, true},
    {"int16_t", 2, true},
    {"int32_t", 4, true},
    {"int64_t", 8, true},
    {"u8", 1, false},
    {"u16", 2, false},
    {"u32", 4, false},
    {"u64", 8, false},
    {"s8", 1, true},
    {"s16", 2, true},
    {"s32", 4, true},
    {"s64", 8, true},
};

/* "(u8)" or "(u8 *)" at the parser, ended by @bracket; moves behind it. */
static bool take_type(Parser *parser, char bracket, Type *type)
{
    const char *text = parser->at + 1;
    text += strspn(text, " \t");
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        size_t length = strlen(types[i].name);
        if (strncmp(text, types[i].name, length) != 0 || name_length(text + length)) {
            continue;
        }
        const char *end = text + length + strspn(text + length, " \t");
        *type = (Type){types[i].size, types[i].is_signed, *end == '*'};
        end += *end == '*';
        end += strspn(end, " \t");
        if (*end == bracket) {
            parser->at = end + 1;
            return true;
        }
    }
    return false;
}

/* A cast to @type, or a load of it, of what follows. */
static Node *parse_typed(Parser *parser, NodeKind kind, Type type)
{
    Node *value = parse_unary(parser);
    Node *node = value ? new_node(parser, kind, value, NULL) : NULL;
    if (node) {
        node->type = type;
    }
    return node;
}

static Node *parse_group(Parser *parser)
{
    Type type;
    if (take_type(parser, ')', &type)) {
        return parse_typed(parser, NODE_CAST, type);
    }
    parser->at++;
    Node *node = parse_choice(parser);
    if (!node) {
        return NULL;
    }
    if (skip_blanks(parser) != ')') {
        free_node(node);
        error_setg(parser->errp, "')' is missing");
        return NULL;
    }
    parser->at++;
    return node;
}

/* {TYPE}ADDR */
static Node *parse_braces(Parser *parser)
{
    Type type;
    if (!take_type(parser, '}', &type) || type.is_pointer) {
        error_setg(parser->errp, "memory is written {TYPE}ADDR, TYPE one of u8, short, int...");
        return NULL;
    }
    return parse_typed(parser, NODE_LOAD, type);
}

static Node *parse_sign(Parser *parser)
{
    char sign = *parser->at++;
    bool is_named = skip_blanks(parser) != '&';
    Node *value = parse_unary(parser);
    if (value && sign == '&') {
        if (is_named && value->kind == NODE_NAME) {
            return value;
        }
        free_node(value);
        error_setg(parser->errp, "'&' is for the name of a symbol");
        return NULL;
    }
    Node *node = value ? new_node(parser, sign == '*' ? NODE_LOAD : NODE_SIGN, value, NULL) : NULL;
    if (node) {
        node->op = (uint8_t)sign;
    }
    return node;
}

static Node *parse_operand(Parser *parser)
{
    char next = skip_blanks(parser);
    if (g_ascii_isdigit(next)) {
        return parse_number(parser);
    }
    if (next == '_' || next == '.' || g_ascii_isalpha(next)) {
        return parse_name(parser, NODE_NAME);
    }
    switch (next) {
    case '$':
        return parse_name(parser, NODE_REGISTER);
    case '\'':
        return parse_character(parser);
    case '(':
        return parse_group(parser);
    case '{':
        return parse_braces(parser);
    case '-':
    case '~':
    case '!':
    case '+':
    case '*':
    case '&':
        return parse_sign(parser);
    case '\0':
        error_setg(parser->errp, "a value is missing at the end");
        return NULL;
    default:
        break;
    }
    g_autofree char *rest = excerpt(parser->at, strlen(parser->at));
    error_setg(parser->errp, "expected a number, a $register, a name or '(' at '%s'", rest);
    return NULL;
}

static Node *parse_unary(Parser *parser)
{
    if (parser->depth == DEPTH_MAX) {
        error_setg(parser->errp, "the expression is nested too deeply");
        return NULL;
    }
    parser->depth++;
    Node *node = parse_operand(parser);
    parser->depth--;
    return node;
}

/* --- binary operators, loosest first; of those that begin alike the longer stands first ------------------ */

static const struct {
    const char *token;
    unsigned level; /* of precedence, loosest 0 */
} operators[] = {
    [OP_LOGICAL_OR] = {"||", 0},
    [OP_LOGICAL_AND] = {"&&", 1},
    [OP_OR] = {"|", 2},
    [OP_XOR] = {"^", 3},
    [OP_AND] = {"&", 4},
    [OP_EQUAL] = {"==", 5},
    [OP_DIFFERENT] = {"!=", 5},
    [OP_LEFT] = {"<<", 7},
    [OP_RIGHT] = {">>", 7},
    [OP_LESS_EQUAL] = {"<=", 6},
    [OP_GREATER_EQUAL] = {">=", 6},
    [OP_LESS] = {"<", 6},
    [OP_GREATER] = {">", 6},
    [OP_ADD] = {"+", 8},
    [OP_SUBTRACT] = {"-", 8},
    [OP_MULTIPLY] = {"*", 9},
    [OP_DIVIDE] = {"/", 9},
    [OP_REMAINDER] = {"%", 9},
};
enum { LEVELS = 10 };

/* The operator at the parser, if it has @level. */
static bool take_operator(Parser *parser, unsigned level, Operator *found)
{
    skip_blanks(parser);
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (!g_str_has_prefix(parser->at, operators[i].token)) {
            continue;
        }
        /* The first that fits is the longest: "<<" stands before "<". */
        bool is_it = operators[i].level == level;
        parser->at += is_it ? strlen(operators[i].token) : 0;
        *found = (Operator)i;
        return is_it;
    }
    return false;
}

static Node *parse_binary(Parser *parser, unsigned level)
{
    Operator op;
    if (level == LEVELS) {
        return parse_unary(parser);
    }
    Node *left = parse_binary(parser, level + 1);
    while (left && take_operator(parser, level, &op)) {
        Node *right = parse_binary(parser, level + 1);
        if (!right) {
            free_node(left);
            return NULL;
        }
        left = new_node(parser, NODE_BINARY, left, right);
        if (left) {
            left->op = op;
        }
    }
    return left;
}

/* The two branches of a "?:" whose condition is @node. */
static bool parse_branches(Parser *parser, Node *node)
{
    node->args[1] = parse_choice(parser);
    if (!node->args[1]) {
        return false;
    }
    if (skip_blanks(parser) != ':') {
        return error_setg(parser->errp, "':' is missing");
    }
    parser->at++;
    node->args[2] = parse_choice(parser);
    return node->args[2] != NULL;
}

static Node *parse_choice(Parser *parser)
{
    if (parser->depth == DEPTH_MAX) {
        error_setg(parser->errp, "the expression is nested too deeply");
        return NULL;
    }
    parser->depth++;
    Node *node = parse_binary(parser, 0);
    if (node && skip_blanks(parser) == '?') {
        parser->at++;
        node = new_node(parser, NODE_CHOICE, node, NULL);
        if (node && !parse_branches(parser, node)) {
            free_node(node);
            node = NULL;
        }
    }
    parser->depth--;
    return node;
}

Expression *expression_parse(const char *text, const char **end, Error **errp)
{
    Parser parser = {.at = text, .errp = errp};
    Node *root = parse_choice(&parser);
    if (!root) {
        return NULL;
    }
    const char *behind = parser.at;
    skip_blanks(&parser);
    if (end) {
        *end = parser.at;
    } else if (*parser.at) {
        g_autofree char *rest = excerpt(parser.at, strlen(parser.at));
        free_node(root);
        error_setg(errp, "'%s' is left over", rest);
        return NULL;
    }
    Expression *expression = g_new0(Expression, 1);
    expression->root = root;
    expression->text = g_strstrip(g_strndup(text, (gsize)(behind - text)));
    return expression;
}

void expression_free(Expression *expression)
{
    if (expression) {
        free_node(expression->root);
        g_free(expression->text);
        g_free(expression);
    }
}

const char *expression_text(const Expression *expression) { return expression->text; }
