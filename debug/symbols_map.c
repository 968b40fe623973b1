/* SPDX-License-Identifier: MIT */
/*
 * Linux System.map, /proc/kallsyms and the output of nm: lines "c0004000 T start_kernel".
 *
 * Source: nm(1). Left out: undefined and absolute symbols. Sections are not in the file; sizes neither.
 */
#include "debug/internal.h"

#include <string.h>

enum { DIGITS = 8, NAME_AT = DIGITS + 3 };

/* A symbol in @line, whose end is @end; false: it is no such line. */
static bool parse_line(const char *line, const char *end, uint32_t *addr, char *type)
{
    *addr = 0;
    if (end - line <= NAME_AT || line[DIGITS] != ' ' || line[DIGITS + 2] != ' ' ||
        !(g_ascii_isalpha(line[DIGITS + 1]) || line[DIGITS + 1] == '?') ||
        !g_ascii_isgraph(line[NAME_AT])) {
        return false;
    }
    for (int i = 0; i < DIGITS; i++) {
        if (!g_ascii_isxdigit(line[i])) {
            return false;
        }
        *addr = *addr << 4 | (uint32_t)g_ascii_xdigit_value(line[i]);
    }
    *type = line[DIGITS + 1];
    return true;
}

static const char *end_of_line(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return newline ? newline : end;
}

static bool is_wide(const char *line, const char *end)
{
    enum { WIDE = 16 };
    if (end - line <= WIDE || line[WIDE] != ' ') {
        return false;
    }
    for (int i = 0; i < WIDE; i++) {
        if (!g_ascii_isxdigit(line[i])) {
            return false;
        }
    }
    return true;
}

bool symbols_map_is(const SymbolFile *file)
{
    const char *text = (const char *)file->data, *end = text + file->size;
    uint32_t addr;
    char type;
    return file->size &&
           (is_wide(text, end) || parse_line(text, end_of_line(text, end), &addr, &type));
}

static void add_symbol(const SymbolFile *file, SymbolTable *table, const char *line,
                       const char *end)
{
    uint32_t addr;
    char type;
    parse_line(line, end, &addr, &type);
    if (strchr("AaUwv", type)) {
        return;
    }
    g_autofree char *name = g_strndup(line + NAME_AT, (gsize)(end - line - NAME_AT));
    name[strcspn(name, " \t\r")] = '\0'; /* "\t[module]" */
    symbol_table_add(table, &(Symbol){
                                .name = name,
                                .addr = addr + file->offset,
                                .is_code = strchr("TtW", type) != NULL,
                                .is_global = g_ascii_isupper(type),
                            });
}

bool symbols_map_read(const SymbolFile *file, SymbolTable *table, Error **errp)
{
    const char *line = (const char *)file->data, *end = line + file->size;
    uint32_t addr, any = 0;
    char type;
    if (is_wide(line, end)) {
        return error_setg(errp, "'%s' has 64-bit addresses; this machine has 32-bit ones",
                          file->path);
    }
    for (unsigned number = 1; line < end && !table->is_full; number++) {
        const char *newline = end_of_line(line, end);
        if (!parse_line(line, newline, &addr, &type)) {
            return error_setg(errp, "'%s': line %u is not an address, a letter and a name",
                              file->path, number);
        }
        add_symbol(file, table, line, newline);
        any |= addr;
        line = newline + 1;
    }
    return any || error_setg(errp, "'%s': all addresses are 0: the kernel hid them", file->path);
}
