/* SPDX-License-Identifier: MIT */
/* DBDMA: registers, programs, what stops them (mac99.md 8.1, 8.2). */
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>

#define BASE UINT64_C(0x80008000)
#define PROGRAM 0x1000u
enum {
    CONTROL = 0x00,
    STATUS = 0x04,
    POINTER_HIGH = 0x08,
    POINTER = 0x0c,
    INTERRUPT_SELECT = 0x10,
    BRANCH_SELECT = 0x14,
    WAIT_SELECT = 0x18,
    TRANSFER_MODE = 0x1c,
    STRIDE = 0x80,
    CHANNELS = 32
};
enum {
    RUN = 0x8000,
    PAUSE = 0x4000,
    FLUSH = 0x2000,
    WAKE = 0x1000,
    DEAD = 0x0800,
    ACTIVE = 0x0400,
    BT = 0x0100
};
enum {
    OUTPUT_MORE = 0x0000,
    OUTPUT_LAST = 0x1000,
    INPUT_MORE = 0x2000,
    INPUT_LAST = 0x3000,
    STORE_WORD = 0x4000,
    LOAD_WORD = 0x5000,
    NOP = 0x6000,
    STOP = 0x7000,
    SYSTEM = 0x600,
    INTERRUPT_ALWAYS = 0x30,
    BRANCH_ALWAYS = 0x0c
};

static DeviceState *dbdma;
static unsigned channel; /* the one that the helpers use */

