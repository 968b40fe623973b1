/* SPDX-License-Identifier: MIT */
/*
 * Which format an image has and what is on it; images of whole CD sectors and of Disk Copy; writes of guessed
 * images.
 * Covers: block/probe.c, block/contents.c, block/raw_sectors.c, block/image.c, block/raw.c.
 */
#include "block/block.h"
#include "block/drive.h"
#include "block/probe.h"
#include "time/clock.h"
#include "util/bits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 128 << 10 };

static uint8_t image[SIZE];

static const char *format_of(uint64_t length)
{
    uint8_t tail[BLOCK_PROBE_TAIL] = {0};
    if (length >= sizeof(tail)) {
        memcpy(tail, image + length - sizeof(tail), sizeof(tail));
    }
    return block_format_of(image, tail, length);
}

#define PUT(at, text) memcpy(image + (at), text, sizeof(text) - 1)

static void clear(void) { memset(image, 0, sizeof(image)); }

/* --- formats ------------------------------------------------------------------------------------------------ */

Test(probe, formats_are_told_by_their_bytes)
{
    static const struct {
        const char *format;
        size_t at;
        const char *bytes;
        size_t count;
    } cases[] = {
        {"qcow2", 0, "QFI\xfb\0\0\0\3", 8},
        {"qcow2", 0, "QFI\xfb\0\0\0\2", 8},
        {"qcow", 0, "QFI\xfb\0\0\0\1", 8},
        {"raw", 0, "QFI\xfb\0\0\0\7", 8},
        {"vmdk", 0, "KDMV", 4},
        {"vmdk", 0, "COWD", 4},
        {"vmdk", 0, "# Disk DescriptorFile\n", 22},
        {"vdi", 64, "\x7f\x10\xda\xbe", 4},
        {"vhdx", 0, "vhdxfile", 8},
        {"vpc", 0, "conectix", 8},
        {"vpc", SIZE - 512, "conectix", 8},
        {"qed", 0, "QED\0", 4},
        {"luks", 0, "LUKS\xba\xbe", 6},
        {"parallels", 0, "WithoutFreeSpace", 16},
        {"parallels", 0, "WithouFreSpacExt", 16},
        {"bochs", 0, "Bochs Virtual HD Image", 22},
        {"cloop", 0, "#!/bin/sh\n#V2.0 Format\n", 23},
        {"dmg", SIZE - 512, "koly\0\0\0\4\0\0\2\0", 12},
        {"raw", SIZE - 512, "koly\0\0\0\1\0\0\0\0", 12},
        {"raw", SIZE - 500, "koly\0\0\0\4\0\0\2\0", 12},
        {"raw", 512, "PM\0\0", 4},
        {"raw", 0, "", 0},
    };
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        clear();
        memcpy(image + cases[n].at, cases[n].bytes, cases[n].count);
        cr_assert_str_eq(format_of(SIZE), cases[n].format, "case %zu", n);
    }
}

