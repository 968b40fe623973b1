/* SPDX-License-Identifier: MIT */
/*
 * SCSI disks and CD-ROM drives, scsi-hd and scsi-cd: the table of commands, and those that move blocks.
 *
 * Source: SBC-3 section 5, SPC-4 section 6, MMC-4; properties as in QEMU. Not modelled: reservations (one
 * initiator; PERSISTENT RESERVE is refused), protection information, formatting, defects, self-tests, log
 * pages. A command moves at most 64 MiB.
 */
#include "hw/scsi/internal.h"
#include "util/trace.h"

#include <errno.h>
#include <string.h>

enum { HD = 1, CD = 2, ANY = HD | CD, MEDIUM = 4 /* is needed */ };
enum { UNMAP_HEADER = 8, UNMAP_ENTRY = 16 };
enum { SAME_NDOB = 0x01, SAME_UNMAP = 0x08, SAME_ANCHOR = 0x10, FUA = 0x08, BYTCHK = 0x06 };

/* --- blocks of a command --------------------------------------------------------------------------------- */

typedef struct Range {
    uint64_t lba, count;
} Range;

/* Where the descriptor says which blocks, by its length. */
static Range range_of(const uint8_t *cdb)
{
    switch (cdb[0] >> 5) {
    case 0:
        return (Range){ldl_be_p(cdb) & 0x1fffff, cdb[4] ? cdb[4] : 256};
    case 1:
    case 2:
        return (Range){ldl_be_p(cdb + 2), lduw_be_p(cdb + 7)};
    case 5:
        return (Range){ldl_be_p(cdb + 2), ldl_be_p(cdb + 6)};
    default:
        return (Range){ldq_be_p(cdb + 2), ldl_be_p(cdb + 10)};
    }
}

static bool is_inside(const ScsiDisk *d, Range range)
{
    uint64_t blocks = scsi_disk_blocks(d);
    return range.lba <= blocks && range.count <= blocks - range.lba;
}

/* False: the request has ended. */
static bool check_range(const ScsiDisk *d, ScsiRequest *req, Range range)
{
    if (!is_inside(d, range)) {
        scsi_fail(req, SENSE_LBA_RANGE);
        return false;
    }
    if (range.count > SCSI_TRANSFER_MAX / scsi_disk_block_size(d)) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return false;
    }
    return true;
}

static bool check_writable(const ScsiDisk *d, ScsiRequest *req)
{
    if (!blk_is_writable(d->conf.blk)) {
        scsi_fail(req, SENSE_WRITE_PROTECTED);
        return false;
    }
    return true;
}

/* RDPROTECT and its like: nothing is protected. Six byte commands have none. */
static bool check_protection(ScsiRequest *req)
{
    if (req->cdb[0] >= 0x20 && req->cdb[1] >> 5) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return false;
    }
    return true;
}

/* --- what the drive makes of it ------------------------------------------------------------------------- */

static ScsiSense sense_of(int error, BlockOp op)
{
    switch (error) {
    case ENOMEDIUM:
        return SENSE_NO_MEDIUM;
    case EPERM:
    case EROFS:
        return SENSE_WRITE_PROTECTED;
    case EINVAL:
        return SENSE_INVALID_FIELD;
    case ENOSPC:
        return SENSE_NO_SPACE;
    case ENOMEM:
        return SENSE_TARGET_FAILURE;
    default:
        return op == BLOCK_READ ? SENSE_READ_ERROR : SENSE_WRITE_ERROR;
    }
}

static bool is_verify(const ScsiRequest *req)
{
    return req->cdb[0] == 0x2f || req->cdb[0] == 0xaf || req->cdb[0] == 0x8f;
}

static bool is_read_cd(const ScsiRequest *req)
{
    return req->cdb[0] == 0xbe || req->cdb[0] == 0xb9;
}

