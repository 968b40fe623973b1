/* SPDX-License-Identifier: MIT */
/*
 * What a CD-ROM drive tells of the disc and of itself: disc, track, position, DVD structures, speed; and READ CD.
 *
 * Source: MMC-4 6.8 (GET PERFORMANCE), 6.20 (MECHANISM STATUS), 6.22 (READ CD), 6.24 (READ DISC INFORMATION), 6.25
 * (READ DISC STRUCTURE), 6.31 (READ TRACK INFORMATION); MMC-2 (READ HEADER, READ SUB-CHANNEL, SET CD SPEED).
 * Not modelled: audio, sub-channels of sectors and C2 pointers, which are refused; layers of a DVD: it has one.
 */
#include "hw/scsi/internal.h"

#include <string.h>

/* --- the disc and its track ---------------------------------------------------------------------------------- */

/* A finished disc with one complete session. */
void scsi_read_disc_information(G_GNUC_UNUSED ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[34] = {0, 32, 0x0e, 1, 1, 1, 1, 0x20};
    if (req->cdb[1] & 7) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    memset(data + 16, 0xff, 8); /* no further lead-in, no further lead-out */
    scsi_reply(req, data, sizeof(data), lduw_be_p(req->cdb + 7));
}

/* By sector, track or session: all the same one. */
void scsi_read_track_information(ScsiDisk *d, ScsiRequest *req)
{
    enum { BY_SECTOR, BY_TRACK, BY_SESSION };
    uint8_t data[36] = {0, 34, 1, 1, 0, 0x04 /* data */, 0x01 /* mode 1 */};
    uint32_t sectors = scsi_cd_sectors(d), address = ldl_be_p(req->cdb + 2);
    uint8_t by = req->cdb[1] & 3;
    bool is_there = by == BY_SECTOR ? address < sectors : address == 1;
    if (!is_there || !sectors || by > BY_SESSION) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    stl_be_p(data + 24, sectors);
    stl_be_p(data + 28, sectors - 1); /* the last one that is recorded; not marked valid */
    scsi_reply(req, data, sizeof(data), lduw_be_p(req->cdb + 7));
}

void scsi_read_header(ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[8] = {1}; /* mode */
    uint32_t lba = ldl_be_p(req->cdb + 2);
    if (lba >= scsi_cd_sectors(d)) {
        scsi_fail(req, SENSE_LBA_RANGE);
        return;
    }
    scsi_cd_put_address(data + 4, lba, req->cdb[1] & 2);
    scsi_reply(req, data, sizeof(data), lduw_be_p(req->cdb + 7));
}

/* The head rests at the beginning of the track. */
void scsi_read_sub_channel(G_GNUC_UNUSED ScsiDisk *d, ScsiRequest *req)
{
    enum { POSITION = 1, CATALOG = 2, ISRC = 3, NO_AUDIO = 0x15 };
    uint8_t data[24] = {0, NO_AUDIO};
    uint8_t format = req->cdb[3];
    bool wants_q = req->cdb[2] & 0x40, is_msf = req->cdb[1] & 2;
    size_t length = 4;
    if (wants_q && (format < POSITION || format > ISRC || (format == ISRC && req->cdb[6] != 1))) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (wants_q) {
        data[4] = format;
        data[5] = SCSI_CD_DATA_TRACK;
        length = format == POSITION ? 16 : 24; /* the disc has no numbers */
    }
    if (wants_q && format == ISRC) {
        data[6] = 1;
    } else if (wants_q && format == POSITION) {
        data[6] = data[7] = 1; /* track, index */
        scsi_cd_put_address(data + 8, 0, is_msf);
    }
    stw_be_p(data + 2, (uint16_t)(length - 4));
    scsi_reply(req, data, length, lduw_be_p(req->cdb + 7));
}

/* --- DVDs ------------------------------------------------------------------------------------------------------ */

enum { DVD_FIRST_SECTOR = 0x30000, DVD_STRUCTURE_MAX = 4 + 2048 };

