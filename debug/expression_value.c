/* SPDX-License-Identifier: MIT */
/*
 * Expressions over the guest: the tree walked for its value.
 *
 * Source: C11 6.3.1 and 6.5 for signs and conversions, with one width, 64 bits. Not here: floating point.
 */
#include "debug/device_registers.h"
#include "debug/expression_nodes.h"
#include "debug/memory.h"
#include "debug/registers.h"

#include <inttypes.h>
#include <string.h>

typedef struct Evaluation {
    const ExpressionScope *scope;
    Error **errp;
} Evaluation;

/* @bits are a sign or zero above what the type holds. */
typedef struct Value {
    uint64_t bits;
    Type type;
} Value;

static bool evaluate(const Evaluation *evaluation, const Node *node, Value *value);

static Value integer(uint64_t bits, bool is_signed)
{
    return (Value){bits, {.size = 8, .is_signed = is_signed}};
}

static Value convert(Type type, uint64_t bits)
{
    if (type.is_pointer) {
        return (Value){(uint32_t)bits, type};
    }
    unsigned shift = 64 - 8 * type.size;
    bits <<= shift;
    return (Value){type.is_signed ? (uint64_t)((int64_t)bits >> shift) : bits >> shift, type};
}

/* As C promotes: what is narrower than the arithmetic keeps its value, and is signed. */
static bool is_unsigned(const Value *value)
{
    return value->type.size == 8 && !value->type.is_signed && !value->type.is_pointer;
}

/* --- operands ------------------------------------------------------------------------------------------- */

static bool find_kept(const Evaluation *evaluation, const char *name, DebugValue *kept)
{
    const Debugger *debugger = evaluation->scope->debugger;
    bool is_history = false;
    if (strcmp(name, "icount") == 0) {
        *kept = (DebugValue){.bits = *clock_icount(debugger->machine->clock), .size = 8};
        return true;
    }
    if (debug_history_get(debugger->variables, name, kept, &is_history, evaluation->errp)) {
        return true;
    }
    if (is_history) {
        return false;
    }
    if (debug_register_vector(debugger->cpu, name) >= 0) {
        return error_setg(evaluation->errp, "'$%s' has 128 bits: `info registers %s` shows it",
                          name, name);
    }
    return debug_variables_get(debugger->variables, name, kept) ||
           error_setg(evaluation->errp, "no register '$%s'", name);
}

static bool evaluate_register(const Evaluation *evaluation, const Node *node, Value *value)
{
    DebugValue kept;
    if (!debug_register_get(evaluation->scope->debugger->cpu, node->name, &kept) &&
        !find_kept(evaluation, node->name, &kept)) {
        return false;
    }
    *value = (Value){kept.bits, {.size = kept.size, .is_signed = kept.is_signed}};
    return true;
}

static bool evaluate_name(const Evaluation *evaluation, const Node *node, Value *value)
{
    const ExpressionScope *scope = evaluation->scope;
    const Debugger *debugger = scope->debugger;
    Symbol symbol;
    *value = integer(0, false);
    if (scope->name && scope->name(scope->opaque, node->name, &value->bits)) {
        return true;
    }
    if (!debug_symbols_find(debugger->symbols, debugger->cpu, node->name, &symbol)) {
        return strchr(node->name, '.')
                   ? debug_register_value(debugger, node->name, &value->bits, evaluation->errp)
                   : error_setg(evaluation->errp, "no symbol '%s'", node->name);
    }
    *value = (Value){symbol.addr, {.size = 4}};
    return true;
}

/* --- memory --------------------------------------------------------------------------------------------- */

/* What is loaded through @address by @node: as the node says, else as the pointer says, else a word. */
static Type loaded_type(const Node *node, const Value *address)
{
    if (node->type.size) {
        return node->type;
    }
    bool is_typed = address->type.is_pointer;
    return is_typed ? (Type){address->type.size, address->type.is_signed, false}
                    : (Type){.size = 4};
}

static bool check_address(const Evaluation *evaluation, uint64_t bits)
{
    bool fits = (int64_t)bits >= INT32_MIN && (int64_t)bits <= UINT32_MAX;
    return fits || error_setg(evaluation->errp,
                              "0x%" PRIx64 " is no address: it has more than 32 bits", bits);
}

static bool load(const Evaluation *evaluation, const Node *node, Value *value)
{
    DebugMemory memory = {.cpu = evaluation->scope->debugger->cpu};
    Type type = loaded_type(node, value);
    uint64_t bits;
    if (!check_address(evaluation, value->bits) ||
        !debug_memory_load(&memory, (uint32_t)value->bits, type.size, &bits, evaluation->errp)) {
        return false;
    }
    *value = convert(type, bits);
    return true;
}

/* --- operators ------------------------------------------------------------------------------------------ */

static Value signed_quotient(Operator op, int64_t a, int64_t b)
{
    if (b == -1) { /* INT64_MIN / -1 wraps */
        return integer(op == OP_DIVIDE ? -(uint64_t)a : 0, true);
    }
    return integer((uint64_t)(op == OP_DIVIDE ? a / b : a % b), true);
}

static uint64_t shift(Operator op, const Value *left, uint64_t count)
{
    if (count >= 64) {
        bool is_negative = !is_unsigned(left) && (int64_t)left->bits < 0;
        return op == OP_RIGHT && is_negative ? UINT64_MAX : 0;
    }
    if (op == OP_LEFT) {
        return left->bits << count;
    }
    return is_unsigned(left) ? left->bits >> count : (uint64_t)((int64_t)left->bits >> count);
}

