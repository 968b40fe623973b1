/* SPDX-License-Identifier: MIT */
/*
 * virtio-scsi: a SCSI host adapter. Requests come in request queues, task management in the control queue,
 * news of devices that come and go in the event queue.
 *
 * Source: virtio 1.1 section 5.6; properties as in QEMU. Not offered: T10 protection information, requests
 * with data both ways, changes of parameters (no device here changes by itself).
 */
#include "hw/scsi/scsi.h"
#include "hw/virtio/virtio.h"
#include "util/log.h"
#include "util/trace.h"

#include <string.h>

#define TYPE_VIRTIO_SCSI "virtio-scsi-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOSCSI, VIRTIO_SCSI)

enum { F_HOTPLUG = 1, CONFIG_SIZE = 36, CONTROL_QUEUES = 2 };
enum { CONFIG_SENSE_SIZE = 20, CONFIG_CDB_SIZE = 24 };
enum { EVENT_SIZE = 16, CDB_SIZE = 32, SENSE_SIZE = 96, SENSE_MAX = 255, CDB_LIMIT = 255 };
enum { MAX_TARGET = 255, MAX_LUN = 16383, LUN_SIZE = 8, LOADED_MAX = 64 * 1024 };
enum { REQUEST_HEADER = 19, RESPONSE_HEADER = 12, TMF_SIZE = 24, NOTIFICATION_SIZE = 16 };
enum { /* responses */
       S_OK = 0,
       S_OVERRUN = 1,
       S_ABORTED = 2,
       S_BAD_TARGET = 3,
       S_RESET = 4,
       S_FUNCTION_SUCCEEDED = 10,
       S_FUNCTION_REJECTED = 11,
       S_INCORRECT_LUN = 12,
};
enum { T_TMF = 0, T_AN_QUERY = 1, T_AN_SUBSCRIBE = 2 };
enum { /* task management functions */
       TMF_ABORT_TASK,
       TMF_ABORT_TASK_SET,
       TMF_CLEAR_ACA,
       TMF_CLEAR_TASK_SET,
       TMF_I_T_NEXUS_RESET,
       TMF_LOGICAL_UNIT_RESET,
       TMF_QUERY_TASK,
       TMF_QUERY_TASK_SET,
};
enum { EVENT_NONE = 0, EVENT_TRANSPORT_RESET = 1, REASON_RESCAN = 1, REASON_REMOVED = 2 };
#define EVENTS_MISSED UINT32_C(0x80000000)

typedef struct VirtIOSCSIReq {
    VirtIOSCSI *s;
    VirtQueue *vq;
    VirtQueueElement *element;
    ScsiRequest *scsi;
    uint64_t tag;
    uint32_t cdb_size, sense_size; /* as they were when it came */
} VirtIOSCSIReq;

struct VirtIOSCSI {
    VirtIODevice parent_obj;
    ScsiBus *bus;
    VirtQueue *control, *event;
    GList *requests; /* VirtIOSCSIReq under way */
    uint32_t sense_size, cdb_size;
    bool has_missed_events; /* the driver gave no buffer for them */
    bool is_taking;         /* requests are being taken from a queue */
    uint8_t abort_response; /* why the bus aborts requests */
    /* properties */
    uint32_t num_queues, queue_size, max_sectors, cmd_per_lun;
    bool has_hotplug;
};

/* --- numbers of targets and units ---------------------------------------------------------------------------- */

typedef struct Address {
    bool is_valid;
    uint16_t id, lun;
} Address;

/* Single level: 1, target, unit (simple or flat), zeros (5.6.6.1). */
static Address get_address(const uint8_t *at)
{
    uint16_t lun = lduw_be_p(at + 2);
    bool is_valid = at[0] == 1 && lun >> 14 <= 1 && ldl_be_p(at + 4) == 0;
    return (Address){is_valid, at[1], lun & MAX_LUN};
}

