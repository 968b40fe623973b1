/* SPDX-License-Identifier: MIT */
/*
 * The stop points of a run with a goal, and the context that each of them asks for.
 *
 * An address alone says little: recursion, other tasks and interrupt handlers pass by it as well. Their
 * stack pointers differ, and user programs are told apart by MSR[PR] and the segment of the PC. Not told
 * apart: two contexts whose stacks lie closer than RunContext.reach.
 */
#include "debug/run_internal.h"

/* What rfi brings back, and a vector changes. */
enum { MSR_OF_RETURN = 1 << MSR_EE | 1 << MSR_PR | 1 << MSR_IR | 1 << MSR_DR };

static uint32_t segment_of(const PpcEnv *env, target_addr pc)
{
    return env->sr[pc >> 28 & 15] & 0xffffff;
}

RunContext run_context(const RunGoal *goal, target_addr pc, target_addr sp, uint32_t reach)
{
    const PpcEnv *env = goal->env;
    return (RunContext){.sp = sp,
                        .reach = sp ? reach : 0,
                        .is_problem = ppc_msr(env, MSR_PR),
                        .has_segment = ppc_msr(env, MSR_IR),
                        .segment = segment_of(env, pc)};
}

/* Called with calls and returns that may switch translation: segments count where both have one. */
static bool is_in_context(CPUState *cpu, void *opaque)
{
    const RunContext *context = opaque;
    const PpcEnv *env = &POWERPC_CPU(cpu)->env;
    if (ppc_msr(env, MSR_PR) != context->is_problem) {
        return false;
    }
    if (context->has_segment && ppc_msr(env, MSR_IR) &&
        segment_of(env, env->pc) != context->segment) {
        return false;
    }
    if (context->is_return && (env->msr & MSR_OF_RETURN) != context->msr) {
        return false;
    }
    bool is_anywhere = !context->sp && !context->is_return;
    return is_anywhere || (uint32_t)(env->gpr[1] - context->sp) <= context->reach;
}

static bool add(RunGoal *goal, StopPoint point, const RunContext *context)
{
    point.owner = STOP_OWNER_RUN;
    point.condition = is_in_context;
    point.opaque = g_memdup2(context, sizeof(*context));
    point.free_opaque = g_free;
    unsigned number = debug_stops_add(goal->stops, &point, NULL);
    if (number) {
        g_array_append_val(goal->points, number);
    }
    return number != 0;
}

bool run_stop_at(RunGoal *goal, target_addr pc, const RunContext *context)
{
    return add(goal, (StopPoint){.kind = CPU_STOP_CODE, .addr = pc}, context);
}

void run_stop_at_return(RunGoal *goal)
{
    const PpcEnv *env = goal->env;
    uint32_t msr = env->spr[SPR_SRR1];
    target_addr pc = env->spr[SPR_SRR0] & ~3u;
    RunContext context = {.sp = env->gpr[1],
                          .is_problem = msr >> MSR_PR & 1,
                          .has_segment = msr >> MSR_IR & 1,
                          .segment = segment_of(env, pc),
                          .is_return = true,
                          .msr = msr & MSR_OF_RETURN};
    add(goal, (StopPoint){.kind = CPU_STOP_RETURN}, &context);
}

void run_drop_points(RunGoal *goal)
{
    for (guint i = 0; i < goal->points->len; i++) {
        debug_stops_delete(goal->stops, g_array_index(goal->points, unsigned, i));
    }
    g_array_set_size(goal->points, 0);
}