static void finish_verify(ScsiRequest *req, const BlockRequest *block)
{
    if (req->list && memcmp(req->list, block->data, req->list_length) != 0) {
        scsi_fail(req, SENSE_MISCOMPARE);
    } else {
        scsi_good(req);
    }
}

static bool unmap_next(ScsiDisk *d, ScsiRequest *req);

static void block_done(void *opaque, BlockRequest *block)
{
    ScsiRequest *req = opaque;
    ScsiDisk *d = SCSI_DISK(req->dev);
    req->block = NULL;
    if (block->ret) {
        scsi_fail(req, sense_of(-block->ret, block->op));
    } else if (is_verify(req)) {
        finish_verify(req, block);
    } else if (is_read_cd(req) && block->op == BLOCK_READ) {
        scsi_cd_send(req, block);
    } else if (block->op == BLOCK_READ) {
        scsi_reply(req, block->data, block->bytes, block->bytes);
    } else if (block->op != BLOCK_DISCARD || !unmap_next(d, req)) {
        scsi_good(req);
    }
}

static void submit(ScsiRequest *req, BlockRequest *block)
{
    req->block = block;
    blk_submit(block, block_done, req);
    req->block_number = block->number;
}

static BlockRequest *new_block(const ScsiDisk *d, BlockOp op, Range range)
{
    uint64_t size = scsi_disk_block_size(d);
    return blk_request_new(d->conf.blk, op, range.lba * size, range.count * size);
}

/* --- reads and writes -------------------------------------------------------------------------------------- */

void scsi_disk_read(ScsiDisk *d, ScsiRequest *req, uint64_t lba, uint64_t count)
{
    Range range = {lba, count};
    if (!check_range(d, req, range)) {
        return;
    }
    if (count) {
        submit(req, new_block(d, BLOCK_READ, range));
    } else {
        scsi_good(req);
    }
}

static void read_command(ScsiDisk *d, ScsiRequest *req)
{
    Range range = range_of(req->cdb);
    if (check_protection(req)) {
        scsi_disk_read(d, req, range.lba, range.count);
    }
}

static void write_command(ScsiDisk *d, ScsiRequest *req)
{
    Range range = range_of(req->cdb);
    uint8_t opcode = req->cdb[0];
    bool is_verified = opcode == 0x2e || opcode == 0xae || opcode == 0x8e;
    if (!check_writable(d, req) || !check_protection(req) || !check_range(d, req, range)) {
        return;
    }
    if (!range.count) {
        scsi_good(req);
        return;
    }
    BlockRequest *block = new_block(d, BLOCK_WRITE, range);
    if (!scsi_fetch(req, block->data, block->bytes)) {
        blk_request_free(block);
        return;
    }
    if (opcode >= 0x20 && ((req->cdb[1] & FUA) || is_verified)) {
        block->flags |= BLOCK_FUA;
    }
    submit(req, block);
}

/* The medium is read; what the initiator sends along is compared with it. */
static void verify_command(ScsiDisk *d, ScsiRequest *req)
{
    Range range = range_of(req->cdb);
    unsigned check = (req->cdb[1] & BYTCHK) >> 1;
    if (!check_protection(req)) {
        return;
    }
    if (check > 1) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (!check_range(d, req, range)) {
        return;
    }
    if (check && range.count) {
        req->list_length = (uint32_t)(range.count * scsi_disk_block_size(d));
        req->list = g_malloc(req->list_length);
        if (!scsi_fetch(req, req->list, req->list_length)) {
            return;
        }
    }
    if (range.count) {
        submit(req, new_block(d, BLOCK_READ, range));
    } else {
        scsi_good(req);
    }
}

static void synchronize_cache(ScsiDisk *d, ScsiRequest *req)
{
    Range range = range_of(req->cdb);
    range.count = 0; /* as many as there are */
    if (check_range(d, req, range)) {
        submit(req, blk_request_new(d->conf.blk, BLOCK_FLUSH, 0, 0));
    }
}

static void seek_command(ScsiDisk *d, ScsiRequest *req)
{
    Range range = range_of(req->cdb);
    range.count = 1;
    if (check_range(d, req, range)) {
        scsi_good(req);
    }
}

