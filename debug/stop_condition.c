/* SPDX-License-Identifier: MIT */
/*
 * Conditions of stop points.
 *
 * Source: gdb's manual, 5.1.6 (a condition that cannot be evaluated stops, and the user is told).
 */
#include "debug/stop_condition.h"

#include "debug/expression.h"

typedef struct Condition {
    DebugStops *stops;
    const Debugger *debugger;
    Expression *expression;
} Condition;

static void condition_free(void *opaque)
{
    Condition *condition = opaque;
    expression_free(condition->expression);
    g_free(condition);
}

static bool name_of_moment(void *opaque, const char *name, uint64_t *value)
{
    return debug_stops_name(opaque, name, value);
}

static bool condition_holds(CPUState *cpu G_GNUC_UNUSED, void *opaque)
{
    const Condition *condition = opaque;
    ExpressionScope scope = {condition->debugger, name_of_moment, condition->stops};
    uint64_t value;
    Error *err = NULL;
    if (expression_value(condition->expression, &scope, &value, &err)) {
        return value != 0;
    }
    debug_stops_trouble(condition->stops, error_get_pretty(err));
    error_free(err);
    return true;
}

bool debug_stops_set_expression(DebugStops *stops, unsigned number, const Debugger *debugger,
                                const char *text, Error **errp)
{
    StopPoint *point = (StopPoint *)(uintptr_t)debug_stops_get(stops, number);
    if (!point) {
        return error_setg(errp, "No breakpoint number %u.", number);
    }
    if (!text || !*text) {
        return debug_stops_set_condition(stops, number, NULL, NULL, NULL);
    }
    Expression *expression = expression_parse(text, NULL, errp);
    if (!expression) {
        return false;
    }
    Condition *condition = g_new(Condition, 1);
    *condition = (Condition){stops, debugger, expression};
    debug_stops_set_condition(stops, number, condition_holds, condition, condition_free);
    point->condition_text = expression_text(expression);
    return true;
}
