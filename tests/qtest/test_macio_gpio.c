/* SPDX-License-Identifier: MIT */
/* MacIO's GPIO pins (mac99.md 5.3). */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE UINT64_C(0x80000050)
enum { EXTINT = 8, PLAIN = 0x1a, EXTINTS = 18, PLAINS = 17 };

static DeviceState *gpio;

static void start(void)
{
    qtest_start();
    gpio = qtest_add("macio-gpio", BASE);
    resettable_reset(OBJECT(gpio));
}

TestSuite(macio_gpio, .init = start, .timeout = 120);

static void pin(int n, int level) { irq_line_set(qdev_get_gpio_in_named(gpio, "gpio", n), level); }

Test(macio_gpio, level_registers_read_0)
{
    for (unsigned i = 0; i < 8; i++) {
        qtest_writeb(BASE + i, 0xff);
        cr_assert_eq(qtest_readb(BASE + i), 0);
    }
}

Test(macio_gpio, idle_interrupt_pins_are_pulled_up)
{
    for (unsigned n = 0; n < EXTINTS; n++) {
        cr_assert_eq(qtest_readb(BASE + EXTINT + n), 0x02);
    }
    for (unsigned n = 0; n < PLAINS; n++) {
        cr_assert_eq(qtest_readb(BASE + PLAIN + n), 0x00);
    }
    for (hwaddr rest = PLAIN + PLAINS; rest < 0x30; rest++) {
        cr_assert_eq(qtest_readb(BASE + rest), 0);
    }
}

Test(macio_gpio, input_that_falls_reads_0_and_raises_its_interrupt)
{
    QTestLine *extint = qtest_watch(gpio, "extint", 1);

    pin(1, 0);
    cr_assert_eq(qtest_readb(BASE + EXTINT + 1), 0x00);
    cr_assert_eq(extint->level, 1);
    pin(1, 1);
    cr_assert_eq(qtest_readb(BASE + EXTINT + 1), 0x02);
    cr_assert_eq(extint->level, 0);
}

Test(macio_gpio, input_bit_is_not_writable)
{
    qtest_writeb(BASE + EXTINT, 0x80);
    cr_assert_eq(qtest_readb(BASE + EXTINT), 0x82);
    qtest_writeb(BASE + PLAIN, 0x82);
    cr_assert_eq(qtest_readb(BASE + PLAIN), 0x80);
}

Test(macio_gpio, driven_pin_reads_back_its_output)
{
    qtest_writeb(BASE + EXTINT + 3, 0x04);
    cr_assert_eq(qtest_readb(BASE + EXTINT + 3), 0x04);
    qtest_writeb(BASE + EXTINT + 3, 0x05);
    cr_assert_eq(qtest_readb(BASE + EXTINT + 3), 0x07);
    qtest_writeb(BASE + PLAIN + 4, 0x05);
    cr_assert_eq(qtest_readb(BASE + PLAIN + 4), 0x07);
    pin(3, 0); /* the outside loses */
    cr_assert_eq(qtest_readb(BASE + EXTINT + 3), 0x07);
    qtest_writeb(BASE + EXTINT + 3, 0x01);
    cr_assert_eq(qtest_readb(BASE + EXTINT + 3), 0x01); /* let go: the pin's level again */
}

Test(macio_gpio, reset_releases_all_pins)
{
    QTestLine *extint = qtest_watch(gpio, "extint", 9);

    qtest_writeb(BASE + EXTINT + 9, 0x04);
    cr_assert_eq(extint->level, 1);
    resettable_reset(OBJECT(gpio));
    cr_assert_eq(extint->level, 0);
    cr_assert_eq(qtest_readb(BASE + EXTINT + 9), 0x02);
}

Test(macio_gpio, wide_accesses_are_split_into_bytes)
{
    qtest_writel(BASE + 0x1c, 0x80818081);
    cr_assert_eq(qtest_readl(BASE + 0x1c), 0x80818081);
    cr_assert_eq(qtest_readb(BASE + 0x1d), 0x81);
}

Test(macio_gpio, state_survives_save_and_load)
{
    pin(1, 0);
    qtest_writeb(BASE + PLAIN + 2, 0x85);
    qtest_writeb(BASE + EXTINT + 7, 0x81);
    uint64_t before = qtest_hash(gpio);
    DeviceState *fresh = qtest_add("macio-gpio", BASE + 0x1000);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(gpio, fresh), before);
    cr_assert_eq(qtest_readb(BASE + 0x1000 + PLAIN + 2), 0x87);
}

Test(macio_gpio, info_lists_every_pin)
{
    GString *out = g_string_new(NULL);

    DEVICE_GET_CLASS(gpio)->info(gpio, out);
    cr_assert(strstr(out->str, "extint  1: 02\n"), "%s", out->str);
    g_string_free(out, true);
}
