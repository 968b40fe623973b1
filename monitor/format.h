/* SPDX-License-Identifier: MIT */
/* Formats of values: the FMT of x/FMT, print/FMT, display/FMT; texts of one value. */
#ifndef MONITOR_FORMAT_H
#define MONITOR_FORMAT_H

#include "debug/memory.h"
#include "monitor/internal.h"

enum { FORMAT_STRING_MAX = 200 }; /* bytes of a string that are shown */

/* @examine holds the defaults; a text without a count means 1. */
bool format_parse(Examine *examine, const char *text, Error **errp);
/* One value, without blanks around it. @is_column: padded as in a table (x/t). Not for s and i. */
void format_append(const Debugger *debugger, const Examine *examine, uint64_t bits, bool is_column,
                   GString *out);
/* "text" with escapes, at most FORMAT_STRING_MAX bytes of it, then "...". *@length: bytes used, the
 * ending zero included. False, and nothing appended: it begins where nothing can be read. */
bool format_append_string(const DebugMemory *memory, uint64_t addr, uint64_t *length, GString *out,
                          Error **errp);
/* One instruction: its word and text; no address, no newline. */
bool format_append_instruction(const DebugMemory *memory, uint64_t addr, GString *out,
                               Error **errp);
/* "1.5", "-inf", "nan(0x8000000000000)": a double in as many digits as tell it from its neighbours. */
void format_append_double(uint64_t bits, GString *out);
void format_append_float(uint32_t bits, GString *out);

/* examine.c: what x/FMT prints at @addr. *@addr moves on. False: it came to what cannot be shown, and
 * says so. */
bool examine_print(Command *command, bool is_physical, Examine *examine);

/* Evaluate with its type; false, and the reason printed. */
bool command_evaluate_typed(Command *command, const char *text, const char **end,
                            DebugValue *value);

#endif