/* --- the same block many times ---------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *data, size_t length)
{
    return !data[0] && memcmp(data, data + 1, length - 1) == 0;
}

static void write_same(ScsiDisk *d, ScsiRequest *req)
{
    Range range = range_of(req->cdb);
    uint32_t size = scsi_disk_block_size(d);
    uint8_t flags = req->cdb[1];
    bool has_data = req->cdb[0] == 0x41 || !(flags & SAME_NDOB);
    if (!check_writable(d, req) || !check_protection(req)) {
        return;
    }
    if ((flags & SAME_ANCHOR) || !range.count) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    g_autofree uint8_t *pattern = g_malloc0(size);
    if (!check_range(d, req, range) || (has_data && !scsi_fetch(req, pattern, size))) {
        return;
    }
    bool is_zeroes = is_zero(pattern, size);
    BlockRequest *block = new_block(d, is_zeroes ? BLOCK_WRITE_ZEROES : BLOCK_WRITE, range);
    for (uint64_t n = 0; n < range.count && !is_zeroes; n++) {
        memcpy(block->data + n * size, pattern, size);
    }
    block->flags |= is_zeroes && (flags & SAME_UNMAP) ? BLOCK_MAY_UNMAP : 0;
    submit(req, block);
}

/* --- unmapping ----------------------------------------------------------------------------------------------- */

static Range unmap_range(const uint8_t *entry)
{
    return (Range){ldq_be_p(entry), ldl_be_p(entry + 8)};
}

/* The next descriptor that names blocks; false: there is none. A loaded list may say anything. */
static bool unmap_next(ScsiDisk *d, ScsiRequest *req)
{
    while (req->list_length - req->list_at >= UNMAP_ENTRY) {
        Range range = unmap_range(req->list + req->list_at);
        req->list_at += UNMAP_ENTRY;
        if (range.count && is_inside(d, range)) {
            submit(req, new_block(d, BLOCK_DISCARD, range));
            return true;
        }
    }
    return false;
}

static bool check_unmap_list(const ScsiDisk *d, ScsiRequest *req)
{
    uint32_t length = lduw_be_p(req->list + 2);
    uint64_t limit = d->max_unmap_size / scsi_disk_block_size(d);
    if (length > req->list_length - UNMAP_HEADER || length % UNMAP_ENTRY ||
        length / UNMAP_ENTRY > SCSI_UNMAP_DESCRIPTORS) {
        scsi_fail(req, SENSE_INVALID_PARAMETER);
        return false;
    }
    req->list_length = UNMAP_HEADER + length;
    for (uint32_t at = UNMAP_HEADER; at < req->list_length; at += UNMAP_ENTRY) {
        Range range = unmap_range(req->list + at);
        if (!is_inside(d, range)) {
            scsi_fail(req, SENSE_LBA_RANGE);
            return false;
        }
        if (range.count > limit) {
            scsi_fail(req, SENSE_INVALID_PARAMETER);
            return false;
        }
    }
    return true;
}

