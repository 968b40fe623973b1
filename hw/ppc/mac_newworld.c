/* SPDX-License-Identifier: MIT */
/*
 * The board: Power Macintosh G4 (AGP Graphics, "core99"), as a table of parts and wires.
 *
 * Source: mac99.md 1 to 3. Machine types mac99 (via=cuda) and powermac3_1 (via=pmu).
 */
#include "block/drive.h"
#include "hw/core/memory_device.h"
#include "hw/core/sysbus.h"
#include "hw/nvram/fw_cfg.h"
#include "hw/nvram/mac_nvram.h"
#include "hw/pci/pci.h"
#include "hw/ppc/boot.h"
#include "target-ppc/cpu.h"
#include "util/trace.h"

#include <inttypes.h>

#define TYPE_CORE99_MACHINE "core99-machine"
OBJECT_DECLARE_SIMPLE_TYPE(Core99Machine, CORE99_MACHINE)

enum { LINES = 4, PCI_SOURCE = 0x1b, MACIO_SLOT = 12 };
enum {
    ADDR_ROM = (int)0xfff00000,
    ROM_SIZE = 0x100000,
    ADDR_NVRAM = (int)0xfff04000,
    ADDR_FWCFG_SELECTOR = (int)0xf0000510,
    ADDR_FWCFG_DATA = (int)0xf0000512,
    ADDR_PCI_MEMORY = (int)0x80000000,
    PCI_MEMORY_SIZE = 0x10000000,
    ADDR_PERSISTENT = (int)0x90000000, /* behind PCI memory; own choice: nothing answers there */
    PERSISTENT_SIZE = 0x60000000,
};

struct Core99Machine {
    MachineState parent_obj;
    int via;
    MemoryRegion rom, pci_memory;
    DeviceState *fw_cfg, *macio, *nvram;
    PCIBus *pci_bus;
    BootImages images;
};

static const char *const via_names[] = {"cuda", "pmu", "pmu-adb", NULL};

/* A host bridge: type, its two configuration ports. */
typedef struct HostPart {
    const char *name, *type;
    uint32_t address_port, data_port;
} HostPart;

static const HostPart host_parts[] = {
    {"pci-host", "uni-north-pci", 0xf2800000, 0xf2c00000},
    {"agp-host", "uni-north-agp", 0xf0800000, 0xf0c00000},
    {"internal-host", "uni-north-internal-pci", 0xf4800000, 0xf4c00000},
};

static DeviceState *add_sysbus(Core99Machine *s, const char *name, const char *type, Error **errp)
{
    DeviceState *dev = qdev_new(type);
    object_property_add_child(OBJECT(s), name, OBJECT(dev));
    object_unref(dev);
    return sysbus_realize(SYS_BUS_DEVICE(dev), errp) ? dev : NULL;
}

/* --- the parts --------------------------------------------------------------------------------------------- */

static bool add_cpu(Core99Machine *s, Error **errp)
{
    MachineState *machine = MACHINE(s);
    const char *text = machine->config.cpu_type;
    const PpcModel *model = ppc_model_find(text ? text : MACHINE_GET_CLASS(s)->default_cpu, errp);
    if (!model) {
        return false;
    }
    g_autofree char *type = g_strdup_printf("%s-" TYPE_POWERPC_CPU, model->name);
    DeviceState *cpu = qdev_new(type);
    object_property_add_child(OBJECT(s), "cpu[0]", OBJECT(cpu));
    object_unref(cpu);
    machine->cpu = CPU(cpu);
    return qdev_realize(cpu, NULL, errp);
}

static bool add_memory(Core99Machine *s, Error **errp)
{
    MachineState *machine = MACHINE(s);
    MemoryRegion *system = get_system_memory();
    memory_region_add_subregion(system, 0, &machine->ram);
    if (!memory_region_init_rom(&s->rom, OBJECT(s), "ppc_core99.bios", ROM_SIZE, errp)) {
        return false;
    }
    memory_region_add_subregion(system, (uint32_t)ADDR_ROM, &s->rom);
    return boot_load_firmware(machine, errp);
}

static bool add_nvram(Core99Machine *s, Error **errp)
{
    DeviceState *nvram = qdev_new(TYPE_MAC_NVRAM);
    object_property_add_child(OBJECT(s), "nvram", OBJECT(nvram));
    object_unref(nvram);
    s->nvram = nvram;
    object_property_set_str(OBJECT(nvram), "drive", block_mtd_drive(), &error_abort);
    if (!sysbus_realize(SYS_BUS_DEVICE(nvram), errp)) {
        return false;
    }
    memory_region_add_subregion_overlap(get_system_memory(), (uint32_t)ADDR_NVRAM,
                                        sysbus_mmio_get_region(SYS_BUS_DEVICE(nvram), 0), 1);
    return true;
}

