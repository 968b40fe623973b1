/* SPDX-License-Identifier: MIT */
/*
 * Open files: reading, writing, directories, locks.
 *
 * Source: read(5), open(5); the .L messages as the diod project's protocol.md lists them. Locks are the
 * guest's own affair: its kernel keeps them, the host sees none (as with QEMU).
 */
#include "hw/virtio/p9_ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { /* flags of Tlopen and Tlcreate */
       IS_EXCLUSIVE = 0200,
       TRUNCATES = 01000,
       WANTS_DIRECTORY = 0200000,
};
enum { LOCK_UNLOCK = 2, LOCK_SUCCESS = 0 };
enum { COUNT_SIZE = 4, ENTRY_SIZE = P9_QID_SIZE + 8 + 1 + 2 };

/* --- opening ------------------------------------------------------------------------------------- */

static bool wants_to_write(uint64_t flags) { return (flags & 3) || (flags & TRUNCATES); }

/* Takes @fd, or -errno. */
static int keep_open(P9Call *call, int fd)
{
    uint32_t id = (uint32_t)call->req->n[0];
    if (fd < 0) {
        return -fd;
    }
    int err = p9_call_put_qid(call, fd);
    p9_put(call->out, 0, 4); /* no unit of transfer but the message */
    if (err || call->out->is_full) {
        close(fd);
        return err;
    }
    return p9_handles_add(call->handles, id, fd);
}

static int open_existing(P9Call *call, int path, uint64_t flags)
{
    struct stat st;
    if (fstat(path, &st)) {
        return -errno;
    }
    if (!S_ISDIR(st.st_mode)) {
        return flags & WANTS_DIRECTORY ? -ENOTDIR
                                       : p9_folder_reopen(call->folder, path, p9_host_flags(flags));
    }
    return wants_to_write(flags) ? -EISDIR
                                 : p9_folder_reopen(call->folder, path, O_RDONLY | O_DIRECTORY);
}

static int check_open(const P9Fid *fid, uint64_t flags)
{
    return !fid || fid->is_open ? EBADF : (flags & 3) == 3 ? EINVAL : 0;
}

int p9_lopen(P9Call *call)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    uint64_t flags = call->req->n[1];
    int err = check_open(fid, flags);
    if (err) {
        return err;
    }
    if (call->folder->config->readonly && wants_to_write(flags)) {
        return EROFS;
    }
    int path = p9_call_look(call, fid);
    if (path < 0) {
        return -path;
    }
    int fd = open_existing(call, path, flags);
    close(path);
    return keep_open(call, fd);
}

/* O_CREAT without O_EXCL may meet a file; it may be no special one, so it is looked at first. */
static int open_or_create(P9Call *call, const P9Fid *dir)
{
    const P9Request *req = call->req;
    int fd = p9_create_file(call, p9_host_flags(req->n[1]) & ~O_TRUNC, 2, 3);
    if (fd != -EEXIST || req->n[1] & IS_EXCLUSIVE) {
        return fd;
    }
    g_autofree char *path = p9_path_join(dir->path, req->s[0]);
    struct stat st;
    int there = p9_folder_at(call->folder, path);
    if (there < 0) {
        return there;
    }
    bool is_dir = fstat(there, &st) == 0 && S_ISDIR(st.st_mode);
    fd = is_dir ? -EISDIR : open_existing(call, there, req->n[1]);
    close(there);
    return fd;
}

int p9_lcreate(P9Call *call)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    int err = check_open(fid, call->req->n[1]);
    return err ? err : keep_open(call, open_or_create(call, fid));
}

/* --- data ---------------------------------------------------------------------------------------- */

static P9Handle *handle_of(P9Call *call, int *err)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    *err = EBADF;
    return fid ? p9_handles_get(call->handles, fid, err) : NULL;
}

int p9_read(P9Call *call)
{
    P9Writer *out = call->out;
    int err;
    P9Handle *handle = handle_of(call, &err);
    if (!handle) {
        return err;
    }
    if (p9_room(out) < COUNT_SIZE) {
        return EMSGSIZE;
    }
    size_t count = MIN(call->req->n[2], p9_room(out) - COUNT_SIZE), done = 0;
    uint8_t *data = out->data + out->length + COUNT_SIZE;
    while (done < count) {
        ssize_t got = pread(handle->fd, data + done, count - done, (off_t)(call->req->n[1] + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            err = got < 0 && !done ? errno : 0;
            break;
        }
        done += (size_t)got;
    }
    p9_put(out, done, COUNT_SIZE);
    out->length += done;
    return err;
}

int p9_write(P9Call *call)
{
    const P9Request *req = call->req;
    size_t done = 0;
    int err;
    P9Handle *handle = handle_of(call, &err);
    if (!handle) {
        return err;
    }
    while (done < req->data_length) {
        ssize_t put = pwrite(handle->fd, req->data + done, req->data_length - done,
                             (off_t)(req->n[1] + done));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            err = done ? 0 : put < 0 ? errno : EIO;
            break;
        }
        done += (size_t)put;
    }
    p9_put(call->out, done, 4);
    return err;
}

