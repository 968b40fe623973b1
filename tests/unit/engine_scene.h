/* SPDX-License-Identifier: MIT */
/*
 * Scenes for fused instructions: one row of fused.def somewhere in memory, run three times, entered at its
 * begin or in its middle, with something done to it on the way, on the engine and on step().
 *
 * A scene is a function of its fields, so it can be moved, to where its own store hits it for instance.
 * Source: none (own design).
 */
#ifndef TESTS_UNIT_ENGINE_SCENE_H
#define TESTS_UNIT_ENGINE_SCENE_H

#include "tests/unit/engine_programs.h"

enum {
    SCENE_PASSES = 3,
    SCENE_PADS = 12,            /* short branches go there */
    SCENE_EA = 0x00200000,      /* paged scenes: where sequences are executed, two pages */
    SCENE_HOME = CODE + 0x1000, /* and where they lie */
    SCENE_COPY = SPARE,         /* two pages: what remapped code finds */
    SCENE_RUN = 260,            /* instructions, more than three passes take */
};

/* What happens to the code, right in front of it or far away. */
typedef enum SceneAction {
    ACT_NOTHING,
    ACT_STORE, /* any kind of store hits part @part */
    ACT_DMA,   /* a device does */
    ACT_REMAP, /* the page table names another page */
    ACT_BLOCK, /* a block is put over the page */
} SceneAction;

typedef struct Scene {
    size_t row; /* of SEQUENCES */
    uint64_t seed;
    unsigned features;
    SceneAction action;
    int part;                 /* -1: the slot in front of the sequence */
    bool is_inside;           /* the action stands in front of the sequence, not in another page */
    uint32_t ea;              /* of the sequence */
    uint32_t at;              /* where it lies: physical */
    bool has_hole;            /* paged: the page behind ea's has no entry */
    uint32_t moved, moved_to; /* paged: this page is at another place; 0: none */
    uint32_t moved_flags;     /* low bits of its entry */
    bool is_moved_gone;       /* or it has no entry */
    bool is_next_closed;      /* paged: no execution in the next segment */

    /* What scene_build() made of it. */
    unsigned count;
    uint32_t words[SEQUENCE_MOST];
    uint32_t entry; /* address of the page table entry behind ea */
} Scene;

/* An access that an instruction of the sequence makes. */
typedef struct SceneAccess {
    unsigned part; /* which instruction */
    bool is_store;
    uint32_t ea;
} SceneAccess;

Program scene_build(World *world, Scene *scene);
/* Accesses of the first turn, by step(); returns how many. */
unsigned scene_accesses(World *world, Scene *scene, SceneAccess accesses[SEQUENCE_MOST]);
/* The count in front of the sequence's last run. */
uint64_t scene_last_run(World *world, const Scene *scene, const Program *program);
/* Equal on both sides for some stops of the engine, with and without @chaos. */
void scene_expect_equal(World *world, Scene *scene, const Program *program, unsigned stops);
/* The same when the engine is told to stop at @stop. */
void scene_expect_equal_at(World *world, const Scene *scene, const Program *program, uint64_t stop);
/* For messages. */
char *scene_text(const Scene *scene);

#endif
