/* SPDX-License-Identifier: MIT */
/*
 * Media that come and go, without a machine: change, eject, requests under way, points in time, state.
 * Covers: block/medium.c, block/change.c.
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
#include <string.h>
#include <unistd.h>

enum { SIZE = 64 << 10, OTHER_SIZE = 128 << 10 };

/* A device with a tray. */
typedef struct Tray {
    BlockConf conf;
    BlockBackend *blk;
    bool is_open, is_locked;
    unsigned loads, unloads, requests;
} Tray;

static char *images[3];

static bool tray_is_open(const void *opaque) { return ((const Tray *)opaque)->is_open; }

static bool tray_is_locked(const void *opaque) { return ((const Tray *)opaque)->is_locked; }

static void tray_changed(void *opaque, bool is_loaded)
{
    Tray *tray = opaque;
    tray->is_open = !is_loaded;
    cr_assert_eq(blk_is_inserted(tray->blk), is_loaded);
    is_loaded ? tray->loads++ : tray->unloads++;
}

static void tray_requested(void *opaque) { ((Tray *)opaque)->requests++; }

static const BlockMediaOps tray_ops = {tray_is_open, tray_is_locked, tray_changed, tray_requested};

/* All bytes are @fill. */
static char *new_image(size_t size, uint8_t fill)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-media-XXXXXX", &path, NULL);
    g_autofree uint8_t *bytes = g_malloc(size);
    memset(bytes, fill, size);
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return path;
}

static void make_images(void)
{
    images[0] = new_image(SIZE, 0xa0);
    images[1] = new_image(OTHER_SIZE, 0xb1);
    images[2] = new_image(SIZE, 0xc2);
}

static void remove_images(void)
{
    for (size_t n = 0; n < G_N_ELEMENTS(images); n++) {
        g_unlink(images[n]);
    }
}

TestSuite(media, .init = make_images, .fini = remove_images, .timeout = 30);

static BlockConf default_conf(void)
{
    return (BlockConf){.drive = (char *)"r0",
                       .logical_block_size = 512,
                       .physical_block_size = 512,
                       .discard_granularity = UINT32_MAX,
                       .takes_media = true,
                       .latency = 20000,
                       .bandwidth = UINT64_C(4000000000)};
}

/* Drive r0, @more as ",file=...". */
static void open_tray(Tray *tray, const char *more)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf("if=none,id=r0%s", more);
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    cr_assert(block_add_drive(text, devices, &error_abort));
    *tray = (Tray){.conf = default_conf()};
    cr_assert(blkconf_attach(&tray->conf, object_get_root(), true, &error_abort));
    tray->blk = tray->conf.blk;
    blk_set_media_ops(tray->blk, &tray_ops, tray);
}

static void open_with_image(Tray *tray, const char *more)
{
    g_autofree char *text = g_strdup_printf(",format=raw,file=%s%s", images[0], more);
    open_tray(tray, text);
}

static void close_tray(Tray *tray)
{
    blkconf_detach(&tray->conf);
    block_fini_all();
}

static bool change_to(const char *file, Error **errp)
{
    return block_change(
        &(BlockChange){.device = "r0", .file = file, .format = "raw", .mode = "retain"}, errp);
}

static void expect_refusal(bool ok, Error **err, const char *words)
{
    cr_assert(!ok);
    cr_assert_not_null(strstr(error_get_pretty(*err), words), "%s", error_get_pretty(*err));
    error_free(g_steal_pointer(err));
}

/* --- requests ------------------------------------------------------------------------------------------ */

typedef struct Answer {
    bool is_there, makes_another;
    int ret;
    uint8_t first;
} Answer;

static void note(void *opaque, BlockRequest *request)
{
    Answer *answer = opaque;
    answer->is_there = true;
    answer->ret = request->ret;
    answer->first = request->data ? request->data[0] : 0;
    if (answer->makes_another) {
        blk_submit(blk_request_new(request->blk, BLOCK_READ, 0, 512), note, answer + 1);
    }
}

