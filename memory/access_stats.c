/* SPDX-License-Identifier: MIT */
/*
 * Counts device accesses by address in a direct-mapped table.
 *
 * Source: none (own design). A collision takes one from the count it meets and moves in at zero, so a
 * polled register keeps its place against passers-by. All counts are halved now and then: what was
 * busy long ago fades.
 */
#include "memory/access_stats.h"

#include "memory/internal.h"

static void fade(AccessStats *stats)
{
    stats->since_fade = 0;
    for (size_t i = 0; i < ACCESS_SLOTS; i++) {
        stats->slots[i].count /= 2;
    }
}

void access_stats_count(AccessStats *stats, const MemoryRegion *mr, hwaddr offset, hwaddr addr)
{
    AccessCount *slot = &stats->slots[(addr ^ addr >> 6 ^ addr >> 12 ^ addr >> 20) % ACCESS_SLOTS];
    if (slot->addr != addr && slot->count) {
        slot->count--;
        return;
    }
    if (!slot->count) {
        slot->addr = addr;
        slot->offset = offset;
        slot->mr = mr;
        g_strlcpy(slot->name, mr->name ? mr->name : "", sizeof(slot->name));
    }
    slot->count++;
    if (++stats->since_fade == ACCESS_FADE) {
        fade(stats);
    }
}

bool access_stats_busiest(AccessCount *busiest)
{
    const AccessStats *stats = &memory_core()->stats;
    *busiest = stats->slots[0];
    for (size_t i = 1; i < ACCESS_SLOTS; i++) {
        if (stats->slots[i].count > busiest->count) {
            *busiest = stats->slots[i];
        }
    }
    return busiest->count != 0;
}

void access_stats_clear(void) { memory_core()->stats = (AccessStats){0}; }
