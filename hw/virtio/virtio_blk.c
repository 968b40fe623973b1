/* SPDX-License-Identifier: MIT */
/*
 * virtio-blk: a disk of block/ behind one queue of requests.
 *
 * Source: virtio 1.1 section 5.2; names and defaults of properties as in QEMU. Not modelled: more than one
 * queue, SCSI commands, zones and secure erase. Status of a request: 0 done, 1 failed, 2 not known here.
 */
#include "block/block.h"
#include "hw/virtio/virtio.h"
#include "util/log.h"
#include "util/trace.h"

#include <errno.h>
#include <string.h>

#define TYPE_VIRTIO_BLK "virtio-blk-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOBlock, VIRTIO_BLK)

enum {
    F_SEG_MAX = 2,
    F_GEOMETRY = 4,
    F_RO = 5,
    F_BLK_SIZE = 6,
    F_FLUSH = 9,
    F_TOPOLOGY = 10,
    F_CONFIG_WCE = 11,
    F_DISCARD = 13,
    F_WRITE_ZEROES = 14,
};
enum {
    CONFIG_CAPACITY = 0,
    CONFIG_SEG_MAX = 12,
    CONFIG_CYLINDERS = 16,
    CONFIG_HEADS = 18,
    CONFIG_SECTORS = 19,
    CONFIG_BLK_SIZE = 20,
    CONFIG_PHYSICAL_EXP = 24,
    CONFIG_MIN_IO = 26,
    CONFIG_OPT_IO = 28,
    CONFIG_WCE = 32,
    CONFIG_NUM_QUEUES = 34,
    CONFIG_DISCARD_SECTORS = 36,
    CONFIG_DISCARD_SEGMENTS = 40,
    CONFIG_DISCARD_ALIGNMENT = 44,
    CONFIG_ZEROES_SECTORS = 48,
    CONFIG_ZEROES_SEGMENTS = 52,
    CONFIG_ZEROES_MAY_UNMAP = 56,
    CONFIG_SIZE = 60,
};
enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_UNKNOWN = 2 };
#define T_BARRIER UINT32_C(0x80000000) /* legacy, ignored */
enum {
    HEADER = 16,
    RANGE = 16,
    RANGE_UNMAP = 1,
    ID_BYTES = 20,
    SEG_MAX_FIXED = 128,
    LOADED_MAX = 1024
};

/* A request that the drive has; the others are answered at once. */
typedef struct VirtIOBlockReq VirtIOBlockReq;
struct VirtIOBlockReq {
    VirtIOBlock *s;
    VirtQueueElement *element;
    uint64_t number; /* of the drive's request */
    VirtIOBlockReq *next;
};

struct VirtIOBlock {
    VirtIODevice parent_obj;
    VirtQueue *vq;
    VirtIOBlockReq *requests, **last; /* under way, in order */
    bool original_wce;                /* the write cache as it was configured */
    /* properties */
    BlockConf conf;
    char *serial;
    uint32_t cylinders, heads, sectors; /* 0: worked out */
    uint32_t max_discard_sectors, max_zeroes_sectors;
    uint16_t num_queues, queue_size;
    bool seg_max_adjust, config_wce, discard, write_zeroes, request_merging;
};

/* --- requests under way -------------------------------------------------------------------------------- */

static void append_request(VirtIOBlock *s, VirtIOBlockReq *req)
{
    req->s = s;
    req->next = NULL;
    *s->last = req;
    s->last = &req->next;
}

static void free_request(VirtIOBlockReq *req)
{
    g_free(req->element);
    g_free(req);
}

static void forget_requests(VirtIOBlock *s)
{
    while (s->requests) {
        VirtIOBlockReq *req = s->requests;
        s->requests = req->next;
        free_request(req);
    }
    s->last = &s->requests;
}

/* The drive completes in order, so that it is nearly always the first one. */
static void remove_request(VirtIOBlock *s, VirtIOBlockReq *req)
{
    VirtIOBlockReq **at = &s->requests;
    while (*at != req) {
        at = &(*at)->next;
    }
    *at = req->next;
    if (!req->next) {
        s->last = at;
    }
}

