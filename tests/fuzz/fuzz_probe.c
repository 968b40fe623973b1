/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: images for the content probe and for the drivers of images that hold more than a disk.
 *
 * An input is a length (3 bytes) and records of offset (3), count (1) and so many bytes, laid over zeros. The bytes are
 * looked at where ASan knows their end, then as a file (in memory) behind -drive format=raw2352, dc42 or raw.
 */
#include "block/drive.h"
#include "block/probe.h"
#include "tests/fuzz/contain.h"
#include "util/bits.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTH_MAX = 160 << 10 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    contain(*argc, *argv);
    return 0;
}

static uint32_t number(const uint8_t *at) { return (uint32_t)at[0] << 16 | lduw_be_p(at + 1); }

static uint8_t *make_image(const uint8_t *data, size_t size, size_t *length)
{
    *length = size >= 3 ? number(data) % LENGTH_MAX : 0;
    uint8_t *image = g_malloc0(*length);
    for (size_t at = 3; at + 4 <= size;) {
        size_t offset = number(data + at), count = MIN(data[at + 3], size - at - 4);
        if (offset < *length) {
            memcpy(image + offset, data + at + 4, MIN(count, *length - offset));
        }
        at += 4 + count;
    }
    return image;
}

/* A part of the image in a buffer of its own, filled with zeros. */
static uint8_t *piece(const uint8_t *image, size_t length, size_t at, size_t size)
{
    uint8_t *out = g_malloc0(size);
    if (at < length) {
        memcpy(out, image + at, MIN(size, length - at));
    }
    return out;
}

static void look(const uint8_t *image, size_t length)
{
    const char *advice;
    size_t tail_at = length > BLOCK_PROBE_TAIL ? length - BLOCK_PROBE_TAIL : 0;
    g_autofree uint8_t *head = piece(image, length, 0, BLOCK_PROBE_HEAD);
    g_autofree uint8_t *tail = piece(image, length, tail_at, BLOCK_PROBE_TAIL);
    g_assert(block_format_of(head, tail, length));
    size_t shown = MIN(length, BLOCK_CONTENTS_HEAD);
    g_autofree uint8_t *begin = piece(image, length, 0, shown);
    g_autofree char *contents = block_contents_of(begin, shown, length, &advice);
    g_assert(!contents || g_utf8_validate(contents, -1, NULL));
    for (size_t at = 0; at < length; at += CD_RAW_BYTES) {
        g_autofree uint8_t *sector = piece(image, length, at, CD_RAW_BYTES);
        const uint8_t *user_data = block_cd_user_data(sector);
        g_assert(!user_data || user_data + CD_USER_BYTES <= sector + CD_RAW_BYTES);
    }
}

static void open_as(const char *format, int fd)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *drive = g_strdup_printf(
        "if=none,id=p0,readonly=on,format=%s,file=/proc/self/fd/%d", format, fd);
    if (block_add_drive(drive, devices, NULL)) {
        block_info(&(BlockInfo){.name = "p0"}, text, NULL);
    }
    block_fini_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"raw2352", "dc42", "raw"};
    size_t length;
    g_autofree uint8_t *image = make_image(data, size, &length);
    look(image, length);
    int fd = memfd_create("image", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, image, length) == (ssize_t)length) {
        open_as(formats[size % G_N_ELEMENTS(formats)], fd);
    }
    if (fd >= 0) {
        close(fd);
    }
    return 0;
}
