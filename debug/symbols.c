/* SPDX-License-Identifier: MIT */
/*
 * Tables of symbols and the search in them.
 *
 * Source: none (own design).
 */
#include "debug/symbols.h"

#include <string.h>

/* Without a size, a symbol does not reach further than this. */
#define REACH_MAX 0x100000

struct SymbolTable {
    char *name;
    SymbolSpace space;
    GStringChunk *names;
    GArray *symbols;     /* Symbol, by address once finished */
    GHashTable *by_name; /* index + 1 into symbols; the first of a name wins */
};

struct DebugSymbols {
    GPtrArray *tables; /* SymbolTable *, finished ones, oldest first */
};

/* --- tables -------------------------------------------------------------------------------------------- */

static void free_table(void *data)
{
    SymbolTable *table = data;
    g_hash_table_unref(table->by_name);
    g_array_unref(table->symbols);
    g_string_chunk_free(table->names);
    g_free(table->name);
    g_free(table);
}

DebugSymbols *debug_symbols_new(void)
{
    DebugSymbols *symbols = g_new0(DebugSymbols, 1);
    symbols->tables = g_ptr_array_new_with_free_func(free_table);
    return symbols;
}

void debug_symbols_free(DebugSymbols *symbols)
{
    g_ptr_array_unref(symbols->tables);
    g_free(symbols);
}

void debug_symbols_clear(DebugSymbols *symbols) { g_ptr_array_set_size(symbols->tables, 0); }

SymbolTable *debug_symbols_add_table(G_GNUC_UNUSED DebugSymbols *symbols, const char *name,
                                     SymbolSpace space)
{
    SymbolTable *table = g_new0(SymbolTable, 1);
    *table = (SymbolTable){
        .name = g_strdup(name),
        .space = space,
        .names = g_string_chunk_new(4096),
        .symbols = g_array_new(FALSE, FALSE, sizeof(Symbol)),
        .by_name = g_hash_table_new(g_str_hash, g_str_equal),
    };
    return table;
}

void symbol_table_add(SymbolTable *table, const Symbol *symbol)
{
    if (*symbol->name) {
        Symbol copy = *symbol;
        copy.name = g_string_chunk_insert(table->names, symbol->name);
        g_array_append_val(table->symbols, copy);
    }
}

static int compare(const void *left, const void *right)
{
    const Symbol *a = left, *b = right;
    return a->addr < b->addr ? -1 : a->addr > b->addr;
}

size_t debug_symbols_finish_table(DebugSymbols *symbols, SymbolTable *table)
{
    g_array_sort(table->symbols, compare);
    for (guint i = 0; i < table->symbols->len; i++) {
        const char *name = g_array_index(table->symbols, Symbol, i).name;
        if (!g_hash_table_contains(table->by_name, name)) {
            g_hash_table_insert(table->by_name, (void *)name, GUINT_TO_POINTER(i + 1));
        }
    }
    g_ptr_array_add(symbols->tables, table);
    return table->symbols->len;
}

/* --- search -------------------------------------------------------------------------------------------- */

static bool holds_at(const SymbolTable *table, CPUState *cpu, target_addr ea)
{
    uint64_t segment;
    g_autofree char *name = NULL;
    if (table->space.scope == SYMBOLS_ANYWHERE) {
        return true;
    }
    name = g_strdup_printf("sr%u", (unsigned)(ea >> 28));
    return cpu && CPU_GET_CLASS(cpu)->get_register(cpu, name, &segment) &&
           (segment & 0xffffff) == table->space.vsid;
}

static bool find_in(const SymbolTable *table, CPUState *cpu, const char *name, bool anywhere,
                    Symbol *symbol)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(table->by_name, name));
    if (!index) {
        return false;
    }
    *symbol = g_array_index(table->symbols, Symbol, index - 1);
    return anywhere || holds_at(table, cpu, symbol->addr);
}

bool debug_symbols_find(const DebugSymbols *symbols, CPUState *cpu, const char *name,
                        Symbol *symbol)
{
    for (int anywhere = 0; anywhere < 2; anywhere++) {
        for (guint i = symbols->tables->len; i-- > 0;) {
            if (find_in(g_ptr_array_index(symbols->tables, i), cpu, name, anywhere, symbol)) {
                return true;
            }
        }
    }
    return false;
}

/* Index of the last symbol at or before @ea, or -1. */
static int last_before(const SymbolTable *table, uint32_t ea)
{
    guint low = 0, high = table->symbols->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (g_array_index(table->symbols, Symbol, middle).addr <= ea) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (int)low - 1;
}

static bool find_at(const SymbolTable *table, uint32_t ea, Symbol *symbol)
{
    int index = last_before(table, ea);
    if (index < 0) {
        return false;
    }
    *symbol = g_array_index(table->symbols, Symbol, index);
    return ea - symbol->addr < (symbol->size ? symbol->size : REACH_MAX);
}

bool debug_symbols_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea, Symbol *symbol)
{
    for (guint i = symbols->tables->len; i-- > 0;) {
        const SymbolTable *table = g_ptr_array_index(symbols->tables, i);
        if (holds_at(table, cpu, ea) && find_at(table, (uint32_t)ea, symbol)) {
            return true;
        }
    }
    return false;
}

char *debug_symbols_describe(const DebugSymbols *symbols, CPUState *cpu, target_addr ea)
{
    Symbol symbol;
    if (!debug_symbols_at(symbols, cpu, ea, &symbol)) {
        return NULL;
    }
    uint32_t offset = (uint32_t)ea - symbol.addr;
    return offset ? g_strdup_printf("%s+%#x", symbol.name, offset) : g_strdup(symbol.name);
}

/* --- completion ---------------------------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void collect(const SymbolTable *table, const char *prefix, GPtrArray *found)
{
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, table->by_name);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (g_str_has_prefix(name, prefix)) {
            g_ptr_array_add(found, name);
        }
    }
}

char **debug_symbols_complete(const DebugSymbols *symbols, const char *prefix, size_t limit)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < symbols->tables->len; i++) {
        collect(g_ptr_array_index(symbols->tables, i), prefix, found);
    }
    g_ptr_array_sort(found, compare_names);
    for (guint i = 0; i < found->len && list->len < limit; i++) {
        if (i == 0 || strcmp(found->pdata[i], found->pdata[i - 1]) != 0) {
            g_ptr_array_add(list, g_strdup(found->pdata[i]));
        }
    }
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}
