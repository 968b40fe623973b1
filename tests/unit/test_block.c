/* SPDX-License-Identifier: MIT */
/*
 * Disks without a machine: requests in their order, errors, odd sizes, locks, state, the command line's texts.
 * Covers: block/.
 */
#include "block/block.h"
#include "block/drive.h"
#include "tests/unit/block_state.h"
#include "time/clock.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
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

static void compare(void *opaque, BlockRequest *request)
{
    Answer *answer = opaque;
    answer->is_there = true;
    if (request->op == BLOCK_READ) {
        cr_assert_eq(memcmp(answer->data, request->data, request->bytes), 0,
                     "a read of %" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT, request->bytes,
                     request->offset);
    }
}

static void submit_many(BlockBackend *blk, Answer *all, unsigned count, GRand *rand, uint8_t *model)
{
    for (unsigned n = 0; n < count; n++) {
        uint64_t offset = (uint64_t)g_rand_int_range(rand, 0, 24) * 512;
        uint64_t bytes = (uint64_t)g_rand_int_range(rand, 1, 8) * 512;
        bool is_write = g_rand_boolean(rand);
        BlockRequest *request = blk_request_new(blk, is_write ? BLOCK_WRITE : BLOCK_READ, offset,
                                                bytes);
        if (is_write) {
            memset(request->data, (int)g_rand_int(rand), bytes);
            memcpy(model + offset, request->data, bytes);
            all[n].data = NULL;
        } else {
            all[n].data = g_memdup2(model + offset, bytes); /* what it must read */
        }
        blk_submit(request, compare, &all[n]);
    }
}

static void overlapping_requests(const char *more)
{
    enum { COUNT = 40 };
    Disk disk;
    static uint8_t model[SIZE];
    GRand *rand = g_rand_new_with_seed(7);
    open_disk(&disk, SIZE, more);
    cr_assert_eq(read_disk(disk.blk, 0, model, sizeof(model)), 0);
    for (int round = 0; round < 30; round++) {
        Answer all[COUNT] = {0};
        submit_many(disk.blk, all, COUNT, rand, model);
        for (int n = 0; n < COUNT; n++) {
            g_autofree uint8_t *expected = all[n].data;
            wait_for(&all[n]);
        }
    }
    g_rand_free(rand);
    close_disk(&disk);
}

Test(block, overlapping_requests_act_in_their_order) { overlapping_requests(""); }
Test(block, overlapping_requests_act_in_their_order_in_layers)
{
    overlapping_requests(",snapshot=on");
}

/* --- what is refused, and by whom ------------------------------------------------------------------------ */

Test(block, requests_outside_of_the_disk_fail_and_cost_no_memory)
{
    static const uint64_t places[][2] = {{SIZE, 512},
                                         {SIZE - 512, 1024},
                                         {UINT64_MAX - 511, 512},
                                         {0, UINT64_MAX - 511},
                                         {UINT64_MAX - 511, UINT64_MAX - 511}};
    Disk disk;
    open_disk(&disk, SIZE, "");
    for (size_t n = 0; n < G_N_ELEMENTS(places); n++) {
        for (BlockOp op = BLOCK_READ; op <= BLOCK_WRITE_ZEROES; op++) {
            int expected = op == BLOCK_FLUSH ? 0 : -EIO;
            cr_assert_eq(do_disk(disk.blk, op, places[n][0], places[n][1]), expected);
        }
    }
    cr_assert_eq(do_disk(disk.blk, BLOCK_READ, 100, 512), -EINVAL);
    cr_assert_eq(do_disk(disk.blk, BLOCK_WRITE, 0, 100), -EINVAL);
    cr_assert_eq(do_disk(disk.blk, BLOCK_READ, SIZE, 0), 0);
    close_disk(&disk);
}

Test(block, readonly_drive_refuses_changes)
{
    Disk disk;
    uint8_t data[512] = {0};
    open_disk(&disk, SIZE, ",readonly=on");
    cr_assert(!blk_is_writable(disk.blk));
    cr_assert_eq(write_disk(disk.blk, 0, data, 512), -EPERM);
    cr_assert_eq(do_disk(disk.blk, BLOCK_WRITE_ZEROES, 0, 512), -EPERM);
    cr_assert_eq(do_disk(disk.blk, BLOCK_DISCARD, 0, 512), -EPERM);
    cr_assert_eq(do_disk(disk.blk, BLOCK_FLUSH, 0, 0), 0);
    close_disk(&disk);
}

