/* SPDX-License-Identifier: MIT */
/*
 * From a frame to the frame that called it, over back chains and exceptions; and what stands in code.
 *
 * Stacks are hostile input: every word may be missing or wrong. Nothing here changes the guest.
 * Context: token holder.
 */
#ifndef DEBUG_UNWIND_H
#define DEBUG_UNWIND_H

#include "debug/debugger.h"

typedef struct DebugFrame {
    target_addr pc, sp; /* what executes in it, or will when it is returned to; r1 then */
    bool has_lr; /* lr is the register as the frame's code left it: innermost, or interrupted */
    target_addr lr;
    bool was_interrupted; /* an exception was taken in it: trap and msr are its vector and SRR1 */
    uint32_t trap, msr;
    target_addr link_at; /* where the return address into this frame was found; 0: in LR */
} DebugFrame;

/* Where the processor stands. */
DebugFrame debug_unwind_innermost(const Debugger *debugger);
/* The frame that @frame returns to. False: there is none, and *why (NULL: the stack ends as it should)
 * says in a few words what is wrong with it. */
bool debug_unwind_caller(const Debugger *debugger, const DebugFrame *frame, DebugFrame *caller,
                         const char **why);

/* The word at effective @ea, of code or of data; false: not mapped, or not RAM. While translation is
 * off, kernel addresses (0xc0000000 on) mean RAM from 0 on. */
bool debug_peek_word(CPUState *cpu, target_addr ea, bool code, uint32_t *word);

/* --- prologue.c ------------------------------------------------------------------------------------- */

/* What the function at a PC has done with its caller's stack and return address. */
typedef struct DebugPrologue {
    bool has_frame; /* r1 points to a frame of its own */
    bool saved_lr;  /* the return address is in memory; else it is in LR */
} DebugPrologue;

/* @lr: the register now. */
DebugPrologue debug_prologue_at(const Debugger *debugger, target_addr pc, target_addr lr);
/* A branch that leaves a return address in LR, other than the one that only asks for its address. */
bool debug_is_call(uint32_t insn);

#endif
