/* SPDX-License-Identifier: MIT */
/* UniNorth's control registers (mac99.md 3.4). */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE UINT64_C(0xf8000000)

static DeviceState *uni_n;

static void start(void)
{
    qtest_start();
    uni_n = qtest_add("uni-north", BASE);
    resettable_reset(OBJECT(uni_n));
}

TestSuite(uni_n, .init = start, .timeout = 120);

Test(uni_n, version_is_7_and_cannot_be_written)
{
    cr_assert_eq(qtest_readl(BASE), 7);
    qtest_writel(BASE, 0x24);
    cr_assert_eq(qtest_readl(BASE), 7);
}

Test(uni_n, all_else_reads_0_after_reset)
{
    for (hwaddr offset = 4; offset < 0x1000; offset += 4) {
        cr_assert_eq(qtest_readl(BASE + offset), 0);
    }
}

/* What Linux does while it boots. */
Test(uni_n, clock_and_arbiter_control_keep_what_linux_writes)
{
    qtest_writel(BASE + 0x20, 2);
    cr_assert_eq(qtest_readl(BASE + 0x20), 2);
    qtest_writel(BASE + 0x20, 0);
    cr_assert_eq(qtest_readl(BASE + 0x20), 0);
    qtest_writel(BASE + 0x40, 0x00180000);
    cr_assert_eq(qtest_readl(BASE + 0x40), 0x00180000);
}

Test(uni_n, processor_number_is_0)
{
    qtest_writel(BASE + 0x50, 5);
    cr_assert_eq(qtest_readl(BASE + 0x50), 0);
}

Test(uni_n, reset_clears_stored_registers)
{
    static const hwaddr stored[] = {0x20, 0x30, 0x40, 0x70, 0x100};

    for (size_t i = 0; i < G_N_ELEMENTS(stored); i++) {
        qtest_writel(BASE + stored[i], 0xa5a5a5a5);
        cr_assert_eq(qtest_readl(BASE + stored[i]), 0xa5a5a5a5);
    }
    resettable_reset(OBJECT(uni_n));
    for (size_t i = 0; i < G_N_ELEMENTS(stored); i++) {
        cr_assert_eq(qtest_readl(BASE + stored[i]), 0);
    }
}

Test(uni_n, state_survives_save_and_load)
{
    qtest_writel(BASE + 0x20, 2);
    qtest_writel(BASE + 0x70, 2);
    uint64_t before = qtest_hash(uni_n);
    DeviceState *fresh = qtest_add("uni-north", BASE + 0x10000);
    cr_assert_eq(qtest_round_trip(uni_n, fresh), before);
    cr_assert_eq(qtest_readl(BASE + 0x10020), 2);
}

Test(uni_n, info_names_the_registers)
{
    GString *out = g_string_new(NULL);

    qtest_writel(BASE + 0x20, 2);
    DEVICE_GET_CLASS(uni_n)->info(uni_n, out);
    cr_assert(strstr(out->str, "CLOCK_CONTROL 0x00000002"), "%s", out->str);
    g_string_free(out, true);
}
