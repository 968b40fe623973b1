/* SPDX-License-Identifier: MIT */
/*
 * Names: walking, making, moving and removing files.
 *
 * Every name is one plain component (p9_wire.c) in a directory that was itself found below the root, and no
 * call follows a symbolic link: there is no way out.
 *
 * Source: attach(5), walk(5), remove(5); the .L messages as the diod project's protocol.md lists them.
 * Not modelled: special files, whose making is refused.
 */
#include "hw/virtio/p9_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REMOVE_DIRECTORY = 0x200 };

/* --- finding ------------------------------------------------------------------------------------- */

int p9_call_look(P9Call *call, const P9Fid *fid)
{
    if (fid->is_open) {
        int err;
        P9Handle *handle = p9_handles_get(call->handles, fid, &err);
        int fd = handle ? fcntl(handle->fd, F_DUPFD_CLOEXEC, 0) : -1;
        return !handle ? -err : fd < 0 ? -errno : fd;
    }
    return fid->is_orphan ? -ENOENT : p9_folder_at(call->folder, fid->path);
}

int p9_call_look_at(P9Call *call, unsigned n)
{
    const P9Fid *fid = p9_call_fid(call, n);
    return fid ? p9_call_look(call, fid) : -EBADF;
}

int p9_call_put_qid(P9Call *call, int fd)
{
    struct stat st;
    if (fstat(fd, &st)) {
        return errno;
    }
    P9Qid qid = p9_folder_qid(call->folder, &st);
    p9_put_qid(call->out, &qid);
    return 0;
}

static bool is_new_fid(const P9Call *call, uint64_t id)
{
    return id != P9_NOFID && !p9_session_fid(call->session, id);
}

int p9_attach(P9Call *call)
{
    const P9Request *req = call->req;
    if (req->n[1] != P9_NOFID) {
        return EOPNOTSUPP; /* there is no Tauth to get such a fid by */
    }
    if (!is_new_fid(call, req->n[0])) {
        return EBADF;
    }
    if (*req->s[1] && !g_str_equal(req->s[1], "/")) {
        return ENOENT; /* one tree a tag */
    }
    if (!p9_session_has_room(call->session, 0)) {
        return ENFILE;
    }
    int fd = p9_folder_at(call->folder, "");
    if (fd < 0) {
        return -fd;
    }
    int err = p9_call_put_qid(call, fd);
    close(fd);
    return err;
}

/* As many steps as there are; the first one that fails is an error, a later one ends the walk. */
static int walk_steps(P9Call *call, int fd, uint32_t *steps)
{
    int err = 0;
    for (*steps = 0; !err && *steps < call->req->texts;) {
        int next = p9_folder_step(call->folder, fd, call->req->s[*steps]);
        err = next < 0 ? -next : p9_call_put_qid(call, next);
        if (next >= 0) {
            close(fd);
            fd = next;
        }
        *steps += !err;
    }
    close(fd);
    return *steps ? 0 : err;
}

static size_t path_length(const P9Fid *fid, const P9Request *req)
{
    size_t length = strlen(fid->path);
    for (uint32_t i = 0; i < req->texts; i++) {
        length += 1 + strlen(req->s[i]);
    }
    return length;
}

int p9_walk(P9Call *call)
{
    const P9Request *req = call->req;
    const P9Fid *fid = p9_call_fid(call, 0);
    P9Writer *out = call->out;
    size_t count_at = out->length;
    uint32_t steps = 0;
    if (!fid || (req->n[0] != req->n[1] && !is_new_fid(call, req->n[1]))) {
        return EBADF;
    }
    if (req->n[0] == req->n[1] && fid->is_open) {
        return EINVAL; /* what is open does not move, walk(5) */
    }
    size_t length = path_length(fid, req);
    if (length >= P9_PATH_MAX || !p9_session_has_room(call->session, length)) {
        return length >= P9_PATH_MAX ? ENAMETOOLONG : ENFILE;
    }
    p9_put(out, 0, 2);
    if (req->texts) {
        int fd = p9_call_look(call, fid);
        int err = fd < 0 ? -fd : walk_steps(call, fd, &steps);
        if (err) {
            return err;
        }
    }
    size_t end = out->length;
    out->length = count_at;
    p9_put(out, steps, 2);
    out->length = end;
    return 0;
}

