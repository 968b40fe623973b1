/* SPDX-License-Identifier: MIT */
/*
 * `nvram list`, `nvram set`, `nvram reset`: Open Firmware variables as they are stored.
 *
 * Changes are posted as actions, so that a replay has them, too. Source: own design (users.md 2, item 20).
 */
#include "hw/nvram/mac_nvram.h"
#include "monitor/actions.h"

#include <string.h>

static DeviceState *find_nvram(Error **errp)
{
    Object *nvram = object_resolve_path_type("nvram", TYPE_MAC_NVRAM, NULL);
    if (!nvram) {
        error_setg(errp, "this machine has no NVRAM");
        return NULL;
    }
    return DEVICE(nvram);
}

bool action_nvram_set(G_GNUC_UNUSED MonitorHub *hub, char **args, Error **errp)
{
    DeviceState *nvram = find_nvram(errp);
    return nvram && mac_nvram_set(nvram, args[0], errp);
}

bool action_nvram_reset(G_GNUC_UNUSED MonitorHub *hub, G_GNUC_UNUSED char **args, Error **errp)
{
    DeviceState *nvram = find_nvram(errp);
    if (nvram) {
        mac_nvram_clear(nvram);
    }
    return nvram != NULL;
}

static void list(Command *command)
{
    Error *err = NULL;
    DeviceState *nvram = find_nvram(&err);
    if (!nvram) {
        command_fail(command, err);
        return;
    }
    mac_nvram_list(nvram, command->out);
}

/* "NAME=VALUE", "NAME VALUE": the value is the rest of the line. */
static void set(Command *command, const char *text)
{
    size_t length = strcspn(text, "= \t");
    const char *value = text + length;
    value += strspn(value, " \t");
    value += *value == '=';
    if (!length || !text[length]) {
        command_refuse(command, "expected: nvram set NAME=VALUE");
        return;
    }
    g_autofree char *action = g_strdup_printf("nvram-set\n%.*s=%s", (int)length, text, value);
    action_take(command, action);
}

void command_nvram(Command *command)
{
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 2);
    const char *verb = words[0] ? words[0] : "";
    const char *rest = words[0] && words[1] ? g_strstrip(words[1]) : "";
    if (g_str_equal(verb, "list") && !*rest) {
        list(command);
    } else if (g_str_equal(verb, "set")) {
        set(command, rest);
    } else if (g_str_equal(verb, "reset") && !*rest) {
        action_take(command, "nvram-reset");
    } else {
        command_refuse(command, "expected: nvram list, nvram set NAME=VALUE or nvram reset");
    }
}
