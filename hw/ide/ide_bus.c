/* SPDX-License-Identifier: MIT */
/*
 * The IDE bus: who is selected, what a write to a register does to both devices, who has the data register, the
 * interrupt line and the DMA channel.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 5.2, 7 (registers), 9.3 (diagnostic), 9.16 (one device alone); mac99.md 8.3 (an
 * empty cable reads 0; an absent slave does not look like its master).
 */
#include "hw/ide/ide_device.h"
#include "util/log.h"
#include "util/trace.h"

#include <stdlib.h>

enum { DEVICE_RESET = 0x08, EXECUTE_DEVICE_DIAGNOSTIC = 0x90 };
enum { NOBODY = 0xff }; /* registers of a device that is not there */

/* --- who is there -------------------------------------------------------------------------------------------- */

IdeDevice *ide_bus_unit(const IdeBus *bus, unsigned unit)
{
    for (GSList *e = bus->parent_obj.children; e; e = e->next) {
        IdeDevice *dev = IDE_DEVICE(e->data);
        if (DEVICE(dev)->realized && dev->unit == (int32_t)unit) {
            return dev;
        }
    }
    return NULL;
}

bool ide_bus_is_empty(const IdeBus *bus) { return !ide_bus_unit(bus, 0) && !ide_bus_unit(bus, 1); }

/* Both devices have heard the same, so that either knows. */
IdeDevice *ide_bus_selected(const IdeBus *bus)
{
    const IdeDevice *any = ide_bus_unit(bus, 0);
    any = any ? any : ide_bus_unit(bus, 1);
    return any ? ide_bus_unit(bus, any->head & IDE_HEAD_SLAVE ? 1 : 0) : NULL;
}

static bool is_occupied(const IdeDevice *dev) { return dev->status & (IDE_BSY | IDE_DRQ); }

bool ide_bus_irq(const IdeBus *bus)
{
    const IdeDevice *dev = ide_bus_selected(bus);
    return dev && dev->intrq && !(dev->control & IDE_CONTROL_NIEN);
}

void ide_bus_update_irq(IdeBus *bus) { bus->ops->set_irq(bus->opaque, ide_bus_irq(bus)); }

/* --- DMA ---------------------------------------------------------------------------------------------------- */

static IdeDevice *dma_device(const IdeBus *bus)
{
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev && (dev->phase == IDE_DMA_IN || dev->phase == IDE_DMA_OUT)) {
            return dev;
        }
    }
    return NULL;
}

void ide_bus_dma_ready(IdeBus *bus, bool is_input)
{
    IdeDevice *dev = dma_device(bus);
    if (dev && (dev->phase == IDE_DMA_IN) == is_input) {
        ide_device_move_dma(dev);
    }
}

/* What is in a buffer has been offered already. */
bool ide_bus_flush_dma(IdeBus *bus)
{
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev && IDE_DEVICE_GET_CLASS(dev)->dma_pending &&
            IDE_DEVICE_GET_CLASS(dev)->dma_pending(dev)) {
            dev->flush_waits = true;
            return true;
        }
    }
    return false;
}

/* --- the data register -------------------------------------------------------------------------------------- */

static IdeDevice *pio_device(const IdeBus *bus, IdePhase phase)
{
    IdeDevice *dev = ide_bus_selected(bus);
    if (!dev || dev->phase != phase) {
        log_guest_error(TYPE_IDE_BUS, phase, "%s of the data register without DRQ",
                        phase == IDE_PIO_IN ? "read" : "write");
        return NULL;
    }
    return dev;
}

uint16_t ide_bus_read_data(IdeBus *bus)
{
    IdeDevice *dev = ide_bus_is_empty(bus) ? NULL : pio_device(bus, IDE_PIO_IN);
    return dev ? ide_device_read_data(dev) : 0;
}

void ide_bus_write_data(IdeBus *bus, uint16_t word)
{
    IdeDevice *dev = ide_bus_is_empty(bus) ? NULL : pio_device(bus, IDE_PIO_OUT);
    if (dev) {
        ide_device_write_data(dev, word);
    }
}

/* --- the other registers ------------------------------------------------------------------------------------ */

static void diagnose(IdeBus *bus)
{
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev) {
            ide_device_begin_reset(dev, IDE_RESET_DIAGNOSTIC);
            ide_device_end_reset(dev);
        }
    }
    if (ide_bus_unit(bus, 0)) {
        ide_raise(ide_bus_unit(bus, 0));
    }
}

