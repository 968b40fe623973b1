/* SPDX-License-Identifier: MIT */
/* Random words of a row of insn.def, for tests of decoder, disassembler and assembler. */
#ifndef TESTS_UNIT_INSN_WORDS_H
#define TESTS_UNIT_INSN_WORDS_H

#include "target-ppc/decode.h"
#include "target-ppc/spr.h"

/* Bits that are operands for some instruction of the row's form; the rest selects the row. */
static inline uint32_t operand_bits(const PpcInsn *row)
{
    switch ((PpcForm)row->form) {
    case FORM_I:
    case FORM_B:
        return 0x03fffffc;
    case FORM_XL0:
    case FORM_XL1:
    case FORM_VX:
        return 0x03fff800;
    case FORM_X:
    case FORM_XSPR:
    case FORM_XCRM:
    case FORM_XFM:
    case FORM_XL:
        return 0x03fff801;
    case FORM_A:
    case FORM_VA:
        return row->form == FORM_A ? 0x03ffffc1 : 0x03ffffc0;
    case FORM_VXR:
        return 0x03fffc00;
    default:
        return 0x03ffffff;
    }
}

/* Operands that make the forms valid which trap otherwise. */
static inline uint32_t valid_operands(uint32_t insn, uint32_t flags)
{
    if (flags & (F_UPDATE | F_UPDATE_D)) {
        insn = deposit32(deposit32(insn, 16, 5, 4), 21, 5, 3);
    }
    if (flags & F_NO_COUNT) {
        insn |= 4u << 21;
    }
    return insn;
}

/* splitmix64: the same words in every run. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Register fields often equal or 0: simplified mnemonics and invalid forms live there. */
static inline uint32_t random_operands(uint64_t *state)
{
    uint32_t word = (uint32_t)next_random(state);
    uint32_t dice = (uint32_t)next_random(state), field = dice >> 8 & 31;
    if (!(dice & 3)) {
        word = deposit32(word, 21, 5, dice & 4 ? field : 0);
    }
    if (!(dice & 0x30)) {
        word = deposit32(word, 16, 5, dice & 4 ? field : 0);
    }
    if (!(dice & 0xc0)) {
        word = deposit32(word, 11, 5, dice & 4 ? field : 0);
    }
    if (!(dice & 0xe000)) {
        word = deposit32(word, 1, 10, dice & 0x10000 ? 31 : 0);
    }
    return word;
}

/* Every other time the number of a register that exists. */
static inline uint32_t random_spr(uint64_t *state)
{
    static const uint16_t numbers[] = {
#define SPR(number, name, ...) number,
#include "target-ppc/spr.def"
#undef SPR
    };
    uint64_t dice = next_random(state);
    return dice & 1 ? (uint32_t)(dice >> 8) & 1023 : numbers[(dice >> 8) % G_N_ELEMENTS(numbers)];
}

/* A word of row @id without reserved bits, stwcx. in its valid form. */
static inline uint32_t random_word(unsigned id, uint64_t *state)
{
    const PpcInsn *row = ppc_insn_row(id);
    uint32_t bits = operand_bits(row) & ~row->reserved;
    uint32_t word = ppc_insn_word(id) | (random_operands(state) & bits);
    if (row->form == FORM_XSPR) {
        uint32_t number = random_spr(state);
        word = deposit32(deposit32(word, 16, 5, number & 31), 11, 5, number >> 5);
    }
    word |= id == INSN_stwcx_ ? 1 : 0;
    PpcOp op;
    return ppc_decode(word, &op) ? word : valid_operands(word, row->flags);
}

#endif
