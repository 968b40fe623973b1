/* SPDX-License-Identifier: MIT */
/* DBDMA with a device on the channel: bytes, results, stopping (mac99.md 8.1, 8.2; macosx.md rows 27, 28). */
#include "hw/dma/dbdma.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>
#include <string.h>

#define BASE UINT64_C(0x80008000)
#define PROGRAM 0x1000u
#define BUFFER 0x8000u
#define RAM_SIZE (4u << 20)
enum { CHANNEL = 0x16, STRIDE = 0x80, OTHER_BASE = 0x100000 };
enum { CONTROL = 0x00, STATUS = 0x04, POINTER = 0x0c, WAIT_SELECT = 0x18 };
enum {
    RUN = 0x8000,
    PAUSE = 0x4000,
    FLUSH = 0x2000,
    WAKE = 0x1000,
    DEAD = 0x0800,
    ACTIVE = 0x0400
};
enum {
    OUTPUT_MORE = 0x0000,
    OUTPUT_LAST = 0x1000,
    INPUT_MORE = 0x2000,
    INPUT_LAST = 0x3000,
    STORE_WORD = 0x4600,
    NOP = 0x6000,
    STOP = 0x7000,
    INTERRUPT_ALWAYS = 0x30,
    BRANCH_ALWAYS = 0x0c
};

/* A device that has bytes, or wants them, and moves them when the channel is ready. */
typedef struct Fake {
    DbdmaChannel *channel;
    uint8_t data[1 << 20];
    size_t length, at; /* what it holds, what has moved */
    bool is_source;
    bool is_slow; /* moves nothing by itself: the test says when */
    bool is_held; /* flush() has to wait */
    unsigned readies, flushes;
    bool last_is_input;
    unsigned depth; /* of its own calls */
} Fake;

static DeviceState *dbdma;
static Fake fake;

static size_t push(size_t length)
{
    size_t n = MIN(length, fake.length - fake.at);

    fake.depth++;
    n = fake.is_source ? dbdma_to_memory(fake.channel, fake.data + fake.at, n)
                       : dbdma_from_memory(fake.channel, fake.data + fake.at, n);
    fake.depth--;
    fake.at += n;
    return n;
}

static void ready(G_GNUC_UNUSED void *opaque, bool is_input)
{
    cr_assert_eq(fake.depth, 0, "never called from within a move");
    fake.readies++;
    fake.last_is_input = is_input;
    if (!fake.is_slow) {
        push(SIZE_MAX);
    }
}

static bool flush(G_GNUC_UNUSED void *opaque)
{
    fake.flushes++;
    if (!fake.is_held) {
        push(SIZE_MAX);
    }
    return fake.is_held;
}

static const DbdmaOps ops = {.ready = ready, .flush = flush};

static void start(void)
{
    MemoryRegion *ram = g_new0(MemoryRegion, 1);

    qtest_start();
    memory_region_init_ram(ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, ram);
    dbdma = qtest_add("mac-dbdma", BASE);
    resettable_reset(OBJECT(dbdma));
    memset(&fake, 0, sizeof(fake));
    for (size_t i = 0; i < sizeof(fake.data); i++) {
        fake.data[i] = (uint8_t)(i * 7 + i / 251 + 1);
    }
    fake.channel = dbdma_attach(dbdma, CHANNEL, &ops, &fake);
}

TestSuite(dbdma_device, .init = start, .timeout = 120);

static uint32_t reg(hwaddr offset) { return qtest_readl_le(BASE + CHANNEL * STRIDE + offset); }
static void set(hwaddr offset, uint32_t value)
{
    qtest_writel_le(BASE + CHANNEL * STRIDE + offset, value);
}
static void set_bits(uint32_t bits) { set(CONTROL, bits << 16 | bits); }
static void clear_bits(uint32_t bits) { set(CONTROL, bits << 16); }

