/* SPDX-License-Identifier: MIT */
/* The machine's VMStateRegistry as an object, /core/vmstate, so that nothing else owns it. */
#include "hw/core/qdev.h"

#define TYPE_VMSTATE_OWNER "vmstate-registry"

typedef struct VMStateOwner {
    Object parent_obj;
    VMStateRegistry *registry;
} VMStateOwner;

VMStateRegistry *machine_vmstate(void)
{
    return ((VMStateOwner *)object_core("vmstate", TYPE_VMSTATE_OWNER))->registry;
}

static void owner_init(Object *obj) { ((VMStateOwner *)obj)->registry = vmstate_registry_new(); }

static void owner_finalize(Object *obj) { vmstate_registry_free(((VMStateOwner *)obj)->registry); }

static const TypeInfo vmstate_owner_info = {
    .name = TYPE_VMSTATE_OWNER,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(VMStateOwner),
    .instance_init = owner_init,
    .instance_finalize = owner_finalize,
};

DEFINE_TYPE(vmstate_owner_info)
