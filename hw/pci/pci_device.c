/* SPDX-License-Identifier: MIT */
/*
 * The PCI device: configuration space with write masks, BAR mapping, interrupt pin, DMA.
 *
 * Source: PCI 2.2 chapter 6. A BAR is mapped while its space is enabled and its address is neither 0
 * nor all ones.
 */
#include "hw/pci/internal.h"
#include "util/trace.h"

static unsigned bar_offset(unsigned n)
{
    return n == PCI_ROM_BAR ? PCI_ROM_ADDRESS : PCI_BASE_ADDRESS_0 + 4 * n;
}

/* --- mapping ------------------------------------------------------------------------------------------ */

static hwaddr bar_address(const PCIDevice *dev, unsigned n)
{
    const PCIBar *bar = &dev->bars[n];
    uint16_t command = lduw_le_p(dev->config + PCI_COMMAND);
    uint32_t raw = ldl_le_p(dev->config + bar_offset(n));
    bool is_io = bar->type & PCI_BASE_ADDRESS_IO;
    if (!(command & (is_io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)) ||
        (n == PCI_ROM_BAR && !(raw & 1))) {
        return PCI_BAR_UNMAPPED;
    }
    uint64_t size = memory_region_size(bar->region);
    uint32_t address = raw & ~(uint32_t)(size - 1);
    bool sizing = address == (uint32_t)~(size - 1);
    return address == 0 || sizing ? PCI_BAR_UNMAPPED : address;
}

static void update_bar(PCIDevice *dev, unsigned n)
{
    PCIBar *bar = &dev->bars[n];
    PCIBus *bus = pci_get_bus(dev);
    hwaddr address = bar_address(dev, n);
    if (address == bar->addr) {
        return;
    }
    bool is_io = bar->type & PCI_BASE_ADDRESS_IO;
    MemoryRegion *space = is_io ? bus->config.io : bus->config.memory;
    if (bar->addr != PCI_BAR_UNMAPPED) {
        memory_region_del_subregion(space, bar->region);
    }
    bar->addr = address;
    if (address != PCI_BAR_UNMAPPED) {
        memory_region_add_subregion_overlap(space, address, bar->region, 1);
    }
    TRACE(pci_update_mappings_add, "%s bar %u at %#" G_GINT64_MODIFIER "x",
          object_get_typename(OBJECT(dev)), n, address);
}

static bool drives_interrupt(const PCIDevice *dev)
{
    uint16_t command = lduw_le_p(dev->config + PCI_COMMAND);
    return dev->irq_level && !(command & PCI_COMMAND_INTX_DISABLE);
}

static void update_interrupt(PCIDevice *dev)
{
    bool driven = drives_interrupt(dev);
    dev->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INTERRUPT;
    dev->config[PCI_STATUS] |= dev->irq_level ? PCI_STATUS_INTERRUPT : 0;
    if (driven != dev->irq_driven) {
        dev->irq_driven = driven;
        pci_bus_irq_changed(pci_get_bus(dev), dev, driven, false);
    }
}

static void update_mappings(PCIDevice *dev)
{
    memory_region_transaction_begin();
    for (unsigned n = 0; n < PCI_BARS; n++) {
        if (dev->bars[n].region) {
            update_bar(dev, n);
        }
    }
    bool master = lduw_le_p(dev->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
    memory_region_set_enabled(&dev->bus_master_alias, master);
    memory_region_transaction_commit();
}

void pci_device_config_write(PCIDevice *dev, uint8_t reg, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++, value >>= 8) {
        uint8_t *byte = &dev->config[reg + i], mask = dev->wmask[reg + i];
        *byte = (uint8_t)((*byte & ~mask) | (value & mask));
        *byte &= (uint8_t)~(value & dev->w1cmask[reg + i]);
    }
    update_mappings(dev);
    update_interrupt(dev);
    if (PCI_DEVICE_GET_CLASS(dev)->config_written) {
        PCI_DEVICE_GET_CLASS(dev)->config_written(dev, reg, size);
    }
}

