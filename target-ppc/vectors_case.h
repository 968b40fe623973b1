/* SPDX-License-Identifier: MIT */
/* One instruction vector: state before, state wanted after. Shared by vectors_*.c and by targets. */
#ifndef TARGET_PPC_VECTORS_CASE_H
#define TARGET_PPC_VECTORS_CASE_H

#include "target-ppc/cpu.h"
#include "target-ppc/vectors.h"

enum {
    VECTOR_MEMORY_SIZE = 0x10000,
    VECTOR_MAX_WORDS = 16,
    VECTOR_MAX_RANGES = 64,
    VECTOR_NO_RESERVATION = 0xffff, /* no granule starts there */
    VECTOR_DEFAULT_PC = 0x4000,
};

typedef enum VectorScalar {
    SCALAR_CR,
    SCALAR_XER,
    SCALAR_LR,
    SCALAR_CTR,
    SCALAR_FPSCR,
    SCALAR_VSCR,
    SCALAR_MSR,
    SCALAR_PC,
    SCALAR_RESERVE, /* the granule's address, or VECTOR_NO_RESERVATION */
    SCALAR_COUNT,
} VectorScalar;

extern const char *const VECTOR_SCALAR_NAMES[SCALAR_COUNT];

/* Where an expectation comes from: bits, since a case may have several sources. */
enum {
    VECTOR_SOURCE_MANUAL = 1 << 0, /* NAME§SECTION */
    VECTOR_SOURCE_MPFR = 1 << 1,
    VECTOR_SOURCE_HARDWARE = 1 << 2,
    VECTOR_SOURCE_PUBLIC = 1 << 3,
    VECTOR_SOURCE_QEMU = 1 << 4,
    VECTOR_SOURCE_SELF = 1 << 5, /* our own outcome: proves nothing */
    VECTOR_SOURCES = 6,
};
extern const char *const VECTOR_SOURCE_NAMES[VECTOR_SOURCES];

struct VectorState {
    uint32_t gpr[32];
    uint64_t fpr[32];
    PpcVector vr[32];
    uint32_t scalar[SCALAR_COUNT];
    uint32_t sr[16];
    uint32_t spr[1024];
    uint8_t *memory; /* VECTOR_MEMORY_SIZE bytes from address 0; a target may point it elsewhere */
};

typedef struct VectorRange {
    uint32_t start, size;
} VectorRange;

struct VectorCase {
    char *name, *source;
    unsigned sources; /* VECTOR_SOURCE_... */
    unsigned line, last_line;
    const PpcModel *model;
    uint32_t words[VECTOR_MAX_WORDS]; /* at in.scalar[SCALAR_PC], in memory already */
    unsigned word_count;
    bool has_out; /* an out or exception line was seen: out is a copy of in, then changed */
    bool has_pc;  /* out.scalar[SCALAR_PC] was given */
    bool has_exception;
    uint32_t exception;                    /* address of its handler */
    VectorRange ranges[VECTOR_MAX_RANGES]; /* memory that the case names, its words included */
    unsigned range_count;
    VectorState in, out;
};

typedef bool VectorCaseHandler(void *opaque, VectorCase *test);

/*
 * Call @handler for every case of the @length bytes at @text in turn (the case is reused for the next;
 * @text is changed). False: a line makes no sense, *errp says "PATH:LINE:COLUMN: what"; the handler's
 * own false ends the file without an error.
 */
bool ppc_vectors_parse(const char *path, char *text, size_t length, VectorCaseHandler *handler,
                       void *opaque, Error **errp);

/* What unlisted registers hold before a case; state->memory is left alone. */
void ppc_vectors_initial_state(VectorState *state, const PpcModel *model);

#endif
