/* SPDX-License-Identifier: MIT */
/*
 * What a run with a goal does next, each time the machine stands still.
 *
 * Source: own design; what the verbs mean: gdb's manual 5.2. Not modelled: longjmp and other ways out
 * of a function than its return (the run goes on until it is ended).
 */
#include "debug/run.h"

#include "debug/run_internal.h"

/* How far above the caller's r1 a return may lie, and a place that `until` takes. */
enum { RETURN_REACH = 4095, FRAME_REACH = 0xffff };

/* --- one instruction ---------------------------------------------------------------------------------- */

static uint64_t exceptions_taken(const PpcEnv *env)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(env->exception_counts); i++) {
        sum += env->exception_counts[i];
    }
    return sum;
}

static RunOrder step_once(RunGoal *goal)
{
    const PpcEnv *env = goal->env;
    goal->before = (RunBefore){.pc = env->pc,
                               .sp = env->gpr[1],
                               .icount = *env->icount,
                               .exceptions = exceptions_taken(env)};
    debug_peek_word(goal->cpu, env->pc, true, &goal->before.insn);
    goal->phase = RUN_STEPPED;
    return RUN_ORDER_STEP;
}

static bool has_called(const RunGoal *goal)
{
    target_addr behind = goal->before.pc + 4;
    return debug_is_call(goal->before.insn) && goal->env->pc != behind && goal->env->lr == behind;
}

/* The exception came after the instruction, or was its purpose; else the handler may run it again. */
static bool was_done(const PpcEnv *env)
{
    switch (env->last_exception) {
    case PPC_VECTOR_RESET:
    case PPC_VECTOR_MACHINE_CHECK:
    case PPC_VECTOR_EXTERNAL:
    case PPC_VECTOR_DECREMENTER:
    case PPC_VECTOR_SYSTEM_CALL:
    case PPC_VECTOR_TRACE:
    case PPC_VECTOR_PERFORMANCE:
    case PPC_VECTOR_SMI:
    case PPC_VECTOR_THERMAL:
        return true;
    default:
        return false;
    }
}

/* --- steps ------------------------------------------------------------------------------------------------ */

static RunOrder end(RunGoal *goal, bool has_arrived)
{
    run_drop_points(goal);
    goal->phase = RUN_OVER;
    goal->has_arrived = has_arrived;
    return RUN_ORDER_DONE;
}

static bool steps_lines(const RunGoal *goal) { return goal->spec.kind != RUN_NEXTI; }

static RunOrder next_step(RunGoal *goal)
{
    goal->is_entering = false;
    if (--goal->left == 0) {
        return end(goal, true);
    }
    if (steps_lines(goal) && !run_lines_begin(goal, NULL)) {
        return end(goal, true);
    }
    return step_once(goal);
}

/* Run to @pc, which is behind the call just made. */
static RunOrder run_out(RunGoal *goal, target_addr pc, target_addr sp)
{
    RunContext context = run_context(goal, pc, sp, RETURN_REACH);
    run_stop_at(goal, pc, &context);
    goal->phase = RUN_AWAY_IN_CALL;
    return RUN_ORDER_GO;
}

static bool is_in_range(const RunGoal *goal)
{
    target_addr pc = goal->env->pc;
    return pc >= goal->range.start && pc < goal->range.end;
}

/* The instruction is over, calls and exceptions aside. */
static RunOrder arrive(RunGoal *goal)
{
    if (steps_lines(goal) && (is_in_range(goal) || !run_lines_is_over(goal))) {
        return step_once(goal);
    }
    return next_step(goal);
}

static RunOrder land(RunGoal *goal)
{
    target_addr body;
    if (!has_called(goal)) {
        return arrive(goal);
    }
    if (goal->spec.kind != RUN_STEP || !run_lines_function(goal, goal->env->pc, &body)) {
        return run_out(goal, goal->before.pc + 4, goal->before.sp);
    }
    if (body == goal->env->pc) {
        return next_step(goal);
    }
    goal->is_entering = true;
    return run_out(goal, body, 0);
}

/* --- phases ------------------------------------------------------------------------------------------------- */

static RunOrder stepped(RunGoal *goal)
{
    const PpcEnv *env = goal->env;
    if (*env->icount == goal->before.icount) { /* a nap: no instruction */
        return RUN_ORDER_STEP;
    }
    if (exceptions_taken(env) == goal->before.exceptions) {
        return land(goal);
    }
    if (goal->spec.into_exceptions) {
        return end(goal, true);
    }
    run_stop_at_return(goal);
    goal->phase = RUN_AWAY_IN_EXCEPTION;
    goal->was_done = was_done(env);
    return RUN_ORDER_GO;
}

static RunOrder returned_from_exception(RunGoal *goal)
{
    run_drop_points(goal);
    return !goal->was_done && goal->env->pc == goal->before.pc ? step_once(goal) : land(goal);
}

