/* SPDX-License-Identifier: MIT */
/*
 * virtio-blk: every request on both interfaces, the configuration, requests under way at a reset, an unplug and a
 * save, hostile requests.
 * Covers: hw/virtio/virtio_blk.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "tests/qtest/virtio_driver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum { RINGS = 0x100000, DATA = 0x200000, HEADER = 0x300000, STATUS = 0x300100, SIZE = 1 << 20 };
enum { IN = 0, OUT = 1, SCSI = 2, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13 };
enum { OK = 0, FAILED = 1, UNKNOWN = 2, NONE = 0xff };
enum { F_RO = 5, F_FLUSH = 9, F_CONFIG_WCE = 11, F_DISCARD = 13, F_WRITE_ZEROES = 14 };
#define ALL_FEATURES                                                                               \
    (UINT64_C(0xff) << 4 | UINT64_C(1) << F_DISCARD | UINT64_C(1) << F_WRITE_ZEROES)

static char *image;

/* Byte n of the image is n / 512 + n. */
static void make_image(void)
{
    uint8_t *bytes = g_malloc(SIZE);
    int fd = g_file_open_tmp("core99-vblk-XXXXXX", &image, NULL);
    for (unsigned i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i / 512 + i);
    }
    cr_assert_eq(write(fd, bytes, SIZE), SIZE);
    close(fd);
    g_free(bytes);
}

static void remove_image(void)
{
    if (image) {
        g_unlink(image);
    }
}

TestSuite(virtio_blk, .fini = remove_image);

/* @drive and @device: ",readonly=on" and the like. */
static void start_with(VirtioDriver *driver, bool modern, const char *drive, const char *device)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    make_image();
    g_autofree char *text = g_strdup_printf("file=%s,format=raw,if=none,id=d0%s", image, drive);
    cr_assert(block_add_drive(text, devices, &error_abort));
    g_autofree char *type = g_strdup_printf("virtio-blk-pci,drive=d0%s", device);
    virtio_board(type);
    virtio_driver_start(driver, modern, ALL_FEATURES);
    virtio_driver_queue(driver, 0, RINGS, 0);
    virtio_driver_ok(driver);
}

static void start(VirtioDriver *driver, bool modern) { start_with(driver, modern, "", ""); }

/* --- requests -------------------------------------------------------------------------------------- */

static void put_header(VirtioDriver *driver, hwaddr at, uint32_t type, uint64_t sector)
{
    virtio_driver_store32(driver, at, type);
    virtio_driver_store32(driver, at + 4, 0);
    virtio_driver_store64(driver, at + 8, sector);
}

/* @data of the request: @length bytes at DATA, written by the device or read by it. */
static void add(VirtioDriver *driver, uint32_t type, uint64_t sector, uint32_t length, bool is_in)
{
    VirtioTestBuffer buffers[3] = {{HEADER, 16, false}, {DATA, length, is_in}};
    unsigned count = length ? 2 : 1;
    buffers[count++] = (VirtioTestBuffer){STATUS, 1, true};
    qtest_writeb(STATUS, NONE);
    put_header(driver, HEADER, type, sector);
    virtio_driver_add(driver, 0, buffers, count);
    virtio_driver_kick(driver, 0);
}

static uint8_t finish(VirtioDriver *driver, uint32_t *written)
{
    uint32_t head, length;
    qtest_clock_step(1000000);
    cr_assert(virtio_driver_used(driver, 0, &head, &length));
    if (written) {
        *written = length;
    }
    return qtest_readb(STATUS);
}

static uint8_t request(VirtioDriver *driver, uint32_t type, uint64_t sector, uint32_t length,
                       bool is_in)
{
    add(driver, type, sector, length, is_in);
    return finish(driver, NULL);
}

