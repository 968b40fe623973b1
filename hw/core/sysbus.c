/* SPDX-License-Identifier: MIT */
/*
 * Devices that the board maps and wires itself, and the bus they sit on, main-system-bus at
 * /machine/unattached/sysbus.
 */
#include "hw/core/sysbus.h"

#include "hw/core/internal.h"

#include <inttypes.h>

#define TYPE_SYSTEM_BUS "System"
#define SYSBUS_IRQ "sysbus-irq"

BusState *sysbus_get_default(void)
{
    Object *parent = machine_container("unattached");
    Object *bus = object_resolve_path_component(parent, "sysbus");
    if (!bus) {
        bus = OBJECT(bus_new(TYPE_SYSTEM_BUS, NULL, "main-system-bus"));
        object_property_add_child(parent, "sysbus", bus);
        object_unref(bus);
        BUS(bus)->realized = true;
    }
    return BUS(bus);
}

void sysbus_init_mmio(SysBusDevice *dev, MemoryRegion *mr)
{
    g_assert(dev->mmio_count < SYSBUS_MAX_MMIO);
    memory_region_set_reentrancy_guard(mr, &DEVICE(dev)->in_io);
    dev->mmio[dev->mmio_count++] = mr;
}

void sysbus_init_irq(SysBusDevice *dev, IrqLine **pin)
{
    qdev_init_gpio_out_named(DEVICE(dev), pin, SYSBUS_IRQ, 1);
    dev->irq_count++;
}

MemoryRegion *sysbus_mmio_get_region(SysBusDevice *dev, unsigned n)
{
    g_assert(n < dev->mmio_count);
    return dev->mmio[n];
}

void sysbus_mmio_map(SysBusDevice *dev, unsigned n, hwaddr addr)
{
    MemoryRegion *mr = sysbus_mmio_get_region(dev, n);
    if (dev->is_mapped[n]) {
        memory_region_del_subregion(get_system_memory(), mr);
    }
    dev->is_mapped[n] = true;
    dev->mmio_addr[n] = addr;
    memory_region_add_subregion(get_system_memory(), addr, mr);
}

void sysbus_connect_irq(SysBusDevice *dev, unsigned n, IrqLine *irq)
{
    qdev_connect_gpio_out_named(DEVICE(dev), SYSBUS_IRQ, (int)n, irq);
}

bool sysbus_realize(SysBusDevice *dev, Error **errp)
{
    return qdev_realize(DEVICE(dev), sysbus_get_default(), errp);
}

/* --- types ---------------------------------------------------------------------------------------------- */

static void sysbus_unplug(G_GNUC_UNUSED BusState *bus, DeviceState *dev)
{
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);
    for (unsigned i = 0; i < sbd->mmio_count; i++) {
        if (sbd->is_mapped[i]) {
            memory_region_del_subregion(get_system_memory(), sbd->mmio[i]);
            sbd->is_mapped[i] = false;
        }
    }
}

static void sysbus_print_dev(DeviceState *dev, GString *out, int indent)
{
    const SysBusDevice *sbd = SYS_BUS_DEVICE(dev);
    for (unsigned i = 0; i < sbd->mmio_count; i++) {
        uint64_t size = memory_region_size(sbd->mmio[i]);
        if (sbd->is_mapped[i]) {
            g_string_append_printf(out, "%*smmio %016" PRIx64 "/%016" PRIx64 "\n", indent, "",
                                   sbd->mmio_addr[i], size);
        } else {
            g_string_append_printf(out, "%*smmio not mapped/%016" PRIx64 "\n", indent, "", size);
        }
    }
}

static void system_bus_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    BusClass *bc = BUS_CLASS(klass);
    bc->unplug = sysbus_unplug;
    bc->print_dev = sysbus_print_dev;
}

static void sysbus_device_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->bus_type = TYPE_SYSTEM_BUS;
}

static const TypeInfo system_bus_info = {
    .name = TYPE_SYSTEM_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(BusState),
    .class_init = system_bus_class_init,
};

static const TypeInfo sysbus_device_info = {
    .name = TYPE_SYS_BUS_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(SysBusDevice),
    .class_size = sizeof(SysBusDeviceClass),
    .abstract = true,
    .class_init = sysbus_device_class_init,
};

DEFINE_TYPE(system_bus_info)
DEFINE_TYPE(sysbus_device_info)