static RunOrder returned_from_call(RunGoal *goal)
{
    run_drop_points(goal);
    return goal->is_entering ? next_step(goal) : arrive(goal);
}

static RunOrder go_on(RunGoal *goal)
{
    switch (goal->phase) {
    case RUN_BEGINS:
        if (goal->points->len) {
            goal->phase = RUN_AWAY_TO_PLACE;
            return RUN_ORDER_GO;
        }
        return step_once(goal);
    case RUN_STEPPED:
        return stepped(goal);
    case RUN_AWAY_IN_CALL:
        return returned_from_call(goal);
    case RUN_AWAY_IN_EXCEPTION:
        return returned_from_exception(goal);
    case RUN_AWAY_TO_PLACE:
        return end(goal, true);
    case RUN_OVER:
        return RUN_ORDER_DONE;
    }
    g_assert_not_reached();
}

bool run_goal_is_away(const RunGoal *goal)
{
    return goal->phase == RUN_AWAY_IN_CALL || goal->phase == RUN_AWAY_IN_EXCEPTION ||
           goal->phase == RUN_AWAY_TO_PLACE;
}

RunOrder run_goal_next(RunGoal *goal)
{
    const StopHit *hit = debug_stops_hit(goal->stops);
    bool is_free = goal->phase != RUN_BEGINS && goal->phase != RUN_STEPPED;
    bool is_mine = hit && hit->owner == STOP_OWNER_RUN;
    if (goal->phase != RUN_BEGINS && (is_free ? !is_mine : hit != NULL)) {
        return end(goal, false);
    }
    return go_on(goal);
}

/* --- beginnings ----------------------------------------------------------------------------------------------- */

/* Stop where frame @level returns to. */
static bool stop_at_return_of(RunGoal *goal, unsigned level, Error **errp)
{
    g_autoptr(Backtrace) trace = backtrace_new(goal->debugger, level + 2);
    const DebugFrame *caller = backtrace_frame(trace, level + 1);
    if (!caller) {
        return error_setg(errp, "\"finish\" not meaningful in the outermost frame.");
    }
    RunContext context = run_context(goal, caller->pc, caller->sp, RETURN_REACH);
    if (caller->was_interrupted) {
        context.is_problem = caller->msr >> MSR_PR & 1;
        context.reach = 0;
    }
    return run_stop_at(goal, caller->pc, &context) ||
           error_setg(errp, "the caller's address is no place to stop at");
}

static const char *function_at(const RunGoal *goal, target_addr pc)
{
    Symbol symbol;
    return debug_symbols_at(goal->debugger->symbols, goal->cpu, pc, &symbol) ? symbol.name : NULL;
}

/* `until` waits for this frame if the place is in its function, as far as symbols tell. */
static bool stop_at_place(RunGoal *goal, Error **errp)
{
    const PpcEnv *env = goal->env;
    const char *here = function_at(goal, env->pc), *there = function_at(goal, goal->spec.place);
    bool any_frame = goal->spec.kind == RUN_ADVANCE || !here || !there || !g_str_equal(here, there);
    RunContext context = run_context(goal, goal->spec.place, any_frame ? 0 : env->gpr[1],
                                     FRAME_REACH);
    if ((goal->spec.place & 3) || !run_stop_at(goal, goal->spec.place, &context)) {
        return error_setg(errp, "an instruction's address is a multiple of 4");
    }
    stop_at_return_of(goal, 0, NULL); /* the outermost frame never does */
    return true;
}

static bool begin(RunGoal *goal, Error **errp)
{
    switch (goal->spec.kind) {
    case RUN_NEXTI:
        return true;
    case RUN_STEP:
    case RUN_NEXT:
    case RUN_UNTIL:
        return run_lines_begin(goal, errp);
    case RUN_FINISH:
        return stop_at_return_of(goal, goal->spec.level, errp);
    case RUN_UNTIL_PLACE:
    case RUN_ADVANCE:
        return stop_at_place(goal, errp);
    }
    g_assert_not_reached();
}

RunGoal *run_goal_new(const Debugger *debugger, const RunGoalSpec *spec, Error **errp)
{
    RunGoal *goal = g_new0(RunGoal, 1);
    *goal = (RunGoal){
        .debugger = debugger,
        .cpu = debugger->cpu,
        .env = &POWERPC_CPU(debugger->cpu)->env,
        .stops = debug_stops_of(debugger->cpu),
        .spec = *spec,
        .left = spec->count,
        .points = g_array_new(FALSE, FALSE, sizeof(unsigned)),
    };
    if (!begin(goal, errp)) {
        run_goal_free(goal);
        return NULL;
    }
    return goal;
}

void run_goal_free(RunGoal *goal)
{
    run_drop_points(goal);
    g_array_unref(goal->points);
    g_free(goal);
}

bool run_goal_has_arrived(const RunGoal *goal) { return goal->has_arrived; }