/* --- answers --------------------------------------------------------------------------------------------- */

static void answer(VirtIOBlock *s, const VirtQueueElement *element, uint8_t status)
{
    uint32_t written = status == STATUS_OK ? (uint32_t)element->in_size : 1;
    virtqueue_write(s->vq, element, element->in_size - 1, &status, 1);
    virtqueue_push(s->vq, element, written);
    virtio_notify(VIRTIO_DEVICE(s), s->vq);
}

static uint8_t status_of(const BlockRequest *request)
{
    return request->ret == 0 ? STATUS_OK
                             : (request->ret == -ENOTSUP ? STATUS_UNKNOWN : STATUS_FAILED);
}

static void handle_output(VirtIODevice *vdev, VirtQueue *vq);

static void request_done(void *opaque, BlockRequest *request)
{
    VirtIOBlockReq *req = opaque;
    VirtIOBlock *s = req->s;
    if (request->op == BLOCK_READ && request->ret == 0) {
        virtqueue_write(s->vq, req->element, 0, request->data, request->bytes);
    }
    remove_request(s, req);
    answer(s, req->element, status_of(request));
    free_request(req);
    if (!virtqueue_is_empty(s->vq)) {
        handle_output(VIRTIO_DEVICE(s), s->vq); /* what waited for room */
    }
}

/* --- taking requests ----------------------------------------------------------------------------------------- */

/* Takes the element over. */
static void submit(VirtIOBlock *s, VirtQueueElement *element, BlockRequest *request)
{
    VirtIOBlockReq *req = g_new0(VirtIOBlockReq, 1);
    req->element = element;
    append_request(s, req);
    blk_submit(request, request_done, req);
    req->number = request->number;
}

/* Whole logical blocks only; what lies outside of the disk the drive refuses. */
static bool is_aligned(const VirtIOBlock *s, uint64_t sector, uint64_t bytes)
{
    uint64_t block = s->conf.logical_block_size;
    return sector <= UINT64_MAX / BLOCK_SECTOR && sector * BLOCK_SECTOR % block == 0 &&
           bytes % block == 0;
}

/* A driver that knows no flushes counts on every write (5.2.6.2). */
static uint32_t write_flags(VirtIOBlock *s)
{
    const VirtIODevice *vdev = VIRTIO_DEVICE(s);
    return virtio_has_feature(vdev, F_FLUSH) || virtio_has_feature(vdev, F_CONFIG_WCE) ? 0
                                                                                       : BLOCK_FUA;
}

static BlockRequest *new_read(VirtIOBlock *s, const VirtQueueElement *element, uint64_t sector)
{
    uint64_t bytes = element->in_size - 1;
    return is_aligned(s, sector, bytes)
               ? blk_request_new(s->conf.blk, BLOCK_READ, sector * BLOCK_SECTOR, bytes)
               : NULL;
}

static BlockRequest *new_write(VirtIOBlock *s, const VirtQueueElement *element, uint64_t sector)
{
    uint64_t bytes = element->out_size - HEADER;
    if (!is_aligned(s, sector, bytes)) {
        return NULL;
    }
    BlockRequest *request = blk_request_new(s->conf.blk, BLOCK_WRITE, sector * BLOCK_SECTOR, bytes);
    request->flags = write_flags(s);
    if (request->data && virtqueue_read(s->vq, element, HEADER, request->data, bytes) != bytes) {
        blk_request_free(request);
        return NULL; /* the queue has failed */
    }
    return request;
}

