/* SPDX-License-Identifier: MIT */
/*
 * The table of types, and how a class comes into being: parent first, the parent's class copied over
 * the front, one interface class for each interface, then the init functions.
 *
 * Source: design.md 5; meaning as in QEMU's QOM. Not modelled: modules loaded at run time; classes
 * live until the process ends, so class_finalize never runs.
 */
#include "qom/internal.h"
#include "qom/object.h"
#include "util/options.h"
#include "util/trace.h"

#include <string.h>

static GHashTable *type_table; /* name -> TypeImpl */

static void abort_with(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

static void abort_with(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    error_vsetg(&error_abort, fmt, ap);
    va_end(ap);
}

static TypeImpl *type_new(const TypeInfo *info)
{
    TypeImpl *type = g_new0(TypeImpl, 1);
    type->info = info;
    return type;
}

void type_init_run(void (*function)(void))
{
    TRACE(type_init, "a constructor");
    function();
}

TypeImpl *type_register_static(const TypeInfo *info)
{
    TRACE(type_register_static, "%s", info->name);
    if (!type_table) {
        type_table = g_hash_table_new(g_str_hash, g_str_equal);
    }
    if (g_hash_table_contains(type_table, info->name)) {
        abort_with("type '%s' is registered twice", info->name);
    }
    TypeImpl *type = type_new(info);
    g_hash_table_insert(type_table, (char *)info->name, type);
    return type;
}

static const InterfaceInfo *copy_interfaces(const InterfaceInfo *from)
{
    size_t count = 0;
    while (from && from[count].type) {
        count++;
    }
    InterfaceInfo *copy = g_new0(InterfaceInfo, count + 1);
    for (size_t i = 0; i < count; i++) {
        copy[i].type = g_strdup(from[i].type);
    }
    return copy;
}

TypeImpl *type_register(const TypeInfo *info)
{
    TypeInfo *copy = g_memdup2(info, sizeof(*info));
    copy->name = g_strdup(info->name);
    copy->parent = g_strdup(info->parent);
    copy->interfaces = copy_interfaces(info->interfaces);
    return type_register_static(copy);
}

TypeImpl *type_by_name(const char *name)
{
    return name && type_table ? g_hash_table_lookup(type_table, name) : NULL;
}

const char *type_name(const TypeImpl *type) { return type->info->name; }

TypeImpl *type_parent(TypeImpl *type)
{
    if (!type->parent && type->info->parent) {
        type->parent = type_by_name(type->info->parent);
        if (!type->parent) {
            abort_with("type '%s' has an unknown parent '%s'", type->info->name,
                       type->info->parent);
        }
    }
    return type->parent;
}

bool type_is_ancestor(TypeImpl *type, TypeImpl *ancestor)
{
    while (type && type != ancestor) {
        type = type_parent(type);
    }
    return type != NULL;
}

/* --- initialisation ---------------------------------------------------------------------------- */

/* The class "TYPE::INTERFACE": a copy of what @from (the interface itself, or the parent's version of
 * it) holds, which @type's class_init may then fill in. */
static void add_interface_class(TypeImpl *type, TypeImpl *interface, TypeImpl *from)
{
    TypeInfo *info = g_new0(TypeInfo, 1);
    info->name = g_strdup_printf("%s::%s", type->info->name, interface->info->name);
    info->parent = from->info->name;
    info->abstract = true;
    TypeImpl *impl = type_new(info);
    impl->parent = from;
    type_initialize(impl);

    InterfaceClass *iface = (InterfaceClass *)impl->klass;
    iface->concrete_class = type->klass;
    iface->interface_type = interface;
    type->klass->interfaces = g_slist_append(type->klass->interfaces, iface);
}

static bool has_interface(TypeImpl *type, TypeImpl *interface)
{
    for (GSList *e = type->klass->interfaces; e; e = e->next) {
        if (type_is_ancestor(((ObjectClass *)e->data)->type, interface)) {
            return true;
        }
    }
    return false;
}

static void add_interface_classes(TypeImpl *type, TypeImpl *parent)
{
    for (GSList *e = parent->klass->interfaces; e; e = e->next) {
        InterfaceClass *iface = e->data;
        add_interface_class(type, iface->interface_type, iface->parent_class.type);
    }
    for (const InterfaceInfo *i = type->info->interfaces; i && i->type; i++) {
        TypeImpl *interface = type_by_name(i->type);
        if (!interface) {
            abort_with("type '%s' has an unknown interface '%s'", type->info->name, i->type);
        }
        if (!has_interface(type, interface)) {
            add_interface_class(type, interface, interface);
        }
    }
}

static void inherit_from(TypeImpl *type, TypeImpl *parent)
{
    if (type->class_size < parent->class_size || type->instance_size < parent->instance_size) {
        abort_with("type '%s' is smaller than its parent '%s'", type->info->name,
                   parent->info->name);
    }
    memcpy(type->klass, parent->klass, parent->class_size);
    type->klass->interfaces = NULL;
    add_interface_classes(type, parent);
}

static void compute_sizes(TypeImpl *type, const TypeImpl *parent)
{
    type->class_size = type->info->class_size;
    type->instance_size = type->info->instance_size;
    if (!type->class_size) {
        type->class_size = parent ? parent->class_size : sizeof(ObjectClass);
    }
    if (!type->instance_size && parent) {
        type->instance_size = parent->instance_size;
    }
    type->abstract = type->info->abstract || type->instance_size == 0;
}

static void run_class_base_init(TypeImpl *type)
{
    for (TypeImpl *t = type_parent(type); t; t = type_parent(t)) {
        if (t->info->class_base_init) {
            TRACE(class_base_init, "%s by %s", type->info->name, t->info->name);
            t->info->class_base_init(type->klass, type->info->class_data);
        }
    }
}

void type_initialize(TypeImpl *type)
{
    if (type->klass) {
        return;
    }
    TRACE(type_initialize, "%s", type->info->name);
    TypeImpl *parent = type_parent(type);
    if (parent) {
        type_initialize(parent);
    }
    compute_sizes(type, parent);
    type->klass = g_malloc0(type->class_size);
    if (parent) {
        inherit_from(type, parent);
    }
    type->klass->type = type;
    type->klass->properties = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, property_free);
    run_class_base_init(type);
    if (type->info->class_init) {
        type->info->class_init(type->klass, type->info->class_data);
    }
}

