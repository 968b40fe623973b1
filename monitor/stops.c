/* SPDX-License-Identifier: MIT */
/*
 * Break- and watchpoints from the console: break, watch and their relatives, in gdb's words.
 *
 * The points themselves are debug/stops.h's; those of a gdb client are listed, too. Unlike gdb, which
 * compares values, `watch` stops at every write: one of the same value as well.
 */
#include "debug/stops.h"

#include "monitor/internal.h"

#include <inttypes.h>

/* --- names ------------------------------------------------------------------------------------------------ */

static const char *const kind_names[] = {
    [CPU_STOP_CODE] = "Breakpoint",
    [CPU_STOP_WRITE] = "Hardware watchpoint",
    [CPU_STOP_READ] = "Hardware read watchpoint",
    [CPU_STOP_ACCESS] = "Hardware access (read/write) watchpoint",
};

static const char *const kind_types[] = {
    [CPU_STOP_CODE] = "breakpoint",
    [CPU_STOP_WRITE] = "hw watchpoint",
    [CPU_STOP_READ] = "read watchpoint",
    [CPU_STOP_ACCESS] = "acc watchpoint",
};

static const char *kind_name(CpuStopKind kind, bool is_temporary)
{
    return kind == CPU_STOP_CODE && is_temporary ? "Temporary breakpoint" : kind_names[kind];
}

/* --- setting -------------------------------------------------------------------------------------------- */

/* One number at *@text, which moves behind it. */
static bool parse_value(Command *command, const char **text, uint64_t *value)
{
    if (!command_evaluate(command, *text, text, value)) {
        return false;
    }
    *text += strspn(*text, " \t");
    return true;
}

static bool parse_place(Command *command, StopPoint *point)
{
    const char *text = command->args + (*command->args == '*');
    if (*command->format && strcmp(command->format, "p") != 0) {
        g_string_append_printf(command->out, "/%s: only /p (physical) is known here\n",
                               command->format);
        return false;
    }
    point->is_physical = *command->format == 'p';
    if (!parse_value(command, &text, &point->addr) ||
        (point->kind != CPU_STOP_CODE && *text && !parse_value(command, &text, &point->length))) {
        return false;
    }
    if (*text) {
        g_string_append_printf(command->out, "'%s' is left over\n", text);
    }
    return !*text;
}

static void append_place(GString *out, const StopPoint *point)
{
    g_string_append_printf(out, "0x%08" PRIx32 "%s", (uint32_t)point->addr,
                           point->is_physical ? " (physical)" : "");
    if (point->kind != CPU_STOP_CODE) {
        g_string_append_printf(out, ", %" PRIu64 " byte%s", point->length,
                               point->length == 1 ? "" : "s");
    }
}

static void note_others(Command *command, const StopPoint *point)
{
    const DebugStops *stops = debug_stops_of(command->cpu);
    unsigned other = debug_stops_find(stops, point->owner, point->kind, point->addr, point->length);
    if (other) {
        g_string_append_printf(command->out, "Note: %s %u is there, too.\n",
                               point->kind == CPU_STOP_CODE ? "breakpoint" : "watchpoint", other);
    }
}

static void add(Command *command, StopPoint point)
{
    Error *err = NULL;
    if (!*command->args) {
        info_breakpoints(command);
        return;
    }
    if (!parse_place(command, &point)) {
        return;
    }
    g_autoptr(GString) note = g_string_new(NULL);
    note_others(&(Command){.cpu = command->cpu, .out = note}, &point);
    unsigned number = debug_stops_add(debug_stops_of(command->cpu), &point, &err);
    if (!number) {
        command_fail(command, err);
        return;
    }
    g_string_append(command->out, note->str);
    g_string_append_printf(command->out, "%s %u%s ", kind_name(point.kind, point.is_temporary),
                           number, point.kind == CPU_STOP_CODE ? " at" : ":");
    append_place(command->out, &point);
    g_string_append_c(command->out, '\n');
}

void command_break(Command *command) { add(command, (StopPoint){.kind = CPU_STOP_CODE}); }

