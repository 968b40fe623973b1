/* SPDX-License-Identifier: MIT */
/*
 * Address translation: real mode, block address translation, segments and the hashed page table.
 *
 * Source: PEM chapter 7. Not modelled: 36-bit physical addresses of the 745x (HID0[XAEN]), software
 * table search.
 */
#include "target-ppc/mmu.h"

#include "target-ppc/engine.h"
#include "target-ppc/spr.h"
#include "util/log.h"
#include "util/trace.h"

enum { PTE_V = (int)0x80000000, PTE_H = 0x40, PTE_R = 0x100, PTE_C = 0x80 };
enum { SR_T = (int)0x80000000, SR_KS = 0x40000000, SR_KP = 0x20000000, SR_N = 0x10000000 };
enum { HID0_HIGH_BAT_EN = 0x00800000, HID0_XBSEN = 0x00000100 };

/* --- blocks --------------------------------------------------------------------------------------- */

/* Bits of an address that are an offset in the block: 128 KiB and up. HID0[XBSEN] adds four bits to
 * its length (7450UM 5.3.2), 4 GiB at most. */
static uint32_t block_offset_mask(const PpcEnv *env, uint32_t upper)
{
    bool extended = (env->model->features & PPC_FEATURE_HIGH_BATS) &&
                    (env->spr[SPR_HID0] & HID0_XBSEN);
    return (upper & (extended ? 0x1fffcu : 0x1ffcu)) << 15 | 0x1ffffu;
}

static bool bat_matches(const PpcEnv *env, uint32_t upper, target_addr ea)
{
    uint32_t valid_bit = ppc_msr(env, MSR_PR) ? 1 : 2; /* Vp : Vs */
    if (!(upper & valid_bit)) {
        return false;
    }
    uint32_t block_mask = ~block_offset_mask(env, upper);
    return (ea & block_mask) == (upper & block_mask & 0xfffe0000u);
}

static PpcFault bat_page(uint32_t offset_mask, uint32_t lower, target_addr ea, PpcAccess access,
                         PpcPage *page)
{
    unsigned pp = lower & 3;
    page->pa = (lower & 0xfffe0000u & ~offset_mask) | (ea & offset_mask);
    page->wimg = lower >> 3 & 15;
    page->writable = pp == 2;
    if (pp == 0 || (access == PPC_ACCESS_WRITE && pp != 2)) {
        return PPC_FAULT_PROTECTED;
    }
    if (access == PPC_ACCESS_FETCH &&
        (page->wimg & PPC_WIMG_GUARDED)) { /* 7400UM 2.1.1, table 2-1 */
        return PPC_FAULT_NO_EXECUTE;
    }
    return PPC_FAULT_NONE;
}

static bool walk_bats(PpcEnv *env, target_addr ea, PpcAccess access, PpcPage *page, PpcFault *fault)
{
    bool fetch = access == PPC_ACCESS_FETCH;
    const uint32_t *low = &env->spr[fetch ? SPR_IBAT0U : SPR_DBAT0U];
    const uint32_t *high = &env->spr[fetch ? SPR_IBAT4U : SPR_DBAT4U];
    bool use_high = (env->model->features & PPC_FEATURE_HIGH_BATS) &&
                    (env->spr[SPR_HID0] & HID0_HIGH_BAT_EN);
    for (unsigned i = 0; i < (use_high ? 8 : 4); i++) {
        const uint32_t *bat = i < 4 ? low + 2 * i : high + 2 * (i - 4);
        if (bat_matches(env, bat[0], ea)) {
            *fault = bat_page(block_offset_mask(env, bat[0]), bat[1], ea, access, page);
            return true;
        }
    }
    return false;
}

/* --- the hashed page table ------------------------------------------------------------------------- */

/* A page table entry: where it lies and what it holds. */
typedef struct Pte {
    uint8_t *host; /* of its second word */
    ram_addr addr; /* of its first byte */
    uint32_t word1;
    bool readonly; /* it lies in ROM */
} Pte;

static bool search_group(PpcEnv *env, uint32_t hash, uint32_t wanted, bool update, Pte *pte)
{
    uint32_t sdr1 = env->spr[SPR_SDR1];
    hwaddr group = (sdr1 & 0xffff0000u) | (hash >> 10 & (sdr1 & 0x1ff)) << 16 | (hash & 0x3ff) << 6;
    MemorySection section = ppc_mmu_section(env, group);
    if (!section.host || section.remaining < 64) {
        log_guest_error("cpu", group, "page table at %#x is not in RAM", (unsigned)group);
        return false;
    }
    if (update) {
        ppc_mmu_note_table_page(env, group, section.ram_addr, section.host);
    }
    for (unsigned i = 0; i < 8; i++) {
        if (ldl_be_p(section.host + 8 * i) == wanted) {
            pte->host = section.host + 8 * i + 4;
            pte->addr = section.ram_addr + 8 * i;
            pte->word1 = ldl_be_p(pte->host);
            pte->readonly = section.readonly;
            return true;
        }
    }
    return false;
}

/* The walker's own R and C updates change no translation, so no cached one is dropped for them; but
 * the entry may have been executed, too. */
