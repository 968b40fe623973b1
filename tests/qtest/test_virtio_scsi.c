/* SPDX-License-Identifier: MIT */
/*
 * virtio-scsi with a disk and a CD-ROM drive: the command set, task management, events, residuals, state,
 * hostile requests.
 * Covers: hw/virtio/virtio_scsi.c, hw/scsi/scsi_bus.c, hw/scsi/scsi_disk.c,
 * hw/scsi/scsi_media.c, hw/scsi/scsi_cd.c, hw/scsi/scsi_disc.c, hw/scsi/cd_sector.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "hw/scsi/scsi.h"
#include "tests/qtest/virtio_driver.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { RINGS = 0x100000, RING_SPACE = 0x10000, SIZE = 1 << 20, CD_SIZE = 2048 * 100 };
enum { HEADER = 0x200000, RESPONSE = 0x201000, DATA = 0x300000, EVENTS = 0x210000 };
enum { CONTROL, EVENT, REQUESTS, QUEUES };
enum { HEADER_SIZE = 19 + 32, RESPONSE_SIZE = 12 + 96, HOTPLUG = 1 << 1 };
enum { OK = 0, OVERRUN = 1, ABORTED = 2, BAD_TARGET = 3, RESET = 4, NOT_YET = 0xff };
enum { LATENCY = 30000, MAX_LATENCY = 1000000 };

static char *image, *disc, *other; /* of the disk; of the drive; nobody's */
static VirtioDriver driver;

/* Byte n is n / 512 + n. */
static char *make_image(unsigned size)
{
    g_autofree uint8_t *bytes = g_malloc(size);
    char *name;
    int fd = g_file_open_tmp("core99-scsi-XXXXXX", &name, NULL);
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i / 512 + i);
    }
    cr_assert_eq(write(fd, bytes, size), size);
    close(fd);
    return name;
}

static uint8_t byte_at(unsigned n) { return (uint8_t)(n / 512 + n); }

static void remove_images(void)
{
    if (image) {
        g_unlink(image);
        g_unlink(disc);
        g_unlink(other);
    }
}

TestSuite(virtio_scsi, .fini = remove_images, .timeout = 60);

static void set_up(bool modern)
{
    virtio_driver_start(&driver, modern, HOTPLUG);
    for (unsigned n = 0; n < QUEUES; n++) {
        virtio_driver_queue(&driver, n, RINGS + n * RING_SPACE, 0);
    }
    virtio_driver_ok(&driver);
}

/* The disk is target 0, the CD-ROM drive target 1. */
static void start_with(bool modern, const char *disk)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    image = make_image(SIZE);
    disc = make_image(CD_SIZE);
    other = make_image(SIZE);
    g_autofree char *d0 = g_strdup_printf("file=%s,format=raw,if=none,id=d0", image);
    g_autofree char *c0 = g_strdup_printf(
        "file=%s,format=raw,if=none,id=c0,media=cdrom,readonly=on", disc);
    cr_assert(block_add_drive(d0, devices, &error_abort));
    cr_assert(block_add_drive(c0, devices, &error_abort));
    virtio_board("virtio-scsi-pci,id=s0");
    g_autofree char *hd = g_strdup_printf("scsi-hd,id=hd,drive=d0%s", disk);
    cr_assert_not_null(qdev_device_add(hd, &error_abort));
    cr_assert_not_null(qdev_device_add("scsi-cd,id=cd,drive=c0", &error_abort));
    set_up(modern);
}

/* --- commands -------------------------------------------------------------------------------------------------- */

typedef struct Command {
    const char *cdb; /* hexadecimal, with spaces */
    uint8_t target;
    uint16_t lun;
    uint32_t out, in; /* bytes at DATA */
    uint64_t tag;
} Command;

static void put_cdb(const char *text, hwaddr at)
{
    for (unsigned i = 0; i < 32; i++) {
        qtest_writeb(at + i, 0);
    }
    for (char *end; *text; text = end) {
        qtest_writeb(at++, (uint8_t)strtoul(text, &end, 16));
        end += strspn(end, " ");
    }
}

static void add(Command c)
{
    VirtioTestBuffer buffers[4] = {{HEADER, HEADER_SIZE, false}};
    unsigned count = 1;
    for (unsigned i = 0; i < 19; i++) {
        qtest_writeb(HEADER + i, 0);
    }
    qtest_writeb(HEADER, 1);
    qtest_writeb(HEADER + 1, c.target);
    qtest_writeb(HEADER + 2, (uint8_t)(0x40 | c.lun >> 8));
    qtest_writeb(HEADER + 3, (uint8_t)c.lun);
    virtio_driver_store64(&driver, HEADER + 8, c.tag);
    put_cdb(c.cdb, HEADER + 19);
    qtest_writeb(RESPONSE + 11, NOT_YET);
    if (c.out) {
        buffers[count++] = (VirtioTestBuffer){DATA, c.out, false};
    }
    buffers[count++] = (VirtioTestBuffer){RESPONSE, RESPONSE_SIZE, true};
    if (c.in) {
        buffers[count++] = (VirtioTestBuffer){DATA, c.in, true};
    }
    virtio_driver_add(&driver, REQUESTS, buffers, count);
    virtio_driver_kick(&driver, REQUESTS);
}

static uint8_t response(void) { return qtest_readb(RESPONSE + 11); }

static uint32_t number(hwaddr at) { return driver.modern ? qtest_readl_le(at) : qtest_readl(at); }

static uint32_t residual(void) { return number(RESPONSE + 4); }

/* Key, code and qualifier; 0: status good. */
static uint32_t sense(void)
{
    cr_assert_eq(response(), OK, "response %u", response());
    if (qtest_readb(RESPONSE + 10) == SCSI_GOOD) {
        return 0;
    }
    cr_assert_eq(qtest_readb(RESPONSE + 10), SCSI_CHECK_CONDITION);
    cr_assert_eq(number(RESPONSE), SCSI_SENSE_SIZE);
    cr_assert_eq(qtest_readb(RESPONSE + 12), 0x70);
    return (uint32_t)qtest_readb(RESPONSE + 14) << 16 | qtest_readb(RESPONSE + 24) << 8 |
           qtest_readb(RESPONSE + 25);
}

/* The length of the next used entry; -1: none. */
static int used(unsigned queue)
{
    uint32_t head, length;
    return virtio_driver_used(&driver, queue, &head, &length) ? (int)length : -1;
}

static uint32_t run(Command c)
{
    add(c);
    qtest_clock_step(MAX_LATENCY);
    cr_assert_neq(used(REQUESTS), -1, "no answer to %s", c.cdb);
    return sense();
}

static void ready_units(void)
{
    cr_assert_eq(run((Command){.cdb = "00"}), 0x062900, "unit attention comes first");
    cr_assert_eq(run((Command){.cdb = "00"}), 0);
    cr_assert_eq(run((Command){.cdb = "00", .target = 1}), 0x062900);
    cr_assert_eq(run((Command){.cdb = "00", .target = 1}), 0);
}

static void start(bool modern)
{
    start_with(modern, ",serial=S123");
    ready_units();
}

static void expect_text(hwaddr at, const char *text)
{
    for (; *text; text++, at++) {
        cr_assert_eq(qtest_readb(at), (uint8_t)*text, "'%c', not '%c'", qtest_readb(at), *text);
    }
}

