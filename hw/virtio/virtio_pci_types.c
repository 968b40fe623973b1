/* SPDX-License-Identifier: MIT */
/*
 * The types of virtio over PCI, from rows: plain, transitional, non-transitional.
 *
 * Source: names and their meaning as in QEMU. Not here: proxies with state of their own.
 */
#include "hw/virtio/internal.h"

typedef struct TypeRow {
    const char *backend, *desc;
    uint16_t class_code;
    DeviceCategory category;
    VirtIOPCIRealize *realize;
} TypeRow;

#define VIRTIO_PCI_TYPE(id, name, backend, class_code, category, desc, realize)                    \
    static const TypeRow row_##id = {backend, desc, class_code, category, realize};
#define VIRTIO_PCI_MODERN_TYPE VIRTIO_PCI_TYPE
#include "hw/virtio/virtio_pci_types.def"
#undef VIRTIO_PCI_MODERN_TYPE
#undef VIRTIO_PCI_TYPE

static void transitional_init(Object *obj)
{
    VIRTIO_PCI(obj)->disable_legacy = VIRTIO_PCI_LEGACY_OFF;
    virtio_pci_instance_init(obj);
}

static void non_transitional_init(Object *obj)
{
    VIRTIO_PCI(obj)->disable_legacy = VIRTIO_PCI_LEGACY_ON;
    virtio_pci_instance_init(obj);
}

static void proxy_class_init(ObjectClass *klass, const void *data)
{
    const TypeRow *row = data;
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = row->desc;
    dc->category = row->category;
    dc->vmsd = &vmstate_virtio_pci;
    PCI_DEVICE_CLASS(klass)->class_id = row->class_code;
    VIRTIO_PCI_CLASS(klass)->realize = row->realize;
    VIRTIO_PCI_CLASS(klass)->backend = row->backend;
}

static const TypeInfo types[] = {
#define TYPE(type, ancestor, init, row)                                                            \
    {.name = type,                                                                                 \
     .parent = ancestor,                                                                           \
     .instance_size = sizeof(VirtIOPCIProxy),                                                      \
     .instance_init = init,                                                                        \
     .class_init = proxy_class_init,                                                               \
     .class_data = row},
#define VIRTIO_PCI_TYPE(id, name, backend, class_code, category, desc, realize)                    \
    TYPE(name "-pci", TYPE_VIRTIO_PCI, virtio_pci_instance_init, &row_##id)                        \
    TYPE(name "-pci-transitional", TYPE_VIRTIO_PCI_PROXY, transitional_init, &row_##id)            \
    TYPE(name "-pci-non-transitional", TYPE_VIRTIO_PCI_PROXY, non_transitional_init, &row_##id)
#define VIRTIO_PCI_MODERN_TYPE(id, name, backend, class_code, category, desc, realize)             \
    TYPE(name "-pci", TYPE_VIRTIO_PCI, virtio_pci_instance_init, &row_##id)
#include "hw/virtio/virtio_pci_types.def"
#undef VIRTIO_PCI_MODERN_TYPE
#undef VIRTIO_PCI_TYPE
};

static void register_types(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
}
type_init(register_types)
