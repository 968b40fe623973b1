/* SPDX-License-Identifier: MIT */
/*
 * Field tables to bytes.
 *
 * section: name, body. body: version (u32), fields in table order, number of subsections (u32), those
 * as sections. Strings are a u32 length and the characters; nested structs are bodies.
 */
#include "util/bits.h"
#include "vmstate/internal.h"

#include <string.h>

void vmstate_put_u32(GByteArray *out, uint32_t value)
{
    uint8_t bytes[4];

    stl_be_p(bytes, value);
    g_byte_array_append(out, bytes, sizeof(bytes));
}

void vmstate_put_u64(GByteArray *out, uint64_t value)
{
    uint8_t bytes[8];

    stq_be_p(bytes, value);
    g_byte_array_append(out, bytes, sizeof(bytes));
}

void vmstate_put_string(GByteArray *out, const char *text)
{
    size_t length = strlen(text);

    g_assert(length <= VMSTATE_NAME_MAX);
    vmstate_put_u32(out, (uint32_t)length);
    g_byte_array_append(out, (const uint8_t *)text, (guint)length);
}

uint64_t vmstate_number(const void *place, size_t size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)place;
    case 2:
        return *(const uint16_t *)place;
    case 4:
        return *(const uint32_t *)place;
    case 8:
        return *(const uint64_t *)place;
    default:
        g_assert_not_reached();
    }
}

static void put_number(GByteArray *out, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    stq_be_p(bytes, value);
    g_byte_array_append(out, bytes + 8 - size, (guint)size);
}

static void put_buffer(GByteArray *out, const uint8_t *data, uint32_t length)
{
    vmstate_put_u32(out, length);
    g_byte_array_append(out, data, length);
}

static void put_body(const VMStateDescription *vmsd, void *opaque, GByteArray *out);

void vmstate_put_element(const VMStateField *field, void *opaque, size_t i, GByteArray *out)
{
    void *place = vmstate_element(field, opaque, i);

    switch (field->kind) {
    case VMS_UINT:
        put_number(out, vmstate_number(place, field->size), field->size);
        return;
    case VMS_BOOL:
        put_number(out, *(bool *)place, 1);
        return;
    case VMS_BUFFER:
        g_byte_array_append(out, place, (guint)field->size);
        return;
    case VMS_STRUCT:
    case VMS_POINTER:
        put_body(field->vmsd, place, out);
        return;
    case VMS_VBUFFER:
        put_buffer(out, *(uint8_t **)place, *vmstate_length(field, opaque));
        return;
    case VMS_CUSTOM:
        field->info->put(out, place, field->size);
        return;
    case VMS_TRANSIENT:
        return;
    }
    g_assert_not_reached();
}

static void put_subsections(const VMStateDescription *vmsd, void *opaque, GByteArray *out)
{
    const VMStateDescription *const *sub = vmsd->subsections;
    uint32_t count = 0;

    for (size_t i = 0; sub && sub[i]; i++) {
        count += vmstate_is_needed(sub[i], opaque);
    }
    vmstate_put_u32(out, count);
    for (size_t i = 0; sub && sub[i]; i++) {
        if (vmstate_is_needed(sub[i], opaque)) {
            vmstate_save(sub[i], opaque, out);
        }
    }
}

static void put_body(const VMStateDescription *vmsd, void *opaque, GByteArray *out)
{
    if (vmsd->pre_save) {
        vmsd->pre_save(opaque);
    }
    vmstate_put_u32(out, vmsd->version);
    for (const VMStateField *field = vmsd->fields; field && field->name; field++) {
        if (vmstate_field_is_saved(field, opaque, vmsd->version)) {
            for (size_t i = 0; i < field->count; i++) {
                vmstate_put_element(field, opaque, i, out);
            }
        }
    }
    put_subsections(vmsd, opaque, out);
}

void vmstate_save(const VMStateDescription *vmsd, void *opaque, GByteArray *out)
{
    vmstate_put_string(out, vmsd->name);
    put_body(vmsd, opaque, out);
}
