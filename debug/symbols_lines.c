/* SPDX-License-Identifier: MIT */
/*
 * Which source line the code at an address comes from, and where the code of a line begins.
 *
 * Source: none (own design); of several rows at one address the last counts, as in gdb and addr2line.
 */
#include "debug/internal.h"

#include <string.h>

enum { ROWS_MAX = 1 << 25 };

typedef struct SourceFile {
    const char *name, *directory;
} SourceFile;

struct LineTable {
    GArray *rows;      /* LineRow */
    GArray *files;     /* SourceFile */
    GHashTable *known; /* name -> index + 1 into files */
};

LineTable *line_table_new(void)
{
    LineTable *lines = g_new0(LineTable, 1);
    *lines = (LineTable){
        .rows = g_array_new(FALSE, FALSE, sizeof(LineRow)),
        .files = g_array_new(FALSE, FALSE, sizeof(SourceFile)),
        .known = g_hash_table_new(g_direct_hash, g_direct_equal),
    };
    return lines;
}

void line_table_free(LineTable *lines)
{
    if (lines) {
        g_hash_table_unref(lines->known);
        g_array_unref(lines->files);
        g_array_unref(lines->rows);
        g_free(lines);
    }
}

uint32_t line_table_file(LineTable *lines, const char *name, const char *directory)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(lines->known, name));
    if (!index) {
        SourceFile file = {name, directory};
        g_array_append_val(lines->files, file);
        index = lines->files->len;
        g_hash_table_insert(lines->known, (void *)name, GUINT_TO_POINTER(index));
    }
    return index - 1;
}

bool line_table_add(LineTable *lines, const LineRow *row)
{
    bool fits = lines->rows->len < ROWS_MAX;
    if (fits) {
        g_array_append_vals(lines->rows, row, 1);
    }
    return fits;
}

static int compare(const void *left, const void *right)
{
    const LineRow *a = left, *b = right;
    if (a->addr != b->addr) {
        return a->addr < b->addr ? -1 : 1;
    }
    return b->is_end - a->is_end;
}

void line_table_finish(LineTable *lines) { g_array_sort(lines->rows, compare); }

size_t line_table_count(const LineTable *lines) { return lines->rows->len; }

/* --- search ------------------------------------------------------------------------------------------------ */

static const LineRow *row_at(const LineTable *lines, guint index)
{
    return &g_array_index(lines->rows, LineRow, index);
}

/* How many rows lie at or before @ea. */
static guint count_before(const LineTable *lines, uint32_t ea)
{
    guint low = 0, high = lines->rows->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (row_at(lines, middle)->addr <= ea) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_same_line(const LineRow *a, const LineRow *b)
{
    return a->file == b->file && a->line == b->line;
}

/* Of the rows before @index, the one that counts at the nearest address below. */
static const LineRow *previous(const LineTable *lines, uint32_t addr)
{
    guint count = addr ? count_before(lines, addr - 1) : 0;
    return count ? row_at(lines, count - 1) : NULL;
}

/* Where the line of @row begins and ends, over all rows of it that follow each other. */
static void set_extent(const LineTable *lines, const LineRow *row, SourceLine *line)
{
    const LineRow *before = previous(lines, row->addr);
    line->start = row->addr;
    while (before && is_same_line(before, row)) {
        line->start = before->addr;
        before = previous(lines, before->addr);
    }
    guint next = count_before(lines, row->addr);
    while (next < lines->rows->len) {
        guint count = count_before(lines, row_at(lines, next)->addr);
        if (!is_same_line(row_at(lines, count - 1), row)) {
            break;
        }
        next = count;
    }
    line->end = next < lines->rows->len ? row_at(lines, next)->addr : row->addr;
}

bool line_table_at(const LineTable *lines, uint32_t ea, SourceLine *line)
{
    guint count = count_before(lines, ea);
    const LineRow *row = count ? row_at(lines, count - 1) : NULL;
    if (!row || !row->line) {
        return false;
    }
    const SourceFile *file = &g_array_index(lines->files, SourceFile, row->file);
    *line = (SourceLine){.file = file->name, .directory = file->directory, .line = row->line};
    set_extent(lines, row, line);
    return ea < line->end;
}

/* --- from a line to its code -------------------------------------------------------------------------------- */

/* Is @wanted the end of @path, at a border of names? */
static bool ends_with(const char *path, const char *wanted)
{
    size_t length = strlen(path), tail = strlen(wanted);
    return tail && tail <= length && strcmp(path + length - tail, wanted) == 0 &&
           (tail == length || path[length - tail - 1] == '/');
}

static bool is_file(const SourceFile *file, const char *wanted)
{
    if (ends_with(file->name, wanted)) {
        return true;
    }
    if (!file->directory || g_path_is_absolute(file->name)) {
        return false;
    }
    g_autofree char *path = g_build_filename(file->directory, file->name, NULL);
    return ends_with(path, wanted);
}

bool line_table_find(const LineTable *lines, const char *file, unsigned line, uint32_t *addr)
{
    g_autofree bool *is_wanted = g_new0(bool, lines->files->len + 1);
    const LineRow *best = NULL;
    for (guint i = 0; i < lines->files->len; i++) {
        is_wanted[i] = is_file(&g_array_index(lines->files, SourceFile, i), file);
    }
    for (guint i = 0; i < lines->rows->len; i++) {
        const LineRow *row = row_at(lines, i);
        if (row->line >= MAX(line, 1) && row->is_statement && is_wanted[row->file] &&
            (!best || row->line < best->line)) {
            best = row;
        }
    }
    *addr = best ? best->addr : 0;
    return best != NULL;
}
