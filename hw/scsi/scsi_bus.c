/* SPDX-License-Identifier: MIT */
/*
 * The SCSI bus, the abstract device, and what a target answers for itself: REPORT LUNS, and everything for a
 * logical unit that is not there.
 *
 * Source: SAM-3 (targets, logical units, unit attention), SPC-4 4.5 (sense data), 6.4, 6.33.
 * Not modelled: linked commands, auto contingent allegiance, more than one initiator.
 */
#include "hw/scsi/scsi.h"
#include "util/bits.h"
#include "util/trace.h"

#include <string.h>

enum { REQUEST_SENSE = 0x03, INQUIRY = 0x12, REPORT_LUNS = 0xa0 };
enum { GET_CONFIGURATION = 0x46, GET_EVENT_STATUS = 0x4a };
enum { SIMPLE_LUNS = 256, LUN_ENTRY = 8, LIST_MAX = 1 << 16, FLAT_LUN = 0x40 };
enum { NO_SUCH_UNIT = 0x7f }; /* peripheral qualifier 3, type 0x1f */

/* --- the end of requests --------------------------------------------------------------------------------- */

static void free_request(ScsiRequest *req)
{
    if (req->dev) {
        req->dev->requests = g_list_remove(req->dev->requests, req);
    }
    g_free(req->list);
    g_free(req);
}

static void end_with(ScsiRequest *req, uint8_t status, ScsiSense sense)
{
    req->status = status;
    req->sense = sense;
    TRACE(scsi_req_complete, "lun %u command %#x status %#x sense %x/%02x/%02x", req->lun,
          req->cdb[0], status, sense.key, sense.asc, sense.ascq);
    req->bus->ops->complete(req);
    free_request(req);
}

void scsi_good(ScsiRequest *req) { end_with(req, SCSI_GOOD, SENSE_NONE); }

void scsi_fail(ScsiRequest *req, ScsiSense sense) { end_with(req, SCSI_CHECK_CONDITION, sense); }

void scsi_reply(ScsiRequest *req, const void *data, size_t length, size_t allocation)
{
    length = MIN(length, allocation);
    size_t taken = req->bus->ops->deliver(req, req->moved, data, length);
    req->moved += taken;
    req->is_cut = taken < length;
    scsi_good(req);
}

bool scsi_fetch(ScsiRequest *req, void *data, size_t length)
{
    if (!req->bus->ops->fetch(req, req->moved, data, length)) {
        req->is_cut = true;
        scsi_fail(req, SENSE_LIST_LENGTH);
        return false;
    }
    req->moved += length;
    return true;
}

/* What the disk does for it is not waited for. */
static void let_go(ScsiRequest *req)
{
    if (req->block) {
        blk_cancel(req->block);
    }
    free_request(req);
}

void scsi_request_cancel(ScsiRequest *req)
{
    TRACE(scsi_req_cancel, "lun %u command %#x", req->lun, req->cdb[0]);
    let_go(req);
}

static void abort_all(ScsiDevice *dev)
{
    while (dev->requests) {
        ScsiRequest *req = g_list_last(dev->requests)->data;
        req->bus->ops->aborted(req);
        let_go(req);
    }
}

void scsi_sense_put(ScsiSense sense, uint8_t *out)
{
    memset(out, 0, SCSI_SENSE_SIZE);
    out[0] = 0x70; /* current, fixed format */
    out[2] = sense.key;
    out[7] = SCSI_SENSE_SIZE - 8;
    out[12] = sense.asc;
    out[13] = sense.ascq;
}

/* --- the target's own answers ------------------------------------------------------------------------------ */

static void put_lun(uint8_t *entry, unsigned lun)
{
    memset(entry, 0, LUN_ENTRY);
    entry[0] = lun < SIMPLE_LUNS ? 0 : (uint8_t)(FLAT_LUN | lun >> 8);
    entry[1] = (uint8_t)lun;
}

/* Logical unit 0 is always there, if only to answer this. */
static void report_luns(ScsiRequest *req)
{
    uint32_t allocation = ldl_be_p(req->cdb + 6);
    if (req->cdb[2] > 2 || allocation < 16) {
        scsi_fail(req, SENSE_INVALID_FIELD);
        return;
    }
    g_autoptr(GByteArray) list = g_byte_array_new();
    uint8_t entry[LUN_ENTRY] = {0};
    bool well_known_only = req->cdb[2] == 1;
    g_byte_array_append(list, entry, sizeof(entry)); /* header */
    if (!well_known_only) {
        g_byte_array_append(list, entry, sizeof(entry));
    }
    for (GSList *e = BUS(req->bus)->children; e && !well_known_only; e = e->next) {
        const ScsiDevice *dev = SCSI_DEVICE(e->data);
        if (dev->channel == req->channel && dev->id == req->id && dev->lun > 0 &&
            list->len < LIST_MAX) {
            put_lun(entry, (unsigned)dev->lun);
            g_byte_array_append(list, entry, sizeof(entry));
        }
    }
    stl_be_p(list->data, list->len - LUN_ENTRY);
    scsi_reply(req, list->data, list->len, allocation);
}

