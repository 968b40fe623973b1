/* SPDX-License-Identifier: MIT */
/*
 * The object model: types, classes, objects, interfaces, properties, the composition tree.
 *
 * Types are recorded before main() by type_init() constructors and initialised at first use. Single
 * inheritance by first member; interfaces; checked casts. Names and meaning follow QEMU's QOM.
 * Context: main thread, or the holder of the machine token.
 */
#ifndef QOM_OBJECT_H
#define QOM_OBJECT_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TypeImpl TypeImpl;
typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef struct ObjectProperty ObjectProperty;
typedef struct PropertyValue PropertyValue;

#define TYPE_OBJECT "object"
#define TYPE_INTERFACE "interface"

struct ObjectClass {
    TypeImpl *type;
    GSList *interfaces;     /* InterfaceClass, one per implemented interface */
    GHashTable *properties; /* class properties: name -> ObjectProperty */
    /* The object is about to leave its parent, which is still set; may be NULL. */
    void (*unparent)(Object *obj);
};

struct Object {
    ObjectClass *klass;
    GHashTable *properties; /* instance properties: name -> ObjectProperty */
    Object *parent;
    uint32_t ref;
    void (*free)(void *); /* NULL for objects embedded in another allocation */
};

typedef struct InterfaceInfo {
    const char *type;
} InterfaceInfo;

typedef struct InterfaceClass {
    ObjectClass parent_class;
    ObjectClass *concrete_class;
    TypeImpl *interface_type;
} InterfaceClass;

typedef struct TypeInfo {
    const char *name;
    const char *parent;
    size_t instance_size;
    size_t class_size; /* 0: the parent's */
    bool abstract;
    void (*instance_init)(Object *obj);
    void (*instance_post_init)(Object *obj);
    void (*instance_finalize)(Object *obj);
    void (*class_init)(ObjectClass *klass, const void *data);
    void (*class_base_init)(ObjectClass *klass, const void *data);
    void (*class_finalize)(ObjectClass *klass, const void *data);
    const void *class_data;
    const InterfaceInfo *interfaces; /* ends with a NULL type */
} TypeInfo;

/* Run @function (void (*)(void)) before main(); it should only register types. */
#define type_init(function)                                                                        \
    static void __attribute__((constructor)) type_init_##function(void) { type_init_run(function); }
void type_init_run(void (*function)(void));

/* Define and register a const TypeInfo in one go: DEFINE_TYPE(openpic_info) after its definition. */
#define DEFINE_TYPE(info)                                                                          \
    static void register_##info(void) { type_register_static(&info); }                             \
    type_init(register_##info)

TypeImpl *type_register_static(const TypeInfo *info); /* @info must live for ever */
TypeImpl *type_register(const TypeInfo *info);        /* copies @info and its strings */
void type_initialize(TypeImpl *type);                 /* idempotent; parent first */
const char *type_name(const TypeImpl *type);

ObjectClass *object_class_by_name(const char *name); /* initialises; NULL if unknown */
const char *object_class_get_name(ObjectClass *klass);
ObjectClass *object_class_get_parent(ObjectClass *klass);
bool object_class_is_abstract(ObjectClass *klass);
ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type);
ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass, const char *type,
                                              const char *where);
/* Classes that implement @type (NULL: all), sorted by name. Free the list, not the elements. */
GSList *object_class_get_list(const char *type, bool include_abstract);

/* "; did you mean 'x'?" for the non-abstract type that implements @base (NULL: any) and is closest to
 * @name, or "". Free with g_free(). */
char *object_type_suggestion(const char *name, const char *base);

/* NULL @errp-less: aborts on unknown or abstract types (our bug); use the _try form for user input. */
Object *object_new(const char *type);
Object *object_try_new(const char *type, Error **errp);
Object *object_new_with_class(ObjectClass *klass);
/* Initialise in place inside another allocation of @size bytes. */
void object_initialize(void *data, size_t size, const char *type);
/* object_initialize + add as child @name of @parent; the parent then owns it. */
void object_initialize_child(Object *parent, const char *name, void *data, size_t size,
                             const char *type);
