/* SPDX-License-Identifier: MIT */
/*
 * The abstract virtio device: features, status, configuration, interrupt status, its queues.
 *
 * Source: virtio 1.1 chapter 2 and 3.1. A device that the guest has led to break the rules says so in
 * its status and moves nothing until it is reset (2.1.2).
 */
#include "hw/virtio/virtio.h"

#include "util/log.h"
#include "util/trace.h"

#include <string.h>

/* --- interrupts -------------------------------------------------------------------------------------- */

static void raise_isr(VirtIODevice *vdev, uint8_t bits)
{
    vdev->isr |= bits;
    virtio_bus_notify(vdev);
}

void virtio_notify(VirtIODevice *vdev, VirtQueue *vq)
{
    if (virtqueue_wants_interrupt(vq)) {
        raise_isr(vdev, VIRTIO_ISR_QUEUE);
    }
}

void virtio_notify_config(VirtIODevice *vdev)
{
    vdev->generation++;
    if (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK) {
        raise_isr(vdev, VIRTIO_ISR_CONFIG);
    }
}

uint8_t virtio_take_isr(VirtIODevice *vdev)
{
    uint8_t isr = vdev->isr;
    vdev->isr = 0;
    virtio_bus_notify(vdev);
    return isr;
}

static void update_ring(VirtIODevice *vdev)
{
    VirtRing *ring = &vdev->ring;
    bool is_modern = virtio_has_feature(vdev, VIRTIO_F_VERSION_1);
    ring->big_endian = !is_modern;
    ring->indirect = virtio_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC);
    ring->event_idx = virtio_has_feature(vdev, VIRTIO_RING_F_EVENT_IDX);
    ring->notify_on_empty = virtio_has_feature(vdev, VIRTIO_F_NOTIFY_ON_EMPTY);
    ring->is_stopped = vdev->broken || !vdev->can_dma;
}

void virtio_error(VirtIODevice *vdev, const char *reason)
{
    if (vdev->broken) {
        return;
    }
    log_guest_error(object_get_typename(OBJECT(vdev)), 0, "%s: the device needs a reset", reason);
    vdev->broken = true;
    update_ring(vdev);
    if (virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) {
        vdev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
        virtio_notify_config(vdev);
    }
}

static void ring_failed(void *opaque, const char *reason) { virtio_error(opaque, reason); }

/* --- queues ------------------------------------------------------------------------------------------ */

VirtQueue *virtio_add_queue(VirtIODevice *vdev, uint32_t size, VirtIOHandleOutput *handler)
{
    g_assert(vdev->queue_count < VIRTIO_QUEUE_MAX);
    unsigned n = vdev->queue_count++;
    vdev->handlers[n] = handler;
    virtqueue_init(&vdev->queues[n], &vdev->ring, (uint16_t)n, size, VIRTIO_REQUEST_LIMIT);
    return &vdev->queues[n];
}

VirtQueue *virtio_get_queue(VirtIODevice *vdev, unsigned index)
{
    return index < vdev->queue_count ? &vdev->queues[index] : NULL;
}

/* Legacy drivers may kick before DRIVER_OK (virtio 1.1 3.1.2). */
static bool may_serve(const VirtIODevice *vdev)
{
    bool is_legacy = !virtio_has_feature(vdev, VIRTIO_F_VERSION_1);
    return (is_legacy || (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK)) && !vdev->ring.is_stopped;
}

void virtio_queue_notify(VirtIODevice *vdev, unsigned index)
{
    VirtQueue *vq = virtio_get_queue(vdev, index);
    if (vq && vdev->handlers[index] && virtqueue_is_set_up(vq) && may_serve(vdev)) {
        TRACE(virtio_queue_notify, "%s queue %u", object_get_typename(OBJECT(vdev)), index);
        vdev->handlers[index](vdev, vq);
    }
}

/* Linux's balloon kicks before DRIVER_OK, which it must not and modern devices do not hear. */
static void serve_what_waits(VirtIODevice *vdev)
{
    for (unsigned n = 0; n < vdev->queue_count && !vdev->broken; n++) {
        if (may_serve(vdev) && !virtqueue_is_empty(&vdev->queues[n])) {
            virtio_queue_notify(vdev, n);
        }
    }
}