static void fill(unsigned length, uint8_t first)
{
    for (unsigned i = 0; i < length; i++) {
        qtest_writeb(DATA + i, (uint8_t)(first + i));
    }
}

static void expect_image(unsigned offset, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        cr_assert_eq(qtest_readb(DATA + i), byte_at(offset + i), "byte %u", i);
    }
}

/* --- who is there -------------------------------------------------------------------------------------------------- */

static void expect_inquiry(bool modern)
{
    start(modern);
    cr_assert_eq(run((Command){.cdb = "12 00 00 00 60", .in = 0x60}), 0);
    cr_assert_eq(residual(), 0x60 - 36);
    cr_assert_eq(qtest_readb(DATA), 0);
    expect_text(DATA + 8, "core99  core99 HARDDISK 1.0 ");
    cr_assert_eq(run((Command){.cdb = "12 00 00 00 24", .target = 1, .in = 36}), 0);
    cr_assert_eq(qtest_readl(DATA), 0x05800512);
    cr_assert_eq(run((Command){.cdb = "12 01 00 00 ff", .in = 255}), 0);
    cr_assert_eq(qtest_readl(DATA + 2), 0x00060080);
    cr_assert_eq(run((Command){.cdb = "12 01 80 00 ff", .in = 255}), 0);
    expect_text(DATA + 4, "S123");
    cr_assert_eq(run((Command){.cdb = "12 01 83 00 ff", .in = 255}), 0);
    expect_text(DATA + 8, "S123");
    cr_assert_eq(run((Command){.cdb = "12 01 b0 00 ff", .in = 255}), 0);
    cr_assert_eq(qtest_readl(DATA + 24), 255);
    cr_assert_eq(run((Command){.cdb = "12 01 b2 00 ff", .in = 255}), 0);
    cr_assert_eq(qtest_readb(DATA + 5), 0xe0);
    cr_assert_eq(run((Command){.cdb = "12 01 77 00 ff", .in = 255}), 0x052400);
    cr_assert_eq(run((Command){.cdb = "12 00 77 00 ff", .in = 255}), 0x052400);
}

Test(virtio_scsi, inquiry_and_its_pages_legacy) { expect_inquiry(false); }
Test(virtio_scsi, inquiry_and_its_pages_modern) { expect_inquiry(true); }

Test(virtio_scsi, units_that_are_not_there_are_told)
{
    start(true);
    cr_assert_eq(run((Command){.cdb = "a0 00 00 00 00 00 00 00 01 00", .in = 256}), 0);
    cr_assert_eq(qtest_readl(DATA), 8);
    cr_assert_eq(run((Command){.cdb = "00", .lun = 3}), 0x052500);
    cr_assert_eq(run((Command){.cdb = "12 00 00 00 24", .lun = 300, .in = 36}), 0);
    cr_assert_eq(qtest_readb(DATA), 0x7f);
    add((Command){.cdb = "00", .target = 9});
    cr_assert_eq(response(), BAD_TARGET);
    cr_assert_eq(used(REQUESTS), RESPONSE_SIZE);
}

Test(virtio_scsi, report_luns_lists_them)
{
    start(true);
    cr_assert_not_null(qdev_device_add("scsi-cd,scsi-id=0,lun=5", &error_abort));
    cr_assert_not_null(qdev_device_add("scsi-cd,scsi-id=0,lun=300", &error_abort));
    cr_assert_eq(run((Command){.cdb = "a0 00 00 00 00 00 00 00 01 00", .in = 256}), 0);
    cr_assert_eq(qtest_readl(DATA), 24);
    cr_assert_eq(qtest_readw(DATA + 16), 5);
    cr_assert_eq(qtest_readw(DATA + 24), 0x412c);
    cr_assert_eq(run((Command){.cdb = "a0 00 00 00 00 00 00 00 00 08", .in = 256}), 0x052400);
}

Test(virtio_scsi, capacity_is_that_of_the_image)
{
    start(true);
    cr_assert_eq(run((Command){.cdb = "25", .in = 8}), 0);
    cr_assert_eq(qtest_readl(DATA), SIZE / 512 - 1);
    cr_assert_eq(qtest_readl(DATA + 4), 512);
    cr_assert_eq(run((Command){.cdb = "25", .target = 1, .in = 8}), 0);
    cr_assert_eq(qtest_readl(DATA), CD_SIZE / 2048 - 1);
    cr_assert_eq(qtest_readl(DATA + 4), 2048);
    cr_assert_eq(run((Command){.cdb = "9e 10 0 0 0 0 0 0 0 0 0 0 0 20", .in = 32}), 0);
    cr_assert_eq(qtest_readl(DATA + 4), SIZE / 512 - 1);
    cr_assert_eq(run((Command){.cdb = "9e 12 0 0 0 0 0 0 0 0 0 0 0 20", .in = 32}), 0x052400);
}

/* --- blocks ----------------------------------------------------------------------------------------------------------- */

static void expect_blocks(bool modern)
{
    static const char *const reads[] = {"08 0 0 7 2", "28 0 0 0 0 7 0 0 2", "a8 0 0 0 0 7 0 0 0 2",
                                        "88 0 0 0 0 0 0 0 0 7 0 0 0 2"};
    static const char *const writes[] = {"0a 0 0 9 1", "2a 0 0 0 0 9 0 0 1", "aa 0 0 0 0 9 0 0 0 1",
                                         "8a 8 0 0 0 0 0 0 0 9 0 0 0 1", "2e 0 0 0 0 9 0 0 1"};
    start(modern);
    for (unsigned n = 0; n < G_N_ELEMENTS(reads); n++) {
        fill(1024, 0);
        add((Command){.cdb = reads[n], .in = 1024});
        cr_assert_eq(used(REQUESTS), -1, "too early");
        qtest_clock_step(LATENCY);
        cr_assert_eq(used(REQUESTS), RESPONSE_SIZE + 1024);
        cr_assert_eq(sense(), 0);
        expect_image(7 * 512, 1024);
    }
    for (unsigned n = 0; n < G_N_ELEMENTS(writes); n++) {
        fill(512, (uint8_t)(n + 1));
        cr_assert_eq(run((Command){.cdb = writes[n], .out = 512}), 0);
        fill(512, 0);
        cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 9 0 0 1", .in = 512}), 0);
        cr_assert_eq(qtest_readb(DATA + 5), n + 6, "%s", writes[n]);
    }
    cr_assert_eq(run((Command){.cdb = "35"}), 0);
    cr_assert_eq(run((Command){.cdb = "91"}), 0);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 2 0 0 1", .target = 1, .in = 2048}), 0);
    expect_image(2 * 2048, 2048);
}

Test(virtio_scsi, blocks_are_read_and_written_legacy) { expect_blocks(false); }
Test(virtio_scsi, blocks_are_read_and_written_modern) { expect_blocks(true); }

