/* SPDX-License-Identifier: MIT */
/*
 * Stop points changed from the console: delete, enable, disable, ignore, condition.
 *
 * Source: gdb's manual, 5.1 (words and ranges).
 */
#include "debug/stop_condition.h"
#include "monitor/stop_words.h"

#include <inttypes.h>
#include <string.h>

/* The number made last: gdb's $bpnum. */
static unsigned last_number(const Command *command)
{
    const DebugStops *stops = debug_stops_of(command->cpu);
    unsigned number = 0;
    for (const StopPoint *point = debug_stops_next(stops, 0); point;
         point = debug_stops_next(stops, number)) {
        number = point->number;
    }
    return number;
}

/* A value at *@text, which moves behind it. */
static bool parse_number_at(Command *command, const char **text, uint64_t *value)
{
    if (g_str_has_prefix(*text, "$bpnum")) {
        *text += strlen("$bpnum");
        *value = last_number(command);
    } else if (!command_evaluate(command, *text, text, value)) {
        return false;
    }
    *text += strspn(*text, " \t");
    return true;
}

static void no_such(Command *command, uint64_t number)
{
    g_string_append_printf(command->out, "No breakpoint number %" PRIu64 ".\n", number);
}

/* The console's point with this number, else its first breakpoint at this address; 0: neither. */
static unsigned find_point(Command *command, uint64_t value)
{
    const DebugStops *stops = debug_stops_of(command->cpu);
    if (value <= UINT_MAX && debug_stops_get(stops, (unsigned)value)) {
        return (unsigned)value;
    }
    return debug_stops_find(stops, STOP_OWNER_CONSOLE, CPU_STOP_CODE, value, 0);
}

typedef bool Change(DebugStops *stops, unsigned number);

static void change_one(Command *command, uint64_t value, Change *change)
{
    unsigned number = find_point(command, value);
    if (!number || !change(debug_stops_of(command->cpu), number)) {
        no_such(command, value);
    }
}

/* "3-5" at *@text, which moves behind it. */
static bool take_range(const char **text, uint64_t *first, uint64_t *last)
{
    char *end;
    *first = g_ascii_strtoull(*text, &end, 10);
    if (end == *text || *end != '-' || !g_ascii_isdigit(end[1])) {
        return false;
    }
    *last = g_ascii_strtoull(end + 1, &end, 10);
    if (*end && *end != ' ' && *end != '\t') {
        return false;
    }
    *text = end + strspn(end, " \t");
    return true;
}

static void change_range(Command *command, uint64_t first, uint64_t last, Change *change)
{
    DebugStops *stops = debug_stops_of(command->cpu);
    bool is_any = false;
    if (first > last) {
        g_string_append_printf(command->out, "%" PRIu64 "-%" PRIu64 " is no range: it falls\n",
                               first, last);
        return;
    }
    const StopPoint *point = debug_stops_next(stops,
                                              first ? (unsigned)MIN(first, UINT_MAX) - 1 : 0);
    while (point && point->number <= last) {
        unsigned number = point->number;
        is_any |= change(stops, number);
        point = debug_stops_next(stops, number);
    }
    if (!is_any) {
        g_string_append_printf(command->out, "No breakpoints in %" PRIu64 "-%" PRIu64 ".\n", first,
                               last);
    }
}

/* For each number or range of the command line; false: there was none. */
static bool for_each(Command *command, Change *change)
{
    const char *text = command->args;
    uint64_t value, last;
    while (*text) {
        if (take_range(&text, &value, &last)) {
            change_range(command, value, last, change);
            continue;
        }
        text += *text == '*';
        if (!parse_number_at(command, &text, &value)) {
            return true;
        }
        change_one(command, value, change);
    }
    return *command->args;
}

static bool enable(DebugStops *stops, unsigned number)
{
    return debug_stops_enable(stops, number, true);
}

static bool disable(DebugStops *stops, unsigned number)
{
    return debug_stops_enable(stops, number, false);
}

static void change_all(Command *command, Change *change)
{
    DebugStops *stops = debug_stops_of(command->cpu);
    const StopPoint *point = debug_stops_next(stops, 0);
    while (point) {
        unsigned number = point->number;
        if (point->owner == STOP_OWNER_CONSOLE) {
            change(stops, number);
        }
        point = debug_stops_next(stops, number);
    }
}

void command_delete(Command *command)
{
    if (!for_each(command, debug_stops_delete)) {
        debug_stops_delete_owned(debug_stops_of(command->cpu), STOP_OWNER_CONSOLE);
    }
}

void command_enable(Command *command)
{
    if (!for_each(command, enable)) {
        change_all(command, enable);
    }
}

void command_disable(Command *command)
{
    if (!for_each(command, disable)) {
        change_all(command, disable);
    }
}

void command_ignore(Command *command)
{
    const char *text = command->args;
    uint64_t number, count;
    if (!parse_number_at(command, &text, &number)) {
        return;
    }
    if (!*text) {
        g_string_append(command->out, "Second argument (specified ignore-count) is missing.\n");
        return;
    }
    if (!parse_number_at(command, &text, &count)) {
        return;
    }
    if (number > UINT_MAX ||
        !debug_stops_ignore(debug_stops_of(command->cpu), (unsigned)number, count)) {
        no_such(command, number);
    } else if (count == 0) {
        g_string_append_printf(command->out,
                               "Will stop next time breakpoint %" PRIu64 " is reached.\n", number);
    } else {
        g_string_append_printf(
            command->out, "Will ignore next %" PRIu64 " crossing%s of breakpoint %" PRIu64 ".\n",
            count, count == 1 ? "" : "s", number);
    }
}

/* --- conditions ------------------------------------------------------------------------------------------- */

void command_condition(Command *command)
{
    DebugStops *stops = debug_stops_of(command->cpu);
    char *end;
    Error *err = NULL;
    const char *text = command->args;
    uint64_t number = g_str_has_prefix(text, "$bpnum") ? last_number(command)
                                                       : g_ascii_strtoull(text, &end, 10);
    const char *rest = g_str_has_prefix(text, "$bpnum") ? text + strlen("$bpnum") : end;
    if (rest == text) {
        g_string_append(command->out, "Argument required (breakpoint number).\n");
        return;
    }
    rest += strspn(rest, " \t");
    if (number > UINT_MAX || !debug_stops_get(stops, (unsigned)number)) {
        no_such(command, number);
    } else if (!debug_stops_set_expression(stops, (unsigned)number, command->hub->debugger, rest,
                                           &err)) {
        command_fail(command, err);
    } else if (!*rest) {
        g_string_append_printf(command->out, "Breakpoint %" PRIu64 " now unconditional.\n", number);
    }
}
