/* SPDX-License-Identifier: MIT */
/* `exec-trace start FILE[,...]`, `exec-trace stop`, `info exec-trace`. */
#include "debug/exec_trace.h"

#include "monitor/internal.h"

#include <string.h>

void command_exec_trace(Command *command)
{
    Error *err = NULL;
    Debugger *debugger = command->hub->debugger;
    g_auto(GStrv) words = g_strsplit_set(command->args, " \t", 2);
    const char *verb = words[0] ? words[0] : "";
    if (g_str_equal(verb, "start") && words[1]) {
        exec_trace_start(debugger, g_strstrip(words[1]), &err);
    } else if (g_str_equal(verb, "stop") && !words[1]) {
        exec_trace_stop(debugger, &err);
    } else {
        g_string_append(command->out,
                        "expected: exec-trace start FILE[,...], or exec-trace stop\n");
    }
    if (err) {
        command_fail(command, err);
    }
}

void info_exec_trace(Command *command) { exec_trace_info(command->hub->debugger, command->out); }

bool monitor_hub_start_exec_trace(MonitorHub *hub, const char *text, Error **errp)
{
    ERRP_GUARD();
    if (text && !exec_trace_start(hub->debugger, text, errp)) {
        error_prepend(errp, "-exec-trace %s: ", text);
        return false;
    }
    return true;
}

void monitor_hub_end_exec_trace(MonitorHub *hub)
{
    Error *err = NULL;
    if (hub->debugger->exec_trace && !exec_trace_stop(hub->debugger, &err)) {
        error_report_err(err);
    }
}
