/* SPDX-License-Identifier: MIT */
/*
 * Fused handlers: which neighbouring slots one handler executes. The tables are fuse.py's.
 *
 * A fused slot keeps its kind and fields, and the slots behind it their own handlers, so a jump between
 * them goes on as if nothing were fused. Source: own design (reference/interp.md, design G).
 */
#ifndef TARGET_PPC_ENGINE_FUSED_H
#define TARGET_PPC_ENGINE_FUSED_H

#include "target-ppc/threading.h"

/*
 * What a fused handler takes for granted of the fields (0 d, 1 a, 2 b, 3 c): those of slot @from and of
 * slot @to behind it are equal, or that of @slot is 0.
 */
#define FUSED_ALWAYS 0
#define FUSED_EQUAL(from, field, to, other) ((from) << 7 | (field) << 5 | (to) << 2 | (other))
#define FUSED_ZERO(slot, field) FUSED_EQUAL(slot, field, slot, field)

typedef struct EngineFused {
    Handler *handler;    /* NULL: no more for these kinds */
    uint16_t conditions; /* of ENGINE_FUSED_CONDITIONS, up to FUSED_ALWAYS */
    uint16_t count;      /* how many they are */
} EngineFused;

/* A kind in the tree of kinds that follow each other. */
typedef struct EngineFusedNode {
    uint16_t kind;
    uint16_t children, child_count; /* which may be next */
    uint16_t fused;                 /* handlers that end here, most conditions first; 0: none */
} EngineFusedNode;

extern const uint16_t ENGINE_FUSED_FIRST[KIND_COUNT]; /* node of a first slot; 0: not fused */
extern const EngineFusedNode ENGINE_FUSED_NODES[];
extern const EngineFused ENGINE_FUSED[];
extern const uint16_t ENGINE_FUSED_CONDITIONS[];

#endif
