/* SPDX-License-Identifier: MIT */
/*
 * RAMBlocks: host memory for guest RAM and ROM, each with its place in the ram_addr space.
 *
 * Source: own implementation; the names of the steps are those of the literature (design.md 5).
 */
#include "memory/internal.h"
#include "util/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Blocks begin at multiples of this, so that no word of any bitmap over pages has two owners. */
#define BLOCK_ALIGN (64 * GUEST_PAGE_SIZE)
#define HUGE_PAGE (UINT64_C(2) << 20)
#define MAX_BLOCK (UINT64_C(1) << 46) /* what a host process can map at all */

/* --- the list --------------------------------------------------------------------------------- */

/* Best fit: ends of blocks (and 0) are the candidates. */
ram_addr find_ram_offset(MemoryCore *core, uint64_t size)
{
    ram_addr best = 0;
    uint64_t best_gap = UINT64_MAX;
    for (int i = -1; i < (int)core->blocks->len; i++) {
        ram_addr start = 0, next = UINT64_MAX;
        if (i >= 0) {
            const RAMBlock *block = core->blocks->pdata[i];
            start = align_up(block->offset + block->max_length, BLOCK_ALIGN);
        }
        for (unsigned k = 0; k < core->blocks->len; k++) {
            const RAMBlock *other = core->blocks->pdata[k];
            if (other->offset >= start) {
                next = MIN(next, other->offset);
            }
        }
        if (next - start >= size && next - start < best_gap) {
            best = start;
            best_gap = next - start;
        }
    }
    g_assert(best_gap >= size);
    TRACE(find_ram_offset, "size %#" PRIx64 " at %#" PRIx64, size, best);
    return best;
}

static void insert_block(MemoryCore *core, RAMBlock *block)
{
    unsigned place = 0;
    while (place < core->blocks->len &&
           ((RAMBlock *)core->blocks->pdata[place])->max_length >= block->max_length) {
        place++;
    }
    g_ptr_array_insert(core->blocks, place, block);
}

bool ram_block_add(RAMBlock *block, Error **errp)
{
    MemoryCore *core = memory_core();
    TRACE(ram_block_add, "%s %#" PRIx64, block->mr->name, block->max_length);
    if (!block->host && !phys_mem_alloc(block, errp)) {
        return false;
    }
    block->offset = find_ram_offset(core, block->max_length);
    insert_block(core, block);
    dirty_log_grow(&core->dirty, block->offset + block->max_length);
    dirty_log_set_all(&core->dirty, block->offset, block->max_length);
    return true;
}

void ram_block_foreach(void (*fn)(RAMBlock *block, void *opaque), void *opaque)
{
    GPtrArray *blocks = memory_core()->blocks;
    for (unsigned i = 0; i < blocks->len; i++) {
        fn(blocks->pdata[i], opaque);
    }
}

RAMBlock *ram_block_by_name(const char *idstr)
{
    GPtrArray *blocks = memory_core()->blocks;
    for (unsigned i = 0; i < blocks->len; i++) {
        RAMBlock *block = blocks->pdata[i];
        if (strcmp(block->idstr, idstr) == 0) {
            return block;
        }
    }
    return NULL;
}

RAMBlock *ram_block_from_host(MemoryCore *core, const void *ptr)
{
    for (unsigned i = 0; i < core->blocks->len; i++) {
        RAMBlock *block = core->blocks->pdata[i];
        if ((uintptr_t)ptr - (uintptr_t)block->host < block->max_length) {
            return block;
        }
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    const RAMBlock *x = *(RAMBlock *const *)a, *y = *(RAMBlock *const *)b;
    return strcmp(x->idstr, y->idstr);
}

GPtrArray *ram_blocks_by_name(MemoryCore *core)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (unsigned i = 0; i < core->blocks->len; i++) {
        RAMBlock *block = core->blocks->pdata[i];
        if (block->migratable) {
            g_ptr_array_add(sorted, block);
        }
    }
    g_ptr_array_sort(sorted, compare_names);
    return sorted;
}

