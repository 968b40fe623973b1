/* SPDX-License-Identifier: MIT */
/* CUDA: handshake, packets, the clock, what Linux, OpenBIOS and Mac OS X rely on. */
#include "tests/qtest/cuda_host.h"

#include <criterion/criterion.h>

static DeviceState *cuda;

static void start(void)
{
    qtest_start();
    cuda = cuda_add();
}

TestSuite(cuda, .init = start);

Test(cuda, idle_port_b_reads_38)
{
    cr_assert_eq(via_read(B), 0x38);
    cr_assert_eq(via_read(DDRB), 0xff);
    cr_assert_eq(via_read(IER), 0x80);
    cr_assert_eq(via_read(IFR), 0);
}

/* mac99.md A.4 */
Test(cuda, boot_dialogue_of_openbios)
{
    cuda_dialogue("00 00", "00 00 00");
    cuda_dialogue("00 1f", "00 02 1f");
    cuda_dialogue("00 2f", "00 00 02 01");
    cuda_dialogue("00 2b 28 fe", "00 00 2b");
    cuda_dialogue("00 81", "00 00 81");
    cuda_dialogue("00 2f", "00 02 2f");
    cuda_dialogue("00 3f", "00 00 03 02");
    cuda_dialogue("00 3b 29 fe", "00 00 3b");
    cuda_dialogue("00 91", "00 00 91");
    cuda_dialogue("00 3f", "00 02 3f");
    cuda_dialogue("00 4f", "00 02 4f");
    cuda_dialogue("00 5f", "00 02 5f");
    cuda_dialogue("00 7f", "00 02 7f");
}

Test(cuda, flag_comes_20_us_after_the_edge)
{
    via_write(ACR, ACR_OUT);
    via_write(SR, 0x01);
    via_write(B, 0x18);
    qtest_clock_step(19999);
    cr_assert_eq(via_read(IFR) & IFR_SR, 0);
    qtest_clock_step(1);
    cr_assert_eq(via_read(IFR) & IFR_SR, IFR_SR);
}

Test(cuda, reading_the_shift_register_clears_its_flag)
{
    via_write(B, 0x28);
    via_wait_sr();
    via_read(SR);
    cr_assert_eq(via_read(IFR), 0);
}

Test(cuda, host_cannot_drive_treq)
{
    via_write(B, 0x30);
    cr_assert_eq(via_read(B), 0x38);
}

Test(cuda, time_counts_seconds_since_1904)
{
    cuda_dialogue("01 03", "01 00 03 bc 19 13 80"); /* 2004-01-01: 1072915200 + 2082844800 */
    qtest_clock_step(5 * NANOSECONDS_PER_SECOND);
    cuda_dialogue("01 03", "01 00 03 bc 19 13 85");
}

Test(cuda, time_can_be_set_and_survives_reset)
{
    cuda_dialogue("01 09 12 34 56 78", "01 00 09");
    cuda_dialogue("01 03", "01 00 03 12 34 56 78");
    resettable_reset(OBJECT(cuda));
    qtest_clock_step(NANOSECONDS_PER_SECOND);
    cuda_dialogue("01 03", "01 00 03 12 34 56 79");
}

Test(cuda, power_off_ends_the_machine)
{
    cr_assert_eq(qtest_requested(), -1);
    cuda_dialogue("01 0a", "01 00 0a");
    cr_assert_eq(qtest_requested(), MACHINE_EVENT_POWEROFF);
}

Test(cuda, reset_command_resets_the_machine)
{
    cuda_dialogue("01 11", "01 00 11");
    cr_assert_eq(qtest_requested(), MACHINE_EVENT_RESET);
}

/* macosx.md row 25 */
Test(cuda, every_command_of_mac_os_x_gets_a_reply)
{
    cuda_dialogue("01 13 00", "01 00 13");
    cuda_dialogue("01 21 01", "01 00 21");
    cuda_dialogue("01 14 0b", "01 00 14");
    cuda_dialogue("01 19 00 0c", "01 00 19");
    cuda_dialogue("01 01 01", "01 00 01");
    cuda_dialogue("01 0b 00 00 00 00", "01 00 0b");
    cuda_dialogue("01 22 a0 01 02", "02 02 01 22");
}

