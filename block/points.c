/* SPDX-License-Identifier: MIT */
/*
 * Points in time of all drives together: freeze, roll back, drop; and drives that keep what is written to
 * themselves (snapshot=on), until `commit`.
 *
 * Source: none (own design; design.md "Time").
 */
#include "block/drive.h"
#include "block/overlay.h"

/* The point that stands for the image of a drive with snapshot=on. */
enum { POINT_OF_IMAGE = 0 };

bool block_backend_snapshot(BlockBackend *blk, Error **errp)
{
    blk->has_snapshot = true;
    return !blk->root || block_overlay_freeze(block_medium_overlay(blk), POINT_OF_IMAGE, errp);
}

static BlockBackend *backend_at(guint n) { return g_ptr_array_index(block_core()->backends, n); }

static guint backend_count(void) { return block_core()->backends->len; }

bool block_freeze_all(uint64_t *point, Error **errp)
{
    *point = ++block_core()->last_point;
    for (guint n = 0; n < backend_count(); n++) {
        BlockBackend *blk = backend_at(n);
        block_job_wait_all(blk);
        if (!block_medium_freeze(blk, *point, errp)) {
            block_drop_all(*point, NULL);
            return false;
        }
    }
    return true;
}

bool block_roll_back_all(uint64_t point, Error **errp)
{
    for (guint n = 0; n < backend_count(); n++) {
        BlockBackend *blk = backend_at(n);
        block_job_wait_all(blk);
        if (!block_medium_roll_back(blk, point, errp)) {
            return false;
        }
    }
    return true;
}

bool block_drop_all(uint64_t point, Error **errp)
{
    for (guint n = 0; n < backend_count(); n++) {
        BlockBackend *blk = backend_at(n);
        block_job_wait_all(blk);
        block_wait_begin(blk->core, blk->name, 0);
        bool ok = block_medium_drop(blk, point, errp);
        block_wait_end(blk->core);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* --- commit ------------------------------------------------------------------------------------------ */

static bool commit_now(BlockBackend *blk, Error **errp)
{
    ERRP_GUARD();
    if (!blk->has_snapshot) {
        return error_setg(errp, "drive '%s' was made without snapshot=on", blk->name);
    }
    if (!blk->root) {
        return error_setg(errp, "drive '%s' is empty", blk->name);
    }
    if (blk->is_read_only) {
        return error_setg(errp, "drive '%s' is read-only", blk->name);
    }
    if (block_overlay_layers(blk->overlay) > 1) {
        return error_setg(errp, "drive '%s' has points in time that could be gone back to",
                          blk->name);
    }
    if (!block_node_make_writable(blk->root, errp) ||
        !block_overlay_drop(blk->overlay, POINT_OF_IMAGE, blk->root, errp)) {
        error_prepend(errp, "drive '%s': ", blk->name);
        return false;
    }
    int ret = block_node_flush(blk->root);
    if (ret) {
        return error_setg_errno(errp, -ret, "drive '%s'", blk->name);
    }
    return block_overlay_freeze(blk->overlay, POINT_OF_IMAGE, errp);
}

static bool commit(BlockBackend *blk, Error **errp)
{
    block_job_wait_all(blk);
    block_wait_begin(blk->core, blk->name, 0);
    bool ok = commit_now(blk, errp);
    block_wait_end(blk->core);
    return ok;
}

bool block_commit(const char *name, Error **errp)
{
    BlockBackend *blk = blk_by_name(name);
    if (!g_str_equal(name, "all")) {
        return blk ? commit(blk, errp) : error_setg(errp, "there is no drive '%s'", name);
    }
    for (guint n = 0; n < backend_count(); n++) {
        if (backend_at(n)->has_snapshot && backend_at(n)->root && !commit(backend_at(n), errp)) {
            return false;
        }
    }
    return true;
}
