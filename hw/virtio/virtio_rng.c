/* SPDX-License-Identifier: MIT */
/*
 * virtio-rng: random bytes for the guest. They come from a back end as inputs; with a fixed clock and no
 * rng= from a generator that the configuration seeds, so that two runs are equal.
 *
 * Source: virtio 1.1 section 5.4; properties as in QEMU. A request is answered after a fixed time; while the
 * back end has nothing it is asked again, less and less often. No request gets more than 4 KiB.
 */
#include "hw/core/machine.h"
#include "hw/virtio/rng.h"
#include "hw/virtio/virtio.h"
#include "time/clock.h"
#include "util/hash.h"
#include "util/trace.h"

#include <string.h>

#define TYPE_VIRTIO_RNG "virtio-rng-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIORng, VIRTIO_RNG)

enum { QUEUE_SIZE = 8, CHUNK_MAX = 4096, PERIOD_MS = 1 << 16 };
enum { LATENCY_NS = 20 * 1000, RETRY_MAX_NS = 100 * 1000 * 1000 };

struct VirtIORng {
    VirtIODevice parent_obj;
    VirtQueue *queue;
    RngBackend *rng;           /* property; NULL: the generator */
    char *input_name;          /* what comes from the back end */
    VirtQueueElement *element; /* waits for its bytes */
    uint32_t wanted;           /* of them */
    uint32_t wait_ns;          /* before the back end is asked */
    Timer answer;
    uint64_t quota; /* bytes left in this period */
    Timer period;
    uint64_t generated; /* words of the generator given so far */
    uint64_t seed;
    uint64_t max_bytes; /* properties */
    uint32_t period_ms;
};

static uint64_t after(uint64_t ns) { return clock_virtual_ns(machine_clock()) + ns; }

/* --- requests ---------------------------------------------------------------------------------------- */

static void ask_back_end(VirtIORng *s)
{
    if (s->rng && !clock_is_replaying(machine_clock())) {
        rng_backend_request(s->rng, s->wanted);
    }
    timer_mod_ns(&s->answer, after(s->wait_ns));
}

static void give_back(VirtIORng *s, const uint8_t *data, size_t length)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(s);
    TRACE(virtio_rng_pushed, "%zu bytes", length);
    size_t written = virtqueue_write(s->queue, s->element, 0, data, length);
    virtqueue_push(s->queue, s->element, (uint32_t)written);
    g_clear_pointer(&s->element, g_free);
    virtio_notify(vdev, s->queue);
}

/* The next request, if none is under way and the period has bytes left. */
static void take_request(VirtIORng *s)
{
    while (!s->element && s->quota && (s->element = virtqueue_pop(s->queue))) {
        s->wanted = (uint32_t)MIN(MIN(s->element->in_size, s->quota), CHUNK_MAX);
        TRACE(virtio_rng_request, "%u bytes, %" G_GUINT64_FORMAT " left", s->wanted, s->quota);
        if (!s->wanted) {
            give_back(s, NULL, 0);
            continue;
        }
        if (!timer_pending(&s->period)) {
            timer_mod_ns(&s->period, after(s->period_ms * UINT64_C(1000000)));
        }
        s->wait_ns = LATENCY_NS;
        ask_back_end(s);
    }
}

static void handle_input(VirtIODevice *vdev, G_GNUC_UNUSED VirtQueue *vq)
{
    take_request(VIRTIO_RNG(vdev));
}

/* --- answers ------------------------------------------------------------------------------------------- */

/* Also of a replay: @length is what the log says. */
static void bytes_came(void *opaque, const uint8_t *data, size_t length)
{
    VirtIORng *s = opaque;
    if (!s->element) {
        return;
    }
    length = MIN(length, s->wanted);
    if (length == 0) {
        s->wait_ns = MIN(s->wait_ns * 2, (uint32_t)RETRY_MAX_NS);
        ask_back_end(s);
        return;
    }
    s->quota -= length;
    give_back(s, data, length);
    take_request(s);
}

static void generate(VirtIORng *s, uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i += 8) {
        uint8_t word[8];
        stq_be_p(word, hash_u64(s->seed, s->generated++));
        memcpy(data + i, word, MIN(length - i, 8));
    }
}

static void answer(void *opaque)
{
    VirtIORng *s = opaque;
    uint8_t data[CHUNK_MAX];
    size_t length = 0;
    if (!s->rng) {
        generate(s, data, s->wanted);
        bytes_came(s, data, s->wanted);
        return;
    }
    if (!clock_is_replaying(machine_clock())) {
        length = rng_backend_read(s->rng, data, s->wanted);
    }
    input_take_now(machine_clock(), s->input_name, data, length);
}

static void begin_period(void *opaque)
{
    VirtIORng *s = opaque;
    s->quota = s->max_bytes;
    take_request(s);
}

/* --- life ------------------------------------------------------------------------------------------------ */

static bool check_properties(const VirtIORng *s, Error **errp)
{
    if (!s->period_ms) {
        return error_setg(errp, "'period' parameter expects a positive integer");
    }
    return s->max_bytes <= INT64_MAX ||
           error_setg(errp, "'max-bytes' parameter must be less than 2^63");
}

