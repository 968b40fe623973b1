/* SPDX-License-Identifier: MIT */
/* `info qtree`: buses and devices as they are plugged; `info qom-tree`: the composition tree. */
#include "hw/core/internal.h"
#include "hw/core/sysbus.h"

static void print_bus(BusState *bus, GString *out, int indent);

static void G_GNUC_PRINTF(3, 4) line(GString *out, int indent, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_string_append_printf(out, "%*s", indent, "");
    g_string_append_vprintf(out, fmt, ap);
    g_string_append_c(out, '\n');
    va_end(ap);
}

static void print_lines(const DeviceState *dev, GString *out, int indent)
{
    for (GSList *e = dev->lines; e; e = e->next) {
        const NamedLines *lines = e->data;
        const char *name = lines->name ? lines->name : "";
        if (lines->inputs->len) {
            line(out, indent, "gpio-in \"%s\" %u", name, lines->inputs->len);
        }
        if (lines->output_count) {
            line(out, indent, "gpio-out \"%s\" %u", name, lines->output_count);
        }
    }
}

static void print_rows(DeviceState *dev, const Property *row, GString *out, int indent)
{
    for (; row && row->name; row++) {
        g_autofree char *value = object_property_print(OBJECT(dev), row->name, NULL);
        const char *quote = row->type == FIELD_STRING || row->type == FIELD_LINK ? "\"" : "";
        line(out, indent, "%s = %s%s%s", row->name, quote, value ? value : "", quote);
    }
}

static void print_properties(DeviceState *dev, GString *out, int indent)
{
    ObjectClass *klass = object_get_class(OBJECT(dev));
    for (; object_class_dynamic_cast(klass, TYPE_DEVICE); klass = object_class_get_parent(klass)) {
        print_rows(dev, DEVICE_CLASS(klass)->props, out, indent);
    }
}

static void print_device(DeviceState *dev, GString *out, int indent)
{
    line(out, indent, "dev: %s, id \"%s\"", object_get_typename(OBJECT(dev)),
         dev->id ? dev->id : "");
    indent += 2;
    print_lines(dev, out, indent);
    print_properties(dev, out, indent);
    if (dev->parent_bus && BUS_GET_CLASS(dev->parent_bus)->print_dev) {
        BUS_GET_CLASS(dev->parent_bus)->print_dev(dev, out, indent);
    }
    for (GSList *e = dev->child_bus; e; e = e->next) {
        print_bus(e->data, out, indent);
    }
}

static void print_bus(BusState *bus, GString *out, int indent)
{
    line(out, indent, "bus: %s", bus->name);
    line(out, indent + 2, "type %s", object_get_typename(OBJECT(bus)));
    for (GSList *e = bus->children; e; e = e->next) {
        print_device(e->data, out, indent + 2);
    }
}

static int print_busless(Object *obj, void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    if (dev && dev->realized && !dev->parent_bus) {
        print_device(dev, opaque, 0);
    }
    return 0;
}

void qdev_info_qtree(GString *out)
{
    print_bus(sysbus_get_default(), out, 0);
    object_child_foreach_recursive(object_get_root(), print_busless, out);
}

void qdev_info_qom_tree(GString *out, const char *path)
{
    bool ambiguous = false;
    Object *obj = object_resolve_path(path ? path : "/machine", &ambiguous);
    if (!obj) {
        g_string_append_printf(out, "path '%s' %s\n", path ? path : "/machine",
                               ambiguous ? "names several objects" : "not found");
        return;
    }
    object_info_tree(obj, out);
}
