/* SPDX-License-Identifier: MIT */
/*
 * What the parts of macdisk share: a disk or image that is written in big-endian structures, and the
 * two ways out. Source: none (own design).
 */
#ifndef GUEST_INSTALL_MACDISK_H
#define GUEST_INSTALL_MACDISK_H

#include <stddef.h>
#include <stdint.h>

enum { SECTOR = 512 };

typedef struct Disk {
    const char *path;
    int fd;
    uint64_t size_bytes;
} Disk;

/* All of them end the program with one line if they cannot do their work. */
_Noreturn void die(const char *path, const char *why);
void disk_open(Disk *disk, const char *path);
void disk_read(const Disk *disk, uint64_t at, void *data, size_t size);
void disk_write(const Disk *disk, uint64_t at, const void *data, size_t size);
void disk_zero(const Disk *disk, uint64_t at, uint64_t size);
void disk_close(Disk *disk);

/* The subcommands; their arguments are checked by main(). */
void partition_disk(const char *path);
void make_hfsplus(const char *path, const char *volume_name);
void bless_file(const char *path);

static inline void put16(void *at, uint16_t value)
{
    uint8_t *p = at;
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void put32(void *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16((uint8_t *)at + 2, (uint16_t)value);
}

static inline void put64(void *at, uint64_t value)
{
    put32(at, (uint32_t)(value >> 32));
    put32((uint8_t *)at + 4, (uint32_t)value);
}

#endif
