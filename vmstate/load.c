/* SPDX-License-Identifier: MIT */
/*
 * Bytes to objects, by field table. Nothing in the stream is believed: lengths are checked before
 * memory is taken, numbers before they are stored, and every failure names its field.
 *
 * The format stands at the head of save.c.
 */
#include "util/bits.h"
#include "vmstate/internal.h"

#include <string.h>

bool vmstate_read(VMStateReader *in, void *out, size_t size, Error **errp)
{
    if (size > in->length - in->pos) {
        return error_setg(errp, "data end early: %zu bytes wanted, %zu left", size,
                          in->length - in->pos);
    }
    if (size) { /* @out may be NULL then */
        memcpy(out, in->data + in->pos, size);
    }
    in->pos += size;
    return true;
}

bool vmstate_read_u32(VMStateReader *in, uint32_t *out, Error **errp)
{
    uint8_t bytes[4] = {0};

    if (!vmstate_read(in, bytes, sizeof(bytes), errp)) {
        return false;
    }
    *out = ldl_be_p(bytes);
    return true;
}

bool vmstate_read_u64(VMStateReader *in, uint64_t *out, Error **errp)
{
    uint8_t bytes[8] = {0};

    if (!vmstate_read(in, bytes, sizeof(bytes), errp)) {
        return false;
    }
    *out = ldq_be_p(bytes);
    return true;
}

char *vmstate_read_string(VMStateReader *in, Error **errp)
{
    char text[VMSTATE_NAME_MAX + 1] = "";
    uint32_t length;

    if (!vmstate_read_u32(in, &length, errp)) {
        return NULL;
    }
    if (length > VMSTATE_NAME_MAX) {
        error_setg(errp, "name of %u characters", length);
        return NULL;
    }
    if (!vmstate_read(in, text, length, errp)) {
        return NULL;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (!g_ascii_isprint(text[i])) {
            error_setg(errp, "name with unprintable characters");
            return NULL;
        }
    }
    return g_strdup(text);
}

static bool read_number(VMStateReader *in, size_t size, uint64_t *out, Error **errp)
{
    uint8_t bytes[8] = {0};

    if (!vmstate_read(in, bytes + 8 - size, size, errp)) {
        return false;
    }
    *out = ldq_be_p(bytes);
    return true;
}

static void store_number(void *place, size_t size, uint64_t value)
{
    switch (size) {
    case 1:
        *(uint8_t *)place = (uint8_t)value;
        return;
    case 2:
        *(uint16_t *)place = (uint16_t)value;
        return;
    case 4:
        *(uint32_t *)place = (uint32_t)value;
        return;
    case 8:
        *(uint64_t *)place = value;
        return;
    default:
        g_assert_not_reached();
    }
}

static bool load_uint(const VMStateField *field, void *place, VMStateReader *in, Error **errp)
{
    uint64_t value;

    if (!read_number(in, field->size, &value, errp)) {
        return false;
    }
    if (field->max && (value < field->min || value > field->max)) {
        return error_setg(
            errp, "%" G_GUINT64_FORMAT " is not in %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
            value, field->min, field->max);
    }
    store_number(place, field->size, value);
    return true;
}

static bool load_bool(void *place, VMStateReader *in, Error **errp)
{
    uint64_t value;

    if (!read_number(in, 1, &value, errp)) {
        return false;
    }
    if (value > 1) {
        return error_setg(errp, "%u is neither 0 nor 1", (unsigned)value);
    }
    *(bool *)place = value;
    return true;
}

static bool load_vbuffer(const VMStateField *field, void *opaque, VMStateReader *in, Error **errp)
{
    uint8_t **data = vmstate_element(field, opaque, 0);
    uint32_t length;

    if (!vmstate_read_u32(in, &length, errp)) {
        return false;
    }
    if (length > field->max_length) {
        return error_setg(errp, "%u bytes, at most %u fit", length, field->max_length);
    }
    if (length > in->length - in->pos) {
        return error_setg(errp, "data end early: %u bytes wanted, %zu left", length,
                          in->length - in->pos);
    }
    *data = g_realloc(*data, length);
    *vmstate_length(field, opaque) = length;
    return length == 0 || vmstate_read(in, *data, length, errp);
}

static bool load_body(const VMStateDescription *vmsd, void *opaque, VMStateReader *in,
                      Error **errp);

static bool load_element(const VMStateField *field, void *opaque, size_t i, VMStateReader *in,
                         Error **errp)
{
    void *place = vmstate_element(field, opaque, i);

    switch (field->kind) {
    case VMS_UINT:
        return load_uint(field, place, in, errp);
    case VMS_BOOL:
        return load_bool(place, in, errp);
    case VMS_BUFFER:
        return vmstate_read(in, place, field->size, errp);
    case VMS_STRUCT:
    case VMS_POINTER:
        return load_body(field->vmsd, place, in, errp);
    case VMS_VBUFFER:
        return load_vbuffer(field, opaque, in, errp);
    case VMS_CUSTOM:
        return field->info->get(in, place, field->size, errp);
    case VMS_TRANSIENT:
        break;
    }
    g_assert_not_reached();
}

