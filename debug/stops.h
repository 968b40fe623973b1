/* SPDX-License-Identifier: MIT */
/*
 * Stop points: at code, at data, at events of the machine; one numbered set for console and gdb stub.
 *
 * Everything here: token holder (main thread while the machine is stopped, or a job of
 * machine_run_on()); conditions run on whichever thread executes the guest. Stop points are host-side:
 * no guest-visible bit and no state hash depends on them. Not seen by watchpoints: DMA of devices,
 * the table walker's own accesses, instruction fetches, cache hints (dcbt, dcbst...).
 */
#ifndef DEBUG_STOPS_H
#define DEBUG_STOPS_H

#include "hw/core/cpu.h"

/* All stop points of a processor. */
typedef struct DebugStops DebugStops;

/* Whose they are: a gdb that goes away takes its own along. Those of a run with a goal (debug/run.h) are
 * not listed and take no numbers from the user's. */
typedef enum StopOwner { STOP_OWNER_CONSOLE, STOP_OWNER_GDB, STOP_OWNER_RUN } StopOwner;

/* A name that a condition may use at the moment: "value" of a register just written. */
typedef struct StopName {
    const char *name; /* static */
    uint64_t value;
} StopName;

enum { STOP_NAMES = 6, STOP_TEXT_SIZE = 200 };

/* What happened. */
typedef struct StopEvent {
    StopName names[STOP_NAMES]; /* unused ones have no name */
    char text[STOP_TEXT_SIZE];  /* "write of 0x4 to openpic.CTPR0 (was 0xf)" */
} StopEvent;

/* What points of kind CPU_STOP_INSN and CPU_STOP_EVENT wait for; members that do not concern it are NULL. */
typedef struct StopSource {
    const char *type; /* for lists: "spr", "device" */
    /* INSN: such an instruction; and what it is about to do. */
    bool (*is_insn)(const void *opaque, uint32_t insn);
    void (*describe_insn)(const void *opaque, CPUState *cpu, uint32_t insn, StopEvent *event);
    /* EVENT: listen, or no longer; debug_stops_event() tells the point of it. */
    void (*listen)(void *opaque, DebugStops *stops, unsigned number, bool on);
    /* EVENT: such an exception; what to tell of it. */
    bool (*is_exception)(const void *opaque, unsigned vector);
    void (*describe_exception)(const void *opaque, CPUState *cpu, unsigned vector,
                               StopEvent *event);
    /* EVENT: after so many instructions. */
    uint64_t (*icount)(const void *opaque);
    void (*free)(void *opaque); /* not listening */
} StopSource;

/* Where a point with an effective address stops. */
typedef struct StopSpace {
    bool is_limited; /* only where segment register @segment holds @vsid */
    unsigned segment;
    uint32_t vsid;
} StopSpace;

typedef struct StopPoint {
    unsigned number; /* from 1; never used again; set by debug_stops_add() */
    CpuStopKind kind;
    StopOwner owner;
    uint64_t addr;   /* effective, or physical: of the instruction, or of the range's first byte */
    uint64_t length; /* bytes watched; ignored for CPU_STOP_CODE */
    bool is_physical;
    StopSpace space;   /* 0: in all of them */
    bool is_temporary; /* gone once it has stopped the machine */
    bool is_disabled;
    uint64_t hits;   /* crossings whose condition held, ignored ones included */
    uint64_t ignore; /* so many of the next crossings do not stop */
    /* May be NULL: always. Reads registers and memory without side effects; must not touch the stop
     * points. Asked before the instruction of a code point, after the one that accessed memory. */
    bool (*condition)(CPUState *cpu, void *opaque);
    void *opaque; /* of condition */
    GDestroyNotify
        free_opaque;          /* called when the point goes or its condition changes; may be NULL */
    const StopSource *source; /* of INSN and EVENT */
    void *source_opaque;      /* belongs to the set, freed by source->free */
    char *place;              /* as the user wrote it: "openpic.CTPR0 write"; belongs to the set */
    char *commands;           /* what the console runs at a stop; NULL: nothing; the set's */
    bool goes_on;             /* and then the machine runs on; see debug_stops_set_teller() */
    uint64_t slow_accesses;   /* data: accesses to its pages, which are kept out of the fast path */
    const char *condition_text; /* NULL: none, or not the console's; lent by opaque */
} StopPoint;

enum { STOP_VALUE_SIZE = 32 };

