/* SPDX-License-Identifier: MIT */
/*
 * VMStateDescription: the field tables that describe the state of one object, and what is made from
 * them: save, load with validation, hash, named field differences.
 *
 * Stream: big-endian. Each section is name, version, fields in table order, subsections by name.
 * Context: holder of the machine token.
 */
#ifndef VMSTATE_VMSTATE_H
#define VMSTATE_VMSTATE_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct VMStateDescription VMStateDescription;
typedef struct VMStateField VMStateField;
typedef struct VMStateReader VMStateReader;

typedef enum VMStateKind {
    VMS_UINT, /* size 1, 2, 4, 8; arrays by count/stride */
    VMS_BOOL,
    VMS_BUFFER,  /* size bytes as they are */
    VMS_STRUCT,  /* nested vmsd at the offset */
    VMS_POINTER, /* pointer to a nested struct, never NULL */
    VMS_VBUFFER, /* pointer to bytes whose length is a uint32_t field (g_malloc'ed; reallocated) */
    VMS_CUSTOM,  /* put/get callbacks */
    VMS_TRANSIENT, /* not state; carries the reason for the completeness lint */
} VMStateKind;

typedef struct VMStateInfo {
    const char *name;
    void (*put)(GByteArray *out, const void *field, size_t size);
    bool (*get)(VMStateReader *in, void *field, size_t size, Error **errp);
} VMStateInfo;

struct VMStateField {
    const char *name;
    VMStateKind kind;
    size_t offset;
    size_t size;          /* of one element */
    size_t count;         /* elements; 1 for a scalar */
    size_t length_offset; /* VMS_VBUFFER: offset of the uint32_t length */
    uint32_t max_length;  /* VMS_VBUFFER: refused above this on load */
    uint64_t min, max;    /* VMS_UINT: loads outside are refused when max != 0 */
    const VMStateDescription *vmsd;
    const VMStateInfo *info;
    uint32_t since;                                 /* first version that carries the field */
    bool (*exists)(void *opaque, uint32_t version); /* NULL: always */
    const char *reason;                             /* VMS_TRANSIENT */
};

struct VMStateDescription {
    const char *name;
    uint32_t version;
    uint32_t minimum_version;
    void (*pre_save)(void *opaque); /* make architected values from lazy ones; idempotent */
    bool (*pre_load)(void *opaque, Error **errp);
    bool (*post_load)(void *opaque, uint32_t version, Error **errp); /* validate, rebuild derived */
    bool (*needed)(void *opaque);                                    /* subsections only */
    const VMStateField *fields;                                      /* ends with a NULL name */
    const VMStateDescription *const *subsections; /* NULL-terminated; may be NULL */
};

#define VMSTATE_CHECK_TYPE(S, f, T)                                                                \
    (offsetof(S, f) +                                                                              \
     0 * sizeof(char[__builtin_types_compatible_p(typeof(((S *)0)->f), T) ? 1 : -1]))
#define VMSTATE_CHECK_ARRAY(S, f, T)                                                               \
    (offsetof(S, f) +                                                                              \
     0 * sizeof(char[__builtin_types_compatible_p(typeof(((S *)0)->f[0]), T) ? 1 : -1]))
