/* SPDX-License-Identifier: MIT */
/*
 * The file server behind one 9p device: a session on a shared folder, one request at a time. A worker
 * executes it; who needs the reply before the worker began does it himself. So a reply is there when it
 * is due, and no request waits for the main thread.
 *
 * Context: holder of the machine token.
 */
#ifndef HW_VIRTIO_P9_SERVER_H
#define HW_VIRTIO_P9_SERVER_H

#include "hw/virtio/p9_folder.h"
#include "hw/virtio/p9_session.h"

typedef struct P9Server P9Server;
typedef struct P9Reply {
    const uint8_t *bytes; /* until the next request */
    size_t length;        /* 0: there is none */
} P9Reply;

/* Both are lent; the session does not change between begin and end. */
P9Server *p9_server_new(const P9FolderConfig *config, const P9Session *session);
void p9_server_free(P9Server *server);
/* False if the folder cannot be shared. Not called: it is opened when a request needs it. */
bool p9_server_open(P9Server *server, Error **errp);

/* Hand @message (at least P9_HEADER bytes, lent until the end) to the worker; the reply may have @room
 * bytes, at least P9_ERROR_SIZE. */
void p9_server_begin(P9Server *server, const uint8_t *message, size_t length, size_t room);
/* The reply to it; to what was not begun (a loaded snapshot), none. */
P9Reply p9_server_end(P9Server *server);
/* Close every file; what was begun is done first. */
void p9_server_reset(P9Server *server);

#endif
