/* SPDX-License-Identifier: MIT */
/*
 * Expressions over the guest: a tree of nodes, made once, walked at each evaluation.
 *
 * Numbers as in C, 'c', $registers and $variables, names (symbols stand for their address), casts to
 * integer types and to pointers at them, * (a word, or what a pointer cast says), ! ~ - + and &NAME, the
 * binary operators of C and ?:. Source: none (own design). Not here: assignment, calls, floating point,
 * types of the guest's programs.
 */
#include "debug/expression.h"

#include <string.h>

/* Deeper than anybody types; keeps "((((..." from eating the stack. */
enum { DEPTH_MAX = 64, NODES_MAX = 1000 };

typedef enum NodeKind {
    NODE_NUMBER,
    NODE_REGISTER,
    NODE_NAME,
    NODE_CAST,
    NODE_LOAD,
    NODE_SIGN,
    NODE_BINARY,
    NODE_CHOICE
} NodeKind;

typedef struct Type {
    uint8_t size; /* bytes; 0: as it is, 64 bits */
    bool is_signed, is_pointer;
} Type;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    uint64_t number;
    char *name;  /* register or name */
    unsigned op; /* of a sign: the character; of a binary: index into operators */
    Type type;   /* of a cast; of a load: what is loaded */
    Node *args[3];
};

struct Expression {
    char *text;
    Node *root;
};

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

static Node *parse_number(Parser *parser)
{
    char *end;
    uint64_t number = g_ascii_strtoull(parser->at, &end, 0);
    if (g_ascii_isalnum(*end) || *end == '_') {
        error_setg(parser->errp, "'%s' is not a number", parser->at);
        return NULL;
    }
    Node *node = new_node(parser, NODE_NUMBER, NULL, NULL);
    parser->at = end;
    if (node) {
        node->number = number;
    }
    return node;
}

static Node *parse_character(Parser *parser)
{
    if (!parser->at[1] || parser->at[2] != '\'') {
        error_setg(parser->errp, "a character is written 'c'");
        return NULL;
    }
    Node *node = new_node(parser, NODE_NUMBER, NULL, NULL);
    if (node) {
        node->number = (uint8_t)parser->at[1];
    }
    parser->at += 3;
    return node;
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

static Node *parse_name(Parser *parser, NodeKind kind)
{
    const char *text = parser->at + (kind == NODE_REGISTER);
    size_t length = name_length(text);
    if (!length) {
        error_setg(parser->errp, "'$' needs the name of a register");
        return NULL;
    }
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
    {"unsigned long", 4, false},
    {"unsigned", 4, false},
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

/* "(u8)" or "(u8 *)" at the parser; moves behind it. */
static bool take_type(Parser *parser, Type *type)
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
        if (*end == ')') {
            parser->at = end + 1;
            return true;
        }
    }
    return false;
}

static Node *parse_cast(Parser *parser, Type type)
{
    Node *value = parse_unary(parser);
    Node *node = value ? new_node(parser, NODE_CAST, value, NULL) : NULL;
    if (node) {
        node->type = type;
    }
    return node;
}

