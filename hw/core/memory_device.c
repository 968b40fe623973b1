/* SPDX-License-Identifier: MIT */
/*
 * Where memory devices go, how many there may be, and what `info memory-devices` says of them.
 *
 * Source: own design; names, messages and output as in QEMU 7.2. The firmware describes RAM as one range
 * from 0 on, so DIMMs leave no hole. Persistent memory is no RAM to the guest and lies elsewhere.
 */
#include "hw/core/memory_device.h"

#include "memory/ram.h"
#include "util/trace.h"

#include <inttypes.h>

#define MIB (UINT64_C(1) << 20)

static MemoryDevice *device_of(Object *obj)
{
    MemoryDeviceClass *mc = OBJECT_GET_CLASS(MemoryDeviceClass, obj, TYPE_MEMORY_DEVICE);
    return mc->get(obj);
}

static MemoryDevice *device_at(const MachineState *machine, guint n)
{
    return device_of(g_ptr_array_index(machine->memory_devices, n));
}

/* Its own or, of a virtio device, its proxy's. */
static const char *given_id(const Object *obj)
{
    const DeviceState *parent = (DeviceState *)object_dynamic_cast(obj->parent, TYPE_DEVICE);
    const char *id = DEVICE(obj)->id;
    return id || !parent ? id : parent->id;
}

static const char *id_of(const Object *obj)
{
    const char *id = given_id(obj);
    return id ? id : object_get_typename(obj);
}

/* --- sums ---------------------------------------------------------------------------------------- */

uint64_t machine_plugged_ram(const MachineState *machine, uint32_t node)
{
    uint64_t sum = 0;
    for (guint i = 0; i < machine->memory_devices->len; i++) {
        const MemoryDevice *device = device_at(machine, i);
        if (device->is_ram && (node == MEMORY_ALL_NODES || device->node == node)) {
            sum += device->region->size;
        }
    }
    return sum;
}

uint64_t machine_ram_size(const MachineState *machine)
{
    return machine->config.ram_size + machine_plugged_ram(machine, MEMORY_ALL_NODES);
}

static uint64_t size_of_all(const MachineState *machine)
{
    uint64_t sum = 0;
    for (guint i = 0; i < machine->memory_devices->len; i++) {
        sum += device_at(machine, i)->memdev->size;
    }
    return sum;
}

/* --- slots ------------------------------------------------------------------------------------------ */

static Object *owner_of_slot(const MachineState *machine, int32_t slot)
{
    for (guint i = 0; i < machine->memory_devices->len; i++) {
        const MemoryDevice *device = device_at(machine, i);
        if (device->has_slot && device->slot == slot) {
            return g_ptr_array_index(machine->memory_devices, i);
        }
    }
    return NULL;
}

static bool choose_slot(const MachineState *machine, MemoryDevice *device, Error **errp)
{
    int64_t slots = machine->config.ram_slots;
    if (!device->has_slot) {
        return true;
    }
    if (!slots) {
        return error_setg(errp, "there are no slots: give -m SIZE,slots=N,maxmem=SIZE");
    }
    if (device->slot != MEMORY_DEVICE_NO_SLOT) {
        if (device->slot < 0 || device->slot >= slots) {
            return error_setg(errp, "invalid slot number %d, valid range is [0-%" PRId64 "]",
                              device->slot, slots - 1);
        }
        const Object *owner = owner_of_slot(machine, device->slot);
        return !owner ||
               error_setg(errp, "slot %d is busy: '%s' is there", device->slot, id_of(owner));
    }
    for (int32_t slot = 0; slot < slots; slot++) {
        if (!owner_of_slot(machine, slot)) {
            device->slot = slot;
            return true;
        }
    }
    return error_setg(errp, "no free slots available: all %" PRId64 " are taken", slots);
}

/* --- addresses ---------------------------------------------------------------------------------------- */