static void unmap_command(ScsiDisk *d, ScsiRequest *req)
{
    uint32_t length = lduw_be_p(req->cdb + 7);
    if (!check_writable(d, req)) {
        return;
    }
    if (req->cdb[1] & 1) { /* anchors */
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (length == 0) {
        scsi_good(req);
        return;
    }
    if (length < UNMAP_HEADER) {
        scsi_fail(req, SENSE_LIST_LENGTH);
        return;
    }
    req->list = g_malloc(length);
    req->list_length = length;
    if (!scsi_fetch(req, req->list, length) || !check_unmap_list(d, req)) {
        return;
    }
    req->list_at = UNMAP_HEADER;
    if (!unmap_next(d, req)) {
        scsi_good(req);
    }
}

/* --- capacity ------------------------------------------------------------------------------------------------ */

static void read_capacity_10(ScsiDisk *d, ScsiRequest *req)
{
    uint64_t blocks = scsi_disk_blocks(d);
    uint8_t data[8];
    if (!(req->cdb[8] & 1) && ldl_be_p(req->cdb + 2)) { /* an address without PMI */
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (!blocks) {
        scsi_fail(req, SENSE_NO_MEDIUM);
        return;
    }
    stl_be_p(data, (uint32_t)MIN(blocks - 1, UINT32_MAX));
    stl_be_p(data + 4, scsi_disk_block_size(d));
    scsi_reply(req, data, sizeof(data), sizeof(data));
}

static void read_capacity_16(ScsiDisk *d, ScsiRequest *req)
{
    uint64_t blocks = scsi_disk_blocks(d);
    uint8_t data[32] = {0};
    if ((req->cdb[1] & 0x1f) != 0x10) { /* another service action */
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (!blocks) {
        scsi_fail(req, SENSE_NO_MEDIUM);
        return;
    }
    stq_be_p(data, blocks - 1);
    stl_be_p(data + 8, scsi_disk_block_size(d));
    uint64_t ratio = d->conf.physical_block_size / d->conf.logical_block_size;
    data[13] = ratio ? (uint8_t)(63 - __builtin_clzll(ratio)) : 0;
    data[14] = blk_is_writable(d->conf.blk) ? 0x80 : 0; /* LBPME */
    scsi_reply(req, data, sizeof(data), ldl_be_p(req->cdb + 10));
}

/* --- the unit itself --------------------------------------------------------------------------------------------- */

static void just_good(G_GNUC_UNUSED ScsiDisk *d, ScsiRequest *req) { scsi_good(req); }

static void send_diagnostic(G_GNUC_UNUSED ScsiDisk *d, ScsiRequest *req)
{
    bool is_default_test = (req->cdb[1] & 4) && lduw_be_p(req->cdb + 3) == 0;
    if (is_default_test) {
        scsi_good(req);
    } else {
        scsi_fail(req, SENSE_INVALID_FIELD);
    }
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

typedef struct ScsiCommand {
    uint8_t opcode, needs;
    ScsiCommandFunc *run;
} ScsiCommand;

static const ScsiCommand commands[] = {
    {0x00, ANY | MEDIUM, just_good},    /* TEST UNIT READY */
    {0x01, HD | MEDIUM, just_good},     /* REZERO UNIT */
    {0x08, ANY | MEDIUM, read_command}, /* READ (6) */
    {0x0a, HD | MEDIUM, write_command}, /* WRITE (6) */
    {0x0b, HD | MEDIUM, seek_command},  /* SEEK (6) */
    {0x12, ANY, scsi_inquiry},          /* INQUIRY */
    {0x15, ANY, scsi_mode_select_6},    /* MODE SELECT (6) */
    {0x16, HD, just_good},              /* RESERVE (6): nobody else is there */
    {0x17, HD, just_good},              /* RELEASE (6) */
    {0x1a, ANY, scsi_mode_sense_6},     /* MODE SENSE (6) */
    {0x1b, ANY, scsi_start_stop_unit},  /* START STOP UNIT */
    {0x1d, ANY, send_diagnostic},       /* SEND DIAGNOSTIC */
    {0x1e, ANY, scsi_prevent_allow},    /* PREVENT ALLOW MEDIUM REMOVAL */
    {0x25, ANY | MEDIUM, read_capacity_10},
    {0x28, ANY | MEDIUM, read_command},   /* READ (10) */
    {0x2a, HD | MEDIUM, write_command},   /* WRITE (10) */
    {0x2b, ANY | MEDIUM, seek_command},   /* SEEK (10) */
    {0x2e, HD | MEDIUM, write_command},   /* WRITE AND VERIFY (10) */
    {0x2f, ANY | MEDIUM, verify_command}, /* VERIFY (10) */
    {0x35, ANY | MEDIUM, synchronize_cache},
    {0x41, HD | MEDIUM, write_same},    /* WRITE SAME (10) */
    {0x42, HD | MEDIUM, unmap_command}, /* UNMAP */
    {0x42, CD | MEDIUM, scsi_read_sub_channel},
    {0x43, CD | MEDIUM, scsi_read_toc}, /* READ TOC */
    {0x44, CD | MEDIUM, scsi_read_header},
    {0x46, CD, scsi_get_configuration},
    {0x4a, CD, scsi_get_event_status},
    {0x51, CD | MEDIUM, scsi_read_disc_information},
    {0x52, CD | MEDIUM, scsi_read_track_information},
    {0x55, ANY, scsi_mode_select_10},    /* MODE SELECT (10) */
    {0x56, HD, just_good},               /* RESERVE (10) */
    {0x57, HD, just_good},               /* RELEASE (10) */
    {0x5a, ANY, scsi_mode_sense_10},     /* MODE SENSE (10) */
    {0x88, HD | MEDIUM, read_command},   /* READ (16) */
    {0x8a, HD | MEDIUM, write_command},  /* WRITE (16) */
    {0x8e, HD | MEDIUM, write_command},  /* WRITE AND VERIFY (16) */
    {0x8f, HD | MEDIUM, verify_command}, /* VERIFY (16) */
    {0x91, HD | MEDIUM, synchronize_cache},
    {0x93, HD | MEDIUM, write_same},        /* WRITE SAME (16) */
    {0x9e, ANY | MEDIUM, read_capacity_16}, /* SERVICE ACTION IN (16) */
    {0xa8, ANY | MEDIUM, read_command},     /* READ (12) */
    {0xaa, HD | MEDIUM, write_command},     /* WRITE (12) */
    {0xac, CD | MEDIUM, scsi_get_performance},
    {0xad, CD | MEDIUM, scsi_read_dvd_structure},
    {0xae, HD | MEDIUM, write_command},   /* WRITE AND VERIFY (12) */
    {0xaf, ANY | MEDIUM, verify_command}, /* VERIFY (12) */
    {0xb9, CD | MEDIUM, scsi_read_cd_msf},
    {0xbb, CD, scsi_set_cd_speed},
    {0xbd, CD, scsi_mechanism_status},
    {0xbe, CD | MEDIUM, scsi_read_cd}, /* READ CD */
};

static const ScsiCommand *find_command(const ScsiDisk *d, uint8_t opcode)
{
    uint8_t kind = scsi_disk_is_cdrom(d) ? CD : HD;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].opcode == opcode && (commands[i].needs & kind)) {
            return &commands[i];
        }
    }
    return NULL;
}

static void disk_start(ScsiDevice *dev, ScsiRequest *req)
{
    ScsiDisk *d = SCSI_DISK(dev);
    const ScsiCommand *command = find_command(d, req->cdb[0]);
    if (!command) {
        scsi_fail(req, SENSE_INVALID_OPCODE);
    } else if ((command->needs & MEDIUM) && !scsi_disk_has_medium(d)) {
        scsi_fail(req, d->tray_open ? SENSE_TRAY_OPEN : SENSE_NO_MEDIUM);
    } else if ((command->needs & MEDIUM) && d->is_stopped) {
        scsi_fail(req, SENSE_STOPPED);
    } else {
        command->run(d, req);
    }
}

/* --- life ---------------------------------------------------------------------------------------------------------------- */

typedef struct TextLimit {
    const char *name, *text;
    size_t limit;
} TextLimit;

static bool check_texts(const ScsiDisk *d, Error **errp)
{
    const TextLimit limits[] = {
        {"serial", d->serial, 36}, {"vendor", d->vendor, 8},         {"product", d->product, 16},
        {"ver", d->version, 4},    {"device_id", d->device_id, 200},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        if (limits[i].text && strlen(limits[i].text) > limits[i].limit) {
            return error_setg(errp, "%s has at most %zu characters", limits[i].name,
                              limits[i].limit);
        }
    }
    return true;
}

static void set_text(char **text, const char *value)
{
    if (!*text) {
        *text = g_strdup(value);
    }
}

static bool check_sizes(const ScsiDisk *d, Error **errp)
{
    if (d->max_unmap_size > UINT32_MAX * (uint64_t)BLOCK_SECTOR) {
        return error_setg(errp, "max_unmap_size is too large");
    }
    return d->max_io_size <= SCSI_TRANSFER_MAX ||
           error_setg(errp, "max_io_size is at most %d", SCSI_TRANSFER_MAX);
}

static bool disk_realize(ScsiDevice *dev, Error **errp)
{
    ScsiDisk *d = SCSI_DISK(dev);
    bool is_cdrom = scsi_disk_is_cdrom(d);
    if (is_cdrom) {
        d->conf.logical_block_size = d->conf.physical_block_size = 2048;
        d->removable = d->conf.only_reads = true;
    }
    d->conf.takes_media = d->removable;
    bool is_empty = is_cdrom && (!d->conf.drive || !*d->conf.drive);
    if (!check_texts(d, errp) || !check_sizes(d, errp) ||
        !(is_empty ? blkconf_attach_empty(&d->conf, OBJECT(d), errp)
                   : blkconf_attach(&d->conf, OBJECT(d), true, errp))) {
        return false;
    }
    if (d->removable) {
        blk_set_media_ops(d->conf.blk, &scsi_disk_media_ops, d);
    }
    d->original_wce = blk_enable_write_cache(d->conf.blk);
    set_text(&d->vendor, "core99");
    set_text(&d->product, is_cdrom ? "core99 CD-ROM" : "core99 HARDDISK");
    set_text(&d->version, "1.0");
    return true;
}

static void disk_unrealize(ScsiDevice *dev)
{
    ScsiDisk *d = SCSI_DISK(dev);
    if (d->conf.blk) {
        blkconf_detach(&d->conf);
    }
}

static void disk_reset(ScsiDevice *dev)
{
    ScsiDisk *d = SCSI_DISK(dev);
    d->tray_locked = d->is_stopped = false;
    d->read_speed = SCSI_CD_SPEED_MAX;
    if (d->conf.blk) {
        blk_set_enable_write_cache(d->conf.blk, d->original_wce);
    }
}

static bool disk_has_room(ScsiDevice *dev)
{
    const BlockBackend *blk = SCSI_DISK(dev)->conf.blk;
    return !blk || blk_has_room(blk);
}

static void disk_info(DeviceState *dev, GString *out)
{
    const ScsiDisk *d = SCSI_DISK(dev);
    g_string_append_printf(
        out, "channel %d, target %d, lun %d: %" G_GUINT64_FORMAT " blocks of %u%s%s; %u requests\n",
        d->parent_obj.channel, d->parent_obj.id, d->parent_obj.lun, scsi_disk_blocks(d),
        scsi_disk_block_size(d), d->tray_open ? ", tray open" : "",
        d->is_stopped ? ", stopped" : "", g_list_length(d->parent_obj.requests));
}

/* --- state and types --------------------------------------------------------------------------------------------------- */

/* Requests that the initiator has loaded find the drive's part of them again. */
static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    ScsiDisk *d = opaque;
    for (GList *e = d->parent_obj.requests; e; e = e->next) {
        ScsiRequest *req = e->data;
        req->block = d->conf.blk ? blk_reattach(d->conf.blk, req->block_number, block_done, req)
                                 : NULL;
        bool is_compared = req->block && is_verify(req) && req->list;
        if (!req->block ||
            (is_compared && (!req->block->data || req->list_length != req->block->bytes))) {
            return error_setg(errp, "the drive knows no request %" G_GUINT64_FORMAT,
                              req->block_number);
        }
    }
    return true;
}

