/* SPDX-License-Identifier: MIT */
/*
 * What a 9p client and its server agree on: the size of messages, and the fids, each a path below the
 * shared folder's root. It follows from the requests and their replies alone, so that a replay, which
 * asks no host, has it too: guest state.
 *
 * Context: holder of the machine token; a worker reads it while it executes a request.
 */
#ifndef HW_VIRTIO_P9_SESSION_H
#define HW_VIRTIO_P9_SESSION_H

#include "hw/virtio/p9_wire.h"
#include "vmstate/vmstate.h"

enum { P9_MSIZE_MIN = 4096, P9_MSIZE_MAX = 512 << 10 };

typedef struct P9Fid {
    uint32_t id;
    uint32_t uid;   /* who attached; UINT32_MAX: not told */
    char *path;     /* "a/b"; the root is "" */
    bool is_open;   /* by Tlopen or Tlcreate */
    bool is_dir;    /* what was opened is a directory */
    bool is_orphan; /* the path does not name it any more: removed, or another one put there */
    uint32_t flags; /* it was opened with, as 9P numbers them */
} P9Fid;

typedef struct P9Session {
    uint32_t msize; /* 0: no version agreed on yet */
    GHashTable *fids;
    size_t bytes; /* of paths */
} P9Session;

P9Session *p9_session_new(void);
void p9_session_free(P9Session *session);
/* No version, no fids. */
void p9_session_reset(P9Session *session);

/* NULL if there is none. */
P9Fid *p9_session_fid(const P9Session *session, uint64_t id);
/* There is room for one more fid with a path of @length. */
bool p9_session_has_room(const P9Session *session, size_t length);
/* All fids at and below @from can get paths that begin with @to. */
bool p9_session_can_move(const P9Session *session, const char *from, const char *to);
/* @name in the directory @dir. Free with g_free(). */
char *p9_path_join(const char *dir, const char *name);

/* What @reply to @req changed. Neither needs to be well-formed: an odd one changes nothing. */
void p9_session_apply(P9Session *session, const P9Request *req, const uint8_t *reply,
                      size_t length);

/* A member P9Session *, never NULL. */
extern const VMStateInfo vmstate_info_p9_session;
#define VMSTATE_P9_SESSION(f, S) VMSTATE_CUSTOM(f, S, vmstate_info_p9_session)

#endif
