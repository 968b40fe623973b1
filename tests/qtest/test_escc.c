/* SPDX-License-Identifier: MIT */
/* ESCC: both address layouts, register pointer, receive, transmit, break, interrupts (mac99.md 7). */
#include "chardev/chardev.h"
#include "tests/qtest/qtest.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NEW UINT64_C(0x80013000)
#define LEGACY UINT64_C(0x80012000)
enum { B_CONTROL = 0x00, B_DATA = 0x10, A_CONTROL = 0x20, A_DATA = 0x30 };
enum { CMD_RESET_EXT = 0x10, CMD_RESET_TX = 0x28, CMD_ERROR_RESET = 0x30, CMD_RESET_IUS = 0x38 };

static DeviceState *escc;
static QTestLine *irq_a, *irq_b;
static GByteArray *sent_a, *sent_b;

static void tap(void *opaque, const uint8_t *data, size_t length)
{
    g_byte_array_append(opaque, data, (guint)length);
}

static Chardev *tapped(const char *text, GByteArray *sent)
{
    Chardev *chr = chardev_new_from_str(text, &error_abort);

    chardev_set_output_tap(chr, tap, sent);
    return chr;
}

static void add_escc(Chardev *a, Chardev *b)
{
    escc = qdev_new("escc");
    object_property_set_link(OBJECT(escc), "chardev-a", OBJECT(a), &error_abort);
    object_property_set_link(OBJECT(escc), "chardev-b", OBJECT(b), &error_abort);
    qtest_realize(escc, NEW);
    sysbus_mmio_map(SYS_BUS_DEVICE(escc), 1, LEGACY);
    irq_b = qtest_watch_irq(escc, 0);
    irq_a = qtest_watch_irq(escc, 1);
    resettable_reset(OBJECT(escc));
}

static void start(void)
{
    qtest_start();
    sent_a = g_byte_array_new();
    sent_b = g_byte_array_new();
    add_escc(tapped("null,id=a", sent_a), tapped("null,id=b", sent_b));
}

TestSuite(escc, .init = start, .timeout = 120);

static void control(hwaddr port, const char *bytes) /* "09 80 04 44" */
{
    char *end;

    for (; *bytes; bytes = end) {
        qtest_writeb(NEW + port, (uint8_t)strtoul(bytes, &end, 16));
        end += strspn(end, " ");
    }
}

static uint8_t rr(hwaddr port, unsigned reg)
{
    if (reg) {
        qtest_writeb(NEW + port, (uint8_t)(reg & 7) | (reg > 7 ? 0x08 : 0));
    }
    return qtest_readb(NEW + port);
}

static void wr(hwaddr port, unsigned reg, uint8_t value)
{
    qtest_writeb(NEW + port, (uint8_t)(reg & 7) | (reg > 7 ? 0x08 : 0));
    qtest_writeb(NEW + port, value);
}

/* Characters from the host; @channel "serial0" is A. */
static void type(const char *channel, const char *text)
{
    g_autofree char *message = g_strconcat("x", text, NULL);

    message[0] = 0; /* INPUT_DATA */
    input_take_now(machine_clock(), channel, message, 1 + strlen(text));
}

static void send_break(const char *channel) { input_take_now(machine_clock(), channel, "\1", 1); }

/* OpenBIOS's set-up (mac99.md A.3). */
static const char *const setup_a = "09 80 04 44 0c ff 0d ff 0e 03 03 c1 05 ea";
static const char *const setup_b = "09 40 04 44 0c ff 0d ff 0e 03 03 c1 05 ea";

/* --- reset and registers ------------------------------------------------------------------------- */

Test(escc, transmitter_is_empty_after_reset)
{
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x04, 0x04);
    cr_assert_eq(qtest_readb(NEW + B_CONTROL) & 0x04, 0x04);
    cr_assert_eq(irq_a->level, 0);
    cr_assert_eq(irq_b->level, 0);
}

