/* SPDX-License-Identifier: MIT */
/*
 * Checked casts of objects and classes, to types and to interfaces.
 *
 * Casting an object to an interface gives the object; casting a class to an interface gives the
 * interface class that belongs to it. Source: design.md 5; meaning as in QEMU's QOM.
 */
#include "qom/internal.h"
#include "qom/object.h"

/* A class may reach one interface through several others; then the cast has no single answer. */
static ObjectClass *find_interface_class(ObjectClass *klass, TypeImpl *target)
{
    ObjectClass *found = NULL;
    for (GSList *e = klass->interfaces; e; e = e->next) {
        ObjectClass *candidate = e->data;
        if (type_is_ancestor(candidate->type, target)) {
            if (found) {
                return NULL;
            }
            found = candidate;
        }
    }
    return found;
}

ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type)
{
    if (!klass || klass->type->info->name == type) {
        return klass;
    }
    TypeImpl *target = type_by_name(type);
    if (!target) {
        return NULL;
    }
    if (type_is_ancestor(klass->type, target)) {
        return klass;
    }
    return find_interface_class(klass, target);
}

Object *object_dynamic_cast(Object *obj, const char *type)
{
    return obj && object_class_dynamic_cast(obj->klass, type) ? obj : NULL;
}

static bool is_cached(const CastCache *cache, const char *name)
{
    for (unsigned i = 0; i < CAST_CACHE_SIZE; i++) {
        if (__atomic_load_n(&cache->names[i], __ATOMIC_RELAXED) == name) {
            return true;
        }
    }
    return false;
}

/* Relaxed atomics: two threads may cast at once, and losing an entry costs nothing. */
static void remember_cast(CastCache *cache, const char *name)
{
    for (unsigned i = CAST_CACHE_SIZE - 1; i > 0; i--) {
        __atomic_store_n(&cache->names[i], __atomic_load_n(&cache->names[i - 1], __ATOMIC_RELAXED),
                         __ATOMIC_RELAXED);
    }
    __atomic_store_n(&cache->names[0], name, __ATOMIC_RELAXED);
}

Object *object_dynamic_cast_assert(Object *obj, const char *type, const char *where)
{
    if (!obj || is_cached(&obj->klass->type->object_casts, type)) {
        return obj;
    }
    if (!object_dynamic_cast(obj, type)) {
        error_setg(&error_abort, "%s: an object of type '%s' is not a '%s'", where,
                   object_get_typename(obj), type);
        return NULL;
    }
    remember_cast(&obj->klass->type->object_casts, type);
    return obj;
}

ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass, const char *type,
                                              const char *where)
{
    if (!klass || is_cached(&klass->type->class_casts, type)) {
        return klass;
    }
    ObjectClass *found = object_class_dynamic_cast(klass, type);
    if (!found) {
        error_setg(&error_abort, "%s: class '%s' is not a '%s'", where,
                   object_class_get_name(klass), type);
        return NULL;
    }
    if (found == klass) { /* of an interface it is another one */
        remember_cast(&klass->type->class_casts, type);
    }
    return found;
}
