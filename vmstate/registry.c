/* SPDX-License-Identifier: MIT */
/*
 * The objects of a machine: registration, the whole stream, hashes.
 *
 * stream: "core99vm", format version (u32), number of sections (u32); each: id, length (u32), section.
 */
#include "util/hash.h"
#include "vmstate/internal.h"

#include <string.h>

#define MAGIC "core99vm"
#define MAGIC_SIZE 8
#define FORMAT_VERSION 1

/* One section of a stream, found by its id. */
typedef struct Frame {
    const VMStateEntry *entry;
    VMStateReader in;
} Frame;

static void entry_free(void *data)
{
    VMStateEntry *entry = data;

    g_free(entry->id);
    g_free(entry);
}

VMStateRegistry *vmstate_registry_new(void)
{
    VMStateRegistry *registry = g_new0(VMStateRegistry, 1);

    registry->entries = g_ptr_array_new_with_free_func(entry_free);
    registry->scratch = g_byte_array_new();
    return registry;
}

void vmstate_registry_free(VMStateRegistry *registry)
{
    if (registry) {
        g_ptr_array_unref(registry->entries);
        g_byte_array_unref(registry->scratch);
        g_free(registry);
    }
}

static const VMStateEntry *entry_at(const VMStateRegistry *registry, guint i)
{
    return g_ptr_array_index(registry->entries, i);
}

static int find_id(const VMStateRegistry *registry, const char *id)
{
    for (guint i = 0; i < registry->entries->len; i++) {
        if (g_str_equal(entry_at(registry, i)->id, id)) {
            return (int)i;
        }
    }
    return -1;
}

/* --- tables: mistakes in them are ours -------------------------------------------------------- */

static void check_field(const VMStateDescription *vmsd, const VMStateField *field)
{
    switch (field->kind) {
    case VMS_UINT:
        g_assert(field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8);
        return;
    case VMS_STRUCT:
    case VMS_POINTER:
        g_assert(field->vmsd);
        return;
    case VMS_VBUFFER:
        g_assert(field->count == 1 && field->max_length);
        /* A second way to load the length could make it larger than the buffer. */
        for (const VMStateField *other = vmsd->fields; other->name; other++) {
            g_assert(other == field || other->kind == VMS_TRANSIENT ||
                     other->offset != field->length_offset);
        }
        return;
    case VMS_CUSTOM:
        g_assert(field->info && field->info->put && field->info->get);
        return;
    case VMS_TRANSIENT:
        g_assert(field->reason);
        return;
    case VMS_BOOL:
    case VMS_BUFFER:
        return;
    }
    g_assert_not_reached();
}

static void check_table(const VMStateDescription *vmsd)
{
    size_t subsections = 0;

    g_assert(vmsd->name && strlen(vmsd->name) <= VMSTATE_NAME_MAX);
    g_assert(vmsd->minimum_version <= vmsd->version);
    for (const VMStateField *field = vmsd->fields; field && field->name; field++) {
        check_field(vmsd, field);
        if (field->vmsd) {
            check_table(field->vmsd);
        }
    }
    for (; vmsd->subsections && vmsd->subsections[subsections]; subsections++) {
        check_table(vmsd->subsections[subsections]);
    }
    g_assert(subsections < 64);
}

void vmstate_register(VMStateRegistry *registry, const char *id, const VMStateDescription *vmsd,
                      void *opaque)
{
    VMStateEntry *entry = g_new0(VMStateEntry, 1);

    g_assert(find_id(registry, id) < 0 && strlen(id) <= VMSTATE_NAME_MAX);
    check_table(vmsd);
    entry->id = g_strdup(id);
    entry->vmsd = vmsd;
    entry->opaque = opaque;
    g_ptr_array_add(registry->entries, entry);
}

void vmstate_unregister(VMStateRegistry *registry, void *opaque)
{
    for (guint i = registry->entries->len; i-- > 0;) {
        if (entry_at(registry, i)->opaque == opaque) {
            g_ptr_array_remove_index(registry->entries, i);
        }
    }
}

/* --- save ---------------------------------------------------------------------------------------- */

/* The section of @entry, in the registry's scratch buffer. */
static const GByteArray *make_section(VMStateRegistry *registry, const VMStateEntry *entry)
{
    g_byte_array_set_size(registry->scratch, 0);
    vmstate_save(entry->vmsd, entry->opaque, registry->scratch);
    return registry->scratch;
}

