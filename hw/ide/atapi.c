/* SPDX-License-Identifier: MIT */
/*
 * ide-cd: a CD-ROM drive that takes SCSI commands in packets. The packets are unpacked here; a scsi-cd on a bus
 * of its own does the commands.
 *
 * Source: ATA/ATAPI-6 (T13/1410D) 8.23 and 9.7 to 9.9 (PACKET), SFF-8020i; MMC-4 (which commands), mac99.md 8.3.
 * Not modelled: overlap and queuing; the time that an interface needs for the data.
 */
#include "hw/ide/atapi.h"

#include "util/bits.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

#define TYPE_ATAPI_UNIT "ide-cd-unit"
#define TYPE_ATAPI_PARENT "scsi-cd"

enum { PACKET = 0xa0, PACKET_SIZE = 12, FEATURE_DMA = 0x01, FEATURE_OVERLAP = 0x02 };
enum {
    REASON_COMMAND = 0x01,
    REASON_TO_HOST = 0x02,
    REASON_DONE = REASON_COMMAND | REASON_TO_HOST
};
enum { BLOCK_LIMIT = 0xfffe, DMA_WINDOW = 512 << 10, DATA_MAX = BLOCK_REQUEST_MAX };
enum { REQUEST_SENSE = 0x03, SEND_DIAGNOSTIC = 0x1d, MODE_SELECT_10 = 0x55 };
enum { SIGNATURE_MID = 0x14, SIGNATURE_HIGH = 0xeb };

/* --- how a command ends -------------------------------------------------------------------------------------- */

static void drop_data(IdeCd *s)
{
    g_free(s->data);
    s->data = NULL;
    s->data_length = s->data_at = 0;
}

static void forget_command(IdeCd *s)
{
    if (s->request) {
        scsi_request_cancel(s->request);
        s->request = NULL;
    }
    drop_data(s);
    memset(s->cdb, 0, sizeof(s->cdb));
    s->stage = ATAPI_IDLE;
    s->wants_dma = false;
    s->byte_limit = 0;
}

static void finish(IdeCd *s)
{
    forget_command(s);
    IDE_DEVICE(s)->now[IDE_COUNT] = REASON_DONE;
    ide_done(IDE_DEVICE(s));
}

/* The host hears the key now, the rest when it asks. */
static void check_condition(IdeCd *s, ScsiSense sense)
{
    TRACE(atapi_check_condition, "command %#x sense %x/%02x/%02x", s->cdb[0], sense.key, sense.asc,
          sense.ascq);
    forget_command(s);
    s->sense = sense;
    IDE_DEVICE(s)->now[IDE_COUNT] = REASON_DONE;
    ide_failed(IDE_DEVICE(s), (uint8_t)(sense.key << 4));
}

static void abort_command(IdeCd *s, const char *why)
{
    log_guest_error(TYPE_IDE_CD, s->cdb[0], "packet command %#x: %s", s->cdb[0], why);
    forget_command(s);
    IDE_DEVICE(s)->now[IDE_COUNT] = REASON_DONE;
    ide_failed(IDE_DEVICE(s), IDE_ABRT);
}

/* --- data between host and drive ----------------------------------------------------------------------------- */

/* A DRQ block of the @left bytes. The host's limit is rounded down if more follows; 0: it left no room. */
static uint32_t block_size(const IdeCd *s, uint32_t left)
{
    uint32_t limit = MIN(s->byte_limit, BLOCK_LIMIT);
    return left <= limit ? left : limit & ~1u;
}

static void begin_block(IdeCd *s, IdePhase phase, uint32_t size)
{
    IdeDevice *dev = IDE_DEVICE(s);
    dev->now[IDE_COUNT] = phase == IDE_PIO_IN ? REASON_TO_HOST : 0;
    dev->now[IDE_MID] = (uint8_t)size;
    dev->now[IDE_HIGH] = (uint8_t)(size >> 8);
    ide_pio(dev, phase, size);
    ide_raise(dev);
}

