/* SPDX-License-Identifier: MIT */
/* From an instruction word to its row of insn.def and its operands. Pure functions of the word. */
#ifndef TARGET_PPC_DECODE_H
#define TARGET_PPC_DECODE_H

#include "target-ppc/insn.h"

/*
 * Fill *@op: fields d, a, b, c are the four register fields from the left (d a CR field number with
 * F_CRFD, a = 32 with F_RA0 and field 0), imm as insn.h says for the form. False: no such instruction
 * on any model, or an invalid form that traps (op->id is INSN_ILLEGAL). Whether the model has it is
 * for the row's flags to say.
 */
bool ppc_decode(uint32_t insn, PpcOp *op);

/* The row that @insn belongs to, also when it is an invalid form that traps. */
unsigned ppc_insn_find(uint32_t insn);

/* The row of op->id; INSN_ILLEGAL has one too. */
const PpcInsn *ppc_insn_row(unsigned id);

/* The word of row @id with every operand 0. */
uint32_t ppc_insn_word(unsigned id);

/*
 * Assembler text from the table ("lwz r3, 8(r1)"), as disassemblers print it but without simplified
 * mnemonics; false (and ".long 0x...") if @insn does not decode. @pc makes branch targets absolute.
 */
bool ppc_disasm_row(uint32_t insn, uint32_t pc, GString *out);

/* As capstone prints it; false (and nothing): capstone does not know the word. */
bool ppc_disasm_capstone(uint32_t insn, uint32_t pc, GString *out);

/* For the console and the logs: capstone's text if it assembles to @insn, else the table's. */
void ppc_disasm(uint32_t insn, uint32_t pc, GString *out);

#endif
