/* SPDX-License-Identifier: MIT */
/*
 * `gdbserver [ADDRESS]`: where gdb finds this machine. The server itself is a higher floor's.
 *
 * Source: QEMU's console as users know it (users.md 3.2).
 */
#include "monitor/internal.h"

void monitor_hub_set_gdbserver_hook(MonitorHub *hub, MonitorGdbserverHook *hook, void *opaque)
{
    hub->gdbserver_hook = hook;
    hub->gdbserver_opaque = opaque;
}

void command_gdbserver(Command *command)
{
    const MonitorHub *hub = command->hub;
    const char *address = *command->args ? command->args : NULL;
    Error *err = NULL;
    if (!hub->gdbserver_hook) {
        g_string_append(command->out, "this run has no gdb server\n");
    } else if (!hub->gdbserver_hook(hub->gdbserver_opaque, address, &err)) {
        command_fail(command, err);
    } else if (address && g_str_equal(address, "none")) {
        g_string_append(command->out, "Disabled gdbserver\n");
    } else {
        g_string_append_printf(command->out, "Waiting for gdb connection on device '%s'\n",
                               address ? address : "tcp::1234");
    }
}
