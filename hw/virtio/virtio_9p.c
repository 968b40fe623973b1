/* SPDX-License-Identifier: MIT */
/*
 * virtio-9p: a host folder that the guest mounts by its tag.
 *
 * The device takes one request at a time from its queue and answers it a modelled latency later. What the
 * host said is an input then: a replay has the recorded reply and asks no host.
 *
 * Source: the virtio 1.0 draft's "9P transport" (device 9), QEMU's properties. Not modelled: the
 * dialects 9P2000 and 9P2000.u, extended attributes.
 */
#include "hw/core/machine.h"
#include "hw/virtio/fsdev.h"
#include "hw/virtio/p9_server.h"
#include "hw/virtio/virtio.h"
#include "util/trace.h"

#include <errno.h>
#include <string.h>

#define TYPE_VIRTIO_9P "virtio-9p-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIO9P, VIRTIO_9P)

enum { F_MOUNT_TAG = 0, QUEUE_SIZE = 128, TAG_MAX = 32, CONFIG_SIZE = 2 + TAG_MAX };
#define BANDWIDTH UINT64_C(4000000000) /* bytes a second */
enum { LATENCY_NS = 20000, LATENCY_MAX_NS = 1000000000 };

struct VirtIO9P {
    VirtIODevice parent_obj;
    VirtQueue *queue;
    VirtQueueElement *element; /* the request being served; NULL: none */
    uint8_t *message;          /* its bytes */
    uint32_t message_length;
    Timer timer; /* its reply is due */
    P9Session *session;
    P9Server *server;
    char *input;                 /* the name that replies come in by */
    char *fsdev, *tag;           /* properties */
    uint64_t latency, bandwidth; /* properties: ns; bytes a second */
};

/* --- requests ------------------------------------------------------------------------------------ */

static size_t room_of(const VirtQueueElement *element)
{
    return MIN(element->in_size, (uint64_t)P9_MSIZE_MAX);
}

/* The message at the front of the element, copied once: what the guest changes later changes nothing. */
static bool read_message(VirtIO9P *s)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    uint8_t size[4] = {0};
    if (room_of(s->element) < P9_ERROR_SIZE) {
        virtio_error(vdev, "no room for the reply");
        return false;
    }
    virtqueue_read(s->queue, s->element, 0, size, sizeof(size));
    uint32_t length = ldl_le_p(size);
    if (length < P9_HEADER || length > P9_MSIZE_MAX || length > s->element->out_size) {
        virtio_error(vdev, "a request has a wrong size");
        return false;
    }
    s->message = g_realloc(s->message, length);
    s->message_length = length;
    if (virtqueue_read(s->queue, s->element, 0, s->message, length) != length) {
        return false; /* not RAM: the queue has said so */
    }
    stl_le_p(s->message, length);
    return true;
}

/* From what the guest asked for, never from what the host gave. */
static uint64_t latency_of(const VirtIO9P *s)
{
    enum { COUNT_AT = P9_HEADER + 4 + 8, COUNT_SIZE = 4 };
    uint8_t type = s->message[4];
    uint64_t bytes = s->message_length;
    if (type == P9_TREAD || type == P9_TREADDIR) {
        uint64_t count = p9_number(s->message, s->message_length, COUNT_AT, COUNT_SIZE);
        bytes += MIN(count, room_of(s->element));
    }
    uint64_t transfer = s->bandwidth ? bytes * NANOSECONDS_PER_SECOND / s->bandwidth : 0;
    return MIN(s->latency, (uint64_t)LATENCY_MAX_NS) + MIN(transfer, (uint64_t)LATENCY_MAX_NS);
}

static void forget_request(VirtIO9P *s)
{
    g_clear_pointer(&s->element, g_free);
    g_clear_pointer(&s->message, g_free);
    s->message_length = 0;
}

static void begin(VirtIO9P *s)
{
    p9_server_begin(s->server, s->message, s->message_length, room_of(s->element));
}

static void take_next(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIO9P *s = VIRTIO_9P(vdev);
    if (s->element || !(s->element = virtqueue_pop(vq))) {
        return;
    }
    if (!read_message(s)) {
        forget_request(s);
        return;
    }
    TRACE(v9fs_request, "%s tag %u, %u bytes", p9_request_name(s->message[4]),
          lduw_le_p(s->message + 5), s->message_length);
    if (!clock_is_replaying(machine_clock())) {
        begin(s);
    }
    timer_mod_ns(&s->timer, clock_virtual_ns(machine_clock()) + latency_of(s));
}

