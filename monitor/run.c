/* SPDX-License-Identifier: MIT */
/*
 * Running and stepping from the console: stepi, cont, stop.
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
        displays_print(command->hub, command->out);
    }
}
