/* SPDX-License-Identifier: MIT */
/* OpenPIC: registers (mac99.md 4.1, 4.2), the delivery algorithm step by step (4.3), timers, IPIs. */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE UINT64_C(0x80040000)
enum {
    FRR = 0x1000,
    GCR = 0x1020,
    VIR = 0x1080,
    PIR = 0x1090,
    IPI_VPR = 0x10a0,
    SPURIOUS = 0x10e0,
    TFRR = 0x10f0,
    TICCR = 0x1100,
    TIBCR = 0x1110,
    TIVPR = 0x1120,
    TIDR = 0x1130,
    VPR = 0x10000,
    DEST = 0x10010,
    IPI_DISPATCH = 0x20040,
    CTPR = 0x20080,
    WHOAMI = 0x20090,
    IACK = 0x200a0,
    EOI = 0x200b0
};
enum { LEVEL = 0x00400000, ACTIVITY = 0x40000000, NS_PER_TICK = 40 };
#define MASK 0x80000000u

static DeviceState *pic;
static QTestLine *interrupt;

static void start(void)
{
    qtest_start();
    pic = qtest_add("openpic", BASE);
    interrupt = qtest_watch_irq(pic, 0);
    resettable_reset(OBJECT(pic));
}

TestSuite(openpic, .init = start, .timeout = 120);

static uint32_t reg(hwaddr offset) { return qtest_readl_le(BASE + offset); }
static void set(hwaddr offset, uint32_t value) { qtest_writel_le(BASE + offset, value); }
static uint32_t vpr(unsigned n) { return reg(VPR + 0x20 * n); }
static void line(int n, int level) { irq_line_set(qdev_get_gpio_in(pic, n), level); }

/* Source @n unmasked, to processor 0. */
static void enable(unsigned n, unsigned priority, uint32_t vector, uint32_t sense)
{
    set(VPR + 0x20 * n, priority << 16 | vector | sense);
    set(DEST + 0x20 * n, 1);
}

/* --- registers ----------------------------------------------------------------------------------- */

Test(openpic, reset_values)
{
    cr_assert_eq(reg(0), UINT32_MAX);
    cr_assert_eq(qtest_readl(BASE + FRR), 0x02003f00); /* big-endian load of 0x003f0002 */
    cr_assert_eq(reg(GCR), 0);
    cr_assert_eq(reg(VIR), 0);
    cr_assert_eq(reg(PIR), 0);
    cr_assert_eq(reg(SPURIOUS), 0xff);
    cr_assert_eq(reg(TFRR), 4160000);
    cr_assert_eq(reg(CTPR), 15);
    cr_assert_eq(reg(WHOAMI), 0);
    cr_assert_eq(reg(EOI), 0);
    for (unsigned n = 0; n < 64; n++) {
        cr_assert_eq(vpr(n), 0xa0000000);
        cr_assert_eq(reg(DEST + 0x20 * n), 0);
    }
    for (unsigned n = 0; n < 4; n++) {
        cr_assert_eq(reg(IPI_VPR + 0x10 * n), 0xa0000000);
        cr_assert_eq(reg(TIBCR + 0x40 * n), MASK);
        cr_assert_eq(reg(TIVPR + 0x40 * n), 0xa0000000);
        cr_assert_eq(reg(TIDR + 0x40 * n), 0);
        cr_assert_eq(reg(TICCR + 0x40 * n), 0);
    }
    cr_assert_eq(interrupt->level, 0);
}

Test(openpic, offsets_between_registers_read_all_ones_and_ignore_writes)
{
    set(FRR + 4, 0);
    set(TFRR + 8, 1);
    set(VPR + 0xc, 5);
    cr_assert_eq(reg(FRR + 4), UINT32_MAX);
    cr_assert_eq(reg(TFRR + 8), UINT32_MAX);
    cr_assert_eq(reg(VPR + 0xc), UINT32_MAX);
    cr_assert_eq(reg(TFRR), 4160000);
    cr_assert_eq(vpr(0), 0xa0000000);
}