static void put(unsigned index, uint32_t word, uint32_t count, uint32_t address, uint32_t dependent)
{
    hwaddr at = PROGRAM + 16 * index;

    qtest_writel_le(at, word << 16 | count);
    qtest_writel_le(at + 4, address);
    qtest_writel_le(at + 8, dependent);
    qtest_writel_le(at + 12, 0xffffffff);
}

static uint32_t result(unsigned index) { return qtest_readl_le(PROGRAM + 16 * index + 12); }
static uint32_t residual(unsigned index) { return result(index) & 0xffff; }
static uint32_t status_of(unsigned index) { return result(index) >> 16; }
static unsigned at_command(void) { return (reg(POINTER) - PROGRAM) / 16; }

static void run(void)
{
    set(POINTER, PROGRAM);
    set_bits(RUN | WAKE);
}

/* The device has @length bytes for the guest, or wants them of it. */
static void give(size_t length)
{
    fake.is_source = true;
    fake.length = length;
}
static void want(size_t length)
{
    memset(fake.data, 0, sizeof(fake.data));
    fake.length = length;
}

static void expect_memory(uint32_t address, size_t from, size_t length)
{
    uint8_t *seen = g_malloc(length);

    address_space_read(address_space_memory(), address, seen, length);
    cr_assert_arr_eq(seen, fake.data + from, length);
    g_free(seen);
}

static void fill_memory(uint32_t address, size_t length)
{
    uint8_t *bytes = g_malloc(length);

    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(i * 5 + i / 256 + 3);
    }
    address_space_write(address_space_memory(), address, bytes, length);
    g_free(bytes);
}

/* --- bytes move ------------------------------------------------------------------------------------------ */

Test(dbdma_device, input_moves_bytes_over_several_commands)
{
    put(0, INPUT_MORE, 100, BUFFER, 0);
    put(1, INPUT_MORE, 0xfffe, BUFFER + 0x1001, 0);
    put(2, INPUT_LAST, 12, BUFFER + 0x20000, 0);
    put(3, STOP, 0, 0, 0);
    give(100 + 0xfffe + 12);
    run();
    cr_assert_eq(fake.at, fake.length);
    expect_memory(BUFFER, 0, 100);
    expect_memory(BUFFER + 0x1001, 100, 0xfffe);
    expect_memory(BUFFER + 0x20000, 100 + 0xfffe, 12);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(result(i), (uint32_t)(RUN | ACTIVE) << 16);
    }
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(at_command(), 3);
}

Test(dbdma_device, output_moves_bytes_over_several_commands)
{
    fill_memory(BUFFER, 0x3000);
    put(0, OUTPUT_MORE, 0x1000, BUFFER, 0);
    put(1, OUTPUT_MORE, 1, BUFFER + 0x1000, 0);
    put(2, OUTPUT_LAST, 0x1fff, BUFFER + 0x1001, 0);
    put(3, STOP, 0, 0, 0);
    want(0x3000);
    run();
    cr_assert_eq(fake.at, 0x3000);
    expect_memory(BUFFER, 0, 0x3000);
    cr_assert_eq(result(2), (uint32_t)(RUN | ACTIVE) << 16);
    cr_assert_eq(reg(STATUS), RUN);
}

