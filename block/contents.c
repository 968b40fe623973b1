/* SPDX-License-Identifier: MIT */
/*
 * What is on a disk: partition maps and file systems, for people. No guest depends on it.
 *
 * Source: Inside Macintosh: Devices 3 (driver descriptor map "ER", partition map "PM"), Technical Note 1150 (HFS and HFS
 * Plus volume headers at 1024), ECMA-119 8 (volume descriptors at 32768), UEFI 5 (GPT), Linux's super blocks.
 */
#include "block/probe.h"
#include "util/bits.h"

#include <glib.h>
#include <string.h>

typedef struct Disk {
    const uint8_t *head;
    uint64_t size, length;
} Disk;

static bool has(const Disk *disk, uint64_t at, const char *bytes, size_t count)
{
    return at <= disk->size && count <= disk->size - at &&
           memcmp(disk->head + at, bytes, count) == 0;
}
#define HAS(disk, at, bytes) has(disk, at, bytes, sizeof(bytes) - 1)

/* --- the Apple partition map ------------------------------------------------------------------------------ */

enum { SECTOR = 512, TYPE_AT = 48, TYPE_SIZE = 32, ENTRIES_MAX = 64 };

/* Where the map begins: behind the first block, which has 512 or 2048 bytes. 0: there is none. */
static uint64_t find_map(const Disk *disk)
{
    static const uint64_t places[] = {SECTOR, 2048};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (HAS(disk, places[i], "PM\0\0")) {
            return places[i];
        }
    }
    return 0;
}

/* A type as text, without what cannot be printed. */
static char *type_of(const uint8_t *entry)
{
    char *type = g_strndup((const char *)entry + TYPE_AT, TYPE_SIZE);
    for (char *c = type; *c; c++) {
        *c = g_ascii_isalnum(*c) || strchr("_-. ", *c) ? *c : '?';
    }
    return type;
}

static bool is_of_interest(const char *type, const GString *seen)
{
    static const char *const boring[] = {"Apple_partition_map", "Apple_Free", "Apple_Void",
                                         "Apple_Scratch", NULL};
    return *type && !g_strv_contains(boring, type) && !g_str_has_prefix(type, "Apple_Driver") &&
           !g_str_has_prefix(type, "Apple_Patches") && !strstr(seen->str, type);
}

static char *describe_map(const Disk *disk, uint64_t at)
{
    g_autoptr(GString) types = g_string_new(NULL);
    uint32_t count = MIN(ldl_be_p(disk->head + at + 4), ENTRIES_MAX);
    for (uint32_t n = 0;
         n < count && HAS(disk, at + n * at, "PM\0\0") && at + n * at + SECTOR <= disk->size; n++) {
        g_autofree char *type = type_of(disk->head + at + n * at);
        if (is_of_interest(type, types)) {
            g_string_append_printf(types, "%s%s", types->len ? ", " : "", type);
        }
    }
    return g_strdup_printf("Apple partition map%s%s%s", types->len ? " (" : "", types->str,
                           types->len ? ")" : "");
}

/* --- everything else ------------------------------------------------------------------------------------------ */

typedef struct Mark {
    uint32_t at;
    const char *bytes;
    size_t count;
    const char *name, *advice;
} Mark;

#define NO_MAP "the firmware boots from partitions alone: it needs an Apple partition map"
#define UNPACK "this is no disk: unpack it first"
#define MARK(at, bytes, name, advice) {at, bytes, sizeof(bytes) - 1, name, advice}
static const Mark marks[] = {
    MARK(1024, "H+\0\4", "HFS Plus without a partition map", NO_MAP),
    MARK(1024, "HX\0\5", "HFSX without a partition map", NO_MAP),
    MARK(1024, "\xd2\xd7", "MFS, a floppy disk's file system", NULL),
    MARK(512, "EFI PART", "GUID partition table", NULL),
    MARK(32769, "CD001", "ISO 9660", NULL),
    MARK(32769, "BEA01", "UDF", NULL),
    MARK(1080, "\x53\xef", "ext2, ext3 or ext4", NULL),
    MARK(0, "hsqs", "SquashFS", NULL),
    MARK(0,
         "\x7f"
         "ELF",
         "an ELF program", "-kernel loads programs"),
    MARK(0, "\xfe\xed\xfa\xce", "a Mach-O program", NULL),
    MARK(0, "Joy!peff", "a PEF program", NULL),
    MARK(0, "\x1f\x8b", "gzip data", UNPACK),
    MARK(0, "BZh", "bzip2 data", UNPACK),
    MARK(0,
         "\xfd"
         "7zXZ\0",
         "xz data", UNPACK),
    MARK(0, "PK\3\4", "a ZIP archive", UNPACK),
    MARK(0, "SIT!", "a StuffIt archive", UNPACK),
    MARK(0, "StuffIt (c)", "a StuffIt archive", UNPACK),
    MARK(0, "(This file must be converted with BinHex", "BinHex text", UNPACK),
    MARK(0, "sprs", "an Apple sparse image", "hdiutil convert makes an image that can be read"),
};

/* The signature, and some partition. */
static bool has_mbr(const Disk *disk)
{
    enum { TABLE = 446, ENTRY = 16, TYPE = 4 };
    bool is_there = false;
    for (unsigned n = 0; n < 4 && disk->size >= SECTOR; n++) {
        const uint8_t *entry = disk->head + TABLE + n * ENTRY;
        is_there = is_there || (entry[TYPE] && !(entry[0] & 0x7f));
    }
    return HAS(disk, 510, "\x55\xaa") && is_there;
}

/* The signature, and an allocation block of some sectors. */
static bool has_hfs(const Disk *disk)
{
    enum { BLOCK_SIZE_AT = 1024 + 20 };
    uint32_t size = HAS(disk, 1024, "BD") && disk->size >= 2 * 1024
                        ? ldl_be_p(disk->head + BLOCK_SIZE_AT)
                        : 0;
    return size && size % SECTOR == 0;
}

static bool is_blank(const Disk *disk)
{
    return disk->size == 0 ||
           (disk->head[0] == 0 && memcmp(disk->head, disk->head + 1, disk->size - 1) == 0);
}

static char *describe_marks(const Disk *disk, const char **advice)
{
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (has(disk, marks[i].at, marks[i].bytes, marks[i].count)) {
            *advice = marks[i].advice;
            return g_strdup(marks[i].name);
        }
    }
    if (has_hfs(disk)) {
        *advice = NO_MAP;
        return g_strdup("HFS without a partition map");
    }
    if (has_mbr(disk)) {
        return g_strdup("PC partition table");
    }
    return is_blank(disk) ? g_strdup("blank") : NULL;
}

char *block_contents_of(const uint8_t *head, uint64_t size, uint64_t length, const char **advice)
{
    Disk disk = {head, MIN(size, length), length};
    uint64_t map = find_map(&disk);
    *advice = NULL;
    if (!length) {
        return g_strdup("empty");
    }
    if (!map || disk.size < map + SECTOR) {
        return describe_marks(&disk, advice);
    }
    g_autofree char *partitions = describe_map(&disk, map);
    bool is_iso = HAS(&disk, 32769, "CD001");
    return g_strconcat(is_iso ? "ISO 9660, " : "", partitions, NULL);
}
