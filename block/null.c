/* SPDX-License-Identifier: MIT */
/*
 * Drivers "null-co" and "null-aio": a disk that keeps nothing and reads zeros.
 *
 * Source: QEMU's -blockdev driver=null-co. Not modelled: latency-ns; the device's property latency says it.
 */
#include "block/internal.h"

#include <string.h>

static const OptionDesc null_options[] = {
    {"size", "size", "bytes (default 1G)"},
    {"read-zeroes", "bool", "taken for compatibility: it always reads zeros"},
    {0},
};

static bool null_open(BlockNode *node, const Options *opts, Error **errp)
{
    node->filename = g_strdup_printf("%s://", node->driver->name);
    return options_get_size(opts, "size", UINT64_C(1) << 30, &node->length, errp);
}

static bool null_read_now(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                          uint8_t *data, uint64_t bytes)
{
    memset(data, 0, bytes);
    return true;
}

static int null_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    null_read_now(node, offset, data, bytes);
    return 0;
}

static BlockResult null_write(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                              const uint8_t *data G_GNUC_UNUSED, uint64_t bytes)
{
    return (BlockResult){0, bytes};
}

static BlockResult null_discard(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                                uint64_t bytes)
{
    return (BlockResult){0, bytes};
}

static BlockResult null_zero(BlockNode *node G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                             uint64_t bytes, bool may_unmap G_GNUC_UNUSED)
{
    return (BlockResult){0, bytes};
}

static int null_flush(BlockNode *node G_GNUC_UNUSED) { return 0; }

#define NULL_DRIVER(driver_name)                                                                   \
    {                                                                                              \
        .name = driver_name,                                                                       \
        .options = null_options,                                                                   \
        .open = null_open,                                                                         \
        .read = null_read,                                                                         \
        .read_now = null_read_now,                                                                 \
        .write = null_write,                                                                       \
        .flush = null_flush,                                                                       \
        .discard = null_discard,                                                                   \
        .write_zeroes = null_zero,                                                                 \
    }
const BlockDriver block_null_driver = NULL_DRIVER("null-co");
const BlockDriver block_null_aio_driver = NULL_DRIVER("null-aio");
