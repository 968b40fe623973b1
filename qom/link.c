/* SPDX-License-Identifier: MIT */
/*
 * Pointers from one object to another that never dangle: link properties hold counted references,
 * aliases uncounted ones; both become NULL when their target goes.
 *
 * A counted link is cleared when the target leaves its parent, not only when it is freed: otherwise
 * two objects that link to each other would stay for ever.
 */
#include "qom/internal.h"
#include "qom/object.h"

typedef struct TrackedSlot {
    Object **slot;
    bool is_counted;
} TrackedSlot;

static GHashTable *tracked; /* target -> GArray of TrackedSlot */

static void track(Object **slot, Object *target, bool is_counted)
{
    if (!tracked) {
        tracked = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    }
    GArray *slots = g_hash_table_lookup(tracked, target);
    if (!slots) {
        slots = g_array_new(false, false, sizeof(TrackedSlot));
        g_hash_table_insert(tracked, target, slots);
    }
    TrackedSlot entry = {slot, is_counted};
    g_array_append_val(slots, entry);
}

static GArray *slots_of(Object *target)
{
    return tracked && target ? g_hash_table_lookup(tracked, target) : NULL;
}

static void drop_entry(GArray *slots, Object *target, unsigned i)
{
    g_array_remove_index(slots, i);
    if (!slots->len) {
        g_hash_table_remove(tracked, target);
    }
}

static void untrack(Object **slot)
{
    GArray *slots = slots_of(*slot);
    for (unsigned i = 0; slots && i < slots->len; i++) {
        if (g_array_index(slots, TrackedSlot, i).slot == slot) {
            drop_entry(slots, *slot, i);
            return;
        }
    }
}

void link_store(Object **slot, Object *value)
{
    Object *old = *slot;
    object_ref(value);
    untrack(slot);
    *slot = value;
    if (value) {
        track(slot, value, true);
    }
    object_unref(old);
}

void weak_store(Object **slot, Object *value)
{
    untrack(slot);
    *slot = value;
    if (value) {
        track(slot, value, false);
    }
}

/* The first slot that holds @target, counted ones only if @counted_only. */
static bool find_slot(Object *target, bool counted_only, TrackedSlot *found)
{
    GArray *slots = slots_of(target);
    for (unsigned i = 0; slots && i < slots->len; i++) {
        *found = g_array_index(slots, TrackedSlot, i);
        if (found->is_counted || !counted_only) {
            return true;
        }
    }
    return false;
}

void link_target_unparented(Object *target)
{
    TrackedSlot entry;
    while (find_slot(target, true, &entry)) {
        link_store(entry.slot, NULL);
    }
}

void link_target_finalized(Object *target)
{
    TrackedSlot entry;
    while (find_slot(target, false, &entry)) {
        weak_store(entry.slot, NULL);
    }
}

bool link_type_ok(Object *obj, const char *name, const char *type, Object *value, Error **errp)
{
    if (!value || object_dynamic_cast(value, type)) {
        return true;
    }
    return property_error(errp, obj, name, "expects an object of type '%s', not a '%s'", type,
                          object_get_typename(value));
}

/* --- the instance property ------------------------------------------------------------------------ */

typedef struct LinkProperty {
    Object **target;
    char *type;
    char *name;
    bool (*check)(Object *obj, Object *value, Error **errp);
} LinkProperty;

static bool link_get(G_GNUC_UNUSED Object *obj, PropertyValue *value, void *opaque,
                     G_GNUC_UNUSED Error **errp)
{
    LinkProperty *link = opaque;
    value->link = *link->target;
    return true;
}

static bool link_set(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    LinkProperty *link = opaque;
    if (!link_type_ok(obj, link->name, link->type, value->link, errp) ||
        (link->check && !link->check(obj, value->link, errp))) {
        return false;
    }
    link_store(link->target, value->link);
    return true;
}

static void link_release(G_GNUC_UNUSED Object *obj, G_GNUC_UNUSED const char *name, void *opaque)
{
    LinkProperty *link = opaque;
    link_store(link->target, NULL);
    g_free(link->type);
    g_free(link->name);
    g_free(link);
}

ObjectProperty *object_property_add_link(Object *obj, const char *name, const char *type,
                                         Object **target,
                                         bool (*check)(Object *obj, Object *value, Error **errp))
{
    LinkProperty *link = g_new0(LinkProperty, 1);
    link->target = target;
    link->type = g_strdup(type);
    link->check = check;
    if (*target) {
        track(target, *target, true);
    }
    g_autofree char *type_text = g_strdup_printf("link<%s>", type);
    ObjectProperty *prop = object_property_add(obj, name, type_text, PROP_LINK, link_get, link_set,
                                               link_release, link);
    link->name = g_strdup(prop->name);
    return prop;
}

/* --- aliases ------------------------------------------------------------------------------------------ */

typedef struct AliasProperty {
    Object *target; /* uncounted */
    char *name;
} AliasProperty;

static bool alias_target_ok(const AliasProperty *alias, Error **errp)
{
    return alias->target ||
           error_setg(errp, "the object with property '%s' behind this alias is gone", alias->name);
}

static bool alias_get(G_GNUC_UNUSED Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    AliasProperty *alias = opaque;
    return alias_target_ok(alias, errp) &&
           object_property_get(alias->target, alias->name, value, errp);
}

static bool alias_set(G_GNUC_UNUSED Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    AliasProperty *alias = opaque;
    return alias_target_ok(alias, errp) &&
           object_property_set(alias->target, alias->name, value, errp);
}

static void alias_release(G_GNUC_UNUSED Object *obj, G_GNUC_UNUSED const char *name, void *opaque)
{
    AliasProperty *alias = opaque;
    weak_store(&alias->target, NULL);
    g_free(alias->name);
    g_free(alias);
}

/* An alias of a child only links to it: the tree stays a tree. */
static char *alias_type(const ObjectProperty *target)
{
    return object_property_is_child(target)
               ? g_strdup_printf("link%s", target->type + strlen("child"))
               : g_strdup(target->type);
}

ObjectProperty *object_property_add_alias(Object *obj, const char *name, Object *target,
                                          const char *target_name)
{
    ObjectProperty *prop = object_property_find(target, target_name);
    if (!prop) {
        property_error(&error_abort, target, target_name, "not found");
        return NULL;
    }
    AliasProperty *alias = g_new0(AliasProperty, 1);
    alias->name = g_strdup(target_name);
    weak_store(&alias->target, target);
    g_autofree char *type = alias_type(prop);
    ObjectProperty *added = object_property_add(obj, name, type, prop->kind,
                                                prop->get ? alias_get : NULL,
                                                prop->set ? alias_set : NULL, alias_release, alias);
    object_property_set_description(added, prop->description);
    object_property_set_default_text(added, prop->default_text);
    return added;
}