#define VMSTATE_SCALAR(f, S, T, k)                                                                 \
    {.name = #f, .kind = k, .offset = VMSTATE_CHECK_TYPE(S, f, T), .size = sizeof(T), .count = 1}
#define VMSTATE_VECTOR(f, S, T, k)                                                                 \
    {.name = #f,                                                                                   \
     .kind = k,                                                                                    \
     .offset = VMSTATE_CHECK_ARRAY(S, f, T),                                                       \
     .size = sizeof(T),                                                                            \
     .count = sizeof(((S *)0)->f) / sizeof(T)}

#define VMSTATE_BOOL(f, S) VMSTATE_SCALAR(f, S, bool, VMS_BOOL)
#define VMSTATE_UINT8(f, S) VMSTATE_SCALAR(f, S, uint8_t, VMS_UINT)
#define VMSTATE_UINT16(f, S) VMSTATE_SCALAR(f, S, uint16_t, VMS_UINT)
#define VMSTATE_UINT32(f, S) VMSTATE_SCALAR(f, S, uint32_t, VMS_UINT)
#define VMSTATE_UINT64(f, S) VMSTATE_SCALAR(f, S, uint64_t, VMS_UINT)
#define VMSTATE_INT32(f, S) VMSTATE_SCALAR(f, S, int32_t, VMS_UINT)
#define VMSTATE_INT64(f, S) VMSTATE_SCALAR(f, S, int64_t, VMS_UINT)
/* A number whose loaded value must be at most @limit (indexes, lengths, enumerations). */
#define VMSTATE_UINT8_MAX(f, S, limit)                                                             \
    {.name = #f,                                                                                   \
     .kind = VMS_UINT,                                                                             \
     .offset = VMSTATE_CHECK_TYPE(S, f, uint8_t),                                                  \
     .size = 1,                                                                                    \
     .count = 1,                                                                                   \
     .max = (limit)}
#define VMSTATE_UINT32_MAX(f, S, limit)                                                            \
    {.name = #f,                                                                                   \
     .kind = VMS_UINT,                                                                             \
     .offset = VMSTATE_CHECK_TYPE(S, f, uint32_t),                                                 \
     .size = 4,                                                                                    \
     .count = 1,                                                                                   \
     .max = (limit)}
#define VMSTATE_BOOL_ARRAY(f, S) VMSTATE_VECTOR(f, S, bool, VMS_BOOL)
#define VMSTATE_UINT8_ARRAY(f, S) VMSTATE_VECTOR(f, S, uint8_t, VMS_UINT)
#define VMSTATE_UINT16_ARRAY(f, S) VMSTATE_VECTOR(f, S, uint16_t, VMS_UINT)
#define VMSTATE_UINT32_ARRAY(f, S) VMSTATE_VECTOR(f, S, uint32_t, VMS_UINT)
#define VMSTATE_UINT64_ARRAY(f, S) VMSTATE_VECTOR(f, S, uint64_t, VMS_UINT)
#define VMSTATE_BUFFER(f, S)                                                                       \
    {.name = #f,                                                                                   \
     .kind = VMS_BUFFER,                                                                           \
     .offset = offsetof(S, f),                                                                     \
     .size = sizeof(((S *)0)->f),                                                                  \
     .count = 1}
#define VMSTATE_STRUCT(f, S, T, v)                                                                 \
    {.name = #f,                                                                                   \
     .kind = VMS_STRUCT,                                                                           \
     .offset = VMSTATE_CHECK_TYPE(S, f, T),                                                        \
     .size = sizeof(T),                                                                            \
     .count = 1,                                                                                   \
     .vmsd = &(v)}
#define VMSTATE_STRUCT_ARRAY(f, S, T, v)                                                           \
    {.name = #f,                                                                                   \
     .kind = VMS_STRUCT,                                                                           \
     .offset = VMSTATE_CHECK_ARRAY(S, f, T),                                                       \
     .size = sizeof(T),                                                                            \
     .count = sizeof(((S *)0)->f) / sizeof(T),                                                     \
     .vmsd = &(v)}
#define VMSTATE_STRUCT_POINTER(f, S, v)                                                            \
    {.name = #f,                                                                                   \
     .kind = VMS_POINTER,                                                                          \
     .offset = offsetof(S, f),                                                                     \
     .size = sizeof(void *),                                                                       \
     .count = 1,                                                                                   \
     .vmsd = &(v)}
/* @f: uint8_t * of @len (uint32_t member) bytes, at most @limit. */
#define VMSTATE_VBUFFER(f, S, len, limit)                                                          \
    {.name = #f,                                                                                   \
     .kind = VMS_VBUFFER,                                                                          \
     .offset = VMSTATE_CHECK_TYPE(S, f, uint8_t *),                                                \
     .size = 1,                                                                                    \
     .count = 1,                                                                                   \
     .length_offset = VMSTATE_CHECK_TYPE(S, len, uint32_t),                                        \
     .max_length = (limit)}
#define VMSTATE_CUSTOM(f, S, i)                                                                    \
    {.name = #f,                                                                                   \
     .kind = VMS_CUSTOM,                                                                           \
     .offset = offsetof(S, f),                                                                     \
     .size = sizeof(((S *)0)->f),                                                                  \
     .count = 1,                                                                                   \
     .info = &(i)}
/* Not guest state; says why. Regions, IRQ lines, links and host handles need no row. */
#define VMSTATE_TRANSIENT(f, S, why)                                                               \
    {.name = #f, .kind = VMS_TRANSIENT, .offset = offsetof(S, f), .reason = why}
#define VMSTATE_END_OF_LIST() {.name = NULL}

/* --- one object ------------------------------------------------------------------------------ */

/* Append the section for @opaque to @out. */
void vmstate_save(const VMStateDescription *vmsd, void *opaque, GByteArray *out);
/* Read one section. On failure the object may be half loaded: the caller resets or discards it. */
bool vmstate_load(const VMStateDescription *vmsd, void *opaque, VMStateReader *in, Error **errp);

struct VMStateReader {
    const uint8_t *data;
    size_t length;
    size_t pos;
};
bool vmstate_read(VMStateReader *in, void *out, size_t size, Error **errp); /* false at the end */
bool vmstate_read_u32(VMStateReader *in, uint32_t *out, Error **errp);
bool vmstate_read_u64(VMStateReader *in, uint64_t *out, Error **errp);
void vmstate_put_u32(GByteArray *out, uint32_t value);
void vmstate_put_u64(GByteArray *out, uint64_t value);

/* --- all objects of a machine ------------------------------------------------------------------ */

typedef struct VMStateRegistry VMStateRegistry;

/* A registered object: sections appear in the order of registration, keyed by @id (unique). */
VMStateRegistry *vmstate_registry_new(void);
void vmstate_registry_free(VMStateRegistry *registry);
void vmstate_register(VMStateRegistry *registry, const char *id, const VMStateDescription *vmsd,
                      void *opaque);
void vmstate_unregister(VMStateRegistry *registry, void *opaque);
/* Header ("core99vm", version, count), then every section with its id and length. */
void vmstate_registry_save(VMStateRegistry *registry, GByteArray *out);
/* Every id must be present exactly once and no other; errors name the id and field. */
bool vmstate_registry_load(VMStateRegistry *registry, const uint8_t *data, size_t length,
                           Error **errp);
/* 64-bit hash of every section (not of RAM, which memory/ hashes by page). */
uint64_t vmstate_registry_hash(VMStateRegistry *registry);
/* Call @fn with the id and hash of each section: `info hash -v`. */
void vmstate_registry_foreach_hash(VMStateRegistry *registry,
                                   void (*fn)(void *opaque, const char *id, uint64_t hash),
                                   void *opaque);
/* One line a field, "id.field[i] = value", for comparing two states by name. */
void vmstate_registry_dump(VMStateRegistry *registry, GString *out);

#endif
