/* SPDX-License-Identifier: MIT */
/*
 * set and show: registers, memory, convenience variables.
 *
 * Source: gdb manual, "Assignment", "Convenience Vars". What changes the guest is posted as an input, so
 * that a recording holds it. A floating-point register takes a decimal number as its value and any other
 * expression as its 64 bits (so does `set $f1 = $f2`); a vector register takes up to 32 hexadecimal
 * digits. Not here: settings of the debugger.
 */
#include "debug/expression.h"
#include "debug/registers.h"
#include "monitor/actions.h"

#include <inttypes.h>
#include <string.h>

/* --- the right side --------------------------------------------------------------------------------------- */

/* A decimal number, whole: "1.5", "-2", "1e10", "inf", "nan". */
static bool parse_decimal(const char *text, uint64_t *bits)
{
    const char *bare = text + strspn(text, "+-");
    char *end;
    double number = g_ascii_strtod(text, &end);
    bool is_hex = bare[0] == '0' && g_ascii_tolower(bare[1]) == 'x';
    memcpy(bits, &number, sizeof(number));
    return end != text && *end == '\0' && !is_hex && bare - text <= 1;
}

/* Up to 32 hexadecimal digits behind 0x, as 32 digits; NULL: it is no such number. */
static char *parse_vector(const char *text)
{
    enum { DIGITS = 32 };
    bool has_prefix = text[0] == '0' && g_ascii_tolower(text[1]) == 'x';
    size_t length = has_prefix ? strspn(text + 2, "0123456789abcdefABCDEF") : 0;
    if (length == 0 || length > DIGITS || text[2 + length]) {
        return NULL;
    }
    g_autofree char *zeros = g_strnfill(DIGITS - length, '0');
    return g_strconcat(zeros, text + 2, NULL);
}

/* --- the left side ---------------------------------------------------------------------------------------- */

static void set_vector(Command *command, const char *name, const char *text)
{
    g_autofree char *digits = parse_vector(text);
    if (!digits) {
        g_string_append_printf(command->out, "$%s takes 0x and up to 32 hexadecimal digits\n",
                               name);
        return;
    }
    g_autofree char *action = g_strdup_printf("set-register\n%s\n%s", name, digits);
    action_take(command, action);
}

/* Registers have bits that nobody can set: tell what became of the value. */
static void set_register(Command *command, const char *name, DebugValue old, uint64_t bits)
{
    DebugValue now;
    uint64_t wanted = old.size == 4 ? (uint32_t)bits : bits;
    g_autofree char *action = g_strdup_printf("set-register\n%s\n%" PRIx64, name, wanted);
    if (action_take(command, action) && debug_register_get(command->cpu, name, &now) &&
        now.bits != wanted) {
        g_string_append_printf(command->out, "$%s is 0x%" PRIx64 " now: not all bits can be set\n",
                               name, now.bits);
    }
}

static bool is_reserved(const char *name)
{
    return !*name || *name == '$' || g_ascii_isdigit(*name) || g_str_equal(name, "icount") ||
           strpbrk(name, ".[]");
}

static void set_variable(Command *command, const char *name, const char *text)
{
    Error *err = NULL;
    ExpressionScope scope = {.debugger = command->hub->debugger};
    DebugValue value;
    if (is_reserved(name)) {
        g_string_append_printf(command->out, "$%.40s cannot be set\n", name);
        return;
    }
    Expression *expression = expression_parse(text, NULL, &err);
    if (!expression || !expression_typed_value(expression, &scope, &value, &err) ||
        !debug_variables_set(command->hub->debugger->variables, name, value, &err)) {
        command_fail(command, err);
    }
    expression_free(expression);
}

static void set_named(Command *command, const char *name, const char *text)
{
    DebugValue old;
    uint64_t bits;
    bool is_vector = debug_register_vector(command->cpu, name) >= 0;
    if (!is_vector && !debug_register_get(command->cpu, name, &old)) {
        set_variable(command, name, text);
        return;
    }
    if (!action_check_stopped(command)) {
        return;
    }
    if (is_vector) {
        set_vector(command, name, text);
        return;
    }
    bool is_value = debug_register_float(name) >= 0 && parse_decimal(text, &bits);
    if (is_value || command_evaluate(command, text, NULL, &bits)) {
        set_register(command, name, old, bits);
    }
}

