/* SPDX-License-Identifier: MIT */
/*
 * memory-backend-memfd: anonymous memory behind a file descriptor, sealed against shrinking, shared
 * by default as in QEMU. Source: memfd_create(2); design.md 5, 6 (own implementation).
 */
#include "memory/hostmem.h"
#include "util/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

bool memfd_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp);

static int make_memfd(const char *name, uint64_t size, Error **errp)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, size) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0) {
        int failure = errno;
        if (fd >= 0) {
            close(fd);
        }
        error_setg_errno(errp, failure, "cannot make a memfd of %#" PRIx64 " bytes", size);
        return -1;
    }
    return fd;
}

bool memfd_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp)
{
    TRACE(memfd_backend_memory_alloc, "%s size %#" PRIx64, name, backend->size);
    if (backend->size > INT64_MAX / 2) {
        return error_setg(errp, "memory '%s' cannot be %#" PRIx64 " bytes", name, backend->size);
    }
    int fd = make_memfd(name, align_up(backend->size, sysconf(_SC_PAGESIZE)), errp);
    if (fd < 0) {
        return false;
    }
    if (!memory_region_init_ram_from_fd(&backend->mr, OBJECT(backend), name, backend->size,
                                        backend->share, fd, errp)) {
        close(fd);
        return false;
    }
    return true;
}

static void memfd_backend_init(Object *obj) { MEMORY_BACKEND(obj)->share = true; }

static void memfd_backend_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MEMORY_BACKEND_CLASS(klass)->alloc = memfd_backend_memory_alloc;
}

static const TypeInfo memfd_backend_info = {
    .name = TYPE_MEMORY_BACKEND_MEMFD,
    .parent = TYPE_MEMORY_BACKEND,
    .instance_size = sizeof(HostMemoryBackend),
    .class_init = memfd_backend_class_init,
    .instance_init = memfd_backend_init,
};

DEFINE_TYPE(memfd_backend_info)
