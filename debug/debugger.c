/* SPDX-License-Identifier: MIT */
/*
 * What a user who watches a guest has gathered.
 *
 * Source: none (own design).
 */
#include "debug/debugger.h"

#include "debug/exec_trace.h"
#include "util/log.h"

#include <inttypes.h>

/* -d in_asm,exec: on the thread that runs the guest. */
static char *log_symbol_of(void *opaque, uint32_t pc)
{
    const Debugger *debugger = opaque;
    return debug_symbols_describe(debugger->symbols, debugger->cpu, pc);
}

Debugger *debugger_new(MachineState *machine)
{
    Debugger *debugger = g_new0(Debugger, 1);
    *debugger = (Debugger){
        .machine = machine,
        .cpu = machine->cpu,
        .symbols = debug_symbols_new(),
        .sources = debug_sources_new(),
        .variables = debug_variables_new(),
    };
    log_set_symbol_hook(log_symbol_of, debugger);
    return debugger;
}

void debugger_free(Debugger *debugger)
{
    log_set_symbol_hook(NULL, NULL);
    exec_trace_stop(debugger, NULL);
    debug_symbols_free(debugger->symbols);
    debug_sources_free(debugger->sources);
    debug_variables_free(debugger->variables);
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
