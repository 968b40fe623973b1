/* SPDX-License-Identifier: MIT */
/*
 * The command table, and the way from a line to a row of it.
 *
 * Source: none (own design).
 */
#include "block/drive.h"
#include "debug/expression.h"
#include "monitor/internal.h"
#include "util/log.h"
#include "util/options.h"
#include "util/trace.h"

#include <string.h>

/* --- small commands ------------------------------------------------------------------------------------- */

void command_fail(Command *command, Error *err)
{
    g_string_append_printf(command->out, "%s\n", error_get_pretty(err));
    error_free(err);
    if (command->hub) {
        script_failed(command->hub);
    }
}

void command_refuse(Command *command, const char *text)
{
    Error *err = NULL;
    error_setg(&err, "%s", text);
    command_fail(command, err);
}

bool command_evaluate(Command *command, const char *text, const char **end, uint64_t *value)
{
    ExpressionScope scope = {.debugger = command->hub->debugger};
    Error *err = NULL;
    if (!expression_evaluate(&scope, text, end, value, &err)) {
        command_fail(command, err);
        return false;
    }
    return true;
}

void command_quit(Command *command)
{
    command->hub->has_quit = true;
    stop_news_flush(command->hub);
    if (command->hub->quit_hook) {
        command->hub->quit_hook(command->hub->quit_opaque);
    }
}

void command_log(Command *command)
{
    Error *err = NULL;
    if (!*command->args || g_str_equal(command->args, "help")) {
        g_autofree char *help = log_items_help();
        g_string_append(command->out, help);
    } else if (!log_set_items(command->args, &err)) {
        command_fail(command, err);
    }
}

void command_logfile(Command *command)
{
    Error *err = NULL;
    if (!*command->args) {
        log_close();
    } else if (!log_open(command->args, &err)) {
        command_fail(command, err);
    }
}

void command_trace(Command *command)
{
    Error *err = NULL;
    if (!*command->args) {
        g_autofree char *list = trace_list("*");
        g_string_append(command->out, list);
    } else if (!trace_set(command->args, &err)) {
        command_fail(command, err);
    }
}

/* trace-event GLOB on|off */
void command_trace_event(Command *command)
{
    Error *err = NULL;
    bool is_on;
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 2);
    if (!words[0] || !words[1]) {
        g_string_append(command->out, "expected: trace-event GLOB on|off\n");
        return;
    }
    g_autofree char *globs = NULL;
    if (!parse_bool(g_strstrip(words[1]), &is_on, &err)) {
        command_fail(command, err);
        return;
    }
    globs = g_strconcat(is_on ? "" : "-", words[0], NULL);
    if (!trace_set(globs, &err)) {
        command_fail(command, err);
    }
}

/* --- the table ------------------------------------------------------------------------------------------- */

static const CommandRow commands[] = {
#define COMMAND(...) {__VA_ARGS__},
#define LATER(name)
#include "monitor/commands.def"
#undef COMMAND
#undef LATER
    {0},
};

static const char *const later_commands[] = {
#define COMMAND(...)
#define LATER(name) name,
#include "monitor/commands.def"
#undef COMMAND
#undef LATER
    NULL,
};

const CommandRow *command_rows(void) { return commands; }

/* --- finding a row ---------------------------------------------------------------------------------------- */

/* Does one spelling of @row equal, or begin with, the first @length characters of @word? */
static bool matches(const CommandRow *row, const char *word, size_t length, bool whole)
{
    for (const char *name = row->name; name; name = strchr(name, '|')) {
        name += *name == '|';
        size_t size = strcspn(name, "|");
        if (strncmp(name, word, length) == 0 && (whole ? size == length : size >= length)) {
            return true;
        }
    }
    return false;
}

static char *first_spelling(const CommandRow *row)
{
    return g_strndup(row->name, strcspn(row->name, "|"));
}

static void not_found(const CommandRow *rows, const char *what, const char *word, Error **errp)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const CommandRow *row = rows; row->name; row++) {
        g_ptr_array_add(names, first_spelling(row));
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_name(word, (const char *const *)names->pdata);
    if (nearest) {
        error_setg(errp, "unknown %s '%s'; did you mean '%s'?", what, word, nearest);
    } else {
        error_setg(errp, "unknown %s '%s'", what, word);
    }
}

static void ambiguous(const CommandRow *rows, const char *what, const char *word, Error **errp)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (const CommandRow *row = rows; row->name; row++) {
        if (matches(row, word, strlen(word), false)) {
            g_autofree char *name = first_spelling(row);
            g_string_append_printf(list, "%s%s", list->len ? ", " : "", name);
        }
    }
    error_setg(errp, "%s '%s' is ambiguous: %s", what, word, list->str);
}

