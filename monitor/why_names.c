/* SPDX-License-Identifier: MIT */
/*
 * Names for people of registers, interrupt sources and exception vectors.
 *
 * Source: registers: the rows of their devices; sources as hw/misc/macio.c wires them; vectors: 7450UM
 * table 4-1. Not covered: registers without rows (PCI functions), shown as offsets.
 */
#include "debug/device_registers.h"
#include "monitor/stall.h"

#include <inttypes.h>

char *why_register_name(MachineState *machine, const AccessCount *access)
{
    char *name = debug_register_name_at(machine, access->mr, access->offset);
    return name ? name : g_strdup_printf("%s + %#" PRIx64, access->name, access->offset);
}

const char *why_source_name(unsigned source)
{
    static const struct {
        unsigned source;
        const char *name;
    } names[] = {
        {0x0d, "ide 0"},      {0x0e, "ide 1"},      {0x19, "via (CUDA, PMU)"},
        {0x1b, "PCI line 0"}, {0x1c, "PCI line 1"}, {0x1d, "PCI line 2"},
        {0x1e, "PCI line 3"}, {0x24, "escc A"},     {0x25, "escc B"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].source == source) {
            return names[i].name;
        }
    }
    return NULL;
}

const char *why_vector_name(uint32_t vector)
{
    static const struct {
        uint32_t vector;
        const char *name;
    } names[] = {
        {0x100, "system reset"},
        {0x200, "machine check"},
        {0x300, "DSI"},
        {0x400, "ISI"},
        {0x500, "external interrupt"},
        {0x600, "alignment"},
        {0x700, "program"},
        {0x800, "FP unavailable"},
        {0x900, "decrementer"},
        {0xc00, "system call"},
        {0xd00, "trace"},
        {0xf00, "performance monitor, AltiVec unavailable"},
        {0x1300, "instruction address breakpoint"},
        {0x1400, "system management"},
        {0x1600, "AltiVec assist"},
        {0x1700, "thermal"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].vector == (vector & 0xff00)) {
            return names[i].name;
        }
    }
    return "exception";
}