Test(openpic, processor_block_appears_at_0_and_at_20000)
{
    set(0x80, 3);
    cr_assert_eq(reg(CTPR), 3);
    set(CTPR, 0xf5);
    cr_assert_eq(reg(0x80), 5);
    cr_assert_eq(reg(0xa0), 0xff);
    cr_assert_eq(reg(0x90), 0);
}

Test(openpic, vector_register_reads_back_what_was_written_less_mode_and_activity)
{
    set(VPR, UINT32_MAX);
    cr_assert_eq(vpr(0), MASK | 0x00cf00ff);
    set(VPR, 0x0088000d);
    cr_assert_eq(vpr(0), 0x0088000d);
    set(IPI_VPR, UINT32_MAX);
    cr_assert_eq(reg(IPI_VPR), MASK | 0x000f00ff);
    set(TIVPR + 0x40, UINT32_MAX);
    cr_assert_eq(reg(TIVPR + 0x40), MASK | 0x000f00ff);
}

/* Linux's test whether the IPI registers have the other byte order. */
Test(openpic, mask_written_to_an_ipi_register_reads_back)
{
    set(IPI_VPR, MASK);
    cr_assert_eq(reg(IPI_VPR), MASK);
}

Test(openpic, destination_keeps_the_bits_of_processors_that_exist)
{
    set(DEST + 0x20 * 63, UINT32_MAX);
    cr_assert_eq(reg(DEST + 0x20 * 63), 1);
    set(TIDR, 2);
    cr_assert_eq(reg(TIDR), 0);
}

Test(openpic, sources_64_and_up_do_not_exist)
{
    set(VPR + 0x20 * 64, 0x00080001);
    cr_assert_eq(reg(VPR + 0x20 * 64), UINT32_MAX);
    cr_assert_eq(reg(0x21080), UINT32_MAX); /* a second processor */
    cr_assert_eq(reg(CTPR), 15);
}

Test(openpic, global_reset_bit_reads_0_and_resets_everything)
{
    enable(5, 8, 0x45, LEVEL);
    set(CTPR, 0);
    set(SPURIOUS, 0x11);
    set(TFRR, 1);
    set(GCR, 0x20000000);
    cr_assert_eq(reg(GCR), 0x20000000);
    line(5, 1);
    cr_assert_eq(interrupt->level, 1);
    set(GCR, 0x80000000);
    cr_assert_eq(reg(GCR), 0);
    cr_assert_eq(interrupt->level, 0);
    cr_assert_eq(vpr(5), 0xa0000000);
    cr_assert_eq(reg(CTPR), 15);
    cr_assert_eq(reg(SPURIOUS), 0xff);
    cr_assert_eq(reg(TFRR), 4160000);
}

Test(openpic, only_the_mixed_mode_bit_of_gcr_is_kept)
{
    set(GCR, 0x7fffffff);
    cr_assert_eq(reg(GCR), 0x20000000);
}

Test(openpic, spurious_vector_keeps_8_bits)
{
    set(SPURIOUS, 0x1234);
    cr_assert_eq(reg(SPURIOUS), 0x34);
    cr_assert_eq(reg(IACK), 0x34);
}

Test(openpic, pir_drives_the_reset_output_of_processor_0)
{
    QTestLine *reset = qtest_watch_irq(pic, 1);

    set(PIR, 1);
    cr_assert_eq(reset->level, 1);
    set(PIR, 2);
    cr_assert_eq(reset->level, 0);
    cr_assert_eq(reg(PIR), 0);
}

Test(openpic, pir_bit_that_stays_set_resets_once)
{
    QTestLine *reset = qtest_watch_irq(pic, 1);

    reset->level = 0;
    set(PIR, 1);
    cr_assert_eq(reset->rises, 1);
    reset->level = 0; /* another rise would be counted */
    set(PIR, 1);
    set(PIR, 3);
    cr_assert_eq(reset->rises, 1);
    reset->level = 1;
    set(PIR, 0);
    set(PIR, 1);
    cr_assert_eq(reset->rises, 2);
}