/* Discard and write zeroes: one range, as was offered. */
static BlockRequest *new_range(VirtIOBlock *s, const VirtQueueElement *element, uint32_t type,
                               uint8_t *status)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    bool is_discard = type == T_DISCARD;
    uint8_t range[RANGE];
    *status = STATUS_UNKNOWN;
    if (!(is_discard ? s->discard : s->write_zeroes) || element->out_size != HEADER + RANGE ||
        virtqueue_read(s->vq, element, HEADER, range, RANGE) != RANGE) {
        return NULL;
    }
    uint64_t sector = virtio_ldq(vdev, range);
    uint32_t sectors = virtio_ldl(vdev, range + 8), flags = virtio_ldl(vdev, range + 12);
    if (flags & ~(uint32_t)(is_discard ? 0 : RANGE_UNMAP)) {
        return NULL;
    }
    *status = STATUS_FAILED;
    if (sectors > (is_discard ? s->max_discard_sectors : s->max_zeroes_sectors) ||
        !is_aligned(s, sector, (uint64_t)sectors * BLOCK_SECTOR)) {
        return NULL;
    }
    BlockRequest *request = blk_request_new(
        s->conf.blk, is_discard ? BLOCK_DISCARD : BLOCK_WRITE_ZEROES, sector * BLOCK_SECTOR,
        (uint64_t)sectors * BLOCK_SECTOR);
    request->flags = (is_discard ? 0 : write_flags(s)) |
                     (flags & RANGE_UNMAP ? (uint32_t)BLOCK_MAY_UNMAP : 0);
    return request;
}

static void tell_id(VirtIOBlock *s, const VirtQueueElement *element)
{
    char id[ID_BYTES] = {0};
    memcpy(id, s->serial ? s->serial : "", s->serial ? strlen(s->serial) : 0);
    virtqueue_write(s->vq, element, 0, id, MIN(element->in_size - 1, (uint64_t)ID_BYTES));
}

/* NULL: @status is the answer. */
static BlockRequest *new_request(VirtIOBlock *s, const VirtQueueElement *element,
                                 const uint8_t *header, uint8_t *status)
{
    const VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint32_t type = virtio_ldl(vdev, header) & ~T_BARRIER;
    uint64_t sector = virtio_ldq(vdev, header + 8);
    *status = STATUS_FAILED;
    switch (type) {
    case T_IN:
        return new_read(s, element, sector);
    case T_OUT:
        return new_write(s, element, sector);
    case T_FLUSH:
        return blk_request_new(s->conf.blk, BLOCK_FLUSH, 0, 0);
    case T_DISCARD:
    case T_WRITE_ZEROES:
        return new_range(s, element, type, status);
    case T_GET_ID:
        tell_id(s, element);
        *status = STATUS_OK;
        return NULL;
    default:
        *status = STATUS_UNKNOWN;
        return NULL;
    }
}

/* Takes the element over. False: the device is broken. */
static bool handle_request(VirtIOBlock *s, VirtQueueElement *element)
{
    uint8_t header[HEADER], status;
    if (element->out_size < HEADER || element->in_size < 1) {
        virtio_error(VIRTIO_DEVICE(s), "a request without header or status");
        g_free(element);
        return false;
    }
    if (virtqueue_read(s->vq, element, 0, header, HEADER) != HEADER) {
        g_free(element);
        return false;
    }
    BlockRequest *request = new_request(s, element, header, &status);
    TRACE(virtio_blk_request,
          "type %#x sector %#" G_GINT64_MODIFIER "x out %" G_GUINT64_FORMAT
          " in %" G_GUINT64_FORMAT,
          virtio_ldl(VIRTIO_DEVICE(s), header), virtio_ldq(VIRTIO_DEVICE(s), header + 8),
          element->out_size, element->in_size);
    if (request) {
        submit(s, element, request);
    } else {
        answer(s, element, status);
        g_free(element);
    }
    return true;
}

static void handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    VirtQueueElement *element;
    while (blk_has_room(s->conf.blk) && (element = virtqueue_pop(vq)) &&
           handle_request(s, element)) {
    }
}

/* --- configuration ----------------------------------------------------------------------------------------- */

static void put16(const VirtIODevice *vdev, uint8_t *at, uint32_t value)
{
    virtio_ring_stw(&vdev->ring, at, (uint16_t)value);
}

static void put64(const VirtIODevice *vdev, uint8_t *at, uint64_t value)
{
    vdev->ring.big_endian ? stq_be_p(at, value) : stq_le_p(at, value);
}

