/* SPDX-License-Identifier: MIT */
/* Which rows of insn.def, in which variants, the passing cases verify. */
#ifndef TARGET_PPC_VECTORS_COVERAGE_H
#define TARGET_PPC_VECTORS_COVERAGE_H

#include "target-ppc/vectors_case.h"

/* Ways in which a row can go; ppc_coverage_required() says which of them a row has. */
typedef enum VectorVariant {
    VARIANT_RUNS,     /* to its end, without an exception (sc: with its own) */
    VARIANT_RC,       /* the record form */
    VARIANT_RA0,      /* rA|0 with rA = 0 */
    VARIANT_NEGATIVE, /* a signed immediate, displacement or branch offset below 0 */
    VARIANT_TAKEN,    /* conditional branches */
    VARIANT_NOT_TAKEN,
    VARIANT_TRAPS,       /* tw, twi */
    VARIANT_PRIVILEGED,  /* in user mode */
    VARIANT_FP_OFF,      /* MSR[FP] clear */
    VARIANT_VEC_OFF,     /* MSR[VEC] clear */
    VARIANT_NO_ALTIVEC,  /* on a model without it */
    VARIANT_NOT_745X,    /* on another model */
    VARIANT_RA0_TRAPS,   /* invalid forms that trap: update with rA = 0, */
    VARIANT_SAME_TRAPS,  /* load with update and rA = rD, */
    VARIANT_COUNT_TRAPS, /* bcctr that counts */
    VARIANT_FP_ENABLED,  /* an enabled floating-point exception */
    VARIANT_TO_ZERO,     /* FPSCR[RN] 1, 2 and 3 where results are rounded */
    VARIANT_UP,
    VARIANT_DOWN,
    VARIANT_DSI, /* the access has no translation */
    VARIANT_COUNT,
} VectorVariant;

extern const char *const VECTOR_VARIANT_NAMES[VARIANT_COUNT];

typedef struct VectorCoverage VectorCoverage;

VectorCoverage *vector_coverage_new(void);
void vector_coverage_free(VectorCoverage *coverage);
/* A case that passed. */
void vector_coverage_note(VectorCoverage *coverage, const VectorCase *test);
/* A line each row, then what is missing; true if nothing is. */
bool vector_coverage_print(const VectorCoverage *coverage, GString *out);

typedef struct VectorSprCoverage VectorSprCoverage;

/* The same for special purpose registers: read, written, in user mode, on a model without them. */
VectorSprCoverage *vector_spr_coverage_new(void);
void vector_spr_coverage_free(VectorSprCoverage *coverage);
void vector_spr_coverage_note(VectorSprCoverage *coverage, const VectorCase *test);
bool vector_spr_coverage_print(const VectorSprCoverage *coverage, GString *out);

/* Bits of the variants that row @id has. */
uint32_t vector_variants_required(unsigned id);
/* It reads, writes or asks about memory at an effective address. */
bool vector_row_accesses(unsigned id);
/* The row of @word, INSN_ILLEGAL for none; *@traps: the variant of an invalid form, or VARIANT_COUNT. */
unsigned vector_row_of(uint32_t word, VectorVariant *traps);

#endif
