/* SPDX-License-Identifier: MIT */
/*
 * Stop points between two instructions: what the run loop, the engine and the slow path ask debug/.
 *
 * A place is asked once when the processor arrives there; running on from it does not ask again.
 */
#include "target-ppc/cpu.h"
#include "target-ppc/engine.h"
#include "target-ppc/mmu.h"

static CPUState *state_of(PpcEnv *env) { return &ppc_env_cpu(env)->parent_obj; }

static bool is_reached(const PpcEnv *env)
{
    return env->reached_pc == env->pc && env->reached_icount == *env->icount;
}

static void mark_reached(PpcEnv *env)
{
    env->reached_pc = env->pc;
    env->reached_icount = *env->icount;
}

bool ppc_stop_ahead(PpcEnv *env)
{
    CPUState *cs = state_of(env);
    return G_UNLIKELY(cs->has_code_stops) && !env->halted && !is_reached(env) &&
           cs->stop_hooks->is_code(cs->stop_opaque, env->pc);
}

static bool is_watch_reached(PpcEnv *env)
{
    CPUState *cs = state_of(env);
    if (G_LIKELY(!env->is_watch_due)) {
        return false;
    }
    cs->stop_number = cs->stop_hooks->reach_data(cs->stop_opaque);
    env->is_watch_due = false;
    return cs->stop_number != 0;
}

static bool is_return_reached(PpcEnv *env)
{
    CPUState *cs = state_of(env);
    if (G_LIKELY(!env->is_return_due)) {
        return false;
    }
    cs->stop_number = cs->stop_hooks->reach_return(cs->stop_opaque);
    env->is_return_due = false;
    return cs->stop_number != 0;
}

static bool is_code_reached(PpcEnv *env)
{
    CPUState *cs = state_of(env);
    if (!ppc_stop_ahead(env)) {
        return false;
    }
    mark_reached(env);
    cs->stop_number = cs->stop_hooks->reach_code(cs->stop_opaque, env->pc);
    return cs->stop_number != 0;
}

static void look_at_count(PpcEnv *env)
{
    CPUState *cs = state_of(env);
    if (G_UNLIKELY(cs->has_count_stops) && *env->icount >= clock_break_icount(env->clock)) {
        cs->stop_hooks->count_reached(cs->stop_opaque);
    }
}

bool ppc_stop_reached(PpcEnv *env, CpuExit *exit)
{
    look_at_count(env);
    if (is_watch_reached(env)) {
        *exit = CPU_EXIT_WATCHPOINT;
        return true;
    }
    bool returned = is_return_reached(env); /* one that hits also asks what lies at its target */
    if (is_code_reached(env) || returned) {
        *exit = CPU_EXIT_BREAKPOINT;
        return true;
    }
    return false;
}

void ppc_stops_resume(PpcEnv *env)
{
    const CPUState *cs = state_of(env);
    env->is_watch_due = false; /* what happened while it stood still */
    if (cs->stop_hooks) {
        cs->stop_hooks->resumes(cs->stop_opaque);
    }
}

/* A temporary watchpoint goes when it stops: breakpoints at the next instruction were not asked yet. */
void ppc_stops_changed(CPUState *cs)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    if (!env->mmu) { /* not realized: nothing is derived yet */
        return;
    }
    ppc_stops_forget_pages(env);
    if (!env->is_watch_due) {
        mark_reached(env);
    }
    ppc_mmu_flush(env);
    ppc_engine_stops_changed(env);
}

bool ppc_stops_watch_page(PpcEnv *env, target_addr ea, hwaddr pa, const MemorySection *section)
{
    CPUState *cs = state_of(env);
    if (G_LIKELY(!cs->has_data_stops)) {
        return cs->observes_accesses;
    }
    PpcWatchedPage page = {
        .ea = (ea & ~(PPC_PAGE_SIZE - 1)) | 1,
        .pa = pa & ~(hwaddr)(PPC_PAGE_SIZE - 1),
        .host = section->host,
        .ram_addr = section->ram_addr,
        .is_readonly = section->readonly,
    };
    bool is_watched = cs->stop_hooks->data_in_page(cs->stop_opaque, ea, pa, &page.bytes);
    if (is_watched) {
        env->watched_pages[ppc_watched_index(ea)] = page;
    }
    return is_watched || cs->observes_accesses;
}

void ppc_stops_forget_pages(PpcEnv *env)
{
    memset(env->watched_pages, 0, sizeof(env->watched_pages));
}

bool ppc_stops_access_begins(PpcEnv *env, target_addr ea, unsigned size, bool is_write)
{
    CPUState *cs = state_of(env);
    if (G_LIKELY(!cs->has_data_stops)) {
        return false;
    }
    CpuAccess access = {
        .ea = ea, .size = size, .is_write = is_write, .turn = ppc_msr(env, MSR_LE) ? 7 : 0};
    return cs->stop_hooks->access_begins(cs->stop_opaque, &access, env->pc);
}

void ppc_stops_access_done(PpcEnv *env)
{
    CPUState *cs = state_of(env);
    cs->stop_hooks->access_done(cs->stop_opaque);
    env->is_watch_due = env->attention = true;
}

bool ppc_stops_at_insn(PpcEnv *env, uint32_t insn)
{
    CPUState *cs = state_of(env);
    return G_UNLIKELY(cs->has_insn_stops) && cs->stop_hooks->is_insn(cs->stop_opaque, insn);
}

void ppc_stops_exception(PpcEnv *env, PpcVectorOffset vector)
{
    CPUState *cs = state_of(env);
    if (G_UNLIKELY(cs->has_exception_stops)) {
        cs->stop_hooks->exception(cs->stop_opaque, vector);
    }
}

void ppc_stops_due(CPUState *cs)
{
    PpcEnv *env = &POWERPC_CPU(cs)->env;
    env->is_watch_due = env->attention = true;
}
