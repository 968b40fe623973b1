/* SPDX-License-Identifier: MIT */
/*
 * Expressions over the guest: numbers, $registers, $variables, symbols, memory. Precedence as in C.
 *
 * All arithmetic has 64 bits, with C's promotion: what is narrower (a register, a symbol, a word of memory)
 * keeps its value and counts as signed; only u64, 64-bit registers and numbers from 2^63 on are unsigned.
 * So registers never are below 0: "(int)$r3 < 0" asks for the sign, "(u32)($r3 + 1) == 0" wraps. A pointer
 * moves by the size of what it points at. `char` is unsigned, as on PowerPC.
 *
 * $name is a register, else a value of the history ($, $$, $3), else a variable; $icount counts
 * instructions. An address has 32 bits; a negative one wraps.
 *
 * Parsed once, evaluated often: conditions of stop points run on the thread that runs the guest. No
 * expression has a side effect; memory is peeked.
 */
#ifndef DEBUG_EXPRESSION_H
#define DEBUG_EXPRESSION_H

#include "debug/debugger.h"
#include "util/error.h"

typedef struct Expression Expression;

/* What the names in an expression mean. */
typedef struct ExpressionScope {
    const Debugger *debugger;
    /* Names of the moment, asked first ("value" of a register just written); may be NULL. */
    bool (*name)(void *opaque, const char *name, uint64_t *value);
    void *opaque;
} ExpressionScope;

/* Something that can be set. */
typedef struct ExpressionPlace {
    const char *name; /* of a register or variable, lent; NULL: memory */
    uint32_t addr;    /* effective */
    unsigned size;    /* 1, 2, 4 or 8 bytes */
} ExpressionPlace;

/* *@end (may be NULL: all of @text is the expression) is set behind it. NULL: *errp says why. Names are
 * looked up by expression_value(). */
Expression *expression_parse(const char *text, const char **end, Error **errp);
void expression_free(Expression *expression); /* NULL is allowed */
/* As it was written, blanks around it stripped. */
const char *expression_text(const Expression *expression);
/* False: a name is not known, memory not mapped or not RAM, a division by zero. */
bool expression_value(const Expression *expression, const ExpressionScope *scope, uint64_t *value,
                      Error **errp);
/* The same with its type: a register's or a load's size, 8 bytes of all that was computed. */
bool expression_typed_value(const Expression *expression, const ExpressionScope *scope,
                            DebugValue *value, Error **errp);
/* False: it is no register, no variable and no memory, or its address has no value. */
bool expression_place(const Expression *expression, const ExpressionScope *scope,
                      ExpressionPlace *place, Error **errp);
/* Parse and evaluate. */
bool expression_evaluate(const ExpressionScope *scope, const char *text, const char **end,
                         uint64_t *value, Error **errp);

#endif
