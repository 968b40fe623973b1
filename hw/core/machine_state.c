/* SPDX-License-Identifier: MIT */
/*
 * The state of the whole machine: save, load, hash. A saved machine is the length of the registry's
 * part (64 bits, big-endian), that part, then RAM.
 */
#include "hw/core/machine.h"
#include "memory/ram.h"
#include "util/hash.h"

#include <inttypes.h>

static void sync_cpu(const MachineState *machine)
{
    if (machine->cpu && CPU_GET_CLASS(machine->cpu)->sync) {
        CPU_GET_CLASS(machine->cpu)->sync(machine->cpu);
    }
}

void machine_save(MachineState *machine, GByteArray *out)
{
    g_autoptr(GByteArray) devices = g_byte_array_new();
    sync_cpu(machine);
    vmstate_registry_save(machine_vmstate(), devices);
    vmstate_put_u64(out, devices->len);
    g_byte_array_append(out, devices->data, devices->len);
    ram_save(out);
}

/* RAM first: what devices rebuild after loading may depend on it. */
bool machine_load(G_GNUC_UNUSED MachineState *machine, const uint8_t *data, size_t length,
                  Error **errp)
{
    VMStateReader in = {.data = data, .length = length};
    uint64_t devices;
    size_t used;
    if (!vmstate_read_u64(&in, &devices, errp)) {
        return false;
    }
    if (devices > length - in.pos) {
        return error_setg(errp, "the saved state is truncated");
    }
    const uint8_t *ram = data + in.pos + devices;
    if (!ram_load(ram, length - in.pos - devices, &used, errp)) {
        return false;
    }
    if (used != length - in.pos - devices) {
        return error_setg(errp, "the saved state has %zu bytes too many",
                          (size_t)(length - in.pos - devices - used));
    }
    return vmstate_registry_load(machine_vmstate(), data + in.pos, devices, errp);
}

uint64_t machine_hash(MachineState *machine)
{
    sync_cpu(machine);
    return hash_u64(vmstate_registry_hash(machine_vmstate()), memory_ram_hash(false));
}

static void print_section(void *opaque, const char *id, uint64_t hash)
{
    g_string_append_printf(opaque, "%016" PRIx64 " %s\n", hash, id);
}

void machine_info_hash(MachineState *machine, GString *out, bool verbose)
{
    g_string_append_printf(out, "%016" PRIx64 " at icount %" PRIu64 "\n", machine_hash(machine),
                           *clock_icount(machine->clock));
    if (verbose) {
        vmstate_registry_foreach_hash(machine_vmstate(), print_section, out);
        print_section(out, "ram", memory_ram_hash(false));
    }
}
