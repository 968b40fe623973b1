/* SPDX-License-Identifier: MIT */
/*
 * Source text on the console: list, directory.
 *
 * Source: gdb's words and texts. Ten lines at a time; a place is shown with five lines before it.
 */
#include "debug/places.h"
#include "monitor/internal.h"

#include <inttypes.h>
#include <string.h>

enum { LINES = 10, BEFORE = 5, LINES_MAX = 10000 };

/* Show @first to @last of the file, as far as there are lines. */
static void show(Command *command, const SourcePlace *file, unsigned first, unsigned last)
{
    Debugger *debugger = command->hub->debugger;
    Error *err = NULL;
    const GPtrArray *lines = debug_sources_text(debugger->sources, file, &err);
    if (!lines) {
        command_fail(command, err);
        return;
    }
    if (first > lines->len) {
        g_string_append_printf(command->out, "Line number %u out of range; \"%s\" has %u lines.\n",
                               first, file->file, lines->len);
        return;
    }
    last = MIN(MIN(last, lines->len), first + LINES_MAX - 1);
    for (unsigned i = first; i <= last; i++) {
        g_string_append_printf(command->out, "%u\t%s\n", i,
                               (const char *)g_ptr_array_index(lines, i - 1));
    }
    debug_sources_set_listing(debugger->sources,
                              &(SourceListing){
                                  .place = {file->file, file->directory, first},
                                  .last = last,
                                  .pc = CPU_GET_CLASS(command->cpu)->get_pc(command->cpu),
                              });
}

static void show_around(Command *command, const SourcePlace *place)
{
    unsigned first = place->line > BEFORE ? place->line - BEFORE : 1;
    show(command, place, first, first + LINES - 1);
}

/* --- going on -------------------------------------------------------------------------------------------------- */

/* The lines that follow, or the ones before; around the PC when it has moved since. */
static void go_on(Command *command, bool backwards)
{
    const Debugger *debugger = command->hub->debugger;
    SourceListing listing = debug_sources_listing(debugger->sources);
    SourcePlace place = debugger_current_place(debugger);
    if (!place.file) {
        g_string_append_printf(command->out,
                               "No source line is known for the PC 0x%08" PRIx32 ".\n",
                               CPU_GET_CLASS(command->cpu)->get_pc(command->cpu));
    } else if (place.file != listing.place.file) {
        show_around(command, &place);
    } else if (!backwards) {
        show(command, &place, listing.last + 1, listing.last + LINES);
    } else if (place.line == 1) {
        g_string_append_printf(command->out, "Already at the start of %s.\n", place.file);
    } else {
        unsigned last = place.line - 1;
        show(command, &place, last > LINES ? last - LINES + 1 : 1, last);
    }
}

/* --- places ---------------------------------------------------------------------------------------------------- */

/* "0x1010 is in sum (program.c:12)." */
static void tell_address(Command *command, const SourceLine *line, uint32_t ea)
{
    Symbol symbol;
    bool is_known = debug_symbols_at(command->hub->debugger->symbols, command->cpu, ea, &symbol);
    g_string_append_printf(command->out, "0x%" PRIx32 " is in %s (%s:%u).\n", ea,
                           is_known ? symbol.name : "??", line->file, line->line);
}

/* The line that @text names, with its whole file; *@end is set behind it. *@place holds the current one. */
static bool parse_source(Command *command, const char *text, const char **end, SourcePlace *place)
{
    const Debugger *debugger = command->hub->debugger;
    Error *err = NULL;
    LinePlace named = {0};
    SourceLine line;
    uint64_t addr;
    bool is_line = debugger_parse_line(text, end, &named);
    if (is_line && !named.file && place->file) {
        place->line = named.line;
        return true;
    }
    /* The first line of FILE:LINE that has code tells which file is meant. */
    g_autofree char *file_start = named.file ? g_strdup_printf("%s:1", named.file) : NULL;
    g_free(named.file);
    if (!debugger_parse_place(debugger, file_start ? file_start : text, file_start ? NULL : end,
                              &addr, &err)) {
        command_fail(command, err);
        return false;
    }
    if (!debug_symbols_line_at(debugger->symbols, command->cpu, (target_addr)addr, &line)) {
        g_string_append_printf(command->out, "No source line is known for 0x%08" PRIx64 ".\n",
                               addr);
        return false;
    }
    if (*text == '*') {
        tell_address(command, &line, (uint32_t)addr);
    }
    *place = (SourcePlace){line.file, line.directory, is_line ? named.line : line.line};
    return true;
}

static void left_over(Command *command, const char *text)
{
    g_string_append_printf(command->out, "'%s' is left over\n", text);
}

/* ",M" behind @first (NULL: nothing stood before). */
static void show_range(Command *command, const SourcePlace *first, const char *text)
{
    SourcePlace last = first ? *first : debugger_current_place(command->hub->debugger);
    const char *end = text + 1 + strspn(text + 1, " \t");
    if (!*end && first) {
        show(command, first, first->line, first->line + LINES - 1);
        return;
    }
    if (!parse_source(command, end, &end, &last)) {
        return;
    }
    if (*end) {
        left_over(command, end);
    } else if (!first) {
        show(command, &last, last.line > LINES ? last.line - LINES + 1 : 1, last.line);
    } else if (last.line < first->line) {
        g_string_append(command->out, "the second line is before the first\n");
    } else {
        show(command, first, MAX(first->line, 1), last.line);
    }
}

void command_list_source(Command *command)
{
    SourcePlace place = debugger_current_place(command->hub->debugger);
    const char *end;
    bool is_backwards = g_str_equal(command->args, "-");
    if (!*command->args || command->is_repeat || is_backwards) {
        go_on(command, is_backwards);
    } else if (*command->args == ',') {
        show_range(command, NULL, command->args);
    } else if (!parse_source(command, command->args, &end, &place)) {
        return;
    } else if (*end == ',') {
        show_range(command, &place, end);
    } else if (*end) {
        left_over(command, end);
    } else {
        show_around(command, &place);
    }
}

void command_directory(Command *command)
{
    DebugSources *sources = command->hub->debugger->sources;
    if (!*command->args) {
        debug_sources_reset_directories(sources);
    }
    g_auto(GStrv) names = g_strsplit(command->args, ":", -1);
    for (guint i = g_strv_length(names); i-- > 0;) {
        if (!*names[i]) {
            continue;
        }
        if (*names[i] != '$' && !g_file_test(names[i], G_FILE_TEST_IS_DIR)) {
            g_string_append_printf(command->out, "Warning: %s: no such directory.\n", names[i]);
        }
        debug_sources_add_directory(sources, names[i]);
    }
    g_autofree char *list = debug_sources_directories(sources);
    g_string_append_printf(command->out, "Source directories searched: %s\n", list);
}