static void wait_for(const Answer *answer)
{
    while (!answer->is_there) {
        cr_assert(clock_warp(machine_clock()));
        clock_service(machine_clock());
    }
}

static int first_byte(BlockBackend *blk, uint64_t offset)
{
    Answer answer = {0};
    blk_submit(blk_request_new(blk, BLOCK_READ, offset, 512), note, &answer);
    wait_for(&answer);
    return answer.ret ? answer.ret : answer.first;
}

static int fill(BlockBackend *blk, uint64_t offset, uint8_t value)
{
    Answer answer = {0};
    BlockRequest *request = blk_request_new(blk, BLOCK_WRITE, offset, 512);
    memset(request->data, value, 512);
    blk_submit(request, note, &answer);
    wait_for(&answer);
    return answer.ret;
}

static uint8_t byte_of_file(const char *path, size_t at)
{
    g_autofree char *bytes = NULL;
    cr_assert(g_file_get_contents(path, &bytes, NULL, NULL));
    return (uint8_t)bytes[at];
}

/* --- change and eject ------------------------------------------------------------------------------------ */

Test(media, empty_drive_has_no_bytes_and_takes_a_medium)
{
    Tray tray;
    open_tray(&tray, "");
    cr_assert(!blk_is_inserted(tray.blk));
    cr_assert_eq(blk_getlength(tray.blk), 0);
    cr_assert_eq(first_byte(tray.blk, 0), -ENOMEDIUM);
    cr_assert(change_to(images[1], &error_abort));
    cr_assert_eq(tray.loads, 1);
    cr_assert_eq(blk_getlength(tray.blk), OTHER_SIZE);
    cr_assert_eq(first_byte(tray.blk, 0), 0xb1);
    cr_assert(block_eject("r0", false, &error_abort));
    cr_assert(tray.is_open);
    cr_assert_eq(first_byte(tray.blk, 0), -ENOMEDIUM);
    cr_assert(block_eject("r0", false, &error_abort), "once more does no harm");
    close_tray(&tray);
}

Test(media, empty_drive_is_nothing_for_a_disk)
{
    Tray tray;
    Error *err = NULL;
    open_tray(&tray, "");
    blkconf_detach(&tray.conf);
    tray.conf.takes_media = false;
    expect_refusal(blkconf_attach(&tray.conf, object_get_root(), true, &err), &err,
                   "drive 'r0' is empty");
    block_fini_all();
}

Test(media, what_cannot_be_opened_leaves_the_old_medium)
{
    Tray tray;
    Error *err = NULL;
    open_with_image(&tray, "");
    expect_refusal(change_to("/nowhere/at/all", &err), &err, "No such file");
    expect_refusal(change_to("/", &err), &err, "cannot open '/'");
    expect_refusal(block_change(&(BlockChange){.device = "x", .file = "y", .mode = "retain"}, &err),
                   &err, "there is no drive 'x'");
    expect_refusal(
        block_change(
            &(BlockChange){.device = "r0", .file = images[1], .format = "raw", .mode = "sideways"},
            &err),
        &err, "retain, read-only, read-write");
    cr_assert_eq(tray.loads + tray.unloads, 0);
    cr_assert_eq(first_byte(tray.blk, 0), 0xa0);
    close_tray(&tray);
}

Test(media, a_driver_that_is_no_format_is_refused_as_one)
{
    static const char *const names[] = {"nbd", "blkdebug", "null-co", "file"};
    Tray tray;
    open_with_image(&tray, "");
    for (size_t n = 0; n < G_N_ELEMENTS(names); n++) {
        Error *err = NULL;
        BlockChange what = {
            .device = "r0", .file = images[1], .format = names[n], .mode = "retain"};
        expect_refusal(block_change(&what, &err), &err, "is a driver of -blockdev");
    }
    close_tray(&tray);
}

