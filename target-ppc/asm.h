/* SPDX-License-Identifier: MIT */
/* The assembler: one line of text to one instruction word, from the rows of insn.def. */
#ifndef TARGET_PPC_ASM_H
#define TARGET_PPC_ASM_H

#include "target-ppc/cpu.h"

/*
 * Assemble @text ("add. r3, r4, r5", "beq cr7, 0x1000", "lwz r3, 8(r1)", ".long 0x60000000"), which
 * stands at @pc: branch targets are addresses ("0x1000"), or relative to it (". - 8"). False: *errp
 * says what is wrong, beginning with its column ("column 9: SI is 40000, accepted -32768 to 32767").
 *
 * Mnemonics: those of insn.def with record and OE forms, and the simplified ones of PEM appendix F and
 * asm_alias.def. Numbers are decimal, hexadecimal or octal and may be sums of products; CR bits may be
 * written "4*cr7+eq", SPRs as numbers or names of spr.def. Registers need their letter. Models and
 * invalid forms (lwzu with rA = 0) are not looked at: tests want them. Pure; any thread.
 */
bool ppc_assemble(const char *text, target_addr pc, uint32_t *word, Error **errp);

#endif