/* The order of drive command and RUN does not matter (mac99.md 8.3). */
Test(dbdma_device, device_that_comes_first_keeps_its_bytes_until_ready)
{
    give(512);
    cr_assert_eq(push(512), 0);
    put(0, INPUT_MORE, 512, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    run();
    cr_assert_eq(fake.readies, 1);
    expect_memory(BUFFER, 0, 512);
}

Test(dbdma_device, channel_that_comes_first_waits_for_the_device)
{
    fake.is_slow = true;
    put(0, INPUT_MORE, 512, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    run();
    cr_assert_eq(fake.readies, 1);
    cr_assert(fake.last_is_input);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(result(0), 0xffffffff);
    give(512);
    cr_assert_eq(push(200), 200);
    cr_assert_eq(result(0), 0xffffffff);
    cr_assert_eq(push(312), 312);
    cr_assert_eq(status_of(0), RUN | ACTIVE);
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(fake.readies, 1);
}

Test(dbdma_device, bytes_do_not_move_against_the_direction)
{
    give(512);
    put(0, OUTPUT_MORE, 512, BUFFER, 0);
    run();
    cr_assert_eq(fake.readies, 1);
    cr_assert(!fake.last_is_input);
    cr_assert_eq(fake.at, 0);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
}

Test(dbdma_device, ready_comes_once_for_each_command_that_is_reached)
{
    fake.is_slow = true;
    put(0, INPUT_MORE, 16, BUFFER, 0);
    put(1, OUTPUT_MORE, 16, BUFFER, 0);
    put(2, INPUT_LAST, 16, BUFFER, 0);
    put(3, STOP, 0, 0, 0);
    run();
    cr_assert_eq(fake.readies, 1);
    give(32);
    cr_assert_eq(push(32), 16);
    qtest_clock_step(0);
    cr_assert_eq(fake.readies, 2);
    cr_assert(!fake.last_is_input);
    fake.is_source = false;
    cr_assert_eq(push(16), 16);
    qtest_clock_step(0);
    cr_assert_eq(fake.readies, 3);
    cr_assert(fake.last_is_input);
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cr_assert_eq(fake.readies, 3);
}

Test(dbdma_device, command_without_bytes_does_not_wait_for_the_device)
{
    put(0, INPUT_LAST, 0, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    run();
    cr_assert_eq(fake.readies, 0);
    cr_assert_eq(result(0), (uint32_t)(RUN | ACTIVE) << 16);
    cr_assert_eq(reg(STATUS), RUN);
}

Test(dbdma_device, interrupt_comes_when_the_bytes_are_in_memory)
{
    QTestLine *irq = qtest_watch(dbdma, NULL, CHANNEL);

    fake.is_slow = true;
    put(0, INPUT_MORE | INTERRUPT_ALWAYS, 512, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    run();
    give(512);
    push(511);
    cr_assert_eq(irq->falls, 0);
    push(1);
    cr_assert_eq(irq->falls, 1);
    expect_memory(BUFFER, 0, 512);
}

Test(dbdma_device, data_command_branches_and_waits_like_others)
{
    put(0, INPUT_MORE | BRANCH_ALWAYS, 16, BUFFER, PROGRAM + 16 * 4);
    put(4, INPUT_MORE | 1, 16, BUFFER + 16, 0); /* waits while s0 = 0 */
    put(5, STOP, 0, 0, 0);
    set(WAIT_SELECT, 0x00010000);
    give(48);
    run();
    cr_assert_eq(fake.at, 32);
    cr_assert_eq(at_command(), 4);
    cr_assert_eq(result(4), 0xffffffff);
    set(CONTROL, 0x00010001);
    cr_assert_eq(at_command(), 5);
    cr_assert_eq(residual(4), 0);
    cr_assert_eq(fake.at, 32);
}

/* --- records ------------------------------------------------------------------------------------------------ */

Test(dbdma_device, end_of_a_record_completes_a_last_with_what_is_left)
{
    put(0, INPUT_LAST, 512, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    give(100);
    run();
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    dbdma_end_record(fake.channel);
    cr_assert_eq(residual(0), 412);
    cr_assert_eq(status_of(0), RUN | ACTIVE);
    cr_assert_eq(reg(STATUS), RUN);
}

Test(dbdma_device, end_of_a_record_leaves_a_more_where_it_stands)
{
    put(0, INPUT_MORE, 512, BUFFER, 0);
    give(100);
    run();
    dbdma_end_record(fake.channel);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(at_command(), 0);
    cr_assert_eq(result(0), 0xffffffff);
}

Test(dbdma_device, record_that_fills_its_last_command_does_not_end_the_next)
{
    put(0, INPUT_LAST, 100, BUFFER, 0);
    put(1, INPUT_LAST, 100, BUFFER, 0);
    put(2, STOP, 0, 0, 0);
    give(100);
    run();
    dbdma_end_record(fake.channel);
    cr_assert_eq(at_command(), 1);
    dbdma_end_record(fake.channel); /* an empty one */
    cr_assert_eq(residual(1), 100);
    cr_assert_eq(reg(STATUS), RUN);
}

/* --- stopping --------------------------------------------------------------------------------------------------- */

static void stand_in_the_middle(void)
{
    fake.is_slow = true;
    put(0, INPUT_MORE, 512, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    give(512);
    run();
    push(100);
}

Test(dbdma_device, run_clear_lets_the_device_finish_its_block_first)
{
    stand_in_the_middle();
    clear_bits(RUN);
    cr_assert_eq(fake.flushes, 1);
    cr_assert_eq(fake.at, 512);
    expect_memory(BUFFER, 0, 512);
    cr_assert_eq(status_of(0), RUN | ACTIVE);
    cr_assert_eq(reg(STATUS), 0);
}

Test(dbdma_device, active_drops_when_the_device_is_done)
{
    stand_in_the_middle();
    fake.is_held = true;
    clear_bits(RUN);
    cr_assert_eq(reg(STATUS), ACTIVE);
    set(POINTER, 0x3000); /* ignored */
    cr_assert_eq(at_command(), 0);
    push(412);
    cr_assert_eq(status_of(0), RUN | ACTIVE);
    dbdma_flushed(fake.channel);
    cr_assert_eq(reg(STATUS), 0);
    expect_memory(BUFFER, 0, 512);
}

Test(dbdma_device, short_transfer_is_stopped_where_it_stands)
{
    stand_in_the_middle();
    fake.length = 100; /* the drive has no more */
    clear_bits(RUN);
    cr_assert_eq(reg(STATUS), 0);
    cr_assert_eq(push(1), 0);
    cr_assert_eq(at_command(), 0);
    dbdma_flushed(fake.channel); /* nobody waits */
    cr_assert_eq(reg(STATUS), 0);
}

Test(dbdma_device, flush_moves_what_there_is_and_writes_the_residual)
{
    stand_in_the_middle();
    fake.length = 300;
    set_bits(FLUSH);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(residual(0), 212);
    cr_assert_eq(status_of(0), RUN | ACTIVE);
    fake.length = 512;
    cr_assert_eq(push(212), 212);
    cr_assert_eq(residual(0), 0);
    cr_assert_eq(reg(STATUS), RUN);
}

Test(dbdma_device, flush_reads_1_until_the_device_is_done)
{
    stand_in_the_middle();
    fake.is_held = true;
    set_bits(FLUSH);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE | FLUSH);
    cr_assert_eq(result(0), 0xffffffff);
    push(12);
    dbdma_flushed(fake.channel);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(residual(0), 400);
}

/* macosx.md 4.12: IODBDMAStop spins on ACTIVE and FLUSH. */
Test(dbdma_device, mac_os_x_stop_ends_with_active_and_flush_clear)
{
    stand_in_the_middle();
    fake.is_held = true;
    set(CONTROL, (uint32_t)(RUN | FLUSH) << 16 | FLUSH);
    cr_assert_eq(reg(STATUS), ACTIVE | FLUSH);
    dbdma_flushed(fake.channel);
    cr_assert_eq(reg(STATUS), 0);
    set(CONTROL, (uint32_t)(RUN | FLUSH) << 16 | FLUSH); /* and when nothing runs */
    cr_assert_eq(reg(STATUS), 0);
    cr_assert_eq(fake.flushes, 1);
}

Test(dbdma_device, stop_that_a_device_finishes_in_time_ends_at_once)
{
    stand_in_the_middle();
    set(CONTROL, (uint32_t)(RUN | FLUSH) << 16 | FLUSH);
    cr_assert_eq(reg(STATUS), 0);
    cr_assert_eq(fake.at, 512);
}

Test(dbdma_device, pause_lets_the_device_finish_and_its_end_calls_it_again)
{
    stand_in_the_middle();
    fake.is_held = true;
    set_bits(PAUSE);
    cr_assert_eq(reg(STATUS), RUN | PAUSE | ACTIVE);
    push(100);
    dbdma_flushed(fake.channel);
    cr_assert_eq(reg(STATUS), RUN | PAUSE);
    cr_assert_eq(push(1), 0);
    unsigned readies = fake.readies;
    clear_bits(PAUSE);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(fake.readies, readies + 1);
    cr_assert_eq(push(512), 312);
    cr_assert_eq(reg(STATUS), RUN);
    expect_memory(BUFFER, 0, 512);
}

Test(dbdma_device, run_set_again_while_the_device_finishes_goes_on)
{
    stand_in_the_middle();
    fake.is_held = true;
    clear_bits(RUN);
    set_bits(RUN);
    dbdma_flushed(fake.channel);
    cr_assert_eq(reg(STATUS), RUN | ACTIVE);
    cr_assert_eq(push(412), 412);
    cr_assert_eq(reg(STATUS), RUN);
}

Test(dbdma_device, channel_that_dies_while_the_device_finishes_is_inactive)
{
    stand_in_the_middle();
    put(1, INPUT_MORE, 16, 0, 0);
    fake.is_held = true;
    set_bits(FLUSH);
    push(412);
    cr_assert_eq(reg(STATUS), RUN | DEAD);
    dbdma_flushed(fake.channel);
    cr_assert_eq(reg(STATUS), RUN | DEAD);
    clear_bits(RUN);
    cr_assert_eq(reg(STATUS), 0);
}

Test(dbdma_device, program_goes_on_at_a_new_pointer_with_run_still_set)
{
    put(0, INPUT_MORE, 16, BUFFER, 0);
    put(1, STOP, 0, 0, 0);
    give(48);
    run();
    cr_assert_eq(reg(STATUS), RUN);
    put(4, INPUT_MORE, 32, BUFFER + 16, 0);
    put(5, STOP, 0, 0, 0);
    set(POINTER, PROGRAM + 16 * 4);
    set_bits(RUN | WAKE);
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(at_command(), 5);
    expect_memory(BUFFER, 0, 48);
}

Test(dbdma_device, new_pointer_after_run_clear_begins_anew)
{
    stand_in_the_middle();
    fake.length = 100;
    clear_bits(RUN);
    put(0, INPUT_MORE, 16, BUFFER + 0x100, 0);
    fake.length = 512;
    fake.is_slow = false;
    run();
    expect_memory(BUFFER + 0x100, 100, 16);
    cr_assert_eq(fake.at, 116);
}

/* --- Mac OS X ------------------------------------------------------------------------------------------------- */

/* macosx.md row 28: no *_LAST, NOP with interrupt, STOP; every result is RUN|ACTIVE without DEAD. */
Test(dbdma_device, mac_os_x_transfer_completes)
{
    QTestLine *irq = qtest_watch(dbdma, NULL, CHANNEL);

    fake.is_slow = true;
    put(0, INPUT_MORE, 0xfffe, BUFFER, 0);
    put(1, INPUT_MORE, 2, BUFFER + 0xfffe, 0);
    put(2, NOP | INTERRUPT_ALWAYS, 0, 0, 0);
    put(3, STOP, 0, 0, 0);
    give(0x10000);
    run();
    while (fake.at < 0x10000) {
        cr_assert_eq(irq->falls, 0);
        push(512);
    }
    cr_assert_eq(irq->falls, 1);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(result(i) & 0x8c000000, 0x84000000, "result %u: %08x", i, result(i));
    }
    cr_assert_eq(reg(STATUS), RUN);
    expect_memory(BUFFER, 0, 0x10000);
}

/* Row 27: AppleMacIO's self-test, on a channel with a device. */
Test(dbdma_device, self_test_stores_its_word)
{
    set(CONTROL, 0xffff0000);
    cr_assert_eq(reg(STATUS), 0);
    put(0, NOP, 0, 0, 0);
    put(1, STORE_WORD, 4, PROGRAM + 0x100, 0x12345678);
    put(2, STOP, 0, 0, 0);
    run();
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(qtest_readl_le(PROGRAM + 0x100), 0x12345678);
}

/* --- hostile programs ------------------------------------------------------------------------------------------- */

Test(dbdma_device, command_that_the_data_overwrites_is_done_as_it_was_fetched)
{
    put(0, INPUT_MORE, 64, PROGRAM, 0);
    put(4, STOP, 0, 0, 0);
    give(64);
    fake.is_slow = true;
    run();
    push(32);
    cr_assert_eq(at_command(), 0);
    push(32);
    expect_memory(PROGRAM, 0, 12); /* its own result follows */
    cr_assert_eq(result(0), (uint32_t)(RUN | ACTIVE) << 16);
}

Test(dbdma_device, bytes_past_ram_vanish_and_read_0)
{
    put(0, INPUT_MORE, 64, RAM_SIZE - 32, 0);
    put(1, INPUT_MORE, 64, 0x70000000, 0);
    put(2, INPUT_MORE, 64, 0xffffffe0, 0); /* wraps around */
    put(3, STOP, 0, 0, 0);
    give(192);
    run();
    expect_memory(RAM_SIZE - 32, 0, 32);
    cr_assert_eq(fake.at, 192);
    cr_assert_eq(reg(STATUS), RUN);
    put(0, OUTPUT_MORE, 64, RAM_SIZE - 32, 0);
    put(1, STOP, 0, 0, 0);
    fake.is_source = false;
    fake.at = 0;
    fake.length = 64;
    memset(fake.data, 0xaa, sizeof(fake.data));
    clear_bits(RUN);
    run();
    cr_assert_eq(fake.at, 64);
    for (unsigned i = 32; i < 64; i++) {
        cr_assert_eq(fake.data[i], 0);
    }
}

/* From the device's own events too, which are no accesses to the controller. */
Test(dbdma_device, bytes_do_not_reach_the_controllers_own_registers)
{
    fake.is_slow = true;
    put(0, INPUT_MORE, 64, (uint32_t)BASE + 3 * STRIDE, 0);
    put(1, STOP, 0, 0, 0);
    memset(fake.data, 0xff, 64);
    give(64);
    run();
    push(64);
    cr_assert_eq(reg(STATUS), RUN);
    cr_assert_eq(qtest_readl_le(BASE + 3 * STRIDE + POINTER), 0);
    cr_assert_eq(qtest_readl_le(BASE + 3 * STRIDE + STATUS), 0);
}

Test(dbdma_device, endless_chain_takes_a_bounded_part_an_event)
{
    put(0, INPUT_MORE | BRANCH_ALWAYS, 1, BUFFER, PROGRAM);
    give(1 << 20);
    run();
    cr_assert(fake.at > 0 && fake.at <= 64);
    qtest_clock_step(100000);
    cr_assert(fake.at > 64 && fake.at <= 64 * 110, "%zu", fake.at);
    clear_bits(RUN);
    size_t last = fake.at;
    qtest_clock_step(100000);
    cr_assert_eq(fake.at, last);
    cr_assert_eq(reg(STATUS), 0);
}

Test(dbdma_device, long_transfer_takes_several_events)
{
    for (unsigned i = 0; i < 16; i++) {
        put(i, INPUT_LAST, 0xffff, BUFFER + 0x10000 * i, 0);
    }
    put(16, STOP, 0, 0, 0);
    give(16 * 0xffff);
    run();
    cr_assert_lt(fake.at, fake.length);
    cr_assert_eq(fake.readies, 1);
    qtest_clock_step(10000);
    cr_assert_eq(fake.at, fake.length);
    cr_assert_eq(reg(STATUS), RUN);
    for (unsigned i = 0; i < 16; i++) {
        expect_memory(BUFFER + 0x10000 * i, 0xffff * i, 0xffff);
    }
}

/* --- state -------------------------------------------------------------------------------------------------------- */

static DeviceState *second_controller(void)
{
    DeviceState *fresh = qtest_add("mac-dbdma", BASE + OTHER_BASE);

    resettable_reset(OBJECT(fresh));
    return fresh;
}

Test(dbdma_device, transfer_goes_on_after_save_and_load)
{
    stand_in_the_middle();
    DeviceState *fresh = second_controller();
    fake.channel = dbdma_attach(fresh, CHANNEL, &ops, &fake);
    qtest_round_trip(dbdma, fresh);
    cr_assert_eq(push(512), 412);
    expect_memory(BUFFER, 0, 512);
    cr_assert_eq(residual(0), 0);
    cr_assert_eq(qtest_readl_le(BASE + OTHER_BASE + CHANNEL * STRIDE + STATUS), RUN);
    cr_assert_eq(fake.readies, 1);
}

Test(dbdma_device, device_that_finishes_its_block_is_waited_for_after_load)
{
    stand_in_the_middle();
    fake.is_held = true;
    clear_bits(RUN);
    DeviceState *fresh = second_controller();
    fake.channel = dbdma_attach(fresh, CHANNEL, &ops, &fake);
    qtest_round_trip(dbdma, fresh);
    hwaddr status = BASE + OTHER_BASE + CHANNEL * STRIDE + STATUS;
    cr_assert_eq(qtest_readl_le(status), ACTIVE);
    push(412);
    dbdma_flushed(fake.channel);
    cr_assert_eq(qtest_readl_le(status), 0);
    expect_memory(BUFFER, 0, 512);
}

/* Any bytes of a saved state: the channel may do nonsense, no more. */
Test(dbdma_device, loaded_nonsense_is_harmless)
{
    stand_in_the_middle();
    for (unsigned flags = 0; flags < 256; flags++) {
        GByteArray *bytes = g_byte_array_new();
        vmstate_save(DEVICE_GET_CLASS(dbdma)->vmsd, dbdma, bytes);
        for (guint i = 0; i < bytes->len; i++) {
            bytes->data[i] ^= (uint8_t)(i % 61 == flags % 61 ? flags : 0);
        }
        VMStateReader in = {bytes->data, bytes->len, 0};
        Error *err = NULL;
        if (!vmstate_load(DEVICE_GET_CLASS(dbdma)->vmsd, dbdma, &in, &err)) {
            error_free(err);
        }
        g_byte_array_free(bytes, true);
        fake.at = 0;
        push(512);
        dbdma_end_record(fake.channel);
        dbdma_flushed(fake.channel);
        qtest_clock_step(2000);
        set(CONTROL, (uint32_t)(RUN | FLUSH) << 16 | FLUSH);
        qtest_clock_step(2000);
    }
}

/* As in the middle of this one's. */
Test(dbdma_device, loaded_transfer_without_a_device_is_refused)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Error *err = NULL;
    stand_in_the_middle();
    vmstate_save(DEVICE_GET_CLASS(dbdma)->vmsd, dbdma, bytes);
    DeviceState *other = qtest_add("mac-dbdma", BASE + OTHER_BASE);
    VMStateReader in = {.data = bytes->data, .length = bytes->len};
    cr_assert_not(vmstate_load(DEVICE_GET_CLASS(other)->vmsd, other, &in, &err));
    cr_assert_not_null(strstr(error_get_pretty(err), "has no device"), "%s", error_get_pretty(err));
    error_free(err);
    resettable_reset(OBJECT(other));
    qtest_writel_le(BASE + OTHER_BASE + CHANNEL * STRIDE, (uint32_t)RUN << 16 | RUN);
}

Test(dbdma_device, info_tells_what_is_left_to_move)
{
    GString *out = g_string_new(NULL);

    stand_in_the_middle();
    DEVICE_GET_CLASS(dbdma)->info(dbdma, out);
    cr_assert_str_eq(out->str, "channel 0x16: status 8400 pointer 00001000, "
                               "412 bytes to move at 00008064\n");
    g_string_free(out, true);
}