int p9_fsync(P9Call *call)
{
    int err;
    P9Handle *handle = handle_of(call, &err);
    if (!handle) {
        return err;
    }
    return (call->req->n[1] ? fdatasync(handle->fd) : fsync(handle->fd)) ? errno : 0;
}

int p9_clunk(P9Call *call)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    if (fid) {
        p9_handles_remove(call->handles, fid->id);
    }
    return fid ? 0 : EBADF;
}

/* --- directories --------------------------------------------------------------------------------- */

static uint8_t type_of(const P9Handle *handle, const P9Entry *entry)
{
    struct stat st;
    if (entry->type != DT_UNKNOWN) {
        return entry->type;
    }
    return fstatat(handle->fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) ? DT_UNKNOWN
                                                                      : IFTODT(st.st_mode);
}

/* What lies above the root is nobody's business. */
static uint64_t ino_of(P9Call *call, const P9Handle *handle, const P9Entry *entry)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    bool is_own = g_str_equal(entry->name, ".") || (g_str_equal(entry->name, "..") && !*fid->path);
    return p9_folder_qid_path(call->folder, handle->dev, is_own ? handle->ino : entry->ino);
}

static void put_entry(P9Call *call, const P9Handle *handle, const P9Entry *entry, uint64_t position)
{
    uint8_t type = type_of(handle, entry);
    P9Qid qid = {p9_qid_type(DTTOIF((uint32_t)type)), 0, ino_of(call, handle, entry)};
    p9_put_qid(call->out, &qid);
    p9_put(call->out, position, 8);
    p9_put(call->out, type, 1);
    p9_put_text(call->out, entry->name, strlen(entry->name));
}

/* A position is the number of the entry that follows. */
static int put_entries(P9Call *call, const P9Handle *handle)
{
    P9Writer *out = call->out;
    uint64_t first = call->req->n[1], total = handle->listing->len, at = first;
    size_t count_at = out->length;
    size_t limit = MIN(call->req->n[2], p9_room(out) - COUNT_SIZE), used = 0;
    p9_put(out, 0, COUNT_SIZE);
    for (; at < total; at++) {
        const P9Entry *entry = g_ptr_array_index(handle->listing, at);
        size_t size = ENTRY_SIZE + strlen(entry->name);
        if (used + size > limit) {
            break;
        }
        put_entry(call, handle, entry, at + 1);
        used += size;
    }
    size_t end = out->length;
    out->length = count_at;
    p9_put(out, used, COUNT_SIZE);
    out->length = end;
    return at == first && first < total ? EINVAL : 0; /* nothing fits: not the end */
}

int p9_readdir(P9Call *call)
{
    int err;
    P9Handle *handle = handle_of(call, &err);
    if (!handle) {
        return err;
    }
    if (!p9_call_fid(call, 0)->is_dir) {
        return ENOTDIR;
    }
    if (p9_room(call->out) < COUNT_SIZE) {
        return EMSGSIZE;
    }
    err = p9_handle_list(handle, call->req->n[1] == 0);
    return err ? err : put_entries(call, handle);
}

/* --- locks --------------------------------------------------------------------------------------- */

int p9_lock(P9Call *call)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    if (!fid || !fid->is_open) {
        return EBADF;
    }
    if (call->req->n[1] > LOCK_UNLOCK) {
        return EINVAL;
    }
    p9_put(call->out, LOCK_SUCCESS, 1);
    return 0;
}

/* Nobody holds what is asked for. */
int p9_getlock(P9Call *call)
{
    const P9Request *req = call->req;
    const P9Fid *fid = p9_call_fid(call, 0);
    if (!fid || !fid->is_open) {
        return EBADF;
    }
    p9_put(call->out, LOCK_UNLOCK, 1);
    p9_put(call->out, req->n[2], 8);
    p9_put(call->out, req->n[3], 8);
    p9_put(call->out, req->n[4], 4);
    p9_put_text(call->out, req->s[0], strlen(req->s[0]));
    return 0;
}
