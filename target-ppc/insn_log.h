/* SPDX-License-Identifier: MIT */
/* What is told of every instruction on step(): the log's items and the observers of the processor. */
#ifndef TARGET_PPC_INSN_LOG_H
#define TARGET_PPC_INSN_LOG_H

#include "target-ppc/cpu.h"

/* `-d in_asm,exec,cpu`: the instruction @insn at env->pc was fetched and is about to run. */
void ppc_insn_log(PpcEnv *env, uint32_t insn);

/* The instruction env->insn at env->pc was fetched and is about to run. */
void ppc_observe_insn(PpcEnv *env);
/* An exception is about to be delivered; env->pc is where. */
void ppc_observe_exception(PpcEnv *env, uint32_t vector, uint32_t srr0, uint32_t srr1);
/* Data was accessed on the slow path. Bytes of @value in guest order, the last in its low bits. */
void ppc_observe_access(PpcEnv *env, target_addr ea, unsigned size, bool is_write, uint64_t value);

/* CPUClass.observer_add and CPUClass.observer_remove. */
void ppc_observer_add(CPUState *cs, CpuObserver *observer);
void ppc_observer_remove(CPUState *cs, CpuObserver *observer);

#endif
