/* SPDX-License-Identifier: MIT */
/*
 * Which device registers the guest has accessed most since the last look, for `info why`.
 *
 * Approximate: a small table in which a busy register replaces a quiet one. Host side: no state of
 * the guest's. Context: holder of the machine token.
 */
#ifndef MEMORY_ACCESS_STATS_H
#define MEMORY_ACCESS_STATS_H

#include "memory/memory.h"

typedef struct AccessCount {
    hwaddr addr;            /* in its address space */
    hwaddr offset;          /* in the region */
    uint64_t count;         /* of late, not since the start */
    char name[40];          /* of the region */
    const MemoryRegion *mr; /* which it was: to compare with, may be gone */
} AccessCount;

enum { ACCESS_SLOTS = 64, ACCESS_FADE = 16384 };
typedef struct AccessStats {
    AccessCount slots[ACCESS_SLOTS];
    unsigned since_fade;
} AccessStats;

/* One bus cycle at @addr, which is @offset of device region @mr. */
void access_stats_count(AccessStats *stats, const MemoryRegion *mr, hwaddr offset, hwaddr addr);
/* False: no access since access_stats_clear(). */
bool access_stats_busiest(AccessCount *busiest);
void access_stats_clear(void);

#endif
