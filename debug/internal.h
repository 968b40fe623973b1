/* SPDX-License-Identifier: MIT */
/* What the files of debug/ that make and search tables of symbols share. */
#ifndef DEBUG_INTERNAL_H
#define DEBUG_INTERNAL_H

#include "debug/symbols.h"

/* --- symbols_lines.c: which source line the code at an address comes from ------------------------------ */

typedef struct LineTable LineTable;

/* Where a line begins; it goes on to the next row. */
typedef struct LineRow {
    uint32_t addr;
    uint32_t file;     /* of line_table_file() */
    uint32_t line;     /* 0: from here on no line is known */
    bool is_statement; /* a place to stop at */
    bool is_end;       /* of a sequence: gives way to a row at the same address */
} LineRow;

LineTable *line_table_new(void);
void line_table_free(LineTable *lines); /* NULL is allowed */
/* Names live as long as the table. The same @name (by pointer) may be given many times. */
uint32_t line_table_file(LineTable *lines, const char *name, const char *directory);
/* False: too many. */
bool line_table_add(LineTable *lines, const LineRow *row);
/* Sorts; then it can be searched. */
void line_table_finish(LineTable *lines);
size_t line_table_count(const LineTable *lines);
bool line_table_at(const LineTable *lines, uint32_t ea, SourceLine *line);
bool line_table_find(const LineTable *lines, const char *file, unsigned line, uint32_t *addr);

/* --- tables ---------------------------------------------------------------------------------------------- */

struct SymbolTable {
    char *name;
    SymbolSpace space;
    GStringChunk *names;
    GArray *symbols;     /* Symbol, by address once finished */
    GHashTable *by_name; /* index + 1 into symbols */
    LineTable *lines;    /* owned; NULL: none known */
    const char *section; /* of the symbol added last */
    size_t text_bytes;   /* in names */
    bool is_full;        /* something did not fit any more */
    bool is_main;
    unsigned segment; /* of its code, once finished: tells whether a space is the table's */
};

struct DebugSymbols {
    GPtrArray *tables; /* SymbolTable *, finished ones, oldest first */
};

/* Where a table of SYMBOLS_IN_CURRENT holds from now on; before it is finished. */
void symbol_table_bind(SymbolTable *table, CPUState *cpu);
/* A table that was not finished. */
void symbol_table_free(void *table);
/* A copy of @name that lives as long as @table, fit for a terminal. */
const char *symbol_table_keep(SymbolTable *table, const char *name);
/* Does @table hold in the space that @cpu is in? */
bool symbol_table_holds(const SymbolTable *table, CPUState *cpu);

/* --- one format each: what the file holds goes into @table, @offset further up ---------------------------- */

typedef struct SymbolFile {
    const char *path; /* for messages */
    const uint8_t *data;
    size_t size;
    uint32_t offset;
    bool has_text;
    uint32_t text; /* where .text lies, instead of an offset */
} SymbolFile;

/* By the first bytes of the file. */
bool symbols_elf_is(const SymbolFile *file);
bool symbols_elf_read(const SymbolFile *file, SymbolTable *table, Error **errp);

bool symbols_macho_is(const SymbolFile *file);
bool symbols_macho_read(const SymbolFile *file, SymbolTable *table, Error **errp);
bool symbols_map_is(const SymbolFile *file);
bool symbols_map_read(const SymbolFile *file, SymbolTable *table, Error **errp);

/* The symbols that a Linux in the @ram_size bytes of @as from 0 on keeps of itself. Memory is peeked. */
bool symbols_kallsyms_read(AddressSpace *as, uint64_t ram_size, SymbolTable *table, Error **errp);

/* symbols_dwarf.c: the line tables of an ELF file (struct Elf of libelf). Damaged ones are left out: symbols are
 * worth having without. */
void symbols_dwarf_read(void *elf, const SymbolFile *file, SymbolTable *table);

#endif
