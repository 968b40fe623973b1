/* SPDX-License-Identifier: MIT */
/*
 * The guest's memory as a debugger sees it: peeked, page by page; what is no RAM or ROM is refused.
 *
 * Source: none (own design). An effective address is translated as data, else as code.
 */
#include "gdbstub/server_internal.h"

enum { PAGE_SIZE_BYTES = 4096 };

static bool translate(CPUState *cpu, bool is_physical, uint64_t address, hwaddr *pa)
{
    const CPUClass *class = CPU_GET_CLASS(cpu);
    target_addr ea = (target_addr)address;
    *pa = address;
    return address <= UINT32_MAX && (is_physical || class->translate_debug(cpu, ea, false, pa) ||
                                     class->translate_debug(cpu, ea, true, pa));
}

/* What of @size bytes lies in the page of @address. */
static size_t part_of_page(uint64_t address, size_t size)
{
    return MIN(size, PAGE_SIZE_BYTES - address % PAGE_SIZE_BYTES);
}

/* A page may be half RAM: then byte by byte. */
static size_t read_part(CPUState *cpu, hwaddr pa, uint8_t *bytes, size_t size)
{
    size_t done = 0;
    if (address_space_peek(cpu->as, pa, bytes, size)) {
        return size;
    }
    while (done < size && address_space_peek(cpu->as, pa + done, bytes + done, 1)) {
        done++;
    }
    return done;
}

size_t debug_read(CPUState *cpu, bool is_physical, uint64_t address, uint8_t *bytes, size_t size)
{
    hwaddr pa;
    for (size_t done = 0; done < size;) {
        size_t part = part_of_page(address + done, size - done), got = 0;
        if (translate(cpu, is_physical, address + done, &pa)) {
            got = read_part(cpu, pa, bytes + done, part);
        }
        done += got;
        if (got < part) {
            return done;
        }
    }
    return size;
}

bool debug_write(CPUState *cpu, bool is_physical, uint64_t address, const uint8_t *bytes,
                 size_t size)
{
    g_autofree uint8_t *old = g_malloc(size + 1);
    hwaddr pa;
    if (debug_read(cpu, is_physical, address, old, size) < size) {
        return false;
    }
    for (size_t done = 0, part; done < size; done += part) {
        part = part_of_page(address + done, size - done);
        if (!translate(cpu, is_physical, address + done, &pa) ||
            !address_space_poke(cpu->as, pa, bytes + done, part)) {
            return false;
        }
    }
    return true;
}
