/* SPDX-License-Identifier: MIT */
/*
 * Properties that stand for a field of the instance, declared as rows: what devices and back ends use.
 *
 * The object owns the strings and the references that such fields hold, and drops them when it goes.
 */
#include "qom/internal.h"
#include "qom/object.h"

#include <inttypes.h>

typedef struct FieldProperty {
    const Property *row;
    bool (*frozen)(Object *obj, const char *name, Error **errp);
} FieldProperty;

typedef struct FieldKind {
    const char *type;
    PropertyKind kind;
    uint64_t max;
} FieldKind;

static const FieldKind field_kinds[] = {
    [FIELD_BOOL] = {"bool", PROP_BOOL, 1},
    [FIELD_UINT8] = {"uint8", PROP_UINT, UINT8_MAX},
    [FIELD_UINT16] = {"uint16", PROP_UINT, UINT16_MAX},
    [FIELD_UINT32] = {"uint32", PROP_UINT, UINT32_MAX},
    [FIELD_UINT64] = {"uint64", PROP_UINT, UINT64_MAX},
    [FIELD_INT32] = {"int32", PROP_INT, INT32_MAX},
    [FIELD_SIZE] = {"size", PROP_UINT, UINT64_MAX},
    [FIELD_STRING] = {"string", PROP_STRING, 0},
    [FIELD_LINK] = {NULL, PROP_LINK, 0},
};

static void *field_of(Object *obj, const Property *row) { return (char *)obj + row->offset; }

static void load_field(const Property *row, const void *field, PropertyValue *value)
{
    switch (row->type) {
    case FIELD_BOOL:
        value->b = *(const bool *)field;
        break;
    case FIELD_UINT8:
        value->u = *(const uint8_t *)field;
        break;
    case FIELD_UINT16:
        value->u = *(const uint16_t *)field;
        break;
    case FIELD_UINT32:
        value->u = *(const uint32_t *)field;
        break;
    case FIELD_UINT64:
    case FIELD_SIZE:
        value->u = *(const uint64_t *)field;
        break;
    case FIELD_INT32:
        value->i = *(const int32_t *)field;
        break;
    case FIELD_STRING:
        value->s = g_strdup(*(char *const *)field);
        break;
    case FIELD_LINK:
        value->link = *(Object *const *)field;
        break;
    }
}

static void store_string(char **field, const char *text)
{
    char *copy = g_strdup(text); /* @text may be what the field holds */
    g_free(*field);
    *field = copy;
}

static void store_field(const Property *row, void *field, const PropertyValue *value)
{
    switch (row->type) {
    case FIELD_BOOL:
        *(bool *)field = value->b;
        break;
    case FIELD_UINT8:
        *(uint8_t *)field = (uint8_t)value->u;
        break;
    case FIELD_UINT16:
        *(uint16_t *)field = (uint16_t)value->u;
        break;
    case FIELD_UINT32:
        *(uint32_t *)field = (uint32_t)value->u;
        break;
    case FIELD_UINT64:
    case FIELD_SIZE:
        *(uint64_t *)field = value->u;
        break;
    case FIELD_INT32:
        *(int32_t *)field = (int32_t)value->i;
        break;
    case FIELD_STRING:
        store_string(field, value->s);
        break;
    case FIELD_LINK:
        link_store(field, value->link);
        break;
    }
}

static bool check_range(Object *obj, const Property *row, const PropertyValue *value, Error **errp)
{
    const FieldKind *kind = &field_kinds[row->type];
    if (kind->kind == PROP_UINT && value->u > kind->max) {
        return property_error(errp, obj, row->name, "takes 0 to %" PRIu64 ", not %" PRIu64,
                              kind->max, value->u);
    }
    if (kind->kind == PROP_INT && (value->i > INT32_MAX || value->i < INT32_MIN)) {
        return property_error(errp, obj, row->name, "takes %d to %d, not %" PRId64, INT32_MIN,
                              INT32_MAX, value->i);
    }
    return kind->kind != PROP_LINK ||
           link_type_ok(obj, row->name, row->link_type, value->link, errp);
}

static bool field_get(Object *obj, PropertyValue *value, void *opaque, G_GNUC_UNUSED Error **errp)
{
    FieldProperty *prop = opaque;
    load_field(prop->row, field_of(obj, prop->row), value);
    return true;
}

static bool field_set(Object *obj, PropertyValue *value, void *opaque, Error **errp)
{
    FieldProperty *prop = opaque;
    if ((prop->frozen && !prop->frozen(obj, prop->row->name, errp)) ||
        !check_range(obj, prop->row, value, errp)) {
        return false;
    }
    store_field(prop->row, field_of(obj, prop->row), value);
    return true;
}

static void field_release(Object *obj, G_GNUC_UNUSED const char *name, void *opaque)
{
    const Property *row = ((FieldProperty *)opaque)->row;
    PropertyValue nothing = {PROP_LINK, {.link = NULL}};
    if (row->type == FIELD_STRING || row->type == FIELD_LINK) {
        store_field(row, field_of(obj, row), &nothing);
    }
}

static char *default_text(const Property *row)
{
    switch (field_kinds[row->type].kind) {
    case PROP_BOOL:
        return g_strdup(row->defval ? "true" : "false");
    case PROP_INT:
        return g_strdup_printf("%" PRId64, (int64_t)row->defval);
    case PROP_UINT:
        return g_strdup_printf("%" PRIu64, row->defval);
    case PROP_STRING:
        return row->defstr ? g_strdup_printf("\"%s\"", row->defstr) : NULL;
    case PROP_LINK:
        return NULL;
    }
    g_assert_not_reached();
}

static void add_field(ObjectClass *klass, const Property *row,
                      bool (*frozen)(Object *obj, const char *name, Error **errp))
{
    const FieldKind *kind = &field_kinds[row->type];
    FieldProperty *field = g_new(FieldProperty, 1);
    *field = (FieldProperty){row, frozen};
    g_autofree char *type = kind->type ? g_strdup(kind->type)
                                       : g_strdup_printf("link<%s>", row->link_type);
    ObjectProperty *prop = object_class_property_add(klass, row->name, type, kind->kind, field_get,
                                                     field_set, field);
    g_autofree char *text = default_text(row);
    prop->release = field_release;
    object_property_set_default_text(prop, text);
    if (row->description) {
        object_property_set_description(prop, row->description);
    }
}

void object_class_add_fields(ObjectClass *klass, const Property *rows,
                             bool (*frozen)(Object *obj, const char *name, Error **errp))
{
    for (; rows->name; rows++) {
        add_field(klass, rows, frozen);
    }
}

static void init_field(Object *obj, const Property *row)
{
    PropertyValue value = {.kind = field_kinds[row->type].kind};
    switch (value.kind) {
    case PROP_BOOL:
        value.b = row->defval != 0;
        break;
    case PROP_STRING:
        value.s = (char *)row->defstr;
        break;
    case PROP_LINK:
        break;
    case PROP_INT:
    case PROP_UINT:
        value.u = row->defval;
        break;
    }
    store_field(row, field_of(obj, row), &value);
}

void object_init_fields(Object *obj, const Property *rows)
{
    for (; rows->name; rows++) {
        init_field(obj, rows);
    }
}
