/* SPDX-License-Identifier: MIT */
/*
 * Which registers a stub has, how wide, in which order: the gdb target description.
 *
 * The text comes from the peer and is not trusted: sizes, counts and nesting are bounded, and what
 * makes no sense is refused in one line.
 */
#ifndef GDBSTUB_DESCRIPTION_H
#define GDBSTUB_DESCRIPTION_H

#include "util/error.h"

#include <glib.h>

enum {
    GDB_MOST_REGISTERS = 4096, /* numbers are below this */
    GDB_MOST_BITS = 1024,
};

typedef struct GdbRegister {
    char *name;
    unsigned number;
    unsigned bits;
    unsigned bytes;
    size_t offset; /* among the values of all registers, in the order of their numbers */
} GdbRegister;

typedef struct GdbDescription {
    GArray *registers;  /* GdbRegister, ascending numbers */
    char *architecture; /* NULL: not said */
    size_t bytes;
} GdbDescription;

/* The text of @annex, which the caller frees; NULL: *errp says why. */
typedef char *GdbAnnexReader(void *opaque, const char *annex, Error **errp);

/* Read target.xml and what it includes through @reader. */
GdbDescription *gdb_description_read(GdbAnnexReader *reader, void *opaque, Error **errp);
/* What gdb assumes of a PowerPC stub that describes nothing. */
GdbDescription *gdb_description_default(void);
void gdb_description_free(GdbDescription *description);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GdbDescription, gdb_description_free)

/* Index into ->registers of the first register of that name; -1: there is none. */
int gdb_description_find(const GdbDescription *description, const char *name);

static inline const GdbRegister *gdb_description_register(const GdbDescription *description,
                                                          unsigned index)
{
    return &g_array_index(description->registers, GdbRegister, index);
}

#endif
