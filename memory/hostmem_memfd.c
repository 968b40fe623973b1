/* SPDX-License-Identifier: MIT */
/*
 * memory-backend-memfd: anonymous memory behind a file descriptor, sealed against shrinking, shared
 * by default as in QEMU; in huge pages if asked.
 *
 * Source: memfd_create(2); properties as in QEMU 7.2; design.md 5, 6 (own implementation).
 */
#include "memory/hostmem.h"
#include "memory/internal.h"
#include "util/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

bool memfd_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp);

enum { HUGE_SHIFT = 26 }; /* of the page size's logarithm in memfd_create's flags */

typedef struct MemfdBackend {
    HostMemoryBackend parent_obj;
    bool hugetlb, seal;
    uint64_t hugetlbsize; /* 0: the host's default */
} MemfdBackend;

static const Property memfd_properties[] = {
    {"hugetlb", FIELD_BOOL, offsetof(MemfdBackend, hugetlb),
     .description = "use huge pages; they are taken at start"},
    {"hugetlbsize", FIELD_SIZE, offsetof(MemfdBackend, hugetlbsize),
     .description = "size of the huge pages: 2M, 1G; default is the host's"},
    {"seal", FIELD_BOOL, offsetof(MemfdBackend, seal), .defval = true,
     .description = "its size cannot change"},
    {.name = NULL},
};

static int fail(int fd, Error **errp, int failure, uint64_t size)
{
    if (fd >= 0) {
        close(fd);
    }
    error_setg_errno(errp, failure, "cannot make a memfd of %#" PRIx64 " bytes", size);
    return -1;
}

static bool check_huge(const MemfdBackend *memfd, const char *name, Error **errp)
{
    uint64_t page = memfd->hugetlbsize;
    if (page && !memfd->hugetlb) {
        return error_setg(errp, "memory back end '%s': hugetlbsize needs hugetlb=on", name);
    }
    return !page || is_power_of_2(page) ||
           error_setg(errp, "memory back end '%s': hugetlbsize %#" PRIx64 " is no power of two",
                      name, page);
}

static int make_memfd(const MemfdBackend *memfd, const char *name, uint64_t size, Error **errp)
{
    unsigned shift = memfd->hugetlbsize ? (unsigned)__builtin_ctzll(memfd->hugetlbsize) : 0;
    unsigned flags = MFD_CLOEXEC | (memfd->seal ? MFD_ALLOW_SEALING : 0) |
                     (memfd->hugetlb ? MFD_HUGETLB | shift << HUGE_SHIFT : 0);
    int fd = memfd_create(name, flags);
    if (fd < 0 && memfd->hugetlb && (errno == ENODEV || errno == EINVAL || errno == ENOSYS)) {
        error_setg(errp,
                   "memory back end '%s': the host has no huge pages of %" PRIu64
                   " KiB: see /sys/kernel/mm/hugepages",
                   name, memfd->hugetlbsize >> 10);
        return -1;
    }
    uint64_t page = fd >= 0 ? ram_fd_page_size(fd) : size;
    if (fd >= 0 && ram_page_is_huge(page) && size % page) {
        close(fd);
        error_setg(errp,
                   "memory back end '%s': size %#" PRIx64 " is not a multiple of its huge "
                   "pages, %" PRIu64 " KiB",
                   name, size, page >> 10);
        return -1;
    }
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0 ||
        (memfd->seal && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)) {
        return fail(fd, errp, errno, size);
    }
    return fd;
}

bool memfd_backend_memory_alloc(HostMemoryBackend *backend, const char *name, Error **errp)
{
    const MemfdBackend *memfd = (MemfdBackend *)backend;
    RamFileOptions options = {
        .share = backend->share, .noreserve = !backend->reserve, .is_touched_later = true};
    TRACE(memfd_backend_memory_alloc, "%s size %#" PRIx64, name, backend->size);
    if (backend->size > INT64_MAX / 2) {
        return error_setg(errp, "memory '%s' cannot be %#" PRIx64 " bytes", name, backend->size);
    }
    if (!check_huge(memfd, name, errp)) {
        return false;
    }
    uint64_t size = align_up(backend->size, (uint64_t)sysconf(_SC_PAGESIZE));
    int fd = make_memfd(memfd, name, size, errp);
    if (fd < 0) {
        return false;
    }
    if (!memory_region_init_ram_from_fd(&backend->mr, OBJECT(backend), name, backend->size,
                                        &options, fd, errp)) {
        close(fd);
        return false;
    }
    return true;
}

static void memfd_backend_init(Object *obj)
{
    object_init_fields(obj, memfd_properties);
    MEMORY_BACKEND(obj)->share = true;
}

static void memfd_backend_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    MEMORY_BACKEND_CLASS(klass)->alloc = memfd_backend_memory_alloc;
    object_class_add_fields(klass, memfd_properties, host_memory_backend_may_change);
}

static const TypeInfo memfd_backend_info = {
    .name = TYPE_MEMORY_BACKEND_MEMFD,
    .parent = TYPE_MEMORY_BACKEND,
    .instance_size = sizeof(MemfdBackend),
    .class_init = memfd_backend_class_init,
    .instance_init = memfd_backend_init,
};

DEFINE_TYPE(memfd_backend_info)
