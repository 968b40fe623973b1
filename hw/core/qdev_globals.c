/* SPDX-License-Identifier: MIT */
/*
 * -global DRIVER.PROP=VALUE: a default for every device of a type, set right after its instance_init.
 * What cannot be applied makes the device's realize fail.
 */
#include "hw/core/internal.h"
#include "util/options.h"

#include <string.h>

#define TYPE_GLOBALS "global-properties"

typedef struct GlobalProperty {
    char *driver, *property, *value;
    bool used;
    char *failure; /* of the last attempt */
} GlobalProperty;

typedef struct Globals {
    Object parent_obj;
    GPtrArray *list; /* GlobalProperty, as given */
} Globals;

static GPtrArray *globals(void)
{
    return ((Globals *)object_core("global-properties", TYPE_GLOBALS))->list;
}

static void free_global(void *data)
{
    GlobalProperty *global = data;
    g_free(global->driver);
    g_free(global->property);
    g_free(global->value);
    g_free(global->failure);
    g_free(global);
}

/* --- parsing -------------------------------------------------------------------------------------------- */

/* "driver.prop=value". The driver may hold dots ("7400_v2.9-powerpc-cpu"), the property may not. */
static GlobalProperty *parse_short(const char *text)
{
    const char *equals = strchr(text, '=');
    const char *dot = equals ? g_strrstr_len(text, equals - text, ".") : NULL;
    if (!dot || dot == text || dot + 1 == equals) {
        return NULL;
    }
    GlobalProperty *global = g_new0(GlobalProperty, 1);
    global->driver = g_strndup(text, (gsize)(dot - text));
    global->property = g_strndup(dot + 1, (gsize)(equals - dot - 1));
    global->value = g_strdup(equals + 1);
    return global;
}

static GlobalProperty *parse_long(const char *text, Error **errp)
{
    static const OptionDesc descs[] = {
        {"driver", "string", "device type"},
        {"property", "string", "property name"},
        {"value", "string", "its value"},
        {0},
    };
    g_autoptr(Options) opts = options_parse(text, NULL, descs, errp);
    if (!opts) {
        return NULL;
    }
    if (!options_get(opts, "driver") || !options_get(opts, "property") ||
        !options_get(opts, "value")) {
        error_setg(errp, "expected DRIVER.PROPERTY=VALUE or driver=,property=,value=, not '%s'",
                   text);
        return NULL;
    }
    GlobalProperty *global = g_new0(GlobalProperty, 1);
    global->driver = options_take(opts, "driver");
    global->property = options_take(opts, "property");
    global->value = options_take(opts, "value");
    return global;
}

bool qdev_global_add(const char *text, Error **errp)
{
    GlobalProperty *global = parse_short(text);
    if (!global) {
        global = parse_long(text, errp);
    }
    if (!global) {
        return false;
    }
    g_ptr_array_add(globals(), global);
    return true;
}

/* --- applying -------------------------------------------------------------------------------------------- */

static void apply(GlobalProperty *global, DeviceState *dev)
{
    g_autoptr(Error) err = NULL;
    global->used = true;
    g_clear_pointer(&global->failure, g_free);
    if (!object_property_parse(OBJECT(dev), global->property, global->value, &err)) {
        global->failure = g_strdup(error_get_pretty(err));
    }
}

void qdev_apply_globals(DeviceState *dev)
{
    GPtrArray *list = globals();
    for (unsigned i = 0; i < list->len; i++) {
        GlobalProperty *global = list->pdata[i];
        if (object_dynamic_cast(OBJECT(dev), global->driver)) {
            apply(global, dev);
        }
    }
}

bool qdev_globals_applied(DeviceState *dev, Error **errp)
{
    GPtrArray *list = globals();
    for (unsigned i = 0; i < list->len; i++) {
        GlobalProperty *global = list->pdata[i];
        if (global->failure && object_dynamic_cast(OBJECT(dev), global->driver)) {
            return error_setg(errp, "can't apply global %s.%s=%s: %s", global->driver,
                              global->property, global->value, global->failure);
        }
    }
    return true;
}

bool qdev_globals_check(Error **errp)
{
    GPtrArray *list = globals();
    for (unsigned i = 0; i < list->len; i++) {
        GlobalProperty *global = list->pdata[i];
        if (!global->used) {
            return error_setg(
                errp, "global %s.%s=%s: %s", global->driver, global->property, global->value,
                object_class_by_name(global->driver) ? "the machine has no such device"
                                                     : "no such device type");
        }
    }
    return true;
}

static void globals_init(Object *obj)
{
    ((Globals *)obj)->list = g_ptr_array_new_with_free_func(free_global);
}

static void globals_finalize(Object *obj) { g_ptr_array_unref(((Globals *)obj)->list); }

static const TypeInfo globals_info = {
    .name = TYPE_GLOBALS,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Globals),
    .instance_init = globals_init,
    .instance_finalize = globals_finalize,
};

DEFINE_TYPE(globals_info)
