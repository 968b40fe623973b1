/* SPDX-License-Identifier: MIT */
/*
 * pc-dimm: a module of RAM in a slot, beside what -m says. It can be there at start only: the firmware tells
 * the guest of its memory once.
 *
 * Source: own design; properties as in QEMU 7.2. The guest finds its size in RAM (fw_cfg) and a node in the
 * device tree (hw/ppc/memory_nodes.c).
 */
#include "hw/mem/pc_dimm.h"

static bool check_memdev(const PCDIMMDevice *dimm, Error **errp)
{
    return dimm->memdev || error_setg(errp, "property 'memdev' is missing: the id of a memory back "
                                            "end (-object memory-backend-ram,id=ID,size=SIZE)");
}

static bool dimm_realize(DeviceState *dev, Error **errp)
{
    PCDIMMDevice *dimm = PC_DIMM(dev);
    PCDIMMDeviceClass *pc = PC_DIMM_GET_CLASS(dev);
    if (!check_memdev(dimm, errp)) {
        return false;
    }
    dimm->device.memdev = MEMORY_BACKEND(dimm->memdev);
    dimm->device.region = &dimm->device.memdev->mr;
    dimm->device.has_slot = true;
    return !pc->prepare || pc->prepare(dimm, errp);
}

/* Where it was is forgotten, so that it could be realized again. */
static void dimm_unrealize(DeviceState *dev)
{
    PCDIMMDevice *dimm = PC_DIMM(dev);
    MemoryRegion *region = dimm->device.region;
    memory_device_unplug(OBJECT(dev));
    if (region != &dimm->device.memdev->mr) {
        object_unparent(OBJECT(region));
    }
    dimm->device.region = NULL;
}

static MemoryDevice *get_device(Object *obj) { return &PC_DIMM(obj)->device; }

static bool get_size(Object *obj, PropertyValue *value, void *opaque G_GNUC_UNUSED,
                     Error **errp G_GNUC_UNUSED)
{
    const MemoryDevice *device = &PC_DIMM(obj)->device;
    value->u = device->region ? device->region->size : 0;
    return true;
}

static void dimm_info(DeviceState *dev, GString *out)
{
    const MemoryDevice *device = &PC_DIMM(dev)->device;
    g_string_append_printf(out,
                           "%s: %#" G_GINT64_MODIFIER "x bytes at %#" G_GINT64_MODIFIER
                           "x, slot %d, node %u, memdev %s\n",
                           device->kind, device->region->size, device->addr, device->slot,
                           device->node, object_get_canonical_path_component(PC_DIMM(dev)->memdev));
}

static void dimm_init(Object *obj)
{
    MemoryDevice *device = &PC_DIMM(obj)->device;
    device->kind = "dimm";
    device->is_ram = true;
}

static const VMStateDescription vmstate_dimm = {
    .name = TYPE_PC_DIMM,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(memdev, PCDIMMDevice, "configuration"),
            VMSTATE_TRANSIENT(device, PCDIMMDevice, "configuration; the contents are a RAMBlock"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property dimm_properties[] = {
    {.name = "memdev",
     .type = FIELD_LINK,
     .offset = offsetof(PCDIMMDevice, memdev),
     .link_type = TYPE_MEMORY_BACKEND,
     .description = "memory back end that holds the contents"},
    {.name = "addr",
     .type = FIELD_UINT64,
     .offset = offsetof(PCDIMMDevice, device.addr),
     .description = "guest physical address; default is the next"},
    {.name = "slot",
     .type = FIELD_INT32,
     .offset = offsetof(PCDIMMDevice, device.slot),
     .defval = (uint64_t)-1,
     .description = "slot of -m slots=N; default is the first free"},
    {.name = "node",
     .type = FIELD_UINT32,
     .offset = offsetof(PCDIMMDevice, device.node),
     .description = "NUMA node"},
    {.name = NULL},
};

static void dimm_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    MemoryDeviceClass *mc = (MemoryDeviceClass *)object_class_dynamic_cast(klass,
                                                                           TYPE_MEMORY_DEVICE);
    dc->category = DEVICE_CATEGORY_MISC;
    dc->desc = "DIMM memory module";
    dc->user_creatable = true;
    dc->no_hotplug = "the firmware tells the guest of its memory once, at start";
    dc->realize = dimm_realize;
    dc->unrealize = dimm_unrealize;
    dc->info = dimm_info;
    dc->vmsd = &vmstate_dimm;
    device_class_set_props(dc, dimm_properties);
    object_class_property_add(klass, "size", "size", PROP_UINT, get_size, NULL, NULL);
    mc->get = get_device;
}

static const TypeInfo dimm_type = {
    .name = TYPE_PC_DIMM,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(PCDIMMDevice),
    .class_size = sizeof(PCDIMMDeviceClass),
    .instance_init = dimm_init,
    .class_init = dimm_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_MEMORY_DEVICE}, {NULL}},
};
DEFINE_TYPE(dimm_type)