/* --- what devices call ---------------------------------------------------------------------------------- */

void pci_register_bar(PCIDevice *dev, unsigned n, uint8_t type, MemoryRegion *region)
{
    uint64_t size = memory_region_size(region);
    g_assert(n < PCI_BARS && is_power_of_2(size) && size >= 4);
    PCIBar *bar = &dev->bars[n];
    bar->region = region;
    bar->type = type;
    bar->addr = PCI_BAR_UNMAPPED;
    if (memory_region_is_container(region)) {
        bar->has_claim = true;
        memory_region_init_reservation(&bar->claim, OBJECT(dev), memory_region_name(region), size);
        memory_region_add_subregion_overlap(region, 0, &bar->claim, -1);
    }
    stl_le_p(dev->config + bar_offset(n), type);
    uint32_t mask = (uint32_t)~(size - 1) | (n == PCI_ROM_BAR ? 1 : 0);
    stl_le_p(dev->wmask + bar_offset(n), mask);
}

uint8_t pci_add_capability(PCIDevice *dev, uint8_t id, uint8_t size)
{
    enum { FIRST = 0x40 };
    uint8_t at = dev->cap_end ? dev->cap_end : FIRST;
    g_assert(at + size <= PCI_CONFIG_SIZE);
    uint8_t *link = &dev->config[PCI_CAPABILITY_LIST];
    while (*link) {
        link = &dev->config[*link + 1];
    }
    *link = at;
    dev->config[at] = id;
    dev->config[at + 1] = 0;
    dev->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
    memset(dev->wmask + at, 0, size);
    dev->cap_end = (uint8_t)align_up(at + size, 4);
    return at;
}

void pci_set_irq(PCIDevice *dev, bool level)
{
    dev->irq_level = level;
    update_interrupt(dev);
}

AddressSpace *pci_get_address_space(PCIDevice *dev) { return dev->dma_as; }

MemTxResult pci_dma_read(PCIDevice *dev, hwaddr addr, void *buf, size_t len)
{
    return address_space_read(dev->dma_as, addr, buf, len);
}

MemTxResult pci_dma_write(PCIDevice *dev, hwaddr addr, const void *buf, size_t len)
{
    return address_space_write(dev->dma_as, addr, buf, len);
}

DeviceState *pci_new(int devfn, const char *type)
{
    DeviceState *dev = qdev_new(type);
    PCI_DEVICE(dev)->devfn = devfn;
    return dev;
}

PCIDevice *pci_create_simple(PCIBus *bus, int devfn, const char *type, Error **errp)
{
    DeviceState *dev = pci_new(devfn, type);
    return qdev_realize_and_unref(dev, BUS(bus), errp) ? PCI_DEVICE(dev) : NULL;
}

/* --- life ------------------------------------------------------------------------------------------------ */

