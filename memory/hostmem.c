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
#include <sys/mman.h>

void host_memory_backend_class_init(ObjectClass *klass, const void *data);
void host_memory_backend_init(Object *obj);
bool host_memory_backend_memory_complete(Object *obj, Error **errp);

#define BACKEND_FIELD(member) offsetof(HostMemoryBackend, member)

static const Property backend_properties[] = {
    {"size", FIELD_SIZE, BACKEND_FIELD(size), .description = "bytes of memory"},
    {"share", FIELD_BOOL, BACKEND_FIELD(share),
     .description = "changes reach the file, other processes see them"},
    {"prealloc", FIELD_BOOL, BACKEND_FIELD(prealloc),
     .description = "take all host memory at start"},
    {"prealloc-threads", FIELD_UINT32, BACKEND_FIELD(prealloc_threads), .defval = 1,
     .description = "threads that take it"},
    {"merge", FIELD_BOOL, BACKEND_FIELD(merge), .defval = true,
     .description = "the host may merge equal pages"},
    {"dump", FIELD_BOOL, BACKEND_FIELD(dump), .defval = true,
     .description = "off: leave it out of core dumps"},
    {"reserve", FIELD_BOOL, BACKEND_FIELD(reserve), .defval = true,
     .description = "set swap space or huge pages aside"},
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

static bool check_wishes(const HostMemoryBackend *backend, const char *name, Error **errp)
{
    enum { MOST_THREADS = 256 };
    if (backend->prealloc && !backend->reserve) {
        return error_setg(errp,
                          "memory back end '%s': 'prealloc=on' and 'reserve=off' are "
                          "incompatible",
                          name);
    }
    return (backend->prealloc_threads && backend->prealloc_threads <= MOST_THREADS) ||
           error_setg(errp, "memory back end '%s': prealloc-threads is 1 to %d", name,
                      MOST_THREADS);
}

/* Memory is there, untouched: say where and how, then touch it. */
static bool place_and_touch(HostMemoryBackend *backend, const char *name, Error **errp)
{
    RAMBlock *block = backend->mr.ram_block;
    if (backend->merge && madvise(block->host, block->max_length, MADV_MERGEABLE) < 0) {
        backend->merge = false; /* a kernel without KSM: `info memdev` shall say so */
    }
    if (!backend->dump) {
        madvise(block->host, block->max_length, MADV_DONTDUMP);
    }
    if (!host_memory_backend_bind(backend, name, errp)) {
        return false;
    }
    backend->prealloc = backend->prealloc || ram_page_is_huge(block->page_size);
    return !backend->prealloc || block->prealloc ||
           ram_block_prealloc(block, backend->prealloc_threads, errp);
}

bool host_memory_backend_memory_complete(Object *obj, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    const char *name = backend_name(backend);
    TRACE(host_memory_backend_memory_complete, "%s size %#" PRIx64, name, backend->size);
    if (backend->size == 0) {
        return error_setg(errp, "memory back end '%s' needs a size", name);
    }
    if (!check_wishes(backend, name, errp) ||
        !MEMORY_BACKEND_GET_CLASS(obj)->alloc(backend, name, errp)) {
        return false;
    }
    if (!place_and_touch(backend, name, errp)) {
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

void host_memory_backend_release(HostMemoryBackend *backend) { backend->is_mapped = false; }

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
    host_memory_backend_add_policy(klass);
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
