/* SPDX-License-Identifier: MIT */
/*
 * Virtio devices and the bus they sit on. A device knows its queues and its configuration; the proxy on
 * the other side of the bus is the transport (virtio_pci.h). Names follow QEMU's.
 *
 * Source: virtio 1.1 chapters 2, 3 and 5; 2.2.3, 2.4.3, 2.6.2 for the legacy interface.
 * Context: holder of the machine token.
 */
#ifndef HW_VIRTIO_VIRTIO_H
#define HW_VIRTIO_VIRTIO_H

#include "hw/core/qdev.h"
#include "hw/virtio/virtqueue.h"

#define TYPE_VIRTIO_DEVICE "virtio-device"
#define TYPE_VIRTIO_BUS "virtio-bus"
OBJECT_DECLARE_TYPE(VirtIODevice, VirtioDeviceClass, VIRTIO_DEVICE)
OBJECT_DECLARE_TYPE(VirtioBusState, VirtioBusClass, VIRTIO_BUS)

enum { /* device numbers, chapter 5 */
       VIRTIO_ID_NET = 1,
       VIRTIO_ID_BLOCK = 2,
       VIRTIO_ID_CONSOLE = 3,
       VIRTIO_ID_RNG = 4,
       VIRTIO_ID_BALLOON = 5,
       VIRTIO_ID_SCSI = 8,
       VIRTIO_ID_9P = 9,
       VIRTIO_ID_PMEM = 27,
};
enum { /* device status, 2.1 */
       VIRTIO_CONFIG_S_ACKNOWLEDGE = 1,
       VIRTIO_CONFIG_S_DRIVER = 2,
       VIRTIO_CONFIG_S_DRIVER_OK = 4,
       VIRTIO_CONFIG_S_FEATURES_OK = 8,
       VIRTIO_CONFIG_S_NEEDS_RESET = 0x40,
       VIRTIO_CONFIG_S_FAILED = 0x80,
};
enum { VIRTIO_ISR_QUEUE = 1, VIRTIO_ISR_CONFIG = 2 };
enum { /* feature bits that belong to no device, 6 and 6.3 */
       VIRTIO_F_NOTIFY_ON_EMPTY = 24,
       VIRTIO_F_ANY_LAYOUT = 27,
       VIRTIO_RING_F_INDIRECT_DESC = 28,
       VIRTIO_RING_F_EVENT_IDX = 29,
       VIRTIO_F_VERSION_1 = 32,
};
enum { VIRTIO_QUEUE_MAX = 64, VIRTIO_CONFIG_MAX = 256, VIRTIO_REQUEST_LIMIT = 64 << 20 };

typedef void VirtIOHandleOutput(VirtIODevice *vdev, VirtQueue *vq);

struct VirtIODevice {
    DeviceState parent_obj;
    uint64_t host_features;  /* offered */
    uint64_t guest_features; /* accepted */
    uint8_t status, isr;
    bool broken;        /* the guest broke the rules; a reset mends it */
    bool can_dma;       /* the transport lets it */
    uint8_t generation; /* of the configuration */
    VirtRing ring;
    VirtQueue queues[VIRTIO_QUEUE_MAX];
    VirtIOHandleOutput *handlers[VIRTIO_QUEUE_MAX];
    uint32_t queue_count;
    bool has_indirect, has_event_idx, has_any_layout, has_notify_on_empty; /* properties */
    bool is_listening;
    MemoryListener listener; /* drops what is known of the rings when memory changes */
};

struct VirtioDeviceClass {
    DeviceClass parent_class;
    uint16_t device_id;
    uint32_t config_size; /* at most VIRTIO_CONFIG_MAX */
    bool (*realize)(VirtIODevice *vdev, Error **errp);
    void (*unrealize)(VirtIODevice *vdev);
    /* What the device offers; NULL: none of its own. */
    uint64_t (*get_features)(VirtIODevice *vdev);
    /* The configuration, in the guest's byte order (virtio_stl()). */
    void (*get_config)(VirtIODevice *vdev, uint8_t *config);
    void (*set_config)(VirtIODevice *vdev, const uint8_t *config);
    void (*reset)(VirtIODevice *vdev);
};

