/* SPDX-License-Identifier: MIT */
/*
 * The stack machine of gdb's agent expressions.
 *
 * Source: gdb manual, "The GDB Agent Expression Mechanism", "Bytecode Descriptions". Words have 64 bits;
 * numbers in the code are big-endian. Not modelled, refused when an expression comes: tracing, trace
 * state variables, floating point, printf.
 */
#include "gdbstub/agent.h"

#include <glib.h>
#include <string.h>

enum { MOST_CODE = 4096, MOST_STACK = 64, MOST_OPERATIONS = 10000 };

typedef enum AgentOp {
    OP_ADD = 0x02,
    OP_SUB,
    OP_MUL,
    OP_DIV_SIGNED,
    OP_DIV_UNSIGNED,
    OP_REM_SIGNED,
    OP_REM_UNSIGNED,
    OP_LSH,
    OP_RSH_SIGNED,
    OP_RSH_UNSIGNED,
    OP_LOG_NOT = 0x0e,
    OP_BIT_AND,
    OP_BIT_OR,
    OP_BIT_XOR,
    OP_BIT_NOT,
    OP_EQUAL,
    OP_LESS_SIGNED,
    OP_LESS_UNSIGNED,
    OP_EXT,
    OP_REF8,
    OP_REF16,
    OP_REF32,
    OP_REF64,
    OP_IF_GOTO = 0x20,
    OP_GOTO,
    OP_CONST8,
    OP_CONST16,
    OP_CONST32,
    OP_CONST64,
    OP_REG,
    OP_END,
    OP_DUP,
    OP_POP,
    OP_ZERO_EXT,
    OP_SWAP,
    OP_PICK = 0x32,
    OP_ROT,
} AgentOp;

/* Of each operation: bytes behind it, words it needs on the stack, words it leaves there instead. */
typedef struct OpShape {
    bool is_known;
    uint8_t operand, needs, leaves;
} OpShape;

static const OpShape shapes[256] = {
    [OP_ADD... OP_RSH_UNSIGNED] = {true, 0, 2, 1},
    [OP_LOG_NOT] = {true, 0, 1, 1},
    [OP_BIT_AND... OP_BIT_XOR] = {true, 0, 2, 1},
    [OP_BIT_NOT] = {true, 0, 1, 1},
    [OP_EQUAL... OP_LESS_UNSIGNED] = {true, 0, 2, 1},
    [OP_EXT] = {true, 1, 1, 1},
    [OP_REF8... OP_REF64] = {true, 0, 1, 1},
    [OP_IF_GOTO] = {true, 2, 1, 0},
    [OP_GOTO] = {true, 2, 0, 0},
    [OP_CONST8] = {true, 1, 0, 1},
    [OP_CONST16] = {true, 2, 0, 1},
    [OP_CONST32] = {true, 4, 0, 1},
    [OP_CONST64] = {true, 8, 0, 1},
    [OP_REG] = {true, 2, 0, 1},
    [OP_END] = {true, 0, 0, 0},
    [OP_DUP] = {true, 0, 1, 2},
    [OP_POP] = {true, 0, 1, 0},
    [OP_ZERO_EXT] = {true, 1, 1, 1},
    [OP_SWAP] = {true, 0, 2, 2},
    [OP_PICK] = {true, 1, 0, 1},
    [OP_ROT] = {true, 0, 3, 3},
};

struct Agent {
    size_t length;
    uint8_t code[];
};

/* One run. */
typedef struct AgentRun {
    const AgentGuest *guest;
    uint64_t stack[MOST_STACK];
    unsigned depth;
} AgentRun;

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* --- checking ----------------------------------------------------------------------------------- */

Agent *agent_new(const uint8_t *code, size_t length, Error **errp)
{
    if (length == 0 || length > MOST_CODE) {
        error_setg(errp, "an agent expression has 1 to %d bytes", MOST_CODE);
        return NULL;
    }
    for (size_t at = 0; at < length; at += 1u + shapes[code[at]].operand) {
        const OpShape *shape = &shapes[code[at]];
        if (!shape->is_known || shape->operand > length - at - 1) {
            error_setg(errp, "agent expression: operation %#x is not supported", code[at]);
            return NULL;
        }
        bool is_jump = code[at] == OP_GOTO || code[at] == OP_IF_GOTO;
        if (is_jump && number_at(code + at + 1, 2) >= length) {
            error_setg(errp, "agent expression: a jump out of it");
            return NULL;
        }
    }
    Agent *agent = g_malloc(sizeof(Agent) + length);
    agent->length = length;
    memcpy(agent->code, code, length);
    return agent;
}

void agent_free(Agent *agent) { g_free(agent); }

/* --- operations --------------------------------------------------------------------------------- */

static bool divide(AgentOp op, uint64_t a, uint64_t b, uint64_t *result)
{
    bool is_signed = op == OP_DIV_SIGNED || op == OP_REM_SIGNED;
    bool is_division = op == OP_DIV_SIGNED || op == OP_DIV_UNSIGNED;
    if (b == 0) {
        return false;
    }
    if (is_signed && b == UINT64_MAX) { /* by -1: the one quotient that may not fit */
        *result = is_division ? -a : 0;
    } else if (is_signed) {
        *result = (uint64_t)(is_division ? (int64_t)a / (int64_t)b : (int64_t)a % (int64_t)b);
    } else {
        *result = is_division ? a / b : a % b;
    }
    return true;
}