/* Linux wants them as REPORT LUNS has them. */
static void put_address(uint8_t *at, const ScsiDevice *dev)
{
    at[0] = 1;
    at[1] = (uint8_t)dev->id;
    at[2] = dev->lun < 256 ? 0 : (uint8_t)(0x40 | dev->lun >> 8);
    at[3] = (uint8_t)dev->lun;
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static uint32_t header_size(const VirtIOSCSIReq *req) { return REQUEST_HEADER + req->cdb_size; }

static uint32_t response_size(const VirtIOSCSIReq *req)
{
    return RESPONSE_HEADER + req->sense_size;
}

static void free_request(VirtIOSCSIReq *req)
{
    req->s->requests = g_list_remove(req->s->requests, req);
    g_free(req->element);
    g_free(req);
}

static void put_sense(const VirtIOSCSIReq *req, uint8_t *response)
{
    uint8_t sense[SCSI_SENSE_SIZE];
    uint32_t size = MIN(req->sense_size, SCSI_SENSE_SIZE);
    scsi_sense_put(req->scsi->sense, sense);
    virtio_stl(VIRTIO_DEVICE(req->s), response, size);
    memcpy(response + RESPONSE_HEADER, sense, size);
}

/* Ends @req. Its command, if it was carried out, is in @scsi. */
static void answer(VirtIOSCSIReq *req, uint8_t code, const ScsiRequest *scsi)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(req->s);
    uint8_t response[RESPONSE_HEADER + SENSE_MAX] = {0};
    uint64_t size = req->element->out_size - header_size(req) + req->element->in_size -
                    response_size(req);
    uint64_t moved = scsi ? scsi->moved : 0;
    bool was_read = scsi && req->element->in_size > response_size(req);
    virtio_stl(vdev, response + 4, (uint32_t)(size - moved));
    response[10] = scsi ? scsi->status : 0;
    response[11] = code;
    if (scsi && scsi->status == SCSI_CHECK_CONDITION) {
        put_sense(req, response);
    }
    TRACE(virtio_scsi_answer, "tag %#" G_GINT64_MODIFIER "x response %u status %#x", req->tag, code,
          response[10]);
    virtqueue_write(req->vq, req->element, 0, response, response_size(req));
    virtqueue_push(req->vq, req->element, response_size(req) + (was_read ? (uint32_t)moved : 0));
    virtio_notify(vdev, req->vq);
    free_request(req);
}

/* --- what the bus asks ------------------------------------------------------------------------------------------------ */

static bool bus_fetch(ScsiRequest *scsi, uint64_t offset, void *data, size_t length)
{
    VirtIOSCSIReq *req = scsi->initiator;
    uint64_t at = header_size(req) + offset;
    return length <= req->element->out_size - at &&
           virtqueue_read(req->vq, req->element, at, data, length) == length;
}

static size_t bus_deliver(ScsiRequest *scsi, uint64_t offset, const void *data, size_t length)
{
    VirtIOSCSIReq *req = scsi->initiator;
    uint64_t at = response_size(req) + offset;
    length = MIN(length, req->element->in_size - at);
    return virtqueue_write(req->vq, req->element, at, data, length);
}

static void take_all(VirtIOSCSI *s);

static void bus_complete(ScsiRequest *scsi)
{
    VirtIOSCSIReq *req = scsi->initiator;
    VirtIOSCSI *s = req->s;
    answer(req, scsi->is_cut ? S_OVERRUN : S_OK, scsi);
    take_all(s); /* what waited for room */
}

static void bus_aborted(ScsiRequest *scsi)
{
    VirtIOSCSIReq *req = scsi->initiator;
    answer(req, req->s->abort_response, NULL);
}

/* --- requests ------------------------------------------------------------------------------------------------------------ */