Object *object_ref(void *obj);
void object_unref(void *obj);

Object *object_dynamic_cast(Object *obj, const char *type); /* NULL if it is not one */
Object *object_dynamic_cast_assert(Object *obj, const char *type, const char *where);
ObjectClass *object_get_class(Object *obj);
const char *object_get_typename(const Object *obj);

#define OBJECT(obj) ((Object *)(obj))
#define OBJECT_CLASS(klass) ((ObjectClass *)(klass))
#define OBJECT_CHECK(type, obj, name)                                                              \
    ((type *)object_dynamic_cast_assert(OBJECT(obj), (name), G_STRLOC))
#define OBJECT_CLASS_CHECK(type, klass, name)                                                      \
    ((type *)object_class_dynamic_cast_assert(OBJECT_CLASS(klass), (name), G_STRLOC))
#define OBJECT_GET_CLASS(type, obj, name)                                                          \
    OBJECT_CLASS_CHECK(type, object_get_class(OBJECT(obj)), name)
#define INTERFACE_CHECK(type, obj, name)                                                           \
    ((type *)object_dynamic_cast_assert(OBJECT(obj), (name), G_STRLOC))

/* FOO(obj), FOO_CLASS(klass), FOO_GET_CLASS(obj) for a type with its own class struct. */
#define OBJECT_DECLARE_TYPE(Instance, Class, NAME)                                                 \
    typedef struct Instance Instance;                                                              \
    typedef struct Class Class;                                                                    \
    static inline G_GNUC_UNUSED Instance *NAME(const void *obj)                                    \
    {                                                                                              \
        return OBJECT_CHECK(Instance, obj, TYPE_##NAME);                                           \
    }                                                                                              \
    static inline G_GNUC_UNUSED Class *NAME##_CLASS(const void *klass)                             \
    {                                                                                              \
        return OBJECT_CLASS_CHECK(Class, klass, TYPE_##NAME);                                      \
    }                                                                                              \
    static inline G_GNUC_UNUSED Class *NAME##_GET_CLASS(const void *obj)                           \
    {                                                                                              \
        return OBJECT_GET_CLASS(Class, obj, TYPE_##NAME);                                          \
    }
/* The same without a class struct. */
#define OBJECT_DECLARE_SIMPLE_TYPE(Instance, NAME)                                                 \
    typedef struct Instance Instance;                                                              \
    static inline G_GNUC_UNUSED Instance *NAME(const void *obj)                                    \
    {                                                                                              \
        return OBJECT_CHECK(Instance, obj, TYPE_##NAME);                                           \
    }

/* --- properties ---------------------------------------------------------------------------- */

typedef enum PropertyKind { PROP_BOOL, PROP_INT, PROP_UINT, PROP_STRING, PROP_LINK } PropertyKind;

/* A value on its way into or out of a property. Strings are owned by the value. */
struct PropertyValue {
    PropertyKind kind;
    union {
        bool b;
        int64_t i;
        uint64_t u;
        char *s;
        Object *link;
    };
};

typedef bool PropertyAccessor(Object *obj, PropertyValue *value, void *opaque, Error **errp);
typedef void PropertyRelease(Object *obj, const char *name, void *opaque);

struct ObjectProperty {
    char *name;
    char *type; /* "bool", "uint32", "size", "string", "link<T>", "child<T>", an enum's name... */
    char *description;
    char *default_text; /* for help; NULL: none */
    PropertyKind kind;
    PropertyAccessor *get; /* fills value (kind preset) */
    PropertyAccessor *set; /* NULL: read only */
    PropertyRelease *release;
    void *opaque;
};

ObjectProperty *object_property_add(Object *obj, const char *name, const char *type,
                                    PropertyKind kind, PropertyAccessor *get, PropertyAccessor *set,
                                    PropertyRelease *release, void *opaque);
ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name, const char *type,
                                          PropertyKind kind, PropertyAccessor *get,
                                          PropertyAccessor *set, void *opaque);
void object_property_set_description(ObjectProperty *prop, const char *description);
void object_property_set_default_text(ObjectProperty *prop, const char *text);
void object_property_del(Object *obj, const char *name);
/* Instance property, else the class's or an ancestor class's; NULL if none. */
ObjectProperty *object_property_find(Object *obj, const char *name);
/* All properties, class ones included, sorted by name. Free the list only. */
GSList *object_property_list(Object *obj);
GSList *object_class_property_list(ObjectClass *klass);

bool object_property_set(Object *obj, const char *name, PropertyValue *value, Error **errp);
bool object_property_get(Object *obj, const char *name, PropertyValue *value, Error **errp);
void property_value_clear(PropertyValue *value);
/* Parse @text by the property's type: what -device, -object, -global and qom-set do. Unknown
 * property: error "property 'TYPE.name' not found" with the nearest name. */
bool object_property_parse(Object *obj, const char *name, const char *text, Error **errp);
char *object_property_print(Object *obj, const char *name, Error **errp);

bool object_property_set_bool(Object *obj, const char *name, bool value, Error **errp);
bool object_property_set_int(Object *obj, const char *name, int64_t value, Error **errp);
bool object_property_set_uint(Object *obj, const char *name, uint64_t value, Error **errp);
bool object_property_set_str(Object *obj, const char *name, const char *value, Error **errp);
bool object_property_set_link(Object *obj, const char *name, Object *value, Error **errp);
bool object_property_get_bool(Object *obj, const char *name, Error **errp);
int64_t object_property_get_int(Object *obj, const char *name, Error **errp);
uint64_t object_property_get_uint(Object *obj, const char *name, Error **errp);
char *object_property_get_str(Object *obj, const char *name, Error **errp);
Object *object_property_get_link(Object *obj, const char *name, Error **errp);

/* Ready-made properties over callbacks or over a field of the instance. */
ObjectProperty *object_class_property_add_bool(ObjectClass *klass, const char *name,
                                               bool (*get)(Object *obj, Error **errp),
                                               void (*set)(Object *obj, bool v, Error **errp));
ObjectProperty *object_class_property_add_str(ObjectClass *klass, const char *name,
                                              char *(*get)(Object *obj, Error **errp),
                                              void (*set)(Object *obj, const char *v,
                                                          Error **errp));
/* @names: NULL-terminated; the field is an int at @offset of the instance. */
ObjectProperty *object_class_property_add_enum(ObjectClass *klass, const char *name,
                                               const char *type, const char *const *names,
                                               size_t offset);
ObjectProperty *object_property_add_bool(Object *obj, const char *name,
                                         bool (*get)(Object *obj, Error **errp),
                                         void (*set)(Object *obj, bool v, Error **errp));
ObjectProperty *object_property_add_str(Object *obj, const char *name,
                                        char *(*get)(Object *obj, Error **errp),
                                        void (*set)(Object *obj, const char *v, Error **errp));
/* *@target holds a counted reference, of type @type or a subtype; @check may refuse. It becomes NULL
 * when the object it points to leaves its parent. It must outlive instance_finalize, since it is
 * cleared after that: a member of the instance. Code stores to it through the property only. */
ObjectProperty *object_property_add_link(Object *obj, const char *name, const char *type,
                                         Object **target,
                                         bool (*check)(Object *obj, Object *value, Error **errp));
ObjectProperty *object_property_add_alias(Object *obj, const char *name, Object *target,
                                          const char *target_name);

/* Field tables: what qdev and back ends declare. The type decides width and parser. */
typedef enum FieldType {
    FIELD_BOOL,
    FIELD_UINT8,
    FIELD_UINT16,
    FIELD_UINT32,
    FIELD_UINT64,
    FIELD_INT32,
    FIELD_SIZE,
    FIELD_STRING,
    FIELD_LINK,
} FieldType;

typedef struct Property {
    const char *name;
    FieldType type;
    size_t offset;         /* in the instance struct */
    uint64_t defval;       /* numbers and bool */
    const char *defstr;    /* strings; NULL allowed */
    const char *link_type; /* FIELD_LINK */
    const char *description;
} Property;

/* Class properties for each row (ends with a NULL name). @frozen (may be NULL) refuses late changes:
 * called before every set, returns false and sets errp if the object no longer accepts it. */
void object_class_add_fields(ObjectClass *klass, const Property *rows,
                             bool (*frozen)(Object *obj, const char *name, Error **errp));
/* Store the defaults of @rows into @obj. */
void object_init_fields(Object *obj, const Property *rows);

/* --- composition tree ---------------------------------------------------------------------- */

Object *object_get_root(void);
/* The container at @path below the root ("/machine/unattached"), created when missing. */
Object *container_get(Object *root, const char *path);
/* @parent owns @child from now on (takes its own reference). Name "x[*]" picks the next index. */
ObjectProperty *object_property_add_child(Object *parent, const char *name, Object *child);
void object_unparent(Object *obj);
bool object_property_is_child(const ObjectProperty *prop);
Object *object_property_child(const ObjectProperty *prop); /* the child behind a child property */
/* "/machine/unattached/device[0]"; NULL for an object outside the tree. Free with g_free(). */
char *object_get_canonical_path(const Object *obj);
const char *object_get_canonical_path_component(const Object *obj); /* borrowed */
/* Absolute, or partial (unique suffix); @ambiguous may be NULL. */
Object *object_resolve_path(const char *path, bool *ambiguous);
Object *object_resolve_path_type(const char *path, const char *type, bool *ambiguous);
Object *object_resolve_path_component(Object *parent, const char *part);
/* Depth first, parents before children, children sorted by name ("x[2]" before "x[10]"); stops when
 * @fn returns non-zero and returns that. */
int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque), void *opaque);
int object_child_foreach_recursive(Object *obj, int (*fn)(Object *child, void *opaque),
                                   void *opaque);
/* "info qom-tree": one line a descendant, indented, "/name (type)". */
void object_info_tree(Object *obj, GString *out);
/* The object of @type at /core/@name, created on first use: what QEMU would keep in a global. */
Object *object_core(const char *name, const char *type);

/* --- user creatable: -object TYPE,id=NAME,prop=value ----------------------------------------- */

#define TYPE_USER_CREATABLE "user-creatable"
typedef struct UserCreatableClass {
    InterfaceClass parent_class;
    bool (*complete)(Object *obj, Error **errp); /* all properties are set */
    bool (*can_be_deleted)(Object *obj);
} UserCreatableClass;

/* Parse, create, set properties, complete, add as /objects/ID. Returns NULL and unwinds on error. */
Object *user_creatable_add_from_str(const char *text, Error **errp);
bool user_creatable_complete(Object *obj, Error **errp);
bool user_creatable_del(const char *id, Error **errp);
Object *object_get_objects_root(void);
/* Text for `-object help` and `-object TYPE,help`; NULL if @text does not ask for help, or on error.
 * Free with g_free(). */
char *user_creatable_help(const char *text, Error **errp);
/* A letter, then letters, digits, '-', '.', '_': what an id= may be. */
bool object_id_is_well_formed(const char *id);
/* The same for an id that must be there (@id NULL: it is not), with the reason. */
bool object_id_check(const char *id, Error **errp);
/* Append "  name=<type>  - description (default: value)" for @prop if users may write it, for any
 * `...,help`. */
void object_property_help(const ObjectProperty *prop, GString *out);
/* The same for all properties of a class. */
void object_class_help(ObjectClass *klass, GString *out);

#endif
