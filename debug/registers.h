/* SPDX-License-Identifier: MIT */
/*
 * Registers under every name that a user gives them: the manual's, gdb's, and fields of CR.
 *
 * Context: token holder.
 */
#ifndef DEBUG_REGISTERS_H
#define DEBUG_REGISTERS_H

#include "debug/variables.h"
#include "hw/core/cpu.h"

/* "r3", "pc", "sp" (r1), "ps" (msr), "cr0" to "cr7" (four bits), "f1" (its 64 bits), any SPR. False:
 * unknown, or a vector. */
bool debug_register_get(CPUState *cpu, const char *name, DebugValue *value);
/* False: *errp says why. */
bool debug_register_set(CPUState *cpu, const char *name, uint64_t value, Error **errp);

/* "f31" -> 31; -1: not the name of a floating-point register. */
int debug_register_float(const char *name);
/* "vr31" or "v31" -> 31; -1: no such register on this processor. */
int debug_register_vector(CPUState *cpu, const char *name);
/* The 16 bytes of a vector register, in guest order. */
void debug_vector_get(CPUState *cpu, unsigned number, uint8_t bytes[16]);
void debug_vector_set(CPUState *cpu, unsigned number, const uint8_t bytes[16]);

#endif