Test(escc, reset_sequence_of_openbios_leaves_rr0_at_44)
{
    control(A_CONTROL, setup_a);
    control(B_CONTROL, setup_b);
    for (const char *p = setup_a; *p; p += p[2] ? 3 : 2) {
        qtest_writeb(LEGACY + 2, (uint8_t)strtoul(p, NULL, 16));
    }
    for (const char *p = setup_b; *p; p += p[2] ? 3 : 2) {
        qtest_writeb(LEGACY, (uint8_t)strtoul(p, NULL, 16));
    }
    cr_assert_eq(qtest_readb(NEW + A_CONTROL), 0x44);
    cr_assert_eq(qtest_readb(NEW + B_CONTROL), 0x44);
    cr_assert_eq(qtest_readb(LEGACY + 2), 0x44);
    cr_assert_eq(qtest_readb(LEGACY), 0x44);
    cr_assert_eq(rr(A_CONTROL, 12), 0xff);
    cr_assert_eq(rr(A_CONTROL, 13), 0xff);
}

Test(escc, channel_reset_values)
{
    for (unsigned reg = 1; reg < 16; reg++) {
        if (reg != 2 && reg != 8 && reg != 9) {
            wr(A_CONTROL, reg, 0xff);
        }
    }
    wr(A_CONTROL, 9, 0x80);
    cr_assert_eq(rr(A_CONTROL, 0), 0x44);
    cr_assert_eq(rr(A_CONTROL, 15), 0xf8);
    cr_assert_eq(rr(A_CONTROL, 12), 0xff); /* the time constant stays */
    cr_assert_eq(rr(A_CONTROL, 1) & 1, 1); /* all sent */
}

Test(escc, channel_reset_leaves_the_other_channel_alone)
{
    wr(B_CONTROL, 15, 0x08);
    wr(A_CONTROL, 15, 0x08);
    wr(B_CONTROL, 9, 0x80); /* from either port: channel A */
    cr_assert_eq(rr(A_CONTROL, 15), 0xf8);
    cr_assert_eq(rr(B_CONTROL, 15), 0x08);
    wr(A_CONTROL, 9, 0x40);
    cr_assert_eq(rr(B_CONTROL, 15), 0xf8);
    wr(A_CONTROL, 15, 0x08);
    wr(B_CONTROL, 15, 0x08);
    wr(A_CONTROL, 9, 0xc0);
    cr_assert_eq(rr(A_CONTROL, 15), 0xf8);
    cr_assert_eq(rr(B_CONTROL, 15), 0xf8);
}

Test(escc, time_constant_and_wr15_read_back)
{
    wr(A_CONTROL, 12, 0x12);
    wr(A_CONTROL, 13, 0x34);
    wr(A_CONTROL, 15, 0x80);
    cr_assert_eq(rr(A_CONTROL, 12), 0x12);
    cr_assert_eq(rr(A_CONTROL, 13), 0x34);
    cr_assert_eq(rr(A_CONTROL, 15), 0x80);
}

Test(escc, any_access_takes_the_pointer_back_to_0)
{
    qtest_writeb(NEW + A_CONTROL, 0x0c); /* point high, 4: register 12 */
    qtest_writeb(NEW + A_CONTROL, 0x77);
    qtest_writeb(NEW + A_CONTROL, 0x0c);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL), 0x77);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x04, 0x04); /* RR0 */
    qtest_writeb(NEW + A_CONTROL, 0x0c);
    qtest_readb(NEW + B_CONTROL); /* the other channel has a pointer of its own */
    cr_assert_eq(qtest_readb(NEW + A_CONTROL), 0x77);
}

Test(escc, reset_through_wr9_leaves_the_pointer_at_0)
{
    wr(A_CONTROL, 9, 0x80);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL), 0x44);
}

Test(escc, vector_is_shared_and_modified_in_channel_b)
{
    wr(B_CONTROL, 2, 0xf0);
    cr_assert_eq(rr(A_CONTROL, 2), 0xf0);
    cr_assert_eq(rr(B_CONTROL, 2), 0xf6); /* 011: nothing pending */
    wr(A_CONTROL, 9, 0x10);               /* status high */
    cr_assert_eq(rr(B_CONTROL, 2), 0xe0);
}

