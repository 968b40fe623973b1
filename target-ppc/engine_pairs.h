/* SPDX-License-Identifier: MIT */
/*
 * Fused handlers: which two neighbouring slots one handler executes. The tables are fuse.py's.
 *
 * A fused slot keeps its kind and fields, and the slot behind it its own handler, so a jump between the
 * two goes on as if nothing were fused. Source: own design (reference/interp.md, design G).
 */
#ifndef TARGET_PPC_ENGINE_PAIRS_H
#define TARGET_PPC_ENGINE_PAIRS_H

#include "target-ppc/threading.h"

/* When a fused handler may run: what it takes for granted of the fields. */
enum {
    PAIR_LAST = 0xff,   /* no more for these two kinds */
    PAIR_ALWAYS = 0xfe, /* nothing */
    PAIR_B_IS_0 = 0xfd, /* the second's b (a CR field) is 0 */
};
/* Field @from of the first (0 d, 1 a) is field @to of the second (0 d, 1 a, 2 b, 3 c). */
#define PAIR_EQUAL(from, to) ((from) * 4 + (to))

typedef struct EnginePair {
    Handler *handler;
    uint8_t condition;
} EnginePair;

/* 1 + number among the kinds that any pair has; 0: in none. */
extern const uint8_t ENGINE_PAIR_KINDS[KIND_COUNT];
extern const unsigned ENGINE_PAIR_KIND_COUNT;
/* [first * ENGINE_PAIR_KIND_COUNT + second] of these numbers: where in ENGINE_PAIRS; 0: not fused. */
extern const uint16_t ENGINE_PAIR_PLACES[];
extern const EnginePair ENGINE_PAIRS[];

#endif
