/* SPDX-License-Identifier: MIT */
/*
 * Random programs for the engine's tests: everything random is allowed to go wrong, handlers skip what
 * failed, a watchdog wakes hopeless naps.
 */
#ifndef TESTS_UNIT_ENGINE_PROGRAMS_H
#define TESTS_UNIT_ENGINE_PROGRAMS_H

#include "target-ppc/engine_kinds.h"
#include "tests/unit/engine_world.h"

enum {
    INSNS = 3000,
    VSID = 0x2123, /* page table entries of segment 0 begin with lwz r0, -28288(r16) */
};

/* What a program may do, and the world it runs in. */
enum {
    WITH_FP = 1 << 0,
    WITH_VEC = 1 << 1,
    WITH_EE = 1 << 2,
    USER = 1 << 3,
    PAGED = 1 << 4, /* page table; else BATs when translated */
    TRANSLATED = 1 << 5,
    SELF_MODIFYING = 1 << 6,
    SUPERVISOR = 1 << 7, /* writes MSR, SPRs, segments */
    WITH_DEVICE = 1 << 8,
    TABLE_WRITES = 1 << 9,
    TABLE_IS_CODE = 1 << 10, /* jumps into the page table */
    FP_MOSTLY = 1 << 11,     /* and operands that make sense */
    FUSED_MOSTLY = 1 << 12,  /* neighbours of fused.def, with its relations between registers */
    CONTEXTS = 1 << 13,      /* two address spaces; system calls and changes of mode often */
};

/* --- chance --------------------------------------------------------------------------------------- */

typedef struct Gen {
    uint64_t state;
    unsigned features;
    uint32_t at; /* next word of code */
} Gen;

static inline Gen gen_new(uint64_t seed, unsigned features)
{
    return (Gen){.state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1, .features = features};
}

static inline uint32_t any(Gen *gen)
{
    gen->state ^= gen->state << 13;
    gen->state ^= gen->state >> 7;
    gen->state ^= gen->state << 17;
    return (uint32_t)(gen->state >> 16);
}

static inline uint32_t below(Gen *gen, uint32_t limit) { return any(gen) % limit; }

static inline bool chance(Gen *gen, unsigned percent) { return below(gen, 100) < percent; }

/* --- words ---------------------------------------------------------------------------------------- */

void gen_emit(World *world, Gen *gen, uint32_t word);
void gen_emit_words(World *world, Gen *gen, const uint32_t *words, size_t count);
void gen_emit_constant(World *world, Gen *gen, unsigned reg, uint32_t value);
/* Any instruction that is neither a branch nor a write of MSR, SPRs or segments. */
uint32_t gen_row(Gen *gen);

enum { SEQUENCE_MOST = 4 };

/* A row of fused.def: instructions that one handler executes, names with a space between. */
typedef struct Sequence {
    const char *kinds;     /* of slots */
    const char *relations; /* between their fields */
} Sequence;

extern const Sequence SEQUENCES[];
extern const size_t SEQUENCE_COUNT;
EngineKind gen_kind(const char *name);
/* In the middle of a page. */
bool gen_is_kind(uint32_t word, EngineKind kind);
/* Returns how many words; @related: as the row wants its registers. */
unsigned gen_sequence(Gen *gen, const Sequence *sequence, bool related,
                      uint32_t words[SEQUENCE_MOST]);

/* --- programs ------------------------------------------------------------------------------------- */

/* Everything reset, data by chance, exception handlers that skip what failed and go on behind it. */
void gen_prepare(World *world, Gen *gen);
/* Registers, page table or blocks, MSR, as the features say. */
void gen_start(World *world, Gen *gen);
/* A whole program of INSNS instructions to run. */
Program program_new(World *world, uint64_t seed, unsigned features);

/* --- stop points (engine_stops.c) ------------------------------------------------------------------ */

/* Random stop points in the program change nothing, and hit the same on the engine and on step(). Returns
 * how often they did. */
guint world_expect_stops_change_nothing(World *world, const Program *program, uint64_t seed);

#endif
