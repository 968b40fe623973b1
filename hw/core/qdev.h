/* SPDX-License-Identifier: MIT */
/*
 * Devices and buses over QOM: create, set properties, realize, wire, reset, unrealize.
 *
 * Context: main thread while the machine is being built, later the holder of the machine token.
 */
#ifndef HW_CORE_QDEV_H
#define HW_CORE_QDEV_H

#include "hw/core/irq.h"
#include "hw/core/reset.h"
#include "qom/object.h"
#include "vmstate/vmstate.h"

#define TYPE_DEVICE "device"
#define TYPE_BUS "bus"
OBJECT_DECLARE_TYPE(DeviceState, DeviceClass, DEVICE)
OBJECT_DECLARE_TYPE(BusState, BusClass, BUS)

typedef struct NamedLines NamedLines;

struct DeviceState {
    Object parent_obj;
    char *id; /* -device id=; NULL if none */
    bool realized;
    bool hotplugged; /* made while the machine was built already */
    bool in_io; /* reentrancy guard of the device's regions (memory_region_set_reentrancy_guard) */
    BusState *parent_bus;
    GSList *lines;     /* NamedLines: inputs and outputs by name */
    GSList *child_bus; /* BusState, newest last */
};

typedef enum DeviceCategory { /* of -device help */
                              DEVICE_CATEGORY_NONE,
                              DEVICE_CATEGORY_BRIDGE,
                              DEVICE_CATEGORY_USB,
                              DEVICE_CATEGORY_STORAGE,
                              DEVICE_CATEGORY_NETWORK,
                              DEVICE_CATEGORY_INPUT,
                              DEVICE_CATEGORY_DISPLAY,
                              DEVICE_CATEGORY_SOUND,
                              DEVICE_CATEGORY_MISC,
                              DEVICE_CATEGORIES
} DeviceCategory;

struct DeviceClass {
    ObjectClass parent_class;
    const char *desc;       /* one line for -device help */
    const char *bus_type;   /* type of bus it plugs into; NULL: none */
    bool user_creatable;    /* -device may make it */
    const char *no_hotplug; /* why it can come and go with the machine only; NULL: its bus says */
    DeviceCategory category;
    const VMStateDescription *vmsd;
    bool (*realize)(DeviceState *dev, Error **errp);
    void (*unrealize)(DeviceState *dev);
    void (*reset)(DeviceState *dev);              /* hold phase, for devices that need no phases */
    void (*info)(DeviceState *dev, GString *out); /* `info DEVICE` */
    const Property *props; /* this class's own rows: device_class_set_props() */
};

struct BusState {
    Object parent_obj;
    DeviceState *parent;
    const char *name;
    GSList *children; /* DeviceState, in order of plugging */
    uint32_t max_index;
    bool realized;
    bool full;               /* qbus_mark_full() */
    Object *hotplug_handler; /* TYPE_HOTPLUG_HANDLER or NULL */
};

struct BusClass {
    ObjectClass parent_class;
    uint32_t max_dev; /* 0: any number */
    /* Refuse or prepare @dev before it is realized on @bus (slot allocation). */
    bool (*plug_check)(BusState *bus, DeviceState *dev, Error **errp);
    void (*unplug)(BusState *bus, DeviceState *dev);
    char *(*get_dev_path)(DeviceState *dev);                       /* firmware path component */
    void (*print_dev)(DeviceState *dev, GString *out, int indent); /* info qtree */
};

#define TYPE_HOTPLUG_HANDLER "hotplug-handler"
typedef struct HotplugHandlerClass {
    InterfaceClass parent_class;
    bool (*plug)(Object *handler, DeviceState *dev, Error **errp);
    bool (*unplug)(Object *handler, DeviceState *dev, Error **errp);
} HotplugHandlerClass;

DeviceState *qdev_new(const char *type);
DeviceState *qdev_try_new(const char *type, Error **errp);
/* Plug into @bus (may be NULL), then set property `realized`: realize, buses, VMState, reset. Every
 * failure unwinds everything done. The caller keeps its reference. */
bool qdev_realize(DeviceState *dev, BusState *bus, Error **errp);
/* The same and drop the caller's reference. */
bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, Error **errp);
void qdev_unrealize(DeviceState *dev);
bool qdev_set_parent_bus(DeviceState *dev, BusState *bus, Error **errp);
/* @dev works outside of an access to its registers: until the end they are closed as within one. The end gets what
 * the beginning gave. */
static inline bool qdev_io_begin(DeviceState *dev)
{
    bool was_in_io = dev->in_io;
    dev->in_io = true;
    return was_in_io;
}
static inline void qdev_io_end(DeviceState *dev, bool was_in_io) { dev->in_io = was_in_io; }
/* -device "TYPE,id=X,bus=B,prop=value": make, place on a bus that fits, realize. */
DeviceState *qdev_device_add(const char *text, Error **errp);
char *qdev_device_help(const char *type, Error **errp); /* NULL type: the list of devices */
/* Asks the hot-plug handler of its bus, then removes @dev from bus and tree. */
bool qdev_unplug(DeviceState *dev, Error **errp);
/* device_del: the same by id, or by a path in the tree; what the board made stays. */
bool qdev_device_del(const char *id, Error **errp);
DeviceState *qdev_find_by_id(const char *id); /* NULL if none */
/* -global DRIVER.PROP=VALUE or driver=,property=,value=. */
bool qdev_global_add(const char *text, Error **errp);
bool qdev_globals_check(Error **errp); /* names a -global that nothing used */

/* Properties declared in rows; refuse changes after realize. */
void device_class_set_props(DeviceClass *dc, const Property *props);

void bus_init(BusState *bus, size_t size, const char *type, DeviceState *parent, const char *name);
BusState *bus_new(const char *type, DeviceState *parent, const char *name);
/* A NULL @name becomes "ID.N" or "TYPE.N". The parent device owns the bus; without one the caller puts
 * it into the tree. */
BusState *bus_find(const char *name); /* anywhere in the machine; NULL if none */
BusState *qdev_get_child_bus(DeviceState *dev, const char *name);
void qbus_set_hotplug_handler(BusState *bus, Object *handler);
/* No more devices go on @bus. */
void qbus_mark_full(BusState *bus);

/* Lines. Inputs call @handler; outputs are IrqLine * members that connect fills (members of the
 * instance: they are cleared after instance_finalize). NULL name: the unnamed set. */
void qdev_init_gpio_in_named(DeviceState *dev, IrqHandler *handler, const char *name, int n);
void qdev_init_gpio_out_named(DeviceState *dev, IrqLine **pins, const char *name, int n);
static inline void qdev_init_gpio_in(DeviceState *dev, IrqHandler *handler, int n)
{
    qdev_init_gpio_in_named(dev, handler, NULL, n);
}
static inline void qdev_init_gpio_out(DeviceState *dev, IrqLine **pins, int n)
{
    qdev_init_gpio_out_named(dev, pins, NULL, n);
}
IrqLine *qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n);
IrqLine *qdev_get_gpio_in(DeviceState *dev, int n);
/* A line without a parent becomes a child of /machine/unattached. */
void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n, IrqLine *irq);
void qdev_connect_gpio_out(DeviceState *dev, int n, IrqLine *irq);
/* Tests: see every change of an output. */
void qdev_intercept_gpio_out(DeviceState *dev, const char *name, int n, IrqHandler *hook,
                             void *opaque);

/* The registry that realized devices describe themselves to: one per machine, at /core. */
VMStateRegistry *machine_vmstate(void);

void qdev_info_qtree(GString *out);
void qdev_info_qom_tree(GString *out, const char *path);

#endif
