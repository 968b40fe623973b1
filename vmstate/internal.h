/* SPDX-License-Identifier: MIT */
/* What the files of vmstate/ share. */
#ifndef VMSTATE_INTERNAL_H
#define VMSTATE_INTERNAL_H

#include "vmstate/vmstate.h"

#define VMSTATE_NAME_MAX 255

typedef struct VMStateEntry {
    char *id;
    const VMStateDescription *vmsd;
    void *opaque;
} VMStateEntry;

struct VMStateRegistry {
    GPtrArray *entries; /* VMStateEntry *, in order of registration */
    GByteArray *scratch;
};

/* Element @i of @field in @opaque; for a pointer field, what it points to. */
static inline void *vmstate_element(const VMStateField *field, void *opaque, size_t i)
{
    char *place = (char *)opaque + field->offset + i * field->size;

    if (field->kind != VMS_POINTER) {
        return place;
    }
    g_assert(*(void **)place);
    return *(void **)place;
}

static inline uint32_t *vmstate_length(const VMStateField *field, void *opaque)
{
    return (uint32_t *)((char *)opaque + field->length_offset);
}

/* True if a stream of @version holds @field. */
static inline bool vmstate_field_is_saved(const VMStateField *field, void *opaque, uint32_t version)
{
    return field->kind != VMS_TRANSIENT && field->since <= version &&
           (!field->exists || field->exists(opaque, version));
}

static inline bool vmstate_is_needed(const VMStateDescription *vmsd, void *opaque)
{
    return !vmsd->needed || vmsd->needed(opaque);
}

/* A number of @size bytes, as memory holds it. */
uint64_t vmstate_number(const void *place, size_t size);
/* The bytes of element @i, as a stream holds them. */
void vmstate_put_element(const VMStateField *field, void *opaque, size_t i, GByteArray *out);
void vmstate_put_string(GByteArray *out, const char *text);
/* At most VMSTATE_NAME_MAX characters and no NUL inside; NULL on error. Free with g_free(). */
char *vmstate_read_string(VMStateReader *in, Error **errp);
/* As vmstate_load(); messages begin with ".field", ".field[i]" or ": ". @errp is a local error. */
bool vmstate_load_section(const VMStateDescription *vmsd, void *opaque, VMStateReader *in,
                          Error **errp);

#endif
