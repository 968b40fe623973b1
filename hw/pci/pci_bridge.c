/* SPDX-License-Identifier: MIT */
/*
 * The PCI-PCI bridge `pci-bridge`: a bus of its own behind a type 1 header.
 *
 * Source: PCI-to-PCI Bridge Architecture 1.1; numbers and properties as in QEMU. The three windows pass cycles
 * down, bus mastering passes them up; a secondary reset resets what is behind. Not modelled: the hot-plug
 * controller (shpc) and MSI, VGA and ISA forwarding, 32-bit I/O, 64-bit prefetchable memory, errors.
 */
#include "hw/pci/internal.h"

#include <string.h>

#define TYPE_PCI_BRIDGE "pci-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIBridge, PCI_BRIDGE)

enum { IO_SPACE = 0x10000, CONTROL_RESET = 0x40, CONTROL_BITS = 0x0fe3 };
enum { SLOTID_SIZE = 4, SLOTID_FIRST = 0x20 };

struct PCIBridge {
    PCIDevice parent_obj;
    MemoryRegion memory, io;                                /* of the secondary bus */
    MemoryRegion memory_window, prefetch_window, io_window; /* in the primary bus's */
    uint8_t chassis_nr;                                     /* properties */
    bool has_shpc;
};

/* --- windows ------------------------------------------------------------------------------------------- */

typedef struct Window {
    uint32_t base, limit; /* the last byte */
} Window;

static Window io_window(const uint8_t *config)
{
    return (Window){(config[PCI_IO_BASE] & 0xf0u) << 8,
                    (config[PCI_IO_LIMIT] & 0xf0u) << 8 | 0xfff};
}

static Window memory_window(const uint8_t *config, unsigned reg)
{
    return (Window){(lduw_le_p(config + reg) & 0xfff0u) << 16,
                    (lduw_le_p(config + reg + 2) & 0xfff0u) << 16 | 0xfffff};
}

static void open_window(MemoryRegion *region, Window window, bool is_enabled)
{
    bool is_open = is_enabled && window.base <= window.limit;
    if (is_open) {
        memory_region_set_size(region, (uint64_t)window.limit - window.base + 1);
        memory_region_set_alias_offset(region, window.base);
        memory_region_set_address(region, window.base);
    }
    memory_region_set_enabled(region, is_open);
}

static void update_windows(PCIBridge *s)
{
    const uint8_t *config = PCI_DEVICE(s)->config;
    uint16_t command = lduw_le_p(config + PCI_COMMAND);
    bool has_memory = command & PCI_COMMAND_MEMORY;
    memory_region_transaction_begin();
    open_window(&s->memory_window, memory_window(config, PCI_MEMORY_BASE), has_memory);
    open_window(&s->prefetch_window, memory_window(config, PCI_PREF_MEMORY_BASE), has_memory);
    open_window(&s->io_window, io_window(config), command & PCI_COMMAND_IO);
    memory_region_transaction_commit();
}

static void init_window(PCIBridge *s, MemoryRegion *region, MemoryRegion *space,
                        MemoryRegion *before, const char *name)
{
    memory_region_init_alias(region, OBJECT(s), name, space, 0, memory_region_size(space));
    memory_region_set_enabled(region, false);
    memory_region_add_subregion_overlap(before, 0, region, 1);
}

/* --- registers ----------------------------------------------------------------------------------------- */

static void config_written(PCIDevice *dev, uint8_t reg, unsigned size)
{
    bool had_control = reg < PCI_BRIDGE_CONTROL + 2 && reg + size > PCI_BRIDGE_CONTROL;
    update_windows(PCI_BRIDGE(dev));
    if (had_control && (lduw_le_p(dev->config + PCI_BRIDGE_CONTROL) & CONTROL_RESET)) {
        resettable_reset(OBJECT(dev->secondary));
    }
}

static void init_header(PCIBridge *s)
{
    PCIDevice *dev = PCI_DEVICE(s);
    uint8_t *wmask = dev->wmask;
    dev->config[PCI_HEADER_TYPE] |= PCI_HEADER_TYPE_BRIDGE;
    stl_le_p(dev->config + PCI_SUBSYSTEM_VENDOR_ID, 0); /* the upper half of a limit here */
    memset(wmask + PCI_PRIMARY_BUS, 0xff, PCI_IO_BASE - PCI_PRIMARY_BUS);
    wmask[PCI_IO_BASE] = wmask[PCI_IO_LIMIT] = 0xf0;
    for (unsigned reg = PCI_MEMORY_BASE; reg <= PCI_PREF_MEMORY_LIMIT; reg += 2) {
        stw_le_p(wmask + reg, 0xfff0);
    }
    stw_le_p(wmask + PCI_BRIDGE_CONTROL, CONTROL_BITS);
    if (s->chassis_nr) {
        uint8_t at = pci_add_capability(dev, PCI_CAP_ID_SLOTID, SLOTID_SIZE);
        dev->config[at + 2] = SLOTID_FIRST;
        dev->config[at + 3] = s->chassis_nr;
        dev->wmask[at + 3] = 0xff;
    }
}

