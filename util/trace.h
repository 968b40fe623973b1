/* SPDX-License-Identifier: MIT */
/*
 * Trace points, declared where they fire: TRACE(openpic_raise, "irq %u prio %u", irq, prio);
 * Off by default; switched by name globs at run time (`-trace 'openpic_*'`). Lines go to the log.
 */
#ifndef UTIL_TRACE_H
#define UTIL_TRACE_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>

typedef struct TracePoint {
    const char *name;
    const char *format;
    bool enabled;
    char pad[64 - 2 * sizeof(char *) - sizeof(bool)]; /* one stride in section core99_trace */
} __attribute__((aligned(64))) TracePoint;

#define TRACE(point, fmt, ...)                                                                     \
    do {                                                                                           \
        static TracePoint trace_point_##point                                                      \
            __attribute__((section("core99_trace"), used)) = {.name = #point, .format = fmt};      \
        if (G_UNLIKELY(trace_point_##point.enabled)) {                                             \
            trace_fire(&trace_point_##point, fmt, ##__VA_ARGS__);                                  \
        }                                                                                          \
    } while (0)

void trace_fire(const TracePoint *point, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* -trace file=: lines of trace points go to @path from now on, not to the log. */
bool trace_open(const char *path, Error **errp);
/* Switch every point whose name matches one of the comma separated globs; a leading '-' switches
 * off. No match: error naming the glob and the nearest name. */
bool trace_set(const char *globs, Error **errp);
/* One name a line, '*' in front of the enabled ones. Free with g_free(). */
char *trace_list(const char *glob);

#endif
