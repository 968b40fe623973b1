/* SPDX-License-Identifier: MIT */
/*
 * Values that a user keeps: $name, and the history of print ($1, $, $$).
 *
 * Context: token holder; the thread that runs the guest only reads (conditions).
 */
#ifndef DEBUG_VARIABLES_H
#define DEBUG_VARIABLES_H

#include "util/error.h"

#include <glib.h>
#include <stdint.h>

/* A value as C sees it: @size bytes of @bits count; what is above them is its sign, or 0. */
typedef struct DebugValue {
    uint64_t bits;
    uint8_t size; /* 1, 2, 4 or 8 */
    bool is_signed;
} DebugValue;

typedef struct DebugVariables DebugVariables;

DebugVariables *debug_variables_new(void);
void debug_variables_free(DebugVariables *variables);

/* False: there are too many, or the name is too long. */
bool debug_variables_set(DebugVariables *variables, const char *name, DebugValue value,
                         Error **errp);
bool debug_variables_get(const DebugVariables *variables, const char *name, DebugValue *value);
/* "$name = value" a line, sorted by name. */
void debug_variables_list(const DebugVariables *variables, GString *out);

/* Returns the number of the value, from 1. The oldest go when there are too many. */
uint64_t debug_history_add(DebugVariables *variables, DebugValue value);
/* "" (the last), "3" (number 3), "$" (the one before the last), "$3" (three before the last): what stands
 * behind the "$". *@is_history is false, and so is the result, if @name is none of these. */
bool debug_history_get(const DebugVariables *variables, const char *name, DebugValue *value,
                       bool *is_history, Error **errp);
uint64_t debug_history_length(const DebugVariables *variables);

#endif
