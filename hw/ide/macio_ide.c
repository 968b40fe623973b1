/* SPDX-License-Identifier: MIT */
/*
 * The ATA cell of MacIO: the registers of an IDE bus 16 bytes apart, its channel of the DBDMA controller, timing
 * and interrupt status.
 *
 * Source: mac99.md 8.3; macosx.md 4.12. Not modelled: the timing register has no effect. Region: 0, 4 KiB. Lines
 * out: "sysbus-irq"[0] INTRQ, [1] the DMA channel's interrupt. Line in: "dma-irq"[0].
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "hw/dma/dbdma.h"
#include "hw/ide/ide.h"
#include "util/log.h"

#define TYPE_MACIO_IDE "macio-ide"
OBJECT_DECLARE_SIMPLE_TYPE(MacioIde, MACIO_IDE)

enum {
    REGION_SIZE = 0x1000,
    REG_STRIDE = 0x10,
    REG_TASKFILE_END = 0x90,
    REG_ALT_STATUS = 0x160,
    REG_TIMING = 0x200,
    REG_INTERRUPT = 0x300,
    INTERRUPT_DMA = (int)0x80000000, /* latched; a one clears it */
    INTERRUPT_DEVICE = 0x40000000,   /* INTRQ as it is */
};

struct MacioIde {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    IdeBus *bus;
    uint32_t timing, interrupt_status;
    IrqLine *irq, *dma_irq;
    /* properties */
    DeviceState *dbdma; /* NULL: no DMA */
    uint32_t channel_number;
    DbdmaChannel *channel;
};

/* --- the bus below ------------------------------------------------------------------------------------------ */

static void set_irq(void *opaque, bool level) { irq_line_set(MACIO_IDE(opaque)->irq, level); }

/* The registers here are closed to the channel's program while it moves data and while a command ends. */
static size_t to_memory(void *opaque, const uint8_t *data, size_t length)
{
    MacioIde *s = opaque;
    bool was_in_io = qdev_io_begin(DEVICE(s));
    size_t moved = s->channel ? dbdma_to_memory(s->channel, data, length) : 0;
    qdev_io_end(DEVICE(s), was_in_io);
    return moved;
}

static size_t from_memory(void *opaque, uint8_t *data, size_t length)
{
    MacioIde *s = opaque;
    bool was_in_io = qdev_io_begin(DEVICE(s));
    size_t moved = s->channel ? dbdma_from_memory(s->channel, data, length) : 0;
    qdev_io_end(DEVICE(s), was_in_io);
    return moved;
}

static void tell_channel(MacioIde *s, void (*news)(DbdmaChannel *ch))
{
    bool was_in_io = qdev_io_begin(DEVICE(s));
    if (s->channel) {
        news(s->channel);
    }
    qdev_io_end(DEVICE(s), was_in_io);
}

static void dma_flushed(void *opaque) { tell_channel(opaque, dbdma_flushed); }

static void dma_ended(void *opaque) { tell_channel(opaque, dbdma_end_record); }

static const IdeHostOps host_ops = {.set_irq = set_irq,
                                    .to_memory = to_memory,
                                    .from_memory = from_memory,
                                    .dma_flushed = dma_flushed,
                                    .dma_ended = dma_ended};

/* --- the channel --------------------------------------------------------------------------------------------- */

static void channel_ready(void *opaque, bool is_input)
{
    ide_bus_dma_ready(MACIO_IDE(opaque)->bus, is_input);
}

static bool channel_flush(void *opaque) { return ide_bus_flush_dma(MACIO_IDE(opaque)->bus); }

static const DbdmaOps channel_ops = {.ready = channel_ready, .flush = channel_flush};

static void dma_interrupt(void *opaque, int n G_GNUC_UNUSED, int level)
{
    MacioIde *s = MACIO_IDE(opaque);
    s->interrupt_status |= level ? (uint32_t)INTERRUPT_DMA : 0;
    irq_line_set(s->dma_irq, level);
}

