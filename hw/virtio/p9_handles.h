/* SPDX-License-Identifier: MIT */
/*
 * Open host files behind open fids: a cache. What is not there is opened again by the fid's path, so that
 * fids may outnumber descriptors, and a loaded snapshot needs nothing but paths.
 *
 * Context: one thread at a time.
 */
#ifndef HW_VIRTIO_P9_HANDLES_H
#define HW_VIRTIO_P9_HANDLES_H

#include "hw/virtio/p9_folder.h"
#include "hw/virtio/p9_session.h"

enum { P9_OPEN_MAX = 256 }; /* host descriptors kept by one device */

typedef struct P9Entry {
    uint64_t ino;
    uint8_t type; /* DT_DIR and so on */
    char name[];
} P9Entry;

typedef struct P9Handle {
    uint32_t id; /* of its fid */
    int fd;      /* -1: closed to make room */
    dev_t dev;
    ino_t ino;
    uint64_t last_use;
    GPtrArray *listing; /* P9Entry *, of a directory that is being read */
} P9Handle;

typedef struct P9Handles {
    P9Folder *folder;
    const P9Session *session;
    GHashTable *by_fid;
    unsigned open;
    uint64_t uses;
} P9Handles;

void p9_handles_init(P9Handles *handles, P9Folder *folder, const P9Session *session);
void p9_handles_fini(P9Handles *handles);
void p9_handles_clear(P9Handles *handles);
/* Takes @fd: the file that fid @id was opened on. 0 or an errno (@fd is closed then). */
int p9_handles_add(P9Handles *handles, uint32_t id, int fd);
void p9_handles_remove(P9Handles *handles, uint32_t id);
/* The file behind an open fid; *@err: EBADF if it is not open, ESTALE if it is gone. */
P9Handle *p9_handles_get(P9Handles *handles, const P9Fid *fid, int *err);
/* What the directory holds, sorted by name; read anew if @is_new. */
int p9_handle_list(P9Handle *handle, bool is_new);
/* 9P's flags as the host's; only what makes sense for a server. */
int p9_host_flags(uint64_t flags);

#endif
