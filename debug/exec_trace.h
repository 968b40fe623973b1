/* SPDX-License-Identifier: MIT */
/*
 * The execution trace: every instruction the processor ran, in a compact file; and its reader.
 *
 * Format: docs/traces.md. Nothing of the host is in the file: two equal runs write equal bytes. Host side:
 * no guest-visible bit and no state hash depends on it. Context: token holder.
 */
#ifndef DEBUG_EXEC_TRACE_H
#define DEBUG_EXEC_TRACE_H

#include "debug/debugger.h"

#include <stdio.h>

typedef struct ExecTrace ExecTrace;

/* @text: "FILE[,filter=RANGE[/RANGE...]][,start=ICOUNT][,count=N][,registers=on][,memory=on]". False if one is
 * under way, or with an error of the options or the file. */
bool exec_trace_start(Debugger *debugger, const char *text, Error **errp);
/* Ends the file; false: none was under way, or it could not be written. */
bool exec_trace_stop(Debugger *debugger, Error **errp);
void exec_trace_info(const Debugger *debugger, GString *out);

/* `core99 trace FILE...`: argv[0] is "trace". Returns the exit status. */
int exec_trace_main(int argc, char **argv, FILE *out);

#endif