Test(block, image_of_an_odd_size_ends_in_zeros_and_grows)
{
    Disk disk;
    uint8_t data[512];
    open_disk(&disk, 1000, "");
    cr_assert_eq(blk_getlength(disk.blk), 1024);
    memset(data, 0xee, sizeof(data));
    cr_assert_eq(read_disk(disk.blk, 512, data, 512), 0);
    cr_assert_eq(data[487], (uint8_t)(1 + 999));
    cr_assert_eq(data[488], 0);
    cr_assert_eq(data[511], 0);
    memset(data, 0xee, sizeof(data));
    cr_assert_eq(write_disk(disk.blk, 512, data, 512), 0);
    memset(data, 0, sizeof(data));
    cr_assert_eq(read_disk(disk.blk, 512, data, 512), 0);
    cr_assert_eq(data[511], 0xee);
    close_disk(&disk);
}

Test(block, image_that_shrinks_fails_reads_of_what_is_gone)
{
    Disk disk;
    uint8_t data[4096];
    open_disk(&disk, SIZE, "");
    cr_assert_eq(truncate(disk.path, 4096), 0);
    cr_assert_eq(read_disk(disk.blk, 0, data, 4096), 0);
    cr_assert_eq(read_disk(disk.blk, 4096, data, 4096), -EIO);
    cr_assert_eq(read_disk(disk.blk, 2048, data, 4096), -EIO);
    cr_assert_eq(write_disk(disk.blk, 8192, data, 512), 0);
    close_disk(&disk);
}

Test(block, write_zeroes_zero_and_discards_only_with_unmap)
{
    static const char *const modes[] = {"", ",discard=unmap", ",snapshot=on",
                                        ",snapshot=on,discard=unmap"};
    for (size_t n = 0; n < G_N_ELEMENTS(modes); n++) {
        Disk disk;
        uint8_t data[4096], zero[4096] = {0}, old[4096];
        open_disk(&disk, SIZE, modes[n]);
        cr_assert_eq(do_disk(disk.blk, BLOCK_WRITE_ZEROES, 512, 4096), 0);
        cr_assert_eq(read_disk(disk.blk, 512, data, 4096), 0);
        cr_assert_eq(memcmp(data, zero, 4096), 0);
        cr_assert_eq(read_disk(disk.blk, 65536, old, 4096), 0);
        cr_assert_eq(do_disk(disk.blk, BLOCK_DISCARD, 65536, 4096), 0);
        cr_assert_eq(read_disk(disk.blk, 65536, data, 4096), 0);
        cr_assert_eq(memcmp(data, strstr(modes[n], "unmap") ? zero : old, 4096), 0);
        close_disk(&disk);
    }
}

Test(block, cancelled_request_tells_nobody_but_happens)
{
    Disk disk;
    uint8_t data[512], back[512];
    Answer cancelled = {0};
    open_disk(&disk, SIZE, "");
    memset(data, 0x77, sizeof(data));
    blk_submit(new_write(disk.blk, 0, data, 512), note, &cancelled);
    blk_cancel_all(disk.blk);
    cr_assert_eq(read_disk(disk.blk, 0, back, 512), 0);
    cr_assert(!cancelled.is_there);
    cr_assert_eq(memcmp(data, back, 512), 0);
    close_disk(&disk);
}

/* --- who else uses the image --------------------------------------------------------------------------- */

static char *attach_error(const char *drive, bool share)
{
    BlockConf conf = default_conf(drive);
    Error *err = NULL;
    conf.share_rw = share;
    if (blkconf_attach(&conf, object_get_root(), true, &err)) {
        blkconf_detach(&conf);
        return NULL;
    }
    char *message = g_strdup(error_get_pretty(err));
    error_free(err);
    return message;
}

