/* SPDX-License-Identifier: MIT */
/* Stop points in words: what the files of the console that set, change, list and tell them share. */
#ifndef MONITOR_STOP_WORDS_H
#define MONITOR_STOP_WORDS_H

#include "debug/stops.h"
#include "monitor/internal.h"

/* "Breakpoint", "Hardware watchpoint"; @point may be NULL: it went. */
const char *stop_kind_name(CpuStopKind kind, const StopPoint *point);
/* "0x00001000, 4 bytes", "openpic.CTPR0 write". */
void stop_append_place(GString *out, const StopPoint *point);

/* "Tracepoint 3: write to ...\n", values and why a condition failed included; @point may be NULL: it went. */
void stop_append_hit(GString *out, const StopPoint *point, const StopHit *hit);

#endif