/* Why the machine stopped. */
typedef struct StopHit {
    unsigned number; /* the lowest, when several were hit by one instruction */
    CpuStopKind kind;
    StopOwner owner;
    bool is_physical, was_temporary;
    uint64_t
        addr; /* code: the PC. Data: effective address of the first byte accessed in the range */
    bool was_write; /* data: the access (a watchpoint of kind ACCESS sees both) */
    target_addr pc; /* of the instruction stopped before, or of the one that accessed memory */
    /* Data: the bytes from addr on that access and range have in common, in guest order, as they were
     * before and as they are after the instruction. 0: unknown (registers of devices). */
    unsigned value_size;
    uint8_t before[STOP_VALUE_SIZE], after[STOP_VALUE_SIZE];
    StopEvent event;              /* INSN, EVENT */
    char trouble[STOP_TEXT_SIZE]; /* why the condition could not be evaluated; empty: it could */
} StopHit;

/* The stop points of @cpu, made on first use; they live as long as @cpu. */
DebugStops *debug_stops_of(CPUState *cpu);

/*
 * Add a copy of @point (number and hits are set here; free_opaque now belongs to the set). Returns its
 * number, or 0 and *errp: address not a multiple of 4, outside of 32 bits, a range of no bytes or past
 * the end of the address space. Two points may lie at one place. One at the PC of a stopped processor
 * does not hit before the processor has come back to it.
 */
unsigned debug_stops_add(DebugStops *stops, const StopPoint *point, Error **errp);
/* These return false if there is no such number. */
bool debug_stops_delete(DebugStops *stops, unsigned number);
bool debug_stops_enable(DebugStops *stops, unsigned number, bool enable);
bool debug_stops_ignore(DebugStops *stops, unsigned number, uint64_t count);
bool debug_stops_set_condition(DebugStops *stops, unsigned number,
                               bool (*condition)(CPUState *cpu, void *opaque), void *opaque,
                               GDestroyNotify free_opaque);
/* Takes @commands (NULL: none). */
bool debug_stops_set_commands(DebugStops *stops, unsigned number, char *commands, bool goes_on);
/* All of them at once: a client went away. */
void debug_stops_delete_owned(DebugStops *stops, StopOwner owner);

/* NULL: no such number. Lent until the set is changed or the machine runs. */
const StopPoint *debug_stops_get(const DebugStops *stops, unsigned number);
/* The first one with a number above @number; NULL: none. From 0: all but a run's, in order. */
const StopPoint *debug_stops_next(const DebugStops *stops, unsigned number);
/* Number of @owner's first point of @kind with just this address (and @length, of data); 0: none. gdb's
 * z packets. */
unsigned debug_stops_find(const DebugStops *stops, StopOwner owner, CpuStopKind kind, uint64_t addr,
                          uint64_t length);

/*
 * What ended the last run or step: NULL if that was no stop point. Valid from MACHINE_EVENT_BREAK (its
 * code is the hit's number, 0 when an instruction count was reached), or the return of
 * machine_single_step(), until the machine runs or steps again. A step that arrives at a breakpoint
 * reports it, counts it, and the run that follows does not stop there again.
 */
const StopHit *debug_stops_hit(const DebugStops *stops);
/* What stopped was dealt with: nothing did, until the machine runs or steps again. */
void debug_stops_forget_hit(DebugStops *stops);
/* The instruction that stopped hit more than one: their numbers, rising, the hit's first; 0 ends. */
const unsigned *debug_stops_hit_numbers(const DebugStops *stops);

/*
 * Points that go on, have no commands and are not temporary do not stop the machine: @tell hears of each
 * such hit that would have, at the moment of the stop, on the thread that executes the guest. It changes
 * neither guest nor points. NULL: nobody does; such points stop the machine.
 */
typedef void StopTeller(void *opaque, const StopPoint *point, const StopHit *hit);
void debug_stops_set_teller(DebugStops *stops, StopTeller *tell, void *opaque);

/* --- for sources and conditions ------------------------------------------------------------------------ */

/* @event concerns the point: it stops the processor at the end of this instruction if its condition
 * holds. Nothing while the guest does not run. */
void debug_stops_event(DebugStops *stops, unsigned number, const StopEvent *event);
/* A name of the event whose condition is being evaluated. */
bool debug_stops_name(const DebugStops *stops, const char *name, uint64_t *value);
/* The condition being evaluated cannot be: it holds, and the hit tells why. */
void debug_stops_trouble(DebugStops *stops, const char *why);
CPUState *debug_stops_cpu(const DebugStops *stops);

#endif