static void second_user(const char *first, const char *second, bool share, const char *expected)
{
    Disk disk;
    open_disk(&disk, SIZE, first);
    g_autofree char *text = g_strdup_printf("file=%s,format=raw,if=none,id=d1%s", disk.path,
                                            second);
    add_drive(text);
    g_autofree char *message = attach_error("d1", share);
    cr_assert(expected ? message && strstr(message, expected) : !message, "%s", message);
    close_disk(&disk);
}

Test(block, second_writer_is_refused) { second_user("", "", false, "uses and protects"); }
Test(block, reader_beside_a_writer_is_refused) { second_user("", ",readonly=on", false, "writes"); }
Test(block, writer_beside_a_reader_is_refused)
{
    second_user(",readonly=on", "", false, "uses and protects");
}
Test(block, two_readers_get_along) { second_user(",readonly=on", ",readonly=on", false, NULL); }
Test(block, file_locking_off_asks_nobody) { second_user("", ",file.locking=off", false, NULL); }

Test(block, drive_has_one_device)
{
    Disk disk;
    open_disk(&disk, SIZE, "");
    g_autofree char *message = attach_error("d0", false);
    cr_assert_str_eq(message, "drive 'd0' has a device already");
    g_autofree char *unknown = attach_error("x", false);
    cr_assert_str_eq(unknown, "drive 'x' is neither the id of a -drive nor a node of -blockdev");
    close_disk(&disk);
}

/* --- state ----------------------------------------------------------------------------------------------- */

Test(block, requests_under_way_are_state)
{
    Disk disk;
    uint8_t data[1024], back[512];
    Answer lost[3] = {0}, again[3] = {{.data = back}};
    open_disk(&disk, SIZE, "");
    memset(data, 0x33, sizeof(data));
    blk_submit(blk_request_new(disk.blk, BLOCK_READ, 0, 512), note, &lost[0]);
    blk_submit(new_write(disk.blk, 0, data, 1024), note, &lost[1]);
    blk_submit(blk_request_new(disk.blk, BLOCK_FLUSH, 0, 0), note, &lost[2]);
    g_autoptr(GByteArray) state = save(disk.blk);
    uint64_t due = clock_virtual_ns(machine_clock()) + 20000 + 512 / 4;
    cr_assert(load(disk.blk, state, &error_abort));
    g_autoptr(GByteArray) same = save(disk.blk);
    cr_assert(same->len == state->len && memcmp(same->data, state->data, same->len) == 0);
    for (uint64_t n = 0; n < 3; n++) {
        cr_assert_not_null(blk_reattach(disk.blk, n, note, &again[n]));
    }
    cr_assert_null(blk_reattach(disk.blk, 0, note, &again[0]));
    cr_assert_null(blk_reattach(disk.blk, 3, note, &again[0]));
    wait_for(&again[2]);
    cr_assert(!lost[0].is_there && again[0].is_there && again[1].is_there);
    cr_assert_eq(again[0].at_ns, due);
    cr_assert_eq(back[3], 3, "the read comes before the write behind it");
    cr_assert_eq(read_disk(disk.blk, 512, back, 512), 0);
    cr_assert_eq(back[3], 0x33);
    close_disk(&disk);
}

Test(block, as_much_as_a_drive_takes_can_be_loaded)
{
    Disk disk;
    Answer answer = {0};
    unsigned count = 0;
    open_disk(&disk, SIZE, "");
    for (; blk_has_room(disk.blk) && count < 5000; count++) {
        blk_submit(blk_request_new(disk.blk, BLOCK_FLUSH, 0, 0), note, &answer);
    }
    g_autoptr(GByteArray) state = save(disk.blk);
    cr_assert(load(disk.blk, state, &error_abort), "%u requests", count);
    blk_cancel_all(disk.blk);
    close_disk(&disk);
}

Test(block, damaged_state_is_refused)
{
    Disk disk;
    uint8_t data[512] = {0};
    Answer answer = {0};
    open_disk(&disk, SIZE, "");
    blk_submit(new_write(disk.blk, 0, data, 512), note, &answer);
    g_autoptr(GByteArray) state = save(disk.blk);
    blk_cancel_all(disk.blk);
    for (guint length = 0; length < state->len; length++) {
        GByteArray cut = {state->data, length};
        cr_assert(!load(disk.blk, &cut, NULL));
    }
    for (guint at = 0; at < state->len; at++) {
        g_autoptr(GByteArray)
            damaged = g_byte_array_append(g_byte_array_new(), state->data, state->len);
        damaged->data[at] ^= 0xff;
        load(disk.blk, damaged, NULL);
    }
    close_disk(&disk);
}

