/* SPDX-License-Identifier: MIT */
/*
 * UniNorth's three PCI hosts: main (external), AGP and internal, each with its host bridge function.
 *
 * Source: mac99.md 3.1 to 3.3. The configuration address is little-endian and reads back exactly what
 * was written. Only the main host decodes the CFA0/CFA1 forms. A cycle that no card claims reads all ones
 * (master abort, PCI 2.2 3.3.3.1). Not modelled: AGP GART, error reporting (no status bit, no machine check).
 * Regions: 0 configuration address, 1 configuration data, 2 memory space, 3 I/O space.
 * Lines out: "sysbus-irq"[0..3], one per PCI interrupt line.
 */
#include "hw/core/sysbus.h"
#include "hw/pci/pci.h"
#include "util/log.h"

#define TYPE_UNI_NORTH_HOST "uni-north-host"
#define TYPE_UNI_NORTH_PCI_HOST "uni-north-pci"
#define TYPE_UNI_NORTH_AGP_HOST "uni-north-agp"
#define TYPE_UNI_NORTH_INTERNAL_HOST "uni-north-internal-pci"
#define TYPE_UNI_NORTH_BRIDGE "uni-north-bridge"
OBJECT_DECLARE_TYPE(UniNorthHost, UniNorthHostClass, UNI_NORTH_HOST)

enum { PORT_SIZE = 0x1000, IO_SIZE = 0x800000, LINES = 4, OPENPIC_SOURCE = 0x1b };

struct UniNorthHost {
    SysBusDevice parent_obj;
    PCIBus *bus;
    uint32_t config_address; /* as the guest wrote it */
    MemoryRegion address_port, data_port, memory, io;
    MemoryRegion no_memory, no_io; /* under all BARs */
    IrqLine *irqs[LINES];
};

struct UniNorthHostClass {
    SysBusDeviceClass parent_class;
    const char *bus_name, *bridge_type;
    uint8_t bridge_slot;
    bool decodes_apple_forms;
    bool has_windows; /* this board maps its memory and I/O: cards can be plugged */
};

/* --- configuration cycles ------------------------------------------------------------------------------- */

typedef struct ConfigCycle {
    bool valid;
    uint8_t bus, devfn, reg;
} ConfigCycle;

/* mac99.md 3.2; @port_offset is the byte offset in the data window. */
static ConfigCycle decode_cycle(const UniNorthHost *s, hwaddr port_offset)
{
    uint32_t address = s->config_address;
    if (address >> 31) { /* mechanism 1: bus, devfn, register */
        return (ConfigCycle){.valid = true,
                             .bus = (uint8_t)(address >> 16),
                             .devfn = (uint8_t)(address >> 8),
                             .reg = (uint8_t)((address & 0xfc) | (port_offset & 3))};
    }
    if (!UNI_NORTH_HOST_GET_CLASS(s)->decodes_apple_forms) {
        return (ConfigCycle){.valid = false};
    }
    uint8_t reg = (uint8_t)((address & 0xf8) | (port_offset & 7));
    if (address & 1) { /* CFA1: bus and devfn */
        return (ConfigCycle){.valid = true,
                             .bus = (uint8_t)(address >> 16),
                             .devfn = (uint8_t)(address >> 8),
                             .reg = reg};
    }
    uint32_t select = address & 0xfffff800; /* CFA0: one address line per slot */
    if (!select) {
        return (ConfigCycle){.valid = false};
    }
    unsigned slot = (unsigned)__builtin_ctz(select);
    return (ConfigCycle){
        .valid = true, .devfn = (uint8_t)PCI_DEVFN(slot, address >> 8 & 7), .reg = reg};
}

/* NULL: nobody claims the cycle. */
static PCIBus *bus_of_cycle(const UniNorthHost *s, ConfigCycle cycle)
{
    return cycle.valid ? pci_find_bus(s->bus, cycle.bus) : NULL;
}

static uint64_t address_read(void *opaque, hwaddr offset, unsigned size G_GNUC_UNUSED)
{
    return offset == 0 ? UNI_NORTH_HOST(opaque)->config_address : 0;
}

static void address_write(void *opaque, hwaddr offset, uint64_t value, unsigned size G_GNUC_UNUSED)
{
    if (offset == 0) {
        UNI_NORTH_HOST(opaque)->config_address = (uint32_t)value;
    }
}

static uint64_t data_read(void *opaque, hwaddr offset, unsigned size)
{
    UniNorthHost *s = UNI_NORTH_HOST(opaque);
    ConfigCycle cycle = decode_cycle(s, offset);
    PCIBus *bus = bus_of_cycle(s, cycle);
    return bus ? pci_config_read(bus, cycle.devfn, cycle.reg, size) : UINT32_MAX >> (32 - 8 * size);
}