static void init_config(PCIDevice *dev)
{
    const PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    uint8_t *config = dev->config;
    stw_le_p(config + PCI_VENDOR_ID, pc->vendor_id);
    stw_le_p(config + PCI_DEVICE_ID, pc->device_id);
    config[PCI_REVISION_ID] = pc->revision;
    config[PCI_CLASS_PROG] = pc->prog_if;
    stw_le_p(config + PCI_CLASS_DEVICE, pc->class_id);
    bool named = pc->subsystem_vendor_id || pc->subsystem_id;
    stw_le_p(config + PCI_SUBSYSTEM_VENDOR_ID, named ? pc->subsystem_vendor_id : 0x1af4);
    stw_le_p(config + PCI_SUBSYSTEM_ID, named ? pc->subsystem_id : 0x1100);
    config[PCI_INTERRUPT_PIN] = pc->interrupt_pin;
    config[PCI_HEADER_TYPE] = dev->multifunction ? PCI_HEADER_TYPE_MULTI_FUNCTION : 0;
    stw_le_p(dev->wmask + PCI_COMMAND,
             PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
    dev->wmask[PCI_CACHE_LINE_SIZE] = 0xff;
    dev->wmask[PCI_INTERRUPT_LINE] = 0xff;
    memset(dev->wmask + 0x40, 0xff, PCI_CONFIG_SIZE - 0x40);
    dev->cap_end = 0;
}

/* What lies behind a bridge reaches memory through it: its own bus master bit, too, must be set. */
static void init_dma(PCIDevice *dev)
{
    PCIDevice *bridge = pci_bus_bridge(pci_get_bus(dev));
    MemoryRegion *target = bridge ? &bridge->bus_master_container : get_system_memory();
    memory_region_init(&dev->bus_master_container, OBJECT(dev), "bus-master-container", UINT64_MAX);
    memory_region_init_alias(&dev->bus_master_alias, OBJECT(dev), "bus-master", target, 0,
                             memory_region_size(target));
    memory_region_set_enabled(&dev->bus_master_alias, false);
    memory_region_add_subregion(&dev->bus_master_container, 0, &dev->bus_master_alias);
    dev->dma_as = address_space_new(&dev->bus_master_container, object_get_typename(OBJECT(dev)));
}

/* What init_config(), init_dma() and pci_register_bar() made. */
static void drop_parts(PCIDevice *dev)
{
    for (unsigned n = 0; n < PCI_BARS; n++) {
        if (dev->bars[n].has_claim) {
            object_unparent(OBJECT(&dev->bars[n].claim));
        }
        dev->bars[n] = (PCIBar){.addr = PCI_BAR_UNMAPPED};
    }
    if (dev->has_rom) {
        object_unparent(OBJECT(&dev->rom));
        dev->has_rom = false;
    }
    address_space_free(dev->dma_as);
    dev->dma_as = NULL;
    object_unparent(OBJECT(&dev->bus_master_alias));
    object_unparent(OBJECT(&dev->bus_master_container));
    memset(dev->config, 0, sizeof(dev->config));
    memset(dev->wmask, 0, sizeof(dev->wmask));
    memset(dev->w1cmask, 0, sizeof(dev->w1cmask));
}

static void device_unrealize(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    pci_set_irq(dev, false);
    stw_le_p(dev->config + PCI_COMMAND, 0);
    update_mappings(dev);
    if (PCI_DEVICE_GET_CLASS(dev)->exit) {
        PCI_DEVICE_GET_CLASS(dev)->exit(dev);
    }
    drop_parts(dev);
}

static bool pci_qdev_realize(DeviceState *qdev, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    TRACE(pci_qdev_realize, "%s", object_get_typename(OBJECT(dev)));
    init_config(dev);
    init_dma(dev);
    const PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    if (!pci_add_rom(dev, errp) || (pc->realize && !pc->realize(dev, errp))) {
        drop_parts(dev);
        return false;
    }
    memcpy(dev->realized_config, dev->config, sizeof(dev->config));
    return true;
}

/* A bus reset: everything as realized, command and interrupt line zero (PCI 2.2 6.2.2). */
static void device_reset(Object *obj)
{
    PCIDevice *dev = PCI_DEVICE(obj);
    dev->irq_level = false;
    memcpy(dev->config, dev->realized_config, sizeof(dev->config));
    stw_le_p(dev->config + PCI_COMMAND, 0);
    dev->config[PCI_CACHE_LINE_SIZE] = 0;
    dev->config[PCI_INTERRUPT_LINE] = 0;
    update_mappings(dev);
    update_interrupt(dev);
}

/* The first byte that the guest could not have changed and that differs; PCI_CONFIG_SIZE if none. */
static unsigned find_foreign_byte(const PCIDevice *dev)
{
    unsigned reg = 0;
    while (reg < PCI_CONFIG_SIZE) {
        uint8_t fixed = (uint8_t)~(dev->wmask[reg] | dev->w1cmask[reg]);
        fixed &= (uint8_t)~(reg == PCI_STATUS ? PCI_STATUS_INTERRUPT : 0);
        if ((dev->config[reg] ^ dev->realized_config[reg]) & fixed) {
            break;
        }
        reg++;
    }
    return reg;
}

/* Who listens to the lines has loaded their levels: only the bus's count follows. */
static bool post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp)
{
    PCIDevice *dev = opaque;
    unsigned reg = find_foreign_byte(dev);
    if (reg < PCI_CONFIG_SIZE) {
        return error_setg(errp, "byte %#x of the configuration space belongs to another device",
                          reg);
    }
    update_mappings(dev);
    bool driven = drives_interrupt(dev);
    if (driven != dev->irq_driven) {
        dev->irq_driven = driven;
        pci_bus_irq_changed(pci_get_bus(dev), dev, driven, true);
    }
    return true;
}

