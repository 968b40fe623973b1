/* SPDX-License-Identifier: MIT */
/*
 * Assembler text from the rows of insn.def, for words that capstone does not know.
 *
 * Source: PEM chapter 8, AltiVec PEM chapter 6 (operand order). Not here: simplified mnemonics.
 *
 * Operand tokens: rD rS rA rB general registers, A0 the same but 0 when the field is, dA d(rA);
 * fD.. and vD.. likewise; cD cS CR fields; bD bA bB CR or FPSCR bits; SI UI 16 bits; TGT a branch
 * target; the rest carry the manual's names.
 */
#include "target-ppc/decode.h"

static void put_displacement(GString *out, uint32_t insn)
{
    unsigned a = extract32(insn, 16, 5);
    g_string_append_printf(out, a ? "%d(r%u)" : "%d(0)", sextract32(insn, 0, 16), a);
}

static void put_target(GString *out, uint32_t insn, uint32_t pc)
{
    bool is_conditional = insn >> 26 == 16, is_absolute = insn >> 1 & 1;
    int32_t offset = is_conditional ? sextract32(insn, 2, 14) * 4 : sextract32(insn, 2, 24) * 4;
    g_string_append_printf(out, "0x%x", (is_absolute ? 0 : pc) + (uint32_t)offset);
}

/* Fields that print as one number, or one letter and a number. */
static const struct {
    const char *token, *prefix;
    uint8_t start, length;
} FIELDS[] = {
    {"rD", "r", 21, 5}, {"rS", "r", 21, 5}, {"rA", "r", 16, 5},  {"rB", "r", 11, 5},
    {"fD", "f", 21, 5}, {"fS", "f", 21, 5}, {"fA", "f", 16, 5},  {"fB", "f", 11, 5},
    {"fC", "f", 6, 5},  {"vD", "v", 21, 5}, {"vS", "v", 21, 5},  {"vA", "v", 16, 5},
    {"vB", "v", 11, 5}, {"vC", "v", 6, 5},  {"cD", "cr", 23, 3}, {"cS", "cr", 18, 3},
    {"bD", "", 21, 5},  {"bA", "", 16, 5},  {"bB", "", 11, 5},   {"UI", "", 0, 16},
    {"BO", "", 21, 5},  {"BI", "", 16, 5},  {"TO", "", 21, 5},   {"SH", "", 11, 5},
    {"MB", "", 6, 5},   {"ME", "", 1, 5},   {"SR", "", 16, 4},   {"CRM", "", 12, 8},
    {"FM", "", 17, 8},  {"IMM", "", 12, 4}, {"STRM", "", 21, 2}, {"SHB", "", 6, 4},
    {"UIM", "", 16, 5},
};

static void put_field(GString *out, const char *token, uint32_t insn)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
        if (strcmp(token, FIELDS[i].token) == 0) {
            uint32_t value = extract32(insn, FIELDS[i].start, FIELDS[i].length);
            g_string_append_printf(out, "%s%u", FIELDS[i].prefix, value);
            return;
        }
    }
    g_assert_not_reached();
}

static void put_operand(GString *out, const char *token, const PpcOp *op, uint32_t pc)
{
    uint32_t insn = op->insn;
    if (strcmp(token, "dA") == 0) {
        put_displacement(out, insn);
    } else if (strcmp(token, "TGT") == 0) {
        put_target(out, insn, pc);
    } else if (strcmp(token, "SI") == 0) {
        g_string_append_printf(out, "%d", sextract32(insn, 0, 16));
    } else if (strcmp(token, "SIM") == 0) {
        g_string_append_printf(out, "%d", op->imm);
    } else if (strcmp(token, "SPR") == 0) {
        g_string_append_printf(out, "%d", op->imm);
    } else if (strcmp(token, "NB") == 0) {
        g_string_append_printf(out, "%u", op->b ? op->b : 32u);
    } else if (strcmp(token, "A0") == 0 && op->a == 32) {
        g_string_append_c(out, '0');
    } else {
        put_field(out, strcmp(token, "A0") == 0 ? "rA" : token, insn);
    }
}

static bool is_record_form(const PpcInsn *row, uint32_t insn)
{
    if (row->form == FORM_VXR) {
        return insn >> 10 & 1;
    }
    return (row->flags & (F_RC_A | F_RC_D | F_RC_FP)) && !(row->flags & F_RC1) && (insn & 1);
}

bool ppc_disasm_row(uint32_t insn, uint32_t pc, GString *out)
{
    PpcOp op;
    if (!ppc_decode(insn, &op)) {
        g_string_append_printf(out, ".long 0x%08x", insn);
        return false;
    }
    const PpcInsn *row = ppc_insn_row(op.id);
    g_string_append(out, row->mnemonic);
    if (is_record_form(row, insn)) {
        g_string_append_c(out, '.');
    }
    g_auto(GStrv) tokens = g_strsplit(row->operands, ",", -1);
    for (char **token = tokens; *token; token++) {
        g_string_append(out, token == tokens ? " " : ", ");
        put_operand(out, *token, &op, pc);
    }
    return true;
}
