/* SPDX-License-Identifier: MIT */
/*
 * A process qemu-nbd that serves one image to us alone: over a socket without a name, until we end, however that is.
 *
 * Source: qemu-nbd(8); systemd's socket activation (sd_listen_fds(3)). Context: the main thread starts and ends it,
 * any one thread asks for its last words.
 */
#ifndef BLOCK_QEMU_NBD_H
#define BLOCK_QEMU_NBD_H

#include "util/error.h"

#include <glib.h>

typedef struct QemuNbd QemuNbd;

/* How the image is served. */
typedef struct QemuNbdImage {
    const char *filename; /* for messages */
    const char *options;  /* its -blockdev text */
    const char *cache;    /* writeback, none, unsafe */
    bool is_read_only, may_unmap;
} QemuNbdImage;

/* @sockets are @count connections to it that nobody has spoken on yet; they are the caller's. NULL with *errp. */
QemuNbd *qemu_nbd_start(const QemuNbdImage *image, int *sockets, unsigned count, Error **errp);
/*
 * The process ended, or ends since our connections to it are closed: wait for that (@patience_ms, then it is killed)
 * and say what it said or how it ended, as a piece of a sentence; NULL: all was well. Once.
 */
char *qemu_nbd_last_words(QemuNbd *server, int patience_ms);
void qemu_nbd_free(QemuNbd *server);
int qemu_nbd_pid(const QemuNbd *server);

#endif
