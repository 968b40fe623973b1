/* SPDX-License-Identifier: MIT */
/*
 * `-device help`, the list by category, and `-device TYPE,help`, the properties with their defaults.
 *
 * Source: form as in QEMU.
 */
#include "hw/core/internal.h"

static void print_class(const DeviceClass *dc, GString *out)
{
    g_string_append_printf(out, "name \"%s\"", object_class_get_name(OBJECT_CLASS(dc)));
    if (dc->bus_type) {
        g_string_append_printf(out, ", bus %s", dc->bus_type);
    }
    if (dc->desc) {
        g_string_append_printf(out, ", desc \"%s\"", dc->desc);
    }
    g_string_append_c(out, '\n');
}

static void list_category(GSList *classes, DeviceCategory category, const char *title, GString *out)
{
    bool is_first = true;
    for (GSList *e = classes; e; e = e->next) {
        const DeviceClass *dc = e->data;
        if (!dc->user_creatable || dc->category != category) {
            continue;
        }
        if (is_first) {
            g_string_append_printf(out, "%s%s devices:\n", out->len ? "\n" : "", title);
        }
        is_first = false;
        print_class(dc, out);
    }
}

static char *list_devices(void)
{
    static const char *const titles[DEVICE_CATEGORIES] = {
        [DEVICE_CATEGORY_NONE] = "Uncategorized",
        [DEVICE_CATEGORY_BRIDGE] = "Controller/Bridge/Hub",
        [DEVICE_CATEGORY_USB] = "USB",
        [DEVICE_CATEGORY_STORAGE] = "Storage",
        [DEVICE_CATEGORY_NETWORK] = "Network",
        [DEVICE_CATEGORY_INPUT] = "Input",
        [DEVICE_CATEGORY_DISPLAY] = "Display",
        [DEVICE_CATEGORY_SOUND] = "Sound",
        [DEVICE_CATEGORY_MISC] = "Misc",
    };
    GString *out = g_string_new(NULL);
    g_autoptr(GSList) classes = object_class_get_list(TYPE_DEVICE, false);
    for (unsigned category = 1; category < DEVICE_CATEGORIES; category++) {
        list_category(classes, category, titles[category], out);
    }
    list_category(classes, DEVICE_CATEGORY_NONE, titles[DEVICE_CATEGORY_NONE], out);
    return g_string_free(out, false);
}

/* An instance knows more than its class: what a part of it lends. */
char *qdev_device_help(const char *type, Error **errp)
{
    if (!type) {
        return list_devices();
    }
    if (!qdev_creatable_class(type, errp)) {
        return NULL;
    }
    Object *dev = OBJECT(qdev_new(type));
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s options:\n", type);
    g_autoptr(GSList) props = object_property_list(dev);
    for (GSList *e = props; e; e = e->next) {
        const ObjectProperty *prop = e->data;
        if (!g_str_equal(prop->name, "realized")) {
            object_property_help(prop, out);
        }
    }
    object_unref(dev);
    return g_string_free(out, false);
}