const VMStateDescription vmstate_pci_device = {
    .name = "pci-device",
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_BUFFER(config, PCIDevice),
            VMSTATE_BOOL(irq_level, PCIDevice),
            VMSTATE_TRANSIENT(irq_driven, PCIDevice, "derived from irq_level and the command"),
            VMSTATE_TRANSIENT(devfn, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(addr_text, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(multifunction, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(romfile, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(rombar, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(romsize, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(has_rom, PCIDevice, "configuration"),
            VMSTATE_TRANSIENT(secondary, PCIDevice, "wiring"),
            VMSTATE_TRANSIENT(config_watches, PCIDevice, "debuggers"),
            VMSTATE_TRANSIENT(realized_config, PCIDevice, "constant after realize"),
            VMSTATE_TRANSIENT(wmask, PCIDevice, "constant after realize"),
            VMSTATE_TRANSIENT(w1cmask, PCIDevice, "constant after realize"),
            VMSTATE_TRANSIENT(cap_end, PCIDevice, "constant after realize"),
            VMSTATE_TRANSIENT(bars, PCIDevice, "derived from config"),
            VMSTATE_TRANSIENT(dma_as, PCIDevice, "derived from config"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property pci_properties[] = {
    {.name = "addr",
     .type = FIELD_STRING,
     .offset = offsetof(PCIDevice, addr_text),
     .description = "slot[.function], hexadecimal; the first free slot by default"},
    {.name = "multifunction",
     .type = FIELD_BOOL,
     .offset = offsetof(PCIDevice, multifunction),
     .description = "the slot may have more functions than this one, 0"},
    {.name = "romfile",
     .type = FIELD_STRING,
     .offset = offsetof(PCIDevice, romfile),
     .description = "contents of the expansion ROM"},
    {.name = "rombar",
     .type = FIELD_UINT32,
     .offset = offsetof(PCIDevice, rombar),
     .defval = 1,
     .description = "0: the guest sees no expansion ROM"},
    {.name = "romsize",
     .type = FIELD_UINT32,
     .offset = offsetof(PCIDevice, romsize),
     .defval = UINT32_MAX,
     .description = "its size; all ones: as romfile needs"},
    {.name = NULL},
};

static void device_instance_init(Object *obj) { PCI_DEVICE(obj)->devfn = -1; }

static void device_finalize(Object *obj) { memory_watch_end(&PCI_DEVICE(obj)->config_watches); }

static void device_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    ResettableClass *rc = (ResettableClass *)object_class_dynamic_cast(klass, TYPE_RESETTABLE);
    dc->bus_type = TYPE_PCI_BUS;
    dc->realize = pci_qdev_realize;
    dc->unrealize = device_unrealize;
    rc->phases.enter = device_reset;
    device_class_set_props(dc, pci_properties);
}

static const TypeInfo pci_device_info = {
    .name = TYPE_PCI_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(PCIDevice),
    .class_size = sizeof(PCIDeviceClass),
    .instance_init = device_instance_init,
    .instance_finalize = device_finalize,
    .class_init = device_class_init,
    .abstract = true,
};
DEFINE_TYPE(pci_device_info)
