/* SPDX-License-Identifier: MIT */
/* memory-backend-ram: anonymous host memory. Source: design.md 5, 6 (own implementation). */
#include "memory/hostmem.h"
#include "util/trace.h"

#include <inttypes.h>

bool ram_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp);

bool ram_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp)
{
    TRACE(ram_backend_memory_alloc, "%s size %#" PRIx64, name, backend->size);
    uint32_t flags = (backend->share ? RAM_SHARED : 0) | (backend->reserve ? 0 : RAM_NORESERVE);
    return memory_region_init_ram_flags_nomigrate(&backend->mr, OBJECT(backend), name,
                                                  backend->size, flags, errp);
}

static void ram_backend_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MEMORY_BACKEND_CLASS(klass)->alloc = ram_backend_memory_alloc;
}

static const TypeInfo ram_backend_info = {
    .name = TYPE_MEMORY_BACKEND_RAM,
    .parent = TYPE_MEMORY_BACKEND,
    .instance_size = sizeof(HostMemoryBackend),
    .class_init = ram_backend_class_init,
};

DEFINE_TYPE(ram_backend_info)
