/* SPDX-License-Identifier: MIT */
/*
 * What there is to say of disks: info block, info blockstats, the head of a record.
 *
 * Source: the format of QEMU's console. Times are the guest's.
 */
#include "block/drive.h"
#include "block/overlay.h"
#include "util/hash.h"

#include <inttypes.h>

/* --- info ------------------------------------------------------------------------------------------ */

static void print_device(const BlockBackend *blk, GString *out)
{
    g_autofree char *path = blk->dev ? object_get_canonical_path(blk->dev) : NULL;
    if (path) {
        g_string_append_printf(out, "    Attached to:      %s\n", path);
    }
    const BlockMediaOps *ops = blk->media_ops;
    if (ops || (blk->is_cdrom && !blk->dev)) {
        bool is_locked = ops && ops->is_locked(blk->media_opaque);
        bool is_open = ops && ops->is_tray_open(blk->media_opaque);
        g_string_append_printf(out, "    Removable device: %slocked, tray %s\n",
                               is_locked ? "" : "not ", is_open ? "open" : "closed");
    }
}

static void print_layers(const BlockBackend *blk, GString *out)
{
    unsigned layers = blk->overlay ? block_overlay_layers(blk->overlay) : 0;
    if (layers) {
        g_string_append_printf(out, "    Layers:           %u%s, %" PRIu64 " KiB\n", layers,
                               blk->has_snapshot ? ", the image is left as it is" : "",
                               block_overlay_bytes(blk->overlay) / 1024);
    }
}

/* Of the highest node that has one. */
static void print_backing(const BlockNode *node, GString *out)
{
    while (node && !node->backing) {
        node = node->file;
    }
    if (node) {
        g_string_append_printf(out, "    Backing file:     %s\n", node->backing);
    }
}

static void print_server(const BlockNode *node, GString *out)
{
    for (; node; node = node->file) {
        if (node->server) {
            g_string_append_printf(out, "    Served by:        qemu-nbd, process %d\n",
                                   node->server);
        }
    }
}

static void print_backend(const BlockBackend *blk, bool is_verbose, GString *out)
{
    const BlockNode *node = blk->root;
    if (!node) {
        g_string_append_printf(out, "%s: [not inserted]\n", blk->name);
        print_device(blk, out);
        return;
    }
    g_string_append_printf(out, "%s (%s): %s (%s%s)\n", blk->name, node->name, node->filename,
                           node->driver->name, blk->is_read_only ? ", read-only" : "");
    print_device(blk, out);
    print_backing(node, out);
    if (node->contents) {
        g_string_append_printf(out, "    Contents:         %s\n", node->contents);
    }
    g_string_append_printf(out, "    Cache mode:       %s%s\n",
                           blk->write_cache ? "writeback" : "writethrough",
                           node->never_flushes ? ", ignore flushes" : "");
    print_layers(blk, out);
    if (is_verbose) {
        g_string_append_printf(out,
                               "    Size:             %" PRIu64 " bytes\n"
                               "    Under way:        %u requests\n",
                               blk->length, blk->in_flight);
        print_server(node, out);
    }
}

static void print_nodes(GString *out)
{
    const GPtrArray *nodes = block_core()->nodes;
    for (guint n = 0; n < nodes->len; n++) {
        const BlockNode *node = g_ptr_array_index(nodes, n);
        g_string_append_printf(out, "%s: %s (%s%s)\n", node->name, node->filename,
                               node->driver->name, node->is_read_only ? ", read-only" : "");
    }
}

bool block_info(const BlockInfo *what, GString *out, Error **errp)
{
    const GPtrArray *backends = block_core()->backends;
    const char *between = "";
    if (what->name && !blk_by_name(what->name)) {
        return error_setg(errp, "there is no drive '%s'", what->name);
    }
    if (what->nodes) {
        print_nodes(out);
        return true;
    }
    for (guint n = 0; n < backends->len; n++) {
        const BlockBackend *blk = g_ptr_array_index(backends, n);
        if (!what->name || g_str_equal(what->name, blk->name)) {
            g_string_append(out, between);
            between = "\n";
            print_backend(blk, what->is_verbose, out);
        }
    }
    return true;
}

/* What a guest writes as zeroes is written, too. */
static uint64_t with_zeroes(const uint64_t *figures)
{
    return figures[BLOCK_WRITE] + figures[BLOCK_WRITE_ZEROES];
}

void block_info_stats(GString *out)
{
    const GPtrArray *backends = block_core()->backends;
    for (guint n = 0; n < backends->len; n++) {
        const BlockBackend *blk = g_ptr_array_index(backends, n);
        const BlockStats *s = &blk->stats;
        g_string_append_printf(
            out,
            "%s: rd_bytes=%" PRIu64 " wr_bytes=%" PRIu64 " rd_operations=%" PRIu64
            " wr_operations=%" PRIu64 " flush_operations=%" PRIu64 " wr_total_time_ns=%" PRIu64
            " rd_total_time_ns=%" PRIu64 " flush_total_time_ns=%" PRIu64
            " rd_merged=0 wr_merged=0 failed_rd_operations=%" PRIu64
            " failed_wr_operations=%" PRIu64 " failed_flush_operations=%" PRIu64
            " unmap_operations=%" PRIu64 "\n",
            blk->name, s->bytes[BLOCK_READ], with_zeroes(s->bytes), s->operations[BLOCK_READ],
            with_zeroes(s->operations), s->operations[BLOCK_FLUSH], with_zeroes(s->ns),
            s->ns[BLOCK_READ], s->ns[BLOCK_FLUSH], s->failed[BLOCK_READ], with_zeroes(s->failed),
            s->failed[BLOCK_FLUSH], s->operations[BLOCK_DISCARD]);
    }
}

/* --- identity ---------------------------------------------------------------------------------------- */

enum { WHOLE = 4 << 20, END = 64 << 10, PIECE = 4 << 10, PIECES = 64 };

static uint64_t hash_piece(uint64_t hash, BlockNode *node, uint64_t at, uint64_t bytes)
{
    g_autofree uint8_t *data = g_malloc(bytes);
    bool ok = block_node_read(node, at, data, bytes) == 0;
    return ok ? hash_bytes(hash, data, bytes) : hash_u64(hash, at);
}

/* A large image differs from others at its ends, or somewhere: where it does not, a replay finds out when it reads. */
uint64_t block_image_identity(BlockNode *node)
{
    uint64_t hash = hash_u64(0, node->length);
    if (node->length <= WHOLE) {
        return node->length ? hash_piece(hash, node, 0, node->length) : hash;
    }
    hash = hash_piece(hash_piece(hash, node, 0, END), node, node->length - END, END);
    for (unsigned n = 1; n < PIECES; n++) {
        uint64_t at = node->length / PIECES * n;
        hash = hash_piece(hash, node, at - at % PIECE, PIECE);
    }
    return hash;
}

void block_describe(GString *out)
{
    const GPtrArray *backends = block_core()->backends;
    for (guint n = 0; n < backends->len; n++) {
        const BlockBackend *blk = g_ptr_array_index(backends, n);
        if (!blk->root) {
            g_string_append_printf(out, " drive=%s:empty", blk->name);
            continue;
        }
        g_string_append_printf(out, " drive=%s:%s%016" PRIx64, blk->name,
                               blk->is_read_only ? "ro:" : "", block_image_identity(blk->root));
    }
}
