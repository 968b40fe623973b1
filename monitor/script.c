/* SPDX-License-Identifier: MIT */
/*
 * Lines typed in advance: what to do at a stop point (commands), user commands (define), files (source).
 *
 * All of them feed one queue of lines. A line that makes the guest run holds the others until it has
 * stopped again and the stop was told; at a stop point it ends the point's list, as in gdb. An error
 * empties the queue; Ctrl-C does. Nothing here calls itself: depth and length of the queue are bounded.
 * Not here: if, while, document; conditions of stop points do most of what the first are used for.
 */
#include "debug/stops.h"
#include "monitor/internal.h"
#include "monitor/line.h"

#include <ctype.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 100, QUEUE_MAX = 100000, FILE_MAX = 1 << 20, ARGUMENTS_MAX = 10 };

typedef struct ScriptLine {
    char *text;
    char *where; /* "FILE:LINE"; NULL: typed */
    unsigned depth;
    unsigned list;   /* lines put in together have one number */
    bool is_of_stop; /* of a stop point: what follows a run is dropped */
} ScriptLine;

/* Lines of a list up to its `end`. */
typedef struct Typing {
    GPtrArray *lines;
    GArray *numbers; /* of stop points; NULL: of the user command @name */
    char *name;
    unsigned nesting; /* lists inside this one */
    bool is_from_queue;
} Typing;

struct Script {
    GQueue *queue;       /* ScriptLine * */
    ScriptLine *current; /* being executed */
    unsigned last_list;
    bool is_waiting; /* for the guest to stop */
    bool has_failed; /* the current line has */
    Typing *typing;
    GHashTable *at_stops; /* number -> GPtrArray of char * */
    GHashTable *named;    /* name -> the same */
};

/* --- life ------------------------------------------------------------------------------------------------- */

static void free_line(void *data)
{
    ScriptLine *line = data;
    g_free(line->text);
    g_free(line->where);
    g_free(line);
}

static void typing_free(Typing *typing)
{
    g_ptr_array_unref(typing->lines);
    g_clear_pointer(&typing->numbers, g_array_unref);
    g_free(typing->name);
    g_free(typing);
}

static void lines_unref(void *lines) { g_ptr_array_unref(lines); }

Script *script_new(void)
{
    Script *script = g_new0(Script, 1);
    script->queue = g_queue_new();
    script->at_stops = g_hash_table_new_full(NULL, NULL, NULL, lines_unref);
    script->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, lines_unref);
    return script;
}

void script_free(Script *script)
{
    g_queue_free_full(script->queue, free_line);
    g_clear_pointer(&script->typing, typing_free);
    g_hash_table_unref(script->at_stops);
    g_hash_table_unref(script->named);
    g_free(script);
}

void script_forget(MonitorHub *hub)
{
    Script *script = hub->script;
    g_queue_clear_full(script->queue, free_line);
    g_clear_pointer(&script->typing, typing_free);
    script->is_waiting = false;
}

void script_failed(MonitorHub *hub) { hub->script->has_failed = true; }

/* --- the queue ---------------------------------------------------------------------------------------------- */

/* In front of what waits already. False, and nothing is put in: too many, or too deep. */
static bool put_in_front(Script *script, const GPtrArray *lines, const char *path, bool is_of_stop)
{
    unsigned depth = script->current ? script->current->depth + 1 : 1;
    if (depth > DEPTH_MAX || g_queue_get_length(script->queue) + lines->len > QUEUE_MAX) {
        return false;
    }
    unsigned list = ++script->last_list;
    for (guint i = lines->len; i-- > 0;) {
        ScriptLine *line = g_new(ScriptLine, 1);
        *line = (ScriptLine){
            .text = g_strdup(g_ptr_array_index(lines, i)),
            .where = path ? g_strdup_printf("%s:%u", path, i + 1) : NULL,
            .depth = depth,
            .list = list,
            .is_of_stop = is_of_stop,
        };
        g_queue_push_head(script->queue, line);
    }
    return true;
}