/* --- registers ----------------------------------------------------------------------------------------------- */

/* Names for debuggers. The task file is the drive's. */
#define TASKFILE(at, text, bytes)                                                                  \
    {.offset = (at), .name = (text), .width = (bytes), .field = REG_NO_FIELD}
#define KEPT(at, text, member)                                                                     \
    {.offset = (at), .name = (text), .width = 4, .field = REG_FIELD(MacioIde, member)}
static const RegRow names[] = {
    TASKFILE(0x00, "DATA", 2),
    TASKFILE(0x10, "ERROR", 1),
    TASKFILE(0x20, "SECTOR_COUNT", 1),
    TASKFILE(0x30, "LBA_LOW", 1),
    TASKFILE(0x40, "LBA_MID", 1),
    TASKFILE(0x50, "LBA_HIGH", 1),
    TASKFILE(0x60, "DEVICE", 1),
    TASKFILE(0x70, "STATUS", 1),
    TASKFILE(0x80, "ALT_STATUS", 1),
    TASKFILE(REG_ALT_STATUS, "ALT_STATUS", 1),
    KEPT(REG_TIMING, "TIMING", timing),
    KEPT(REG_INTERRUPT, "INTERRUPT", interrupt_status),
    {.name = NULL},
};
static const RegBank name_bank = {.name = TYPE_MACIO_IDE, .rows = names};

/* A register of the drive, a byte wide: task file, alternate status at 0x80 and 0x160. */
static bool is_drive_register(hwaddr offset, unsigned size)
{
    return size == 1 && offset >= REG_STRIDE && !(offset % REG_STRIDE) &&
           (offset < REG_TASKFILE_END || offset == REG_ALT_STATUS);
}

static IdeRegister drive_register(hwaddr offset)
{
    return offset == REG_ALT_STATUS ? IDE_CONTROL : (IdeRegister)(offset / REG_STRIDE);
}

static bool is_data_register(const MacioIde *s, hwaddr offset, unsigned size)
{
    return offset < REG_STRIDE && (size > 1 || ide_bus_is_empty(s->bus));
}

/* The byte at the lower address goes first; a long access is two words. */
static uint32_t read_data(MacioIde *s, unsigned size)
{
    uint32_t value = ide_bus_read_data(s->bus);
    return size == 4 ? value | (uint32_t)ide_bus_read_data(s->bus) << 16 : value;
}

static void write_data(MacioIde *s, uint32_t value, unsigned size)
{
    ide_bus_write_data(s->bus, (uint16_t)value);
    if (size == 4) {
        ide_bus_write_data(s->bus, (uint16_t)(value >> 16));
    }
}

static uint64_t ide_read(void *opaque, hwaddr offset, unsigned size)
{
    MacioIde *s = MACIO_IDE(opaque);
    if (is_data_register(s, offset, size)) {
        return read_data(s, size);
    }
    if (is_drive_register(offset, size)) {
        return ide_bus_read(s->bus, drive_register(offset));
    }
    if (size == 4 && offset == REG_TIMING) {
        return s->timing;
    }
    if (size == 4 && offset == REG_INTERRUPT) {
        return s->interrupt_status | (ide_bus_irq(s->bus) ? (uint32_t)INTERRUPT_DEVICE : 0);
    }
    log_unimp(TYPE_MACIO_IDE, offset, "read of %u bytes of %s", size,
              regbank_name_at(&name_bank, offset).text);
    return UINT64_MAX;
}

static void ide_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    MacioIde *s = MACIO_IDE(opaque);
    if (is_data_register(s, offset, size)) {
        write_data(s, (uint32_t)value, size);
    } else if (is_drive_register(offset, size)) {
        ide_bus_write(s->bus, drive_register(offset), (uint8_t)value);
    } else if (size == 4 && offset == REG_TIMING) {
        s->timing = (uint32_t)value;
    } else if (size == 4 && offset == REG_INTERRUPT) {
        s->interrupt_status &= ~((uint32_t)value & (uint32_t)INTERRUPT_DMA);
    } else {
        log_unimp(TYPE_MACIO_IDE, offset, "write of %#x, %u bytes, to %s", (unsigned)value, size,
                  regbank_name_at(&name_bank, offset).text);
    }
}

