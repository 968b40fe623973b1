/* SPDX-License-Identifier: MIT */
/*
 * Assembler text from the rows of insn.def, for words that capstone does not know.
 *
 * Source: PEM chapter 8, AltiVec PEM chapter 6 (operand order). Operand tokens: operands.c. Not here:
 * simplified mnemonics.
 */
#include "target-ppc/decode.h"
#include "target-ppc/operands.h"

enum { STREAM_T = 1 << 25 };

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

static void put_operand(GString *out, const char *token, const PpcOp *op, uint32_t pc)
{
    const PpcOperand *operand = ppc_operand_find(token, strlen(token));
    bool has_field = operand->length > 0;
    uint32_t value = has_field ? extract32(op->insn, operand->start, operand->length) : 0;
    switch ((PpcOperandKind)operand->kind) {
    case OPERAND_DISPLACEMENT:
        put_displacement(out, op->insn);
        break;
    case OPERAND_TARGET:
        put_target(out, op->insn, pc);
        break;
    case OPERAND_SIGNED:
        g_string_append_printf(out, "%d", sextract32(op->insn, operand->start, operand->length));
        break;
    case OPERAND_SPR:
        g_string_append_printf(out, "%d", op->imm);
        break;
    case OPERAND_COUNT:
        g_string_append_printf(out, "%u", value ? value : 32u);
        break;
    case OPERAND_BASE:
        if (value == 0) {
            g_string_append_c(out, '0');
            break;
        }
        G_GNUC_FALLTHROUGH;
    case OPERAND_REGISTER:
    case OPERAND_CR_FIELD:
    case OPERAND_UNSIGNED:
        g_string_append_printf(out, "%s%u", operand->prefix, value);
        break;
    }
}

static bool is_record_form(const PpcInsn *row, uint32_t insn)
{
    if (row->form == FORM_VXR) {
        return insn >> 10 & 1;
    }
    return (row->flags & (F_RC_A | F_RC_D | F_RC_FP)) && !(row->flags & F_RC1) && (insn & 1);
}

/* The T bit of the stream touches has a mnemonic of its own, and dssall no operand. */
static bool is_transient(const PpcOp *op)
{
    bool is_touch = op->id == INSN_dst || op->id == INSN_dstst || op->id == INSN_dss;
    return is_touch && (op->insn & STREAM_T);
}

static void put_mnemonic(GString *out, const PpcOp *op, const PpcInsn *row)
{
    g_string_append(out, row->mnemonic);
    if (is_transient(op)) {
        g_string_append(out, op->id == INSN_dss ? "all" : "t");
    } else if (is_record_form(row, op->insn)) {
        g_string_append_c(out, '.');
    }
}

bool ppc_disasm_row(uint32_t insn, uint32_t pc, GString *out)
{
    PpcOp op;
    if (!ppc_decode(insn, &op)) {
        g_string_append_printf(out, ".long 0x%08x", insn);
        return false;
    }
    const PpcInsn *row = ppc_insn_row(op.id);
    put_mnemonic(out, &op, row);
    if (op.id == INSN_dss && is_transient(&op)) {
        return true;
    }
    g_auto(GStrv) tokens = g_strsplit(row->operands, ",", -1);
    for (char **token = tokens; *token; token++) {
        g_string_append(out, token == tokens ? " " : ", ");
        put_operand(out, *token, &op, pc);
    }
    return true;
}
