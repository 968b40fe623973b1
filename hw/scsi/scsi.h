/* SPDX-License-Identifier: MIT */
/*
 * The SCSI bus: initiators (host adapters) above, devices below, requests between them.
 *
 * An initiator makes a request from a command descriptor block, starts it, and is called back for data and
 * for the end. Commands that need no disk end before scsi_request_start() returns. An initiator that gets
 * data piece by piece (USB, ATAPI) collects what it sends before it starts a request.
 *
 * Source: SAM-3 and SPC-4 for what belongs to every device. Context: holder of the machine token.
 */
#ifndef HW_SCSI_SCSI_H
#define HW_SCSI_SCSI_H

#include "block/block.h"
#include "hw/core/qdev.h"

#define TYPE_SCSI_BUS "SCSI"
#define TYPE_SCSI_DEVICE "scsi-device"
typedef struct ScsiBus ScsiBus;
OBJECT_DECLARE_TYPE(ScsiDevice, ScsiDeviceClass, SCSI_DEVICE)
static inline ScsiBus *SCSI_BUS(const void *obj)
{
    return OBJECT_CHECK(ScsiBus, obj, TYPE_SCSI_BUS);
}

enum { SCSI_CDB_MAX = 32, SCSI_SENSE_SIZE = 18, SCSI_NO_ID = -1 };
enum { /* status */
       SCSI_GOOD = 0x00,
       SCSI_CHECK_CONDITION = 0x02,
};

/* Sense key, additional sense code and its qualifier. */
typedef struct ScsiSense {
    uint8_t key, asc, ascq;
} ScsiSense;
#define SCSI_SENSE(name, k, a, q) static const ScsiSense name G_GNUC_UNUSED = {k, a, q};
SCSI_SENSE(SENSE_NONE, 0x0, 0x00, 0x00)
SCSI_SENSE(SENSE_BECOMING_READY, 0x2, 0x04, 0x01)
SCSI_SENSE(SENSE_STOPPED, 0x2, 0x04, 0x02)
SCSI_SENSE(SENSE_NO_MEDIUM, 0x2, 0x3a, 0x00)
SCSI_SENSE(SENSE_TRAY_OPEN, 0x2, 0x3a, 0x02)
SCSI_SENSE(SENSE_WRITE_ERROR, 0x3, 0x0c, 0x00)
SCSI_SENSE(SENSE_READ_ERROR, 0x3, 0x11, 0x00)
SCSI_SENSE(SENSE_TARGET_FAILURE, 0x4, 0x44, 0x00)
SCSI_SENSE(SENSE_LIST_LENGTH, 0x5, 0x1a, 0x00)
SCSI_SENSE(SENSE_INVALID_OPCODE, 0x5, 0x20, 0x00)
SCSI_SENSE(SENSE_LBA_RANGE, 0x5, 0x21, 0x00)
SCSI_SENSE(SENSE_INVALID_FIELD, 0x5, 0x24, 0x00)
SCSI_SENSE(SENSE_LUN_NOT_SUPPORTED, 0x5, 0x25, 0x00)
SCSI_SENSE(SENSE_INVALID_PARAMETER, 0x5, 0x26, 0x00)
SCSI_SENSE(SENSE_INCOMPATIBLE_MEDIUM, 0x5, 0x30, 0x02)
SCSI_SENSE(SENSE_NO_SAVING, 0x5, 0x39, 0x00)
SCSI_SENSE(SENSE_NOT_REMOVABLE, 0x5, 0x53, 0x02)
SCSI_SENSE(SENSE_ILLEGAL_TRACK_MODE, 0x5, 0x64, 0x00)
SCSI_SENSE(SENSE_MEDIUM_CHANGED, 0x6, 0x28, 0x00)
SCSI_SENSE(SENSE_RESET, 0x6, 0x29, 0x00)
SCSI_SENSE(SENSE_DEVICE_RESET, 0x6, 0x29, 0x03)
SCSI_SENSE(SENSE_WRITE_PROTECTED, 0x7, 0x27, 0x00)
SCSI_SENSE(SENSE_NO_SPACE, 0x7, 0x27, 0x07)
SCSI_SENSE(SENSE_MISCOMPARE, 0xe, 0x1d, 0x00)

/* --- requests ------------------------------------------------------------------------------------------ */

