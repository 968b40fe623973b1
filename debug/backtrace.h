/* SPDX-License-Identifier: MIT */
/*
 * The frames of a stack, innermost first, and how they are told: gdb's words, Linux's mark where an
 * exception was taken.
 *
 * Context: token holder. Bounded whatever the guest's stack holds.
 */
#ifndef DEBUG_BACKTRACE_H
#define DEBUG_BACKTRACE_H

#include "debug/unwind.h"

enum { BACKTRACE_MAX = 1000 };

typedef struct Backtrace {
    GArray *frames;  /* DebugFrame, at least one, at most BACKTRACE_MAX */
    const char *why; /* what is wrong with the stack beyond the last one; NULL: nothing */
    bool is_cut;     /* there are more frames than were asked for */
} Backtrace;

/* At most @limit frames. */
Backtrace *backtrace_new(const Debugger *debugger, unsigned limit);
void backtrace_free(Backtrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backtrace, backtrace_free)
const DebugFrame *backtrace_frame(const Backtrace *trace, unsigned level); /* NULL: too far */

/* "#1  0xc0012345 in schedule ()" and a new line. */
void backtrace_print_frame(const Debugger *debugger, const DebugFrame *frame, unsigned level,
                           GString *out);
/* The name of the function that @frame is in; NULL: not known. Free with g_free(). */
char *backtrace_function(const Debugger *debugger, const DebugFrame *frame, unsigned level);
/* "--- interrupt: 900 at 0xc0012345" and a new line, before a frame that was interrupted. */
void backtrace_print_interrupt(const DebugFrame *frame, GString *out);

#endif
