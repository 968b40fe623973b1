/* SPDX-License-Identifier: MIT */
/*
 * The page map of a FlatView: a radix tree from page number to range. A range that covers a whole
 * subtree is one entry in its root; a page that several ranges share lists them.
 *
 * Source: own design (design.md 6). Entries: 0 nothing; else a kind and an index.
 */
#include "memory/internal.h"

#define NODE_BITS 10
#define NODE_SLOTS (1u << NODE_BITS)

enum { ENTRY_NONE, ENTRY_NODE, ENTRY_RANGE, ENTRY_SUBPAGE };

typedef struct DispatchNode {
    uint32_t slot[NODE_SLOTS];
} DispatchNode;

/* Ranges that share a page are neighbours in the view. */
typedef struct Subpage {
    uint32_t first, count;
} Subpage;

static uint32_t make_entry(unsigned kind, uint32_t index)
{
    g_assert(index < BIT(30));
    return (uint32_t)kind << 30 | index;
}

static unsigned entry_kind(uint32_t entry) { return entry >> 30; }

static uint32_t entry_index(uint32_t entry) { return entry & (BIT(30) - 1); }

static uint32_t *slot_of(const Dispatch *dispatch, uint32_t node, uint64_t page, unsigned level)
{
    unsigned slot = page >> (level * NODE_BITS) & (NODE_SLOTS - 1);
    return &g_array_index(dispatch->nodes, DispatchNode, node).slot[slot];
}

static uint32_t add_node(Dispatch *dispatch)
{
    uint32_t index = dispatch->nodes->len;
    g_array_set_size(dispatch->nodes, index + 1);
    return index;
}

/* The slot for @page at @level, making the nodes on the way. */
static uint32_t *reach_slot(Dispatch *dispatch, uint64_t page, unsigned level)
{
    uint32_t node = 0;
    for (unsigned l = dispatch->levels - 1; l > level; l--) {
        uint32_t entry = *slot_of(dispatch, node, page, l);
        if (entry_kind(entry) == ENTRY_NONE) {
            entry = make_entry(ENTRY_NODE, add_node(dispatch));
            *slot_of(dispatch, node, page, l) = entry; /* add_node() moved the nodes */
        }
        g_assert(entry_kind(entry) == ENTRY_NODE);
        node = entry_index(entry);
    }
    return slot_of(dispatch, node, page, level);
}

/* Whole pages, each at the highest level that it fills. */
static void set_pages(Dispatch *dispatch, uint64_t page, uint64_t end, uint32_t entry)
{
    while (page < end) {
        unsigned level = 0;
        while (level + 1 < dispatch->levels) {
            uint64_t span = BIT64((level + 1) * NODE_BITS);
            if (page & (span - 1) || end - page < span) {
                break;
            }
            level++;
        }
        *reach_slot(dispatch, page, level) = entry;
        page += BIT64(level * NODE_BITS);
    }
}

static void share_page(Dispatch *dispatch, uint64_t page, uint32_t range)
{
    uint32_t *slot = reach_slot(dispatch, page, 0);
    if (entry_kind(*slot) == ENTRY_SUBPAGE) {
        g_array_index(dispatch->subpages, Subpage, entry_index(*slot)).count++;
        return;
    }
    g_assert(*slot == ENTRY_NONE);
    Subpage subpage = {range, 1};
    *slot = make_entry(ENTRY_SUBPAGE, dispatch->subpages->len);
    g_array_append_val(dispatch->subpages, subpage);
}

static void add_range(Dispatch *dispatch, const FlatRange *range, uint32_t index)
{
    uint64_t first = range->start >> GUEST_PAGE_BITS;
    uint64_t last = range->last >> GUEST_PAGE_BITS;
    bool head = range->start & (GUEST_PAGE_SIZE - 1);
    bool tail = ~range->last & (GUEST_PAGE_SIZE - 1);
    if (head) {
        share_page(dispatch, first++, index);
    }
    if (first > last) {
        return;
    }
    set_pages(dispatch, first, tail ? last : last + 1, make_entry(ENTRY_RANGE, index));
    if (tail) {
        share_page(dispatch, last, index);
    }
}

void dispatch_build(Dispatch *dispatch, const FlatRange *ranges, size_t count)
{
    dispatch->nodes = g_array_new(false, true, sizeof(DispatchNode));
    dispatch->subpages = g_array_new(false, false, sizeof(Subpage));
    dispatch->levels = 1;
    uint64_t last_page = count ? ranges[count - 1].last >> GUEST_PAGE_BITS : 0;
    while (last_page >> (dispatch->levels * NODE_BITS)) {
        dispatch->levels++;
    }
    add_node(dispatch);
    for (size_t i = 0; i < count; i++) {
        add_range(dispatch, &ranges[i], i);
    }
}

void dispatch_free(Dispatch *dispatch)
{
    g_array_unref(dispatch->nodes);
    g_array_unref(dispatch->subpages);
}

static const FlatRange *find_in_page(const Subpage *subpage, const FlatRange *ranges, hwaddr addr)
{
    for (uint32_t i = 0; i < subpage->count; i++) {
        const FlatRange *range = &ranges[subpage->first + i];
        if (flat_range_contains(range, addr)) {
            return range;
        }
    }
    return NULL;
}

const FlatRange *dispatch_find(const Dispatch *dispatch, const FlatRange *ranges, hwaddr addr)
{
    uint64_t page = addr >> GUEST_PAGE_BITS;
    if (page >> (dispatch->levels * NODE_BITS)) {
        return NULL;
    }
    uint32_t entry = make_entry(ENTRY_NODE, 0);
    for (unsigned level = dispatch->levels; entry_kind(entry) == ENTRY_NODE;) {
        entry = *slot_of(dispatch, entry_index(entry), page, --level);
    }
    switch (entry_kind(entry)) {
    case ENTRY_RANGE:
        return &ranges[entry_index(entry)];
    case ENTRY_SUBPAGE:
        return find_in_page(&g_array_index(dispatch->subpages, Subpage, entry_index(entry)), ranges,
                            addr);
    default:
        return NULL;
    }
}
