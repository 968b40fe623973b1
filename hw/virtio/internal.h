/* SPDX-License-Identifier: MIT */
/* Between the parts of the PCI transport. */
#ifndef HW_VIRTIO_INTERNAL_H
#define HW_VIRTIO_INTERNAL_H

#include "hw/virtio/virtio_pci.h"

enum { VIRTIO_PCI_LEGACY_BAR = 0, VIRTIO_PCI_MODERN_BAR = 4 };

void virtio_pci_init_legacy(VirtIOPCIProxy *proxy);
/* BAR and capabilities. */
void virtio_pci_init_modern(VirtIOPCIProxy *proxy);
/* The window in configuration space was written, or is about to be read. */
void virtio_pci_window_written(VirtIOPCIProxy *proxy, uint8_t reg, unsigned size);
void virtio_pci_window_reading(VirtIOPCIProxy *proxy, uint8_t reg, unsigned size);

typedef bool VirtIOPCIRealize(VirtIOPCIProxy *proxy, Error **errp);
#define VIRTIO_PCI_TYPE(id, name, backend, class_code, category, desc, realize)                    \
    VirtIOPCIRealize realize;
#define VIRTIO_PCI_MODERN_TYPE VIRTIO_PCI_TYPE
#include "hw/virtio/virtio_pci_types.def"
#undef VIRTIO_PCI_MODERN_TYPE
#undef VIRTIO_PCI_TYPE

/* The driver's reset: device and what the transport holds for it. */
void virtio_pci_reset_device(VirtIOPCIProxy *proxy);

#endif