static void drop_list(Script *script, unsigned list)
{
    while (script->queue->length && ((ScriptLine *)script->queue->head->data)->list == list) {
        free_line(g_queue_pop_head(script->queue));
    }
}

/* The line has made the guest run. */
static void wait_for_stop(MonitorHub *hub)
{
    Script *script = hub->script;
    if (script->current->is_of_stop) {
        drop_list(script, script->current->list);
    }
    if (script->queue->length) {
        script->is_waiting = true;
        hub->is_stepping = true;
    }
}

static void run_one(MonitorHub *hub, GString *out)
{
    Script *script = hub->script;
    uint64_t starts = hub->starts;
    gsize start = out->len;
    script->current = g_queue_pop_head(script->queue);
    script->has_failed = false;
    command_execute(hub, script->current->text, false, out);
    if (script->has_failed) {
        if (script->current->where) {
            g_string_insert(out, (gssize)start, ": ");
            g_string_insert(out, (gssize)start, script->current->where);
        }
        script_forget(hub);
    } else if (hub->starts != starts) { /* it may have stopped again already */
        wait_for_stop(hub);
    }
    g_clear_pointer(&script->current, free_line);
}

static void run_queue(MonitorHub *hub, GString *out)
{
    Script *script = hub->script;
    if (script->current) { /* from one of its own lines */
        return;
    }
    while (script->queue->length && !script->is_waiting && !hub->has_quit) {
        run_one(hub, out);
    }
    if (script->typing && script->typing->is_from_queue && !script->queue->length) {
        g_string_append(out, "`end` is missing at the end of the file\n");
        script_forget(hub);
    }
}

/* --- typing ------------------------------------------------------------------------------------------------- */

bool script_is_typing(const MonitorHub *hub) { return hub->script->typing != NULL; }

const char *script_prompt(const MonitorHub *hub) { return script_is_typing(hub) ? ">" : PROMPT; }

static void begin_typing(Command *command, Typing typing)
{
    Script *script = command->hub->script;
    script->typing = g_memdup2(&typing, sizeof(typing));
    script->typing->lines = g_ptr_array_new_with_free_func(g_free);
    script->typing->is_from_queue = script->current != NULL;
    if (!script->current) {
        g_string_append_printf(command->out, "Type commands for %s, one per line.\n",
                               typing.name ? "it" : "the stop point");
        g_string_append(command->out, "End with a line saying just \"end\".\n");
    }
}

static void end_typing(Script *script)
{
    Typing *typing = g_steal_pointer(&script->typing);
    if (typing->name) {
        g_hash_table_replace(script->named, g_strdup(typing->name), g_ptr_array_ref(typing->lines));
    }
    for (guint i = 0; typing->numbers && i < typing->numbers->len; i++) {
        unsigned number = g_array_index(typing->numbers, unsigned, i);
        g_hash_table_replace(script->at_stops, GUINT_TO_POINTER(number),
                             g_ptr_array_ref(typing->lines));
    }
    typing_free(typing);
}

static bool begins_list(const char *line)
{
    size_t length = strcspn(line, " \t");
    return (length == 8 && strncmp(line, "commands", length) == 0) ||
           (length == 6 && strncmp(line, "define", length) == 0);
}

static void type_line(Script *script, const char *line)
{
    Typing *typing = script->typing;
    if (g_str_equal(line, "end") && typing->nesting-- == 0) {
        end_typing(script);
        return;
    }
    typing->nesting += begins_list(line);
    if (typing->lines->len < QUEUE_MAX) {
        g_ptr_array_add(typing->lines, g_strdup(line));
    }
}

/* --- user commands ------------------------------------------------------------------------------------------ */

/* "$arg0" and "$argc" of @line; NULL: there is no such argument. */
static char *put_arguments(const char *line, char **arguments, unsigned count)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *at = line; *at; at++) {
        if (!g_str_has_prefix(at, "$arg") || !(isdigit((unsigned char)at[4]) || at[4] == 'c')) {
            g_string_append_c(out, *at);
            continue;
        }
        unsigned index = (unsigned)(at[4] - '0');
        if (at[4] == 'c') {
            g_string_append_printf(out, "%u", count);
        } else if (index < count) {
            g_string_append(out, arguments[index]);
        } else {
            return NULL;
        }
        at += 4;
    }
    return g_strdup(out->str);
}

