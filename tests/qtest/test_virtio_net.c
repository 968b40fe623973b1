/* SPDX-License-Identifier: MIT */
/*
 * virtio-net: frames to and from a wire (a UDP socket of the test's), offloads, the control queue; drivers
 * and wires that lie.
 * Covers: hw/virtio/virtio_net.c, hw/virtio/virtio_net_ctrl.c.
 */
#include "hw/virtio/virtio_net.h"
#include "tests/qtest/virtio_driver.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RX, TX, CTRL };
enum { RINGS = 0x100000, RING_SPACE = 0x10000, OUT = 0x200000, IN = 0x400000, IN_STEP = 0x20000 };
enum { FRAME = 100, HEADER = 12 };
#define F(n) (UINT64_C(1) << (n))
#define ALL_FEATURES UINT64_C(0x00ffffff)
#define PLAIN_FEATURES (F(VIRTIO_NET_F_STATUS) | F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_CTRL_RX))

/* --- the wire ------------------------------------------------------------------------------------------ */

typedef struct Wire {
    int socket;
    struct sockaddr_in device; /* where the netdev listens */
} Wire;
static Wire wire;

static int bound_socket(struct sockaddr_in *addr)
{
    socklen_t length = sizeof(*addr);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert_eq(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
    getsockname(fd, (struct sockaddr *)addr, &length);
    return fd;
}

static void make_netdev(void)
{
    struct sockaddr_in mine;
    wire.socket = bound_socket(&mine);
    close(bound_socket(&wire.device));
    g_autofree char *text = g_strdup_printf("socket,id=n0,udp=127.0.0.1:%u,localaddr=127.0.0.1:%u",
                                            ntohs(mine.sin_port), ntohs(wire.device.sin_port));
    cr_assert(net_client_add(text, &error_abort));
}

/* What the guest sent; 0: nothing. */
static size_t from_guest(void *data, size_t size)
{
    for (unsigned n = 0; n < 20; n++) {
        while (g_main_context_iteration(NULL, false)) {
        }
        ssize_t got = recv(wire.socket, data, size, MSG_DONTWAIT);
        if (got >= 0) {
            return (size_t)got;
        }
        g_usleep(1000);
    }
    return 0;
}

static void onto_wire(const void *data, size_t size)
{
    cr_assert_eq(
        sendto(wire.socket, data, size, 0, (struct sockaddr *)&wire.device, sizeof(wire.device)),
        (ssize_t)size);
}

static void wait_for_post(void)
{
    for (unsigned n = 0; n < 50 && input_backlog(machine_clock()) == 0; n++) {
        g_main_context_iteration(NULL, false);
        g_usleep(200);
    }
}

static void post_wire(void)
{
    wait_for_post();
    qtest_clock_step(0);
}

static void to_guest(const void *data, size_t size)
{
    onto_wire(data, size);
    post_wire();
}

/* --- the guest ------------------------------------------------------------------------------------------- */

static void start(VirtioDriver *driver, const char *options, bool modern, uint64_t features)
{
    g_autofree char *device = g_strdup_printf("virtio-net-pci,netdev=n0%s", options);
    make_netdev();
    virtio_board(device);
    virtio_driver_start(driver, modern, features);
    for (unsigned n = RX; n <= CTRL; n++) {
        virtio_driver_queue(driver, n, RINGS + n * RING_SPACE, 0);
    }
    virtio_driver_ok(driver);
}

static unsigned header_size(const VirtioDriver *driver)
{
    bool is_long = driver->modern || (driver->features & F(VIRTIO_NET_F_MRG_RXBUF));
    return is_long ? 12 : 10;
}

static void add_buffer(VirtioDriver *driver, unsigned n, uint32_t size)
{
    virtio_driver_add(driver, RX, &(VirtioTestBuffer){IN + n * IN_STEP, size, true}, 1);
    virtio_driver_kick(driver, RX);
}

/* A frame for 52:54:00:12:34:56, the rest counted up. */
static void make_frame(uint8_t *frame, size_t size)
{
    static const uint8_t mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    for (size_t i = 0; i < size; i++) {
        frame[i] = (uint8_t)i;
    }
    memcpy(frame, mac, sizeof(mac));
    memset(frame + 6, 2, 6);
    stw_be_p(frame + 12, 0x88b5);
}

static void put_bytes(uint64_t at, const uint8_t *bytes, size_t size)
{
    address_space_write(address_space_memory(), at, bytes, size);
}

static void expect_bytes(uint64_t at, const uint8_t *bytes, size_t size)
{
    g_autofree uint8_t *there = g_malloc(size);
    address_space_read(address_space_memory(), at, there, size);
    cr_assert_eq(memcmp(there, bytes, size), 0, "other bytes at %#lx", (unsigned long)at);
}

typedef struct TestHeader {
    uint8_t flags, gso_type;
    uint16_t gso_size, csum_start, csum_offset;
} TestHeader;

static void put_header(VirtioDriver *driver, const TestHeader *header)
{
    for (unsigned i = 0; i < 12; i += 4) {
        qtest_writel(OUT + i, 0);
    }
    qtest_writeb(OUT, header->flags);
    qtest_writeb(OUT + 1, header->gso_type);
    virtio_driver_store16(driver, OUT + 2, 0xffff); /* hdr_len: a hint that nobody trusts */
    virtio_driver_store16(driver, OUT + 4, header->gso_size);
    virtio_driver_store16(driver, OUT + 6, header->csum_start);
    virtio_driver_store16(driver, OUT + 8, header->csum_offset);
}

static void send_frame(VirtioDriver *driver, const TestHeader *header, const uint8_t *frame,
                       size_t size)
{
    unsigned head = header_size(driver);
    put_header(driver, header);
    put_bytes(OUT + head, frame, size);
    virtio_driver_request(
        driver, TX,
        (const VirtioTestBuffer[]){{OUT, head, false}, {OUT + head, (uint32_t)size, false}}, 2);
}

/* One command; returns what the device says. */
static uint8_t control(VirtioDriver *driver, uint8_t class, uint8_t command, const uint8_t *data,
                       uint32_t size)
{
    qtest_writeb(OUT, class);
    qtest_writeb(OUT + 1, command);
    put_bytes(OUT + 2, data, size);
    qtest_writeb(OUT + 0x10000, 0x55);
    virtio_driver_request(
        driver, CTRL, (const VirtioTestBuffer[]){{OUT, 2 + size, false}, {OUT + 0x10000, 1, true}},
        2);
    return qtest_readb(OUT + 0x10000);
}

static Object *net_device(void)
{
    return OBJECT(board_part("peripheral-anon/device[0]/virtio-backend"));
}

/* --- frames ------------------------------------------------------------------------------------------------ */

static void expect_sent(bool modern)
{
    VirtioDriver driver;
    uint8_t frame[FRAME], got[2048];
    start(&driver, "", modern, PLAIN_FEATURES);
    make_frame(frame, FRAME);
    send_frame(&driver, &(TestHeader){0}, frame, FRAME);
    cr_assert_eq(from_guest(got, sizeof(got)), FRAME);
    cr_assert_eq(memcmp(got, frame, FRAME), 0);
    cr_assert(virtio_driver_isr(&driver) & VIRTIO_ISR_QUEUE);
}

Test(virtio_net, frame_reaches_the_wire_legacy) { expect_sent(false); }
Test(virtio_net, frame_reaches_the_wire_modern) { expect_sent(true); }

static void expect_received(bool modern, uint64_t features)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    uint32_t head, length;
    start(&driver, "", modern, features);
    add_buffer(&driver, 0, 2000);
    make_frame(frame, FRAME);
    to_guest(frame, FRAME);
    cr_assert(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(length, FRAME + header_size(&driver));
    cr_assert_eq(qtest_readb(IN + 1), 0);
    expect_bytes(IN + header_size(&driver), frame, FRAME);
    if (header_size(&driver) == 12) {
        cr_assert_eq(virtio_driver_load16(&driver, IN + 10), 1);
    }
}

Test(virtio_net, frame_comes_from_the_wire_legacy) { expect_received(false, PLAIN_FEATURES); }
Test(virtio_net, frame_comes_from_the_wire_modern) { expect_received(true, PLAIN_FEATURES); }
Test(virtio_net, legacy_header_is_longer_with_mergeable_buffers)
{
    expect_received(false, PLAIN_FEATURES | F(VIRTIO_NET_F_MRG_RXBUF));
}

Test(virtio_net, large_frame_takes_several_mergeable_buffers)
{
    VirtioDriver driver;
    uint8_t frame[1000];
    uint32_t head, length;
    start(&driver, "", true, ALL_FEATURES);
    for (unsigned n = 0; n < 4; n++) {
        add_buffer(&driver, n, 400);
    }
    make_frame(frame, sizeof(frame));
    to_guest(frame, sizeof(frame));
    for (unsigned n = 0; n < 3; n++) {
        cr_assert(virtio_driver_used(&driver, RX, &head, &length));
        cr_assert_eq(length, n < 2 ? 400 : 1012 - 800);
    }
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(virtio_driver_load16(&driver, IN + 10), 3);
    expect_bytes(IN + 12, frame, 388);
    expect_bytes(IN + IN_STEP, frame + 388, 400);
    expect_bytes(IN + 2 * IN_STEP, frame + 788, 212);
}

Test(virtio_net, frames_wait_for_buffers_and_survive_save_and_load)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    uint32_t head, length;
    start(&driver, "", true, PLAIN_FEATURES);
    make_frame(frame, FRAME);
    uint64_t before = qtest_hash(DEVICE(net_device()));
    to_guest(frame, FRAME);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_neq(qtest_hash(DEVICE(net_device())), before);
    qtest_round_trip(DEVICE(net_device()), DEVICE(net_device()));
    add_buffer(&driver, 0, 2000);
    cr_assert(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(length, FRAME + HEADER);
    expect_bytes(IN + HEADER, frame, FRAME);
}

Test(virtio_net, what_waits_is_bounded)
{
    VirtioDriver driver;
    static uint8_t frame[60000];
    start(&driver, "", true, PLAIN_FEATURES);
    make_frame(frame, sizeof(frame));
    for (unsigned n = 0; n < 40; n++) {
        to_guest(frame, sizeof(frame));
    }
    cr_assert_leq(VIRTIO_NET(net_device())->pending_length, VIRTIO_NET_PENDING);
    cr_assert_gt(VIRTIO_NET(net_device())->pending_length, VIRTIO_NET_PENDING / 2);
}

Test(virtio_net, reset_drops_what_waits)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    uint32_t head, length;
    start(&driver, "", true, PLAIN_FEATURES);
    make_frame(frame, FRAME);
    to_guest(frame, FRAME);
    virtio_driver_set_status(&driver, 0);
    cr_assert_eq(VIRTIO_NET(net_device())->pending_length, 0);
    to_guest(frame, FRAME); /* nobody there */
    cr_assert_eq(VIRTIO_NET(net_device())->pending_length, 0);
    virtio_driver_start(&driver, true, PLAIN_FEATURES);
    for (unsigned n = RX; n <= CTRL; n++) {
        virtio_driver_queue(&driver, n, RINGS + n * RING_SPACE, 0);
    }
    virtio_driver_ok(&driver);
    add_buffer(&driver, 0, 2000);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
}