/* Takes the element over. False: the device is broken. */
static bool take_request(VirtIOSCSI *s, VirtQueue *vq, VirtQueueElement *element)
{
    uint8_t header[REQUEST_HEADER + CDB_LIMIT] = {0}, cdb[SCSI_CDB_MAX] = {0};
    VirtIOSCSIReq *req = g_new0(VirtIOSCSIReq, 1);
    *req = (VirtIOSCSIReq){
        .s = s, .vq = vq, .element = element, .cdb_size = s->cdb_size, .sense_size = s->sense_size};
    s->requests = g_list_append(s->requests, req);
    if (element->out_size < header_size(req) || element->in_size < response_size(req)) {
        virtio_error(VIRTIO_DEVICE(s), "a request without its headers");
        free_request(req);
        return false;
    }
    if (virtqueue_read(vq, element, 0, header, header_size(req)) != header_size(req)) {
        free_request(req);
        return false;
    }
    Address address = get_address(header);
    req->tag = virtio_ldq(VIRTIO_DEVICE(s), header + 8);
    memcpy(cdb, header + REQUEST_HEADER, MIN(s->cdb_size, SCSI_CDB_MAX));
    req->scsi = address.is_valid ? scsi_request_new(s->bus, address.id, address.lun, cdb, req)
                                 : NULL;
    if (req->scsi) {
        scsi_request_start(req->scsi);
    } else {
        answer(req, S_BAD_TARGET, NULL);
    }
    return true;
}

/* One that ends at once does not take others from within. */
static void handle_requests(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    VirtQueueElement *element;
    if (s->is_taking) {
        return;
    }
    s->is_taking = true;
    while (scsi_bus_has_room(s->bus) && (element = virtqueue_pop(vq)) &&
           take_request(s, vq, element)) {
    }
    s->is_taking = false;
}

static void take_all(VirtIOSCSI *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    for (unsigned n = 0; n < s->num_queues; n++) {
        VirtQueue *vq = virtio_get_queue(vdev, CONTROL_QUEUES + n);
        if (!virtqueue_is_empty(vq)) {
            handle_requests(vdev, vq);
        }
    }
}

/* --- task management ------------------------------------------------------------------------------------------------------- */

/* Of @dev; with a tag only that one. NULL: none. */
static VirtIOSCSIReq *find_request(VirtIOSCSI *s, const ScsiDevice *dev, const uint64_t *tag)
{
    for (GList *e = s->requests; e; e = e->next) {
        VirtIOSCSIReq *req = e->data;
        if (req->scsi && req->scsi->dev == dev && (!tag || req->tag == *tag)) {
            return req;
        }
    }
    return NULL;
}

static void abort_requests(VirtIOSCSI *s, const ScsiDevice *dev, const uint64_t *tag)
{
    VirtIOSCSIReq *req;
    while ((req = find_request(s, dev, tag))) {
        scsi_request_cancel(req->scsi);
        answer(req, S_ABORTED, NULL);
    }
}

static void reset_unit(VirtIOSCSI *s, ScsiDevice *dev)
{
    s->abort_response = S_RESET;
    scsi_device_reset(dev, SENSE_DEVICE_RESET);
    s->abort_response = S_ABORTED;
}

static void reset_target(VirtIOSCSI *s, uint16_t id)
{
    for (GSList *e = BUS(s->bus)->children; e; e = e->next) {
        ScsiDevice *dev = SCSI_DEVICE(e->data);
        if (DEVICE(dev)->realized && dev->id == id) {
            reset_unit(s, dev);
        }
    }
}

static uint8_t manage_unit(VirtIOSCSI *s, uint32_t function, ScsiDevice *dev, const uint64_t *tag)
{
    switch (function) {
    case TMF_ABORT_TASK:
        abort_requests(s, dev, tag);
        return S_OK;
    case TMF_ABORT_TASK_SET:
    case TMF_CLEAR_TASK_SET:
        abort_requests(s, dev, NULL);
        return S_OK;
    case TMF_LOGICAL_UNIT_RESET:
        reset_unit(s, dev);
        return S_OK;
    case TMF_QUERY_TASK:
        return find_request(s, dev, tag) ? S_FUNCTION_SUCCEEDED : S_OK;
    case TMF_QUERY_TASK_SET:
        return find_request(s, dev, NULL) ? S_FUNCTION_SUCCEEDED : S_OK;
    default:
        return S_FUNCTION_REJECTED;
    }
}

