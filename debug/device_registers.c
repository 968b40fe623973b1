/* SPDX-License-Identifier: MIT */
/*
 * Registers of devices by name.
 *
 * Source: none (own design). Not here: devices that decode commands instead of registers; they are
 * watched as regions.
 */
#include "debug/device_registers.h"

#include "util/options.h"

#include <string.h>

/* --- devices ---------------------------------------------------------------------------------------------- */

typedef struct Search {
    const char *name;
    GPtrArray *whole, *begun; /* DeviceState */
    GPtrArray *names;         /* of all devices, for suggestions */
} Search;

static bool is_same_letter(char a, char b)
{
    return a == b || (a == '-' && b == '_'); /* in expressions a minus subtracts */
}

/* @full: a device's name begins with what is looked for, whole or not. */
static void compare(Search *search, DeviceState *dev, const char *full)
{
    size_t length = 0;
    while (full && full[length] && is_same_letter(full[length], search->name[length])) {
        length++;
    }
    GPtrArray *found = !full || search->name[length] ? NULL
                       : full[length]                ? search->begun
                                                     : search->whole;
    if (found && !g_ptr_array_find(found, dev, NULL)) {
        g_ptr_array_add(found, dev);
    }
}

static int visit_device(Object *obj, void *opaque)
{
    Search *search = opaque;
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    if (dev) {
        g_autofree char *path = object_get_canonical_path(obj);
        compare(search, dev, dev->id);
        compare(search, dev, strrchr(path, '/') + 1);
        compare(search, dev, object_get_typename(obj));
        g_ptr_array_add(search->names, (char *)(uintptr_t)object_get_typename(obj));
    }
    return 0;
}

static DeviceState *choose(const Search *search, Error **errp)
{
    const GPtrArray *found = search->whole->len ? search->whole : search->begun;
    if (found->len == 1) {
        return found->pdata[0];
    }
    if (found->len) {
        error_setg(errp, "several devices are called '%s'; `info qom-tree` shows their names",
                   search->name);
        return NULL;
    }
    g_ptr_array_add(search->names, NULL);
    const char *nearest = nearest_name(search->name, (const char *const *)search->names->pdata);
    if (nearest) {
        error_setg(errp, "no device '%s'; did you mean '%s'?", search->name, nearest);
    } else {
        error_setg(errp, "no device '%s'", search->name);
    }
    return NULL;
}

DeviceState *debug_device_find(const Debugger *debugger, const char *name, Error **errp)
{
    g_autoptr(GPtrArray) whole = g_ptr_array_new(), begun = g_ptr_array_new(),
                         names = g_ptr_array_new();
    Search search = {name, whole, begun, names};
    object_child_foreach_recursive(OBJECT(debugger->machine), visit_device, &search);
    return choose(&search, errp);
}

/* --- registers -------------------------------------------------------------------------------------------- */

typedef struct Matches {
    GPatternSpec *pattern;
    GArray *places;
    GPtrArray *names; /* all of the device's */
} Matches;

static void match_place(void *opaque, const RegPlace *place)
{
    Matches *matches = opaque;
    char *name = regbank_place_name(place);
    if (g_pattern_spec_match_string(matches->pattern, name)) {
        g_array_append_val(matches->places, *place);
    }
    g_ptr_array_add(matches->names, name);
}

static void no_register(const char *dev, const char *name, GPtrArray *names, Error **errp)
{
    if (!names->len) {
        error_setg(
            errp, "the registers of '%s' have no names; break region watches their addresses", dev);
        return;
    }
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_name(name, (const char *const *)names->pdata);
    if (nearest) {
        error_setg(errp, "'%s' has no register '%s'; did you mean '%s'?", dev, name, nearest);
    } else {
        error_setg(errp, "'%s' has no register '%s'", dev, name);
    }
}

