/* SPDX-License-Identifier: MIT */
/*
 * Named lines of devices. Input n of set NAME is the child "NAME[n]" of the device, output n the link
 * "NAME[n]"; the unnamed sets are "unnamed-gpio-in" and "unnamed-gpio-out".
 */
#include "hw/core/internal.h"

static NamedLines *find_lines(DeviceState *dev, const char *name)
{
    for (GSList *e = dev->lines; e; e = e->next) {
        NamedLines *lines = e->data;
        if (g_strcmp0(lines->name, name) == 0) {
            return lines;
        }
    }
    return NULL;
}

static NamedLines *get_lines(DeviceState *dev, const char *name)
{
    NamedLines *lines = find_lines(dev, name);
    if (!lines) {
        lines = g_new0(NamedLines, 1);
        lines->name = g_strdup(name);
        lines->inputs = g_ptr_array_new();
        dev->lines = g_slist_append(dev->lines, lines);
    }
    return lines;
}

static void free_lines(void *data)
{
    NamedLines *lines = data;
    g_free(lines->name);
    g_ptr_array_unref(lines->inputs);
    g_free(lines);
}

void qdev_free_lines(DeviceState *dev)
{
    g_slist_free_full(dev->lines, free_lines);
    dev->lines = NULL;
}

static char *output_property(const char *name, unsigned n)
{
    return g_strdup_printf("%s[%u]", name ? name : "unnamed-gpio-out", n);
}

void qdev_init_gpio_in_named(DeviceState *dev, IrqHandler *handler, const char *name, int n)
{
    NamedLines *lines = get_lines(dev, name);
    for (int i = 0; i < n; i++) {
        unsigned index = lines->inputs->len;
        IrqLine *irq = irq_line_new(handler, dev, (int)index);
        g_autofree char *property = g_strdup_printf("%s[%u]", name ? name : "unnamed-gpio-in",
                                                    index);
        object_property_add_child(OBJECT(dev), property, OBJECT(irq));
        object_unref(irq);
        g_ptr_array_add(lines->inputs, irq);
    }
}

void qdev_init_gpio_out_named(DeviceState *dev, IrqLine **pins, const char *name, int n)
{
    NamedLines *lines = get_lines(dev, name);
    for (int i = 0; i < n; i++) {
        g_autofree char *property = output_property(name, lines->output_count++);
        object_property_add_link(OBJECT(dev), property, TYPE_IRQ, (Object **)&pins[i], NULL);
    }
}

IrqLine *qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n)
{
    NamedLines *lines = find_lines(dev, name);
    g_assert(lines && n >= 0 && (unsigned)n < lines->inputs->len);
    return lines->inputs->pdata[n];
}

IrqLine *qdev_get_gpio_in(DeviceState *dev, int n) { return qdev_get_gpio_in_named(dev, NULL, n); }

void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n, IrqLine *irq)
{
    if (irq && !OBJECT(irq)->parent) {
        object_property_add_child(machine_container("unattached"), "non-qdev-gpio[*]", OBJECT(irq));
    }
    g_autofree char *property = output_property(name, (unsigned)n);
    object_property_set_link(OBJECT(dev), property, OBJECT(irq), &error_abort);
}

void qdev_connect_gpio_out(DeviceState *dev, int n, IrqLine *irq)
{
    qdev_connect_gpio_out_named(dev, NULL, n, irq);
}

void qdev_intercept_gpio_out(DeviceState *dev, const char *name, int n, IrqHandler *hook,
                             void *opaque)
{
    g_autofree char *property = output_property(name, (unsigned)n);
    Object *old = object_property_get_link(OBJECT(dev), property, &error_abort);
    IrqLine *front = irq_line_intercept((IrqLine *)old, hook, opaque);
    qdev_connect_gpio_out_named(dev, name, n, front);
    object_unref(front);
}
