/* SPDX-License-Identifier: MIT */
/*
 * What the guest is told of memory devices: Forth that OpenBIOS runs from nvramrc once its device tree
 * stands, a node for each.
 *
 * Source: IEEE 1275 (new-device, property); Linux's bindings pmem-region and numa; found by experiment that
 * the firmware evaluates nvramrc if use-nvramrc? is true; in it, comments in parentheses end the script, and
 * words defined before `dev` are not found behind it. A DIMM's node has no device_type "memory": the
 * firmware's /memory has its range already. virtio-pmem tells its own place.
 */
#include "hw/core/memory_device.h"
#include "hw/ppc/boot.h"

#include <inttypes.h>

static void put_string(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, "\" %s\" encode-string \" %s\" property ", value, name);
}

static void put_flag(GString *out, const char *name)
{
    g_string_append_printf(out, "0 0 \" %s\" property ", name);
}

static void put_number(GString *out, const char *name, uint32_t value)
{
    g_string_append_printf(out, "%" PRIx32 " encode-int \" %s\" property ", value, name);
}

static void put_node(GString *out, const char *id, const MemoryDevice *device)
{
    const MemoryRegion *region = device->region;
    g_string_append_printf(out,
                           "new-device \" %s\" device-name %" PRIx64 " encode-int %" PRIx64
                           " encode-int encode+ \" reg\" property ",
                           device->is_ram ? "dimm" : "pmem", device->addr, region->size);
    put_number(out, "slot", (uint32_t)device->slot);
    if (device->node) {
        put_number(out, "numa-node-id", device->node);
    }
    if (id) {
        put_string(out, "label", id);
    }
    if (!device->is_ram) {
        put_string(out, "compatible", "pmem-region");
    }
    if (!device->is_ram && device->is_volatile) {
        put_flag(out, "volatile");
    }
    if (region->readonly || device->memdev->mr.readonly) {
        put_flag(out, "read-only");
    }
    g_string_append(out, "finish-device ");
}

char *memory_nodes_script(const MachineState *machine)
{
    g_autoptr(GPtrArray) devices = machine_memory_devices(machine);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < devices->len; i++) {
        Object *obj = g_ptr_array_index(devices, i);
        MemoryDeviceClass *mc = OBJECT_GET_CLASS(MemoryDeviceClass, obj, TYPE_MEMORY_DEVICE);
        const MemoryDevice *device = mc->get(obj);
        if (device->has_slot) {
            g_string_append(out, out->len ? "" : "dev / ");
            put_node(out, DEVICE(obj)->id, device);
        }
    }
    if (out->len) {
        g_string_append(out, "device-end");
    }
    char *text = g_string_free(out, FALSE);
    if (!*text) {
        g_free(text);
        return NULL;
    }
    return text;
}
