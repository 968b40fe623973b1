/* SPDX-License-Identifier: MIT */
/*
 * Files of symbols: which format, told by the first bytes and never by the name.
 *
 * Source: none (own design).
 */
#include "debug/debugger.h"
#include "debug/internal.h"
#include "hw/core/loader.h"

enum { FILE_MAX = 1 << 30 };

static const struct {
    bool (*is)(const SymbolFile *file);
    bool (*read)(const SymbolFile *file, SymbolTable *table, Error **errp);
} formats[] = {
    {symbols_elf_is, symbols_elf_read},
    {symbols_macho_is, symbols_macho_read},
    {symbols_map_is, symbols_map_read},
};

static bool read_as(size_t format, const SymbolFile *file, SymbolTable *table, Error **errp)
{
    if (file->has_text && formats[format].read != symbols_elf_read) {
        return error_setg(errp, "'%s' does not say where .text is; use -o OFFSET", file->path);
    }
    if (!formats[format].read(file, table, errp)) {
        return false;
    }
    if (table->is_full) {
        return error_setg(errp, "'%s' has more symbols than a table can hold", file->path);
    }
    return table->symbols->len || table->lines ||
           error_setg(errp, "'%s' has no symbols", file->path);
}

static bool read_file(const SymbolFile *file, SymbolTable *table, Error **errp)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].is(file)) {
            return read_as(i, file, table, errp);
        }
    }
    return error_setg(errp, "'%s' is no file of symbols of any known format", file->path);
}

/* A table that is not finished; NULL: *errp says why. */
static SymbolTable *load_file(DebugSymbols *symbols, SymbolFile *file, SymbolSpace space,
                              Error **errp)
{
    g_autoptr(GByteArray) bytes = NULL;
    if (!loader_read_file(file->path, FILE_MAX, &bytes, errp)) {
        return NULL;
    }
    file->data = bytes->data;
    file->size = bytes->len;
    SymbolTable *table = debug_symbols_add_table(symbols, file->path, space);
    if (!read_file(file, table, errp)) {
        symbol_table_free(table);
        return NULL;
    }
    return table;
}

bool debug_symbols_load(DebugSymbols *symbols, const char *path, uint32_t offset, SymbolSpace space,
                        size_t *count, Error **errp)
{
    SymbolFile file = {.path = path, .offset = offset};
    SymbolTable *table = load_file(symbols, &file, space, errp);
    if (table) {
        *count = debug_symbols_finish_table(symbols, table);
    }
    return table != NULL;
}

/* --- for a user ---------------------------------------------------------------------------------------------- */

static bool is_kallsyms(const char *path)
{
    return g_str_equal(path, "kallsyms") || g_str_equal(path, "-kallsyms");
}

static SymbolTable *load_any(const Debugger *debugger, const SymbolLoad *load, Error **errp)
{
    SymbolFile file = {
        .path = load->path,
        .offset = load->offset,
        .has_text = load->has_text,
        .text = load->text,
    };
    if (!is_kallsyms(load->path)) {
        return load_file(debugger->symbols, &file, load->space, errp);
    }
    if (load->has_text || load->offset) {
        error_setg(errp, "kallsyms: a running kernel's symbols are not moved");
        return NULL;
    }
    SymbolTable *table = debug_symbols_add_table(debugger->symbols, "kallsyms", load->space);
    if (!symbols_kallsyms_read(debugger->cpu->as, debugger->machine->config.ram_size, table,
                               errp)) {
        symbol_table_free(table);
        return NULL;
    }
    return table;
}

static void drop_main(DebugSymbols *symbols)
{
    for (guint i = symbols->tables->len; i-- > 0;) {
        if (((SymbolTable *)g_ptr_array_index(symbols->tables, i))->is_main) {
            g_ptr_array_remove_index(symbols->tables, i);
        }
    }
}

bool debugger_load_symbols(Debugger *debugger, const SymbolLoad *load, SymbolCounts *counts,
                           Error **errp)
{
    SymbolTable *table = load_any(debugger, load, errp);
    if (!table) {
        return false;
    }
    symbol_table_bind(table, debugger->cpu);
    table->is_main = load->is_main;
    if (load->is_main) {
        drop_main(debugger->symbols);
    }
    counts->symbols = debug_symbols_finish_table(debugger->symbols, table);
    counts->lines = table->lines ? line_table_count(table->lines) : 0;
    return true;
}

void debugger_load_kernel_symbols(Debugger *debugger)
{
    SymbolLoad load = {.path = debugger->machine->config.kernel_filename, .is_main = true};
    SymbolCounts counts;
    Error *err = NULL;
    if (load.path && loader_is_elf(load.path) &&
        !debugger_load_symbols(debugger, &load, &counts, &err)) {
        error_free(err);
    }
}
