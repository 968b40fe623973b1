/* SPDX-License-Identifier: MIT */
/*
 * Tables of symbols and the search in them.
 *
 * Source: none (own design).
 */
#include "debug/symbols.h"

#include "debug/internal.h"

#include <string.h>

/* Without a size, a symbol does not reach further than this. */
#define REACH_MAX 0x100000

enum {
    NAME_LENGTH_MAX = 1 << 14,
    TEXT_MAX = 1 << 28,    /* bytes of names in a table */
    SYMBOLS_MAX = 1 << 22, /* in a table */
    LOOK_BACK = 64,
};

/* --- tables -------------------------------------------------------------------------------------------- */

void symbol_table_free(void *data)
{
    SymbolTable *table = data;
    line_table_free(table->lines);
    g_hash_table_unref(table->by_name);
    g_array_unref(table->symbols);
    g_string_chunk_free(table->names);
    g_free(table->name);
    g_free(table);
}

DebugSymbols *debug_symbols_new(void)
{
    DebugSymbols *symbols = g_new0(DebugSymbols, 1);
    symbols->tables = g_ptr_array_new_with_free_func(symbol_table_free);
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

/* Text of a file that somebody else made, for a terminal. */
static char *as_text(const char *name)
{
    char *text = g_utf8_make_valid(name, -1);
    for (char *at = text; *at; at++) {
        *at = g_ascii_iscntrl(*at) ? '?' : *at;
    }
    return text;
}

const char *symbol_table_keep(SymbolTable *table, const char *name)
{
    g_autofree char *text = as_text(name);
    size_t length = strlen(text);
    table->text_bytes += length + 1;
    if (length > NAME_LENGTH_MAX || table->text_bytes > TEXT_MAX) {
        table->is_full = true;
        return "?";
    }
    return g_string_chunk_insert(table->names, text);
}

/* Symbols of one section stand together: its name is kept once. */
static const char *keep_section(SymbolTable *table, const char *section)
{
    if (!section) {
        return NULL;
    }
    if (!table->section || strcmp(table->section, section) != 0) {
        table->section = symbol_table_keep(table, section);
    }
    return table->section;
}

void symbol_table_add(SymbolTable *table, const Symbol *symbol)
{
    if (!*symbol->name || table->is_full) {
        return;
    }
    Symbol copy = *symbol;
    copy.name = symbol_table_keep(table, symbol->name);
    copy.section = keep_section(table, symbol->section);
    g_array_append_val(table->symbols, copy);
    table->is_full |= table->symbols->len > SYMBOLS_MAX;
}

/* At one address, the one to show stands last: code, then global, then one that knows its size. */
static int compare(const void *left, const void *right)
{
    const Symbol *a = left, *b = right;
    if (a->addr != b->addr) {
        return a->addr < b->addr ? -1 : 1;
    }
    return (a->is_code - b->is_code) * 4 + (a->is_global - b->is_global) * 2 +
           ((a->size != 0) - (b->size != 0));
}

static void index_name(SymbolTable *table, guint index)
{
    const Symbol *symbol = &g_array_index(table->symbols, Symbol, index);
    guint old = GPOINTER_TO_UINT(g_hash_table_lookup(table->by_name, symbol->name));
    if (!old || (symbol->is_global && !g_array_index(table->symbols, Symbol, old - 1).is_global)) {
        g_hash_table_insert(table->by_name, (void *)symbol->name, GUINT_TO_POINTER(index + 1));
    }
}

/* The segment of the first function, else of whatever comes first. */
static unsigned code_segment(const SymbolTable *table)
{
    const Symbol *found = NULL;
    for (guint i = 0; i < table->symbols->len; i++) {
        const Symbol *symbol = &g_array_index(table->symbols, Symbol, i);
        if (!found || (symbol->is_code && (!found->is_code || symbol->addr < found->addr))) {
            found = symbol;
        }
    }
    return found ? found->addr >> 28 : 0;
}

size_t debug_symbols_finish_table(DebugSymbols *symbols, SymbolTable *table)
{
    g_array_sort(table->symbols, compare);
    for (guint i = 0; i < table->symbols->len; i++) {
        index_name(table, i);
    }
    if (table->lines) {
        line_table_finish(table->lines);
    }
    table->segment = code_segment(table);
    g_ptr_array_add(symbols->tables, table);
    return table->symbols->len;
}

static void describe_table(const SymbolTable *table, SymbolTableInfo *info)
{
    guint count = table->symbols->len;
    *info = (SymbolTableInfo){
        .name = table->name,
        .space = table->space,
        .is_main = table->is_main,
        .counts = {count, table->lines ? line_table_count(table->lines) : 0},
    };
    if (count) {
        info->low = g_array_index(table->symbols, Symbol, 0).addr;
        info->high = g_array_index(table->symbols, Symbol, count - 1).addr;
    }
}

void debug_symbols_for_each_table(const DebugSymbols *symbols,
                                  void (*visit)(const SymbolTableInfo *info, void *opaque),
                                  void *opaque)
{
    for (guint i = 0; i < symbols->tables->len; i++) {
        SymbolTableInfo info;
        describe_table(g_ptr_array_index(symbols->tables, i), &info);
        visit(&info, opaque);
    }
}

/* --- search -------------------------------------------------------------------------------------------- */

static bool read_vsid(CPUState *cpu, unsigned segment, uint32_t *vsid)
{
    uint64_t value;
    g_autofree char *name = g_strdup_printf("sr%u", segment);
    if (!cpu || !CPU_GET_CLASS(cpu)->get_register(cpu, name, &value)) {
        return false;
    }
    *vsid = value & 0xffffff;
    return true;
}

void symbol_table_bind(SymbolTable *table, CPUState *cpu)
{
    if (table->space.scope == SYMBOLS_IN_CURRENT &&
        read_vsid(cpu, code_segment(table), &table->space.vsid)) {
        table->space.scope = SYMBOLS_IN_CONTEXT;
    }
}

bool symbol_table_holds(const SymbolTable *table, CPUState *cpu)
{
    uint32_t vsid;
    return table->space.scope == SYMBOLS_ANYWHERE ||
           (read_vsid(cpu, table->segment, &vsid) && vsid == table->space.vsid);
}

static bool find_in(const SymbolTable *table, CPUState *cpu, const char *name, bool anywhere,
                    Symbol *symbol)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(table->by_name, name));
    if (!index) {
        return false;
    }
    *symbol = g_array_index(table->symbols, Symbol, index - 1);
    symbol->table = table->name;
    return anywhere || symbol_table_holds(table, cpu);
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