static void reads_and_writes(bool modern)
{
    VirtioDriver driver;
    uint32_t written, head;
    g_autofree char *file = NULL;
    start(&driver, modern);
    add(&driver, IN, 3, 1024, true);
    qtest_clock_step(10000);
    cr_assert_eq(qtest_readb(STATUS), NONE, "a request takes time");
    cr_assert(!virtio_driver_used(&driver, 0, &head, &written));
    cr_assert_eq(finish(&driver, &written), OK);
    cr_assert_eq(written, 1025);
    cr_assert_eq(virtio_driver_isr(&driver), VIRTIO_ISR_QUEUE);
    cr_assert_eq(qtest_readb(DATA), (uint8_t)(3 + 3 * 512));
    cr_assert_eq(qtest_readb(DATA + 1023), (uint8_t)(4 + 3 * 512 + 1023));
    for (unsigned n = 0; n < 512; n += 4) {
        qtest_writel(DATA + n, 0x01020304);
    }
    cr_assert_eq(request(&driver, OUT, 5, 512, false), OK);
    cr_assert_eq(request(&driver, FLUSH, 0, 0, false), OK);
    cr_assert(g_file_get_contents(image, &file, NULL, NULL));
    cr_assert_eq(file[5 * 512], 1);
    cr_assert_eq(file[5 * 512 + 511], 4);
    cr_assert_eq((uint8_t)file[6 * 512], 6);
    cr_assert_eq(request(&driver, IN, 5, 512, true), OK);
    cr_assert_eq(qtest_readl(DATA + 508), 0x01020304);
}

Test(virtio_blk, reads_and_writes_legacy) { reads_and_writes(false); }
Test(virtio_blk, reads_and_writes_modern) { reads_and_writes(true); }

static void put_range(VirtioDriver *driver, uint64_t sector, uint32_t sectors, uint32_t flags)
{
    virtio_driver_store64(driver, DATA, sector);
    virtio_driver_store32(driver, DATA + 8, sectors);
    virtio_driver_store32(driver, DATA + 12, flags);
}

static void ranges(bool modern)
{
    VirtioDriver driver;
    start_with(&driver, modern, ",discard=unmap", "");
    put_range(&driver, 2, 3, 1);
    cr_assert_eq(request(&driver, WRITE_ZEROES, 0, 16, false), OK);
    put_range(&driver, 8, 1, 0);
    cr_assert_eq(request(&driver, DISCARD, 0, 16, false), OK);
    cr_assert_eq(request(&driver, IN, 1, 4096, true), OK);
    cr_assert_eq(qtest_readb(DATA + 4), (uint8_t)(1 + 512 + 4));
    cr_assert_eq(qtest_readl(DATA + 512), 0);
    cr_assert_eq(qtest_readl(DATA + 4 * 512 - 4), 0);
    cr_assert_neq(qtest_readl(DATA + 4 * 512), 0);
    cr_assert_eq(qtest_readl(DATA + 7 * 512), 0);
    put_range(&driver, 8, 1, 1); /* no flag is known for a discard */
    cr_assert_eq(request(&driver, DISCARD, 0, 16, false), UNKNOWN);
    put_range(&driver, 8, 1, 2);
    cr_assert_eq(request(&driver, WRITE_ZEROES, 0, 16, false), UNKNOWN);
    cr_assert_eq(request(&driver, DISCARD, 0, 32, false), UNKNOWN);
    put_range(&driver, SIZE / 512, 1, 0);
    cr_assert_eq(request(&driver, DISCARD, 0, 16, false), FAILED);
    put_range(&driver, UINT64_MAX, UINT32_MAX, 0);
    cr_assert_eq(request(&driver, WRITE_ZEROES, 0, 16, false), FAILED);
}

Test(virtio_blk, discard_and_write_zeroes_legacy) { ranges(false); }
Test(virtio_blk, discard_and_write_zeroes_modern) { ranges(true); }

Test(virtio_blk, serial_is_told)
{
    VirtioDriver driver;
    start_with(&driver, true, "", ",serial=abc-123");
    cr_assert_eq(request(&driver, GET_ID, 0, 20, true), OK);
    cr_assert_eq(qtest_readl(DATA), 0x6162632d);
    cr_assert_eq(qtest_readl(DATA + 4), 0x31323300);
    qtest_writel(DATA + 4, 0xffffffff);
    cr_assert_eq(request(&driver, GET_ID, 0, 4, true), OK);
    cr_assert_eq(qtest_readl(DATA + 4), 0xffffffff);
}

Test(virtio_blk, other_requests_are_not_known)
{
    VirtioDriver driver;
    start(&driver, true);
    cr_assert_eq(request(&driver, SCSI, 0, 512, true), UNKNOWN);
    cr_assert_eq(request(&driver, 0x7fffffff, 0, 0, false), UNKNOWN);
}

