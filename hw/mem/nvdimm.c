/* SPDX-License-Identifier: MIT */
/*
 * nvdimm: a module whose contents outlive the machine (memory-backend-file,share=on). It is no RAM to the
 * guest: it lies in the window for persistent memory, and the device tree has a "pmem-region" for it.
 *
 * Source: own design; properties as in QEMU 7.2; Linux's pmem-region binding for the node. Not modelled: the
 * functions that read and write the label area, which are ACPI methods: label-size= bytes at the back end's
 * end are kept from the guest.
 */
#include "hw/mem/pc_dimm.h"

#include <inttypes.h>

#define TYPE_NVDIMM "nvdimm"
OBJECT_DECLARE_SIMPLE_TYPE(NVDIMMDevice, NVDIMM)

#define MIB (UINT64_C(1) << 20)
enum { LEAST_LABEL = 128 << 10 }; /* label-size= below that holds no two index blocks */

struct NVDIMMDevice {
    PCDIMMDevice parent_obj;
    MemoryRegion contents; /* the back end less its label area */
    uint64_t label_size;
    bool unarmed, readonly; /* stores are not to be kept; are not taken */
};

static bool check_label(const NVDIMMDevice *s, uint64_t size, Error **errp)
{
    if (s->label_size && s->label_size < LEAST_LABEL) {
        return error_setg(errp, "label-size=%#" PRIx64 " is less than %#x", s->label_size,
                          LEAST_LABEL);
    }
    if (s->label_size >= size || (size - s->label_size) % MIB) {
        return error_setg(errp,
                          "%#" PRIx64 " bytes less a label area of %#" PRIx64
                          " are not a multiple of 1 MiB",
                          size, s->label_size);
    }
    return true;
}

/* A fresh one: a failed realize leaves nothing, so this may come again. */
static bool nvdimm_prepare(PCDIMMDevice *dimm, Error **errp)
{
    NVDIMMDevice *s = NVDIMM(dimm);
    MemoryDevice *device = &dimm->device;
    uint64_t size = device->memdev->size;
    bool is_rom = device->memdev->mr.readonly;
    if (!check_label(s, size, errp)) {
        return false;
    }
    if (is_rom && !s->unarmed && !s->readonly) {
        return error_setg(errp, "memdev '%s' is read-only: give unarmed=on",
                          object_get_canonical_path_component(dimm->memdev));
    }
    memory_region_init_alias(&s->contents, OBJECT(s), "nvdimm", &device->memdev->mr, 0,
                             size - s->label_size);
    s->contents.readonly = s->readonly;
    device->region = &s->contents;
    device->is_volatile = s->unarmed || !device->memdev->share;
    return true;
}

static void nvdimm_init(Object *obj)
{
    MemoryDevice *device = &PC_DIMM(obj)->device;
    device->kind = "nvdimm";
    device->is_ram = false;
}

static const VMStateDescription vmstate_nvdimm = {
    .name = TYPE_NVDIMM,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(label_size, NVDIMMDevice, "configuration"),
            VMSTATE_TRANSIENT(unarmed, NVDIMMDevice, "configuration"),
            VMSTATE_TRANSIENT(readonly, NVDIMMDevice, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property nvdimm_properties[] = {
    {.name = "label-size",
     .type = FIELD_SIZE,
     .offset = offsetof(NVDIMMDevice, label_size),
     .description = "bytes at the end kept for labels"},
    {.name = "unarmed",
     .type = FIELD_BOOL,
     .offset = offsetof(NVDIMMDevice, unarmed),
     .description = "tell the guest that stores may be lost"},
    {.name = "readonly",
     .type = FIELD_BOOL,
     .offset = offsetof(NVDIMMDevice, readonly),
     .description = "the guest's stores are dropped"},
    {.name = NULL},
};

static void nvdimm_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->desc = "persistent DIMM: its contents outlive the machine";
    dc->vmsd = &vmstate_nvdimm;
    PC_DIMM_CLASS(klass)->prepare = nvdimm_prepare;
    device_class_set_props(dc, nvdimm_properties);
}

static const TypeInfo nvdimm_type = {
    .name = TYPE_NVDIMM,
    .parent = TYPE_PC_DIMM,
    .instance_size = sizeof(NVDIMMDevice),
    .instance_init = nvdimm_init,
    .class_init = nvdimm_class_init,
};
DEFINE_TYPE(nvdimm_type)
