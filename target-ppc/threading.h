/* SPDX-License-Identifier: MIT */
/*
 * How one handler goes on to the next: tail calls, or in portable builds (debug, sanitize) a loop that
 * calls them. Which FPU of the host's they may use.
 *
 * A handler has the environment, its slot and the deadline slot in registers. Instructions left until
 * the deadline = deadline - slot; straight-line code pays nothing for the count.
 */
#ifndef TARGET_PPC_THREADING_H
#define TARGET_PPC_THREADING_H

#include "target-ppc/engine.h"

#define HANDLER_ARGS PpcEnv *env, const PpcOp *op, const PpcOp *dl
typedef void Handler(HANDLER_ARGS);

/* As slots keep it: the program is linked with -no-pie. */
static inline uint32_t engine_address(Handler *handler)
{
    g_assert((uintptr_t)handler <= UINT32_MAX);
    return (uint32_t)(uintptr_t)handler;
}

#ifdef CORE99_PORTABLE
#include "target-ppc/fpu_host_none.h"
#else
#include "target-ppc/fpu_host_x86.h"
#endif

/* bench/profile's build counts what follows what, and what leaves the slots. */
#ifdef CORE99_PROFILE
#include "target-ppc/profile.h"
#define PROFILE_LEAVE(env, why, word) ppc_profile_leave((env)->engine->profile, why, word)
#define PROFILE_SLOT(env, slot) ppc_profile_count((env)->engine->profile, slot)
#else
#define PROFILE_SLOT(env, slot) ((void)0)
#define PROFILE_LEAVE(env, why, word) ((void)0)
#endif

#ifdef CORE99_PORTABLE
#define GO_HANDLER(handler) return handler(env, op, dl)
#define GO_SLOT()                                                                                  \
    do {                                                                                           \
        env->engine->op = op;                                                                      \
        env->engine->dl = dl;                                                                      \
        return;                                                                                    \
    } while (0)
#define FOLLOW_SLOTS(env, resume)                                                                  \
    while ((env)->engine->op) {                                                                    \
        const PpcOp *slot_ = (env)->engine->op;                                                    \
        PROFILE_SLOT(env, slot_);                                                                  \
        ((Handler *)(uintptr_t)slot_->handler)(env, slot_, (env)->engine->dl);                     \
    }
#else
#ifdef __clang__
#define TAIL_CALL __attribute__((musttail)) return
#else
#define TAIL_CALL return
#endif
#define GO_HANDLER(handler) TAIL_CALL handler(env, op, dl)
#define GO_SLOT() TAIL_CALL((Handler *)(uintptr_t)op->handler)(env, op, dl)
#define FOLLOW_SLOTS(env, resume) resume(env, NULL, NULL)
#endif

/* AltiVec for handlers. */
#ifdef CORE99_PORTABLE
#include "target-ppc/vec_host_portable.h"
#else
#include "target-ppc/vec_host_x86.h"
#endif

#endif