static void data_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    UniNorthHost *s = UNI_NORTH_HOST(opaque);
    ConfigCycle cycle = decode_cycle(s, offset);
    PCIBus *bus = bus_of_cycle(s, cycle);
    if (bus) {
        pci_config_write(bus, cycle.devfn, cycle.reg, (uint32_t)value, size);
    }
}

static const MemoryRegionOps address_ops = {
    .read = address_read,
    .write = address_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 4, .max_access_size = 4},
};
static const MemoryRegionOps data_ops = {
    .read = data_read,
    .write = data_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 4},
};

/* --- cycles that nobody claims --------------------------------------------------------------------------- */

static uint64_t unclaimed_read(void *opaque G_GNUC_UNUSED, hwaddr offset, unsigned size)
{
    log_unimp("pci", offset, "read of %u bytes at %#" G_GINT64_MODIFIER "x: no card answers", size,
              offset);
    return UINT64_MAX;
}

static void unclaimed_write(void *opaque G_GNUC_UNUSED, hwaddr offset, uint64_t value G_GNUC_UNUSED,
                            unsigned size)
{
    log_unimp("pci", offset, "write of %u bytes at %#" G_GINT64_MODIFIER "x: no card answers", size,
              offset);
}

static const MemoryRegionOps unclaimed_ops = {
    .read = unclaimed_read,
    .write = unclaimed_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
    .impl = {.min_access_size = 1, .max_access_size = 8},
};

static void add_unclaimed(UniNorthHost *s, MemoryRegion *space, MemoryRegion *region,
                          const char *name)
{
    memory_region_init_io(region, OBJECT(s), &unclaimed_ops, s, name, memory_region_size(space));
    memory_region_add_subregion_overlap(space, 0, region, -1);
}

/* --- the host ------------------------------------------------------------------------------------------- */

static void set_irq(void *opaque, unsigned line, bool level)
{
    irq_line_set(UNI_NORTH_HOST(opaque)->irqs[line], level);
}

static void host_init(Object *obj)
{
    UniNorthHost *s = UNI_NORTH_HOST(obj);
    SysBusDevice *sbd = SYS_BUS_DEVICE(obj);
    memory_region_init_io(&s->address_port, obj, &address_ops, s, "config-address", PORT_SIZE);
    memory_region_init_io(&s->data_port, obj, &data_ops, s, "config-data", PORT_SIZE);
    memory_region_init(&s->memory, obj, "pci-memory", UINT64_C(1) << 32);
    memory_region_init(&s->io, obj, "pci-io", IO_SIZE);
    add_unclaimed(s, &s->memory, &s->no_memory, "pci-memory-unclaimed");
    add_unclaimed(s, &s->io, &s->no_io, "pci-io-unclaimed");
    sysbus_init_mmio(sbd, &s->address_port);
    sysbus_init_mmio(sbd, &s->data_port);
    sysbus_init_mmio(sbd, &s->memory);
    sysbus_init_mmio(sbd, &s->io);
    for (unsigned n = 0; n < LINES; n++) {
        sysbus_init_irq(sbd, &s->irqs[n]);
    }
}

static bool host_realize(DeviceState *dev, Error **errp)
{
    UniNorthHost *s = UNI_NORTH_HOST(dev);
    const UniNorthHostClass *hc = UNI_NORTH_HOST_GET_CLASS(s);
    PCIBusConfig config = {
        .name = hc->bus_name,
        .memory = &s->memory,
        .io = &s->io,
        .first_slot = hc->bridge_slot,
        .set_irq = set_irq,
        .opaque = s,
    };
    s->bus = pci_bus_new(dev, &config);
    if (!pci_create_simple(s->bus, PCI_DEVFN(hc->bridge_slot, 0), hc->bridge_type, errp)) {
        return false;
    }
    if (hc->has_windows) {
        qbus_set_hotplug_handler(BUS(s->bus), OBJECT(dev));
    } else {
        qbus_mark_full(BUS(s->bus));
    }
    return true;
}

/* A card that comes while the machine runs finds its interrupt source in 0x3c, as OpenBIOS leaves it. */
static bool plug(Object *handler G_GNUC_UNUSED, DeviceState *dev, Error **errp G_GNUC_UNUSED)
{
    if (dev->hotplugged) {
        pci_preset_interrupt_line(PCI_DEVICE(dev), OPENPIC_SOURCE);
    }
    return true;
}

static void host_reset(DeviceState *dev) { UNI_NORTH_HOST(dev)->config_address = 0; }

static const VMStateDescription vmstate_host = {
    .name = "uni-north-host",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_UINT32(config_address, UniNorthHost),
            VMSTATE_STRUCT_POINTER(bus, UniNorthHost, vmstate_pci_bus),
            VMSTATE_END_OF_LIST(),
        },
};

