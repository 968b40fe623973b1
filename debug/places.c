/* SPDX-License-Identifier: MIT */
/*
 * Places in the guest's code as a user writes them.
 *
 * Source: gdb's linespecs. Not modelled: FILE:FUNCTION, offsets from the current line, several addresses
 * for one line (the lowest is taken). A function is its first instruction, whatever it does there.
 */
#include "debug/places.h"

#include "debug/expression.h"

#include <string.h>

/* Behind the name of a file that a colon and a digit follow: text[length] is the colon; 0: there is none. */
static size_t file_length(const char *text)
{
    size_t length = 0;
    while (g_ascii_isalnum(text[length]) || (text[length] && strchr("_./+-~@", text[length]))) {
        length++;
    }
    return text[length] == ':' && g_ascii_isdigit(text[length + 1]) ? length : 0;
}

/* A decimal number with a border behind it. */
static bool parse_number(const char *text, const char **end, unsigned *number)
{
    char *behind;
    if (!g_ascii_isdigit(*text)) {
        return false;
    }
    guint64 value = g_ascii_strtoull(text, &behind, 10);
    if (value > G_MAXINT || (*behind && !strchr(" \t,", *behind))) {
        return false;
    }
    *number = (unsigned)value;
    *end = behind + strspn(behind, " \t");
    return true;
}

bool debugger_parse_line(const char *text, const char **end, LinePlace *place)
{
    size_t length = file_length(text);
    const char *digits = length ? text + length + 1 : text;
    if (!parse_number(digits, end, &place->line)) {
        return false;
    }
    place->file = length ? g_strndup(text, length) : NULL;
    return true;
}

SourcePlace debugger_current_place(const Debugger *debugger)
{
    SourceListing listing = debug_sources_listing(debugger->sources);
    SourceLine line;
    uint32_t pc = CPU_GET_CLASS(debugger->cpu)->get_pc(debugger->cpu);
    bool has_moved = !listing.place.file || listing.pc != pc;
    if (has_moved && debug_symbols_line_at(debugger->symbols, debugger->cpu, pc, &line)) {
        return (SourcePlace){line.file, line.directory, line.line};
    }
    return listing.place;
}

static bool line_address(const Debugger *debugger, const char *file, unsigned line, uint64_t *addr,
                         Error **errp)
{
    uint64_t first;
    if (debug_symbols_line_address(debugger->symbols, file, line, addr)) {
        return true;
    }
    if (debug_symbols_line_address(debugger->symbols, file, 1, &first)) {
        return error_setg(errp, "no line %u in file '%s'", line, file);
    }
    return error_setg(errp, "no source file named '%s'", file);
}

/* The whole path, so that no other file of the same name is meant. Free with g_free(). */
static char *current_file(const Debugger *debugger)
{
    SourcePlace place = debugger_current_place(debugger);
    bool is_whole = !place.directory || g_path_is_absolute(place.file);
    return is_whole ? g_strdup(place.file) : g_build_filename(place.directory, place.file, NULL);
}

/* Takes the file's name of @place. */
static bool place_address(const Debugger *debugger, const LinePlace *place, uint64_t *addr,
                          Error **errp)
{
    g_autofree char *file = place->file ? place->file : current_file(debugger);
    return line_address(debugger, file, place->line, addr, errp);
}

bool debugger_parse_place(const Debugger *debugger, const char *text, const char **end,
                          uint64_t *addr, Error **errp)
{
    ExpressionScope scope = {.debugger = debugger};
    LinePlace place = {0};
    const char *behind;
    text += strspn(text, " \t");
    bool is_line = debugger_parse_line(text, &behind, &place) &&
                   (place.file || debugger_current_place(debugger).file);
    if (!is_line) {
        return expression_evaluate(&scope, text + (*text == '*'), end, addr, errp);
    }
    if (!end && *behind) {
        g_free(place.file);
        return error_setg(errp, "'%s' is left over", behind);
    }
    if (end) {
        *end = behind;
    }
    return place_address(debugger, &place, addr, errp);
}
