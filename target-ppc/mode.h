/* SPDX-License-Identifier: MIT */
/*
 * Which translation caches are in use: a set of each by MSR[IR, DR, PR], so that system calls, exceptions
 * and returns empty none.
 *
 * The sets of supervisor mode follow the segment registers at once. Those of user mode cannot be used
 * while segment registers are written (mtsr is privileged): they are compared with them on the next way
 * to user mode. An operating system that closes the user's segments for itself and opens them again before it
 * returns so loses nothing. Source: own design; PEM 2.3.1 (MSR).
 */
#ifndef TARGET_PPC_MODE_H
#define TARGET_PPC_MODE_H

#include "target-ppc/engine.h"
#include "target-ppc/mmu.h"

/* Which of the PPC_TLB_MODES sets: translated, user. */
enum { PPC_SUPERVISOR_TRANSLATED = 2, PPC_USER_TRANSLATED = 3 };

static inline unsigned ppc_data_mode(uint32_t msr)
{
    return (msr >> MSR_DR & 1) << 1 | (msr >> MSR_PR & 1);
}

static inline unsigned ppc_code_mode(uint32_t msr)
{
    return (msr >> MSR_IR & 1) << 1 | (msr >> MSR_PR & 1);
}

/* The sets of env->msr, which ppc_mode_is_ready(). */
static inline void ppc_mode_select(PpcEnv *env)
{
    unsigned data = ppc_data_mode(env->msr);
    env->data_read_tlb = env->read_tlb[data];
    env->data_write_tlb = env->write_tlb[data];
    env->code_tlb = env->engine->code_tlb[ppc_code_mode(env->msr)];
    env->fetch_tag = UINT32_MAX;
}

static inline bool ppc_same_segments(const uint32_t *a, const uint32_t *b)
{
    uint32_t differences = 0;
    for (unsigned i = 0; i < 16; i++) {
        differences |= a[i] ^ b[i];
    }
    return !differences;
}

/* What the sets of @msr hold is true. */
static inline bool ppc_mode_is_ready(PpcEnv *env, uint32_t msr)
{
    if (!(msr & BIT(MSR_PR)) || !env->segments_changed) {
        return true;
    }
    env->segments_changed = !ppc_same_segments(env->sr, env->mmu->user_segments);
    return !env->segments_changed;
}

#endif
