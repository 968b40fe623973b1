/* SPDX-License-Identifier: MIT */
/*
 * MODE SENSE and MODE SELECT: pages that describe the unit. A guest can change one bit, the write cache.
 *
 * Source: SPC-4 6.11, 7.5; SBC-3 6.4 (01, 08), SBC (04: rigid disk geometry); MMC-4 7 (01, 2a).
 */
#include "hw/scsi/internal.h"

#include <string.h>

enum { CURRENT, CHANGEABLE, DEFAULT, SAVED }; /* page control */
enum { CACHING = 0x08, ALL_PAGES = 0x3f, WCE = 0x04 };
enum { DESCRIPTOR_SIZE = 8, MODE_MAX = 256, HEADS = 16, SECTORS = 63 };
enum { WRITE_PROTECTED = 0x80, DPOFUA = 0x10 };

/* --- pages: what stands behind code and length ------------------------------------------------------------ */

static size_t put_recovery(const ScsiDisk *d, uint8_t *at, unsigned control)
{
    if (scsi_disk_is_cdrom(d)) {
        at[1] = control == CHANGEABLE ? 0 : 0x20; /* retries */
    } else {
        at[0] = control == CHANGEABLE ? 0 : 0x80; /* bad blocks are replaced */
    }
    return 10;
}

static void put24(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 16);
    stw_be_p(at + 1, (uint16_t)value);
}

static size_t put_geometry(const ScsiDisk *d, uint8_t *at, unsigned control)
{
    uint64_t cylinders = scsi_disk_blocks(d) / (HEADS * SECTORS);
    uint32_t shown = (uint32_t)CLAMP(cylinders, 1, 0xffffff);
    if (control != CHANGEABLE) {
        put24(at, shown);
        at[3] = HEADS;
        put24(at + 4, shown); /* no write precompensation, no reduced current */
        put24(at + 7, shown);
        stw_be_p(at + 10, 200); /* ns a step, and the rest as drives show it */
        put24(at + 12, 0xffffff);
        stw_be_p(at + 18, d->rotation_rate > 1 ? d->rotation_rate : 5400);
    }
    return 22;
}

static size_t put_caching(const ScsiDisk *d, uint8_t *at, unsigned control)
{
    bool is_on = control == DEFAULT ? d->original_wce
                                    : d->conf.blk && blk_enable_write_cache(d->conf.blk);
    at[0] = control == CHANGEABLE || is_on ? WCE : 0;
    return 18;
}

static size_t put_control(G_GNUC_UNUSED const ScsiDisk *d, uint8_t *at, unsigned control)
{
    at[1] = control == CHANGEABLE ? 0 : 0x10; /* commands may be done in any order */
    return 10;
}

/* A drive that reads what is there and moves its tray when asked to. */
static size_t put_capabilities(const ScsiDisk *d, uint8_t *at, unsigned control)
{
    if (control == CHANGEABLE) {
        return 20;
    }
    at[0] = 0x1f; /* reads CD-R, CD-RW, method 2, DVD-ROM, DVD-R */
    at[2] = 0x70; /* mode 2 forms, multisession */
    at[4] = (uint8_t)(0x29 | (d->tray_locked ? 2 : 0)); /* a tray that can be locked and moved */
    stw_be_p(at + 6, SCSI_CD_SPEED_MAX);
    stw_be_p(at + 8, 2);     /* volume levels */
    stw_be_p(at + 10, 2048); /* KB of buffer */
    stw_be_p(at + 12, d->read_speed);
    return 20;
}

/* Units of an address: 60 seconds, 75 frames. */
static size_t put_cd_device(G_GNUC_UNUSED const ScsiDisk *d, uint8_t *at, unsigned control)
{
    if (control != CHANGEABLE) {
        at[3] = 60;
        at[5] = 75;
    }
    return 6;
}

/* Two channels at full volume, though nothing plays. */
static size_t put_audio(G_GNUC_UNUSED const ScsiDisk *d, uint8_t *at, unsigned control)
{
    if (control != CHANGEABLE) {
        at[0] = 0x04; /* commands do not wait for the end */
        stw_be_p(at + 6, 0x01ff);
        stw_be_p(at + 8, 0x02ff);
    }
    return 14;
}

typedef struct ModePage {
    uint8_t code;
    bool is_for_disks, is_for_cdroms;
    size_t (*put)(const ScsiDisk *d, uint8_t *at, unsigned control);
} ModePage;

static const ModePage mode_pages[] = {
    {0x01, true, true, put_recovery},      {0x04, true, false, put_geometry},
    {CACHING, true, true, put_caching},    {0x0a, true, true, put_control},
    {0x0d, false, true, put_cd_device},    {0x0e, false, true, put_audio},
    {0x2a, false, true, put_capabilities},
};

/* Appends page @code, or all; returns the length, 0 if there is none. */
static size_t put_pages(const ScsiDisk *d, uint8_t code, unsigned control, uint8_t *at)
{
    size_t length = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(mode_pages); i++) {
        const ModePage *page = &mode_pages[i];
        bool is_here = scsi_disk_is_cdrom(d) ? page->is_for_cdroms : page->is_for_disks;
        if (is_here && (code == page->code || code == ALL_PAGES)) {
            size_t size = page->put(d, at + length + 2, control);
            at[length] = page->code;
            at[length + 1] = (uint8_t)size;
            length += 2 + size;
        }
    }
    return length;
}

/* --- MODE SENSE ----------------------------------------------------------------------------------------------- */

