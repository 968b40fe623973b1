/* SPDX-License-Identifier: MIT */
/*
 * VirtIOPCIProxy: what a virtio device looks like on PCI, and the bus between the two.
 *
 * Source: virtio 1.1 section 4.1.2 (numbers). The realize chain is QEMU's: pci_qdev_realize,
 * virtio_pci_realize, the proxy's own step, then the device on the proxy's bus.
 */
#include "hw/virtio/virtio_pci.h"

#include "hw/virtio/internal.h"
#include "util/trace.h"

#include <string.h>

enum { VENDOR_VIRTIO = 0x1af4, MODERN_BASE = 0x1040, SUBSYSTEM_MODERN = 0x1100 };

/* Transitional device numbers, 4.1.2.1; 0: the device came after them. */
static uint16_t transitional_id(uint16_t device_id)
{
    static const uint16_t ids[] = {
        [VIRTIO_ID_NET] = 0x1000,     [VIRTIO_ID_BLOCK] = 0x1001, [VIRTIO_ID_BALLOON] = 0x1002,
        [VIRTIO_ID_CONSOLE] = 0x1003, [VIRTIO_ID_SCSI] = 0x1004,  [VIRTIO_ID_RNG] = 0x1005,
        [VIRTIO_ID_9P] = 0x1009,
    };
    return device_id < G_N_ELEMENTS(ids) ? ids[device_id] : 0;
}

/* --- the bus's side -------------------------------------------------------------------------------------- */

static void virtio_pci_notify(DeviceState *dev)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    if (proxy->vdev) {
        pci_set_irq(PCI_DEVICE(proxy), proxy->vdev->isr != 0);
    }
}

static AddressSpace *virtio_pci_get_dma_as(DeviceState *dev)
{
    return pci_get_address_space(PCI_DEVICE(dev));
}

static bool is_master(const VirtIOPCIProxy *proxy)
{
    return lduw_le_p(PCI_DEVICE(proxy)->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static void reset_selectors(VirtIOPCIProxy *proxy)
{
    proxy->device_feature_select = proxy->guest_feature_select = 0;
    memset(proxy->guest_features, 0, sizeof(proxy->guest_features));
    proxy->queue_select = 0;
    memset(proxy->queues, 0, sizeof(proxy->queues));
    for (unsigned n = 0; n < proxy->vdev->queue_count; n++) {
        proxy->queues[n].size = (uint16_t)proxy->vdev->queues[n].size_default;
    }
}

void virtio_pci_reset_device(VirtIOPCIProxy *proxy)
{
    virtio_reset(proxy->vdev);
    reset_selectors(proxy);
}

static void set_numbers(VirtIOPCIProxy *proxy, bool has_legacy)
{
    uint8_t *config = PCI_DEVICE(proxy)->config;
    uint16_t id = VIRTIO_DEVICE_GET_CLASS(proxy->vdev)->device_id;
    stw_le_p(config + PCI_VENDOR_ID, VENDOR_VIRTIO);
    stw_le_p(config + PCI_DEVICE_ID, has_legacy ? transitional_id(id) : MODERN_BASE + id);
    config[PCI_REVISION_ID] = has_legacy ? 0 : 1;
    stw_le_p(config + PCI_SUBSYSTEM_VENDOR_ID, VENDOR_VIRTIO);
    stw_le_p(config + PCI_SUBSYSTEM_ID, has_legacy ? id : SUBSYSTEM_MODERN);
    config[PCI_INTERRUPT_PIN] = 1;
    if (proxy->class_code) {
        stw_le_p(config + PCI_CLASS_DEVICE, proxy->class_code);
    }
}

static bool choose_interfaces(VirtIOPCIProxy *proxy, bool *has_legacy, Error **errp)
{
    uint16_t id = transitional_id(VIRTIO_DEVICE_GET_CLASS(proxy->vdev)->device_id);
    *has_legacy = id && proxy->disable_legacy != VIRTIO_PCI_LEGACY_ON;
    if (!id && proxy->disable_legacy == VIRTIO_PCI_LEGACY_OFF) {
        return error_setg(errp, "device is modern-only, use disable-legacy=on");
    }
    if (!*has_legacy && proxy->disable_modern) {
        return error_setg(errp, "device cannot work as neither modern nor legacy mode is enabled");
    }
    return true;
}

static bool virtio_pci_device_plugged(DeviceState *dev, VirtIODevice *vdev, Error **errp)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    bool has_legacy;
    proxy->vdev = vdev;
    if (!choose_interfaces(proxy, &has_legacy, errp)) {
        proxy->vdev = NULL;
        return false;
    }
    set_numbers(proxy, has_legacy);
    if (has_legacy) {
        virtio_pci_init_legacy(proxy);
    }
    if (!proxy->disable_modern) {
        vdev->host_features |= UINT64_C(1) << VIRTIO_F_VERSION_1;
        virtio_pci_init_modern(proxy);
    }
    reset_selectors(proxy);
    return true;
}

/* From now on reads find nothing: a driver that was not removed sees all ones. */
static void virtio_pci_device_unplugged(DeviceState *dev)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    pci_set_irq(PCI_DEVICE(proxy), false);
    proxy->vdev = NULL;
    if (proxy->modern_as) {
        address_space_free(proxy->modern_as);
        proxy->modern_as = NULL;
    }
}