/* --- what is no frame ---------------------------------------------------------------------------------------- */

Test(virtio_net, oversized_and_runt_frames_are_dropped)
{
    VirtioDriver driver;
    uint8_t frame[FRAME], got[2048];
    uint32_t head, length;
    start(&driver, "", true, PLAIN_FEATURES);
    virtio_driver_request(&driver, TX, &(VirtioTestBuffer){OUT, HEADER + NET_FRAME_MAX + 1, false},
                          1);
    virtio_driver_request(&driver, TX, &(VirtioTestBuffer){OUT, HEADER, false}, 1);
    virtio_driver_request(&driver, TX, &(VirtioTestBuffer){OUT, HEADER + 13, false}, 1);
    make_frame(frame, FRAME);
    send_frame(&driver, &(TestHeader){0}, frame, FRAME);
    cr_assert_eq(from_guest(got, sizeof(got)), FRAME);
    add_buffer(&driver, 0, 2000);
    to_guest(frame, 13);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
    to_guest(frame, 14);
    cr_assert(virtio_driver_used(&driver, RX, &head, &length));
}

static void expect_broken(const VirtioTestBuffer *buffer)
{
    VirtioDriver driver;
    start(&driver, "", true, PLAIN_FEATURES);
    virtio_driver_add(&driver, TX, buffer, 1);
    virtio_driver_kick(&driver, TX);
    cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    virtio_driver_set_status(&driver, 0);
    cr_assert_eq(virtio_driver_status(&driver), 0);
}

