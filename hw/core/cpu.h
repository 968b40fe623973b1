/* SPDX-License-Identifier: MIT */
/* The abstract processor that the run loop, console and board see. */
#ifndef HW_CORE_CPU_H
#define HW_CORE_CPU_H

#include "hw/core/qdev.h"
#include "memory/memory.h"
#include "time/clock.h"

#define TYPE_CPU "cpu"
OBJECT_DECLARE_TYPE(CPUState, CPUClass, CPU)

typedef enum CpuExit {
    CPU_EXIT_SLICE,       /* deadline serviced many times; asked to return (clock_kick) */
    CPU_EXIT_STOP_ICOUNT, /* clock_stop_icount() reached exactly */
    CPU_EXIT_BREAKPOINT,  /* before executing the instruction at PC: CPUState.stop_number */
    CPU_EXIT_WATCHPOINT,  /* after the instruction that accessed watched memory: the same */
    CPU_EXIT_REQUEST,     /* a device asked the machine to stop, reset or power off */
} CpuExit;

typedef enum CpuStopKind {
    CPU_STOP_CODE,  /* before the instruction */
    CPU_STOP_WRITE, /* after an instruction that wrote, read, did either */
    CPU_STOP_READ,
    CPU_STOP_ACCESS,
    CPU_STOP_INSN,   /* before an instruction of a kind, wherever it lies */
    CPU_STOP_EVENT,  /* after the instruction in which something happened */
    CPU_STOP_RETURN, /* behind a return from an exception, wherever it leads */
} CpuStopKind;

/* One access to data, of an instruction that may make several. */
typedef struct CpuAccess {
    target_addr ea;
    unsigned size; /* at most 32 */
    bool is_write;
    unsigned turn; /* byte i lies at the physical address of (ea + i) ^ turn: little-endian mode */
} CpuAccess;

/* What of a page is watched, by offsets in it. Until stop points change. */
typedef struct CpuWatchedBytes {
    unsigned first, end; /* all of it, perhaps others in between */
    uint64_t
        *accesses; /* counts accesses to the page outside of these; NULL: access_passes() does */
} CpuWatchedBytes;

enum { CPU_PAGE_SLOTS = 1024 };

/*
 * What debug/ is asked while there are stop points. None of it may change guest state.
 * Context: token holder.
 */
typedef struct CpuStopHooks {
    /* Add to @slots (bit n: byte 4n) where stop points lie in the page of code at effective @ea and
     * physical @pa; false: nowhere. */
    bool (*code_in_page)(void *opaque, target_addr ea, hwaddr pa,
                         uint64_t slots[CPU_PAGE_SLOTS / 64]);
    /* A code point lies at @pc; nothing is counted. */
    bool (*is_code)(void *opaque, target_addr pc);
    /* The instruction at @pc is about to run: count; the number of what stops it, or 0. */
    unsigned (*reach_code)(void *opaque, target_addr pc);
    /* A range watched has bytes in the page at effective @ea and physical @pa. */
    bool (*data_in_page)(void *opaque, target_addr ea, hwaddr pa, CpuWatchedBytes *bytes);
    /* The page of @access, which lies in it whole, at @pa, is watched, but no byte that is
     * accessed: it is counted, and will be done. */
    bool (*access_passes)(void *opaque, const CpuAccess *access, hwaddr pa);
    /* Before @access: remember what it may change. True: it is watched. */
    bool (*access_begins)(void *opaque, const CpuAccess *access, target_addr pc);
    /* It was done. Not called when it faulted. */
    void (*access_done)(void *opaque);
    /* An instruction like @insn is stopped at wherever it lies: code pages plant it. */
    bool (*is_insn)(void *opaque, uint32_t insn);
    /* One was delivered; the processor stands at its handler. */
    void (*exception)(void *opaque, unsigned vector);
    /* The clock's break_icount is reached. */
    void (*count_reached)(void *opaque);
    /* The instruction is over: count; the number of what stops the processor, or 0. */
    unsigned (*reach_data)(void *opaque);
    /* Behind a return from an exception (one that was taken again at once included): the same. */
    unsigned (*reach_return)(void *opaque);
    /* The processor is about to run or step: forget the last hit. */
    void (*resumes)(void *opaque);
    void (*free)(void *opaque);
} CpuStopHooks;

