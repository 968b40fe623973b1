/* SPDX-License-Identifier: MIT */
/*
 * Stop points shown: info breakpoints, and what is told of a hit.
 *
 * Source: gdb's words and columns; what gdb has no words for is our own.
 */
#include "monitor/stop_words.h"

#include <inttypes.h>

/* --- names ------------------------------------------------------------------------------------------------ */

static const char *const kind_names[] = {
    [CPU_STOP_CODE] = "Breakpoint",
    [CPU_STOP_WRITE] = "Hardware watchpoint",
    [CPU_STOP_READ] = "Hardware read watchpoint",
    [CPU_STOP_ACCESS] = "Hardware access (read/write) watchpoint",
    [CPU_STOP_INSN] = "Breakpoint",
    [CPU_STOP_EVENT] = "Breakpoint",
};

static const char *const kind_types[] = {
    [CPU_STOP_CODE] = "breakpoint",
    [CPU_STOP_WRITE] = "hw watchpoint",
    [CPU_STOP_READ] = "read watchpoint",
    [CPU_STOP_ACCESS] = "acc watchpoint",
};

static bool is_data(CpuStopKind kind)
{
    return kind == CPU_STOP_WRITE || kind == CPU_STOP_READ || kind == CPU_STOP_ACCESS;
}

static const char *name_of(CpuStopKind kind, bool is_temporary, bool goes_on)
{
    if (is_data(kind)) {
        return kind_names[kind];
    }
    return is_temporary ? "Temporary breakpoint" : goes_on ? "Tracepoint" : kind_names[kind];
}

const char *stop_kind_name(CpuStopKind kind, const StopPoint *point)
{
    return name_of(kind, point && point->is_temporary, point && point->goes_on);
}

void stop_append_place(GString *out, const StopPoint *point)
{
    if (point->source) {
        g_string_append(out, point->place ? point->place : point->source->type);
        return;
    }
    g_string_append_printf(out, "0x%08" PRIx32 "%s", (uint32_t)point->addr,
                           point->is_physical ? " (physical)" : "");
    if (is_data(point->kind)) {
        g_string_append_printf(out, ", %" PRIu64 " byte%s", point->length,
                               point->length == 1 ? "" : "s");
    }
    if (point->space.is_limited) {
        g_string_append_printf(out, " in space 0x%06" PRIx32, point->space.vsid);
    }
}

/* --- the list --------------------------------------------------------------------------------------------- */

static void list_details(GString *out, const StopPoint *point)
{
    if (point->condition_text) {
        g_string_append_printf(out, "\tstop only if %s\n", point->condition_text);
    }
    if (point->hits) {
        g_string_append_printf(out, "\tbreakpoint already hit %" PRIu64 " time%s\n", point->hits,
                               point->hits == 1 ? "" : "s");
    }
    if (point->ignore) {
        g_string_append_printf(out, "\tignore next %" PRIu64 " hits\n", point->ignore);
    }
    if (point->slow_accesses) {
        g_string_append_printf(out, "\t%" PRIu64 " accesses to its page went the slow way\n",
                               point->slow_accesses);
    }
    if (point->commands) {
        g_string_append_printf(out, "\tdo %s\n", point->commands);
    }
}

static void list_point(const MonitorHub *hub, const StopPoint *point, GString *out)
{
    g_string_append_printf(out, "%-7u %-14s %s %c   ", point->number,
                           point->source ? point->source->type : kind_types[point->kind],
                           point->is_temporary ? "del " : "keep", point->is_disabled ? 'n' : 'y');
    stop_append_place(out, point);
    g_string_append(out, point->goes_on && !point->commands ? " (goes on)" : "");
    g_string_append(out, point->owner == STOP_OWNER_GDB ? " (gdb's)\n" : "\n");
    list_details(out, point);
    script_list_lines(hub, point->number, out);
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
        list_point(command->hub, point, command->out);
    }
}

/* --- a hit ------------------------------------------------------------------------------------------------ */

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

static void append_what(GString *out, const StopHit *hit)
{
    if (is_data(hit->kind)) {
        g_string_append_printf(out, ": %s 0x%08" PRIx32 " by the instruction at %08" PRIx32 "\n",
                               hit->was_write ? "write to" : "read of", (uint32_t)hit->addr,
                               (uint32_t)hit->pc);
        append_values(out, hit);
    } else if (hit->event.text[0]) {
        g_string_append_printf(out, ": %s, pc %08" PRIx32 "\n", hit->event.text, (uint32_t)hit->pc);
    } else {
        g_string_append_c(out, '\n');
    }
}

void stop_append_hit(GString *out, const StopPoint *point, const StopHit *hit)
{
    g_string_append_printf(
        out, "%s %u", name_of(hit->kind, hit->was_temporary, point && point->goes_on), hit->number);
    append_what(out, hit);
    if (hit->trouble[0]) {
        g_string_append_printf(out, "Error in testing the condition of breakpoint %u: %s\n",
                               hit->number, hit->trouble);
    }
}

bool stops_describe_hit(CPUState *cpu, GString *out)
{
    const DebugStops *stops = debug_stops_of(cpu);
    const StopHit *hit = debug_stops_hit(stops);
    if (!hit || hit->owner == STOP_OWNER_RUN) {
        return false;
    }
    stop_append_hit(out, debug_stops_get(stops, hit->number), hit);
    return true;
}
