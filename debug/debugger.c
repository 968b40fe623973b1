/* SPDX-License-Identifier: MIT */
/*
 * What a user who watches a guest has gathered.
 *
 * Source: none (own design).
 */
#include "debug/debugger.h"

#include <inttypes.h>

Debugger *debugger_new(MachineState *machine)
{
    Debugger *debugger = g_new0(Debugger, 1);
    *debugger = (Debugger){
        .machine = machine,
        .cpu = machine->cpu,
        .symbols = debug_symbols_new(),
        .sources = debug_sources_new(),
    };
    return debugger;
}

void debugger_free(Debugger *debugger)
{
    debug_symbols_free(debugger->symbols);
    debug_sources_free(debugger->sources);
    g_free(debugger);
}

void debugger_print_address(const Debugger *debugger, target_addr ea, GString *out)
{
    g_string_append_printf(out, "%08" PRIx32, (uint32_t)ea);
    g_autofree char *name = debug_symbols_describe(debugger->symbols, debugger->cpu, ea);
    if (name) {
        g_string_append_printf(out, " <%s>", name);
    }
}