Test(cuda, unknown_commands_and_bad_parameters_get_error_packets)
{
    cuda_dialogue("01 02 01 00", "02 02 01 02");
    cuda_dialogue("01 07 01 00", "02 02 01 07");
    cuda_dialogue("01", "02 02 01 00");
    cuda_dialogue("01 03 00", "02 05 01 03");
    cuda_dialogue("01 14 00", "02 05 01 14");
    cuda_dialogue("01 09 01 02", "02 05 01 09");
    cuda_dialogue("00", "02 05 00 00");
}

Test(cuda, other_packet_types_get_no_reply)
{
    cuda_send("03 01 02");
    cr_assert(!cuda_offers());
    qtest_clock_step(1000000);
    cr_assert(!cuda_offers());
    via_read(SR);
    cuda_dialogue("01 14 0b", "01 00 14");
}

Test(cuda, a_packet_without_end_stays_within_bounds)
{
    GString *packet = g_string_new("01");
    for (int i = 0; i < 150; i++) {
        g_string_append(packet, " 55");
    }
    cuda_dialogue(packet->str, "02 02 01 55");
    cuda_dialogue("00 2f", "00 00 02 01");
}

Test(cuda, reading_without_a_packet_shifts_nothing)
{
    via_write(ACR, ACR_IN);
    via_write(B, 0x18);
    qtest_clock_step(1000000);
    cr_assert_eq(via_read(IFR), 0);
}

/* macosx.md 4.7, steps 1 to 5 (row 23): every loop there has no timeout. */
Test(cuda, sync_handshake_of_mac_os_x)
{
    via_write(DDRB, (via_read(DDRB) | 0x30) & ~0x08);
    via_write(ACR, (via_read(ACR) | 0x0c) & ~0x10);
    via_read(SR);
    via_write(B, via_read(B) | 0x30);
    qtest_clock_step(4000000);
    via_read(SR);
    via_write(B, via_read(B) & ~0x10);
    cr_assert(cuda_offers());
    via_wait_sr();
    via_read(SR);
    via_write(B, via_read(B) | 0x10);
    cr_assert(!cuda_offers());
    via_wait_sr();
    via_write(B, via_read(B) | 0x20);
    via_read(SR);
    cr_assert_eq(via_read(B), 0x38);
    cr_assert_eq(via_read(IER), 0x80);
}

Test(cuda, sync_gives_up_a_reply)
{
    cuda_send("00 2f");
    cr_assert(cuda_offers());
    via_read(SR);
    via_write(B, via_read(B) & ~CUDA_TACK);
    via_wait_sr();
    via_read(SR);
    via_write(B, via_read(B) | CUDA_TACK);
    via_wait_sr();
    via_read(SR);
    cr_assert_eq(via_read(B), 0x38);
    cuda_dialogue("00 3f", "00 00 03 02");
}

/* --- the interrupt-driven host of Mac OS X (macosx.md 4.7, row 24) -------------------------------- */

enum { STATE_MASK_B = 0x28, STATE_MASK_ACR = 0x10, STATE_IDLE = 0x28 };

typedef struct Driver {
    const uint8_t *out;
    size_t out_count, sent;
    GString *states;
} Driver;

static void transmit(Driver *d)
{
    if (d->sent == d->out_count) {
        via_read(SR);
        via_write(B, via_read(B) | CUDA_TIP | CUDA_TACK);
        return;
    }
    via_write(SR, d->out[d->sent++]);
    via_write(B, via_read(B) ^ CUDA_TACK);
}