static void send_next(IdeCd *s)
{
    IdeDevice *dev = IDE_DEVICE(s);
    uint32_t left = s->data_length - s->data_at;
    uint32_t size = s->wants_dma ? MIN(left, DMA_WINDOW) : block_size(s, left);
    if (!left) {
        finish(s);
        return;
    }
    if (!size) {
        abort_command(s, "no bytes in a block");
        return;
    }
    ide_buffer_set(dev, s->data + s->data_at, size);
    s->data_at += size;
    if (s->wants_dma) {
        dev->now[IDE_COUNT] = REASON_TO_HOST;
        ide_dma(dev, IDE_DMA_IN);
    } else {
        begin_block(s, IDE_PIO_IN, size);
    }
}

static void begin_sending(IdeCd *s)
{
    s->stage = ATAPI_DATA_IN;
    s->data_at = 0;
    send_next(s);
}

static void take_next(IdeCd *s)
{
    IdeDevice *dev = IDE_DEVICE(s);
    uint32_t size = block_size(s, dev->length - dev->at);
    if (s->wants_dma) {
        dev->now[IDE_COUNT] = 0;
        ide_dma(dev, IDE_DMA_OUT);
    } else if (size) {
        begin_block(s, IDE_PIO_OUT, size);
    } else {
        abort_command(s, "no bytes in a block");
    }
}

/* --- the unit ------------------------------------------------------------------------------------------------- */

/* Bytes that the host sends along. */
static uint32_t parameter_length(const uint8_t *cdb)
{
    switch (cdb[0]) {
    case MODE_SELECT_10:
        return lduw_be_p(cdb + 7);
    case SEND_DIAGNOSTIC:
        return lduw_be_p(cdb + 3);
    default:
        return 0;
    }
}

/* What a reset has left to the unit's drive may fill the host's memory: then the unit is not ready. */
static void start_request(IdeCd *s)
{
    if (!scsi_bus_has_room(s->bus)) {
        check_condition(s, SENSE_BECOMING_READY);
        return;
    }
    s->stage = ATAPI_RUNNING;
    ide_busy(IDE_DEVICE(s));
    s->request = scsi_request_new(s->bus, 0, 0, s->cdb, s);
    scsi_request_start(s->request);
}

static bool unit_fetch(ScsiRequest *req, uint64_t offset, void *data, size_t length)
{
    const IdeCd *s = req->initiator;
    if (!length || offset > s->data_length || length > s->data_length - offset) {
        return !length;
    }
    memcpy(data, s->data + offset, length);
    return true;
}

/* What it says is kept until the host has it. No command has data both ways. */
static size_t unit_deliver(ScsiRequest *req, uint64_t offset, const void *data, size_t length)
{
    IdeCd *s = req->initiator;
    if (!length || parameter_length(s->cdb) || offset != s->data_length ||
        length > DATA_MAX - offset) {
        return 0;
    }
    s->data = g_realloc(s->data, offset + length);
    memcpy(s->data + offset, data, length);
    s->data_length += (uint32_t)length;
    return length;
}

static void unit_complete(ScsiRequest *req)
{
    IdeCd *s = req->initiator;
    bool has_spoken = s->data_length && !parameter_length(s->cdb);
    s->request = NULL;
    if (req->status != SCSI_GOOD) {
        check_condition(s, req->sense);
    } else if (has_spoken) {
        begin_sending(s);
    } else {
        finish(s);
    }
}

/* By a reset of everything: the bus puts the rest in order. */
static void unit_aborted(ScsiRequest *req)
{
    IdeCd *s = req->initiator;
    s->request = NULL;
    forget_command(s);
}

static const ScsiInitiatorOps unit_ops = {
    .fetch = unit_fetch,
    .deliver = unit_deliver,
    .complete = unit_complete,
    .aborted = unit_aborted,
};

/* --- packets ---------------------------------------------------------------------------------------------------- */

/* Commands of SCSI that packet devices do not have: those that MMC has in 10 bytes only, and what does not fit
 * into 12. */
static bool is_for_packets(uint8_t opcode)
{
    enum { READ_6 = 0x08, MODE_SELECT_6 = 0x15, MODE_SENSE_6 = 0x1a, LONG = 0x7f, LONG_END = 0x9f };
    bool is_replaced = opcode == READ_6 || opcode == MODE_SELECT_6 || opcode == MODE_SENSE_6;
    return !is_replaced && (opcode < LONG || opcode > LONG_END);
}

static void tell_sense(IdeCd *s, ScsiSense sense)
{
    s->data = g_malloc(SCSI_SENSE_SIZE);
    s->data_length = MIN(SCSI_SENSE_SIZE, s->cdb[4]);
    scsi_sense_put(sense, s->data);
    begin_sending(s);
}

