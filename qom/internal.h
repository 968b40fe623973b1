/* SPDX-License-Identifier: MIT */
/* What the files of qom/ share: the type record, property tables, tracked object pointers. */
#ifndef QOM_INTERNAL_H
#define QOM_INTERNAL_H

#include "qom/object.h"

#define CAST_CACHE_SIZE 4

/* Names of recent successful casts, by address: macros always pass literals. */
typedef struct CastCache {
    const char *names[CAST_CACHE_SIZE];
} CastCache;

struct TypeImpl {
    const TypeInfo *info;
    TypeImpl *parent;   /* resolved when first asked for */
    ObjectClass *klass; /* NULL until type_initialize() */
    size_t class_size, instance_size;
    bool abstract;
    CastCache object_casts, class_casts;
};

/* --- type.c --- */
TypeImpl *type_by_name(const char *name); /* NULL if unknown; not initialised */
TypeImpl *type_parent(TypeImpl *type);    /* aborts if the parent was never registered */
bool type_is_ancestor(TypeImpl *type, TypeImpl *ancestor);
/* "; did you mean 'x'?", or "" for NULL. Free with g_free(). */
char *suggestion(const char *nearest);

/* --- property.c --- */
ObjectProperty *property_new(const char *name, const char *type, PropertyKind kind, void *opaque);
void property_free(void *prop);
/* Removes every instance property, children included, and releases what class properties hold. */
void object_property_del_all(Object *obj);
/* The reference to @prop of @obj in messages: 'TYPE.name'. */
bool property_error(Error **errp, Object *obj, const char *name, const char *fmt, ...)
    G_GNUC_PRINTF(4, 5);
/* "x[2]" before "x[10]". */
int natural_compare(const char *a, const char *b);

/* --- link.c --- */
/* Store a counted reference to @value in @slot, dropping the old one. */
void link_store(Object **slot, Object *value);
/* Store an uncounted reference that becomes NULL when @value is finalised. */
void weak_store(Object **slot, Object *value);
void link_target_unparented(Object *target); /* counted references to @target become NULL */
void link_target_finalized(Object *target);  /* so do the uncounted ones */
/* @value (may be NULL) may be stored in link @name of @obj: it is of @type. */
bool link_type_ok(Object *obj, const char *name, const char *type, Object *value, Error **errp);

/* --- tree.c --- */
void child_leaves(Object *child); /* the class hears that the parent is about to go */

#endif
