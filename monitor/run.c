/* SPDX-License-Identifier: MIT */
/*
 * Running and stepping from the console: stepi, cont, stop, breakpoints.
 *
 * stepi runs the machine thread up to an instruction count, whatever the number: a nap or a million
 * instructions do not hold up the main loop, and Ctrl-C or `stop` ends them. The machine's event that
 * follows ends the command (hub.c).
 */
#include "monitor/internal.h"
#include "target-ppc/decode.h"
#include "util/bits.h"
#include "util/options.h"

#include <inttypes.h>

/* --- where the guest stands --------------------------------------------------------------------------- */

void run_print_position(MachineState *machine, GString *out)
{
    CPUState *cpu = machine->cpu;
    target_addr pc = CPU_GET_CLASS(cpu)->get_pc(cpu);
    uint8_t bytes[4];
    hwaddr pa;
    g_string_append_printf(out, "%08" PRIx32 ": ", (uint32_t)pc);
    if (!CPU_GET_CLASS(cpu)->translate_debug(cpu, pc, true, &pa)) {
        g_string_append(out, "not mapped\n");
    } else if (!address_space_peek(cpu->as, pa, bytes, sizeof(bytes))) {
        g_string_append(out, "not RAM: peek refused\n");
    } else {
        g_string_append_printf(out, "%08" PRIx32 "  ", (uint32_t)ldl_be_p(bytes));
        ppc_disasm(ldl_be_p(bytes), pc, out);
        g_string_append_c(out, '\n');
    }
}

/* --- running ------------------------------------------------------------------------------------------- */

static bool check_can_run(Command *command)
{
    switch (machine_run_state(command->machine)) {
    case RUN_SHUTDOWN:
        g_string_append(command->out, "the guest has shut down; system_reset first\n");
        return false;
    case RUN_RUNNING:
        g_string_append(command->out, "the machine is running\n");
        return false;
    case RUN_PRELAUNCH:
    case RUN_PAUSED:
        return true;
    }
    g_assert_not_reached();
}

void command_stepi(Command *command)
{
    Error *err = NULL;
    uint64_t count = 1;
    if (*command->args && !parse_number(command->args, &count, &err)) {
        command_fail(command, err);
        return;
    }
    if (!check_can_run(command) || count == 0) {
        return;
    }
    uint64_t icount = *clock_icount(command->machine->clock);
    command->hub->is_stepping = true;
    clock_set_stop_icount(command->machine->clock,
                          count < CLOCK_NEVER - icount ? icount + count : CLOCK_NEVER);
    machine_run(command->machine);
}

void command_cont(Command *command)
{
    if (check_can_run(command)) {
        machine_run(command->machine);
    }
}

void run_pause(MonitorHub *hub)
{
    hub->is_interrupted = hub->is_stepping;
    machine_pause(hub->machine);
}

void command_stop(Command *command)
{
    if (machine_run_state(command->machine) != RUN_RUNNING) {
        g_string_append(command->out, "the machine is stopped\n");
        return;
    }
    run_pause(command->hub);
    if (!command->hub->is_stepping) {
        run_print_position(command->machine, command->out);
    }
}

/* --- breakpoints ------------------------------------------------------------------------------------------ */

static bool parse_address(Command *command, uint64_t *addr)
{
    Error *err = NULL;
    const char *text = command->args + (*command->args == '*');
    if (!expression_evaluate(command->cpu, text, NULL, addr, &err)) {
        command_fail(command, err);
        return false;
    }
    return true;
}

/* Index of the breakpoint at @addr, or -1. */
static int find_address(const MonitorHub *hub, target_addr addr)
{
    for (guint i = 0; i < hub->breakpoints->len; i++) {
        if (g_array_index(hub->breakpoints, Breakpoint, i).addr == addr) {
            return (int)i;
        }
    }
    return -1;
}

static int find_number(const MonitorHub *hub, uint64_t number)
{
    for (guint i = 0; i < hub->breakpoints->len; i++) {
        if (g_array_index(hub->breakpoints, Breakpoint, i).number == number) {
            return (int)i;
        }
    }
    return -1;
}

void command_break(Command *command)
{
    uint64_t value;
    if (!*command->args) {
        info_breakpoints(command);
        return;
    }
    if (!parse_address(command, &value)) {
        return;
    }
    if (value > UINT32_MAX || value & 3) {
        g_string_append(command->out, "an instruction's address is a multiple of 4 in 32 bits\n");
        return;
    }
    MonitorHub *hub = command->hub;
    Breakpoint breakpoint = {.number = hub->last_breakpoint + 1, .addr = (target_addr)value};
    if (find_address(hub, breakpoint.addr) >= 0) {
        g_string_append(command->out, "there is one already\n");
        return;
    }
    hub->last_breakpoint++;
    g_array_append_val(hub->breakpoints, breakpoint);
    g_hash_table_add(command->cpu->breakpoints, GUINT_TO_POINTER(breakpoint.addr));
    g_string_append_printf(command->out, "breakpoint %u at %08" PRIx32 "\n", breakpoint.number,
                           (uint32_t)breakpoint.addr);
}

static void delete_at(Command *command, guint index)
{
    GArray *breakpoints = command->hub->breakpoints;
    target_addr addr = g_array_index(breakpoints, Breakpoint, index).addr;
    g_hash_table_remove(command->cpu->breakpoints, GUINT_TO_POINTER(addr));
    g_array_remove_index(breakpoints, index);
}

/* A number that names a breakpoint comes before an address. */
void command_delete(Command *command)
{
    MonitorHub *hub = command->hub;
    uint64_t value;
    while (!*command->args && hub->breakpoints->len) {
        delete_at(command, hub->breakpoints->len - 1);
    }
    if (!*command->args || !parse_address(command, &value)) {
        return;
    }
    int index = *command->args == '*' ? -1 : find_number(hub, value);
    if (index < 0) {
        index = find_address(hub, (target_addr)value);
    }
    if (index < 0) {
        g_string_append(command->out, "no such breakpoint\n");
        return;
    }
    delete_at(command, (guint)index);
}

void info_breakpoints(Command *command)
{
    const GArray *breakpoints = command->hub->breakpoints;
    if (!breakpoints->len) {
        g_string_append(command->out, "no breakpoints\n");
    }
    for (guint i = 0; i < breakpoints->len; i++) {
        const Breakpoint *breakpoint = &g_array_index(breakpoints, Breakpoint, i);
        g_string_append_printf(command->out, "%-3u %08" PRIx32 "  hits %" PRIu64 "\n",
                               breakpoint->number, (uint32_t)breakpoint->addr, breakpoint->hits);
    }
}