static void run_packet(IdeCd *s)
{
    ScsiSense before = s->sense;
    uint32_t length = parameter_length(s->cdb);
    TRACE(atapi_packet, "command %#x%s limit %#x", s->cdb[0], s->wants_dma ? " DMA" : "",
          s->byte_limit);
    s->sense = SENSE_NONE;
    s->is_in_standby = false;
    if (!is_for_packets(s->cdb[0])) {
        check_condition(s, SENSE_INVALID_OPCODE);
    } else if (s->cdb[0] == REQUEST_SENSE && before.key) {
        tell_sense(s, before);
    } else if (length) {
        s->stage = ATAPI_DATA_OUT;
        ide_buffer(IDE_DEVICE(s), length);
        take_next(s);
    } else {
        start_request(s);
    }
}

static void take_packet(IdeCd *s)
{
    memset(s->cdb, 0, sizeof(s->cdb));
    memcpy(s->cdb, IDE_DEVICE(s)->data, PACKET_SIZE);
    run_packet(s);
}

/* All of what the host sends is there. */
static void take_parameters(IdeCd *s)
{
    const IdeDevice *dev = IDE_DEVICE(s);
    s->data = g_memdup2(dev->data, dev->length);
    s->data_length = dev->length;
    start_request(s);
}

void atapi_packet_command(IdeCd *s)
{
    IdeDevice *dev = IDE_DEVICE(s);
    if (dev->now[IDE_FEATURE] & FEATURE_OVERLAP) {
        abort_command(s, "overlapped");
        return;
    }
    s->wants_dma = dev->now[IDE_FEATURE] & FEATURE_DMA;
    s->byte_limit = (uint16_t)(dev->now[IDE_HIGH] << 8 | dev->now[IDE_MID]);
    s->stage = ATAPI_PACKET;
    dev->now[IDE_COUNT] = REASON_COMMAND;
    ide_buffer(dev, PACKET_SIZE);
    ide_pio(dev, IDE_PIO_OUT, PACKET_SIZE);
}

/* --- the class of IDE devices ----------------------------------------------------------------------------------- */

static void cd_command(IdeDevice *dev, uint8_t opcode)
{
    IdeCd *s = IDE_CD(dev);
    forget_command(s);
    if (opcode == PACKET) {
        atapi_packet_command(s);
    } else {
        atapi_command(s, opcode);
    }
}

static void cd_pio_ended(IdeDevice *dev)
{
    IdeCd *s = IDE_CD(dev);
    if (s->stage == ATAPI_IDENTIFY) {
        s->stage = ATAPI_IDLE;
        ide_done_quietly(dev);
    } else if (s->stage == ATAPI_PACKET && dev->length == PACKET_SIZE) {
        take_packet(s);
    } else if (s->stage == ATAPI_DATA_OUT && dev->at < dev->length) {
        take_next(s);
    } else if (s->stage == ATAPI_DATA_OUT) {
        take_parameters(s);
    } else if (s->stage == ATAPI_DATA_IN) {
        send_next(s);
    } else {
        abort_command(s, "data of no command"); /* a loaded state can say so */
    }
}

static void cd_dma_ended(IdeDevice *dev)
{
    IdeCd *s = IDE_CD(dev);
    if (s->stage == ATAPI_DATA_OUT) {
        take_parameters(s);
    } else if (s->stage == ATAPI_DATA_IN) {
        send_next(s);
    } else {
        abort_command(s, "data of no command");
    }
}

static bool cd_dma_pending(const IdeDevice *dev)
{
    const IdeCd *s = IDE_CD(dev);
    return s->request && s->wants_dma;
}

static void cd_reset(IdeDevice *dev, IdeReset kind)
{
    IdeCd *s = IDE_CD(dev);
    forget_command(s);
    s->is_in_standby = false;
    if (kind == IDE_RESET_POWER) {
        s->sense = SENSE_NONE;
        s->transfer_mode = 0;
    }
}

/* --- life ------------------------------------------------------------------------------------------------------- */

static const Property cd_properties[] = {
    DEFINE_BLOCK_PROPERTIES(IdeCd, conf),
    {.name = NULL},
};

