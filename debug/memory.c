/* SPDX-License-Identifier: MIT */
/*
 * The guest's memory as a user looks at it, page by page.
 *
 * Source: none (own design).
 */
#include "debug/memory.h"

#include <inttypes.h>

enum { PAGE_BYTES = 4096 };

static bool translate(const DebugMemory *memory, uint64_t addr, hwaddr *pa, Error **errp)
{
    CPUState *cpu = memory->cpu;
    *pa = addr;
    if (memory->is_physical ||
        CPU_GET_CLASS(cpu)->translate_debug(cpu, (target_addr)addr, memory->is_code, pa) ||
        CPU_GET_CLASS(cpu)->translate_debug(cpu, (target_addr)addr, !memory->is_code, pa)) {
        return true;
    }
    return error_setg(errp, "not mapped: 0x%08" PRIx64, addr);
}

/* A page may be half RAM: then byte by byte, up to the first that is not. */
static bool peek(const DebugMemory *memory, hwaddr pa, uint8_t *bytes, size_t size, Error **errp)
{
    AddressSpace *as = memory->cpu->as;
    if (address_space_peek(as, pa, bytes, size)) {
        return true;
    }
    for (size_t i = 0; i < size; i++) {
        if (!address_space_peek(as, pa + i, bytes + i, 1)) {
            return error_setg(errp, "not RAM: peek refused at physical 0x%08" PRIx64, pa + i);
        }
    }
    return true;
}

/* What of @size bytes lies in the page of *@addr, which is wrapped. */
static size_t part_of_page(const DebugMemory *memory, uint64_t *addr, size_t size)
{
    *addr = memory->is_physical ? *addr : (uint32_t)*addr;
    return MIN(size, PAGE_BYTES - *addr % PAGE_BYTES);
}

bool debug_memory_read(const DebugMemory *memory, uint64_t addr, void *bytes, size_t size,
                       Error **errp)
{
    uint8_t *at = bytes;
    hwaddr pa;
    for (size_t part; size > 0; size -= part, at += part, addr += part) {
        part = part_of_page(memory, &addr, size);
        if (!translate(memory, addr, &pa, errp) || !peek(memory, pa, at, part, errp)) {
            return false;
        }
    }
    return true;
}

bool debug_memory_load(const DebugMemory *memory, uint64_t addr, unsigned size, uint64_t *value,
                       Error **errp)
{
    uint8_t bytes[8];
    g_assert(size >= 1 && size <= sizeof(bytes));
    if (!debug_memory_read(memory, addr, bytes, size, errp)) {
        return false;
    }
    *value = 0;
    for (unsigned i = 0; i < size; i++) {
        *value = *value << 8 | bytes[i];
    }
    return true;
}

bool debug_memory_write(const DebugMemory *memory, uint64_t addr, const void *bytes, size_t size,
                        Error **errp)
{
    g_autofree uint8_t *old = g_malloc(size + 1);
    const uint8_t *at = bytes;
    hwaddr pa;
    if (!debug_memory_read(memory, addr, old, size, errp)) {
        return false;
    }
    for (size_t part; size > 0; size -= part, at += part, addr += part) {
        part = part_of_page(memory, &addr, size);
        if (!translate(memory, addr, &pa, errp)) {
            return false;
        }
        if (!address_space_poke(memory->cpu->as, pa, at, part)) {
            return error_setg(errp, "cannot be written: physical 0x%08" PRIx64, pa);
        }
    }
    return true;
}