Test(virtio_scsi, what_lies_outside_is_refused)
{
    start(true);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 08 0 0 0 1", .in = 512}), 0x052100);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 7 ff 0 0 2", .in = 1024}), 0x052100);
    cr_assert_eq(run((Command){.cdb = "88 0 ff ff ff ff ff ff ff ff 0 0 0 1", .in = 512}),
                 0x052100);
    cr_assert_eq(run((Command){.cdb = "88 0 0 0 0 0 0 0 0 1 ff ff ff ff", .in = 512}), 0x052100);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 8 0 0 0 0"}), 0, "no block at the end");
    cr_assert_eq(run((Command){.cdb = "28 20 0 0 0 0 0 0 1", .in = 512}), 0x052400, "protection");
    cr_assert_eq(run((Command){.cdb = "2a 0 0 0 0 0 0 0 1", .target = 1, .out = 2048}), 0x052000);
}

Test(virtio_scsi, other_commands_are_illegal)
{
    start(true);
    for (unsigned opcode = 0xc0; opcode < 0x100; opcode++) {
        g_autofree char *cdb = g_strdup_printf("%x", opcode);
        cr_assert_eq(run((Command){.cdb = cdb, .in = 64}), 0x052000);
    }
    cr_assert_eq(run((Command){.cdb = "5e", .in = 64}), 0x052000, "PERSISTENT RESERVE IN");
    cr_assert_eq(run((Command){.cdb = "5f", .out = 64}), 0x052000, "PERSISTENT RESERVE OUT");
    cr_assert_eq(run((Command){.cdb = "43", .in = 64}), 0x052000, "a disk has no contents");
}

Test(virtio_scsi, buffers_of_other_sizes_are_told)
{
    start(true);
    fill(1024, 0);
    add((Command){.cdb = "28 0 0 0 0 7 0 0 2", .in = 700});
    qtest_clock_step(LATENCY);
    cr_assert_eq(response(), OVERRUN);
    cr_assert_eq(used(REQUESTS), RESPONSE_SIZE + 700);
    cr_assert_eq(qtest_readb(DATA + 700), (uint8_t)700, "nothing behind the buffer");
    add((Command){.cdb = "2a 0 0 0 0 9 0 0 2", .out = 1000});
    cr_assert_eq(response(), OVERRUN, "nothing was written");
    cr_assert_eq(used(REQUESTS), RESPONSE_SIZE);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 9 0 0 1", .in = 5000}), 0);
    cr_assert_eq(residual(), 5000 - 512);
    expect_image(9 * 512, 512);
}

Test(virtio_scsi, verify_compares)
{
    start(true);
    cr_assert_eq(run((Command){.cdb = "2f 0 0 0 0 3 0 0 4"}), 0);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 3 0 0 1", .in = 512}), 0);
    cr_assert_eq(run((Command){.cdb = "2f 2 0 0 0 3 0 0 1", .out = 512}), 0);
    qtest_writeb(DATA + 511, 0);
    cr_assert_eq(run((Command){.cdb = "2f 2 0 0 0 3 0 0 1", .out = 512}), 0x0e1d00);
    cr_assert_eq(run((Command){.cdb = "2f 6 0 0 0 3 0 0 1", .out = 512}), 0x052400);
}

Test(virtio_scsi, write_same_repeats_a_block)
{
    start(true);
    fill(512, 3);
    cr_assert_eq(run((Command){.cdb = "41 0 0 0 0 8 0 0 2", .out = 512}), 0);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 7 0 0 4", .in = 2048}), 0);
    cr_assert_eq(qtest_readb(DATA), byte_at(7 * 512));
    cr_assert_eq(qtest_readb(DATA + 512), 3);
    cr_assert_eq(qtest_readb(DATA + 1024), 3);
    cr_assert_eq(qtest_readb(DATA + 1536), byte_at(10 * 512));
    cr_assert_eq(run((Command){.cdb = "93 9 0 0 0 0 0 0 0 8 0 0 0 1"}), 0, "zeroes without data");
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 8 0 0 1", .in = 512}), 0);
    cr_assert_eq(qtest_readl(DATA + 100), 0);
    cr_assert_eq(run((Command){.cdb = "93 0 0 0 0 0 0 0 0 8 0 0 0 0", .out = 512}), 0x052400);
    cr_assert_eq(run((Command){.cdb = "93 10 0 0 0 0 0 0 0 8 0 0 0 1", .out = 512}), 0x052400);
}

static void put_unmap(unsigned n, uint64_t lba, uint32_t count)
{
    qtest_writew(DATA, (uint16_t)(6 + 16 * (n + 1)));
    qtest_writew(DATA + 2, (uint16_t)(16 * (n + 1)));
    qtest_writel(DATA + 4, 0);
    qtest_writel(DATA + 8 + 16 * n, (uint32_t)(lba >> 32));
    qtest_writel(DATA + 12 + 16 * n, (uint32_t)lba);
    qtest_writel(DATA + 16 + 16 * n, count);
    qtest_writel(DATA + 20 + 16 * n, 0);
}

Test(virtio_scsi, unmap_takes_a_list)
{
    start(true);
    put_unmap(0, 16, 8);
    put_unmap(1, 0, 0);
    put_unmap(2, 2040, 8);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 38", .out = 56}), 0);
    put_unmap(2, 2041, 8);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 38", .out = 56}), 0x052100);
    put_unmap(0, UINT64_MAX, UINT32_MAX);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 18", .out = 24}), 0x052100);
    qtest_writew(DATA + 2, 0xfff0);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 18", .out = 24}), 0x052600);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 4", .out = 24}), 0x051a00);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 0"}), 0);
}

Test(virtio_scsi, read_only_disk_says_so)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    image = make_image(SIZE);
    disc = g_strdup(image);
    g_autofree char *d0 = g_strdup_printf("file=%s,format=raw,if=none,id=d0,readonly=on", image);
    cr_assert(block_add_drive(d0, devices, &error_abort));
    virtio_board("virtio-scsi-pci,id=s0");
    cr_assert_not_null(qdev_device_add("scsi-hd,drive=d0", &error_abort));
    set_up(true);
    cr_assert_eq(run((Command){.cdb = "00"}), 0x062900);
    cr_assert_eq(run((Command){.cdb = "2a 0 0 0 0 9 0 0 1", .out = 512}), 0x072700);
    cr_assert_eq(run((Command){.cdb = "42 0 0 0 0 0 0 0 18", .out = 24}), 0x072700);
    cr_assert_eq(run((Command){.cdb = "1a 0 8 0 ff", .in = 255}), 0);
    cr_assert_eq(qtest_readb(DATA + 2), 0x80);
}

/* --- modes ------------------------------------------------------------------------------------------------------------- */

static void expect_modes(bool modern)
{
    start(modern);
    cr_assert_eq(run((Command){.cdb = "1a 0 8 0 ff", .in = 255}), 0);
    cr_assert_eq(qtest_readl(DATA), 0x1f000008, "31 more bytes, a block descriptor");
    cr_assert_eq(qtest_readl(DATA + 8), 512);
    cr_assert_eq(qtest_readw(DATA + 12), 0x0812);
    cr_assert_eq(qtest_readb(DATA + 14), 4, "the write cache is on");
    cr_assert_eq(run((Command){.cdb = "5a 8 3f 0 0 0 0 1 0", .in = 256}), 0);
    cr_assert_eq(qtest_readw(DATA + 6), 0, "no block descriptor");
    cr_assert_eq(run((Command){.cdb = "1a 8 48 0 ff", .in = 255}), 0, "what can change");
    cr_assert_eq(qtest_readw(DATA + 6), 0x0400);
    cr_assert_eq(run((Command){.cdb = "1a 8 c8 0 ff", .in = 255}), 0x053900, "nothing is saved");
    cr_assert_eq(run((Command){.cdb = "1a 8 2a 0 ff", .in = 255}), 0x052400, "a CD-ROM drive's");
    cr_assert_eq(run((Command){.cdb = "5a 0 2a 0 0 0 0 0 ff", .target = 1, .in = 255}), 0);
    cr_assert_eq(qtest_readw(DATA + 8), 0x2a14);
    cr_assert_eq(run((Command){.cdb = "1a 0 4 0 ff", .in = 255}), 0);
    cr_assert_eq(qtest_readb(DATA + 12 + 5), 16, "heads");
}

