/* SPDX-License-Identifier: MIT */
/*
 * Buses: which devices sit on them, in order of plugging. A bus belongs to its parent device and ends
 * with it, and its devices before it.
 */
#include "hw/core/internal.h"

#include <string.h>

/* --- finding ------------------------------------------------------------------------------------------ */

typedef struct NameSearch {
    const char *name;
    BusState *found;
} NameSearch;

static int match_name(Object *obj, void *opaque)
{
    NameSearch *search = opaque;
    BusState *bus = (BusState *)object_dynamic_cast(obj, TYPE_BUS);
    if (bus && g_strcmp0(bus->name, search->name) == 0) {
        search->found = bus;
    }
    return search->found != NULL;
}

BusState *bus_find(const char *name)
{
    NameSearch search = {.name = name};
    object_child_foreach_recursive(object_get_root(), match_name, &search);
    return search.found;
}

BusState *qdev_get_child_bus(DeviceState *dev, const char *name)
{
    for (GSList *e = dev->child_bus; e; e = e->next) {
        BusState *bus = e->data;
        if (strcmp(bus->name, name) == 0) {
            return bus;
        }
    }
    return NULL;
}

/* --- making -------------------------------------------------------------------------------------------- */

static char *pick_name(BusState *bus, DeviceState *parent)
{
    if (parent && parent->id) {
        return g_strdup_printf("%s.%u", parent->id, g_slist_length(parent->child_bus));
    }
    g_autofree char *type = g_ascii_strdown(object_get_typename(OBJECT(bus)), -1);
    for (unsigned i = 0;; i++) {
        char *name = g_strdup_printf("%s.%u", type, i);
        if (!bus_find(name)) {
            return name;
        }
        g_free(name);
    }
}

static void attach(BusState *bus, DeviceState *parent, const char *name)
{
    bus->name = name ? g_strdup(name) : pick_name(bus, parent);
    bus->parent = parent;
    if (parent) {
        parent->child_bus = g_slist_append(parent->child_bus, bus);
        object_property_add_child(OBJECT(parent), bus->name, OBJECT(bus));
        object_unref(bus);
        bus->realized = parent->realized;
    }
}

void bus_init(BusState *bus, size_t size, const char *type, DeviceState *parent, const char *name)
{
    object_initialize(bus, size, type);
    attach(bus, parent, name);
}

BusState *bus_new(const char *type, DeviceState *parent, const char *name)
{
    BusState *bus = BUS(object_new(type));
    attach(bus, parent, name);
    return bus;
}

void qbus_set_hotplug_handler(BusState *bus, Object *handler)
{
    object_property_set_link(OBJECT(bus), "hotplug-handler", handler, &error_abort);
}

void qbus_mark_full(BusState *bus) { bus->full = true; }

/* --- children -------------------------------------------------------------------------------------------- */

bool bus_is_full(BusState *bus)
{
    uint32_t max = BUS_GET_CLASS(bus)->max_dev;
    return bus->full || (max && g_slist_length(bus->children) >= max);
}

bool bus_accepts(BusState *bus, DeviceState *dev, Error **errp)
{
    BusClass *bc = BUS_GET_CLASS(bus);
    const char *bus_type = DEVICE_GET_CLASS(dev)->bus_type;
    if (!bus_type || !object_dynamic_cast(OBJECT(bus), bus_type)) {
        return error_setg(errp, "device '%s' can't go on %s bus", object_get_typename(OBJECT(dev)),
                          object_get_typename(OBJECT(bus)));
    }
    if (bus_is_full(bus)) {
        return error_setg(errp, "bus '%s' is full", bus->name);
    }
    return !bc->plug_check || bc->plug_check(bus, dev, errp);
}

void bus_add_child(BusState *bus, DeviceState *dev)
{
    dev->parent_bus = (BusState *)object_ref(bus);
    bus->children = g_slist_append(bus->children, object_ref(dev));
    bus->max_index++;
}

void bus_remove_child(BusState *bus, DeviceState *dev)
{
    BusClass *bc = BUS_GET_CLASS(bus);
    g_assert(dev->parent_bus == bus);
    if (bc->unplug) {
        bc->unplug(bus, dev);
    }
    bus->children = g_slist_remove(bus->children, dev);
    dev->parent_bus = NULL;
    object_unref(dev);
    object_unref(bus);
}

/* Last plugged first. */
void bus_unrealize_children(BusState *bus)
{
    g_autoptr(GSList) children = g_slist_reverse(g_slist_copy(bus->children));
    for (GSList *e = children; e; e = e->next) {
        DeviceState *dev = e->data;
        if (dev->realized) {
            qdev_unrealize(dev);
        }
    }
}

/* --- the type ---------------------------------------------------------------------------------------------- */

static void drop_child(BusState *bus, DeviceState *dev)
{
    object_ref(dev);
    object_unparent(OBJECT(dev));
    if (dev->parent_bus == bus) { /* it was no one's child */
        bus_remove_child(bus, dev);
    }
    object_unref(dev);
}

static void bus_unparent(Object *obj)
{
    BusState *bus = BUS(obj);
    while (bus->children) {
        drop_child(bus, g_slist_last(bus->children)->data);
    }
    if (bus->parent) {
        bus->parent->child_bus = g_slist_remove(bus->parent->child_bus, bus);
        bus->parent = NULL;
    }
}

static void foreach_realized_child(Object *obj, void (*fn)(Object *child, void *opaque),
                                   void *opaque)
{
    for (GSList *e = BUS(obj)->children; e; e = e->next) {
        if (((DeviceState *)e->data)->realized) {
            fn(e->data, opaque);
        }
    }
}

static void bus_instance_init(Object *obj)
{
    object_property_add_link(obj, "hotplug-handler", TYPE_HOTPLUG_HANDLER,
                             &BUS(obj)->hotplug_handler, NULL);
}

static void bus_finalize(Object *obj) { g_free((char *)BUS(obj)->name); }

static void bus_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ResettableClass *rc = (ResettableClass *)object_class_dynamic_cast_assert(
        klass, TYPE_RESETTABLE, G_STRLOC);
    klass->unparent = bus_unparent;
    rc->child_foreach = foreach_realized_child;
}

static const TypeInfo bus_info = {
    .name = TYPE_BUS,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(BusState),
    .class_size = sizeof(BusClass),
    .abstract = true,
    .instance_init = bus_instance_init,
    .instance_finalize = bus_finalize,
    .class_init = bus_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_RESETTABLE}, {NULL}},
};

DEFINE_TYPE(bus_info)
