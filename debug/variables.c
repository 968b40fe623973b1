/* SPDX-License-Identifier: MIT */
/*
 * Convenience variables and the value history.
 *
 * Source: gdb manual, "Convenience Vars" and "Value History". Not here: values that are no integers.
 */
#include "debug/variables.h"

#include <inttypes.h>
#include <string.h>

enum { VARIABLES_MAX = 1000, NAME_MAX_LENGTH = 64, HISTORY_MAX = 1000 };

struct DebugVariables {
    GHashTable *by_name; /* name -> DebugValue *, owned */
    DebugValue history[HISTORY_MAX];
    uint64_t length; /* values given so far; number n lies at (n - 1) % HISTORY_MAX */
};

DebugVariables *debug_variables_new(void)
{
    DebugVariables *variables = g_new0(DebugVariables, 1);
    variables->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return variables;
}

void debug_variables_free(DebugVariables *variables)
{
    g_hash_table_unref(variables->by_name);
    g_free(variables);
}

/* --- variables ---------------------------------------------------------------------------------------- */

bool debug_variables_set(DebugVariables *variables, const char *name, DebugValue value,
                         Error **errp)
{
    if (strlen(name) > NAME_MAX_LENGTH) {
        return error_setg(errp, "the name of a variable has at most %d characters",
                          NAME_MAX_LENGTH);
    }
    if (!g_hash_table_contains(variables->by_name, name) &&
        g_hash_table_size(variables->by_name) == VARIABLES_MAX) {
        return error_setg(errp, "at most %d variables", VARIABLES_MAX);
    }
    DebugValue *kept = g_new0(DebugValue, 1);
    *kept = value;
    g_hash_table_insert(variables->by_name, g_strdup(name), kept);
    return true;
}

bool debug_variables_get(const DebugVariables *variables, const char *name, DebugValue *value)
{
    const DebugValue *kept = g_hash_table_lookup(variables->by_name, name);
    if (kept) {
        *value = *kept;
    }
    return kept != NULL;
}

static int compare_names(const void *left, const void *right) { return strcmp(left, right); }

void debug_variables_list(const DebugVariables *variables, GString *out)
{
    GList *names = g_list_sort(g_hash_table_get_keys(variables->by_name), compare_names);
    for (const GList *name = names; name; name = name->next) {
        const DebugValue *value = g_hash_table_lookup(variables->by_name, name->data);
        g_string_append_printf(out, "$%s = 0x%" PRIx64 " (%" PRId64 ")\n", (char *)name->data,
                               value->bits, (int64_t)value->bits);
    }
    g_list_free(names);
}

/* --- the history ---------------------------------------------------------------------------------------- */

uint64_t debug_history_add(DebugVariables *variables, DebugValue value)
{
    variables->history[variables->length % HISTORY_MAX] = value;
    return ++variables->length;
}

uint64_t debug_history_length(const DebugVariables *variables) { return variables->length; }

/* @text is a whole decimal number; "": @otherwise. */
static bool parse_count(const char *text, uint64_t otherwise, uint64_t *count)
{
    char *end;
    *count = *text ? g_ascii_strtoull(text, &end, 10) : otherwise;
    return !*text || (g_ascii_isdigit(*text) && *end == '\0');
}

bool debug_history_get(const DebugVariables *variables, const char *name, DebugValue *value,
                       bool *is_history, Error **errp)
{
    uint64_t count, length = variables->length;
    bool is_relative = *name == '$' || *name == '\0';
    *is_history = parse_count(name + (*name == '$'), *name == '$' ? 1 : 0, &count);
    if (!*is_history) {
        return false;
    }
    uint64_t number = is_relative && count < length ? length - count : is_relative ? 0 : count;
    if (number == 0 || number > length) {
        return error_setg(errp, "the value history has no $%s", name);
    }
    if (length - number >= HISTORY_MAX) {
        return error_setg(errp, "$%s is forgotten: the last %d values are kept", name, HISTORY_MAX);
    }
    *value = variables->history[(number - 1) % HISTORY_MAX];
    return true;
}
