/* SPDX-License-Identifier: MIT */
/*
 * What each request does to the shared folder. Operations read the session and never change it: what
 * changes follows from the reply (p9_session_apply()).
 *
 * Context: one thread at a time: a worker, or the token holder when the reply is due.
 */
#ifndef HW_VIRTIO_P9_OPS_H
#define HW_VIRTIO_P9_OPS_H

#include "hw/virtio/p9_handles.h"

typedef struct P9Call {
    P9Folder *folder;
    P9Handles *handles;
    const P9Session *session;
    const P9Request *req;
    P9Writer *out; /* the body of the reply */
} P9Call;

/* 0, or the errno that the guest gets. */
typedef int P9Op(P9Call *call);

/* The fid of a request's number @n, or NULL: EBADF. */
static inline const P9Fid *p9_call_fid(const P9Call *call, unsigned n)
{
    return p9_session_fid(call->session, call->req->n[n]);
}
/* O_PATH or better to the file that @fid names; open ones are found without their path. -errno. Close
 * it. */
int p9_call_look(P9Call *call, const P9Fid *fid);
/* The same of the fid in number @n. */
int p9_call_look_at(P9Call *call, unsigned n);
/* The qid of the file behind @fd goes into the reply. */
int p9_call_put_qid(P9Call *call, int fd);

/* p9_ops_tree.c: names and what they lead to */
P9Op p9_attach, p9_walk, p9_mkdir, p9_symlink, p9_mknod, p9_link, p9_rename, p9_renameat,
    p9_unlinkat, p9_remove, p9_readlink;
/* A new regular file: its open descriptor, or -errno. Name, mode and group are s[0], n[@mode], n[@gid]. */
int p9_create_file(P9Call *call, int flags, unsigned mode, unsigned gid);

/* p9_ops_file.c: open files */
P9Op p9_lopen, p9_lcreate, p9_read, p9_write, p9_readdir, p9_fsync, p9_clunk, p9_lock, p9_getlock;

/* p9_ops_attr.c: what is known of a file */
P9Op p9_getattr, p9_setattr, p9_statfs;
/* Owner and permissions of what was just made; by the security model. */
int p9_set_owner(P9Call *call, int fd, uint32_t uid, uint32_t gid);
int p9_set_mode(P9Call *call, int fd, uint32_t mode);

#endif
