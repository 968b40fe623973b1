/* SPDX-License-Identifier: MIT */
/* pc-dimm, which nvdimm is a kind of. */
#ifndef HW_MEM_PC_DIMM_H
#define HW_MEM_PC_DIMM_H

#include "hw/core/memory_device.h"

#define TYPE_PC_DIMM "pc-dimm"
OBJECT_DECLARE_TYPE(PCDIMMDevice, PCDIMMDeviceClass, PC_DIMM)

struct PCDIMMDevice {
    DeviceState parent_obj;
    Object *memdev; /* property */
    MemoryDevice device;
};

struct PCDIMMDeviceClass {
    DeviceClass parent_class;
    /* Fill in what the guest sees of the back end: region, kind, is_ram. NULL: all of it, as RAM. */
    bool (*prepare)(PCDIMMDevice *dimm, Error **errp);
};

#endif
