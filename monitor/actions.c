/* SPDX-License-Identifier: MIT */
/*
 * Console actions that change the guest: system_reset, qom-set; and qom-list and qom-get.
 *
 * The outside speaks to the guest in inputs (design.md 1): an action is a text posted as input
 * "monitor" and carried out by its handler, in a live run and in a replay alike.
 */
#include "monitor/actions.h"

#include <string.h>

#define INPUT_NAME "monitor"

/* --- the guest's side ---------------------------------------------------------------------------------- */

static bool find_object(const char *path, Object **obj, Error **errp)
{
    bool is_ambiguous = false;
    *obj = object_resolve_path(path, &is_ambiguous);
    if (*obj) {
        return true;
    }
    return is_ambiguous ? error_setg(errp, "path '%s' fits several objects", path)
                        : error_setg(errp, "no object '%s'; `info qom-tree` shows them", path);
}

/* @words: path, property, value */
static bool set_property(char **words, Error **errp)
{
    Object *obj;
    if (!find_object(words[0], &obj, errp)) {
        return false;
    }
    if (g_str_equal(words[1], "realized") && object_dynamic_cast(obj, TYPE_DEVICE)) {
        return error_setg(errp, "property 'realized': `device_del` unplugs");
    }
    return object_property_parse(obj, words[1], words[2], errp);
}

static bool carry_out(MonitorHub *hub, char **words, Error **errp)
{
    if (g_str_equal(words[0], "system_reset")) {
        machine_reset(hub->machine);
        return true;
    }
    if (g_str_equal(words[0], "qom-set") && g_strv_length(words) == 4) {
        return set_property(words + 1, errp);
    }
    return actions_guest_carry_out(hub, words, errp);
}

static void action_taken(void *opaque, const uint8_t *data, size_t length)
{
    MonitorHub *hub = opaque;
    g_autofree char *text = g_strndup((const char *)data, length);
    g_auto(GStrv) words = g_strsplit(text, "\n", 4);
    hub->was_action_taken = true;
    error_free(g_steal_pointer(&hub->action_error));
    if (words[0]) {
        carry_out(hub, words, &hub->action_error);
    }
}

void actions_register(MonitorHub *hub)
{
    input_register(hub->machine->clock, INPUT_NAME, action_taken, hub);
}

void actions_unregister(MonitorHub *hub) { input_unregister(hub->machine->clock, INPUT_NAME); }

/* --- the console's side -------------------------------------------------------------------------------- */

bool action_take(Command *command, const char *text)
{
    MonitorHub *hub = command->hub;
    hub->was_action_taken = false;
    input_take_now(command->machine->clock, INPUT_NAME, text, strlen(text));
    if (!hub->was_action_taken) {
        g_string_append(command->out, "a replay takes only what was recorded\n");
        return false;
    }
    if (hub->action_error) {
        command_fail(command, g_steal_pointer(&hub->action_error));
        return false;
    }
    return true;
}

void action_take_rest(Command *command, const char *action, const char *expected)
{
    if (!*command->args || strchr(command->args, '\n')) {
        command_refuse(command, expected);
        return;
    }
    g_autofree char *text = g_strdup_printf("%s\n%s", action, command->args);
    action_take(command, text);
}

void action_post(Command *command, const char *text)
{
    if (clock_is_replaying(command->machine->clock)) {
        g_string_append(command->out, "a replay takes only what was recorded\n");
    } else {
        input_post(command->machine->clock, INPUT_NAME, text, strlen(text));
    }
}

bool action_check_stopped(Command *command)
{
    if (machine_run_state(command->machine) != RUN_RUNNING) {
        return true;
    }
    g_string_append(command->out, "the machine is running; `stop` it first\n");
    return false;
}

void command_reset(Command *command) { action_take(command, "system_reset"); }

void command_qom_set(Command *command)
{
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 3);
    if (g_strv_length(words) != 3) {
        g_string_append(command->out, "expected: qom-set PATH PROPERTY VALUE\n");
        return;
    }
    g_autofree char *text = g_strdup_printf("qom-set\n%s\n%s\n%s", words[0], words[1],
                                            g_strstrip(words[2]));
    action_take(command, text);
}

void command_qom_get(Command *command)
{
    Error *err = NULL;
    Object *obj;
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 2);
    if (g_strv_length(words) != 2) {
        g_string_append(command->out, "expected: qom-get PATH PROPERTY\n");
        return;
    }
    g_autofree char *text = find_object(words[0], &obj, &err)
                                ? object_property_print(obj, g_strstrip(words[1]), &err)
                                : NULL;
    if (!text) {
        command_fail(command, err);
        return;
    }
    g_string_append_printf(command->out, "%s\n", text);
}

void command_qom_list(Command *command)
{
    Error *err = NULL;
    Object *obj;
    if (!find_object(*command->args ? command->args : "/", &obj, &err)) {
        command_fail(command, err);
        return;
    }
    g_autoptr(GSList) list = object_property_list(obj);
    for (const GSList *item = list; item; item = item->next) {
        const ObjectProperty *prop = item->data;
        g_string_append_printf(command->out, "%s (%s)\n", prop->name, prop->type);
    }
}
