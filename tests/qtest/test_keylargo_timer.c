/* SPDX-License-Identifier: MIT */
/* KeyLargo's counter (mac99.md 5.5). */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE UINT64_C(0x80015000)
enum { LOW = 0x38, HIGH = 0x3c };

static void start(void)
{
    qtest_start();
    qtest_add("keylargo-timer", BASE);
}

TestSuite(keylargo_timer, .init = start, .timeout = 120);

Test(keylargo_timer, counts_18432_a_millisecond)
{
    cr_assert_eq(qtest_readl_le(BASE + LOW), 0);
    qtest_clock_step(1000000);
    cr_assert_eq(qtest_readl_le(BASE + LOW), 18432);
    qtest_clock_step(999000000);
    cr_assert_eq(qtest_readl_le(BASE + LOW), 18432000);
    cr_assert_eq(qtest_readl_le(BASE + HIGH), 0);
}

Test(keylargo_timer, carries_into_the_high_word)
{
    qtest_clock_step(UINT64_C(1000) * NANOSECONDS_PER_SECOND);
    uint64_t count = UINT64_C(18432000) * 1000;
    cr_assert_eq(qtest_readl_le(BASE + LOW), (uint32_t)count);
    cr_assert_eq(qtest_readl_le(BASE + HIGH), count >> 32);
}

Test(keylargo_timer, cannot_be_written)
{
    qtest_clock_step(1000000);
    qtest_writel_le(BASE + LOW, 0x12345678);
    qtest_writel_le(BASE + HIGH, 0x12345678);
    cr_assert_eq(qtest_readl_le(BASE + LOW), 18432);
    cr_assert_eq(qtest_readl_le(BASE + HIGH), 0);
}

Test(keylargo_timer, other_offsets_read_0)
{
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    for (hwaddr offset = 0; offset < 0x1000; offset += 4) {
        if (offset != LOW && offset != HIGH) {
            cr_assert_eq(qtest_readl_le(BASE + offset), 0);
        }
    }
}
