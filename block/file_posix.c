/* SPDX-License-Identifier: MIT */
/*
 * Drivers "file" and "host_device": images in regular files, and the host's block devices.
 *
 * A file whose size is no multiple of a sector ends in zeros; a write there lets it grow. If an image shrinks
 * while it is used, reads of what is gone fail with EIO.
 * Source: Linux open(2), preadv2(2), fallocate(2), ioctl BLKGETSIZE64, BLKDISCARD, BLKZEROOUT.
 * Not modelled: O_DIRECT, host CD-ROM drives.
 */
#include "block/internal.h"
#include "block/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ZEROES = 1 << 16 };

typedef struct FileState {
    int fd;
    bool is_device;
    bool locks;      /* locking= */
    bool cannot_ask; /* the file system knows no RWF_NOWAIT */
    BlockLock lock;
} FileState;

static const OptionDesc file_options[] = {
    {"filename", "string", "the image"},
    {"locking", "string", "on, off, auto (the default): keep other writers away"},
    {"aio", "string", "taken for compatibility"},
    {"drop-cache", "bool", "taken for compatibility"},
    {"x-check-cache-dropped", "bool", "taken for compatibility"},
    {0},
};

/* --- opening --------------------------------------------------------------------------------------- */

static bool find_length(BlockNode *node, FileState *state, Error **errp)
{
    struct stat st;
    if (fstat(state->fd, &st) < 0) {
        return error_setg_errno(errp, errno, "cannot look at '%s'", node->filename);
    }
    node->length = (uint64_t)st.st_size;
    state->is_device = S_ISBLK(st.st_mode);
    if (state->is_device && ioctl(state->fd, BLKGETSIZE64, &node->length) < 0) {
        return error_setg_errno(errp, errno, "cannot find the size of '%s'", node->filename);
    }
    if (!state->is_device && !S_ISREG(st.st_mode)) {
        return error_setg(errp, "'%s' is neither a file nor a block device", node->filename);
    }
    return true;
}

static int try_open(BlockNode *node)
{
    /* A FIFO must not make the program wait for its other end. */
    int common = O_CLOEXEC | O_NONBLOCK;
    int fd = open(node->filename, common | (node->is_read_only ? O_RDONLY : O_RDWR));
    if (fd < 0 && node->auto_read_only && (errno == EACCES || errno == EROFS || errno == EPERM)) {
        node->is_read_only = true;
        fd = open(node->filename, common | O_RDONLY);
    }
    return fd;
}

static bool explain(const BlockNode *node, int err, Error **errp)
{
    bool may_help = !node->is_read_only && (err == EACCES || err == EROFS || err == EPERM) &&
                    access(node->filename, R_OK) == 0;
    return may_help ? error_setg(errp, "cannot write '%s': %s; readonly=on reads it",
                                 node->filename, g_strerror(err))
                    : error_setg_errno(errp, err, "cannot open '%s'", node->filename);
}

static bool parse_locking(const char *text, bool *locks, Error **errp)
{
    *locks = !text || !g_str_equal(text, "off");
    return !text || g_str_equal(text, "auto") || g_str_equal(text, "on") || !*locks ||
           error_setg(errp, "locking takes on, off or auto, not '%s'", text);
}

static void file_close(BlockNode *node)
{
    FileState *state = node->state;
    close(state->fd);
    g_free(state);
}

static bool file_open(BlockNode *node, const Options *opts, Error **errp)
{
    FileState *state = g_new0(FileState, 1);
    const char *filename = options_get(opts, "filename");
    bool ok = false;
    node->state = state;
    state->fd = -1;
    if (!filename) {
        error_setg(errp, "filename=FILE is missing");
    } else if (parse_locking(options_get(opts, "locking"), &state->locks, errp)) {
        node->never_locks = !state->locks;
        node->filename = g_strdup(filename);
        state->fd = try_open(node);
        ok = state->fd >= 0 ? find_length(node, state, errp) : explain(node, errno, errp);
    }
    if (!ok) {
        if (state->fd >= 0) {
            close(state->fd);
        }
        g_free(state);
    }
    return ok;
}

static bool device_open(BlockNode *node, const Options *opts, Error **errp)
{
    if (!file_open(node, opts, errp)) {
        return false;
    }
    if (((FileState *)node->state)->is_device) {
        return true;
    }
    file_close(node);
    return error_setg(errp, "'%s' is no block device; driver=file takes it", node->filename);
}

const BlockDriver *block_driver_for_file(const char *filename)
{
    struct stat st;
    if (block_is_nbd(filename)) {
        return &block_nbd_driver;
    }
    return stat(filename, &st) == 0 && S_ISBLK(st.st_mode) ? &block_host_device_driver
                                                           : &block_file_driver;
}

/* --- reading and writing ----------------------------------------------------------------------------- */

/* Fill what lies behind the file's own end, in its last sector. */
static void fill_tail(const BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    uint64_t end = offset + bytes;
    if (end > node->length) {
        uint64_t from = MAX(offset, node->length);
        memset(data + (from - offset), 0, end - from);
    }
}