Test(virtio_net, frame_without_a_header_needs_a_reset)
{
    expect_broken(&(VirtioTestBuffer){OUT, HEADER - 1, false});
}
Test(virtio_net, buffer_to_write_among_those_to_send_needs_a_reset)
{
    expect_broken(&(VirtioTestBuffer){OUT, 2000, true});
}
Test(virtio_net, chain_of_no_bytes_needs_a_reset)
{
    expect_broken(&(VirtioTestBuffer){OUT, 0, false});
}
Test(virtio_net, buffer_outside_of_ram_needs_a_reset)
{
    expect_broken(&(VirtioTestBuffer){0xf0000000, 200, false});
}

Test(virtio_net, buffer_that_is_too_small_loses_its_frame_only)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    uint32_t head, length;
    start(&driver, "", true, PLAIN_FEATURES);
    add_buffer(&driver, 0, HEADER + FRAME - 1);
    make_frame(frame, FRAME);
    to_guest(frame, FRAME);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
    to_guest(frame, FRAME - 1);
    cr_assert(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(length, HEADER + FRAME - 1);
}

Test(virtio_net, first_buffer_smaller_than_the_header_needs_a_reset)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    start(&driver, "", true, ALL_FEATURES);
    add_buffer(&driver, 0, HEADER - 1);
    add_buffer(&driver, 1, 2000);
    make_frame(frame, FRAME);
    to_guest(frame, FRAME);
    cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
}

Test(virtio_net, ring_of_tiny_buffers_does_not_hold_up_the_rest)
{
    VirtioDriver driver;
    uint8_t frame[1500];
    start(&driver, "", true, ALL_FEATURES);
    for (unsigned n = 0; n < 256; n++) {
        virtio_driver_add(&driver, RX, &(VirtioTestBuffer){IN, 1, true}, 1);
    }
    virtio_driver_kick(&driver, RX);
    make_frame(frame, sizeof(frame));
    to_guest(frame, sizeof(frame));
    cr_assert_eq(VIRTIO_NET(net_device())->pending_length, 0);
}