/* --- the PCI device --------------------------------------------------------------------------------------- */

static void config_written(PCIDevice *dev, uint8_t reg, unsigned size)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    if (!proxy->vdev) {
        return;
    }
    if (reg < PCI_COMMAND + 2 && reg + size > PCI_COMMAND) {
        virtio_set_can_dma(proxy->vdev, is_master(proxy));
    }
    virtio_pci_window_written(proxy, reg, size);
}

static void config_reading(PCIDevice *dev, uint8_t reg, unsigned size)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    if (proxy->vdev) {
        virtio_pci_window_reading(proxy, reg, size);
    }
}

static void drop_regions(VirtIOPCIProxy *proxy)
{
    MemoryRegion *regions[] = {&proxy->legacy, &proxy->common, &proxy->isr,
                               &proxy->device, &proxy->notify, &proxy->modern};
    for (size_t i = 0; i < G_N_ELEMENTS(regions); i++) {
        if (OBJECT(regions[i])->parent) {
            object_unparent(OBJECT(regions[i]));
        }
    }
}

static void virtio_pci_exit(PCIDevice *dev)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    drop_regions(proxy);
    object_unparent(OBJECT(proxy->bus));
    proxy->bus = NULL;
}

static bool virtio_pci_realize(PCIDevice *dev, Error **errp)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    TRACE(virtio_pci_realize, "%s", object_get_typename(OBJECT(dev)));
    dev->config_reading = config_reading;
    proxy->bus = VIRTIO_BUS(bus_new(TYPE_VIRTIO_PCI_BUS, DEVICE(dev), "virtio-bus"));
    if (VIRTIO_PCI_GET_CLASS(proxy)->realize(proxy, errp)) {
        return true;
    }
    virtio_pci_exit(dev);
    return false;
}

static void virtio_pci_reset(DeviceState *dev)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    reset_selectors(proxy);
    virtio_set_can_dma(proxy->vdev, is_master(proxy));
}

bool virtio_pci_realize_backend(VirtIOPCIProxy *proxy, Error **errp)
{
    Object *vdev = object_resolve_path_component(OBJECT(proxy), "virtio-backend");
    return qdev_realize(DEVICE(vdev), BUS(proxy->bus), errp);
}

static void alias_properties(Object *proxy, Object *vdev)
{
    g_autoptr(GSList) properties = object_class_property_list(object_get_class(vdev));
    for (GSList *e = properties; e; e = e->next) {
        const ObjectProperty *property = e->data;
        if (!object_property_find(proxy, property->name)) {
            object_property_add_alias(proxy, property->name, vdev, property->name);
        }
    }
}

void virtio_pci_instance_init(Object *obj)
{
    Object *vdev = object_new(VIRTIO_PCI_GET_CLASS(obj)->backend);
    object_property_add_child(obj, "virtio-backend", vdev);
    alias_properties(obj, vdev);
    object_unref(vdev);
}

/* --- state and types ---------------------------------------------------------------------------------------- */

