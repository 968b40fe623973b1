/* SPDX-License-Identifier: MIT */
/*
 * Values in and out of properties: by type, and as the text that options and the console use.
 *
 * Source: design.md 5. Numbers convert between signed and unsigned where the value fits; text gives a
 * path for links; nothing else converts.
 */
#include "qom/internal.h"
#include "qom/object.h"
#include "util/options.h"
#include "util/trace.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_names[] = {
    [PROP_BOOL] = "a boolean",  [PROP_INT] = "a number",   [PROP_UINT] = "a number",
    [PROP_STRING] = "a string", [PROP_LINK] = "an object",
};

void property_value_clear(PropertyValue *value)
{
    if (value->kind == PROP_STRING) {
        g_clear_pointer(&value->s, g_free);
    }
}

static bool not_found(Object *obj, const char *name, Error **errp)
{
    g_autoptr(GSList) props = object_property_list(obj);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (GSList *e = props; e; e = e->next) {
        g_ptr_array_add(names, ((ObjectProperty *)e->data)->name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *hint = suggestion(nearest_name(name, (const char *const *)names->pdata));
    return property_error(errp, obj, name, "not found%s", hint);
}

static ObjectProperty *find_or_fail(Object *obj, const char *name, Error **errp)
{
    ObjectProperty *prop = object_property_find(obj, name);
    if (!prop) {
        not_found(obj, name, errp);
    }
    return prop;
}

static bool wrong_kind(Object *obj, const ObjectProperty *prop, PropertyKind kind, Error **errp)
{
    return property_error(errp, obj, prop->name, "expects %s, not %s", prop->type,
                          kind_names[kind]);
}

/* What @path names among objects of the link's type; else any object, for the message about its type. */
static Object *resolve_target(const ObjectProperty *prop, const char *path, bool *ambiguous)
{
    size_t length = strlen(prop->type);
    if (g_str_has_prefix(prop->type, "link<")) {
        g_autofree char *type = g_strndup(prop->type + 5, length - 6);
        Object *found = object_resolve_path_type(path, type, ambiguous);
        if (found || *ambiguous) {
            return found;
        }
    }
    return object_resolve_path(path, ambiguous);
}

static bool resolve_link(Object *obj, const ObjectProperty *prop, const char *path, Object **link,
                         Error **errp)
{
    bool ambiguous = false;
    *link = resolve_target(prop, path, &ambiguous);
    if (ambiguous) {
        return property_error(errp, obj, prop->name, "is given '%s', which names several objects",
                              path);
    }
    if (!*link && *path) {
        return property_error(errp, obj, prop->name, "is given '%s': object not found", path);
    }
    return true;
}

/* Make @value fit @prop. A string that becomes a link stays the caller's: @in is not changed. */
static bool convert_in(Object *obj, const ObjectProperty *prop, const PropertyValue *in,
                       PropertyValue *out, Error **errp)
{
    *out = *in;
    out->kind = prop->kind;
    if (in->kind == prop->kind) {
        return true;
    }
    if (in->kind == PROP_STRING && prop->kind == PROP_LINK) {
        return resolve_link(obj, prop, in->s ? in->s : "", &out->link, errp);
    }
    if (in->kind == PROP_INT && prop->kind == PROP_UINT) {
        return in->i >= 0 || property_error(errp, obj, prop->name, "cannot be negative");
    }
    if (in->kind == PROP_UINT && prop->kind == PROP_INT) {
        return in->u <= INT64_MAX || property_error(errp, obj, prop->name, "is out of range");
    }
    return wrong_kind(obj, prop, in->kind, errp);
}

bool object_property_set(Object *obj, const char *name, PropertyValue *value, Error **errp)
{
    ObjectProperty *prop = find_or_fail(obj, name, errp);
    PropertyValue converted;
    if (!prop) {
        return false;
    }
    if (!prop->set) {
        return property_error(errp, obj, name, "is not writable");
    }
    return convert_in(obj, prop, value, &converted, errp) &&
           prop->set(obj, &converted, prop->opaque, errp);
}

bool object_property_get(Object *obj, const char *name, PropertyValue *value, Error **errp)
{
    ObjectProperty *prop = find_or_fail(obj, name, errp);
    if (!prop) {
        return false;
    }
    if (!prop->get) {
        return property_error(errp, obj, name, "is not readable");
    }
    *value = (PropertyValue){.kind = prop->kind};
    return prop->get(obj, value, prop->opaque, errp);
}

/* --- by type ------------------------------------------------------------------------------------------ */

bool object_property_set_bool(Object *obj, const char *name, bool value, Error **errp)
{
    TRACE(object_property_set_bool, "%s.%s %d", object_get_typename(obj), name, value);
    return object_property_set(obj, name, &(PropertyValue){PROP_BOOL, {.b = value}}, errp);
}

bool object_property_set_int(Object *obj, const char *name, int64_t value, Error **errp)
{
    return object_property_set(obj, name, &(PropertyValue){PROP_INT, {.i = value}}, errp);
}

bool object_property_set_uint(Object *obj, const char *name, uint64_t value, Error **errp)
{
    return object_property_set(obj, name, &(PropertyValue){PROP_UINT, {.u = value}}, errp);
}

bool object_property_set_str(Object *obj, const char *name, const char *value, Error **errp)
{
    return object_property_set(obj, name, &(PropertyValue){PROP_STRING, {.s = (char *)value}},
                               errp);
}

bool object_property_set_link(Object *obj, const char *name, Object *value, Error **errp)
{
    return object_property_set(obj, name, &(PropertyValue){PROP_LINK, {.link = value}}, errp);
}

/* The value if it is of @kind; anything else is an error and is cleared. */
static bool get_kind(Object *obj, const char *name, PropertyKind kind, PropertyValue *value,
                     Error **errp)
{
    if (!object_property_get(obj, name, value, errp)) {
        return false;
    }
    if (value->kind == kind) {
        return true;
    }
    property_value_clear(value);
    return property_error(errp, obj, name, "is not %s", kind_names[kind]);
}

bool object_property_get_bool(Object *obj, const char *name, Error **errp)
{
    PropertyValue value;
    return get_kind(obj, name, PROP_BOOL, &value, errp) && value.b;
}

/* Both number kinds hold the same 64 bits; only the meaning of the top one differs. */
static bool get_number(Object *obj, const char *name, PropertyValue *value, Error **errp)
{
    ObjectProperty *prop = object_property_find(obj, name);
    PropertyKind kind = prop && prop->kind == PROP_INT ? PROP_INT : PROP_UINT;
    return get_kind(obj, name, kind, value, errp);
}

int64_t object_property_get_int(Object *obj, const char *name, Error **errp)
{
    PropertyValue value;
    if (!get_number(obj, name, &value, errp)) {
        return 0;
    }
    if (value.kind == PROP_UINT && value.u > INT64_MAX) {
        property_error(errp, obj, name, "is out of range");
        return 0;
    }
    return value.i;
}

uint64_t object_property_get_uint(Object *obj, const char *name, Error **errp)
{
    PropertyValue value;
    if (!get_number(obj, name, &value, errp)) {
        return 0;
    }
    if (value.kind == PROP_INT && value.i < 0) {
        property_error(errp, obj, name, "is negative");
        return 0;
    }
    return value.u;
}

char *object_property_get_str(Object *obj, const char *name, Error **errp)
{
    PropertyValue value;
    return get_kind(obj, name, PROP_STRING, &value, errp) ? value.s : NULL;
}

Object *object_property_get_link(Object *obj, const char *name, Error **errp)
{
    PropertyValue value;
    return get_kind(obj, name, PROP_LINK, &value, errp) ? value.link : NULL;
}

/* --- as text ------------------------------------------------------------------------------------------- */

static bool parse_int(const char *text, int64_t *out, Error **errp)
{
    bool is_negative = *text == '-';
    uint64_t magnitude;
    if (!parse_number(text + is_negative, &magnitude, errp)) {
        return false;
    }
    if (magnitude > (uint64_t)INT64_MAX + is_negative) {
        return error_setg(errp, "'%s' is out of range", text);
    }
    *out = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

static bool parse_text(const ObjectProperty *prop, const char *text, PropertyValue *value,
                       Error **errp)
{
    switch (prop->kind) {
    case PROP_BOOL:
        return parse_bool(text, &value->b, errp);
    case PROP_INT:
        return parse_int(text, &value->i, errp);
    case PROP_UINT:
        return strcmp(prop->type, "size") == 0 ? parse_size(text, 1, &value->u, errp)
                                               : parse_number(text, &value->u, errp);
    case PROP_STRING:
    case PROP_LINK:
        value->kind = PROP_STRING;
        value->s = (char *)text;
        return true;
    }
    g_assert_not_reached();
}

bool object_property_parse(Object *obj, const char *name, const char *text, Error **errp)
{
    ObjectProperty *prop = find_or_fail(obj, name, errp);
    if (!prop) {
        return false;
    }
    PropertyValue value = {.kind = prop->kind};
    Error *local = NULL;
    if (!parse_text(prop, text, &value, &local)) {
        error_prepend(&local, "property '%s.%s': ", object_get_typename(obj), name);
        error_propagate(errp, local);
        return false;
    }
    return object_property_set(obj, name, &value, errp);
}

char *object_property_print(Object *obj, const char *name, Error **errp)
{
    PropertyValue value;
    char *path;
    if (!object_property_get(obj, name, &value, errp)) {
        return NULL;
    }
    switch (value.kind) {
    case PROP_BOOL:
        return g_strdup(value.b ? "true" : "false");
    case PROP_INT:
        return g_strdup_printf("%" PRId64, value.i);
    case PROP_UINT:
        return g_strdup_printf("%" PRIu64, value.u);
    case PROP_STRING:
        return value.s ? value.s : g_strdup("");
    case PROP_LINK:
        path = value.link ? object_get_canonical_path(value.link) : NULL;
        return path ? path : g_strdup("");
    }
    g_assert_not_reached();
}
