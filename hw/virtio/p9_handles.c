/* SPDX-License-Identifier: MIT */
/*
 * Open host files behind open fids.
 *
 * Directories are listed whole and sorted by name when they are read from the start: equal folders give
 * equal listings on every host, and positions stay valid while entries go.
 *
 * Source: none (own design).
 */
#include "hw/virtio/p9_handles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LISTING_MAX = 1 << 20 };

static void close_handle(P9Handles *handles, P9Handle *handle)
{
    if (handle->fd >= 0) {
        close(handle->fd);
        handle->fd = -1;
        handles->open--;
    }
    g_clear_pointer(&handle->listing, g_ptr_array_unref);
}

/* Close the one that was used longest ago and can be opened again. */
static bool make_room(void *opaque)
{
    P9Handles *handles = opaque;
    P9Handle *oldest = NULL;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, handles->by_fid);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        P9Handle *handle = value;
        const P9Fid *fid = p9_session_fid(handles->session, handle->id);
        bool may_go = handle->fd >= 0 && fid && fid->is_open && !fid->is_orphan;
        if (may_go && (!oldest || handle->last_use < oldest->last_use)) {
            oldest = handle;
        }
    }
    if (oldest) {
        close_handle(handles, oldest);
    }
    return oldest != NULL;
}

void p9_handles_init(P9Handles *handles, P9Folder *folder, const P9Session *session)
{
    *handles = (P9Handles){.folder = folder, .session = session};
    handles->by_fid = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    folder->make_room = make_room;
    folder->opaque = handles;
}

void p9_handles_clear(P9Handles *handles)
{
    GHashTableIter iter;
    gpointer handle;
    g_hash_table_iter_init(&iter, handles->by_fid);
    while (g_hash_table_iter_next(&iter, NULL, &handle)) {
        close_handle(handles, handle);
    }
    g_hash_table_remove_all(handles->by_fid);
}

void p9_handles_fini(P9Handles *handles)
{
    p9_handles_clear(handles);
    g_hash_table_destroy(handles->by_fid);
}

static P9Handle *find(const P9Handles *handles, uint32_t id)
{
    return g_hash_table_lookup(handles->by_fid, GUINT_TO_POINTER(id));
}

void p9_handles_remove(P9Handles *handles, uint32_t id)
{
    P9Handle *handle = find(handles, id);
    if (handle) {
        close_handle(handles, handle);
        g_hash_table_remove(handles->by_fid, GUINT_TO_POINTER(id));
    }
}

int p9_handles_add(P9Handles *handles, uint32_t id, int fd)
{
    struct stat st;
    int err = fstat(fd, &st) ? errno : 0;
    if (!err && handles->open >= P9_OPEN_MAX && !make_room(handles)) {
        err = EMFILE;
    }
    if (err) {
        close(fd);
        return err;
    }
    p9_handles_remove(handles, id);
    P9Handle *handle = g_new0(P9Handle, 1);
    *handle = (P9Handle){id, fd, st.st_dev, st.st_ino, ++handles->uses, NULL};
    g_hash_table_insert(handles->by_fid, GUINT_TO_POINTER(id), handle);
    handles->open++;
    return 0;
}

int p9_host_flags(uint64_t flags)
{
    static const struct {
        unsigned ours, host;
    } known[] = {{01000, O_TRUNC}, {02000, O_APPEND}, {010000, O_DSYNC}, {04010000, O_SYNC}};
    int host = (int)(flags & 3);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        host |= (flags & known[i].ours) == known[i].ours ? (int)known[i].host : 0;
    }
    return host;
}

static int open_again(P9Handles *handles, const P9Fid *fid)
{
    if (fid->is_orphan) {
        return -ESTALE;
    }
    int path = p9_folder_at(handles->folder, fid->path);
    if (path < 0) {
        return path == -ENOENT ? -ESTALE : path;
    }
    int flags = fid->is_dir ? O_RDONLY | O_DIRECTORY : p9_host_flags(fid->flags) & ~O_TRUNC;
    int fd = p9_folder_reopen(handles->folder, path, flags);
    close(path);
    return fd;
}

P9Handle *p9_handles_get(P9Handles *handles, const P9Fid *fid, int *err)
{
    P9Handle *handle = find(handles, fid->id);
    *err = fid->is_open ? 0 : EBADF;
    if (*err) {
        return NULL;
    }
    if (handle && handle->fd >= 0) {
        handle->last_use = ++handles->uses;
        return handle;
    }
    P9Handle before = handle ? *handle : (P9Handle){0};
    int fd = open_again(handles, fid);
    *err = fd < 0 ? -fd : p9_handles_add(handles, fid->id, fd);
    if (*err) {
        return NULL;
    }
    P9Handle *now = find(handles, fid->id);
    if (handle && (before.dev != now->dev || before.ino != now->ino)) {
        close_handle(handles, now); /* the host put another file there */
        now->dev = before.dev;
        now->ino = before.ino;
        *err = ESTALE;
        return NULL;
    }
    return now;
}

/* --- directories --------------------------------------------------------------------------------- */

static gint compare_entries(gconstpointer a, gconstpointer b)
{
    const P9Entry *left = *(P9Entry *const *)a, *right = *(P9Entry *const *)b;
    return strcmp(left->name, right->name);
}

static P9Entry *entry_new(const struct dirent *from)
{
    size_t length = strlen(from->d_name) + 1;
    P9Entry *entry = g_malloc(sizeof(P9Entry) + length);
    entry->ino = from->d_ino;
    entry->type = from->d_type;
    memcpy(entry->name, from->d_name, length);
    return entry;
}

static int read_all(DIR *dir, GPtrArray *listing)
{
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(dir))) {
        if (listing->len == LISTING_MAX) {
            return EOVERFLOW;
        }
        g_ptr_array_add(listing, entry_new(entry));
        errno = 0;
    }
    return errno;
}

int p9_handle_list(P9Handle *handle, bool is_new)
{
    if (handle->listing && !is_new) {
        return 0;
    }
    g_clear_pointer(&handle->listing, g_ptr_array_unref);
    int fd = openat(handle->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int err = errno;
        if (fd >= 0) {
            close(fd);
        }
        return err;
    }
    g_autoptr(GPtrArray) listing = g_ptr_array_new_with_free_func(g_free);
    int err = read_all(dir, listing);
    closedir(dir);
    if (!err) {
        g_ptr_array_sort(listing, compare_entries);
        handle->listing = g_steal_pointer(&listing);
    }
    return err;
}
