/* SPDX-License-Identifier: MIT */
/*
 * Locks on image files, against other processes and other drives of this one.
 *
 * Source: QEMU's image locking as its users see it (its manual, "locking"): open file description locks on
 * single bytes, at 100 plus n for what a user does and at 200 plus n for what it cannot stand others to do;
 * n is 0 for reading, 1 for writing. So both emulators keep each other out.
 */
#ifndef BLOCK_LOCK_H
#define BLOCK_LOCK_H

#include "util/error.h"

typedef struct BlockLock {
    bool is_taken;
} BlockLock;

/* Of a file system without locks nothing is asked. */
bool block_lock_take(BlockLock *lock, int fd, bool writes, bool shares_write, const char *filename,
                     Error **errp);
void block_lock_drop(BlockLock *lock, int fd);

#endif