static bool compare(Operator op, uint64_t a, uint64_t b, bool without_sign)
{
    bool is_less = without_sign ? a < b : (int64_t)a < (int64_t)b;
    switch (op) {
    case OP_EQUAL:
        return a == b;
    case OP_DIFFERENT:
        return a != b;
    case OP_LESS:
        return is_less;
    case OP_GREATER:
        return !is_less && a != b;
    case OP_LESS_EQUAL:
        return is_less || a == b;
    default:
        return !is_less;
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
        g_assert_not_reached();
    }
}

/* Pointer plus or minus a number, number plus pointer; false: neither. */
static bool move_pointer(Operator op, const Value *left, const Value *right, Value *result)
{
    bool is_left = left->type.is_pointer;
    const Value *pointer = is_left ? left : right;
    const Value *count = is_left ? right : left;
    if (!pointer->type.is_pointer || count->type.is_pointer ||
        (op != OP_ADD && (op != OP_SUBTRACT || !is_left))) {
        return false;
    }
    *result = convert(pointer->type, apply(op, pointer->bits, count->bits * pointer->type.size));
    return true;
}

static Value combine(Operator op, const Value *left, const Value *right)
{
    Value moved;
    bool without_sign = is_unsigned(left) || is_unsigned(right);
    if (op == OP_LEFT || op == OP_RIGHT) {
        return integer(shift(op, left, right->bits), !is_unsigned(left));
    }
    if (op >= OP_EQUAL && op <= OP_GREATER) {
        return integer(compare(op, left->bits, right->bits, without_sign), true);
    }
    if (move_pointer(op, left, right, &moved)) {
        return moved;
    }
    if ((op == OP_DIVIDE || op == OP_REMAINDER) && !without_sign) {
        return signed_quotient(op, (int64_t)left->bits, (int64_t)right->bits);
    }
    return integer(apply(op, left->bits, right->bits), !without_sign);
}

static bool evaluate_binary(const Evaluation *evaluation, const Node *node, Value *value)
{
    Operator op = (Operator)node->op;
    Value left, right;
    if (!evaluate(evaluation, node->args[0], &left)) {
        return false;
    }
    bool is_logical = op == OP_LOGICAL_OR || op == OP_LOGICAL_AND;
    if (is_logical && !left.bits == (op == OP_LOGICAL_AND)) {
        *value = integer(left.bits != 0, true);
        return true;
    }
    if (!evaluate(evaluation, node->args[1], &right)) {
        return false;
    }
    if ((op == OP_DIVIDE || op == OP_REMAINDER) && right.bits == 0) {
        return error_setg(evaluation->errp, "division by zero");
    }
    *value = is_logical ? integer(right.bits != 0, true) : combine(op, &left, &right);
    return true;
}

static Value apply_sign(char sign, const Value *value)
{
    switch (sign) {
    case '!':
        return integer(value->bits == 0, true);
    case '~':
        return integer(~value->bits, !is_unsigned(value));
    case '-':
        return integer(-value->bits, !is_unsigned(value));
    default:
        return integer(value->bits, !is_unsigned(value));
    }
}

/* Of a node whose first argument has @value. */
static bool evaluate_unary(const Evaluation *evaluation, const Node *node, Value *value)
{
    if (node->kind == NODE_LOAD) {
        return load(evaluation, node, value);
    }
    *value = node->kind == NODE_CAST ? convert(node->type, value->bits)
                                     : apply_sign((char)node->op, value);
    return true;
}

static bool evaluate(const Evaluation *evaluation, const Node *node, Value *value)
{
    switch (node->kind) {
    case NODE_NUMBER:
        *value = (Value){node->number, node->type};
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
               evaluate(evaluation, node->args[value->bits ? 1 : 2], value);
    }
    g_assert_not_reached();
}

/* --- from outside --------------------------------------------------------------------------------------- */

bool expression_typed_value(const Expression *expression, const ExpressionScope *scope,
                            DebugValue *value, Error **errp)
{
    Evaluation evaluation = {scope, errp};
    Value found;
    if (!evaluate(&evaluation, expression->root, &found)) {
        return false;
    }
    *value = (DebugValue){
        .bits = found.bits,
        .size = found.type.is_pointer ? 4 : found.type.size,
        .is_signed = found.type.is_signed && !found.type.is_pointer,
    };
    return true;
}

bool expression_value(const Expression *expression, const ExpressionScope *scope, uint64_t *value,
                      Error **errp)
{
    DebugValue typed;
    bool ok = expression_typed_value(expression, scope, &typed, errp);
    *value = ok ? typed.bits : *value;
    return ok;
}

bool expression_place(const Expression *expression, const ExpressionScope *scope,
                      ExpressionPlace *place, Error **errp)
{
    Evaluation evaluation = {scope, errp};
    const Node *root = expression->root;
    Value address;
    *place = (ExpressionPlace){.name = root->name};
    if (root->kind == NODE_REGISTER) {
        return true;
    }
    if (root->kind != NODE_LOAD) {
        return error_setg(errp, "'%s' is neither a $name nor memory: *(TYPE *)ADDR or {TYPE}ADDR",
                          expression->text);
    }
    if (!evaluate(&evaluation, root->args[0], &address) ||
        !check_address(&evaluation, address.bits)) {
        return false;
    }
    place->addr = (uint32_t)address.bits;
    place->size = loaded_type(root, &address).size;
    return true;
}

bool expression_evaluate(const ExpressionScope *scope, const char *text, const char **end,
                         uint64_t *value, Error **errp)
{
    Expression *expression = expression_parse(text, end, errp);
    bool ok = expression && expression_value(expression, scope, value, errp);
    expression_free(expression);
    return ok;
}
