/* SPDX-License-Identifier: MIT */
/*
 * The machine's RAM as the user asked: anonymous, -mem-path, -machine memory-backend=, or one back
 * end a NUMA node.
 *
 * Source: own implementation; names of the steps are the literature's (design.md 5).
 */
#include "memory/hostmem.h"
#include "memory/internal.h"
#include "util/trace.h"

#include <inttypes.h>

/* -mem-path. Failure is final only if the user asked for certainty (-mem-prealloc). */
static bool ram_from_mem_path(MemoryRegion *mr, Object *owner, const char *name, uint64_t ram_size,
                              Error **errp)
{
    const RamConfig *config = ram_config();
    RamFileOptions options = {.path = config->mem_path, .prealloc = config->prealloc};
    Error *local = NULL;
    if (memory_region_init_ram_from_file(mr, owner, name, ram_size, &options, &local)) {
        return true;
    }
    if (config->prealloc) {
        error_propagate(errp, local);
        return false;
    }
    warn_report("%s; falling back to anonymous memory", error_get_pretty(local));
    error_free(local);
    return memory_region_init_ram_nomigrate(mr, owner, name, ram_size, errp);
}

bool allocate_system_memory_nonnuma(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t ram_size, Error **errp)
{
    const RamConfig *config = ram_config();
    TRACE(allocate_system_memory_nonnuma, "%s size %#" PRIx64 " path %s", name, ram_size,
          config->mem_path ? config->mem_path : "(none)");
    bool is_made = config->mem_path
                       ? ram_from_mem_path(mr, owner, name, ram_size, errp)
                       : memory_region_init_ram_nomigrate(mr, owner, name, ram_size, errp);
    if (!is_made) {
        return false;
    }
    if (config->prealloc && !mr->ram_block->prealloc &&
        !ram_block_prealloc(mr->ram_block, 1, errp)) {
        memory_region_discard(mr);
        return false;
    }
    vmstate_register_ram_global(mr);
    return true;
}

/* --- from back ends --------------------------------------------------------------------------- */

static bool map_backend(MemoryRegion *mr, uint64_t offset, HostMemoryBackend *backend, Error **errp)
{
    MemoryRegion *part = host_memory_backend_claim(backend, errp);
    if (!part) {
        return false;
    }
    memory_region_add_subregion(mr, offset, part);
    vmstate_register_ram_global(part);
    TRACE(system_ram_map_backend, "%s at %#" PRIx64 " size %#" PRIx64, part->name, offset,
          part->size);
    return true;
}

static bool map_machine_backend(MemoryRegion *mr, uint64_t ram_size, Object *object, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(object);
    if (backend->size != ram_size) {
        return error_setg(errp,
                          "memory back end '%s' has %#" PRIx64 " bytes, the machine %#" PRIx64,
                          memory_region_name(&backend->mr), backend->size, ram_size);
    }
    return map_backend(mr, 0, backend, errp);
}

static bool map_numa_nodes(MemoryRegion *mr, const GPtrArray *nodes, Error **errp)
{
    uint64_t offset = 0;
    for (unsigned i = 0; i < nodes->len; i++) {
        const NumaNode *node = nodes->pdata[i];
        HostMemoryBackend *backend = host_memory_backend_find(node->memdev, errp);
        if (!backend || !map_backend(mr, offset, backend, errp)) {
            return false;
        }
        offset += node->size;
    }
    return true;
}

static bool has_memdevs(const RamConfig *config)
{
    return config->numa_nodes->len && ((NumaNode *)config->numa_nodes->pdata[0])->memdev;
}

static bool check_combination(const RamConfig *config, Error **errp)
{
    const char *what = config->backend ? "-machine memory-backend" : "-numa memdev";
    if (config->backend && has_memdevs(config)) {
        return error_setg(errp, "-machine memory-backend and -numa memdev exclude each other");
    }
    if (!config->backend && !has_memdevs(config)) {
        return true;
    }
    if (config->mem_path) {
        return error_setg(errp, "-mem-path and %s exclude each other", what);
    }
    if (config->prealloc) {
        return error_setg(errp, "-mem-prealloc has no effect on %s: give the back end prealloc=on",
                          what);
    }
    return true;
}

bool memory_region_allocate_system_memory(MemoryRegion *mr, Object *owner, const char *name,
                                          uint64_t ram_size, Error **errp)
{
    const RamConfig *config = ram_config();
    TRACE(memory_region_allocate_system_memory, "%s size %#" PRIx64, name, ram_size);
    if (!ram_config_complete(ram_size, errp) || !check_combination(config, errp)) {
        return false;
    }
    if (!config->backend && !has_memdevs(config)) {
        return allocate_system_memory_nonnuma(mr, owner, name, ram_size, errp);
    }
    memory_region_init(mr, owner, name, ram_size);
    if (config->backend ? map_machine_backend(mr, ram_size, config->backend, errp)
                        : map_numa_nodes(mr, config->numa_nodes, errp)) {
        return true;
    }
    memory_region_discard(mr);
    return false;
}