static void set_referenced_changed(PpcEnv *env, Pte *pte, uint32_t bits)
{
    if ((pte->word1 & bits) == bits || pte->readonly) {
        return;
    }
    pte->word1 |= bits;
    stl_be_p(pte->host, pte->word1);
    ppc_engine_written(env, pte->addr, 8);
    dirty_log_set(env->mmu->log, pte->addr, 8);
}

/* PEM table 7-20: PP and the key decide. */
static PpcFault check_protection(unsigned pp, bool key, PpcAccess access, bool *writable)
{
    bool readable = !key || pp != 0;
    *writable = pp == 2 || (!key && pp != 3);
    if (access == PPC_ACCESS_WRITE ? !*writable : !readable) {
        return PPC_FAULT_PROTECTED;
    }
    return PPC_FAULT_NONE;
}

static PpcFault walk_table(PpcEnv *env, target_addr ea, PpcAccess access, bool update,
                           PpcPage *page)
{
    uint32_t sr = env->sr[ea >> 28];
    if (sr & SR_T) {
        return PPC_FAULT_DIRECT_STORE;
    }
    if (access == PPC_ACCESS_FETCH && (sr & SR_N)) {
        return PPC_FAULT_NO_EXECUTE;
    }
    uint32_t vsid = sr & 0xffffff;
    uint32_t hash = (vsid & 0x7ffff) ^ (ea >> 12 & 0xffff);
    uint32_t wanted = PTE_V | vsid << 7 | (ea >> 22 & 0x3f);
    Pte pte;
    if (!search_group(env, hash, wanted, update, &pte) &&
        !search_group(env, ~hash, wanted | PTE_H, update, &pte)) {
        return PPC_FAULT_NO_PAGE;
    }
    bool key = (sr & (ppc_msr(env, MSR_PR) ? SR_KP : SR_KS)) != 0;
    page->pa = (pte.word1 & 0xfffff000u) | (ea & 0xfff);
    page->wimg = pte.word1 >> 3 & 15;
    PpcFault fault = check_protection(pte.word1 & 3, key, access, &page->writable);
    if (fault != PPC_FAULT_NONE) {
        return fault;
    }
    if (access == PPC_ACCESS_FETCH && (page->wimg & PPC_WIMG_GUARDED)) {
        return PPC_FAULT_NO_EXECUTE;
    }
    if (update) {
        set_referenced_changed(env, &pte, access == PPC_ACCESS_WRITE ? PTE_R | PTE_C : PTE_R);
    }
    page->writable &= (pte.word1 & PTE_C) != 0;
    return PPC_FAULT_NONE;
}

PpcFault ppc_mmu_walk(PpcEnv *env, target_addr ea, PpcAccess access, bool update, PpcPage *page)
{
    PpcFault fault;
    *page = (PpcPage){.pa = 0};
    if (!ppc_msr(env, access == PPC_ACCESS_FETCH ? MSR_IR : MSR_DR)) {
        *page = (PpcPage){.pa = ea, .wimg = PPC_WIMG_GUARDED, .writable = true};
        return PPC_FAULT_NONE;
    }
    if (!walk_bats(env, ea, access, page, &fault)) {
        fault = walk_table(env, ea, access, update, page);
    }
    if (fault == PPC_FAULT_NONE) {
        log_if(LOG_MMU, "mmu", ea, "%08x -> %08x wimg %x", ea, (uint32_t)page->pa, page->wimg);
    }
    return fault;
}

/* --- faults ---------------------------------------------------------------------------------------- */

static void raise_isi(PpcEnv *env, PpcFault fault)
{
    uint32_t cause = fault == PPC_FAULT_NO_PAGE     ? 0x40000000
                     : fault == PPC_FAULT_PROTECTED ? 0x08000000
                                                    : 0x10000000;
    ppc_exception(env, PPC_VECTOR_ISI, env->pc, cause);
}

void ppc_mmu_fault(PpcEnv *env, target_addr ea, PpcAccess access, PpcFault fault)
{
    log_if(LOG_MMU, "mmu", ea, "%s of %08x: fault %d",
           access == PPC_ACCESS_WRITE  ? "store"
           : access == PPC_ACCESS_READ ? "load"
                                       : "fetch",
           ea, fault);
    if (access == PPC_ACCESS_FETCH) {
        raise_isi(env, fault);
        return;
    }
    uint32_t cause = fault == PPC_FAULT_NO_PAGE     ? PPC_DSISR_NO_PAGE
                     : fault == PPC_FAULT_PROTECTED ? PPC_DSISR_PROTECTED
                                                    : PPC_DSISR_DIRECT_STORE;
    ppc_dsi(env, ea, cause | (access == PPC_ACCESS_WRITE ? PPC_DSISR_STORE : 0));
}

bool ppc_translate_debug(PpcEnv *env, target_addr ea, bool code, hwaddr *pa)
{
    PpcPage page;
    PpcAccess access = code ? PPC_ACCESS_FETCH : PPC_ACCESS_READ;
    if (ppc_mmu_walk(env, ea, access, false, &page) != PPC_FAULT_NONE) {
        return false;
    }
    *pa = page.pa;
    return true;
}