Test(openpic, reset_of_the_controller_releases_the_processor)
{
    QTestLine *reset = qtest_watch_irq(pic, 1);

    set(PIR, 1);
    set(GCR, 0x80000000);
    cr_assert_eq(reset->level, 0);
    set(PIR, 1);
    resettable_reset(OBJECT(pic));
    cr_assert_eq(reset->level, 0);
    set(PIR, 1);
    cr_assert_eq(reset->rises, 2);
}

/* --- delivery, mac99.md 4.3 ------------------------------------------------------------------------ */

Test(openpic, step_1_level_source_follows_the_line)
{
    enable(13, 8, 0x0d, LEVEL);
    set(CTPR, 0);
    line(13, 1);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(vpr(13), 0x0048000d | ACTIVITY);
    line(13, 0);
    cr_assert_eq(interrupt->level, 0);
    cr_assert_eq(vpr(13), 0x0048000d);
}

Test(openpic, step_1_edge_source_latches_the_rising_edge)
{
    enable(25, 8, 0x19, 0);
    set(CTPR, 0);
    line(25, 1);
    line(25, 0);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(IACK), 0x19);
    cr_assert_eq(interrupt->level, 0);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 0);
}

Test(openpic, edge_source_that_stays_high_interrupts_once)
{
    enable(25, 8, 0x19, 0);
    set(CTPR, 0);
    line(25, 1);
    cr_assert_eq(reg(IACK), 0x19);
    set(EOI, 0);
    line(25, 1);
    cr_assert_eq(interrupt->level, 0);
    line(25, 0);
    line(25, 1);
    cr_assert_eq(interrupt->level, 1);
}

Test(openpic, sense_is_taken_at_the_time_of_the_edge)
{
    set(CTPR, 0);
    line(9, 1); /* edge by reset, latched while masked */
    enable(9, 8, 9, 0);
    cr_assert_eq(interrupt->level, 1);
    line(8, 1);
    line(8, 0);
    enable(8, 9, 8, LEVEL); /* the latched edge is gone: the line is low */
    cr_assert_eq(reg(IACK), 9);
}

Test(openpic, step_2_masked_source_or_one_without_destination_is_not_delivered)
{
    set(CTPR, 0);
    set(VPR + 0x20 * 3, MASK | LEVEL | 0x00080003);
    set(DEST + 0x20 * 3, 1);
    line(3, 1);
    cr_assert_eq(interrupt->level, 0);
    cr_assert_eq(vpr(3), MASK | LEVEL | 0x00080003); /* no activity while masked */
    set(DEST + 0x20 * 3, 0);
    set(VPR + 0x20 * 3, LEVEL | 0x00080003);
    cr_assert_eq(interrupt->level, 0);
    set(DEST + 0x20 * 3, 1);
    cr_assert_eq(interrupt->level, 1);
    set(VPR + 0x20 * 3, MASK | LEVEL | 0x00080003);
    cr_assert_eq(interrupt->level, 0);
}

Test(openpic, step_3_priority_must_exceed_the_task_priority)
{
    enable(4, 8, 4, LEVEL);
    line(4, 1);
    for (unsigned ctpr = 0; ctpr < 16; ctpr++) {
        set(CTPR, ctpr);
        cr_assert_eq(interrupt->level, ctpr < 8, "CTPR %u", ctpr);
    }
}

Test(openpic, priority_0_is_never_delivered)
{
    enable(4, 0, 4, LEVEL);
    set(CTPR, 0);
    line(4, 1);
    cr_assert_eq(interrupt->level, 0);
    cr_assert_eq(reg(IACK), 0xff);
}

