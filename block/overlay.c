/* SPDX-License-Identifier: MIT */
/*
 * Layers of what was written, and the map of each: see overlay.h.
 *
 * A map is a table of leaves, one for 2 MiB of the disk; a leaf has an entry for each 4 KiB: a slot in the
 * layer's file, and which of its sectors are there, or are zero.
 */
#include "block/overlay.h"

#include "util/bits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOT = 4096, SLOT_SECTORS = SLOT / BLOCK_SECTOR, LEAF = 512 };

typedef struct Entry {
    uint32_t slot; /* of the layer's file; 0: none yet */
    uint8_t data;  /* a bit for each sector that is there */
    uint8_t zero;  /* a bit for each sector that is zero */
} Entry;

typedef struct Layer {
    uint64_t point; /* what lies below is the disk at that point */
    int fd;
    uint32_t slots; /* used, the first one is not */
    Entry **leaves;
} Layer;

struct BlockOverlay {
    uint64_t length;
    size_t leaf_count;
    GPtrArray *layers; /* the newest last */
};

/* --- layers ---------------------------------------------------------------------------------------- */

/* A file without a name, or memory where the host has no room for that. */
static int open_store(void)
{
    int fd = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : memfd_create("core99-overlay", MFD_CLOEXEC);
}

static void layer_free(gpointer data)
{
    Layer *layer = data;
    close(layer->fd);
    g_free(layer->leaves);
    g_free(layer);
}

static void free_leaves(const BlockOverlay *overlay, Layer *layer)
{
    for (size_t n = 0; n < overlay->leaf_count; n++) {
        g_clear_pointer(&layer->leaves[n], g_free);
    }
}

static Layer *layer_at(const BlockOverlay *overlay, guint n)
{
    return g_ptr_array_index(overlay->layers, n);
}

static Layer *top_of(const BlockOverlay *overlay)
{
    return layer_at(overlay, overlay->layers->len - 1);
}

static void remove_layer(BlockOverlay *overlay, guint n)
{
    free_leaves(overlay, layer_at(overlay, n));
    g_ptr_array_remove_index(overlay->layers, n);
}

static bool push_layer(BlockOverlay *overlay, uint64_t point, Error **errp)
{
    int fd = open_store();
    if (fd < 0) {
        return error_setg_errno(errp, errno, "no room for what is written to a disk");
    }
    Layer *layer = g_new0(Layer, 1);
    *layer = (Layer){point, fd, 1, g_new0(Entry *, overlay->leaf_count)};
    g_ptr_array_add(overlay->layers, layer);
    return true;
}

BlockOverlay *block_overlay_new(uint64_t length)
{
    BlockOverlay *overlay = g_new0(BlockOverlay, 1);
    overlay->length = length;
    overlay->leaf_count = length / ((uint64_t)LEAF * SLOT) + 1;
    overlay->layers = g_ptr_array_new_with_free_func(layer_free);
    return overlay;
}

void block_overlay_free(BlockOverlay *overlay)
{
    if (!overlay) {
        return;
    }
    while (overlay->layers->len) {
        remove_layer(overlay, overlay->layers->len - 1);
    }
    g_ptr_array_unref(overlay->layers);
    g_free(overlay);
}

bool block_overlay_is_empty(const BlockOverlay *overlay) { return overlay->layers->len == 0; }

unsigned block_overlay_layers(const BlockOverlay *overlay) { return overlay->layers->len; }

uint64_t block_overlay_bytes(const BlockOverlay *overlay)
{
    uint64_t slots = 0;
    for (guint n = 0; n < overlay->layers->len; n++) {
        slots += layer_at(overlay, n)->slots - 1;
    }
    return slots * SLOT;
}

/* --- the map --------------------------------------------------------------------------------------- */

static const Entry *look_up(const Layer *layer, uint64_t cluster)
{
    const Entry *leaf = layer->leaves[cluster / LEAF];
    return leaf ? &leaf[cluster % LEAF] : NULL;
}

static Entry *entry_of(Layer *layer, uint64_t cluster)
{
    Entry **leaf = &layer->leaves[cluster / LEAF];
    if (!*leaf) {
        *leaf = g_new0(Entry, LEAF);
    }
    return &(*leaf)[cluster % LEAF];
}

static uint64_t place_of(const Entry *entry, uint64_t sector)
{
    return (uint64_t)entry->slot * SLOT + sector % SLOT_SECTORS * BLOCK_SECTOR;
}

/* Add @bytes at @at to the last piece if they follow it. */
static void add_piece(GArray *pieces, int fd, uint64_t at, uint64_t bytes)
{
    if (pieces->len) {
        BlockPiece *last = &g_array_index(pieces, BlockPiece, pieces->len - 1);
        if (last->fd == fd && (fd == BLOCK_PIECE_ZERO || last->at + last->bytes == at)) {
            last->bytes += bytes;
            return;
        }
    }
    BlockPiece piece = {fd, at, bytes};
    g_array_append_val(pieces, piece);
}

