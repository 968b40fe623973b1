/* SPDX-License-Identifier: MIT */
/* MacIO's ATA cell without drives (mac99.md 8.3). */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE UINT64_C(0x80020000)
enum { STATUS = 0x70, ALT_OPENBIOS = 0x80, ALT_LINUX = 0x160, TIMING = 0x200, INTERRUPT = 0x300 };

static DeviceState *ide;
static QTestLine *irq;

static void start(void)
{
    qtest_start();
    ide = qtest_add("macio-ide", BASE);
    irq = qtest_watch_irq(ide, 0);
    resettable_reset(OBJECT(ide));
}

TestSuite(macio_ide, .init = start, .timeout = 120);

Test(macio_ide, empty_channel_reads_status_0)
{
    cr_assert_eq(qtest_readb(BASE + STATUS), 0x00);
    cr_assert_eq(qtest_readb(BASE + ALT_OPENBIOS), 0x00);
    cr_assert_eq(qtest_readb(BASE + ALT_LINUX), 0x00);
    qtest_writeb(BASE + 0x60, 0x10); /* slave */
    cr_assert_eq(qtest_readb(BASE + STATUS), 0x00);
}

/* OpenBIOS looks for drives with these patterns. */
Test(macio_ide, task_file_of_an_empty_channel_reads_back_0)
{
    for (hwaddr offset = 0x10; offset < 0x80; offset += 0x10) {
        qtest_writeb(BASE + offset, 0x55);
        cr_assert_eq(qtest_readb(BASE + offset), 0);
        qtest_writeb(BASE + offset, 0xaa);
        cr_assert_eq(qtest_readb(BASE + offset), 0);
    }
}

Test(macio_ide, data_register_of_an_empty_channel_reads_0_in_any_width)
{
    qtest_writew(BASE, 0x1234);
    qtest_writel(BASE, 0x12345678);
    cr_assert_eq(qtest_readw(BASE), 0);
    cr_assert_eq(qtest_readl(BASE), 0);
    cr_assert_eq(qtest_readb(BASE), 0);
}

Test(macio_ide, software_reset_and_commands_raise_nothing)
{
    qtest_writeb(BASE + ALT_OPENBIOS, 0x06);
    qtest_writeb(BASE + ALT_OPENBIOS, 0x02);
    qtest_writeb(BASE + ALT_LINUX, 0x00);
    qtest_writeb(BASE + STATUS, 0xec);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(qtest_readb(BASE + STATUS), 0);
    cr_assert_eq(qtest_readl_le(BASE + INTERRUPT), 0);
    cr_assert_eq(irq->rises, 0);
}

Test(macio_ide, timing_register_is_storage)
{
    cr_assert_eq(qtest_readl_le(BASE + TIMING), 0);
    qtest_writel_le(BASE + TIMING, 0x00084526);
    cr_assert_eq(qtest_readl_le(BASE + TIMING), 0x00084526);
    resettable_reset(OBJECT(ide));
    cr_assert_eq(qtest_readl_le(BASE + TIMING), 0);
}

Test(macio_ide, interrupt_bits_cannot_be_set_by_writing)
{
    qtest_writel_le(BASE + INTERRUPT, UINT32_MAX);
    cr_assert_eq(qtest_readl_le(BASE + INTERRUPT), 0);
}

Test(macio_ide, other_offsets_and_sizes_read_all_ones)
{
    cr_assert_eq(qtest_readb(BASE + 0x11), 0xff);
    cr_assert_eq(qtest_readb(BASE + 0x90), 0xff);
    cr_assert_eq(qtest_readw(BASE + STATUS), 0xffff);
    cr_assert_eq(qtest_readb(BASE + TIMING), 0xff);
    cr_assert_eq(qtest_readl(BASE + 0x400), UINT32_MAX);
}

Test(macio_ide, state_survives_save_and_load)
{
    qtest_writel_le(BASE + TIMING, 0x00084526);
    uint64_t before = qtest_hash(ide);
    DeviceState *fresh = qtest_add("macio-ide", BASE + 0x1000);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(ide, fresh), before);
    cr_assert_eq(qtest_readl_le(BASE + 0x1000 + TIMING), 0x00084526);
}

Test(macio_ide, info_says_there_are_no_drives)
{
    GString *out = g_string_new(NULL);

    DEVICE_GET_CLASS(ide)->info(ide, out);
    cr_assert(strstr(out->str, "no drives"), "%s", out->str);
    g_string_free(out, true);
}