Test(openpic, step_4_highest_priority_is_acknowledged_and_the_lowest_number_wins_ties)
{
    enable(10, 5, 0x1a, LEVEL);
    enable(11, 9, 0x1b, LEVEL);
    enable(12, 9, 0x1c, LEVEL);
    set(CTPR, 0);
    line(10, 1);
    line(12, 1);
    line(11, 1);
    cr_assert_eq(reg(IACK), 0x1b);
    cr_assert_eq(interrupt->level, 0); /* nothing beats what is in service */
}

Test(openpic, step_4_nothing_to_acknowledge_gives_the_spurious_vector)
{
    set(CTPR, 0);
    cr_assert_eq(reg(IACK), 0xff);
    enable(4, 8, 4, LEVEL);
    line(4, 1);
    set(CTPR, 8);
    cr_assert_eq(reg(IACK), 0xff);
    set(CTPR, 7);
    cr_assert_eq(reg(IACK), 4);
    set(EOI, 0);
}

Test(openpic, step_4_level_source_stays_raised_while_its_line_is_high)
{
    enable(4, 8, 4, LEVEL);
    set(CTPR, 0);
    line(4, 1);
    cr_assert_eq(reg(IACK), 4);
    cr_assert_eq(interrupt->level, 0);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(IACK), 4);
    line(4, 0);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 0);
}

Test(openpic, step_3_and_5_higher_priorities_nest)
{
    enable(1, 4, 0x11, LEVEL);
    enable(2, 8, 0x22, LEVEL);
    enable(3, 12, 0x33, LEVEL);
    set(CTPR, 0);
    line(1, 1);
    cr_assert_eq(reg(IACK), 0x11);
    line(2, 1);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(IACK), 0x22);
    line(3, 1);
    cr_assert_eq(reg(IACK), 0x33);
    cr_assert_eq(interrupt->level, 0);
    line(3, 0);
    set(EOI, 0); /* 3 ends; 2 is served, so nothing */
    cr_assert_eq(interrupt->level, 0);
    line(2, 0);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 0);
    line(1, 0);
    set(EOI, 0);
    cr_assert_eq(reg(IACK), 0xff);
}

Test(openpic, step_5_end_of_the_higher_one_lets_a_middle_one_through)
{
    enable(1, 4, 0x11, LEVEL);
    enable(2, 8, 0x22, 0);
    enable(3, 12, 0x33, 0);
    set(CTPR, 0);
    line(1, 1);
    cr_assert_eq(reg(IACK), 0x11);
    line(3, 1);
    cr_assert_eq(reg(IACK), 0x33);
    line(2, 1);
    cr_assert_eq(interrupt->level, 0);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(IACK), 0x22);
}

Test(openpic, equal_priority_waits_for_the_end_of_the_one_in_service)
{
    enable(1, 8, 0x11, 0);
    enable(2, 8, 0x22, 0);
    set(CTPR, 0);
    line(2, 1);
    cr_assert_eq(reg(IACK), 0x22);
    line(1, 1);
    cr_assert_eq(interrupt->level, 0);
    set(EOI, 0);
    cr_assert_eq(reg(IACK), 0x11);
}

Test(openpic, edge_during_its_own_service_interrupts_again)
{
    enable(25, 8, 0x19, 0);
    set(CTPR, 0);
    line(25, 1);
    cr_assert_eq(reg(IACK), 0x19);
    line(25, 0);
    line(25, 1);
    cr_assert_eq(interrupt->level, 0);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(IACK), 0x19);
}

Test(openpic, step_7_line_that_falls_before_the_acknowledge_gives_spurious)
{
    enable(13, 8, 0x0d, LEVEL);
    set(CTPR, 0);
    line(13, 1);
    line(13, 0);
    cr_assert_eq(interrupt->level, 0);
    cr_assert_eq(reg(IACK), 0xff);
}

Test(openpic, end_without_anything_in_service_is_harmless)
{
    set(EOI, 0);
    enable(1, 8, 0x11, 0);
    set(CTPR, 0);
    line(1, 1);
    cr_assert_eq(reg(IACK), 0x11);
    set(EOI, 0xdeadbeef);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 0);
}