/* @count sectors; user data of sector n is n + 1. */
static uint64_t make_sectors(unsigned count, uint8_t mode, uint8_t sub_mode)
{
    clear();
    for (unsigned n = 0; n < count; n++) {
        uint8_t *sector = image + n * CD_RAW_BYTES;
        memset(sector, 0xee, CD_RAW_BYTES);
        memcpy(sector, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
        sector[15] = mode;
        sector[18] = sub_mode;
        memset(sector + (mode == 1 ? 16 : 24), (int)(n + 1), CD_USER_BYTES);
    }
    return count * CD_RAW_BYTES;
}

Test(probe, whole_cd_sectors_have_two_syncs_and_a_fitting_length)
{
    uint64_t length = make_sectors(10, 1, 0);
    cr_assert_str_eq(format_of(length), "raw2352");
    cr_assert_str_eq(format_of(length + 512), "raw");
    cr_assert_str_eq(format_of(CD_RAW_BYTES), "raw2352");
    image[CD_RAW_BYTES] = 1;
    cr_assert_str_eq(format_of(length), "raw");
    length = make_sectors(10, 2, 0);
    cr_assert_str_eq(format_of(length), "raw2352");
    length = make_sectors(10, 2, 0x20);
    cr_assert_str_eq(format_of(length), "raw", "form 2");
    length = make_sectors(10, 0, 0);
    cr_assert_str_eq(format_of(length), "raw", "mode 0");
}

static uint64_t make_disk_copy(uint32_t data, uint32_t tags)
{
    clear();
    image[0] = 4;
    PUT(1, "Disk");
    stl_be_p(image + 64, data);
    stl_be_p(image + 68, tags);
    stw_be_p(image + 82, 0x0100);
    for (uint32_t n = 0; n < data; n++) {
        image[84 + n] = (uint8_t)(n / 512 + 1);
    }
    return 84 + data + tags;
}

Test(probe, disk_copy_has_sizes_that_fit)
{
    uint64_t length = make_disk_copy(8192, 192);
    cr_assert_str_eq(format_of(length), "dc42");
    cr_assert_str_eq(format_of(length - 1), "raw");
    image[0] = 64;
    cr_assert_str_eq(format_of(length), "raw", "no name has 64 letters");
    length = make_disk_copy(8192, 0);
    stl_be_p(image + 64, UINT32_MAX);
    cr_assert_str_eq(format_of(length), "raw");
    stl_be_p(image + 64, 0);
    cr_assert_str_eq(format_of(length), "raw");
}

/* --- contents ----------------------------------------------------------------------------------------------- */

static void expect_contents(const char *expected, const char *advice)
{
    const char *told;
    g_autofree char *contents = block_contents_of(image, 65536, SIZE, &told);
    cr_assert_str_eq(contents ? contents : "-", expected);
    cr_assert_eq(told != NULL, advice != NULL, "%s: %s", expected, told);
    cr_assert(!advice || strstr(told, advice), "%s", told);
}

static void put_partition(unsigned n, unsigned count, const char *type)
{
    uint8_t *entry = image + (size_t)512 * (n + 1);
    memset(entry, 0, 512);
    memcpy(entry, "PM", 2);
    stl_be_p(entry + 4, count);
    g_strlcpy((char *)entry + 48, type, 33);
}

Test(probe, apple_partition_map_is_told_with_its_partitions)
{
    clear();
    PUT(0, "ER\2\0");
    put_partition(0, 4, "Apple_partition_map");
    put_partition(1, 4, "Apple_HFS");
    put_partition(2, 4, "Apple_UNIX_SVR2");
    put_partition(3, 4, "Apple_Free");
    expect_contents("Apple partition map (Apple_HFS, Apple_UNIX_SVR2)", NULL);
    PUT(32769, "CD001");
    expect_contents("ISO 9660, Apple partition map (Apple_HFS, Apple_UNIX_SVR2)", NULL);
    put_partition(1, 4, "bad\1\xff,\n%s");
    put_partition(2, UINT32_MAX, "Apple_HFS");
    expect_contents("ISO 9660, Apple partition map (bad?????s, Apple_HFS)", NULL);
}

Test(probe, partition_map_that_runs_on_for_ever_is_bounded)
{
    clear();
    for (unsigned n = 0; n < 120; n++) {
        g_autofree char *type = g_strdup_printf("T%03u", n);
        put_partition(n, UINT32_MAX, type);
    }
    const char *advice;
    g_autofree char *contents = block_contents_of(image, 65536, SIZE, &advice);
    cr_assert(strlen(contents) < 600);
    g_free(block_contents_of(image, 1024 + 100, SIZE, &advice));
    g_free(block_contents_of(image, 512 + 3, SIZE, &advice));
}

Test(probe, file_systems_are_told)
{
    clear();
    expect_contents("blank", NULL);
    PUT(1024, "H+\0\4");
    expect_contents("HFS Plus without a partition map", "needs an Apple partition map");
    clear();
    PUT(1024, "BD");
    stl_be_p(image + 1044, 4096);
    expect_contents("HFS without a partition map", "needs an Apple partition map");
    stl_be_p(image + 1044, 4097);
    expect_contents("-", NULL);
    clear();
    PUT(32769, "CD001");
    expect_contents("ISO 9660", NULL);
    clear();
    PUT(510, "\x55\xaa");
    image[450] = 0x83;
    expect_contents("PC partition table", NULL);
    PUT(512, "EFI PART");
    expect_contents("GUID partition table", NULL);
    clear();
    PUT(1080, "\x53\xef");
    expect_contents("ext2, ext3 or ext4", NULL);
    clear();
    PUT(0, "\x1f\x8b");
    expect_contents("gzip data", "unpack it first");
    clear();
    PUT(0, "\x7f"
           "ELF");
    expect_contents("an ELF program", "-kernel");
    memset(image, 0x5a, sizeof(image));
    expect_contents("-", NULL);
}

Test(probe, nothing_at_all_is_empty)
{
    const char *advice;
    g_autofree char *contents = block_contents_of(image, 0, 0, &advice);
    cr_assert_str_eq(contents, "empty");
}

/* --- files -------------------------------------------------------------------------------------------------- */

static char *new_file(uint64_t length)
{
    char *path = NULL;
    int fd = g_file_open_tmp("core99-probe-XXXXXX", &path, NULL);
    cr_assert_eq(write(fd, image, length), (ssize_t)length);
    close(fd);
    return path;
}

static BlockConf conf;

/* Drive p0, of a format that is found out unless @more says it: ",format=raw". */
static BlockBackend *open_file(const char *path, const char *more)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf("if=none,id=p0,file=%s%s", path, more);
    clock_configure_icount(machine_clock(), "shift=0,sleep=off", &error_abort);
    cr_assert(block_add_drive(text, devices, &error_abort));
    conf = (BlockConf){.drive = (char *)"p0",
                       .logical_block_size = 512,
                       .physical_block_size = 512,
                       .discard_granularity = UINT32_MAX,
                       .latency = 20000};
    cr_assert(blkconf_attach(&conf, object_get_root(), true, &error_abort));
    return conf.blk;
}

