/* SPDX-License-Identifier: MIT */
/* Raw files: into a buffer, or into guest memory as they are. */
#include "hw/core/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };

static int open_file(const char *path, Error **errp)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error_setg_errno(errp, errno, "could not open '%s'", path);
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        error_setg(errp, "could not open '%s': it is a directory", path);
        return -1;
    }
    return fd;
}

/* Append the next piece of @fd. Returns its length, 0 at the end, -1 on an error (errno). */
static ssize_t read_piece(int fd, GByteArray *bytes)
{
    guint old = bytes->len;
    ssize_t got;
    g_byte_array_set_size(bytes, old + CHUNK);
    do {
        got = read(fd, bytes->data + old, CHUNK);
    } while (got < 0 && errno == EINTR);
    g_byte_array_set_size(bytes, old + (got > 0 ? (guint)got : 0));
    return got;
}

static bool read_all(int fd, const char *path, size_t max, GByteArray *bytes, Error **errp)
{
    ssize_t got;
    while ((got = read_piece(fd, bytes)) > 0) {
        if (bytes->len > max) {
            return error_setg(errp, "'%s' is larger than the %zu bytes there is room for", path,
                              max);
        }
    }
    return got == 0 || error_setg_errno(errp, errno, "could not read '%s'", path);
}

bool loader_read_file(const char *path, size_t max, GByteArray **contents, Error **errp)
{
    int fd = open_file(path, errp);
    if (fd < 0) {
        return false;
    }
    GByteArray *bytes = g_byte_array_new();
    bool ok = read_all(fd, path, MIN(max, G_MAXINT32), bytes, errp);
    close(fd);
    if (!ok) {
        g_byte_array_unref(bytes);
        return false;
    }
    *contents = bytes;
    return true;
}

bool loader_load_raw(const char *path, hwaddr addr, uint64_t max_size, uint64_t *size, Error **errp)
{
    g_autoptr(GByteArray) bytes = NULL;
    if (!loader_read_file(path, max_size, &bytes, errp)) {
        return false;
    }
    if (!address_space_poke(address_space_memory(), addr, bytes->data, bytes->len)) {
        return error_setg(errp, "'%s' (%u bytes) does not fit into RAM at 0x%" PRIx64, path,
                          bytes->len, addr);
    }
    *size = bytes->len;
    return true;
}
