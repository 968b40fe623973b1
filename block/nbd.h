/* SPDX-License-Identifier: MIT */
/*
 * Disks that an NBD server has: a pool of connections to one export, on each of which one request is under way at a
 * time; and what all nodes that stand on such a pool have in common.
 *
 * Source: none (own design). Context: opening and closing by the token holder, requests by any thread.
 */
#ifndef BLOCK_NBD_H
#define BLOCK_NBD_H

#include "block/internal.h"

typedef struct NbdPool NbdPool;

/* As many as a server may serve us at once. More than one only where it says that a flush on one covers writes
 * that completed on others. */
enum { NBD_CONNECTIONS = 4 };
/* So long a server may take for an answer before it is lost. */
enum { NBD_PATIENCE_MS = 60000 };

/* --- the pool: nbd_with_libnbd.c, nbd_without_libnbd.c ---------------------------------------------- */

/* @uri is nbd://HOST:PORT/EXPORT, nbd+unix:///EXPORT?socket=PATH or the like. NULL with *errp. */
NbdPool *nbd_pool_connect(const char *uri, Error **errp);
/* The same over @count sockets that are connected already; they are the pool's whatever comes of it. */
NbdPool *nbd_pool_adopt(const int *sockets, unsigned count, Error **errp);
/* Says good-bye to the server. NULL is allowed. */
void nbd_pool_free(NbdPool *pool);
uint64_t nbd_pool_length(const NbdPool *pool);
bool nbd_pool_is_read_only(const NbdPool *pool);
bool nbd_pool_is_lost(NbdPool *pool);
/* Another one than NBD_PATIENCE_MS. */
void nbd_pool_set_patience(NbdPool *pool, int ms);
/* @hook comes once, on any thread, when a connection is lost: from then on every request fails with EIO. */
void nbd_pool_set_lost_hook(NbdPool *pool, void (*hook)(void *opaque, const char *reason),
                            void *opaque);
/* 0 or -errno. All that is asked for lies in the export. Without a pool every request fails, as with a lost one. */
int nbd_pool_read(NbdPool *pool, uint64_t offset, uint8_t *data, uint64_t bytes);
BlockResult nbd_pool_write(NbdPool *pool, uint64_t offset, const uint8_t *data, uint64_t bytes);
int nbd_pool_flush(NbdPool *pool);
/* @done is 0 and @ret -ENOTSUP: the server has no such request. */
BlockResult nbd_pool_zero(NbdPool *pool, uint64_t offset, uint64_t bytes, bool may_unmap);

/* --- nodes on a pool: nbd.c ------------------------------------------------------------------------ */

/* What node->state of such a node begins with. */
typedef struct NbdState {
    NbdPool *pool;
} NbdState;

/* Flushes, and gives up the pool; says so if that fails. */
void nbd_node_end(BlockNode *node);
int nbd_node_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes);
BlockResult nbd_node_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes);
int nbd_node_flush(BlockNode *node);
BlockResult nbd_node_discard(BlockNode *node, uint64_t offset, uint64_t bytes);
BlockResult nbd_node_write_zeroes(BlockNode *node, uint64_t offset, uint64_t bytes, bool may_unmap);

#endif
