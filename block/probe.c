/* SPDX-License-Identifier: MIT */
/*
 * Which format an image has.
 *
 * Source: the formats' published headers: qcow2 ("QFI\xfb"), VMDK, VDI, VHDX, VHD, QED, LUKS, Parallels, Bochs, cloop;
 * the trailer of UDIF images ("koly", version 4, 512 bytes); ECMA-130 14 (sync of CD sectors); Apple's Disk Copy 4.2.
 */
#include "block/probe.h"

#include "block/internal.h"
#include "util/bits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct Magic {
    const char *format;
    int offset; /* negative: from the end */
    const char *bytes;
    size_t length;
} Magic;

#define MAGIC(format, offset, bytes) {format, offset, bytes, sizeof(bytes) - 1}
static const Magic magics[] = {
    MAGIC("qcow2", 0, "QFI\xfb\0\0\0\2"),
    MAGIC("qcow2", 0, "QFI\xfb\0\0\0\3"),
    MAGIC("qcow", 0, "QFI\xfb\0\0\0\1"),
    MAGIC("vmdk", 0, "KDMV"),
    MAGIC("vmdk", 0, "COWD"),
    MAGIC("vmdk", 0, "# Disk DescriptorFile"),
    MAGIC("vdi", 64, "\x7f\x10\xda\xbe"),
    MAGIC("vhdx", 0, "vhdxfile"),
    MAGIC("vpc", 0, "conectix"),
    MAGIC("vpc", -512, "conectix"),
    MAGIC("qed", 0, "QED\0"),
    MAGIC("luks", 0, "LUKS\xba\xbe"),
    MAGIC("parallels", 0, "WithoutFreeSpace"),
    MAGIC("parallels", 0, "WithouFreSpacExt"),
    MAGIC("bochs", 0, "Bochs Virtual HD Image"),
    MAGIC("cloop", 0, "#!/bin/sh\n#V2.0 Format\n"),
    MAGIC("dmg", -512, "koly\0\0\0\4\0\0\2\0"),
};

/* --- formats without a magic number ---------------------------------------------------------------------- */

static bool is_sync(const uint8_t *sector)
{
    return memcmp(sector, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12) == 0;
}

/* The first two sectors, unless there is only one. */
static bool has_whole_sectors(const uint8_t *head, uint64_t length)
{
    return length >= CD_RAW_BYTES && length % CD_RAW_BYTES == 0 && block_cd_user_data(head) &&
           (length == CD_RAW_BYTES || is_sync(head + CD_RAW_BYTES));
}

const uint8_t *block_cd_user_data(const uint8_t *sector)
{
    enum { MODE = 15, SUB_MODE = 18, FORM_2 = 0x20 };
    if (!is_sync(sector)) {
        return NULL;
    }
    if (sector[MODE] == 1) {
        return sector + 16;
    }
    return sector[MODE] == 2 && !(sector[SUB_MODE] & FORM_2) ? sector + 24 : NULL;
}

uint64_t block_disk_copy_length(const uint8_t *head, uint64_t length)
{
    enum { NAME_MAX_LENGTH = 63, DATA_SIZE = 64, TAG_SIZE = 68, MAGIC_AT = 82, HEADER = 84 };
    uint64_t data = ldl_be_p(head + DATA_SIZE), tags = ldl_be_p(head + TAG_SIZE);
    bool is_one = length > HEADER && head[0] <= NAME_MAX_LENGTH &&
                  lduw_be_p(head + MAGIC_AT) == 0x0100 && data && data % BLOCK_SECTOR == 0 &&
                  HEADER + data + tags <= length;
    return is_one ? data : 0;
}

const char *block_format_of(const uint8_t *head, const uint8_t *tail, uint64_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++) {
        const Magic *magic = &magics[i];
        const uint8_t *at = magic->offset < 0 ? tail + BLOCK_PROBE_TAIL + magic->offset
                                              : head + magic->offset;
        if (memcmp(at, magic->bytes, magic->length) == 0) {
            return magic->format;
        }
    }
    if (has_whole_sectors(head, length)) {
        return "raw2352";
    }
    return block_disk_copy_length(head, length) ? "dc42" : "raw";
}

/* --- files --------------------------------------------------------------------------------------------------- */

/* What is not there reads as zeros, and no format looks like that. */
static void read_piece(int fd, off_t offset, uint8_t *data, size_t size)
{
    ssize_t got = pread(fd, data, size, MAX(offset, 0));
    memset(data + MAX(got, 0), 0, size - (size_t)MAX(got, 0));
}

bool block_probe(const char *filename, const char **driver, Error **errp)
{
    g_autofree uint8_t *head = g_malloc0(BLOCK_PROBE_HEAD);
    uint8_t tail[BLOCK_PROBE_TAIL];
    int fd = open(filename, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_setg_errno(errp, errno, "cannot open '%s'", filename);
    }
    off_t length = lseek(fd, 0, SEEK_END);
    read_piece(fd, 0, head, BLOCK_PROBE_HEAD);
    read_piece(fd, length - BLOCK_PROBE_TAIL, tail, BLOCK_PROBE_TAIL);
    close(fd);
    *driver = block_format_of(head, tail, (uint64_t)MAX(length, 0));
    return block_driver_find(*driver, NULL) ||
           error_setg(errp,
                      "'%s' has format %s, which is not built yet; qemu-img convert -O raw makes a "
                      "raw image; format=raw takes it as it is",
                      filename, *driver);
}