static uint64_t shift(AgentOp op, uint64_t a, uint64_t count)
{
    bool is_negative = op == OP_RSH_SIGNED && (int64_t)a < 0;
    if (count > 63) {
        return is_negative ? UINT64_MAX : 0;
    }
    if (op == OP_LSH) {
        return a << count;
    }
    return a >> count | (is_negative && count ? UINT64_MAX << (64 - count) : 0);
}

/* @a below @b on the stack. */
static bool combine(AgentOp op, uint64_t a, uint64_t b, uint64_t *result)
{
    switch (op) { /* lint: dispatch */
    case OP_ADD:
        *result = a + b;
        return true;
    case OP_SUB:
        *result = a - b;
        return true;
    case OP_MUL:
        *result = a * b;
        return true;
    case OP_LSH:
    case OP_RSH_SIGNED:
    case OP_RSH_UNSIGNED:
        *result = shift(op, a, b);
        return true;
    case OP_BIT_AND:
        *result = a & b;
        return true;
    case OP_BIT_OR:
        *result = a | b;
        return true;
    case OP_BIT_XOR:
        *result = a ^ b;
        return true;
    case OP_EQUAL:
        *result = a == b;
        return true;
    case OP_LESS_SIGNED:
        *result = (int64_t)a < (int64_t)b;
        return true;
    case OP_LESS_UNSIGNED:
        *result = a < b;
        return true;
    default:
        return divide(op, a, b, result);
    }
}

static uint64_t extend(uint64_t value, unsigned bits, bool is_signed)
{
    if (bits == 0 || bits > 63) {
        return bits ? value : 0;
    }
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    bool is_negative = is_signed && (value >> (bits - 1) & 1);
    return is_negative ? value | ~mask : value & mask;
}

static bool fetch(const AgentRun *run, AgentOp op, uint64_t *top)
{
    uint8_t bytes[8];
    size_t size = (size_t)1 << (op - OP_REF8);
    if (!run->guest->memory(run->guest->opaque, *top, bytes, size)) {
        return false;
    }
    *top = number_at(bytes, size);
    return true;
}

/* Operations on one word. */
static bool change_top(const AgentRun *run, AgentOp op, uint64_t operand, uint64_t *top)
{
    switch (op) {
    case OP_LOG_NOT:
        *top = !*top;
        return true;
    case OP_BIT_NOT:
        *top = ~*top;
        return true;
    case OP_EXT:
    case OP_ZERO_EXT:
        *top = extend(*top, (unsigned)operand, op == OP_EXT);
        return true;
    default:
        return fetch(run, op, top);
    }
}

/* Operations that bring a word; the stack has room for it. */
static bool bring(AgentRun *run, AgentOp op, uint64_t operand)
{
    uint64_t *word = &run->stack[run->depth];
    if (op == OP_REG) {
        return run->guest->reg(run->guest->opaque, (unsigned)operand, word);
    }
    if (op == OP_PICK || op == OP_DUP) {
        if (operand >= run->depth) {
            return false;
        }
        operand = word[-1 - (int)operand];
    }
    *word = operand;
    return true;
}

static void reorder(uint64_t *end, AgentOp op)
{
    uint64_t top = end[-1];
    if (op == OP_SWAP) {
        end[-1] = end[-2];
        end[-2] = top;
    } else { /* a b c: c a b */
        end[-1] = end[-2];
        end[-2] = end[-3];
        end[-3] = top;
    }
}

/* What has no effect on the order of operations. */
static bool operate(AgentRun *run, AgentOp op, uint64_t operand)
{
    const OpShape *shape = &shapes[op];
    uint64_t *end = run->stack + run->depth;
    bool is_good = true;
    if (op == OP_SWAP || op == OP_ROT) {
        reorder(end, op);
    } else if (shape->leaves > shape->needs) {
        is_good = bring(run, op, operand);
    } else if (shape->needs == 2) {
        is_good = combine(op, end[-2], end[-1], &end[-2]);
    } else if (shape->leaves == 1) {
        is_good = change_top(run, op, operand, &end[-1]);
    }
    run->depth = run->depth - shape->needs + shape->leaves;
    return is_good;
}

bool agent_run(const Agent *agent, const AgentGuest *guest, uint64_t *value)
{
    AgentRun run = {.guest = guest};
    size_t at = 0;
    for (unsigned i = 0; i < MOST_OPERATIONS && at < agent->length; i++) {
        AgentOp op = agent->code[at];
        const OpShape *shape = &shapes[op];
        size_t next = at + 1 + shape->operand;
        if (op == OP_END) {
            *value = run.depth ? run.stack[run.depth - 1] : 0;
            return run.depth > 0;
        }
        /* A jump may lead between operations. */
        if (!shape->is_known || next > agent->length || run.depth < shape->needs ||
            run.depth - shape->needs + shape->leaves > MOST_STACK) {
            return false;
        }
        uint64_t operand = number_at(agent->code + at + 1, shape->operand);
        if (op == OP_GOTO || (op == OP_IF_GOTO && run.stack[run.depth - 1])) {
            next = operand;
        }
        if (!operate(&run, op, op == OP_DUP ? 0 : operand)) {
            return false;
        }
        at = next;
    }
    return false;
}