Test(media, locked_medium_is_asked_for_and_moves_by_force)
{
    Tray tray;
    Error *err = NULL;
    open_with_image(&tray, "");
    tray.is_locked = true;
    expect_refusal(change_to(images[1], &err), &err, "is locked by the guest");
    expect_refusal(block_eject("r0", false, &err), &err, "is locked by the guest");
    cr_assert_eq(tray.requests, 2);
    cr_assert_eq(first_byte(tray.blk, 0), 0xa0);
    cr_assert(block_eject("r0", true, &error_abort));
    cr_assert_eq(tray.unloads, 1);
    close_tray(&tray);
}

Test(media, device_without_a_tray_keeps_its_medium)
{
    Tray tray;
    Error *err = NULL;
    open_with_image(&tray, "");
    blk_set_media_ops(tray.blk, NULL, NULL);
    expect_refusal(change_to(images[1], &err), &err, "drive 'r0' is not removable");
    expect_refusal(block_eject("r0", true, &err), &err, "drive 'r0' is not removable");
    close_tray(&tray);
}

Test(media, read_only_mode_is_kept_or_changed)
{
    Tray tray;
    open_with_image(&tray, ",readonly=on");
    cr_assert(!blk_is_writable(tray.blk));
    cr_assert(change_to(images[1], &error_abort));
    cr_assert(!blk_is_writable(tray.blk));
    cr_assert(block_change(
        &(BlockChange){.device = "r0", .file = images[2], .format = "raw", .mode = "read-write"},
        &error_abort));
    cr_assert(blk_is_writable(tray.blk));
    cr_assert_eq(fill(tray.blk, 0, 0x77), 0);
    cr_assert(change_to(images[1], &error_abort));
    cr_assert(blk_is_writable(tray.blk), "retained");
    cr_assert_eq(byte_of_file(images[2], 0), 0x77);
    close_tray(&tray);
}

Test(media, image_that_another_drive_writes_is_refused)
{
    Tray tray;
    Error *err = NULL;
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    open_with_image(&tray, "");
    g_autofree char *text = g_strdup_printf("if=none,id=r1,format=raw,file=%s", images[1]);
    cr_assert(block_add_drive(text, devices, &error_abort));
    BlockConf other = default_conf();
    other.drive = (char *)"r1";
    cr_assert(blkconf_attach(&other, object_get_root(), true, &error_abort));
    expect_refusal(change_to(images[1], &err), &err, "another process or drive");
    cr_assert_eq(first_byte(tray.blk, 0), 0xa0);
    blkconf_detach(&other);
    cr_assert(change_to(images[1], &error_abort));
    close_tray(&tray);
}

Test(media, snapshot_protects_every_medium)
{
    Tray tray;
    open_with_image(&tray, ",snapshot=on");
    cr_assert(change_to(images[1], &error_abort));
    cr_assert_eq(fill(tray.blk, 0, 0x11), 0);
    cr_assert_eq(first_byte(tray.blk, 0), 0x11);
    cr_assert(block_eject("r0", false, &error_abort));
    cr_assert_eq(byte_of_file(images[1], 0), 0xb1);
    close_tray(&tray);
}

Test(media, requests_under_way_end_with_the_medium_that_they_were_made_for)
{
    Tray tray;
    Answer answers[3] = {{.makes_another = true}, {0}, {0}};
    open_with_image(&tray, "");
    BlockRequest *write = blk_request_new(tray.blk, BLOCK_WRITE, 1024, 512);
    memset(write->data, 0x5a, 512);
    blk_submit(blk_request_new(tray.blk, BLOCK_READ, 0, 512), note, &answers[0]);
    blk_submit(write, note, &answers[2]);
    cr_assert(change_to(images[1], &error_abort));
    cr_assert(answers[0].is_there && answers[2].is_there);
    cr_assert_eq(answers[0].ret, 0);
    cr_assert_eq(answers[0].first, 0xa0);
    cr_assert_eq(answers[2].ret, 0);
    wait_for(&answers[1]);
    cr_assert_eq(answers[1].ret, -ENOMEDIUM, "what came while there was no medium");
    cr_assert_eq(byte_of_file(images[0], 1024), 0x5a);
    cr_assert_eq(first_byte(tray.blk, 1024), 0xb1);
    close_tray(&tray);
}