static void set_memory(Command *command, const ExpressionPlace *place, const char *text)
{
    uint64_t bits;
    if (!action_check_stopped(command) || !command_evaluate(command, text, NULL, &bits)) {
        return;
    }
    unsigned shift = 64 - 8 * place->size;
    g_autofree char *action = g_strdup_printf("poke\n%" PRIx32 "\n%0*" PRIx64, place->addr,
                                              (int)(2 * place->size), bits << shift >> shift);
    action_take(command, action);
}

/* --- set -------------------------------------------------------------------------------------------------- */

/* Behind "var " or "variable ", which gdb wants sometimes. */
static const char *without_var(const char *text)
{
    size_t length = strcspn(text, " \t");
    bool has_it = (length == 3 && strncmp(text, "var", 3) == 0) ||
                  (length == 8 && strncmp(text, "variable", 8) == 0);
    return has_it ? text + length + strspn(text + length, " \t") : text;
}

static void assign(Command *command, const Expression *left, const char *text)
{
    Error *err = NULL;
    ExpressionScope scope = {.debugger = command->hub->debugger};
    ExpressionPlace place;
    text += strspn(text, " \t");
    if (!*text) {
        g_string_append(command->out, "a value is missing at the end\n");
    } else if (!expression_place(left, &scope, &place, &err)) {
        command_fail(command, err);
    } else if (place.name) {
        set_named(command, place.name, text);
    } else {
        set_memory(command, &place, text);
    }
}

/* Settings with a verb of their own: `set step-exceptions on`. */
static bool is_setting(const Command *command)
{
    const char *name = "step-exceptions";
    size_t length = strlen(name);
    if (!g_str_has_prefix(command->args, name) || !strchr(" \t", command->args[length])) {
        return false;
    }
    Command setting = *command;
    setting.args = command->args + length + strspn(command->args + length, " \t");
    command_step_exceptions(&setting);
    return true;
}

void command_set(Command *command)
{
    if (is_setting(command)) {
        return;
    }
    Error *err = NULL;
    const char *text = without_var(command->args), *behind;
    if (!*text || (*text != '$' && *text != '*' && *text != '{' && *text != '(')) {
        g_string_append(command->out, "expected: set $NAME = EXPR, set {TYPE}ADDR = EXPR or "
                                      "set *(TYPE *)ADDR = EXPR\n");
        return;
    }
    Expression *left = expression_parse(text, &behind, &err);
    if (!left) {
        command_fail(command, err);
        return;
    }
    if (*behind == '=') {
        assign(command, left, behind + 1);
    } else {
        g_string_append_printf(command->out, "'=' is missing%s%.40s%s\n", *behind ? " at '" : "",
                               behind, *behind ? "'" : "");
    }
    expression_free(left);
}

/* --- show ------------------------------------------------------------------------------------------------- */

static void show_values(Command *command)
{
    enum { SHOWN = 10 };
    const DebugVariables *variables = command->hub->debugger->variables;
    uint64_t last = debug_history_length(variables);
    for (uint64_t number = last > SHOWN ? last - SHOWN + 1 : 1; number <= last; number++) {
        g_autofree char *name = g_strdup_printf("%" PRIu64, number);
        DebugValue value;
        bool is_history;
        debug_history_get(variables, name, &value, &is_history, NULL);
        g_string_append_printf(command->out, "$%s = 0x%" PRIx64 " (%" PRId64 ")\n", name,
                               value.bits, (int64_t)value.bits);
    }
}

void command_show(Command *command)
{
    if (g_str_equal(command->args, "convenience") || g_str_equal(command->args, "conv")) {
        debug_variables_list(command->hub->debugger->variables, command->out);
    } else if (g_str_equal(command->args, "step-exceptions")) {
        command_step_exceptions(&(Command){.hub = command->hub, .args = "", .out = command->out});
    } else if (g_str_equal(command->args, "values")) {
        show_values(command);
    } else if (g_str_equal(command->args, "version")) {
        g_string_append(command->out, "core99 " CORE99_VERSION "\n");
    } else {
        g_string_append(command->out, "expected: show convenience, show values or show version\n");
    }
}
