/* SPDX-License-Identifier: MIT */
/*
 * Three-phase reset: each phase runs over the whole tree before the next begins, children first.
 *
 * Source: design.md 5; phases as in QEMU's Resettable. Not modelled: held and nested resets.
 */
#include "hw/core/reset.h"

#include <glib.h>

typedef enum ResetPhase { PHASE_ENTER, PHASE_HOLD, PHASE_EXIT } ResetPhase;

static void collect(Object *child, void *opaque) { g_ptr_array_add(opaque, object_ref(child)); }

static void run_own_phase(ResettableClass *rc, Object *obj, ResetPhase phase)
{
    void (*const handlers[])(Object *) = {
        [PHASE_ENTER] = rc->phases.enter,
        [PHASE_HOLD] = rc->phases.hold,
        [PHASE_EXIT] = rc->phases.exit,
    };
    if (handlers[phase]) {
        handlers[phase](obj);
    }
}

static void run_phase(Object *obj, ResetPhase phase)
{
    ResettableClass *rc = (ResettableClass *)object_class_dynamic_cast_assert(
        object_get_class(obj), TYPE_RESETTABLE, G_STRLOC);
    /* A copy with references: a handler may plug or unplug devices. */
    g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func(object_unref);
    if (rc->child_foreach) {
        rc->child_foreach(obj, collect, children);
    }
    for (unsigned i = 0; i < children->len; i++) {
        run_phase(children->pdata[i], phase);
    }
    run_own_phase(rc, obj, phase);
}

void resettable_reset(Object *obj)
{
    object_ref(obj);
    run_phase(obj, PHASE_ENTER);
    run_phase(obj, PHASE_HOLD);
    run_phase(obj, PHASE_EXIT);
    object_unref(obj);
}

static const TypeInfo resettable_info = {
    .name = TYPE_RESETTABLE,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(ResettableClass),
};

DEFINE_TYPE(resettable_info)
