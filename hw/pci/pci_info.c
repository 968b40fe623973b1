/* SPDX-License-Identifier: MIT */
/*
 * `info pci`: the functions of a bus, and of the buses behind its bridges.
 *
 * Source: form as in QEMU's console; names of classes: PCI 2.2 appendix D. An address that is not set shows as
 * all ones, and the last byte, worked out from it, is as odd as QEMU's.
 */
#include "hw/pci/internal.h"

static const struct {
    uint16_t class_id;
    const char *name;
} class_names[] = {
    {0x0001, "VGA controller"},
    {0x0100, "SCSI controller"},
    {0x0101, "IDE controller"},
    {0x0180, "Storage controller"},
    {0x0200, "Ethernet controller"},
    {0x0280, "Network controller"},
    {0x0300, "VGA controller"},
    {0x0380, "Display controller"},
    {0x0400, "Video controller"},
    {0x0401, "Audio controller"},
    {0x0403, "Audio controller"},
    {0x0480, "Multimedia controller"},
    {0x0500, "RAM controller"},
    {0x0580, "Memory controller"},
    {0x0600, "Host bridge"},
    {0x0601, "ISA bridge"},
    {0x0604, "PCI bridge"},
    {0x0607, "CARDBUS bridge"},
    {0x0680, "Bridge"},
    {0x0700, "Serial port"},
    {0x0701, "Parallel port"},
    {0x0800, "Interrupt controller"},
    {0x0900, "Keyboard"},
    {0x0902, "Mouse"},
    {0x0c00, "Firewire controller"},
    {0x0c03, "USB controller"},
    {0x0c04, "Fibre channel"},
};

static void put_class(const PCIDevice *dev, GString *out)
{
    uint16_t class_id = lduw_le_p(dev->config + PCI_CLASS_DEVICE);
    for (size_t i = 0; i < G_N_ELEMENTS(class_names); i++) {
        if (class_names[i].class_id == class_id) {
            g_string_append(out, class_names[i].name);
            return;
        }
    }
    g_string_append_printf(out, "Class %04u", class_id);
}

static void put_bar(const PCIDevice *dev, unsigned n, GString *out)
{
    const PCIBar *bar = &dev->bars[n];
    uint64_t last = bar->addr + memory_region_size(bar->region) - 1;
    if (bar->type & PCI_BASE_ADDRESS_IO) {
        g_string_append_printf(
            out, "      BAR%u: I/O at 0x%04" G_GINT64_MODIFIER "x [0x%04" G_GINT64_MODIFIER "x].\n",
            n, bar->addr, last);
    } else {
        g_string_append_printf(out,
                               "      BAR%u: 32 bit%s memory at 0x%08" G_GINT64_MODIFIER
                               "x [0x%08" G_GINT64_MODIFIER "x].\n",
                               n, bar->type & PCI_BASE_ADDRESS_PREFETCH ? " prefetchable" : "",
                               bar->addr, last);
    }
}

static void put_device(PCIBus *bus, PCIDevice *dev, GString *out)
{
    const uint8_t *config = dev->config;
    g_string_append_printf(out, "  Bus %2u, device %3u, function %u:\n    ", pci_bus_number(bus),
                           PCI_SLOT((unsigned)dev->devfn), PCI_FUNC((unsigned)dev->devfn));
    put_class(dev, out);
    g_string_append_printf(out, ": PCI device %04x:%04x\n", lduw_le_p(config + PCI_VENDOR_ID),
                           lduw_le_p(config + PCI_DEVICE_ID));
    if (!dev->secondary) {
        g_string_append_printf(out, "      PCI subsystem %04x:%04x\n",
                               lduw_le_p(config + PCI_SUBSYSTEM_VENDOR_ID),
                               lduw_le_p(config + PCI_SUBSYSTEM_ID));
    }
    if (config[PCI_INTERRUPT_PIN]) {
        g_string_append_printf(out, "      IRQ %u, pin %c\n", config[PCI_INTERRUPT_LINE],
                               'A' + config[PCI_INTERRUPT_PIN] - 1);
    }
    if (dev->secondary) {
        pci_bridge_info(dev, out);
    }
    for (unsigned n = 0; n < PCI_BARS; n++) {
        if (dev->bars[n].region) {
            put_bar(dev, n, out);
        }
    }
    g_string_append_printf(out, "      id \"%s\"\n", DEVICE(dev)->id ? DEVICE(dev)->id : "");
}

void pci_info(PCIBus *bus, GString *out)
{
    for (unsigned devfn = 0; devfn < G_N_ELEMENTS(bus->devices); devfn++) {
        PCIDevice *dev = bus->devices[devfn];
        if (dev) {
            put_device(bus, dev, out);
        }
        if (dev && dev->secondary) {
            pci_info(dev->secondary, out);
        }
    }
}
