/* SPDX-License-Identifier: MIT */
/*
 * Three-phase reset over a tree: enter (state to reset values, no outputs), hold (drive outputs),
 * exit (start activity). Children before parents in each phase.
 */
#ifndef HW_CORE_RESET_H
#define HW_CORE_RESET_H

#include "qom/object.h"

#define TYPE_RESETTABLE "resettable"
typedef struct ResettableClass {
    InterfaceClass parent_class;
    struct {
        void (*enter)(Object *obj);
        void (*hold)(Object *obj);
        void (*exit)(Object *obj);
    } phases;
    void (*child_foreach)(Object *obj, void (*fn)(Object *child, void *opaque), void *opaque);
} ResettableClass;

void resettable_reset(Object *obj);

#endif
