/* SPDX-License-Identifier: MIT */
/*
 * virtio-serial: the control protocol, ports that open and close, data both ways with back pressure, hot
 * plug, state, drivers that break the rules.
 * Covers: hw/virtio/virtio_serial.c, hw/virtio/virtio_serial_port.c.
 */
#include "hw/virtio/virtio_serial.h"
#include "tests/qtest/virtio_driver.h"
#include "util/hash.h"

#include <criterion/criterion.h>

enum { RINGS = 0x100000, RING_SPACE = 0x10000, DATA = 0x300000, MESSAGES = 0x200000 };
enum { IN_0, OUT_0, CONTROL_IN, CONTROL_OUT, IN_1, OUT_1, QUEUES };
enum { F_SIZE = 1, F_MULTIPORT = 2, F_EMERGENCY = 4 };

static GByteArray *sent;

static void tap(void *opaque, const uint8_t *data, size_t length)
{
    g_byte_array_append(opaque, data, (guint)length);
}

static void set_up(VirtioDriver *driver, bool modern, uint64_t features)
{
    unsigned queues = features & F_MULTIPORT ? QUEUES : CONTROL_IN;
    virtio_driver_start(driver, modern, features);
    for (unsigned n = 0; n < queues; n++) {
        virtio_driver_queue(driver, n, RINGS + n * RING_SPACE, 0);
    }
    virtio_driver_ok(driver);
}

/* A console without a chardev at port 0, the named port "p1" with a tapped one at port 1. */
static void start(VirtioDriver *driver, bool modern, uint64_t features)
{
    virtio_board("virtio-serial-pci,max_ports=3,cols=80,rows=25,id=v0");
    sent = g_byte_array_new();
    Chardev *chr = chardev_new_from_str("file,path=/dev/null,id=c1", &error_abort);
    chardev_set_output_tap(chr, tap, sent);
    qdev_device_add("virtconsole,id=p0", &error_abort);
    qdev_device_add("virtserialport,id=p1,chardev=c1,name=org.core99", &error_abort);
    set_up(driver, modern, features);
    qtest_clock_step(0); /* the chardev's peer is there */
}

static VirtIOSerialPort *port(const char *id) { return VIRTIO_SERIAL_PORT(qdev_find_by_id(id)); }

/* --- the control queues ----------------------------------------------------------------------------------- */

static void give_control_buffers(VirtioDriver *driver, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        virtio_driver_add(driver, CONTROL_IN,
                          &(VirtioTestBuffer){MESSAGES + 0x1000 * (uint64_t)n, 0x1000, true}, 1);
    }
    virtio_driver_kick(driver, CONTROL_IN);
}

static void put_message(VirtioDriver *driver, uint32_t id, uint16_t event, uint16_t value)
{
    virtio_driver_store32(driver, DATA, id);
    virtio_driver_store16(driver, DATA + 4, event);
    virtio_driver_store16(driver, DATA + 6, value);
}

static void tell(VirtioDriver *driver, uint32_t id, uint16_t event, uint16_t value)
{
    put_message(driver, id, event, value);
    virtio_driver_request(driver, CONTROL_OUT, &(VirtioTestBuffer){DATA, 8, false}, 1);
}

/* The next message of the device is this one; returns its length. */
static uint32_t expect_message(VirtioDriver *driver, uint32_t id, uint16_t event, uint16_t value)
{
    uint32_t head, length;
    cr_assert(virtio_driver_used(driver, CONTROL_IN, &head, &length), "no message %u", event);
    uint64_t at = MESSAGES + 0x1000 * (uint64_t)head;
    cr_assert_eq(virtio_driver_load16(driver, at + (driver->modern ? 0 : 2)), id);
    cr_assert_eq(virtio_driver_load16(driver, at + 4), event, "event %u, not %u",
                 virtio_driver_load16(driver, at + 4), event);
    cr_assert_eq(virtio_driver_load16(driver, at + 6), value);
    return length;
}

static void expect_no_message(VirtioDriver *driver)
{
    uint32_t head, length;
    cr_assert_not(virtio_driver_used(driver, CONTROL_IN, &head, &length));
}

