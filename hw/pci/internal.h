/* SPDX-License-Identifier: MIT */
/* Between the PCI bus and its devices. */
#ifndef HW_PCI_INTERNAL_H
#define HW_PCI_INTERNAL_H

#include "hw/pci/pci.h"

enum { PCI_LINES = 4 };

struct PCIBus {
    BusState parent_obj;
    PCIBusConfig config;
    PCIDevice *devices[PCI_SLOTS * PCI_FUNCTIONS];
    uint32_t irq_count[PCI_LINES]; /* devices that assert each line; derived from their state */
};

struct PCIBusClass {
    BusClass parent_class;
};

void pci_device_config_write(PCIDevice *dev, uint8_t reg, uint32_t value, unsigned size);
/* The device starts or stops asserting its pin. @is_loading: who listens to the line has its level. */
void pci_bus_irq_changed(PCIBus *bus, const PCIDevice *dev, bool level, bool is_loading);
/* Windows, bus numbers, for `info pci`. */
void pci_bridge_info(const PCIDevice *dev, GString *out);
/* The expansion ROM that romfile= names, as a BAR. */
bool pci_add_rom(PCIDevice *dev, Error **errp);

#endif
