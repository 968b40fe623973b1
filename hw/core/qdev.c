/* SPDX-License-Identifier: MIT */
/*
 * Devices over QOM: the abstract type "device", its property `realized`, and the steps of realizing
 * and unrealizing, which mirror each other.
 *
 * Source: design.md 5; steps as in QEMU's qdev. Not modelled: device listeners, fail-over.
 */
#include "hw/core/qdev.h"

#include "hw/core/internal.h"
#include "util/trace.h"

#include <string.h>

/* --- making ------------------------------------------------------------------------------------------ */

DeviceState *qdev_try_new(const char *type, Error **errp)
{
    ObjectClass *klass = object_class_by_name(type);
    if (!object_class_dynamic_cast(klass, TYPE_DEVICE)) {
        g_autofree char *hint = object_type_suggestion(type, TYPE_DEVICE);
        error_setg(errp, "'%s' is not a valid device model name%s", type, hint);
        return NULL;
    }
    return (DeviceState *)object_try_new(type, errp);
}

DeviceState *qdev_new(const char *type) { return qdev_try_new(type, &error_abort); }

/* --- the parent bus ----------------------------------------------------------------------------------- */

bool qdev_set_parent_bus(DeviceState *dev, BusState *bus, Error **errp)
{
    g_assert(!dev->parent_bus);
    TRACE(qdev_set_parent_bus, "%s", object_get_typename(OBJECT(dev)));
    if (!bus_accepts(bus, dev, errp)) {
        return false;
    }
    bus_add_child(bus, dev);
    return true;
}

static bool check_needs_no_bus(DeviceState *dev, Error **errp)
{
    const char *bus_type = DEVICE_GET_CLASS(dev)->bus_type;
    return dev->parent_bus || !bus_type ||
           error_setg(errp, "device '%s' needs a bus of type '%s'",
                      object_get_typename(OBJECT(dev)), bus_type);
}

bool qdev_realize(DeviceState *dev, BusState *bus, Error **errp)
{
    g_assert(!dev->realized);
    TRACE(qdev_realize, "%s", object_get_typename(OBJECT(dev)));
    if (bus && !qdev_set_parent_bus(dev, bus, errp)) {
        return false;
    }
    if (object_property_set_bool(OBJECT(dev), "realized", true, errp)) {
        return true;
    }
    if (bus && dev->parent_bus) {
        bus_remove_child(bus, dev);
    }
    return false;
}

bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, Error **errp)
{
    bool ok = qdev_realize(dev, bus, errp);
    object_unref(dev);
    return ok;
}

void qdev_unrealize(DeviceState *dev)
{
    object_property_set_bool(OBJECT(dev), "realized", false, &error_abort);
}

/* --- realize and its mirror ---------------------------------------------------------------------------- */

/* Where the state of @dev is filed: its path below the machine and the name of its description. */
static char *vmstate_id(DeviceState *dev, const VMStateDescription *vmsd)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(dev));
    const char *below = path ? path : object_get_typename(OBJECT(dev));
    if (g_str_has_prefix(below, "/machine/")) {
        below += strlen("/machine/");
    }
    return g_strdup_printf("%s/%s", below, vmsd->name);
}

static void register_vmstate(DeviceState *dev)
{
    const VMStateDescription *vmsd = DEVICE_GET_CLASS(dev)->vmsd;
    if (vmsd) {
        g_autofree char *id = vmstate_id(dev, vmsd);
        vmstate_register(machine_vmstate(), id, vmsd, dev);
    }
}

static void set_buses_realized(DeviceState *dev, bool realized)
{
    for (GSList *e = dev->child_bus; e; e = e->next) {
        BusState *bus = e->data;
        if (!realized) {
            bus_unrealize_children(bus);
        }
        bus->realized = realized;
    }
}

/* Everything that realizing did after dc->realize, backwards, and dc->realize itself. */
static void undo_realize(DeviceState *dev)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    set_buses_realized(dev, false);
    if (dc->vmsd) {
        vmstate_unregister(machine_vmstate(), dev);
    }
    if (dc->unrealize) {
        dc->unrealize(dev);
    }
    dev->realized = false;
}

static bool call_plug_handler(DeviceState *dev, Error **errp)
{
    Object *handler = dev->parent_bus ? dev->parent_bus->hotplug_handler
                                      : machine_hotplug_handler(dev);
    if (!handler) {
        return true;
    }
    HotplugHandlerClass *hc = OBJECT_GET_CLASS(HotplugHandlerClass, handler, TYPE_HOTPLUG_HANDLER);
    return !hc->plug || hc->plug(handler, dev, errp);
}

static bool realize_in_place(DeviceState *dev, Error **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    if (!check_needs_no_bus(dev, errp) || !qdev_globals_applied(dev, errp) ||
        (dc->realize && !dc->realize(dev, errp))) {
        return false;
    }
    register_vmstate(dev);
    set_buses_realized(dev, true);
    dev->realized = true;
    resettable_reset(OBJECT(dev));
    if (!call_plug_handler(dev, errp)) {
        undo_realize(dev);
        return false;
    }
    return true;
}

