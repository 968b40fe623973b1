/* SPDX-License-Identifier: MIT */
/*
 * Names of guest addresses: tables of symbols, each valid in one address space or in all.
 *
 * Files and kernels are hostile input: whatever they hold, a table is made or one Error told. Context:
 * token holder; lookups also on the thread that runs the guest.
 */
#ifndef DEBUG_SYMBOLS_H
#define DEBUG_SYMBOLS_H

#include "hw/core/cpu.h"

/* All tables of a machine; later ones win. */
typedef struct DebugSymbols DebugSymbols;
typedef struct SymbolTable SymbolTable;

/* Where a table holds. */
typedef enum SymbolScope {
    SYMBOLS_ANYWHERE,
    SYMBOLS_IN_CONTEXT, /* where the segment register of the address has SymbolSpace.vsid */
} SymbolScope;

typedef struct SymbolSpace {
    SymbolScope scope;
    uint32_t vsid;
} SymbolSpace;

typedef struct Symbol {
    const char *name; /* lent by the table */
    uint32_t addr;
    uint32_t size; /* bytes; 0: up to the next symbol */
    bool is_code;
} Symbol;

DebugSymbols *debug_symbols_new(void);
void debug_symbols_free(DebugSymbols *symbols);

/* An empty table, shown as @name; add to it, then debug_symbols_finish_table(). */
SymbolTable *debug_symbols_add_table(DebugSymbols *symbols, const char *name, SymbolSpace space);
/* @symbol.name is copied. Empty names are left out. */
void symbol_table_add(SymbolTable *table, const Symbol *symbol);
/* Sorts; lookups see the table from now on. Returns how many symbols it has. */
size_t debug_symbols_finish_table(DebugSymbols *symbols, SymbolTable *table);
/* All tables go. */
void debug_symbols_clear(DebugSymbols *symbols);

/* By name, in the tables that hold where @cpu stands first; false: nobody knows it. */
bool debug_symbols_find(const DebugSymbols *symbols, CPUState *cpu, const char *name,
                        Symbol *symbol);
/* The symbol @ea lies in (the last one at or before it, inside its size); false: none. */
bool debug_symbols_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea, Symbol *symbol);
/* "main+0x20" or "main"; NULL: no symbol. Free with g_free(). */
char *debug_symbols_describe(const DebugSymbols *symbols, CPUState *cpu, target_addr ea);
/* Names that begin with @prefix, sorted, at most @limit. Free with g_strfreev(). */
char **debug_symbols_complete(const DebugSymbols *symbols, const char *prefix, size_t limit);

#endif