static bool choose_ram_address(const MachineState *machine, MemoryDevice *device, Error **errp)
{
    uint64_t next = machine_ram_size(machine), size = device->region->size;
    uint64_t end = MACHINE_GET_CLASS(machine)->max_ram_size;
    if (size % MIB) {
        return error_setg(errp, "a DIMM of %#" PRIx64 " bytes: its size is a multiple of 1 MiB",
                          size);
    }
    if (device->addr && device->addr < next) {
        return error_setg(errp, "addr=%#" PRIx64 " overlaps RAM, which ends at %#" PRIx64,
                          device->addr, next);
    }
    if (device->addr > next) {
        return error_setg(errp,
                          "addr=%#" PRIx64 " leaves a hole behind RAM, which ends at %#" PRIx64,
                          device->addr, next);
    }
    if (size > end || next > end - size) {
        return error_setg(errp,
                          "RAM of %" PRIu64 " MiB and a DIMM of %" PRIu64
                          " MiB are more than the machine's %" PRIu64 " MiB",
                          next / MIB, size / MIB, end / MIB);
    }
    device->addr = next;
    return true;
}

/* The device in the way of [addr, addr + size), or NULL. */
static Object *in_the_way(const MachineState *machine, uint64_t addr, uint64_t size)
{
    for (guint i = 0; i < machine->memory_devices->len; i++) {
        const MemoryDevice *other = device_at(machine, i);
        if (addr < other->addr + other->region->size && other->addr < addr + size) {
            return g_ptr_array_index(machine->memory_devices, i);
        }
    }
    return NULL;
}

static bool check_given_address(const MachineState *machine, const MemoryDevice *device,
                                Error **errp)
{
    const MachineClass *mc = MACHINE_GET_CLASS(machine);
    uint64_t size = device->region->size, offset = device->addr - mc->persistent_base;
    if (device->addr < mc->persistent_base || size > mc->persistent_size ||
        offset > mc->persistent_size - size) {
        return error_setg(
            errp, "addr=%#" PRIx64 ": persistent memory lies in %#" PRIx64 " to %#" PRIx64,
            device->addr, mc->persistent_base, mc->persistent_base + mc->persistent_size - 1);
    }
    if (device->addr % MIB) {
        return error_setg(errp, "addr=%#" PRIx64 " is not a multiple of 1 MiB", device->addr);
    }
    const Object *other = in_the_way(machine, device->addr, size);
    return !other || error_setg(errp, "addr=%#" PRIx64 " overlaps memory device '%s'", device->addr,
                                id_of(other));
}

/* First fit. */
static bool choose_persistent_address(const MachineState *machine, MemoryDevice *device,
                                      Error **errp)
{
    const MachineClass *mc = MACHINE_GET_CLASS(machine);
    uint64_t size = device->region->size, addr = mc->persistent_base, room = mc->persistent_size;
    Object *other;
    if (device->addr) {
        return check_given_address(machine, device, errp);
    }
    while (size <= room && (other = in_the_way(machine, addr, size))) {
        const MemoryDevice *there = device_of(other);
        addr = align_up(there->addr + there->region->size, MIB);
        room = mc->persistent_base + mc->persistent_size - addr;
    }
    if (size > room) {
        return error_setg(errp,
                          "no room for %#" PRIx64 " bytes of persistent memory in %#" PRIx64
                          " to %#" PRIx64,
                          size, mc->persistent_base, mc->persistent_base + mc->persistent_size - 1);
    }
    device->addr = addr;
    return true;
}

static bool check_room(const MachineState *machine, const MemoryDevice *device, Error **errp)
{
    const MachineConfig *config = &machine->config;
    uint64_t used = size_of_all(machine), total = config->max_ram_size - config->ram_size;
    if (config->max_ram_size <= config->ram_size) {
        return error_setg(errp, "memory devices are not enabled: give -m SIZE,slots=N,maxmem=SIZE");
    }
    return device->memdev->size <= total - used ||
           error_setg(errp,
                      "not enough space, currently %#" PRIx64 " in use of total space for "
                      "memory devices %#" PRIx64 " (maxmem= less the size of -m)",
                      used, total);
}

