/* SPDX-License-Identifier: MIT */
/*
 * Break on anything: what the sources of stop points make of the words behind `break KIND`.
 *
 * Each function reads its words at *@text, which moves behind them, and fills kind, source and
 * source_opaque of *@point; debug_stops_add() takes it over. False: *errp, one line, and nothing to
 * free. Context: token holder.
 */
#ifndef DEBUG_STOP_SOURCES_H
#define DEBUG_STOP_SOURCES_H

#include "debug/debugger.h"
#include "debug/stops.h"

/* The next word of *@text (ended by a blank), which moves behind it and its blanks; "" at the end. */
char *stop_take_word(const char **text);
/* An optional "read", "write" or "access" (the default). */
void stop_take_access(const char **text, bool *read, bool *write);

/* DEVICE.REGISTER [read|write|access]; globs in REGISTER. (stop_device.c) */
bool stop_source_register(const Debugger *debugger, const char **text, StopPoint *point,
                          Error **errp);
/* True: the text begins like DEVICE.REGISTER, and DEVICE is one. */
bool stop_is_register(const Debugger *debugger, const char *text);
/* NAME [OFFSET[,LENGTH]] [read|write|access] */
bool stop_source_region(const Debugger *debugger, const char **text, StopPoint *point,
                        Error **errp);
/* [BUS:]SLOT.FUNCTION [OFFSET[,LENGTH]] [read|write|access]: configuration space. (stop_pci.c) */
bool stop_source_pci(const Debugger *debugger, const char **text, StopPoint *point, Error **errp);
/* [NAME|VECTOR|all] (stop_exception.c) */
bool stop_source_exception(const Debugger *debugger, const char **text, StopPoint *point,
                           Error **errp);
/* NAME|NUMBER [read|write|access], and the word msr. (stop_insn.c) */
bool stop_source_spr(const Debugger *debugger, const char **text, StopPoint *point, Error **errp);
/* What a point of it does not see, as a line for the user; NULL: it sees all, or is another's. */
const char *stop_spr_unseen(const StopPoint *point);
/* MNEMONIC|GLOB|CLASS */
bool stop_source_insn(const Debugger *debugger, const char **text, StopPoint *point, Error **errp);
/* EXPR, of now; a time such as 1.5s. (stop_time.c) */
bool stop_source_icount(const Debugger *debugger, const char **text, StopPoint *point,
                        Error **errp);
bool stop_source_time(const Debugger *debugger, const char **text, StopPoint *point, Error **errp);
/* NUMBER of an OpenPIC source, or DEVICE.LINE[N], [raise|lower] (stop_irq.c) */
bool stop_source_irq(const Debugger *debugger, const char **text, StopPoint *point, Error **errp);
/* "TEXT" (stop_text.c) */
bool stop_source_text(const Debugger *debugger, const char **text, StopPoint *point, Error **errp);

#endif