/* --- what the driver leaves to the device ----------------------------------------------------------------------- */

static uint16_t sum_of(const uint8_t *data, size_t size, uint32_t sum)
{
    for (size_t i = 0; i < size; i++) {
        sum += (uint32_t)data[i] << (i % 2 ? 0 : 8);
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

/* A TCP segment of @payload bytes from 10.0.2.15 to 10.0.2.2, its checksums missing. */
static size_t make_tcp(uint8_t *frame, size_t payload)
{
    static const uint8_t addresses[] = {10, 0, 2, 15, 10, 0, 2, 2};
    make_frame(frame, 54 + payload);
    memset(frame + 14, 0, 40);
    stw_be_p(frame + 12, 0x0800);
    frame[14] = 0x45;
    stw_be_p(frame + 16, (uint16_t)(40 + payload));
    stw_be_p(frame + 18, 0x1234);
    frame[22] = 64;
    frame[23] = 6;
    memcpy(frame + 26, addresses, sizeof(addresses));
    stl_be_p(frame + 38, 1000); /* sequence number */
    frame[46] = 0x50;
    frame[47] = 0x19; /* ACK, PSH, FIN */
    return 54 + payload;
}

static void expect_right_sums(const uint8_t *frame, size_t size)
{
    size_t tcp = size - 34;
    cr_assert_eq(sum_of(frame + 14, 20, 0), 0xffff, "checksum of IP");
    cr_assert_eq(sum_of(frame + 34, tcp, sum_of(frame + 26, 8, (uint32_t)(6 + tcp))), 0xffff,
                 "checksum of TCP");
}

static void expect_cut(bool modern)
{
    VirtioDriver driver;
    static uint8_t frame[8192], got[2048];
    size_t seen = 0;
    start(&driver, "", modern, ALL_FEATURES & ~F(VIRTIO_NET_F_GUEST_CSUM));
    size_t size = make_tcp(frame, 3000);
    send_frame(&driver, &(TestHeader){1, NET_GSO_TCPV4, 1400, 34, 16}, frame, size);
    for (unsigned n = 0; n < 3; n++) {
        size_t length = from_guest(got, sizeof(got));
        cr_assert_eq(length, 54 + (n < 2 ? 1400 : 200));
        expect_right_sums(got, length);
        cr_assert_eq(ldl_be_p(got + 38), 1000 + seen);
        cr_assert_eq(lduw_be_p(got + 18), 0x1234 + n);
        cr_assert_eq(got[47], n < 2 ? 0x10 : 0x19);
        cr_assert_eq(memcmp(got + 54, frame + 54 + seen, length - 54), 0);
        seen += length - 54;
    }
    cr_assert_eq(from_guest(got, sizeof(got)), 0);
}

Test(virtio_net, large_segment_is_cut_legacy) { expect_cut(false); }
Test(virtio_net, large_segment_is_cut_modern) { expect_cut(true); }

Test(virtio_net, checksum_is_made_where_the_driver_says)
{
    VirtioDriver driver;
    uint8_t frame[200], got[2048];
    start(&driver, "", true, ALL_FEATURES);
    size_t size = make_tcp(frame, 33);
    stw_be_p(frame + 50, sum_of(frame + 26, 8, (uint32_t)(6 + size - 34)));
    send_frame(&driver, &(TestHeader){1, 0, 0, 34, 16}, frame, size);
    cr_assert_eq(from_guest(got, sizeof(got)), size);
    cr_assert_eq(sum_of(got + 34, size - 34, sum_of(got + 26, 8, (uint32_t)(6 + size - 34))),
                 0xffff);
}

Test(virtio_net, headers_that_lie_lose_their_frame_only)
{
    static const TestHeader lies[] = {
        {1, 0, 0, 0xffff, 0xffff},     /* a checksum beyond the frame */
        {1, 0, 0, 86, 0},              /* on its edge */
        {1, NET_GSO_TCPV4, 0, 34, 16}, /* segments of nothing */
        {1, NET_GSO_TCPV4, 1, 34, 16},
        {1, NET_GSO_TCPV6, 1400, 34, 16}, /* that is IPv4 */
        {1, NET_GSO_TCPV4 | NET_GSO_ECN, 2, 0, 0},
    };
    VirtioDriver driver;
    uint8_t frame[200], got[2048];
    start(&driver, "", true, ALL_FEATURES);
    size_t size = make_tcp(frame, 33);
    for (size_t n = 0; n < G_N_ELEMENTS(lies); n++) {
        send_frame(&driver, &lies[n], frame, size);
    }
    frame[14] = 0x4f; /* a header that is longer than the frame */
    send_frame(&driver, &(TestHeader){1, NET_GSO_TCPV4, 1400, 34, 16}, frame, 60);
    frame[14] = 0x45;
    frame[46] = 0xf0;
    send_frame(&driver, &(TestHeader){1, NET_GSO_TCPV4, 1400, 34, 16}, frame, 60);
    cr_assert_eq(from_guest(got, sizeof(got)), 0);
    send_frame(&driver, &(TestHeader){0}, frame, size);
    cr_assert_eq(from_guest(got, sizeof(got)), size);
}

Test(virtio_net, header_means_nothing_without_its_features)
{
    VirtioDriver driver;
    uint8_t frame[200], got[2048];
    start(&driver, ",csum=off", true, ALL_FEATURES);
    cr_assert_not(virtio_driver_offered(&driver) & F(VIRTIO_NET_F_HOST_TSO4));
    size_t size = make_tcp(frame, 33);
    send_frame(&driver, &(TestHeader){1, NET_GSO_TCPV4, 1, 0xffff, 0xffff}, frame, size);
    cr_assert_eq(from_guest(got, sizeof(got)), size);
    cr_assert_eq(memcmp(got, frame, size), 0);
}

Test(virtio_net, burst_beyond_one_event_goes_on_later)
{
    VirtioDriver driver;
    uint32_t head, length;
    unsigned sent = 0;
    start(&driver, "", true, PLAIN_FEATURES);
    for (unsigned n = 0; n < 10; n++) {
        virtio_driver_add(&driver, TX, &(VirtioTestBuffer){OUT, 40000, false}, 1);
    }
    virtio_driver_kick(&driver, TX);
    virtio_driver_kick(&driver, TX);
    while (virtio_driver_used(&driver, TX, &head, &length)) {
        sent++;
    }
    cr_assert_eq(sent, 4);
    qtest_clock_step(100000);
    while (virtio_driver_used(&driver, TX, &head, &length)) {
        sent++;
    }
    cr_assert_eq(sent, 10);
}

/* --- what the device does for the driver's receiving ---------------------------------------------------------- */

/* Checksums right again. */
static void mend(uint8_t *frame, size_t size)
{
    size_t tcp = size - 34;
    uint32_t pseudo = sum_of(frame + 26, 8, (uint32_t)(6 + tcp));
    stw_be_p(frame + 24, 0);
    stw_be_p(frame + 24, (uint16_t)~sum_of(frame + 14, 20, 0));
    stw_be_p(frame + 50, 0);
    stw_be_p(frame + 50, (uint16_t)~sum_of(frame + 34, tcp, pseudo));
}

/* A segment from outside: number @n of a row, its checksums right. */
static size_t make_segment(uint8_t *frame, unsigned n, size_t payload)
{
    size_t size = make_tcp(frame, payload);
    stl_be_p(frame + 38, 1000 + n * 1000);
    frame[47] = 0x10;
    mend(frame, size);
    return size;
}

static void expect_joined(bool modern)
{
    VirtioDriver driver;
    uint8_t frame[1200], head_of[66];
    uint32_t head, length;
    start(&driver, "", modern, ALL_FEATURES);
    add_buffer(&driver, 0, 8000);
    for (unsigned n = 0; n < 3; n++) {
        onto_wire(frame, make_segment(frame, n, n < 2 ? 1000 : 500));
    }
    post_wire();
    cr_assert(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(length, 12 + 54 + 2500);
    cr_assert_eq(qtest_readb(IN), 1); /* the sum is the driver's to finish */
    cr_assert_eq(qtest_readb(IN + 1), NET_GSO_TCPV4);
    cr_assert_eq(virtio_driver_load16(&driver, IN + 2), 54);
    cr_assert_eq(virtio_driver_load16(&driver, IN + 4), 1000);
    cr_assert_eq(virtio_driver_load16(&driver, IN + 6), 34);
    cr_assert_eq(virtio_driver_load16(&driver, IN + 8), 16);
    address_space_read(address_space_memory(), IN, head_of, sizeof(head_of));
    cr_assert_eq(lduw_be_p(head_of + 12 + 16), 2540);
    cr_assert_eq(sum_of(head_of + 12 + 14, 20, 0), 0xffff);
    expect_bytes(IN + 12 + 54 + 2000, frame + 54, 500);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
}

Test(virtio_net, segments_from_outside_are_joined_legacy) { expect_joined(false); }
Test(virtio_net, segments_from_outside_are_joined_modern) { expect_joined(true); }

/* Two segments, @change done to the second, become @frames; of the second frame the flags are @flags. */
static void expect_of_two(void (*change)(uint8_t *frame, size_t size), unsigned frames,
                          uint8_t flags)
{
    VirtioDriver driver;
    uint8_t frame[1200];
    uint32_t head, length;
    start(&driver, "", true, ALL_FEATURES);
    add_buffer(&driver, 0, 8000);
    add_buffer(&driver, 1, 8000);
    onto_wire(frame, make_segment(frame, 0, 1000));
    size_t size = make_segment(frame, 1, 1000);
    change(frame, size);
    onto_wire(frame, size);
    post_wire();
    unsigned count = 0;
    while (virtio_driver_used(&driver, RX, &head, &length)) {
        count++;
    }
    cr_assert_eq(count, frames);
    cr_assert_eq(qtest_readb(IN + IN_STEP), flags);
}

static void change_nothing(uint8_t *frame, size_t size) { mend(frame, size); }

static void change_data(uint8_t *frame, G_GNUC_UNUSED size_t size) { frame[60] ^= 1; }

static void change_number(uint8_t *frame, size_t size)
{
    frame[41] ^= 1;
    mend(frame, size);
}

static void change_port(uint8_t *frame, size_t size)
{
    frame[35] ^= 1;
    mend(frame, size);
}

static void change_window(uint8_t *frame, size_t size)
{
    frame[48] ^= 1;
    mend(frame, size);
}

static void change_flags(uint8_t *frame, size_t size)
{
    frame[47] |= 1;
    mend(frame, size);
}

static void change_header(uint8_t *frame, size_t size)
{
    frame[46] = 0xf0;
    mend(frame, size);
}

/* These no longer have a checksum that is looked at. */
static void change_fragment(uint8_t *frame, size_t size)
{
    frame[20] |= 0x20;
    mend(frame, size);
}

static void change_options(uint8_t *frame, size_t size)
{
    frame[14] = 0x46;
    mend(frame, size);
}

static void change_length(uint8_t *frame, size_t size)
{
    stw_be_p(frame + 16, 0xffff);
    mend(frame, size);
}

Test(virtio_net, segments_that_follow_become_one) { expect_of_two(change_nothing, 1, 0); }
Test(virtio_net, wrong_checksum_is_left_to_the_guest) { expect_of_two(change_data, 2, 0); }
Test(virtio_net, right_checksum_is_told) { expect_of_two(change_flags, 2, NET_DATA_VALID); }
Test(virtio_net, segment_of_another_number_stays_apart)
{
    expect_of_two(change_number, 2, NET_DATA_VALID);
}
Test(virtio_net, segment_of_another_port_stays_apart)
{
    expect_of_two(change_port, 2, NET_DATA_VALID);
}
Test(virtio_net, segment_of_another_window_stays_apart)
{
    expect_of_two(change_window, 2, NET_DATA_VALID);
}
Test(virtio_net, segment_with_other_options_stays_apart)
{
    expect_of_two(change_header, 2, NET_DATA_VALID);
}
Test(virtio_net, fragment_stays_apart) { expect_of_two(change_fragment, 2, 0); }
Test(virtio_net, segment_with_options_of_ip_stays_apart) { expect_of_two(change_options, 2, 0); }
Test(virtio_net, segment_longer_than_its_frame_stays_apart) { expect_of_two(change_length, 2, 0); }

Test(virtio_net, joined_segments_are_cut_again_for_a_driver_that_changed_its_mind)
{
    VirtioDriver driver;
    uint8_t frame[1200];
    uint32_t head, length;
    start(&driver, "", true, ALL_FEATURES);
    add_buffer(&driver, 0, 8000);
    add_buffer(&driver, 1, 8000);
    for (unsigned n = 0; n < 2; n++) {
        onto_wire(frame, make_segment(frame, n, 1000));
    }
    wait_for_post();
    cr_assert_eq(control(&driver, 5, 0, (const uint8_t[8]){0}, 8), 0);
    qtest_clock_step(0);
    for (unsigned n = 0; n < 2; n++) {
        cr_assert(virtio_driver_used(&driver, RX, &head, &length));
        cr_assert_eq(length, 12 + 1054);
        cr_assert_eq(qtest_readb(IN + n * IN_STEP), 0);
        address_space_read(address_space_memory(), IN + n * IN_STEP + 12, frame, 1054);
        expect_right_sums(frame, 1054);
    }
}

/* --- the control queue ------------------------------------------------------------------------------------------ */

static bool is_heard(VirtioDriver *driver, const uint8_t *mac)
{
    uint8_t frame[FRAME];
    uint32_t head, length;
    make_frame(frame, FRAME);
    memcpy(frame, mac, 6);
    add_buffer(driver, 0, 2000);
    to_guest(frame, FRAME);
    bool heard = virtio_driver_used(driver, RX, &head, &length);
    return heard;
}

static const uint8_t other_mac[6] = {0x52, 0x54, 0x00, 0x99, 0x99, 0x99};
static const uint8_t group_mac[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x05};
static const uint8_t all_mac[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t first_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const uint8_t on[1] = {1}, off[1] = {0};

static void expect_filter(bool modern)
{
    VirtioDriver driver;
    uint8_t table[4 + 6 + 4 + 6];
    start(&driver, "", modern, ALL_FEATURES);
    cr_assert(is_heard(&driver, other_mac));
    cr_assert_eq(control(&driver, 0, 0, off, 1), 0);
    cr_assert_not(is_heard(&driver, other_mac));
    cr_assert_not(is_heard(&driver, group_mac));
    cr_assert(is_heard(&driver, all_mac));
    cr_assert(is_heard(&driver, first_mac));
    modern ? stl_le_p(table, 1) : stl_be_p(table, 1);
    memcpy(table + 4, other_mac, 6);
    memcpy(table + 10, table, 4);
    memcpy(table + 14, group_mac, 6);
    cr_assert_eq(control(&driver, 1, 0, table, sizeof(table)), 0);
    cr_assert(is_heard(&driver, other_mac));
    cr_assert(is_heard(&driver, group_mac));
    cr_assert_eq(control(&driver, 0, 3, on, 1), 0); /* no groups */
    cr_assert_eq(control(&driver, 0, 5, on, 1), 0); /* no broadcasts */
    cr_assert_not(is_heard(&driver, group_mac));
    cr_assert_not(is_heard(&driver, all_mac));
}

Test(virtio_net, filter_lets_through_what_the_guest_wants_legacy) { expect_filter(false); }
Test(virtio_net, filter_lets_through_what_the_guest_wants_modern) { expect_filter(true); }

Test(virtio_net, more_addresses_than_the_table_holds_mean_all)
{
    VirtioDriver driver;
    uint8_t table[4 + 6 * 65 + 4] = {65};
    start(&driver, "", true, ALL_FEATURES);
    control(&driver, 0, 0, off, 1);
    cr_assert_eq(control(&driver, 1, 0, table, sizeof(table)), 0);
    cr_assert(is_heard(&driver, other_mac));
    cr_assert_not(is_heard(&driver, group_mac));
}

Test(virtio_net, malformed_commands_are_refused_and_change_nothing)
{
    VirtioDriver driver;
    uint8_t table[20] = {0xff, 0xff, 0xff, 0xff};
    start(&driver, "", true, ALL_FEATURES);
    control(&driver, 0, 0, off, 1);
    uint64_t before = qtest_hash(DEVICE(net_device()));
    cr_assert_eq(control(&driver, 1, 0, table, sizeof(table)), 1);
    table[0] = 3;
    memset(table + 1, 0, 3);
    cr_assert_eq(control(&driver, 1, 0, table, sizeof(table)), 1); /* fewer than it says */
    cr_assert_eq(control(&driver, 1, 0, table, 2), 1);
    cr_assert_eq(control(&driver, 1, 1, table, 5), 1); /* an address cut short */
    cr_assert_eq(control(&driver, 0, 0, table, 0), 1);
    cr_assert_eq(control(&driver, 0, 99, table, 1), 1);
    cr_assert_eq(control(&driver, 2, 0, (const uint8_t[]){0xff, 0xff}, 2), 1); /* VLAN 65535 */
    cr_assert_eq(control(&driver, 3, 0, table, 0), 1); /* nothing was announced */
    cr_assert_eq(control(&driver, 4, 0, table, 2), 1);
    cr_assert_eq(control(&driver, 5, 0, all_mac, 6), 1);
    cr_assert_eq(control(&driver, 200, 200, table, 8), 1);
    VirtIONet *s = VIRTIO_NET(net_device());
    virtio_driver_isr(&driver);
    cr_assert_not(s->filter.uni_overflow);
    cr_assert_neq(before, 0);
    cr_assert_not(is_heard(&driver, other_mac));
}

Test(virtio_net, command_without_a_place_for_its_status_needs_a_reset)
{
    VirtioDriver driver;
    start(&driver, "", true, ALL_FEATURES);
    virtio_driver_add(&driver, CTRL, &(VirtioTestBuffer){OUT, 8, false}, 1);
    virtio_driver_kick(&driver, CTRL);
    cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
}

Test(virtio_net, vlans_are_filtered_once_the_guest_can_say_which)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    uint32_t head, length;
    start(&driver, "", true, ALL_FEATURES);
    control(&driver, 0, 0, off, 1);
    make_frame(frame, FRAME);
    stw_be_p(frame + 12, 0x8100);
    stw_be_p(frame + 14, 0x0123);
    add_buffer(&driver, 0, 2000);
    to_guest(frame, FRAME);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(control(&driver, 2, 0, (const uint8_t[]){0x23, 0x01}, 2), 0);
    to_guest(frame, FRAME);
    cr_assert(virtio_driver_used(&driver, RX, &head, &length));
    cr_assert_eq(control(&driver, 2, 1, (const uint8_t[]){0x23, 0x01}, 2), 0);
    add_buffer(&driver, 0, 2000);
    to_guest(frame, FRAME);
    cr_assert_not(virtio_driver_used(&driver, RX, &head, &length));
}

Test(virtio_net, address_can_be_changed_and_a_reset_brings_it_back)
{
    VirtioDriver driver;
    start(&driver, "", true, ALL_FEATURES);
    cr_assert_eq(control(&driver, 1, 1, other_mac, 6), 0);
    control(&driver, 0, 0, off, 1);
    cr_assert(is_heard(&driver, other_mac));
    cr_assert_eq(virtio_driver_config(&driver, 3), 0x99);
    virtio_driver_set_status(&driver, 0);
    cr_assert_eq(virtio_driver_config(&driver, 3), 0x12);
}

Test(virtio_net, legacy_driver_may_write_the_address_into_the_configuration)
{
    VirtioDriver driver;
    start(&driver, "", false, PLAIN_FEATURES);
    virtio_driver_set_config(&driver, 5, 0x77);
    cr_assert_eq(virtio_driver_config(&driver, 5), 0x77);
}

Test(virtio_net, modern_driver_may_not)
{
    VirtioDriver driver;
    start(&driver, "", true, PLAIN_FEATURES);
    virtio_driver_set_config(&driver, 5, 0x77);
    cr_assert_eq(virtio_driver_config(&driver, 5), 0x56);
}

/* --- links ------------------------------------------------------------------------------------------------------- */

static void expect_link(bool modern)
{
    VirtioDriver driver;
    unsigned low = modern ? 6 : 7;
    uint8_t frame[FRAME], got[2048];
    start(&driver, "", modern, ALL_FEATURES);
    cr_assert_eq(virtio_driver_config(&driver, low), VIRTIO_NET_S_LINK_UP);
    cr_assert(net_set_link("virtio-net-pci.0", false, &error_abort));
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_CONFIG);
    cr_assert_eq(virtio_driver_config(&driver, low), 0);
    cr_assert_not(is_heard(&driver, first_mac));
    make_frame(frame, FRAME);
    send_frame(&driver, &(TestHeader){0}, frame, FRAME);
    cr_assert_eq(from_guest(got, sizeof(got)), 0);
    cr_assert(net_set_link("n0", true, &error_abort)); /* the other end of the cable */
    cr_assert_eq(virtio_driver_config(&driver, low), VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE);
    cr_assert_eq(control(&driver, 3, 0, on, 0), 0);
    cr_assert_eq(virtio_driver_config(&driver, low), VIRTIO_NET_S_LINK_UP);
    send_frame(&driver, &(TestHeader){0}, frame, FRAME);
    cr_assert_eq(from_guest(got, sizeof(got)), FRAME);
}

Test(virtio_net, pulled_cable_is_told_and_silent_legacy) { expect_link(false); }
Test(virtio_net, pulled_cable_is_told_and_silent_modern) { expect_link(true); }

/* --- making one ----------------------------------------------------------------------------------------------------- */

static void expect_refused(const char *device, const char *message)
{
    Error *err = NULL;
    cr_assert_null(qdev_device_add(device, &err));
    cr_assert_not_null(strstr(error_get_pretty(err), message), "%s", error_get_pretty(err));
    error_free(err);
}

Test(virtio_net, devices_that_cannot_be_are_refused)
{
    make_netdev();
    virtio_board("virtio-net-pci,netdev=n0,id=first");
    expect_refused("virtio-net-pci,netdev=n0", "netdev 'n0' is in use by 'first'");
    expect_refused("virtio-net-pci,netdev=nowhere", "there is no netdev 'nowhere'");
    expect_refused("virtio-net-pci,mac=52:54:00", "not an Ethernet address");
    expect_refused("virtio-net-pci,mac=53:54:00:12:34:56", "multicast");
    expect_refused("virtio-net-pci,rx_queue_size=100", "power of 2 between 256 and 1024");
    expect_refused("virtio-net-pci,tx_queue_size=2048", "power of 2 between 256 and 1024");
    expect_refused("virtio-net-pci,host_mtu=10", "at least 68");
}

Test(virtio_net, default_addresses_count_up)
{
    virtio_board("virtio-net-pci");
    DeviceState *second = qdev_device_add("virtio-net-pci,id=second", &error_abort);
    g_autofree char *mac = object_property_get_str(OBJECT(second), "mac", &error_abort);
    cr_assert_str_eq(mac, "52:54:00:12:34:57");
}

Test(virtio_net, back_end_that_goes_leaves_the_guest_alone)
{
    VirtioDriver driver;
    uint8_t frame[FRAME];
    start(&driver, "", true, PLAIN_FEATURES);
    cr_assert(net_client_del("n0", &error_abort));
    make_frame(frame, FRAME);
    send_frame(&driver, &(TestHeader){0}, frame, FRAME);
    cr_assert_eq(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
}

Test(virtio_net, configuration_tells_the_mtu)
{
    VirtioDriver driver;
    start(&driver, ",host_mtu=9000", true, ALL_FEATURES);
    cr_assert(virtio_driver_offered(&driver) & F(VIRTIO_NET_F_MTU));
    cr_assert_eq(virtio_driver_config(&driver, 10) | virtio_driver_config(&driver, 11) << 8, 9000);
}