typedef struct ScsiRequest {
    ScsiBus *bus;
    ScsiDevice *dev; /* NULL: its target has no such logical unit */
    void *initiator; /* its own */
    uint16_t channel, id, lun;
    uint8_t cdb[SCSI_CDB_MAX];
    /* at the end */
    uint8_t status;
    ScsiSense sense; /* with SCSI_CHECK_CONDITION */
    uint64_t moved;  /* bytes of data, either way */
    bool is_cut;     /* the initiator had no room for the data, or had less */
    /* the device's own, while the request is under way */
    BlockRequest *block;
    uint64_t block_number;
    uint8_t *list; /* what the initiator sent, needed later */
    uint32_t list_length, list_at;
} ScsiRequest;

typedef struct ScsiInitiatorOps {
    /* Copy @length bytes from byte @offset of what is sent to the device: false if there are not so many. */
    bool (*fetch)(ScsiRequest *req, uint64_t offset, void *data, size_t length);
    /* Take data of the device; returns the bytes that there was room for. */
    size_t (*deliver)(ScsiRequest *req, uint64_t offset, const void *data, size_t length);
    /* It is over: @req is freed after this. */
    void (*complete)(ScsiRequest *req);
    /* @dev is about to go: the request ends without complete(). */
    void (*aborted)(ScsiRequest *req);
    /* A device goes. May be NULL. */
    void (*unplugged)(ScsiBus *bus, ScsiDevice *dev);
} ScsiInitiatorOps;

/* NULL: there is no such target. @cdb has SCSI_CDB_MAX bytes. */
ScsiRequest *scsi_request_new(ScsiBus *bus, uint16_t id, uint16_t lun, const uint8_t *cdb,
                              void *initiator);
void scsi_request_start(ScsiRequest *req);
/* Ends it without a call back; what a disk has begun to write is written. */
void scsi_request_cancel(ScsiRequest *req);
/* The sense data as the initiator gets it. */
void scsi_sense_put(ScsiSense sense, uint8_t *out);
/* State of a request under way; its device takes it up again in its own post_load. */
void scsi_request_put(GByteArray *out, const ScsiRequest *req);
ScsiRequest *scsi_request_get(VMStateReader *in, ScsiBus *bus, void *initiator, Error **errp);

/* --- the bus -------------------------------------------------------------------------------------------- */

struct ScsiBus {
    BusState parent_obj;
    const ScsiInitiatorOps *ops;
    uint16_t max_channel, max_target, max_lun; /* highest numbers */
};

/* Initiators have VMSTATE_STRUCT_POINTER(bus, Struct, vmstate_scsi_bus). */
extern const VMStateDescription vmstate_scsi_bus;
ScsiBus *scsi_bus_new(DeviceState *initiator, const char *name, const ScsiInitiatorOps *ops);
ScsiDevice *scsi_bus_find(ScsiBus *bus, uint16_t channel, uint16_t id, uint16_t lun);
/* Some logical unit of that target; NULL: nobody is there. */
ScsiDevice *scsi_bus_find_target(ScsiBus *bus, uint16_t channel, uint16_t id);
/* False: some device is so busy that no more requests should be made before one ends. */
bool scsi_bus_has_room(ScsiBus *bus);

/* --- devices --------------------------------------------------------------------------------------------- */

struct ScsiDevice {
    DeviceState parent_obj;
    int32_t channel, id, lun; /* properties; id and lun -1: choose */
    GList *requests;          /* ScsiRequest under way */
    ScsiSense attention;      /* of key 0: none; told with the next command */
};

struct ScsiDeviceClass {
    DeviceClass parent_class;
    bool (*realize)(ScsiDevice *dev, Error **errp);
    void (*unrealize)(ScsiDevice *dev);
    void (*start)(ScsiDevice *dev, ScsiRequest *req);
    bool (*has_room)(ScsiDevice *dev); /* may be NULL */
    void (*reset)(ScsiDevice *dev);    /* a reset of the logical unit; requests are gone */
};
extern const VMStateDescription vmstate_scsi_device;
#define VMSTATE_SCSI_DEVICE(f, S) VMSTATE_STRUCT(f, S, ScsiDevice, vmstate_scsi_device)

/* Requests of @dev end without complete(); unit attention says why. */
void scsi_device_reset(ScsiDevice *dev, ScsiSense why);

/* What a device does with a request; each of the first three ends it. */
void scsi_good(ScsiRequest *req);
void scsi_fail(ScsiRequest *req, ScsiSense sense);
/* Send @length bytes but not more than @allocation, and end well. */
void scsi_reply(ScsiRequest *req, const void *data, size_t length, size_t allocation);
/* Fetch what the initiator sends; false: too little, the request has ended. */
bool scsi_fetch(ScsiRequest *req, void *data, size_t length);

#endif
