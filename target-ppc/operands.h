/* SPDX-License-Identifier: MIT */
/*
 * What the operand tokens of insn.def mean: one table for disassembler, assembler and docs.
 *
 * Source: PEM chapter 8, AltiVec PEM chapter 6.
 */
#ifndef TARGET_PPC_OPERANDS_H
#define TARGET_PPC_OPERANDS_H

#include <stddef.h>
#include <stdint.h>

typedef enum PpcOperandKind {
    OPERAND_REGISTER,     /* prefix and number */
    OPERAND_BASE,         /* the same, but 0 stands for the value 0 (rA|0) */
    OPERAND_CR_FIELD,     /* "cr7" */
    OPERAND_UNSIGNED,     /* a number; CR and FPSCR bits are numbers too */
    OPERAND_SIGNED,       /* a number in two's complement */
    OPERAND_COUNT,        /* 1 to 32, 32 as 0: bytes of lswi, stswi */
    OPERAND_SPR,          /* 10 bits in two halves, low half first */
    OPERAND_DISPLACEMENT, /* "d(rA)": 16 bits and the register field a */
    OPERAND_TARGET,       /* of a branch: forms I and B */
} PpcOperandKind;

typedef struct PpcOperand {
    const char *token;
    const char *prefix; /* of the register names */
    uint8_t kind;       /* PpcOperandKind */
    uint8_t start, length;
} PpcOperand;

/* The operand of the token @name (@length characters); NULL: no such token. */
const PpcOperand *ppc_operand_find(const char *name, size_t length);

#endif
