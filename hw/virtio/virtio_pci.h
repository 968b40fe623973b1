/* SPDX-License-Identifier: MIT */
/*
 * Virtio over PCI: VirtIOPCIProxy, the PCI device in front of a virtio device. Transitional unless
 * disable-legacy or disable-modern says otherwise.
 *
 * Source: virtio 1.1 section 4.1. Not modelled: MSI-X (the board has no target for it), shared memory
 * regions, 64-bit BARs.
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_H
#define HW_VIRTIO_VIRTIO_PCI_H

#include "hw/pci/pci.h"
#include "hw/virtio/virtio.h"

#define TYPE_VIRTIO_PCI_PROXY "virtio-pci-proxy" /* everything but the choice of interfaces */
#define TYPE_VIRTIO_PCI "virtio-pci"             /* with disable-legacy and disable-modern */
#define TYPE_VIRTIO_PCI_BUS "virtio-pci-bus"
OBJECT_DECLARE_TYPE(VirtIOPCIProxy, VirtioPCIClass, VIRTIO_PCI_PROXY)
#define VIRTIO_PCI(obj) VIRTIO_PCI_PROXY(obj)
#define VIRTIO_PCI_CLASS(klass) VIRTIO_PCI_PROXY_CLASS(klass)
#define VIRTIO_PCI_GET_CLASS(obj) VIRTIO_PCI_PROXY_GET_CLASS(obj)

/* A queue as the modern interface sets it up: takes effect when it is enabled. */
typedef struct VirtIOPCIQueue {
    bool enabled;
    uint16_t size;
    uint32_t desc[2], avail[2], used[2]; /* low, high */
} VirtIOPCIQueue;

typedef enum VirtIOPCILegacy {
    VIRTIO_PCI_LEGACY_AUTO,
    VIRTIO_PCI_LEGACY_ON,
    VIRTIO_PCI_LEGACY_OFF
} VirtIOPCILegacy;

struct VirtIOPCIProxy {
    PCIDevice parent_obj;
    VirtioBusState *bus;
    VirtIODevice *vdev; /* NULL: not plugged */
    uint32_t device_feature_select, guest_feature_select;
    uint32_t guest_features[2];
    uint16_t queue_select;
    VirtIOPCIQueue queues[VIRTIO_QUEUE_MAX];
    MemoryRegion legacy, modern, common, isr, device, notify;
    AddressSpace *modern_as; /* of BAR 4, for the window in configuration space */
    uint8_t window;          /* configuration offset of that window's capability; 0: none */
    int disable_legacy;      /* property: "auto", "on", "off" */
    bool disable_modern;     /* property */
    uint16_t class_code;     /* set by the proxy's realize; 0: its class says */
};

struct VirtioPCIClass {
    PCIDeviceClass parent_class;
    /* Make the virtio device ready and realize it on @proxy->bus. */
    bool (*realize)(VirtIOPCIProxy *proxy, Error **errp);
    const char *backend; /* type of that device */
};

/* What proxies describe themselves with. */
extern const VMStateDescription vmstate_virtio_pci;

/* instance_init of proxies: the virtio device as child "virtio-backend", with its properties. */
void virtio_pci_instance_init(Object *obj);
/* The step of a proxy that has nothing of its own to do: realizes the device on the proxy's bus. */
bool virtio_pci_realize_backend(VirtIOPCIProxy *proxy, Error **errp);

#endif
