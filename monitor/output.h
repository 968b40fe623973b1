/* SPDX-License-Identifier: MIT */
/* Between print.c, printf.c and displays.c: texts of values. */
#ifndef MONITOR_OUTPUT_H
#define MONITOR_OUTPUT_H

#include "debug/variables.h"
#include "monitor/internal.h"

/* @value as print shows it; @format '\0': hexadecimal and decimal. False: a string cannot be read. */
bool output_append_value(Command *command, char format, DebugValue value, GString *out,
                         Error **errp);
/* C's escape behind a backslash at *@at; moves behind it. False: none. */
bool output_take_escape(const char **at, GString *out);

#endif