static void expect_handshake(bool modern)
{
    VirtioDriver driver;
    start(&driver, modern, F_SIZE | F_MULTIPORT);
    give_control_buffers(&driver, 16);
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 1); /* the peer came after DRIVER_OK */
    tell(&driver, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect_message(&driver, 0, VIRTIO_CONSOLE_PORT_ADD, 1);
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
    tell(&driver, 0, VIRTIO_CONSOLE_PORT_READY, 1);
    expect_message(&driver, 0, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
    cr_assert_eq(expect_message(&driver, 0, VIRTIO_CONSOLE_RESIZE, 1), 12);
    cr_assert_eq(virtio_driver_load16(&driver, MESSAGES + 0x4008), 80);
    cr_assert_eq(virtio_driver_load16(&driver, MESSAGES + 0x400a), 25);
    expect_message(&driver, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
    tell(&driver, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    cr_assert_eq(expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_NAME, 1), 8 + 10);
    cr_assert_eq(qtest_readl(MESSAGES + 0x6008), 0x6f72672e, "org.");
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    expect_no_message(&driver);
    cr_assert_eq(virtio_driver_config(&driver, modern ? 4 : 7), 3);
    cr_assert_eq(virtio_driver_config(&driver, modern ? 0 : 1), 80);
}

Test(virtio_serial, ports_are_made_known_legacy) { expect_handshake(false); }
Test(virtio_serial, ports_are_made_known_modern) { expect_handshake(true); }

/* --- data ----------------------------------------------------------------------------------------------------- */

static void type(const char *id, const char *text)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(port(id)));
    g_autofree char *name = g_strdup_printf("port-%016" G_GINT64_MODIFIER "x",
                                            hash_bytes(0, path, strlen(path)));
    g_autofree char *message = g_strconcat("x", text, NULL);
    message[0] = 0; /* INPUT_DATA */
    input_take_now(machine_clock(), name, message, 1 + strlen(text));
}

/* The length of the next used buffer of @queue; -1: none. */
static int used(VirtioDriver *driver, unsigned queue)
{
    uint32_t head, length;
    return virtio_driver_used(driver, queue, &head, &length) ? (int)length : -1;
}

static void expect_input(bool modern)
{
    VirtioDriver driver;
    start(&driver, modern, F_MULTIPORT);
    type("p1", "before");
    virtio_driver_add(&driver, IN_1, &(VirtioTestBuffer){DATA + 0x100, 4, true}, 1);
    virtio_driver_kick(&driver, IN_1);
    cr_assert_eq(used(&driver, IN_1), -1, "the guest has not opened the port");
    tell(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    cr_assert_eq(used(&driver, IN_1), 4);
    cr_assert_eq(qtest_readl(DATA + 0x100), 0x6265666f);
    type("p1", "X");
    cr_assert_eq(used(&driver, IN_1), -1, "no buffer");
    virtio_driver_add(&driver, IN_1, &(VirtioTestBuffer){DATA + 0x200, 64, true}, 1);
    virtio_driver_kick(&driver, IN_1);
    cr_assert_eq(used(&driver, IN_1), 3);
    cr_assert_eq(qtest_readl(DATA + 0x200), 0x72655800);
    tell(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    type("p1", "kept");
    virtio_driver_add(&driver, IN_1, &(VirtioTestBuffer){DATA + 0x300, 64, true}, 1);
    virtio_driver_kick(&driver, IN_1);
    cr_assert_eq(used(&driver, IN_1), -1, "the guest has closed it");
}

Test(virtio_serial, characters_wait_for_the_guest_legacy) { expect_input(false); }
Test(virtio_serial, characters_wait_for_the_guest_modern) { expect_input(true); }

Test(virtio_serial, fifo_of_a_port_is_bounded)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    g_autofree char *text = g_strnfill(VIRTIO_SERIAL_FIFO_SIZE - 1, 'x');
    type("p1", text);
    type("p1", "yzzz");
    cr_assert_eq(port("p1")->fifo_count, VIRTIO_SERIAL_FIFO_SIZE);
    cr_assert_eq(port("p1")->fifo[VIRTIO_SERIAL_FIFO_SIZE - 1], 'y');
}

static void expect_output(bool modern)
{
    VirtioDriver driver;
    start(&driver, modern, F_MULTIPORT);
    for (unsigned i = 0; i < 3000; i += 4) {
        qtest_writel(DATA + i, 0x41424300 + (i & 0xff));
    }
    virtio_driver_add(&driver, OUT_1, &(VirtioTestBuffer){DATA, 1000, false}, 1);
    virtio_driver_add(&driver, OUT_1,
                      (VirtioTestBuffer[]){{DATA + 1000, 500, false}, {DATA + 1500, 1500, false}},
                      2);
    virtio_driver_kick(&driver, OUT_1);
    cr_assert_eq(used(&driver, OUT_1), 0);
    cr_assert_eq(used(&driver, OUT_1), -1, "so much in one event");
    cr_assert_eq(sent->len, 1024);
    qtest_clock_step(1025);
    cr_assert_eq(sent->len, 2048);
    qtest_clock_step(1025);
    cr_assert_eq(used(&driver, OUT_1), 0);
    cr_assert_eq(sent->len, 3000);
    cr_assert_eq(ldl_be_p(sent->data + 1024), 0x41424300);
    cr_assert_eq(ldl_be_p(sent->data + 2996), 0x41424300 + (2996 & 0xff));
}

Test(virtio_serial, bytes_reach_the_host_piece_by_piece_legacy) { expect_output(false); }
Test(virtio_serial, bytes_reach_the_host_piece_by_piece_modern) { expect_output(true); }

Test(virtio_serial, without_a_peer_bytes_are_lost)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    port("p1")->host_open = false;
    virtio_driver_add(&driver, OUT_1, &(VirtioTestBuffer){DATA, 0x200000, false}, 1);
    virtio_driver_kick(&driver, OUT_1);
    cr_assert_eq(used(&driver, OUT_1), 0);
    cr_assert_eq(sent->len, 0);
}

