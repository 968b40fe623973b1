/* SPDX-License-Identifier: MIT */
/*
 * Which special purpose registers the passing cases verify: read, written, asked for in user mode, and
 * on a model without them. Rows come from spr.def.
 */
#include "target-ppc/decode.h"
#include "target-ppc/vectors_coverage.h"
#include "target-ppc/vectors_internal.h"

typedef enum Use { USE_READ, USE_WRITE, USE_USER, USE_ABSENT, USE_COUNT } Use;

static const char *const USE_NAMES[USE_COUNT] = {"read", "write", "user", "absent"};

struct VectorSprCoverage {
    uint8_t sources[1024][USE_COUNT];
};

#define SPR(number, name, access, needs, mask, read, write, source) {number, #name},
static const struct {
    uint16_t number;
    const char *name;
} ROWS[] = {
#include "target-ppc/spr.def"
};
#undef SPR

VectorSprCoverage *vector_spr_coverage_new(void) { return g_new0(VectorSprCoverage, 1); }
void vector_spr_coverage_free(VectorSprCoverage *coverage) { g_free(coverage); }

void vector_spr_coverage_note(VectorSprCoverage *coverage, const VectorCase *test)
{
    const PpcEnv env = {.model = test->model};
    for (unsigned i = 0; i < test->word_count && test->has_out; i++) {
        PpcOp op;
        ppc_decode(test->words[i], &op);
        bool reads = op.id == INSN_mfspr || op.id == INSN_mftb;
        if (!reads && op.id != INSN_mtspr) {
            continue;
        }
        Use use = (test->in.scalar[SCALAR_MSR] & BIT(MSR_PR)) ? USE_USER
                  : !ppc_spr_name(&env, (unsigned)op.imm)     ? USE_ABSENT
                  : reads                                     ? USE_READ
                                                              : USE_WRITE;
        coverage->sources[op.imm & 1023][use] |= (uint8_t)test->sources;
    }
}

/* Some model has no such register. */
static bool may_be_absent(unsigned number)
{
    static const char *const models[] = {"750", "7400", "7450", "7455"};
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        const PpcEnv env = {.model = ppc_model_find(models[i], &error_abort)};
        if (!ppc_spr_name(&env, number)) {
            return true;
        }
    }
    return false;
}

bool vector_spr_coverage_print(const VectorSprCoverage *coverage, GString *out)
{
    unsigned verified = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        unsigned number = ROWS[i].number, missing = 0;
        for (unsigned use = 0; use < USE_COUNT; use++) {
            bool is_needed = use != USE_ABSENT || may_be_absent(number);
            if (is_needed && !(coverage->sources[number][use] & ~VECTOR_SOURCE_SELF)) {
                g_string_append_printf(out, "unverified: SPR %s %s\n", ROWS[i].name,
                                       USE_NAMES[use]);
                missing++;
            }
        }
        verified += missing == 0;
    }
    unsigned count = G_N_ELEMENTS(ROWS);
    g_string_append_printf(out, "SPRs %u, verified %u, unverified %u\n", count, verified,
                           count - verified);
    return verified == count;
}
