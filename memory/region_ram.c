/* SPDX-License-Identifier: MIT */
/*
 * MemoryRegions that hold bytes: RAM, ROM, ROM devices, RAM from files.
 *
 * Source: own implementation of the model that QEMU's memory API documents.
 */
#include "memory/internal.h"
#include "util/trace.h"

#include <inttypes.h>

/* Finish an init whose block is @block; NULL: it failed, take the region back. */
static bool adopt_block(MemoryRegion *mr, RAMBlock *block)
{
    if (!block) {
        memory_region_discard(mr);
        return false;
    }
    mr->ram_block = block;
    return true;
}

static void init_as_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->ram = true;
    mr->terminates = true;
}

/* lint: allow parameters: the shape that every region initialiser has */
bool memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                            uint64_t size, uint32_t flags, Error **errp)
{
    init_as_ram(mr, owner, name, size);
    return adopt_block(mr, ram_alloc(size, flags, mr, errp));
}

bool memory_region_init_ram_shared_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                             uint64_t size, bool share, Error **errp)
{
    TRACE(memory_region_init_ram_shared_nomigrate, "%s size %#" PRIx64 " share %d", name, size,
          share);
    return memory_region_init_ram_flags_nomigrate(mr, owner, name, size, share ? RAM_SHARED : 0,
                                                  errp);
}

bool memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, Error **errp)
{
    TRACE(memory_region_init_ram_nomigrate, "%s size %#" PRIx64, name, size);
    return memory_region_init_ram_shared_nomigrate(mr, owner, name, size, false, errp);
}

bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                            Error **errp)
{
    if (!memory_region_init_ram_nomigrate(mr, owner, name, size, errp)) {
        return false;
    }
    vmstate_register_ram_global(mr);
    return true;
}

bool memory_region_init_resizeable_ram(MemoryRegion *mr, Object *owner, const char *name,
                                       uint64_t size, uint64_t max_size, Error **errp)
{
    RamRequest request = {.size = size, .max_size = max_size, .resizeable = true};
    init_as_ram(mr, owner, name, size);
    if (!adopt_block(mr, ram_alloc_internal(&request, mr, errp))) {
        return false;
    }
    vmstate_register_ram_global(mr);
    return true;
}

bool memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, const RamFileOptions *options, Error **errp)
{
    TRACE(memory_region_init_ram_from_file, "%s size %#" PRIx64 " path %s", name, size,
          options->path);
    init_as_ram(mr, owner, name, size);
    mr->readonly = options->readonly;
    return adopt_block(mr, ram_alloc_from_file(size, options, mr, errp));
}

/* lint: allow parameters: the shape that every region initialiser has */
bool memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size, const RamFileOptions *options, int fd,
                                    Error **errp)
{
    init_as_ram(mr, owner, name, size);
    return adopt_block(mr, ram_alloc_from_fd(size, options, fd, mr, errp));
}

bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                            Error **errp)
{
    if (!memory_region_init_ram(mr, owner, name, size, errp)) {
        return false;
    }
    mr->readonly = true;
    return true;
}

/* lint: allow parameters: the shape that every region initialiser has */
bool memory_region_init_rom_device(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                                   void *opaque, const char *name, uint64_t size, Error **errp)
{
    memory_region_init_io(mr, owner, ops, opaque, name, size);
    mr->rom_device = true;
    if (!adopt_block(mr, ram_alloc(size, 0, mr, errp))) {
        return false;
    }
    vmstate_register_ram_global(mr);
    return true;
}

bool memory_region_ram_resize(MemoryRegion *mr, uint64_t size, Error **errp)
{
    g_assert(mr->ram_block);
    if (!ram_block_resize(mr->ram_block, size, errp)) {
        return false;
    }
    memory_region_set_size(mr, size);
    return true;
}