static void reply_is_due(void *opaque)
{
    VirtIO9P *s = opaque;
    Clock *clock = machine_clock();
    if (clock_is_replaying(clock)) { /* an error is the answer only if the log has none */
        const uint8_t error[P9_ERROR_SIZE] = {P9_ERROR_SIZE, 0,  0, 0, P9_RLERROR, s->message[5],
                                              s->message[6], EIO};
        input_take_now(clock, s->input, error, P9_ERROR_SIZE);
        return;
    }
    P9Reply reply = p9_server_end(s->server);
    if (!reply.length) { /* begun before a snapshot that was loaded, or in a replay */
        begin(s);
        reply = p9_server_end(s->server);
    }
    input_take_now(clock, s->input, reply.bytes, reply.length);
}

/* @reply may come from a damaged log: neither session nor queue rely on it. */
static void take_reply(void *opaque, const uint8_t *reply, size_t length)
{
    VirtIO9P *s = opaque;
    P9Request req;
    if (!s->element || timer_pending(&s->timer)) {
        return;
    }
    TRACE(v9fs_reply, "type %u, %zu bytes", length > 4 ? reply[4] : 0, length);
    if (p9_request_parse(&req, s->message, s->message_length) == 0) {
        p9_session_apply(s->session, &req, reply, length);
    }
    p9_request_clear(&req);
    length = virtqueue_write(s->queue, s->element, 0, reply, length);
    virtqueue_push(s->queue, s->element, (uint32_t)length);
    virtio_notify(VIRTIO_DEVICE(s), s->queue);
    forget_request(s);
    take_next(VIRTIO_DEVICE(s), s->queue);
}

/* --- configuration ------------------------------------------------------------------------------- */

static void get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIO9P *s = VIRTIO_9P(vdev);
    size_t length = strlen(s->tag);
    virtio_ring_stw(&vdev->ring, config, (uint16_t)length);
    memcpy(config + 2, s->tag, length);
}

static uint64_t get_features(VirtIODevice *vdev G_GNUC_UNUSED) { return 1 << F_MOUNT_TAG; }

/* --- life ---------------------------------------------------------------------------------------- */

static bool check_properties(const VirtIO9P *s, Error **errp)
{
    if (!s->fsdev) {
        return error_setg(errp, "property 'fsdev' is missing");
    }
    if (!s->tag || !*s->tag) {
        return error_setg(errp, "property 'mount_tag' is missing");
    }
    if (strlen(s->tag) > TAG_MAX) {
        return error_setg(errp, "mount tag '%s' is longer than %d characters", s->tag, TAG_MAX);
    }
    return true;
}

static int has_same_tag(Object *obj, void *opaque)
{
    VirtIO9P *s = opaque;
    bool is_other = object_dynamic_cast(obj, TYPE_VIRTIO_9P) && obj != OBJECT(s);
    const char *tag = is_other && DEVICE(obj)->realized ? VIRTIO_9P(obj)->tag : NULL;
    return tag && g_str_equal(tag, s->tag);
}

static bool p9_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIO9P *s = VIRTIO_9P(vdev);
    Clock *clock = machine_clock();
    if (!check_properties(s, errp)) {
        return false;
    }
    const P9FolderConfig *config = fsdev_find(s->fsdev);
    if (!config) {
        return error_setg(errp, "there is no fsdev '%s'", s->fsdev);
    }
    if (object_child_foreach_recursive(object_get_root(), has_same_tag, s)) {
        return error_setg(errp, "mount tag '%s' is already in use", s->tag);
    }
    s->session = p9_session_new();
    s->server = p9_server_new(config, s->session);
    if (!config->is_deferred && !p9_server_open(s->server, errp)) {
        p9_server_free(s->server);
        p9_session_free(s->session);
        return false;
    }
    s->queue = virtio_add_queue(vdev, QUEUE_SIZE, take_next);
    s->input = g_strdup_printf("9p-%s", s->tag);
    input_register(clock, s->input, take_reply, s);
    timer_init_ns(&s->timer, clock, reply_is_due, s);
    return true;
}

/* What is under way is done first: what it does to the folder does not depend on the host's speed. */
static void p9_reset(VirtIODevice *vdev)
{
    VirtIO9P *s = VIRTIO_9P(vdev);
    p9_server_reset(s->server);
    timer_del(&s->timer);
    forget_request(s);
    p9_session_reset(s->session);
}

