/* SPDX-License-Identifier: MIT */
/*
 * What a packet device does with the commands of ATA: who it is, transfer modes, power; the rest is aborted.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 8.16 (IDENTIFY PACKET DEVICE), 8.46 (SET FEATURES), 9.12 (commands for disks).
 * Not modelled: SLEEP is a STANDBY that the next command ends; overlapped commands are refused.
 */
#include "hw/ide/atapi.h"

#include <string.h>

enum { IDENTIFY_SIZE = 512 };
enum {
    READ_SECTORS = 0x20,
    IDENTIFY_PACKET_DEVICE = 0xa1,
    STANDBY_IMMEDIATE = 0xe0,
    IDLE_IMMEDIATE = 0xe1,
    STANDBY = 0xe2,
    IDLE = 0xe3,
    CHECK_POWER_MODE = 0xe5,
    SLEEP = 0xe6,
    FLUSH_CACHE = 0xe7,
    IDENTIFY_DEVICE = 0xec,
    SET_FEATURES = 0xef,
};
enum { /* features */
       SET_TRANSFER_MODE = 0x03,
       NO_LOOK_AHEAD = 0x55,
       KEEP_SETTINGS = 0x66,
       LOOK_AHEAD = 0xaa,
       FORGET_SETTINGS = 0xcc,
};
enum { PIO_MODE = 0x08, MULTIWORD_DMA = 0x20, ULTRA_DMA = 0x40, MODE_NUMBER = 0x07 };
enum {
    PIO_MODES = 5,
    MULTIWORD_MODES = 3,
    ULTRA_MODES = 6,
    POWER_ACTIVE = 0xff,
    POWER_STANDBY = 0
};

/* --- who it is ----------------------------------------------------------------------------------------------- */

/* The modes of a kind that there are, and above them the one chosen. */
static uint16_t mode_word(const IdeCd *s, uint8_t kind, unsigned count)
{
    unsigned modes = (1u << count) - 1;
    bool is_chosen = (s->transfer_mode & ~MODE_NUMBER) == kind;
    return (uint16_t)(modes | (is_chosen ? 0x100u << (s->transfer_mode & MODE_NUMBER) : 0));
}

typedef struct IdentifyWord {
    uint8_t word;
    uint16_t value;
} IdentifyWord;

static const IdentifyWord identify_words[] = {
    {0, 0x85c0},             /* a CD-ROM drive; removable; DRQ within 50 us; packets of 12 bytes */
    {49, 0x0b00},            /* IORDY, LBA, DMA */
    {50, 0x4000},            /* capabilities: valid */
    {53, 0x0006},            /* words 64 to 70 and 88 are valid */
    {64, 0x0003},            /* PIO modes 3 and 4 */
    {65, 120},    {66, 120}, /* ns of a multiword DMA cycle */
    {67, 120},    {68, 120}, /* ns of a PIO cycle */
    {80, 0x007e},            /* ATA-1 to ATA/ATAPI-6 */
    {82, 0x0218}, {85, 0x0218}, /* DEVICE RESET, PACKET, power management */
    {83, 0x4000}, {84, 0x4000}, /* valid */
    {87, 0x4000},
};

void atapi_identify_packet_device(IdeCd *s)
{
    IdeDevice *dev = IDE_DEVICE(s);
    uint8_t data[IDENTIFY_SIZE] = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(identify_words); i++) {
        ide_put_word(data, identify_words[i].word, identify_words[i].value);
    }
    ide_put_string(data, 10, 10, dev->serial);
    ide_put_string(data, 23, 4, dev->version);
    ide_put_string(data, 27, 20, dev->model);
    ide_put_word(data, 63, mode_word(s, MULTIWORD_DMA, MULTIWORD_MODES));
    ide_put_word(data, 88, mode_word(s, ULTRA_DMA, ULTRA_MODES));
    if (dev->wwn) {
        for (unsigned n = 0; n < 4; n++) {
            ide_put_word(data, 108 + n, (uint16_t)(dev->wwn >> (48 - 16 * n)));
        }
        ide_put_word(data, 84, 0x4100); /* a world wide name, always on */
        ide_put_word(data, 87, 0x4100);
    }
    ide_put_checksum(data);
    s->stage = ATAPI_IDENTIFY;
    ide_buffer_set(dev, data, sizeof(data));
    ide_pio(dev, IDE_PIO_IN, sizeof(data));
    ide_raise(dev);
}

/* --- features -------------------------------------------------------------------------------------------------- */

static bool set_transfer_mode(IdeCd *s, uint8_t mode)
{
    uint8_t kind = (uint8_t)(mode & ~MODE_NUMBER), number = mode & MODE_NUMBER;
    bool is_default = mode <= 1; /* PIO, with IORDY or without */
    bool is_known = is_default || (kind == PIO_MODE && number < PIO_MODES) ||
                    (kind == MULTIWORD_DMA && number < MULTIWORD_MODES) ||
                    (kind == ULTRA_DMA && number < ULTRA_MODES);
    bool is_dma = kind >= MULTIWORD_DMA;
    if (is_known && is_dma) {
        s->transfer_mode = mode;
    }
    return is_known;
}

static bool set_feature(IdeCd *s, uint8_t feature, uint8_t count)
{
    switch (feature) {
    case SET_TRANSFER_MODE:
        return set_transfer_mode(s, count);
    case NO_LOOK_AHEAD:
    case LOOK_AHEAD:
    case KEEP_SETTINGS:
    case FORGET_SETTINGS:
        return true; /* it makes no difference here */
    default:
        return false;
    }
}

/* --- the commands ---------------------------------------------------------------------------------------------- */

static void end(IdeDevice *dev, bool is_good)
{
    if (is_good) {
        ide_done(dev);
    } else {
        ide_failed(dev, IDE_ABRT);
    }
}

void atapi_command(IdeCd *s, uint8_t opcode)
{
    IdeDevice *dev = IDE_DEVICE(s);
    switch (opcode) {
    case IDENTIFY_PACKET_DEVICE:
        atapi_identify_packet_device(s);
        break;
    case SET_FEATURES:
        end(dev, set_feature(s, dev->now[IDE_FEATURE], dev->now[IDE_COUNT]));
        break;
    case STANDBY_IMMEDIATE:
    case STANDBY:
    case SLEEP:
    case IDLE_IMMEDIATE:
    case IDLE:
        s->is_in_standby = opcode != IDLE_IMMEDIATE && opcode != IDLE;
        ide_done(dev);
        break;
    case CHECK_POWER_MODE:
        dev->now[IDE_COUNT] = s->is_in_standby ? POWER_STANDBY : POWER_ACTIVE;
        ide_done(dev);
        break;
    case FLUSH_CACHE:
        ide_done(dev); /* nothing is ever written */
        break;
    case IDENTIFY_DEVICE:
    case READ_SECTORS:
        ide_set_signature(dev);
        ide_failed(dev, IDE_ABRT);
        break;
    default:
        ide_failed(dev, IDE_ABRT);
        break;
    }
}
