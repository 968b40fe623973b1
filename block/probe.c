/* SPDX-License-Identifier: MIT */
/*
 * Which format an image has.
 *
 * Source: the formats' published headers: qcow2 ("QFI\xfb"), VMDK, VDI, VHDX, VHD, QED, LUKS, Parallels, DMG.
 */
#include "block/probe.h"

#include "block/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 512 };

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
    MAGIC("dmg", -512, "koly"),
};

static const char *format_of(const uint8_t *head, const uint8_t *tail)
{
    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++) {
        const Magic *magic = &magics[i];
        const uint8_t *at = magic->offset < 0 ? tail + HEAD + magic->offset : head + magic->offset;
        if (memcmp(at, magic->bytes, magic->length) == 0) {
            return magic->format;
        }
    }
    return NULL;
}

/* What is not there reads as zeros, and no format looks like that. */
static void read_piece(int fd, off_t offset, uint8_t *data)
{
    ssize_t got = pread(fd, data, HEAD, MAX(offset, 0));
    memset(data + MAX(got, 0), 0, (size_t)(HEAD - MAX(got, 0)));
}

bool block_probe(const char *filename, const char **driver, Error **errp)
{
    uint8_t head[HEAD], tail[HEAD];
    int fd = open(filename, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_setg_errno(errp, errno, "cannot open '%s'", filename);
    }
    off_t length = lseek(fd, 0, SEEK_END);
    read_piece(fd, 0, head);
    read_piece(fd, length - HEAD, tail);
    close(fd);
    const char *format = format_of(head, tail);
    *driver = format ? format : "raw";
    if (format && block_driver_find(format, NULL)) {
        return true;
    }
    if (format) {
        return error_setg(errp,
                          "'%s' has format %s, which is not built yet; qemu-img convert -O raw "
                          "makes a raw image; format=raw takes it as it is",
                          filename, format);
    }
    warn_report("'%s': no format given, so it was guessed: raw; format=raw says it", filename);
    return true;
}
