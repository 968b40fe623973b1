/* SPDX-License-Identifier: MIT */
/* Devices that the board maps and wires itself: regions by index, interrupt outputs by index. */
#ifndef HW_CORE_SYSBUS_H
#define HW_CORE_SYSBUS_H

#include "hw/core/qdev.h"
#include "memory/memory.h"

#define TYPE_SYS_BUS_DEVICE "sys-bus-device"
OBJECT_DECLARE_TYPE(SysBusDevice, SysBusDeviceClass, SYS_BUS_DEVICE)

enum { SYSBUS_MAX_MMIO = 8 };

struct SysBusDevice {
    DeviceState parent_obj;
    unsigned mmio_count;
    MemoryRegion *mmio[SYSBUS_MAX_MMIO];
    hwaddr mmio_addr[SYSBUS_MAX_MMIO];
    bool is_mapped[SYSBUS_MAX_MMIO];
    unsigned irq_count;
};

struct SysBusDeviceClass {
    DeviceClass parent_class;
};

BusState *sysbus_get_default(void); /* main-system-bus, made on first use */
/* In instance_init or realize. Also sets the region's reentrancy guard. */
void sysbus_init_mmio(SysBusDevice *dev, MemoryRegion *mr);
void sysbus_init_irq(SysBusDevice *dev, IrqLine **pin); /* output line "sysbus-irq"[i] */
MemoryRegion *sysbus_mmio_get_region(SysBusDevice *dev, unsigned n);
/* Map region @n into system memory. */
void sysbus_mmio_map(SysBusDevice *dev, unsigned n, hwaddr addr);
void sysbus_connect_irq(SysBusDevice *dev, unsigned n, IrqLine *irq);
bool sysbus_realize(SysBusDevice *dev, Error **errp); /* on the main system bus */

#endif