static void expect_single_port(bool modern)
{
    VirtioDriver driver;
    virtio_board("virtio-serial-pci");
    sent = g_byte_array_new();
    chardev_set_output_tap(chardev_new_from_str("null,id=c", &error_abort), tap, sent);
    qdev_device_add("virtconsole,id=p0,chardev=c", &error_abort);
    virtio_driver_start(&driver, modern, 0);
    virtio_driver_queue(&driver, IN_0, RINGS, 0);
    virtio_driver_queue(&driver, OUT_0, RINGS + RING_SPACE, 0);
    virtio_driver_ok(&driver);
    qtest_writel(DATA, 0x41424344);
    virtio_driver_request(&driver, OUT_0, &(VirtioTestBuffer){DATA, 4, false}, 1);
    cr_assert(sent->len == 4 && memcmp(sent->data, "ABCD", 4) == 0);
    virtio_driver_add(&driver, IN_0, &(VirtioTestBuffer){DATA, 4, true}, 1);
    virtio_driver_kick(&driver, IN_0);
    type("p0", "hi");
    cr_assert_eq(used(&driver, IN_0), 2);
}

Test(virtio_serial, driver_without_multiport_has_port_0_legacy) { expect_single_port(false); }
Test(virtio_serial, driver_without_multiport_has_port_0_modern) { expect_single_port(true); }

Test(virtio_serial, emergency_write_needs_no_queue)
{
    VirtioDriver driver;
    virtio_board("virtio-serial-pci");
    sent = g_byte_array_new();
    chardev_set_output_tap(chardev_new_from_str("null,id=c", &error_abort), tap, sent);
    virtio_driver_start(&driver, true, F_EMERGENCY);
    virtio_driver_set_config(&driver, 8, 'a'); /* no console: lost */
    qdev_device_add("virtconsole,id=p0,chardev=c", &error_abort);
    virtio_driver_set_config(&driver, 8, '!');
    cr_assert(sent->len == 1 && sent->data[0] == '!');
}

/* --- ports come and go -------------------------------------------------------------------------------------------- */

Test(virtio_serial, plugged_and_unplugged_ports_are_told)
{
    VirtioDriver driver;
    Error *err = NULL;
    start(&driver, true, F_MULTIPORT);
    give_control_buffers(&driver, 16);
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    cr_assert_not_null(qdev_device_add("virtserialport,id=p2", &error_abort));
    expect_message(&driver, 2, VIRTIO_CONSOLE_PORT_ADD, 1);
    cr_assert_null(qdev_device_add("virtserialport", &err));
    cr_assert_str_eq(error_get_pretty(err),
                     "virtio-serial-bus: Maximum port limit for this device reached");
    error_free(err);
    virtio_driver_add(&driver, OUT_1, &(VirtioTestBuffer){DATA, 5000, false}, 1);
    virtio_driver_kick(&driver, OUT_1);
    cr_assert(qdev_unplug(qdev_find_by_id("p1"), &error_abort));
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_REMOVE, 1);
    cr_assert_eq(used(&driver, OUT_1), 0, "what was on its way comes back");
    virtio_driver_request(&driver, OUT_1, &(VirtioTestBuffer){DATA, 8, false}, 1);
    cr_assert_not_null(qdev_device_add("virtserialport,id=p1,chardev=c1", &error_abort));
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
}

