/* SPDX-License-Identifier: MIT */
/*
 * Expansion ROMs: romfile=, rombar=, romsize=.
 *
 * Source: PCI 2.2 section 6.2.5.2; properties as in QEMU. The ROM answers while its own enable bit and memory
 * space are on (pci_device.c). Not here: ROMs that devices bring along; without romfile= there is none.
 */
#include "hw/core/loader.h"
#include "hw/pci/internal.h"

#include <string.h>

enum {
    ROM_MIN = 2048,
    ROM_MAX = 16 << 20
}; /* the register's lowest address bit is 11; PCI 2.2 6.2.5.2 */

static bool choose_size(const PCIDevice *dev, uint64_t needed, uint64_t *size, Error **errp)
{
    *size = MAX(pow2_ceil(needed), (uint64_t)ROM_MIN);
    if (dev->romsize == UINT32_MAX) {
        return true;
    }
    if (!is_power_of_2(dev->romsize) || dev->romsize < ROM_MIN || dev->romsize > ROM_MAX) {
        return error_setg(errp, "romsize %u is not a power of two from %d to %d", dev->romsize,
                          ROM_MIN, ROM_MAX);
    }
    *size = dev->romsize;
    return needed <= *size ||
           error_setg(errp, "romfile '%s' is larger than romsize %u", dev->romfile, dev->romsize);
}

bool pci_add_rom(PCIDevice *dev, Error **errp)
{
    if (!dev->romfile || !*dev->romfile || !dev->rombar) {
        return true;
    }
    g_autoptr(GByteArray) contents = NULL;
    uint64_t size;
    if (!loader_read_file(dev->romfile, ROM_MAX, &contents, errp)) {
        return false;
    }
    if (!contents->len) {
        return error_setg(errp, "romfile '%s' is empty", dev->romfile);
    }
    if (!choose_size(dev, contents->len, &size, errp)) {
        return false;
    }
    dev->has_rom = true;
    if (!memory_region_init_rom(&dev->rom, OBJECT(dev), "pci.rom", size, errp)) {
        return false;
    }
    memcpy(memory_region_get_ram_ptr(&dev->rom), contents->data, contents->len);
    pci_register_bar(dev, PCI_ROM_BAR, 0, &dev->rom);
    return true;
}