static void find_sector(const BlockOverlay *overlay, uint64_t sector, GArray *pieces)
{
    uint8_t bit = (uint8_t)(1u << sector % SLOT_SECTORS);
    for (guint n = overlay->layers->len; n-- > 0;) {
        const Entry *entry = look_up(layer_at(overlay, n), sector / SLOT_SECTORS);
        if (entry && (entry->data & bit)) {
            add_piece(pieces, layer_at(overlay, n)->fd, place_of(entry, sector), BLOCK_SECTOR);
            return;
        }
        if (entry && (entry->zero & bit)) {
            add_piece(pieces, BLOCK_PIECE_ZERO, 0, BLOCK_SECTOR);
            return;
        }
    }
    add_piece(pieces, BLOCK_PIECE_BASE, sector * BLOCK_SECTOR, BLOCK_SECTOR);
}

GArray *block_overlay_plan_read(const BlockOverlay *overlay, uint64_t offset, uint64_t bytes)
{
    GArray *pieces = g_array_new(false, false, sizeof(BlockPiece));
    for (uint64_t at = 0; at < bytes; at += BLOCK_SECTOR) {
        find_sector(overlay, (offset + at) / BLOCK_SECTOR, pieces);
    }
    return pieces;
}

static uint64_t write_sector(Layer *layer, uint64_t sector)
{
    uint8_t bit = (uint8_t)(1u << sector % SLOT_SECTORS);
    Entry *entry = entry_of(layer, sector / SLOT_SECTORS);
    if (!entry->slot) {
        entry->slot = layer->slots++;
    }
    entry->data |= bit;
    entry->zero &= (uint8_t)~bit;
    return place_of(entry, sector);
}

GArray *block_overlay_plan_write(BlockOverlay *overlay, uint64_t offset, uint64_t bytes)
{
    GArray *pieces = g_array_new(false, false, sizeof(BlockPiece));
    Layer *top = top_of(overlay);
    for (uint64_t at = 0; at < bytes; at += BLOCK_SECTOR) {
        add_piece(pieces, top->fd, write_sector(top, (offset + at) / BLOCK_SECTOR), BLOCK_SECTOR);
    }
    return pieces;
}

static void zero_sector(Layer *layer, uint64_t sector)
{
    uint8_t bit = (uint8_t)(1u << sector % SLOT_SECTORS);
    Entry *entry = entry_of(layer, sector / SLOT_SECTORS);
    entry->zero |= bit;
    entry->data &= (uint8_t)~bit;
}

void block_overlay_zero(BlockOverlay *overlay, uint64_t offset, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += BLOCK_SECTOR) {
        zero_sector(top_of(overlay), (offset + at) / BLOCK_SECTOR);
    }
}

/* --- pieces ---------------------------------------------------------------------------------------- */

/* What was never written in a file reads zero. */
static int read_store(const BlockPiece *piece, uint8_t *data)
{
    uint64_t done = 0;
    while (done < piece->bytes) {
        ssize_t got = pread(piece->fd, data + done, piece->bytes - done, (off_t)(piece->at + done));
        if (got < 0 && errno != EINTR) {
            return -errno;
        }
        if (got == 0) {
            memset(data + done, 0, piece->bytes - done);
            return 0;
        }
        done += (uint64_t)MAX(got, 0);
    }
    return 0;
}

int block_piece_read(const BlockPiece *piece, BlockNode *base, uint8_t *data)
{
    if (piece->fd == BLOCK_PIECE_BASE) {
        return block_node_read(base, piece->at, data, piece->bytes);
    }
    if (piece->fd == BLOCK_PIECE_ZERO) {
        memset(data, 0, piece->bytes);
        return 0;
    }
    return read_store(piece, data);
}

bool block_piece_read_now(const BlockPiece *piece, BlockNode *base, uint8_t *data)
{
    if (piece->fd == BLOCK_PIECE_BASE) {
        return block_node_read_now(base, piece->at, data, piece->bytes);
    }
    return piece->fd == BLOCK_PIECE_ZERO && block_piece_read(piece, base, data) == 0;
}

BlockResult block_piece_write(const BlockPiece *piece, BlockNode *base, const uint8_t *data)
{
    BlockResult result = {0, 0};
    if (piece->fd == BLOCK_PIECE_BASE) {
        return block_node_write(base, piece->at, data, piece->bytes);
    }
    while (result.done < piece->bytes) {
        ssize_t put = pwrite(piece->fd, data + result.done, piece->bytes - result.done,
                             (off_t)(piece->at + result.done));
        if (put == 0 || (put < 0 && errno != EINTR)) {
            return (BlockResult){put ? -errno : -ENOSPC, result.done};
        }
        result.done += (uint64_t)MAX(put, 0);
    }
    return result;
}

/* --- points ---------------------------------------------------------------------------------------- */

static int find_point(const BlockOverlay *overlay, uint64_t point)
{
    for (guint n = 0; n < overlay->layers->len; n++) {
        if (layer_at(overlay, n)->point == point) {
            return (int)n;
        }
    }
    return -1;
}