/* 16 heads and 63 sectors unless the user says otherwise. */
static void put_geometry(const VirtIOBlock *s, uint8_t *config)
{
    uint32_t heads = s->heads ? s->heads : 16, sectors = s->sectors ? s->sectors : 63;
    uint64_t cylinders = blk_getlength(s->conf.blk) / BLOCK_SECTOR / ((uint64_t)heads * sectors);
    put16(VIRTIO_DEVICE(s), config + CONFIG_CYLINDERS,
          s->cylinders ? s->cylinders : (uint32_t)CLAMP(cylinders, 2, 16383));
    config[CONFIG_HEADS] = (uint8_t)heads;
    config[CONFIG_SECTORS] = (uint8_t)sectors;
}

static uint8_t log2_of(uint64_t ratio) { return (uint8_t)(63 - __builtin_clzll(ratio)); }

static uint32_t discard_alignment(const VirtIOBlock *s)
{
    uint64_t granularity = s->conf.discard_granularity;
    bool is_given = granularity && granularity != UINT32_MAX;
    return (uint32_t)((is_given ? granularity : s->conf.logical_block_size) / BLOCK_SECTOR);
}

static void put_ranges(const VirtIOBlock *s, uint8_t *config)
{
    const VirtIODevice *vdev = VIRTIO_DEVICE(s);
    if (s->discard) {
        virtio_stl(vdev, config + CONFIG_DISCARD_SECTORS, s->max_discard_sectors);
        virtio_stl(vdev, config + CONFIG_DISCARD_SEGMENTS, 1);
        virtio_stl(vdev, config + CONFIG_DISCARD_ALIGNMENT, discard_alignment(s));
    }
    if (s->write_zeroes) {
        virtio_stl(vdev, config + CONFIG_ZEROES_SECTORS, s->max_zeroes_sectors);
        virtio_stl(vdev, config + CONFIG_ZEROES_SEGMENTS, 1);
        config[CONFIG_ZEROES_MAY_UNMAP] = 1;
    }
}

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIOBlock *s = VIRTIO_BLK(vdev);
    const BlockConf *conf = &s->conf;
    uint64_t block = conf->logical_block_size;
    put64(vdev, config + CONFIG_CAPACITY, blk_getlength(conf->blk) / BLOCK_SECTOR);
    virtio_stl(vdev, config + CONFIG_SEG_MAX,
               (s->seg_max_adjust ? s->queue_size : (uint32_t)SEG_MAX_FIXED) - 2);
    put_geometry(s, config);
    virtio_stl(vdev, config + CONFIG_BLK_SIZE, (uint32_t)block);
    config[CONFIG_PHYSICAL_EXP] = log2_of(conf->physical_block_size / block);
    put16(vdev, config + CONFIG_MIN_IO, (uint32_t)(conf->min_io_size / block));
    virtio_stl(vdev, config + CONFIG_OPT_IO, (uint32_t)(conf->opt_io_size / block));
    config[CONFIG_WCE] = blk_enable_write_cache(conf->blk);
    put16(vdev, config + CONFIG_NUM_QUEUES, s->num_queues);
    put_ranges(s, config);
}

/* Only the write cache can be chosen. */
static void set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    if (virtio_has_feature(vdev, F_CONFIG_WCE)) {
        blk_set_enable_write_cache(s->conf.blk, config[CONFIG_WCE] & 1);
    }
}

static uint64_t get_features(VirtIODevice *vdev)
{
    const VirtIOBlock *s = VIRTIO_BLK(vdev);
    bool is_writable = blk_is_writable(s->conf.blk);
    return UINT64_C(1) << F_SEG_MAX | UINT64_C(1) << F_GEOMETRY | UINT64_C(1) << F_BLK_SIZE |
           UINT64_C(1) << F_TOPOLOGY | UINT64_C(1) << F_FLUSH |
           (uint64_t)s->config_wce << F_CONFIG_WCE | (uint64_t)!is_writable << F_RO |
           (uint64_t)(s->discard && is_writable) << F_DISCARD |
           (uint64_t)(s->write_zeroes && is_writable) << F_WRITE_ZEROES;
}

/* --- life ----------------------------------------------------------------------------------------------------- */