Test(virtio_blk, requests_outside_of_the_disk_fail)
{
    static const uint64_t sectors[] = {SIZE / 512, SIZE / 512 - 1, UINT64_MAX, UINT64_MAX / 512,
                                       UINT64_MAX / 512 + 1};
    VirtioDriver driver;
    start(&driver, true);
    for (size_t n = 0; n < G_N_ELEMENTS(sectors); n++) {
        cr_assert_eq(request(&driver, IN, sectors[n], 1024, true), FAILED);
        cr_assert_eq(request(&driver, OUT, sectors[n], 1024, false), FAILED);
    }
    cr_assert_eq(request(&driver, IN, 0, 100, true), FAILED, "no whole sector");
    cr_assert_eq(request(&driver, OUT, 0, 513, false), FAILED);
}

Test(virtio_blk, larger_logical_blocks_must_be_kept_to)
{
    VirtioDriver driver;
    start_with(&driver, true, "", ",logical_block_size=4k,physical_block_size=4k");
    cr_assert_eq(request(&driver, IN, 0, 4096, true), OK);
    cr_assert_eq(request(&driver, IN, 1, 4096, true), FAILED);
    cr_assert_eq(request(&driver, IN, 0, 512, true), FAILED);
    cr_assert_eq(virtio_driver_config(&driver, 21), 0x10); /* blk_size 4096, little-endian */
}

Test(virtio_blk, readonly_disk_says_so_and_refuses)
{
    VirtioDriver driver;
    start_with(&driver, true, ",readonly=on", "");
    uint64_t offered = virtio_driver_offered(&driver);
    cr_assert(offered >> F_RO & 1);
    cr_assert(!(offered >> F_DISCARD & 1) && !(offered >> F_WRITE_ZEROES & 1));
    cr_assert_eq(request(&driver, OUT, 0, 512, false), FAILED);
    cr_assert_eq(request(&driver, FLUSH, 0, 0, false), OK);
    cr_assert_eq(request(&driver, IN, 0, 512, true), OK);
}

/* --- configuration ------------------------------------------------------------------------------------ */

static void configuration(bool modern)
{
    VirtioDriver driver;
    start(&driver, modern);
    unsigned low = modern ? 1 : 6; /* where 0x800 sectors show */
    for (unsigned n = 0; n < 8; n++) {
        cr_assert_eq(virtio_driver_config(&driver, n), n == low ? 8 : 0);
    }
    cr_assert_eq(virtio_driver_config(&driver, modern ? 12 : 15), 254);
    cr_assert_eq(virtio_driver_config(&driver, 18), 16);
    cr_assert_eq(virtio_driver_config(&driver, 19), 63);
    cr_assert_eq(virtio_driver_config(&driver, 32), 1);
    virtio_driver_set_config(&driver, 32, 0);
    cr_assert_eq(virtio_driver_config(&driver, 32), 0);
    cr_assert(!blk_enable_write_cache(blk_by_name("d0")));
    virtio_driver_set_config(&driver, 0, 1);
    cr_assert_eq(virtio_driver_config(&driver, 0), 0);
    virtio_driver_set_status(&driver, 0);
    cr_assert(blk_enable_write_cache(blk_by_name("d0")), "a reset restores the write cache");
}

Test(virtio_blk, configuration_legacy) { configuration(false); }
Test(virtio_blk, configuration_modern) { configuration(true); }

Test(virtio_blk, properties_are_checked)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "drive=ID is missing: the id of a -drive, a node of -blockdev"},
        {",drive=x", "drive 'x' is neither the id of a -drive nor a node of -blockdev"},
        {",drive=d0,num-queues=2", "num-queues takes 1: there is one processor"},
        {",drive=d0,queue-size=100", "queue-size takes a power of two from 4 to 1024, not 100"},
        {",drive=d0,queue-size=2048", "queue-size takes a power of two from 4 to 1024, not 2048"},
        {",drive=d0,logical_block_size=100",
         "logical_block_size takes a power of two from 512 to 2M, not 100"},
        {",drive=d0,logical_block_size=4096", "logical_block_size is above physical_block_size"},
        {",drive=d0,serial=123456789012345678901", "serial has at most 20 characters"},
        {",drive=d0,werror=explode", "werror takes report, ignore, stop, enospc, not 'explode'"},
        {",drive=d0,rerror=enospc", "rerror takes report, ignore, stop, not 'enospc'"},
    };
    VirtioDriver driver;
    start(&driver, true);
    cr_assert(qdev_unplug(DEVICE(board_part("peripheral-anon/device[0]")), &error_abort));
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        Error *err = NULL;
        g_autofree char *text = g_strdup_printf("virtio-blk-pci%s", cases[n].text);
        cr_assert_null(qdev_device_add(text, &err), "%s", text);
        cr_assert_str_eq(error_get_pretty(err), cases[n].message);
        error_free(err);
    }
    cr_assert_not_null(qdev_device_add("virtio-blk-pci,drive=d0", &error_abort));
}

