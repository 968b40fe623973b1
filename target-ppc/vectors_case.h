/* SPDX-License-Identifier: MIT */
/* One instruction vector: state before, state wanted after. Shared by vectors_*.c and by targets. */
#ifndef TARGET_PPC_VECTORS_CASE_H
#define TARGET_PPC_VECTORS_CASE_H

#include "target-ppc/cpu.h"
#include "target-ppc/vectors.h"

enum {
    VECTOR_MEMORY_SIZE = 0x10000,
    VECTOR_MAX_WORDS = 16,
    VECTOR_MAX_RANGES = 32,
    VECTOR_NO_RESERVATION = 0xffff, /* no granule starts there */
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

typedef struct VectorState {
    uint32_t gpr[32];
    uint64_t fpr[32];
    PpcVector vr[32];
    uint32_t scalar[SCALAR_COUNT];
    uint32_t sr[16];
    uint32_t spr[1024];
    uint8_t *memory; /* VECTOR_MEMORY_SIZE bytes from address 0; a target may point it elsewhere */
} VectorState;

typedef struct VectorRange {
    uint32_t start, size;
} VectorRange;

struct VectorCase {
    char *name;
    unsigned line;
    const PpcModel *model;
    uint32_t words[VECTOR_MAX_WORDS]; /* at in.scalar[SCALAR_PC], in memory already */
    unsigned word_count;
    bool has_out; /* an out or exception line was seen: out is a copy of in, then changed */
    bool has_pc;  /* out.scalar[SCALAR_PC] was given */
    VectorRange ranges[VECTOR_MAX_RANGES]; /* memory that the case names, its words included */
    unsigned range_count;
    VectorState in, out;
};

typedef bool VectorCaseHandler(void *opaque, VectorCase *test);

/*
 * Call @handler for every case of @text in turn (the case is reused for the next). False: a line
 * makes no sense, *errp names it; the handler's own false ends the file without an error.
 */
bool ppc_vectors_parse(const char *text, VectorCaseHandler *handler, void *opaque, Error **errp);

#endif
