/* SPDX-License-Identifier: MIT */
/*
 * HostMemoryBackend: host memory that the user describes with -object and gives to the machine
 * (-machine memory-backend=ID), to a NUMA node (-numa node,memdev=ID) or to a memory device
 * (-device pc-dimm,memdev=ID).
 *
 * Types: memory-backend-ram, memory-backend-file, memory-backend-memfd. Not offered: QEMU's
 * prealloc-context.
 */
#ifndef MEMORY_HOSTMEM_H
#define MEMORY_HOSTMEM_H

#include "memory/memory.h"

#define TYPE_MEMORY_BACKEND "memory-backend"
#define TYPE_MEMORY_BACKEND_RAM "memory-backend-ram"
#define TYPE_MEMORY_BACKEND_FILE "memory-backend-file"
#define TYPE_MEMORY_BACKEND_MEMFD "memory-backend-memfd"
OBJECT_DECLARE_TYPE(HostMemoryBackend, HostMemoryBackendClass, MEMORY_BACKEND)

typedef enum HostMemPolicy {
    HOST_MEM_POLICY_DEFAULT,
    HOST_MEM_POLICY_PREFERRED,
    HOST_MEM_POLICY_BIND,
    HOST_MEM_POLICY_INTERLEAVE,
    HOST_MEM_POLICIES,
} HostMemPolicy;
enum { HOST_MEM_NODES = 128 }; /* nodes of the host that can be named */

struct HostMemoryBackend {
    Object parent_obj;
    MemoryRegion mr;
    uint64_t size;
    bool share, prealloc, merge, dump, reserve;
    uint32_t prealloc_threads;
    HostMemPolicy policy;
    uint64_t host_nodes[HOST_MEM_NODES / 64];
    bool is_complete; /* memory is allocated; properties are frozen */
    bool is_mapped;   /* part of a machine; cannot be deleted or used again */
};

struct HostMemoryBackendClass {
    ObjectClass parent_class;
    /* Initialise @backend->mr; the name of its RAM is @name. */
    bool (*alloc)(HostMemoryBackend *backend, const char *name, Error **errp);
};

/* The back end /objects/@id, or NULL. */
HostMemoryBackend *host_memory_backend_find(const char *id, Error **errp);
/* Take it for a machine: fails if it is taken already. Lends the region. */
MemoryRegion *host_memory_backend_claim(HostMemoryBackend *backend, Error **errp);
/* Give it back. */
void host_memory_backend_release(HostMemoryBackend *backend);
/* `info memdev`. */
void host_memory_backend_info(GString *out);
/* Refuses property @name once memory is allocated; for object_class_add_fields(). */
bool host_memory_backend_may_change(Object *obj, const char *name, Error **errp);

#endif