/* --- requests under way --------------------------------------------------------------------------------- */

Test(virtio_blk, reset_forgets_requests_under_way)
{
    VirtioDriver driver;
    uint32_t head, length;
    g_autofree char *file = NULL;
    start(&driver, true);
    qtest_writel(DATA, 0x0a0b0c0d);
    add(&driver, OUT, 0, 512, false);
    virtio_driver_set_status(&driver, 0);
    virtio_driver_start(&driver, true, ALL_FEATURES);
    virtio_driver_queue(&driver, 0, RINGS, 0);
    virtio_driver_ok(&driver);
    qtest_clock_step(1000000);
    cr_assert_eq(qtest_readb(STATUS), NONE);
    cr_assert(!virtio_driver_used(&driver, 0, &head, &length));
    cr_assert_eq(request(&driver, IN, 0, 512, true), OK);
    cr_assert(g_file_get_contents(image, &file, NULL, NULL));
    cr_assert_eq(file[3], 0x0d, "the write happened");
}

Test(virtio_blk, unplug_with_requests_under_way)
{
    VirtioDriver driver;
    start(&driver, true);
    add(&driver, IN, 0, 512, true);
    add(&driver, OUT, 0, 512, false);
    add(&driver, FLUSH, 0, 0, false);
    cr_assert(qdev_unplug(DEVICE(board_part("peripheral-anon/device[0]")), &error_abort));
    qtest_clock_step(1000000);
    cr_assert_eq(qtest_readb(STATUS), NONE);
    cr_assert_not_null(qdev_device_add("virtio-blk-pci,drive=d0", &error_abort));
}

static void save_under_way(bool modern)
{
    VirtioDriver driver;
    uint32_t head, length;
    start(&driver, modern);
    qtest_writel(DATA, 0x11223344);
    add(&driver, OUT, 0, 512, false);
    add(&driver, IN, 8, 1024, true);
    uint64_t hash = machine_hash(machine_get());
    g_autoptr(GByteArray) state = g_byte_array_new();
    machine_save(machine_get(), state);
    qtest_clock_step(1000000);
    cr_assert_eq(qtest_readb(STATUS), OK);
    uint64_t later = machine_hash(machine_get());
    cr_assert_neq(later, hash);
    cr_assert(machine_load(machine_get(), state->data, state->len, &error_abort));
    cr_assert_eq(machine_hash(machine_get()), hash);
    cr_assert_eq(qtest_readb(STATUS), NONE);
    qtest_clock_step(1000000);
    cr_assert_eq(machine_hash(machine_get()), later);
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
    cr_assert(virtio_driver_used(&driver, 0, &head, &length));
    cr_assert_eq(length, 1025);
    cr_assert_eq(qtest_readb(DATA + 3), (uint8_t)(8 + 8 * 512 + 3));
}

Test(virtio_blk, requests_under_way_are_saved_legacy) { save_under_way(false); }
Test(virtio_blk, requests_under_way_are_saved_modern) { save_under_way(true); }

Test(virtio_blk, many_large_requests_do_not_take_all_memory)
{
    enum { COUNT = 40, LENGTH = 8 << 20 };
    VirtioDriver driver;
    uint32_t head, length;
    unsigned done = 0;
    start(&driver, true);
    for (unsigned n = 0; n < COUNT; n++) {
        VirtioTestBuffer buffers[] = {
            {HEADER, 16, false}, {DATA + (1 << 20), LENGTH, false}, {STATUS, 1, true}};
        put_header(&driver, HEADER, OUT, 0);
        virtio_driver_add(&driver, 0, buffers, 3);
    }
    virtio_driver_kick(&driver, 0);
    cr_assert_lt(blk_in_flight(blk_by_name("d0")), COUNT);
    qtest_clock_step(UINT64_C(1000000000));
    while (virtio_driver_used(&driver, 0, &head, &length)) {
        done++;
    }
    cr_assert_eq(done, COUNT);
}