/* --- transmit ------------------------------------------------------------------------------------ */

Test(escc, characters_go_out_of_their_channel_by_every_address)
{
    control(A_CONTROL, setup_a);
    control(B_CONTROL, setup_b);
    qtest_writeb(NEW + A_DATA, '1');
    qtest_writeb(LEGACY + 6, '2');
    wr(A_CONTROL, 8, '3');
    qtest_writeb(NEW + B_DATA, '4');
    qtest_writeb(LEGACY + 4, '5');
    cr_assert_eq(sent_a->len, 3);
    cr_assert_arr_eq(sent_a->data, "123", 3);
    cr_assert_eq(sent_b->len, 2);
    cr_assert_arr_eq(sent_b->data, "45", 2);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x04, 0x04);
    cr_assert_eq(rr(A_CONTROL, 1) & 1, 1);
}

/* Z85C30 manual, reset values of WR14. */
Test(escc, hardware_reset_turns_local_loopback_on_and_a_channel_reset_off)
{
    wr(A_CONTROL, 5, 0xea);
    qtest_writeb(NEW + A_DATA, 'x');
    cr_assert_eq(sent_a->len, 0);
    wr(A_CONTROL, 9, 0x80);
    wr(A_CONTROL, 5, 0xea);
    qtest_writeb(NEW + A_DATA, 'y');
    cr_assert_eq(sent_a->len, 1);
    wr(A_CONTROL, 9, 0xc0);
    wr(A_CONTROL, 5, 0xea);
    qtest_writeb(NEW + A_DATA, 'z');
    cr_assert_eq(sent_a->len, 1);
}

Test(escc, disabled_transmitter_sends_nothing)
{
    control(A_CONTROL, setup_a);
    wr(A_CONTROL, 5, 0x62);
    qtest_writeb(NEW + A_DATA, 'x');
    cr_assert_eq(sent_a->len, 0);
}

Test(escc, transmit_interrupt_comes_after_every_character_until_reset)
{
    wr(A_CONTROL, 5, 0xea);
    wr(A_CONTROL, 1, 0x02);
    wr(A_CONTROL, 9, 0x08);
    cr_assert_eq(irq_a->level, 0);
    qtest_writeb(NEW + A_DATA, 'x');
    cr_assert_eq(irq_a->level, 1);
    cr_assert_eq(irq_b->level, 0);
    cr_assert_eq(rr(A_CONTROL, 3), 0x10);
    cr_assert_eq(rr(B_CONTROL, 3), 0);
    qtest_writeb(NEW + A_CONTROL, CMD_RESET_TX);
    cr_assert_eq(irq_a->level, 0);
    cr_assert_eq(rr(A_CONTROL, 3), 0);
    qtest_writeb(NEW + A_DATA, 'y');
    cr_assert_eq(irq_a->level, 1);
    wr(A_CONTROL, 1, 0);
    cr_assert_eq(irq_a->level, 0);
}

Test(escc, reset_highest_ius_leaves_pending_causes)
{
    wr(A_CONTROL, 5, 0xea);
    wr(A_CONTROL, 1, 0x02);
    wr(A_CONTROL, 9, 0x08);
    qtest_writeb(NEW + A_DATA, 'x');
    qtest_writeb(NEW + A_CONTROL, CMD_RESET_IUS);
    cr_assert_eq(irq_a->level, 1);
}

Test(escc, master_interrupt_enable_gates_both_lines)
{
    wr(B_CONTROL, 5, 0xea);
    wr(B_CONTROL, 1, 0x02);
    qtest_writeb(NEW + B_DATA, 'x');
    cr_assert_eq(irq_b->level, 0);
    cr_assert_eq(rr(A_CONTROL, 3), 0x02);
    wr(A_CONTROL, 9, 0x08);
    cr_assert_eq(irq_b->level, 1);
    cr_assert_eq(irq_a->level, 0);
    wr(B_CONTROL, 9, 0x00);
    cr_assert_eq(irq_b->level, 0);
}