static void expect_refusal(const char *format, const char *path, const char *words)
{
    Error *err = NULL;
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strdup_printf("if=none,id=p1,file=%s%s%s", path,
                                            format ? ",format=" : "", format ? format : "");
    cr_assert(!block_add_drive(text, devices, &err));
    cr_assert_not_null(strstr(error_get_pretty(err), words), "%s", error_get_pretty(err));
    error_free(err);
    block_fini_all();
}

static void close_file(char *path)
{
    blkconf_detach(&conf);
    block_fini_all();
    g_unlink(path);
    g_free(path);
}

static void expect_info(const char *words)
{
    g_autoptr(GString) text = g_string_new(NULL);
    cr_assert(block_info(&(BlockInfo){.name = "p0"}, text, &error_abort));
    cr_assert_not_null(strstr(text->str, words), "%s", text->str);
}

typedef struct Answer {
    bool is_there;
    int ret;
    uint8_t *data;
} Answer;

static void note(void *opaque, BlockRequest *request)
{
    Answer *answer = opaque;
    answer->is_there = true;
    answer->ret = request->ret;
    if (answer->data && request->ret == 0) {
        memcpy(answer->data, request->data, request->bytes);
    }
}

static int wait_for(BlockRequest *request, uint8_t *data)
{
    Answer answer = {.data = data};
    blk_submit(request, note, &answer);
    while (!answer.is_there) {
        cr_assert(clock_warp(machine_clock()));
        clock_service(machine_clock());
    }
    return answer.ret;
}

static int read_disk(BlockBackend *blk, uint64_t at, uint8_t *data, uint64_t bytes)
{
    return wait_for(blk_request_new(blk, BLOCK_READ, at, bytes), data);
}

static int write_disk(BlockBackend *blk, uint64_t at, const uint8_t *data, uint64_t bytes)
{
    BlockRequest *request = blk_request_new(blk, BLOCK_WRITE, at, bytes);
    memcpy(request->data, data, bytes);
    return wait_for(request, NULL);
}