static bool check_properties(const VirtIOBlock *s, Error **errp)
{
    if (s->num_queues != 1) {
        return error_setg(errp, "num-queues takes 1: there is one processor");
    }
    if (!is_power_of_2(s->queue_size) || s->queue_size < 4 || s->queue_size > VIRTQUEUE_MAX_SIZE) {
        return error_setg(errp, "queue-size takes a power of two from 4 to %d, not %u",
                          VIRTQUEUE_MAX_SIZE, s->queue_size);
    }
    if (s->serial && strlen(s->serial) > ID_BYTES) {
        return error_setg(errp, "serial has at most %d characters", ID_BYTES);
    }
    if (s->cylinders > 65535 || s->heads > 255 || s->sectors > 255) {
        return error_setg(errp, "cyls takes up to 65535, heads and secs up to 255");
    }
    return true;
}

static bool blk_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    s->last = &s->requests;
    if (!check_properties(s, errp) || !blkconf_attach(&s->conf, OBJECT(s), true, errp)) {
        return false;
    }
    s->original_wce = blk_enable_write_cache(s->conf.blk);
    s->vq = virtio_add_queue(vdev, s->queue_size, handle_output);
    return true;
}

/* What the drive has goes on; nobody hears of it. */
static void blk_reset(VirtIODevice *vdev)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    blk_cancel_all(s->conf.blk);
    forget_requests(s);
    blk_set_enable_write_cache(s->conf.blk, s->original_wce);
}

static void blk_unrealize(VirtIODevice *vdev)
{
    VirtIOBlock *s = VIRTIO_BLK(vdev);
    blkconf_detach(&s->conf);
    forget_requests(s);
}

static void blk_info(DeviceState *dev, GString *out)
{
    const VirtIOBlock *s = VIRTIO_BLK(dev);
    g_string_append_printf(
        out, "drive %s: %" G_GUINT64_FORMAT " sectors%s; %u requests under way\n",
        blk_name(s->conf.blk), blk_getlength(s->conf.blk) / BLOCK_SECTOR,
        blk_is_writable(s->conf.blk) ? "" : ", read-only", blk_in_flight(s->conf.blk));
}

/* --- state ------------------------------------------------------------------------------------------------------ */

static void put_requests(GByteArray *out, const void *field, size_t size G_GNUC_UNUSED)
{
    const VirtIOBlockReq *first = *(VirtIOBlockReq *const *)field;
    uint32_t count = 0;
    for (const VirtIOBlockReq *req = first; req; req = req->next) {
        count++;
    }
    vmstate_put_u32(out, count);
    for (const VirtIOBlockReq *req = first; req; req = req->next) {
        vmstate_put_u64(out, req->number);
        virtqueue_element_put(out, req->element);
    }
}

static bool get_request(VMStateReader *in, VirtIOBlock *s, Error **errp)
{
    uint64_t number;
    if (!vmstate_read_u64(in, &number, errp)) {
        return false;
    }
    VirtQueueElement *element = virtqueue_element_get(in, errp);
    if (!element || element->in_size < 1 || element->out_size < HEADER) {
        g_free(element);
        return element ? error_setg(errp, "a request without header or status") : false;
    }
    VirtIOBlockReq *req = g_new0(VirtIOBlockReq, 1);
    req->element = element;
    req->number = number;
    append_request(s, req);
    return true;
}

static bool get_requests(VMStateReader *in, void *field, size_t size G_GNUC_UNUSED, Error **errp)
{
    VirtIOBlock *s = container_of(field, VirtIOBlock, requests);
    uint32_t count;
    forget_requests(s);
    if (!vmstate_read_u32(in, &count, errp)) {
        return false;
    }
    if (count > LOADED_MAX) {
        return error_setg(errp, "%u requests under way", count);
    }
    for (uint32_t n = 0; n < count; n++) {
        if (!get_request(in, s, errp)) {
            return false;
        }
    }
    return true;
}

static const VMStateInfo vmstate_info_requests = {
    .name = "virtio-blk-requests", .put = put_requests, .get = get_requests};