Test(openpic, polarity_is_kept_and_ignored)
{
    enable(25, 8, 0x19, 0x00800000);
    set(CTPR, 0);
    cr_assert_eq(vpr(25), 0x00880019);
    line(25, 1);
    cr_assert_eq(reg(IACK), 0x19);
}

Test(openpic, every_source_delivers_its_own_vector)
{
    set(CTPR, 0);
    for (int n = 0; n < 64; n++) {
        enable((unsigned)n, 1 + (unsigned)n % 15, 0x80 | (unsigned)n, LEVEL);
        line(n, 1);
        cr_assert_eq(reg(IACK), 0x80u | (unsigned)n);
        line(n, 0);
        set(EOI, 0);
        cr_assert_eq(interrupt->level, 0);
    }
}

/* --- interprocessor interrupts and timers ---------------------------------------------------------- */

Test(openpic, ipi_is_delivered_once_and_reads_of_its_register_give_0)
{
    for (unsigned n = 0; n < 4; n++) {
        set(IPI_VPR + 0x10 * n, 0x000a00fb + n);
    }
    set(CTPR, 0);
    for (unsigned n = 0; n < 4; n++) {
        set(IPI_DISPATCH + 0x10 * n, 1);
        cr_assert_eq(reg(IPI_DISPATCH + 0x10 * n), 0);
        cr_assert_eq(interrupt->level, 1);
        cr_assert_eq(reg(IACK), 0xfb + n);
        set(EOI, 0);
        cr_assert_eq(interrupt->level, 0);
    }
}

Test(openpic, ipi_to_processors_that_do_not_exist_goes_nowhere)
{
    set(IPI_VPR, 0x000a00fb);
    set(CTPR, 0);
    set(IPI_DISPATCH, 0xfffffffe);
    cr_assert_eq(interrupt->level, 0);
}

Test(openpic, timer_counts_down_from_its_base_at_25_mhz_and_interrupts)
{
    set(CTPR, 0);
    set(TIVPR, 0x000900f3);
    set(TIDR, 1);
    set(TIBCR, 1000);
    cr_assert_eq(reg(TICCR), 1000);
    qtest_clock_step(400 * NS_PER_TICK);
    cr_assert_eq(reg(TICCR), 600);
    cr_assert_eq(interrupt->level, 0);
    qtest_clock_step(600 * NS_PER_TICK);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(IACK), 0xf3);
    set(EOI, 0);
    cr_assert_eq(interrupt->level, 0);
    cr_assert_eq(reg(TICCR), 0x80000000 | 1000); /* toggled and loaded again */
    qtest_clock_step(1000 * NS_PER_TICK);
    cr_assert_eq(reg(IACK), 0xf3);
    cr_assert_eq(reg(TICCR), 1000);
}

Test(openpic, inhibited_timer_does_not_count)
{
    set(TIBCR + 0xc0, 0x80000064);
    cr_assert_eq(reg(TIBCR + 0xc0), 0x80000064);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(reg(TICCR + 0xc0), 100);
    set(TIBCR + 0xc0, 100);
    qtest_clock_step(10 * NS_PER_TICK);
    set(TIBCR + 0xc0, 0x80000064);
    cr_assert_eq(reg(TICCR + 0xc0), 100);
}

Test(openpic, current_count_cannot_be_written)
{
    set(TIBCR, 0x80000064);
    set(TICCR, 7);
    cr_assert_eq(reg(TICCR), 100);
}

Test(openpic, timer_with_base_0_does_not_stop_the_machine)
{
    set(TIVPR, 0x000900f3);
    set(TIDR, 1);
    set(CTPR, 0);
    for (unsigned n = 0; n < 4; n++) {
        set(TIBCR + 0x40 * n, 0);
    }
    qtest_clock_step(1000000);
    cr_assert_eq(reg(TIBCR), 0);
}