Test(virtio_scsi, mode_pages_legacy) { expect_modes(false); }
Test(virtio_scsi, mode_pages_modern) { expect_modes(true); }

Test(virtio_scsi, write_cache_can_be_switched)
{
    start(true);
    BlockBackend *blk = blk_by_name("d0");
    cr_assert_eq(run((Command){.cdb = "1a 8 8 0 ff", .in = 255}), 0);
    qtest_writeb(DATA, 0);
    qtest_writeb(DATA + 6, 0);
    cr_assert_eq(run((Command){.cdb = "15 10 0 0 18", .out = 24}), 0);
    cr_assert_not(blk_enable_write_cache(blk));
    qtest_writeb(DATA + 7, 1);
    cr_assert_eq(run((Command){.cdb = "15 10 0 0 18", .out = 24}), 0x052600, "another bit");
    qtest_writeb(DATA + 7, 0);
    qtest_writeb(DATA + 5, 0xff);
    cr_assert_eq(run((Command){.cdb = "15 10 0 0 18", .out = 24}), 0x052600, "a wrong length");
    qtest_writeb(DATA + 3, 0xff);
    cr_assert_eq(run((Command){.cdb = "15 10 0 0 18", .out = 24}), 0x052600, "a long descriptor");
    cr_assert_eq(run((Command){.cdb = "15 11 0 0 18", .out = 24}), 0x052400, "to be saved");
    cr_assert_eq(run((Command){.cdb = "15 10 0 0 2", .out = 24}), 0x051a00);
    virtio_driver_set_status(&driver, 0);
    cr_assert(blk_enable_write_cache(blk), "as configured");
}

/* --- CD-ROM ---------------------------------------------------------------------------------------------------------------- */

static uint32_t cd(const char *cdb, uint32_t in)
{
    return run((Command){.cdb = cdb, .target = 1, .in = in});
}