/* Without rng=: the kernel's generator, or with a fixed clock one of our own. */
static bool choose_source(VirtIORng *s, Error **errp)
{
    if (clock_is_fixed(machine_clock())) {
        if (s->rng) {
            warn_report("virtio-rng: two runs get different random numbers from rng=%s unless one "
                        "is recorded and replayed",
                        object_get_canonical_path_component(OBJECT(s->rng)));
        }
        return true;
    }
    if (s->rng) {
        return true;
    }
    Object *source = object_new(TYPE_RNG_BUILTIN);
    bool ok = user_creatable_complete(source, errp);
    if (ok) {
        object_property_add_child(OBJECT(s), "default-backend", source);
        object_property_set_link(OBJECT(s), "rng", source, &error_abort);
    }
    object_unref(source);
    return ok;
}

/* Of the machine and of the device's place in it. */
static uint64_t make_seed(const char *path)
{
    const MachineConfig *config = &machine_get()->config;
    uint64_t seed = hash_bytes(0, config->uuid, sizeof(config->uuid));
    return hash_bytes(seed, path, strlen(path));
}

static bool rng_realize(VirtIODevice *vdev, Error **errp)
{
    VirtIORng *s = VIRTIO_RNG(vdev);
    if (!check_properties(s, errp) || !choose_source(s, errp)) {
        return false;
    }
    g_autofree char *path = object_get_canonical_path(OBJECT(s));
    s->seed = make_seed(path);
    s->input_name = g_strdup_printf("rng-%016" G_GINT64_MODIFIER "x",
                                    hash_bytes(0, path, strlen(path)));
    if (s->rng) {
        s->rng->users++;
    }
    s->quota = s->max_bytes;
    s->queue = virtio_add_queue(vdev, QUEUE_SIZE, handle_input);
    timer_init_ns(&s->answer, machine_clock(), answer, s);
    timer_init_ns(&s->period, machine_clock(), begin_period, s);
    input_register(machine_clock(), s->input_name, bytes_came, s);
    return true;
}

static void rng_reset(VirtIODevice *vdev)
{
    VirtIORng *s = VIRTIO_RNG(vdev);
    g_clear_pointer(&s->element, g_free);
    s->wanted = s->wait_ns = 0;
    timer_del(&s->answer);
}

static void rng_unrealize(VirtIODevice *vdev)
{
    VirtIORng *s = VIRTIO_RNG(vdev);
    input_unregister(machine_clock(), s->input_name);
    g_clear_pointer(&s->input_name, g_free);
    g_clear_pointer(&s->element, g_free);
    timer_fini(&s->answer);
    timer_fini(&s->period);
    if (s->rng) {
        s->rng->users--;
    }
}

static void rng_info(DeviceState *dev, GString *out)
{
    const VirtIORng *s = VIRTIO_RNG(dev);
    g_string_append_printf(
        out, "source: %s; %s, %" G_GUINT64_FORMAT " bytes left of %" G_GUINT64_FORMAT " in %u ms\n",
        s->rng ? object_get_typename(OBJECT(s->rng)) : "seeded generator",
        s->element ? "a request waits" : "idle", s->quota, s->max_bytes, s->period_ms);
}

/* --- state and types --------------------------------------------------------------------------------------- */

static bool post_load(void *opaque, G_GNUC_UNUSED uint32_t version, Error **errp)
{
    const VirtIORng *s = opaque;
    return s->wait_ns <= RETRY_MAX_NS || error_setg(errp, "a wait of %u ns", s->wait_ns);
}

static const VMStateDescription vmstate_rng = {
    .name = "virtio-rng",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_VIRTIO_DEVICE(parent_obj, VirtIORng),
            VMSTATE_VIRTQUEUE_ELEMENT(element, VirtIORng),
            VMSTATE_UINT32_MAX(wanted, VirtIORng, CHUNK_MAX),
            VMSTATE_UINT32(wait_ns, VirtIORng),
            VMSTATE_TIMER(answer, VirtIORng),
            VMSTATE_UINT64(quota, VirtIORng),
            VMSTATE_TIMER(period, VirtIORng),
            VMSTATE_UINT64(generated, VirtIORng),
            VMSTATE_TRANSIENT(queue, VirtIORng, "wiring"),
            VMSTATE_TRANSIENT(rng, VirtIORng, "host side"),
            VMSTATE_TRANSIENT(input_name, VirtIORng, "wiring"),
            VMSTATE_TRANSIENT(seed, VirtIORng, "derived from the configuration"),
            VMSTATE_TRANSIENT(max_bytes, VirtIORng, "configuration"),
            VMSTATE_TRANSIENT(period_ms, VirtIORng, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property rng_properties[] = {
    {.name = "rng",
     .type = FIELD_LINK,
     .link_type = TYPE_RNG_BACKEND,
     .offset = offsetof(VirtIORng, rng),
     .description = "id of an -object rng-..."},
    {.name = "max-bytes",
     .type = FIELD_UINT64,
     .offset = offsetof(VirtIORng, max_bytes),
     .defval = INT64_MAX,
     .description = "that the guest gets in one period"},
    {.name = "period",
     .type = FIELD_UINT32,
     .offset = offsetof(VirtIORng, period_ms),
     .defval = PERIOD_MS,
     .description = "milliseconds of guest time"},
    {.name = NULL},
};

static void rng_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_rng;
    dc->info = rng_info;
    vc->device_id = VIRTIO_ID_RNG;
    vc->realize = rng_realize;
    vc->unrealize = rng_unrealize;
    vc->reset = rng_reset;
    device_class_set_props(dc, rng_properties);
}

static const TypeInfo rng_info_type = {
    .name = TYPE_VIRTIO_RNG,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIORng),
    .class_init = rng_class_init,
};
DEFINE_TYPE(rng_info_type)
