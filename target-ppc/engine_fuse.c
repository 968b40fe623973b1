/* SPDX-License-Identifier: MIT */
/*
 * Which slots of freshly decoded code to fuse: the cheapest way through it, found from its end.
 *
 * Source: own design (reference/interp.md, design G). A jump into the middle of fused slots finds the
 * handler of that slot alone, or of those from it on.
 */
#include "target-ppc/engine_fused.h"

/* What a dispatch costs, and what a value kept at hand saves, in the same unit (bench/profile.py has them, too). */
enum { COST_DISPATCH = 6, COST_FORWARD = 2 };

static unsigned field(const PpcOp *first, unsigned slot, unsigned number)
{
    const PpcOp *op = &first[slot];
    return number == 0 ? op->d : number == 1 ? op->a : number == 2 ? op->b : op->c;
}

static bool holds(unsigned condition, const PpcOp *first)
{
    unsigned from = condition >> 7, to = condition >> 2 & 7;
    unsigned other = field(first, to, condition & 3);
    return from == to ? other == 0 : field(first, from, condition >> 5 & 3) == other;
}

static bool all_hold(const EngineFused *fused, const PpcOp *first)
{
    const uint16_t *condition = &ENGINE_FUSED_CONDITIONS[fused->conditions];
    while (*condition != FUSED_ALWAYS && holds(*condition, first)) {
        condition++;
    }
    return *condition == FUSED_ALWAYS;
}

/* The first, so the cheapest, of the handlers that end at @node. */
static const EngineFused *choose(const EngineFusedNode *node, const PpcOp *first)
{
    const EngineFused *fused = &ENGINE_FUSED[node->fused];
    while (fused->handler && !all_hold(fused, first)) {
        fused++;
    }
    return fused->handler ? fused : NULL;
}

static const EngineFusedNode *child(const EngineFusedNode *node, unsigned kind)
{
    const EngineFusedNode *at = &ENGINE_FUSED_NODES[node->children], *end = at + node->child_count;
    while (at < end && at->kind != kind) {
        at++;
    }
    return at < end ? at : NULL;
}

static unsigned price(const EngineFused *fused)
{
    unsigned saved = COST_FORWARD * fused->count;
    return saved < COST_DISPATCH ? COST_DISPATCH - saved : 1;
}

/* The cheapest way from @first on; @costs[i] is that from i slots further. @count: how many there are. */
static unsigned fuse_slot(PpcOp *first, unsigned count, const unsigned *costs)
{
    unsigned cost = COST_DISPATCH + costs[1];
    unsigned root = ENGINE_FUSED_FIRST[first->kind];
    const EngineFusedNode *node = root ? &ENGINE_FUSED_NODES[root] : NULL;
    for (unsigned length = 2; node && length <= count; length++) {
        node = child(node, first[length - 1].kind);
        const EngineFused *fused = node ? choose(node, first) : NULL;
        if (fused && price(fused) + costs[length] <= cost) {
            cost = price(fused) + costs[length];
            first->handler = engine_address(fused->handler);
        }
    }
    return cost;
}

void engine_fuse(PpcOp *first, unsigned count, unsigned behind)
{
    unsigned costs[ENGINE_FUSED_SLOTS + 1] = {0}; /* from the next slot on at [1] */
    for (unsigned i = count; i-- > 0;) {
        costs[0] = fuse_slot(&first[i], MIN(count - i + behind, ENGINE_FUSED_SLOTS), costs);
        memmove(&costs[1], &costs[0], ENGINE_FUSED_SLOTS * sizeof(costs[0]));
    }
}