/* --- hostile requests ------------------------------------------------------------------------------------ */

static void expect_broken(const VirtioTestBuffer *buffers, unsigned count)
{
    VirtioDriver driver;
    start(&driver, true);
    put_header(&driver, HEADER, IN, 0);
    virtio_driver_add(&driver, 0, buffers, count);
    virtio_driver_kick(&driver, 0);
    qtest_clock_step(1000000);
    cr_assert(virtio_driver_status(&driver) & VIRTIO_CONFIG_S_NEEDS_RESET);
    virtio_driver_set_status(&driver, 0);
    virtio_driver_start(&driver, true, ALL_FEATURES);
    virtio_driver_queue(&driver, 0, RINGS, 0);
    virtio_driver_ok(&driver);
    cr_assert_eq(request(&driver, IN, 0, 512, true), OK);
}

Test(virtio_blk, request_without_a_header_breaks_the_device)
{
    expect_broken((VirtioTestBuffer[]){{HEADER, 15, false}, {STATUS, 1, true}}, 2);
}

Test(virtio_blk, request_without_a_status_breaks_the_device)
{
    expect_broken((VirtioTestBuffer[]){{HEADER, 16, false}, {DATA, 512, false}}, 2);
}

Test(virtio_blk, data_that_is_no_ram_breaks_the_device)
{
    expect_broken(
        (VirtioTestBuffer[]){{HEADER, 16, false}, {0xf0000000, 512, true}, {STATUS, 1, true}}, 3);
}

Test(virtio_blk, header_and_status_may_lie_in_pieces)
{
    VirtioDriver driver;
    uint32_t length;
    VirtioTestBuffer buffers[] = {
        {HEADER, 7, false}, {HEADER + 7, 9, false}, {DATA, 100, true}, {DATA + 100, 413, true}};
    start(&driver, true);
    put_header(&driver, HEADER, IN, 2);
    virtio_driver_add(&driver, 0, buffers, 4);
    virtio_driver_kick(&driver, 0);
    finish(&driver, &length);
    cr_assert_eq(length, 513);
    cr_assert_eq(qtest_readb(DATA + 511), (uint8_t)(2 + 1024 + 511));
    cr_assert_eq(qtest_readb(DATA + 512), OK);
}

Test(virtio_blk, host_error_is_a_failed_request)
{
    VirtioDriver driver;
    start(&driver, true);
    cr_assert_eq(truncate(image, 0), 0);
    cr_assert_eq(request(&driver, IN, 0, 512, true), FAILED);
    cr_assert_eq(request(&driver, IN, SIZE / 512, 512, true), FAILED);
}

static unsigned stops;

static void count_stop(void *opaque G_GNUC_UNUSED, const char *message)
{
    cr_assert_str_eq(message, "drive 'd0': Input/output error");
    stops++;
}

Test(virtio_blk, rerror_stop_stops_and_tries_again)
{
    VirtioDriver driver;
    uint32_t head, length;
    block_set_stop_hook(count_stop, NULL);
    start_with(&driver, true, ",rerror=stop", "");
    cr_assert_eq(truncate(image, 0), 0);
    add(&driver, IN, 0, 512, true);
    qtest_clock_step(30000);
    cr_assert_eq(stops, 1);
    cr_assert(!virtio_driver_used(&driver, 0, &head, &length));
    cr_assert_eq(truncate(image, SIZE), 0);
    cr_assert_eq(finish(&driver, NULL), OK);
    cr_assert_eq(stops, 1);
}

Test(virtio_blk, rerror_ignore_reads_zeros)
{
    VirtioDriver driver;
    start_with(&driver, true, "", ",rerror=ignore");
    cr_assert_eq(truncate(image, 0), 0);
    qtest_writel(DATA, 0xffffffff);
    cr_assert_eq(request(&driver, IN, 0, 512, true), OK);
    cr_assert_eq(qtest_readl(DATA), 0);
}
