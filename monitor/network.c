/* SPDX-License-Identifier: MIT */
/*
 * Networks on the console: info network and usernet, forwarded ports, back ends, cables.
 *
 * Back ends and cables are posted as actions, so that a replay has them, too; ports of the host are not
 * the guest's. Source: names and arguments as in QEMU's console.
 */
#include "monitor/actions.h"
#include "net/net.h"

#include <string.h>

void info_network(Command *command) { net_info(command->out); }

void info_usernet(Command *command) { net_info_user(command->out); }

/* --- forwarded ports -------------------------------------------------------------------------------- */

/* "[NETDEV] RULE" */
static void change_hostfwd(Command *command,
                           bool (*change)(const char *id, const char *rule, Error **errp))
{
    Error *err = NULL;
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 2);
    guint count = g_strv_length(words);
    if (count == 0 || !*words[0]) {
        command_refuse(command, "expected: [NETDEV] RULE");
        return;
    }
    const char *id = count == 2 ? words[0] : NULL;
    if (!change(id, g_strstrip(words[count - 1]), &err)) {
        command_fail(command, err);
    }
}

void command_hostfwd_add(Command *command) { change_hostfwd(command, net_user_hostfwd_add); }

void command_hostfwd_remove(Command *command) { change_hostfwd(command, net_user_hostfwd_remove); }

/* --- back ends and cables ------------------------------------------------------------------------------ */

void command_netdev_add(Command *command)
{
    char *help = net_client_help(command->args);
    if (help) {
        g_string_append(command->out, help);
        g_free(help);
        return;
    }
    action_take_rest(command, "netdev-add", "expected: TYPE,id=ID[,PROP=VALUE]...");
}

void command_netdev_del(Command *command)
{
    action_take_rest(command, "netdev-del", "expected: ID");
}

void command_set_link(Command *command)
{
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 2);
    const char *state = g_strv_length(words) == 2 ? g_strstrip(words[1]) : "";
    if (!g_str_equal(state, "on") && !g_str_equal(state, "off")) {
        command_refuse(command, "expected: NAME on|off");
        return;
    }
    g_autofree char *text = g_strdup_printf("set-link\n%s\n%s", words[0], state);
    action_take(command, text);
}