/* Each returns the length behind the header. */
static size_t put_physical_format(const ScsiDisk *d, uint8_t *at)
{
    at[0] = 0x01; /* DVD-ROM, version 1 */
    at[1] = 0x0f; /* 120 mm, no maximum rate */
    at[2] = 0x01; /* one embossed layer */
    stl_be_p(at + 4, DVD_FIRST_SECTOR);
    stl_be_p(at + 8, DVD_FIRST_SECTOR + scsi_cd_sectors(d) - 1);
    return 2048;
}

static size_t put_copyright(G_GNUC_UNUSED const ScsiDisk *d, G_GNUC_UNUSED uint8_t *at)
{
    return 4; /* no protection, all regions */
}

static size_t put_manufacturing(G_GNUC_UNUSED const ScsiDisk *d, G_GNUC_UNUSED uint8_t *at)
{
    return 2048;
}

static size_t put_structure_list(const ScsiDisk *d, uint8_t *at);

static const struct {
    uint8_t format;
    uint16_t length;
    size_t (*put)(const ScsiDisk *d, uint8_t *at);
} structures[] = {
    {0x00, 2052, put_physical_format},
    {0x01, 8, put_copyright},
    {0x04, 2052, put_manufacturing},
    {0xff, 20, put_structure_list},
};

static size_t put_structure_list(G_GNUC_UNUSED const ScsiDisk *d, uint8_t *at)
{
    for (size_t i = 0; i < G_N_ELEMENTS(structures); i++) {
        at[4 * i] = structures[i].format;
        at[4 * i + 1] = 0x40; /* can be read */
        stw_be_p(at + 4 * i + 2, structures[i].length);
    }
    return 4 * G_N_ELEMENTS(structures);
}

void scsi_read_dvd_structure(ScsiDisk *d, ScsiRequest *req)
{
    g_autofree uint8_t *data = g_malloc0(DVD_STRUCTURE_MAX);
    size_t length = 0;
    if (!scsi_cd_is_dvd(d)) {
        scsi_fail(req, SENSE_INCOMPATIBLE_MEDIUM);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(structures); i++) {
        if (structures[i].format == req->cdb[7] && req->cdb[6] == 0 && !(req->cdb[1] & 0xf)) {
            length = 4 + structures[i].put(d, data + 4);
        }
    }
    if (!length) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    stw_be_p(data, (uint16_t)(length - 2));
    scsi_reply(req, data, length, lduw_be_p(req->cdb + 8));
}

/* --- the drive ------------------------------------------------------------------------------------------------- */

void scsi_mechanism_status(ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[8] = {0, (uint8_t)(d->tray_open ? 0x10 : 0), 0, 0, 0, 1};
    scsi_reply(req, data, sizeof(data), lduw_be_p(req->cdb + 8));
}

/* What is shown for it; how long a read takes is a property of the device. */
void scsi_set_cd_speed(ScsiDisk *d, ScsiRequest *req)
{
    uint16_t speed = lduw_be_p(req->cdb + 2);
    if (!speed) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    d->read_speed = MIN(speed, SCSI_CD_SPEED_MAX);
    scsi_good(req);
}

/* Nominal performance, the same everywhere. */
void scsi_get_performance(ScsiDisk *d, ScsiRequest *req)
{
    enum { NOMINAL_READS = 0x10, HEADER = 8, DESCRIPTOR = 16 };
    uint8_t data[HEADER + DESCRIPTOR] = {0};
    uint16_t most = lduw_be_p(req->cdb + 8);
    if (req->cdb[10] || (req->cdb[1] & 0x1f) != NOMINAL_READS ||
        ldl_be_p(req->cdb + 2) >= scsi_cd_sectors(d)) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    size_t length = HEADER + (most ? DESCRIPTOR : 0);
    stl_be_p(data, HEADER + DESCRIPTOR - 4);
    stl_be_p(data + HEADER + 4, d->read_speed);
    stl_be_p(data + HEADER + 8, scsi_cd_sectors(d) - 1);
    stl_be_p(data + HEADER + 12, d->read_speed);
    scsi_reply(req, data, length, length);
}