/* One interrupt: the state is sampled once, then acted upon. */
static unsigned interrupt(Driver *d)
{
    via_wait_sr();
    unsigned state = (via_read(B) & STATE_MASK_B) | (via_read(ACR) & STATE_MASK_ACR);
    via_write(IFR, via_read(IFR) & 0x7f);
    g_string_append_printf(d->states, " %02x", state);
    switch (state) {
    case 0x00:
        via_read(SR);
        via_write(B, via_read(B) ^ CUDA_TACK);
        break;
    case 0x08:
        via_read(SR);
        via_write(B, via_read(B) | CUDA_TIP | CUDA_TACK);
        break;
    case 0x18:
        transmit(d);
        break;
    case 0x30:
        via_read(SR);
        via_write(ACR, via_read(ACR) & ~0x10);
        via_write(B, via_read(B) & ~CUDA_TIP);
        break;
    default:
        via_read(SR);
    }
    return state;
}

Test(cuda, interrupt_states_of_mac_os_x_come_in_order)
{
    static const uint8_t get_time[] = {0x01, 0x03};
    Driver d = {.out = get_time, .out_count = 2, .sent = 1, .states = g_string_new(NULL)};

    via_write(ACR, 0x1c);
    via_write(SR, get_time[0]);
    via_write(B, via_read(B) & ~CUDA_TIP);
    for (int i = 0; i < 20 && interrupt(&d) != STATE_IDLE; i++) {
        qtest_clock_step(100000); /* a second flag would show as another state */
    }
    cr_assert_str_eq(d.states->str, " 18 18 30 00 00 00 00 00 00 08 28");
    qtest_clock_step(1000000);
    cr_assert_eq(via_read(IFR), 0);
}

Test(cuda, interrupt_line_falls_when_the_flag_is_cleared)
{
    QTestLine *line = qtest_watch_irq(cuda, 0);

    via_write(IER, 0x80 | IFR_SR);
    cr_assert_eq(line->level, 0);
    via_write(ACR, ACR_OUT);
    via_write(SR, 0x01);
    via_write(B, 0x18);
    qtest_clock_step(20000);
    cr_assert_eq(line->level, 1);
    via_write(IFR, IFR_SR);
    cr_assert_eq(line->level, 0);
    cr_assert_eq(line->rises, 1);
    cr_assert_eq(line->falls, 1);
}

/* --- polling --------------------------------------------------------------------------------------- */

static void press(uint8_t key)
{
    input_post(machine_clock(), "adb-keyboard", &key, 1);
    qtest_clock_step(0);
}

Test(cuda, polled_key_comes_as_an_unsolicited_packet)
{
    cuda_dialogue("01 01 01", "01 00 01");
    press(0x0b);
    cr_assert(!cuda_offers());
    qtest_clock_step(20000000);
    via_wait_sr();
    g_autofree char *packet = cuda_receive();
    cr_assert_str_eq(packet, "00 40 2c 0b ff");
    qtest_clock_step(100000000);
    cr_assert(!cuda_offers());
}

Test(cuda, nothing_is_polled_while_autopoll_is_off)
{
    press(0x0b);
    qtest_clock_step(100000000);
    cr_assert(!cuda_offers());
    cuda_dialogue("01 01 01", "01 00 01");
    cuda_dialogue("01 01 00", "01 00 01");
    qtest_clock_step(100000000);
    cr_assert(!cuda_offers());
}

Test(cuda, poll_respects_device_list_and_rate)
{
    cuda_dialogue("01 14 64", "01 00 14"); /* 100 ms */
    cuda_dialogue("01 19 00 08", "01 00 19");
    cuda_dialogue("01 01 01", "01 00 01");
    press(0x0b);
    qtest_clock_step(1000000000);
    cr_assert(!cuda_offers());
    cuda_dialogue("01 19 00 04", "01 00 19");
    qtest_clock_step(1000000);
    cr_assert(!cuda_offers());
    qtest_clock_step(100000000);
    cr_assert(cuda_offers());
}