/*
 * Who is told of every instruction, from some count on; all run on the reference step() then. Sees, changes
 * nothing. Context: token holder, like adding and removing (an observer may remove itself).
 */
typedef struct CpuObserver CpuObserver;
struct CpuObserver {
    uint64_t from; /* icount at which it must be told at the latest; it may be told earlier */
    /* The instruction was fetched, is counted and about to run. Those whose fetch faults are not told. */
    void (*insn)(CpuObserver *self, target_addr pc, uint32_t insn);
    /* It is about to be delivered. May be NULL. */
    void (*exception)(CpuObserver *self, uint32_t vector, uint32_t srr0, uint32_t srr1);
    /* Data was accessed without a fault. NULL: not wanted, which is faster. A quadword is two accesses,
     * dcbz is one of 32 bytes. */
    void (*access)(CpuObserver *self, const CpuAccess *access, uint64_t value);
    CpuObserver *next; /* the processor's */
};

struct CPUState {
    DeviceState parent_obj;
    uint32_t cpu_index;
    AddressSpace *as;
    Clock *clock;
    bool
        exit_request; /* set by the machine (token holder): return from run at the next event point */
    const CpuStopHooks *stop_hooks; /* NULL: nobody asked for stop points yet */
    void *stop_opaque;
    bool has_code_stops, has_data_stops; /* enabled ones exist; INSN ones are code, too */
    bool has_return_stops, has_insn_stops, has_exception_stops, has_count_stops;
    unsigned stop_number;   /* of CPU_EXIT_BREAKPOINT and CPU_EXIT_WATCHPOINT */
    CpuObserver *observers; /* a list, lent */
    uint64_t observe_from;  /* the least count of theirs; CLOCK_NEVER: there are none */
    bool observes_accesses; /* some want accesses */
};

struct CPUClass {
    DeviceClass parent_class;
    /* Run until an exit; serves the clock at event points. Machine thread. */
    CpuExit (*run)(CPUState *cpu);
    /* Exactly one instruction (or one nap warp), with its event point. */
    void (*step)(CPUState *cpu);
    /* Lazy forms to architected values; idempotent. Before hash, save, register reads. */
    void (*sync)(CPUState *cpu);
    uint32_t (*get_pc)(CPUState *cpu);
    void (*set_pc)(CPUState *cpu, uint32_t pc);
    /* By the manual's or gdb's name ("r3", "pc", "msr", "srr0", "f1"); false if unknown. */
    bool (*get_register)(CPUState *cpu, const char *name, uint64_t *value);
    bool (*set_register)(CPUState *cpu, const char *name, uint64_t value);
    void (*dump)(CPUState *cpu, GString *out); /* info registers */
    /* Effective to physical without side effects, as a data access would (@code: as a fetch). */
    bool (*translate_debug)(CPUState *cpu, target_addr ea, bool code, hwaddr *pa);
    void (*info_why)(CPUState *cpu, GString *out);     /* PC, MSR, last exception, halted */
    void (*cache_chaos)(CPUState *cpu, uint64_t seed); /* empty caches at random instructions */
    /* The stop points are others: forget what was derived from them. Where the processor stands now
     * counts as reached. Token holder. */
    void (*stops_changed)(CPUState *cpu);
    /* @observer is lent until it is removed. Token holder. */
    void (*observer_add)(CPUState *cpu, CpuObserver *observer);
    void (*observer_remove)(CPUState *cpu, CpuObserver *observer);
    /* Something that the running instruction brought about is to be asked about at its end. */
    void (*stop_due)(CPUState *cpu);
    /* The instruction word at @pc, without side effects. */
    bool (*peek_insn)(CPUState *cpu, target_addr pc, uint32_t *insn);
};

#endif
