/* SPDX-License-Identifier: MIT */
/*
 * The composition tree: who owns whom. Children are properties of type "child<T>" of their parent.
 *
 * Source: design.md 5; meaning as in QEMU's QOM.
 */
#include "qom/internal.h"
#include "qom/object.h"

#include <string.h>

#define TYPE_CONTAINER "container"

static Object *root_object;

/* --- children ------------------------------------------------------------------------------------- */

static bool child_get(G_GNUC_UNUSED Object *obj, PropertyValue *value, void *opaque,
                      G_GNUC_UNUSED Error **errp)
{
    value->link = opaque;
    return true;
}

void child_leaves(Object *child)
{
    if (child->klass->unparent) {
        child->klass->unparent(child);
    }
}

static void child_release(G_GNUC_UNUSED Object *obj, G_GNUC_UNUSED const char *name, void *opaque)
{
    Object *child = opaque;
    link_target_unparented(child);
    child->parent = NULL;
    object_unref(child);
}

bool object_property_is_child(const ObjectProperty *prop) { return prop->release == child_release; }

Object *object_property_child(const ObjectProperty *prop)
{
    return object_property_is_child(prop) ? prop->opaque : NULL;
}

ObjectProperty *object_property_add_child(Object *parent, const char *name, Object *child)
{
    g_assert(!child->parent);
    g_autofree char *type = g_strdup_printf("child<%s>", object_get_typename(child));
    ObjectProperty *prop = object_property_add(parent, name, type, PROP_LINK, child_get, NULL,
                                               child_release, object_ref(child));
    child->parent = parent;
    return prop;
}

/* The property of the parent that holds @obj; NULL without a parent. */
static ObjectProperty *own_property(const Object *obj)
{
    if (!obj->parent) {
        return NULL;
    }
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, obj->parent->properties);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (object_property_child(value) == obj) {
            return value;
        }
    }
    return NULL;
}

void object_unparent(Object *obj)
{
    ObjectProperty *prop = own_property(obj);
    if (prop) {
        object_property_del(obj->parent, prop->name);
    }
}

const char *object_get_canonical_path_component(const Object *obj)
{
    ObjectProperty *prop = own_property(obj);
    return prop ? prop->name : NULL;
}

/* --- walking --------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const ObjectProperty *x = *(ObjectProperty *const *)a, *y = *(ObjectProperty *const *)b;
    return natural_compare(x->name, y->name);
}

/* References to all children, sorted by name: @fn may remove any of them meanwhile. */
static GPtrArray *sorted_children(Object *obj)
{
    GPtrArray *children = g_ptr_array_new_with_free_func(object_unref);
    GHashTableIter iter;
    void *value;
    if (!obj->properties) {
        return children;
    }
    g_hash_table_iter_init(&iter, obj->properties);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (object_property_is_child(value)) {
            g_ptr_array_add(children, value);
        }
    }
    g_ptr_array_sort(children, compare_names);
    for (unsigned i = 0; i < children->len; i++) {
        children->pdata[i] = object_ref(object_property_child(children->pdata[i]));
    }
    return children;
}

static int foreach_child(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque,
                         bool recurse)
{
    g_autoptr(GPtrArray) children = sorted_children(obj);
    int result = 0;
    for (unsigned i = 0; i < children->len && !result; i++) {
        Object *child = children->pdata[i];
        if (child->parent != obj) {
            continue;
        }
        result = fn(child, opaque);
        if (!result && recurse) {
            result = foreach_child(child, fn, opaque, true);
        }
    }
    return result;
}

int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque)
{
    return foreach_child(obj, fn, opaque, false);
}

int object_child_foreach_recursive(Object *obj, int (*fn)(Object *child, void *opaque),
                                   void *opaque)
{
    return foreach_child(obj, fn, opaque, true);
}

/* --- well-known places ------------------------------------------------------------------------------ */

Object *object_get_root(void)
{
    if (!root_object) {
        root_object = object_new(TYPE_CONTAINER);
    }
    return root_object;
}

Object *container_get(Object *root, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);
    Object *obj = root;
    for (char **part = parts; *part; part++) {
        if (!**part) {
            continue;
        }
        Object *child = object_resolve_path_component(obj, *part);
        if (!child) {
            child = object_new(TYPE_CONTAINER);
            object_property_add_child(obj, *part, child);
            object_unref(child);
        }
        obj = child;
    }
    return obj;
}

Object *object_get_objects_root(void) { return container_get(object_get_root(), "/objects"); }

Object *object_core(const char *name, const char *type)
{
    Object *core = container_get(object_get_root(), "/core");
    Object *obj = object_resolve_path_component(core, name);
    if (!obj) {
        obj = object_new(type);
        object_property_add_child(core, name, obj);
        object_unref(obj);
    }
    return obj;
}

/* --- the tree as text --------------------------------------------------------------------------------- */

typedef struct TreePrinter {
    GString *out;
    unsigned depth;
} TreePrinter;

static int print_child(Object *child, void *opaque)
{
    TreePrinter *printer = opaque;
    g_string_append_printf(printer->out, "%*s/%s (%s)\n", 2 * printer->depth, "",
                           object_get_canonical_path_component(child), object_get_typename(child));
    printer->depth++;
    object_child_foreach(child, print_child, printer);
    printer->depth--;
    return 0;
}

void object_info_tree(Object *obj, GString *out)
{
    g_autofree char *path = object_get_canonical_path(obj);
    g_string_append_printf(out, "%s (%s)\n", path ? path : "?", object_get_typename(obj));
    TreePrinter printer = {out, 1};
    object_child_foreach(obj, print_child, &printer);
}

static const TypeInfo container_info = {
    .name = TYPE_CONTAINER,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Object),
};

DEFINE_TYPE(container_info)
