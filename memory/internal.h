/* SPDX-License-Identifier: MIT */
/*
 * What the files of memory/ share: the core object that holds every singleton, FlatViews with their
 * page maps, the diff towards listeners, and the steps that make a RAMBlock.
 */
#ifndef MEMORY_INTERNAL_H
#define MEMORY_INTERNAL_H

#include "memory/access_stats.h"
#include "memory/memory.h"
#include "memory/ram.h"

#define GUEST_PAGE_BITS 12
#define GUEST_PAGE_SIZE (UINT64_C(1) << GUEST_PAGE_BITS)

/* Region arithmetic: 2^64 and the negative bases of aliases must both fit. */
typedef __int128 Wide;

/* --- the core object -------------------------------------------------------------------------- */

#define TYPE_MEMORY_CORE "memory-core"
OBJECT_DECLARE_SIMPLE_TYPE(MemoryCore, MEMORY_CORE)

/* One byte a page of the ram_addr space; bit n: dirty for client n. One load answers for all. */
struct DirtyLog {
    uint8_t *flags;
    uint64_t pages;
    MemoryCodeHook *code_hook;
    void *code_opaque;
    void (*clean_hook)(void *opaque);
    void *clean_opaque;
};

struct MemoryCore {
    Object parent_obj;
    GPtrArray *blocks;    /* RAMBlock, by falling max_length, older first among equals */
    GPtrArray *spaces;    /* AddressSpace, in order of creation */
    GPtrArray *listeners; /* MemoryListener, by rising priority */
    unsigned transaction_depth;
    bool update_pending, committing;
    DirtyLog dirty;
    AccessStats stats; /* for info why */
    RamConfig config;
    AddressSpace *system_space;
    MemoryRegion system_memory;
};

/* Walks the composition tree: not for hot paths, which have it in AddressSpace. */
MemoryCore *memory_core(void);

/* --- FlatViews -------------------------------------------------------------------------------- */

typedef struct FlatRange {
    hwaddr start, last; /* inclusive */
    MemoryRegion *mr;
    hwaddr offset;  /* of start in mr */
    uint8_t *host;  /* contents at start, if reads come from RAM; else NULL */
    ram_addr ram;   /* of start, valid with host */
    bool readonly;  /* the guest cannot write host directly */
    bool plain_ram; /* writes go to host and nowhere else */
    uint8_t dirty_log_mask;
} FlatRange;

/* Radix tree from page number to a range, or to the few ranges that share a page. */
typedef struct Dispatch {
    GArray *nodes;    /* DispatchNode */
    GArray *subpages; /* Subpage */
    unsigned levels;
} Dispatch;

enum { FLATVIEW_RECENT = 16 };

struct FlatView {
    unsigned ref;
    FlatRange *ranges; /* sorted, disjoint, adjacent equals merged */
    size_t count;
    Dispatch dispatch;
    const FlatRange *recent[FLATVIEW_RECENT]; /* hits of late, by address: accesses cluster */
};

FlatView *flatview_new(MemoryRegion *root);
FlatView *flatview_ref(FlatView *view);
void flatview_unref(FlatView *view);
bool flat_range_equal(const FlatRange *a, const FlatRange *b); /* but for the log mask */
/* The range at @addr, or NULL. */
const FlatRange *flatview_find(FlatView *view, hwaddr addr);
/* Index of the first range that ends at or after @addr; count if none. */
size_t flatview_index_after(const FlatView *view, hwaddr addr);

void dispatch_build(Dispatch *dispatch, const FlatRange *ranges, size_t count);
void dispatch_free(Dispatch *dispatch);
const FlatRange *dispatch_find(const Dispatch *dispatch, const FlatRange *ranges, hwaddr addr);

static inline bool flat_range_contains(const FlatRange *range, hwaddr addr)
{
    return addr - range->start <= range->last - range->start;
}

/* --- address spaces, listeners ---------------------------------------------------------------- */

struct AddressSpace {
    MemoryCore *core;
    MemoryRegion *root;
    char *name;
    FlatView *view;
};

/* Keeps the owner (or an unowned region itself) alive while a view or mapping points into it. */
void memory_region_ref(MemoryRegion *mr);
void memory_region_unref(MemoryRegion *mr);
/* Undo a memory_region_init*() that failed half-way. */
void memory_region_discard(MemoryRegion *mr);

void listener_notify_begin(MemoryCore *core);
void listener_notify_commit(MemoryCore *core);
/* Tell the listeners of @as what turns @old into @now. */
void listener_notify_diff(AddressSpace *as, const FlatView *old, const FlatView *now);

/* --- accesses --------------------------------------------------------------------------------- */

/* One bus cycle inside @mr, which is not read (written) as RAM; @value in big-endian sense. */
MemTxResult memory_region_load(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t *value);
MemTxResult memory_region_store(MemoryRegion *mr, hwaddr offset, unsigned size, uint64_t value);
/* Sizes of aligned cycles that are one call of @ops each, or-ed together. */
unsigned memory_region_single_sizes(const MemoryRegionOps *ops);
/* The largest piece of a @len byte move at @offset that @mr takes as one bus cycle. */
unsigned memory_region_piece(const MemoryRegion *mr, hwaddr offset, uint64_t len);

