/* SPDX-License-Identifier: MIT */
/*
 * Wired OR: the output is high while any input is.
 *
 * Lines in: 0..num-lines-1. Lines out: 0. Reset forgets the inputs without driving the output: the
 * devices behind them are reset at the same time.
 */
#include "hw/core/qdev.h"

OBJECT_DECLARE_SIMPLE_TYPE(OrIrq, OR_IRQ)

struct OrIrq {
    DeviceState parent_obj;
    IrqLine *output;
    bool levels[OR_IRQ_MAX_LINES];
    uint16_t num_lines;
};

static void input_changed(void *opaque, int n, int level)
{
    OrIrq *s = opaque;
    bool any = false;
    s->levels[n] = level != 0;
    for (unsigned i = 0; i < s->num_lines; i++) {
        any |= s->levels[i];
    }
    irq_line_set(s->output, any);
}

static bool or_irq_realize(DeviceState *dev, Error **errp)
{
    OrIrq *s = OR_IRQ(dev);
    if (s->num_lines == 0 || s->num_lines > OR_IRQ_MAX_LINES) {
        return error_setg(errp, "num-lines must be 1 to %d, not %u", OR_IRQ_MAX_LINES,
                          s->num_lines);
    }
    qdev_init_gpio_in(dev, input_changed, s->num_lines);
    return true;
}

static void or_irq_reset(DeviceState *dev)
{
    OrIrq *s = OR_IRQ(dev);
    for (unsigned i = 0; i < s->num_lines; i++) {
        s->levels[i] = false;
    }
}

static void or_irq_init(Object *obj) { qdev_init_gpio_out(DEVICE(obj), &OR_IRQ(obj)->output, 1); }

static const VMStateField or_irq_fields[] = {
    VMSTATE_BOOL_ARRAY(levels, OrIrq),
    VMSTATE_TRANSIENT(num_lines, OrIrq, "property"),
    VMSTATE_END_OF_LIST(),
};

static const VMStateDescription vmstate_or_irq = {
    .name = TYPE_OR_IRQ,
    .version = 1,
    .minimum_version = 1,
    .fields = or_irq_fields,
};

static const Property or_irq_properties[] = {
    {.name = "num-lines",
     .type = FIELD_UINT16,
     .offset = offsetof(OrIrq, num_lines),
     .defval = 1,
     .description = "inputs"},
    {0},
};

static void or_irq_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "wired OR of interrupt lines";
    dc->realize = or_irq_realize;
    dc->reset = or_irq_reset;
    dc->vmsd = &vmstate_or_irq;
    device_class_set_props(dc, or_irq_properties);
}

static const TypeInfo or_irq_info = {
    .name = TYPE_OR_IRQ,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(OrIrq),
    .instance_init = or_irq_init,
    .class_init = or_irq_class_init,
};

DEFINE_TYPE(or_irq_info)
