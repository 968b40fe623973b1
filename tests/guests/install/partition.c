/* SPDX-License-Identifier: MIT */
/*
 * An Apple partition map on an empty disk: driver descriptor record, the map itself, boot (Apple_HFS), root and
 * swap (Apple_UNIX_SVR2, told apart by their names as Linux distributions do).
 * Source: Inside Macintosh: Devices, chapter 3 (driver descriptor record, partition map entry).
 * Not modelled: drivers in the driver descriptor record, patches, blocks other than 512 bytes; a disk that
 * is not empty is refused.
 */
#include "macdisk.h"

#include <string.h>

enum {
    MAP_SECTORS = 63,
    FIRST_SECTOR = 64,        /* of the first partition: page-aligned, as every other */
    ALIGN = 8,                /* sectors: HFS+ wants whole allocation blocks */
    BOOT_SECTORS = 8 * 2048,  /* 8 MiB: GRUB and its menu */
    SWAP_SECTORS = 32 * 2048, /* none on a disk under 256 MiB */
    SWAP_WANTS = 256 * 2048,
    SMALLEST = 48 * 2048,
    STATUS_IN_USE = 0x33,      /* valid, allocated, readable, writable */
    STATUS_MOUNT = 0x40000000, /* A/UX: mount at start */
};

typedef struct Part {
    const char *name, *type;
    uint32_t first, sectors, status;
} Part;

static void refuse_used_disk(const Disk *disk)
{
    uint8_t head[FIRST_SECTOR * SECTOR];

    disk_read(disk, 0, head, sizeof head);
    for (size_t n = 0; n < sizeof head; n++) {
        if (head[n] != 0) {
            die(disk->path, "not an empty disk; nothing is changed");
        }
    }
}

static void write_driver_descriptor(const Disk *disk)
{
    uint8_t block[SECTOR] = {0};

    put16(block, 0x4552); /* sbSig, "ER" */
    put16(block + 2, SECTOR);
    put32(block + 4, (uint32_t)(disk->size_bytes / SECTOR));
    disk_write(disk, 0, block, sizeof block);
}

static void write_entry(const Disk *disk, const Part *part, uint32_t number, uint32_t count)
{
    uint8_t block[SECTOR] = {0};

    put16(block, 0x504d); /* pmSig, "PM" */
    put32(block + 4, count);
    put32(block + 8, part->first);
    put32(block + 12, part->sectors);
    memcpy(block + 16, part->name, strlen(part->name));
    memcpy(block + 48, part->type, strlen(part->type));
    put32(block + 84, part->sectors); /* pmDataCnt */
    put32(block + 88, part->status);
    disk_write(disk, (uint64_t)number * SECTOR, block, sizeof block);
}

void partition_disk(const char *path)
{
    Disk disk;
    uint32_t count, sectors, swap, root_first = FIRST_SECTOR + BOOT_SECTORS;

    disk_open(&disk, path);
    if (disk.size_bytes / SECTOR < SMALLEST) {
        die(path, "too small: 48 MB are needed");
    }
    if (disk.size_bytes / SECTOR > UINT32_MAX) {
        die(path, "over 2 TB: an Apple partition map cannot hold it");
    }
    refuse_used_disk(&disk);
    sectors = (uint32_t)(disk.size_bytes / SECTOR) / ALIGN * ALIGN;
    swap = sectors < SWAP_WANTS ? 0 : SWAP_SECTORS;
    const Part parts[] = {
        {"Apple", "Apple_partition_map", 1, MAP_SECTORS, STATUS_IN_USE},
        {"boot", "Apple_HFS", FIRST_SECTOR, BOOT_SECTORS, STATUS_IN_USE | STATUS_MOUNT},
        {"root", "Apple_UNIX_SVR2", root_first, sectors - root_first - swap, STATUS_IN_USE},
        {"swap", "Apple_UNIX_SVR2", sectors - swap, swap, STATUS_IN_USE},
    };
    count = swap ? 4 : 3;
    for (uint32_t n = 0; n < count; n++) {
        write_entry(&disk, &parts[n], n + 1, count);
    }
    write_driver_descriptor(&disk);
    disk_close(&disk);
}
