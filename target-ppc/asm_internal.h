/* SPDX-License-Identifier: MIT */
/* Between the files of the assembler: the line, expressions, simplified mnemonics. */
#ifndef TARGET_PPC_ASM_INTERNAL_H
#define TARGET_PPC_ASM_INTERNAL_H

#include "target-ppc/insn.h"

#include <string.h>

enum { ASM_MAX_OPERANDS = 5, ASM_TEXT_SIZE = 48 };

/* A piece of the line. */
typedef struct AsmSpan {
    const char *start;
    size_t length;
} AsmSpan;

typedef struct AsmLine {
    const char *text;
    target_addr pc;
    AsmSpan mnemonic;
    AsmSpan operands[ASM_MAX_OPERANDS];
    unsigned count;
    Error **errp;
} AsmLine;

/* What a mnemonic stands for. */
typedef struct AsmForm {
    unsigned id;                   /* row of insn.def */
    uint32_t bits;                 /* set besides the operands: Rc, T of dstt */
    char hint;                     /* '+' or '-': expected taken or not; 0: none given */
    char tokens[ASM_TEXT_SIZE];    /* operands as written */
    char expansion[ASM_TEXT_SIZE]; /* the row's operands, $1 is the first written; "": the same */
} AsmForm;

/* error_setg() with the column of @at before the message; always false. */
bool asm_fail(const AsmLine *line, const char *at, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* What an expression may refer to besides numbers, crN, lt, gt, eq, so and un. */
typedef struct AsmNames {
    const int64_t *values; /* of $1, $2...; NULL: none */
    bool has_pc;           /* "." is line->pc */
} AsmNames;

/* Evaluate @span, sums of products; "&" binds weakest. */
bool asm_evaluate(const AsmLine *line, AsmSpan span, const AsmNames *names, int64_t *value);

/* Find the @which'th (0, 1...) form of the simplified mnemonic of the line; false: no more of them. */
bool asm_alias_find(const AsmLine *line, unsigned which, AsmForm *form);
/* The same for the families of branches and traps, of which the operand count picks one. */
bool asm_branch_find(const AsmLine *line, AsmForm *form);
/* mfNAME, mtNAME for the registers of spr.def. */
bool asm_spr_find(const AsmLine *line, AsmForm *form);
/* SPR number of @span as a name of spr.def on any model; -1: no such name. */
int asm_spr_number(AsmSpan span);
/* Add simplified mnemonics to @names, for the nearest one. */
void asm_alias_names(GPtrArray *names);
void asm_branch_names(GPtrArray *names);
/* Cut a branch's "+" or "-" off @mnemonic; 0: it has none. */
char asm_take_hint(AsmSpan *mnemonic);
/* The bit that makes row @id a record form; 0: it has none. */
uint32_t asm_record_bit(unsigned id);
/* @written is @name, or @name and a dot: then *@bits is the record bit of row @id. */
bool asm_mnemonic_is(AsmSpan written, const char *name, unsigned id, uint32_t *bits);

static inline bool asm_span_is(AsmSpan span, const char *text)
{
    return strlen(text) == span.length && strncmp(span.start, text, span.length) == 0;
}

#endif