Test(virtio_scsi, disc_has_one_data_track)
{
    start(true);
    cr_assert_eq(cd("43 0 0 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readl(DATA), 0x00120101);
    cr_assert_eq(qtest_readl(DATA + 4), 0x00140100);
    cr_assert_eq(qtest_readl(DATA + 12), 0x0014aa00);
    cr_assert_eq(qtest_readl(DATA + 16), CD_SIZE / 2048);
    cr_assert_eq(cd("43 2 0 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readl(DATA + 8), 0x00000200, "0:02:00");
    cr_assert_eq(cd("43 0 1 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readw(DATA), 10);
    cr_assert_eq(cd("43 0 2 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readw(DATA), 2 + 4 * 11);
    cr_assert_eq(cd("43 0 5 0 0 0 0 0 ff", 255), 0x052400);
    cr_assert_eq(cd("43 0 0 0 0 0 7 0 ff", 255), 0x052400, "track 7");
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 10", 2048), 0);
    expect_image(2 * 2048, 2048);
    cr_assert_eq(cd("51 0 0 0 0 0 0 0 22", 34), 0);
    cr_assert_eq(cd("46 0 0 0 0 0 0 1 0", 256), 0);
    cr_assert_eq(qtest_readw(DATA + 6), 8, "the profile of a CD-ROM");
    cr_assert_eq(qtest_readl(DATA) + 4, 8 + 12 + 12 + 8 + 12 + 8 + 4);
    cr_assert_eq(cd("46 2 0 3 0 0 0 1 0", 256), 0);
    cr_assert_eq(qtest_readl(DATA) + 4, 16);
    cr_assert_eq(cd("bd 0 0 0 0 0 0 0 0 8", 8), 0);
}

static uint32_t event(void)
{
    cr_assert_eq(cd("4a 1 0 0 10 0 0 0 8", 8), 0);
    return qtest_readl(DATA + 4);
}

static bool change(const char *drive, const char *file, bool force, Error **errp)
{
    BlockChange what = {
        .device = drive, .file = file, .format = "raw", .mode = "retain", .force = force};
    return block_change(&what, errp);
}

/* The product in the field of ECMA-130. */
static uint8_t times(uint8_t x, unsigned power)
{
    for (; power; power--) {
        x = (uint8_t)(x << 1 ^ (x & 0x80 ? 0x11d : 0));
    }
    return x;
}

/* Both sums over a code word, whose byte n is at @at[n], are zero. */
static void expect_code_word(const uint8_t *sector, const unsigned *at, unsigned length)
{
    uint8_t sum = 0, weighted = 0;
    for (unsigned n = 0; n < length; n++) {
        sum ^= sector[at[n]];
        weighted ^= times(sector[at[n]], length - 1 - n);
    }
    cr_assert_eq(sum, 0);
    cr_assert_eq(weighted, 0);
}

static void expect_correction_codes(const uint8_t *sector)
{
    unsigned at[45];
    for (unsigned column = 0; column < 86; column++) {
        for (unsigned row = 0; row < 26; row++) {
            at[row] = 12 + 86 * row + column;
        }
        expect_code_word(sector, at, 26);
    }
    for (unsigned n = 0; n < 52; n++) {
        for (unsigned m = 0; m < 43; m++) {
            at[m] = 12 + 2 * ((44 * m + 43 * (n / 2)) % 1118) + n % 2;
        }
        at[43] = 2248 + n;
        at[44] = 2248 + 52 + n;
        expect_code_word(sector, at, 45);
    }
}

static uint32_t rest_of_detection_code(const uint8_t *sector)
{
    uint32_t rest = 0;
    for (unsigned i = 0; i < 2068; i++) {
        rest ^= sector[i];
        for (int bit = 0; bit < 8; bit++) {
            rest = rest >> 1 ^ (rest & 1 ? 0xd8018001 : 0);
        }
    }
    return rest;
}

Test(virtio_scsi, whole_sectors_of_a_cd_have_their_codes)
{
    uint8_t sector[2352];
    start(true);
    cr_assert_eq(cd("be 8 0 0 0 2 0 0 2 f8", 2 * 2352), 0);
    for (unsigned i = 0; i < sizeof(sector); i++) {
        sector[i] = qtest_readb(DATA + 2352 + i);
    }
    cr_assert_eq(memcmp(sector, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\2\3\1", 16), 0,
                 "sync, 00:02:03, mode 1");
    for (unsigned i = 0; i < 2048; i++) {
        cr_assert_eq(sector[16 + i], byte_at(3 * 2048 + i));
    }
    cr_assert_eq(rest_of_detection_code(sector), 0);
    expect_correction_codes(sector);
    cr_assert_eq(cd("b9 0 0 0 2 3 0 2 4 f8", 2352), 0, "the same by minute, second, frame");
    for (unsigned i = 0; i < sizeof(sector); i++) {
        cr_assert_eq(qtest_readb(DATA + i), sector[i], "byte %u", i);
    }
}

Test(virtio_scsi, parts_of_sectors_of_a_cd)
{
    static const struct {
        const char *cdb;
        unsigned length, user_data;
    } cases[] = {
        {"be 0 0 0 0 2 0 0 1 10", 2048, 0},  {"be 0 0 0 0 2 0 0 1 50", 2048, 0},
        {"be 0 0 0 0 2 0 0 1 30", 2052, 4},  {"be 0 0 0 0 2 0 0 1 b0", 2064, 16},
        {"be 0 0 0 0 2 0 0 1 38", 2340, 4},  {"be 0 0 0 0 2 0 0 1 18", 2336, 0},
        {"be 0 0 0 0 2 0 0 1 f8", 2352, 16}, {"be 0 0 0 0 2 0 0 1 b8", 2352, 16},
    };
    start(true);
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        cr_assert_eq(cd(cases[n].cdb, 3000), 0, "%s", cases[n].cdb);
        cr_assert_eq(residual(), 3000 - cases[n].length, "%s", cases[n].cdb);
        cr_assert_eq(qtest_readb(DATA + cases[n].user_data + 5), byte_at(2 * 2048 + 5));
    }
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 20", 64), 0);
    cr_assert_eq(residual(), 60, "the header alone");
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 0", 64), 0);
    cr_assert_eq(residual(), 64, "nothing");
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 08", 2352), 0x052400, "codes without data");
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 90", 2352), 0x052400, "sync without header");
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 fa", 2352), 0x052400, "C2 pointers");
    cr_assert_eq(cd("be 0 0 0 0 2 0 0 1 f8 1", 2448), 0x052400, "sub-channels");
    cr_assert_eq(cd("be 4 0 0 0 2 0 0 1 f8", 2352), 0x056400, "audio");
    cr_assert_eq(cd("be c 0 0 0 2 0 0 1 10", 2048), 0x056400, "mode 2");
    cr_assert_eq(cd("be 0 0 0 0 64 0 0 1 f8", 2352), 0x052100, "behind the end");
    cr_assert_eq(cd("b9 0 0 0 1 0 0 2 0 f8", 2352), 0x052400, "before the beginning");
}

Test(virtio_scsi, track_position_and_header_of_a_disc)
{
    start(true);
    cr_assert_eq(cd("52 1 0 0 0 1 0 0 24", 36), 0, "by track");
    cr_assert_eq(qtest_readl(DATA), 0x00220101);
    cr_assert_eq(qtest_readw(DATA + 5), 0x0401);
    cr_assert_eq(qtest_readl(DATA + 24), 100, "sectors");
    cr_assert_eq(cd("52 0 0 0 0 63 0 0 24", 36), 0, "by sector");
    cr_assert_eq(cd("52 2 0 0 0 1 0 0 24", 36), 0, "by session");
    cr_assert_eq(cd("52 0 0 0 0 64 0 0 24", 36), 0x052400);
    cr_assert_eq(cd("52 1 0 0 0 ff 0 0 24", 36), 0x052400, "no track is invisible");
    cr_assert_eq(cd("42 2 40 1 0 0 0 0 18", 24), 0);
    cr_assert_eq(residual(), 8);
    cr_assert_eq(qtest_readl(DATA), 0x0015000c, "no audio");
    cr_assert_eq(qtest_readl(DATA + 8), 0x00000200, "00:02:00");
    cr_assert_eq(cd("42 0 40 2 0 0 0 0 18", 24), 0, "no catalogue number");
    cr_assert_eq(qtest_readb(DATA + 8), 0);
    cr_assert_eq(cd("42 0 0 0 0 0 0 0 18", 24), 0);
    cr_assert_eq(residual(), 20);
    cr_assert_eq(cd("42 0 40 4 0 0 0 0 18", 24), 0x052400);
    cr_assert_eq(cd("44 2 0 0 0 3 0 0 8", 8), 0);
    cr_assert_eq(qtest_readl(DATA), 0x01000000, "mode 1");
    cr_assert_eq(qtest_readl(DATA + 4), 0x00000203);
    cr_assert_eq(cd("44 0 0 0 0 64 0 0 8", 8), 0x052100);
}

Test(virtio_scsi, speed_of_a_cd_drive)
{
    enum { PAGE = 8 };
    start(true);
    cr_assert_eq(cd("5a 8 2a 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readb(DATA + 2), 0x01, "a data disc");
    cr_assert_eq(qtest_readw(DATA + PAGE), 0x2a14);
    cr_assert_eq(qtest_readb(DATA + PAGE + 6) & 0xe9, 0x29, "a tray, locks, ejects");
    cr_assert_eq(qtest_readw(DATA + PAGE + 8), 50 * 176);
    cr_assert_eq(qtest_readw(DATA + PAGE + 14), 50 * 176);
    cr_assert_eq(cd("bb 0 2 c0 ff ff", 0), 0);
    cr_assert_eq(cd("5a 8 2a 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readw(DATA + PAGE + 14), 4 * 176);
    cr_assert_eq(cd("ac 10 0 0 0 0 0 0 0 1 0", 24), 0);
    cr_assert_eq(qtest_readl(DATA), 20);
    cr_assert_eq(qtest_readl(DATA + 12), 4 * 176);
    cr_assert_eq(qtest_readl(DATA + 16), 99);
    cr_assert_eq(cd("ac 10 0 0 0 0 0 0 0 1 3", 24), 0x052400, "no write speeds");
    cr_assert_eq(cd("bb 0 ff ff ff ff", 0), 0);
    cr_assert_eq(cd("5a 8 2a 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readw(DATA + PAGE + 14), 50 * 176);
}

Test(virtio_scsi, mode_pages_of_a_cd_drive)
{
    static const struct {
        const char *cdb;
        uint16_t head;
    } cases[] = {{"5a 0 1 0 0 0 0 0 ff", 0x010a},
                 {"5a 0 d 0 0 0 0 0 ff", 0x0d06},
                 {"5a 0 e 0 0 0 0 0 ff", 0x0e0e},
                 {"5a 0 2a 0 0 0 0 0 ff", 0x2a14}};
    start(true);
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        cr_assert_eq(cd(cases[n].cdb, 255), 0, "%s", cases[n].cdb);
        cr_assert_eq(qtest_readw(DATA + 8), cases[n].head);
        cr_assert_eq(qtest_readw(DATA) + 2, 8 + 2 + (cases[n].head & 0xff));
    }
    cr_assert_eq(cd("5a 0 5 0 0 0 0 0 ff", 255), 0x052400, "no write parameters");
    cr_assert_eq(cd("1b 0 0 0 2", 0), 0);
    cr_assert_eq(cd("5a 0 2a 0 0 0 0 0 ff", 255), 0);
    cr_assert_eq(qtest_readb(DATA + 2), 0x71, "the tray is open");
}

Test(virtio_scsi, commands_that_a_cd_drive_has_not)
{
    static const char *const cdbs[] = {"a6", "5d", "a1", "53",
                                       "a2", "a3", "a4", "45 0 0 0 0 0 0 0 1",
                                       "a5", "47", "4b", "2a 0 0 0 0 0 0 0 1",
                                       "04", "5b", "5c"};
    start(true);
    for (unsigned n = 0; n < G_N_ELEMENTS(cdbs); n++) {
        cr_assert_eq(cd(cdbs[n], 0), 0x052000, "%s", cdbs[n]);
    }
    cr_assert_eq(cd("ad 0 0 0 0 0 0 0 8 4", 2052), 0x053002, "a CD has no DVD structures");
    cr_assert_eq(cd("43 0 4 0 0 0 0 0 ff", 255), 0x052400, "ATIP");
}

Test(virtio_scsi, large_disc_is_a_dvd)
{
    start(true);
    cr_assert_eq(truncate(other, INT64_C(2048) << 20), 0);
    cr_assert(change("c0", other, false, &error_abort));
    cr_assert_eq(cd("00", 0), 0x062800);
    cr_assert_eq(cd("46 1 0 0 0 0 0 1 0", 256), 0);
    cr_assert_eq(qtest_readw(DATA + 6), 0x10);
    cr_assert_eq(qtest_readl(DATA) + 4, 8 + 12 + 12 + 8 + 12 + 4, "no CD reads now");
    cr_assert_eq(cd("ad 0 0 0 0 0 0 0 8 4", 2052), 0);
    cr_assert_eq(qtest_readl(DATA), 2050 << 16);
    cr_assert_eq(qtest_readl(DATA + 8), 0x30000);
    cr_assert_eq(qtest_readl(DATA + 12), 0x30000 + (1 << 20) - 1);
    cr_assert_eq(cd("ad 0 0 0 0 0 0 1 0 8", 8), 0);
    cr_assert_eq(qtest_readl(DATA), 6 << 16);
    cr_assert_eq(cd("ad 0 0 0 0 0 0 ff 0 ff", 255), 0);
    cr_assert_eq(qtest_readl(DATA + 4), 0x00400804);
    cr_assert_eq(cd("ad 0 0 0 0 0 0 2 8 4", 2052), 0x052400);
    cr_assert_eq(cd("ad 0 0 0 0 0 1 0 8 4", 2052), 0x052400, "the second layer");
    cr_assert_eq(cd("28 0 0 f ff ff 0 0 1", 2048), 0, "its last sector");
}

Test(virtio_scsi, tray_opens_unless_it_is_locked)
{
    start(true);
    cr_assert_eq(cd("1e 0 0 0 1", 0), 0);
    cr_assert_eq(cd("1b 0 0 0 2", 0), 0x055302, "locked");
    cr_assert_eq(cd("1e 0 0 0 0", 0), 0);
    cr_assert_eq(cd("1b 0 0 0 2", 0), 0);
    cr_assert_eq(cd("00", 0), 0x023a02);
    cr_assert_eq(cd("25", 8), 0x023a02);
    cr_assert_eq(cd("4a 1 0 0 10 0 0 0 8", 8), 0);
    cr_assert_eq(qtest_readl(DATA + 4), 0x03010000, "removal: tray open, no medium");
    cr_assert_eq(cd("1b 0 0 0 3", 0), 0);
    cr_assert_eq(cd("00", 0), 0, "it is the same medium");
    cr_assert_eq(cd("4a 1 0 0 10 0 0 0 8", 8), 0);
    cr_assert_eq(qtest_readl(DATA + 4), 0x02020000);
    cr_assert_eq(cd("4a 0 0 0 10 0 0 0 8", 8), 0x052400);
    cr_assert_eq(run((Command){.cdb = "1b 0 0 0 0"}), 0, "the disk stops");
    cr_assert_eq(run((Command){.cdb = "00"}), 0x020402);
    cr_assert_eq(run((Command){.cdb = "1b 0 0 0 1"}), 0);
    cr_assert_eq(run((Command){.cdb = "00"}), 0);
}

Test(virtio_scsi, drive_without_a_disc)
{
    start(true);
    cr_assert_not_null(qdev_device_add("scsi-cd,scsi-id=4,id=empty", &error_abort));
    cr_assert_eq(run((Command){.cdb = "03 0 0 0 12", .target = 4, .in = 18}), 0);
    cr_assert_eq(qtest_readb(DATA + 2), 6, "REQUEST SENSE takes the unit attention");
    cr_assert_eq(run((Command){.cdb = "00", .target = 4}), 0x023a00);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 0 0 0 1", .target = 4, .in = 512}), 0x023a00);
    cr_assert_eq(run((Command){.cdb = "12 0 0 0 24", .target = 4, .in = 36}), 0);
    cr_assert_eq(run((Command){.cdb = "5a 0 3f 0 0 0 0 0 ff", .target = 4, .in = 255}), 0);
}

Test(virtio_scsi, medium_that_the_user_changes_is_told_of)
{
    start(true);
    cr_assert(change("c0", other, false, &error_abort));
    cr_assert_eq(event(), 0x02020000, "a new medium, whatever unit attention there is");
    cr_assert_eq(event(), 0x00020000, "told once");
    cr_assert_eq(cd("25", 8), 0x062800);
    cr_assert_eq(cd("25", 8), 0);
    cr_assert_eq(qtest_readl(DATA), SIZE / 2048 - 1);
    cr_assert(block_eject("c0", false, &error_abort));
    cr_assert_eq(event(), 0x03010000);
    cr_assert_eq(cd("00", 0), 0x023a02);
    cr_assert_eq(cd("1b 0 0 0 3", 0), 0, "the tray closes on nothing");
    cr_assert_eq(event(), 0x00000000);
    cr_assert_eq(cd("00", 0), 0x023a00);
    cr_assert(change("c0", disc, false, &error_abort));
    cr_assert_eq(cd("00", 0), 0x062800);
    cr_assert_eq(cd("25", 8), 0);
    cr_assert_eq(qtest_readl(DATA), CD_SIZE / 2048 - 1);
}

Test(virtio_scsi, event_that_does_not_fit_stays)
{
    start(true);
    cr_assert(change("c0", other, false, &error_abort));
    cr_assert_eq(cd("4a 1 0 0 10 0 0 0 4", 4), 0, "how long it is");
    cr_assert_eq(qtest_readl(DATA), 0x00060410);
    cr_assert_eq(cd("4a 1 0 0 10 0 0 0 0", 0), 0);
    cr_assert_eq(event(), 0x02020000);
    cr_assert_eq(event(), 0x00020000);
}

Test(virtio_scsi, medium_without_a_whole_block_has_no_track)
{
    start(true);
    cr_assert_eq(truncate(other, 1024), 0);
    cr_assert(change("c0", other, false, &error_abort));
    cr_assert_eq(cd("00", 0), 0x062800);
    cr_assert_eq(cd("25", 8), 0x023a00);
    cr_assert_eq(cd("52 1 0 0 0 1 0 0 24", 36), 0x052400);
    cr_assert_eq(cd("28 0 0 0 0 0 0 0 1", 2048), 0x052100);
    cr_assert_eq(cd("43 0 0 0 0 0 0 0 14", 20), 0);
    cr_assert_eq(qtest_readl(DATA + 16), 0, "the lead-out");
}

/* Whatever bytes a command has it is answered, and the next one too. */
Test(virtio_scsi, any_command_is_answered)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(99);
    start(true);
    for (unsigned n = 0; n < 6000; n++) {
        g_autoptr(GString) cdb = g_string_new(NULL);
        g_string_append_printf(cdb, "%x", n % 256);
        for (unsigned i = 1; i < 16; i++) {
            bool is_small = g_rand_boolean(rand);
            g_string_append_printf(cdb, " %x", g_rand_int_range(rand, 0, is_small ? 3 : 256));
        }
        Command command = {.cdb = cdb->str,
                           .target = (uint8_t)(n / 256 % 2),
                           .out = n % 3 ? 0 : 4096,
                           .in = n % 5 ? 4096 : 0};
        add(command);
        qtest_clock_step(MAX_LATENCY);
        cr_assert_neq(used(REQUESTS), -1, "no answer to %s", cdb->str);
        cr_assert(response() == OK || response() == OVERRUN, "%s: response %u", cdb->str,
                  response());
    }
    run((Command){.cdb = "03 0 0 0 12", .in = 18});
    cr_assert_eq(run((Command){.cdb = "12 0 0 0 24", .in = 36}), 0);
}

Test(virtio_scsi, medium_that_the_guest_has_locked_is_asked_for)
{
    Error *err = NULL;
    start(true);
    cr_assert_eq(cd("1e 0 0 0 1", 0), 0);
    cr_assert(!change("c0", other, false, &err));
    cr_assert_not_null(strstr(error_get_pretty(err), "drive 'c0' is locked by the guest"));
    error_free(err);
    cr_assert_eq(event(), 0x01020000, "somebody wants it");
    cr_assert(!block_eject("c0", false, NULL));
    cr_assert_eq(cd("25", 8), 0);
    cr_assert_eq(qtest_readl(DATA), CD_SIZE / 2048 - 1, "the old medium stays");
    cr_assert(change("c0", other, true, &error_abort));
    cr_assert_eq(cd("00", 0), 0x062800);
}

Test(virtio_scsi, tray_that_the_guest_opened_is_closed_by_a_change)
{
    start(true);
    cr_assert_eq(cd("1b 0 0 0 2", 0), 0);
    g_autoptr(GString) text = g_string_new(NULL);
    cr_assert(block_info(&(BlockInfo){.name = "c0"}, text, &error_abort));
    cr_assert_not_null(strstr(text->str, "Removable device: not locked, tray open"));
    cr_assert(change("c0", other, false, &error_abort));
    cr_assert_eq(cd("00", 0), 0x062800);
    cr_assert_eq(cd("28 0 0 0 0 2 0 0 1", 2048), 0);
    expect_image(2 * 2048, 2048);
}

Test(virtio_scsi, read_under_way_when_the_medium_changes_has_the_old_data)
{
    start(true);
    cr_assert_eq(truncate(other, 2048), 0);
    add((Command){.cdb = "28 0 0 0 0 2 0 0 1", .target = 1, .in = 2048});
    cr_assert_eq(used(REQUESTS), -1);
    cr_assert(change("c0", other, false, &error_abort));
    cr_assert_neq(used(REQUESTS), -1, "it has ended");
    cr_assert_eq(sense(), 0);
    expect_image(2 * 2048, 2048);
    cr_assert_eq(cd("00", 0), 0x062800);
    cr_assert_eq(cd("28 0 0 0 0 2 0 0 1", 2048), 0x052100, "the new one has one block");
}

Test(virtio_scsi, medium_of_a_disk_that_is_not_removable_stays)
{
    Error *err = NULL;
    start(true);
    cr_assert(!change("d0", disc, true, &err));
    cr_assert_str_eq(error_get_pretty(err), "drive 'd0' is not removable");
    error_free(err);
    cr_assert(!block_eject("d0", true, NULL));
    cr_assert_eq(run((Command){.cdb = "00"}), 0);
}

Test(virtio_scsi, drive_of_its_own_takes_a_medium)
{
    start(true);
    cr_assert_not_null(qdev_device_add("scsi-cd,scsi-id=4,id=empty", &error_abort));
    cr_assert_eq(run((Command){.cdb = "00", .target = 4}), 0x062900);
    cr_assert_eq(run((Command){.cdb = "00", .target = 4}), 0x023a00);
    cr_assert(change("empty", other, false, &error_abort));
    cr_assert_eq(run((Command){.cdb = "00", .target = 4}), 0x062800);
    cr_assert_eq(run((Command){.cdb = "28 0 0 0 0 2 0 0 1", .target = 4, .in = 2048}), 0);
    expect_image(2 * 2048, 2048);
    cr_assert(qdev_device_del("empty", &error_abort));
    cr_assert_null(blk_by_name("empty"));
}

/* --- task management ---------------------------------------------------------------------------------------------------------- */

/* The response to @function. */
static uint8_t manage(uint32_t function, uint8_t target, uint8_t lun, uint64_t tag)
{
    uint64_t at = HEADER + 0x100;
    virtio_driver_store32(&driver, at, 0);
    virtio_driver_store32(&driver, at + 4, function);
    qtest_writel(at + 8, 0x01000000 | (uint32_t)target << 16 | 0x4000 | lun);
    qtest_writel(at + 12, 0);
    virtio_driver_store64(&driver, at + 16, tag);
    virtio_driver_request(&driver, CONTROL,
                          (VirtioTestBuffer[]){{at, 24, false}, {RESPONSE + 0x200, 1, true}}, 2);
    return qtest_readb(RESPONSE + 0x200);
}

static void expect_task_management(bool modern)
{
    start(modern);
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512, .tag = 77});
    cr_assert_eq(manage(6, 0, 0, 77), 10, "it is there");
    cr_assert_eq(manage(6, 0, 0, 78), 0);
    cr_assert_eq(manage(7, 0, 0, 0), 10);
    cr_assert_eq(manage(0, 0, 0, 78), 0, "nothing to abort");
    cr_assert_eq(response(), NOT_YET);
    cr_assert_eq(manage(0, 0, 0, 77), 0);
    cr_assert_eq(response(), ABORTED);
    cr_assert_neq(used(REQUESTS), -1);
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512, .tag = 1});
    cr_assert_eq(manage(5, 0, 0, 0), 0);
    cr_assert_eq(response(), RESET);
    cr_assert_neq(used(REQUESTS), -1);
    cr_assert_eq(run((Command){.cdb = "00"}), 0x062903, "unit attention says why");
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512});
    cr_assert_eq(manage(4, 0, 9, 0), 0, "the whole target");
    cr_assert_eq(response(), RESET);
    cr_assert_neq(used(REQUESTS), -1);
    cr_assert_eq(manage(2, 0, 0, 0), 11, "CLEAR ACA");
    cr_assert_eq(manage(99, 0, 0, 0), 11);
    cr_assert_eq(manage(5, 0, 9, 0), 12, "no such unit");
    cr_assert_eq(manage(5, 9, 0, 0), 3, "no such target");
    qtest_clock_step(MAX_LATENCY);
    cr_assert_eq(used(REQUESTS), -1, "nothing is answered twice");
}

Test(virtio_scsi, tasks_are_managed_legacy) { expect_task_management(false); }
Test(virtio_scsi, tasks_are_managed_modern) { expect_task_management(true); }

Test(virtio_scsi, no_notifications_are_offered)
{
    start(true);
    virtio_driver_store32(&driver, HEADER, 2);
    uint32_t length = virtio_driver_request(
        &driver, CONTROL, (VirtioTestBuffer[]){{HEADER, 16, false}, {RESPONSE, 5, true}}, 2);
    cr_assert_eq(length, 5);
    cr_assert_eq(qtest_readl(RESPONSE), 0);
}

/* --- devices come and go -------------------------------------------------------------------------------------------------------- */

Test(virtio_scsi, plugged_and_unplugged_units_are_told)
{
    start(true);
    cr_assert(qdev_unplug(qdev_find_by_id("cd"), &error_abort)); /* no buffer: missed */
    virtio_driver_add(&driver, EVENT, &(VirtioTestBuffer){EVENTS, 16, true}, 1);
    virtio_driver_add(&driver, EVENT, &(VirtioTestBuffer){EVENTS + 16, 16, true}, 1);
    virtio_driver_add(&driver, EVENT, &(VirtioTestBuffer){EVENTS + 32, 16, true}, 1);
    virtio_driver_kick(&driver, EVENT);
    cr_assert_eq(used(EVENT), 16);
    cr_assert_eq(qtest_readl_le(EVENTS), 0x80000000);
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512});
    cr_assert(qdev_unplug(qdev_find_by_id("hd"), &error_abort));
    cr_assert_eq(response(), ABORTED, "what was under way ends");
    cr_assert_eq(used(EVENT), 16);
    cr_assert_eq(qtest_readl_le(EVENTS + 16), 1);
    cr_assert_eq(qtest_readl(EVENTS + 20), 0x01000000);
    cr_assert_eq(qtest_readl_le(EVENTS + 28), 2, "removed");
    cr_assert_not_null(qdev_device_add("scsi-hd,id=hd,drive=d0,scsi-id=3", &error_abort));
    cr_assert_eq(used(EVENT), 16);
    cr_assert_eq(qtest_readl(EVENTS + 36), 0x01030000);
    cr_assert_eq(qtest_readl_le(EVENTS + 44), 1, "look again");
}

Test(virtio_scsi, numbers_are_given_once)
{
    Error *err = NULL;
    start(true);
    cr_assert_null(qdev_device_add("scsi-cd,scsi-id=0,lun=0", &err));
    cr_assert_str_eq(error_get_pretty(err), "lun already used by 'hd'");
    error_free(g_steal_pointer(&err));
    cr_assert_null(qdev_device_add("scsi-cd,scsi-id=256", &err));
    cr_assert_str_eq(error_get_pretty(err), "bad scsi device id: 256");
    error_free(g_steal_pointer(&err));
    cr_assert_null(qdev_device_add("scsi-cd,lun=16384", &err));
    error_free(g_steal_pointer(&err));
    cr_assert_null(qdev_device_add("scsi-cd,channel=1", &err));
    error_free(g_steal_pointer(&err));
    cr_assert_null(qdev_device_add("scsi-hd,vendor=much-too-long", &err));
    error_free(g_steal_pointer(&err));
    cr_assert_null(qdev_device_add("scsi-hd", &err));
    error_free(g_steal_pointer(&err));
}

/* --- state, and guests that break the rules --------------------------------------------------------------------------------------- */

Test(virtio_scsi, requests_under_way_survive_save_and_load)
{
    start(true);
    g_autoptr(GByteArray) saved = g_byte_array_new();
    put_unmap(0, 16, 8);
    put_unmap(1, 32, 8);
    add((Command){.cdb = "42 0 0 0 0 0 0 0 28", .out = 40, .tag = 5});
    uint64_t hash = vmstate_registry_hash(machine_vmstate());
    vmstate_registry_save(machine_vmstate(), saved);
    cr_assert(vmstate_registry_load(machine_vmstate(), saved->data, saved->len, &error_abort));
    cr_assert_eq(vmstate_registry_hash(machine_vmstate()), hash);
    qtest_clock_step(MAX_LATENCY);
    cr_assert_eq(used(REQUESTS), RESPONSE_SIZE);
    cr_assert_eq(sense(), 0);
}

Test(virtio_scsi, reset_drops_what_is_under_way)
{
    start(true);
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512});
    virtio_driver_set_status(&driver, 0);
    qtest_clock_step(MAX_LATENCY);
    cr_assert_eq(response(), NOT_YET);
    set_up(true);
    cr_assert_eq(run((Command){.cdb = "00"}), 0x062900);
}

Test(virtio_scsi, card_goes_with_requests_under_way)
{
    start(true);
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512});
    cr_assert(qdev_unplug(qdev_find_by_id("s0"), &error_abort));
    cr_assert_null(qdev_find_by_id("hd"));
    qtest_clock_step(MAX_LATENCY);
}

