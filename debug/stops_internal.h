/* SPDX-License-Identifier: MIT */
/* What the files of the set of stop points share: the set, crossings, what the processor asks. */
#ifndef DEBUG_STOPS_INTERNAL_H
#define DEBUG_STOPS_INTERNAL_H

#include "debug/stops.h"

enum { STOPS_PAGE = 4096, STOPS_SLOT_WORDS = CPU_PAGE_SLOTS / 64 };

struct DebugStops {
    CPUState *cpu;
    GPtrArray *points; /* StopPoint *, in the order they were made */
    unsigned last_number, last_hidden;
    GHashTable *pages[2]; /* CodePage by page number + 1: effective, physical */
    GPtrArray *watched;   /* those of points that watch data and are enabled */
    GArray *begun;        /* Watched: the access under way */
    GArray *done;    /* Watched: accesses of the running instruction, the first of each point */
    GArray *crossed; /* StopHit: points crossed that stop or tell */
    GArray *numbers; /* unsigned: of the hits that stopped, 0 at the end */
    const StopEvent *moment; /* whose condition is evaluated; may be NULL */
    char trouble[STOP_TEXT_SIZE];
    bool has_hit;
    StopHit hit;
    StopTeller *tell; /* NULL: nobody */
    void *tell_opaque;
};

/* --- stops.c ------------------------------------------------------------------------------------------- */

StopPoint *stops_find(const DebugStops *stops, unsigned number);
/* It waits for an instruction count. */
bool stops_counts(const StopPoint *point);
/* The nearest count that lies ahead becomes the clock's. */
void stops_set_break_icount(DebugStops *stops);

/* --- stops_hits.c: crossings, events, exceptions, counts, returns ---------------------------------------- */

/* It is enabled, its condition holds and it is not to be ignored: count. @event may be NULL. */
bool stops_is_crossed(DebugStops *stops, StopPoint *point, const StopEvent *event);
/* @point was crossed, and tells @hit. */
void stops_note_crossed(DebugStops *stops, const StopPoint *point, const StopHit *hit);
/* What was crossed stops the processor, or is told and stops nothing: the lowest number that stops; 0:
 * none. Temporary points go. */
unsigned stops_stop_for_crossed(DebugStops *stops);

/* Members of CpuStopHooks, here and below. */
void stops_exception(void *opaque, unsigned vector);
void stops_count_reached(void *opaque);
unsigned stops_reach_return(void *opaque);

/* --- stops_code.c ------------------------------------------------------------------------------------------ */

/* A code point is in @stops->pages from now on. */
void stops_mark_code(DebugStops *stops, const StopPoint *point);
bool stops_code_in_page(void *opaque, target_addr ea, hwaddr pa, uint64_t *slots);
bool stops_is_code(void *opaque, target_addr pc);
bool stops_is_insn(void *opaque, uint32_t insn);
unsigned stops_reach_code(void *opaque, target_addr pc);

/* --- stops_data.c ------------------------------------------------------------------------------------------ */

/* An access that is being done, and the first point that watches it. */
typedef struct StopWatched {
    unsigned number;
    StopHit hit;
    hwaddr pa[STOP_VALUE_SIZE];
} StopWatched;

bool stops_data_in_page(void *opaque, target_addr ea, hwaddr pa, CpuWatchedBytes *bytes);
bool stops_access_passes(void *opaque, const CpuAccess *access, hwaddr pa);
bool stops_access_begins(void *opaque, const CpuAccess *access, target_addr pc);
void stops_access_done(void *opaque);
unsigned stops_reach_data(void *opaque);

#endif
