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
    CPU_EXIT_BREAKPOINT,  /* before executing the instruction at PC */
    CPU_EXIT_REQUEST,     /* a device asked the machine to stop, reset or power off */
} CpuExit;

struct CPUState {
    DeviceState parent_obj;
    uint32_t cpu_index;
    AddressSpace *as;
    Clock *clock;
    bool
        exit_request; /* set by the machine (token holder): return from run at the next event point */
    GHashTable *breakpoints; /* effective addresses (GUINT_TO_POINTER) */
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
};

#endif
