/* SPDX-License-Identifier: MIT */
/* The options that choose what is logged: -d, -D, -dfilter, -trace. */
#ifndef MONITOR_LOG_OPTIONS_H
#define MONITOR_LOG_OPTIONS_H

#include "util/error.h"

#include <glib.h>

typedef struct LogOptions {
    const char *items, *file, *filter; /* NULL: not given */
    const GPtrArray *traces;           /* char *: each -trace; NULL: none */
} LogOptions;

/* Errors name the option. */
bool log_options_apply(const LogOptions *options, Error **errp);

#endif