void vmstate_registry_save(VMStateRegistry *registry, GByteArray *out)
{
    g_byte_array_append(out, (const uint8_t *)MAGIC, MAGIC_SIZE);
    vmstate_put_u32(out, FORMAT_VERSION);
    vmstate_put_u32(out, registry->entries->len);
    for (guint i = 0; i < registry->entries->len; i++) {
        const VMStateEntry *entry = entry_at(registry, i);
        const GByteArray *section = make_section(registry, entry);
        vmstate_put_string(out, entry->id);
        vmstate_put_u32(out, section->len);
        g_byte_array_append(out, section->data, section->len);
    }
}

/* --- load ---------------------------------------------------------------------------------------- */

static bool read_header(VMStateReader *in, uint32_t *count, Error **errp)
{
    char magic[MAGIC_SIZE];
    uint32_t version;

    if (!vmstate_read(in, magic, MAGIC_SIZE, errp)) {
        return false;
    }
    if (memcmp(magic, MAGIC, MAGIC_SIZE) != 0) {
        return error_setg(errp, "not a saved machine");
    }
    if (!vmstate_read_u32(in, &version, errp) || !vmstate_read_u32(in, count, errp)) {
        return false;
    }
    if (version != FORMAT_VERSION) {
        return error_setg(errp, "format version %u is not supported (%d is)", version,
                          FORMAT_VERSION);
    }
    return true;
}

/* Take the framing of one section; @frames has a slot for each registered object. */
static bool read_frame(VMStateRegistry *registry, VMStateReader *in, Frame *frames, Error **errp)
{
    g_autofree char *id = vmstate_read_string(in, errp);
    uint32_t length;
    int i;

    if (!id || !vmstate_read_u32(in, &length, errp)) {
        return false;
    }
    i = find_id(registry, id);
    if (i < 0) {
        return error_setg(errp, "%s: this machine has no such object", id);
    }
    if (frames[i].entry) {
        return error_setg(errp, "%s: appears twice", id);
    }
    if (length > in->length - in->pos) {
        return error_setg(errp, "%s: data end early: %u bytes wanted, %zu left", id, length,
                          in->length - in->pos);
    }
    frames[i].entry = entry_at(registry, (guint)i);
    frames[i].in = (VMStateReader){.data = in->data + in->pos, .length = length};
    in->pos += length;
    return true;
}

/* The whole framing is read before any object changes. */
static bool read_frames(VMStateRegistry *registry, VMStateReader *in, Frame *frames, Error **errp)
{
    uint32_t count;

    if (!read_header(in, &count, errp)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_frame(registry, in, frames, errp)) {
            return false;
        }
    }
    for (guint i = 0; i < registry->entries->len; i++) {
        if (!frames[i].entry) {
            return error_setg(errp, "%s: missing from the saved machine",
                              entry_at(registry, i)->id);
        }
    }
    if (in->pos != in->length) {
        return error_setg(errp, "%zu bytes behind the last section", in->length - in->pos);
    }
    return true;
}

static bool load_frame(Frame *frame, Error **errp)
{
    const VMStateEntry *entry = frame->entry;

    if (!vmstate_load_section(entry->vmsd, entry->opaque, &frame->in, errp)) {
        error_prepend(errp, "%s", entry->id);
        return false;
    }
    if (frame->in.pos != frame->in.length) {
        return error_setg(errp, "%s: %zu bytes too many", entry->id,
                          frame->in.length - frame->in.pos);
    }
    return true;
}

bool vmstate_registry_load(VMStateRegistry *registry, const uint8_t *data, size_t length,
                           Error **errp)
{
    ERRP_GUARD();
    g_autofree Frame *frames = g_new0(Frame, registry->entries->len + 1);
    VMStateReader in = {.data = data, .length = length};

    if (!read_frames(registry, &in, frames, errp)) {
        return false;
    }
    for (guint i = 0; i < registry->entries->len; i++) {
        if (!load_frame(&frames[i], errp)) {
            return false;
        }
    }
    return true;
}

/* --- hash ---------------------------------------------------------------------------------------- */

void vmstate_registry_foreach_hash(VMStateRegistry *registry,
                                   void (*fn)(void *opaque, const char *id, uint64_t hash),
                                   void *opaque)
{
    for (guint i = 0; i < registry->entries->len; i++) {
        const VMStateEntry *entry = entry_at(registry, i);
        const GByteArray *section = make_section(registry, entry);
        fn(opaque, entry->id, hash_bytes(0, section->data, section->len));
    }
}

static void chain_hash(void *opaque, const char *id, uint64_t hash)
{
    uint64_t *total = opaque;

    *total = hash_u64(hash_bytes(*total, id, strlen(id)), hash);
}

uint64_t vmstate_registry_hash(VMStateRegistry *registry)
{
    uint64_t total = 0;

    vmstate_registry_foreach_hash(registry, chain_hash, &total);
    return total;
}
