/* SPDX-License-Identifier: MIT */
/*
 * Paths in the composition tree: canonical ones from the root, and partial ones, which name an object
 * by any unique end of its path. Source: design.md 5; meaning as in QEMU's QOM.
 */
#include "qom/internal.h"
#include "qom/object.h"

#include <string.h>

char *object_get_canonical_path(const Object *obj)
{
    const Object *root = object_get_root();
    if (obj == root) {
        return g_strdup("/");
    }
    GString *path = g_string_new(NULL);
    for (; obj != root; obj = obj->parent) {
        const char *part = obj->parent ? object_get_canonical_path_component(obj) : NULL;
        if (!part) {
            g_string_free(path, true);
            return NULL;
        }
        g_string_prepend(path, part);
        g_string_prepend_c(path, '/');
    }
    return g_string_free(path, false);
}

Object *object_resolve_path_component(Object *parent, const char *part)
{
    ObjectProperty *prop = object_property_find(parent, part);
    if (!prop || prop->kind != PROP_LINK || !prop->get) {
        return NULL;
    }
    PropertyValue value = {.kind = PROP_LINK};
    return prop->get(parent, &value, prop->opaque, NULL) ? value.link : NULL;
}

/* Follows @parts down from @obj, through children and links. */
static Object *resolve_from(Object *obj, char **parts, const char *type)
{
    for (; obj && *parts; parts++) {
        if (**parts) {
            obj = object_resolve_path_component(obj, *parts);
        }
    }
    return object_dynamic_cast(obj, type);
}

typedef struct PartialSearch {
    char **parts;
    const char *type;
    Object *found;
    bool is_ambiguous;
} PartialSearch;

static int try_partial(Object *obj, void *opaque)
{
    PartialSearch *search = opaque;
    Object *found = resolve_from(obj, search->parts, search->type);
    if (found && search->found && found != search->found) {
        search->is_ambiguous = true;
        return 1;
    }
    if (found) {
        search->found = found;
    }
    return 0;
}

static Object *resolve_partial(char **parts, const char *type, bool *ambiguous)
{
    PartialSearch search = {.parts = parts, .type = type};
    try_partial(object_get_root(), &search);
    object_child_foreach_recursive(object_get_root(), try_partial, &search);
    if (ambiguous) {
        *ambiguous = search.is_ambiguous;
    }
    return search.is_ambiguous ? NULL : search.found;
}

Object *object_resolve_path_type(const char *path, const char *type, bool *ambiguous)
{
    if (ambiguous) {
        *ambiguous = false;
    }
    if (!*path) {
        return NULL;
    }
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);
    if (*path == '/') {
        return resolve_from(object_get_root(), parts, type);
    }
    return resolve_partial(parts, type, ambiguous);
}

Object *object_resolve_path(const char *path, bool *ambiguous)
{
    return object_resolve_path_type(path, TYPE_OBJECT, ambiguous);
}