int p9_readlink(P9Call *call)
{
    char target[P9_PATH_MAX];
    int fd = p9_call_look_at(call, 0);
    if (fd < 0) {
        return -fd;
    }
    ssize_t length = readlinkat(fd, "", target, sizeof(target));
    int err = length < 0 ? (errno == ENOENT ? EINVAL : errno) : 0;
    close(fd);
    if (!err) {
        p9_put_text(call->out, target, (size_t)length);
    }
    return err;
}

/* --- making -------------------------------------------------------------------------------------- */

/* The directory that fid number @n stands for, and room for a name in it. -errno. */
static int look_dir(P9Call *call, unsigned n, const char *name)
{
    const P9Fid *fid = p9_call_fid(call, n);
    if (!fid) {
        return -EBADF;
    }
    if (strlen(fid->path) + 1 + strlen(name) >= P9_PATH_MAX) {
        return -ENAMETOOLONG;
    }
    return fid->is_orphan ? -ENOENT : p9_folder_at(call->folder, fid->path);
}

/* Owner and mode of the new file @fd as the guest wants them. @mode NULL: a symbolic link's. */
static int dress(P9Call *call, int fd, const uint32_t *mode, unsigned gid)
{
    int err = p9_set_owner(call, fd, p9_call_fid(call, 0)->uid, (uint32_t)call->req->n[gid]);
    return err || !mode ? err : p9_set_mode(call, fd, *mode);
}

/* What @dir got by the name s[0] is made the guest's, and its qid goes into the reply. */
static int finish_new(P9Call *call, int dir, const uint32_t *mode, unsigned gid)
{
    int fd = p9_folder_step(call->folder, dir, call->req->s[0]);
    if (fd < 0) {
        return -fd;
    }
    int err = dress(call, fd, mode, gid);
    err = err ? err : p9_call_put_qid(call, fd);
    close(fd);
    return err;
}

int p9_create_file(P9Call *call, int flags, unsigned mode, unsigned gid)
{
    const char *name = call->req->s[0];
    uint32_t bits = (uint32_t)call->req->n[mode];
    int dir = look_dir(call, 0, name);
    if (dir < 0) {
        return dir;
    }
    int fd = p9_folder_create(call->folder, dir, name, flags);
    int err = fd < 0 ? 0 : dress(call, fd, &bits, gid);
    if (err) {
        unlinkat(dir, name, 0);
        close(fd);
        fd = -err;
    }
    close(dir);
    return fd;
}

int p9_mkdir(P9Call *call)
{
    const P9Request *req = call->req;
    uint32_t mode = (uint32_t)req->n[1];
    int dir = look_dir(call, 0, req->s[0]);
    if (dir < 0) {
        return -dir;
    }
    int err = mkdirat(dir, req->s[0], 0700) ? errno : 0;
    if (!err) {
        err = finish_new(call, dir, &mode, 2);
        if (err) {
            unlinkat(dir, req->s[0], AT_REMOVEDIR);
        }
    }
    close(dir);
    return err;
}

int p9_symlink(P9Call *call)
{
    const P9Request *req = call->req;
    int dir = look_dir(call, 0, req->s[0]);
    if (dir < 0) {
        return -dir;
    }
    int err = symlinkat(req->s[1], dir, req->s[0]) ? errno : 0;
    if (!err) {
        err = finish_new(call, dir, NULL, 1);
        if (err) {
            unlinkat(dir, req->s[0], 0);
        }
    }
    close(dir);
    return err;
}

