/* SPDX-License-Identifier: MIT */
/*
 * macdisk: makes an empty disk one that a Power Mac starts from. The installer runs it in the Linux
 * guest, tests run it on the host; it writes to block devices and to image files alike.
 *
 *     macdisk partition DISK        an Apple partition map: boot (HFS+), root, swap
 *     macdisk mkhfsplus PART NAME   an HFS+ file system with nothing in it
 *     macdisk bless FILE            FILE is what the firmware starts, its folder the system folder
 *
 * Source: none (own design); the formats are named in the other files.
 */
#define _FILE_OFFSET_BITS 64
#include "macdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void die(const char *path, const char *why)
{
    fprintf(stderr, "macdisk: %s: %s\n", path, why);
    exit(1);
}

void disk_open(Disk *disk, const char *path)
{
    off_t end;

    disk->path = path;
    disk->fd = open(path, O_RDWR | O_CLOEXEC);
    if (disk->fd < 0) {
        die(path, strerror(errno));
    }
    end = lseek(disk->fd, 0, SEEK_END);
    if (end < 0) {
        die(path, strerror(errno));
    }
    disk->size_bytes = (uint64_t)end;
}

void disk_read(const Disk *disk, uint64_t at, void *data, size_t size)
{
    ssize_t got = pread(disk->fd, data, size, (off_t)at);

    if (got != (ssize_t)size) {
        die(disk->path, got < 0 ? strerror(errno) : "too small");
    }
}

void disk_write(const Disk *disk, uint64_t at, const void *data, size_t size)
{
    ssize_t done = pwrite(disk->fd, data, size, (off_t)at);

    if (done != (ssize_t)size) {
        die(disk->path, done < 0 ? strerror(errno) : "not all of it could be written");
    }
}

void disk_zero(const Disk *disk, uint64_t at, uint64_t size)
{
    static const uint8_t zeros[65536];

    while (size > 0) {
        size_t now = size < sizeof zeros ? (size_t)size : sizeof zeros;
        disk_write(disk, at, zeros, now);
        at += now;
        size -= now;
    }
}

void disk_close(Disk *disk)
{
    if (fsync(disk->fd) < 0 || close(disk->fd) < 0) {
        die(disk->path, strerror(errno));
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "partition") == 0) {
        partition_disk(argv[2]);
    } else if (argc == 4 && strcmp(argv[1], "mkhfsplus") == 0) {
        make_hfsplus(argv[2], argv[3]);
    } else if (argc == 3 && strcmp(argv[1], "bless") == 0) {
        bless_file(argv[2]);
    } else {
        fprintf(stderr, "usage: macdisk partition DISK | mkhfsplus PART NAME | bless FILE\n");
        return 2;
    }
    return 0;
}