/* Each request finds the drive's again. */
static bool blk_post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    VirtIOBlock *s = opaque;
    for (VirtIOBlockReq *req = s->requests; req; req = req->next) {
        if (!blk_reattach(s->conf.blk, req->number, request_done, req)) {
            return error_setg(errp, "the drive knows no request %" G_GUINT64_FORMAT, req->number);
        }
    }
    return true;
}

static const VMStateDescription vmstate_blk = {
    .name = "virtio-blk",
    .version = 1,
    .minimum_version = 1,
    .post_load = blk_post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIOBlock),
            VMSTATE_BLOCK_BACKEND(conf.blk, VirtIOBlock),
            VMSTATE_CUSTOM(requests, VirtIOBlock, vmstate_info_requests),
            VMSTATE_TRANSIENT(vq, VirtIOBlock, "wiring"),
            VMSTATE_TRANSIENT(last, VirtIOBlock, "the end of requests"),
            VMSTATE_TRANSIENT(original_wce, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(conf, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(serial, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(cylinders, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(heads, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(sectors, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(max_discard_sectors, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(max_zeroes_sectors, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(num_queues, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(queue_size, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(seg_max_adjust, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(config_wce, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(discard, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(write_zeroes, VirtIOBlock, "configuration"),
            VMSTATE_TRANSIENT(request_merging, VirtIOBlock, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

/* --- type ------------------------------------------------------------------------------------------------------- */

#define PROPERTY(n, t, member, ...)                                                                \
    {.name = n, .type = t, .offset = offsetof(VirtIOBlock, member), __VA_ARGS__}

enum { BLOCK_SECTORS_MAX = INT32_MAX / BLOCK_SECTOR };

static const Property blk_properties[] = {
    DEFINE_BLOCK_PROPERTIES(VirtIOBlock, conf),
    PROPERTY("serial", FIELD_STRING, serial, .description = "what the guest reads as its name"),
    PROPERTY("cyls", FIELD_UINT32, cylinders, .description = "cylinders; 0: worked out"),
    PROPERTY("heads", FIELD_UINT32, heads, .description = "heads; 0: 16"),
    PROPERTY("secs", FIELD_UINT32, sectors, .description = "sectors of a track; 0: 63"),
    PROPERTY("num-queues", FIELD_UINT16, num_queues, .defval = 1, .description = "queues: 1"),
    PROPERTY("queue-size", FIELD_UINT16, queue_size, .defval = 256,
             .description = "entries of the queue"),
    PROPERTY("seg-max-adjust", FIELD_BOOL, seg_max_adjust, .defval = true,
             .description = "as many buffers in a request as the queue has entries"),
    PROPERTY("config-wce", FIELD_BOOL, config_wce, .defval = true,
             .description = "let the guest switch the write cache"),
    PROPERTY("discard", FIELD_BOOL, discard, .defval = true, .description = "offer discards"),
    PROPERTY("write-zeroes", FIELD_BOOL, write_zeroes, .defval = true,
             .description = "offer to write zeroes"),
    PROPERTY("max-discard-sectors", FIELD_UINT32, max_discard_sectors, .defval = BLOCK_SECTORS_MAX,
             .description = "sectors in one discard"),
    PROPERTY("max-write-zeroes-sectors", FIELD_UINT32, max_zeroes_sectors,
             .defval = BLOCK_SECTORS_MAX, .description = "sectors of zeroes in one request"),
    PROPERTY("request-merging", FIELD_BOOL, request_merging, .defval = true,
             .description = "taken for compatibility"),
    {.name = NULL},
};

static void blk_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_blk;
    dc->info = blk_info;
    vc->device_id = VIRTIO_ID_BLOCK;
    vc->config_size = CONFIG_SIZE;
    vc->realize = blk_realize;
    vc->unrealize = blk_unrealize;
    vc->reset = blk_reset;
    vc->get_features = get_features;
    vc->get_config = get_config;
    vc->set_config = set_config;
    device_class_set_props(dc, blk_properties);
}

static const TypeInfo blk_info_type = {
    .name = TYPE_VIRTIO_BLK,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOBlock),
    .class_init = blk_class_init,
};
DEFINE_TYPE(blk_info_type)
