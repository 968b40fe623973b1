/* SPDX-License-Identifier: MIT */
/*
 * Driver "raw": the node below as it is, or a part of it (offset=, size=). If that is only a guess, a write that would
 * turn the image into one of another format fails with EPERM.
 *
 * Source: QEMU's -blockdev driver=raw.
 */
#include "block/internal.h"
#include "block/probe.h"

#include <errno.h>
#include <string.h>

static const OptionDesc raw_options[] = {
    {"offset", "size", "where the image begins in the node below (default 0)"},
    {"size", "size", "how long it is (default: to the end)"},
    {0},
};

static bool raw_open(BlockNode *node, const Options *opts, Error **errp)
{
    uint64_t offset, size, whole = node->file->length;
    if (!options_get_size(opts, "offset", 0, &offset, errp)) {
        return false;
    }
    if (offset > whole || offset % BLOCK_SECTOR) {
        return error_setg(errp,
                          "offset %" G_GUINT64_FORMAT " is no sector of the %" G_GUINT64_FORMAT
                          " bytes below",
                          offset, whole);
    }
    if (!options_get_size(opts, "size", whole - offset, &size, errp)) {
        return false;
    }
    if (size > whole - offset || (options_get(opts, "size") && size % BLOCK_SECTOR)) {
        return error_setg(
            errp, "size %" G_GUINT64_FORMAT " is no number of sectors that fits behind the offset",
            size);
    }
    node->length = size;
    node->offset = offset;
    return true;
}

static int raw_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    return block_node_read(node->file, node->offset + offset, data, bytes);
}

static bool raw_read_now(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    return block_node_read_now(node->file, node->offset + offset, data, bytes);
}

/* --- an image that looks raw has to go on looking raw, or a guest could choose the format that it is opened with ---- */

/* Copy what [@at, @at + @bytes) of @data and the window of @size bytes at @start have in common. */
static void lay_over(uint8_t *window, uint64_t start, uint64_t size, const uint8_t *data,
                     uint64_t at, uint64_t bytes)
{
    uint64_t from = MAX(start, at), end = MIN(start + size, at + bytes);
    if (from < end) {
        memcpy(window + (from - start), data + (from - at), end - from);
    }
}

static void read_window(BlockNode *file, uint64_t start, uint64_t size, uint8_t *window)
{
    uint64_t there = start < file->length ? MIN(size, file->length - start) : 0;
    if (there && block_node_read(file, start, window, there) != 0) {
        memset(window, 0, there); /* it cannot be probed either */
    }
}

/* Any thread. @at: in the node below. */
static bool would_look_different(BlockNode *file, uint64_t at, const uint8_t *data, uint64_t bytes)
{
    uint8_t head[BLOCK_PROBE_HEAD] = {0}, tail[BLOCK_PROBE_TAIL] = {0};
    uint64_t length = MAX(file->length, at + bytes);
    uint64_t tail_at = length > BLOCK_PROBE_TAIL ? length - BLOCK_PROBE_TAIL : 0;
    if (at >= BLOCK_PROBE_HEAD && at + bytes <= tail_at) {
        return false;
    }
    read_window(file, 0, sizeof(head), head);
    read_window(file, tail_at, sizeof(tail), tail);
    lay_over(head, 0, sizeof(head), data, at, bytes);
    lay_over(tail, tail_at, sizeof(tail), data, at, bytes);
    return !g_str_equal(block_format_of(head, tail, length), "raw");
}

static BlockResult raw_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
    if (node->is_guessed && would_look_different(node->file, node->offset + offset, data, bytes)) {
        return (BlockResult){-EPERM, 0};
    }
    return block_node_write(node->file, node->offset + offset, data, bytes);
}

static BlockResult raw_discard(BlockNode *node, uint64_t offset, uint64_t bytes)
{
    return block_node_discard(node->file, node->offset + offset, bytes);
}

static BlockResult raw_write_zeroes(BlockNode *node, uint64_t offset, uint64_t bytes,
                                    bool may_unmap)
{
    return block_node_write_zeroes(node->file, node->offset + offset, bytes, may_unmap);
}

const BlockDriver block_raw_driver = {
    .name = "raw",
    .options = raw_options,
    .is_format = true,
    .child = "file",
    .open = raw_open,
    .read = raw_read,
    .read_now = raw_read_now,
    .write = raw_write,
    .discard = raw_discard,
    .write_zeroes = raw_write_zeroes,
};