static inline uint64_t load_be(const uint8_t *p, unsigned size)
{
    switch (size) {
    case 1:
        return *p;
    case 2:
        return lduw_be_p(p);
    case 4:
        return ldl_be_p(p);
    default:
        g_assert(size == 8);
        return ldq_be_p(p);
    }
}

static inline void store_be(uint8_t *p, unsigned size, uint64_t value)
{
    switch (size) {
    case 1:
        *p = value;
        return;
    case 2:
        stw_be_p(p, value);
        return;
    case 4:
        stl_be_p(p, value);
        return;
    default:
        g_assert(size == 8);
        stq_be_p(p, value);
    }
}

/* --- dirty log -------------------------------------------------------------------------------- */

#define DIRTY_ALL_CLIENTS (BIT(DIRTY_CLIENTS) - 1)

/* A store there changes no bit and calls no hook: all pages but a few, nearly always. */
static inline bool dirty_log_is_settled(const DirtyLog *log, ram_addr addr, unsigned size)
{
    ram_addr page = addr >> GUEST_PAGE_BITS;
    return (addr + size - 1) >> GUEST_PAGE_BITS == page && log->flags[page] == DIRTY_ALL_CLIENTS;
}
/* Make room for the ram_addr space up to @end. */
void dirty_log_grow(DirtyLog *log, ram_addr end);
/* Set every client's bit: contents unknown to everyone. */
void dirty_log_set_all(DirtyLog *log, ram_addr addr, uint64_t len);
/* Call the code hook if [addr, addr + len) touches a code page: before the bytes change. */
void dirty_log_before_write(DirtyLog *log, ram_addr addr, uint64_t len);
/* After: before_write was called, host bytes changed. */
static inline void dirty_log_after_write(DirtyLog *log, ram_addr addr, uint64_t len)
{
    dirty_log_set(log, addr, len);
}

/* --- RAMBlocks: the steps that the literature names ------------------------------------------- */

RAMBlock *ram_alloc(uint64_t size, uint32_t flags, MemoryRegion *mr, Error **errp);
typedef struct RamRequest {
    uint64_t size, max_size;
    bool resizeable;
    uint32_t flags; /* RAM_SHARED, RAM_NORESERVE */
} RamRequest;
RAMBlock *ram_alloc_internal(const RamRequest *request, MemoryRegion *mr, Error **errp);
/* Backed by an open file; takes over @fd on success. */
RAMBlock *ram_alloc_from_fd(uint64_t size, const RamFileOptions *options, int fd, MemoryRegion *mr,
                            Error **errp);
RAMBlock *ram_alloc_from_file(uint64_t size, const RamFileOptions *options, MemoryRegion *mr,
                              Error **errp);
bool ram_block_add(RAMBlock *block, Error **errp);
/* The start of the smallest gap that @size bytes fit in. */
ram_addr find_ram_offset(MemoryCore *core, uint64_t size);
bool phys_mem_alloc(RAMBlock *block, Error **errp);
/* NULL and errno on failure. */
void *anon_ram_alloc(uint64_t size, uint64_t align, uint32_t flags);
void ram_block_free(RAMBlock *block);
bool ram_block_resize(RAMBlock *block, uint64_t size, Error **errp);
/* Touch every page now, in @threads threads, so that a lack of host memory shows at start. */
bool ram_block_prealloc(RAMBlock *block, unsigned threads, Error **errp);
/* The block whose memory holds @ptr, or NULL. */
RAMBlock *ram_block_from_host(MemoryCore *core, const void *ptr);
/* Migratable blocks by name. Free the array, not the elements. */
GPtrArray *ram_blocks_by_name(MemoryCore *core);

/* --- host files behind RAM (ram_file.c) ------------------------------------------------------- */

/* Open or create the file, or make an unnamed one in a directory; -1 on failure. @created: whoever
 * fails later unlinks it. */
int ram_file_open(const RamFileOptions *options, bool *created, Error **errp);
uint64_t ram_fd_page_size(int fd);
/* Huge pages are taken at start: a lack of them later would be a bus error. */
static inline bool ram_page_is_huge(uint64_t page_size) { return page_size > GUEST_PAGE_SIZE; }
/* Check @size and the alignment against page and file size; grow an empty file. */
bool ram_fd_prepare(int fd, uint64_t size, const RamFileOptions *options, Error **errp);
void *ram_fd_map(int fd, uint64_t size, const RamFileOptions *options, Error **errp);
/* NULL and errno on failure; the mapping starts at a multiple of @align. */
void *ram_map_aligned(uint64_t size, uint64_t align, int prot, int flags, int fd);

/* --- where back ends lie (hostmem_policy.c, hostmem_bind_*.c) --------------------------------- */

typedef struct HostMemoryBackend HostMemoryBackend;
extern const char *const host_mem_policy_names[];
/* Properties policy and host-nodes. */
void host_memory_backend_add_policy(ObjectClass *klass);
/* "0-1,3"; free with g_free(). */
char *host_memory_backend_nodes(const HostMemoryBackend *backend);
/* Its memory, not touched yet, shall lie on those nodes. */
bool host_memory_backend_bind(const HostMemoryBackend *backend, const char *name, Error **errp);

/* --- guest RAM as the user asked -------------------------------------------------------------- */

bool allocate_system_memory_nonnuma(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t ram_size, Error **errp);
void ram_config_fini(RamConfig *config);
void ram_config_init(RamConfig *config);

#endif