/* --- receive ------------------------------------------------------------------------------------- */

Test(escc, received_characters_come_one_by_one)
{
    wr(A_CONTROL, 3, 0xc1);
    type("serial0", "ab");
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 1);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'a');
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 1);
    cr_assert_eq(qtest_readb(LEGACY + 6), 'b');
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'b'); /* the last one again */
}

Test(escc, channel_b_receives_from_the_second_port)
{
    wr(B_CONTROL, 3, 0xc1);
    type("serial1", "z");
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
    cr_assert_eq(qtest_readb(NEW + B_CONTROL) & 1, 1);
    cr_assert_eq(rr(B_CONTROL, 8), 'z');
}

Test(escc, disabled_receiver_takes_nothing_until_it_is_enabled)
{
    type("serial0", "q");
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
    wr(A_CONTROL, 3, 0xc1);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 1);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'q');
}

Test(escc, receive_interrupt_stays_while_characters_wait)
{
    wr(A_CONTROL, 3, 0xc1);
    wr(A_CONTROL, 1, 0x10);
    wr(A_CONTROL, 9, 0x08);
    type("serial0", "ab");
    cr_assert_eq(irq_a->level, 1);
    cr_assert_eq(rr(A_CONTROL, 3), 0x20);
    cr_assert_eq(rr(B_CONTROL, 2) & 0x0e, 0x0c); /* 110: receive, channel A */
    qtest_readb(NEW + A_DATA);
    cr_assert_eq(irq_a->level, 1);
    qtest_readb(NEW + A_DATA);
    cr_assert_eq(irq_a->level, 0);
    cr_assert_eq(irq_b->rises, 0);
}

Test(escc, receive_interrupt_modes)
{
    static const bool wanted[] = {false, true, true, false};

    wr(A_CONTROL, 3, 0xc1);
    wr(A_CONTROL, 9, 0x08);
    type("serial0", "a");
    for (unsigned mode = 0; mode < 4; mode++) {
        wr(A_CONTROL, 1, (uint8_t)(mode << 3));
        cr_assert_eq(irq_a->level, wanted[mode], "WR1[4:3] = %u", mode);
    }
}

Test(escc, full_buffer_drops_characters_and_reports_overrun)
{
    char text[2001];

    memset(text, 'x', 2000);
    text[2000] = 0;
    wr(A_CONTROL, 3, 0xc1);
    type("serial0", text);
    cr_assert_eq(rr(A_CONTROL, 1) & 0x20, 0x20);
    unsigned count = 0;
    for (; qtest_readb(NEW + A_CONTROL) & 1; count++) {
        qtest_readb(NEW + A_DATA);
    }
    cr_assert_eq(count, 1024);
    qtest_writeb(NEW + A_CONTROL, CMD_ERROR_RESET);
    cr_assert_eq(rr(A_CONTROL, 1) & 0x20, 0);
}

Test(escc, local_loopback_returns_what_is_sent)
{
    wr(A_CONTROL, 3, 0xc1);
    wr(A_CONTROL, 5, 0xea);
    wr(A_CONTROL, 14, 0x11);
    qtest_writeb(NEW + A_DATA, 'L');
    cr_assert_eq(sent_a->len, 0);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 1);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'L');
}

Test(escc, channels_without_a_host_end_work)
{
    object_unparent(OBJECT(escc));
    add_escc(NULL, NULL);
    wr(A_CONTROL, 3, 0xc1);
    wr(A_CONTROL, 5, 0xea); /* in loopback since the reset */
    qtest_writeb(NEW + A_DATA, 'L');
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'L');
    wr(A_CONTROL, 14, 0x01);
    qtest_writeb(NEW + A_DATA, 'x');
    type("serial0", "y"); /* as a replay does */
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'y');
}

Test(escc, empty_or_strange_inputs_are_harmless)
{
    input_take_now(machine_clock(), "serial0", "", 0);
    input_take_now(machine_clock(), "serial0", "\0", 1);
    input_take_now(machine_clock(), "serial0", "\x7f", 1);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
}

/* --- break --------------------------------------------------------------------------------------- */