/* How many symbols lie at or before @ea. */
static guint count_before(const SymbolTable *table, uint32_t ea)
{
    guint low = 0, high = table->symbols->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(table->symbols, Symbol, middle).addr <= ea) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool reaches(const Symbol *symbol, uint32_t ea)
{
    return ea - symbol->addr < (symbol->size ? symbol->size : REACH_MAX);
}

/* The nearest symbol that reaches @ea: a label of no size, or a small object, may stand inside a larger
 * one. */
static bool find_at(const SymbolTable *table, uint32_t ea, Symbol *symbol)
{
    guint count = count_before(table, ea);
    for (guint i = count; i-- > 0 && count - i <= LOOK_BACK;) {
        *symbol = g_array_index(table->symbols, Symbol, i);
        symbol->table = table->name;
        if (reaches(symbol, ea)) {
            return true;
        }
    }
    return false;
}

/* What has a size surely reaches that far; of what has none, the nearest is the likeliest. */
static bool is_better(const Symbol *symbol, const Symbol *than)
{
    return !than->size && (symbol->size || symbol->addr > than->addr);
}

bool debug_symbols_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea, Symbol *symbol)
{
    bool is_found = false;
    for (guint i = symbols->tables->len; i-- > 0;) {
        const SymbolTable *table = g_ptr_array_index(symbols->tables, i);
        Symbol found;
        if (symbol_table_holds(table, cpu) && find_at(table, (uint32_t)ea, &found) &&
            (!is_found || is_better(&found, symbol))) {
            *symbol = found;
            is_found = true;
        }
    }
    return is_found;
}

/* The table that @ea belongs to. */
static const SymbolTable *table_at(const DebugSymbols *symbols, CPUState *cpu, uint32_t ea)
{
    const SymbolTable *elsewhere = NULL;
    for (guint i = symbols->tables->len; i-- > 0;) {
        const SymbolTable *table = g_ptr_array_index(symbols->tables, i);
        Symbol symbol;
        if (!find_at(table, ea, &symbol)) {
            continue;
        }
        if (symbol_table_holds(table, cpu)) {
            return table;
        }
        elsewhere = elsewhere ? elsewhere : table;
    }
    return elsewhere;
}

bool debug_symbols_space_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea,
                            unsigned *segment, uint32_t *vsid)
{
    const SymbolTable *table = table_at(symbols, cpu, (uint32_t)ea);
    if (!table || table->space.scope == SYMBOLS_ANYWHERE) {
        return false;
    }
    *segment = table->segment;
    *vsid = table->space.vsid;
    return true;
}

uint64_t debug_symbols_end(const DebugSymbols *symbols, CPUState *cpu, const Symbol *symbol)
{
    uint64_t end = (uint64_t)symbol->addr + (symbol->size ? symbol->size : 4);
    Symbol at;
    while (!symbol->size && end < symbol->addr + UINT64_C(0x10000) &&
           debug_symbols_at(symbols, cpu, (target_addr)end, &at) && at.addr == symbol->addr) {
        end += 4;
    }
    return MIN(end, UINT64_C(1) << 32);
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

/* --- source lines -------------------------------------------------------------------------------------- */

bool debug_symbols_line_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea,
                           SourceLine *line)
{
    for (guint i = symbols->tables->len; i-- > 0;) {
        const SymbolTable *table = g_ptr_array_index(symbols->tables, i);
        if (table->lines && symbol_table_holds(table, cpu) &&
            line_table_at(table->lines, (uint32_t)ea, line)) {
            return true;
        }
    }
    return false;
}

bool debug_symbols_line_address(const DebugSymbols *symbols, const char *file, unsigned line,
                                uint64_t *addr)
{
    uint32_t found;
    for (guint i = symbols->tables->len; i-- > 0;) {
        const SymbolTable *table = g_ptr_array_index(symbols->tables, i);
        if (table->lines && line_table_find(table->lines, file, line, &found)) {
            *addr = found;
            return true;
        }
    }
    return false;
}