static void p9_unrealize(VirtIODevice *vdev)
{
    VirtIO9P *s = VIRTIO_9P(vdev);
    p9_server_free(s->server);
    timer_fini(&s->timer);
    input_unregister(machine_clock(), s->input);
    g_clear_pointer(&s->input, g_free);
    forget_request(s);
    p9_session_free(s->session);
}

static void p9_info(DeviceState *dev, GString *out)
{
    const VirtIO9P *s = VIRTIO_9P(dev);
    const P9FolderConfig *config = fsdev_find(s->fsdev);
    GHashTableIter iter;
    gpointer fid;
    guint open = 0;
    g_hash_table_iter_init(&iter, s->session->fids);
    while (g_hash_table_iter_next(&iter, NULL, &fid)) {
        open += ((P9Fid *)fid)->is_open;
    }
    g_string_append_printf(out, "tag %s: %s%s\n", s->tag, config->path,
                           config->readonly ? " (read only)" : "");
    g_string_append_printf(out, "messages of %u bytes; %u fids, %u open; %s\n", s->session->msize,
                           g_hash_table_size(s->session->fids), open,
                           s->element ? "a request is under way" : "idle");
}

/* A request that the present state has begun is done before another state takes its place. */
static bool pre_load(void *opaque, Error **errp G_GNUC_UNUSED)
{
    VirtIO9P *s = opaque;
    p9_server_reset(s->server);
    return true;
}

static bool post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    VirtIO9P *s = opaque;
    bool is_served = s->element && s->message_length >= P9_HEADER &&
                     room_of(s->element) >= P9_ERROR_SIZE && timer_pending(&s->timer);
    return is_served || (!s->element && !timer_pending(&s->timer)) ||
           error_setg(errp, "a request of %u bytes", s->message_length);
}

static const VMStateDescription vmstate_9p = {
    .name = "virtio-9p",
    .version = 1,
    .minimum_version = 1,
    .pre_load = pre_load,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIO9P),
            VMSTATE_VIRTQUEUE_ELEMENT(element, VirtIO9P),
            VMSTATE_VBUFFER(message, VirtIO9P, message_length, P9_MSIZE_MAX),
            VMSTATE_TIMER(timer, VirtIO9P),
            VMSTATE_P9_SESSION(session, VirtIO9P),
            VMSTATE_TRANSIENT(message_length, VirtIO9P, "saved with the message"),
            VMSTATE_TRANSIENT(queue, VirtIO9P, "wiring"),
            VMSTATE_TRANSIENT(server, VirtIO9P, "the host's side"),
            VMSTATE_TRANSIENT(input, VirtIO9P, "configuration"),
            VMSTATE_TRANSIENT(fsdev, VirtIO9P, "configuration"),
            VMSTATE_TRANSIENT(tag, VirtIO9P, "configuration"),
            VMSTATE_TRANSIENT(latency, VirtIO9P, "configuration"),
            VMSTATE_TRANSIENT(bandwidth, VirtIO9P, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property p9_properties[] = {
    {.name = "fsdev",
     .type = FIELD_STRING,
     .offset = offsetof(VirtIO9P, fsdev),
     .description = "id of the -fsdev"},
    {.name = "mount_tag",
     .type = FIELD_STRING,
     .offset = offsetof(VirtIO9P, tag),
     .description = "what the guest mounts it by"},
    {.name = "latency",
     .type = FIELD_UINT64,
     .offset = offsetof(VirtIO9P, latency),
     .defval = LATENCY_NS,
     .description = "ns from a request to its reply, at most 1 s"},
    {.name = "bandwidth",
     .type = FIELD_SIZE,
     .offset = offsetof(VirtIO9P, bandwidth),
     .defval = BANDWIDTH,
     .description = "bytes a second on top of the latency; 0: no limit"},
    {.name = NULL},
};

static void p9_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_9p;
    dc->info = p9_info;
    vc->device_id = VIRTIO_ID_9P;
    vc->config_size = CONFIG_SIZE;
    vc->realize = p9_realize;
    vc->unrealize = p9_unrealize;
    vc->reset = p9_reset;
    vc->get_features = get_features;
    vc->get_config = get_config;
    device_class_set_props(dc, p9_properties);
}

static const TypeInfo p9_info_type = {
    .name = TYPE_VIRTIO_9P,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIO9P),
    .class_init = p9_class_init,
};
DEFINE_TYPE(p9_info_type)
