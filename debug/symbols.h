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
#include "util/error.h"

/* All tables of a machine; later ones win. */
typedef struct DebugSymbols DebugSymbols;
typedef struct SymbolTable SymbolTable;

/* Where a table holds. */
typedef enum SymbolScope {
    SYMBOLS_ANYWHERE,
    SYMBOLS_IN_CONTEXT, /* where the segment register of the table's code has SymbolSpace.vsid */
    SYMBOLS_IN_CURRENT, /* asked of a loader: the context that the processor is in now */
} SymbolScope;

typedef struct SymbolSpace {
    SymbolScope scope;
    uint32_t vsid;
} SymbolSpace;

typedef struct Symbol {
    const char *name;    /* lent by the table */
    const char *section; /* ".text"; NULL: not known; lent by the table */
    uint32_t addr;
    uint32_t size; /* bytes; 0: up to the next symbol */
    bool is_code;
    bool is_global;    /* of two of one name, or at one address, a global one is found first */
    const char *table; /* set by searches: what the table is shown as; lent by the table */
} Symbol;

/* The code of one source line that lies at one stretch. */
typedef struct SourceLine {
    const char *file;      /* as the compiler was told, or absolute; lent by the table */
    const char *directory; /* what a relative @file is relative to; NULL: not known; lent */
    unsigned line;         /* from 1 */
    uint32_t start, end;   /* [start, end) */
} SourceLine;

DebugSymbols *debug_symbols_new(void);
void debug_symbols_free(DebugSymbols *symbols);

/* An empty table, shown as @name; add to it, then debug_symbols_finish_table(). */
SymbolTable *debug_symbols_add_table(DebugSymbols *symbols, const char *name, SymbolSpace space);
/* @symbol.name and .section are copied. Empty names are left out, what is not text becomes '?'. */
void symbol_table_add(SymbolTable *table, const Symbol *symbol);
/* Sorts; lookups see the table from now on. Returns how many symbols it has. */
size_t debug_symbols_finish_table(DebugSymbols *symbols, SymbolTable *table);
/* A table of the symbols and lines in the file at @path, whatever its format, each @offset further up.
 * *@count is how many symbols it has. False: no file of symbols, damaged, or it has none. */
bool debug_symbols_load(DebugSymbols *symbols, const char *path, uint32_t offset, SymbolSpace space,
                        size_t *count, Error **errp);

/* What a table holds. */
typedef struct SymbolCounts {
    size_t symbols, lines; /* lines: entries of line tables */
} SymbolCounts;

typedef struct SymbolTableInfo {
    const char *name;
    SymbolSpace space;
    bool is_main;       /* the next main table takes its place */
    uint32_t low, high; /* of the first and the last symbol */
    SymbolCounts counts;
} SymbolTableInfo;

/* Oldest first. */
void debug_symbols_for_each_table(const DebugSymbols *symbols,
                                  void (*visit)(const SymbolTableInfo *info, void *opaque),
                                  void *opaque);
/* All tables go. */
void debug_symbols_clear(DebugSymbols *symbols);

/* By name, in the tables that hold where @cpu stands first; false: nobody knows it. */
bool debug_symbols_find(const DebugSymbols *symbols, CPUState *cpu, const char *name,
                        Symbol *symbol);
/* The symbol @ea lies in (the last one at or before it, inside its size); false: none. */
bool debug_symbols_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea, Symbol *symbol);
/* Do the symbols and lines around @ea hold in one space only? Then *@vsid is in segment register *@segment
 * there. Of several tables, one that holds where @cpu stands decides. */
bool debug_symbols_space_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea,
                            unsigned *segment, uint32_t *vsid);
/* Where @symbol ends: one without a size at the next one, or after 64 KiB. */
uint64_t debug_symbols_end(const DebugSymbols *symbols, CPUState *cpu, const Symbol *symbol);
/* "main+0x20" or "main"; NULL: no symbol. Free with g_free(). */
char *debug_symbols_describe(const DebugSymbols *symbols, CPUState *cpu, target_addr ea);
/* Names that begin with @prefix, sorted, at most @limit. Free with g_strfreev(). */
char **debug_symbols_complete(const DebugSymbols *symbols, const char *prefix, size_t limit);

/* The source line of the code at @ea; false: not known. */
bool debug_symbols_line_at(const DebugSymbols *symbols, CPUState *cpu, target_addr ea,
                           SourceLine *line);
/* Where the code of @line of @file begins, or of the first line behind it that has code. @file: the end
 * of a path, whole names only: "file.c", "lib/file.c". False: no such file, or no code from there on. */
bool debug_symbols_line_address(const DebugSymbols *symbols, const char *file, unsigned line,
                                uint64_t *addr);

#endif