/* Only the main host has windows; the lines of all three are wired together. */
static bool add_pci_hosts(Core99Machine *s, DeviceState *gates[LINES], Error **errp)
{
    for (size_t h = 0; h < G_N_ELEMENTS(host_parts); h++) {
        const HostPart *part = &host_parts[h];
        DeviceState *host = add_sysbus(s, part->name, part->type, errp);
        if (!host) {
            return false;
        }
        SysBusDevice *sbd = SYS_BUS_DEVICE(host);
        sysbus_mmio_map(sbd, 0, part->address_port);
        sysbus_mmio_map(sbd, 1, part->data_port);
        for (int n = 0; n < LINES; n++) {
            sysbus_connect_irq(sbd, (unsigned)n, qdev_get_gpio_in(gates[n], (int)h));
        }
        if (h == 0) {
            memory_region_init_alias(&s->pci_memory, OBJECT(s), "pci-hole",
                                     sysbus_mmio_get_region(sbd, 2), (uint32_t)ADDR_PCI_MEMORY,
                                     PCI_MEMORY_SIZE);
            memory_region_add_subregion(get_system_memory(), (uint32_t)ADDR_PCI_MEMORY,
                                        &s->pci_memory);
            sysbus_mmio_map(sbd, 3, 0xf2000000);
            s->pci_bus = PCI_BUS(qdev_get_child_bus(host, "pci.0"));
        }
    }
    return true;
}

static bool add_or_gates(Core99Machine *s, DeviceState *gates[LINES], Error **errp)
{
    for (int n = 0; n < LINES; n++) {
        gates[n] = qdev_new("or-irq");
        object_property_add_child(OBJECT(s), "pci-line[*]", OBJECT(gates[n]));
        object_unref(gates[n]);
        object_property_set_uint(OBJECT(gates[n]), "num-lines", G_N_ELEMENTS(host_parts),
                                 &error_abort);
        if (!qdev_realize(gates[n], NULL, errp)) {
            return false;
        }
    }
    return true;
}

static bool add_macio(Core99Machine *s, DeviceState *gates[LINES], Error **errp)
{
    const GPtrArray *serials = MACHINE(s)->config.serials;
    DeviceState *macio = pci_new(PCI_DEVFN(MACIO_SLOT, 0), "macio-newworld");
    object_property_add_child(OBJECT(s), "macio", OBJECT(macio));
    object_unref(macio);
    s->macio = macio;
    object_property_parse(OBJECT(macio), "via", via_names[s->via], &error_abort);
    for (guint n = 0; n < 2; n++) {
        Object *chr = serials && n < serials->len ? g_ptr_array_index(serials, n) : NULL;
        object_property_set_link(OBJECT(macio), n ? "chardev-b" : "chardev-a", chr, &error_abort);
    }
    if (!qdev_realize(macio, BUS(s->pci_bus), errp)) {
        return false;
    }
    DeviceState *cpu = DEVICE(MACHINE(s)->cpu);
    DeviceState *pic = DEVICE(object_resolve_path_component(OBJECT(macio), "pic"));
    sysbus_connect_irq(SYS_BUS_DEVICE(pic), 0, qdev_get_gpio_in_named(cpu, "cpu", PPC_INPUT_INT));
    sysbus_connect_irq(SYS_BUS_DEVICE(pic), 1,
                       qdev_get_gpio_in_named(cpu, "cpu", PPC_INPUT_HRESET));
    for (int n = 0; n < LINES; n++) {
        qdev_connect_gpio_out(gates[n], 0, qdev_get_gpio_in(pic, PCI_SOURCE + n));
    }
    return true;
}

static bool add_fw_cfg(Core99Machine *s, Error **errp)
{
    s->fw_cfg = add_sysbus(s, "fw_cfg", TYPE_FW_CFG, errp);
    if (!s->fw_cfg) {
        return false;
    }
    sysbus_mmio_map(SYS_BUS_DEVICE(s->fw_cfg), 0, (uint32_t)ADDR_FWCFG_SELECTOR);
    sysbus_mmio_map(SYS_BUS_DEVICE(s->fw_cfg), 1, (uint32_t)ADDR_FWCFG_DATA);
    return true;
}

/* --- the machine ------------------------------------------------------------------------------------------- */