static uint8_t manage_tasks(VirtIOSCSI *s, const uint8_t *request)
{
    uint32_t function = virtio_ldl(VIRTIO_DEVICE(s), request + 4);
    uint64_t tag = virtio_ldq(VIRTIO_DEVICE(s), request + 16);
    Address address = get_address(request + 8);
    TRACE(virtio_scsi_tmf, "function %u target %u lun %u tag %#" G_GINT64_MODIFIER "x", function,
          address.id, address.lun, tag);
    if (!address.is_valid || !scsi_bus_find_target(s->bus, 0, address.id)) {
        return S_BAD_TARGET;
    }
    if (function == TMF_I_T_NEXUS_RESET) {
        reset_target(s, address.id);
        return S_OK;
    }
    ScsiDevice *dev = scsi_bus_find(s->bus, 0, address.id, address.lun);
    return dev ? manage_unit(s, function, dev, &tag) : S_INCORRECT_LUN;
}

/* Returns the length of the answer; 0: the request makes no sense. Asynchronous notifications: none is
 * supported. */
static size_t serve_control(VirtIOSCSI *s, const VirtQueueElement *element, uint8_t *response)
{
    uint8_t request[TMF_SIZE] = {0};
    size_t length = virtqueue_read(s->control, element, 0, request, sizeof(request));
    uint32_t type = virtio_ldl(VIRTIO_DEVICE(s), request);
    if (length == TMF_SIZE && type == T_TMF && element->in_size >= 1) {
        response[0] = manage_tasks(s, request);
        return 1;
    }
    bool is_notification = type == T_AN_QUERY || type == T_AN_SUBSCRIBE;
    if (length >= NOTIFICATION_SIZE && is_notification && element->in_size >= 5) {
        memset(response, 0, 5);
        return 5;
    }
    return 0;
}

static void handle_control(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    VirtQueueElement *element;
    while ((element = virtqueue_pop(vq))) {
        uint8_t response[5];
        size_t length = serve_control(s, element, response);
        if (!length) {
            virtio_error(vdev, "a control request of a wrong size or kind");
            g_free(element);
            return;
        }
        length = virtqueue_write(vq, element, 0, response, length);
        virtqueue_push(vq, element, (uint32_t)length);
        g_free(element);
        virtio_notify(vdev, vq);
    }
    take_all(s);
}

/* --- events -------------------------------------------------------------------------------------------------------------------- */

/* Without a buffer of the driver's it is lost, and the next one says so. */
static void push_event(VirtIOSCSI *s, const ScsiDevice *dev, uint32_t event, uint32_t reason)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint8_t bytes[EVENT_SIZE] = {0};
    if (!(vdev->status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        return;
    }
    VirtQueueElement *element = virtqueue_pop(s->event);
    if (!element) {
        s->has_missed_events = true;
        return;
    }
    virtio_stl(vdev, bytes, event | (s->has_missed_events ? EVENTS_MISSED : 0));
    virtio_stl(vdev, bytes + 12, reason);
    if (dev) {
        put_address(bytes + 4, dev);
    }
    TRACE(virtio_scsi_event, "event %u reason %u", event, reason);
    s->has_missed_events = false;
    size_t length = virtqueue_write(s->event, element, 0, bytes, sizeof(bytes));
    virtqueue_push(s->event, element, (uint32_t)length);
    g_free(element);
    virtio_notify(vdev, s->event);
}

static void handle_event(VirtIODevice *vdev, G_GNUC_UNUSED VirtQueue *vq)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    if (s->has_missed_events) {
        push_event(s, NULL, EVENT_NONE, 0);
    }
}

