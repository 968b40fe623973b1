/* SPDX-License-Identifier: MIT */
/*
 * Host files behind guest RAM: opening, page sizes, growing, mapping.
 *
 * Host facilities: statfs(2) for hugetlbfs, fallocate(2) for files that must not run out later.
 */
#include "memory/internal.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_unnamed(const char *directory, Error **errp)
{
    g_autofree char *path = g_build_filename(directory, "core99-ram-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot create a backing file in %s", directory);
        return -1;
    }
    unlink(path);
    return fd;
}

static int create_file(const char *path, bool *created, Error **errp)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot create the backing file %s", path);
        return -1;
    }
    *created = true;
    return fd;
}

int ram_file_open(const RamFileOptions *options, bool *created, Error **errp)
{
    *created = false;
    if (g_file_test(options->path, G_FILE_TEST_IS_DIR)) {
        if (options->readonly) {
            error_setg(errp, "%s is a directory: a read-only backing file must exist",
                       options->path);
            return -1;
        }
        return open_unnamed(options->path, errp);
    }
    int fd = open(options->path, (options->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (fd >= 0) {
        return fd;
    }
    if (errno == ENOENT && !options->readonly) {
        return create_file(options->path, created, errp);
    }
    error_setg_errno(errp, errno, "cannot open the backing file %s", options->path);
    return -1;
}

uint64_t ram_fd_page_size(int fd)
{
    struct statfs fs;
    if (fstatfs(fd, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC) {
        return fs.f_bsize;
    }
    return sysconf(_SC_PAGESIZE);
}

static const char *file_name(const RamFileOptions *options)
{
    return options->path ? options->path : "the memory file";
}

static bool check_alignment(int fd, uint64_t size, const RamFileOptions *options, Error **errp)
{
    uint64_t page = ram_fd_page_size(fd);
    if (size < page || size % page) {
        return error_setg(errp,
                          "size %#" PRIx64 " is not a multiple of the page size %#" PRIx64 " of %s",
                          size, page, file_name(options));
    }
    if (options->align && (!is_power_of_2(options->align) || options->align % page)) {
        return error_setg(errp,
                          "alignment %#" PRIx64 " is not a power of two that is a multiple"
                          " of the page size %#" PRIx64 " of %s",
                          options->align, page, file_name(options));
    }
    return true;
}

/* A file with contents must hold all of the RAM; an empty or new one is grown. */
static bool fit_file(int fd, uint64_t size, const RamFileOptions *options, Error **errp)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        return error_setg_errno(errp, errno, "cannot stat %s", file_name(options));
    }
    bool is_device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
    if (is_device || (uint64_t)status.st_size >= size) {
        return true;
    }
    if (status.st_size > 0 || options->readonly) {
        return error_setg(errp, "%s holds %#" PRIx64 " bytes, less than the size %#" PRIx64,
                          file_name(options), (uint64_t)status.st_size, size);
    }
    if (ftruncate(fd, size) < 0) {
        return error_setg_errno(errp, errno, "cannot grow %s to %#" PRIx64 " bytes",
                                file_name(options), size);
    }
    return true;
}

bool ram_fd_prepare(int fd, uint64_t size, const RamFileOptions *options, Error **errp)
{
    if (!check_alignment(fd, size, options, errp) || !fit_file(fd, size, options, errp)) {
        return false;
    }
    /* Some file systems cannot; touching the pages then finds out, which huge pages want anyway. */
    if (options->prealloc && !options->readonly && !ram_page_is_huge(ram_fd_page_size(fd)) &&
        fallocate(fd, 0, 0, size) < 0 && errno != EOPNOTSUPP && errno != ENOSYS &&
        errno != ENODEV) {
        return error_setg_errno(errp, errno, "cannot preallocate %#" PRIx64 " bytes in %s", size,
                                file_name(options));
    }
    return true;
}

/* Of persistent memory on the host (a file system with DAX); NULL: it is none. */
static void *map_persistent(int fd, uint64_t size, uint64_t align, const RamFileOptions *options)
{
    void *host = ram_map_aligned(size, align, PROT_READ | (options->readonly ? 0 : PROT_WRITE),
                                 MAP_SHARED_VALIDATE | MAP_SYNC, fd);
    if (!host) {
        warn_report("%s is not on persistent memory: a crash of the host may lose stores",
                    file_name(options));
    }
    return host;
}

void *ram_fd_map(int fd, uint64_t size, const RamFileOptions *options, Error **errp)
{
    int prot = PROT_READ | (options->readonly ? 0 : PROT_WRITE);
    int flags = (options->share ? MAP_SHARED : MAP_PRIVATE) |
                (options->noreserve ? MAP_NORESERVE : 0);
    uint64_t page = ram_fd_page_size(fd), align = MAX(options->align, page);
    void *host = options->pmem ? map_persistent(fd, size, align, options) : NULL;
    host = host ? host : ram_map_aligned(size, align, prot, flags, fd);
    if (!host && errno == ENOMEM && ram_page_is_huge(page)) {
        error_setg(errp,
                   "the host has too few free huge pages of %" PRIu64 " KiB for %" PRIu64
                   " MiB of %s: see /sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
                   page >> 10, size >> 20, file_name(options), page >> 10);
    } else if (!host) {
        error_setg_errno(errp, errno, "cannot map %#" PRIx64 " bytes of %s", size,
                         file_name(options));
    }
    return host;
}
