/* SPDX-License-Identifier: MIT */
/*
 * KeyLargo's free-running 64-bit counter, 18.432 MHz.
 *
 * Source: mac99.md 5.5. Region: 0, 4 KiB, little-endian 32-bit: low word at 0x38, high word at 0x3c.
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "time/clock.h"

#define TYPE_KEYLARGO_TIMER "keylargo-timer"
OBJECT_DECLARE_SIMPLE_TYPE(KeylargoTimer, KEYLARGO_TIMER)

enum { REG_LOW = 0x38, REG_HIGH = 0x3c, FREQUENCY_HZ = 18432000 };

struct KeylargoTimer {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    Clock *clock;
};

static uint64_t timer_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    unsigned __int128 ns = clock_virtual_ns(KEYLARGO_TIMER(opaque)->clock);
    uint64_t count = (uint64_t)(ns * FREQUENCY_HZ / NANOSECONDS_PER_SECOND);
    return offset == REG_LOW ? (uint32_t)count : offset == REG_HIGH ? count >> 32 : 0;
}

static void timer_write(void *opaque G_GNUC_UNUSED, hwaddr offset G_GNUC_UNUSED,
                        uint64_t value G_GNUC_UNUSED, unsigned size G_GNUC_UNUSED)
{
    /* the counter cannot be written */
}

static const MemoryRegionOps timer_ops = {
    .read = timer_read,
    .write = timer_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

static uint32_t peek_count(void *dev, const RegRow *row, unsigned index G_GNUC_UNUSED,
                           uint32_t value G_GNUC_UNUSED)
{
    return (uint32_t)timer_read(dev, row->offset, 4);
}

#define WORD(at, text)                                                                             \
    {.offset = (at), .name = (text), .width = 4, .field = REG_NO_FIELD, .read = peek_count}
static const RegRow names[] = {
    WORD(REG_LOW, "COUNT_LOW"),
    WORD(REG_HIGH, "COUNT_HIGH"),
    {.name = NULL},
};
static const RegBank name_bank = {.name = TYPE_KEYLARGO_TIMER, .rows = names};

static void timer_init(Object *obj)
{
    KeylargoTimer *s = KEYLARGO_TIMER(obj);
    memory_region_init_io(&s->mmio, obj, &timer_ops, s, TYPE_KEYLARGO_TIMER, 0x1000);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
}

static bool timer_realize(DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    KEYLARGO_TIMER(dev)->clock = machine_clock();
    return true;
}

static void timer_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DEVICE_CLASS(klass)->desc = "KeyLargo 18.432 MHz counter";
    DEVICE_CLASS(klass)->realize = timer_realize;
}

static const TypeInfo timer_type = {
    .name = TYPE_KEYLARGO_TIMER,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(KeylargoTimer),
    .instance_init = timer_init,
    .class_init = timer_class_init,
};
DEFINE_TYPE(timer_type)