Test(virtio_serial, card_goes_with_its_ports)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    cr_assert(qdev_unplug(qdev_find_by_id("v0"), &error_abort));
    cr_assert_null(qdev_find_by_id("p1"));
    Error *err = NULL;
    Chardev *again = chardev_claim(chardev_find("c1"), &err);
    cr_assert_not_null(again, "it is free again");
    chardev_release(again);
}

/* --- drivers that break the rules ---------------------------------------------------------------------------------- */

Test(virtio_serial, odd_control_messages_are_ignored)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    tell(&driver, 99, VIRTIO_CONSOLE_PORT_OPEN, 1);
    tell(&driver, UINT32_MAX, VIRTIO_CONSOLE_PORT_READY, 1);
    tell(&driver, 2, VIRTIO_CONSOLE_PORT_READY, 1); /* no such port */
    tell(&driver, 1, VIRTIO_CONSOLE_PORT_ADD, 1);
    tell(&driver, 1, 0xffff, 1);
    tell(&driver, 1, VIRTIO_CONSOLE_PORT_READY, 0);
    tell(&driver, 0, VIRTIO_CONSOLE_DEVICE_READY, 0);
    virtio_driver_request(&driver, CONTROL_OUT, &(VirtioTestBuffer){DATA, 7, false}, 1);
    virtio_driver_request(&driver, CONTROL_OUT, &(VirtioTestBuffer){DATA, 8, true}, 1);
    cr_assert_not(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    give_control_buffers(&driver, 4);
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    expect_no_message(&driver);
}

Test(virtio_serial, guest_that_takes_no_messages_does_not_fill_the_host)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    for (unsigned i = 0; i < 5000; i++) {
        tell(&driver, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    }
    cr_assert_leq(port("p1")->serial->waiting_length, 32768);
    virtio_driver_add(&driver, CONTROL_IN, &(VirtioTestBuffer){MESSAGES, 3, true}, 1);
    virtio_driver_kick(&driver, CONTROL_IN);
    cr_assert_eq(used(&driver, CONTROL_IN), 3, "a message is cut to its buffer");
    virtio_driver_set_status(&driver, 0);
    cr_assert_eq(port("p1")->serial->waiting_length, 0);
}

Test(virtio_serial, buffers_outside_of_memory_stop_the_device)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    virtio_driver_add(&driver, OUT_1, &(VirtioTestBuffer){0xf8000000, 64, false}, 1);
    virtio_driver_kick(&driver, OUT_1);
    cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    type("p1", "on");
    qtest_clock_step(100000);
    set_up(&driver, true, F_MULTIPORT);
    cr_assert_not(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
}

/* --- state ------------------------------------------------------------------------------------------------------------ */

Test(virtio_serial, state_survives_save_and_load)
{
    VirtioDriver driver;
    start(&driver, true, F_MULTIPORT);
    type("p1", "some characters");
    tell(&driver, 0, VIRTIO_CONSOLE_DEVICE_READY, 1); /* messages wait */
    virtio_driver_add(&driver, OUT_1, &(VirtioTestBuffer){DATA, 3000, false}, 1);
    virtio_driver_kick(&driver, OUT_1);
    DeviceState *p1 = DEVICE(port("p1")), *serial = DEVICE(port("p1")->serial);
    qtest_round_trip(p1, p1);
    qtest_round_trip(serial, serial);
    qtest_clock_step(3000);
    cr_assert_eq(used(&driver, OUT_1), 0);
    cr_assert_eq(sent->len, 3000);
    give_control_buffers(&driver, 4);
    expect_message(&driver, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    expect_message(&driver, 0, VIRTIO_CONSOLE_PORT_ADD, 1);
}
