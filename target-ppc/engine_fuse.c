/* SPDX-License-Identifier: MIT */
/*
 * Which slots of freshly decoded code to fuse: the cheapest way through it, found from its end.
 *
 * Source: own design (reference/interp.md, design G). A jump into the middle of a pair finds the second
 * slot's own handler.
 */
#include "target-ppc/engine_pairs.h"

/* What a dispatch costs, and what a value kept at hand saves, in the same unit. */
enum { COST_DISPATCH = 4, COST_FORWARD = 2 };

static bool holds(unsigned condition, const PpcOp *first, const PpcOp *second)
{
    const uint8_t from[2] = {first->d, first->a};
    const uint8_t to[4] = {second->d, second->a, second->b, second->c};
    if (condition == PAIR_ALWAYS) {
        return true;
    }
    return condition == PAIR_B_IS_0 ? second->b == 0 : from[condition / 4] == to[condition % 4];
}

/* NULL: these two are not fused. */
static const EnginePair *find_pair(const PpcOp *first)
{
    unsigned a = ENGINE_PAIR_KINDS[first->kind], b = ENGINE_PAIR_KINDS[first[1].kind];
    if (!a || !b) {
        return NULL;
    }
    const EnginePair *pair = &ENGINE_PAIRS[ENGINE_PAIR_PLACES[a * ENGINE_PAIR_KIND_COUNT + b]];
    while (pair->condition != PAIR_LAST && !holds(pair->condition, first, first + 1)) {
        pair++;
    }
    return pair->condition == PAIR_LAST ? NULL : pair;
}

void engine_fuse(PpcOp *first, unsigned count, bool goes_on)
{
    unsigned behind = 0, two_behind = 0; /* costs from the next slot on, and from the one after */
    for (unsigned i = count; i-- > 0;) {
        bool has_next = i + 1 < count || goes_on;
        const EnginePair *pair = has_next ? find_pair(&first[i]) : NULL;
        unsigned alone = COST_DISPATCH + behind, cost = alone;
        if (pair) {
            bool forwards = pair->condition != PAIR_ALWAYS;
            unsigned fused = COST_DISPATCH + two_behind - (forwards ? COST_FORWARD : 0);
            if (fused <= alone) {
                cost = fused;
                first[i].handler = engine_address(pair->handler);
            }
        }
        two_behind = behind;
        behind = cost;
    }
}
