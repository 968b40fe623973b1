/* SPDX-License-Identifier: MIT */
/*
 * Changes of mode and of segment registers: which cached translations stay (mode.h).
 *
 * Source: own design.
 */
#include "target-ppc/mode.h"

enum { SEGMENT_SHIFT = 28 };

static void drop_user(PpcEnv *env)
{
    env->mmu->generation++;
    ppc_mmu_drop_mode(env, PPC_USER_TRANSLATED);
    ppc_engine_flush_mode(env, PPC_USER_TRANSLATED);
}

void ppc_mode_changed(PpcEnv *env)
{
    if (G_UNLIKELY(!ppc_mode_is_ready(env, env->msr))) {
        drop_user(env);
        memcpy(env->mmu->user_segments, env->sr, sizeof(env->sr));
        env->segments_changed = false;
    }
    ppc_mode_select(env);
}

static void drop_page(PpcTlbEntry *tlb, unsigned index, unsigned segment)
{
    if (tlb[index].tag >> SEGMENT_SHIFT == segment) {
        tlb[index].tag = ppc_tlb_invalid_tag(index);
    }
}

/* What the supervisor reached in the segment. */
static void drop_supervisor(PpcEnv *env, unsigned segment)
{
    uint64_t *pages = env->mmu->segment_pages[segment];
    env->mmu->generation++;
    for (unsigned word = 0; word < PPC_TLB_SIZE / 64; word++) {
        for (; pages[word]; pages[word] &= pages[word] - 1) {
            unsigned index = word * 64 + (unsigned)__builtin_ctzll(pages[word]);
            drop_page(env->read_tlb[PPC_SUPERVISOR_TRANSLATED], index, segment);
            drop_page(env->write_tlb[PPC_SUPERVISOR_TRANSLATED], index, segment);
        }
    }
    if (env->segments_executed >> segment & 1) {
        ppc_engine_flush_mode(env, PPC_SUPERVISOR_TRANSLATED);
        env->segments_executed = 0;
    }
    env->segments_cached = (env->segments_cached & ~(1u << segment)) | env->segments_executed;
}

void ppc_segment_write(PpcEnv *env, unsigned number, uint32_t value)
{
    unsigned segment = number & 15;
    if (env->sr[segment] == value) {
        return;
    }
    env->sr[segment] = value;
    env->segments_changed = true;
    if (env->segments_cached >> segment & 1) {
        drop_supervisor(env, segment);
    }
    ppc_mode_changed(env); /* a debugger may write it in user mode */
}