/* One look at the clock after @ns, as behind a long run of instructions or a nap. */
static void jump(uint64_t ns)
{
    *clock_icount(machine_clock()) += ns;
    clock_service(machine_clock());
}

static void enable_timer(uint32_t base)
{
    set(CTPR, 0);
    set(TIVPR, 0x000900f3);
    set(TIDR, 1);
    set(TIBCR, base);
}

static void note(void *opaque) { *(bool *)opaque = true; }

Test(openpic, shortest_timer_lets_other_timers_run)
{
    Timer other;
    bool has_run = false;

    timer_init_ns(&other, machine_clock(), note, &has_run);
    enable_timer(1);
    timer_mod_ns(&other, qtest_clock_ns() + 1000000);
    jump(2000000);
    cr_assert(has_run);
    cr_assert_eq(interrupt->level, 1);
    timer_fini(&other);
}

Test(openpic, timer_whose_interrupt_waits_costs_no_events)
{
    enable_timer(1);
    jump(NS_PER_TICK);
    cr_assert_eq(interrupt->level, 1);
    uint64_t slice_end = *clock_icount(machine_clock()) + CLOCK_SLICE_INSNS;
    cr_assert_eq(clock_deadline(machine_clock()), slice_end);
    cr_assert_eq(reg(IACK), 0xf3);
    cr_assert_eq(clock_deadline(machine_clock()), *clock_icount(machine_clock()) + NS_PER_TICK);
}

Test(openpic, toggle_bit_counts_periods_that_nobody_looked_at)
{
    enable_timer(1000);
    jump((3 * 1000 + 1) * NS_PER_TICK);
    cr_assert_eq(reg(TICCR), 0x80000000 | 999);
    jump(1000 * NS_PER_TICK);
    cr_assert_eq(reg(TICCR), 999);
    cr_assert_eq(reg(IACK), 0xf3);
    cr_assert_eq(interrupt->level, 0); /* one interrupt, however many periods */
}

Test(openpic, acknowledge_of_a_timer_takes_what_is_due_with_it)
{
    enable_timer(1000);
    jump(1000 * NS_PER_TICK);
    *clock_icount(machine_clock()) += 1500 * NS_PER_TICK; /* no event point yet */
    cr_assert_eq(reg(IACK), 0xf3);
    set(EOI, 0);
    clock_service(machine_clock());
    cr_assert_eq(interrupt->level, 0);
    jump(500 * NS_PER_TICK);
    cr_assert_eq(interrupt->level, 1);
}

Test(openpic, base_written_while_counting_is_loaded_at_the_next_reload)
{
    enable_timer(1000);
    qtest_clock_step(400 * NS_PER_TICK);
    set(TIBCR, 50);
    cr_assert_eq(reg(TIBCR), 50);
    cr_assert_eq(reg(TICCR), 600);
    qtest_clock_step(599 * NS_PER_TICK);
    cr_assert_eq(interrupt->level, 0);
    qtest_clock_step(NS_PER_TICK);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(TICCR), 0x80000000 | 50);
    cr_assert_eq(reg(IACK), 0xf3);
    set(EOI, 0);
    qtest_clock_step(50 * NS_PER_TICK);
    cr_assert_eq(interrupt->level, 1);
}

Test(openpic, longer_base_written_while_counting_does_not_move_the_end_of_the_count)
{
    enable_timer(100);
    qtest_clock_step(90 * NS_PER_TICK);
    set(TIBCR, 0x7fffffff);
    qtest_clock_step(10 * NS_PER_TICK);
    cr_assert_eq(interrupt->level, 1);
    cr_assert_eq(reg(TICCR), 0xffffffff);
}

Test(openpic, count_read_late_shows_the_reload_and_its_interrupt)
{
    enable_timer(100);
    *clock_icount(machine_clock()) += 130 * NS_PER_TICK; /* no event point yet */
    cr_assert_eq(reg(TICCR), 0x80000000 | 70);
    cr_assert_eq(interrupt->level, 1);
}

