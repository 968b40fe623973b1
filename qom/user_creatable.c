/* SPDX-License-Identifier: MIT */
/*
 * Objects that the user makes: -object TYPE,id=NAME,prop=value,... They live under /objects.
 *
 * Source: design.md 5, 10; the option text and the order of steps are QEMU's: set the properties, add
 * to the tree, complete.
 */
#include "qom/internal.h"
#include "qom/object.h"
#include "util/options.h"

#include <string.h>

static UserCreatableClass *creatable_class(Object *obj)
{
    return (UserCreatableClass *)object_class_dynamic_cast(obj->klass, TYPE_USER_CREATABLE);
}

bool user_creatable_complete(Object *obj, Error **errp)
{
    UserCreatableClass *uc = creatable_class(obj);
    return !uc || !uc->complete || uc->complete(obj, errp);
}

bool object_id_is_well_formed(const char *id)
{
    size_t allowed = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-._");
    return g_ascii_isalpha(id[0]) && id[allowed] == '\0';
}

bool object_id_check(const char *id, Error **errp)
{
    if (!id) {
        return error_setg(errp, "id=NAME is missing");
    }
    return object_id_is_well_formed(id) ||
           error_setg(errp, "id '%s' is not a letter followed by letters, digits and -._", id);
}

static bool check_id(const char *id, Error **errp)
{
    if (!id) {
        return error_setg(errp, "parameter 'id' is missing");
    }
    if (!object_id_is_well_formed(id)) {
        return error_setg(errp, "parameter 'id' expects an identifier, not '%s'", id);
    }
    if (object_property_find(object_get_objects_root(), id)) {
        return error_setg(errp, "object id '%s' is already in use", id);
    }
    return true;
}

static bool check_type(const char *type, Error **errp)
{
    if (!type) {
        return error_setg(errp, "parameter 'qom-type' is missing");
    }
    ObjectClass *klass = object_class_by_name(type);
    if (!klass) {
        g_autofree char *hint = object_type_suggestion(type, TYPE_USER_CREATABLE);
        return error_setg(errp, "invalid object type: %s%s", type, hint);
    }
    if (!object_class_dynamic_cast(klass, TYPE_USER_CREATABLE)) {
        return error_setg(errp, "object type '%s' cannot be made with -object", type);
    }
    return true;
}

static bool set_one(void *obj, const char *key, const char *value, Error **errp)
{
    return object_property_parse(obj, key, value, errp);
}

/* Gives the object to the tree; leaves nothing behind on failure. */
static bool add_and_complete(Object *obj, const char *id, Error **errp)
{
    object_property_add_child(object_get_objects_root(), id, obj);
    if (!user_creatable_complete(obj, errp)) {
        object_unparent(obj);
        return false;
    }
    return true;
}

Object *user_creatable_add_from_str(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "qom-type", NULL, errp);
    if (!opts) {
        return NULL;
    }
    g_autofree char *type = options_take(opts, "qom-type");
    g_autofree char *id = options_take(opts, "id");
    if (!check_type(type, errp) || !check_id(id, errp)) {
        return NULL;
    }
    Object *obj = object_try_new(type, errp);
    if (!obj) {
        return NULL;
    }
    bool ok = options_foreach(opts, set_one, obj, errp) && add_and_complete(obj, id, errp);
    object_unref(obj); /* the tree holds its own reference */
    return ok ? obj : NULL;
}

bool user_creatable_del(const char *id, Error **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);
    if (!obj) {
        return error_setg(errp, "object '%s' not found", id);
    }
    UserCreatableClass *uc = creatable_class(obj);
    if (uc && uc->can_be_deleted && !uc->can_be_deleted(obj)) {
        return error_setg(errp, "object '%s' is in use and cannot be deleted", id);
    }
    object_unparent(obj);
    return true;
}

/* --- -object help ------------------------------------------------------------------------------------- */

static bool is_user_property(const ObjectProperty *prop)
{
    return prop->set && !object_property_is_child(prop);
}

void object_property_help(const ObjectProperty *prop, GString *out)
{
    enum { COLUMN = 24 };
    if (!is_user_property(prop)) {
        return;
    }
    g_autofree char *head = g_strdup_printf("  %s=<%s>", prop->name, prop->type);
    bool has_tail = prop->description || prop->default_text;
    g_string_append_printf(out, "%-*s%s", has_tail ? COLUMN : 0, head, has_tail ? " - " : "");
    g_string_append(out, prop->description ? prop->description : "");
    if (prop->default_text) {
        g_string_append_printf(out, " (default: %s)", prop->default_text);
    }
    g_string_append_c(out, '\n');
}

void object_class_help(ObjectClass *klass, GString *out)
{
    g_autoptr(GSList) props = object_class_property_list(klass);
    for (GSList *e = props; e; e = e->next) {
        object_property_help(e->data, out);
    }
}

static char *list_types(void)
{
    GString *out = g_string_new("List of user creatable objects:\n");
    g_autoptr(GSList) classes = object_class_get_list(TYPE_USER_CREATABLE, false);
    for (GSList *e = classes; e; e = e->next) {
        g_string_append_printf(out, "  %s\n", object_class_get_name(e->data));
    }
    return g_string_free(out, false);
}

char *user_creatable_help(const char *text, Error **errp)
{
    g_autoptr(Options) opts = options_parse(text, "qom-type", NULL, NULL);
    if (!opts || !options_wants_help(opts)) {
        return NULL;
    }
    const char *type = options_get(opts, "qom-type");
    if (!type || strcmp(type, "help") == 0 || strcmp(type, "?") == 0) {
        return list_types();
    }
    if (!check_type(type, errp)) {
        return NULL;
    }
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s options:\n", type);
    object_class_help(object_class_by_name(type), out);
    return g_string_free(out, false);
}

static const TypeInfo user_creatable_info = {
    .name = TYPE_USER_CREATABLE,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(UserCreatableClass),
};

DEFINE_TYPE(user_creatable_info)
