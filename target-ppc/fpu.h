/* SPDX-License-Identifier: MIT */
/*
 * The scalar floating-point unit: exact results and FPSCR of every floating-point instruction,
 * computed with integers only.
 *
 * Source: PowerPC PEM 2.1.4, 3.3, 4.2.2 and 6.4.8; 750UM 2.2.4 and 2.3.1; reference/fp.md for what
 * real parts do where the manuals leave it open.
 * Not modelled: fsqrt and fsqrts (no 750 or 74xx has them); trapped results of fres.
 * In: register values and FPSCR. Out: values and FPSCR. No CPU state, no host floating point.
 */
#ifndef TARGET_PPC_FPU_H
#define TARGET_PPC_FPU_H

#include <stdbool.h>
#include <stdint.h>

/* FPSCR, in the manual's bit order from the most significant bit. */
#define FPSCR_FX 0x80000000u
#define FPSCR_FEX 0x40000000u
#define FPSCR_VX 0x20000000u
#define FPSCR_OX 0x10000000u
#define FPSCR_UX 0x08000000u
#define FPSCR_ZX 0x04000000u
#define FPSCR_XX 0x02000000u
#define FPSCR_VXSNAN 0x01000000u
#define FPSCR_VXISI 0x00800000u
#define FPSCR_VXIDI 0x00400000u
#define FPSCR_VXZDZ 0x00200000u
#define FPSCR_VXIMZ 0x00100000u
#define FPSCR_VXVC 0x00080000u
#define FPSCR_FR 0x00040000u
#define FPSCR_FI 0x00020000u
#define FPSCR_FPRF 0x0001f000u
#define FPSCR_FPCC 0x0000f000u
#define FPSCR_RESERVED 0x00000800u
#define FPSCR_VXSOFT 0x00000400u
#define FPSCR_VXSQRT 0x00000200u
#define FPSCR_VXCVI 0x00000100u
#define FPSCR_VE 0x00000080u
#define FPSCR_OE 0x00000040u
#define FPSCR_UE 0x00000020u
#define FPSCR_ZE 0x00000010u
#define FPSCR_XE 0x00000008u
#define FPSCR_NI 0x00000004u
#define FPSCR_RN 0x00000003u

#define FPSCR_FPRF_SHIFT 12

/* All causes of an invalid operation, and all sticky exception bits. */
#define FPSCR_VX_CAUSES                                                                            \
    (FPSCR_VXSNAN | FPSCR_VXISI | FPSCR_VXIDI | FPSCR_VXZDZ | FPSCR_VXIMZ | FPSCR_VXVC |           \
     FPSCR_VXSOFT | FPSCR_VXSQRT | FPSCR_VXCVI)
#define FPSCR_EXCEPTIONS (FPSCR_OX | FPSCR_UX | FPSCR_ZX | FPSCR_XX | FPSCR_VX_CAUSES)

/* FPSCR[RN] */
enum { FP_ROUND_NEAREST, FP_ROUND_TO_ZERO, FP_ROUND_UP, FP_ROUND_DOWN };

/* An operation that changes FPSCR; | PPC_FP_SINGLE is the form with a single-precision result. */
typedef enum PpcFpOp {
    PPC_FP_FADD,
    PPC_FP_FSUB,
    PPC_FP_FMUL,
    PPC_FP_FDIV,
    PPC_FP_FMADD,
    PPC_FP_FMSUB,
    PPC_FP_FNMADD,
    PPC_FP_FNMSUB,
    PPC_FP_FRSP,
    PPC_FP_FCTIW,
    PPC_FP_FCTIWZ,
    PPC_FP_FRES,
    PPC_FP_FRSQRTE,
    PPC_FP_OP_COUNT,

    PPC_FP_SINGLE = 16,
    PPC_FP_FADDS = PPC_FP_FADD | PPC_FP_SINGLE,
    PPC_FP_FSUBS = PPC_FP_FSUB | PPC_FP_SINGLE,
    PPC_FP_FMULS = PPC_FP_FMUL | PPC_FP_SINGLE,
    PPC_FP_FDIVS = PPC_FP_FDIV | PPC_FP_SINGLE,
    PPC_FP_FMADDS = PPC_FP_FMADD | PPC_FP_SINGLE,
    PPC_FP_FMSUBS = PPC_FP_FMSUB | PPC_FP_SINGLE,
    PPC_FP_FNMADDS = PPC_FP_FNMADD | PPC_FP_SINGLE,
    PPC_FP_FNMSUBS = PPC_FP_FNMSUB | PPC_FP_SINGLE,
} PpcFpOp;

typedef struct PpcFpResult {
    uint64_t value;     /* for frD, double format; meaningless unless writes_target */
    uint32_t raised;    /* FPSCR exception bits that this operation causes */
    uint8_t fprf;       /* new FPSCR[FPRF] if sets_fprf */
    bool fi;            /* new FPSCR[FI]: the result is inexact */
    bool fr;            /* new FPSCR[FR]: rounding made the magnitude larger */
    bool sets_fprf;     /* clear for fctiw[z] and when an enabled VX or ZX stops the operation */
    bool writes_target; /* clear when an enabled VX or ZX stops the operation */
} PpcFpResult;

/*
 * Execute @op on frA, frB, frC (those it does not use are ignored) under FPSCR[VE,OE,UE,ZE,NI,RN].
 * Multiplication takes frA and frC, as its encoding does.
 * NaN operands: the first of A, B, C wins, made quiet; a generated NaN is 0x7ff8000000000000.
 */
PpcFpResult ppc_fp_op(PpcFpOp op, uint64_t a, uint64_t b, uint64_t c, uint32_t fpscr);

/* FPSCR after @result: FX set only when an exception bit goes from 0 to 1; VX and FEX derived. */
uint32_t ppc_fpscr_apply(uint32_t fpscr, const PpcFpResult *result);

/* fcmpo (@is_ordered) or fcmpu: returns the new FPSCR; *@cc is FL FG FE FU, FL the 8. */
uint32_t ppc_fp_compare(uint32_t fpscr, uint64_t a, uint64_t b, bool is_ordered, uint32_t *cc);

/* @fpscr with FEX and VX derived from the other bits. */
uint32_t ppc_fpscr_summary(uint32_t fpscr);

/*
 * The instructions that move to FPSCR. @field and @bit count from the most significant end, as in
 * the encoding; mcrfs puts the field's value before clearing into *@cc.
 * FEX and VX cannot be written; the reserved bit 20 stays 0.
 */
uint32_t ppc_fpscr_mtfsf(uint32_t fpscr, uint32_t field_mask, uint32_t value);
uint32_t ppc_fpscr_mtfsfi(uint32_t fpscr, unsigned field, uint32_t value);
uint32_t ppc_fpscr_mtfsb0(uint32_t fpscr, unsigned bit);
uint32_t ppc_fpscr_mtfsb1(uint32_t fpscr, unsigned bit);
uint32_t ppc_fpscr_mcrfs(uint32_t fpscr, unsigned field, uint32_t *cc);

/* What lfs puts into a register and stfs into storage: bits only, no status (PEM 3.3, App. D). */
uint64_t ppc_fp_single_to_double(uint32_t single);
uint32_t ppc_fp_double_to_single(uint64_t value);

#endif
