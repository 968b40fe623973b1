/* SPDX-License-Identifier: MIT */
/*
 * The instruction table as C: numbers, flags and rows of insn.def, and what semantics return.
 *
 * Source: PEM chapters 4 and 8; AltiVec PEM chapter 6. Rows are facts; decode.c finds them, step.c
 * executes them, disasm.c prints them.
 */
#ifndef TARGET_PPC_INSN_H
#define TARGET_PPC_INSN_H

#include "target-ppc/cpu.h"

/* How a word is matched, and what PpcOp.imm holds after decoding. */
typedef enum PpcForm {
    FORM_D,    /* primary; imm = 16 bits, signed */
    FORM_DU,   /* primary; imm = 16 bits, unsigned */
    FORM_DS,   /* primary; imm = 16 bits << 16 */
    FORM_I,    /* primary, AA and LK; imm = displacement, or target when AA */
    FORM_B,    /* the same for bc */
    FORM_SC,   /* primary */
    FORM_M,    /* primary; imm = mask from MB and ME, b = SH or rB */
    FORM_X,    /* primary 31 or 63, 10 bits of xo (an OE bit is the highest of them) */
    FORM_XSPR, /* the same; imm = SPR or TBR number */
    FORM_XCRM, /* the same; imm = CRM, 8 bits, field 0 highest */
    FORM_XFM,  /* the same; imm = FM, 8 bits, field 0 highest */
    FORM_XL,   /* primary 19, 10 bits of xo */
    FORM_XL0,  /* the same with LK = 0 */
    FORM_XL1,  /* the same with LK = 1 */
    FORM_A,    /* primary 59 or 63, 5 bits of xo */
    FORM_VX,   /* primary 4, 11 bits of xo; imm = rA field, signed */
    FORM_VXR,  /* primary 4, 10 bits of xo; imm = Rc, bit 10 */
    FORM_VA,   /* primary 4, 6 bits of xo */
} PpcForm;

enum {
    F_NONE = 0,
    F_RC_A = 1 << 0,     /* bit 0 set: CR0 from the register in field a */
    F_RC_D = 1 << 1,     /* the same, field d */
    F_RC_FP = 1 << 2,    /* bit 0 set: CR1 from FPSCR[0:3] */
    F_RC1 = 1 << 16,     /* always a record form */
    F_INLINE = 1 << 17,  /* the engine has a handler for it: no calls on its way */
    F_RA0 = 1 << 3,      /* rA|0: a = 32 when the field is 0 */
    F_CRFD = 1 << 4,     /* d is a CR field number */
    F_UPDATE = 1 << 5,   /* rA = 0 is an invalid form that traps */
    F_UPDATE_D = 1 << 6, /* so is rA = rD */
    F_NO_COUNT = 1 << 7, /* a BO that decrements CTR is an invalid form that traps */
    F_SUPER = 1 << 8,    /* privileged */
    F_FP = 1 << 9,       /* needs MSR[FP] */
    F_FPE = 1 << 10,     /* may change FPSCR[FEX]: enabled exceptions are taken after it */
    F_ALTIVEC = 1 << 11, /* exists only on models with AltiVec */
    F_VEC = 1 << 12,     /* needs MSR[VEC] (and F_ALTIVEC) */
    F_INEXACT = 1 << 18, /* AltiVec that rounds: leaves a trace in the host's FPU (fpu_lazy.h) */
    F_745X = 1 << 13,    /* exists only on the 7441 to 7457 family */
    F_BRANCH = 1 << 14,  /* MSR[BE] traces it */
    F_MSR = 1 << 15,     /* writes MSR: may enable floating-point exceptions that are pending */
};

typedef enum PpcInsnId {
    INSN_ILLEGAL, /* no row: a program exception */
#define INSN(id, ...) INSN_##id,
#include "target-ppc/insn.def"
#undef INSN
    INSN_COUNT,
} PpcInsnId;

typedef struct PpcInsn {
    const char *mnemonic;
    const char *operands; /* tokens of disasm.c, comma between */
    const char *source;   /* manual and section */
    uint32_t flags;
    uint32_t reserved; /* bits that the manual wants 0; ignored, as 74xx parts do */
    uint16_t xo;
    uint8_t primary;
    uint8_t form; /* PpcForm */
} PpcInsn;

/* What a semantics function did. */
typedef enum PpcSem {
    SEM_NEXT,      /* done; the next instruction in memory follows */
    SEM_JUMP,      /* done; env->next_pc follows, and this is an event point */
    SEM_EXCEPTION, /* an exception was delivered; nothing else may be changed */
    SEM_SYNC,      /* as SEM_NEXT, but this is an event point */
} PpcSem;

#endif
