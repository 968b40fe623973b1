/* SPDX-License-Identifier: MIT */
/*
 * Property tables: adding, finding, listing and removing the properties of objects and classes.
 *
 * Source: design.md 5; meaning as in QEMU's QOM.
 */
#include "qom/internal.h"
#include "qom/object.h"

#include <stdlib.h>
#include <string.h>

ObjectProperty *property_new(const char *name, const char *type, PropertyKind kind, void *opaque)
{
    ObjectProperty *prop = g_new0(ObjectProperty, 1);
    prop->name = g_strdup(name);
    prop->type = g_strdup(type);
    prop->kind = kind;
    prop->opaque = opaque;
    return prop;
}

void property_free(void *data)
{
    ObjectProperty *prop = data;
    g_free(prop->name);
    g_free(prop->type);
    g_free(prop->description);
    g_free(prop->default_text);
    g_free(prop);
}

bool property_error(Error **errp, Object *obj, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return error_setg(errp, "property '%s.%s' %s", object_get_typename(obj), name, text);
}

/* --- adding ------------------------------------------------------------------------------------- */

/* "x[*]" becomes "x[0]", "x[1]", ...: the first index that is free. */
static char *pick_name(Object *obj, const char *name)
{
    size_t length = strlen(name);
    if (length < 3 || strcmp(name + length - 3, "[*]") != 0) {
        return g_strdup(name);
    }
    for (unsigned i = 0;; i++) {
        char *candidate = g_strdup_printf("%.*s[%u]", (int)(length - 3), name, i);
        if (!object_property_find(obj, candidate)) {
            return candidate;
        }
        g_free(candidate);
    }
}

/* lint: allow parameters: the signature QEMU's literature shows, and the kind */
ObjectProperty *object_property_add(Object *obj, const char *name, const char *type,
                                    PropertyKind kind, PropertyAccessor *get, PropertyAccessor *set,
                                    PropertyRelease *release, void *opaque)
{
    g_autofree char *picked = pick_name(obj, name);
    if (object_property_find(obj, picked)) {
        error_setg(&error_abort, "property '%s.%s' is added twice", object_get_typename(obj),
                   picked);
        return NULL;
    }
    if (!obj->properties) {
        obj->properties = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, property_free);
    }
    ObjectProperty *prop = property_new(picked, type, kind, opaque);
    prop->get = get;
    prop->set = set;
    prop->release = release;
    g_hash_table_insert(obj->properties, prop->name, prop);
    return prop;
}

static ObjectProperty *class_property_find(ObjectClass *klass, const char *name)
{
    for (; klass; klass = object_class_get_parent(klass)) {
        ObjectProperty *prop = g_hash_table_lookup(klass->properties, name);
        if (prop) {
            return prop;
        }
    }
    return NULL;
}

/* lint: allow parameters: as above, for classes */
ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name, const char *type,
                                          PropertyKind kind, PropertyAccessor *get,
                                          PropertyAccessor *set, void *opaque)
{
    if (class_property_find(klass, name)) {
        error_setg(&error_abort, "class property '%s.%s' is added twice",
                   object_class_get_name(klass), name);
        return NULL;
    }
    ObjectProperty *prop = property_new(name, type, kind, opaque);
    prop->get = get;
    prop->set = set;
    g_hash_table_insert(klass->properties, prop->name, prop);
    return prop;
}

void object_property_set_description(ObjectProperty *prop, const char *description)
{
    g_free(prop->description);
    prop->description = g_strdup(description);
}

void object_property_set_default_text(ObjectProperty *prop, const char *text)
{
    g_free(prop->default_text);
    prop->default_text = g_strdup(text);
}

ObjectProperty *object_property_find(Object *obj, const char *name)
{
    ObjectProperty *prop = class_property_find(obj->klass, name);
    if (!prop && obj->properties) {
        prop = g_hash_table_lookup(obj->properties, name);
    }
    return prop;
}

/* --- removing ------------------------------------------------------------------------------------ */

static void remove_property(Object *obj, ObjectProperty *prop)
{
    if (object_property_is_child(prop)) {
        child_leaves(prop->opaque);
    }
    g_hash_table_steal(obj->properties, prop->name);
    if (prop->release) {
        prop->release(obj, prop->name, prop->opaque);
    }
    property_free(prop);
}

void object_property_del(Object *obj, const char *name)
{
    ObjectProperty *prop = obj->properties ? g_hash_table_lookup(obj->properties, name) : NULL;
    if (prop) {
        remove_property(obj, prop);
    }
}

static int compare_properties(const void *a, const void *b)
{
    const ObjectProperty *x = a, *y = b;
    return natural_compare(x->name, y->name);
}

static void release_class_properties(Object *obj)
{
    g_autoptr(GSList) props = object_class_property_list(obj->klass);
    for (GSList *e = props; e; e = e->next) {
        ObjectProperty *prop = e->data;
        if (prop->release) {
            prop->release(obj, prop->name, prop->opaque);
        }
    }
}

void object_property_del_all(Object *obj)
{
    while (obj->properties && g_hash_table_size(obj->properties)) {
        /* One at a time: removing a child may remove or add others. */
        g_autoptr(GList) props = g_hash_table_get_values(obj->properties);
        props = g_list_sort(props, compare_properties);
        remove_property(obj, props->data);
    }
    g_clear_pointer(&obj->properties, g_hash_table_unref);
    release_class_properties(obj);
}

/* --- listing -------------------------------------------------------------------------------------- */

static int compare_digits(const char **a, const char **b)
{
    char *end_a, *end_b;
    guint64 x = g_ascii_strtoull(*a, &end_a, 10), y = g_ascii_strtoull(*b, &end_b, 10);
    *a = end_a;
    *b = end_b;
    return x < y ? -1 : x > y;
}

int natural_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x && *y) {
        int order;
        if (g_ascii_isdigit(*x) && g_ascii_isdigit(*y)) {
            order = compare_digits(&x, &y);
        } else {
            order = (uint8_t)*x++ - (uint8_t)*y++;
        }
        if (order) {
            return order;
        }
    }
    int order = (uint8_t)*x - (uint8_t)*y;
    return order ? order : strcmp(a, b); /* "x1" and "x01" are two names */
}

static GSList *prepend_all(GSList *list, GHashTable *table)
{
    GHashTableIter iter;
    void *prop;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, NULL, &prop)) {
        list = g_slist_prepend(list, prop);
    }
    return list;
}

static GSList *prepend_class_properties(GSList *list, ObjectClass *klass)
{
    for (; klass; klass = object_class_get_parent(klass)) {
        list = prepend_all(list, klass->properties);
    }
    return list;
}

GSList *object_property_list(Object *obj)
{
    GSList *list = prepend_class_properties(NULL, obj->klass);
    if (obj->properties) {
        list = prepend_all(list, obj->properties);
    }
    return g_slist_sort(list, compare_properties);
}

GSList *object_class_property_list(ObjectClass *klass)
{
    return g_slist_sort(prepend_class_properties(NULL, klass), compare_properties);
}
