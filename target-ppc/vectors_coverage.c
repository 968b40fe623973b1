/* SPDX-License-Identifier: MIT */
/*
 * Which rows of insn.def, in which variants, the passing cases verify, and by what source.
 *
 * A case counts for the row of its last word in the variant that its outcome shows, and for the rows of
 * the words before, which ran. Source: none (own design).
 */
#include "target-ppc/vectors_coverage.h"

#include "target-ppc/decode.h"
#include "target-ppc/spr.h"

typedef struct Count {
    unsigned cases; /* with a source that counts */
    unsigned sources;
} Count;

struct VectorCoverage {
    Count counts[INSN_COUNT][VARIANT_COUNT];
    VectorSprCoverage *sprs;
};

VectorCoverage *vector_coverage_new(void)
{
    VectorCoverage *coverage = g_new0(VectorCoverage, 1);
    coverage->sprs = vector_spr_coverage_new();
    return coverage;
}

void vector_coverage_free(VectorCoverage *coverage)
{
    vector_spr_coverage_free(coverage->sprs);
    g_free(coverage);
}

/* --- what a case shows ---------------------------------------------------------------------------- */

static bool is_negative(uint32_t word, const PpcInsn *row)
{
    switch ((PpcForm)row->form) {
    case FORM_I:
        return word >> 25 & 1;
    case FORM_VX:
        return word >> 20 & 1;
    default:
        return word >> 15 & 1;
    }
}

/* What the operands of a word that ran say. */
static uint32_t operand_variants(uint32_t word, unsigned id)
{
    const PpcInsn *row = ppc_insn_row(id);
    uint32_t shown = 1u << VARIANT_RUNS;
    if (row->form == FORM_VXR ? word >> 10 & 1 : word & 1) {
        shown |= 1u << VARIANT_RC;
    }
    if (extract32(word, 16, 5) == 0) {
        shown |= 1u << VARIANT_RA0;
    }
    if (is_negative(word, row)) {
        shown |= 1u << VARIANT_NEGATIVE;
    }
    return shown;
}

static uint32_t program_variants(const VectorCase *test, unsigned id, VectorVariant traps)
{
    uint32_t reason = test->out.spr[SPR_SRR1];
    uint32_t flags = ppc_insn_row(id)->flags, features = test->model->features;
    if (reason & PPC_PROGRAM_PRIVILEGED) {
        return 1u << VARIANT_PRIVILEGED;
    }
    if (reason & PPC_PROGRAM_TRAP) {
        return 1u << VARIANT_TRAPS;
    }
    if (reason & PPC_PROGRAM_FP) {
        return 1u << VARIANT_FP_ENABLED;
    }
    if (traps != VARIANT_COUNT) {
        return 1u << traps;
    }
    if ((flags & F_ALTIVEC) && !(features & PPC_FEATURE_ALTIVEC)) {
        return 1u << VARIANT_NO_ALTIVEC;
    }
    if ((flags & F_745X) && !(features & PPC_FEATURE_745X)) {
        return 1u << VARIANT_NOT_745X;
    }
    return id == INSN_ILLEGAL ? 1u << VARIANT_RUNS : 0;
}

static uint32_t rounding_variant(const VectorCase *test)
{
    unsigned mode = test->in.scalar[SCALAR_FPSCR] & 3;
    return mode ? 1u << (VARIANT_TO_ZERO + mode - 1) : 0;
}

static uint32_t outcome_variants(const VectorCase *test, unsigned id, VectorVariant traps)
{
    uint32_t word = test->words[test->word_count - 1];
    uint32_t next = test->in.scalar[SCALAR_PC] + 4 * test->word_count;
    switch (test->has_exception ? test->exception & 0xfffff : 0) {
    case 0:
        return operand_variants(word, id) | rounding_variant(test) |
               (test->out.scalar[SCALAR_PC] == next ? 1u << VARIANT_NOT_TAKEN
                                                    : 1u << VARIANT_TAKEN);
    case PPC_VECTOR_PROGRAM:
        return program_variants(test, id, traps);
    case PPC_VECTOR_FP_UNAVAILABLE:
        return 1u << VARIANT_FP_OFF;
    case PPC_VECTOR_VEC_UNAVAILABLE:
        return 1u << VARIANT_VEC_OFF;
    case PPC_VECTOR_DSI:
        return 1u << VARIANT_DSI;
    case PPC_VECTOR_SYSTEM_CALL:
        return id == INSN_sc ? 1u << VARIANT_RUNS : 0;
    default:
        return 0;
    }
}

