/* SPDX-License-Identifier: MIT */
/*
 * Nodes: what stands behind a drive, one driver each, a filter above the node that it filters. Named nodes are
 * found by -blockdev's references.
 *
 * Source: QEMU's -blockdev (its manual). Not modelled: other drivers than file, host_device, raw, null-co,
 * null-aio and blkdebug; permissions between nodes.
 */
#include "block/internal.h"

const OptionDesc block_node_options[] = {
    {"driver", "string", "what reads and writes it"},
    {"node-name", "string", "name of the node"},
    {"read-only", "bool", "nothing may be written (default off)"},
    {"auto-read-only", "bool", "reading alone is good enough (default off)"},
    {"discard", "string", "unmap: what is discarded goes back to the host; ignore (the default)"},
    {"detect-zeroes", "string", "taken for compatibility"},
    {"cache.direct", "bool", "taken for compatibility"},
    {"cache.no-flush", "bool", "flushes do nothing (default off)"},
    {0},
};

/* --- life ------------------------------------------------------------------------------------------ */

BlockNode *block_node_find(const char *name)
{
    const GPtrArray *nodes = block_core()->nodes;
    for (guint i = 0; i < nodes->len; i++) {
        BlockNode *node = g_ptr_array_index(nodes, i);
        if (g_str_equal(node->name, name)) {
            return node;
        }
    }
    return NULL;
}

BlockNode *block_node_ref(BlockNode *node)
{
    node->refs++;
    return node;
}

void block_node_unref(BlockNode *node)
{
    if (!node || --node->refs) {
        return;
    }
    g_ptr_array_remove(block_core()->nodes, node);
    if (node->driver->close) {
        node->driver->close(node);
    }
    block_node_unref(node->file);
    g_free(node->name);
    g_free(node->filename);
    g_free(node->backing);
    g_free(node->contents);
    g_free(node);
}

static bool set_name(BlockNode *node, const char *name, Error **errp)
{
    if (!name) {
        node->name = g_strdup_printf("#block%03u", block_core()->next_node++);
        return true;
    }
    if (!object_id_is_well_formed(name) || strlen(name) > 31) {
        return error_setg(
            errp, "'%s' is no node name: a letter, then up to 30 letters, digits, -._", name);
    }
    if (block_node_find(name) || blk_by_name(name)) {
        return error_setg(errp, "node name '%s' is taken", name);
    }
    node->name = g_strdup(name);
    return true;
}

static bool parse_discard(const char *text, bool *may_unmap, Error **errp)
{
    static const char *const on[] = {"unmap", "on", NULL}, *const off[] = {"ignore", "off", NULL};
    *may_unmap = text && g_strv_contains(on, text);
    return !text || *may_unmap || g_strv_contains(off, text) ||
           error_setg(errp, "discard takes ignore or unmap, not '%s'", text);
}

static bool set_options(BlockNode *node, const Options *opts, Error **errp)
{
    return options_get_bool(opts, "read-only", false, &node->is_read_only, errp) &&
           options_get_bool(opts, "auto-read-only", false, &node->auto_read_only, errp) &&
           options_get_bool(opts, "cache.no-flush", false, &node->never_flushes, errp) &&
           parse_discard(options_get(opts, "discard"), &node->may_unmap, errp);
}

/* What a filter takes over from the node below. */
static void inherit(BlockNode *node)
{
    if (node->file) {
        node->length = node->file->length;
        node->filename = g_strdup(node->file->filename);
        node->is_read_only = node->is_read_only || node->file->is_read_only;
    }
}

BlockNode *block_node_open(const BlockDriver *driver, const Options *opts, BlockNode *file,
                           Error **errp)
{
    BlockNode *node = g_new0(BlockNode, 1);
    node->refs = 1;
    node->driver = driver;
    node->file = file ? block_node_ref(file) : NULL;
    bool ok = set_options(node, opts, errp) && set_name(node, options_get(opts, "node-name"), errp);
    inherit(node);
    if (!ok || !driver->open(node, opts, errp)) {
        block_node_unref(node->file);
        g_free(node->name);
        g_free(node->filename);
        g_free(node);
        return NULL;
    }
    g_ptr_array_add(block_core()->nodes, node);
    return node;
}

/* --- work ------------------------------------------------------------------------------------------ */

int block_node_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    return node->driver->read ? node->driver->read(node, offset, data, bytes)
                              : block_node_read(node->file, offset, data, bytes);
}

BlockResult block_node_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
    return node->driver->write ? node->driver->write(node, offset, data, bytes)
                               : block_node_write(node->file, offset, data, bytes);
}

int block_node_flush(BlockNode *node)
{
    if (node->never_flushes) {
        return 0;
    }
    return node->driver->flush ? node->driver->flush(node) : block_node_flush(node->file);
}

BlockResult block_node_discard(BlockNode *node, uint64_t offset, uint64_t bytes)
{
    if (!node->may_unmap) {
        return (BlockResult){0, 0};
    }
    return node->driver->discard ? node->driver->discard(node, offset, bytes)
                                 : block_node_discard(node->file, offset, bytes);
}

BlockResult block_node_write_zeroes(BlockNode *node, uint64_t offset, uint64_t bytes,
                                    bool may_unmap)
{
    may_unmap = may_unmap && node->may_unmap;
    return node->driver->write_zeroes
               ? node->driver->write_zeroes(node, offset, bytes, may_unmap)
               : block_node_write_zeroes(node->file, offset, bytes, may_unmap);
}

bool block_node_is_far(const BlockNode *node)
{
    return node->driver->is_far || (node->file && block_node_is_far(node->file));
}

bool block_node_read_now(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    if (node->driver->read_now) {
        return node->driver->read_now(node, offset, data, bytes);
    }
    return !node->driver->read && block_node_read_now(node->file, offset, data, bytes);
}

int block_node_inject(BlockNode *node, const BlockRequest *request)
{
    int ret = node->driver->inject ? node->driver->inject(node, request) : 0;
    return ret || !node->file ? ret : block_node_inject(node->file, request);
}

bool block_node_lock(BlockNode *node, bool shares_write, Error **errp)
{
    if (!node->driver->lock && node->file) {
        return block_node_lock(node->file, shares_write, errp);
    }
    return !node->driver->lock || node->driver->lock(node, shares_write, errp);
}

bool block_node_make_writable(BlockNode *node, Error **errp)
{
    bool (*make_writable)(BlockNode *, Error **) = node->driver->make_writable;
    bool ok = (!node->file || block_node_make_writable(node->file, errp)) &&
              (!make_writable || make_writable(node, errp));
    node->is_read_only = node->is_read_only && !ok;
    return ok;
}

void block_node_unlock(BlockNode *node)
{
    if (node->driver->unlock) {
        node->driver->unlock(node);
    } else if (node->file) {
        block_node_unlock(node->file);
    }
}
