/* SPDX-License-Identifier: MIT */
/*
 * Files of symbols: which format, told by the first bytes and never by the name.
 *
 * Source: none (own design).
 */
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

static bool read_file(const SymbolFile *file, SymbolTable *table, Error **errp)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (!formats[i].is(file)) {
            continue;
        }
        if (!formats[i].read(file, table, errp)) {
            return false;
        }
        if (table->is_full) {
            return error_setg(errp, "'%s' has more symbols than a table can hold", file->path);
        }
        return table->symbols->len || table->lines ||
               error_setg(errp, "'%s' has no symbols", file->path);
    }
    return error_setg(errp, "'%s' is no file of symbols of any known format", file->path);
}

bool debug_symbols_load(DebugSymbols *symbols, const char *path, uint32_t offset, SymbolSpace space,
                        size_t *count, Error **errp)
{
    g_autoptr(GByteArray) bytes = NULL;
    if (!loader_read_file(path, FILE_MAX, &bytes, errp)) {
        return false;
    }
    SymbolTable *table = debug_symbols_add_table(symbols, path, space);
    SymbolFile file = {path, bytes->data, bytes->len, offset};
    if (!read_file(&file, table, errp)) {
        symbol_table_free(table);
        return false;
    }
    *count = debug_symbols_finish_table(symbols, table);
    return true;
}
