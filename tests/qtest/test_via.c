/* SPDX-License-Identifier: MIT */
/* The 6522 core, seen through via-cuda: registers, interrupt flags, timers. Covers: hw/misc/via6522.c */
#include "hw/core/regbank.h"
#include "tests/qtest/cuda_host.h"

#include <criterion/criterion.h>

static DeviceState *via;
static QTestLine *line;

static void start(void)
{
    qtest_start();
    via = qtest_add("via-cuda", VIA_BASE);
    line = qtest_watch_irq(via, 0);
}

TestSuite(via, .init = start);

/* First nanosecond of tick @n of 783360 Hz. */
static uint64_t tick_ns(uint64_t n) { return (n * 390625 + 305) / 306; }

static void step_to_tick(uint64_t n) { qtest_clock_step(tick_ns(n) - qtest_clock_ns()); }

static unsigned read_t1(void)
{
    unsigned high = via_read(T1CH);
    return high << 8 | via_read(T1CL);
}

static void load_t1(unsigned count)
{
    via_write(T1CL, count & 0xff);
    via_write(T1CH, (uint8_t)(count >> 8));
}

static void load_t2(unsigned count)
{
    via_write(T2CL, count & 0xff);
    via_write(T2CH, (uint8_t)(count >> 8));
}

/* --- interrupt registers ----------------------------------------------------------------------------- */

Test(via, ier_sets_and_clears_by_bit_7_and_reads_it_as_1)
{
    cr_assert_eq(via_read(IER), 0x80);
    via_write(IER, 0x80 | 0x44);
    cr_assert_eq(via_read(IER), 0xc4);
    via_write(IER, 0x40);
    cr_assert_eq(via_read(IER), 0x84);
    via_write(IER, 0);
    cr_assert_eq(via_read(IER), 0x84);
    via_write(IER, 0x7f);
    cr_assert_eq(via_read(IER), 0x80);
}

/* macosx.md 4.6: enable vector n by writing back what was read. */
Test(via, ier_read_modify_write_enables)
{
    via_write(IER, 0);
    via_write(IER, via_read(IER) | IFR_SR);
    via_write(IER, via_read(IER) | IFR_T1);
    cr_assert_eq(via_read(IER), 0xc4);
}

Test(via, ifr_bit_7_says_that_an_enabled_flag_is_up)
{
    load_t1(0);
    qtest_clock_step(10000);
    cr_assert_eq(via_read(IFR), IFR_T1);
    cr_assert_eq(line->level, 0);
    via_write(IER, 0x80 | IFR_T1);
    cr_assert_eq(via_read(IFR), IFR_T1 | IFR_ANY);
    cr_assert_eq(line->level, 1);
    via_write(IER, IFR_T1);
    cr_assert_eq(via_read(IFR), IFR_T1);
    cr_assert_eq(line->level, 0);
}

Test(via, ifr_clears_where_one_is_written)
{
    load_t1(0);
    load_t2(0);
    qtest_clock_step(10000);
    cr_assert_eq(via_read(IFR), IFR_T1 | IFR_T2);
    via_write(IFR, IFR_T2);
    cr_assert_eq(via_read(IFR), IFR_T1);
    via_write(IFR, 0x80);
    cr_assert_eq(via_read(IFR), IFR_T1);
    via_write(IFR, 0x7f);
    cr_assert_eq(via_read(IFR), 0);
}

/* --- ports ----------------------------------------------------------------------------------------------- */

Test(via, port_a_stores_only_where_ddra_says_output)
{
    via_write(DDRA, 0x0f);
    via_write(ANH, 0xff);
    cr_assert_eq(via_read(ANH), 0x0f);
    via_write(A, 0x05);
    cr_assert_eq(via_read(A), 0x05);
}

Test(via, plain_registers_hold_what_is_written)
{
    via_write(DDRB, 0x35);
    via_write(PCR, 0x5a);
    via_write(SR, 0xa5);
    cr_assert_eq(via_read(DDRB), 0x35);
    cr_assert_eq(via_read(PCR), 0x5a);
    cr_assert_eq(via_read(SR), 0xa5);
    via_write(ACR, 0x1c);
    cr_assert_eq(via_read(ACR), 0x1c);
}

/* --- timers ------------------------------------------------------------------------------------------------ */

/* macosx.md row 22: H, L, H after ff ff; the ratio to the time base must be that of 783360 Hz. */
Test(via, t1_counts_783360_ticks_a_second)
{
    step_to_tick(10);
    load_t1(0xffff);
    uint64_t begin = qtest_clock_ns();
    for (unsigned ms = 10; ms <= 80; ms += 10) {
        qtest_clock_step(begin + ms * UINT64_C(1000000) - qtest_clock_ns());
        unsigned passed = 0xffff - read_t1();
        double expected = 783.360 * ms;
        cr_assert(passed >= expected - 1 && passed <= expected + 1, "%u ms: %u ticks", ms, passed);
    }
}

Test(via, t1_does_not_drift_over_hours)
{
    load_t1(0xffff);
    qtest_clock_step(3600 * NANOSECONDS_PER_SECOND);
    cr_assert_eq(read_t1(), (0xffff - UINT64_C(783360) * 3600) & 0xffff);
}