/* A device that nobody adopted lives under /machine/unattached. */
static bool realize_device(DeviceState *dev, Error **errp)
{
    bool is_unattached = !OBJECT(dev)->parent;
    if (is_unattached) {
        object_property_add_child(machine_container("unattached"), "device[*]", OBJECT(dev));
    }
    bool ok = realize_in_place(dev, errp);
    if (!ok && is_unattached) {
        object_unparent(OBJECT(dev));
    }
    return ok;
}

static void device_set_realized(Object *obj, bool value, Error **errp)
{
    DeviceState *dev = DEVICE(obj);
    if (value == dev->realized) {
        return;
    }
    TRACE(device_set_realized, "%s %d", object_get_typename(obj), value);
    if (value) {
        object_ref(obj);
        realize_device(dev, errp);
        object_unref(obj);
    } else {
        undo_realize(dev);
    }
}

static bool device_get_realized(Object *obj, G_GNUC_UNUSED Error **errp)
{
    return DEVICE(obj)->realized;
}

/* --- properties ------------------------------------------------------------------------------------------ */

static bool refuse_when_realized(Object *obj, const char *name, Error **errp)
{
    DeviceState *dev = DEVICE(obj);
    if (!dev->realized) {
        return true;
    }
    const char *type = object_get_typename(obj);
    return dev->id ? error_setg(errp,
                                "attempt to set property '%s' on device '%s' (type '%s') after it "
                                "was realized",
                                name, dev->id, type)
                   : error_setg(errp,
                                "attempt to set property '%s' on anonymous device (type '%s') "
                                "after it was realized",
                                name, type);
}

void device_class_set_props(DeviceClass *dc, const Property *props)
{
    dc->props = props;
    object_class_add_fields(OBJECT_CLASS(dc), props, refuse_when_realized);
}

static void init_properties(Object *obj)
{
    ObjectClass *klass = object_get_class(obj);
    for (; object_class_dynamic_cast(klass, TYPE_DEVICE); klass = object_class_get_parent(klass)) {
        const Property *props = DEVICE_CLASS(klass)->props;
        if (props) {
            object_init_fields(obj, props);
        }
    }
}

static bool get_parent_bus(Object *obj, PropertyValue *value, G_GNUC_UNUSED void *opaque,
                           G_GNUC_UNUSED Error **errp)
{
    value->link = OBJECT(DEVICE(obj)->parent_bus);
    return true;
}

/* --- the type --------------------------------------------------------------------------------------------- */

static void device_unparent(Object *obj)
{
    DeviceState *dev = DEVICE(obj);
    if (dev->realized) {
        qdev_unrealize(dev);
    }
    while (dev->child_bus) {
        object_unparent(dev->child_bus->data);
    }
    if (dev->parent_bus) {
        bus_remove_child(dev->parent_bus, dev);
    }
}

static void device_init(Object *obj)
{
    DEVICE(obj)->hotplugged = machine_is_ready();
    init_properties(obj);
}

static void device_post_init(Object *obj) { qdev_apply_globals(DEVICE(obj)); }

static void device_finalize(Object *obj)
{
    DeviceState *dev = DEVICE(obj);
    qdev_free_lines(dev);
    g_free(dev->id);
}

static void hold_by_reset(Object *obj)
{
    DeviceClass *dc = DEVICE_GET_CLASS(obj);
    if (dc->reset) {
        dc->reset(DEVICE(obj));
    }
}

static void foreach_child_bus(Object *obj, void (*fn)(Object *child, void *opaque), void *opaque)
{
    for (GSList *e = DEVICE(obj)->child_bus; e; e = e->next) {
        fn(e->data, opaque);
    }
}

static void device_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ResettableClass *rc = (ResettableClass *)object_class_dynamic_cast_assert(
        klass, TYPE_RESETTABLE, G_STRLOC);
    klass->unparent = device_unparent;
    rc->phases.hold = hold_by_reset;
    rc->child_foreach = foreach_child_bus;
    object_class_property_add_bool(klass, "realized", device_get_realized, device_set_realized);
    object_class_property_add(klass, "parent_bus", "link<" TYPE_BUS ">", PROP_LINK, get_parent_bus,
                              NULL, NULL);
}

/* Rows belong to the class that declared them; the copy of the parent's class must not repeat them. */
static void device_class_base_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ((DeviceClass *)klass)->props = NULL;
}

static const TypeInfo device_info = {
    .name = TYPE_DEVICE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(DeviceState),
    .class_size = sizeof(DeviceClass),
    .abstract = true,
    .instance_init = device_init,
    .instance_post_init = device_post_init,
    .instance_finalize = device_finalize,
    .class_init = device_class_init,
    .class_base_init = device_class_base_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_RESETTABLE}, {NULL}},
};

static const TypeInfo hotplug_handler_info = {
    .name = TYPE_HOTPLUG_HANDLER,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(HotplugHandlerClass),
};

DEFINE_TYPE(device_info)
DEFINE_TYPE(hotplug_handler_info)