static void bus_unplugged(ScsiBus *bus, ScsiDevice *dev)
{
    VirtIOSCSI *s = VIRTIO_SCSI(BUS(bus)->parent);
    if (virtio_has_feature(VIRTIO_DEVICE(s), F_HOTPLUG)) {
        push_event(s, dev, EVENT_TRANSPORT_RESET, REASON_REMOVED);
    }
}

static bool unit_plugged(Object *handler, DeviceState *dev, G_GNUC_UNUSED Error **errp)
{
    VirtIOSCSI *s = VIRTIO_SCSI(handler);
    if (virtio_has_feature(VIRTIO_DEVICE(s), F_HOTPLUG)) {
        push_event(s, SCSI_DEVICE(dev), EVENT_TRANSPORT_RESET, REASON_RESCAN);
    }
    return true;
}

static const ScsiInitiatorOps bus_ops = {
    .fetch = bus_fetch,
    .deliver = bus_deliver,
    .complete = bus_complete,
    .aborted = bus_aborted,
    .unplugged = bus_unplugged,
};

/* --- configuration ----------------------------------------------------------------------------------------------------------------- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    const uint32_t words[] = {
        s->num_queues, s->queue_size - 2, s->max_sectors, s->cmd_per_lun,
        EVENT_SIZE,    s->sense_size,     s->cdb_size,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        virtio_stl(vdev, config + 4 * i, words[i]);
    }
    virtio_ring_stw(&vdev->ring, config + 28, 0); /* channels */
    virtio_ring_stw(&vdev->ring, config + 30, MAX_TARGET);
    virtio_stl(vdev, config + 32, MAX_LUN);
}

static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    uint32_t sense_size = virtio_ldl(vdev, config + CONFIG_SENSE_SIZE);
    uint32_t cdb_size = virtio_ldl(vdev, config + CONFIG_CDB_SIZE);
    if (sense_size > SENSE_MAX || cdb_size > CDB_LIMIT) {
        log_guest_error(TYPE_VIRTIO_SCSI, 0, "sense of %u bytes, descriptors of %u", sense_size,
                        cdb_size);
        return;
    }
    s->sense_size = sense_size;
    s->cdb_size = cdb_size;
}

static uint64_t get_features(VirtIODevice *vdev)
{
    return (uint64_t)VIRTIO_SCSI(vdev)->has_hotplug << F_HOTPLUG;
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------ */

static bool check_properties(const VirtIOSCSI *s, Error **errp)
{
    if (s->num_queues < 1 || s->num_queues > VIRTIO_QUEUE_MAX - CONTROL_QUEUES) {
        return error_setg(errp,
                          "invalid number of queues (= %u), must be a positive integer less "
                          "than %d",
                          s->num_queues, VIRTIO_QUEUE_MAX - CONTROL_QUEUES + 1);
    }
    if (!is_power_of_2(s->queue_size) || s->queue_size < 4 || s->queue_size > VIRTQUEUE_MAX_SIZE) {
        return error_setg(errp,
                          "invalid virtqueue_size property (= %u), must be a power of 2 from "
                          "4 to %d",
                          s->queue_size, VIRTQUEUE_MAX_SIZE);
    }
    return true;
}

static bool scsi_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    const DeviceState *proxy = DEVICE(vdev)->parent_bus->parent;
    if (!check_properties(s, errp)) {
        return false;
    }
    g_autofree char *name = proxy->id ? g_strdup_printf("%s.0", proxy->id) : NULL;
    s->bus = scsi_bus_new(DEVICE(vdev), name, &bus_ops);
    s->bus->max_target = MAX_TARGET;
    s->bus->max_lun = MAX_LUN;
    qbus_set_hotplug_handler(BUS(s->bus), OBJECT(s));
    s->abort_response = S_ABORTED;
    s->control = virtio_add_queue(vdev, s->queue_size, handle_control);
    s->event = virtio_add_queue(vdev, s->queue_size, handle_event);
    for (unsigned n = 0; n < s->num_queues; n++) {
        virtio_add_queue(vdev, s->queue_size, handle_requests);
    }
    return true;
}