static void request_sense(ScsiRequest *req, ScsiSense sense)
{
    uint8_t data[SCSI_SENSE_SIZE];
    bool is_descriptor_format = req->cdb[1] & 1;
    scsi_sense_put(sense, data);
    if (is_descriptor_format) {
        memset(data, 0, 8);
        data[0] = 0x72;
        data[1] = sense.key;
        data[2] = sense.asc;
        data[3] = sense.ascq;
    }
    scsi_reply(req, data, is_descriptor_format ? 8 : sizeof(data), req->cdb[4]);
}

static void answer_for_missing_unit(ScsiRequest *req)
{
    uint8_t data[36] = {NO_SUCH_UNIT, 0, 5, 2, 31};
    if (req->cdb[0] == INQUIRY && !(req->cdb[1] & 1)) {
        scsi_reply(req, data, sizeof(data), lduw_be_p(req->cdb + 3));
    } else if (req->cdb[0] == REQUEST_SENSE) {
        request_sense(req, SENSE_LUN_NOT_SUPPORTED);
    } else {
        scsi_fail(req, SENSE_LUN_NOT_SUPPORTED);
    }
}

/* --- requests --------------------------------------------------------------------------------------------------- */

ScsiRequest *scsi_request_new(ScsiBus *bus, uint16_t id, uint16_t lun, const uint8_t *cdb,
                              void *initiator)
{
    ScsiDevice *dev = scsi_bus_find(bus, 0, id, lun);
    if (!dev && !scsi_bus_find_target(bus, 0, id)) {
        return NULL;
    }
    ScsiRequest *req = g_new0(ScsiRequest, 1);
    *req = (ScsiRequest){
        .bus = bus, .dev = dev, .initiator = initiator, .channel = 0, .id = id, .lun = lun};
    memcpy(req->cdb, cdb, SCSI_CDB_MAX);
    if (dev) {
        dev->requests = g_list_append(dev->requests, req);
    }
    return req;
}

/* Whatever unit attention there is: SPC-4 5.3, MMC-4 4.1.6. */
static bool is_always_answered(uint8_t opcode)
{
    return opcode == INQUIRY || opcode == GET_CONFIGURATION || opcode == GET_EVENT_STATUS;
}

void scsi_request_start(ScsiRequest *req)
{
    ScsiDevice *dev = req->dev;
    uint8_t opcode = req->cdb[0];
    TRACE(scsi_req_start, "id %u lun %u command %#x", req->id, req->lun, opcode);
    if (opcode == REPORT_LUNS) {
        report_luns(req);
    } else if (!dev) {
        answer_for_missing_unit(req);
    } else if (opcode == REQUEST_SENSE) {
        ScsiSense sense = dev->attention;
        dev->attention = SENSE_NONE;
        request_sense(req, sense);
    } else if (dev->attention.key && !is_always_answered(opcode)) {
        ScsiSense sense = dev->attention;
        dev->attention = SENSE_NONE;
        scsi_fail(req, sense);
    } else {
        SCSI_DEVICE_GET_CLASS(dev)->start(dev, req);
    }
}

/* --- state of requests --------------------------------------------------------------------------------------------- */

void scsi_request_put(GByteArray *out, const ScsiRequest *req)
{
    vmstate_put_u32(out, req->id);
    vmstate_put_u32(out, req->lun);
    g_byte_array_append(out, req->cdb, SCSI_CDB_MAX);
    vmstate_put_u64(out, req->moved);
    vmstate_put_u64(out, req->block_number);
    vmstate_put_u32(out, req->list_at);
    vmstate_put_u32(out, req->list_length);
    g_byte_array_append(out, req->list, req->list_length);
}

static bool get_fields(VMStateReader *in, ScsiRequest *req, Error **errp)
{
    if (!vmstate_read_u64(in, &req->moved, errp) ||
        !vmstate_read_u64(in, &req->block_number, errp) ||
        !vmstate_read_u32(in, &req->list_at, errp) ||
        !vmstate_read_u32(in, &req->list_length, errp)) {
        return false;
    }
    if (req->list_length > in->length - in->pos || req->list_at > req->list_length) {
        return error_setg(errp, "a list of %u bytes", req->list_length);
    }
    req->list = g_malloc(req->list_length);
    return vmstate_read(in, req->list, req->list_length, errp);
}

