/* SPDX-License-Identifier: MIT */
/*
 * AltiVec: the computing instructions as functions of vectors, ppc_NAME for each row of vec.def.
 *
 * Source: AltiVec PEM chapters 4 and 6; MPC7400UM 7.1.3.
 *
 * Operands stand in the order of the register fields: vA, vB, vC. vmaddfp is therefore a * c + b.
 * @d may be any of the operands. Immediates are the decoded fields; vspltis* takes them extended.
 * @vscr: saturating instructions set SAT in it, floating-point ones look at NJ.
 * In Java mode denormals are computed as IEEE wants it; whether the part would rather have taken the
 * assist exception, ppc_vec_wants_assist() says. Comparisons return the field for CR6 (8 all true, 2 none; vcmpbfp 2 all in bounds).
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
typedef void PpcVecBImm(PpcVector *d, PpcVecSource b, unsigned imm);
typedef void PpcVecABImm(PpcVector *d, PpcVecSource a, PpcVecSource b, unsigned imm);
typedef void PpcVecImm(PpcVector *d, int32_t imm);
typedef void PpcVecAddress(PpcVector *d, target_addr ea);
typedef void PpcVecFloatAB(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr);
typedef void PpcVecFloatABC(PpcVector *d, PpcVecSource a, PpcVecSource b, PpcVecSource c,
                            uint32_t *vscr);
typedef void PpcVecFloatB(PpcVector *d, PpcVecSource b, uint32_t *vscr);
typedef void PpcVecFloatBImm(PpcVector *d, PpcVecSource b, unsigned imm, uint32_t *vscr);
typedef uint32_t PpcVecCompare(PpcVector *d, PpcVecSource a, PpcVecSource b);
typedef uint32_t PpcVecCompareV(PpcVector *d, PpcVecSource a, PpcVecSource b, uint32_t *vscr);

/*
 * Does an instruction that computed @result from @sources (up to three, then NULL) in Java mode end in
 * the assist exception? So on a denormal source or result in any element; @result is NULL when it is
 * no floating-point number. Source: 7400UM 1.4, 4.6.16; the rows are those that Linux's handler of the
 * exception emulates. Maxima, minima and comparisons take denormals as they are.
 */
bool ppc_vec_wants_assist(const PpcVecSource sources[3], PpcVecSource result);

#define VEC(name, shape) PpcVec##shape ppc_##name;
#include "target-ppc/vec.def"
#undef VEC

#endif