static char **split_arguments(const char *text)
{
    GPtrArray *words = g_ptr_array_new();
    g_auto(GStrv) parts = g_strsplit_set(text, " \t", -1);
    for (char **part = parts; *part; part++) {
        if (**part) {
            g_ptr_array_add(words, g_strdup(*part));
        }
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

/* NULL, and *errp: an argument is missing, or there are too many. */
static GPtrArray *with_arguments(const GPtrArray *lines, const char *text, Error **errp)
{
    g_auto(GStrv) arguments = split_arguments(text);
    unsigned count = g_strv_length(arguments);
    g_autoptr(GPtrArray) result = g_ptr_array_new_with_free_func(g_free);
    if (count > ARGUMENTS_MAX) {
        error_setg(errp, "a user command has at most %d arguments", ARGUMENTS_MAX);
        return NULL;
    }
    for (guint i = 0; i < lines->len; i++) {
        char *line = put_arguments(g_ptr_array_index(lines, i), arguments, count);
        if (!line) {
            error_setg(errp, "an argument is missing in '%s'",
                       (const char *)g_ptr_array_index(lines, i));
            return NULL;
        }
        g_ptr_array_add(result, line);
    }
    return g_steal_pointer(&result);
}

static void call_named(MonitorHub *hub, const GPtrArray *lines, const char *text, GString *out)
{
    Error *err = NULL;
    Command command = {.hub = hub, .out = out};
    g_autoptr(GPtrArray) made = with_arguments(lines, text, &err);
    if (!made) {
        command_fail(&command, err);
    } else if (!put_in_front(hub->script, made, NULL, false)) {
        command_refuse(&command, "Max user call depth exceeded -- command aborted.");
    } else {
        run_queue(hub, out);
    }
}

bool script_takes_line(MonitorHub *hub, const char *line, bool is_repeat, GString *out)
{
    Script *script = hub->script;
    if (script->typing) {
        if (!is_repeat) {
            type_line(script, line);
        }
        return true;
    }
    size_t length = strcspn(line, " \t");
    g_autofree char *word = g_strndup(line, length);
    const GPtrArray *lines = g_hash_table_lookup(script->named, word);
    if (lines) {
        call_named(hub, lines, line + length, out);
    }
    return lines != NULL;
}

static bool is_name(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_') {
        return false;
    }
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-') {
            return false;
        }
    }
    return true;
}

void command_define(Command *command)
{
    if (!is_name(command->args)) {
        command_refuse(command, "expected: define NAME");
    } else if (command_is_builtin(command->args)) {
        command_refuse(command, "that is a command of the console");
    } else {
        begin_typing(command, (Typing){.name = g_strdup(command->args)});
    }
}

/* --- stop points ---------------------------------------------------------------------------------------------- */

static const GPtrArray *lines_of_hit(const MonitorHub *hub)
{
    const StopHit *hit = debug_stops_hit(debug_stops_of(hub->machine->cpu));
    return hit && hit->owner == STOP_OWNER_CONSOLE
               ? g_hash_table_lookup(hub->script->at_stops, GUINT_TO_POINTER(hit->number))
               : NULL;
}

bool script_is_silent(MonitorHub *hub)
{
    const GPtrArray *lines = lines_of_hit(hub);
    return lines && lines->len && g_str_equal(g_ptr_array_index(lines, 0), "silent");
}

void script_stopped(MonitorHub *hub, GString *out)
{
    const GPtrArray *lines = lines_of_hit(hub);
    hub->script->is_waiting = false;
    if (lines && !put_in_front(hub->script, lines, NULL, true)) {
        g_string_append(out, "too many lines wait to be executed\n");
        script_forget(hub);
    }
    run_queue(hub, out);
}