/* --- status and features ------------------------------------------------------------------------------- */

void virtio_set_features(VirtIODevice *vdev, uint64_t features)
{
    if (vdev->status & (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)) {
        log_guest_error(object_get_typename(OBJECT(vdev)), 0,
                        "features changed after they were agreed on");
        return;
    }
    vdev->guest_features = features & vdev->host_features;
    update_ring(vdev);
}

void virtio_set_status(VirtIODevice *vdev, uint8_t status)
{
    TRACE(virtio_set_status, "%s %#x", object_get_typename(OBJECT(vdev)), status);
    if (status == 0) {
        virtio_reset(vdev);
        return;
    }
    bool was_ok = vdev->status & VIRTIO_CONFIG_S_DRIVER_OK;
    vdev->status = status | (vdev->status & VIRTIO_CONFIG_S_NEEDS_RESET);
    if (!was_ok && (status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        serve_what_waits(vdev);
    }
}

void virtio_set_can_dma(VirtIODevice *vdev, bool can_dma)
{
    vdev->can_dma = can_dma;
    update_ring(vdev);
}

/* What the driver can undo itself; also the bus's reset. */
void virtio_reset(VirtIODevice *vdev)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    vdev->status = 0;
    vdev->guest_features = 0;
    vdev->broken = false;
    if (vc->reset) {
        vc->reset(vdev);
    }
    for (unsigned n = 0; n < vdev->queue_count; n++) {
        virtqueue_reset(&vdev->queues[n]);
    }
    update_ring(vdev);
    virtio_take_isr(vdev);
}

/* --- configuration ---------------------------------------------------------------------------------------- */

static uint32_t read_all(VirtIODevice *vdev, uint8_t *config)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    memset(config, 0, VIRTIO_CONFIG_MAX);
    if (vc->get_config) {
        vc->get_config(vdev, config);
    }
    return vc->config_size;
}

uint32_t virtio_config_read(VirtIODevice *vdev, uint32_t offset, unsigned size)
{
    uint8_t config[VIRTIO_CONFIG_MAX], bytes[4] = {0};
    uint32_t length = read_all(vdev, config);
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = offset < length && i < length - offset ? config[offset + i] : 0;
    }
    return ldl_le_p(bytes);
}

void virtio_config_write(VirtIODevice *vdev, uint32_t offset, uint32_t value, unsigned size)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    uint8_t config[VIRTIO_CONFIG_MAX], bytes[4];
    uint32_t length = read_all(vdev, config);
    if (!vc->set_config || offset >= length || size > length - offset) {
        return;
    }
    stl_le_p(bytes, value);
    memcpy(config + offset, bytes, size);
    vc->set_config(vdev, config);
}

/* --- life --------------------------------------------------------------------------------------------------- */

static void virtio_memory_listener_commit(MemoryListener *listener)
{
    VirtIODevice *vdev = container_of(listener, VirtIODevice, listener);
    TRACE(virtio_memory_listener_commit, "%s", object_get_typename(OBJECT(vdev)));
    for (unsigned n = 0; n < vdev->queue_count; n++) {
        virtqueue_forget_mapping(&vdev->queues[n]);
    }
}

static uint64_t offered_features(VirtIODevice *vdev)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    uint64_t features = vc->get_features ? vc->get_features(vdev) : 0;
    features |= (uint64_t)vdev->has_indirect << VIRTIO_RING_F_INDIRECT_DESC;
    features |= (uint64_t)vdev->has_event_idx << VIRTIO_RING_F_EVENT_IDX;
    features |= (uint64_t)vdev->has_any_layout << VIRTIO_F_ANY_LAYOUT;
    features |= (uint64_t)vdev->has_notify_on_empty << VIRTIO_F_NOTIFY_ON_EMPTY;
    return features;
}

static void drop_queues(VirtIODevice *vdev)
{
    memset(vdev->queues, 0, sizeof(vdev->queues));
    memset(vdev->handlers, 0, sizeof(vdev->handlers));
    vdev->queue_count = 0;
}

static void undo_realize(VirtIODevice *vdev)
{
    VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    if (vc->unrealize) {
        vc->unrealize(vdev);
    }
    drop_queues(vdev);
}

