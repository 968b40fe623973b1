/* SPDX-License-Identifier: MIT */
/*
 * How the AltiVec semantics compute in step(): the functions of vec.h, and the assist exception.
 *
 * The engine puts its own way (vec_host_*.h) in place of this by defining the guard before it includes
 * sem_vec.h, as with sem_access.h.
 */
#ifndef TARGET_PPC_SEM_VEC_EXACT_H
#define TARGET_PPC_SEM_VEC_EXACT_H

#include "target-ppc/insn.h"
#include "target-ppc/vec.h"

#define VECTOR_OP(name, ...) ppc_##name(__VA_ARGS__)

/*
 * A Float... row of these @sources (the rest NULL); @is_float: its result too is floating point.
 * Neither result nor SAT are kept when the assist exception is taken (7400UM 4.6.16).
 */
#define VECTOR_FLOAT_OP(name, sources, is_float, ...)                                              \
    do {                                                                                           \
        PpcVector result_;                                                                         \
        uint32_t vscr_ = env->vscr;                                                                \
        ppc_##name(&result_, __VA_ARGS__, &vscr_);                                                 \
        if (G_UNLIKELY(!(vscr_ & VSCR_NJ)) &&                                                      \
            ppc_vec_wants_assist(sources, (is_float) ? &result_ : NULL)) {                         \
            ppc_exception(env, PPC_VECTOR_VEC_ASSIST, env->pc, 0);                                 \
            return SEM_EXCEPTION;                                                                  \
        }                                                                                          \
        env->vr[op->d] = result_;                                                                  \
        env->vscr = vscr_;                                                                         \
    } while (0)

#endif