Test(block, writes_are_hashed)
{
    Disk disk;
    uint8_t data[512] = {0};
    open_disk(&disk, SIZE, "");
    g_autoptr(GByteArray) before = save(disk.blk);
    cr_assert_eq(read_disk(disk.blk, 0, data, 512), 0);
    cr_assert_eq(write_disk(disk.blk, 0, data, 512), 0);
    g_autoptr(GByteArray) after = save(disk.blk);
    cr_assert_eq(before->len, after->len);
    cr_assert_neq(memcmp(before->data + 32, after->data + 32, 8), 0);
    close_disk(&disk);
}

/* --- points in time ---------------------------------------------------------------------------------------- */

static void random_change(BlockBackend *blk, GRand *rand, uint8_t *model)
{
    uint64_t offset = (uint64_t)g_rand_int_range(rand, 0, SIZE / 512) * 512;
    uint64_t most = MIN(SIZE - offset, (uint64_t)32768);
    uint64_t bytes = (uint64_t)g_rand_int_range(rand, 0, (int)(most / 512) + 1) * 512;
    if (g_rand_int_range(rand, 0, 4) == 0) {
        cr_assert_eq(do_disk(blk, BLOCK_WRITE_ZEROES, offset, bytes), 0);
        memset(model + offset, 0, bytes);
        return;
    }
    g_autofree uint8_t *data = g_malloc(bytes + 1);
    for (uint64_t n = 0; n < bytes; n++) {
        data[n] = (uint8_t)g_rand_int(rand);
    }
    cr_assert_eq(write_disk(blk, offset, data, bytes), 0);
    memcpy(model + offset, data, bytes);
}

static void expect_contents(BlockBackend *blk, const uint8_t *model)
{
    g_autofree uint8_t *data = g_malloc(SIZE);
    cr_assert_eq(read_disk(blk, 0, data, SIZE), 0);
    for (uint64_t n = 0; n < SIZE; n++) {
        cr_assert_eq(data[n], model[n], "byte %" G_GUINT64_FORMAT, n);
    }
}

typedef struct Point {
    uint64_t point;
    uint8_t *model;
} Point;

static void free_points(GArray *points, guint from)
{
    for (guint n = from; n < points->len; n++) {
        g_free(g_array_index(points, Point, n).model);
    }
    g_array_set_size(points, from);
}

static void random_step(BlockBackend *blk, GRand *rand, uint8_t *model, GArray *points)
{
    int what = g_rand_int_range(rand, 0, 12);
    guint n = points->len ? (guint)g_rand_int_range(rand, 0, (int)points->len) : 0;
    Point *point = points->len ? &g_array_index(points, Point, n) : NULL;
    if (what == 0) {
        Point fresh = {.model = g_memdup2(model, SIZE)};
        cr_assert(block_freeze_all(&fresh.point, &error_abort));
        g_array_append_val(points, fresh);
    } else if (what == 1 && point) {
        cr_assert(block_roll_back_all(point->point, &error_abort));
        memcpy(model, point->model, SIZE);
        free_points(points, n + 1);
    } else if (what == 2 && point) {
        cr_assert(block_drop_all(point->point, &error_abort));
        g_free(point->model);
        g_array_remove_index(points, n);
    } else {
        random_change(blk, rand, model);
    }
}

static void points_against_a_model(const char *more, uint32_t seed)
{
    Disk disk;
    g_autofree uint8_t *model = g_malloc(SIZE);
    g_autoptr(GArray) points = g_array_new(false, false, sizeof(Point));
    GRand *rand = g_rand_new_with_seed(seed);
    open_disk(&disk, SIZE, more);
    cr_assert_eq(read_disk(disk.blk, 0, model, SIZE), 0);
    for (int step = 0; step < 300; step++) {
        random_step(disk.blk, rand, model, points);
        if (step % 20 == 0) {
            expect_contents(disk.blk, model);
        }
    }
    expect_contents(disk.blk, model);
    free_points(points, 0);
    g_rand_free(rand);
    close_disk(&disk);
}

