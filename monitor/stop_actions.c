/* SPDX-License-Identifier: MIT */
/*
 * What happens at a stop besides telling: commands of points, points that go on, sets of points in files.
 *
 * The machine really stops and is run again, so that commands may look at anything; the guest cannot
 * tell. Source: none (own design).
 */
#include "monitor/stop_words.h"

#include <inttypes.h>
#include <string.h>

/* --- commands --------------------------------------------------------------------------------------------- */

static void run_commands(MonitorHub *hub, const char *text, GString *out)
{
    g_auto(GStrv) lines = g_strsplit(text, ";", -1);
    for (char **line = lines; *line; line++) {
        if (!g_str_equal(g_strstrip(*line), "stop")) {
            command_execute(hub, *line, false, out);
        }
    }
}

void stops_run_commands(MonitorHub *hub, GString *out)
{
    const DebugStops *stops = debug_stops_of(hub->machine->cpu);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (const unsigned *number = debug_stops_hit_numbers(stops); *number; number++) {
        const StopPoint *point = debug_stops_get(stops, *number);
        if (point && point->commands) {
            g_ptr_array_add(texts, g_strdup(point->commands)); /* they may delete the point */
        }
    }
    for (guint i = 0; i < texts->len; i++) {
        run_commands(hub, texts->pdata[i], out);
    }
}

static bool all_go_on(const DebugStops *stops)
{
    const StopHit *hit = debug_stops_hit(stops);
    for (const unsigned *number = debug_stops_hit_numbers(stops); *number; number++) {
        const StopPoint *point = debug_stops_get(stops, *number);
        if (!point || !point->goes_on) {
            return false;
        }
    }
    return hit && !hit->trouble[0];
}

bool stops_pass(MonitorHub *hub, GString *out)
{
    CPUState *cpu = hub->machine->cpu;
    RunState state = machine_run_state(hub->machine);
    if (!all_go_on(debug_stops_of(cpu)) || (state != RUN_PAUSED && state != RUN_PRELAUNCH)) {
        return false;
    }
    g_string_append_printf(out, "%" PRIu64 " ", *clock_icount(hub->machine->clock));
    stops_describe_hit(cpu, out);
    stops_run_commands(hub, out);
    return true;
}

bool stops_go_on(MonitorHub *hub, GString *out)
{
    if (!stops_pass(hub, out)) {
        return false;
    }
    if (!hub->has_quit && machine_run_state(hub->machine) == RUN_PAUSED) {
        machine_run(hub->machine);
    }
    return true;
}

bool monitor_hub_passes(MonitorHub *hub)
{
    g_autoptr(GString) out = g_string_new(NULL);
    stop_news_flush(hub);
    if (!stops_pass(hub, out)) {
        return false;
    }
    hub_tell(hub, out->str, hub->is_stepping);
    return true;
}

/* --- files ------------------------------------------------------------------------------------------------ */

static const char *verb_of(const StopPoint *point)
{
    static const char *const verbs[] = {
        [CPU_STOP_CODE] = "break",    [CPU_STOP_WRITE] = "watch", [CPU_STOP_READ] = "rwatch",
        [CPU_STOP_ACCESS] = "awatch", [CPU_STOP_INSN] = "break",  [CPU_STOP_EVENT] = "break",
    };
    bool is_break = g_str_equal(verbs[point->kind], "break");
    return is_break && point->is_temporary                  ? "tbreak"
           : is_break && point->goes_on && !point->commands ? "tracepoint"
                                                            : verbs[point->kind];
}

static void save_point(GString *out, const StopPoint *point)
{
    g_string_append_printf(out, "%s%s %s", verb_of(point), point->is_physical ? "/p" : "",
                           point->place);
    if (point->condition_text) {
        g_string_append_printf(out, " if %s", point->condition_text);
    }
    if (point->commands) {
        g_string_append_printf(out, " do %s", point->commands);
    }
    g_string_append_c(out, '\n');
    if (point->is_disabled) {
        g_string_append(out, "disable $bpnum\n");
    }
    if (point->ignore) {
        g_string_append_printf(out, "ignore $bpnum %" PRIu64 "\n", point->ignore);
    }
}

/* The file's name behind the word "breakpoints"; NULL: told. */
static const char *file_of(Command *command, const char *verb)
{
    size_t length = strcspn(command->args, " \t");
    const char *name = command->args + length + strspn(command->args + length, " \t");
    if (!length || strncmp(command->args, "breakpoints", length) != 0 || !*name) {
        g_string_append_printf(command->out, "expected: %s breakpoints FILE\n", verb);
        return NULL;
    }
    return name;
}

void command_save(Command *command)
{
    const DebugStops *stops = debug_stops_of(command->cpu);
    const char *name = file_of(command, "save");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    unsigned count = 0;
    if (!name) {
        return;
    }
    for (const StopPoint *point = debug_stops_next(stops, 0); point;
         point = debug_stops_next(stops, point->number)) {
        if (point->owner == STOP_OWNER_CONSOLE && point->place) {
            save_point(text, point);
            count++;
        }
    }
    if (!g_file_set_contents(name, text->str, (gssize)text->len, &error)) {
        g_string_append_printf(command->out, "%s\n", error->message);
        return;
    }
    g_string_append_printf(command->out, "Saved %u to file '%s'.\n", count, name);
}

/* What a file of stop points may hold. */
static bool is_stop_line(const char *line)
{
    static const char *const verbs[] = {"break",  "tbreak",  "tracepoint", "watch",     "rwatch",
                                        "awatch", "disable", "ignore",     "condition", NULL};
    g_autofree char *word = g_strndup(line, strcspn(line, " \t/"));
    return g_strv_contains(verbs, word);
}

void command_load(Command *command)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    const char *name = file_of(command, "load");
    if (!name) {
        return;
    }
    if (!g_file_get_contents(name, &text, NULL, &error)) {
        g_string_append_printf(command->out, "%s\n", error->message);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        if (is_stop_line(line)) {
            command_execute(command->hub, line, false, command->out);
        } else if (*line && *line != '#') {
            g_string_append_printf(command->out, "line %u sets no stop point: left out\n", i + 1);
        }
    }
}