/* Properties of the disk, as the user gave them. */
static bool pass_on(IdeCd *s, const char *name, Error **errp)
{
    PropertyValue value = {0};
    bool ok = object_property_get(OBJECT(s), name, &value, errp);
    if (ok && (value.kind != PROP_STRING || value.s)) {
        ok = object_property_set(OBJECT(s->unit), name, &value, errp);
    }
    property_value_clear(&value);
    return ok;
}

static bool set_text(IdeCd *s, const char *name, const char *text, size_t limit, Error **errp)
{
    g_autofree char *start = g_strndup(text, limit);
    return object_property_set_str(OBJECT(s->unit), name, start, errp);
}

static bool configure_unit(IdeCd *s, Error **errp)
{
    const IdeDevice *dev = IDE_DEVICE(s);
    for (const Property *row = cd_properties; row->name; row++) {
        if (!pass_on(s, row->name, errp)) {
            return false;
        }
    }
    return set_text(s, "product", dev->model, 16, errp) &&
           set_text(s, "ver", dev->version, 4, errp) &&
           set_text(s, "serial", dev->serial, 20, errp);
}

static void remove_unit(IdeCd *s)
{
    object_unparent(OBJECT(s->unit));
    object_unparent(OBJECT(s->bus));
    s->unit = NULL;
    s->bus = NULL;
}

/* An empty drive gets its name from the unit's: the user's, if that is free. */
static const char *unit_name(IdeCd *s)
{
    const char *id = DEVICE(s)->id;
    return id && !object_property_find(OBJECT(s), id) ? id : "mechanism[0]";
}

static bool cd_realize(IdeDevice *dev, Error **errp)
{
    IdeCd *s = IDE_CD(dev);
    DeviceState *unit = qdev_new(TYPE_ATAPI_UNIT);
    s->bus = scsi_bus_new(DEVICE(dev), "atapi", &unit_ops);
    s->unit = SCSI_DEVICE(unit);
    object_property_add_child(OBJECT(s), unit_name(s), OBJECT(unit));
    object_unref(unit); /* the tree keeps it */
    if (!configure_unit(s, errp) || !qdev_realize(unit, BUS(s->bus), errp)) {
        remove_unit(s);
        return false;
    }
    qbus_mark_full(BUS(s->bus)); /* nothing else goes there */
    return true;
}

static void cd_unrealize(IdeDevice *dev)
{
    IdeCd *s = IDE_CD(dev);
    forget_command(s);
    remove_unit(s);
}

static void cd_info(DeviceState *dev, GString *out)
{
    static const char *const stages[] = {"",           ", IDENTIFY", ", packet",
                                         ", data out", ", running",  ", data in"};
    const IdeCd *s = IDE_CD(dev);
    ide_device_info(IDE_DEVICE(dev), out);
    g_string_append_printf(out, "command %02x%s%s limit %#x sense %x/%02x/%02x%s\n", s->cdb[0],
                           stages[s->stage], s->wants_dma ? " DMA" : "", s->byte_limit,
                           s->sense.key, s->sense.asc, s->sense.ascq,
                           s->is_in_standby ? ", standby" : "");
    DEVICE_GET_CLASS(s->unit)->info(DEVICE(s->unit), out);
}

/* --- state ------------------------------------------------------------------------------------------------------ */

static void put_request(GByteArray *out, const void *field, G_GNUC_UNUSED size_t size)
{
    const ScsiRequest *req = *(ScsiRequest *const *)field;
    vmstate_put_u32(out, req != NULL);
    if (req) {
        scsi_request_put(out, req);
    }
}

static bool get_request(VMStateReader *in, void *field, G_GNUC_UNUSED size_t size, Error **errp)
{
    IdeCd *s = container_of(field, IdeCd, request);
    uint32_t is_there;
    if (s->request) {
        scsi_request_cancel(s->request);
        s->request = NULL;
    }
    if (!vmstate_read_u32(in, &is_there, errp)) {
        return false;
    }
    s->request = is_there ? scsi_request_get(in, s->bus, s, errp) : NULL;
    return !is_there || s->request;
}

static const VMStateInfo vmstate_info_request = {
    .name = "atapi-request", .put = put_request, .get = get_request};

/* The unit's state stands behind the request, which the unit takes up again. */
static const VMStateDescription *unit_vmsd(void)
{
    return DEVICE_CLASS(object_class_by_name(TYPE_ATAPI_PARENT))->vmsd;
}