ScsiRequest *scsi_request_get(VMStateReader *in, ScsiBus *bus, void *initiator, Error **errp)
{
    uint8_t cdb[SCSI_CDB_MAX];
    uint32_t id, lun;
    if (!vmstate_read_u32(in, &id, errp) || !vmstate_read_u32(in, &lun, errp) ||
        !vmstate_read(in, cdb, sizeof(cdb), errp)) {
        return NULL;
    }
    bool fits = id <= UINT16_MAX && lun <= UINT16_MAX;
    ScsiDevice *dev = fits ? scsi_bus_find(bus, 0, (uint16_t)id, (uint16_t)lun) : NULL;
    if (!dev) {
        error_setg(errp, "a request for target %u, unit %u, which is not there", id, lun);
        return NULL;
    }
    ScsiRequest *req = scsi_request_new(bus, (uint16_t)id, (uint16_t)lun, cdb, initiator);
    if (!get_fields(in, req, errp)) {
        free_request(req);
        return NULL;
    }
    return req;
}

/* --- the bus ---------------------------------------------------------------------------------------------------------- */

ScsiDevice *scsi_bus_find(ScsiBus *bus, uint16_t channel, uint16_t id, uint16_t lun)
{
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        ScsiDevice *dev = SCSI_DEVICE(e->data);
        if (DEVICE(dev)->realized && dev->channel == channel && dev->id == id && dev->lun == lun) {
            return dev;
        }
    }
    return NULL;
}

ScsiDevice *scsi_bus_find_target(ScsiBus *bus, uint16_t channel, uint16_t id)
{
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        ScsiDevice *dev = SCSI_DEVICE(e->data);
        if (DEVICE(dev)->realized && dev->channel == channel && dev->id == id) {
            return dev;
        }
    }
    return NULL;
}

bool scsi_bus_has_room(ScsiBus *bus)
{
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        ScsiDevice *dev = SCSI_DEVICE(e->data);
        ScsiDeviceClass *klass = SCSI_DEVICE_GET_CLASS(dev);
        if (DEVICE(dev)->realized && klass->has_room && !klass->has_room(dev)) {
            return false;
        }
    }
    return true;
}

static bool check_numbers(const ScsiBus *bus, const ScsiDevice *dev, Error **errp)
{
    if (dev->channel < 0 || dev->channel > bus->max_channel) {
        return error_setg(errp, "bad scsi channel id: %d", dev->channel);
    }
    if (dev->id != SCSI_NO_ID && (dev->id < 0 || dev->id > bus->max_target)) {
        return error_setg(errp, "bad scsi device id: %d", dev->id);
    }
    return dev->lun == SCSI_NO_ID || (dev->lun >= 0 && dev->lun <= bus->max_lun) ||
           error_setg(errp, "bad scsi device lun: %d", dev->lun);
}

/* Devices that sit on the bus, realized or not: their numbers are taken. */
static const ScsiDevice *occupant(ScsiBus *bus, const ScsiDevice *dev, int id, int lun)
{
    for (GSList *e = BUS(bus)->children; e; e = e->next) {
        const ScsiDevice *other = SCSI_DEVICE(e->data);
        if (other->channel == dev->channel && other->id == id && other->lun == lun) {
            return other;
        }
    }
    return NULL;
}

static bool plug_check(BusState *qbus, DeviceState *qdev, Error **errp)
{
    ScsiBus *bus = SCSI_BUS(qbus);
    ScsiDevice *dev = SCSI_DEVICE(qdev);
    if (!check_numbers(bus, dev, errp)) {
        return false;
    }
    int lun = MAX(dev->lun, 0), id = MAX(dev->id, 0);
    if (dev->id == SCSI_NO_ID) {
        while (id <= bus->max_target && occupant(bus, dev, id, lun)) {
            id++;
        }
    } else if (dev->lun == SCSI_NO_ID) {
        while (lun <= bus->max_lun && occupant(bus, dev, id, lun)) {
            lun++;
        }
    } else if (occupant(bus, dev, id, lun)) {
        return error_setg(errp, "lun already used by '%s'",
                          object_get_canonical_path_component(OBJECT(occupant(bus, dev, id, lun))));
    }
    if (id > bus->max_target || lun > bus->max_lun) {
        return error_setg(errp, "no free %s", id > bus->max_target ? "target" : "lun");
    }
    dev->id = id;
    dev->lun = lun;
    return true;
}