static bool is_broken(void) { return virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET; }

Test(virtio_scsi, requests_without_headers_stop_the_device)
{
    start(true);
    virtio_driver_add(&driver, REQUESTS, &(VirtioTestBuffer){HEADER, 20, false}, 1);
    virtio_driver_kick(&driver, REQUESTS);
    cr_assert(is_broken());
    set_up(true);
    virtio_driver_add(&driver, CONTROL, &(VirtioTestBuffer){HEADER, 4, false}, 1);
    virtio_driver_kick(&driver, CONTROL);
    cr_assert(is_broken());
    set_up(true);
    run((Command){.cdb = "00"});
    add((Command){.cdb = "28 0 0 0 0 7 0 0 1", .in = 512});
    cr_assert_not(is_broken());
}

Test(virtio_scsi, odd_addresses_are_no_targets)
{
    static const uint32_t addresses[] = {0, 0x00000000, 0x02000000, 0x0100c101, 0x01008000};
    start(true);
    for (unsigned n = 0; n < G_N_ELEMENTS(addresses); n++) {
        add((Command){.cdb = "00", .target = 9}); /* fills the header in */
        qtest_writel(HEADER, addresses[n]);
        qtest_writeb(RESPONSE + 11, NOT_YET);
        virtio_driver_add(
            &driver, REQUESTS,
            (VirtioTestBuffer[]){{HEADER, HEADER_SIZE, false}, {RESPONSE, RESPONSE_SIZE, true}}, 2);
        virtio_driver_kick(&driver, REQUESTS);
        cr_assert_eq(response(), BAD_TARGET);
    }
}

Test(virtio_scsi, sizes_in_the_configuration_are_bounded)
{
    start(true);
    virtio_driver_set_config(&driver, 21, 0x10); /* sense of 4192 bytes */
    cr_assert_eq(virtio_driver_config(&driver, 20), 96);
    cr_assert_eq(virtio_driver_config(&driver, 21), 0);
    virtio_driver_set_config(&driver, 24, 0);
    cr_assert_eq(virtio_driver_config(&driver, 24), 0);
    virtio_driver_set_config(&driver, 24, 255);
    add((Command){.cdb = "00"}); /* too short now */
    cr_assert(is_broken());
}

Test(virtio_scsi, buffers_outside_of_memory_do_no_harm)
{
    start(true);
    virtio_driver_add(&driver, REQUESTS,
                      (VirtioTestBuffer[]){{HEADER, HEADER_SIZE, false},
                                           {RESPONSE, RESPONSE_SIZE, true},
                                           {0xf8000000, 512, true}},
                      3);
    put_cdb("28 0 0 0 0 7 0 0 1", HEADER + 19);
    virtio_driver_kick(&driver, REQUESTS);
    qtest_clock_step(MAX_LATENCY);
    cr_assert(is_broken());
    set_up(true);
    cr_assert_not(is_broken());
}