/* --- READ CD ----------------------------------------------------------------------------------------------------- */

enum { SYNC = 0x80, SUB_HEADER = 0x40, HEADER_CODE = 0x20, USER_DATA = 0x10, CODES = 0x08 };

/* Of a sector of mode 1, which has no sub-header. */
static const struct {
    uint8_t part;
    uint16_t from, to;
} parts[] = {
    {SYNC, 0, 12}, {HEADER_CODE, 12, 16}, {USER_DATA, 16, 2064}, {CODES, 2064, CD_RAW_SECTOR}};

static size_t put_parts(const uint8_t *sector, uint8_t wanted, uint8_t *at)
{
    size_t length = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (wanted & parts[i].part) {
            memcpy(at + length, sector + parts[i].from, parts[i].to - parts[i].from);
            length += (size_t)(parts[i].to - parts[i].from);
        }
    }
    return length;
}

void scsi_cd_send(ScsiRequest *req, const BlockRequest *block)
{
    uint8_t wanted = req->cdb[9], sector[CD_RAW_SECTOR];
    uint64_t count = block->bytes / CD_SECTOR;
    uint32_t lba = (uint32_t)(block->offset / CD_SECTOR);
    size_t length = 0;
    if ((wanted & ~SUB_HEADER) == USER_DATA) {
        scsi_reply(req, block->data, block->bytes, block->bytes);
        return;
    }
    g_autofree uint8_t *data = g_malloc(count * CD_RAW_SECTOR);
    for (uint64_t n = 0; n < count; n++) {
        memcpy(sector + 16, block->data + n * CD_SECTOR, CD_SECTOR);
        cd_sector_complete(sector, lba + (uint32_t)n);
        length += put_parts(sector, wanted, data + length);
    }
    scsi_reply(req, data, length, length);
}

/* No gaps: codes come behind user data, the sync before a header. */
static bool is_wellformed(const uint8_t *cdb)
{
    uint8_t wanted = cdb[9];
    bool has_gap = ((wanted & CODES) && !(wanted & USER_DATA)) ||
                   ((wanted & SYNC) && !(wanted & HEADER_CODE));
    return !has_gap && !(wanted & 7) && !(cdb[10] & 7);
}

static void read_sectors(ScsiDisk *d, ScsiRequest *req, uint32_t lba, uint32_t count)
{
    enum { ANY_TYPE = 0, MODE_1 = 2 };
    uint8_t type = req->cdb[1] >> 2 & 7;
    if (!is_wellformed(req->cdb)) {
        scsi_fail(req, SENSE_INVALID_FIELD);
    } else if (type != ANY_TYPE && type != MODE_1) {
        scsi_fail(req, SENSE_ILLEGAL_TRACK_MODE);
    } else if (!(req->cdb[9] & ~SUB_HEADER)) {
        scsi_good(req); /* nothing of them */
    } else {
        scsi_disk_read(d, req, lba, count);
    }
}

void scsi_read_cd(ScsiDisk *d, ScsiRequest *req)
{
    read_sectors(d, req, ldl_be_p(req->cdb + 2), ldl_be_p(req->cdb + 5) & 0xffffff);
}

static bool parse_msf(const uint8_t *at, uint32_t *lba)
{
    uint32_t frames = (at[0] * 60u + at[1]) * 75 + at[2];
    *lba = frames - 150;
    return at[1] < 60 && at[2] < 75 && frames >= 150;
}

/* From one minute, second, frame up to another. */
void scsi_read_cd_msf(ScsiDisk *d, ScsiRequest *req)
{
    uint32_t first, end;
    if (!parse_msf(req->cdb + 3, &first) || !parse_msf(req->cdb + 6, &end) || end < first) {
        scsi_fail(req, SENSE_INVALID_FIELD);
    } else {
        read_sectors(d, req, first, end - first);
    }
}
