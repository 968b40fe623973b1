/* SPDX-License-Identifier: MIT */
/*
 * Frames, one above the other, until the stack ends or makes no sense.
 *
 * Source: own design; words as in gdb's `bt` and Linux's call traces.
 */
#include "debug/backtrace.h"

#include <inttypes.h>

static bool is_repeated(const GArray *frames, const DebugFrame *frame)
{
    for (guint i = 0; i < frames->len; i++) {
        const DebugFrame *old = &g_array_index(frames, DebugFrame, i);
        if (old->sp == frame->sp && old->pc == frame->pc &&
            old->was_interrupted == frame->was_interrupted) {
            return true;
        }
    }
    return false;
}

Backtrace *backtrace_new(const Debugger *debugger, unsigned limit)
{
    Backtrace *trace = g_new0(Backtrace, 1);
    DebugFrame frame = debug_unwind_innermost(debugger), caller;
    trace->frames = g_array_new(FALSE, FALSE, sizeof(DebugFrame));
    g_array_append_val(trace->frames, frame);
    while (debug_unwind_caller(debugger, &frame, &caller, &trace->why)) {
        if (is_repeated(trace->frames, &caller)) {
            trace->why = "previous frame identical to this frame (corrupt stack?)";
            break;
        }
        if (trace->frames->len >= MIN(limit, (unsigned)BACKTRACE_MAX)) {
            trace->is_cut = true;
            break;
        }
        g_array_append_val(trace->frames, caller);
        frame = caller;
    }
    return trace;
}

void backtrace_free(Backtrace *trace)
{
    g_array_unref(trace->frames);
    g_free(trace);
}

const DebugFrame *backtrace_frame(const Backtrace *trace, unsigned level)
{
    return level < trace->frames->len ? &g_array_index(trace->frames, DebugFrame, level) : NULL;
}

/* A frame that called stands behind its call: one that does not return ends its function. */
static target_addr address_inside(const DebugFrame *frame, unsigned level)
{
    return level == 0 || frame->was_interrupted ? frame->pc : frame->pc - 4;
}

char *backtrace_function(const Debugger *debugger, const DebugFrame *frame, unsigned level)
{
    Symbol symbol;
    return debug_symbols_at(debugger->symbols, debugger->cpu, address_inside(frame, level), &symbol)
               ? g_strdup(symbol.name)
               : NULL;
}

void backtrace_print_frame(const Debugger *debugger, const DebugFrame *frame, unsigned level,
                           GString *out)
{
    g_autofree char *name = backtrace_function(debugger, frame, level);
    g_string_append_printf(out, "#%-2u 0x%08" PRIx32 " in %s ()\n", level, (uint32_t)frame->pc,
                           name ? name : "??");
}

void backtrace_print_interrupt(const DebugFrame *frame, GString *out)
{
    if (frame->was_interrupted) {
        g_string_append_printf(out, "--- interrupt: %" PRIx32 " at 0x%08" PRIx32 "%s\n",
                               frame->trap, (uint32_t)frame->pc,
                               frame->msr & 0x4000 ? " (user)" : "");
    }
}
