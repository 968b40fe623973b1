/* SPDX-License-Identifier: MIT */
/*
 * The PCI bus: slots, configuration cycles, interrupt lines shared by pins.
 *
 * Source: PCI 2.2 section 3.2.2.3 (absent devices), mac99.md 3.3 (line = (pin + slot) mod 4), PCI-PCI bridge
 * 1.1 section 9.1 (the same behind bridges).
 */
#include "hw/pci/internal.h"
#include "util/log.h"

PCIDevice *pci_find_device(PCIBus *bus, uint8_t devfn) { return bus->devices[devfn]; }

PCIBus *pci_get_bus(PCIDevice *dev) { return PCI_BUS(DEVICE(dev)->parent_bus); }

uint32_t pci_config_read(PCIBus *bus, uint8_t devfn, uint8_t reg, unsigned size)
{
    PCIDevice *dev = bus->devices[devfn];
    uint32_t ones = UINT32_MAX >> (32 - 8 * size);
    if (!dev || reg + size > PCI_CONFIG_SIZE) {
        return ones;
    }
    memory_watch_tell(dev->config_watches, (MemoryAccess){.offset = reg, .size = size});
    if (G_UNLIKELY(dev->config_reading)) {
        dev->config_reading(dev, reg, size);
    }
    const uint8_t *config = dev->config + reg;
    uint32_t value = size == 4 ? ldl_le_p(config) : size == 2 ? lduw_le_p(config) : *config;
    memory_watch_tell(dev->config_watches, (MemoryAccess){reg, value, size, false, true});
    return value;
}

void pci_config_write(PCIBus *bus, uint8_t devfn, uint8_t reg, uint32_t value, unsigned size)
{
    PCIDevice *dev = bus->devices[devfn];
    if (dev && reg + size <= PCI_CONFIG_SIZE) {
        memory_watch_tell(dev->config_watches, (MemoryAccess){reg, value, size, true, false});
        pci_device_config_write(dev, reg, value, size);
        memory_watch_tell(dev->config_watches, (MemoryAccess){reg, value, size, true, true});
    }
}

PCIDevice *pci_bus_bridge(PCIBus *bus) { return bus->config.bridge; }

uint8_t pci_bus_number(PCIBus *bus)
{
    return bus->config.bridge ? bus->config.bridge->config[PCI_SECONDARY_BUS] : 0;
}

/* Bridge by bridge: each passes on what lies in its range (PCI-PCI bridge 1.1 section 3.1.2.1). */
PCIBus *pci_find_bus(PCIBus *root, uint8_t number)
{
    if (number == 0) {
        return root;
    }
    for (unsigned devfn = 0; devfn < G_N_ELEMENTS(root->devices); devfn++) {
        PCIDevice *dev = root->devices[devfn];
        if (!dev || !dev->secondary || number < dev->config[PCI_SECONDARY_BUS] ||
            number > dev->config[PCI_SUBORDINATE_BUS] || !dev->config[PCI_SECONDARY_BUS]) {
            continue;
        }
        bool is_here = number == dev->config[PCI_SECONDARY_BUS];
        return is_here ? dev->secondary : pci_find_bus(dev->secondary, number);
    }
    return NULL;
}

/* --- interrupt lines ---------------------------------------------------------------------------------- */

static unsigned line_of(const PCIDevice *dev)
{
    unsigned pin = dev->realized_config[PCI_INTERRUPT_PIN];
    return (pin - 1 + PCI_SLOT((unsigned)dev->devfn)) % PCI_LINES;
}

/* Line @line of the bus behind @bridge is the pin of that number of @bridge. */
static unsigned line_before(const PCIDevice *bridge, unsigned line)
{
    return (line + PCI_SLOT((unsigned)bridge->devfn)) % PCI_LINES;
}

void pci_preset_interrupt_line(PCIDevice *dev, uint8_t first_source)
{
    if (!dev->realized_config[PCI_INTERRUPT_PIN]) {
        return;
    }
    unsigned line = line_of(dev);
    PCIDevice *bridge = pci_bus_bridge(pci_get_bus(dev));
    for (; bridge; bridge = pci_bus_bridge(pci_get_bus(bridge))) {
        line = line_before(bridge, line);
    }
    dev->config[PCI_INTERRUPT_LINE] = (uint8_t)(first_source + line);
}

static void count_line(PCIBus *bus, unsigned line, bool level, bool is_loading)
{
    uint32_t *count = &bus->irq_count[line];
    bool was_high = *count != 0;
    *count += level ? 1 : -1;
    if (was_high == (*count != 0)) {
        return;
    }
    PCIDevice *bridge = bus->config.bridge;
    if (bridge) {
        count_line(pci_get_bus(bridge), line_before(bridge, line), level, is_loading);
    } else if (!is_loading) {
        bus->config.set_irq(bus->config.opaque, line, level);
    }
}

void pci_bus_irq_changed(PCIBus *bus, const PCIDevice *dev, bool level, bool is_loading)
{
    if (dev->realized_config[PCI_INTERRUPT_PIN]) {
        count_line(bus, line_of(dev), level, is_loading);
    }
}

/* --- slots ------------------------------------------------------------------------------------------- */

