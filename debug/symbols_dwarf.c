/* SPDX-License-Identifier: MIT */
/*
 * Line tables of ELF files, by elfutils' libdw: DWARF 2 to 5.
 *
 * Source: DWARF 5, 6.2. Not modelled: separate files of debugging information, relocatable files.
 */
#include "debug/internal.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

/* At work on one compilation unit. */
typedef struct Unit {
    const SymbolFile *file;
    SymbolTable *table;
    GHashTable *names;     /* libdw's path (by pointer) -> ours */
    const char *directory; /* where the compiler ran; ours; NULL: not known */
    size_t directory_length;
} Unit;

/* Ours for libdw's @path: relative to the unit's directory if it lies there. */
static const char *short_path(Unit *unit, const char *path)
{
    const char *name = g_hash_table_lookup(unit->names, path);
    if (name) {
        return name;
    }
    size_t length = unit->directory_length;
    bool is_inside = length && strncmp(path, unit->directory, length) == 0 && path[length] == '/';
    const char *rest = is_inside ? path + length + 1 : path;
    while (is_inside && g_str_has_prefix(rest, "./")) {
        rest += 2;
    }
    name = symbol_table_keep(unit->table, rest);
    g_hash_table_insert(unit->names, (void *)path, (void *)name);
    return name;
}

/* False: no further one fits. */
static bool add_row(Unit *unit, Dwarf_Line *line)
{
    Dwarf_Addr addr;
    bool is_statement = true;
    int number = 0;
    LineRow row = {0};
    const char *path = dwarf_linesrc(line, NULL, NULL);
    if (dwarf_lineaddr(line, &addr) != 0 || dwarf_lineendsequence(line, &row.is_end) != 0) {
        return true;
    }
    dwarf_lineno(line, &number);
    dwarf_linebeginstatement(line, &is_statement);
    row.addr = (uint32_t)addr + unit->file->offset;
    row.is_statement = is_statement && !row.is_end;
    if (path && !row.is_end && number > 0) {
        row.line = (uint32_t)number;
        row.file = line_table_file(unit->table->lines, short_path(unit, path), unit->directory);
    }
    return line_table_add(unit->table->lines, &row);
}

static void set_directory(Unit *unit, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *directory = dwarf_formstring(dwarf_attr(die, DW_AT_comp_dir, &attribute));
    unit->directory = directory ? symbol_table_keep(unit->table, directory) : NULL;
    unit->directory_length = directory ? strlen(unit->directory) : 0;
}

static void read_unit(Unit *unit, Dwarf_Die *die)
{
    Dwarf_Lines *lines;
    size_t count;
    if (dwarf_getsrclines(die, &lines, &count) != 0) {
        return;
    }
    set_directory(unit, die);
    for (size_t i = 0; i < count && !unit->table->is_full; i++) {
        unit->table->is_full |= !add_row(unit, dwarf_onesrcline(lines, i));
    }
}

static void read_units(Unit *unit, Dwarf *dwarf)
{
    Dwarf_Off next, at = 0;
    size_t header;
    while (!unit->table->is_full &&
           dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0 && next > at) {
        Dwarf_Die die;
        if (dwarf_offdie(dwarf, at + header, &die)) {
            read_unit(unit, &die);
        }
        at = next;
    }
}

void symbols_dwarf_read(void *elf, const SymbolFile *file, SymbolTable *table)
{
    Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    if (!dwarf) {
        return;
    }
    Unit unit = {
        .file = file,
        .table = table,
        .names = g_hash_table_new(g_direct_hash, g_direct_equal),
    };
    table->lines = line_table_new();
    read_units(&unit, dwarf);
    g_hash_table_unref(unit.names);
    dwarf_end(dwarf);
    if (line_table_count(table->lines) == 0) {
        g_clear_pointer(&table->lines, line_table_free);
    }
}