bool block_overlay_has(const BlockOverlay *overlay, uint64_t point)
{
    return find_point(overlay, point) >= 0;
}

static bool require_point(const BlockOverlay *overlay, uint64_t point, int *n, Error **errp)
{
    *n = find_point(overlay, point);
    return *n >= 0 || error_setg(errp, "the disk has no point %" G_GUINT64_FORMAT, point);
}

bool block_overlay_freeze(BlockOverlay *overlay, uint64_t point, Error **errp)
{
    g_assert(!block_overlay_has(overlay, point));
    return push_layer(overlay, point, errp);
}

/* The new layer comes first: without room for it nothing is lost. */
bool block_overlay_roll_back(BlockOverlay *overlay, uint64_t point, Error **errp)
{
    int n;
    if (!require_point(overlay, point, &n, errp) || !push_layer(overlay, point, errp)) {
        return false;
    }
    for (guint old = overlay->layers->len - 1; old-- > (guint)n;) {
        remove_layer(overlay, old);
    }
    return true;
}

/* --- dropping: a layer goes into what lies below ---------------------------------------------------- */

/* Where sectors go that leave a layer. */
typedef struct Below {
    BlockOverlay *overlay; /* whose top is the layer below; or */
    BlockNode *base;
} Below;

static int move_run(const Below *below, const BlockPiece *from, uint64_t sector)
{
    g_autofree uint8_t *data = g_malloc(from->bytes);
    int ret = block_piece_read(from, NULL, data);
    if (ret) {
        return ret;
    }
    if (below->base) {
        return block_node_write(below->base, sector * BLOCK_SECTOR, data, from->bytes).ret;
    }
    g_autoptr(GArray)
        pieces = block_overlay_plan_write(below->overlay, sector * BLOCK_SECTOR, from->bytes);
    uint64_t done = 0;
    for (guint n = 0; n < pieces->len && ret == 0; n++) {
        const BlockPiece *piece = &g_array_index(pieces, BlockPiece, n);
        ret = block_piece_write(piece, NULL, data + done).ret;
        done += piece->bytes;
    }
    return ret;
}

static int move_sector(const Below *below, const Layer *layer, const Entry *entry, uint64_t sector)
{
    uint8_t bit = (uint8_t)(1u << sector % SLOT_SECTORS);
    BlockPiece piece = {layer->fd, place_of(entry, sector), BLOCK_SECTOR};
    if (entry->data & bit) {
        return move_run(below, &piece, sector);
    }
    if (!(entry->zero & bit)) {
        return 0;
    }
    if (below->base) {
        return block_node_write_zeroes(below->base, sector * BLOCK_SECTOR, BLOCK_SECTOR, true).ret;
    }
    block_overlay_zero(below->overlay, sector * BLOCK_SECTOR, BLOCK_SECTOR);
    return 0;
}

static int move_entry(const Below *below, const Layer *layer, const Entry *entry, uint64_t cluster)
{
    uint64_t first = cluster * SLOT_SECTORS;
    if (entry->data == 0xff) {
        BlockPiece whole = {layer->fd, place_of(entry, first), SLOT};
        return move_run(below, &whole, first);
    }
    for (unsigned n = 0; n < SLOT_SECTORS; n++) {
        int ret = move_sector(below, layer, entry, first + n);
        if (ret) {
            return ret;
        }
    }
    return 0;
}

static int move_all(const Below *below, const BlockOverlay *overlay, const Layer *layer)
{
    for (size_t leaf = 0; leaf < overlay->leaf_count; leaf++) {
        for (unsigned n = 0; layer->leaves[leaf] && n < LEAF; n++) {
            const Entry *entry = &layer->leaves[leaf][n];
            int ret = entry->data || entry->zero ? move_entry(below, layer, entry, leaf * LEAF + n)
                                                 : 0;
            if (ret) {
                return ret;
            }
        }
    }
    return 0;
}

/* Moving twice does no harm: after an error all is as it was, but that the layer below may have it already. */
bool block_overlay_drop(BlockOverlay *overlay, uint64_t point, BlockNode *base, Error **errp)
{
    int n;
    if (!require_point(overlay, point, &n, errp)) {
        return false;
    }
    if (n == 0 && !base) {
        return error_setg(errp, "the lowest layer of the disk stays");
    }
    BlockOverlay lower = {overlay->length, overlay->leaf_count, g_ptr_array_new()};
    for (int below = 0; below < n; below++) {
        g_ptr_array_add(lower.layers, layer_at(overlay, (guint)below));
    }
    Below below = {&lower, n == 0 ? base : NULL};
    int ret = move_all(&below, overlay, layer_at(overlay, (guint)n));
    g_ptr_array_unref(lower.layers);
    if (ret) {
        return error_setg_errno(errp, -ret, "what was written to the disk cannot be merged");
    }
    remove_layer(overlay, (guint)n);
    return true;
}