Test(block, points_can_be_gone_back_to_byte_by_byte)
{
    for (uint32_t seed = 0; seed < 4; seed++) {
        points_against_a_model("", seed);
    }
}

Test(block, points_above_a_snapshot)
{
    for (uint32_t seed = 0; seed < 4; seed++) {
        points_against_a_model(",snapshot=on", seed);
    }
}

Test(block, dropping_the_last_point_writes_the_image)
{
    Disk disk;
    uint8_t data[1024];
    uint64_t point;
    g_autofree char *before = NULL, *after = NULL;
    open_disk(&disk, SIZE, "");
    memset(data, 0x42, sizeof(data));
    cr_assert(block_freeze_all(&point, &error_abort));
    cr_assert_eq(write_disk(disk.blk, 512, data, 1024), 0);
    cr_assert(g_file_get_contents(disk.path, &before, NULL, NULL));
    cr_assert_neq(before[512], 0x42);
    cr_assert(block_drop_all(point, &error_abort));
    cr_assert(g_file_get_contents(disk.path, &after, NULL, NULL));
    cr_assert_eq(memcmp(after + 512, data, 1024), 0);
    cr_assert(!block_roll_back_all(point, NULL));
    close_disk(&disk);
}

Test(block, snapshot_leaves_the_image_until_it_is_committed)
{
    Disk disk;
    uint8_t data[1024], back[1024];
    g_autofree char *before = NULL, *after = NULL;
    open_disk(&disk, SIZE, ",snapshot=on");
    memset(data, 0x42, sizeof(data));
    cr_assert_eq(write_disk(disk.blk, 512, data, 1024), 0);
    cr_assert_eq(read_disk(disk.blk, 512, back, 1024), 0);
    cr_assert_eq(memcmp(data, back, 1024), 0);
    cr_assert(g_file_get_contents(disk.path, &before, NULL, NULL));
    cr_assert_eq((uint8_t)before[512], 1);
    cr_assert(block_commit("d0", &error_abort));
    cr_assert(g_file_get_contents(disk.path, &after, NULL, NULL));
    cr_assert_eq(memcmp(after + 512, data, 1024), 0);
    cr_assert_eq(write_disk(disk.blk, 2048, data, 512), 0);
    cr_assert_eq(read_disk(disk.blk, 512, back, 1024), 0);
    cr_assert_eq(memcmp(data, back, 1024), 0);
    close_disk(&disk);
}

/* --- the command line -------------------------------------------------------------------------------------- */

static void expect_error(bool is_node, const char *format, const char *path, const char *message)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf("%s%s", format, path);
    Error *err = NULL;
    bool ok = is_node ? block_add_node(text, &err) : block_add_drive(text, devices, &err);
    cr_assert(!ok, "%s", text);
    cr_assert_not_null(strstr(error_get_pretty(err), message), "%s: %s", text,
                       error_get_pretty(err));
    cr_assert_eq(devices->len, 0);
    error_free(err);
}