/* Two devices of a kind name their RAM alike: the later one gets "#2". */
void vmstate_register_ram_global(MemoryRegion *mr)
{
    RAMBlock *block = mr->ram_block;
    g_assert(block);
    block->migratable = true;
    g_strlcpy(block->idstr, mr->name, sizeof(block->idstr));
    for (unsigned n = 2; ram_block_by_name(block->idstr) != block; n++) {
        g_snprintf(block->idstr, sizeof(block->idstr), "%.*s#%u", (int)sizeof(block->idstr) - 12,
                   mr->name, n);
    }
    TRACE(vmstate_register_ram_global, "%s", block->idstr);
}

int memory_region_sync(const MemoryRegion *mr)
{
    const RAMBlock *block = mr->ram_block;
    if (block->fd < 0 || !block->shared || block->readonly) {
        return 0;
    }
    return msync(block->host, block->max_length, MS_SYNC) < 0 || fdatasync(block->fd) < 0 ? errno
                                                                                          : 0;
}

void vmstate_unregister_ram(MemoryRegion *mr)
{
    mr->ram_block->migratable = false;
    mr->ram_block->idstr[0] = '\0';
}

/* --- host memory ------------------------------------------------------------------------------ */

void *ram_map_aligned(uint64_t size, uint64_t align, int prot, int flags, int fd)
{
    uint64_t slack = align > GUEST_PAGE_SIZE ? align : 0;
    uint8_t *area = mmap(NULL, size + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                         -1, 0);
    if (area == MAP_FAILED) {
        return NULL;
    }
    uint8_t *start = (uint8_t *)align_up((uintptr_t)area, align);
    uint8_t *end = start + size;
    void *mapped = mmap(start, size, prot, flags | MAP_FIXED, fd, 0);
    int failure = errno;
    if (start > area) {
        munmap(area, start - area);
    }
    if (area + size + slack > end) {
        munmap(end, area + size + slack - end);
    }
    if (mapped == MAP_FAILED) {
        munmap(start, size);
        errno = failure;
        return NULL;
    }
    return mapped;
}

void *anon_ram_alloc(uint64_t size, uint64_t align, uint32_t flags)
{
    int map_flags = MAP_ANONYMOUS | (flags & RAM_SHARED ? MAP_SHARED : MAP_PRIVATE) |
                    (flags & RAM_NORESERVE ? MAP_NORESERVE : 0);
    void *host = ram_map_aligned(size, align, PROT_READ | PROT_WRITE, map_flags, -1);
    TRACE(anon_ram_alloc, "size %#" PRIx64 " flags %u: %s", size, flags, host ? "ok" : "failed");
    return host;
}

bool phys_mem_alloc(RAMBlock *block, Error **errp)
{
    uint64_t align = block->max_length >= HUGE_PAGE ? HUGE_PAGE : block->page_size;
    TRACE(phys_mem_alloc, "%s %#" PRIx64, block->mr->name, block->max_length);
    block->host = anon_ram_alloc(block->max_length, align,
                                 (block->shared ? RAM_SHARED : 0) |
                                     (block->noreserve ? RAM_NORESERVE : 0));
    if (!block->host) {
        return error_setg_errno(errp, errno, "cannot get %" PRIu64 " bytes of memory for '%s'",
                                block->max_length, block->mr->name);
    }
    if (align == HUGE_PAGE) {
        madvise(block->host, block->max_length, MADV_HUGEPAGE); /* only a hint */
    }
    return true;
}

/* --- making blocks ---------------------------------------------------------------------------- */

static RAMBlock *block_new(MemoryRegion *mr, uint64_t size, uint64_t max_size, Error **errp)
{
    uint64_t page = sysconf(_SC_PAGESIZE);
    if (size == 0 || max_size < size || max_size > MAX_BLOCK) {
        error_setg(errp, "memory '%s' cannot be %#" PRIx64 " bytes", mr->name, max_size);
        return NULL;
    }
    RAMBlock *block = g_new0(RAMBlock, 1);
    block->mr = mr;
    block->used_length = align_up(size, page);
    block->max_length = align_up(max_size, page);
    block->page_size = page;
    block->fd = -1;
    return block;
}

