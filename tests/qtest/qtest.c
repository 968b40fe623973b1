/* SPDX-License-Identifier: MIT */
/* The device tests' fixture: bus cycles, time, lines, state. */
#include "tests/qtest/qtest.h"

#include "tests/clock_step.h"
#include "util/bits.h"
#include "util/hash.h"

#include <criterion/criterion.h>

#define TYPE_QTEST_MACHINE MACHINE_TYPE_NAME("qtest")

static void machine_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MACHINE_CLASS(klass)->name = "qtest";
    MACHINE_CLASS(klass)->desc = "no parts: device tests";
}

static const TypeInfo qtest_machine_type = {
    .name = TYPE_QTEST_MACHINE,
    .parent = TYPE_MACHINE,
    .instance_size = sizeof(MachineState),
    .class_init = machine_class_init,
};
DEFINE_TYPE(qtest_machine_type)

void qtest_start(void)
{
    machine_new("qtest", &error_abort);
    clock_configure_icount(machine_clock(), "shift=0", &error_abort);
    clock_set_running(machine_clock(), true);
}

int qtest_requested(void)
{
    MachineEvent event;
    int code;

    return machine_request_pending(machine_get(), &event, &code) ? (int)event : -1;
}

/* --- devices ------------------------------------------------------------------------------------- */

void qtest_realize(DeviceState *dev, hwaddr base)
{
    SysBusDevice *sbd = SYS_BUS_DEVICE(dev);

    sysbus_realize(sbd, &error_abort);
    if (base != QTEST_UNMAPPED) {
        sysbus_mmio_map(sbd, 0, base);
    }
    object_unref(dev); /* the tree keeps it */
}

DeviceState *qtest_add(const char *type, hwaddr base)
{
    DeviceState *dev = qdev_new(type);

    qtest_realize(dev, base);
    return dev;
}

/* --- bus cycles ---------------------------------------------------------------------------------- */

static uint64_t load(hwaddr addr, unsigned size)
{
    uint64_t value = 0;
    MemTxResult result = address_space_load(address_space_memory(), addr, size, &value);

    cr_assert_eq(result, MEMTX_OK, "load of %u bytes at %#lx: result %u", size, (unsigned long)addr,
                 result);
    return value;
}

static void store(hwaddr addr, unsigned size, uint64_t value)
{
    MemTxResult result = address_space_store(address_space_memory(), addr, size, value);

    cr_assert_eq(result, MEMTX_OK, "store of %u bytes at %#lx: result %u", size,
                 (unsigned long)addr, result);
}

uint8_t qtest_readb(hwaddr addr) { return (uint8_t)load(addr, 1); }

uint16_t qtest_readw(hwaddr addr) { return (uint16_t)load(addr, 2); }

uint32_t qtest_readl(hwaddr addr) { return (uint32_t)load(addr, 4); }

void qtest_writeb(hwaddr addr, uint8_t value) { store(addr, 1, value); }

void qtest_writew(hwaddr addr, uint16_t value) { store(addr, 2, value); }

void qtest_writel(hwaddr addr, uint32_t value) { store(addr, 4, value); }

uint16_t qtest_readw_le(hwaddr addr) { return __builtin_bswap16(qtest_readw(addr)); }

uint32_t qtest_readl_le(hwaddr addr) { return __builtin_bswap32(qtest_readl(addr)); }

void qtest_writew_le(hwaddr addr, uint16_t value) { qtest_writew(addr, __builtin_bswap16(value)); }

void qtest_writel_le(hwaddr addr, uint32_t value) { qtest_writel(addr, __builtin_bswap32(value)); }

/* --- time ---------------------------------------------------------------------------------------- */

uint64_t qtest_clock_ns(void) { return clock_virtual_ns(machine_clock()); }

void qtest_clock_step(uint64_t ns) { clock_step(machine_clock(), ns); }

/* --- lines --------------------------------------------------------------------------------------- */

static void line_changed(void *opaque, G_GNUC_UNUSED int n, int level)
{
    QTestLine *line = opaque;

    line->rises += line->level == 0 && level;
    line->falls += line->level == 1 && !level;
    line->level = level != 0;
}

QTestLine *qtest_watch(DeviceState *dev, const char *name, int n)
{
    QTestLine *line = g_new0(QTestLine, 1);

    line->level = -1;
    qdev_intercept_gpio_out(dev, name, n, line_changed, line);
    return line;
}

QTestLine *qtest_watch_irq(DeviceState *dev, int n) { return qtest_watch(dev, "sysbus-irq", n); }

/* --- state --------------------------------------------------------------------------------------- */

static GByteArray *save(DeviceState *dev)
{
    GByteArray *out = g_byte_array_new();

    vmstate_save(DEVICE_GET_CLASS(dev)->vmsd, dev, out);
    return out;
}

uint64_t qtest_hash(DeviceState *dev)
{
    g_autoptr(GByteArray) state = save(dev);

    return hash_bytes(0, state->data, state->len);
}

uint64_t qtest_round_trip(DeviceState *dev, DeviceState *fresh)
{
    g_autoptr(GByteArray) state = save(dev);
    VMStateReader in = {.data = state->data, .length = state->len};

    vmstate_load(DEVICE_GET_CLASS(fresh)->vmsd, fresh, &in, &error_abort);
    cr_assert_eq(in.pos, in.length);
    g_autoptr(GByteArray) copy = save(fresh);
    cr_assert_eq(copy->len, state->len);
    cr_assert_arr_eq(copy->data, state->data, state->len);
    return hash_bytes(0, state->data, state->len);
}
