/* SPDX-License-Identifier: MIT */
/*
 * What a user who watches a guest has gathered: symbols, variables. One for console and gdb stub.
 *
 * Host side: no guest-visible bit and no state hash depends on it. Context: token holder; what runs while
 * the guest does (conditions) only reads.
 */
#ifndef DEBUG_DEBUGGER_H
#define DEBUG_DEBUGGER_H

#include "debug/sources.h"
#include "debug/symbols.h"
#include "debug/variables.h"
#include "hw/core/machine.h"

typedef struct Debugger {
    MachineState *machine;
    CPUState *cpu;
    DebugSymbols *symbols;        /* owned */
    DebugSources *sources;        /* owned */
    struct ExecTrace *exec_trace; /* owned; NULL: none under way */
    DebugVariables *variables;    /* owned */
} Debugger;

/* After machine_init(); before the machine goes. */
Debugger *debugger_new(MachineState *machine);
void debugger_free(Debugger *debugger);

/* What to load. */
typedef struct SymbolLoad {
    const char *path; /* "kallsyms": of the Linux in guest memory */
    uint32_t offset;  /* added to all addresses */
    bool has_text;
    uint32_t text; /* instead of an offset: where .text lies */
    bool is_main;  /* in place of the main table before it */
    SymbolSpace space;
} SymbolLoad;

bool debugger_load_symbols(Debugger *debugger, const SymbolLoad *load, SymbolCounts *counts,
                           Error **errp);
/* Those of -kernel, if it is an ELF file that has some. */
void debugger_load_kernel_symbols(Debugger *debugger);

/* "fff00100 <main+0x20>", the symbol only if one is known. */
void debugger_print_address(const Debugger *debugger, target_addr ea, GString *out);

#endif
