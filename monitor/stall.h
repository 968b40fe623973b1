/* SPDX-License-Identifier: MIT */
/*
 * The stall reporter: looks at the guest eight times a period and says in one line why it makes no
 * progress. Host side: no guest-visible bit and no state hash depends on it. Context: token holder.
 */
#ifndef MONITOR_STALL_H
#define MONITOR_STALL_H

#include "debug/debugger.h"
#include "memory/access_stats.h"

typedef struct StallWatch StallWatch;

enum { STALL_DEFAULT_SECONDS = 30, STALL_LINE_MAX = 160 };

/* @period_ns: of guest time; 0: never reports, for `info why` alone. @report is told each line (no newline). */
StallWatch *stall_watch_new(Debugger *debugger, uint64_t period_ns,
                            void (*report)(void *opaque, const char *line), void *opaque);
void stall_watch_free(StallWatch *watch);
/* "30s", "500ms", "off" (0). */
bool stall_parse_period(const char *text, uint64_t *period_ns, Error **errp);
/* The guest printed @data on its first serial port. */
void stall_watch_output(StallWatch *watch, const uint8_t *data, size_t length);

/* For `info why`: what the guest printed that tells its state, since when there was no progress. */
void stall_watch_describe(const StallWatch *watch, GString *out);
/* Exceptions by vector and instructions since the last call. */
void stall_watch_describe_counts(StallWatch *watch, GString *out);

/* --- why_timers.c -------------------------------------------------------------------------------- */

/* The guest's armed timers by name, the next one first. */
void why_put_timers(MachineState *machine, GString *out);

/* --- why_names.c --------------------------------------------------------------------------------- */

/* "openpic.CTPR0" as `break` takes it; "REGION + 0x10" where no name is known. Free with g_free(). */
char *why_register_name(MachineState *machine, const AccessCount *access);
/* "escc channel A" for a source of OpenPIC; NULL: none. */
const char *why_source_name(unsigned source);
/* "decrementer" for an exception vector; "exception" if it has no name. */
const char *why_vector_name(uint32_t vector);

#endif