static bool ppc_core99_init(MachineState *machine, Error **errp)
{
    Core99Machine *s = CORE99_MACHINE(machine);
    DeviceState *gates[LINES];
    TRACE(ppc_core99_init, "ram %" PRIu64 "M", machine->config.ram_size >> 20);
    if (!add_cpu(s, errp) || !add_memory(s, errp)) {
        return false;
    }
    DeviceState *uni_n = add_sysbus(s, "uni-n", "uni-north", errp);
    if (!uni_n) {
        return false;
    }
    sysbus_mmio_map(SYS_BUS_DEVICE(uni_n), 0, 0xf8000000);
    if (!add_or_gates(s, gates, errp) || !add_pci_hosts(s, gates, errp) ||
        !add_macio(s, gates, errp) || !add_nvram(s, errp) || !add_fw_cfg(s, errp)) {
        return false;
    }
    return boot_load_images(machine, &s->images, errp) &&
           boot_fill_fw_cfg(machine, s->fw_cfg, &s->images, (unsigned)s->via, errp);
}

/* What ACPI would tell of memory devices: RAM's size in fw_cfg, nodes in the device tree. */
static bool core99_complete(MachineState *machine, Error **errp)
{
    Core99Machine *s = CORE99_MACHINE(machine);
    g_autofree char *script = memory_nodes_script(machine);
    fw_cfg_add_i64(s->fw_cfg, FW_CFG_RAM_SIZE, machine_ram_size(machine));
    return boot_check_order(errp) &&
           mac_nvram_configure(s->nvram, machine->config.prom_env, script, errp);
}

static bool core99_plug(Object *handler G_GNUC_UNUSED, DeviceState *dev, Error **errp)
{
    return memory_device_plug(OBJECT(dev), errp);
}

static void core99_reset(MachineState *machine)
{
    const Core99Machine *s = CORE99_MACHINE(machine);
    boot_images_restore(&s->images);
    bool has_order = boot_fill_order(s->fw_cfg) || machine->config.has_boot_order;
    mac_nvram_begin_boot(s->nvram, has_order || fw_cfg_boots_once(s->fw_cfg));
}

static void core99_finalize(Object *obj) { boot_images_free(&CORE99_MACHINE(obj)->images); }

static void core99_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    HotplugHandlerClass *hc = (HotplugHandlerClass *)object_class_dynamic_cast(
        klass, TYPE_HOTPLUG_HANDLER);
    mc->init = ppc_core99_init;
    mc->complete = core99_complete;
    mc->reset = core99_reset;
    mc->ram_id = "ppc_core99.ram";
    mc->default_cpu = "7400_v2.9";
    mc->default_ram_size = UINT64_C(128) << 20;
    mc->min_ram_size = UINT64_C(16) << 20;
    mc->max_ram_size = UINT64_C(2) << 30;
    mc->persistent_base = (uint32_t)ADDR_PERSISTENT;
    mc->persistent_size = PERSISTENT_SIZE;
    hc->plug = core99_plug;
    object_property_set_description(object_class_property_add_enum(klass, "via", "ViaConfig",
                                                                   via_names,
                                                                   offsetof(Core99Machine, via)),
                                    "what sits behind the VIA: cuda (ADB), pmu (no ADB), pmu-adb");
}

static void mac99_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    mc->name = "mac99";
    mc->desc = "Power Macintosh G4 (core99), via=cuda by default";
    mc->guests = "OpenBIOS, Linux";
    mc->is_default = true;
}

static void powermac3_1_class_init(ObjectClass *klass, const void *data G_GNUC_UNUSED)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    mc->name = "powermac3_1";
    mc->desc = "Power Macintosh G4 AGP (Sawtooth): mac99 with via=pmu";
    mc->guests = "OpenBIOS, Linux";
}

static void powermac3_1_init(Object *obj) { CORE99_MACHINE(obj)->via = 1; }

static const TypeInfo core99_type = {
    .name = TYPE_CORE99_MACHINE,
    .parent = TYPE_MACHINE,
    .instance_size = sizeof(Core99Machine),
    .instance_finalize = core99_finalize,
    .class_init = core99_class_init,
    .abstract = true,
    .interfaces = (const InterfaceInfo[]){{TYPE_HOTPLUG_HANDLER}, {NULL}},
};
DEFINE_TYPE(core99_type)

static const TypeInfo mac99_type = {
    .name = MACHINE_TYPE_NAME("mac99"),
    .parent = TYPE_CORE99_MACHINE,
    .class_init = mac99_class_init,
};
DEFINE_TYPE(mac99_type)

static const TypeInfo powermac3_1_type = {
    .name = MACHINE_TYPE_NAME("powermac3_1"),
    .parent = TYPE_CORE99_MACHINE,
    .instance_init = powermac3_1_init,
    .class_init = powermac3_1_class_init,
};
DEFINE_TYPE(powermac3_1_type)