Test(escc, break_raises_an_external_interrupt_until_reset)
{
    wr(A_CONTROL, 15, 0x80);
    wr(A_CONTROL, 1, 0x01);
    wr(A_CONTROL, 9, 0x08);
    send_break("serial0");
    cr_assert_eq(irq_a->level, 1);
    cr_assert_eq(rr(A_CONTROL, 3), 0x08);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x80, 0x80);
    qtest_writeb(NEW + A_CONTROL, CMD_RESET_EXT);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x80, 0);
    cr_assert_eq(irq_a->level, 1); /* its end */
    qtest_writeb(NEW + A_CONTROL, CMD_RESET_EXT);
    cr_assert_eq(irq_a->level, 0);
    cr_assert_eq(rr(A_CONTROL, 3), 0);
}

Test(escc, break_leaves_one_nul_in_its_place_among_the_characters)
{
    wr(A_CONTROL, 3, 0xc1);
    type("serial0", "a");
    send_break("serial0");
    type("serial0", "b");
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'a');
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x81, 0x81);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 0);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'b');
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
}

Test(escc, break_leaves_no_character_while_the_receiver_is_off)
{
    send_break("serial0");
    wr(A_CONTROL, 3, 0xc1);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
}

Test(escc, break_without_its_enable_shows_in_rr0_only)
{
    wr(A_CONTROL, 15, 0x00);
    wr(A_CONTROL, 1, 0x01);
    wr(A_CONTROL, 9, 0x08);
    send_break("serial0");
    cr_assert_eq(irq_a->level, 0);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 0x80, 0x80);
}

/* --- addressing ---------------------------------------------------------------------------------- */

Test(escc, enhancement_registers_of_the_legacy_layout_read_0)
{
    for (hwaddr offset = 8; offset < 16; offset++) {
        qtest_writeb(LEGACY + offset, 0xff);
        cr_assert_eq(qtest_readb(LEGACY + offset), 0);
    }
    cr_assert_eq(sent_a->len + sent_b->len, 0);
}

Test(escc, wide_accesses_do_not_hang)
{
    qtest_writel(NEW + A_CONTROL, UINT32_MAX);
    qtest_readl(NEW + A_DATA);
    qtest_readw(LEGACY);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 4, 4);
}

/* --- state --------------------------------------------------------------------------------------- */

Test(escc, state_survives_save_and_load)
{
    wr(A_CONTROL, 3, 0xc1);
    wr(A_CONTROL, 1, 0x12);
    wr(A_CONTROL, 9, 0x08);
    wr(A_CONTROL, 12, 0x55);
    type("serial0", "abc");
    qtest_readb(NEW + A_DATA);
    qtest_writeb(NEW + B_CONTROL, 0x0d); /* a pointer in flight */
    uint64_t before = qtest_hash(escc);
    DeviceState *fresh = qdev_new("escc"); /* not realized: the input names are taken */
    cr_assert_neq(qtest_hash(fresh), before);
    cr_assert_eq(qtest_round_trip(escc, fresh), before);
    resettable_reset(OBJECT(escc));
    cr_assert_neq(qtest_hash(escc), before);
    cr_assert_eq(qtest_round_trip(fresh, escc), before);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'b');
    cr_assert_eq(qtest_readb(NEW + A_DATA), 'c');
    cr_assert_eq(rr(A_CONTROL, 12), 0x55);
}

Test(escc, reset_drops_what_waits)
{
    wr(A_CONTROL, 3, 0xc1);
    type("serial0", "abc");
    resettable_reset(OBJECT(escc));
    wr(A_CONTROL, 3, 0xc1);
    cr_assert_eq(qtest_readb(NEW + A_CONTROL) & 1, 0);
    cr_assert_eq(irq_a->level, 0);
}

