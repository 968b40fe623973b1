/* SPDX-License-Identifier: MIT */
/*
 * i, o, nmi, gva2gpa, gpa2hva: QEMU's verbs on ports, lines and addresses.
 *
 * Source: QEMU's console as users know it. A port is one of the main PCI host's I/O window (0xf2000000).
 * Reading one may change the device, so that both verbs are inputs and want a stopped machine.
 */
#include "monitor/actions.h"
#include "monitor/format.h"

#include <inttypes.h>

enum { PORTS = 0x800000 };

/* "/b", "/xw": size and letter; words and bytes as QEMU, without count. */
static bool parse_port_format(Command *command, Examine *examine)
{
    Error *err = NULL;
    *examine = (Examine){.format = 'x', .size = 1};
    if (!format_parse(examine, command->format, &err)) {
        command_fail(command, err);
        return false;
    }
    if (examine->count != 1 || examine->size > 4 || examine->format == 's' ||
        examine->format == 'i') {
        g_string_append(command->out, "a port has one unit of b, h or w\n");
        return false;
    }
    return true;
}

static bool parse_port(Command *command, const char **text, unsigned size, uint64_t *port)
{
    if (!command_evaluate(command, command->args, text, port)) {
        return false;
    }
    if (*port > PORTS - size) {
        g_string_append_printf(command->out, "ports go up to 0x%x\n", PORTS - 1);
        return false;
    }
    return true;
}

static char size_letter(unsigned size) { return size == 1 ? 'b' : size == 2 ? 'w' : 'l'; }

void command_i(Command *command)
{
    Examine examine;
    uint64_t port;
    if (!parse_port_format(command, &examine) || !parse_port(command, NULL, examine.size, &port) ||
        !action_check_stopped(command)) {
        return;
    }
    g_autofree char *action = g_strdup_printf("port-read\n%" PRIx64 "\n%x", port, examine.size);
    if (action_take(command, action)) {
        g_string_append_printf(command->out,
                               "port%c[0x%04" PRIx64 "] = ", size_letter(examine.size), port);
        format_append(command->hub->debugger, &examine, command->hub->action_value, true,
                      command->out);
        g_string_append_c(command->out, '\n');
    }
}

void command_o(Command *command)
{
    Examine examine;
    const char *text;
    uint64_t port, value;
    if (!parse_port_format(command, &examine) || !parse_port(command, &text, examine.size, &port)) {
        return;
    }
    if (!*text) {
        g_string_append(command->out, "expected: o/FMT PORT VALUE\n");
        return;
    }
    if (!command_evaluate(command, text, NULL, &value) || !action_check_stopped(command)) {
        return;
    }
    g_autofree char *action = g_strdup_printf("port-write\n%" PRIx64 "\n%x\n%" PRIx64, port,
                                              examine.size, value);
    action_take(command, action);
}

void command_nmi(Command *command)
{
    if (machine_run_state(command->machine) != RUN_RUNNING) {
        action_take(command, "nmi");
    } else {
        action_post(command, "nmi"); /* at the next event point */
    }
}

/* --- addresses ---------------------------------------------------------------------------------------------- */

void command_gva2gpa(Command *command)
{
    uint64_t addr;
    hwaddr pa;
    if (!command_evaluate(command, command->args, NULL, &addr)) {
        return;
    }
    CPUClass *class = CPU_GET_CLASS(command->cpu);
    if (addr > UINT32_MAX || (!class->translate_debug(command->cpu, addr, false, &pa) &&
                              !class->translate_debug(command->cpu, addr, true, &pa))) {
        g_string_append(command->out, "Unmapped\n");
        return;
    }
    g_string_append_printf(command->out, "gpa: %#" PRIx64 "\n", pa);
}

void command_gpa2hva(Command *command)
{
    g_string_append(command->out, "gpa2hva is refused: the host's addresses are no part of the "
                                  "machine and differ from run to run\n");
}

void command_system_powerdown(Command *command)
{
    g_string_append(command->out,
                    "system_powerdown is refused: neither PMU nor CUDA of this board has a power "
                    "button that its guests ask for; `sendkey power` is the keyboard's key\n");
}
