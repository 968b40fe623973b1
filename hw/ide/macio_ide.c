/* SPDX-License-Identifier: MIT */
/*
 * The ATA cell of MacIO with an empty cable.
 *
 * Source: mac99.md 8.3: an empty channel reads status 0x00 and its registers read back 0. Drives are not
 * built yet (-drive is refused). Region: 0, 4 KiB. Line out: "sysbus-irq"[0] INTRQ.
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "util/log.h"

#define TYPE_MACIO_IDE "macio-ide"
OBJECT_DECLARE_SIMPLE_TYPE(MacioIde, MACIO_IDE)

enum {
    REGION_SIZE = 0x1000,
    REG_DATA_END = 0x10,
    REG_TASKFILE_END = 0x90,
    REG_ALT_STATUS = 0x160,
    REG_TIMING = 0x200,
    REG_INTERRUPT = 0x300,
    INTERRUPT_DMA = (int)0x80000000,
};

struct MacioIde {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    uint32_t timing, interrupt_status;
    IrqLine *irq;
};

/* Names for debuggers. The task file is the drive's; there is none. */
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

/* Task file registers lie 16 bytes apart; alternate status is at 0x80 and at 0x160. */
static bool is_drive_register(hwaddr offset, unsigned size)
{
    if (offset < REG_DATA_END) {
        return true;
    }
    return size == 1 && !(offset & 15) && (offset < REG_TASKFILE_END || offset == REG_ALT_STATUS);
}

static uint64_t ide_read(void *opaque, hwaddr offset, unsigned size)
{
    const MacioIde *s = MACIO_IDE(opaque);
    if (is_drive_register(offset, size)) {
        return 0; /* no drive drives the bus; a pull-down keeps BSY low */
    }
    if (size == 4 && offset == REG_TIMING) {
        return s->timing;
    }
    if (size == 4 && offset == REG_INTERRUPT) {
        return s->interrupt_status;
    }
    log_unimp(TYPE_MACIO_IDE, offset, "read of %u bytes of %s", size,
              regbank_name_at(&name_bank, offset).text);
    return UINT64_MAX;
}

static void ide_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    MacioIde *s = MACIO_IDE(opaque);
    if (is_drive_register(offset, size)) {
        return; /* nobody listens */
    }
    if (size == 4 && offset == REG_TIMING) {
        s->timing = (uint32_t)value;
    } else if (size == 4 && offset == REG_INTERRUPT) {
        s->interrupt_status &= ~((uint32_t)value & INTERRUPT_DMA);
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

static void ide_init(Object *obj)
{
    MacioIde *s = MACIO_IDE(obj);
    memory_region_init_io(&s->mmio, obj, &ide_ops, s, "pmac-ide", REGION_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
    sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->irq);
}

static void ide_reset(DeviceState *dev)
{
    MACIO_IDE(dev)->timing = 0;
    MACIO_IDE(dev)->interrupt_status = 0;
}

static void ide_info(DeviceState *dev, GString *out)
{
    const MacioIde *s = MACIO_IDE(dev);
    g_string_append_printf(out, "timing %08x interrupt %08x, no drives\n", s->timing,
                           s->interrupt_status);
}

static const VMStateDescription vmstate_ide = {
    .name = TYPE_MACIO_IDE,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(timing, MacioIde),
            VMSTATE_UINT32(interrupt_status, MacioIde),
            VMSTATE_END_OF_LIST(),
        },
};

static void ide_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "MacIO ATA channel";
    dc->reset = ide_reset;
    dc->info = ide_info;
    dc->vmsd = &vmstate_ide;
}

static const TypeInfo ide_type = {
    .name = TYPE_MACIO_IDE,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(MacioIde),
    .instance_init = ide_init,
    .class_init = ide_class_init,
};
DEFINE_TYPE(ide_type)
