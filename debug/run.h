/* SPDX-License-Identifier: MIT */
/*
 * A run with a goal: nexti, step, next, finish, until, advance. One state machine that says, each time
 * the machine stands still, how it is to go on: one instruction, or free until a stop point of its own.
 *
 * The goal never executes anything itself and changes no guest state. Calls are stepped over by running
 * to the return address with the stack pointer of the caller in the caller's address space, exceptions
 * by running to the rfi that leads back to what they interrupted. Where that never comes the run goes
 * on until somebody ends it. A stop point of the user's ends it anywhere. Context: token holder, main
 * thread, machine stopped.
 */
#ifndef DEBUG_RUN_H
#define DEBUG_RUN_H

#include "debug/backtrace.h"

typedef enum RunGoalKind {
    RUN_NEXTI, /* instructions, over calls */
    RUN_STEP,  /* source lines, into functions that have lines */
    RUN_NEXT,  /* source lines, over calls */
    RUN_UNTIL, /* as next, but not back in loops */
    RUN_FINISH,
    RUN_UNTIL_PLACE, /* a place in this frame or further out, or the end of the frame */
    RUN_ADVANCE,     /* a place, or the end of the frame */
} RunGoalKind;

typedef struct RunGoalSpec {
    RunGoalKind kind;
    uint64_t count;       /* of steps; from 1 */
    target_addr place;    /* of RUN_UNTIL_PLACE and RUN_ADVANCE */
    unsigned level;       /* RUN_FINISH: the frame that is to return */
    bool into_exceptions; /* a step that takes an exception ends in its handler */
} RunGoalSpec;

typedef enum RunOrder {
    RUN_ORDER_STEP, /* execute one instruction and ask again */
    RUN_ORDER_GO,   /* run until the machine stops by itself, then ask again */
    RUN_ORDER_DONE,
} RunOrder;

typedef struct RunGoal RunGoal;

/* NULL: *errp says why it makes no sense here. */
RunGoal *run_goal_new(const Debugger *debugger, const RunGoalSpec *spec, Error **errp);
/* Its stop points go with it. */
void run_goal_free(RunGoal *goal);
/* First after run_goal_new(), then after each order was carried out. Done without having arrived if a
 * stop point of the user's was met, or if the machine stopped for a reason that is not the goal's. */
RunOrder run_goal_next(RunGoal *goal);
/* The machine runs free for it. */
bool run_goal_is_away(const RunGoal *goal);
/* It is done, and did what it was to do. */
bool run_goal_has_arrived(const RunGoal *goal);

#endif
