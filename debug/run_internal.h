/* SPDX-License-Identifier: MIT */
/* What the files of a run with a goal share: its state, its stop points. */
#ifndef DEBUG_RUN_INTERNAL_H
#define DEBUG_RUN_INTERNAL_H

#include "debug/run.h"
#include "debug/stops.h"
#include "target-ppc/cpu.h"
#include "target-ppc/spr.h"

typedef enum RunPhase {
    RUN_BEGINS,
    RUN_STEPPED,           /* one instruction was asked for */
    RUN_AWAY_IN_CALL,      /* free, until a function returns */
    RUN_AWAY_IN_EXCEPTION, /* free, until a handler returns */
    RUN_AWAY_TO_PLACE,     /* free, until a place or the end of the frame */
    RUN_OVER,
} RunPhase;

/* The processor before an instruction. */
typedef struct RunBefore {
    target_addr pc, sp;
    uint32_t insn; /* 0: not readable */
    uint64_t icount, exceptions;
} RunBefore;

/* Steps go on while the PC is in here; none if start == end. */
typedef struct RunRange {
    target_addr start, end;
    unsigned line; /* 0: not of a source line */
    const char *file;
} RunRange;

struct RunGoal {
    const Debugger *debugger;
    CPUState *cpu;
    PpcEnv *env;
    DebugStops *stops;
    RunGoalSpec spec;
    RunPhase phase;
    RunBefore before;
    RunRange range;
    uint64_t left;    /* steps */
    GArray *points;   /* unsigned: numbers of its own stop points */
    bool was_done;    /* the exception under way came behind its instruction */
    bool is_entering; /* the call under way is `step` into a function, up to its body */
    bool has_arrived;
};

/* --- run_points.c: where it stops by itself ----------------------------------------------------------- */

/* Which context a stop point belongs to, beside its address. */
typedef struct RunContext {
    target_addr sp;
    uint32_t reach;  /* bytes that r1 may be above sp; where sp is 0 r1 does not matter */
    bool is_problem; /* MSR[PR] */
    bool has_segment;
    uint32_t segment; /* of the address space of the PC: VSID, with MSR[IR] */
    bool is_return;   /* MSR as below, too: only behind rfi */
    uint32_t msr;
} RunContext;

/* The present context, at @pc and @sp. */
RunContext run_context(const RunGoal *goal, target_addr pc, target_addr sp, uint32_t reach);
/* Stop at @pc in @context. False: no address of an instruction. */
bool run_stop_at(RunGoal *goal, target_addr pc, const RunContext *context);
/* Stop behind the rfi that leads back to what the exception just taken interrupted. */
void run_stop_at_return(RunGoal *goal);
void run_drop_points(RunGoal *goal);

/* --- run_lines.c: source lines -------------------------------------------------------------------------- */

/* The range that a step by lines begins with. False: *errp says why there is none. */
bool run_lines_begin(RunGoal *goal, Error **errp);
/* The PC has left the range, in the same frame or another one: the step is over, or has a new range. */
bool run_lines_is_over(RunGoal *goal);
/* `step` came to a function: *body is behind its prologue; false: it has no lines. */
bool run_lines_function(const RunGoal *goal, target_addr entry, target_addr *body);

#endif