static void print_dev(DeviceState *qdev, GString *out, int indent)
{
    const ScsiDevice *dev = SCSI_DEVICE(qdev);
    g_string_append_printf(out, "%*schannel %d, target %d, lun %d\n", indent, "", dev->channel,
                           dev->id, dev->lun);
}

ScsiBus *scsi_bus_new(DeviceState *initiator, const char *name, const ScsiInitiatorOps *ops)
{
    ScsiBus *bus = SCSI_BUS(bus_new(TYPE_SCSI_BUS, initiator, name));
    bus->ops = ops;
    return bus;
}

const VMStateDescription vmstate_scsi_bus = {
    .name = "scsi-bus",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(ops, ScsiBus, "wiring"),
            VMSTATE_TRANSIENT(max_channel, ScsiBus, "configuration"),
            VMSTATE_TRANSIENT(max_target, ScsiBus, "configuration"),
            VMSTATE_TRANSIENT(max_lun, ScsiBus, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static void bus_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    BUS_CLASS(klass)->plug_check = plug_check;
    BUS_CLASS(klass)->print_dev = print_dev;
}

static const TypeInfo scsi_bus_info = {
    .name = TYPE_SCSI_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(ScsiBus),
    .class_init = bus_class_init,
};
DEFINE_TYPE(scsi_bus_info)

/* --- the abstract device ------------------------------------------------------------------------------------------------ */

static ScsiBus *bus_of(ScsiDevice *dev) { return SCSI_BUS(DEVICE(dev)->parent_bus); }

void scsi_device_reset(ScsiDevice *dev, ScsiSense why)
{
    ScsiDeviceClass *klass = SCSI_DEVICE_GET_CLASS(dev);
    abort_all(dev);
    dev->attention = why;
    if (klass->reset) {
        klass->reset(dev);
    }
}

static bool device_realize(DeviceState *qdev, Error **errp)
{
    return SCSI_DEVICE_GET_CLASS(qdev)->realize(SCSI_DEVICE(qdev), errp);
}

static void device_unrealize(DeviceState *qdev)
{
    ScsiDevice *dev = SCSI_DEVICE(qdev);
    const ScsiInitiatorOps *ops = bus_of(dev)->ops;
    abort_all(dev);
    if (ops->unplugged) {
        ops->unplugged(bus_of(dev), dev);
    }
    SCSI_DEVICE_GET_CLASS(dev)->unrealize(dev);
}

static void power_on(DeviceState *qdev) { scsi_device_reset(SCSI_DEVICE(qdev), SENSE_RESET); }

static const VMStateDescription vmstate_sense = {
    .name = "scsi-sense",
    .version = 1,
    .minimum_version = 1,
    .fields = (const VMStateField[]){VMSTATE_UINT8(key, ScsiSense), VMSTATE_UINT8(asc, ScsiSense),
                                     VMSTATE_UINT8(ascq, ScsiSense), VMSTATE_END_OF_LIST()},
};

const VMStateDescription vmstate_scsi_device = {
    .name = TYPE_SCSI_DEVICE,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_STRUCT(attention, ScsiDevice, ScsiSense, vmstate_sense),
            VMSTATE_TRANSIENT(channel, ScsiDevice, "configuration"),
            VMSTATE_TRANSIENT(id, ScsiDevice, "configuration"),
            VMSTATE_TRANSIENT(lun, ScsiDevice, "configuration"),
            VMSTATE_TRANSIENT(requests, ScsiDevice, "the initiator saves them"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property device_properties[] = {
    {.name = "channel",
     .type = FIELD_INT32,
     .offset = offsetof(ScsiDevice, channel),
     .description = "channel of the host adapter"},
    {.name = "scsi-id",
     .type = FIELD_INT32,
     .offset = offsetof(ScsiDevice, id),
     .defval = (uint64_t)(int64_t)SCSI_NO_ID,
     .description = "target; the first free one if left out"},
    {.name = "lun",
     .type = FIELD_INT32,
     .offset = offsetof(ScsiDevice, lun),
     .defval = (uint64_t)(int64_t)SCSI_NO_ID,
     .description = "logical unit of the target"},
    {.name = NULL},
};

static void device_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = TYPE_SCSI_BUS;
    dc->realize = device_realize;
    dc->unrealize = device_unrealize;
    dc->reset = power_on;
    device_class_set_props(dc, device_properties);
}

static const TypeInfo scsi_device_info = {
    .name = TYPE_SCSI_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(ScsiDevice),
    .class_size = sizeof(ScsiDeviceClass),
    .class_init = device_class_init,
    .abstract = true,
};
DEFINE_TYPE(scsi_device_info)
