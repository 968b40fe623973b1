/* SPDX-License-Identifier: MIT */
/*
 * The memory API: a tree of MemoryRegions is rendered to a FlatView per AddressSpace; accesses are
 * dispatched through it; listeners hear what changed. Names and meaning follow QEMU's.
 *
 * Context: machine thread or the holder of the machine token, unless a comment says otherwise.
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include "qom/object.h"
#include "util/bits.h"
#include "util/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MemoryRegion MemoryRegion;
typedef struct MemoryRegionOps MemoryRegionOps;
typedef struct MemoryListener MemoryListener;
typedef struct AddressSpace AddressSpace;
typedef struct FlatView FlatView;
typedef struct RAMBlock RAMBlock;
typedef struct DirtyLog DirtyLog;

#define TYPE_MEMORY_REGION "memory-region"

/* Result of an access; a bit mask. */
typedef uint32_t MemTxResult;
#define MEMTX_OK 0u
#define MEMTX_ERROR BIT(0)        /* the device refused the access (size, reentrancy) */
#define MEMTX_DECODE_ERROR BIT(1) /* nothing answers there: reads gave 0, writes vanished */

typedef enum DeviceEndian {
    DEVICE_BIG_ENDIAN, /* the bus is big-endian: values pass as the CPU sees them */
    DEVICE_LITTLE_ENDIAN,
} DeviceEndian;

struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, hwaddr offset, unsigned size);
    void (*write)(void *opaque, hwaddr offset, uint64_t value, unsigned size);
    DeviceEndian endianness;
    /* What the guest may do; anything else reads 0 / vanishes with a guest-error log. 0: 1 to 8. */
    struct {
        unsigned min_access_size, max_access_size;
        bool unaligned; /* false: unaligned accesses are split into aligned ones first */
    } valid;
    /* What the callbacks implement; other sizes are split or widened. 0: 1 to 4. */
    struct {
        unsigned min_access_size, max_access_size;
    } impl;
};

/* A guest's (or a DMA's) access to a device, told around its callback: without effect on it. */
typedef struct MemoryAccess {
    hwaddr offset;  /* in the region */
    uint64_t value; /* in the device's sense; of a read only once it is done */
    unsigned size;
    bool is_write, is_done;
} MemoryAccess;
typedef struct MemoryWatch MemoryWatch;
struct MemoryWatch {
    void (*hook)(void *opaque, const MemoryAccess *access);
    void *opaque;
    hwaddr first, last;         /* of the bytes watched */
    MemoryWatch *next;          /* private */
    void (*gone)(void *opaque); /* the device is gone: the list of watches no longer exists */
};

/* Callers embed MemoryRegion by value; members are private to memory/. */
struct MemoryRegion {
    Object parent_obj;
    const char *name;
    Object *owner;
    const MemoryRegionOps *ops;
    void *opaque;
    RAMBlock *ram_block;
    MemoryRegion *container;
    MemoryRegion *alias;
    hwaddr alias_offset;
    hwaddr addr;
    uint64_t size; /* up to 1 << 32 and beyond; UINT64_MAX stands for 2^64 */
    int32_t priority;
    bool enabled, ram, readonly, rom_device, romd_mode, terminates, may_overlap, reservation;
    uint8_t dirty_log_mask;
    uint8_t single_sizes;   /* aligned cycles that are one call of ops, by size */
    GPtrArray *subregions;  /* by falling priority; later added first among equals */
    bool *reentrancy_guard; /* of the owning device; NULL: unguarded */
    MemoryWatch *watches;   /* debuggers */
};

/* --- building the tree ------------------------------------------------------------------------ */

/* @owner (may be NULL) becomes the parent and keeps the region alive; @name is copied. A region
 * without owner is dropped by object_unref(OBJECT(mr)). */
void memory_region_init(MemoryRegion *mr, Object *owner, const char *name, uint64_t size);
void memory_region_init_io(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                           void *opaque, const char *name, uint64_t size);
void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                              MemoryRegion *target, hwaddr offset, uint64_t size);
/* Claims addresses for something that answers by other means; accesses there are logged. */
void memory_region_init_reservation(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size);
bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                            Error **errp);
bool memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, Error **errp);
bool memory_region_init_ram_shared_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                             uint64_t size, bool share, Error **errp);
enum { RAM_SHARED = 1, RAM_NORESERVE = 2 };
bool memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                            uint64_t size, uint32_t flags, Error **errp);
/* Up to @max_size by memory_region_ram_resize(). */
bool memory_region_init_resizeable_ram(MemoryRegion *mr, Object *owner, const char *name,
                                       uint64_t size, uint64_t max_size, Error **errp);
typedef struct RamFileOptions {
    const char *path; /* file, or directory for an anonymous file in it */
    uint64_t align;   /* 0: page size */
    bool share, readonly, prealloc;
    bool noreserve;        /* set no swap space or huge pages aside */
    bool pmem;             /* persistent memory: stores are to reach it in order, as the host can */
    bool is_touched_later; /* prealloc: only room in the file; the caller touches the memory */
} RamFileOptions;
bool memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, const RamFileOptions *options, Error **errp);
/* Takes over @fd on success. @options without path. */
bool memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size, const RamFileOptions *options, int fd,
                                    Error **errp);
bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                            Error **errp);
/* Reads come from RAM in romd mode, writes always go to @ops. */
bool memory_region_init_rom_device(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                                   void *opaque, const char *name, uint64_t size, Error **errp);
void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd);
bool memory_region_ram_resize(MemoryRegion *mr, uint64_t size, Error **errp);
/* Accesses to @mr fail with a guest-error log while *@guard is set; set around its callbacks. */
void memory_region_set_reentrancy_guard(MemoryRegion *mr, bool *guard);

void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *sub);
void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset, MemoryRegion *sub,
                                         int priority);
void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub);
void memory_region_set_enabled(MemoryRegion *mr, bool enabled);
void memory_region_set_address(MemoryRegion *mr, hwaddr addr);
void memory_region_set_size(MemoryRegion *mr, uint64_t size);
void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset);
void memory_region_set_readonly(MemoryRegion *mr, bool readonly);
/* Between begin and the outermost commit no FlatView is rebuilt. */
void memory_region_transaction_begin(void);
void memory_region_transaction_commit(void);

/* Let @watch, which stays the caller's, see accesses to a device's region from now on, or no longer. */
void memory_watch_add(MemoryWatch **watches, MemoryWatch *watch);
void memory_watch_remove(MemoryWatch **watches, MemoryWatch *watch);
/* The device ends: its watches are told, and their holders remove none of them any more. */
void memory_watch_end(MemoryWatch **watches);
void memory_watch_tell_all(const MemoryWatch *watches, MemoryAccess access);
static inline void memory_watch_tell(const MemoryWatch *watches, MemoryAccess access)
{
    if (G_UNLIKELY(watches)) {
        memory_watch_tell_all(watches, access);
    }
}

const char *memory_region_name(const MemoryRegion *mr);
uint64_t memory_region_size(const MemoryRegion *mr);
bool memory_region_is_ram(const MemoryRegion *mr);
bool memory_region_is_container(const MemoryRegion *mr); /* nothing of its own answers */
bool memory_region_is_mapped(const MemoryRegion *mr);
/* Host address of RAM or ROM contents; NULL for others. */
void *memory_region_get_ram_ptr(MemoryRegion *mr);
ram_addr memory_region_get_ram_addr(MemoryRegion *mr);
MemoryRegion *memory_region_from_host(void *ptr, uint64_t *offset);

/* --- address spaces and access ---------------------------------------------------------------- */

AddressSpace *address_space_new(MemoryRegion *root, const char *name);
void address_space_free(AddressSpace *as);
MemoryRegion *address_space_root(AddressSpace *as);
/* The CPU's view of the machine ("memory") and of PCI I/O; made on first use. */
MemoryRegion *get_system_memory(void);
AddressSpace *address_space_memory(void);

/* Move @len bytes; splits at region borders. RAM writes mark pages dirty. Devices see accesses of
 * their own sizes. */
MemTxResult address_space_read(AddressSpace *as, hwaddr addr, void *buf, size_t len);
MemTxResult address_space_write(AddressSpace *as, hwaddr addr, const void *buf, size_t len);
/* One bus cycle of 1, 2, 4 or 8 bytes; @value in big-endian (CPU) sense. */
MemTxResult address_space_load(AddressSpace *as, hwaddr addr, unsigned size, uint64_t *value);
MemTxResult address_space_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value);
/* Debug: RAM and ROM only, no side effects; false if any byte is not RAM or ROM. Poke also marks
 * pages dirty and may write ROM. */
bool address_space_peek(AddressSpace *as, hwaddr addr, void *buf, size_t len);
bool address_space_poke(AddressSpace *as, hwaddr addr, const void *buf, size_t len);
/* Direct access to guest RAM: host pointer and (in *@len) how many of the *@len bytes asked for
 * follow contiguously, or NULL (*@len 0) if @addr is not (writable, for @is_write) RAM. Mapping for
 * write calls the code hook at once, unmap marks [0, access_len) dirty. */
void *address_space_map(AddressSpace *as, hwaddr addr, uint64_t *len, bool is_write);
void address_space_unmap(AddressSpace *as, void *ptr, uint64_t access_len, bool is_write);
/* The guest does not need what lies there: it reads zero from now on, and whole host pages go back to
 * the host. What is not writable RAM is left alone. */
void address_space_discard(AddressSpace *as, hwaddr addr, uint64_t length);

/* What the CPU needs to fill a TLB entry: the section that answers at @addr. */
typedef struct MemorySection {
    MemoryRegion *mr;        /* NULL: nothing answers */
    hwaddr offset_in_region; /* of @addr */
    uint64_t remaining;      /* bytes to the end of the section */
    uint8_t *host;           /* RAM/ROM(romd): host address of @addr; else NULL */
    ram_addr ram_addr;       /* valid with host */
    bool readonly;           /* host is not to be written directly */
} MemorySection;
MemorySection address_space_translate(AddressSpace *as, hwaddr addr);

