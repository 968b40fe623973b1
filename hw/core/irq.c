/* SPDX-License-Identifier: MIT */
/*
 * Interrupt and general purpose lines. A line has no level of its own: it hands every change to its
 * handler, so the state stays where it is described, in the receiving device.
 */
#include "hw/core/irq.h"

#include <glib.h>

struct IrqLine {
    Object parent_obj;
    IrqHandler *handler;
    void *opaque;
    int n;
    /* Of an intercepting line: where changes go on to. */
    Object *next;
    IrqHandler *hook;
    void *hook_opaque;
    IrqWatch *watches;
};

IrqLine *irq_line_new(IrqHandler *handler, void *opaque, int n)
{
    IrqLine *irq = (IrqLine *)object_new(TYPE_IRQ);
    irq->handler = handler;
    irq->opaque = opaque;
    irq->n = n;
    return irq;
}

void irq_line_add_watch(IrqLine *irq, IrqWatch *watch)
{
    watch->next = irq->watches;
    irq->watches = watch;
}

void irq_line_remove_watch(IrqLine *irq, IrqWatch *watch)
{
    IrqWatch **link = &irq->watches;
    while (*link && *link != watch) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = watch->next;
    }
}

void irq_line_set(IrqLine *irq, int level)
{
    for (const IrqWatch *watch = irq ? irq->watches : NULL; G_UNLIKELY(watch);
         watch = watch->next) {
        watch->hook(watch->opaque, irq->n, level);
    }
    if (irq && irq->handler) {
        irq->handler(irq->opaque, irq->n, level);
    }
}

static void drive_inverted(void *opaque, G_GNUC_UNUSED int n, int level)
{
    irq_line_set((IrqLine *)((IrqLine *)opaque)->next, !level);
}

static void drive_hooked(void *opaque, int n, int level)
{
    IrqLine *irq = opaque;
    irq->hook(irq->hook_opaque, n, level);
    irq_line_set((IrqLine *)irq->next, level);
}

/* A line in front of @next, which may be NULL. */
static IrqLine *line_before(IrqLine *next, IrqHandler *handler, int n)
{
    IrqLine *irq = irq_line_new(handler, NULL, n);
    irq->opaque = irq;
    object_property_set_link(OBJECT(irq), "next", OBJECT(next), &error_abort);
    return irq;
}

IrqLine *irq_line_invert(IrqLine *irq) { return line_before(irq, drive_inverted, 0); }

IrqLine *irq_line_intercept(IrqLine *irq, IrqHandler *hook, void *opaque)
{
    IrqLine *front = line_before(irq, drive_hooked, irq ? irq->n : 0);
    front->hook = hook;
    front->hook_opaque = opaque;
    return front;
}

/* The device behind the line may be freed before the last reference to the line goes. */
static void irq_unparent(Object *obj) { ((IrqLine *)obj)->handler = NULL; }

static void irq_init(Object *obj)
{
    object_property_add_link(obj, "next", TYPE_IRQ, &((IrqLine *)obj)->next, NULL);
}

static void irq_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    klass->unparent = irq_unparent;
}

static const TypeInfo irq_info = {
    .name = TYPE_IRQ,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(IrqLine),
    .instance_init = irq_init,
    .class_init = irq_class_init,
};

DEFINE_TYPE(irq_info)