/* Devices describe themselves with VMSTATE_VIRTIO_DEVICE(parent_obj, Struct) first. */
extern const VMStateDescription vmstate_virtio_device;
#define VMSTATE_VIRTIO_DEVICE(f, S) VMSTATE_STRUCT(f, S, VirtIODevice, vmstate_virtio_device)

/* --- what devices call ------------------------------------------------------------------------ */

/* In realize; queues are numbered in the order of adding. */
VirtQueue *virtio_add_queue(VirtIODevice *vdev, uint32_t size, VirtIOHandleOutput *handler);
static inline bool virtio_has_feature(const VirtIODevice *vdev, unsigned bit)
{
    return vdev->guest_features >> bit & 1;
}
/* An interrupt for @vq if the guest wants one. */
void virtio_notify(VirtIODevice *vdev, VirtQueue *vq);
/* The configuration changed: generation and interrupt. */
void virtio_notify_config(VirtIODevice *vdev);
/* The guest broke the rules: NEEDS_RESET, and nothing moves until it resets the device. */
void virtio_error(VirtIODevice *vdev, const char *reason);
/* Numbers in configuration and requests, in the guest's byte order: legacy is the processor's. */
static inline void virtio_stl(const VirtIODevice *vdev, void *at, uint32_t value)
{
    virtio_ring_stl(&vdev->ring, at, value);
}
static inline uint16_t virtio_ldw(const VirtIODevice *vdev, const void *at)
{
    return virtio_ring_ldw(&vdev->ring, at);
}
static inline uint32_t virtio_ldl(const VirtIODevice *vdev, const void *at)
{
    return virtio_ring_ldl(&vdev->ring, at);
}
static inline uint64_t virtio_ldq(const VirtIODevice *vdev, const void *at)
{
    return virtio_ring_ldq(&vdev->ring, at);
}

/* --- what the transport calls ------------------------------------------------------------------ */

void virtio_reset(VirtIODevice *vdev);
void virtio_set_status(VirtIODevice *vdev, uint8_t status);
/* Features can be chosen until FEATURES_OK; bits not offered are dropped. */
void virtio_set_features(VirtIODevice *vdev, uint64_t features);
/* @size bytes (at most 4) as the guest sees them, the first in the lowest of the number. @offset + @size may
 * lie anywhere; what is outside reads 0 and is not written. */
uint32_t virtio_config_read(VirtIODevice *vdev, uint32_t offset, unsigned size);
void virtio_config_write(VirtIODevice *vdev, uint32_t offset, uint32_t value, unsigned size);
/* NULL if there is no such queue. */
VirtQueue *virtio_get_queue(VirtIODevice *vdev, unsigned index);
/* The guest says that there are requests. */
void virtio_queue_notify(VirtIODevice *vdev, unsigned index);
/* Whether the transport lets the device reach memory. */
void virtio_set_can_dma(VirtIODevice *vdev, bool can_dma);
/* Reading the interrupt status clears it. */
uint8_t virtio_take_isr(VirtIODevice *vdev);

/* --- the bus ------------------------------------------------------------------------------------ */

struct VirtioBusState {
    BusState parent_obj;
};

struct VirtioBusClass {
    BusClass parent_class;
    /* The device's interrupt status changed: drive the line. */
    void (*notify)(DeviceState *proxy);
    /* The device is there: @proxy exposes it. False: refused, and nothing was done. */
    bool (*device_plugged)(DeviceState *proxy, VirtIODevice *vdev, Error **errp);
    void (*device_unplugged)(DeviceState *proxy);
    AddressSpace *(*get_dma_as)(DeviceState *proxy);
};

bool virtio_bus_device_plugged(VirtIODevice *vdev, Error **errp);
void virtio_bus_device_unplugged(VirtIODevice *vdev);
void virtio_bus_notify(VirtIODevice *vdev);

#endif
