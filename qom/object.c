/* SPDX-License-Identifier: MIT */
/*
 * The life of an object: memory, instance_init from the root type down, instance_post_init from the
 * leaf up, reference count, finalize leaf first, then children and properties.
 *
 * Source: design.md 5. Differs from QEMU in one order: there properties go before the finalizers run.
 */
#include "qom/object.h"

#include "qom/internal.h"
#include "util/trace.h"

#include <string.h>

static void init_with_type(Object *obj, TypeImpl *type)
{
    if (!type) {
        return;
    }
    init_with_type(obj, type_parent(type));
    if (type->info->instance_init) {
        type->info->instance_init(obj);
    }
}

static void post_init_with_type(Object *obj, TypeImpl *type)
{
    for (; type; type = type_parent(type)) {
        if (type->info->instance_post_init) {
            TRACE(instance_post_init, "%s by %s", object_get_typename(obj), type->info->name);
            type->info->instance_post_init(obj);
        }
    }
}

static void initialize_with_type(void *data, TypeImpl *type)
{
    Object *obj = memset(data, 0, type->instance_size);
    obj->klass = type->klass;
    obj->ref = 1;
    init_with_type(obj, type);
    post_init_with_type(obj, type);
}

/* Why no object of @type can be made, or true. */
static bool check_instantiable(TypeImpl *type, const char *name, Error **errp)
{
    if (!type) {
        g_autofree char *hint = object_type_suggestion(name, NULL);
        return error_setg(errp, "invalid object type: %s%s", name, hint);
    }
    type_initialize(type);
    if (type->instance_size == 0) {
        return error_setg(errp, "object type '%s' has no instances", name);
    }
    if (type->abstract) {
        return error_setg(errp, "object type '%s' is abstract", name);
    }
    return true;
}

Object *object_try_new(const char *type, Error **errp)
{
    TypeImpl *impl = type_by_name(type);
    if (!check_instantiable(impl, type, errp)) {
        return NULL;
    }
    TRACE(object_new, "%s", type);
    Object *obj = g_malloc(impl->instance_size);
    initialize_with_type(obj, impl);
    obj->free = g_free;
    return obj;
}

Object *object_new(const char *type) { return object_try_new(type, &error_abort); }

Object *object_new_with_class(ObjectClass *klass)
{
    return object_new(object_class_get_name(klass));
}

void object_initialize(void *data, size_t size, const char *type)
{
    TypeImpl *impl = type_by_name(type);
    if (!check_instantiable(impl, type, &error_abort)) {
        return;
    }
    TRACE(object_initialize, "%s", type);
    g_assert(size >= impl->instance_size);
    initialize_with_type(data, impl);
}

void object_initialize_child(Object *parent, const char *name, void *data, size_t size,
                             const char *type)
{
    object_initialize(data, size, type);
    object_property_add_child(parent, name, data);
    object_unref(data);
}

static void object_finalize(Object *obj)
{
    for (TypeImpl *type = obj->klass->type; type; type = type_parent(type)) {
        if (type->info->instance_finalize) {
            type->info->instance_finalize(obj);
        }
    }
    object_property_del_all(obj);
    link_target_finalized(obj);
    g_assert(obj->ref == 1 && !obj->parent);
    obj->ref = 0;
    if (obj->free) {
        obj->free(obj);
    }
}

Object *object_ref(void *obj)
{
    if (obj) {
        __atomic_fetch_add(&((Object *)obj)->ref, 1, __ATOMIC_RELAXED);
    }
    return obj;
}

void object_unref(void *data)
{
    Object *obj = data;
    if (!obj) {
        return;
    }
    g_assert(obj->ref > 0);
    if (__atomic_sub_fetch(&obj->ref, 1, __ATOMIC_ACQ_REL) == 0) {
        /* Whoever takes and drops a reference while it goes must not finalize it again. */
        obj->ref = 1;
        object_finalize(obj);
    }
}

ObjectClass *object_get_class(Object *obj) { return obj->klass; }

const char *object_get_typename(const Object *obj) { return obj->klass->type->info->name; }
