/* SPDX-License-Identifier: MIT */
/*
 * -d, -D, -dfilter and -trace at start; `log`, `logfile`, `dfilter`, `trace` later in the console.
 *
 * Source: QEMU's dialect (users.md 3.4).
 */
#include "monitor/log_options.h"

#include "monitor/internal.h"
#include "util/log.h"
#include "util/options.h"
#include "util/trace.h"

#include <string.h>

/* -trace events=FILE: a glob a line, '#' begins a comment, '-' in front switches off. */
static bool trace_file(const char *path, Error **errp)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        return error_setg(errp, "%s", error->message);
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_strstrip(*line);
        if (**line && **line != '#' && !trace_set(*line, errp)) {
            return false;
        }
    }
    return true;
}

static bool apply_trace(const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"enable", "string", NULL},
        {"events", "string", NULL},
        {"file", "string", NULL},
        {0},
    };
    g_autoptr(Options) opts = options_parse(text, "enable", descs, errp);
    if (!opts) {
        return false;
    }
    const char *enable = options_get(opts, "enable"), *events = options_get(opts, "events");
    const char *file = options_get(opts, "file");
    return (!file || trace_open(file, errp)) && (!enable || trace_set(enable, errp)) &&
           (!events || trace_file(events, errp));
}

static bool set_filter(const char *text, Error **errp)
{
    return *text ? log_set_filter(text, errp) : error_setg(errp, "a range is missing");
}

static bool apply(const char *option, const char *text, bool (*fn)(const char *text, Error **errp),
                  Error **errp)
{
    ERRP_GUARD();
    if (text && !fn(text, errp)) {
        error_prepend(errp, "-%s %s: ", option, text);
        return false;
    }
    return true;
}

bool log_options_apply(const LogOptions *options, Error **errp)
{
    bool ok = apply("D", options->file, log_open, errp) &&
              apply("d", options->items, log_set_items, errp) &&
              apply("dfilter", options->filter, set_filter, errp);
    for (guint i = 0; ok && options->traces && i < options->traces->len; i++) {
        ok = apply("trace", g_ptr_array_index(options->traces, i), apply_trace, errp);
    }
    return ok;
}

/* --- the console ------------------------------------------------------------------------------------ */

void command_dfilter(Command *command)
{
    Error *err = NULL;
    bool is_off = !*command->args || g_str_equal(command->args, "off");
    if (!log_set_filter(is_off ? NULL : command->args, &err)) {
        command_fail(command, err);
    }
}
