/* SPDX-License-Identifier: MIT */
/*
 * A medium that can be taken out: the tray, its lock, what the guest hears when the medium changes.
 *
 * Source: SPC-4 6.14 (PREVENT ALLOW), SBC-3 5.25, MMC-4 6.40 (START STOP UNIT), 6.7 and 6.7.2.5 (media events), MMC-4
 * 4.1.6 (who hears unit attention). A user who changes the medium takes no time to do it: a guest hears of the new
 * one (unit attention, event), and not that the tray was open meanwhile. Not modelled: events of other classes,
 * which are answered as not supported; a persistent prevention.
 */
#include "hw/scsi/internal.h"

enum { EVENT_EJECT_REQUEST = 1, EVENT_NEW_MEDIUM = 2, EVENT_REMOVAL = 3 };
enum { MEDIA_CLASS = 4, SUPPORTED_CLASSES = 1 << MEDIA_CLASS, NO_EVENT = 0x80 };

/* --- what happens to the medium -------------------------------------------------------------------------- */

static bool is_tray_open(const void *opaque) { return SCSI_DISK(opaque)->tray_open; }

static bool is_locked(const void *opaque) { return SCSI_DISK(opaque)->tray_locked; }

static void changed(void *opaque, bool is_loaded)
{
    ScsiDisk *d = opaque;
    d->tray_open = !is_loaded;
    d->media_event = is_loaded ? EVENT_NEW_MEDIUM : EVENT_REMOVAL;
    d->is_stopped = false;
    if (is_loaded) {
        d->parent_obj.attention = SENSE_MEDIUM_CHANGED;
    }
}

static void eject_requested(void *opaque)
{
    ScsiDisk *d = opaque;
    if (!d->media_event) { /* what has happened goes first */
        d->media_event = EVENT_EJECT_REQUEST;
    }
}

const BlockMediaOps scsi_disk_media_ops = {is_tray_open, is_locked, changed, eject_requested};

/* --- commands --------------------------------------------------------------------------------------------- */

/* What a guest closes its tray on is what lay there when it opened it: there are events, but no unit attention. */
static void move_tray(ScsiDisk *d, ScsiRequest *req, bool shall_open)
{
    if (shall_open && d->tray_locked) {
        scsi_fail(req, SENSE_NOT_REMOVABLE);
        return;
    }
    if (d->tray_open != shall_open && blk_is_inserted(d->conf.blk)) {
        d->media_event = shall_open ? EVENT_REMOVAL : EVENT_NEW_MEDIUM;
    }
    d->tray_open = shall_open;
    scsi_good(req);
}

void scsi_start_stop_unit(ScsiDisk *d, ScsiRequest *req)
{
    bool starts = req->cdb[4] & 1, moves_tray = req->cdb[4] & 2;
    if (req->cdb[4] >> 4) { /* power conditions: nothing sleeps */
        scsi_good(req);
        return;
    }
    if (moves_tray && d->removable) {
        move_tray(d, req, !starts);
        return;
    }
    d->is_stopped = !starts && !scsi_disk_is_cdrom(d);
    scsi_good(req);
}

void scsi_prevent_allow(ScsiDisk *d, ScsiRequest *req)
{
    d->tray_locked = req->cdb[4] & 1;
    scsi_good(req);
}

void scsi_get_event_status(ScsiDisk *d, ScsiRequest *req)
{
    uint8_t data[8] = {0, 0, 0, SUPPORTED_CLASSES};
    size_t length = 4, allocation = lduw_be_p(req->cdb + 7);
    if (!(req->cdb[1] & 1)) { /* asynchronous */
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    if (req->cdb[4] & SUPPORTED_CLASSES) {
        data[2] = MEDIA_CLASS;
        data[4] = d->media_event;
        data[5] = (uint8_t)((d->tray_open ? 1 : 0) | (scsi_disk_has_medium(d) ? 2 : 0));
        length = 8;
        d->media_event = allocation < length ? d->media_event : 0; /* else it is not told */
    } else {
        data[2] = NO_EVENT; /* of these classes */
    }
    stw_be_p(data, (uint16_t)(length - 2));
    scsi_reply(req, data, length, allocation);
}
