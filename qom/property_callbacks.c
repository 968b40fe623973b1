/* SPDX-License-Identifier: MIT */
/*
 * Ready-made properties: bool and string over a pair of callbacks, enum over an int field. The record
 * behind a class property lives as long as the class, that is for ever.
 */
#include "qom/internal.h"
#include "qom/object.h"
#include "util/options.h"

#include <string.h>

/* --- bool -------------------------------------------------------------------------------------------- */

typedef struct BoolCallbacks {
    bool (*get)(Object *obj, Error **errp);
    void (*set)(Object *obj, bool v, Error **errp);
} BoolCallbacks;

static bool bool_get(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    BoolCallbacks *callbacks = opaque;
    Error *local = NULL;
    value->b = callbacks->get(obj, &local);
    bool ok = !local;
    error_propagate(errp, local);
    return ok;
}

static bool bool_set(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    BoolCallbacks *callbacks = opaque;
    Error *local = NULL;
    callbacks->set(obj, value->b, &local);
    bool ok = !local;
    error_propagate(errp, local);
    return ok;
}

static void callbacks_release(G_GNUC_UNUSED Object *obj, G_GNUC_UNUSED const char *name,
                              void *opaque)
{
    g_free(opaque);
}

static BoolCallbacks *bool_callbacks(bool (*get)(Object *obj, Error **errp),
                                     void (*set)(Object *obj, bool v, Error **errp))
{
    BoolCallbacks *callbacks = g_new(BoolCallbacks, 1);
    *callbacks = (BoolCallbacks){get, set};
    return callbacks;
}

ObjectProperty *object_class_property_add_bool(ObjectClass *klass, const char *name,
                                               bool (*get)(Object *obj, Error **errp),
                                               void (*set)(Object *obj, bool v, Error **errp))
{
    return object_class_property_add(klass, name, "bool", PROP_BOOL, get ? bool_get : NULL,
                                     set ? bool_set : NULL, bool_callbacks(get, set));
}

ObjectProperty *object_property_add_bool(Object *obj, const char *name,
                                         bool (*get)(Object *obj, Error **errp),
                                         void (*set)(Object *obj, bool v, Error **errp))
{
    return object_property_add(obj, name, "bool", PROP_BOOL, get ? bool_get : NULL,
                               set ? bool_set : NULL, callbacks_release, bool_callbacks(get, set));
}

/* --- string ------------------------------------------------------------------------------------------- */

typedef struct StrCallbacks {
    char *(*get)(Object *obj, Error **errp);
    void (*set)(Object *obj, const char *v, Error **errp);
} StrCallbacks;

static bool str_get(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    StrCallbacks *callbacks = opaque;
    Error *local = NULL;
    value->s = callbacks->get(obj, &local);
    bool ok = !local;
    error_propagate(errp, local);
    return ok;
}

static bool str_set(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    StrCallbacks *callbacks = opaque;
    Error *local = NULL;
    callbacks->set(obj, value->s, &local);
    bool ok = !local;
    error_propagate(errp, local);
    return ok;
}

static StrCallbacks *str_callbacks(char *(*get)(Object *obj, Error **errp),
                                   void (*set)(Object *obj, const char *v, Error **errp))
{
    StrCallbacks *callbacks = g_new(StrCallbacks, 1);
    *callbacks = (StrCallbacks){get, set};
    return callbacks;
}

ObjectProperty *object_class_property_add_str(ObjectClass *klass, const char *name,
                                              char *(*get)(Object *obj, Error **errp),
                                              void (*set)(Object *obj, const char *v, Error **errp))
{
    return object_class_property_add(klass, name, "string", PROP_STRING, get ? str_get : NULL,
                                     set ? str_set : NULL, str_callbacks(get, set));
}

ObjectProperty *object_property_add_str(Object *obj, const char *name,
                                        char *(*get)(Object *obj, Error **errp),
                                        void (*set)(Object *obj, const char *v, Error **errp))
{
    return object_property_add(obj, name, "string", PROP_STRING, get ? str_get : NULL,
                               set ? str_set : NULL, callbacks_release, str_callbacks(get, set));
}

/* --- enum --------------------------------------------------------------------------------------------- */

typedef struct EnumField {
    const char *name;
    const char *const *names;
    size_t offset;
} EnumField;

static int *enum_field(Object *obj, const EnumField *field)
{
    return (int *)((char *)obj + field->offset);
}

static bool enum_get(Object *obj, PropertyValue *value, void *opaque, G_GNUC_UNUSED Error **errp)
{
    EnumField *field = opaque;
    value->s = g_strdup(field->names[*enum_field(obj, field)]);
    return true;
}

static bool enum_set(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    EnumField *field = opaque;
    for (int i = 0; field->names[i]; i++) {
        if (g_strcmp0(field->names[i], value->s) == 0) {
            *enum_field(obj, field) = i;
            return true;
        }
    }
    g_autofree char *accepted = g_strjoinv(", ", (char **)field->names);
    return property_error(errp, obj, field->name, "does not accept value '%s' (one of: %s)",
                          value->s ? value->s : "", accepted);
}

ObjectProperty *object_class_property_add_enum(ObjectClass *klass, const char *name,
                                               const char *type, const char *const *names,
                                               size_t offset)
{
    EnumField *field = g_new(EnumField, 1);
    ObjectProperty *prop = object_class_property_add(klass, name, type, PROP_STRING, enum_get,
                                                     enum_set, field);
    *field = (EnumField){prop->name, names, offset};
    return prop;
}