Test(cuda, poll_waits_for_the_end_of_a_transaction)
{
    cuda_dialogue("01 01 01", "01 00 01");
    press(0x0b);
    via_write(ACR, ACR_OUT);
    via_write(SR, 0x01);
    via_write(B, via_read(B) & ~CUDA_TIP);
    qtest_clock_step(100000000);
    cr_assert(!cuda_offers());
    via_read(SR);
    via_write(SR, 0x03);
    via_write(B, via_read(B) ^ CUDA_TACK);
    via_wait_sr();
    via_read(SR);
    via_write(ACR, ACR_IN);
    via_write(B, via_read(B) | CUDA_TIP | CUDA_TACK);
    via_wait_sr();
    qtest_clock_step(100000000);
    g_autofree char *reply = cuda_receive();
    cr_assert_eq(strncmp(reply, "01 00 03", 8), 0, "%s", reply);
    qtest_clock_step(40000000);
    g_autofree char *polled = cuda_receive();
    cr_assert_str_eq(polled, "00 40 2c 0b ff");
}

/* The host began just before CUDA did: it sees TREQ at its first byte and backs off. */
Test(cuda, host_that_backs_off_gets_the_polled_packet_first)
{
    cuda_dialogue("01 01 01", "01 00 01");
    press(0x0b);
    qtest_clock_step(20100000);
    cr_assert(cuda_offers());
    via_read(SR);
    via_write(ACR, ACR_OUT);
    via_write(SR, 0x01);
    via_write(B, via_read(B) & ~CUDA_TIP);
    via_wait_sr();
    cr_assert(cuda_offers()); /* state 10, collision */
    via_read(SR);
    via_write(ACR, ACR_IN);
    via_write(B, via_read(B) | CUDA_TIP | CUDA_TACK);
    via_wait_sr();
    g_autofree char *polled = cuda_receive();
    cr_assert_str_eq(polled, "00 40 2c 0b ff");
    cuda_dialogue("00 2f", "00 00 02 01");
}

/* --- reset and state --------------------------------------------------------------------------------- */

Test(cuda, reset_returns_to_idle)
{
    cuda_dialogue("01 01 01", "01 00 01");
    cuda_dialogue("00 2b 28 fe", "00 00 2b");
    cuda_send("00 8f");
    resettable_reset(OBJECT(cuda));
    cr_assert_eq(via_read(B), 0x38);
    cr_assert_eq(via_read(IFR), 0);
    press(0x0b);
    qtest_clock_step(100000000);
    cr_assert_eq(via_read(IFR), 0);
    cuda_dialogue("00 2f", "00 00 02 01");
}

Test(cuda, realize_and_reset_do_not_read_the_wall_clock)
{
    clock_configure_rtc(machine_clock(), "utc", &error_abort);
    uint64_t before = qtest_hash(cuda);
    resettable_reset(OBJECT(cuda));
    cr_assert_eq(qtest_hash(cuda), before);
}

Test(cuda, state_survives_a_round_trip_in_the_middle_of_a_reply)
{
    cuda_dialogue("01 01 01", "01 00 01");
    cuda_dialogue("01 09 12 34 56 78", "01 00 09");
    cuda_send("01 03");
    via_read(SR);
    via_write(B, via_read(B) & ~CUDA_TIP);
    uint64_t first = qtest_hash(cuda);
    DeviceState *fresh = qtest_add("via-cuda", QTEST_UNMAPPED);
    cr_assert_neq(qtest_hash(fresh), first);
    cr_assert_eq(qtest_round_trip(cuda, fresh), first);

    /* and the copy goes on where the original was */
    memory_region_del_subregion(get_system_memory(),
                                sysbus_mmio_get_region(SYS_BUS_DEVICE(cuda), 0));
    memory_region_add_subregion(get_system_memory(), VIA_BASE,
                                sysbus_mmio_get_region(SYS_BUS_DEVICE(fresh), 0));
    via_wait_sr();
    cr_assert_eq(via_read(SR), 0x01);
    cr_assert(cuda_offers());
}

Test(cuda, info_shows_lines_and_packets)
{
    GString *text = g_string_new(NULL);
    cuda_send("00 2f");
    DEVICE_GET_CLASS(cuda)->info(cuda, text);
    cr_assert(strstr(text->str, "TREQ 1 TACK 0 TIP 0"), "%s", text->str);
    cr_assert(strstr(text->str, "reply 0 of 4"), "%s", text->str);
}