static void drop_requests(VirtIOSCSI *s)
{
    while (s->requests) {
        VirtIOSCSIReq *req = s->requests->data;
        if (req->scsi) {
            scsi_request_cancel(req->scsi);
        }
        free_request(req);
    }
}

/* The driver's reset is the bus's too. */
static void scsi_reset(VirtIODevice *vdev)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    drop_requests(s);
    s->sense_size = SENSE_SIZE;
    s->cdb_size = CDB_SIZE;
    s->has_missed_events = false;
    for (GSList *e = BUS(s->bus)->children; e; e = e->next) {
        if (DEVICE(e->data)->realized) {
            scsi_device_reset(SCSI_DEVICE(e->data), SENSE_RESET);
        }
    }
}

static void scsi_unrealize(VirtIODevice *vdev)
{
    VirtIOSCSI *s = VIRTIO_SCSI(vdev);
    drop_requests(s);
    object_unparent(OBJECT(s->bus));
    s->bus = NULL;
}

static void scsi_info(DeviceState *dev, GString *out)
{
    const VirtIOSCSI *s = VIRTIO_SCSI(dev);
    g_string_append_printf(out, "bus %s: %u devices, %u requests under way%s\n", BUS(s->bus)->name,
                           g_slist_length(BUS(s->bus)->children), g_list_length(s->requests),
                           s->has_missed_events ? ", events were missed" : "");
}

/* --- state ------------------------------------------------------------------------------------------------------------------------------- */

static void put_requests(GByteArray *out, const void *field, G_GNUC_UNUSED size_t size)
{
    const GList *requests = *(GList *const *)field;
    vmstate_put_u32(out, g_list_length((GList *)requests));
    for (const GList *e = requests; e; e = e->next) {
        const VirtIOSCSIReq *req = e->data;
        vmstate_put_u32(out, req->vq->index);
        vmstate_put_u64(out, req->tag);
        vmstate_put_u32(out, req->cdb_size);
        vmstate_put_u32(out, req->sense_size);
        virtqueue_element_put(out, req->element);
        scsi_request_put(out, req->scsi);
    }
}

static bool get_fields(VMStateReader *in, VirtIOSCSI *s, VirtIOSCSIReq *req, Error **errp)
{
    uint32_t index;
    if (!vmstate_read_u32(in, &index, errp) || !vmstate_read_u64(in, &req->tag, errp) ||
        !vmstate_read_u32(in, &req->cdb_size, errp) ||
        !vmstate_read_u32(in, &req->sense_size, errp)) {
        return false;
    }
    if (index < CONTROL_QUEUES || index >= CONTROL_QUEUES + s->num_queues ||
        req->cdb_size > CDB_LIMIT || req->sense_size > SENSE_MAX) {
        return error_setg(errp, "a request of queue %u", index);
    }
    req->vq = virtio_get_queue(VIRTIO_DEVICE(s), index);
    req->element = virtqueue_element_get(in, errp);
    if (!req->element) {
        return false;
    }
    if (req->element->out_size < header_size(req) || req->element->in_size < response_size(req)) {
        return error_setg(errp, "a request without its headers");
    }
    req->scsi = scsi_request_get(in, s->bus, req, errp);
    return req->scsi != NULL;
}

static bool get_requests(VMStateReader *in, void *field, G_GNUC_UNUSED size_t size, Error **errp)
{
    VirtIOSCSI *s = container_of(field, VirtIOSCSI, requests);
    uint32_t count;
    drop_requests(s);
    if (!vmstate_read_u32(in, &count, errp)) {
        return false;
    }
    if (count > LOADED_MAX) {
        return error_setg(errp, "%u requests under way", count);
    }
    for (uint32_t n = 0; n < count; n++) {
        VirtIOSCSIReq *req = g_new0(VirtIOSCSIReq, 1);
        req->s = s;
        s->requests = g_list_append(s->requests, req);
        if (!get_fields(in, s, req, errp)) {
            drop_requests(s);
            return false;
        }
    }
    return true;
}