static void host_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    HotplugHandlerClass *hc = (HotplugHandlerClass *)object_class_dynamic_cast(
        klass, TYPE_HOTPLUG_HANDLER);
    hc->plug = plug;
    dc->realize = host_realize;
    dc->reset = host_reset;
    dc->vmsd = &vmstate_host;
}

static void main_host_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    UniNorthHostClass *hc = UNI_NORTH_HOST_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "UniNorth main PCI host";
    hc->bus_name = "pci.0";
    hc->bridge_type = "uni-north-pci-bridge";
    hc->bridge_slot = 11;
    hc->decodes_apple_forms = true;
    hc->has_windows = true;
}

static void agp_host_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    UniNorthHostClass *hc = UNI_NORTH_HOST_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "UniNorth AGP host";
    hc->bus_name = "pci.1";
    hc->bridge_type = "uni-north-agp-bridge";
    hc->bridge_slot = 11;
}

static void internal_host_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    UniNorthHostClass *hc = UNI_NORTH_HOST_CLASS(klass);
    DEVICE_CLASS(klass)->desc = "UniNorth internal PCI host";
    hc->bus_name = "pci.2";
    hc->bridge_type = "uni-north-internal-bridge";
    hc->bridge_slot = 14;
}

/* --- the bridge functions --------------------------------------------------------------------------------- */

typedef struct UniNorthBridge {
    PCIDevice parent_obj;
} UniNorthBridge;

static bool bridge_realize(PCIDevice *dev, Error **errp G_GNUC_UNUSED)
{
    dev->config[PCI_LATENCY_TIMER] = 0x10;
    return true;
}

/* Bit 24: region 8, 0x80000000 to 0x8fffffff, belongs to this bridge (mac99.md 3.1). */
static bool main_bridge_realize(PCIDevice *dev, Error **errp)
{
    stl_le_p(dev->config + 0x48, 0x01000000);
    return bridge_realize(dev, errp);
}

static const VMStateDescription vmstate_bridge = {
    .name = TYPE_UNI_NORTH_BRIDGE,
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_PCI_DEVICE(parent_obj, UniNorthBridge),
            VMSTATE_END_OF_LIST(),
        },
};

static void bridge_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    DEVICE_CLASS(klass)->vmsd = &vmstate_bridge;
    pc->vendor_id = 0x106b;
    pc->class_id = 0x0600;
    pc->realize = bridge_realize;
}

static void main_bridge_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    PCI_DEVICE_CLASS(klass)->device_id = 0x001f;
    PCI_DEVICE_CLASS(klass)->realize = main_bridge_realize;
}

static void agp_bridge_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    PCI_DEVICE_CLASS(klass)->device_id = 0x0020;
}

static void internal_bridge_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    PCI_DEVICE_CLASS(klass)->device_id = 0x001e;
}

static const TypeInfo uninorth_types[] = {
    {.name = TYPE_UNI_NORTH_HOST,
     .parent = TYPE_SYS_BUS_DEVICE,
     .abstract = true,
     .instance_size = sizeof(UniNorthHost),
     .instance_init = host_init,
     .class_size = sizeof(UniNorthHostClass),
     .class_init = host_class_init,
     .interfaces = (const InterfaceInfo[]){{TYPE_HOTPLUG_HANDLER}, {NULL}}},
    {.name = TYPE_UNI_NORTH_PCI_HOST,
     .parent = TYPE_UNI_NORTH_HOST,
     .class_init = main_host_class_init},
    {.name = TYPE_UNI_NORTH_AGP_HOST,
     .parent = TYPE_UNI_NORTH_HOST,
     .class_init = agp_host_class_init},
    {.name = TYPE_UNI_NORTH_INTERNAL_HOST,
     .parent = TYPE_UNI_NORTH_HOST,
     .class_init = internal_host_class_init},
    {.name = TYPE_UNI_NORTH_BRIDGE,
     .parent = TYPE_PCI_DEVICE,
     .abstract = true,
     .instance_size = sizeof(UniNorthBridge),
     .class_init = bridge_class_init},
    {.name = "uni-north-pci-bridge",
     .parent = TYPE_UNI_NORTH_BRIDGE,
     .class_init = main_bridge_class_init},
    {.name = "uni-north-agp-bridge",
     .parent = TYPE_UNI_NORTH_BRIDGE,
     .class_init = agp_bridge_class_init},
    {.name = "uni-north-internal-bridge",
     .parent = TYPE_UNI_NORTH_BRIDGE,
     .class_init = internal_bridge_class_init},
};

static void register_uninorth(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(uninorth_types); i++) {
        type_register_static(&uninorth_types[i]);
    }
}
type_init(register_uninorth)