Test(probe, user_data_of_whole_sectors_is_read)
{
    static const uint64_t places[][2] = {{0, 512},     {1536, 1024}, {0, 20480},
                                         {2048, 4096}, {512, 19456}, {20480 - 512, 512}};
    uint8_t data[20480];
    for (uint8_t mode = 1; mode <= 2; mode++) {
        char *path = new_file(make_sectors(10, mode, 0));
        BlockBackend *blk = open_file(path, "");
        expect_info("(raw2352, read-only)");
        cr_assert_eq(blk_getlength(blk), 20480);
        cr_assert(!blk_is_writable(blk));
        for (size_t n = 0; n < G_N_ELEMENTS(places); n++) {
            cr_assert_eq(read_disk(blk, places[n][0], data, places[n][1]), 0);
            for (uint64_t i = 0; i < places[n][1]; i++) {
                cr_assert_eq(data[i], (places[n][0] + i) / 2048 + 1);
            }
        }
        cr_assert_eq(write_disk(blk, 0, data, 512), -EPERM);
        close_file(path);
    }
}

Test(probe, audio_and_form_2_sectors_cannot_be_read)
{
    uint8_t data[2048];
    uint64_t length = make_sectors(10, 2, 0);
    image[3 * CD_RAW_BYTES + 18] = 0x20;
    memset(image + (size_t)5 * CD_RAW_BYTES, 0, CD_RAW_BYTES);
    char *path = new_file(length);
    BlockBackend *blk = open_file(path, "");
    cr_assert_eq(read_disk(blk, 2 * 2048, data, 2048), 0);
    cr_assert_eq(read_disk(blk, 3 * 2048, data, 2048), -EIO);
    cr_assert_eq(read_disk(blk, 5 * 2048, data, 512), -EIO);
    close_file(path);
}

Test(probe, disk_copy_image_is_read_behind_its_header)
{
    uint8_t data[1024];
    char *path = new_file(make_disk_copy(8192, 192));
    BlockBackend *blk = open_file(path, "");
    expect_info("(dc42, read-only)");
    cr_assert_eq(blk_getlength(blk), 8192);
    cr_assert_eq(read_disk(blk, 512, data, 1024), 0);
    cr_assert_eq(data[0], 2);
    cr_assert_eq(data[1023], 3);
    close_file(path);
    clear();
    path = new_file(4096);
    expect_refusal("dc42", path, "is no Disk Copy 4.2 image");
    g_unlink(path);
    g_free(path);
}

/* --- guesses ------------------------------------------------------------------------------------------------ */

static void expect_write(BlockBackend *blk, uint64_t at, const char *bytes, size_t count,
                         int expected)
{
    uint8_t data[512] = {0};
    memcpy(data, bytes, count);
    cr_assert_eq(write_disk(blk, at, data, 512), expected);
}

Test(probe, guessed_raw_image_cannot_be_turned_into_another_format)
{
    clear();
    char *path = new_file(SIZE);
    BlockBackend *blk = open_file(path, "");
    expect_info("Contents:         blank");
    expect_write(blk, 0, "QFI\xfb\0\0\0\3", 8, -EPERM);
    expect_write(blk, 0, "KDMV", 4, -EPERM);
    expect_write(blk, SIZE - 512, "koly\0\0\0\4\0\0\2\0", 12, -EPERM);
    expect_write(blk, SIZE - 512, "conectix", 8, -EPERM);
    expect_write(blk, 0, "ER", 2, 0);
    expect_write(blk, 512, "QFI\xfb\0\0\0\3", 8, 0);
    expect_write(blk, SIZE - 512, "PM", 2, 0);
    uint8_t big[8192] = "QFI\xfb\0\0\0\3";
    cr_assert_eq(write_disk(blk, 0, big, sizeof(big)), -EPERM);
    cr_assert_eq(write_disk(blk, 4096, big, sizeof(big)), 0);
    close_file(path);
}

Test(probe, last_sector_of_an_odd_image_is_looked_at_as_it_will_be)
{
    clear();
    char *path = new_file(1000);
    BlockBackend *blk = open_file(path, "");
    expect_write(blk, 512, "conectix", 8, -EPERM);
    expect_write(blk, 512, "harmless", 8, 0);
    close_file(path);
}

Test(probe, image_that_is_said_to_be_raw_takes_everything)
{
    clear();
    char *path = new_file(SIZE);
    BlockBackend *blk = open_file(path, ",format=raw");
    expect_write(blk, 0, "QFI\xfb\0\0\0\3", 8, 0);
    close_file(path);
    expect_refusal(NULL, "/nowhere", "cannot open '/nowhere'");
}