static int file_read(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    const FileState *state = node->state;
    uint64_t done = 0;
    fill_tail(node, offset, data, bytes);
    while (done < bytes) {
        ssize_t got = pread(state->fd, data + done, bytes - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -errno;
        }
        if (got == 0) { /* the end, as it was when the image was opened, or before it */
            return offset + done >= node->length ? 0 : -EIO;
        }
        done += (uint64_t)got;
    }
    return 0;
}

static bool file_read_now(BlockNode *node, uint64_t offset, uint8_t *data, uint64_t bytes)
{
    FileState *state = node->state;
    struct iovec iov = {data, bytes};
    if (state->cannot_ask) {
        return false;
    }
    ssize_t got = preadv2(state->fd, &iov, 1, (off_t)offset, RWF_NOWAIT);
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        state->cannot_ask = true;
    }
    return got == (ssize_t)bytes;
}

static BlockResult file_write(BlockNode *node, uint64_t offset, const uint8_t *data, uint64_t bytes)
{
    const FileState *state = node->state;
    BlockResult result = {0, 0};
    while (result.done < bytes) {
        ssize_t put = pwrite(state->fd, data + result.done, bytes - result.done,
                             (off_t)(offset + result.done));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            result.ret = put < 0 ? -errno : -ENOSPC;
            break;
        }
        result.done += (uint64_t)put;
    }
    return result;
}

static int file_flush(BlockNode *node)
{
    const FileState *state = node->state;
    return node->is_read_only || fdatasync(state->fd) == 0 ? 0 : -errno;
}

static int punch(const FileState *state, uint64_t offset, uint64_t bytes)
{
    uint64_t range[2] = {offset, bytes};
    int ret = state->is_device ? ioctl(state->fd, BLKZEROOUT, range)
                               : fallocate(state->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                           (off_t)offset, (off_t)bytes);
    return ret == 0 ? 0 : -errno;
}

/* Where the host cannot, nothing happens: discards are hints. */
static BlockResult file_discard(BlockNode *node, uint64_t offset, uint64_t bytes)
{
    int ret = punch(node->state, offset, bytes);
    return (BlockResult){ret == -EIO ? ret : 0, ret == 0 ? bytes : 0};
}

static BlockResult write_zeroes_by_hand(BlockNode *node, uint64_t offset, uint64_t bytes)
{
    g_autofree uint8_t *zeroes = g_malloc0(ZEROES);
    BlockResult total = {0, 0};
    while (total.done < bytes && total.ret == 0) {
        BlockResult one = file_write(node, offset + total.done, zeroes,
                                     MIN(bytes - total.done, (uint64_t)ZEROES));
        total.ret = one.ret;
        total.done += one.done;
    }
    return total;
}

static BlockResult file_write_zeroes(BlockNode *node, uint64_t offset, uint64_t bytes,
                                     bool may_unmap)
{
    const FileState *state = node->state;
    if (may_unmap && punch(state, offset, bytes) == 0) {
        return (BlockResult){0, bytes};
    }
    if (!state->is_device &&
        fallocate(state->fd, FALLOC_FL_ZERO_RANGE, (off_t)offset, (off_t)bytes) == 0) {
        return (BlockResult){0, bytes};
    }
    return write_zeroes_by_hand(node, offset, bytes);
}

/* --- other processes ----------------------------------------------------------------------------------- */

static bool file_lock(BlockNode *node, bool shares_write, Error **errp)
{
    FileState *state = node->state;
    return !state->locks || block_lock_take(&state->lock, state->fd, !node->is_read_only,
                                            shares_write, node->filename, errp);
}

static void file_unlock(BlockNode *node)
{
    FileState *state = node->state;
    block_lock_drop(&state->lock, state->fd);
}

/* Opened again, under the same lock, if the name still means the same file. */
static bool file_make_writable(BlockNode *node, Error **errp)
{
    FileState *state = node->state;
    struct stat old, new;
    if (!node->is_read_only) {
        return true;
    }
    int fd = open(node->filename, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_setg_errno(errp, errno, "cannot write '%s'", node->filename);
    }
    if (fstat(state->fd, &old) < 0 || fstat(fd, &new) < 0 || old.st_ino != new.st_ino ||
        old.st_dev != new.st_dev) {
        close(fd);
        return error_setg(errp, "'%s' is another file now", node->filename);
    }
    close(state->fd); /* and its locks */
    state->fd = fd;
    node->is_read_only = false;
    return !state->lock.is_taken || file_lock(node, false, errp);
}

#define FILE_DRIVER(driver_name, opener)                                                           \
    {                                                                                              \
        .name = driver_name,                                                                       \
        .options = file_options,                                                                   \
        .open = opener,                                                                            \
        .close = file_close,                                                                       \
        .read = file_read,                                                                         \
        .read_now = file_read_now,                                                                 \
        .write = file_write,                                                                       \
        .flush = file_flush,                                                                       \
        .discard = file_discard,                                                                   \
        .write_zeroes = file_write_zeroes,                                                         \
        .lock = file_lock,                                                                         \
        .unlock = file_unlock,                                                                     \
        .make_writable = file_make_writable,                                                       \
    }
const BlockDriver block_file_driver = FILE_DRIVER("file", file_open);
const BlockDriver block_host_device_driver = FILE_DRIVER("host_device", device_open);