void pci_bridge_info(const PCIDevice *dev, GString *out)
{
    const uint8_t *config = dev->config;
    Window io = io_window(config), memory = memory_window(config, PCI_MEMORY_BASE);
    Window prefetch = memory_window(config, PCI_PREF_MEMORY_BASE);
    g_string_append_printf(out,
                           "      BUS %u.\n      secondary bus %u.\n      subordinate bus %u.\n"
                           "      IO range [0x%04x, 0x%04x]\n"
                           "      memory range [0x%08x, 0x%08x]\n"
                           "      prefetchable memory range [0x%08x, 0x%08x]\n",
                           config[PCI_PRIMARY_BUS], config[PCI_SECONDARY_BUS],
                           config[PCI_SUBORDINATE_BUS], io.base, io.limit, memory.base,
                           memory.limit, prefetch.base, prefetch.limit);
}

/* --- life ---------------------------------------------------------------------------------------------- */

static bool bridge_realize(PCIDevice *dev, Error **errp)
{
    PCIBridge *s = PCI_BRIDGE(dev);
    PCIBus *before = pci_get_bus(dev);
    if (s->has_shpc) {
        return error_setg(errp,
                          "shpc=on: this board has no hot-plug controller; the guest rescans");
    }
    if (dev->has_rom) {
        return error_setg(errp, "romfile: a bridge has no expansion ROM here");
    }
    init_header(s);
    memory_region_init(&s->memory, OBJECT(s), "pci-bridge-memory", UINT64_C(1) << 32);
    memory_region_init(&s->io, OBJECT(s), "pci-bridge-io", IO_SPACE);
    init_window(s, &s->memory_window, &s->memory, before->config.memory,
                "pci-bridge-memory-window");
    init_window(s, &s->prefetch_window, &s->memory, before->config.memory,
                "pci-bridge-pref-window");
    init_window(s, &s->io_window, &s->io, before->config.io, "pci-bridge-io-window");
    PCIBusConfig config = {
        .name = DEVICE(dev)->id, .bridge = dev, .memory = &s->memory, .io = &s->io};
    dev->secondary = pci_bus_new(DEVICE(dev), &config);
    if (BUS(before)->hotplug_handler) {
        qbus_set_hotplug_handler(BUS(dev->secondary), BUS(before)->hotplug_handler);
    }
    return true;
}

static void bridge_exit(PCIDevice *dev)
{
    PCIBridge *s = PCI_BRIDGE(dev);
    MemoryRegion *regions[] = {&s->memory_window, &s->prefetch_window, &s->io_window, &s->memory,
                               &s->io};
    object_unparent(OBJECT(dev->secondary));
    dev->secondary = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(regions); i++) {
        object_unparent(OBJECT(regions[i]));
    }
}

static void bridge_reset(DeviceState *dev) { update_windows(PCI_BRIDGE(dev)); }

static bool post_load(void *opaque, uint32_t version G_GNUC_UNUSED, Error **errp G_GNUC_UNUSED)
{
    update_windows(opaque);
    return true;
}

static const VMStateDescription vmstate_bridge = {
    .name = TYPE_PCI_BRIDGE,
    .version = 1,
    .minimum_version = 1,
    .post_load = post_load,
    .fields =
        (const VMStateField[]){
            VMSTATE_PCI_DEVICE(parent_obj, PCIBridge),
            VMSTATE_TRANSIENT(chassis_nr, PCIBridge, "configuration"),
            VMSTATE_TRANSIENT(has_shpc, PCIBridge, "configuration"),
            VMSTATE_END_OF_LIST(),
        },
};

static const Property bridge_properties[] = {
    {.name = "chassis_nr",
     .type = FIELD_UINT8,
     .offset = offsetof(PCIBridge, chassis_nr),
     .description = "number of the chassis, for a slot identification capability"},
    {.name = "shpc",
     .type = FIELD_BOOL,
     .offset = offsetof(PCIBridge, has_shpc),
     .description = "hot-plug controller; not here"},
    {.name = NULL},
};

static void bridge_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    dc->desc = "Standard PCI Bridge";
    dc->category = DEVICE_CATEGORY_BRIDGE;
    dc->user_creatable = true;
    dc->vmsd = &vmstate_bridge;
    dc->reset = bridge_reset;
    pc->vendor_id = 0x1b36;
    pc->device_id = 0x0001;
    pc->class_id = 0x0604;
    pc->realize = bridge_realize;
    pc->exit = bridge_exit;
    pc->config_written = config_written;
    device_class_set_props(dc, bridge_properties);
}

static const TypeInfo pci_bridge_info_type = {
    .name = TYPE_PCI_BRIDGE,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(PCIBridge),
    .class_init = bridge_class_init,
};
DEFINE_TYPE(pci_bridge_info_type)
