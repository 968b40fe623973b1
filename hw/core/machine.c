/* SPDX-License-Identifier: MIT */
/*
 * The machine object at /machine: its class, its properties, building it and resetting it.
 *
 * Source: design.md 5; names as in QEMU.
 */
#include "hw/core/machine.h"

#include "hw/core/internal.h"
#include "hw/core/memory_device.h"
#include "hw/core/sysbus.h"
#include "memory/ram.h"
#include "util/options.h"

#include <inttypes.h>
#include <string.h>

/* --- classes ---------------------------------------------------------------------------------------------- */

static GSList *machine_classes(void) { return object_class_get_list(TYPE_MACHINE, false); }

static char *nearest_machine(const char *name)
{
    g_autoptr(GSList) classes = machine_classes();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (GSList *e = classes; e; e = e->next) {
        g_ptr_array_add(names, (char *)((MachineClass *)e->data)->name);
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_name(name, (const char *const *)names->pdata);
    return nearest ? g_strdup_printf("did you mean '%s'?", nearest)
                   : g_strdup("-machine help lists them");
}

MachineClass *machine_class_find(const char *name, Error **errp)
{
    g_autoptr(GSList) classes = machine_classes();
    for (GSList *e = classes; e; e = e->next) {
        MachineClass *mc = e->data;
        if (g_strcmp0(mc->name, name) == 0 || g_strcmp0(mc->alias, name) == 0) {
            return mc;
        }
    }
    g_autofree char *hint = nearest_machine(name);
    error_setg(errp, "unsupported machine type '%s'; %s", name, hint);
    return NULL;
}

char *machine_help(void)
{
    GString *out = g_string_new("Supported machines are:\n");
    g_autoptr(GSList) classes = machine_classes();
    for (GSList *e = classes; e; e = e->next) {
        const MachineClass *mc = e->data;
        g_string_append_printf(out, "%-20s %s%s", mc->name, mc->desc ? mc->desc : "",
                               mc->is_default ? " (default)" : "");
        if (mc->alias) {
            g_string_append_printf(out, " (alias %s)", mc->alias);
        }
        g_string_append_printf(out, "%s%s\n", mc->guests ? "; boots " : "",
                               mc->guests ? mc->guests : "");
    }
    return g_string_free(out, false);
}

/* --- the object -------------------------------------------------------------------------------------------- */

static Object *find_machine(void)
{
    return object_resolve_path_component(object_get_root(), "machine");
}

MachineState *machine_get(void)
{
    return (MachineState *)object_dynamic_cast(find_machine(), TYPE_MACHINE);
}

bool machine_is_ready(void)
{
    MachineState *machine = machine_get();
    return machine && machine->ready;
}

Object *machine_hotplug_handler(DeviceState *dev)
{
    MachineState *machine = machine_get();
    bool is_taken = machine && object_dynamic_cast(OBJECT(dev), TYPE_MEMORY_DEVICE) &&
                    object_dynamic_cast(OBJECT(machine), TYPE_HOTPLUG_HANDLER);
    return is_taken ? OBJECT(machine) : NULL;
}

Object *machine_container(const char *name)
{
    return container_get(container_get(object_get_root(), "/machine"), name);
}

MachineState *machine_new(const char *name, Error **errp)
{
    MachineClass *mc = machine_class_find(name, errp);
    if (!mc) {
        return NULL;
    }
    g_assert(!find_machine());
    MachineState *machine = MACHINE(object_new_with_class(OBJECT_CLASS(mc)));
    object_property_add_child(object_get_root(), "machine", OBJECT(machine));
    object_unref(machine);
    machine->config.ram_size = mc->default_ram_size;
    vmstate_register(machine_vmstate(), "clock", &vmstate_clock, machine->clock);
    return machine;
}

/* --- building ------------------------------------------------------------------------------------------------ */

static bool check_ram_size(const MachineState *machine, const MachineClass *mc, Error **errp)
{
    uint64_t size = machine->config.ram_size;
    uint64_t max = mc->max_ram_size ? mc->max_ram_size : UINT64_MAX;
    if (size >= mc->min_ram_size && size <= max) {
        return true;
    }
    return error_setg(errp,
                      "%" PRIu64 " MiB of RAM: machine '%s' takes %" PRIu64 " to %" PRIu64 " MiB",
                      size >> 20, mc->name, mc->min_ram_size >> 20, max >> 20);
}

static bool allocate_ram(MachineState *machine, const MachineClass *mc, Error **errp)
{
    uint64_t size = machine->config.ram_size;
    return ram_config_complete(size, errp) &&
           memory_region_allocate_system_memory(&machine->ram, OBJECT(machine),
                                                mc->ram_id ? mc->ram_id : "ram", size, errp);
}

/* -device: on the finished board, before its first reset. */
static bool add_devices(const MachineState *machine, Error **errp)
{
    ERRP_GUARD();
    for (guint i = 0; i < machine->config.devices->len; i++) {
        const char *text = g_ptr_array_index(machine->config.devices, i);
        if (!qdev_device_add(text, errp)) {
            error_prepend(errp, "-device %s: ", text);
            return false;
        }
    }
    return true;
}

static uint64_t hash_for_log(void *machine) { return machine_hash(machine); }

static void hash_parts_for_log(G_GNUC_UNUSED void *opaque, ClockHashPart *part, void *context)
{
    vmstate_registry_foreach_hash(machine_vmstate(), part, context);
    part(context, "ram", memory_ram_hash(false));
}

bool machine_init(MachineState *machine, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(machine);
    g_assert(!machine->ready);
    if (!machine->config.cpu_type) {
        machine->config.cpu_type = g_strdup(mc->default_cpu);
    }
    if (!check_ram_size(machine, mc, errp) || !allocate_ram(machine, mc, errp) ||
        !mc->init(machine, errp) || !add_devices(machine, errp) ||
        (mc->complete && !mc->complete(machine, errp))) {
        return false;
    }
    clock_set_hash_hook(machine->clock, hash_for_log, machine);
    clock_set_hash_parts_hook(machine->clock, hash_parts_for_log, NULL);
    machine->ready = true;
    machine_reset(machine);
    return true;
}

void machine_reset(MachineState *machine)
{
    MachineClass *mc = MACHINE_GET_CLASS(machine);
    resettable_reset(OBJECT(machine));
    if (mc->reset) {
        mc->reset(machine);
    }
    machine_run_was_reset(machine);
}

/* --- the reset tree: the system bus, then every device that sits on no bus ---------------------------------- */

typedef struct ResetWalk {
    void (*fn)(Object *child, void *opaque);
    void *opaque;
} ResetWalk;

static int visit_busless(Object *obj, void *opaque)
{
    const ResetWalk *walk = opaque;
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    if (dev && dev->realized && !dev->parent_bus) {
        walk->fn(obj, walk->opaque);
    }
    return 0;
}

static void foreach_reset_root(Object *obj, void (*fn)(Object *child, void *opaque), void *opaque)
{
    ResetWalk walk = {fn, opaque};
    fn(OBJECT(sysbus_get_default()), opaque);
    object_child_foreach_recursive(obj, visit_busless, &walk);
}

/* --- properties ------------------------------------------------------------------------------------------------ */

static const Property machine_fields[] = {
    {.name = "kernel",
     .type = FIELD_STRING,
     .offset = offsetof(MachineState, config.kernel_filename),
     .description = "kernel image"},
    {.name = "initrd",
     .type = FIELD_STRING,
     .offset = offsetof(MachineState, config.initrd_filename),
     .description = "initial RAM disk"},
    {.name = "append",
     .type = FIELD_STRING,
     .offset = offsetof(MachineState, config.kernel_cmdline),
     .description = "kernel command line"},
    {.name = "firmware",
     .type = FIELD_STRING,
     .offset = offsetof(MachineState, config.bios_name),
     .description = "firmware image"},
    {0},
};

static bool refuse_when_ready(Object *obj, const char *name, Error **errp)
{
    return !MACHINE(obj)->ready ||
           error_setg(errp, "property '%s' cannot change once the machine is built", name);
}

static char *get_memory_backend(G_GNUC_UNUSED Object *obj, G_GNUC_UNUSED Error **errp)
{
    Object *backend = ram_config()->backend;
    return g_strdup(backend ? object_get_canonical_path_component(backend) : "");
}

static void set_memory_backend(G_GNUC_UNUSED Object *obj, const char *id, Error **errp)
{
    Object *backend = object_resolve_path_component(object_get_objects_root(), id);
    if (!object_dynamic_cast(backend, "memory-backend")) {
        error_setg(errp, "memory backend '%s' not found", id);
        return;
    }
    ram_config()->backend = backend;
}

/* --- the type ---------------------------------------------------------------------------------------------------- */

static int unrealize_one(Object *obj, G_GNUC_UNUSED void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    if (dev && dev->realized) {
        qdev_unrealize(dev);
    }
    return 0;
}

/* All devices stop while all links still stand; the tree is taken apart after that. */
static void machine_unparent(Object *obj)
{
    object_child_foreach_recursive(obj, unrealize_one, NULL);
    vmstate_unregister(machine_vmstate(), MACHINE(obj)->clock);
}

static void machine_instance_init(Object *obj)
{
    MachineState *machine = MACHINE(obj);
    MachineConfig *config = &machine->config;
    object_init_fields(obj, machine_fields);
    machine_run_init(machine);
    machine->clock = machine_clock();
    config->boot_order = g_strdup("cd");
    config->graphic_width = 800;
    config->graphic_height = 600;
    config->graphic_depth = 32;
    config->default_devices = true;
    config->prom_env = g_ptr_array_new_with_free_func(g_free);
    config->fw_cfg = g_ptr_array_new_with_free_func(g_free);
    config->devices = g_ptr_array_new_with_free_func(g_free);
    config->serials = g_ptr_array_new();
    machine->memory_devices = g_ptr_array_new();
}

static void machine_finalize(Object *obj)
{
    machine_run_fini(MACHINE(obj));
    MachineConfig *config = &MACHINE(obj)->config;
    g_free(config->cpu_type);
    g_free(config->boot_order);
    g_free(config->boot_once);
    g_ptr_array_unref(config->prom_env);
    g_ptr_array_unref(config->fw_cfg);
    g_ptr_array_unref(config->devices);
    g_ptr_array_unref(config->serials);
    g_ptr_array_unref(MACHINE(obj)->memory_devices);
}

static void machine_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ResettableClass *rc = (ResettableClass *)object_class_dynamic_cast_assert(
        klass, TYPE_RESETTABLE, G_STRLOC);
    klass->unparent = machine_unparent;
    rc->child_foreach = foreach_reset_root;
    object_class_add_fields(klass, machine_fields, refuse_when_ready);
    object_property_set_description(object_class_property_add_str(klass, "memory-backend",
                                                                  get_memory_backend,
                                                                  set_memory_backend),
                                    "id of the memory back end that holds guest RAM");
}

static const TypeInfo machine_info = {
    .name = TYPE_MACHINE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(MachineState),
    .class_size = sizeof(MachineClass),
    .abstract = true,
    .instance_init = machine_instance_init,
    .instance_finalize = machine_finalize,
    .class_init = machine_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_RESETTABLE}, {NULL}},
};

DEFINE_TYPE(machine_info)