void command_tbreak(Command *command)
{
    add(command, (StopPoint){.kind = CPU_STOP_CODE, .is_temporary = true});
}

void command_watch(Command *command)
{
    add(command, (StopPoint){.kind = CPU_STOP_WRITE, .length = 4});
}

void command_rwatch(Command *command)
{
    add(command, (StopPoint){.kind = CPU_STOP_READ, .length = 4});
}

void command_awatch(Command *command)
{
    add(command, (StopPoint){.kind = CPU_STOP_ACCESS, .length = 4});
}

/* --- changing -------------------------------------------------------------------------------------------- */

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

/* For each number of the command line; false: there was none. */
static bool for_each(Command *command, bool (*change)(DebugStops *stops, unsigned number))
{
    const char *text = command->args;
    uint64_t value;
    while (*text) {
        text += *text == '*';
        if (!parse_value(command, &text, &value)) {
            return true;
        }
        unsigned number = find_point(command, value);
        if (!number || !change(debug_stops_of(command->cpu), number)) {
            no_such(command, value);
        }
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

static void change_all(Command *command, bool (*change)(DebugStops *stops, unsigned number))
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
    if (!parse_value(command, &text, &number)) {
        return;
    }
    if (!*text) {
        g_string_append(command->out, "Second argument (specified ignore-count) is missing.\n");
        return;
    }
    if (!parse_value(command, &text, &count)) {
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

/* --- telling ---------------------------------------------------------------------------------------------- */

static void list_point(GString *out, const StopPoint *point)
{
    g_string_append_printf(out, "%-7u %-14s %s %c   ", point->number, kind_types[point->kind],
                           point->is_temporary ? "del " : "keep", point->is_disabled ? 'n' : 'y');
    append_place(out, point);
    g_string_append(out, point->owner == STOP_OWNER_GDB ? " (gdb's)\n" : "\n");
    if (point->hits) {
        g_string_append_printf(out, "\tbreakpoint already hit %" PRIu64 " time%s\n", point->hits,
                               point->hits == 1 ? "" : "s");
    }
    if (point->ignore) {
        g_string_append_printf(out, "\tignore next %" PRIu64 " hits\n", point->ignore);
    }
}

void info_breakpoints(Command *command)
{
    const DebugStops *stops = debug_stops_of(command->cpu);
    const StopPoint *point = debug_stops_next(stops, 0);
    if (!point) {
        g_string_append(command->out, "No breakpoints or watchpoints.\n");
        return;
    }
    g_string_append(command->out, "Num     Type           Disp Enb Address\n");
    for (; point; point = debug_stops_next(stops, point->number)) {
        list_point(command->out, point);
    }
}

static void append_value(GString *out, const char *name, const uint8_t *bytes, unsigned size)
{
    g_string_append_printf(out, "%s = 0x", name);
    for (unsigned i = 0; i < size; i++) {
        g_string_append_printf(out, "%02x", bytes[i]);
    }
    g_string_append_c(out, '\n');
}

/* gdb's words: old and new of a write, one value of a read. */
static void append_values(GString *out, const StopHit *hit)
{
    if (!hit->value_size) {
        g_string_append(out, "Value not known: not RAM\n");
    } else if (hit->was_write) {
        append_value(out, "Old value", hit->before, hit->value_size);
        append_value(out, "New value", hit->after, hit->value_size);
    } else {
        append_value(out, "Value", hit->after, hit->value_size);
    }
}

bool stops_describe_hit(CPUState *cpu, GString *out)
{
    const StopHit *hit = debug_stops_hit(debug_stops_of(cpu));
    if (!hit || hit->owner == STOP_OWNER_RUN) {
        return false;
    }
    g_string_append_printf(out, "%s %u", kind_name(hit->kind, hit->was_temporary), hit->number);
    if (hit->kind == CPU_STOP_CODE) {
        g_string_append_c(out, '\n');
        return true;
    }
    g_string_append_printf(out, ": %s 0x%08" PRIx32 " by the instruction at %08" PRIx32 "\n",
                           hit->was_write ? "write to" : "read of", (uint32_t)hit->addr,
                           (uint32_t)hit->pc);
    append_values(out, hit);
    return true;
}
