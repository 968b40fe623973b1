/* SPDX-License-Identifier: MIT */
/*
 * `core99 test FILE...`: instruction vectors, run on a bare processor and on whatever else is plugged
 * in. Format and options: docs/vectors.md; what a case holds: vectors_case.h.
 */
#ifndef TARGET_PPC_VECTORS_H
#define TARGET_PPC_VECTORS_H

#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct VectorCase VectorCase;
typedef struct VectorState VectorState;

enum { VECTOR_SCALARS = 16 }; /* at least SCALAR_COUNT of vectors_case.h */

/* What a target can carry: state in, and state out that may be compared. */
typedef struct VectorMask {
    uint32_t gpr, fpr, vr;           /* bit n: register n */
    uint32_t sr;                     /* bit n: segment register n */
    uint32_t scalar[VECTOR_SCALARS]; /* by VectorScalar: the bits that it has, 0: not at all */
    uint64_t spr[1024 / 64];         /* bit n % 64 of word n / 64: SPR n */
    bool only_listed_memory;         /* just the ranges of the case; else all of it */
} VectorMask;

/*
 * Something that runs cases. @run loads test->in as far as the mask allows, executes
 * test->word_count instructions (an exception counts as one and does not end the run early), and
 * leaves the result in *@got, which arrives as a copy of test->in, memory included. False: the target
 * is gone or does not answer; *errp says why, and no further case is sent to it.
 */
typedef struct VectorTarget {
    char *name; /* in reports; owned */
    VectorMask carries;
    uint32_t pvr; /* 0, or cases of parts with another upper half of PVR are skipped */
    bool (*run)(void *opaque, const VectorCase *test, VectorState *got, Error **errp);
    void (*close)(void *opaque); /* may be NULL */
    void *opaque;
} VectorTarget;

/* Fill *@target (zeroed before) from the text behind --against; floors above bring one along. */
typedef bool VectorTargetOpen(const char *address, VectorTarget *target, Error **errp);

static inline bool vector_mask_spr(const VectorMask *mask, unsigned number)
{
    return mask->spr[number / 64] >> number % 64 & 1;
}

static inline void vector_mask_add_spr(VectorMask *mask, unsigned number)
{
    mask->spr[number / 64] |= UINT64_C(1) << number % 64;
}

/*
 * @argv: a word that is skipped, then files, folders and options (docs/vectors.md). @open_peer serves
 * --against; NULL: that option is refused. Appends the report to @out, which the caller prints.
 * Returns the exit status: 0, or 1 if a case failed or a file or option made no sense.
 */
int ppc_vectors_main(int argc, char **argv, VectorTargetOpen *open_peer, GString *out);

#endif
