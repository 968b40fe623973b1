/* SPDX-License-Identifier: MIT */
/*
 * The operand tokens of insn.def.
 *
 * rD rS rA rB general registers, A0 the same but 0 when the field is, dA d(rA); fD.. and vD..
 * likewise; cD cS CR fields; bD bA bB BI CR or FPSCR bits; SI UI 16 bits; TGT a branch target; the
 * rest carry the manual's names. The last rows are operands of simplified mnemonics only
 * (asm_alias.def): they have no field.
 */
#include "target-ppc/operands.h"

#include <glib.h>
#include <string.h>

static const PpcOperand OPERANDS[] = {
    {"rD", "r", OPERAND_REGISTER, 21, 5},    {"rS", "r", OPERAND_REGISTER, 21, 5},
    {"rA", "r", OPERAND_REGISTER, 16, 5},    {"rB", "r", OPERAND_REGISTER, 11, 5},
    {"A0", "r", OPERAND_BASE, 16, 5},        {"fD", "f", OPERAND_REGISTER, 21, 5},
    {"fS", "f", OPERAND_REGISTER, 21, 5},    {"fA", "f", OPERAND_REGISTER, 16, 5},
    {"fB", "f", OPERAND_REGISTER, 11, 5},    {"fC", "f", OPERAND_REGISTER, 6, 5},
    {"vD", "v", OPERAND_REGISTER, 21, 5},    {"vS", "v", OPERAND_REGISTER, 21, 5},
    {"vA", "v", OPERAND_REGISTER, 16, 5},    {"vB", "v", OPERAND_REGISTER, 11, 5},
    {"vC", "v", OPERAND_REGISTER, 6, 5},     {"cD", "cr", OPERAND_CR_FIELD, 23, 3},
    {"cS", "cr", OPERAND_CR_FIELD, 18, 3},   {"bD", "", OPERAND_UNSIGNED, 21, 5},
    {"bA", "", OPERAND_UNSIGNED, 16, 5},     {"bB", "", OPERAND_UNSIGNED, 11, 5},
    {"BO", "", OPERAND_UNSIGNED, 21, 5},     {"BI", "", OPERAND_UNSIGNED, 16, 5},
    {"TO", "", OPERAND_UNSIGNED, 21, 5},     {"SH", "", OPERAND_UNSIGNED, 11, 5},
    {"MB", "", OPERAND_UNSIGNED, 6, 5},      {"ME", "", OPERAND_UNSIGNED, 1, 5},
    {"SR", "", OPERAND_UNSIGNED, 16, 4},     {"CRM", "", OPERAND_UNSIGNED, 12, 8},
    {"FM", "", OPERAND_UNSIGNED, 17, 8},     {"IMM", "", OPERAND_UNSIGNED, 12, 4},
    {"STRM", "", OPERAND_UNSIGNED, 21, 2},   {"SHB", "", OPERAND_UNSIGNED, 6, 4},
    {"UIM", "", OPERAND_UNSIGNED, 16, 5},    {"UI", "", OPERAND_UNSIGNED, 0, 16},
    {"SI", "", OPERAND_SIGNED, 0, 16},       {"SIM", "", OPERAND_SIGNED, 16, 5},
    {"NB", "", OPERAND_COUNT, 11, 5},        {"SPR", "", OPERAND_SPR, 11, 10},
    {"dA", "r", OPERAND_DISPLACEMENT, 0, 0}, {"TGT", "", OPERAND_TARGET, 0, 0},
    {"L", "", OPERAND_UNSIGNED, 0, 0},       {"N2", "", OPERAND_UNSIGNED, 0, 2},
    {"N3", "", OPERAND_UNSIGNED, 0, 3},      {"b", "", OPERAND_UNSIGNED, 0, 5},
    {"n", "", OPERAND_UNSIGNED, 0, 6},
};

const PpcOperand *ppc_operand_find(const char *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(OPERANDS); i++) {
        const char *token = OPERANDS[i].token;
        if (token[0] == name[0] && strncmp(token, name, length) == 0 && token[length] == '\0') {
            return &OPERANDS[i];
        }
    }
    return NULL;
}
