/* SPDX-License-Identifier: MIT */
/*
 * A shared host folder and the ways into it. Every path is resolved by the host's kernel below the root,
 * with no symbolic link followed; a file is opened only after it is known to be a regular one or a
 * directory, and then exactly that one, whatever a host process has put in its place meanwhile.
 *
 * Source: openat2(2), proc(5) ("/proc/PID/fd"). Context: one thread at a time.
 */
#ifndef HW_VIRTIO_P9_FOLDER_H
#define HW_VIRTIO_P9_FOLDER_H

#include "hw/virtio/p9_wire.h"
#include "util/error.h"

#include <sys/stat.h>

typedef enum P9Security {
    P9_SECURITY_NONE,        /* owners as far as the host lets us; no set-id programs */
    P9_SECURITY_PASSTHROUGH, /* exactly what the guest asks for, or the host's error */
} P9Security;
typedef enum P9Multidevs { P9_MULTIDEVS_WARN, P9_MULTIDEVS_REMAP, P9_MULTIDEVS_FORBID } P9Multidevs;

typedef struct P9FolderConfig {
    char *path;
    P9Security security;
    P9Multidevs multidevs;
    bool readonly;
    bool is_deferred; /* a replay: the folder may be missing; opened when it is needed */
} P9FolderConfig;

typedef struct P9Folder {
    const P9FolderConfig *config;
    int root; /* -1: not opened yet */
    dev_t root_dev;
    GArray *devs; /* dev_t: file systems met inside, for qids */
    bool has_warned;
    bool (*make_room)(void *opaque); /* the host has no descriptors left: close some; may be NULL */
    void *opaque;
} P9Folder;

void p9_folder_init(P9Folder *folder, const P9FolderConfig *config);
void p9_folder_fini(P9Folder *folder);
/* The root, and what confinement needs of the host. Later calls do nothing. */
bool p9_folder_open(P9Folder *folder, Error **errp);

/* These return a descriptor, or -errno. O_PATH: the file at @path, or @name in the directory @dir; a
 * symbolic link stands for itself. */
int p9_folder_at(P9Folder *folder, const char *path);
int p9_folder_step(P9Folder *folder, int dir, const char *name);
/* The very file behind the O_PATH descriptor @fd, opened with host @flags. EPERM: a special file. */
int p9_folder_reopen(P9Folder *folder, int fd, int flags);
/* A new regular file, EEXIST if @name is taken. */
int p9_folder_create(P9Folder *folder, int dir, const char *name, int flags);

/* "/proc/self/fd/N", by which calls that know no O_PATH descriptors reach the file behind one. */
enum { P9_LINK_SIZE = 32 };
const char *p9_folder_link(int fd, char buffer[P9_LINK_SIZE]);
P9Qid p9_folder_qid(P9Folder *folder, const struct stat *st);
uint64_t p9_folder_qid_path(P9Folder *folder, uint64_t dev, uint64_t ino);
uint8_t p9_qid_type(uint32_t mode);

#endif