/* --- state ------------------------------------------------------------------------------------------ */

static GByteArray *saved(void)
{
    GByteArray *out = g_byte_array_new();

    vmstate_save(DEVICE_GET_CLASS(pic)->vmsd, pic, out);
    return out;
}

/* Loads the state with the number @value of @size bytes put where @marker stands. */
static bool loads_with(uint64_t marker, uint64_t value)
{
    g_autoptr(GByteArray) state = saved();
    uint8_t from[8], to[8];
    unsigned found = 0;
    Error *err = NULL;

    stq_be_p(from, marker);
    stq_be_p(to, value);
    for (guint i = 0; i + 8 <= state->len; i++) {
        if (memcmp(state->data + i, from, 8) == 0) {
            memcpy(state->data + i, to, 8);
            found++;
        }
    }
    cr_assert_eq(found, 1, "%u", found);
    VMStateReader in = {.data = state->data, .length = state->len};
    bool ok = vmstate_load(DEVICE_GET_CLASS(pic)->vmsd, pic, &in, &err);
    error_free(err);
    return ok;
}

/* Timer 0 counts 123457 ticks from 987654321 ns: numbers that stand nowhere else. */
static bool timer_loads_with(uint64_t marker, uint64_t value)
{
    *clock_icount(machine_clock()) = 987654000;
    resettable_reset(OBJECT(pic));
    *clock_icount(machine_clock()) = 987654321;
    set(TIBCR, 123457);
    return loads_with(marker, value);
}

Test(openpic, state_with_an_impossible_timer_is_refused)
{
    enum { START = 987654321, PERIOD = 123457 * NS_PER_TICK };

    cr_assert(timer_loads_with(PERIOD, PERIOD));
    cr_assert(timer_loads_with(START, START - 5));
    cr_assert_not(timer_loads_with(START, START + 1));
    cr_assert_not(timer_loads_with(PERIOD, 0));
    cr_assert_not(timer_loads_with(PERIOD, PERIOD + 1));
    cr_assert_not(timer_loads_with(PERIOD, UINT64_C(0x80000000) * NS_PER_TICK));
    qtest_clock_step(NANOSECONDS_PER_SECOND);
}

Test(openpic, state_survives_save_and_load)
{
    enable(1, 4, 0x11, LEVEL);
    enable(2, 8, 0x22, 0);
    set(CTPR, 2);
    set(SPURIOUS, 0x77);
    set(TFRR, 12345);
    set(GCR, 0x20000000);
    set(TIBCR + 0x40, 5000);
    line(1, 1);
    reg(IACK);
    line(2, 1);
    qtest_clock_step(1000);
    uint64_t before = qtest_hash(pic);
    DeviceState *fresh = qtest_add("openpic", BASE + 0x100000);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(pic, fresh), before);
    hwaddr other = BASE + 0x100000;
    cr_assert_eq(qtest_readl_le(other + IACK), 0x22);
    cr_assert_eq(qtest_readl_le(other + TICCR + 0x40), 5000 - 25);
    cr_assert_eq(qtest_readl_le(other + CTPR), 2);
}

Test(openpic, reset_keeps_the_levels_that_devices_apply)
{
    line(13, 1);
    resettable_reset(OBJECT(pic));
    enable(13, 8, 0x0d, LEVEL);
    set(CTPR, 0);
    cr_assert_eq(interrupt->level, 1);
}

Test(openpic, info_names_sources_in_use)
{
    GString *out = g_string_new(NULL);

    enable(13, 8, 0x0d, LEVEL);
    line(13, 1);
    DEVICE_GET_CLASS(pic)->info(pic, out);
    cr_assert(strstr(out->str, "source 13: VPR 4048000d dest 1 line pending"), "%s", out->str);
    g_string_free(out, true);
}