/* --- listeners -------------------------------------------------------------------------------- */

typedef struct MemoryRegionSection {
    MemoryRegion *mr;
    hwaddr offset_within_region;
    hwaddr offset_within_address_space;
    uint64_t size;
    bool readonly;
} MemoryRegionSection;

struct MemoryListener {
    void (*begin)(MemoryListener *listener);
    void (*commit)(MemoryListener *listener);
    void (*region_add)(MemoryListener *listener, const MemoryRegionSection *section);
    void (*region_del)(MemoryListener *listener, const MemoryRegionSection *section);
    void (*region_nop)(MemoryListener *listener, const MemoryRegionSection *section);
    void (*log_start)(MemoryListener *listener, const MemoryRegionSection *section);
    void (*log_stop)(MemoryListener *listener, const MemoryRegionSection *section);
    void (*log_sync)(MemoryListener *listener, const MemoryRegionSection *section);
    int priority; /* add/begin/commit: rising; del: falling */
    AddressSpace *address_space;
};
/* Replays the present view as region_add. */
void memory_listener_register(MemoryListener *listener, AddressSpace *as);
/* Replays the present view as region_del. */
void memory_listener_unregister(MemoryListener *listener);
/* Ask the listeners of @as for what they know about dirty pages: log_sync for every RAM section. */
void address_space_log_sync(AddressSpace *as);

/* --- dirty log -------------------------------------------------------------------------------- */

enum { DIRTY_VGA, DIRTY_CODE, DIRTY_MIGRATION, DIRTY_HASH, DIRTY_CLIENTS };

/* Every store to RAM outside the CPU's own fast path comes through here (the CPU calls it for pages
 * it first enters into a write TLB, and for every store to CODE pages). */
void memory_set_dirty(ram_addr addr, uint64_t len);
bool memory_test_dirty(ram_addr addr, uint64_t len, unsigned client);
/* Returns whether any page was dirty, and cleans them. */
bool memory_test_and_clear_dirty(ram_addr addr, uint64_t len, unsigned client);
void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client);
/* Called before a RAM page whose CODE bit is clean is written by anyone but the CPU's fast path
 * (device DMA, loader, poke): the CPU drops decoded slots and translations made from it. A page is
 * CODE-clean while the CPU relies on it: memory_clear_dirty_code() marks it so. */
typedef void MemoryCodeHook(void *opaque, ram_addr addr, uint64_t len);
void memory_set_code_hook(MemoryCodeHook *hook, void *opaque);
void memory_protect_code(ram_addr page);   /* clear the CODE bit of one 4 KiB page */
void memory_unprotect_code(ram_addr page); /* the CPU no longer relies on it; also from the hook */
bool memory_page_is_code(ram_addr page);
/* A clean page must also be kept out of write TLBs for the HASH client: the hook is told when the
 * log of a client is cleared, so that write TLBs are emptied. */
void memory_set_clean_hook(void (*hook)(void *opaque), void *opaque);
/* memory_set_dirty() marks all clients but CODE: the CODE bit comes back by memory_unprotect_code()
 * only, since other lines of the page may still be relied on; and it does not call the code hook,
 * since its caller is the CPU. memory_test_and_clear_dirty() and memory_ram_hash(false) call the
 * clean hook themselves whenever they cleaned a page. */

/* The same without the walk to the core object, for those who ask at every store. */
DirtyLog *memory_dirty_log(void);
void dirty_log_set(DirtyLog *log, ram_addr addr, uint64_t len);
bool dirty_log_test(const DirtyLog *log, ram_addr addr, uint64_t len, unsigned client);
void dirty_log_protect_code(DirtyLog *log, ram_addr page);
void dirty_log_unprotect_code(DirtyLog *log, ram_addr page);
bool dirty_log_is_code(const DirtyLog *log, ram_addr page);

/* --- RAM of the machine ----------------------------------------------------------------------- */

/* Guest RAM as the user asked (-m, -mem-path, -mem-prealloc, -numa, memory-backend); see ram.h. */
bool memory_region_allocate_system_memory(MemoryRegion *mr, Object *owner, const char *name,
                                          uint64_t ram_size, Error **errp);
void vmstate_register_ram_global(MemoryRegion *mr);
/* What shared files behind @mr hold reaches their disk. 0 or an errno. Any thread; may block. */
int memory_region_sync(const MemoryRegion *mr);
void vmstate_unregister_ram(MemoryRegion *mr); /* no part of the machine's state any more */

uint64_t memory_ram_hash(bool all); /* over all migratable RAMBlocks; incremental by HASH client
                                       unless @all. Guest byte order: host-independent. */
/* "mtree" text; @flat adds the FlatViews with owners and RAMBlocks. */
void memory_info_mtree(GString *out, bool flat, bool owner);

#endif