static void start(void)
{
    MemoryRegion *ram = g_new0(MemoryRegion, 1);

    qtest_start();
    memory_region_init_ram(ram, NULL, "ram", 1 << 20, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    dbdma = qtest_add("mac-dbdma", BASE);
    resettable_reset(OBJECT(dbdma));
    channel = 0x16;
}

TestSuite(dbdma, .init = start, .timeout = 120);

static uint32_t reg(hwaddr offset) { return qtest_readl_le(BASE + channel * STRIDE + offset); }
static void set(hwaddr offset, uint32_t value)
{
    qtest_writel_le(BASE + channel * STRIDE + offset, value);
}

static void put(unsigned index, uint32_t command, uint32_t address, uint32_t dependent)
{
    hwaddr at = PROGRAM + 16 * index;

    qtest_writel_le(at, command); /* command word in the high half, count in the low */
    qtest_writel_le(at + 4, address);
    qtest_writel_le(at + 8, dependent);
    qtest_writel_le(at + 12, 0xffffffff);
}

static uint32_t op(uint32_t word, uint32_t count) { return word << 16 | count; }
static uint32_t residual(unsigned index)
{
    return qtest_readl_le(PROGRAM + 16 * index + 12) & 0xffff;
}
static uint32_t status_of(unsigned index)
{
    return qtest_readl_le(PROGRAM + 16 * index + 12) >> 16;
}

static void run(void)
{
    set(POINTER, PROGRAM);
    set(CONTROL, (uint32_t)RUN << 16 | RUN);
}

/* --- registers ----------------------------------------------------------------------------------- */

Test(dbdma, all_channels_read_0_after_reset)
{
    for (channel = 0; channel < CHANNELS; channel++) {
        for (hwaddr offset = 0; offset < STRIDE; offset += 4) {
            cr_assert_eq(reg(offset), 0);
        }
    }
}

Test(dbdma, control_reads_as_status)
{
    set(CONTROL, 0x00ff00a5);
    cr_assert_eq(reg(STATUS), 0xa5);
    cr_assert_eq(reg(CONTROL), 0xa5);
}

Test(dbdma, high_half_of_a_control_write_selects_bits)
{
    set(CONTROL, 0x00ff00ff);
    set(CONTROL, 0x000f0000);
    cr_assert_eq(reg(STATUS), 0xf0);
    set(STATUS, UINT32_MAX); /* read only */
    cr_assert_eq(reg(STATUS), 0xf0);
}

Test(dbdma, dead_active_and_bt_cannot_be_written)
{
    set(CONTROL, (uint32_t)(DEAD | ACTIVE | BT) << 16 | DEAD | ACTIVE | BT);
    cr_assert_eq(reg(STATUS), 0);
}

Test(dbdma, pointer_is_16_byte_aligned_and_high_half_reads_0)
{
    set(POINTER, 0x1234567f);
    set(POINTER_HIGH, 0xffffffff);
    cr_assert_eq(reg(POINTER), 0x12345670);
    cr_assert_eq(reg(POINTER_HIGH), 0);
}

Test(dbdma, select_registers_keep_mask_and_value_of_8_bits)
{
    for (hwaddr offset = INTERRUPT_SELECT; offset <= WAIT_SELECT; offset += 4) {
        set(offset, UINT32_MAX);
        cr_assert_eq(reg(offset), 0x00ff00ff);
    }
    set(TRANSFER_MODE, UINT32_MAX);
    cr_assert_eq(reg(TRANSFER_MODE), 0);
}

Test(dbdma, channels_are_80_bytes_apart)
{
    for (channel = 0; channel < CHANNELS; channel++) {
        set(POINTER, channel << 8);
    }
    cr_assert_eq(qtest_readl_le(BASE + 0xb0c), 0x1600); /* channel 0x16 of IDE 0 */
    cr_assert_eq(qtest_readl_le(BASE + 0xd0c), 0x1a00);
}

/* --- programs -------------------------------------------------------------------------------------- */

Test(dbdma, stop_clears_active_and_keeps_run_and_pointer)
{
    put(0, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(reg(POINTER), PROGRAM);
    cr_assert_eq(status_of(0), 0xffff); /* STOP writes nothing back */
}

Test(dbdma, status_written_back_still_shows_run_and_active)
{
    put(0, op(NOP, 0), 0, 0);
    put(1, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(status_of(0), RUN | ACTIVE);
    cr_assert_eq(residual(0), 0);
    cr_assert_eq(reg(POINTER), PROGRAM + 16);
}

Test(dbdma, store_word_writes_1_2_or_4_bytes)
{
    for (unsigned i = 0; i < 3; i++) {
        qtest_writel(0x2000 + 8 * i, 0xffffffff);
        put(i, op(STORE_WORD | SYSTEM, 1u << i), 0x2000 + 8 * i, 0x11223344);
    }
    put(3, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(qtest_readl(0x2000), 0x44ffffff);
    cr_assert_eq(qtest_readl(0x2008), 0x4433ffff);
    cr_assert_eq(qtest_readl(0x2010), 0x44332211);
    cr_assert_eq(reg(STATUS), RUN);
}

Test(dbdma, load_word_fetches_into_the_descriptor)
{
    qtest_writel(0x2000, 0x11223344);
    put(0, op(LOAD_WORD | SYSTEM, 4), 0x2000, 0xffffffff);
    put(1, op(LOAD_WORD | SYSTEM, 2), 0x2000, 0xffffffff);
    put(2, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(qtest_readl(PROGRAM + 8), 0x11223344);
    cr_assert_eq(qtest_readw(PROGRAM + 16 + 8), 0x1122);
    cr_assert_eq(reg(POINTER), PROGRAM + 32);
}

Test(dbdma, words_with_another_key_kill_the_channel)
{
    QTestLine *irq = qtest_watch(dbdma, NULL, 0x16);

    put(0, op(STORE_WORD | 0x500, 4), 0x2000, 0x11223344);
    run();
    cr_assert_eq(reg(STATUS), RUN | DEAD);
    cr_assert_eq(reg(POINTER), PROGRAM);
    cr_assert_eq(irq->falls, 1);
    cr_assert_eq(qtest_readl(0x2000), 0);
}

Test(dbdma, data_commands_without_a_device_move_nothing_and_leave_the_residual)
{
    qtest_writel(0x2000, 0xcafecafe);
    put(0, op(OUTPUT_MORE, 0x100), 0x2000, 0);
    put(1, op(OUTPUT_LAST, 0x200), 0x2000, 0);
    put(2, op(INPUT_MORE | 0x300, 0x300), 0x2000, 0);
    put(3, op(INPUT_LAST, 0x400), 0x2000, 0);
    put(4, op(STOP, 0), 0, 0);
    run();
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(residual(i), 0x100 * (i + 1));
        cr_assert_eq(status_of(i), RUN | ACTIVE);
    }
    cr_assert_eq(qtest_readl(0x2000), 0xcafecafe);
    cr_assert_eq(reg(STATUS), RUN);
}

Test(dbdma, data_command_with_address_0_or_a_bad_key_kills_the_channel)
{
    static const struct {
        uint32_t word, address;
    } bad[] = {{INPUT_MORE, 0},          {OUTPUT_LAST, 0},        {INPUT_LAST | 0x400, 0x2000},
               {OUTPUT_MORE | 0x500, 1}, {INPUT_MORE | 0x600, 1}, {OUTPUT_LAST | 0x700, 1}};
    QTestLine *irq = qtest_watch(dbdma, NULL, 0x16);

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        put(0, op(bad[i].word, 16), bad[i].address, 0);
        run();
        cr_assert_eq(reg(STATUS), RUN | DEAD, "case %u", i);
        cr_assert_eq(irq->falls, i + 1);
        set(CONTROL, (uint32_t)RUN << 16);
        cr_assert_eq(reg(STATUS), 0);
    }
}

Test(dbdma, reserved_command_kills_the_channel)
{
    put(0, op(0x8000, 0), 0x2000, 0);
    run();
    cr_assert_eq(reg(STATUS), RUN | DEAD);
}

Test(dbdma, descriptor_outside_memory_kills_the_channel)
{
    set(POINTER, 0x70000000);
    set(CONTROL, (uint32_t)RUN << 16 | RUN);
    cr_assert_eq(reg(STATUS), RUN | DEAD);
}

Test(dbdma, dead_channel_stays_dead_until_run_is_cleared)
{
    put(0, op(0x8000, 0), 0, 0);
    run();
    put(0, op(STOP, 0), 0, 0);
    set(CONTROL, (uint32_t)WAKE << 16 | WAKE);
    cr_assert_eq(reg(STATUS) & (DEAD | ACTIVE), DEAD);
    set(CONTROL, (uint32_t)PAUSE << 16 | PAUSE);
    set(CONTROL, (uint32_t)PAUSE << 16);
    cr_assert_eq(reg(STATUS) & (DEAD | ACTIVE), DEAD);
    set(CONTROL, (uint32_t)(RUN | WAKE) << 16);
    cr_assert_eq(reg(STATUS), 0);
    run();
    cr_assert_eq(reg(STATUS), RUN);
}

/* --- conditions -------------------------------------------------------------------------------------- */

Test(dbdma, branch_taken_sets_bt_and_the_pointer)
{
    put(0, op(NOP | BRANCH_ALWAYS, 0), 0, PROGRAM + 16 * 5 + 3);
    put(1, op(STOP, 0), 0, 0);
    put(5, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(reg(POINTER), PROGRAM + 16 * 5);
    cr_assert_eq(reg(STATUS), RUN | BT);
}

Test(dbdma, branch_not_taken_clears_bt)
{
    put(0, op(NOP | BRANCH_ALWAYS, 0), 0, PROGRAM + 16 * 2);
    put(2, op(NOP, 0), 0, 0);
    put(3, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(reg(POINTER), PROGRAM + 16 * 3);
    cr_assert_eq(reg(STATUS), RUN);
}

/* 0 never, 1 if true, 2 if false, 3 always, for branch. */
Test(dbdma, branch_condition_compares_the_selected_status_bits)
{
    for (unsigned code = 0; code < 4; code++) {
        for (unsigned met = 0; met < 2; met++) {
            set(CONTROL, (uint32_t)RUN << 16);
            set(BRANCH_SELECT, 0x00030001);
            set(CONTROL, 0x00ff0000 | (met ? 0xfd : 0xfe));
            put(0, op(NOP | code << 2, 0), 0, PROGRAM + 16 * 2);
            put(1, op(STOP, 0), 0, 0);
            put(2, op(STOP, 0), 0, 0);
            run();
            bool taken = code == 3 || (code == 1 && met) || (code == 2 && !met);
            cr_assert_eq(reg(POINTER), PROGRAM + (taken ? 32 : 16), "code %u met %u", code, met);
        }
    }
}

Test(dbdma, interrupt_is_one_pulse_a_command_that_asks)
{
    QTestLine *irq = qtest_watch(dbdma, NULL, 0x16);
    QTestLine *other = qtest_watch(dbdma, NULL, 0x1a);

    put(0, op(NOP | INTERRUPT_ALWAYS, 0), 0, 0);
    put(1, op(NOP, 0), 0, 0);
    put(2, op(NOP | 0x10, 0), 0, 0); /* if true: mask 0 is always equal */
    put(3, op(NOP | 0x20, 0), 0, 0); /* if false */
    put(4, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(irq->falls, 2);
    cr_assert_eq(irq->level, 0);
    cr_assert_eq(other->level, -1);
}

/* STORE_WORD of 1 to 0x4000, then waits while s0 = 0; a STOP behind it. */
static void start_waiting_store(void)
{
    put(0, op(STORE_WORD | SYSTEM | 1, 4), 0x4000, 1);
    put(1, op(STOP, 0), 0, 0);
    set(WAIT_SELECT, 0x00010000);
    set(POINTER, PROGRAM);
    set(CONTROL, (uint32_t)RUN << 16 | RUN);
    cr_assert_eq(qtest_readl_le(0x4000), 1);
    cr_assert_eq(reg(POINTER), PROGRAM);
    qtest_writel_le(0x4000, 0);
}

Test(dbdma, command_that_waits_is_executed_once)
{
    start_waiting_store();
    set(CONTROL, (uint32_t)WAKE << 16 | WAKE);
    set(CONTROL, 0x00800080);
    set(CONTROL, (uint32_t)PAUSE << 16 | PAUSE);
    set(CONTROL, (uint32_t)PAUSE << 16);
    cr_assert_eq(qtest_readl_le(0x4000), 0);
    cr_assert_eq(reg(STATUS) & (RUN | ACTIVE), RUN | ACTIVE);
    put(0, op(NOP | BRANCH_ALWAYS, 0), 0, 0); /* too late: it was fetched */
    set(CONTROL, 0x00010001);
    cr_assert_eq(reg(POINTER), PROGRAM + 16);
    cr_assert_eq(residual(0), 0);
    cr_assert_eq(reg(STATUS) & ACTIVE, 0);
}

Test(dbdma, new_wait_select_ends_a_wait)
{
    start_waiting_store();
    set(WAIT_SELECT, 0x00010001);
    cr_assert_eq(reg(POINTER), PROGRAM + 16);
    cr_assert_eq(qtest_readl_le(0x4000), 0);
}

Test(dbdma, channel_that_is_stopped_while_it_waits_begins_its_command_anew)
{
    start_waiting_store();
    set(CONTROL, (uint32_t)RUN << 16);
    set(CONTROL, (uint32_t)RUN << 16 | RUN);
    cr_assert_eq(qtest_readl_le(0x4000), 1);
}

Test(dbdma, reset_ends_a_wait)
{
    uint64_t fresh = qtest_hash(dbdma);

    start_waiting_store();
    resettable_reset(OBJECT(dbdma));
    cr_assert_eq(qtest_hash(dbdma), fresh);
}

Test(dbdma, waiting_command_survives_save_and_load)
{
    DeviceState *fresh = qtest_add("mac-dbdma", BASE + 0x10000);

    start_waiting_store();
    qtest_round_trip(dbdma, fresh);
    hwaddr other = BASE + 0x10000 + channel * STRIDE;
    qtest_writel_le(other + CONTROL, (uint32_t)WAKE << 16 | WAKE);
    cr_assert_eq(qtest_readl_le(0x4000), 0);
    qtest_writel_le(other + CONTROL, 0x00010001);
    cr_assert_eq(qtest_readl_le(other + POINTER), PROGRAM + 16);
}

Test(dbdma, wait_stalls_on_the_same_command_until_the_status_changes)
{
    set(WAIT_SELECT, 0x00010000);
    put(0, op(NOP | 1, 0), 0, 0); /* wait while s0 = 0 */
    put(1, op(STOP, 0), 0, 0);
    run();
    cr_assert_eq(reg(POINTER), PROGRAM);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(status_of(0), 0xffff);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(reg(POINTER), PROGRAM);
    set(CONTROL, 0x00010001);
    cr_assert_eq(reg(POINTER), PROGRAM + 16);
    cr_assert_eq(reg(STATUS), RUN | 1);
}

/* --- control bits -------------------------------------------------------------------------------------- */

Test(dbdma, pointer_cannot_be_written_while_active)
{
    put(0, op(NOP | 3, 0), 0, 0); /* waits for ever */
    run();
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    set(POINTER, 0x3000);
    cr_assert_eq(reg(POINTER), PROGRAM);
    set(CONTROL, (uint32_t)RUN << 16);
    cr_assert_eq(reg(STATUS), 0);
    set(POINTER, 0x3000);
    cr_assert_eq(reg(POINTER), 0x3000);
}

Test(dbdma, wake_fetches_again_after_stop)
{
    put(0, op(STOP, 0), 0, 0);
    run();
    put(0, op(NOP, 0), 0, 0);
    put(1, op(STOP, 0), 0, 0);
    set(CONTROL, (uint32_t)WAKE << 16 | WAKE);
    cr_assert_eq(reg(POINTER), PROGRAM + 16);
    cr_assert_eq(reg(STATUS), RUN); /* WAKE was cleared by the fetch */
}

Test(dbdma, wake_without_run_does_not_start)
{
    put(0, op(NOP, 0), 0, 0);
    set(POINTER, PROGRAM);
    set(CONTROL, (uint32_t)WAKE << 16 | WAKE);
    cr_assert_eq(reg(STATUS) & ACTIVE, 0);
    cr_assert_eq(reg(POINTER), PROGRAM);
}

Test(dbdma, pause_clears_active_and_its_end_sets_it)
{
    put(0, op(NOP | 3, 0), 0, 0);
    run();
    set(CONTROL, (uint32_t)PAUSE << 16 | PAUSE);
    cr_assert_eq(reg(STATUS), RUN | PAUSE);
    set(CONTROL, (uint32_t)PAUSE << 16);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
}

Test(dbdma, run_while_paused_does_not_become_active)
{
    put(0, op(NOP | 3, 0), 0, 0);
    set(POINTER, PROGRAM);
    set(CONTROL, (uint32_t)PAUSE << 16 | PAUSE);
    set(CONTROL, (uint32_t)RUN << 16 | RUN);
    cr_assert_eq(reg(STATUS), RUN | PAUSE);
    set(CONTROL, (uint32_t)PAUSE << 16);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
}

Test(dbdma, flush_reads_0_at_once)
{
    put(0, op(NOP | 3, 0), 0, 0);
    run();
    set(CONTROL, (uint32_t)FLUSH << 16 | FLUSH);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
}

/* Linux's end of a transfer (8.3): RUN, WAKE and DEAD off, then RUN is polled. */
Test(dbdma, linux_stop_sequence_ends_with_run_clear)
{
    put(0, op(NOP | 3, 0), 0, 0);
    run();
    set(CONTROL, 0x98000000);
    cr_assert_eq(reg(STATUS), 0);
}

/* --- hostile programs ------------------------------------------------------------------------------------ */

Test(dbdma, endless_loop_is_bounded_per_event_and_can_be_stopped)
{
    QTestLine *irq = qtest_watch(dbdma, NULL, 0x16);

    put(0, op(NOP | BRANCH_ALWAYS | INTERRUPT_ALWAYS, 0), 0, PROGRAM);
    run();
    cr_assert_eq(reg(STATUS), RUN | ACTIVE | BT);
    unsigned first = irq->falls;
    cr_assert(first > 0 && first <= 1000);
    qtest_clock_step(100000);
    cr_assert_gt(irq->falls, first);
    cr_assert_leq(irq->falls, 100 * first + first);
    set(CONTROL, (uint32_t)RUN << 16);
    unsigned last = irq->falls;
    qtest_clock_step(100000);
    cr_assert_eq(irq->falls, last);
    cr_assert_eq(reg(STATUS), 0);
}

Test(dbdma, endless_loops_on_all_channels_leave_the_machine_alive)
{
    put(0, op(NOP | BRANCH_ALWAYS, 0), 0, PROGRAM);
    for (channel = 0; channel < CHANNELS; channel++) {
        run();
    }
    qtest_clock_step(100000);
    for (channel = 0; channel < CHANNELS; channel++) {
        cr_assert_eq(reg(STATUS) & (RUN | ACTIVE), RUN | ACTIVE);
    }
    resettable_reset(OBJECT(dbdma));
    qtest_clock_step(100000);
    for (channel = 0; channel < CHANNELS; channel++) {
        cr_assert_eq(reg(STATUS), 0);
    }
}

/* The reentrancy guard holds at the first event and at those that a timer continues. */
Test(dbdma, program_cannot_reach_the_controllers_own_registers)
{
    for (unsigned i = 0; i < 100; i++) {
        put(i, op(NOP, 0), 0, 0);
    }
    put(0, op(STORE_WORD | SYSTEM, 4), (uint32_t)BASE + 3 * STRIDE + POINTER, 0x4000);
    put(99, op(STORE_WORD | SYSTEM, 4), (uint32_t)BASE + 3 * STRIDE + POINTER, 0x5000);
    put(100, op(STOP, 0), 0, 0);
    run();
    qtest_clock_step(1000000);
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(reg(POINTER), PROGRAM + 16 * 100);
    channel = 3;
    cr_assert_eq(reg(POINTER), 0);
}

Test(dbdma, program_that_rewrites_itself_is_followed)
{
    put(0, op(STORE_WORD | SYSTEM, 4), PROGRAM + 16, op(STOP, 0));
    put(1, op(NOP, 0), 0, 0);
    put(2, op(0x8000, 0), 0, 0);
    run();
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(reg(POINTER), PROGRAM + 16);
}

/* --- state ------------------------------------------------------------------------------------------------ */

Test(dbdma, state_survives_save_and_load_and_a_program_goes_on)
{
    QTestLine *irq;

    put(0, op(NOP | BRANCH_ALWAYS | INTERRUPT_ALWAYS, 0), 0, PROGRAM);
    set(INTERRUPT_SELECT, 0x00010001);
    run();
    qtest_clock_step(5500);
    uint64_t before = qtest_hash(dbdma);
    DeviceState *fresh = qtest_add("mac-dbdma", BASE + 0x100000);
    irq = qtest_watch(fresh, NULL, 0x16);
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(dbdma, fresh), before);
    qtest_clock_step(5500);
    cr_assert_gt(irq->falls, 0);
    cr_assert_eq(qtest_hash(dbdma), qtest_hash(fresh));
}

Test(dbdma, info_lists_channels_in_use)
{
    GString *out = g_string_new(NULL);

    set(POINTER, 0x1230);
    DEVICE_GET_CLASS(dbdma)->info(dbdma, out);
    cr_assert_str_eq(out->str, "channel 0x16: status 0000 pointer 00001230\n");
    g_string_free(out, true);
}
