/* SPDX-License-Identifier: MIT */
/*
 * AltiVec: the computing instructions as functions of vectors, ppc_NAME for each row of vec.def.
 *
 * Source: AltiVec PEM chapters 4 and 6; MPC7400UM 7.1.3.
 * Not modelled: the AltiVec assist exception: in Java mode denormals are computed as IEEE wants it.
 *
 * Operands stand in the order of the register fields: vA, vB, vC. vmaddfp is therefore a * c + b.
 * @d may be any of the operands. Immediates are the decoded fields; vspltis* takes them extended.
 * @vscr: saturating instructions set SAT in it, floating-point ones look at NJ.
 * Comparisons return the field for CR6 (8 all true, 2 none; vcmpbfp 2 all in bounds).
 */
#ifndef TARGET_PPC_VEC_H
#define TARGET_PPC_VEC_H

#include "target-ppc/cpu.h"

#define VSCR_NJ 0x00010000u
#define VSCR_SAT 0x00000001u

typedef const PpcVector *PpcVecSource;

typedef void PpcVecAB(PpcVector *d, PpcVecSource a, PpcVecSource b);
typedef void PpcVecABV(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr);
typedef void PpcVecABC(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c);
typedef void PpcVecABCV(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,
                        uint32_t *vscr);
typedef void PpcVecB(PpcVector *d, PpcVecSource b);
typedef void PpcVecBV(PpcVector *d, PpcVecSource b, uint32_t *vscr);
typedef void PpcVecBImm(PpcVector *d, PpcVecSource b, unsigned imm);
typedef void PpcVecBImmV(PpcVector *d, PpcVecSource b, unsigned imm, uint32_t *vscr);
typedef void PpcVecABImm(PpcVector *d, PpcVecSource a, PpcVecSource b, unsigned imm);
typedef void PpcVecImm(PpcVector *d, int32_t imm);
typedef void PpcVecAddress(PpcVector *d, target_addr ea);
typedef uint32_t PpcVecCompare(PpcVector *d, PpcVecSource a, PpcVecSource b);
typedef uint32_t PpcVecCompareV(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr);

#define VEC(name, shape) PpcVec##shape ppc_##name;
#include "target-ppc/vec.def"
#undef VEC

#endif
