/* SPDX-License-Identifier: MIT */
/*
 * MacIO (KeyLargo): the PCI function that holds the Mac's small devices, as a table of parts.
 *
 * Source: mac99.md 4.4 and 5. Not modelled: the feature control registers (reads 0, writes vanish, both
 * logged), media bay, sound, I2C. Property via=cuda|pmu|pmu-adb; the chardevs of the serial channels.
 * Lines out: "cpu-int"[0], "cpu-reset"[0] of the interrupt controller.
 */
#include "chardev/chardev.h"
#include "hw/core/sysbus.h"
#include "hw/input/adb.h"
#include "hw/pci/pci.h"

#define TYPE_MACIO "macio-newworld"
OBJECT_DECLARE_SIMPLE_TYPE(MacIo, MACIO)

enum { BAR_SIZE = 0x80000, MAX_REGIONS = 2, MAX_WIRES = 2 };
typedef enum ViaConfig { VIA_CUDA, VIA_PMU, VIA_PMU_ADB } ViaConfig;

struct MacIo {
    PCIDevice parent_obj;
    MemoryRegion bar;
    int via; /* ViaConfig */
    Chardev *serial[2];
    DeviceState *pic;
};

/* A part: its type, where its regions lie, which interrupt source its sysbus lines drive. */
typedef struct Part {
    const char *name, *type;
    uint32_t at[MAX_REGIONS];
    int source[MAX_WIRES];
    uint8_t regions, wires;
    uint8_t dma_channel; /* 0: none */
} Part;

static const Part common_parts[] = {
    {.name = "dbdma", .type = "mac-dbdma", .at = {0x08000}, .regions = 1},
    {.name = "escc",
     .type = "escc",
     .at = {0x13000, 0x12000},
     .regions = 2,
     .source = {0x24, 0x25},
     .wires = 2},
    {.name = "timer", .type = "keylargo-timer", .at = {0x15000}, .regions = 1},
    {.name = "ide[0]",
     .type = "macio-ide",
     .at = {0x20000},
     .regions = 1,
     .source = {0x0d, 0x02},
     .wires = 2,
     .dma_channel = 0x16},
    {.name = "ide[1]",
     .type = "macio-ide",
     .at = {0x21000},
     .regions = 1,
     .source = {0x0e, 0x03},
     .wires = 2,
     .dma_channel = 0x1a},
};
static const Part pic_part = {.name = "pic", .type = "openpic", .at = {0x40000}, .regions = 1};
static const Part gpio_part = {.name = "gpio", .type = "macio-gpio", .at = {0x00050}, .regions = 1};
static const Part cuda_part = {.name = "cuda",
                               .type = "via-cuda",
                               .at = {0x16000},
                               .regions = 1,
                               .source = {0x19},
                               .wires = 1};
static const Part pmu_part = {
    .name = "pmu", .type = "via-pmu", .at = {0x16000}, .regions = 1, .source = {0x19}, .wires = 1};

static DeviceState *new_part(MacIo *s, const Part *part)
{
    DeviceState *dev = qdev_new(part->type);
    object_property_add_child(OBJECT(s), part->name, OBJECT(dev));
    object_unref(dev); /* the tree keeps it */
    return dev;
}

static bool finish_part(MacIo *s, const Part *part, DeviceState *dev, Error **errp)
{
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);
    if (!sysbus_realize(sbd, errp)) {
        return false;
    }
    for (unsigned n = 0; n < part->regions; n++) {
        memory_region_add_subregion(&s->bar, part->at[n], sysbus_mmio_get_region(sbd, n));
    }
    for (unsigned n = 0; n < part->wires; n++) {
        sysbus_connect_irq(sbd, n, qdev_get_gpio_in(s->pic, part->source[n]));
    }
    return true;
}

static bool add_common_parts(MacIo *s, Error **errp)
{
    DeviceState *dbdma = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(common_parts); i++) {
        const Part *part = &common_parts[i];
        DeviceState *dev = new_part(s, part);
        if (strcmp(part->name, "escc") == 0) {
            object_property_set_link(OBJECT(dev), "chardev-a", OBJECT(s->serial[0]), &error_abort);
            object_property_set_link(OBJECT(dev), "chardev-b", OBJECT(s->serial[1]), &error_abort);
        }
        if (part->dma_channel) {
            object_property_set_link(OBJECT(dev), "dbdma", OBJECT(dbdma), &error_abort);
            object_property_set_uint(OBJECT(dev), "channel", part->dma_channel, &error_abort);
        }
        if (!finish_part(s, part, dev, errp)) {
            return false;
        }
        dbdma = dbdma ? dbdma : dev; /* the first one */
    }
    return true;
}

