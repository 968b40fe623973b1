/* SPDX-License-Identifier: MIT */
/*
 * The medium of a drive: put in, taken out, and as it was at a point in time. A medium that some point needs
 * stays open, on the drive's shelf, until that point is dropped.
 *
 * Source: none (own design).
 */
#include "block/overlay.h"
#include "util/bits.h"

/* The point that stands for the image of a drive with snapshot=on. */
enum { POINT_OF_IMAGE = 0 };

BlockOverlay *block_medium_overlay(BlockBackend *blk)
{
    if (!blk->overlay) {
        blk->overlay = block_overlay_new(blk->length);
    }
    return blk->overlay;
}

/* --- in and out -------------------------------------------------------------------------------------- */

static void medium_free(BlockMedium *medium)
{
    block_overlay_free(medium->overlay);
    block_node_unref(medium->root);
    g_free(medium->name);
    g_free(medium);
}

static BlockMedium *take_out(BlockBackend *blk)
{
    BlockMedium *medium = g_new0(BlockMedium, 1);
    *medium = (BlockMedium){
        .number = blk->medium,
        .identity = blk->identity,
        .length = blk->length,
        .root = g_steal_pointer(&blk->root),
        .overlay = g_steal_pointer(&blk->overlay),
        .is_read_only = blk->is_read_only,
        .name = g_steal_pointer(&blk->medium_name),
    };
    blk->medium = blk->identity = blk->length = 0;
    return medium;
}

static void put_back(BlockBackend *blk, BlockMedium *medium)
{
    blk->medium = medium->number;
    blk->identity = medium->identity;
    blk->length = medium->length;
    blk->root = g_steal_pointer(&medium->root);
    blk->overlay = g_steal_pointer(&medium->overlay);
    blk->is_read_only = medium->is_read_only;
    blk->medium_name = g_steal_pointer(&medium->name);
    medium_free(medium);
}

static bool is_needed(const BlockBackend *blk, uint64_t medium)
{
    for (guint n = 0; n < blk->points->len; n++) {
        if (g_array_index(blk->points, BlockPoint, n).medium == medium) {
            return true;
        }
    }
    return false;
}

static void close_medium(const BlockBackend *blk, BlockMedium *medium)
{
    if (blk->dev && medium->root) {
        block_node_unlock(medium->root);
    }
    medium_free(medium);
}

bool block_medium_insert(BlockBackend *blk, BlockNode *root, const char *name, uint64_t identity,
                         Error **errp)
{
    g_assert(!blk->root);
    if (blk->dev && !block_node_lock(root, blk->shares_write, errp)) {
        return false;
    }
    blk->root = block_node_ref(root);
    blk->length = align_up(root->length, (uint64_t)BLOCK_SECTOR);
    blk->is_read_only = blk->wants_read_only || (root->is_read_only && !blk->has_snapshot);
    blk->medium = ++blk->last_medium;
    blk->medium_name = g_strdup(name);
    blk->identity = identity;
    if (blk->has_snapshot && !blk->is_read_only &&
        !block_overlay_freeze(block_medium_overlay(blk), POINT_OF_IMAGE, errp)) {
        close_medium(blk, take_out(blk));
        return false;
    }
    return true;
}

void block_medium_remove(BlockBackend *blk)
{
    BlockMedium *medium = take_out(blk);
    if (is_needed(blk, medium->number) && medium->root) {
        g_ptr_array_add(blk->shelf, medium);
    } else {
        close_medium(blk, medium);
    }
}

/* --- points in time ---------------------------------------------------------------------------------- */

static guint find_on_shelf(const BlockBackend *blk, uint64_t medium)
{
    guint n = 0;
    while (n < blk->shelf->len &&
           ((BlockMedium *)g_ptr_array_index(blk->shelf, n))->number != medium) {
        n++;
    }
    return n;
}

static void clear_shelf(BlockBackend *blk)
{
    for (guint n = blk->shelf->len; n-- > 0;) {
        BlockMedium *medium = g_ptr_array_index(blk->shelf, n);
        if (!is_needed(blk, medium->number)) {
            g_ptr_array_remove_index(blk->shelf, n);
            close_medium(blk, medium);
        }
    }
}

static guint find_point(const BlockBackend *blk, uint64_t point)
{
    guint n = 0;
    while (n < blk->points->len && g_array_index(blk->points, BlockPoint, n).point != point) {
        n++;
    }
    return n;
}

/* A medium that is not written has the same contents at every point. */
static bool has_layers(const BlockBackend *blk) { return blk->root && !blk->is_read_only; }

bool block_medium_freeze(BlockBackend *blk, uint64_t point, Error **errp)
{
    BlockPoint entry = {point, blk->medium};
    if (has_layers(blk) && !block_overlay_freeze(block_medium_overlay(blk), point, errp)) {
        return false;
    }
    g_array_append_val(blk->points, entry);
    return true;
}

static void change_to(BlockBackend *blk, uint64_t medium)
{
    block_medium_remove(blk);
    if (medium) {
        guint n = find_on_shelf(blk, medium);
        g_assert(n < blk->shelf->len);
        put_back(blk, g_ptr_array_steal_index(blk->shelf, n));
    }
}

bool block_medium_roll_back(BlockBackend *blk, uint64_t point, Error **errp)
{
    guint n = find_point(blk, point);
    if (n == blk->points->len) { /* a drive that came later */
        bool is_as_it_came = !has_layers(blk) && blk->last_medium <= 1;
        return is_as_it_came ||
               error_setg(errp, "drive '%s' has no point %" G_GUINT64_FORMAT, blk->name, point);
    }
    uint64_t medium = g_array_index(blk->points, BlockPoint, n).medium;
    if (medium != blk->medium) {
        change_to(blk, medium);
    }
    if (has_layers(blk) && !block_overlay_roll_back(blk->overlay, point, errp)) {
        return false;
    }
    g_array_set_size(blk->points, n + 1);
    clear_shelf(blk);
    return true;
}

bool block_medium_drop(BlockBackend *blk, uint64_t point, Error **errp)
{
    guint n = find_point(blk, point);
    if (n == blk->points->len) {
        return true;
    }
    uint64_t number = g_array_index(blk->points, BlockPoint, n).medium;
    guint place = find_on_shelf(blk, number);
    const BlockMedium *old = place < blk->shelf->len ? g_ptr_array_index(blk->shelf, place) : NULL;
    BlockOverlay *overlay = old ? old->overlay : number == blk->medium ? blk->overlay : NULL;
    if (overlay && block_overlay_has(overlay, point) &&
        !block_overlay_drop(overlay, point, old ? old->root : blk->root, errp)) {
        return false;
    }
    g_array_remove_index(blk->points, n);
    clear_shelf(blk);
    return true;
}

void block_medium_free_all(BlockBackend *blk)
{
    g_array_set_size(blk->points, 0);
    clear_shelf(blk);
    close_medium(blk, take_out(blk));
    g_array_unref(blk->points);
    g_ptr_array_unref(blk->shelf);
}