static unsigned last_point(CPUState *cpu)
{
    const DebugStops *stops = debug_stops_of(cpu);
    unsigned last = 0;
    for (const StopPoint *point = debug_stops_next(stops, 0); point;
         point = debug_stops_next(stops, point->number)) {
        last = point->owner == STOP_OWNER_CONSOLE ? point->number : last;
    }
    return last;
}

static bool is_point(CPUState *cpu, uint64_t number)
{
    return number <= UINT_MAX && debug_stops_get(debug_stops_of(cpu), (unsigned)number);
}

/* Why point @value takes no typed lines; NULL: it does. */
static char *why_not(CPUState *cpu, uint64_t value)
{
    if (!value) {
        return g_strdup("No breakpoints specified.");
    }
    if (!is_point(cpu, value)) {
        return g_strdup_printf("No breakpoint number %" PRIu64 ".", value);
    }
    return debug_stops_get(debug_stops_of(cpu), (unsigned)value)->goes_on
               ? g_strdup_printf("Point %" PRIu64 " goes on: its commands are given behind `do`.",
                                 value)
               : NULL;
}

static bool parse_numbers(Command *command, GArray *numbers)
{
    const char *text = command->args;
    uint64_t value = last_point(command->cpu);
    do {
        if (*text && !command_evaluate(command, text, &text, &value)) {
            return false;
        }
        text += strspn(text, " \t");
        g_autofree char *why = why_not(command->cpu, value);
        if (why) {
            command_refuse(command, why);
            return false;
        }
        unsigned number = (unsigned)value;
        g_array_append_val(numbers, number);
    } while (*text);
    return true;
}

void command_commands(Command *command)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(unsigned));
    if (parse_numbers(command, numbers)) {
        begin_typing(command, (Typing){.numbers = numbers});
    } else {
        g_array_unref(numbers);
    }
}

void command_silent(G_GNUC_UNUSED Command *command) {} /* script_is_silent() has seen it */

void script_list_lines(const MonitorHub *hub, unsigned number, GString *out)
{
    const GPtrArray *lines = g_hash_table_lookup(hub->script->at_stops, GUINT_TO_POINTER(number));
    for (guint i = 0; lines && i < lines->len; i++) {
        g_string_append_printf(out, "        %s\n", (const char *)g_ptr_array_index(lines, i));
    }
}

/* --- files ------------------------------------------------------------------------------------------------- */

static bool is_good_file(const char *path, Error **errp)
{
    GStatBuf info;
    if (g_stat(path, &info) != 0) {
        return error_setg(errp, "%s: No such file or directory.", path);
    }
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_MAX) {
        return error_setg(errp, "%s: not a regular file of at most 1 MiB", path);
    }
    return true;
}

/* Comments and empty lines stay, as empty lines: lines are counted. */
static GPtrArray *read_lines(const char *path, Error **errp)
{
    g_autofree char *text = NULL;
    gsize length;
    if (!is_good_file(path, errp)) {
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &length, NULL) || memchr(text, 0, length)) {
        error_setg(errp, "%s: not a readable text", path);
        return NULL;
    }
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) raw = g_strsplit(text, "\n", -1);
    for (char **line = raw; *line; line++) {
        g_strstrip(*line);
        g_ptr_array_add(lines, g_strdup(**line == '#' ? "" : *line));
    }
    return lines;
}

void command_source(Command *command)
{
    Error *err = NULL;
    if (!*command->args) {
        command_refuse(command, "source command requires file name of file to source.");
        return;
    }
    g_autoptr(GPtrArray) lines = read_lines(command->args, &err);
    if (!lines) {
        command_fail(command, err);
    } else if (!put_in_front(command->hub->script, lines, command->args, false)) {
        command_refuse(command, "files that source files go no deeper than that");
    } else {
        run_queue(command->hub, command->out);
    }
}

/* --- what is refused by name ----------------------------------------------------------------------------------- */

void command_document(Command *command)
{
    command_refuse(command, "document: user commands have no help text here");
}

void command_shell(Command *command)
{
    command_refuse(command, "shell: the console runs no programs on the host");
}

void command_python(Command *command)
{
    command_refuse(command, "python: there is no Python here; gdb has it, and connects to -gdb");
}
