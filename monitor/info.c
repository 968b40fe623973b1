/* SPDX-License-Identifier: MIT */
/* `info ITEM`: the table of items and the short ones. */
#include "debug/device_registers.h"
#include "hw/core/memory_device.h"
#include "hw/pci/pci.h"
#include "memory/ram.h"
#include "monitor/internal.h"
#include "util/trace.h"

#include <inttypes.h>
#include <string.h>

/* --- processor and run ---------------------------------------------------------------------------------- */

static void print_device(Command *command, Object *obj)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    g_autofree char *path = object_get_canonical_path(obj);
    g_string_append_printf(command->out, "%s (%s)\n", path, object_get_typename(obj));
    if (dev && DEVICE_GET_CLASS(dev)->info) {
        DEVICE_GET_CLASS(dev)->info(dev, command->out);
    } else {
        g_string_append(command->out, "it shows no registers\n");
    }
}

void info_device(Command *command)
{
    bool is_ambiguous = false;
    Object *obj = object_resolve_path(command->args, &is_ambiguous);
    if (!obj && !is_ambiguous && *command->args) { /* by its type, as `break` names it */
        obj = (Object *)debug_device_find(command->hub->debugger, command->args, NULL);
    }
    if (!*command->args || !obj) {
        g_string_append_printf(command->out, "%s '%s'; `info qom-tree` shows the paths\n",
                               is_ambiguous ? "several devices" : "no device", command->args);
        return;
    }
    print_device(command, obj);
}

void info_registers(Command *command)
{
    if (*command->args && !g_str_equal(command->args, "-a")) {
        if (!registers_print_named(command)) {
            info_device(command);
        }
        return;
    }
    CPU_GET_CLASS(command->cpu)->dump(command->cpu, command->out);
}

void info_cpus(Command *command)
{
    g_string_append_printf(command->out, "* CPU #0: %s pc=0x%08" PRIx32 "\n",
                           object_get_typename(OBJECT(command->cpu)),
                           (uint32_t)CPU_GET_CLASS(command->cpu)->get_pc(command->cpu));
}

void info_status(Command *command)
{
    static const char *const names[] = {
        [RUN_PRELAUNCH] = "paused (prelaunch)",
        [RUN_RUNNING] = "running",
        [RUN_PAUSED] = "paused",
        [RUN_SHUTDOWN] = "paused (shutdown)",
    };
    Clock *clock = command->machine->clock;
    uint64_t ns = clock_virtual_ns(clock);
    g_string_append_printf(command->out, "VM status: %s\n",
                           names[machine_run_state(command->machine)]);
    g_string_append_printf(
        command->out, "icount %" PRIu64 "  guest time %" PRIu64 ".%09" PRIu64 " s  %s%s\n",
        *clock_icount(clock), ns / NANOSECONDS_PER_SECOND, ns % NANOSECONDS_PER_SECOND,
        clock_is_fixed(clock) ? "by instructions" : "by the wall clock",
        clock_is_replaying(clock) ? "  replaying" : "");
}

void info_version(Command *command)
{
    g_string_append(command->out, "core99 " CORE99_VERSION "\n");
}

void info_hash(Command *command)
{
    machine_info_hash(command->machine, command->out, g_str_equal(command->args, "-v"));
}

/* --- memory ----------------------------------------------------------------------------------------------- */

void info_mtree(Command *command)
{
    bool flat = strstr(command->args, "-f") != NULL;
    bool owner = strstr(command->args, "-o") != NULL;
    memory_info_mtree(command->out, flat, owner);
}

void info_ramblock(Command *command) { ram_info(command->out); }

void info_numa(Command *command)
{
    const GPtrArray *nodes = ram_config()->numa_nodes;
    guint count = nodes ? nodes->len : 0;
    g_string_append_printf(command->out, "%u nodes\n", count);
    for (guint i = 0; i < count; i++) {
        const NumaNode *node = g_ptr_array_index(nodes, i);
        uint64_t plugged = machine_plugged_ram(command->machine, node->id);
        g_string_append_printf(command->out, "node %u size: %" PRIu64 " MB%s%s\n", node->id,
                               (node->size + plugged) >> 20, node->memdev ? "  memdev " : "",
                               node->memdev ? node->memdev : "");
        if (plugged) {
            g_string_append_printf(command->out, "node %u plugged: %" PRIu64 " MB\n", node->id,
                                   plugged >> 20);
        }
    }
}

void info_memdev(Command *command) { host_memory_backend_info(command->out); }

void info_memory_devices(Command *command)
{
    machine_info_memory_devices(command->machine, command->out);
}

void info_memory_size_summary(Command *command)
{
    g_string_append_printf(command->out, "base memory: %" PRIu64 "\nplugged memory: %" PRIu64 "\n",
                           command->machine->config.ram_size,
                           machine_plugged_ram(command->machine, MEMORY_ALL_NODES));
}

/* --- devices ------------------------------------------------------------------------------------------------ */

void info_qtree(Command *command) { qdev_info_qtree(command->out); }

void info_qom_tree(Command *command)
{
    qdev_info_qom_tree(command->out, *command->args ? command->args : NULL);
}

static int print_pic(Object *obj, void *opaque)
{
    if (object_dynamic_cast(obj, "openpic")) {
        print_device(opaque, obj);
    }
    return 0;
}

void info_pic(Command *command)
{
    object_child_foreach_recursive(OBJECT(command->machine), print_pic, command);
}

/* The hosts in QEMU's order. */
void info_pci(Command *command)
{
    static const char *const names[] = {"pci.0", "pci.2", "pci.1"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        BusState *bus = bus_find(names[i]);
        if (bus) {
            pci_info(PCI_BUS(bus), command->out);
        }
    }
}

void info_chardev(Command *command) { chardev_info(command->out); }

void info_trace_events(Command *command)
{
    g_autofree char *list = trace_list(*command->args ? command->args : "*");
    g_string_append(command->out, list);
}

/* --- the table ----------------------------------------------------------------------------------------------- */

static const CommandRow items[] = {
#define INFO(names, args, help, run) {names, args, help, run, false, false},
#define LATER(name)
#include "monitor/info.def"
#undef INFO
#undef LATER
    {0},
};

const CommandRow *info_rows(void) { return items; }

static const char *const later_items[] = {
#define INFO(...)
#define LATER(name) name,
#include "monitor/info.def"
#undef INFO
#undef LATER
    NULL,
};

void command_info(Command *command)
{
    Error *err = NULL;
    size_t length = strcspn(command->args, " \t");
    if (length == 0) {
        command_list(items, "info ", command->out);
        return;
    }
    g_autofree char *word = g_strndup(command->args, length);
    if (g_strv_contains(later_items, word)) {
        g_string_append_printf(command->out, "'info %s' is not built yet\n", word);
        return;
    }
    const CommandRow *row = command_find(items, "item", command->args, length, &err);
    if (!row) {
        command_fail(command, err);
        return;
    }
    Command inner = *command;
    inner.args += length + strspn(command->args + length, " \t");
    row->run(&inner);
}