/* Behind the controller that has the bus: every Mac of this kind has both. */
static bool add_keyboard_and_mouse(DeviceState *controller, Error **errp)
{
    return adb_bus_add_default_devices(ADB_BUS(qdev_get_child_bus(controller, "adb.0")), errp);
}

static bool add_cuda(MacIo *s, Error **errp)
{
    DeviceState *cuda = new_part(s, &cuda_part);
    return finish_part(s, &cuda_part, cuda, errp) && add_keyboard_and_mouse(cuda, errp);
}

/* The PMU asks for attention through pin 1; pin 9 is the programmer's switch. */
static bool add_gpio_and_pmu(MacIo *s, Error **errp)
{
    enum { PIN_PMU = 1, PIN_NMI = 9, SOURCE_PMU = 0x2f, SOURCE_NMI = 0x37 };
    DeviceState *gpio = new_part(s, &gpio_part);
    if (!finish_part(s, &gpio_part, gpio, errp)) {
        return false;
    }
    qdev_connect_gpio_out_named(gpio, "extint", PIN_PMU, qdev_get_gpio_in(s->pic, SOURCE_PMU));
    qdev_connect_gpio_out_named(gpio, "extint", PIN_NMI, qdev_get_gpio_in(s->pic, SOURCE_NMI));
    DeviceState *pmu = new_part(s, &pmu_part);
    object_property_set_bool(OBJECT(pmu), "has-adb", s->via == VIA_PMU_ADB, &error_abort);
    if (!finish_part(s, &pmu_part, pmu, errp)) {
        return false;
    }
    qdev_connect_gpio_out_named(pmu, "pmu-request", 0,
                                qdev_get_gpio_in_named(gpio, "gpio", PIN_PMU));
    return s->via != VIA_PMU_ADB || add_keyboard_and_mouse(pmu, errp);
}

static bool macio_realize(PCIDevice *dev, Error **errp)
{
    MacIo *s = MACIO(dev);
    memory_region_init(&s->bar, OBJECT(s), "macio", BAR_SIZE);
    s->pic = new_part(s, &pic_part);
    if (!finish_part(s, &pic_part, s->pic, errp) || !add_common_parts(s, errp)) {
        return false;
    }
    if (s->via == VIA_CUDA ? !add_cuda(s, errp) : !add_gpio_and_pmu(s, errp)) {
        return false;
    }
    pci_register_bar(dev, 0, 0, &s->bar);
    return true;
}

static const VMStateDescription vmstate_macio = {
    .name = TYPE_MACIO,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_PCI_DEVICE(parent_obj, MacIo),
            VMSTATE_TRANSIENT(via, MacIo, "configuration"),
            VMSTATE_TRANSIENT(serial, MacIo, "host back ends"),
            VMSTATE_TRANSIENT(pic, MacIo, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

static const char *const via_names[] = {"cuda", "pmu", "pmu-adb", NULL};

static const Property macio_properties[] = {
    {.name = "chardev-a",
     .type = FIELD_LINK,
     .link_type = TYPE_CHARDEV,
     .offset = offsetof(MacIo, serial[0]),
     .description = "serial channel A's host end"},
    {.name = "chardev-b",
     .type = FIELD_LINK,
     .link_type = TYPE_CHARDEV,
     .offset = offsetof(MacIo, serial[1]),
     .description = "serial channel B's host end"},
    {.name = NULL},
};

static void macio_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    dc->desc = "KeyLargo MacIO";
    dc->vmsd = &vmstate_macio;
    pc->vendor_id = 0x106b;
    pc->device_id = 0x0022;
    pc->class_id = 0xff00;
    pc->realize = macio_realize;
    device_class_set_props(dc, macio_properties);
    object_class_property_add_enum(klass, "via", "ViaConfig", via_names, offsetof(MacIo, via));
}

static const TypeInfo macio_type = {
    .name = TYPE_MACIO,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(MacIo),
    .class_init = macio_class_init,
};
DEFINE_TYPE(macio_type)
