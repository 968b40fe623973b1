/* SPDX-License-Identifier: MIT */
/*
 * KeyLargo's GPIO block: 18 pins that can interrupt, 17 that cannot.
 *
 * Source: mac99.md 5.3. Region: 0, 0x30 bytes (macio + 0x50): level registers at 0, pins from 8.
 * Lines in: "gpio"[0..17], the level at the pin. Lines out: "extint"[0..17], high while the pin's input
 * is 0. Not modelled: dual-edge latching.
 */
#include "hw/core/regbank.h"
#include "hw/core/sysbus.h"
#include "util/log.h"

#define TYPE_MACIO_GPIO "macio-gpio"
OBJECT_DECLARE_SIMPLE_TYPE(MacioGpio, MACIO_GPIO)

enum { REGION_SIZE = 0x30, LEVELS = 8, EXTINT = 18, PLAIN = 17, PINS = EXTINT + PLAIN };
enum { PIN_OUTPUT = 1, PIN_INPUT = 2, PIN_DRIVE = 4 };

struct MacioGpio {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    uint8_t pins[PINS];
    uint8_t external[EXTINT]; /* level that the outside applies */
    IrqLine *extint[EXTINT];
};

/* Names for debuggers; levels read 0. */
static const RegRow names[] = {
    {.offset = 0, .name = "LEVELS", .width = 4, .field = REG_NO_FIELD, .count = 2},
    {.offset = LEVELS,
     .name = "EXTINT",
     .width = 1,
     .field = REG_FIELD(MacioGpio, pins),
     .count = EXTINT},
    {.offset = LEVELS + EXTINT,
     .name = "GPIO",
     .width = 1,
     .field = REG_FIELD(MacioGpio, pins) + EXTINT,
     .count = PLAIN},
    {.name = NULL},
};
static const RegBank name_bank = {.name = TYPE_MACIO_GPIO, .rows = names};

/* A driven pin reads back its own output (5.3, "Write rule"). */
static void update_pin(MacioGpio *s, unsigned n)
{
    uint8_t *pin = &s->pins[n];
    bool level = *pin & PIN_DRIVE ? *pin & PIN_OUTPUT : n < EXTINT ? s->external[n] : 0;
    *pin = (uint8_t)((*pin & ~PIN_INPUT) | (level ? PIN_INPUT : 0));
    if (n < EXTINT) {
        irq_line_set(s->extint[n], !level);
    }
}

static void input_changed(void *opaque, int n, int level)
{
    MacioGpio *s = MACIO_GPIO(opaque);
    s->external[n] = level != 0;
    update_pin(s, (unsigned)n);
}

static uint64_t gpio_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    const MacioGpio *s = MACIO_GPIO(opaque);
    return offset >= LEVELS && offset - LEVELS < PINS ? s->pins[offset - LEVELS] : 0;
}

static void gpio_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    MacioGpio *s = MACIO_GPIO(opaque);
    if (offset < LEVELS || offset - LEVELS >= PINS) {
        log_guest_error(TYPE_MACIO_GPIO, offset, "write of %#x to %s, which is read-only",
                        (unsigned)value, regbank_name_at(&name_bank, offset).text);
        return;
    }
    uint8_t *pin = &s->pins[offset - LEVELS];
    *pin = (uint8_t)((value & ~(uint64_t)PIN_INPUT) | (*pin & PIN_INPUT));
    update_pin(s, (unsigned)(offset - LEVELS));
}

static const MemoryRegionOps gpio_ops = {
    .read = gpio_read,
    .write = gpio_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 1, .max_access_size = 1},
};

static void gpio_init(Object *obj)
{
    MacioGpio *s = MACIO_GPIO(obj);
    memory_region_init_io(&s->mmio, obj, &gpio_ops, s, TYPE_MACIO_GPIO, REGION_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
    regbank_describe_region(&name_bank, DEVICE(obj), &s->mmio);
    qdev_init_gpio_in_named(DEVICE(obj), input_changed, "gpio", EXTINT);
    qdev_init_gpio_out_named(DEVICE(obj), s->extint, "extint", EXTINT);
}

static void gpio_reset(DeviceState *dev)
{
    MacioGpio *s = MACIO_GPIO(dev);
    memset(s->pins, 0, sizeof(s->pins));
    memset(s->external, 1, sizeof(s->external)); /* pulled up: nothing asks */
    for (unsigned n = 0; n < PINS; n++) {
        update_pin(s, n);
    }
}

static void gpio_info(DeviceState *dev, GString *out)
{
    const MacioGpio *s = MACIO_GPIO(dev);
    for (unsigned n = 0; n < PINS; n++) {
        g_string_append_printf(out, "%s %2u: %02x\n", n < EXTINT ? "extint" : "gpio",
                               n < EXTINT ? n : n - EXTINT, s->pins[n]);
    }
}

static const VMStateDescription vmstate_gpio = {
    .name = TYPE_MACIO_GPIO,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT8_ARRAY(pins, MacioGpio),
            VMSTATE_UINT8_ARRAY(external, MacioGpio),
            VMSTATE_END_OF_LIST(),
        },
};

static void gpio_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "MacIO GPIO pins";
    dc->reset = gpio_reset;
    dc->info = gpio_info;
    dc->vmsd = &vmstate_gpio;
}

static const TypeInfo gpio_type = {
    .name = TYPE_MACIO_GPIO,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(MacioGpio),
    .instance_init = gpio_init,
    .class_init = gpio_class_init,
};
DEFINE_TYPE(gpio_type)
