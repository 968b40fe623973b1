/* SPDX-License-Identifier: MIT */
/*
 * Stop points set from the console: break, watch and their relatives, in gdb's words, at anything.
 *
 *   break WHAT [if EXPR] [do COMMAND[; COMMAND...]]
 *
 * With `do` the commands print and the guest runs on, unless one of them is `stop`. The points
 * themselves are debug/stops.h's; those of a gdb client are listed, too. Unlike gdb, which compares
 * values, `watch` stops at every write: one of the same value as well.
 */
#include "debug/expression.h"
#include "debug/places.h"
#include "debug/stop_condition.h"
#include "debug/stop_sources.h"
#include "monitor/stop_words.h"

#include <inttypes.h>

/* --- the line --------------------------------------------------------------------------------------------- */

/* A line of `break`, cut at its words `if` and `do` outside of quotes. */
typedef struct StopLine {
    char *what, *condition, *commands; /* owned; NULL: not there */
} StopLine;

static void stop_line_clear(StopLine *line)
{
    g_free(line->what);
    g_free(line->condition);
    g_free(line->commands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StopLine, stop_line_clear)

static bool is_word_at(const char *start, const char *at, const char *word)
{
    size_t length = strlen(word);
    return strncmp(at, word, length) == 0 && (at == start || at[-1] == ' ' || at[-1] == '\t') &&
           (at[length] == ' ' || at[length] == '\t' || !at[length]);
}

/* Where @word stands in @text outside of quotes; NULL: nowhere. */
static const char *find_word(const char *text, const char *word)
{
    bool is_quoted = false;
    for (const char *at = text; *at; at++) {
        is_quoted ^= *at == '"';
        if (!is_quoted && is_word_at(text, at, word)) {
            return at;
        }
    }
    return NULL;
}

static char *stripped(const char *text, const char *end)
{
    return g_strstrip(end ? g_strndup(text, (gsize)(end - text)) : g_strdup(text));
}

static StopLine cut_line(const char *text)
{
    StopLine line = {0};
    const char *at_do = find_word(text, "do");
    g_autofree char *rest = stripped(text, at_do);
    const char *at_if = find_word(rest, "if");
    line.what = stripped(rest, at_if);
    line.condition = at_if ? stripped(at_if + 2, NULL) : NULL;
    line.commands = at_do ? stripped(at_do + 2, NULL) : NULL;
    return line;
}

/* --- what to stop at -------------------------------------------------------------------------------------- */

typedef bool StopParser(const Debugger *debugger, const char **text, StopPoint *point,
                        Error **errp);

static const struct {
    const char *word;
    StopParser *parse;
} kinds[] = {
    {"region", stop_source_region},       {"pci", stop_source_pci},
    {"exception", stop_source_exception}, {"spr", stop_source_spr},
    {"insn", stop_source_insn},           {"icount", stop_source_icount},
    {"time", stop_source_time},           {"irq", stop_source_irq},
    {"text", stop_source_text},
};

/* A function may be called like a kind: `break time`. */
static bool is_symbol(const Command *command, const char *what)
{
    const Debugger *debugger = command->hub->debugger;
    Symbol symbol;
    return debug_symbols_find(debugger->symbols, debugger->cpu, what, &symbol);
}

/* "file.c:12", which looks like a register of the device `file`. */
static bool is_file_line(const char *what)
{
    LinePlace place = {0};
    const char *end;
    bool is_line = debugger_parse_line(what, &end, &place) && place.file;
    g_free(place.file);
    return is_line;
}

/* The parser of @what, and where its words begin; NULL: it is an address. */
static StopParser *kind_of(const Command *command, const char *what, const char **words)
{
    *words = what;
    if (is_symbol(command, what) || is_file_line(what)) {
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (is_word_at(what, what, kinds[i].word)) {
            *words = what + strlen(kinds[i].word);
            *words += strspn(*words, " \t");
            return kinds[i].parse;
        }
    }
    if (is_word_at(what, what, "msr")) {
        return stop_source_spr;
    }
    return stop_is_register(command->hub->debugger, what) ? stop_source_register : NULL;
}

/* One number at *@text, which moves behind it. */
static bool parse_value(Command *command, const char **text, uint64_t *value)
{
    if (!command_evaluate(command, *text, text, value)) {
        return false;
    }
    *text += strspn(*text, " \t");
    return true;
}

/* An address, a function, a line: of code. Of data an expression, whatever stands before it. */
static bool parse_place(Command *command, const char **text, StopPoint *point)
{
    Error *err = NULL;
    if (point->kind != CPU_STOP_CODE) {
        *text += **text == '*';
        return parse_value(command, text, &point->addr);
    }
    if (!debugger_parse_place(command->hub->debugger, *text, text, &point->addr, &err)) {
        command_fail(command, err);
        return false;
    }
    return true;
}

static bool is_nowhere(const Command *command, const StopPoint *point)
{
    return point->is_physical && !address_space_translate(command->cpu->as, point->addr).mr;
}

/* A symbol that holds in one address space names code or data there, not what lies elsewhere. */
static void limit_space(const Command *command, StopPoint *point)
{
    const Debugger *debugger = command->hub->debugger;
    StopSpace *space = &point->space;
    space->is_limited = !point->is_physical &&
                        debug_symbols_space_at(debugger->symbols, debugger->cpu, point->addr,
                                               &space->segment, &space->vsid);
}

static bool parse_address(Command *command, const char *text, StopPoint *point)
{
    if (!parse_place(command, &text, point) ||
        (point->kind != CPU_STOP_CODE && *text && !parse_value(command, &text, &point->length))) {
        return false;
    }
    if (*text) {
        g_string_append_printf(command->out, "'%s' is left over\n", text);
        return false;
    }
    if (is_nowhere(command, point)) {
        g_string_append_printf(command->out, "nothing answers at physical 0x%08" PRIx64 "\n",
                               point->addr);
        return false;
    }
    limit_space(command, point);
    return true;
}

static void free_source(const StopPoint *point)
{
    if (point->source && point->source->free) {
        point->source->free(point->source_opaque);
    }
}

static bool parse_kind(Command *command, StopParser *parse, const char *words, StopPoint *point)
{
    Error *err = NULL;
    if (*command->format) {
        g_string_append_printf(command->out, "/%s: only addresses take /p\n", command->format);
        return false;
    }
    if (!parse(command->hub->debugger, &words, point, &err)) {
        command_fail(command, err);
        return false;
    }
    if (*words) {
        g_string_append_printf(command->out, "'%s' is left over\n", words);
        free_source(point);
        g_free(point->place);
        return false;
    }
    return true;
}

static bool parse_what(Command *command, const char *what, StopPoint *point)
{
    const char *words;
    StopParser *parse = point->kind == CPU_STOP_CODE ? kind_of(command, what, &words) : NULL;
    if (parse) {
        return parse_kind(command, parse, words, point);
    }
    if (*command->format && strcmp(command->format, "p") != 0) {
        g_string_append_printf(command->out, "/%s: only /p (physical) is known here\n",
                               command->format);
        return false;
    }
    point->is_physical = *command->format == 'p';
    return parse_address(command, what, point);
}

/* --- setting ---------------------------------------------------------------------------------------------- */

static bool is_condition_possible(Command *command, const StopLine *line)
{
    Error *err = NULL;
    if (!line->condition) {
        return true;
    }
    Expression *expression = expression_parse(line->condition, NULL, &err);
    expression_free(expression);
    if (!expression) {
        command_fail(command, err);
    }
    return expression;
}

static void note_others(Command *command, const StopPoint *point)
{
    const DebugStops *stops = debug_stops_of(command->cpu);
    hwaddr pa;
    unsigned other = debug_stops_find(stops, point->owner, point->kind, point->addr, point->length);
    bool is_data = point->kind != CPU_STOP_CODE && !point->source;
    if (other) {
        g_string_append_printf(command->out, "Note: %s %u is there, too.\n",
                               is_data ? "watchpoint" : "breakpoint", other);
    }
    if (is_data && !point->is_physical &&
        !CPU_GET_CLASS(command->cpu)
             ->translate_debug(command->cpu, (target_addr)point->addr, false, &pa)) {
        g_string_append_printf(command->out, "Note: 0x%08" PRIx32 " is not mapped now.\n",
                               (uint32_t)point->addr);
    }
}

static bool has_stop(const char *commands)
{
    g_auto(GStrv) list = g_strsplit(commands, ";", -1);
    for (char **at = list; *at; at++) {
        if (g_str_equal(g_strstrip(*at), "stop")) {
            return true;
        }
    }
    return false;
}

static void tell_new(Command *command, const StopPoint *point)
{
    g_string_append_printf(command->out, "%s %u%s ", stop_kind_name(point->kind, point),
                           point->number, point->kind == CPU_STOP_CODE ? " at" : ":");
    stop_append_place(command->out, point);
    g_string_append_c(command->out, '\n');
    const char *unseen = stop_spr_unseen(point);
    if (unseen) {
        g_string_append_printf(command->out, "Note: %s.\n", unseen);
    }
}

static void add(Command *command, StopPoint point, const StopLine *line, bool goes_on)
{
    Error *err = NULL;
    DebugStops *stops = debug_stops_of(command->cpu);
    if (!is_condition_possible(command, line) || !parse_what(command, line->what, &point)) {
        return;
    }
    g_autoptr(GString) note = g_string_new(NULL);
    note_others(&(Command){.cpu = command->cpu, .out = note}, &point);
    point.place = point.place ? point.place : g_strdup(line->what);
    unsigned number = debug_stops_add(stops, &point, &err);
    if (!number) {
        command_fail(command, err);
        return;
    }
    debug_stops_set_expression(stops, number, command->hub->debugger, line->condition,
                               &error_abort);
    bool has_commands = line->commands && *line->commands;
    debug_stops_set_commands(stops, number, has_commands ? g_strdup(line->commands) : NULL,
                             goes_on || (line->commands && !has_stop(line->commands)));
    g_string_append(command->out, note->str);
    tell_new(command, debug_stops_get(stops, number));
}

static void set_point(Command *command, StopPoint point, bool goes_on)
{
    g_auto(StopLine) line = cut_line(command->args);
    if (!*command->args) {
        info_breakpoints(command);
    } else if (!*line.what) {
        g_string_append(command->out, "where to stop is missing\n");
    } else {
        add(command, point, &line, goes_on);
    }
}

void command_break(Command *command)
{
    set_point(command, (StopPoint){.kind = CPU_STOP_CODE}, false);
}

void command_tbreak(Command *command)
{
    set_point(command, (StopPoint){.kind = CPU_STOP_CODE, .is_temporary = true}, false);
}

void command_tracepoint(Command *command)
{
    set_point(command, (StopPoint){.kind = CPU_STOP_CODE}, true);
}

void command_watch(Command *command)
{
    set_point(command, (StopPoint){.kind = CPU_STOP_WRITE, .length = 4}, false);
}

void command_rwatch(Command *command)
{
    set_point(command, (StopPoint){.kind = CPU_STOP_READ, .length = 4}, false);
}

void command_awatch(Command *command)
{
    set_point(command, (StopPoint){.kind = CPU_STOP_ACCESS, .length = 4}, false);
}