/* --- questions about classes --------------------------------------------------------------------- */

ObjectClass *object_class_by_name(const char *name)
{
    TypeImpl *type = type_by_name(name);
    if (!type) {
        return NULL;
    }
    type_initialize(type);
    return type->klass;
}

const char *object_class_get_name(ObjectClass *klass) { return klass->type->info->name; }

ObjectClass *object_class_get_parent(ObjectClass *klass)
{
    TypeImpl *parent = type_parent(klass->type);
    return parent ? parent->klass : NULL;
}

bool object_class_is_abstract(ObjectClass *klass) { return klass->type->abstract; }

static int compare_types(const void *a, const void *b)
{
    const TypeImpl *x = a, *y = b;
    return strcmp(x->info->name, y->info->name);
}

GSList *object_class_get_list(const char *type, bool include_abstract)
{
    GSList *classes = NULL;
    /* A list of its own: a class_init may register further types. */
    g_autoptr(GList) types = g_hash_table_get_values(type_table);
    types = g_list_sort(types, compare_types);
    for (GList *e = types; e; e = e->next) {
        TypeImpl *t = e->data;
        type_initialize(t);
        if ((include_abstract || !t->abstract) &&
            (!type || object_class_dynamic_cast(t->klass, type))) {
            classes = g_slist_prepend(classes, t->klass);
        }
    }
    return g_slist_reverse(classes);
}

char *object_type_suggestion(const char *name, const char *base)
{
    g_autoptr(GSList) classes = object_class_get_list(base, false);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (GSList *e = classes; e; e = e->next) {
        g_ptr_array_add(names, (char *)object_class_get_name(e->data));
    }
    g_ptr_array_add(names, NULL);
    return suggestion(nearest_name(name, (const char *const *)names->pdata));
}

char *suggestion(const char *nearest)
{
    return nearest ? g_strdup_printf("; did you mean '%s'?", nearest) : g_strdup("");
}

static const TypeInfo interface_info = {
    .name = TYPE_INTERFACE,
    .class_size = sizeof(InterfaceClass),
    .abstract = true,
};

static const TypeInfo object_info = {
    .name = TYPE_OBJECT,
    .instance_size = sizeof(Object),
    .class_size = sizeof(ObjectClass),
    .abstract = true,
};

DEFINE_TYPE(interface_info)
DEFINE_TYPE(object_info)
