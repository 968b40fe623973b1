/* SPDX-License-Identifier: MIT */
/* Locks on image files: see lock.h. */
#include "block/lock.h"

#include <errno.h>
#include <fcntl.h>

enum { DOES = 100, REFUSES = 200, READS = 0, WRITES = 1, BYTES = 64 };

static struct flock lock_of(short type, off_t start, off_t length)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int hold(int fd, off_t byte)
{
    struct flock lock = lock_of(F_RDLCK, byte, 1);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/* Somebody else holds @byte. */
static bool is_held(int fd, off_t byte)
{
    struct flock lock = lock_of(F_WRLCK, byte, 1);
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool refuse(BlockLock *lock, int fd, const char *filename, const char *what, Error **errp)
{
    lock->is_taken = true;
    block_lock_drop(lock, fd);
    return error_setg(errp, "another process or drive %s '%s'", what, filename);
}

bool block_lock_take(BlockLock *lock, int fd, bool writes, bool shares_write, const char *filename,
                     Error **errp)
{
    int err = hold(fd, DOES + READS);
    if (!err && writes) {
        err = hold(fd, DOES + WRITES);
    }
    if (!err && !shares_write) {
        err = hold(fd, REFUSES + WRITES);
    }
    if (err == EACCES || err == EAGAIN) {
        return refuse(lock, fd, filename, "holds locks on", errp);
    }
    if (err) {
        return true;
    }
    if (writes && is_held(fd, REFUSES + WRITES)) {
        return refuse(lock, fd, filename, "uses and protects", errp);
    }
    if (!shares_write && is_held(fd, DOES + WRITES)) {
        return refuse(lock, fd, filename, "writes", errp);
    }
    if (is_held(fd, REFUSES + READS)) {
        return refuse(lock, fd, filename, "has to itself", errp);
    }
    lock->is_taken = true;
    return true;
}

void block_lock_drop(BlockLock *lock, int fd)
{
    if (lock->is_taken) {
        struct flock all = lock_of(F_UNLCK, DOES, REFUSES + BYTES - DOES);
        fcntl(fd, F_OFD_SETLK, &all);
        lock->is_taken = false;
    }
}