void vector_coverage_note(VectorCoverage *coverage, const VectorCase *test)
{
    vector_spr_coverage_note(coverage->sprs, test);
    for (unsigned i = 0; i < test->word_count && test->has_out; i++) {
        VectorVariant traps;
        unsigned id = vector_row_of(test->words[i], &traps);
        uint32_t shown = i + 1 < test->word_count ? operand_variants(test->words[i], id)
                                                  : outcome_variants(test, id, traps);
        for (unsigned variant = 0; variant < VARIANT_COUNT; variant++) {
            if (shown >> variant & 1) {
                Count *count = &coverage->counts[id][variant];
                count->cases += (test->sources & ~(unsigned)VECTOR_SOURCE_SELF) != 0;
                count->sources |= test->sources;
            }
        }
    }
}

/* --- the report ----------------------------------------------------------------------------------- */

static bool is_verified(const Count *count)
{
    return (count->sources & ~(unsigned)VECTOR_SOURCE_SELF) != 0;
}

static bool is_qemu_only(const Count *count)
{
    return (count->sources & ~(unsigned)VECTOR_SOURCE_SELF) == VECTOR_SOURCE_QEMU;
}

static void print_sources(unsigned sources, GString *out)
{
    const char *separator = " ";
    for (unsigned i = 0; i < VECTOR_SOURCES; i++) {
        if (sources >> i & 1) {
            g_string_append_printf(out, "%s%s", separator, VECTOR_SOURCE_NAMES[i]);
            separator = ",";
        }
    }
}

typedef struct Totals {
    unsigned variants, verified, rows, rows_verified;
    GString *missing, *qemu; /* "ROW VARIANT" a line */
} Totals;

static void print_row(const VectorCoverage *coverage, unsigned id, Totals *totals, GString *out)
{
    const char *name = ppc_insn_row(id)->mnemonic, *separator = " ";
    uint32_t required = vector_variants_required(id);
    bool all = true;
    g_string_append_printf(out, "%-11s", name);
    for (unsigned variant = 0; variant < VARIANT_COUNT; variant++) {
        const Count *count = &coverage->counts[id][variant];
        if (!(required >> variant & 1)) {
            continue;
        }
        g_string_append_printf(out, "%s%s %u", separator, VECTOR_VARIANT_NAMES[variant],
                               count->cases);
        print_sources(count->sources, out);
        separator = "; ";
        totals->variants++;
        totals->verified += is_verified(count);
        all &= is_verified(count);
        if (!is_verified(count)) {
            g_string_append_printf(totals->missing, "unverified: %s %s\n", name,
                                   VECTOR_VARIANT_NAMES[variant]);
        } else if (is_qemu_only(count)) {
            g_string_append_printf(totals->qemu, "only qemu: %s %s\n", name,
                                   VECTOR_VARIANT_NAMES[variant]);
        }
    }
    g_string_append_c(out, '\n');
    totals->rows++;
    totals->rows_verified += all;
}

bool vector_coverage_print(const VectorCoverage *coverage, GString *out)
{
    g_autoptr(GString) missing = g_string_new(NULL), qemu = g_string_new(NULL);
    Totals totals = {.missing = missing, .qemu = qemu};
    for (unsigned id = 0; id < INSN_COUNT; id++) {
        print_row(coverage, id, &totals, out);
    }
    g_string_append_printf(out, "%s%s", qemu->str, missing->str);
    g_string_append_printf(out, "not modelled, hence no \"runs\": tlbld, tlbli\n");
    bool sprs = vector_spr_coverage_print(coverage->sprs, out);
    g_string_append_printf(out, "variants %u, verified %u, unverified %u\n", totals.variants,
                           totals.verified, totals.variants - totals.verified);
    g_string_append_printf(out, "rows %u, verified %u, unverified %u\n", totals.rows,
                           totals.rows_verified, totals.rows - totals.rows_verified);
    return sprs && totals.rows == totals.rows_verified;
}