/* "0c.0", "c.1" or a plain slot number. */
static bool parse_address(const char *text, int32_t *devfn, Error **errp)
{
    char *end;
    unsigned long slot = strtoul(text, &end, 16), function = 0;
    if (end != text && *end == '.' && g_ascii_isxdigit(end[1])) {
        function = strtoul(end + 1, &end, 16);
    }
    if (end == text || *end || slot >= PCI_SLOTS || function >= PCI_FUNCTIONS) {
        return error_setg(errp, "addr=%s: not a PCI address (SLOT[.FUNCTION], hexadecimal)", text);
    }
    *devfn = (int32_t)PCI_DEVFN(slot, function);
    return true;
}

static bool is_slot_free(const PCIBus *bus, unsigned slot)
{
    for (unsigned function = 0; function < PCI_FUNCTIONS; function++) {
        if (bus->devices[PCI_DEVFN(slot, function)]) {
            return false;
        }
    }
    return true;
}

static bool first_free(PCIBus *bus, int32_t *devfn, Error **errp)
{
    for (unsigned slot = bus->config.first_slot; slot < PCI_SLOTS; slot++) {
        if (is_slot_free(bus, slot)) {
            *devfn = (int32_t)PCI_DEVFN(slot, 0);
            return true;
        }
    }
    return error_setg(errp, "PCI bus '%s' has no free slot", BUS(bus)->name);
}

/* Guests look for the others only if function 0 says that there are some. */
static bool check_function(const PCIBus *bus, const PCIDevice *dev, Error **errp)
{
    unsigned slot = PCI_SLOT((unsigned)dev->devfn), function = PCI_FUNC((unsigned)dev->devfn);
    const PCIDevice *first = bus->devices[PCI_DEVFN(slot, 0)];
    if (function) {
        return !first || first->multifunction ||
               error_setg(errp,
                          "PCI: single function device can't be populated in function %x.%x: "
                          "%x.0 needs multifunction=on",
                          slot, function, slot);
    }
    return dev->multifunction || is_slot_free(bus, slot) ||
           error_setg(errp, "PCI: %x.0 indicates single function, but the slot has others already",
                      slot);
}

static bool plug_check(BusState *state, DeviceState *qdev, Error **errp)
{
    PCIBus *bus = PCI_BUS(state);
    PCIDevice *dev = PCI_DEVICE(qdev);
    if (dev->addr_text && !parse_address(dev->addr_text, &dev->devfn, errp)) {
        return false;
    }
    if (dev->devfn < 0 && !first_free(bus, &dev->devfn, errp)) {
        return false;
    }
    PCIDevice *other = bus->devices[dev->devfn];
    if (other) {
        return error_setg(errp, "PCI slot %x.%x on bus '%s' is taken by %s",
                          PCI_SLOT((unsigned)dev->devfn), PCI_FUNC((unsigned)dev->devfn),
                          state->name, object_get_typename(OBJECT(other)));
    }
    if (!check_function(bus, dev, errp)) {
        return false;
    }
    bus->devices[dev->devfn] = dev;
    return true;
}

static void unplug(BusState *state, DeviceState *qdev)
{
    PCIBus *bus = PCI_BUS(state);
    PCIDevice *dev = PCI_DEVICE(qdev);
    if (dev->devfn >= 0 && bus->devices[dev->devfn] == dev) {
        bus->devices[dev->devfn] = NULL;
    }
}

static void print_dev(DeviceState *qdev, GString *out, int indent)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    g_string_append_printf(out, "%*saddr = %02x.%x, id %04x:%04x\n", indent, "",
                           PCI_SLOT((unsigned)dev->devfn), PCI_FUNC((unsigned)dev->devfn),
                           lduw_le_p(dev->config + PCI_VENDOR_ID),
                           lduw_le_p(dev->config + PCI_DEVICE_ID));
}

static char *get_dev_path(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    return g_strdup_printf("%02x.%x", PCI_SLOT((unsigned)dev->devfn),
                           PCI_FUNC((unsigned)dev->devfn));
}

const VMStateDescription vmstate_pci_bus = {
    .name = "pci-bus",
    .version = 1,
    .minimum_version = 1,
    .fields =
        (const VMStateField[]){
            VMSTATE_TRANSIENT(config, PCIBus, "wiring"),
            VMSTATE_TRANSIENT(devices, PCIBus, "wiring"),
            VMSTATE_TRANSIENT(irq_count, PCIBus, "derived from the devices' irq_level"),
            VMSTATE_END_OF_LIST(),
        },
};

PCIBus *pci_bus_new(DeviceState *parent, const PCIBusConfig *config)
{
    PCIBus *bus = PCI_BUS(bus_new(TYPE_PCI_BUS, parent, config->name));
    bus->config = *config;
    return bus;
}

static void bus_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    BusClass *bc = BUS_CLASS(klass);
    bc->plug_check = plug_check;
    bc->unplug = unplug;
    bc->print_dev = print_dev;
    bc->get_dev_path = get_dev_path;
}

static const TypeInfo pci_bus_info = {
    .name = TYPE_PCI_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(PCIBus),
    .class_size = sizeof(PCIBusClass),
    .class_init = bus_class_init,
};
DEFINE_TYPE(pci_bus_info)