const CommandRow *command_find(const CommandRow *rows, const char *what, const char *word,
                               size_t length, Error **errp)
{
    const CommandRow *found = NULL;
    unsigned count = 0;
    for (const CommandRow *row = rows; row->name; row++) {
        if (matches(row, word, length, true)) {
            return row;
        }
        if (matches(row, word, length, false)) {
            found = row;
            count++;
        }
    }
    if (count == 1) {
        return found;
    }
    g_autofree char *name = g_strndup(word, length);
    if (count) {
        ambiguous(rows, what, name, errp);
    } else {
        not_found(rows, what, name, errp);
    }
    return NULL;
}

/* --- help --------------------------------------------------------------------------------------------------- */

static void help_of(const CommandRow *row, const char *prefix, GString *out)
{
    g_auto(GStrv) names = g_strsplit(row->name, "|", -1);
    g_autofree char *list = g_strjoinv(", ", names);
    g_autofree char *usage = g_strdup_printf("%s%s %s", prefix, list, row->args);
    g_string_append_printf(out, "%-32s %s\n", usage, row->help ? row->help : "not offered here");
}

void command_list(const CommandRow *rows, const char *prefix, GString *out)
{
    for (const CommandRow *row = rows; row->name; row++) {
        if (row->help) {
            help_of(row, prefix, out);
        }
    }
}

void command_help(Command *command)
{
    Error *err = NULL;
    const CommandRow *row;
    if (!*command->args) {
        command_list(commands, "", command->out);
        g_string_append(command->out,
                        "An empty line repeats steps, x and list. Names may be shortened.\n");
        return;
    }
    row = command_find(commands, "command", command->args, strlen(command->args), &err);
    if (!row) {
        command_fail(command, err);
    } else if (row->run == command_info) {
        command_info(&(Command){.args = "", .out = command->out});
    } else {
        help_of(row, "", command->out);
    }
}

/* --- execution ------------------------------------------------------------------------------------------------ */

static size_t word_length(const char *line) { return strcspn(line, " \t/"); }

bool command_is_builtin(const char *name)
{
    for (const CommandRow *row = commands; row->name; row++) {
        if (matches(row, name, strlen(name), true)) {
            return true;
        }
    }
    return g_strv_contains(later_commands, name);
}

bool command_repeats(const char *line)
{
    const CommandRow *row = command_find(commands, "", line, word_length(line), NULL);
    return row && row->repeats;
}

typedef struct Job {
    const CommandRow *row;
    Command *command;
} Job;

static void run_job(G_GNUC_UNUSED MachineState *machine, void *opaque)
{
    const Job *job = opaque;
    job->row->run(job->command);
}

static bool is_later(const char *word, size_t length)
{
    g_autofree char *name = g_strndup(word, length);
    return g_strv_contains(later_commands, name);
}

/* `i` with the name of an item is gdb's info, not QEMU's read of a port: a Mac has no ports. */
static char *spell_out(const char *line)
{
    bool is_info = line[0] == 'i' && strchr(" \t", line[1]) &&
                   g_ascii_isalpha(line[1 + strspn(line + 1, " \t")]);
    return g_strconcat(is_info ? "info" : "", line + is_info, NULL);
}

/* The machine thread waits for the host, and would let us wait with it: only `quit` goes round that. */
static bool machine_is_held_up(Command *command)
{
    enum { PATIENCE_MS = 2000, LOOK_US = 10000 };
    BlockStuck stuck;
    while (block_is_stuck(block_core(), 0, &stuck)) {
        if (block_is_stuck(block_core(), PATIENCE_MS, &stuck)) {
            g_autofree char *text = g_strdup_printf(
                "the machine waits for drive '%s': the host has not answered for %u s; quit works",
                stuck.drive, stuck.seconds);
            command_refuse(command, text);
            return true;
        }
        g_usleep(LOOK_US);
    }
    return false;
}

void command_execute(MonitorHub *hub, const char *typed, bool is_repeat, GString *out)
{
    Error *err = NULL;
    g_autofree char *line = spell_out(typed);
    size_t length = word_length(line);
    if (length == 0 || script_takes_line(hub, line, is_repeat, out)) {
        return;
    }
    if (is_later(line, length)) {
        g_string_append_printf(out, "'%.*s' is not built yet\n", (int)length, line);
        script_failed(hub);
        return;
    }
    const CommandRow *row = command_find(commands, "command", line, length, &err);
    const char *rest = line + length;
    size_t format_length = *rest == '/' ? strcspn(rest, " \t") : 0;
    g_autofree char *format = format_length ? g_strndup(rest + 1, format_length - 1) : g_strdup("");
    g_autofree char *args = g_strdup(rest + format_length);
    Command command = {
        .hub = hub,
        .machine = hub->machine,
        .cpu = hub->machine->cpu,
        .args = g_strstrip(args),
        .format = format,
        .is_repeat = is_repeat,
        .out = out,
    };
    if (!row) {
        command_fail(&command, err);
    } else if (row->run != command_quit && machine_is_held_up(&command)) {
        return;
    } else if (row->is_free) {
        row->run(&command);
    } else {
        machine_run_on(hub->machine, run_job, &(Job){row, &command});
    }
}
