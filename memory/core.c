/* SPDX-License-Identifier: MIT */
/*
 * The object at /core/memory: what other programs keep in globals of their memory code.
 *
 * Source: design.md 2 and 6 (own design).
 */
#include "memory/internal.h"

MemoryCore *memory_core(void) { return (MemoryCore *)object_core("memory", TYPE_MEMORY_CORE); }

DirtyLog *memory_dirty_log(void) { return &memory_core()->dirty; }

RamConfig *ram_config(void) { return &memory_core()->config; }

static void make_system_space(MemoryCore *core)
{
    if (core->system_space) {
        return;
    }
    memory_region_init(&core->system_memory, OBJECT(core), "system", UINT64_MAX);
    core->system_space = address_space_new(&core->system_memory, "memory");
}

MemoryRegion *get_system_memory(void)
{
    MemoryCore *core = memory_core();
    make_system_space(core);
    return &core->system_memory;
}

AddressSpace *address_space_memory(void)
{
    MemoryCore *core = memory_core();
    make_system_space(core);
    return core->system_space;
}

static void memory_core_init(Object *obj)
{
    MemoryCore *core = MEMORY_CORE(obj);
    core->blocks = g_ptr_array_new();
    core->spaces = g_ptr_array_new();
    core->listeners = g_ptr_array_new();
    ram_config_init(&core->config);
}

static void memory_core_finalize(Object *obj)
{
    MemoryCore *core = MEMORY_CORE(obj);
    g_ptr_array_unref(core->blocks);
    g_ptr_array_unref(core->spaces);
    g_ptr_array_unref(core->listeners);
    g_free(core->dirty.flags);
    ram_config_fini(&core->config);
}

static const TypeInfo memory_core_info = {
    .name = TYPE_MEMORY_CORE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(MemoryCore),
    .instance_init = memory_core_init,
    .instance_finalize = memory_core_finalize,
};

DEFINE_TYPE(memory_core_info)