Test(block, drives_that_are_not_built_are_refused_by_name)
{
    static const char *const cases[][2] = {
        {"if=ide,index=4,format=raw,file=", "index takes 0 to 3"},
        {"bus=2,format=raw,file=", "there are bus=0 and 1"},
        {"index=1,unit=1,format=raw,file=", "index cannot be used with bus and unit"},
        {"if=virtio,bus=1,format=raw,file=", "bus and unit are for if=ide"},
        {"if=pflash,file=", "a Power Mac has no such thing"},
        {"if=nowhere,file=", "if takes ide, virtio, scsi, mtd, none, not 'nowhere'"},
        {"if=none,format=luks,file=", "driver 'luks' is not built yet"},
        {"if=none,format=rew,file=", "unknown driver 'rew'; did you mean 'raw'?"},
        {"if=none,format=blkdebug,file=", "is a driver of -blockdev"},
        {"if=none,iops_rd=5,file=", "throttling is not built"},
        {"if=none,copy-on-read=on,file=", "copy-on-read is not built"},
        {"if=none,serial=x,file=", "gone from QEMU too"},
        {"if=none,cache=sometimes,file=", "cache takes writeback"},
        {"if=none,media=tape,file=", "media takes disk, cdrom, not 'tape'"},
        {"if=none,werror=x,format=raw,file=", "werror takes"},
        {"if=none,discard=x,format=raw,file=", "discard takes ignore or unmap"},
        {"if=none,id=-,format=raw,file=", "is not a letter followed by"},
        {"if=none,unit=1,format=raw,file=", "bus and unit are for if=ide"},
        {"if=none,offset=100,format=raw,file=", "offset 100 is no sector"},
        {"if=none,size=1T,format=raw,file=", "is no number of sectors that fits"},
        {"if=none,format=raw,file=/nonexistent", "cannot open '/nonexistent/"},
        {"if=none,format=raw,fiel=", "unknown option 'fiel'; did you mean 'file'?"},
    };
    clock_of_test();
    g_autofree char *path = new_image(SIZE);
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        expect_error(false, cases[n][0], path, cases[n][1]);
    }
    expect_error(false, "if=none,format=raw,file=/", "", "'/'");
    g_unlink(path);
}

Test(block, nodes_that_are_wrong_are_refused_by_name)
{
    static const char *const cases[][2] = {
        {"{\"driver\":\"raw\"}", "JSON is not built yet"},
        {"driver=raw,node-name=a,file=", "there is no node"},
        {"driver=raw,node-name=a,file=x,file.filename=", "exclude each other"},
        {"driver=file,node-name=1,filename=", "is no node name"},
        {"driver=file,filename=", "node-name=NAME is missing"},
        {"driver=host_device,node-name=a,filename=", "is no block device"},
        {"driver=file,node-name=a,locking=x,filename=", "locking takes on, off or auto"},
        {"driver=ssh,node-name=a,path=", "driver 'ssh' is not built yet"},
        {"driver=null-co,node-name=a,size=x,read-zeroes=", "size"},
        {"driver=blkdebug,node-name=a,config=x,image=", "there is no node"},
    };
    clock_of_test();
    g_autofree char *path = new_image(SIZE);
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        expect_error(true, cases[n][0], n == 0 ? "" : path, cases[n][1]);
    }
    g_unlink(path);
}

Test(block, texts_of_devices_follow_from_where_a_drive_goes)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    static const char *const more[] = {"virtio",
                                       "virtio,id=mine",
                                       "scsi",
                                       "scsi,media=cdrom",
                                       "ide",
                                       "ide,media=cdrom,index=2",
                                       "ide",
                                       "ide,bus=1,id=own",
                                       "virtio,index=5,cache=none,aio=native,detect-zeroes=unmap"};
    static const char *const expected[] = {"virtio-blk-pci,drive=virtio0",
                                           "virtio-blk-pci,drive=mine",
                                           "virtio-scsi-pci",
                                           "scsi-hd,drive=scsi0",
                                           "scsi-cd,drive=scsi1",
                                           "ide-hd,bus=ide.0,unit=0,drive=ide0-hd0",
                                           "ide-cd,bus=ide.1,unit=0,drive=ide1-cd0",
                                           "ide-hd,bus=ide.0,unit=1,drive=ide0-hd1",
                                           "ide-hd,bus=ide.1,unit=1,drive=own",
                                           "virtio-blk-pci,drive=virtio5"};
    clock_of_test();
    g_autofree char *path = new_image(SIZE);
    for (size_t n = 0; n < G_N_ELEMENTS(more); n++) {
        g_autofree char *text = g_strdup_printf("file=%s,format=raw,if=%s", path, more[n]);
        cr_assert(block_add_drive(text, devices, &error_abort));
    }
    cr_assert_eq(devices->len, G_N_ELEMENTS(expected));
    for (guint n = 0; n < devices->len; n++) {
        cr_assert_str_eq(g_ptr_array_index(devices, n), expected[n]);
    }
    block_fini_all();
    g_unlink(path);
}

/* --- hosts that fail ------------------------------------------------------------------------------------------ */

