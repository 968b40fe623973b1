/* SPDX-License-Identifier: MIT */
/*
 * What an ATA disk says of itself: IDENTIFY DEVICE and SMART.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 8.15 and 8.54; which words hold what as QEMU's disk has them, so that guests
 * find the same drive. SMART attributes are those that an emulated disk can answer for truly. Not modelled:
 * self-tests, logs that are written.
 */
#include "hw/ide/internal.h"
#include "time/clock.h"
#include "util/bits.h"

#include <string.h>

/* --- IDENTIFY DEVICE ----------------------------------------------------------------------------------------- */

static void put32(uint8_t *data, unsigned word, uint32_t value)
{
    ide_put_word(data, word, (uint16_t)value);
    ide_put_word(data, word + 1, (uint16_t)(value >> 16));
}

static void put_geometry(const IdeHd *d, uint8_t *data)
{
    uint16_t cylinders = ata_cylinders(d, d->heads, d->track);
    uint16_t first = d->conf_cylinders ? (uint16_t)d->conf_cylinders
                                       : ata_cylinders(d, d->conf_heads, d->conf_track);
    ide_put_word(data, 1, first);
    ide_put_word(data, 3, (uint16_t)d->conf_heads);
    ide_put_word(data, 4, (uint16_t)(d->conf_track * BLOCK_SECTOR));
    ide_put_word(data, 5, BLOCK_SECTOR);
    ide_put_word(data, 6, (uint16_t)d->conf_track);
    ide_put_word(data, 54, cylinders); /* as INITIALIZE DEVICE PARAMETERS left it */
    ide_put_word(data, 55, d->heads);
    ide_put_word(data, 56, d->track);
    put32(data, 57, (uint32_t)cylinders * d->heads * d->track);
}

static void put_names(const IdeDevice *dev, uint8_t *data)
{
    ide_put_string(data, 10, 10, dev->serial);
    ide_put_word(data, 20, 3); /* a buffer with two ports and look-ahead, of 512 sectors */
    ide_put_word(data, 21, 512);
    ide_put_word(data, 22, 4); /* bytes that long commands add */
    ide_put_string(data, 23, 4, dev->version);
    ide_put_string(data, 27, 20, dev->model);
    if (dev->wwn) {
        for (unsigned n = 0; n < 4; n++) {
            ide_put_word(data, 108 + n, (uint16_t)(dev->wwn >> (48 - 16 * n)));
        }
    }
}

/* Capacity in both ways of counting; what is smaller than a sector of the medium. */
static void put_capacity(const IdeHd *d, uint8_t *data)
{
    uint64_t sectors = ata_sectors(d);
    uint64_t ratio = d->conf.physical_block_size / BLOCK_SECTOR;
    put32(data, 60, (uint32_t)MIN(sectors, ATA_LBA28_SECTORS));
    put32(data, 100, (uint32_t)sectors);
    put32(data, 102, (uint32_t)(sectors >> 32));
    ide_put_word(data, 106, (uint16_t)(0x6000 | (ratio ? 63 - __builtin_clzll(ratio) : 0)));
}

/* Single word, multiword and Ultra modes; the high byte says which one is chosen. */
static void put_modes(const IdeHd *d, uint8_t *data)
{
    unsigned mode = d->transfer_mode & 7, kind = d->transfer_mode >> 3;
    ide_put_word(data, 49, 1 << 11 | 1 << 9 | 1 << 8); /* IORDY, LBA, DMA */
    ide_put_word(data, 51, 2 << 8);                    /* PIO and DMA timing of old */
    ide_put_word(data, 52, 2 << 8);
    ide_put_word(data, 53, 7); /* words 54 to 58, 64 to 70, 88 are valid */
    ide_put_word(data, 62, (uint16_t)(0x07 | (kind == 2 ? 0x100 << mode : 0)));
    ide_put_word(data, 63, (uint16_t)(0x07 | (kind == 4 ? 0x100 << mode : 0)));
    ide_put_word(data, 64, 3); /* PIO 3 and 4 */
    for (unsigned word = 65; word <= 68; word++) {
        ide_put_word(data, word, 120); /* ns a cycle */
    }
    ide_put_word(data, 88, (uint16_t)(0x3f | (kind == 8 ? 0x100 << mode : 0)));
    ide_put_word(data, 93, 0x6001);
}

/* Supported in 82 to 84, on in 85 to 87. */
static void put_features(const IdeHd *d, uint8_t *data)
{
    uint16_t has_name = IDE_DEVICE(d)->wwn ? 1 << 8 : 0;
    bool has_cache = blk_enable_write_cache(d->conf.blk);
    ide_put_word(data, 47, 0x8000 | ATA_MULTIPLE_MAX);
    ide_put_word(data, 59, d->multiple ? 0x100 | d->multiple : 0);
    ide_put_word(data, 80, 0xf0); /* ATA-4 to ATA-7 */
    ide_put_word(data, 81, 0x16);
    ide_put_word(data, 82,
                 1 << 14 | 1 << 6 | 1 << 5 | 1 << 3 | 1); /* look-ahead, cache, power, SMART */
    ide_put_word(data, 83, 1 << 14 | 1 << 13 | 1 << 12 | 1 << 10); /* flushes, 48 bits */
    ide_put_word(data, 84, (uint16_t)(1 << 14 | has_name));
    ide_put_word(
        data, 85,
        (uint16_t)(1 << 14 | d->looks_ahead << 6 | has_cache << 5 | 1 << 3 | d->has_smart));
    ide_put_word(data, 86, 1 << 13 | 1 << 12 | 1 << 10);
    ide_put_word(data, 87, (uint16_t)(1 << 14 | has_name));
    ide_put_word(data, 217, d->rotation_rate);
}