GArray *debug_registers_find(const Debugger *debugger, const char *text, Error **errp)
{
    const char *dot = strchr(text, '.');
    if (!dot) {
        error_setg(errp, "a device's register is written DEVICE.REGISTER");
        return NULL;
    }
    g_autofree char *name = g_strndup(text, (gsize)(dot - text));
    DeviceState *dev = debug_device_find(debugger, name, errp);
    if (!dev) {
        return NULL;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Matches matches = {.pattern = g_pattern_spec_new(dot + 1),
                       .places = g_array_new(FALSE, FALSE, sizeof(RegPlace)),
                       .names = names};
    regbank_foreach(dev, match_place, &matches);
    g_pattern_spec_free(matches.pattern);
    if (!matches.places->len) {
        no_register(name, dot + 1, names, errp);
        g_clear_pointer(&matches.places, g_array_unref);
    }
    return matches.places;
}

bool debug_register_value(const Debugger *debugger, const char *name, uint64_t *value, Error **errp)
{
    uint32_t stored;
    g_autoptr(GArray) places = debug_registers_find(debugger, name, errp);
    if (!places) {
        return false;
    }
    if (!regbank_peek(&g_array_index(places, RegPlace, 0), &stored)) {
        return error_setg(errp, "%s stores nothing that could be shown without a side effect",
                          name);
    }
    *value = stored;
    return true;
}

/* --- by address ------------------------------------------------------------------------------------------- */

typedef struct Lookup {
    const MemoryRegion *mr;
    hwaddr offset;
    MachineState *machine;
    char *name;
} Lookup;

/* The type's name unless several devices have it. */
static char *device_name(MachineState *machine, DeviceState *dev)
{
    const Debugger view = {.machine = machine};
    const char *type = object_get_typename(OBJECT(dev));
    Error *error = NULL;
    if (debug_device_find(&view, type, &error) == dev) {
        return g_strdup(type);
    }
    error_free(error);
    g_autofree char *path = object_get_canonical_path(OBJECT(dev));
    return g_strdup(strrchr(path, '/') + 1);
}

static void compare_place(void *opaque, const RegPlace *place)
{
    Lookup *lookup = opaque;
    hwaddr first = regbank_place_offset(place);
    if (!lookup->name && place->mr == lookup->mr && lookup->offset >= first &&
        lookup->offset - first < place->row->width) {
        g_autofree char *dev = device_name(lookup->machine, place->dev);
        g_autofree char *reg = regbank_place_name(place);
        lookup->name = g_strdup_printf("%s.%s", dev, reg);
    }
}

static int look_up_in(Object *obj, void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    if (dev) {
        regbank_foreach(dev, compare_place, opaque);
    }
    return 0;
}

char *debug_register_name_at(MachineState *machine, const MemoryRegion *mr, hwaddr offset)
{
    Lookup lookup = {.mr = mr, .offset = offset, .machine = machine};
    object_child_foreach_recursive(OBJECT(machine), look_up_in, &lookup);
    return lookup.name;
}

/* --- completion ------------------------------------------------------------------------------------------- */

typedef struct Completion {
    const char *prefix;
    size_t limit;
    GPtrArray *names;
} Completion;

static void complete_place(void *opaque, const RegPlace *place)
{
    Completion *completion = opaque;
    g_autofree char *reg = regbank_place_name(place);
    g_autofree char *name = g_strdup_printf("%s.%s", object_get_typename(OBJECT(place->dev)), reg);
    if (completion->names->len < completion->limit && g_str_has_prefix(name, completion->prefix) &&
        !g_ptr_array_find_with_equal_func(completion->names, name, g_str_equal, NULL)) {
        g_ptr_array_add(completion->names, g_steal_pointer(&name));
    }
}

static int complete_device(Object *obj, void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);
    if (dev) {
        regbank_foreach(dev, complete_place, opaque);
    }
    return 0;
}

char **debug_registers_complete(const Debugger *debugger, const char *prefix, size_t limit)
{
    Completion completion = {prefix, limit, g_ptr_array_new()};
    object_child_foreach_recursive(OBJECT(debugger->machine), complete_device, &completion);
    g_ptr_array_add(completion.names, NULL);
    return (char **)g_ptr_array_free(completion.names, FALSE);
}
