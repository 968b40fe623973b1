/* SPDX-License-Identifier: MIT */
/*
 * Conditions of stop points: expressions, evaluated on the thread that runs the guest.
 *
 * Names of the moment: value, old, size, offset of watchpoints and device registers; value and old of
 * SPRs; vector, srr0, srr1, dar, dsisr of exceptions; level of lines.
 */
#ifndef DEBUG_STOP_CONDITION_H
#define DEBUG_STOP_CONDITION_H

#include "debug/debugger.h"
#include "debug/stops.h"

/* @text NULL or empty: none. False: *errp says what is wrong with it; the point keeps what it had. */
bool debug_stops_set_expression(DebugStops *stops, unsigned number, const Debugger *debugger,
                                const char *text, Error **errp);

#endif