/* --- points in time ---------------------------------------------------------------------------------------- */

Test(media, roll_back_brings_the_medium_back)
{
    Tray tray;
    uint64_t points[3];
    open_with_image(&tray, "");
    cr_assert_eq(fill(tray.blk, 0, 0x01), 0);
    cr_assert(block_freeze_all(&points[0], &error_abort));
    cr_assert_eq(fill(tray.blk, 0, 0x02), 0);
    cr_assert(change_to(images[1], &error_abort));
    cr_assert_eq(fill(tray.blk, 0, 0x03), 0);
    cr_assert(block_freeze_all(&points[1], &error_abort));
    cr_assert_eq(fill(tray.blk, 0, 0x04), 0);
    cr_assert(block_eject("r0", false, &error_abort));
    cr_assert(block_freeze_all(&points[2], &error_abort));
    cr_assert(change_to(images[2], &error_abort));
    cr_assert(block_roll_back_all(points[2], &error_abort));
    cr_assert(!blk_is_inserted(tray.blk));
    cr_assert(block_roll_back_all(points[1], &error_abort));
    cr_assert_eq(blk_getlength(tray.blk), OTHER_SIZE);
    cr_assert_eq(first_byte(tray.blk, 0), 0x03);
    cr_assert(block_roll_back_all(points[0], &error_abort));
    cr_assert_eq(blk_getlength(tray.blk), SIZE);
    cr_assert_eq(first_byte(tray.blk, 0), 0x01);
    cr_assert(!block_roll_back_all(points[1], NULL));
    cr_assert(block_drop_all(points[0], &error_abort));
    cr_assert_eq(byte_of_file(images[0], 0), 0x01);
    cr_assert_eq(byte_of_file(images[1], 0), 0x03);
    close_tray(&tray);
}

Test(media, dropped_point_writes_the_medium_that_was_in)
{
    Tray tray;
    uint64_t point;
    Error *err = NULL;
    open_with_image(&tray, "");
    cr_assert(block_freeze_all(&point, &error_abort));
    cr_assert_eq(fill(tray.blk, 512, 0x0f), 0);
    cr_assert(change_to(images[1], &error_abort));
    cr_assert_eq(byte_of_file(images[0], 512), 0xa0, "the point needs it");
    expect_refusal(change_to(images[0], &err), &err, "another process or drive");
    cr_assert(block_drop_all(point, &error_abort));
    cr_assert_eq(byte_of_file(images[0], 512), 0x0f);
    cr_assert(change_to(images[0], &error_abort));
    cr_assert_eq(first_byte(tray.blk, 512), 0x0f);
    close_tray(&tray);
}

/* --- state ----------------------------------------------------------------------------------------------- */

Test(media, state_is_loaded_only_with_the_medium_that_it_was_saved_with)
{
    Tray tray;
    Error *err = NULL;
    open_with_image(&tray, "");
    g_autoptr(GByteArray) first = save(tray.blk);
    cr_assert(change_to(images[2], &error_abort));
    g_autoptr(GByteArray) second = save(tray.blk);
    cr_assert(load(tray.blk, second, &error_abort));
    g_autofree char *name = g_path_get_basename(images[2]);
    expect_refusal(load(tray.blk, first, &err), &err, name);
    cr_assert(block_eject("r0", false, &error_abort));
    g_autoptr(GByteArray) none = save(tray.blk);
    expect_refusal(load(tray.blk, second, &err), &err, "now it has no medium");
    cr_assert(load(tray.blk, none, &error_abort));
    close_tray(&tray);
}

