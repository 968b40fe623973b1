/* SPDX-License-Identifier: MIT */
/*
 * The virtio bus: one device on it, a transport above it.
 *
 * Source: none (own design); names and steps as in QEMU.
 */
#include "hw/virtio/virtio.h"
#include "util/trace.h"

static VirtioBusState *bus_of(VirtIODevice *vdev) { return VIRTIO_BUS(DEVICE(vdev)->parent_bus); }

bool virtio_bus_device_plugged(VirtIODevice *vdev, Error **errp)
{
    VirtioBusState *bus = bus_of(vdev);
    VirtioBusClass *klass = VIRTIO_BUS_GET_CLASS(bus);
    DeviceState *proxy = BUS(bus)->parent;
    TRACE(virtio_bus_device_plugged, "%s", object_get_typename(OBJECT(vdev)));
    vdev->ring.as = klass->get_dma_as(proxy);
    return klass->device_plugged(proxy, vdev, errp);
}

void virtio_bus_device_unplugged(VirtIODevice *vdev)
{
    VirtioBusState *bus = bus_of(vdev);
    VIRTIO_BUS_GET_CLASS(bus)->device_unplugged(BUS(bus)->parent);
    vdev->ring.as = NULL;
}

void virtio_bus_notify(VirtIODevice *vdev)
{
    VirtioBusState *bus = bus_of(vdev);
    VIRTIO_BUS_GET_CLASS(bus)->notify(BUS(bus)->parent);
}

static void bus_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    BUS_CLASS(klass)->max_dev = 1;
}

static const TypeInfo virtio_bus_info = {
    .name = TYPE_VIRTIO_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(VirtioBusState),
    .class_size = sizeof(VirtioBusClass),
    .class_init = bus_class_init,
    .abstract = true,
};
DEFINE_TYPE(virtio_bus_info)
