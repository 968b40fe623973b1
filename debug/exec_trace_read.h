/* SPDX-License-Identifier: MIT */
/*
 * Reads an execution trace, event by event, as the guest lived them. Any file is taken: what is whole comes
 * first, then one error.
 */
#ifndef DEBUG_EXEC_TRACE_READ_H
#define DEBUG_EXEC_TRACE_READ_H

#include "debug/exec_trace_format.h"
#include "util/error.h"

#include <glib.h>

typedef struct TraceReader TraceReader;

typedef enum TraceEventKind {
    TRACE_EVENT_INSN,
    TRACE_EVENT_EXCEPTION,
    TRACE_EVENT_READ,
    TRACE_EVENT_WRITE,
    TRACE_EVENT_REGISTER,
} TraceEventKind;

typedef struct TraceEvent {
    TraceEventKind kind;
    uint64_t icount;
    uint32_t pc;     /* of an instruction; SRR0 of an exception; address of an access */
    uint32_t word;   /* the instruction; SRR1 of an exception */
    uint32_t number; /* vector, size, index of the register */
    uint64_t value;  /* of an access; new value of the register */
} TraceEvent;

typedef enum TraceResult { TRACE_EVENT, TRACE_END, TRACE_DAMAGED } TraceResult;

/* NULL with *errp: no file, or not one of ours. */
TraceReader *trace_reader_new(const char *path, Error **errp);
void trace_reader_free(TraceReader *reader);
/* The header's text; printable. */
const char *trace_reader_text(const TraceReader *reader);
TraceResult trace_reader_next(TraceReader *reader, TraceEvent *event, Error **errp);

#endif
