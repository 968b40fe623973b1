/* SPDX-License-Identifier: MIT */
/*
 * Conventional PCI: devices with a 256-byte configuration space, base address registers, INTx lines,
 * bus-master DMA; and the bus they sit on. Names follow QEMU's.
 *
 * Source: PCI Local Bus 2.2. Not modelled: 64-bit BARs, MSI, parity and errors.
 */
#ifndef HW_PCI_PCI_H
#define HW_PCI_PCI_H

#include "hw/core/qdev.h"
#include "memory/memory.h"

#define TYPE_PCI_DEVICE "pci-device"
#define TYPE_PCI_BUS "PCI"
OBJECT_DECLARE_TYPE(PCIDevice, PCIDeviceClass, PCI_DEVICE)
OBJECT_DECLARE_TYPE(PCIBus, PCIBusClass, PCI_BUS)

enum {
    PCI_VENDOR_ID = 0x00,
    PCI_DEVICE_ID = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION_ID = 0x08,
    PCI_CLASS_PROG = 0x09,
    PCI_CLASS_DEVICE = 0x0a,
    PCI_CACHE_LINE_SIZE = 0x0c,
    PCI_LATENCY_TIMER = 0x0d,
    PCI_HEADER_TYPE = 0x0e,
    PCI_BASE_ADDRESS_0 = 0x10,
    PCI_SUBSYSTEM_VENDOR_ID = 0x2c,
    PCI_SUBSYSTEM_ID = 0x2e,
    PCI_ROM_ADDRESS = 0x30,
    PCI_CAPABILITY_LIST = 0x34,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
    PCI_MIN_GNT = 0x3e,
    PCI_MAX_LAT = 0x3f,
};
enum { /* of a bridge's header */
       PCI_PRIMARY_BUS = 0x18,
       PCI_SECONDARY_BUS = 0x19,
       PCI_SUBORDINATE_BUS = 0x1a,
       PCI_SEC_LATENCY_TIMER = 0x1b,
       PCI_IO_BASE = 0x1c,
       PCI_IO_LIMIT = 0x1d,
       PCI_SEC_STATUS = 0x1e,
       PCI_MEMORY_BASE = 0x20,
       PCI_MEMORY_LIMIT = 0x22,
       PCI_PREF_MEMORY_BASE = 0x24,
       PCI_PREF_MEMORY_LIMIT = 0x26,
       PCI_BRIDGE_CONTROL = 0x3e,
};
enum { PCI_HEADER_TYPE_BRIDGE = 1, PCI_HEADER_TYPE_MULTI_FUNCTION = 0x80 };
enum {
    PCI_COMMAND_IO = 1,
    PCI_COMMAND_MEMORY = 2,
    PCI_COMMAND_MASTER = 4,
    PCI_COMMAND_INTX_DISABLE = 0x400,
    PCI_STATUS_INTERRUPT = 8,
    PCI_STATUS_CAP_LIST = 0x10,
};
enum { PCI_BASE_ADDRESS_IO = 1, PCI_BASE_ADDRESS_PREFETCH = 8 };
enum { PCI_CAP_ID_SLOTID = 4, PCI_CAP_ID_VNDR = 9 };
enum {
    PCI_CLASS_OLD_9P = 0x0002, /* what QEMU's has: older than class codes */
    PCI_CLASS_OTHERS = 0x00ff,
    PCI_CLASS_STORAGE_SCSI = 0x0100,
    PCI_CLASS_NETWORK_ETHERNET = 0x0200,
    PCI_CLASS_COMMUNICATION_OTHER = 0x0780,
};
enum { PCI_SLOTS = 32, PCI_FUNCTIONS = 8, PCI_BARS = 7, PCI_ROM_BAR = 6, PCI_CONFIG_SIZE = 256 };

#define PCI_DEVFN(slot, function) ((slot) << 3 | (function))
#define PCI_SLOT(devfn) ((devfn) >> 3 & 31)
#define PCI_FUNC(devfn) ((devfn) & 7)

typedef struct PCIBar {
    MemoryRegion *region; /* NULL: not implemented */
    MemoryRegion claim; /* what answers in the gaps of a container: nothing, but it is the card's */
    bool has_claim;
    uint8_t type;
    hwaddr addr; /* where it is mapped now; PCI_BAR_UNMAPPED if not */
} PCIBar;
#define PCI_BAR_UNMAPPED UINT64_MAX