static bool check_node(const MemoryDevice *device, Error **errp)
{
    guint nodes = MAX(ram_config()->numa_nodes->len, 1);
    return device->node < nodes ||
           error_setg(errp, "node=%u: there are %u NUMA nodes", device->node, nodes);
}

/* --- plugging ------------------------------------------------------------------------------------------- */

static bool choose_place(const MachineState *machine, MemoryDevice *device, Error **errp)
{
    return check_node(device, errp) && check_room(machine, device, errp) &&
           choose_slot(machine, device, errp) &&
           (device->is_ram ? choose_ram_address(machine, device, errp)
                           : choose_persistent_address(machine, device, errp));
}

bool memory_device_plug(Object *obj, Error **errp)
{
    MachineState *machine = machine_get();
    MemoryDevice *device = device_of(obj);
    const MemoryDevice wish = *device;
    if (!machine || !MACHINE_GET_CLASS(machine)->persistent_size) {
        return error_setg(errp, "memory devices are not supported by this machine");
    }
    if (!choose_place(machine, device, errp) || !host_memory_backend_claim(device->memdev, errp)) {
        *device = wish;
        return false;
    }
    TRACE(memory_device_plug, "%s %#" PRIx64 " size %#" PRIx64 " slot %d node %u", id_of(obj),
          device->addr, device->region->size, device->slot, device->node);
    memory_region_add_subregion(get_system_memory(), device->addr, device->region);
    vmstate_register_ram_global(&device->memdev->mr);
    g_ptr_array_add(machine->memory_devices, obj);
    device->is_plugged = true;
    return true;
}

void memory_device_unplug(Object *obj)
{
    MemoryDevice *device = device_of(obj);
    if (!device->is_plugged) {
        return;
    }
    device->is_plugged = false;
    TRACE(memory_device_unplug, "%s %#" PRIx64, id_of(obj), device->addr);
    g_ptr_array_remove(machine_get()->memory_devices, obj);
    vmstate_unregister_ram(&device->memdev->mr);
    memory_region_del_subregion(get_system_memory(), device->region);
    host_memory_backend_release(device->memdev);
}

/* --- what is there --------------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    uint64_t x = device_of(*(Object *const *)a)->addr, y = device_of(*(Object *const *)b)->addr;
    return x < y ? -1 : x > y;
}

GPtrArray *machine_memory_devices(const MachineState *machine)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (guint i = 0; i < machine->memory_devices->len; i++) {
        g_ptr_array_add(sorted, g_ptr_array_index(machine->memory_devices, i));
    }
    g_ptr_array_sort(sorted, by_address);
    return sorted;
}

static void print_device(Object *obj, GString *out)
{
    const MemoryDevice *device = device_of(obj);
    const char *id = given_id(obj);
    g_string_append_printf(out, "Memory device [%s]: \"%s\"\n", device->kind, id ? id : "");
    g_string_append_printf(out, "  %s: 0x%" PRIx64 "\n", device->has_slot ? "addr" : "memaddr",
                           device->addr);
    if (device->has_slot) {
        g_string_append_printf(out, "  slot: %d\n  node: %u\n", device->slot, device->node);
    }
    g_string_append_printf(out, "  size: %" PRIu64 "\n  memdev: %s\n", device->region->size,
                           object_get_canonical_path_component(OBJECT(device->memdev)));
    if (device->has_slot) {
        g_string_append(out, "  hotplugged: false\n  hotpluggable: false\n");
    }
}

void machine_info_memory_devices(const MachineState *machine, GString *out)
{
    g_autoptr(GPtrArray) devices = machine_memory_devices(machine);
    for (guint i = 0; i < devices->len; i++) {
        print_device(g_ptr_array_index(devices, i), out);
    }
}

static const TypeInfo memory_device_info = {
    .name = TYPE_MEMORY_DEVICE,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(MemoryDeviceClass),
};
DEFINE_TYPE(memory_device_info)
