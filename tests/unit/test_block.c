/* SPDX-License-Identifier: MIT */
/*
 * Disks without a machine: requests in their order, errors, odd sizes, locks, state, the command line's texts.
 * Covers: block/.
 */
#include "block/block.h"
#include "block/drive.h"
#include "time/clock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

typedef struct Disk {
    char *path;
    BlockConf conf;
    BlockBackend *blk;
} Disk;

static Clock *clock_of_test(void)
{
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    return machine_clock();
}

/* A file of @size bytes; byte n of sector s is s + n. */
static char *new_image(uint64_t size)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-block-XXXXXX", &path, NULL);
    g_autofree uint8_t *bytes = g_malloc(size + 1);
    for (uint64_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i / 512 + i);
    }
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return path;
}

static BlockConf default_conf(const char *drive)
{
    return (BlockConf){.drive = (char *)drive,
                       .logical_block_size = 512,
                       .physical_block_size = 512,
                       .discard_granularity = UINT32_MAX,
                       .latency = 20000,
                       .bandwidth = UINT64_C(4000000000)};
}

static void add_drive(const char *text)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    cr_assert(block_add_drive(text, devices, &error_abort));
}

/* Drive "d0" on a new image of @size bytes, attached; @more as ",snapshot=on". */
static void open_disk(Disk *disk, uint64_t size, const char *more)
{
    clock_of_test();
    disk->path = new_image(size);
    g_autofree char *text = g_strdup_printf("file=%s,format=raw,if=none,id=d0%s", disk->path, more);
    add_drive(text);
    disk->conf = default_conf("d0");
    cr_assert(blkconf_attach(&disk->conf, object_get_root(), true, &error_abort));
    disk->blk = disk->conf.blk;
}

static void close_disk(Disk *disk)
{
    blkconf_detach(&disk->conf);
    block_fini_all();
    g_unlink(disk->path);
    g_free(disk->path);
}

/* --- requests that are waited for --------------------------------------------------------------------- */

typedef struct Answer {
    bool is_there;
    int ret;
    uint64_t at_ns;
    unsigned order;
    uint8_t *data; /* where to copy what was read; NULL: nowhere */
} Answer;

static unsigned answers;

static void note(void *opaque, BlockRequest *request)
{
    Answer *answer = opaque;
    answer->is_there = true;
    answer->ret = request->ret;
    answer->at_ns = clock_virtual_ns(machine_clock());
    answer->order = answers++;
    if (answer->data && request->op == BLOCK_READ && request->ret == 0) {
        memcpy(answer->data, request->data, request->bytes);
    }
}

static int wait_for(Answer *answer)
{
    while (!answer->is_there) {
        cr_assert(clock_warp(machine_clock()));
        clock_service(machine_clock());
    }
    return answer->ret;
}

static int read_disk(BlockBackend *blk, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    Answer answer = {.data = data};
    blk_submit(blk_request_new(blk, BLOCK_READ, offset, bytes), note, &answer);
    return wait_for(&answer);
}

static BlockRequest *new_write(BlockBackend *blk, uint64_t offset, const uint8_t *data,
                               uint64_t bytes)
{
    BlockRequest *request = blk_request_new(blk, BLOCK_WRITE, offset, bytes);
    if (request->data) {
        memcpy(request->data, data, bytes);
    }
    return request;
}

static int write_disk(BlockBackend *blk, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
    Answer answer = {.data = NULL};
    blk_submit(new_write(blk, offset, data, bytes), note, &answer);
    return wait_for(&answer);
}

static int do_disk(BlockBackend *blk, BlockOp op, uint64_t offset, uint64_t bytes)
{
    Answer answer = {.data = NULL};
    blk_submit(blk_request_new(blk, op, offset, bytes), note, &answer);
    return wait_for(&answer);
}

Test(block, what_is_written_is_read_and_in_the_file)
{
    Disk disk;
    uint8_t data[4096], back[4096];
    open_disk(&disk, SIZE, "");
    memset(data, 0x5a, sizeof(data));
    cr_assert_eq(read_disk(disk.blk, 1024, back, 512), 0);
    cr_assert_eq(back[3], (uint8_t)(2 + 1024 + 3));
    cr_assert_eq(write_disk(disk.blk, 8192, data, sizeof(data)), 0);
    cr_assert_eq(do_disk(disk.blk, BLOCK_FLUSH, 0, 0), 0);
    cr_assert_eq(read_disk(disk.blk, 8192, back, sizeof(back)), 0);
    cr_assert_eq(memcmp(data, back, sizeof(data)), 0);
    g_autofree char *file = NULL;
    cr_assert(g_file_get_contents(disk.path, &file, NULL, NULL));
    cr_assert_eq(memcmp(file + 8192, data, sizeof(data)), 0);
    close_disk(&disk);
}

Test(block, requests_take_latency_and_bandwidth_and_keep_their_order)
{
    Disk disk;
    static uint8_t data[65536];
    Answer big = {0}, small = {0}, later = {0};
    open_disk(&disk, SIZE, "");
    uint64_t start = clock_virtual_ns(machine_clock());
    blk_submit(new_write(disk.blk, 0, data, sizeof(data)), note, &big);
    blk_submit(blk_request_new(disk.blk, BLOCK_READ, 0, 512), note, &small);
    cr_assert_eq(blk_in_flight(disk.blk), 2);
    wait_for(&small);
    cr_assert(big.is_there && big.order < small.order);
    cr_assert_eq(big.at_ns, start + 20000 + 65536 / 4);
    cr_assert_eq(small.at_ns, big.at_ns);
    start = clock_virtual_ns(machine_clock());
    blk_submit(blk_request_new(disk.blk, BLOCK_FLUSH, 0, 0), note, &later);
    wait_for(&later);
    cr_assert_eq(later.at_ns, start + 20000);
    close_disk(&disk);
}