struct PCIDevice {
    DeviceState parent_obj;
    int32_t devfn; /* property "addr" ("0c.0" or a slot number); -1: the first free slot */
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t realized_config[PCI_CONFIG_SIZE]; /* what reset brings back */
    uint8_t wmask[PCI_CONFIG_SIZE];           /* bits the guest can write */
    uint8_t w1cmask[PCI_CONFIG_SIZE];         /* bits cleared by writing one */
    uint8_t cap_end; /* first byte behind the capabilities; 0: there are none */
    PCIBar bars[PCI_BARS];
    bool irq_level;  /* of its INTx pin, before the command register's gate */
    bool irq_driven; /* what the bus counts for it now */
    MemoryRegion bus_master_container, bus_master_alias;
    AddressSpace *dma_as;
    PCIBus *secondary; /* behind a bridge; NULL: it is none */
    MemoryRegion rom;  /* with romfile= */
    bool has_rom;
    char *addr_text; /* properties */
    bool multifunction;
    char *romfile;
    uint32_t rombar, romsize;
    /* Before the guest's read, set in realize: a device whose registers change by themselves brings them
     * up to date. NULL: none do. */
    void (*config_reading)(PCIDevice *dev, uint8_t reg, unsigned size);
    MemoryWatch *config_watches; /* debuggers: configuration cycles, offsets 0..255 */
};

struct PCIDeviceClass {
    DeviceClass parent_class;
    uint16_t vendor_id, device_id, class_id;
    uint16_t subsystem_vendor_id, subsystem_id; /* 0: 1af4:1100 */
    uint8_t revision, prog_if, interrupt_pin;   /* pin 1 = INTA; 0: none */
    bool (*realize)(PCIDevice *dev, Error **errp);
    void (*exit)(PCIDevice *dev);
    /* After the default handling of a guest's write. */
    void (*config_written)(PCIDevice *dev, uint8_t reg, unsigned size);
};

/* Realized devices describe themselves with VMSTATE_PCI_DEVICE(parent_obj, Struct) first. */
extern const VMStateDescription vmstate_pci_device;
#define VMSTATE_PCI_DEVICE(f, S) VMSTATE_STRUCT(f, S, PCIDevice, vmstate_pci_device)

/* In realize. @region's size (a power of two) is the BAR's; the bus maps and unmaps it. */
void pci_register_bar(PCIDevice *dev, unsigned n, uint8_t type, MemoryRegion *region);
/* In realize: a capability of @size bytes at the end of the list, read only but for what the caller adds
 * to wmask. Returns where it begins; byte 0 is @id, byte 1 the link. */
uint8_t pci_add_capability(PCIDevice *dev, uint8_t id, uint8_t size);
/* Level of the device's interrupt pin. */
void pci_set_irq(PCIDevice *dev, bool level);
/* What firmware would leave in the interrupt line register, the sources of the four lines being
 * @first_source and up. */
void pci_preset_interrupt_line(PCIDevice *dev, uint8_t first_source);
/* DMA as bus master: MEMTX_DECODE_ERROR while the command register forbids it. */
MemTxResult pci_dma_read(PCIDevice *dev, hwaddr addr, void *buf, size_t len);
MemTxResult pci_dma_write(PCIDevice *dev, hwaddr addr, const void *buf, size_t len);
AddressSpace *pci_get_address_space(PCIDevice *dev);
PCIBus *pci_get_bus(PCIDevice *dev);
DeviceState *pci_new(int devfn, const char *type);
/* Make, place and realize; dies with the board on failure (returns NULL, sets errp). */
PCIDevice *pci_create_simple(PCIBus *bus, int devfn, const char *type, Error **errp);

typedef struct PCIBusConfig {
    const char *name;
    PCIDevice *bridge;         /* in front of it; NULL: a host bridge */
    MemoryRegion *memory, *io; /* where BARs appear */
    uint8_t first_slot;        /* of devices without an address */
    void (*set_irq)(void *opaque, unsigned line, bool level); /* line = (pin + slot) mod 4 */
    void *opaque;
} PCIBusConfig;
extern const VMStateDescription vmstate_pci_bus; /* part of the host bridge's state */
PCIBus *pci_bus_new(DeviceState *parent, const PCIBusConfig *config);
PCIDevice *pci_bus_bridge(PCIBus *bus); /* NULL: a host bridge's */
uint8_t pci_bus_number(PCIBus *bus);    /* as the guest numbered it; 0 behind a host bridge */
/* The bus that configuration cycles for @number behind @root reach; NULL if none. */
PCIBus *pci_find_bus(PCIBus *root, uint8_t number);
/* Configuration cycles; @size 1, 2, 4; values little-endian numbers. Absent devices read all ones. */
uint32_t pci_config_read(PCIBus *bus, uint8_t devfn, uint8_t reg, unsigned size);
void pci_config_write(PCIBus *bus, uint8_t devfn, uint8_t reg, uint32_t value, unsigned size);
PCIDevice *pci_find_device(PCIBus *bus, uint8_t devfn);
/* `info pci` text. */
void pci_info(PCIBus *bus, GString *out);

#endif