static void put_unit(GByteArray *out, const void *field, G_GNUC_UNUSED size_t size)
{
    vmstate_save(unit_vmsd(), *(ScsiDevice *const *)field, out);
}

static bool get_unit(VMStateReader *in, void *field, G_GNUC_UNUSED size_t size, Error **errp)
{
    return vmstate_load(unit_vmsd(), *(ScsiDevice **)field, in, errp);
}

static const VMStateInfo vmstate_info_unit = {
    .name = "atapi-unit", .put = put_unit, .get = get_unit};

static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    const IdeCd *s = opaque;
    if (s->data_at > s->data_length) {
        return error_setg(errp, "byte %u of %u", s->data_at, s->data_length);
    }
    return true;
}

static const VMStateDescription vmstate_cd = {
    .name = TYPE_IDE_CD,
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_IDE_DEVICE(parent_obj, IdeCd),
            VMSTATE_UINT8_MAX(stage, IdeCd, ATAPI_STAGES - 1),
            VMSTATE_UINT8_ARRAY(cdb, IdeCd),
            VMSTATE_BOOL(wants_dma, IdeCd),
            VMSTATE_UINT16(byte_limit, IdeCd),
            VMSTATE_VBUFFER(data, IdeCd, data_length, DATA_MAX),
            VMSTATE_UINT32(data_at, IdeCd),
            VMSTATE_UINT8(sense.key, IdeCd),
            VMSTATE_UINT8(sense.asc, IdeCd),
            VMSTATE_UINT8(sense.ascq, IdeCd),
            VMSTATE_UINT8(transfer_mode, IdeCd),
            VMSTATE_BOOL(is_in_standby, IdeCd),
            VMSTATE_CUSTOM(request, IdeCd, vmstate_info_request),
            VMSTATE_STRUCT_POINTER(bus, IdeCd, vmstate_scsi_bus),
            VMSTATE_CUSTOM(unit, IdeCd, vmstate_info_unit),
            VMSTATE_TRANSIENT(data_length, IdeCd, "saved with the data"),
            VMSTATE_TRANSIENT(conf, IdeCd, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

/* --- types ------------------------------------------------------------------------------------------------------ */

static void cd_finalize(Object *obj) { g_free(IDE_CD(obj)->data); }

static void cd_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    IdeDeviceClass *ic = IDE_DEVICE_CLASS(klass);
    dc->desc = "ATAPI CD-ROM drive";
    dc->user_creatable = true;
    dc->vmsd = &vmstate_cd;
    dc->info = cd_info;
    ic->signature_mid = SIGNATURE_MID;
    ic->signature_high = SIGNATURE_HIGH;
    ic->ready_status = 0; /* until it has had a command */
    ic->has_device_reset = true;
    ic->model_name = "core99 DVD-ROM";
    ic->realize = cd_realize;
    ic->unrealize = cd_unrealize;
    ic->command = cd_command;
    ic->pio_ended = cd_pio_ended;
    ic->dma_ended = cd_dma_ended;
    ic->dma_pending = cd_dma_pending;
    ic->reset = cd_reset;
    device_class_set_props(dc, cd_properties);
}

/* No unit attention tells of it: firmware gives up at one (OpenBIOS), and QEMU's drive has none. */
static void unit_reset(ScsiDevice *unit)
{
    SCSI_DEVICE_CLASS(object_class_by_name(TYPE_ATAPI_PARENT))->reset(unit);
    unit->attention = SENSE_NONE;
}

/* A scsi-cd whose state is saved with the device around it. */
static void unit_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = false;
    DEVICE_CLASS(klass)->vmsd = NULL;
    SCSI_DEVICE_CLASS(klass)->reset = unit_reset;
}

static const TypeInfo cd_type = {
    .name = TYPE_IDE_CD,
    .parent = TYPE_IDE_DEVICE,
    .instance_size = sizeof(IdeCd),
    .instance_finalize = cd_finalize,
    .class_init = cd_class_init,
};
DEFINE_TYPE(cd_type)

static const TypeInfo unit_type = {
    .name = TYPE_ATAPI_UNIT, .parent = TYPE_ATAPI_PARENT, .class_init = unit_class_init};
DEFINE_TYPE(unit_type)