int p9_mknod(P9Call *call)
{
    if (!S_ISREG(call->req->n[1])) {
        return EPERM; /* no devices, pipes and sockets on the host */
    }
    int fd = p9_create_file(call, O_WRONLY, 1, 4);
    if (fd < 0) {
        return -fd;
    }
    int err = p9_call_put_qid(call, fd);
    close(fd);
    return err;
}

int p9_link(P9Call *call)
{
    const char *name = call->req->s[0];
    char link[P9_LINK_SIZE];
    int file = p9_call_look_at(call, 1);
    int dir = file < 0 ? file : look_dir(call, 0, name);
    int err = dir < 0 ? -dir : 0;
    if (!err) {
        p9_folder_link(file, link);
        err = linkat(AT_FDCWD, link, dir, name, AT_SYMLINK_FOLLOW) ? errno : 0;
        close(dir);
    }
    if (file >= 0) {
        close(file);
    }
    return err;
}

/* --- moving and removing ------------------------------------------------------------------------- */

typedef struct Place {
    char *path;
    int dir; /* O_PATH, or -errno */
    const char *name;
} Place;

static Place place_of_path(P9Call *call, const char *path)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *dir = g_strndup(path, slash ? (size_t)(slash - path) : 0);
    return (Place){g_strdup(path), *path ? p9_folder_at(call->folder, dir) : -EBUSY,
                   slash ? slash + 1 : path};
}

/* Where an unopened or open fid's file hangs. */
static Place place_of_fid(P9Call *call, unsigned n)
{
    const P9Fid *fid = p9_call_fid(call, n);
    if (!fid || fid->is_orphan) {
        return (Place){NULL, fid ? -ENOENT : -EBADF, NULL};
    }
    return place_of_path(call, fid->path);
}

static Place place_in(P9Call *call, unsigned n, const char *name)
{
    const P9Fid *fid = p9_call_fid(call, n);
    return (Place){fid ? p9_path_join(fid->path, name) : NULL, look_dir(call, n, name), name};
}

static void leave(Place *place)
{
    if (place->dir >= 0) {
        close(place->dir);
    }
    g_free(place->path);
}

static int move(P9Call *call, Place from, Place to)
{
    int err = from.dir < 0 ? -from.dir : to.dir < 0 ? -to.dir : 0;
    if (!err && !p9_session_can_move(call->session, from.path, to.path)) {
        err = ENFILE;
    }
    if (!err) {
        err = renameat(from.dir, from.name, to.dir, to.name) ? errno : 0;
    }
    leave(&from);
    leave(&to);
    return err;
}

int p9_rename(P9Call *call)
{
    return move(call, place_of_fid(call, 0), place_in(call, 1, call->req->s[0]));
}

int p9_renameat(P9Call *call)
{
    const P9Request *req = call->req;
    return move(call, place_in(call, 0, req->s[0]), place_in(call, 1, req->s[1]));
}

int p9_unlinkat(P9Call *call)
{
    const P9Request *req = call->req;
    if (req->n[1] & ~(uint64_t)REMOVE_DIRECTORY) {
        return EINVAL;
    }
    int dir = look_dir(call, 0, req->s[0]);
    if (dir < 0) {
        return -dir;
    }
    int err = unlinkat(dir, req->s[0], req->n[1] ? AT_REMOVEDIR : 0) ? errno : 0;
    close(dir);
    return err;
}

static int remove_at(Place place)
{
    if (place.dir < 0) {
        int err = -place.dir;
        leave(&place);
        return err;
    }
    int err = unlinkat(place.dir, place.name, 0) ? errno : 0;
    if (err == EISDIR) {
        err = unlinkat(place.dir, place.name, AT_REMOVEDIR) ? errno : 0;
    }
    leave(&place);
    return err;
}

int p9_remove(P9Call *call)
{
    const P9Fid *fid = p9_call_fid(call, 0);
    int err = EBADF;
    if (fid) {
        err = call->folder->config->readonly ? EROFS : remove_at(place_of_fid(call, 0));
        p9_handles_remove(call->handles, fid->id);
    }
    return err;
}