static size_t put_descriptor(const ScsiDisk *d, uint8_t *at)
{
    stl_be_p(at, (uint32_t)MIN(scsi_disk_blocks(d), 0xffffff)); /* density 0 in the first byte */
    stl_be_p(at + 4, scsi_disk_block_size(d));
    return DESCRIPTOR_SIZE;
}

static uint8_t device_specific(const ScsiDisk *d)
{
    if (scsi_disk_is_cdrom(d)) {
        return 0;
    }
    return (uint8_t)((d->dpofua ? DPOFUA : 0) |
                     (d->conf.blk && !blk_is_writable(d->conf.blk) ? WRITE_PROTECTED : 0));
}

/* Of CD-ROM drives: a data disc of 120 mm, none, or an open tray. */
static uint8_t medium_type(const ScsiDisk *d)
{
    if (!scsi_disk_is_cdrom(d)) {
        return 0;
    }
    return d->tray_open ? 0x71 : scsi_disk_has_medium(d) ? 0x01 : 0x70;
}

static void mode_sense(const ScsiDisk *d, ScsiRequest *req, size_t header, size_t allocation)
{
    uint8_t data[MODE_MAX] = {0};
    uint8_t code = req->cdb[2] & 0x3f, control = req->cdb[2] >> 6;
    bool has_descriptor = !(req->cdb[1] & 8) && !scsi_disk_is_cdrom(d);
    size_t length = header + (has_descriptor ? put_descriptor(d, data + header) : 0);
    size_t pages = req->cdb[3] == 0 || req->cdb[3] == 0xff
                       ? put_pages(d, code, control, data + length)
                       : 0;
    if (control == SAVED) {
        scsi_fail(req, SENSE_NO_SAVING);
        return;
    }
    if (!pages) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    length += pages;
    if (header == 4) {
        data[0] = (uint8_t)(length - 1);
        data[1] = medium_type(d);
        data[2] = device_specific(d);
        data[3] = has_descriptor ? DESCRIPTOR_SIZE : 0;
    } else {
        stw_be_p(data, (uint16_t)(length - 2));
        data[2] = medium_type(d);
        data[3] = device_specific(d);
        stw_be_p(data + 6, has_descriptor ? DESCRIPTOR_SIZE : 0);
    }
    scsi_reply(req, data, length, allocation);
}

void scsi_mode_sense_6(ScsiDisk *d, ScsiRequest *req) { mode_sense(d, req, 4, req->cdb[4]); }

void scsi_mode_sense_10(ScsiDisk *d, ScsiRequest *req)
{
    mode_sense(d, req, 8, lduw_be_p(req->cdb + 7));
}

/* --- MODE SELECT ------------------------------------------------------------------------------------------------ */

/* A page of the list: nothing may differ from what is but the bits that can change. Its size; 0: refused. */
static size_t check_page(const ScsiDisk *d, const uint8_t *page, size_t left)
{
    uint8_t now[MODE_MAX] = {0}, mask[MODE_MAX] = {0};
    size_t size = left >= 2 ? put_pages(d, page[0] & 0x3f, CURRENT, now) : 0;
    if (!size || (page[0] & 0x3f) == ALL_PAGES || size > left || page[1] != size - 2) {
        return 0;
    }
    put_pages(d, page[0] & 0x3f, CHANGEABLE, mask);
    for (size_t i = 2; i < size; i++) {
        if ((page[i] ^ now[i]) & ~mask[i]) {
            return 0;
        }
    }
    return size;
}

/* All of the list is looked at before anything changes. */
static bool take_pages(ScsiDisk *d, const uint8_t *at, size_t left, bool is_dry_run)
{
    while (left) {
        size_t size = check_page(d, at, left);
        if (!size) {
            return false;
        }
        if (!is_dry_run && (at[0] & 0x3f) == CACHING && d->conf.blk) {
            blk_set_enable_write_cache(d->conf.blk, at[2] & WCE);
        }
        at += size;
        left -= size;
    }
    return true;
}

/* The block descriptor may repeat what is. */
static bool check_descriptor(const ScsiDisk *d, const uint8_t *at, size_t length)
{
    return length == 0 ||
           (length == DESCRIPTOR_SIZE && (ldl_be_p(at + 4) & 0xffffff) == scsi_disk_block_size(d));
}

static void mode_select(ScsiDisk *d, ScsiRequest *req, size_t header, size_t length)
{
    uint8_t data[MODE_MAX];
    if (!length) {
        scsi_good(req);
        return;
    }
    if ((req->cdb[1] & 0x11) != 0x10 || length > sizeof(data)) { /* PF without SP */
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (length < header) {
        scsi_fail(req, SENSE_LIST_LENGTH);
        return;
    }
    if (!scsi_fetch(req, data, length)) {
        return;
    }
    size_t descriptor = header == 4 ? data[3] : lduw_be_p(data + 6);
    size_t start = header + descriptor;
    if (start > length || !check_descriptor(d, data + header, descriptor) ||
        !take_pages(d, data + start, length - start, true)) {
        scsi_fail(req, SENSE_INVALID_PARAMETER);
        return;
    }
    take_pages(d, data + start, length - start, false);
    scsi_good(req);
}

void scsi_mode_select_6(ScsiDisk *d, ScsiRequest *req) { mode_select(d, req, 4, req->cdb[4]); }

void scsi_mode_select_10(ScsiDisk *d, ScsiRequest *req)
{
    mode_select(d, req, 8, lduw_be_p(req->cdb + 7));
}
