/* SPDX-License-Identifier: MIT */
/*
 * Attributes: owners, permissions, sizes, times; the file system's figures.
 *
 * Source: the .L messages as the diod project's protocol.md lists them. Not modelled: times of birth,
 * generations, data versions (their valid bits stay 0, as with QEMU).
 */
#include "hw/virtio/p9_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { GETATTR_BASIC = 0x7ff, FS_MAGIC = 0x01021997, NANOSECONDS = 1000000000 };
enum { /* Tsetattr: what to set */
       SET_MODE = 1 << 0,
       SET_UID = 1 << 1,
       SET_GID = 1 << 2,
       SET_SIZE = 1 << 3,
       SET_ATIME = 1 << 4,
       SET_MTIME = 1 << 5,
       SET_ATIME_TO = 1 << 7,
       SET_MTIME_TO = 1 << 8,
};
enum { /* its numbers */
       N_FID,
       N_VALID,
       N_MODE,
       N_UID,
       N_GID,
       N_SIZE,
       N_ATIME,
       N_MTIME = N_ATIME + 2
};

/* --- reading ------------------------------------------------------------------------------------- */

static void put_time(P9Writer *out, const struct timespec *time)
{
    p9_put(out, (uint64_t)time->tv_sec, 8);
    p9_put(out, (uint64_t)time->tv_nsec, 8);
}

static void put_attributes(P9Call *call, const struct stat *st)
{
    static const struct timespec never;
    P9Writer *out = call->out;
    P9Qid qid = p9_folder_qid(call->folder, st);
    p9_put(out, call->req->n[1] & GETATTR_BASIC, 8);
    p9_put_qid(out, &qid);
    p9_put(out, st->st_mode, 4);
    p9_put(out, st->st_uid, 4);
    p9_put(out, st->st_gid, 4);
    p9_put(out, st->st_nlink, 8);
    p9_put(out, st->st_rdev, 8);
    p9_put(out, (uint64_t)st->st_size, 8);
    p9_put(out, (uint64_t)st->st_blksize, 8);
    p9_put(out, (uint64_t)st->st_blocks, 8);
    put_time(out, &st->st_atim);
    put_time(out, &st->st_mtim);
    put_time(out, &st->st_ctim);
    put_time(out, &never); /* birth */
    p9_put(out, 0, 8);     /* generation */
    p9_put(out, 0, 8);     /* data version */
}

int p9_getattr(P9Call *call)
{
    struct stat st;
    int fd = p9_call_look_at(call, N_FID);
    if (fd < 0) {
        return -fd;
    }
    int err = fstat(fd, &st) ? errno : 0;
    close(fd);
    if (!err) {
        put_attributes(call, &st);
    }
    return err;
}

int p9_statfs(P9Call *call)
{
    struct statfs st;
    int fd = p9_call_look_at(call, N_FID);
    if (fd < 0) {
        return -fd;
    }
    int err = fstatfs(fd, &st) ? errno : 0;
    close(fd);
    if (err) {
        return err;
    }
    P9Writer *out = call->out;
    p9_put(out, FS_MAGIC, 4);
    p9_put(out, (uint64_t)st.f_bsize, 4);
    p9_put(out, st.f_blocks, 8);
    p9_put(out, st.f_bfree, 8);
    p9_put(out, st.f_bavail, 8);
    p9_put(out, st.f_files, 8);
    p9_put(out, st.f_ffree, 8);
    p9_put(out, (uint32_t)st.f_fsid.__val[0] | (uint64_t)(uint32_t)st.f_fsid.__val[1] << 32, 8);
    p9_put(out, P9_NAME_MAX, 4);
    return 0;
}

/* --- writing ------------------------------------------------------------------------------------- */

int p9_set_owner(P9Call *call, int fd, uint32_t uid, uint32_t gid)
{
    bool may_fail = call->folder->config->security == P9_SECURITY_NONE;
    int err = fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) ? errno : 0;
    return err == EPERM && may_fail ? 0 : err;
}

int p9_set_mode(P9Call *call, int fd, uint32_t mode)
{
    char link[P9_LINK_SIZE];
    struct stat st;
    if (fstat(fd, &st)) {
        return errno;
    }
    mode &= 07777;
    /* Another user of the host could run it as us. */
    if (call->folder->config->security == P9_SECURITY_NONE && !S_ISDIR(st.st_mode)) {
        mode &= ~(uint32_t)(S_ISUID | S_ISGID);
    }
    return chmod(p9_folder_link(fd, link), mode) ? errno : 0;
}

static int set_size(P9Call *call, int fd)
{
    const P9Fid *fid = p9_call_fid(call, N_FID);
    off_t size = (off_t)call->req->n[N_SIZE];
    char link[P9_LINK_SIZE];
    struct stat st;
    int err;
    if (fstat(fd, &st)) {
        return errno;
    }
    if (!S_ISREG(st.st_mode) || size < 0) {
        return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    }
    /* What is open for writing needs no permission any more. */
    if (fid->is_open && fid->flags & 3) {
        P9Handle *handle = p9_handles_get(call->handles, fid, &err);
        return !handle ? err : ftruncate(handle->fd, size) ? errno : 0;
    }
    return truncate(p9_folder_link(fd, link), size) ? errno : 0;
}

static struct timespec wanted_time(const P9Request *req, unsigned n, uint64_t now, uint64_t given)
{
    uint64_t valid = req->n[N_VALID];
    if (!(valid & now)) {
        return (struct timespec){.tv_nsec = UTIME_OMIT};
    }
    if (!(valid & given)) {
        return (struct timespec){.tv_nsec = UTIME_NOW};
    }
    return (struct timespec){(time_t)req->n[n], (long)req->n[n + 1]};
}

static int set_times(const P9Request *req, int fd)
{
    const struct timespec times[] = {wanted_time(req, N_ATIME, SET_ATIME, SET_ATIME_TO),
                                     wanted_time(req, N_MTIME, SET_MTIME, SET_MTIME_TO)};
    char link[P9_LINK_SIZE];
    if (req->n[N_ATIME + 1] >= NANOSECONDS || req->n[N_MTIME + 1] >= NANOSECONDS) {
        return EINVAL; /* it could be one of the host's special values */
    }
    return utimensat(AT_FDCWD, p9_folder_link(fd, link), times, 0) ? errno : 0;
}

/* Owner first, since it takes set-id bits away; times last, since the rest changes them. */
static int set_attributes(P9Call *call, int fd)
{
    const uint64_t *n = call->req->n;
    uint64_t valid = n[N_VALID];
    int err = 0;
    if (valid & (SET_UID | SET_GID)) {
        err = p9_set_owner(call, fd, valid & SET_UID ? (uint32_t)n[N_UID] : UINT32_MAX,
                           valid & SET_GID ? (uint32_t)n[N_GID] : UINT32_MAX);
    }
    if (!err && valid & SET_MODE) {
        err = p9_set_mode(call, fd, (uint32_t)n[N_MODE]);
    }
    if (!err && valid & SET_SIZE) {
        err = set_size(call, fd);
    }
    if (!err && valid & (SET_ATIME | SET_MTIME)) {
        err = set_times(call->req, fd);
    }
    return err;
}

int p9_setattr(P9Call *call)
{
    int fd = p9_call_look_at(call, N_FID);
    if (fd < 0) {
        return -fd;
    }
    int err = set_attributes(call, fd);
    close(fd);
    return err;
}