static void write_command(IdeBus *bus, uint8_t opcode)
{
    IdeDevice *dev = ide_bus_selected(bus);
    if (dev && is_occupied(dev)) {
        bool is_reset = opcode == DEVICE_RESET && IDE_DEVICE_GET_CLASS(dev)->has_device_reset;
        if (!is_reset || (dev->control & IDE_CONTROL_SRST)) {
            log_guest_error(TYPE_IDE_BUS, opcode, "command %#x for unit %d, which is busy", opcode,
                            dev->unit);
            return;
        }
    }
    TRACE(ide_command, "%s command %#x for unit %d", BUS(bus)->name, opcode, dev ? dev->unit : -1);
    if (opcode == EXECUTE_DEVICE_DIAGNOSTIC) {
        diagnose(bus); /* both do it, whoever is selected */
    } else if (dev && opcode == DEVICE_RESET && IDE_DEVICE_GET_CLASS(dev)->has_device_reset) {
        ide_device_reset(dev); /* alone; its number stays selected */
    } else if (dev) {
        ide_device_command(dev, opcode);
    }
}

/* @value is for both. While the selected one is occupied nobody listens. */
static void write_both(IdeBus *bus, IdeRegister reg, uint8_t value)
{
    const IdeDevice *selected = ide_bus_selected(bus);
    bool is_ignored = selected && is_occupied(selected);
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        IdeDevice *dev = ide_bus_unit(bus, n);
        if (dev && reg == IDE_CONTROL) {
            ide_device_write_control(dev, value);
        } else if (dev && !is_ignored) {
            ide_device_write(dev, reg, value);
        }
    }
}

void ide_bus_write(IdeBus *bus, IdeRegister reg, uint8_t value)
{
    if (reg == IDE_STATUS) {
        write_command(bus, value);
    } else {
        write_both(bus, reg, value);
    }
    ide_bus_update_irq(bus);
}

/* Nobody drives the registers of a device that is not there: DD7 is pulled down on an empty cable; beside
 * another device what is read is no signature, and never the other's. */
uint8_t ide_bus_read(IdeBus *bus, IdeRegister reg)
{
    IdeDevice *dev = ide_bus_selected(bus);
    if (!dev) {
        bool is_status = reg == IDE_STATUS || reg == IDE_CONTROL;
        return is_status || ide_bus_is_empty(bus) ? 0 : NOBODY;
    }
    uint8_t value = ide_device_read(dev, reg);
    if (reg == IDE_STATUS) {
        dev->intrq = false;
        ide_bus_update_irq(bus);
    }
    return value;
}

/* --- the bus ------------------------------------------------------------------------------------------------ */

static const IdeDevice *occupant(BusState *bus, int32_t unit)
{
    for (GSList *e = bus->children; e; e = e->next) {
        const IdeDevice *dev = IDE_DEVICE(e->data);
        if (dev->unit == unit) {
            return dev;
        }
    }
    return NULL;
}

static bool plug_check(BusState *bus, DeviceState *qdev, Error **errp)
{
    IdeDevice *dev = IDE_DEVICE(qdev);
    if (dev->unit < IDE_NO_UNIT || dev->unit >= IDE_UNITS) {
        return error_setg(errp, "Can't create IDE unit %d, bus supports only 2 units", dev->unit);
    }
    if (dev->unit == IDE_NO_UNIT) {
        dev->unit = occupant(bus, 0) ? 1 : 0;
    }
    return !occupant(bus, dev->unit) || error_setg(errp, "IDE unit %d is in use", dev->unit);
}

static void print_dev(DeviceState *dev, GString *out, int indent)
{
    g_string_append_printf(out, "%*sunit %d\n", indent, "", IDE_DEVICE(dev)->unit);
}

IdeBus *ide_bus_new(DeviceState *host, const IdeHostOps *ops, void *opaque)
{
    IdeBus *bus = IDE_BUS(bus_new(TYPE_IDE_BUS, host, NULL));
    bus->ops = ops;
    bus->opaque = opaque;
    bus->number = (unsigned)strtoul(strrchr(BUS(bus)->name, '.') + 1, NULL, 10);
    return bus;
}

const VMStateDescription vmstate_ide_bus = {
    .name = "ide-bus",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(ops, IdeBus, "wiring"),
            VMSTATE_TRANSIENT(opaque, IdeBus, "wiring"),
            VMSTATE_TRANSIENT(number, IdeBus, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static void bus_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    BusClass *bc = BUS_CLASS(klass);
    bc->max_dev = IDE_UNITS;
    bc->plug_check = plug_check;
    bc->print_dev = print_dev;
}

static const TypeInfo ide_bus_info = {
    .name = TYPE_IDE_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(IdeBus),
    .class_init = bus_class_init,
};
DEFINE_TYPE(ide_bus_info)
