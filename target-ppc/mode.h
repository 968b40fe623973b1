/* SPDX-License-Identifier: MIT */
/*
 * Changes of mode: what exceptions and returns make of MSR, and which translation caches are in use: a set of
 * each by MSR[IR, DR, PR], so that system calls, exceptions and returns empty none.
 *
 * The sets of supervisor mode follow the segment registers at once. Those of user mode cannot be used
 * while segment registers are written (mtsr is privileged): they are compared with them on the next way
 * to user mode. An operating system that closes the user's segments for itself and opens them again before it
 * returns so loses nothing. Source: own design; PEM 2.3.1 (MSR), 6.4.
 */
#ifndef TARGET_PPC_MODE_H
#define TARGET_PPC_MODE_H

#include "target-ppc/engine.h"
#include "target-ppc/mmu.h"
#include "target-ppc/spr.h"

/* --- what exceptions and rfi make of MSR, for step() and the slots ---------------------------------- */

static inline uint32_t ppc_msr_in_handler(uint32_t msr, PpcVectorOffset vector)
{
    uint32_t kept = BIT(MSR_ILE) | BIT(MSR_IP);
    if (vector != PPC_VECTOR_MACHINE_CHECK) {
        kept |= BIT(MSR_ME);
    }
    return (msr & kept) | (msr & BIT(MSR_ILE) ? BIT(MSR_LE) : 0);
}

static inline target_addr ppc_vector_address(uint32_t msr, PpcVectorOffset vector)
{
    return (msr & BIT(MSR_IP) ? 0xfff00000u : 0) + vector;
}

static inline uint32_t ppc_msr_after_rfi(const PpcEnv *env)
{
    uint32_t msr = (env->msr & ~PPC_SRR1_MSR_MASK) | (env->spr[SPR_SRR1] & PPC_SRR1_MSR_MASK);
    return msr & env->model->msr_mask & ~BIT(MSR_POW);
}

/* Where it goes on and why, in SRR0 and SRR1; and for `info`. @pc: of the instruction. */
static inline void ppc_exception_save(PpcEnv *env, PpcVectorOffset vector, target_addr pc,
                                      uint32_t srr0, uint32_t srr1_bits)
{
    env->spr[SPR_SRR0] = srr0;
    env->spr[SPR_SRR1] = (env->msr & PPC_SRR1_MSR_MASK) | srr1_bits;
    env->last_exception = vector;
    env->last_exception_pc = pc;
    env->exception_counts[vector >> 8 & 31]++;
}

/* --- sets ------------------------------------------------------------------------------------------- */

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
