/* SPDX-License-Identifier: MIT */
/* Between the MMU's files: translation (mmu.c) and cached accesses (access.c). */
#ifndef TARGET_PPC_MMU_H
#define TARGET_PPC_MMU_H

#include "target-ppc/cpu.h"

typedef enum PpcFault {
    PPC_FAULT_NONE,
    PPC_FAULT_NO_PAGE,      /* no BAT and no PTE matches */
    PPC_FAULT_PROTECTED,    /* page or block protection */
    PPC_FAULT_NO_EXECUTE,   /* segment N bit, or a fetch from guarded memory */
    PPC_FAULT_DIRECT_STORE, /* segment T bit */
} PpcFault;

/* DSISR (PEM table 6-9). DIRECT_STORE: lwarx and stwcx. to write-through memory, too. */
enum {
    PPC_DSISR_NO_PAGE = 0x40000000,
    PPC_DSISR_PROTECTED = 0x08000000,
    PPC_DSISR_DIRECT_STORE = 0x04000000,
    PPC_DSISR_STORE = 0x02000000,
    PPC_DSISR_DABR = 0x00400000,
    PPC_DSISR_EAR = 0x00100000,
};

typedef struct PpcPage {
    hwaddr pa;     /* of the effective address asked for */
    uint8_t wimg;  /* W 8, I 4, M 2, G 1 */
    bool writable; /* a store may be done without asking again: allowed and C is set */
} PpcPage;

enum { PPC_PAGE_SIZE = 4096, PPC_LINE_SIZE = 32 };

typedef struct PpcMmuListener {
    MemoryListener listener;
    PpcEnv *env;
} PpcMmuListener;

/* What a walk said of a page without memory: accesses to devices walk once. */
typedef struct PpcDevicePage {
    uint64_t generation; /* of the flush before it; another one: the entry is void */
    uint32_t tag;        /* effective page | data TLB mode */
    uint32_t pa;
    bool writable;
} PpcDevicePage;

enum { PPC_DEVICE_PAGES = 16, PPC_TABLE_PAGES = 0x2000 };

/* The rest of @whole from @distance on, which is inside it. */
static inline MemorySection ppc_section_from(const MemorySection *whole, hwaddr distance)
{
    return (MemorySection){
        .mr = whole->mr,
        .offset_in_region = whole->offset_in_region + distance,
        .remaining = whole->remaining - distance,
        .host = whole->host ? whole->host + distance : NULL,
        .ram_addr = whole->host ? whole->ram_addr + distance : 0,
        .readonly = whole->readonly,
    };
}

/* Pure cache state behind env->mmu; emptying it changes nothing that a guest can see. */
typedef struct PpcMmu {
    DirtyLog *log;
    uint64_t used[PPC_TLB_MODES][2][PPC_TLB_SIZE / 64]; /* TLB entries, by is_write: not invalid */
    GHashTable *table_pages;              /* RAM pages the walker has read, by ram_addr / 4096 */
    uint64_t noted[PPC_TABLE_PAGES / 64]; /* those of this SDR1, by physical page: all is done */
    bool has_odd_table;         /* one whose physical and ram addresses differ below 64 KiB */
    PpcMmuListener view;        /* a FlatView commit drops everything */
    uint32_t user_segments[16]; /* what the user's translations were made with: mode.h */
    uint64_t segment_pages[16][PPC_TLB_SIZE / 64]; /* the supervisor's, by segment: TLB indexes */
    uint64_t generation; /* of what is known of devices: how often it was dropped, from 1 */
    PpcDevicePage devices[PPC_DEVICE_PAGES];
    MemorySection ram; /* what was found last that is RAM, and where: most is in it */
    hwaddr ram_pa;
} PpcMmu;

/* A tag that no address of this index can hit. */
static inline uint32_t ppc_tlb_invalid_tag(unsigned index)
{
    return (index + 1) % PPC_TLB_SIZE * PPC_PAGE_SIZE;
}

/* @update: set R and C as an access does and remember the table pages read. Without it nothing
 * changes (debugger). */
PpcFault ppc_mmu_walk(PpcEnv *env, target_addr ea, PpcAccess access, bool update, PpcPage *page);
/* Deliver the DSI or ISI for @fault at @ea. */
void ppc_mmu_fault(PpcEnv *env, target_addr ea, PpcAccess access, PpcFault fault);
/* The walker read a PTE group at @pa, which is @addr: stores there must be seen (see access.c). */
void ppc_mmu_note_table_page(PpcEnv *env, hwaddr pa, ram_addr addr, const uint8_t *host);
/* The engine is about to decode the page at @host. */
void ppc_mmu_page_decoded(PpcEnv *env, ram_addr addr, const uint8_t *host);
/* One reason to watch stores to the page is gone; no effect while another holds. */
void ppc_mmu_page_released(PpcEnv *env, ram_addr addr);
/* Host address, ram_addr and physical address of the page that env->pc lies in, if it can be fetched from RAM or ROM
 * without an exception; sets R as the fetch does. NULL otherwise. */
const uint8_t *ppc_mmu_code_page(PpcEnv *env, ram_addr *addr, hwaddr *pa);
/* What answers at @pa: address_space_translate(). */
MemorySection ppc_mmu_section(PpcEnv *env, hwaddr pa);
/* Accesses at @ea hit from now on: page @page_pa, | its WIMG, is host memory. */
void ppc_mmu_fill(PpcEnv *env, target_addr ea, bool is_write, uint32_t page_pa, uint8_t *page_host);
/* Store @len bytes, at most a line and 16 more, into RAM; drops what was cached of it. */
void ppc_mmu_write_ram(PpcEnv *env, uint8_t *host, ram_addr addr, const void *bytes, unsigned len);
static inline unsigned ppc_watched_index(target_addr ea)
{
    return ea / PPC_PAGE_SIZE % PPC_WATCHED_PAGES;
}
/* In a burst of the engine (watched.c): @op is a load or store on a watched page that touches no watched
 * byte, and is done. False: nothing was changed. */
bool ppc_pass_watched(PpcEnv *env, const PpcOp *op);
/* One step of the chaos generator; true if it emptied the caches. */
bool ppc_mmu_chaos(PpcEnv *env);
/* Empty a mode's data TLBs. */
void ppc_mmu_drop_mode(PpcEnv *env, unsigned mode);

static inline unsigned ppc_tlb_index(target_addr ea) { return ea / PPC_PAGE_SIZE % PPC_TLB_SIZE; }

/* Where a translation of @ea is or would be in one of the sets. */
static inline PpcTlbEntry *ppc_tlb_entry(PpcTlbEntry *tlb, target_addr ea)
{
    return &tlb[ppc_tlb_index(ea)];
}

#endif
