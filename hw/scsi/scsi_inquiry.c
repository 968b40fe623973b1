/* SPDX-License-Identifier: MIT */
/*
 * INQUIRY and its vital product data: who the unit is and what it can do.
 *
 * Source: SPC-4 6.4 and 7.8, SBC-3 6.5 (pages b0, b1, b2).
 */
#include "hw/scsi/internal.h"

#include <string.h>

enum { STANDARD_SIZE = 36, PAGE_HEADER = 4, PAGE_MAX = 255, VERSION_SPC3 = 5 };

static uint8_t device_type(const ScsiDisk *d)
{
    return scsi_disk_is_cdrom(d) ? SCSI_TYPE_CDROM : SCSI_TYPE_DISK;
}

/* Left-aligned, filled with spaces. */
static void put_text(uint8_t *at, const char *text, size_t size)
{
    memset(at, ' ', size);
    memcpy(at, text, MIN(strlen(text), size));
}

static size_t put_standard(const ScsiDisk *d, uint8_t *data)
{
    data[0] = device_type(d);
    data[1] = d->removable ? 0x80 : 0;
    data[2] = VERSION_SPC3;
    data[3] = 0x12; /* HiSup, format 2 */
    data[4] = STANDARD_SIZE - 5;
    data[7] = 0x02; /* command queueing */
    put_text(data + 8, d->vendor, 8);
    put_text(data + 16, d->product, 16);
    put_text(data + 32, d->version, 4);
    return STANDARD_SIZE;
}

/* --- pages; each returns the length behind the header, 0 if there is no such page ----------------------------- */

static size_t put_serial(const ScsiDisk *d, uint8_t *at)
{
    size_t length = d->serial ? strlen(d->serial) : 0;
    memcpy(at, d->serial ? d->serial : "", length);
    return length;
}

static size_t put_designator(uint8_t *at, uint8_t codes, uint8_t type, size_t length)
{
    at[0] = codes; /* 1 binary, 2 ASCII */
    at[1] = type;
    at[3] = (uint8_t)length;
    return 4 + length;
}

static size_t put_identification(const ScsiDisk *d, uint8_t *at)
{
    const char *name = d->device_id ? d->device_id : d->serial;
    size_t length = 0;
    if (!name && d->conf.blk) {
        name = blk_name(d->conf.blk);
    }
    if (name) {
        size_t size = MIN(strlen(name), 200);
        memcpy(at + 4, name, size);
        length += put_designator(at, 2, 0, size);
    }
    if (d->wwn) {
        stq_be_p(at + length + 4, d->wwn);
        length += put_designator(at + length, 1, 3, 8);
    }
    return length;
}

static size_t put_limits(const ScsiDisk *d, uint8_t *at)
{
    uint32_t size = scsi_disk_block_size(d);
    uint64_t granularity = d->conf.discard_granularity;
    bool is_given = granularity && granularity != UINT32_MAX;
    uint8_t *page = at - PAGE_HEADER; /* offsets as in the standard */
    page[4] = 1;                      /* WRITE SAME of no blocks is refused */
    stw_be_p(page + 6, (uint16_t)MIN(d->conf.min_io_size / size, UINT16_MAX));
    stl_be_p(page + 8, (uint32_t)(d->max_io_size / size));
    stl_be_p(page + 12, (uint32_t)(d->conf.opt_io_size / size));
    stl_be_p(page + 20, (uint32_t)(d->max_unmap_size / size));
    stl_be_p(page + 24, SCSI_UNMAP_DESCRIPTORS);
    stl_be_p(page + 28, (uint32_t)((is_given ? granularity : 4096) / size));
    stq_be_p(page + 36, SCSI_TRANSFER_MAX / size);
    return 0x3c;
}

static size_t put_characteristics(const ScsiDisk *d, uint8_t *at)
{
    stw_be_p(at, d->rotation_rate);
    return 0x3c;
}

/* UNMAP, and WRITE SAME (10) and (16) with its bit, unmap. */
static size_t put_provisioning(const ScsiDisk *d, uint8_t *at)
{
    bool is_thin = blk_may_unmap(d->conf.blk);
    at[1] = blk_is_writable(d->conf.blk) ? 0xe0 : 0;
    at[2] = is_thin ? 2 : 1;
    return 4;
}

static size_t put_list(const ScsiDisk *d, uint8_t *at)
{
    size_t length = 0;
    at[length++] = 0x00;
    if (d->serial) {
        at[length++] = 0x80;
    }
    at[length++] = 0x83;
    if (!scsi_disk_is_cdrom(d)) {
        at[length++] = 0xb0;
        at[length++] = 0xb1;
        at[length++] = 0xb2;
    }
    return length;
}

typedef struct Page {
    uint8_t code;
    bool is_for_cdroms;
    size_t (*put)(const ScsiDisk *d, uint8_t *at);
} Page;

static const Page pages[] = {
    {0x00, true, put_list},    {0x80, true, put_serial},           {0x83, true, put_identification},
    {0xb0, false, put_limits}, {0xb1, false, put_characteristics}, {0xb2, false, put_provisioning},
};

static const Page *find_page(const ScsiDisk *d, uint8_t code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        bool is_here = pages[i].is_for_cdroms || !scsi_disk_is_cdrom(d);
        if (pages[i].code == code && is_here && (code != 0x80 || d->serial)) {
            return &pages[i];
        }
    }
    return NULL;
}

void scsi_inquiry(ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[PAGE_HEADER + PAGE_MAX] = {0};
    bool wants_page = req->cdb[1] & 1;
    uint8_t code = req->cdb[2];
    size_t allocation = lduw_be_p(req->cdb + 3);
    const Page *page = wants_page ? find_page(d, code) : NULL;
    if ((wants_page && !page) || (!wants_page && code)) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (!wants_page) {
        scsi_reply(req, data, put_standard(d, data), allocation);
        return;
    }
    data[0] = device_type(d);
    data[1] = code;
    size_t length = page->put(d, data + PAGE_HEADER);
    stw_be_p(data + 2, (uint16_t)length);
    scsi_reply(req, data, PAGE_HEADER + length, allocation);
}
