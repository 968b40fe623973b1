/* SPDX-License-Identifier: MIT */
/* Interrupt and general purpose lines: a handle to "level of input n of that device". */
#ifndef HW_CORE_IRQ_H
#define HW_CORE_IRQ_H

#include "qom/object.h"

#include <stdbool.h>

#define TYPE_IRQ "irq"
#define TYPE_OR_IRQ "or-irq"
enum { OR_IRQ_MAX_LINES = 16 };
typedef struct IrqLine IrqLine;

typedef void IrqHandler(void *opaque, int n, int level);

/* Debuggers: sees every call of irq_line_set(), before the line's handler. */
typedef struct IrqWatch IrqWatch;
struct IrqWatch {
    IrqHandler *hook; /* n: of the line */
    void *opaque;
    IrqWatch *next; /* private */
};

/* The caller owns the reference; a line that is some object's child stops calling @handler when it
 * leaves it. */
IrqLine *irq_line_new(IrqHandler *handler, void *opaque, int n);
/* Drives the line; NULL (not connected) is fine. Context: machine thread. */
void irq_line_set(IrqLine *irq, int level);
static inline void irq_line_raise(IrqLine *irq) { irq_line_set(irq, 1); }
static inline void irq_line_lower(IrqLine *irq) { irq_line_set(irq, 0); }
static inline void irq_line_pulse(IrqLine *irq)
{
    irq_line_set(irq, 1);
    irq_line_set(irq, 0);
}
/* A line that drives @irq with the inverted level. To join lines use the device TYPE_OR_IRQ: inputs
 * 0..num-lines-1, output 0 high while any input is. */
IrqLine *irq_line_invert(IrqLine *irq);
/* @watch stays the caller's. */
void irq_line_add_watch(IrqLine *irq, IrqWatch *watch);
void irq_line_remove_watch(IrqLine *irq, IrqWatch *watch);
/* Tests: let @hook see every change, then pass it on. Returns the line to put in its place. */
IrqLine *irq_line_intercept(IrqLine *irq, IrqHandler *hook, void *opaque);

#endif
