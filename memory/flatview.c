/* SPDX-License-Identifier: MIT */
/*
 * FlatView: a tree of regions rendered to what each address sees: sorted, disjoint ranges.
 *
 * A node is rendered before the nodes that it hides, so that a range only ever fills holes.
 * Source: own implementation of the rendering rules that QEMU's memory API documents.
 */
#include "memory/internal.h"

#define SPACE_END ((Wide)1 << 64)
#define MAX_DEPTH 64 /* deeper than any board: an alias loop */

typedef struct Span {
    Wide start, end; /* end is one past */
} Span;

typedef struct Render {
    GArray *ranges;
    unsigned depth;
} Render;

static Wide region_end(const MemoryRegion *mr, Wide base)
{
    return base + (mr->size == UINT64_MAX ? SPACE_END : (Wide)mr->size);
}

static Span intersect(Span a, Span b) { return (Span){MAX(a.start, b.start), MIN(a.end, b.end)}; }

/* --- leaves ----------------------------------------------------------------------------------- */

static FlatRange make_range(MemoryRegion *mr, Wide base, Span span, bool readonly)
{
    FlatRange range = {
        .start = (hwaddr)span.start,
        .last = (hwaddr)(span.end - 1),
        .mr = mr,
        .offset = (hwaddr)(span.start - base),
        .readonly = readonly || mr->rom_device,
        .plain_ram = mr->ram && !readonly,
        .dirty_log_mask = mr->dirty_log_mask,
    };
    if (mr->ram_block && (mr->ram || mr->romd_mode)) {
        range.host = mr->ram_block->host + range.offset;
        range.ram = mr->ram_block->offset + range.offset;
    }
    return range;
}

/* Give @mr what is still free of @clip. */
static void render_leaf(GArray *ranges, MemoryRegion *mr, Wide base, Span clip, bool readonly)
{
    Wide at = clip.start;
    for (unsigned i = 0; i < ranges->len && at < clip.end; i++) {
        FlatRange other = g_array_index(ranges, FlatRange, i);
        if ((Wide)other.last < at) {
            continue;
        }
        Span hole = {at, MIN(clip.end, (Wide)other.start)};
        if (hole.start < hole.end) {
            FlatRange range = make_range(mr, base, hole, readonly);
            g_array_insert_val(ranges, i, range);
            i++;
        }
        at = (Wide)other.last + 1;
    }
    if (at < clip.end) {
        FlatRange range = make_range(mr, base, (Span){at, clip.end}, readonly);
        g_array_append_val(ranges, range);
    }
}

/* --- the tree --------------------------------------------------------------------------------- */

/* @base: where address 0 of the container of @mr is; may be negative behind an alias. */
static void render_region(Render *render, MemoryRegion *mr, Wide base, Span clip, bool readonly)
{
    if (!mr->enabled) {
        return;
    }
    base += mr->addr;
    clip = intersect(clip, (Span){base, region_end(mr, base)});
    if (clip.start >= clip.end) {
        return;
    }
    readonly |= mr->readonly;
    render->depth++;
    g_assert(render->depth < MAX_DEPTH);
    if (mr->alias) {
        /* The target's own address plays no part: place its byte alias_offset at @base. */
        render_region(render, mr->alias, base - mr->alias_offset - mr->alias->addr, clip, readonly);
    } else {
        for (unsigned i = 0; i < mr->subregions->len; i++) {
            render_region(render, mr->subregions->pdata[i], base, clip, readonly);
        }
        if (mr->terminates) {
            render_leaf(render->ranges, mr, base, clip, readonly);
        }
    }
    render->depth--;
}

bool flat_range_equal(const FlatRange *a, const FlatRange *b)
{
    return a->start == b->start && a->last == b->last && a->mr == b->mr && a->offset == b->offset &&
           a->readonly == b->readonly && a->host == b->host;
}

static bool can_merge(const FlatRange *a, const FlatRange *b)
{
    uint64_t length = a->last - a->start + 1;
    return a->mr == b->mr && a->last + 1 == b->start && a->offset + length == b->offset &&
           a->readonly == b->readonly && a->dirty_log_mask == b->dirty_log_mask;
}

static void simplify(GArray *ranges)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < ranges->len; i++) {
        FlatRange range = g_array_index(ranges, FlatRange, i);
        FlatRange *previous = kept ? &g_array_index(ranges, FlatRange, kept - 1) : NULL;
        if (previous && can_merge(previous, &range)) {
            previous->last = range.last;
        } else {
            g_array_index(ranges, FlatRange, kept++) = range;
        }
    }
    g_array_set_size(ranges, kept);
}

/* --- the view --------------------------------------------------------------------------------- */

FlatView *flatview_new(MemoryRegion *root)
{
    Render render = {.ranges = g_array_new(false, false, sizeof(FlatRange))};
    if (root) {
        render_region(&render, root, -(Wide)root->addr, (Span){0, SPACE_END}, false);
    }
    simplify(render.ranges);
    FlatView *view = g_new0(FlatView, 1);
    view->ref = 1;
    view->count = render.ranges->len;
    view->ranges = (FlatRange *)(void *)g_array_free(render.ranges, false);
    for (size_t i = 0; i < view->count; i++) {
        memory_region_ref(view->ranges[i].mr);
    }
    dispatch_build(&view->dispatch, view->ranges, view->count);
    return view;
}

FlatView *flatview_ref(FlatView *view)
{
    view->ref++;
    return view;
}

void flatview_unref(FlatView *view)
{
    if (--view->ref) {
        return;
    }
    for (size_t i = 0; i < view->count; i++) {
        memory_region_unref(view->ranges[i].mr);
    }
    dispatch_free(&view->dispatch);
    g_free(view->ranges);
    g_free(view);
}

const FlatRange *flatview_find(FlatView *view, hwaddr addr)
{
    const FlatRange **recent =
        &view->recent[(addr >> 1 ^ addr >> 12 ^ addr >> 20) % FLATVIEW_RECENT];
    if (G_LIKELY(*recent && flat_range_contains(*recent, addr))) {
        return *recent;
    }
    const FlatRange *range = dispatch_find(&view->dispatch, view->ranges, addr);
    if (range) {
        *recent = range;
    }
    return range;
}

size_t flatview_index_after(const FlatView *view, hwaddr addr)
{
    size_t low = 0, high = view->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (view->ranges[middle].last < addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
