/* SPDX-License-Identifier: MIT */
/*
 * gdb's agent expressions: small stack programs that a debugger sends along as conditions of
 * breakpoints, so that the guest need not stop for them.
 *
 * The bytes are hostile: they are checked when they come, and a run of them ends after a bounded number
 * of operations. No host memory is reachable, and nothing of the guest is changed.
 */
#ifndef GDBSTUB_AGENT_H
#define GDBSTUB_AGENT_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Agent Agent;

/* What an expression looks at; each returns false if there is no such thing. Bytes in guest order. */
typedef struct AgentGuest {
    bool (*reg)(void *opaque, unsigned number, uint64_t *value);
    bool (*memory)(void *opaque, uint64_t address, uint8_t *bytes, size_t size);
    void *opaque;
} AgentGuest;

/* @code is copied. NULL: an operation that is not known, or does nothing in a condition (tracing,
 * floating point, variables, printing), a jump or operand outside of @code. */
Agent *agent_new(const uint8_t *code, size_t length, Error **errp);
void agent_free(Agent *agent); /* NULL is allowed */
/* The value on top of the stack at the end. False: it has none (empty stack, division by zero, memory
 * or register that is not there, too many operations). */
bool agent_run(const Agent *agent, const AgentGuest *guest, uint64_t *value);

#endif