static void expect_stats(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    block_info_stats(out);
    cr_assert_not_null(strstr(out->str, text), "'%s' is not in %s", text, out->str);
}

/* A disk on which @rules fail things; the name of its image. */
static char *open_blkdebug(BlockConf *conf, const char *rules)
{
    char *path = new_image(SIZE);
    clock_of_test();
    g_autofree char *text = g_strdup_printf(
        "driver=blkdebug,node-name=d,image.driver=file,image.filename=%s,%s", path, rules);
    cr_assert(block_add_node(text, &error_abort));
    cr_assert(blkconf_attach(conf, object_get_root(), true, &error_abort));
    return path;
}

static void close_blkdebug(BlockConf *conf, const char *path)
{
    blkconf_detach(conf);
    block_fini_all();
    g_unlink(path);
}

Test(block, stats_count_as_qemu_does)
{
    uint8_t data[1024] = {0};
    BlockConf conf = default_conf("d");
    g_autofree char *path = open_blkdebug(&conf,
                                          "inject-error.0.event=write_aio,inject-error.0.sector=7");
    cr_assert_eq(read_disk(conf.blk, 0, data, 512), 0);
    cr_assert_eq(write_disk(conf.blk, 0, data, 1024), 0);
    cr_assert_eq(do_disk(conf.blk, BLOCK_WRITE_ZEROES, 4096, 2048), 0);
    cr_assert_eq(do_disk(conf.blk, BLOCK_FLUSH, 0, 0), 0);
    expect_stats("rd_bytes=512 wr_bytes=3072 rd_operations=1 wr_operations=2 flush_operations=1 "
                 "wr_total_time_ns=40256 rd_total_time_ns=20128 flush_total_time_ns=20000 ");
    cr_assert_eq(write_disk(conf.blk, 7 * 512, data, 512), -EIO);
    expect_stats(" wr_bytes=3072 rd_operations=1 wr_operations=2 "); /* it moved nothing, */
    expect_stats(" wr_total_time_ns=60384 ");                        /* but took its time */
    expect_stats(" failed_wr_operations=1 ");
    close_blkdebug(&conf, path);
}

/* The hash of the writes of a drive whose image may grow to 8 KiB, and of one whose may not grow at all. */
static uint64_t hash_with_limit(rlim_t bytes)
{
    Disk disk;
    uint8_t data[4096] = {1};
    open_disk(&disk, 8192, "");
    struct rlimit all, limit;
    cr_assert_eq(truncate(disk.path, 512), 0);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
    limit = (struct rlimit){bytes, all.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int ret = write_disk(disk.blk, 0, data, sizeof(data));
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    cr_assert_eq(ret, -EFBIG);
    g_autoptr(GByteArray) state = save(disk.blk);
    close_disk(&disk);
    return ldq_be_p(state->data + 32);
}

Test(block, a_write_that_fails_half_done_is_hashed_as_that)
{
    cr_assert_eq(hash_with_limit(1024), hash_with_limit(1024));
    cr_assert_neq(hash_with_limit(1024), hash_with_limit(2048));
}

Test(block, blkdebug_fails_as_told)
{
    uint8_t data[512] = {0};
    BlockConf conf = default_conf("d");
    g_autofree char *path = open_blkdebug(
        &conf, "inject-error.0.event=read_aio,inject-error.0.sector=7,inject-error.0.once=on,"
               "inject-error.1.event=none,inject-error.1.iotype=flush,inject-error.1.state=2,"
               "inject-error.1.errno=28,set-state.0.event=write_aio,set-state.0.new_state=2");
    cr_assert_eq(read_disk(conf.blk, 6 * 512, data, 512), 0);
    cr_assert_eq(read_disk(conf.blk, 7 * 512, data, 512), -EIO);
    cr_assert_eq(read_disk(conf.blk, 7 * 512, data, 512), 0);
    cr_assert_eq(do_disk(conf.blk, BLOCK_FLUSH, 0, 0), 0);
    cr_assert_eq(write_disk(conf.blk, 0, data, 512), 0);
    cr_assert_eq(do_disk(conf.blk, BLOCK_FLUSH, 0, 0), -ENOSPC);
    close_blkdebug(&conf, path);
}
