/* SPDX-License-Identifier: MIT */
/* Registers by name and as text, for the console; the CPUClass methods of cpu.c. */
#ifndef TARGET_PPC_CPU_INFO_H
#define TARGET_PPC_CPU_INFO_H

#include "target-ppc/cpu.h"

bool ppc_cpu_get_register(CPUState *cs, const char *name, uint64_t *value);
bool ppc_cpu_set_register(CPUState *cs, const char *name, uint64_t value);
void ppc_cpu_dump(CPUState *cs, GString *out);
/* The same, by choice without FPRs or with vector registers. */
void ppc_cpu_dump_parts(PpcEnv *env, bool with_fpu, bool with_vectors, GString *out);
void ppc_cpu_info_why(CPUState *cs, GString *out);

#endif