static const VMStateDescription vmstate_scsi_disk = {
    .name = "scsi-disk",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_SCSI_DEVICE(parent_obj, ScsiDisk),
            VMSTATE_BLOCK_BACKEND(conf.blk, ScsiDisk),
            VMSTATE_BOOL(tray_open, ScsiDisk),
            VMSTATE_BOOL(tray_locked, ScsiDisk),
            VMSTATE_BOOL(is_stopped, ScsiDisk),
            VMSTATE_UINT8(media_event, ScsiDisk),
            VMSTATE_UINT16(read_speed, ScsiDisk),
            VMSTATE_TRANSIENT(original_wce, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(conf, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(serial, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(vendor, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(product, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(version, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(device_id, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(wwn, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(max_unmap_size, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(max_io_size, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(rotation_rate, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(removable, ScsiDisk, "configuration"),
            VMSTATE_TRANSIENT(dpofua, ScsiDisk, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

#define PROPERTY(n, t, member, ...)                                                                \
    {.name = n, .type = t, .offset = offsetof(ScsiDisk, member), __VA_ARGS__}

static const Property disk_properties[] = {
    DEFINE_BLOCK_PROPERTIES(ScsiDisk, conf),
    PROPERTY("serial", FIELD_STRING, serial, .description = "unit serial number"),
    PROPERTY("vendor", FIELD_STRING, vendor, .description = "vendor in INQUIRY"),
    PROPERTY("product", FIELD_STRING, product, .description = "product in INQUIRY"),
    PROPERTY("ver", FIELD_STRING, version, .description = "revision in INQUIRY"),
    PROPERTY("device_id", FIELD_STRING, device_id,
             .description = "name in the identification page; the serial number if left out"),
    PROPERTY("wwn", FIELD_UINT64, wwn, .description = "world wide name; 0: none"),
    PROPERTY("max_unmap_size", FIELD_SIZE, max_unmap_size, .defval = 1 << 30,
             .description = "bytes that one descriptor of UNMAP may name"),
    PROPERTY("max_io_size", FIELD_SIZE, max_io_size, .defval = SCSI_TRANSFER_MAX,
             .description = "bytes of a transfer, told to the guest"),
    PROPERTY("rotation_rate", FIELD_UINT16, rotation_rate,
             .description = "revolutions a minute; 1: a solid state disk, 0: not told"),
    PROPERTY("removable", FIELD_BOOL, removable, .description = "the medium can be taken out"),
    PROPERTY("dpofua", FIELD_BOOL, dpofua, .description = "tell the guest of FUA writes"),
    {.name = NULL},
};

static void disk_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    ScsiDeviceClass *sc = SCSI_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_scsi_disk;
    dc->info = disk_info;
    sc->realize = disk_realize;
    sc->unrealize = disk_unrealize;
    sc->start = disk_start;
    sc->has_room = disk_has_room;
    sc->reset = disk_reset;
    device_class_set_props(dc, disk_properties);
}

static void hd_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->desc = "SCSI disk";
    DEVICE_CLASS(klass)->category = DEVICE_CATEGORY_STORAGE;
}

static void cd_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    DEVICE_CLASS(klass)->desc = "SCSI CD-ROM drive";
    DEVICE_CLASS(klass)->category = DEVICE_CATEGORY_STORAGE;
    SCSI_DISK_CLASS(klass)->is_cdrom = true;
}

static const TypeInfo disk_info_type = {
    .name = TYPE_SCSI_DISK,
    .parent = TYPE_SCSI_DEVICE,
    .instance_size = sizeof(ScsiDisk),
    .class_size = sizeof(ScsiDiskClass),
    .class_init = disk_class_init,
    .abstract = true,
};
DEFINE_TYPE(disk_info_type)

static const TypeInfo hd_info = {
    .name = "scsi-hd", .parent = TYPE_SCSI_DISK, .class_init = hd_class_init};
DEFINE_TYPE(hd_info)

static const TypeInfo cd_info = {
    .name = "scsi-cd", .parent = TYPE_SCSI_DISK, .class_init = cd_class_init};
DEFINE_TYPE(cd_info)
