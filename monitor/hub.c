/* SPDX-License-Identifier: MIT */
/* What the consoles of a machine share, and what they say when it stops by itself. */
#include "debug/run.h"
#include "debug/stops.h"
#include "monitor/internal.h"
#include "monitor/stall.h"

MonitorHub *monitor_hub_new(MachineState *machine)
{
    static const Examine words = {.count = 1, .format = 'x', .size = 4};
    MonitorHub *hub = g_new0(MonitorHub, 1);
    hub->machine = machine;
    hub->debugger = debugger_new(machine);
    debugger_load_kernel_symbols(hub->debugger);
    hub->monitors = g_ptr_array_new_with_free_func((GDestroyNotify)monitor_free);
    hub->examine[0] = hub->examine[1] = words;
    hub->script = script_new();
    hub->news = stop_news_new(hub);
    actions_register(hub);
    return hub;
}

void monitor_hub_free(MonitorHub *hub)
{
    actions_unregister(hub);
    g_ptr_array_unref(hub->monitors);
    g_clear_handle_id(&hub->goal_source, g_source_remove);
    g_clear_pointer(&hub->goal, run_goal_free);
    script_free(hub->script);
    stop_news_free(hub->news);
    error_free(hub->action_error);
    if (hub->machine->cpu) { /* conditions use the debugger, sources the devices */
        debug_stops_delete_owned(debug_stops_of(hub->machine->cpu), STOP_OWNER_CONSOLE);
    }
    displays_free(hub->displays);
    stall_watch_free(hub->stall);
    debugger_free(hub->debugger);
    g_free(hub);
}

Debugger *monitor_hub_debugger(MonitorHub *hub) { return hub->debugger; }

void monitor_hub_set_quit_hook(MonitorHub *hub, void (*hook)(void *opaque), void *opaque)
{
    hub->quit_hook = hook;
    hub->quit_opaque = opaque;
}

void monitor_hub_set_tell_hook(MonitorHub *hub, void (*hook)(void *opaque, const char *text),
                               void *opaque)
{
    hub->tell_hook = hook;
    hub->tell_opaque = opaque;
}

bool monitor_hub_is_busy(const MonitorHub *hub) { return hub->is_stepping; }

void monitor_hub_pause(MonitorHub *hub) { run_pause(hub); }

char *monitor_execute(MonitorHub *hub, const char *line)
{
    GString *out = g_string_new(NULL);
    command_execute(hub, line, false, out);
    return g_string_free(out, FALSE);
}

/* --- the machine stopped ------------------------------------------------------------------------------ */

static void describe_break(MonitorHub *hub, const char *message, GString *out)
{
    if (stops_go_on(hub, out)) {
        return;
    }
    if (!stops_describe_hit(hub->machine->cpu, out) && !hub->is_stepping) {
        g_string_append_printf(out, "stopped: %s\n", message ? message : "");
    }
    run_print_position(hub->machine, out);
    displays_print(hub, out);
    stops_run_commands(hub, out);
}

/* The user was quicker than the event: the machine runs again. */
static bool is_stale(MonitorHub *hub, MachineEvent event)
{
    return (event == MACHINE_EVENT_BREAK || event == MACHINE_EVENT_STOPPED) &&
           machine_run_state(hub->machine) == RUN_RUNNING;
}

/* What to say of @event; false: nothing. The machine is stopped, but for a reset that it made. */
static bool describe_event(MonitorHub *hub, MachineEvent event, const char *message, GString *out)
{
    switch (event) {
    case MACHINE_EVENT_BREAK:
        describe_break(hub, message, out);
        return true;
    case MACHINE_EVENT_POWEROFF:
        g_string_append(out, "the guest powered off\n");
        return true;
    case MACHINE_EVENT_RESET:
        g_string_append(out, "the guest reset the machine\n");
        return machine_run_state(hub->machine) == RUN_SHUTDOWN; /* -no-reboot */
    case MACHINE_EVENT_STOPPED:
        /* Of an earlier `stop`, unless this console interrupted a stepi. */
        if (hub->is_interrupted) {
            run_print_position(hub->machine, out);
            displays_print(hub, out);
        }
        return hub->is_interrupted;
    case MACHINE_EVENT_EXIT:
    case MACHINE_EVENT_GUEST_TIMEOUT:
    case MACHINE_EVENT_REPLAY_END:
        return false;
    }
    g_assert_not_reached();
}

void hub_tell(MonitorHub *hub, const char *text, bool was_busy)
{
    bool is_busy = hub->is_stepping;
    if (!*text && !was_busy) {
        return;
    }
    if (*text && hub->tell_hook) {
        hub->tell_hook(hub->tell_opaque, text);
    }
    hub->is_stepping = was_busy;
    for (guint i = 0; *text && i < hub->monitors->len; i++) {
        monitor_notify(g_ptr_array_index(hub->monitors, i), text);
    }
    hub->is_stepping = is_busy;
    for (guint i = 0; !hub->is_stepping && !hub->has_quit && i < hub->monitors->len; i++) {
        monitor_prompt(g_ptr_array_index(hub->monitors, i));
    }
}

void monitor_hub_machine_event(MonitorHub *hub, MachineEvent event, const char *message)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool was_stepping = hub->is_stepping;
    stop_news_flush(hub);
    if (is_stale(hub, event) || run_takes_event(hub, event) ||
        !describe_event(hub, event, message, out)) {
        return;
    }
    if (event == MACHINE_EVENT_BREAK && script_is_silent(hub)) {
        g_string_truncate(out, 0);
    }
    if (machine_run_state(hub->machine) != RUN_RUNNING) {
        run_end(hub, out);
    }
    hub_tell(hub, out->str, was_stepping);
}
