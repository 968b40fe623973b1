/* SPDX-License-Identifier: MIT */
/*
 * -device TYPE,id=NAME,bus=BUS,prop=value: make a device, find it a bus, realize it; device_del. Source: design.md 10; QEMU's dialect. Not modelled: bus paths with slashes.
 */
#include "hw/core/internal.h"
#include "util/options.h"

#include <string.h>

/* --- which type -------------------------------------------------------------------------------------------- */

DeviceClass *qdev_creatable_class(const char *driver, Error **errp)
{
    if (!driver) {
        error_setg(errp, "parameter 'driver' is missing");
        return NULL;
    }
    DeviceClass *dc = (DeviceClass *)object_class_dynamic_cast(object_class_by_name(driver),
                                                               TYPE_DEVICE);
    if (!dc) {
        /* For its message, which names the nearest type. */
        qdev_try_new(driver, errp);
        return NULL;
    }
    if (!dc->user_creatable || object_class_is_abstract(OBJECT_CLASS(dc))) {
        error_setg(errp, "'%s' is part of a machine and cannot be added with -device", driver);
        return NULL;
    }
    return dc;
}

/* --- which bus ---------------------------------------------------------------------------------------------- */

/* The board's buses come before those that -device made. */
typedef struct BusSearch {
    const char *type;
    BusState *free, *added, *full;
} BusSearch;

/* Whatever the board made is soldered. */
static bool was_added(DeviceState *dev)
{
    Object *parent = OBJECT(dev)->parent;
    return parent == machine_container("peripheral") ||
           parent == machine_container("peripheral-anon");
}

static bool is_of_added(const BusState *bus) { return bus->parent && was_added(bus->parent); }

static int match_type(Object *obj, void *opaque)
{
    BusSearch *search = opaque;
    if (!object_dynamic_cast(obj, TYPE_BUS) || !object_dynamic_cast(obj, search->type)) {
        return 0;
    }
    if (bus_is_full(BUS(obj))) {
        search->full = search->full ? search->full : BUS(obj);
        return 0;
    }
    if (is_of_added(BUS(obj))) {
        search->added = search->added ? search->added : BUS(obj);
        return 0;
    }
    search->free = BUS(obj);
    return 1;
}

static bool find_bus_of_type(const char *driver, const char *type, BusState **bus, Error **errp)
{
    BusSearch search = {.type = type};
    object_child_foreach_recursive(object_get_root(), match_type, &search);
    *bus = search.free ? search.free : search.added;
    if (!*bus && search.full) {
        return error_setg(errp, "bus '%s' is full", search.full->name);
    }
    return *bus || error_setg(errp, "no '%s' bus found for device '%s'", type, driver);
}

/* *@bus is NULL for a device that needs none. */
static bool choose_bus(const char *driver, const DeviceClass *dc, const char *name, BusState **bus,
                       Error **errp)
{
    *bus = NULL;
    if (name && !dc->bus_type) {
        return error_setg(errp, "device '%s' does not go on a bus", driver);
    }
    if (!dc->bus_type) {
        return true;
    }
    if (!name) {
        return find_bus_of_type(driver, dc->bus_type, bus, errp);
    }
    *bus = bus_find(name);
    return *bus || error_setg(errp, "bus '%s' not found", name);
}

static bool check_hotplug(const DeviceClass *dc, const BusState *bus, Error **errp)
{
    if (machine_is_ready() && dc->no_hotplug) {
        return error_setg(errp, "device '%s' cannot be hot-plugged: %s",
                          object_class_get_name(OBJECT_CLASS(dc)), dc->no_hotplug);
    }
    if (!machine_is_ready() || (bus && bus->hotplug_handler)) {
        return true;
    }
    return bus ? error_setg(errp, "bus '%s' does not support hotplugging", bus->name)
               : error_setg(errp, "a device without a bus cannot be hotplugged");
}

/* --- adding --------------------------------------------------------------------------------------------------- */

static bool check_id(const char *id, Error **errp)
{
    if (id && !object_id_is_well_formed(id)) {
        return error_setg(errp, "parameter 'id' expects an identifier, not '%s'", id);
    }
    return !id || !qdev_find_by_id(id) || error_setg(errp, "duplicate device id '%s'", id);
}

static void add_to_tree(DeviceState *dev, const char *id)
{
    dev->id = g_strdup(id);
    if (id) {
        object_property_add_child(machine_container("peripheral"), id, OBJECT(dev));
    } else {
        object_property_add_child(machine_container("peripheral-anon"), "device[*]", OBJECT(dev));
    }
}

static bool set_one(void *dev, const char *key, const char *value, Error **errp)
{
    return object_property_parse(dev, key, value, errp);
}

static DeviceState *make_device(const char *driver, const char *id, BusState *bus,
                                const Options *opts, Error **errp)
{
    DeviceState *dev = qdev_try_new(driver, errp);
    if (!dev) {
        return NULL;
    }
    add_to_tree(dev, id);
    bool ok = options_foreach(opts, set_one, dev, errp) && qdev_realize(dev, bus, errp);
    if (!ok) {
        object_unparent(OBJECT(dev));
    }
    object_unref(dev); /* the tree holds its own reference */
    return ok ? dev : NULL;
}

DeviceState *qdev_device_add(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "driver", NULL, errp);
    if (!opts) {
        return NULL;
    }
    g_autofree char *driver = options_take(opts, "driver");
    g_autofree char *id = options_take(opts, "id");
    g_autofree char *bus_name = options_take(opts, "bus");
    DeviceClass *dc = qdev_creatable_class(driver, errp);
    BusState *bus;
    if (!dc || !choose_bus(driver, dc, bus_name, &bus, errp) || !check_hotplug(dc, bus, errp) ||
        !check_id(id, errp)) {
        return NULL;
    }
    return make_device(driver, id, bus, opts, errp);
}

DeviceState *qdev_find_by_id(const char *id)
{
    Object *obj = object_resolve_path_component(machine_container("peripheral"), id);
    return (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
}

bool qdev_unplug(DeviceState *dev, Error **errp)
{
    BusState *bus = dev->parent_bus;
    const char *name = dev->id ? dev->id : object_get_typename(OBJECT(dev));
    const char *reason = DEVICE_GET_CLASS(dev)->no_hotplug;
    if (reason) {
        return error_setg(errp, "device '%s' cannot be unplugged: %s", name, reason);
    }
    if (!bus || !bus->hotplug_handler) {
        return error_setg(errp, "device '%s' does not support unplugging", name);
    }
    HotplugHandlerClass *hc = OBJECT_GET_CLASS(HotplugHandlerClass, bus->hotplug_handler,
                                               TYPE_HOTPLUG_HANDLER);
    if (hc->unplug && !hc->unplug(bus->hotplug_handler, dev, errp)) {
        return false;
    }
    object_unparent(OBJECT(dev));
    return true;
}

bool qdev_device_del(const char *id, Error **errp)
{
    DeviceState *dev = qdev_find_by_id(id);
    if (!dev && *id == '/') {
        dev = (DeviceState *)object_dynamic_cast(object_resolve_path(id, NULL), TYPE_DEVICE);
    }
    if (!dev) {
        return error_setg(errp, "device '%s' not found; `info qtree` shows ids", id);
    }
    return was_added(dev) ? qdev_unplug(dev, errp)
                          : error_setg(errp, "device '%s' is part of the machine and stays", id);
}
