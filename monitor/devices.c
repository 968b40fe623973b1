/* SPDX-License-Identifier: MIT */
/*
 * device_add, device_del; balloon and `info balloon`.
 *
 * Source: names and forms as in QEMU's console. Not here: hot plug by request and eject, which ACPI gives a
 * PC; a card is gone when device_del returns.
 */
#include "hw/core/qdev.h"
#include "monitor/actions.h"
#include "util/options.h"

#define TYPE_BALLOON "virtio-balloon-device"

/* --- cards ------------------------------------------------------------------------------------------------ */

bool action_device_add(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    return qdev_device_add(args[0], errp) != NULL;
}

bool action_device_del(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    return qdev_device_del(args[0], errp);
}

/* "help" and "TYPE,help": true if @command asked for that. */
static bool gave_help(Command *command)
{
    Error *err = NULL;
    g_autoptr(Options) opts = options_parse(command->args, "driver", NULL, NULL);
    const char *type = opts ? options_get(opts, "driver") : NULL;
    if (!opts || !options_wants_help(opts)) {
        return false;
    }
    bool is_list = !type || g_str_equal(type, "help") || g_str_equal(type, "?");
    g_autofree char *text = qdev_device_help(is_list ? NULL : type, &err);
    if (text) {
        g_string_append(command->out, text);
    } else {
        command_fail(command, err);
    }
    return true;
}

void command_device_add(Command *command)
{
    if (!*command->args || !gave_help(command)) {
        action_take_rest(command, "device_add",
                         "expected: device_add TYPE[,id=ID][,PROPERTY=VALUE...]");
    }
}

void command_device_del(Command *command)
{
    action_take_rest(command, "device_del", "expected: device_del ID");
}

/* --- the balloon -------------------------------------------------------------------------------------------- */

static Object *find_balloon(Error **errp)
{
    Object *balloon = object_resolve_path_type("virtio-backend", TYPE_BALLOON, NULL);
    if (!balloon) {
        error_setg(errp, "no balloon device; -device virtio-balloon-pci adds one");
    }
    return balloon;
}

/* args[0]: bytes, decimal */
bool action_balloon(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    Object *balloon = find_balloon(errp);
    return balloon && object_property_parse(balloon, "target", args[0], errp);
}

/* QEMU's `balloon` takes MiB, or a size with its suffix. */
void command_balloon(Command *command)
{
    Error *err = NULL;
    uint64_t bytes;
    if (!parse_size(command->args, 1 << 20, &bytes, &err)) {
        error_free(err);
        command_refuse(command, "expected: balloon SIZE, in MiB unless it has a suffix");
        return;
    }
    g_autofree char *action = g_strdup_printf("balloon\n%" G_GUINT64_FORMAT, bytes);
    action_take(command, action);
}

void info_balloon(Command *command)
{
    Error *err = NULL;
    Object *balloon = find_balloon(&err);
    if (!balloon) {
        command_fail(command, err);
        return;
    }
    uint64_t actual = object_property_get_uint(balloon, "actual", &error_abort);
    g_string_append_printf(command->out, "balloon: actual=%" G_GUINT64_FORMAT "\n", actual >> 20);
}