static const MemoryRegionOps ide_ops = {
    .read = ide_read,
    .write = ide_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
};

/* --- the device ---------------------------------------------------------------------------------------------- */

static void ide_init(Object *obj)
{
    MacioIde *s = MACIO_IDE(obj);
    memory_region_init_io(&s->mmio, obj, &ide_ops, s, "pmac-ide", REGION_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->irq);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->dma_irq);
    qdev_init_gpio_in_named(DEVICE(obj), dma_interrupt, "dma-irq", 1);
}

static bool ide_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    MacioIde *s = MACIO_IDE(dev);
    s->bus = ide_bus_new(dev, &host_ops, s);
    if (s->dbdma) {
        s->channel = dbdma_attach(s->dbdma, s->channel_number, &channel_ops, s);
        qdev_connect_gpio_out(s->dbdma, (int)s->channel_number,
                              qdev_get_gpio_in_named(dev, "dma-irq", 0));
    }
    return true;
}

static void ide_reset(DeviceState *dev)
{
    MACIO_IDE(dev)->timing = 0;
    MACIO_IDE(dev)->interrupt_status = 0;
}

static void ide_info(DeviceState *dev, GString *out)
{
    const MacioIde *s = MACIO_IDE(dev);
    g_string_append_printf(out, "timing %08x interrupt %08x%s\n", s->timing, s->interrupt_status,
                           ide_bus_is_empty(s->bus) ? ", no drives" : "");
    for (unsigned n = 0; n < IDE_UNITS; n++) {
        const IdeDevice *unit = ide_bus_unit(s->bus, n);
        if (unit) {
            ide_device_info(unit, out);
        }
    }
}

static bool has_drives(void *opaque) { return !ide_bus_is_empty(MACIO_IDE(opaque)->bus); }

static const VMStateDescription vmstate_bus = {
    .name = TYPE_MACIO_IDE "/bus",
    .version = 1,
    .minimum_version = 1,
    .needed = has_drives,
    .fields = (const VMStateField[]){VMSTATE_STRUCT_POINTER(bus, MacioIde, vmstate_ide_bus),
                                     VMSTATE_END_OF_LIST()},
};

static const VMStateDescription vmstate_ide = {
    .name = TYPE_MACIO_IDE,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(timing, MacioIde),
            VMSTATE_UINT32(interrupt_status, MacioIde),
            VMSTATE_TRANSIENT(dbdma, MacioIde, "wiring"),
            VMSTATE_TRANSIENT(channel, MacioIde, "wiring"),
            VMSTATE_TRANSIENT(channel_number, MacioIde, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
    .subsections = (const VMStateDescription *const[]){&vmstate_bus, NULL},
};

static const Property ide_properties[] = {
    {.name = "dbdma",
     .type = FIELD_LINK,
     .link_type = TYPE_DBDMA,
     .offset = offsetof(MacioIde, dbdma),
     .description = "the DMA controller"},
    {.name = "channel",
     .type = FIELD_UINT32,
     .offset = offsetof(MacioIde, channel_number),
     .description = "its channel"},
    {.name = NULL},
};

static void ide_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "MacIO ATA channel";
    dc->realize = ide_realize;
    dc->reset = ide_reset;
    dc->info = ide_info;
    dc->vmsd = &vmstate_ide;
    device_class_set_props(dc, ide_properties);
}

static const TypeInfo ide_type = {
    .name = TYPE_MACIO_IDE,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(MacioIde),
    .instance_init = ide_init,
    .class_init = ide_class_init,
};
DEFINE_TYPE(ide_type)
