/* SPDX-License-Identifier: MIT */
/*
 * `change` and `eject`: the user moves the medium of a drive.
 *
 * Both are inputs. Whether the host could open the image, and what is in it, is an input, too: a replay opens
 * it again, and goes no further with another one. Source: names, arguments and what is refused as in QEMU's console.
 */
#include "block/drive.h"
#include "block/internal.h"
#include "util/bits.h"

#include <errno.h>

/* --- may it be moved? ---------------------------------------------------------------------------------- */

static BlockBackend *find_removable(const char *name, Error **errp)
{
    BlockBackend *blk = blk_by_name(name);
    if (!blk) {
        error_setg(errp, "there is no drive '%s'", name);
        return NULL;
    }
    if (blk->dev && !blk->media_ops) {
        error_setg(errp, "drive '%s' is not removable", name);
        return NULL;
    }
    return blk;
}

/* The guest is told that somebody waits, and opens its tray or does not. */
static bool check_lock(BlockBackend *blk, bool force, Error **errp)
{
    if (!blk->media_ops || !blk->media_ops->is_locked(blk->media_opaque) || force) {
        return true;
    }
    blk->media_ops->eject_requested(blk->media_opaque);
    return error_setg(errp,
                      "drive '%s' is locked by the guest, which has been asked for it; let it "
                      "unmount and eject the medium, or force (-f)",
                      blk->name);
}

static bool is_open(const BlockBackend *blk)
{
    return blk->media_ops && blk->media_ops->is_tray_open(blk->media_opaque);
}

/* Out with it: tray open, drive empty. */
static void take_away(BlockBackend *blk)
{
    bool was_there = blk->root || !is_open(blk);
    blk->is_leaving = true;
    block_end_requests(blk);
    block_wait_begin(blk->core, blk->name, 0);
    block_medium_remove(blk);
    block_wait_end(blk->core);
    blk->is_leaving = false;
    if (blk->media_ops && was_there) {
        blk->media_ops->changed(blk->media_opaque, false);
    }
}

bool block_eject(const char *device, bool force, Error **errp)
{
    BlockBackend *blk = find_removable(device, errp);
    if (!blk || !check_lock(blk, force, errp)) {
        return false;
    }
    take_away(blk);
    return true;
}

/* --- change ---------------------------------------------------------------------------------------------- */

static bool parse_mode(const BlockBackend *blk, const char *mode, bool *is_read_only, Error **errp)
{
    static const char *const known[] = {"retain", "read-only", "read-write", NULL};
    if (!g_strv_contains(known, mode)) {
        return error_setg(errp, "read-only-mode takes retain, read-only, read-write, not '%s'",
                          mode);
    }
    bool retains = g_str_equal(mode, "retain");
    *is_read_only = retains ? blk->wants_read_only : g_str_equal(mode, "read-only");
    return !blk->is_cdrom || *is_read_only ||
           error_setg(errp, "drive '%s' cannot write: it is a CD-ROM drive", blk->name);
}

/* Opened, and locked for the drive's device. */
static BlockNode *open_medium(const BlockBackend *blk, const BlockChange *change, bool is_read_only,
                              Error **errp)
{
    BlockImage image = {.file = change->file,
                        .format = change->format,
                        .is_read_only = is_read_only,
                        .only_reads = blk->has_snapshot,
                        .options = blk->image_options};
    BlockNode *node = block_image_open(&image, errp);
    if (node && blk->dev && !block_node_lock(node, blk->shares_write, errp)) {
        block_node_unref(node);
        return NULL;
    }
    return node;
}

/* What the host made of it is an input. False: there is no such medium; or it is another one than was recorded. */
static bool settle_medium(BlockBackend *blk, const BlockNode *node, uint64_t identity,
                          const char *file, Error **errp)
{
    uint8_t data[BLOCK_RESULT_BYTES] = {0};
    stl_be_p(data, node ? 0 : (uint32_t)-ENOENT);
    stq_be_p(data + 4, identity);
    blk->has_taken = false;
    input_take_now(machine_clock(), blk->input, data, sizeof(data));
    if (blk->has_taken && blk->taken.ret) {
        return !node ? false : error_setg(errp, "the medium could not be opened");
    }
    if (node && blk->has_taken && blk->taken.done == identity) {
        return true;
    }
    g_autofree char *what = g_strdup_printf(node ? "'%s' is not the image that was recorded"
                                                 : "'%s' was there when it was recorded",
                                            file);
    clock_replay_refuse(machine_clock(), what);
    return !node ? false : error_setg(errp, "%s", what);
}

/* The image is open and locked before anything moves. */
bool block_change(const BlockChange *change, Error **errp)
{
    bool is_read_only = true;
    BlockBackend *blk = find_removable(change->device, errp);
    if (!blk || !parse_mode(blk, change->mode, &is_read_only, errp) ||
        !check_lock(blk, change->force, errp)) {
        return false;
    }
    block_wait_begin(blk->core, blk->name, 0);
    BlockNode *node = open_medium(blk, change, is_read_only, errp);
    uint64_t identity = node ? block_image_identity(node) : 0;
    block_wait_end(blk->core);
    bool ok = settle_medium(blk, node, identity, change->file, errp);
    if (ok) {
        take_away(blk);
        blk->wants_read_only = is_read_only;
        ok = block_medium_insert(blk, node, change->file, identity, errp);
    }
    if (ok && blk->media_ops) {
        blk->media_ops->changed(blk->media_opaque, true);
    }
    block_node_unref(node);
    return ok;
}
