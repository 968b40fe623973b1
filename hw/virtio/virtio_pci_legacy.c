/* SPDX-License-Identifier: MIT */
/*
 * The legacy interface of virtio over PCI: a header in I/O space, then the device's configuration.
 *
 * Source: virtio 1.1 section 4.1.4.8. The header is little-endian as every I/O port, the configuration
 * in the processor's order. A queue's address of zero resets the device, as drivers of old expect.
 */
#include "hw/virtio/internal.h"
#include "util/log.h"

enum {
    HOST_FEATURES = 0,
    GUEST_FEATURES = 4,
    QUEUE_PFN = 8,
    QUEUE_SIZE = 12,
    QUEUE_SELECT = 14,
    QUEUE_NOTIFY = 16,
    STATUS = 18,
    ISR = 19,
    CONFIG = 20, /* without MSI-X */
};
enum { PFN_SHIFT = 12, RING_ALIGN = 4096 };

static VirtQueue *selected(VirtIOPCIProxy *proxy)
{
    return virtio_get_queue(proxy->vdev, proxy->queue_select);
}

static uint32_t read_header(VirtIOPCIProxy *proxy, hwaddr offset)
{
    VirtIODevice *vdev = proxy->vdev;
    const VirtQueue *vq = selected(proxy);
    switch (offset) {
    case HOST_FEATURES:
        return (uint32_t)vdev->host_features;
    case GUEST_FEATURES:
        return (uint32_t)vdev->guest_features;
    case QUEUE_PFN:
        return vq ? (uint32_t)(vq->desc >> PFN_SHIFT) : 0;
    case QUEUE_SIZE:
        return vq ? vq->size : 0;
    case QUEUE_SELECT:
        return proxy->queue_select;
    case STATUS:
        return vdev->status;
    case ISR:
        return virtio_take_isr(vdev);
    default:
        return 0;
    }
}

static void set_queue_address(VirtIOPCIProxy *proxy, uint32_t pfn)
{
    VirtQueue *vq = selected(proxy);
    if (pfn == 0) {
        virtio_pci_reset_device(proxy);
    } else if (vq) {
        virtqueue_set_legacy_address(vq, (uint64_t)pfn << PFN_SHIFT, RING_ALIGN);
    }
}

static void write_header(VirtIOPCIProxy *proxy, hwaddr offset, uint32_t value)
{
    VirtIODevice *vdev = proxy->vdev;
    switch (offset) {
    case GUEST_FEATURES:
        virtio_set_features(vdev, value);
        break;
    case QUEUE_PFN:
        set_queue_address(proxy, value);
        break;
    case QUEUE_SELECT:
        proxy->queue_select = (uint16_t)value;
        break;
    case QUEUE_NOTIFY:
        virtio_queue_notify(vdev, value & 0xffff);
        break;
    case STATUS:
        if ((value & 0xff) == 0) {
            virtio_pci_reset_device(proxy);
        } else {
            virtio_set_status(vdev, (uint8_t)value);
        }
        break;
    default:
        log_guest_error("virtio-pci", offset, "write of %#x to the legacy header's byte %u", value,
                        (unsigned)offset);
    }
}

static uint64_t legacy_read(void *opaque, hwaddr offset, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    if (!proxy->vdev) {
        return UINT32_MAX >> (32 - 8 * size);
    }
    return offset < CONFIG ? read_header(proxy, offset)
                           : virtio_config_read(proxy->vdev, (uint32_t)offset - CONFIG, size);
}

static void legacy_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    if (!proxy->vdev) {
        return;
    }
    if (offset < CONFIG) {
        write_header(proxy, offset, (uint32_t)value);
    } else {
        virtio_config_write(proxy->vdev, (uint32_t)offset - CONFIG, (uint32_t)value, size);
    }
}

static const MemoryRegionOps legacy_ops = {
    .read = legacy_read,
    .write = legacy_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
};

void virtio_pci_init_legacy(VirtIOPCIProxy *proxy)
{
    uint32_t size = CONFIG + VIRTIO_DEVICE_GET_CLASS(proxy->vdev)->config_size;
    memory_region_init_io(&proxy->legacy, OBJECT(proxy), &legacy_ops, proxy, "virtio-pci",
                          pow2_ceil(size));
    memory_region_set_reentrancy_guard(&proxy->legacy, &DEVICE(proxy)->in_io);
    pci_register_bar(PCI_DEVICE(proxy), VIRTIO_PCI_LEGACY_BAR, PCI_BASE_ADDRESS_IO, &proxy->legacy);
}
