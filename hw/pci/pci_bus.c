/* SPDX-License-Identifier: MIT */
/*
 * The PCI bus: slots, configuration cycles, interrupt lines shared by pins.
 *
 * Source: PCI 2.2 section 3.2.2.3 (absent devices), mac99.md 3.3 (line = (pin + slot) mod 4).
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

static unsigned line_of(const PCIDevice *dev)
{
    unsigned pin = dev->realized_config[PCI_INTERRUPT_PIN];
    return (pin - 1 + PCI_SLOT((unsigned)dev->devfn)) % PCI_LINES;
}

void pci_preset_interrupt_line(PCIDevice *dev, uint8_t first_source)
{
    if (dev->realized_config[PCI_INTERRUPT_PIN]) {
        dev->config[PCI_INTERRUPT_LINE] = (uint8_t)(first_source + line_of(dev));
    }
}

bool pci_bus_irq_count(PCIBus *bus, const PCIDevice *dev, bool level)
{
    if (dev->realized_config[PCI_INTERRUPT_PIN] == 0) {
        return false;
    }
    uint32_t *count = &bus->irq_count[line_of(dev)];
    bool was_high = *count != 0;
    *count += level ? 1 : -1;
    return was_high != (*count != 0);
}

void pci_bus_irq_changed(PCIBus *bus, const PCIDevice *dev, bool level)
{
    if (pci_bus_irq_count(bus, dev, level)) {
        bus->config.set_irq(bus->config.opaque, line_of(dev), level);
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

static bool first_free(PCIBus *bus, int32_t *devfn, Error **errp)
{
    for (unsigned slot = bus->config.first_slot; slot < PCI_SLOTS; slot++) {
        if (!bus->devices[PCI_DEVFN(slot, 0)]) {
            *devfn = (int32_t)PCI_DEVFN(slot, 0);
            return true;
        }
    }
    return error_setg(errp, "PCI bus '%s' has no free slot", BUS(bus)->name);
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

static void info_device(PCIDevice *dev, GString *out)
{
    const uint8_t *config = dev->config;
    g_string_append_printf(out,
                           "  Bus  0, device %3u, function %u:\n    %s: PCI device %04x:%04x\n",
                           PCI_SLOT((unsigned)dev->devfn), PCI_FUNC((unsigned)dev->devfn),
                           object_get_typename(OBJECT(dev)), lduw_le_p(config + PCI_VENDOR_ID),
                           lduw_le_p(config + PCI_DEVICE_ID));
    if (config[PCI_INTERRUPT_PIN]) {
        g_string_append_printf(out, "      IRQ %u, pin %c\n", config[PCI_INTERRUPT_LINE],
                               'A' + config[PCI_INTERRUPT_PIN] - 1);
    }
    for (unsigned n = 0; n < PCI_BARS; n++) {
        const PCIBar *bar = &dev->bars[n];
        if (bar->region) {
            uint64_t size = memory_region_size(bar->region);
            g_string_append_printf(
                out, "      BAR%u: %s at 0x%08x [%s, size 0x%x]\n", n,
                bar->type & PCI_BASE_ADDRESS_IO ? "I/O" : "32 bit memory", (unsigned)bar->addr,
                bar->addr == PCI_BAR_UNMAPPED ? "not mapped" : "mapped", (unsigned)size);
        }
    }
}

void pci_info(PCIBus *bus, GString *out)
{
    for (unsigned devfn = 0; devfn < G_N_ELEMENTS(bus->devices); devfn++) {
        if (bus->devices[devfn]) {
            info_device(bus->devices[devfn], out);
        }
    }
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

PCIBus *pci_root_bus_new(DeviceState *parent, const PCIBusConfig *config)
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