static const VMStateInfo vmstate_info_requests = {
    .name = "virtio-scsi-requests", .put = put_requests, .get = get_requests};

static const VMStateDescription vmstate_scsi = {
    .name = "virtio-scsi",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIOSCSI),
            VMSTATE_CUSTOM(requests, VirtIOSCSI, vmstate_info_requests),
            VMSTATE_UINT32_MAX(sense_size, VirtIOSCSI, SENSE_MAX),
            VMSTATE_UINT32_MAX(cdb_size, VirtIOSCSI, CDB_LIMIT),
            VMSTATE_BOOL(has_missed_events, VirtIOSCSI),
            VMSTATE_STRUCT_POINTER(bus, VirtIOSCSI, vmstate_scsi_bus),
            VMSTATE_TRANSIENT(control, VirtIOSCSI, "wiring"),
            VMSTATE_TRANSIENT(event, VirtIOSCSI, "wiring"),
            VMSTATE_TRANSIENT(is_taking, VirtIOSCSI, "only within one event"),
            VMSTATE_TRANSIENT(abort_response, VirtIOSCSI, "only within one event"),
            VMSTATE_TRANSIENT(num_queues, VirtIOSCSI, "configuration"),
            VMSTATE_TRANSIENT(queue_size, VirtIOSCSI, "configuration"),
            VMSTATE_TRANSIENT(max_sectors, VirtIOSCSI, "configuration"),
            VMSTATE_TRANSIENT(cmd_per_lun, VirtIOSCSI, "configuration"),
            VMSTATE_TRANSIENT(has_hotplug, VirtIOSCSI, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

/* --- type --------------------------------------------------------------------------------------------------------------------------------- */

#define PROPERTY(n, t, member, value, text)                                                        \
    {.name = n,                                                                                    \
     .type = t,                                                                                    \
     .offset = offsetof(VirtIOSCSI, member),                                                       \
     .defval = value,                                                                              \
     .description = text}

static const Property scsi_properties[] = {
    PROPERTY("num_queues", FIELD_UINT32, num_queues, 1, "request queues"),
    PROPERTY("virtqueue_size", FIELD_UINT32, queue_size, 256, "entries of each queue"),
    PROPERTY("max_sectors", FIELD_UINT32, max_sectors, 0xffff, "sectors of a request"),
    PROPERTY("cmd_per_lun", FIELD_UINT32, cmd_per_lun, 128, "requests of a unit at a time"),
    PROPERTY("hotplug", FIELD_BOOL, has_hotplug, true,
             "tell the guest of devices that come and go"),
    {.name = NULL},
};

static void scsi_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    HotplugHandlerClass *hc = (HotplugHandlerClass *)object_class_dynamic_cast(
        klass, TYPE_HOTPLUG_HANDLER);
    dc->vmsd = &vmstate_scsi;
    dc->info = scsi_info;
    hc->plug = unit_plugged;
    vc->device_id = VIRTIO_ID_SCSI;
    vc->config_size = CONFIG_SIZE;
    vc->realize = scsi_realize;
    vc->unrealize = scsi_unrealize;
    vc->reset = scsi_reset;
    vc->get_features = get_features;
    vc->get_config = get_config;
    vc->set_config = set_config;
    device_class_set_props(dc, scsi_properties);
}

static const TypeInfo scsi_info_type = {
    .name = TYPE_VIRTIO_SCSI,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOSCSI),
    .class_init = scsi_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_HOTPLUG_HANDLER}, {NULL}},
};
DEFINE_TYPE(scsi_info_type)
