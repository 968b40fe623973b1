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
/* The device starts or stops asserting its pin. */
void pci_bus_irq_changed(PCIBus *bus, const PCIDevice *dev, bool level);
/* The same for the count of its line alone: returns whether the line changes. */
bool pci_bus_irq_count(PCIBus *bus, const PCIDevice *dev, bool level);

#endif
