/* SPDX-License-Identifier: MIT */
/*
 * The engine against step(): a processor with RAM, a device that does everything that devices may do, and
 * runs of one program from one state, on either, that must end in the same state, bit for bit.
 *
 * Source: none (own design). Not here: programs (engine_programs.h), a board.
 */
#ifndef TESTS_UNIT_ENGINE_WORLD_H
#define TESTS_UNIT_ENGINE_WORLD_H

#include "tests/unit/ppc_bench.h"

enum {
    CODE = 0x4000,
    CODE_SIZE = 0x4000,
    DATA = 0x8000,
    TABLE = 0x10000,
    SPARE = 0x20000,
    ALIAS = 0x00100000,    /* effective, paged worlds: the code again */
    PA_ALIAS = 0x38000000, /* RAM again; a page table entry of it ends with addi */
};

#define IO_BASE 0x80000000u
#define IO_CODE 0x80002000u  /* a device whose registers are instructions */
#define ROM_BASE 0x39000000u /* two pages */
#define PA_PART 0x3a000000u  /* half of RAM's page CODE + 0x1000, and no more */

typedef struct World {
    Bench bench;
    MemoryRegion *device, *alias;
    uint8_t *rom;
    uint32_t device_code[PPC_CODE_PAGE_SIZE / 4];
    Timer watchdog, alarm;
    uint64_t alarm_state; /* 0: one interrupt and no more */
    uint32_t device_reads;
} World;

/* Everything a run starts from; ROM and the device's instructions do not change. */
typedef struct Program {
    uint8_t *ram;
    GByteArray *state;
    uint64_t start, icount; /* where it begins and ends */
    uint64_t alarm_ns;      /* an interrupt so long after its begin; 0: none */
    uint64_t alarms;        /* then causes and DMA over code by chance: its seed; 0: none */
} Program;

typedef struct Outcome {
    GByteArray *state;
    uint64_t ram_hash;
    uint32_t pc;
} Outcome;

/* One a process. */
void world_new(World *world, const char *model);
void world_save(World *world, GByteArray *out);
/* The program's state; @count instructions are to run. */
Program program_of(World *world, uint64_t count);
void program_free(Program *program);
void world_load(World *world, const Program *program);
Outcome world_outcome(World *world);
/* From the program's state to @icount by step(). */
Outcome world_run_steps(World *world, const Program *program, uint64_t icount);
/* Until the engine alone comes near its stop at @stop; @chaos: seed of -cache-chaos, 0 for none. */
Outcome world_run_engine(World *world, const Program *program, uint64_t stop, uint64_t chaos);
/* From where it is, exactly to @icount, as a machine runs. */
void world_run_to(World *world, uint64_t icount);
bool outcome_same(const Outcome *a, const Outcome *b);
/* Leaves in *@end where the engine had come to. */
bool world_differs(World *world, const Program *program, uint64_t stop, uint64_t chaos,
                   uint64_t *end);
/* The instructions between the last two places where the engine could have left, and both ends. */
char *world_describe_difference(World *world, const Program *program, uint64_t chaos);

#endif
