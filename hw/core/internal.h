/* SPDX-License-Identifier: MIT */
/* What the files of hw/core/ share. */
#ifndef HW_CORE_INTERNAL_H
#define HW_CORE_INTERNAL_H

#include "hw/core/machine.h"
#include "hw/core/qdev.h"

/* One named set of lines of a device; the input lines are the device's children. */
struct NamedLines {
    char *name; /* NULL: the unnamed set */
    GPtrArray *inputs;
    unsigned output_count;
};

/* --- qdev_gpio.c --- */
void qdev_free_lines(DeviceState *dev);

/* --- qdev_globals.c --- */
void qdev_apply_globals(DeviceState *dev);
/* False if a -global could not be applied to @dev. */
bool qdev_globals_applied(DeviceState *dev, Error **errp);

/* --- qdev_add.c --- */
/* The class of @driver, if -device may make it. */
DeviceClass *qdev_creatable_class(const char *driver, Error **errp);

/* --- bus.c --- */
void bus_add_child(BusState *bus, DeviceState *dev);
void bus_remove_child(BusState *bus, DeviceState *dev); /* plugs nothing: dev->parent_bus is NULL */
bool bus_accepts(BusState *bus, DeviceState *dev, Error **errp);
bool bus_is_full(BusState *bus);
void bus_unrealize_children(BusState *bus);

/* --- machine.c --- */
Object *machine_container(const char *name); /* below /machine, made when missing */
bool machine_is_ready(void);                 /* built: what is added from now on is hot-plugged */

/* What @dev, which sits on no bus, is plugged into: the machine if it takes such devices, or NULL. */
Object *machine_hotplug_handler(DeviceState *dev);

/* --- machine_run.c --- */
void machine_run_init(MachineState *machine);
void machine_run_fini(MachineState *machine);
void machine_run_was_reset(MachineState *machine);

#endif
