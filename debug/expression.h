/* SPDX-License-Identifier: MIT */
/*
 * Expressions over the guest: numbers, $registers, symbols, memory. 64 bits unsigned, precedence as in C.
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

/* *@end (may be NULL: all of @text is the expression) is set behind it. NULL: *errp says why. Names are
 * looked up by expression_value(). */
Expression *expression_parse(const char *text, const char **end, Error **errp);
void expression_free(Expression *expression); /* NULL is allowed */
/* As it was written, blanks around it stripped. */
const char *expression_text(const Expression *expression);
/* False: a name is not known, memory not mapped or not RAM, a division by zero. */
bool expression_value(const Expression *expression, const ExpressionScope *scope, uint64_t *value,
                      Error **errp);
/* Parse and evaluate. */
bool expression_evaluate(const ExpressionScope *scope, const char *text, const char **end,
                         uint64_t *value, Error **errp);

#endif
