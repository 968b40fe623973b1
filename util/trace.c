/* SPDX-License-Identifier: MIT */
/*
 * Trace points: found in the section core99_trace, switched by name, written to the log.
 */
#include "util/trace.h"

#include "util/internal.h"
#include "util/options.h"

#include <stdlib.h>
#include <string.h>

/* Bounds of the section, made by the linker; both NULL if no object declares a trace point. */
extern TracePoint trace_start[] __asm__("__start_core99_trace") __attribute__((weak));
extern TracePoint trace_stop[] __asm__("__stop_core99_trace") __attribute__((weak));

void trace_fire(const TracePoint *point, const char *fmt, ...)
{
    g_autofree char *message = NULL;
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    text = g_strconcat(point->name, *message ? " " : "", message, NULL);
    log_write_positioned(text);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of all points, sorted; one name may stand for several points. NULL-terminated. */
static GPtrArray *sorted_names(void)
{
    GPtrArray *names = g_ptr_array_new();
    guint kept = 0;

    for (const TracePoint *point = trace_start; point < trace_stop; point++) {
        g_ptr_array_add(names, (char *)point->name);
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        if (kept == 0 || !g_str_equal(names->pdata[kept - 1], names->pdata[i])) {
            names->pdata[kept++] = names->pdata[i];
        }
    }
    g_ptr_array_set_size(names, (int)kept);
    g_ptr_array_add(names, NULL);
    return names;
}

static bool any_enabled(const char *name)
{
    for (const TracePoint *point = trace_start; point < trace_stop; point++) {
        if (point->enabled && g_str_equal(point->name, name)) {
            return true;
        }
    }
    return false;
}

static bool no_match(const char *glob, Error **errp)
{
    g_autoptr(GPtrArray) names = sorted_names();
    const char *nearest = nearest_name(glob, (const char *const *)names->pdata);

    if (nearest) {
        return error_setg(errp, "no trace point matches '%s'; did you mean '%s'?", glob, nearest);
    }
    return error_setg(errp, "no trace point matches '%s'", glob);
}

/* One glob, with an optional '-' in front. */
static bool switch_points(const char *glob, Error **errp)
{
    bool enable = *glob != '-';
    const char *pattern = enable ? glob : glob + 1;
    bool found = false;

    for (TracePoint *point = trace_start; point < trace_stop; point++) {
        if (g_pattern_match_simple(pattern, point->name)) {
            point->enabled = enable;
            found = true;
        }
    }
    return found || no_match(pattern, errp);
}

bool trace_set(const char *globs, Error **errp)
{
    g_auto(GStrv) words = g_strsplit(globs, ",", -1);

    for (char **word = words; *word; word++) {
        if (!switch_points(*word, errp)) {
            return false;
        }
    }
    return true;
}

/* Before the constructors that register types, so that these can be traced: CORE99_TRACE=GLOB,... in
 * the environment. Everything later is the business of -trace. */
static void __attribute__((constructor(101))) trace_early(void)
{
    const char *globs = getenv("CORE99_TRACE");
    if (globs) {
        trace_set(globs, NULL);
    }
}

char *trace_list(const char *glob)
{
    g_autoptr(GPtrArray) names = sorted_names();
    GString *text = g_string_new(NULL);

    for (guint i = 0; i + 1 < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!glob || g_pattern_match_simple(glob, name)) {
            g_string_append_printf(text, "%c %s\n", any_enabled(name) ? '*' : ' ', name);
        }
    }
    return g_string_free(text, FALSE);
}