/* A read-only medium, there from the beginning; what it is saved as. */
static GByteArray *saved_with(const char *path)
{
    Tray tray;
    g_autofree char *text = g_strdup_printf(",format=raw,readonly=on,file=%s", path);
    open_tray(&tray, text);
    GByteArray *state = save(tray.blk);
    close_tray(&tray);
    return state;
}

Test(media, medium_that_is_there_from_the_beginning_has_to_be_the_saved_one_too)
{
    Tray tray;
    Error *err = NULL;
    g_autoptr(GByteArray) one = saved_with(images[0]);
    g_autoptr(GByteArray) again = saved_with(images[0]);
    cr_assert_eq(one->len, again->len);
    cr_assert_eq(memcmp(one->data, again->data, one->len), 0);
    g_autofree char *text = g_strdup_printf(",format=raw,readonly=on,file=%s", images[2]);
    open_tray(&tray, text); /* of the same length */
    expect_refusal(load(tray.blk, one, &err), &err,
                   "of 65536 bytes when it was saved, which is another one now");
    close_tray(&tray);
}

/* The identity of a large medium whose byte @at is not zero. */
static uint64_t identity_of(const char *path, off_t length, off_t at)
{
    Tray tray;
    int fd = open(path, O_RDWR);
    cr_assert_eq(ftruncate(fd, 0), 0);
    cr_assert_eq(ftruncate(fd, length), 0);
    cr_assert_eq(pwrite(fd, "x", 1, at), 1);
    close(fd);
    g_autofree char *text = g_strdup_printf(",format=raw,readonly=on,file=%s", path);
    open_tray(&tray, text);
    g_autoptr(GByteArray) state = save(tray.blk);
    close_tray(&tray);
    return ldq_be_p(state->data + 8);
}

Test(media, large_medium_is_known_by_its_ends_and_some_pieces_and_soon)
{
    const off_t length = (off_t)9 << 30;
    const off_t places[] = {0, 1024, 32768, length - 1024, length - 1};
    g_autofree char *path = new_image(512, 0);
    uint64_t seen[G_N_ELEMENTS(places)];
    gint64 begin = g_get_monotonic_time();
    for (size_t n = 0; n < G_N_ELEMENTS(places); n++) {
        seen[n] = identity_of(path, length, places[n]);
        for (size_t other = 0; other < n; other++) {
            cr_assert_neq(seen[n], seen[other]);
        }
    }
    gint64 each_us = (g_get_monotonic_time() - begin) / (gint64)G_N_ELEMENTS(places);
    cr_assert_lt(each_us, 50000, "%d us", (int)each_us);
    g_unlink(path);
}

Test(media, request_that_found_no_medium_is_saved_as_that)
{
    Tray tray;
    Answer answers[2] = {{.makes_another = true}, {0}}, again = {0};
    open_with_image(&tray, "");
    blk_submit(blk_request_new(tray.blk, BLOCK_READ, 0, 512), note, &answers[0]);
    cr_assert(change_to(images[1], &error_abort));
    g_autoptr(GByteArray) state = save(tray.blk);
    cr_assert(load(tray.blk, state, &error_abort));
    cr_assert_not_null(blk_reattach(tray.blk, 1, note, &again));
    wait_for(&again);
    cr_assert_eq(again.ret, -ENOMEDIUM);
    close_tray(&tray);
}

Test(media, info_block_shows_tray_and_lock)
{
    Tray tray;
    open_tray(&tray, "");
    tray.is_locked = tray.is_open = true;
    g_autoptr(GString) text = g_string_new(NULL);
    cr_assert(block_info(&(BlockInfo){.name = "r0"}, text, &error_abort));
    cr_assert_str_eq(text->str, "r0: [not inserted]\n"
                                "    Attached to:      /\n"
                                "    Removable device: locked, tray open\n");
    close_tray(&tray);
}