Test(escc, state_after_reset_does_not_depend_on_what_came_before)
{
    uint64_t fresh = qtest_hash(escc);

    wr(A_CONTROL, 3, 0xc1);
    type("serial0", "secret");
    send_break("serial0");
    qtest_readb(NEW + A_DATA);
    qtest_writeb(NEW + B_CONTROL, 0x0d);
    resettable_reset(OBJECT(escc));
    cr_assert_eq(qtest_hash(escc), fresh);
    cr_assert_eq(qtest_readb(NEW + A_DATA), 0);
}

Test(escc, read_registers_9_and_11_are_images_of_13_and_15)
{
    wr(A_CONTROL, 13, 0x5a);
    wr(A_CONTROL, 15, 0xa8);
    cr_assert_eq(rr(A_CONTROL, 9), 0x5a);
    cr_assert_eq(rr(A_CONTROL, 11), 0xa8);
    cr_assert_eq(rr(A_CONTROL, 4), rr(A_CONTROL, 0));
    cr_assert_eq(rr(A_CONTROL, 5), rr(A_CONTROL, 1));
    cr_assert_eq(rr(A_CONTROL, 14), rr(A_CONTROL, 10));
}

Test(escc, info_shows_both_channels)
{
    GString *out = g_string_new(NULL);

    DEVICE_GET_CLASS(escc)->info(escc, out);
    cr_assert_gt(out->len, 0);
    g_string_free(out, true);
}

Test(escc, taken_chardev_is_refused)
{
    DeviceState *second = qdev_new("escc");
    Error *err = NULL;

    object_unparent(OBJECT(escc));
    Chardev *chr = chardev_find("a");
    cr_assert_not_null(chardev_claim(chr, &error_abort));
    object_property_set_link(OBJECT(second), "chardev-a", OBJECT(chr), &error_abort);
    cr_assert_not(sysbus_realize(SYS_BUS_DEVICE(second), &err));
    cr_assert_not_null(err);
    error_free(err);
    /* All undone: another one can have the inputs. */
    object_property_set_link(OBJECT(second), "chardev-a", NULL, &error_abort);
    qtest_realize(second, NEW + 0x1000);
}

/* --- a peer on a socket ---------------------------------------------------------------------------- */

static int connect_to(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

static unsigned read_all(GByteArray *got)
{
    unsigned count = 0;

    qtest_clock_step(1000);
    for (; qtest_readb(NEW + A_CONTROL) & 1; count++) {
        uint8_t byte = qtest_readb(NEW + A_DATA);
        g_byte_array_append(got, &byte, 1);
    }
    return count;
}

/* Loopback and reset must not make the host believe that there is more room than there is. */
Test(escc, host_that_sends_fast_loses_nothing)
{
    g_autofree char *folder = g_dir_make_tmp("core99-escc-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "serial", NULL);
    g_autofree char *text = g_strdup_printf("socket,id=s,path=%s,server=on,wait=off", path);
    GByteArray *got = g_byte_array_new();
    uint8_t out[6000];

    object_unparent(OBJECT(escc));
    add_escc(chardev_new_from_str(text, &error_abort), NULL);
    wr(A_CONTROL, 3, 0xc1);
    wr(A_CONTROL, 5, 0xea);
    wr(A_CONTROL, 14, 0x11);
    for (unsigned i = 0; i < 3000; i++) {
        qtest_writeb(NEW + A_DATA, (uint8_t)i);
        qtest_readb(NEW + A_DATA);
    }
    wr(A_CONTROL, 14, 0x01);
    int fd = connect_to(path);
    for (size_t i = 0; i < sizeof(out); i++) {
        out[i] = (uint8_t)(i * 7 + i / 256);
    }
    cr_assert_eq(send(fd, out, sizeof(out), 0), (ssize_t)sizeof(out));
    for (unsigned round = 0; round < 20000 && got->len < sizeof(out); round++) {
        g_main_context_iteration(NULL, false);
        if (round % 50 == 49) { /* a slow guest */
            read_all(got);
        }
    }
    cr_assert_eq(rr(A_CONTROL, 1) & 0x20, 0);
    cr_assert_eq(got->len, sizeof(out));
    cr_assert_arr_eq(got->data, out, sizeof(out));
    close(fd);
    g_unlink(path);
    g_rmdir(folder);
}