static void start_listening(VirtIODevice *vdev)
{
    vdev->listener = (MemoryListener){.commit = virtio_memory_listener_commit};
    memory_listener_register(&vdev->listener, vdev->ring.as);
    vdev->is_listening = true;
}

static bool virtio_device_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtioDeviceClass *vc = VIRTIO_DEVICE_GET_CLASS(vdev);
    TRACE(virtio_device_realize, "%s", object_get_typename(OBJECT(dev)));
    vdev->ring.fail = ring_failed;
    vdev->ring.opaque = vdev;
    if (vc->realize && !vc->realize(vdev, errp)) {
        drop_queues(vdev);
        return false;
    }
    vdev->host_features = offered_features(vdev);
    if (!virtio_bus_device_plugged(vdev, errp)) {
        undo_realize(vdev);
        return false;
    }
    start_listening(vdev);
    return true;
}

static void virtio_device_unrealize(DeviceState *dev)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    if (vdev->is_listening) {
        memory_listener_unregister(&vdev->listener);
        vdev->is_listening = false;
    }
    virtio_bus_device_unplugged(vdev);
    undo_realize(vdev);
}

static void device_reset(DeviceState *dev) { virtio_reset(VIRTIO_DEVICE(dev)); }

/* --- state and type ------------------------------------------------------------------------------------------ */

static bool post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    VirtIODevice *vdev = opaque;
    uint64_t foreign = vdev->guest_features & ~vdev->host_features;
    if (foreign) {
        return error_setg(errp, "features %#" G_GINT64_MODIFIER "x are not offered here", foreign);
    }
    update_ring(vdev);
    return true;
}

const VMStateDescription vmstate_virtio_device = {
    .name = TYPE_VIRTIO_DEVICE,
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT64(guest_features, VirtIODevice),
            VMSTATE_UINT8(status, VirtIODevice),
            VMSTATE_UINT8(isr, VirtIODevice),
            VMSTATE_BOOL(broken, VirtIODevice),
            VMSTATE_BOOL(can_dma, VirtIODevice),
            VMSTATE_UINT8(generation, VirtIODevice),
            VMSTATE_STRUCT_ARRAY(queues, VirtIODevice, VirtQueue, vmstate_virtqueue),
            VMSTATE_TRANSIENT(host_features, VirtIODevice, "configuration"),
            VMSTATE_TRANSIENT(ring, VirtIODevice, "derived from the features"),
            VMSTATE_TRANSIENT(handlers, VirtIODevice, "wiring"),
            VMSTATE_TRANSIENT(queue_count, VirtIODevice, "configuration"),
            VMSTATE_TRANSIENT(has_indirect, VirtIODevice, "configuration"),
            VMSTATE_TRANSIENT(has_event_idx, VirtIODevice, "configuration"),
            VMSTATE_TRANSIENT(has_any_layout, VirtIODevice, "configuration"),
            VMSTATE_TRANSIENT(has_notify_on_empty, VirtIODevice, "configuration"),
            VMSTATE_TRANSIENT(is_listening, VirtIODevice, "wiring"),
            VMSTATE_TRANSIENT(listener, VirtIODevice, "wiring"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property virtio_properties[] = {
    {.name = "indirect_desc",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIODevice, has_indirect),
     .defval = true,
     .description = "offer indirect descriptors"},
    {.name = "event_idx",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIODevice, has_event_idx),
     .defval = true,
     .description = "offer event indexes"},
    {.name = "any_layout",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIODevice, has_any_layout),
     .defval = true,
     .description = "offer arbitrary layouts of requests"},
    {.name = "notify_on_empty",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIODevice, has_notify_on_empty),
     .defval = true,
     .description = "offer interrupts on empty queues"},
    {.name = NULL},
};

static void device_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->bus_type = TYPE_VIRTIO_BUS;
    dc->realize = virtio_device_realize;
    dc->unrealize = virtio_device_unrealize;
    dc->reset = device_reset;
    device_class_set_props(dc, virtio_properties);
}

static const TypeInfo virtio_device_info = {
    .name = TYPE_VIRTIO_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(VirtIODevice),
    .class_size = sizeof(VirtioDeviceClass),
    .class_init = device_class_init,
    .abstract = true,
};
DEFINE_TYPE(virtio_device_info)
