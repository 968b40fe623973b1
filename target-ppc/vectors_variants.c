/* SPDX-License-Identifier: MIT */
/*
 * The variants of each row of insn.def, from its flags and operands.
 *
 * Source: PEM chapters 4, 6 and 8. Not here: exceptions that depend on where an operand lies beyond
 * "no translation"; the exception matrix has them.
 */
#include "target-ppc/decode.h"
#include "target-ppc/vectors_coverage.h"

const char *const VECTOR_VARIANT_NAMES[VARIANT_COUNT] = {
    [VARIANT_RUNS] = "runs",
    [VARIANT_RC] = "Rc",
    [VARIANT_RA0] = "rA=0",
    [VARIANT_NEGATIVE] = "imm<0",
    [VARIANT_TAKEN] = "taken",
    [VARIANT_NOT_TAKEN] = "not-taken",
    [VARIANT_TRAPS] = "traps",
    [VARIANT_PRIVILEGED] = "privileged",
    [VARIANT_FP_OFF] = "fp-off",
    [VARIANT_VEC_OFF] = "vec-off",
    [VARIANT_NO_ALTIVEC] = "no-altivec",
    [VARIANT_NOT_745X] = "not-745x",
    [VARIANT_RA0_TRAPS] = "rA=0-traps",
    [VARIANT_SAME_TRAPS] = "rA=rD-traps",
    [VARIANT_COUNT_TRAPS] = "counting-traps",
    [VARIANT_FP_ENABLED] = "fp-enabled",
    [VARIANT_TO_ZERO] = "RN=1",
    [VARIANT_UP] = "RN=2",
    [VARIANT_DOWN] = "RN=3",
    [VARIANT_DSI] = "dsi",
};

/* A whole word of the row's operand list. */
static bool has_token(const PpcInsn *row, const char *token)
{
    size_t length = strlen(token);
    for (const char *at = row->operands; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, token, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Loads, stores and the cache operations that ask for permission, by their manual section. */
bool vector_row_accesses(unsigned id)
{
    static const char *const sections[] = {"PEM 4.2.3.", "PEM 4.3.4", "AVPEM 4.2.3"};
    switch (id) {
    case INSN_lvsl:
    case INSN_lvsr:
        return false;
    case INSN_lwarx:
    case INSN_stwcx_:
    case INSN_dcbst:
    case INSN_dcbf:
    case INSN_dcbi:
    case INSN_dcbz:
    case INSN_icbi:
        return true;
    default:
        for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
            if (g_str_has_prefix(ppc_insn_row(id)->source, sections[i])) {
                return true;
            }
        }
        return false;
    }
}

/* Arithmetic whose result FPSCR[RN] rounds; estimates have one result only. */
static bool is_rounded(unsigned id)
{
    const PpcInsn *row = ppc_insn_row(id);
    bool is_estimate = id == INSN_fres || id == INSN_frsqrte;
    return (row->form == FORM_A && (row->flags & F_FPE) && !is_estimate) || id == INSN_frsp ||
           id == INSN_fctiw;
}

static uint32_t by_flags(uint32_t flags)
{
    static const struct {
        uint32_t flag;
        VectorVariant variant;
    } rows[] = {
        {F_RA0, VARIANT_RA0},
        {F_SUPER, VARIANT_PRIVILEGED},
        {F_FP, VARIANT_FP_OFF},
        {F_VEC, VARIANT_VEC_OFF},
        {F_ALTIVEC, VARIANT_NO_ALTIVEC},
        {F_745X, VARIANT_NOT_745X},
        {F_UPDATE, VARIANT_RA0_TRAPS},
        {F_UPDATE_D, VARIANT_SAME_TRAPS},
        {F_NO_COUNT, VARIANT_COUNT_TRAPS},
        {F_FPE, VARIANT_FP_ENABLED},
    };
    uint32_t variants = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        variants |= flags & rows[i].flag ? 1u << rows[i].variant : 0;
    }
    return variants;
}

uint32_t vector_variants_required(unsigned id)
{
    const PpcInsn *row = ppc_insn_row(id);
    const uint32_t records = F_RC_A | F_RC_D | F_RC_FP;
    uint32_t variants = by_flags(row->flags) | 1u << VARIANT_RUNS;
    if (row->form == FORM_VXR || ((row->flags & records) && !(row->flags & F_RC1))) {
        variants |= 1u << VARIANT_RC;
    }
    if (has_token(row, "SI") || has_token(row, "SIM") || has_token(row, "dA") ||
        has_token(row, "TGT")) {
        variants |= 1u << VARIANT_NEGATIVE;
    }
    if (has_token(row, "BO")) {
        variants ^= 1u << VARIANT_RUNS | 1u << VARIANT_TAKEN | 1u << VARIANT_NOT_TAKEN;
    }
    if (has_token(row, "TO")) {
        variants |= 1u << VARIANT_TRAPS;
    }
    if (id == INSN_mfspr || id == INSN_mtspr) {
        variants |= 1u << VARIANT_PRIVILEGED;
    }
    if (is_rounded(id)) {
        variants |= 1u << VARIANT_TO_ZERO | 1u << VARIANT_UP | 1u << VARIANT_DOWN;
    }
    if (id == INSN_mtfsb0) { /* clears: it cannot enable what is not enabled */
        variants &= ~(1u << VARIANT_FP_ENABLED);
    }
    if (id == INSN_tlbld || id == INSN_tlbli) { /* the search by software is not modelled */
        variants &= ~(1u << VARIANT_RUNS);
    }
    return variants | (vector_row_accesses(id) ? 1u << VARIANT_DSI : 0);
}

unsigned vector_row_of(uint32_t word, VectorVariant *traps)
{
    PpcOp op;
    *traps = VARIANT_COUNT;
    if (ppc_decode(word, &op)) {
        return op.id;
    }
    unsigned d = extract32(word, 21, 5), a = extract32(word, 16, 5);
    uint32_t updating = (word & 0xfc00ffffu) | 2 << 21 | 1 << 16, counting = word | 4 << 21;
    if (ppc_decode(updating, &op) && (ppc_insn_row(op.id)->flags & F_UPDATE)) {
        *traps = a == 0 ? VARIANT_RA0_TRAPS : a == d ? VARIANT_SAME_TRAPS : VARIANT_COUNT;
        return op.id;
    }
    if (ppc_decode(counting, &op) && (ppc_insn_row(op.id)->flags & F_NO_COUNT)) {
        *traps = VARIANT_COUNT_TRAPS;
        return op.id;
    }
    return INSN_ILLEGAL;
}