static const VMStateDescription vmstate_queue = {
    .name = "virtio-pci-queue",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_BOOL(enabled, VirtIOPCIQueue),
            VMSTATE_UINT16(size, VirtIOPCIQueue),
            VMSTATE_UINT32_ARRAY(desc, VirtIOPCIQueue),
            VMSTATE_UINT32_ARRAY(avail, VirtIOPCIQueue),
            VMSTATE_UINT32_ARRAY(used, VirtIOPCIQueue),
            VMSTATE_END_OF_LIST(),
        },
};

static bool post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    VirtIOPCIProxy *proxy = opaque;
    for (unsigned n = 0; n < proxy->vdev->queue_count; n++) {
        uint32_t size = proxy->queues[n].size, limit = proxy->vdev->queues[n].size_default;
        if (!is_power_of_2(size) || size > limit) {
            return error_setg(errp, "queue %u of %u entries", n, size);
        }
    }
    return true;
}

const VMStateDescription vmstate_virtio_pci = {
    .name = TYPE_VIRTIO_PCI,
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_PCI_DEVICE(parent_obj, VirtIOPCIProxy),
            VMSTATE_UINT32(device_feature_select, VirtIOPCIProxy),
            VMSTATE_UINT32(guest_feature_select, VirtIOPCIProxy),
            VMSTATE_UINT32_ARRAY(guest_features, VirtIOPCIProxy),
            VMSTATE_UINT16(queue_select, VirtIOPCIProxy),
            VMSTATE_STRUCT_ARRAY(queues, VirtIOPCIProxy, VirtIOPCIQueue, vmstate_queue),
            VMSTATE_TRANSIENT(bus, VirtIOPCIProxy, "wiring"),
            VMSTATE_TRANSIENT(vdev, VirtIOPCIProxy, "wiring"),
            VMSTATE_TRANSIENT(modern_as, VirtIOPCIProxy, "wiring"),
            VMSTATE_TRANSIENT(window, VirtIOPCIProxy, "configuration"),
            VMSTATE_TRANSIENT(disable_legacy, VirtIOPCIProxy, "configuration"),
            VMSTATE_TRANSIENT(disable_modern, VirtIOPCIProxy, "configuration"),
            VMSTATE_TRANSIENT(class_code, VirtIOPCIProxy, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property proxy_properties[] = {
    {.name = "disable-modern",
     .type = FIELD_BOOL,
     .offset = offsetof(VirtIOPCIProxy, disable_modern),
     .description = "legacy interface only"},
    {.name = NULL},
};
static const char *const legacy_names[] = {"auto", "on", "off", NULL};

static void proxy_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    dc->user_creatable = true;
    dc->reset = virtio_pci_reset;
    pc->vendor_id = VENDOR_VIRTIO;
    pc->realize = virtio_pci_realize;
    pc->exit = virtio_pci_exit;
    pc->config_written = config_written;
}

static void chooser_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    device_class_set_props(DEVICE_CLASS(klass), proxy_properties);
    object_property_set_description(
        object_class_property_add_enum(klass, "disable-legacy", "OnOffAuto", legacy_names,
                                       offsetof(VirtIOPCIProxy, disable_legacy)),
        "modern interface only");
}

static void pci_bus_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    VirtioBusClass *bc = VIRTIO_BUS_CLASS(klass);
    bc->notify = virtio_pci_notify;
    bc->device_plugged = virtio_pci_device_plugged;
    bc->device_unplugged = virtio_pci_device_unplugged;
    bc->get_dma_as = virtio_pci_get_dma_as;
}

static const TypeInfo virtio_pci_proxy_info = {
    .name = TYPE_VIRTIO_PCI_PROXY,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(VirtIOPCIProxy),
    .class_size = sizeof(VirtioPCIClass),
    .class_init = proxy_class_init,
    .abstract = true,
};
DEFINE_TYPE(virtio_pci_proxy_info)

static const TypeInfo virtio_pci_info = {
    .name = TYPE_VIRTIO_PCI,
    .parent = TYPE_VIRTIO_PCI_PROXY,
    .class_init = chooser_class_init,
    .abstract = true,
};
DEFINE_TYPE(virtio_pci_info)

static const TypeInfo virtio_pci_bus_info = {
    .name = TYPE_VIRTIO_PCI_BUS,
    .parent = TYPE_VIRTIO_BUS,
    .class_init = pci_bus_class_init,
};
DEFINE_TYPE(virtio_pci_bus_info)
