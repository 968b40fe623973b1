/* SPDX-License-Identifier: MIT */
/*
 * What a CD-ROM drive can do, and the table of contents. Every disc is one session with one data track of
 * 2048-byte sectors.
 *
 * Source: MMC-4 sections 5 (features), 6.6, 6.30. Not modelled: audio, changers, writing; ATIP, PMA and
 * CD-Text, which are refused.
 */
#include "hw/scsi/internal.h"

#include <string.h>

enum { LEAD_OUT = 0xaa };
enum { PROFILE_CD_ROM = 0x08, PROFILE_DVD_ROM = 0x10 };
/* --- READ TOC --------------------------------------------------------------------------------------------------- */

static size_t put_track(uint8_t *at, uint8_t number, uint32_t lba, bool is_msf)
{
    at[1] = SCSI_CD_DATA_TRACK;
    at[2] = number;
    scsi_cd_put_address(at + 4, lba, is_msf);
    return 8;
}

static size_t put_tracks(const ScsiDisk *d, uint8_t *data, uint8_t first, bool is_msf)
{
    size_t length = 4;
    data[2] = data[3] = 1; /* first and last track */
    if (first <= 1) {
        length += put_track(data + length, 1, 0, is_msf);
    }
    return length + put_track(data + length, LEAD_OUT, scsi_cd_sectors(d), is_msf);
}

static size_t put_sessions(uint8_t *data, bool is_msf)
{
    data[2] = data[3] = 1; /* first and last session */
    return 4 + put_track(data + 4, 1, 0, is_msf);
}

/* An entry as in the lead-in: session, control, point, position. */
static size_t put_raw(uint8_t *at, uint8_t point, const uint8_t *position)
{
    at[0] = 1;
    at[1] = SCSI_CD_DATA_TRACK;
    at[3] = point;
    memcpy(at + 8, position, 3);
    return 11;
}

static size_t put_lead_in(const ScsiDisk *d, uint8_t *data)
{
    uint8_t address[4], first[3] = {1, 0, 0};
    size_t length = 4;
    data[2] = data[3] = 1;
    length += put_raw(data + length, 0xa0, first);
    length += put_raw(data + length, 0xa1, first);
    scsi_cd_put_address(address, scsi_cd_sectors(d), true);
    length += put_raw(data + length, 0xa2, address + 1);
    scsi_cd_put_address(address, 0, true);
    return length + put_raw(data + length, 1, address + 1);
}

void scsi_read_toc(ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[64] = {0};
    bool is_msf = req->cdb[1] & 2;
    uint8_t format = req->cdb[2] & 0xf, first = req->cdb[6];
    size_t length = 0;
    if (!format) {
        format = req->cdb[9] >> 6; /* where older drives have it */
    }
    if (format == 0 && (first <= 1 || first == LEAD_OUT)) {
        length = put_tracks(d, data, first, is_msf);
    } else if (format == 1) {
        length = put_sessions(data, is_msf);
    } else if (format == 2) {
        length = put_lead_in(d, data);
    }
    if (!length) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    stw_be_p(data, (uint16_t)(length - 2));
    scsi_reply(req, data, length, lduw_be_p(req->cdb + 7));
}

/* --- GET CONFIGURATION --------------------------------------------------------------------------------------------- */

enum { ALWAYS, WITH_MEDIUM, WITH_CD, WITH_DVD }; /* when a feature is current */

typedef struct Feature {
    uint16_t code;
    uint8_t flags; /* version, persistent */
    uint8_t current;
    uint8_t size;
    uint8_t data[8];
} Feature;

static const Feature features[] = {
    {0x0001, 0x02 | 1 << 2, ALWAYS, 8, {0, 0, 0, 8}},   /* core: ATAPI or SCSI */
    {0x0003, 0x02, ALWAYS, 4, {0x29}},                  /* a tray that can be locked and moved */
    {0x0010, 0x00, WITH_MEDIUM, 8, {0, 0, 8, 0, 0, 1}}, /* random reads of 2048 bytes */
    {0x001e, 0x00 | 1 << 2, WITH_CD, 4, {0}},           /* CD reads */
    {0x001f, 0x00, WITH_DVD, 0, {0}},                   /* DVD reads */
};

static uint16_t profile_of(const ScsiDisk *d)
{
    if (!scsi_disk_blocks(d)) {
        return 0;
    }
    return scsi_cd_is_dvd(d) ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

static bool is_current(const ScsiDisk *d, const Feature *feature)
{
    uint16_t profile = profile_of(d);
    return feature->current == ALWAYS || (feature->current == WITH_MEDIUM && profile) ||
           (feature->current == WITH_CD && profile == PROFILE_CD_ROM) ||
           (feature->current == WITH_DVD && profile == PROFILE_DVD_ROM);
}

static size_t put_profiles(const ScsiDisk *d, uint8_t *at)
{
    static const uint16_t profiles[] = {PROFILE_DVD_ROM, PROFILE_CD_ROM};
    at[2] = 0x03;
    at[3] = 8;
    for (size_t i = 0; i < G_N_ELEMENTS(profiles); i++) {
        stw_be_p(at + 4 + 4 * i, profiles[i]);
        at[6 + 4 * i] = profile_of(d) == profiles[i];
    }
    return 12;
}

static size_t put_feature(const ScsiDisk *d, const Feature *feature, uint8_t *at)
{
    stw_be_p(at, feature->code);
    at[2] = feature->flags | is_current(d, feature);
    at[3] = feature->size;
    memcpy(at + 4, feature->data, feature->size);
    return 4u + feature->size;
}

/* All features from the first asked for, those that are current, or just that one. */
void scsi_get_configuration(ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[128] = {0};
    uint8_t kind = req->cdb[1] & 3;
    uint16_t start = lduw_be_p(req->cdb + 2);
    size_t length = 8;
    if (kind == 3) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (start == 0) {
        length += put_profiles(d, data + length);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        const Feature *feature = &features[i];
        bool is_wanted = kind == 2 ? feature->code == start : feature->code >= start;
        if (is_wanted && (kind != 1 || is_current(d, feature))) {
            length += put_feature(d, feature, data + length);
        }
    }
    stl_be_p(data, (uint32_t)(length - 4));
    stw_be_p(data + 6, profile_of(d));
    scsi_reply(req, data, length, lduw_be_p(req->cdb + 7));
}