Test(via, t1_counter_is_loaded_by_its_high_byte_only)
{
    load_t1(0x1234);
    cr_assert_eq(read_t1(), 0x1234);
    via_write(T1CL, 0x99);
    cr_assert_eq(read_t1(), 0x1234);
    cr_assert_eq(via_read(T1LL), 0x99);
    cr_assert_eq(via_read(T1LH), 0x12);
    via_write(T1LH, 0x55);
    cr_assert_eq(read_t1(), 0x1234);
    via_write(T1CH, 0x66);
    cr_assert_eq(read_t1(), 0x6699);
}

Test(via, t1_once_raises_its_flag_as_it_passes_0)
{
    via_write(IER, 0x80 | IFR_T1);
    step_to_tick(100);
    load_t1(50);
    step_to_tick(150);
    cr_assert_eq(read_t1(), 0);
    cr_assert_eq(line->level, 0);
    step_to_tick(151);
    cr_assert_eq(line->level, 1);
    cr_assert_eq(via_read(IFR), IFR_T1 | IFR_ANY);
    cr_assert_eq(read_t1(), 0xffff); /* reading the low byte clears */
    cr_assert_eq(line->level, 0);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(line->rises, 1);
}

Test(via, t1_continuous_has_a_period_of_latch_plus_2)
{
    via_write(ACR, 0x40);
    via_write(IER, 0x80 | IFR_T1);
    step_to_tick(100);
    load_t1(98);
    for (unsigned n = 1; n <= 5; n++) {
        step_to_tick(100 * n + 98);
        cr_assert_eq(line->level, 0);
        cr_assert_eq(via_read(T1CH), 0);
        step_to_tick(100 * n + 99);
        cr_assert_eq(line->level, 1);
        cr_assert_eq(via_read(T1CH), 0xff);
        via_write(IFR, IFR_T1);
        cr_assert_eq(line->level, 0);
        step_to_tick(100 * n + 100);
        cr_assert_eq(read_t1(), 98);
    }
    cr_assert_eq(line->rises, 5);
}

Test(via, t1_latch_written_while_running_counts_from_the_next_load)
{
    via_write(ACR, 0x40);
    step_to_tick(100);
    load_t1(98);
    step_to_tick(450); /* 50 ticks into the fourth period */
    via_write(T1LL, 198);
    via_write(T1LH, 0);
    cr_assert_eq(read_t1(), 48);
    step_to_tick(500);
    cr_assert_eq(read_t1(), 198);
    step_to_tick(700);
    cr_assert_eq(read_t1(), 198);
}

Test(via, ignored_continuous_timer_costs_one_event)
{
    via_write(ACR, 0x40);
    via_write(IER, 0x80 | IFR_T1);
    load_t1(0);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(line->rises, 1);
    via_write(IFR, IFR_T1);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(line->rises, 2);
}

Test(via, changing_the_mode_keeps_the_count)
{
    step_to_tick(100);
    load_t1(50);
    step_to_tick(1000);
    unsigned count = read_t1();
    cr_assert_eq(count, (50 - 900) & 0xffff);
    via_write(ACR, 0x40);
    cr_assert_eq(read_t1(), count);
    step_to_tick(1000 + count + 2);
    cr_assert_eq(read_t1(), 50);
}

Test(via, flag_that_is_due_is_seen_before_its_event)
{
    step_to_tick(100);
    load_t2(50);
    *clock_icount(machine_clock()) += 1000000; /* no event point in between */
    cr_assert_eq(via_read(IFR), IFR_T2);
    via_write(IFR, IFR_T2);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(via_read(IFR), 0);
}

Test(via, t2_runs_once)
{
    via_write(IER, 0x80 | IFR_T2);
    step_to_tick(100);
    load_t2(0x200);
    step_to_tick(100 + 0x200);
    cr_assert_eq(line->level, 0);
    step_to_tick(100 + 0x201);
    cr_assert_eq(line->level, 1);
    via_read(T2CH);
    cr_assert_eq(line->level, 1);
    via_read(T2CL);
    cr_assert_eq(line->level, 0);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(line->rises, 1);
    load_t2(1);
    qtest_clock_step(1000000);
    cr_assert_eq(line->rises, 2);
}

/* --- the device ---------------------------------------------------------------------------------------------- */

Test(via, reset_stops_timers_and_clears_flags)
{
    via_write(ACR, 0x40);
    via_write(IER, 0xff);
    load_t1(1000);
    load_t2(0);
    qtest_clock_step(100000);
    cr_assert_eq(line->level, 1);
    resettable_reset(OBJECT(via));
    cr_assert_eq(line->level, 0);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(via_read(IFR), 0);
    cr_assert_eq(via_read(ACR), 0);
    cr_assert_eq(via_read(IER), 0x80);
    cr_assert_eq(via_read(DDRB), 0xff);
}

Test(via, state_survives_a_round_trip_while_timers_run)
{
    via_write(ACR, 0x40);
    load_t1(1234);
    load_t2(40000);
    qtest_clock_step(12345678);
    DeviceState *fresh = qtest_add("via-cuda", QTEST_UNMAPPED);
    cr_assert_neq(qtest_hash(fresh), qtest_hash(via));
    qtest_round_trip(via, fresh);
}

Test(via, registers_are_listed_by_name)
{
    GString *text = g_string_new(NULL);
    regbank_info_device(via, text);
    cr_assert(strstr(text->str, "DDRB 0xff"), "%s", text->str);
    cr_assert(strstr(text->str, "IER 0x00"), "%s", text->str);
}