static bool load_field(const VMStateField *field, void *opaque, VMStateReader *in, Error **errp)
{
    bool is_nested = field->kind == VMS_STRUCT || field->kind == VMS_POINTER;

    for (size_t i = 0; i < field->count; i++) {
        if (!load_element(field, opaque, i, in, errp)) {
            error_prepend(errp, "%s", is_nested ? "" : ": ");
            if (field->count > 1) {
                error_prepend(errp, "[%zu]", i);
            }
            error_prepend(errp, ".%s", field->name);
            return false;
        }
    }
    return true;
}

static bool load_version(const VMStateDescription *vmsd, VMStateReader *in, uint32_t *version,
                         Error **errp)
{
    if (!vmstate_read_u32(in, version, errp)) {
        error_prepend(errp, ": ");
        return false;
    }
    if (*version > vmsd->version || *version < vmsd->minimum_version) {
        return error_setg(errp, ": version %u is not supported (%u to %u are)", *version,
                          vmsd->minimum_version, vmsd->version);
    }
    return true;
}

/* The place of subsection @name in the table, or -1. */
static int find_subsection(const VMStateDescription *vmsd, const char *name)
{
    for (int i = 0; vmsd->subsections && vmsd->subsections[i]; i++) {
        if (g_str_equal(vmsd->subsections[i]->name, name)) {
            return i;
        }
    }
    return -1;
}

/* @seen has a bit for each subsection already loaded. */
static bool load_subsection(const VMStateDescription *vmsd, void *opaque, VMStateReader *in,
                            uint64_t *seen, Error **errp)
{
    g_autofree char *name = vmstate_read_string(in, errp);
    int i;

    if (!name) {
        error_prepend(errp, ": ");
        return false;
    }
    i = find_subsection(vmsd, name);
    if (i < 0) {
        return error_setg(errp, ": unknown subsection '%s'", name);
    }
    if (*seen & BIT64(i)) {
        return error_setg(errp, ": subsection '%s' appears twice", name);
    }
    *seen |= BIT64(i);
    if (!load_body(vmsd->subsections[i], opaque, in, errp)) {
        error_prepend(errp, "/%s", name);
        return false;
    }
    return true;
}

static bool load_subsections(const VMStateDescription *vmsd, void *opaque, VMStateReader *in,
                             Error **errp)
{
    uint64_t seen = 0;
    uint32_t count;

    if (!vmstate_read_u32(in, &count, errp)) {
        error_prepend(errp, ": ");
        return false;
    }
    /* More of them than the table has cannot pass: each is known and appears once. */
    for (uint32_t i = 0; i < count; i++) {
        if (!load_subsection(vmsd, opaque, in, &seen, errp)) {
            return false;
        }
    }
    return true;
}

static bool load_fields(const VMStateDescription *vmsd, void *opaque, VMStateReader *in,
                        uint32_t version, Error **errp)
{
    for (const VMStateField *field = vmsd->fields; field && field->name; field++) {
        if (vmstate_field_is_saved(field, opaque, version) &&
            !load_field(field, opaque, in, errp)) {
            return false;
        }
    }
    return true;
}

static bool load_body(const VMStateDescription *vmsd, void *opaque, VMStateReader *in, Error **errp)
{
    uint32_t version;

    if (!load_version(vmsd, in, &version, errp)) {
        return false;
    }
    if (vmsd->pre_load && !vmsd->pre_load(opaque, errp)) {
        error_prepend(errp, ": ");
        return false;
    }
    if (!load_fields(vmsd, opaque, in, version, errp) ||
        !load_subsections(vmsd, opaque, in, errp)) {
        return false;
    }
    if (vmsd->post_load && !vmsd->post_load(opaque, version, errp)) {
        error_prepend(errp, ": ");
        return false;
    }
    return true;
}

bool vmstate_load_section(const VMStateDescription *vmsd, void *opaque, VMStateReader *in,
                          Error **errp)
{
    g_autofree char *name = vmstate_read_string(in, errp);

    if (!name) {
        error_prepend(errp, ": ");
        return false;
    }
    if (!g_str_equal(name, vmsd->name)) {
        return error_setg(errp, ": holds '%s', expected '%s'", name, vmsd->name);
    }
    return load_body(vmsd, opaque, in, errp);
}

bool vmstate_load(const VMStateDescription *vmsd, void *opaque, VMStateReader *in, Error **errp)
{
    ERRP_GUARD();

    if (!vmstate_load_section(vmsd, opaque, in, errp)) {
        error_prepend(errp, "%s", vmsd->name);
        return false;
    }
    return true;
}
