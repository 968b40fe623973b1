/* SPDX-License-Identifier: MIT */
/* The state of all objects as text, one line a field: two dumps compared name what differs. */
#include "vmstate/internal.h"

#define BYTES_PER_LINE 32

static void dump_fields(const VMStateDescription *vmsd, void *opaque, const char *path,
                        GString *out);

static void dump_bytes(const char *path, const uint8_t *data, size_t size, GString *out)
{
    for (size_t i = 0; i < size; i++) {
        if (i % BYTES_PER_LINE == 0) {
            g_string_append_printf(out, "%s%s@0x%zx = ", i ? "\n" : "", path, i);
        }
        g_string_append_printf(out, "%02x", data[i]);
    }
    g_string_append(out, size ? "\n" : "");
}

static void dump_element(const VMStateField *field, void *opaque, size_t i, const char *path,
                         GString *out)
{
    void *place = vmstate_element(field, opaque, i);
    g_autoptr(GByteArray) bytes = NULL;

    switch (field->kind) {
    case VMS_UINT:
        g_string_append_printf(out, "%s = 0x%" G_GINT64_MODIFIER "x\n", path,
                               vmstate_number(place, field->size));
        return;
    case VMS_BOOL:
        g_string_append_printf(out, "%s = %s\n", path, *(bool *)place ? "true" : "false");
        return;
    case VMS_STRUCT:
    case VMS_POINTER:
        dump_fields(field->vmsd, place, path, out);
        return;
    case VMS_BUFFER:
    case VMS_VBUFFER:
    case VMS_CUSTOM:
        bytes = g_byte_array_new();
        vmstate_put_element(field, opaque, i, bytes);
        dump_bytes(path, bytes->data, bytes->len, out);
        return;
    case VMS_TRANSIENT:
        return;
    }
    g_assert_not_reached();
}

static void dump_field(const VMStateField *field, void *opaque, const char *path, GString *out)
{
    for (size_t i = 0; i < field->count; i++) {
        g_autofree char *name = field->count > 1
                                    ? g_strdup_printf("%s.%s[%zu]", path, field->name, i)
                                    : g_strdup_printf("%s.%s", path, field->name);
        dump_element(field, opaque, i, name, out);
    }
}

static void dump_fields(const VMStateDescription *vmsd, void *opaque, const char *path,
                        GString *out)
{
    if (vmsd->pre_save) {
        vmsd->pre_save(opaque);
    }
    for (const VMStateField *field = vmsd->fields; field && field->name; field++) {
        if (vmstate_field_is_saved(field, opaque, vmsd->version)) {
            dump_field(field, opaque, path, out);
        }
    }
    for (size_t i = 0; vmsd->subsections && vmsd->subsections[i]; i++) {
        if (vmstate_is_needed(vmsd->subsections[i], opaque)) {
            g_autofree char *name = g_strdup_printf("%s/%s", path, vmsd->subsections[i]->name);
            dump_fields(vmsd->subsections[i], opaque, name, out);
        }
    }
}

void vmstate_registry_dump(VMStateRegistry *registry, GString *out)
{
    for (guint i = 0; i < registry->entries->len; i++) {
        const VMStateEntry *entry = g_ptr_array_index(registry->entries, i);
        dump_fields(entry->vmsd, entry->opaque, entry->id, out);
    }
}