static void block_release(RAMBlock *block)
{
    if (block->host) {
        munmap(block->host, block->max_length);
    }
    if (block->fd >= 0) {
        close(block->fd);
    }
    g_free(block->page_hash);
    g_free(block->path);
    g_free(block);
}

RAMBlock *ram_alloc_internal(const RamRequest *request, MemoryRegion *mr, Error **errp)
{
    TRACE(ram_alloc_internal, "%s %#" PRIx64 " of %#" PRIx64, mr->name, request->size,
          request->max_size);
    RAMBlock *block = block_new(mr, request->size, request->max_size, errp);
    if (!block) {
        return NULL;
    }
    block->shared = request->flags & RAM_SHARED;
    block->noreserve = request->flags & RAM_NORESERVE;
    block->resizeable = request->resizeable;
    if (!ram_block_add(block, errp)) {
        block_release(block);
        return NULL;
    }
    return block;
}

RAMBlock *ram_alloc(uint64_t size, uint32_t flags, MemoryRegion *mr, Error **errp)
{
    RamRequest request = {.size = size, .max_size = size, .flags = flags};
    TRACE(ram_alloc, "%s %#" PRIx64, mr->name, size);
    return ram_alloc_internal(&request, mr, errp);
}

static bool touch_now(RAMBlock *block, const RamFileOptions *options, Error **errp)
{
    bool is_wanted = options->prealloc || ram_page_is_huge(block->page_size);
    return !is_wanted || options->is_touched_later || ram_block_prealloc(block, 1, errp);
}

static bool map_fd(RAMBlock *block, const RamFileOptions *options, int fd, Error **errp)
{
    block->page_size = ram_fd_page_size(fd);
    block->shared = options->share;
    block->noreserve = options->noreserve;
    block->readonly = options->readonly;
    block->path = g_strdup(options->path);
    if (!ram_fd_prepare(fd, block->max_length, options, errp)) {
        return false;
    }
    block->host = ram_fd_map(fd, block->max_length, options, errp);
    return block->host && touch_now(block, options, errp) && ram_block_add(block, errp);
}

RAMBlock *ram_alloc_from_fd(uint64_t size, const RamFileOptions *options, int fd, MemoryRegion *mr,
                            Error **errp)
{
    RAMBlock *block = block_new(mr, size, size, errp);
    if (!block) {
        return NULL;
    }
    if (!map_fd(block, options, fd, errp)) {
        block_release(block);
        return NULL;
    }
    block->fd = fd;
    return block;
}

RAMBlock *ram_alloc_from_file(uint64_t size, const RamFileOptions *options, MemoryRegion *mr,
                              Error **errp)
{
    bool created;
    int fd = ram_file_open(options, &created, errp);
    if (fd < 0) {
        return NULL;
    }
    RAMBlock *block = ram_alloc_from_fd(size, options, fd, mr, errp);
    if (!block) {
        if (created) {
            unlink(options->path);
        }
        close(fd);
    }
    return block;
}

void ram_block_free(RAMBlock *block)
{
    g_ptr_array_remove(memory_core()->blocks, block);
    block_release(block);
}

bool ram_block_resize(RAMBlock *block, uint64_t size, Error **errp)
{
    DirtyLog *log = memory_dirty_log();
    uint64_t length = align_up(size, block->page_size);
    if (length == block->used_length) {
        return true;
    }
    if (!block->resizeable || size == 0 || size > block->max_length) {
        return error_setg(errp, "memory '%s' of %#" PRIx64 " bytes cannot become %#" PRIx64,
                          block->mr->name, block->used_length, size);
    }
    dirty_log_before_write(log, block->offset, block->max_length);
    if (length < block->used_length) {
        memset(block->host + length, 0, block->used_length - length);
    }
    dirty_log_set(log, block->offset, block->max_length);
    block->used_length = length;
    return true;
}
