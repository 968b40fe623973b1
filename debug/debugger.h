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
#include "hw/core/machine.h"

typedef struct Debugger {
    MachineState *machine;
    CPUState *cpu;
    DebugSymbols *symbols; /* owned */
    DebugSources *sources; /* owned */
} Debugger;

/* After machine_init(); before the machine goes. */
Debugger *debugger_new(MachineState *machine);
void debugger_free(Debugger *debugger);

/* "fff00100 <main+0x20>", the symbol only if one is known. */
void debugger_print_address(const Debugger *debugger, target_addr ea, GString *out);

#endif
