/* SPDX-License-Identifier: MIT */
/*
 * Boundedly undefined instruction forms, a rule each. The manual lets a processor do anything within
 * bounds; this one does one thing, which the rule names and docs/cpu-accuracy.md lists. The rules only
 * report: decode.c and sem_*.h do it.
 *
 * Source: PEM 4.1.3, 4.2.4.2 (BO) and the pages of chapter 8. Not here: results that are undefined
 * though the form is valid (divw by 0), missing synchronisation.
 */
#include "target-ppc/undefined.h"

#include "target-ppc/decode.h"
#include "target-ppc/spr.h"
#include "util/bits.h"
#include "util/log.h"

/* The word as it stands: unlike PpcOp, also of forms that trap. */
typedef struct Word {
    const PpcEnv *env;
    const PpcInsn *row;
    uint32_t insn;
    unsigned id, d, a, b;
} Word;

static bool is_no_row(const Word *word) { return word->id == INSN_ILLEGAL; }

static bool sets_reserved_bits(const Word *word) { return word->insn & word->row->reserved; }

static bool updates_no_register(const Word *word)
{
    return (word->row->flags & F_UPDATE) && word->a == 0;
}

static bool updates_its_target(const Word *word)
{
    return (word->row->flags & F_UPDATE_D) && word->a == word->d;
}

/* r31 is followed by r0. */
static bool is_loaded(const Word *word, unsigned number, unsigned count)
{
    return ((number - word->d) & 31) < count;
}

static bool loads_its_base(const Word *word)
{
    switch (word->id) {
    case INSN_lmw:
        return word->a >= word->d;
    case INSN_lswi:
        return is_loaded(word, word->a, ((word->b ? word->b : 32) + 3) / 4);
    case INSN_lswx: {
        unsigned count = MAX(1, (word->env->xer_count + 3) / 4);
        return is_loaded(word, word->a, count) || is_loaded(word, word->b, count);
    }
    default:
        return false;
    }
}

static bool loads_nothing(const Word *word)
{
    return word->id == INSN_lswx && word->env->xer_count == 0;
}

static bool lacks_record_bit(const Word *word)
{
    return word->id == INSN_stwcx_ && !(word->insn & 1);
}

static bool counts_and_jumps_to_ctr(const Word *word)
{
    return (word->row->flags & F_NO_COUNT) && !(word->d & 4);
}

/* The z bits of BO; the fields that they are in depend on the two bits that ignore CR and CTR. */
static bool sets_z_bits(const Word *word)
{
    bool has_bo = g_str_has_prefix(word->row->operands, "BO,");
    bool ignores_cr = word->d & 16, ignores_ctr = word->d & 4;
    unsigned z = (ignores_cr ? 8u : 0) | (ignores_ctr ? 2u : 0) |
                 (ignores_cr && ignores_ctr ? 1u : 0);
    return has_bo && (word->d & z);
}

static bool is_sc_without_its_bit(const Word *word)
{
    return word->id == INSN_sc && !(word->insn & 2);
}

static bool names_no_register(const Word *word)
{
    unsigned number = word->a | word->b << 5;
    if (word->id == INSN_mftb) {
        return number != SPR_TBL && number != SPR_TBU;
    }
    return (word->id == INSN_mfspr || word->id == INSN_mtspr) && !ppc_spr_name(word->env, number);
}

static const struct {
    bool (*breaks)(const Word *word);
    PpcUndefinedForm form;
} RULES[] = {
    {is_no_row, {"no instruction", "program exception"}},
    {sets_reserved_bits, {"reserved bits set", "they are ignored"}},
    {updates_no_register, {"update form with rA = 0", "program exception"}},
    {updates_its_target, {"load with update, rA = rD", "program exception"}},
    {loads_its_base, {"rA or rB among the registers loaded", "loaded like the others"}},
    {loads_nothing, {"lswx of 0 bytes", "rD is left as it is"}},
    {lacks_record_bit, {"stwcx. without Rc", "it is stwcx."}},
    {counts_and_jumps_to_ctr, {"bcctr that decrements CTR", "program exception"}},
    {sets_z_bits, {"BO with a z bit set", "the bit is ignored"}},
    {is_sc_without_its_bit, {"sc with bit 30 clear", "it is sc"}},
    {names_no_register, {"SPR that this model does not have", "program exception"}},
};

const PpcUndefinedForm *ppc_undefined_rule(unsigned number)
{
    return number < G_N_ELEMENTS(RULES) ? &RULES[number].form : NULL;
}

static Word take_apart(const PpcEnv *env, uint32_t insn)
{
    unsigned id = ppc_insn_find(insn);
    return (Word){.env = env,
                  .row = ppc_insn_row(id),
                  .insn = insn,
                  .id = id,
                  .d = extract32(insn, 21, 5),
                  .a = extract32(insn, 16, 5),
                  .b = extract32(insn, 11, 5)};
}

const PpcUndefinedForm *ppc_undefined_form(const PpcEnv *env, uint32_t insn, unsigned which)
{
    Word word = take_apart(env, insn);
    for (size_t i = 0; i < G_N_ELEMENTS(RULES); i++) {
        if (RULES[i].breaks(&word) && which-- == 0) {
            return &RULES[i].form;
        }
    }
    return NULL;
}

void ppc_undefined_report(const PpcEnv *env, uint32_t insn)
{
    Word word = take_apart(env, insn);
    for (size_t i = 0; i < G_N_ELEMENTS(RULES); i++) {
        if (RULES[i].breaks(&word)) {
            log_if(LOG_UNDEF, "cpu", (uint64_t)env->pc << 8 | i, "%08x (%s): %s; %s", insn,
                   word.row->mnemonic, RULES[i].form.form, RULES[i].form.done);
        }
    }
}
