/* SPDX-License-Identifier: MIT */
/*
 * -m: how much RAM, how many slots for DIMMs, and how much memory there may be with them.
 *
 * Source: QEMU's dialect. maxmem counts persistent memory, too.
 */
#include "hw/core/memory_device.h"
#include "util/options.h"

#include <inttypes.h>

enum { MOST_SLOTS = 256 };

static bool check_size(const MachineState *machine, Error **errp)
{
    const MachineClass *mc = MACHINE_GET_CLASS(machine);
    uint64_t size = machine->config.ram_size;
    if (size >= mc->min_ram_size && (!mc->max_ram_size || size <= mc->max_ram_size)) {
        return true;
    }
    return error_setg(errp, "machine '%s' takes %" PRIu64 "M to %" PRIu64 "M", mc->name,
                      mc->min_ram_size >> 20, mc->max_ram_size >> 20);
}

static bool check_max(const MachineState *machine, Error **errp)
{
    const MachineClass *mc = MACHINE_GET_CLASS(machine);
    const MachineConfig *config = &machine->config;
    uint64_t most = mc->max_ram_size + mc->persistent_size;
    if (config->max_ram_size < config->ram_size) {
        return error_setg(errp, "maxmem=%" PRIu64 "M is less than the size of RAM, %" PRIu64 "M",
                          config->max_ram_size >> 20, config->ram_size >> 20);
    }
    if (config->ram_slots && config->max_ram_size == config->ram_size) {
        return error_setg(errp, "slots= without room: maxmem=%" PRIu64 "M is the size of RAM",
                          config->max_ram_size >> 20);
    }
    return config->max_ram_size <= most ||
           error_setg(errp,
                      "maxmem=%" PRIu64 "M: machine '%s' takes up to %" PRIu64
                      "M of RAM and DIMMs and %" PRIu64 "M of persistent memory",
                      config->max_ram_size >> 20, mc->name, mc->max_ram_size >> 20,
                      mc->persistent_size >> 20);
}

static bool parse_slots(MachineState *machine, const Options *opts, Error **errp)
{
    const char *slots = options_get(opts, "slots"), *max = options_get(opts, "maxmem");
    uint64_t count = 0;
    if (slots && !max) {
        return error_setg(errp, "slots= needs maxmem=");
    }
    if (slots && !parse_number(slots, &count, errp)) {
        return false;
    }
    if (count > MOST_SLOTS) {
        return error_setg(errp, "slots=%s: at most %d", slots, MOST_SLOTS);
    }
    machine->config.ram_slots = (uint32_t)count;
    return !max || (parse_size(max, UINT64_C(1) << 20, &machine->config.max_ram_size, errp) &&
                    check_max(machine, errp));
}

bool machine_parse_memory(MachineState *machine, const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"size", "string", "guest RAM"},
        {"slots", "string", "slots for DIMMs"},
        {"maxmem", "string", "guest RAM, DIMMs and persistent memory together"},
        {0},
    };
    g_autoptr(Options) opts = options_parse(text, "size", descs, errp);
    const char *size = opts ? options_get(opts, "size") : NULL;
    return opts &&
           (!size || parse_size(size, UINT64_C(1) << 20, &machine->config.ram_size, errp)) &&
           check_size(machine, errp) && parse_slots(machine, opts, errp);
}
