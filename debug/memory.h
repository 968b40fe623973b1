/* SPDX-License-Identifier: MIT */
/*
 * The guest's memory as a user looks at it: peeked, so that no device and no table entry notices.
 *
 * What is neither RAM nor ROM is refused. Effective addresses are translated as data, else as code (or
 * the other way round), under the processor's present registers. Not modelled: the byte turning of
 * little-endian mode. Context: token holder.
 */
#ifndef DEBUG_MEMORY_H
#define DEBUG_MEMORY_H

#include "hw/core/cpu.h"

typedef struct DebugMemory {
    CPUState *cpu;
    bool is_physical;
    bool is_code; /* translate as a fetch first */
} DebugMemory;

/* False: *errp says where it is not mapped or not RAM. Effective addresses wrap at 32 bits. */
bool debug_memory_read(const DebugMemory *memory, uint64_t addr, void *bytes, size_t size,
                       Error **errp);
/* A number of @size bytes (1 to 8) in guest order, zero-extended. */
bool debug_memory_load(const DebugMemory *memory, uint64_t addr, unsigned size, uint64_t *value,
                       Error **errp);
/* All of it or nothing. The caller answers for it that a replay does the same. */
bool debug_memory_write(const DebugMemory *memory, uint64_t addr, const void *bytes, size_t size,
                        Error **errp);

#endif
