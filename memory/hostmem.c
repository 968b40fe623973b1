/* SPDX-License-Identifier: MIT */
/*
 * The abstract memory back end: properties that all have, and the step that allocates.
 *
 * Source: own implementation; names of the steps and properties as in QEMU (design.md 5). The named
 * functions are not static, so that backtraces and the symbol table show them.
 */
#include "memory/hostmem.h"

#include "memory/internal.h"
#include "util/trace.h"

#include <inttypes.h>

void host_memory_backend_class_init(ObjectClass *klass, const void *data);
void host_memory_backend_init(Object *obj);
bool host_memory_backend_memory_complete(Object *obj, Error **errp);

static const Property backend_properties[] = {
    {"size", FIELD_SIZE, offsetof(HostMemoryBackend, size), .description = "bytes of memory"},
    {"share", FIELD_BOOL, offsetof(HostMemoryBackend, share),
     .description = "changes reach the file, other processes see them"},
    {"prealloc", FIELD_BOOL, offsetof(HostMemoryBackend, prealloc),
     .description = "take all host memory at start"},
    {.name = NULL},
};

static const char *backend_name(HostMemoryBackend *backend)
{
    const char *id = object_get_canonical_path_component(OBJECT(backend));
    return id ? id : object_get_typename(OBJECT(backend));
}

bool host_memory_backend_may_change(Object *obj, const char *name, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    return !backend->is_complete ||
           error_setg(errp, "memory back end '%s' is in use: property '%s' cannot change",
                      backend_name(backend), name);
}

bool host_memory_backend_memory_complete(Object *obj, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    const char *name = backend_name(backend);
    TRACE(host_memory_backend_memory_complete, "%s size %#" PRIx64, name, backend->size);
    if (backend->size == 0) {
        return error_setg(errp, "memory back end '%s' needs a size", name);
    }
    if (!MEMORY_BACKEND_GET_CLASS(obj)->alloc(backend, name, errp)) {
        return false;
    }
    RAMBlock *block = backend->mr.ram_block;
    if (backend->prealloc && !block->prealloc && !ram_block_prealloc(block, errp)) {
        memory_region_discard(&backend->mr);
        return false;
    }
    backend->is_complete = true;
    return true;
}

HostMemoryBackend *host_memory_backend_find(const char *id, Error **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);
    if (!obj) {
        error_setg(errp, "memory back end '%s' does not exist", id);
        return NULL;
    }
    if (!object_dynamic_cast(obj, TYPE_MEMORY_BACKEND)) {
        error_setg(errp, "object '%s' is a %s, not a memory back end", id,
                   object_get_typename(obj));
        return NULL;
    }
    return (HostMemoryBackend *)obj;
}

MemoryRegion *host_memory_backend_claim(HostMemoryBackend *backend, Error **errp)
{
    g_assert(backend->is_complete);
    if (backend->is_mapped) {
        error_setg(errp, "memory back end '%s' is used more than once", backend_name(backend));
        return NULL;
    }
    backend->is_mapped = true;
    return &backend->mr;
}

static bool can_be_deleted(Object *obj) { return !MEMORY_BACKEND(obj)->is_mapped; }

void host_memory_backend_init(Object *obj)
{
    TRACE(host_memory_backend_init, "%s", object_get_typename(obj));
    object_init_fields(obj, backend_properties);
}

void host_memory_backend_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    UserCreatableClass *creatable = (UserCreatableClass *)object_class_dynamic_cast(
        klass, TYPE_USER_CREATABLE);
    TRACE(host_memory_backend_class_init, "%s", object_class_get_name(klass));
    creatable->complete = host_memory_backend_memory_complete;
    creatable->can_be_deleted = can_be_deleted;
    object_class_add_fields(klass, backend_properties, host_memory_backend_may_change);
}

static const InterfaceInfo backend_interfaces[] = {{TYPE_USER_CREATABLE}, {NULL}};

static const TypeInfo memory_backend_info = {
    .name = TYPE_MEMORY_BACKEND,
    .parent = TYPE_OBJECT,
    .abstract = true,
    .instance_size = sizeof(HostMemoryBackend),
    .class_size = sizeof(HostMemoryBackendClass),
    .class_init = host_memory_backend_class_init,
    .instance_init = host_memory_backend_init,
    .interfaces = backend_interfaces,
};

DEFINE_TYPE(memory_backend_info)
