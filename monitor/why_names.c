/* SPDX-License-Identifier: MIT */
/*
 * Names for people of registers, interrupt sources and exception vectors, where a region's device has no
 * rows that tell them.
 *
 * Source: MPC106 and OpenPIC 1.2 register maps, Z8530 manual (channel and D//C pins), 6522 data sheet; sources
 * as hw/misc/macio.c wires them; vectors: 7450UM table 4-1. Not covered: registers of single PCI functions.
 */
#include "monitor/stall.h"

#include <inttypes.h>

typedef struct RegisterName {
    const char *region, *device;
    uint32_t offset, count, stride; /* the first one's; how many; bytes apart */
    const char *name;
} RegisterName;

static const RegisterName register_names[] = {
    {"openpic", "openpic", 0x1000, 1, 0, "FRR0"},
    {"openpic", "openpic", 0x1020, 1, 0, "GCR0"},
    {"openpic", "openpic", 0x1080, 1, 0, "VENI"},
    {"openpic", "openpic", 0x1090, 1, 0, "PIR"},
    {"openpic", "openpic", 0x10a0, 4, 0x10, "IPIVPR"},
    {"openpic", "openpic", 0x10e0, 1, 0, "SVR"},
    {"openpic", "openpic", 0x10f0, 1, 0, "TFRR"},
    {"openpic", "openpic", 0x1100, 4, 0x40, "TCCR"},
    {"openpic", "openpic", 0x1110, 4, 0x40, "TBCR"},
    {"openpic", "openpic", 0x1120, 4, 0x40, "TVPR"},
    {"openpic", "openpic", 0x1130, 4, 0x40, "TDR"},
    {"openpic", "openpic", 0x10000, 64, 0x20, "IVPR"},
    {"openpic", "openpic", 0x10010, 64, 0x20, "IDR"},
    {"openpic", "openpic", 0x20080, 4, 0x1000, "CTPR"},
    {"openpic", "openpic", 0x20090, 4, 0x1000, "WHOAMI"},
    {"openpic", "openpic", 0x200a0, 4, 0x1000, "IACK"},
    {"openpic", "openpic", 0x200b0, 4, 0x1000, "EOI"},
    {"escc", "escc", 0x00, 1, 0, "B.control"},
    {"escc", "escc", 0x10, 1, 0, "B.data"},
    {"escc", "escc", 0x20, 1, 0, "A.control"},
    {"escc", "escc", 0x30, 1, 0, "A.data"},
    {"escc-legacy", "escc", 0, 1, 0, "B.control"},
    {"escc-legacy", "escc", 2, 1, 0, "A.control"},
    {"escc-legacy", "escc", 4, 1, 0, "B.data"},
    {"escc-legacy", "escc", 6, 1, 0, "A.data"},
    {"mos6522", "via", 0x0000, 1, 0, "ORB"},
    {"mos6522", "via", 0x0200, 1, 0, "ORA"},
    {"mos6522", "via", 0x0400, 1, 0, "DDRB"},
    {"mos6522", "via", 0x0600, 1, 0, "DDRA"},
    {"mos6522", "via", 0x0800, 1, 0, "T1C-L"},
    {"mos6522", "via", 0x0a00, 1, 0, "T1C-H"},
    {"mos6522", "via", 0x0c00, 1, 0, "T1L-L"},
    {"mos6522", "via", 0x0e00, 1, 0, "T1L-H"},
    {"mos6522", "via", 0x1000, 1, 0, "T2C-L"},
    {"mos6522", "via", 0x1200, 1, 0, "T2C-H"},
    {"mos6522", "via", 0x1400, 1, 0, "SR"},
    {"mos6522", "via", 0x1600, 1, 0, "ACR"},
    {"mos6522", "via", 0x1800, 1, 0, "PCR"},
    {"mos6522", "via", 0x1a00, 1, 0, "IFR"},
    {"mos6522", "via", 0x1c00, 1, 0, "IER"},
    {"mos6522", "via", 0x1e00, 1, 0, "ORA (no handshake)"},
    {"dbdma", "dbdma", 0x00, 32, 0x100, "CONTROL"},
    {"dbdma", "dbdma", 0x04, 32, 0x100, "STATUS"},
    {"dbdma", "dbdma", 0x0c, 32, 0x100, "COMMAND_POINTER"},
    {"keylargo-timer", "keylargo-timer", 0x38, 1, 0, "COUNT_LOW"},
    {"keylargo-timer", "keylargo-timer", 0x3c, 1, 0, "COUNT_HIGH"},
    {"pmac-ide", "ide", 0x00, 1, 0, "DATA"},
    {"pmac-ide", "ide", 0x70, 1, 0, "STATUS"},
    {"pmac-ide", "ide", 0x160, 1, 0, "ALTERNATE_STATUS"},
    {"uni-north", "uni-north", 0x00, 1, 0, "VERSION"},
    {"uni-north", "uni-north", 0x20, 1, 0, "CLOCK_CONTROL"},
    {"fwcfg.ctl", "fw_cfg", 0, 1, 0, "SELECTOR"},
    {"fwcfg.data", "fw_cfg", 0, 1, 0, "DATA"},
};

char *why_register_name(const char *region, uint64_t offset)
{
    for (size_t i = 0; i < G_N_ELEMENTS(register_names); i++) {
        const RegisterName *row = &register_names[i];
        uint64_t index = row->stride ? (offset - row->offset) / row->stride : 0;
        if (!g_str_equal(row->region, region) || index >= row->count ||
            row->offset + index * row->stride != offset) {
            continue;
        }
        return row->count == 1 ? g_strdup_printf("%s.%s", row->device, row->name)
                               : g_strdup_printf("%s.%s%" PRIu64, row->device, row->name, index);
    }
    return g_strdup_printf("%s + %#" PRIx64, region, offset);
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