void ata_identify(IdeHd *d)
{
    uint8_t data[BLOCK_SECTOR] = {0};
    ide_put_word(data, 0, 0x40); /* a disk that stays where it is */
    ide_put_word(data, 48, 1);   /* the data register may be read 32 bits wide */
    put_geometry(d, data);
    put_names(IDE_DEVICE(d), data);
    put_capacity(d, data);
    put_modes(d, data);
    put_features(d, data);
    ide_put_checksum(data);
    ata_send_sector(d, data);
}

/* --- SMART ------------------------------------------------------------------------------------------------------- */

enum {
    SMART_READ_DATA = 0xd0,
    SMART_READ_THRESHOLDS = 0xd1,
    SMART_AUTOSAVE = 0xd2,
    SMART_SAVE = 0xd3,
    SMART_READ_LOG = 0xd5,
    SMART_ENABLE = 0xd8,
    SMART_DISABLE = 0xd9,
    SMART_STATUS = 0xda,
};
enum { SMART_MID = 0x4f, SMART_HIGH = 0xc2, ATTRIBUTE_BYTES = 12, ATTRIBUTES_AT = 2 };
enum { LOG_DIRECTORY = 0, LOG_SUMMARY = 1, LOG_SELF_TEST = 6 };

typedef struct Attribute {
    uint8_t id, flags, threshold;
} Attribute;

/* Read errors, sectors replaced, hours of work, sectors that wait to be replaced: a disk of bits has none of
 * the bad ones. */
enum { POWER_ON_HOURS = 9 };
static const Attribute attributes[] = {
    {1, 0x03, 6}, {5, 0x03, 36}, {POWER_ON_HOURS, 0x02, 0}, {197, 0x12, 0}};

/* What the bytes before the last one sum up to, the other way. */
static void put_sum(uint8_t *data)
{
    uint8_t sum = 0;
    for (unsigned n = 0; n < BLOCK_SECTOR - 1; n++) {
        sum = (uint8_t)(sum + data[n]);
    }
    data[BLOCK_SECTOR - 1] = (uint8_t)-sum;
}

static void smart_data(IdeHd *d)
{
    uint8_t data[BLOCK_SECTOR] = {1};
    for (size_t n = 0; n < G_N_ELEMENTS(attributes); n++) {
        uint8_t *at = data + ATTRIBUTES_AT + n * ATTRIBUTE_BYTES;
        at[0] = attributes[n].id;
        at[1] = attributes[n].flags;
        at[3] = at[4] = 100; /* now, and at its worst */
        if (attributes[n].id == POWER_ON_HOURS) {
            uint64_t ns = clock_virtual_ns(machine_clock());
            stl_le_p(at + 5, (uint32_t)(ns / NANOSECONDS_PER_SECOND / 3600));
        }
    }
    data[362] = 2;           /* off-line collection is done */
    stw_le_p(data + 368, 3); /* data is saved before sleep and on command */
    data[370] = 1;           /* errors can be logged */
    put_sum(data);
    ata_send_sector(d, data);
}

static void smart_thresholds(IdeHd *d)
{
    uint8_t data[BLOCK_SECTOR] = {1};
    for (size_t n = 0; n < G_N_ELEMENTS(attributes); n++) {
        uint8_t *at = data + ATTRIBUTES_AT + n * ATTRIBUTE_BYTES;
        at[0] = attributes[n].id;
        at[1] = attributes[n].threshold;
    }
    put_sum(data);
    ata_send_sector(d, data);
}

/* One sector each; nothing was ever logged. */
static void smart_log(IdeHd *d)
{
    uint8_t data[BLOCK_SECTOR] = {1};
    uint8_t log = IDE_DEVICE(d)->now[IDE_LOW];
    if (IDE_DEVICE(d)->now[IDE_COUNT] != 1 ||
        (log != LOG_DIRECTORY && log != LOG_SUMMARY && log != LOG_SELF_TEST)) {
        ide_failed(IDE_DEVICE(d), IDE_ABRT);
        return;
    }
    if (log == LOG_DIRECTORY) {
        data[2 * LOG_SUMMARY] = data[2 * LOG_SELF_TEST] = 1;
    } else {
        put_sum(data);
    }
    ata_send_sector(d, data);
}

static void smart_switch(IdeHd *d, bool is_on)
{
    d->has_smart = is_on;
    ide_done(IDE_DEVICE(d));
}

void ata_smart(IdeHd *d)
{
    IdeDevice *dev = IDE_DEVICE(d);
    uint8_t what = dev->now[IDE_FEATURE];
    bool is_signed = dev->now[IDE_MID] == SMART_MID && dev->now[IDE_HIGH] == SMART_HIGH;
    if (!is_signed || (!d->has_smart && what != SMART_ENABLE)) {
        ide_failed(dev, IDE_ABRT);
        return;
    }
    switch (what) {
    case SMART_READ_DATA:
        smart_data(d);
        break;
    case SMART_READ_THRESHOLDS:
        smart_thresholds(d);
        break;
    case SMART_READ_LOG:
        smart_log(d);
        break;
    case SMART_ENABLE:
    case SMART_DISABLE:
        smart_switch(d, what == SMART_ENABLE);
        break;
    case SMART_AUTOSAVE:
    case SMART_SAVE:
    case SMART_STATUS: /* the signature stays: no threshold is exceeded */
        ide_done(dev);
        break;
    default: /* off-line tests, writing logs */
        ide_failed(dev, IDE_ABRT);
        break;
    }
}
