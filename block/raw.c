/* SPDX-License-Identifier: MIT */
/*
 * Driver "raw": the node below as it is, or a part of it (offset=, size=).
 *
 * Source: QEMU's -blockdev driver=raw.
 */
#include "block/internal.h"

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

static BlockResult raw_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
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
