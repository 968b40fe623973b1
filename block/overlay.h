/* SPDX-License-Identifier: MIT */
/*
 * Copy on write: what was written since a drive was frozen lies in a layer of its own, in an unlinked temporary
 * file or in memory, so that a freeze, a roll back and a drop cost no copy of the image.
 *
 * A freeze makes a point; the layer above it holds what came later. Granularity: sectors, in slots of 4 KiB.
 * Source: none (own design; design.md "Time"). Context: token holder, except block_piece_*() (workers).
 */
#ifndef BLOCK_OVERLAY_H
#define BLOCK_OVERLAY_H

#include "block/internal.h"

typedef struct BlockOverlay BlockOverlay;

/* A run of bytes of a request and where it lies. */
typedef struct BlockPiece {
    int fd; /* of a layer; or one of these: */
    uint64_t at, bytes;
} BlockPiece;
enum { BLOCK_PIECE_BASE = -1, BLOCK_PIECE_ZERO = -2 };

BlockOverlay *block_overlay_new(uint64_t length);
void block_overlay_free(BlockOverlay *overlay);           /* NULL is allowed */
bool block_overlay_is_empty(const BlockOverlay *overlay); /* no layers */

/* Where the bytes of a read lie; where those of a write go. Free with g_array_unref(). */
GArray *block_overlay_plan_read(const BlockOverlay *overlay, uint64_t offset, uint64_t bytes);
GArray *block_overlay_plan_write(BlockOverlay *overlay, uint64_t offset, uint64_t bytes);
void block_overlay_zero(BlockOverlay *overlay, uint64_t offset, uint64_t bytes);

/* From here on, point @point can be rolled back to. False: no room for a layer. */
bool block_overlay_freeze(BlockOverlay *overlay, uint64_t point, Error **errp);
/* As at @point, which stays; later points are gone. */
bool block_overlay_roll_back(BlockOverlay *overlay, uint64_t point, Error **errp);
/* @point is forgotten, the contents stay. The lowest layer goes into @base unless that is NULL. */
bool block_overlay_drop(BlockOverlay *overlay, uint64_t point, BlockNode *base, Error **errp);
bool block_overlay_has(const BlockOverlay *overlay, uint64_t point);
unsigned block_overlay_layers(const BlockOverlay *overlay);
uint64_t block_overlay_bytes(const BlockOverlay *overlay); /* of slots in use */

/* Any thread. 0 or -errno. */
int block_piece_read(const BlockPiece *piece, BlockNode *base, uint8_t *data);
BlockResult block_piece_write(const BlockPiece *piece, BlockNode *base, const uint8_t *data);
bool block_piece_read_now(const BlockPiece *piece, BlockNode *base, uint8_t *data);

#endif