static Node *parse_group(Parser *parser)
{
    Type type;
    if (take_type(parser, &type)) {
        return parse_cast(parser, type);
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

static Node *parse_sign(Parser *parser)
{
    char sign = *parser->at++;
    Node *value = parse_unary(parser);
    if (!value || sign == '+') {
        return value;
    }
    if (sign == '&') {
        if (value->kind != NODE_NAME) {
            free_node(value);
            error_setg(parser->errp, "'&' is for the name of a symbol");
            return NULL;
        }
        return value;
    }
    Type pointer = value->type;
    bool is_typed = value->kind == NODE_CAST && pointer.is_pointer;
    Node *node = new_node(parser, sign == '*' ? NODE_LOAD : NODE_SIGN, value, NULL);
    if (node) {
        node->op = (uint8_t)sign;
        node->type = is_typed ? (Type){pointer.size, pointer.is_signed, false} : (Type){4, 0, 0};
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
        error_setg(parser->errp, "expected a number, a $register, a name or '(' at '%s'",
                   parser->at);
        return NULL;
    }
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

typedef enum Operator {
    OP_LOGICAL_OR,
    OP_LOGICAL_AND,
    OP_OR,
    OP_XOR,
    OP_AND,
    OP_EQUAL,
    OP_DIFFERENT,
    OP_LEFT,
    OP_RIGHT,
    OP_LESS_EQUAL,
    OP_GREATER_EQUAL,
    OP_LESS,
    OP_GREATER,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
} Operator;

static const struct {
    const char *token;
    unsigned level;
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
        free_node(root);
        error_setg(errp, "'%s' is left over", parser.at);
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

/* --- evaluation ----------------------------------------------------------------------------------------- */

typedef struct Evaluation {
    const ExpressionScope *scope;
    Error **errp;
} Evaluation;

static bool evaluate(const Evaluation *evaluation, const Node *node, uint64_t *value);

static uint64_t convert(Type type, uint64_t value)
{
    unsigned shift = 64 - 8 * type.size;
    if (type.is_pointer) {
        return (uint32_t)value;
    }
    return type.is_signed ? (uint64_t)((int64_t)(value << shift) >> shift)
                          : value << shift >> shift;
}

static bool evaluate_register(const Evaluation *evaluation, const Node *node, uint64_t *value)
{
    CPUState *cpu = evaluation->scope->debugger->cpu;
    return CPU_GET_CLASS(cpu)->get_register(cpu, node->name, value) ||
           error_setg(evaluation->errp, "no register '$%s'", node->name);
}

static bool evaluate_name(const Evaluation *evaluation, const Node *node, uint64_t *value)
{
    const ExpressionScope *scope = evaluation->scope;
    const Debugger *debugger = scope->debugger;
    Symbol symbol;
    if (scope->name && scope->name(scope->opaque, node->name, value)) {
        return true;
    }
    if (!debug_symbols_find(debugger->symbols, debugger->cpu, node->name, &symbol)) {
        return error_setg(evaluation->errp, "no symbol '%s'", node->name);
    }
    *value = symbol.addr;
    return true;
}

static bool load(const Evaluation *evaluation, Type type, uint32_t ea, uint64_t *value)
{
    CPUState *cpu = evaluation->scope->debugger->cpu;
    uint64_t sum = 0;
    for (unsigned i = 0; i < type.size; i++) {
        uint8_t byte;
        hwaddr pa;
        if (!CPU_GET_CLASS(cpu)->translate_debug(cpu, ea + i, false, &pa)) {
            return error_setg(evaluation->errp, "not mapped: 0x%08x", ea + i);
        }
        if (!address_space_peek(cpu->as, pa, &byte, 1)) {
            return error_setg(evaluation->errp, "not RAM: 0x%08x", ea + i);
        }
        sum = sum << 8 | byte;
    }
    *value = convert(type, sum);
    return true;
}

static uint64_t compare_or_shift(Operator op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_EQUAL:
        return a == b;
    case OP_DIFFERENT:
        return a != b;
    case OP_LESS:
        return a < b;
    case OP_GREATER:
        return a > b;
    case OP_LESS_EQUAL:
        return a <= b;
    case OP_GREATER_EQUAL:
        return a >= b;
    case OP_LEFT:
        return b < 64 ? a << b : 0;
    default:
        return b < 64 ? a >> b : 0;
    }
}

static uint64_t apply(Operator op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_OR:
        return a | b;
    case OP_XOR:
        return a ^ b;
    case OP_AND:
        return a & b;
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return a / b;
    case OP_REMAINDER:
        return a % b;
    default:
        return compare_or_shift(op, a, b);
    }
}

static bool evaluate_binary(const Evaluation *evaluation, const Node *node, uint64_t *value)
{
    Operator op = (Operator)node->op;
    uint64_t left, right;
    if (!evaluate(evaluation, node->args[0], &left)) {
        return false;
    }
    bool is_logical = op == OP_LOGICAL_OR || op == OP_LOGICAL_AND;
    if (is_logical && !left == (op == OP_LOGICAL_AND)) {
        *value = left != 0;
        return true;
    }
    if (!evaluate(evaluation, node->args[1], &right)) {
        return false;
    }
    if ((op == OP_DIVIDE || op == OP_REMAINDER) && right == 0) {
        return error_setg(evaluation->errp, "division by zero");
    }
    *value = is_logical ? right != 0 : apply(op, left, right);
    return true;
}

/* Of a node whose first argument has @value. */
static bool evaluate_unary(const Evaluation *evaluation, const Node *node, uint64_t *value)
{
    if (node->kind == NODE_LOAD) {
        return load(evaluation, node->type, (uint32_t)*value, value);
    }
    if (node->kind == NODE_CAST) {
        *value = convert(node->type, *value);
    } else {
        *value = node->op == '-' ? -*value : node->op == '~' ? ~*value : !*value;
    }
    return true;
}

static bool evaluate(const Evaluation *evaluation, const Node *node, uint64_t *value)
{
    switch (node->kind) {
    case NODE_NUMBER:
        *value = node->number;
        return true;
    case NODE_REGISTER:
        return evaluate_register(evaluation, node, value);
    case NODE_NAME:
        return evaluate_name(evaluation, node, value);
    case NODE_CAST:
    case NODE_LOAD:
    case NODE_SIGN:
        return evaluate(evaluation, node->args[0], value) &&
               evaluate_unary(evaluation, node, value);
    case NODE_BINARY:
        return evaluate_binary(evaluation, node, value);
    case NODE_CHOICE:
        return evaluate(evaluation, node->args[0], value) &&
               evaluate(evaluation, node->args[*value ? 1 : 2], value);
    }
    g_assert_not_reached();
}

bool expression_value(const Expression *expression, const ExpressionScope *scope, uint64_t *value,
                      Error **errp)
{
    Evaluation evaluation = {scope, errp};
    return evaluate(&evaluation, expression->root, value);
}

bool expression_evaluate(const ExpressionScope *scope, const char *text, const char **end,
                         uint64_t *value, Error **errp)
{
    Expression *expression = expression_parse(text, end, errp);
    bool ok = expression && expression_value(expression, scope, value, errp);
    expression_free(expression);
    return ok;
}
