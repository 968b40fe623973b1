/* SPDX-License-Identifier: MIT */
/*
 * A shared host folder: confinement.
 *
 * RESOLVE_BENEATH keeps every path below the root, RESOLVE_NO_SYMLINKS follows no link on the way, and
 * O_PATH|O_NOFOLLOW takes the last name as it is without opening it. What is opened is opened through
 * /proc/self/fd, so that the file that was looked at is the one. What remains to a host process with
 * rights to the folder: to move a directory out of it while a request works in there.
 *
 * Source: openat2(2), open(2), proc(5).
 */
#include "hw/virtio/p9_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEVS_MAX = 0x7fff, DEV_SHIFT = 48, RETRIES = 16 };

void p9_folder_init(P9Folder *folder, const P9FolderConfig *config)
{
    *folder = (P9Folder){.config = config, .root = -1};
    folder->devs = g_array_new(false, false, sizeof(dev_t));
}

void p9_folder_fini(P9Folder *folder)
{
    if (folder->root >= 0) {
        close(folder->root);
    }
    g_array_unref(folder->devs);
}

/* --- opening ------------------------------------------------------------------------------------- */

static int openat2_beneath(const P9Folder *folder, int dir, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
    };
    if (folder->config->multidevs == P9_MULTIDEVS_FORBID) {
        how.resolve |= RESOLVE_NO_XDEV;
    }
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
    return fd < 0 ? -errno : (int)fd;
}

/* Whether a call that failed with @err is worth another try. */
static bool may_retry(P9Folder *folder, int err, unsigned *tries)
{
    if (++*tries > RETRIES) {
        return false;
    }
    if (err == -EMFILE || err == -ENFILE) {
        return folder->make_room && folder->make_room(folder->opaque);
    }
    return err == -EAGAIN || err == -EINTR; /* a directory was renamed meanwhile */
}

int p9_folder_step(P9Folder *folder, int dir, const char *name)
{
    unsigned tries = 0;
    int fd;
    do {
        fd = openat2_beneath(folder, dir, name);
    } while (fd < 0 && may_retry(folder, fd, &tries));
    return fd;
}

int p9_folder_at(P9Folder *folder, const char *path)
{
    if (folder->root < 0 && !p9_folder_open(folder, NULL)) {
        return -EIO;
    }
    return p9_folder_step(folder, folder->root, *path ? path : ".");
}

const char *p9_folder_link(int fd, char buffer[P9_LINK_SIZE])
{
    snprintf(buffer, P9_LINK_SIZE, "/proc/self/fd/%d", fd);
    return buffer;
}

int p9_folder_reopen(P9Folder *folder, int fd, int flags)
{
    char link[P9_LINK_SIZE];
    struct stat st;
    unsigned tries = 0;
    int opened;
    if (fstat(fd, &st)) {
        return -errno;
    }
    if (S_ISLNK(st.st_mode)) {
        return -ELOOP;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        return -EPERM;
    }
    /* O_NONBLOCK: a lease that somebody holds must not hang the guest. */
    flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    do {
        opened = open(p9_folder_link(fd, link), flags);
        opened = opened < 0 ? -errno : opened;
    } while (opened < 0 && may_retry(folder, opened, &tries));
    return opened;
}

int p9_folder_create(P9Folder *folder, int dir, const char *name, int flags)
{
    unsigned tries = 0;
    int fd;
    flags |= O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
    do {
        fd = openat(dir, name, flags, 0600);
        fd = fd < 0 ? -errno : fd;
    } while (fd < 0 && may_retry(folder, fd, &tries));
    return fd;
}

static bool check_host(P9Folder *folder, Error **errp)
{
    const char *path = folder->config->path;
    int dir = p9_folder_step(folder, folder->root, ".");
    if (dir == -ENOSYS) {
        return error_setg(errp, "the host's kernel has no openat2 (Linux 5.6 or newer), without "
                                "which a shared folder cannot be confined");
    }
    if (dir < 0) {
        return error_setg_errno(errp, -dir, "cannot confine paths to '%s' with openat2", path);
    }
    int again = p9_folder_reopen(folder, dir, O_RDONLY | O_DIRECTORY);
    close(dir);
    if (again < 0) {
        return error_setg_errno(errp, -again, "cannot read '%s' (through /proc/self/fd)", path);
    }
    close(again);
    return true;
}

bool p9_folder_open(P9Folder *folder, Error **errp)
{
    const char *path = folder->config->path;
    struct stat st;
    if (folder->root >= 0) {
        return true;
    }
    folder->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder->root < 0 || fstat(folder->root, &st)) {
        error_setg_errno(errp, errno, "cannot open '%s'", path);
    } else if (check_host(folder, errp)) {
        folder->root_dev = st.st_dev;
        return true;
    }
    if (folder->root >= 0) {
        close(folder->root);
        folder->root = -1;
    }
    return false;
}

/* --- qids ---------------------------------------------------------------------------------------- */

static uint64_t index_of_dev(P9Folder *folder, dev_t dev)
{
    guint i = 0;
    while (i < folder->devs->len && g_array_index(folder->devs, dev_t, i) != dev) {
        i++;
    }
    if (i == folder->devs->len && i < DEVS_MAX) {
        g_array_append_val(folder->devs, dev);
    }
    return i + 1;
}

uint64_t p9_folder_qid_path(P9Folder *folder, uint64_t dev, uint64_t ino)
{
    if (dev == folder->root_dev) {
        return ino;
    }
    if (folder->config->multidevs == P9_MULTIDEVS_REMAP) {
        return ino ^ index_of_dev(folder, dev) << DEV_SHIFT;
    }
    if (!folder->has_warned) {
        folder->has_warned = true;
        warn_report("'%s' spans several file systems: files may have equal inode numbers; "
                    "multidevs=remap keeps them apart",
                    folder->config->path);
    }
    return ino;
}

uint8_t p9_qid_type(uint32_t mode)
{
    return S_ISDIR(mode) ? P9_QID_DIR : S_ISLNK(mode) ? P9_QID_SYMLINK : 0;
}

P9Qid p9_folder_qid(P9Folder *folder, const struct stat *st)
{
    uint64_t changed = (uint64_t)st->st_mtim.tv_sec ^ (uint64_t)st->st_mtim.tv_nsec ^
                       (uint64_t)st->st_size << 8;
    return (P9Qid){p9_qid_type(st->st_mode), (uint32_t)changed,
                   p9_folder_qid_path(folder, st->st_dev, st->st_ino)};
}
