/* SPDX-License-Identifier: MIT */
/*
 * Loads, stores and fetches through translation caches that no guest can see (tlb.c).
 *
 * Source: own design; PEM 3.1.4 (little-endian mode), 7450UM 5 (alignment).
 */
#include "target-ppc/engine.h"
#include "target-ppc/insn_log.h"
#include "target-ppc/mode.h"
#include "target-ppc/spr.h"
#include "util/log.h"

/* --- pages of devices ------------------------------------------------------------------------------- */

static uint32_t device_tag(const PpcEnv *env, target_addr ea)
{
    return (ea & ~(PPC_PAGE_SIZE - 1u)) | ppc_data_mode(env->msr);
}

static PpcDevicePage *device_slot(PpcEnv *env, target_addr ea)
{
    return &env->mmu->devices[ea / PPC_PAGE_SIZE % PPC_DEVICE_PAGES];
}

static bool has_memory(PpcEnv *env, hwaddr page)
{
    MemorySection section;
    for (hwaddr at = page; at < page + PPC_PAGE_SIZE; at += section.remaining) {
        section = address_space_translate(env->as, at);
        if (section.host) {
            return true;
        }
    }
    return false;
}

static void remember_device(PpcEnv *env, target_addr ea, const PpcPage *page)
{
    hwaddr pa = page->pa & ~(hwaddr)(PPC_PAGE_SIZE - 1);
    if (!has_memory(env, pa)) {
        if (ppc_data_mode(env->msr) == PPC_SUPERVISOR_TRANSLATED) { /* goes with its segment */
            env->segments_cached |= 1u << (ea >> 28);
        }
        *device_slot(env, ea) = (PpcDevicePage){
            .generation = env->mmu->generation,
            .tag = device_tag(env, ea),
            .pa = (uint32_t)pa,
            .writable = page->writable,
        };
    }
}

/* True: no memory is in the page of @ea, which says all that @section has to say. */
static bool find_device(PpcEnv *env, target_addr ea, PpcAccess access, MemorySection *section,
                        hwaddr *pa)
{
    const PpcDevicePage *device = device_slot(env, ea);
    if (device->tag != device_tag(env, ea) || device->generation != env->mmu->generation ||
        access == PPC_ACCESS_FETCH || (access == PPC_ACCESS_WRITE && !device->writable)) {
        return false;
    }
    *pa = device->pa | (ea & (PPC_PAGE_SIZE - 1));
    section->host = NULL;
    return true;
}

/* A DABR range lies in this page: its accesses must keep coming to the slow path. */
static bool page_is_watched(const PpcEnv *env, target_addr ea)
{
    uint32_t dabr = env->spr[SPR_DABR];
    return (dabr & 3) && !((dabr ^ ea) & ~(PPC_PAGE_SIZE - 1u));
}

/* --- slow paths --------------------------------------------------------------------------------------- */

/* DABR: a double word, by kind of access and translation mode (7400UM 2.1.2.1). */
static bool breakpoint_matches(const PpcEnv *env, target_addr ea, unsigned size, PpcAccess access)
{
    uint32_t dabr = env->spr[SPR_DABR], first = dabr & ~7u;
    return (dabr & (access == PPC_ACCESS_WRITE ? 2 : 1)) &&
           (dabr >> 2 & 1) == ppc_msr(env, MSR_DR) && ea + size - 1 >= first && ea <= first + 7;
}

/* Faults come before breakpoints (7400UM table 4-3). True: one or the other was delivered. */
static bool breakpoint_hit(PpcEnv *env, target_addr ea, unsigned size, PpcAccess access)
{
    PpcPage page;
    target_addr second = (ea + size - 1) & ~(PPC_PAGE_SIZE - 1u), at = ea;
    if (G_LIKELY(!breakpoint_matches(env, ea, size, access))) {
        return false;
    }
    PpcFault fault = ppc_mmu_walk(env, ea, access, false, &page);
    if (fault == PPC_FAULT_NONE && second > ea) {
        at = second;
        fault = ppc_mmu_walk(env, at, access, false, &page);
    }
    if (fault != PPC_FAULT_NONE) {
        ppc_mmu_fault(env, at, access, fault);
    } else {
        ppc_dsi(env, ea, PPC_DSISR_DABR | (access == PPC_ACCESS_WRITE ? PPC_DSISR_STORE : 0));
    }
    return true;
}

/* @whole is what lies at the begin of @page: the TLB may be filled for accesses at @ea from now on. */
static void fill_page(PpcEnv *env, target_addr ea, PpcAccess access, const PpcPage *page,
                      const MemorySection *whole)
{
    if (!whole->host || whole->remaining < PPC_PAGE_SIZE || access == PPC_ACCESS_FETCH ||
        page_is_watched(env, ea) || ppc_stops_watch_page(env, ea, page->pa, whole)) {
        return;
    }
    uint32_t page_pa = ((uint32_t)page->pa & ~(PPC_PAGE_SIZE - 1u)) | page->wimg;
    ppc_mmu_fill(env, ea, false, page_pa, whole->host);
    if (access == PPC_ACCESS_WRITE && page->writable && !whole->readonly &&
        !dirty_log_is_code(env->mmu->log, whole->ram_addr)) {
        dirty_log_set(env->mmu->log, whole->ram_addr, PPC_PAGE_SIZE);
        ppc_mmu_fill(env, ea, true, page_pa, whole->host);
    }
}

/* The section behind @ea for an access that stays in one page; fills the TLB where it may. */
static bool find_section(PpcEnv *env, target_addr ea, PpcAccess access, MemorySection *section,
                         hwaddr *pa)
{
    PpcPage page;
    if (find_device(env, ea, access, section, pa)) {
        return true;
    }
    PpcFault fault = ppc_mmu_walk(env, ea, access, true, &page);
    if (fault != PPC_FAULT_NONE) {
        ppc_mmu_fault(env, ea, access, fault);
        return false;
    }
    *pa = page.pa;
    hwaddr distance = page.pa & (PPC_PAGE_SIZE - 1);
    MemorySection whole = ppc_mmu_section(env, page.pa - distance);
    if (!whole.host && access != PPC_ACCESS_FETCH) {
        remember_device(env, ea, &page);
    }
    if (whole.remaining <= distance) {
        *section = ppc_mmu_section(env, page.pa);
        return true;
    }
    *section = ppc_section_from(&whole, distance);
    fill_page(env, ea, access, &page, &whole);
    return true;
}

/* @section: what answers at @pa. */
static uint64_t load_from(PpcEnv *env, const MemorySection *section, hwaddr pa, unsigned size)
{
    uint64_t result = 0;
    if (section->host && section->remaining >= size) {
        for (unsigned i = 0; i < size; i++) {
            result = result << 8 | section->host[i];
        }
        return result;
    }
    env->event = true;
    address_space_load(env->as, pa, size, &result);
    return result;
}

static void store_to(PpcEnv *env, const MemorySection *section, hwaddr pa, unsigned size,
                     uint64_t value)
{
    if (section->host && section->remaining >= size) {
        uint8_t bytes[8];
        stq_be_p(bytes, value << (64 - 8 * size));
        if (!section->readonly) {
            ppc_mmu_write_ram(env, section->host, section->ram_addr, bytes, size);
        }
        return;
    }
    env->event = true;
    address_space_store(env->as, pa, size, value);
}

static bool load_in_page(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value)
{
    MemorySection section;
    hwaddr pa;
    if (!find_section(env, ea, PPC_ACCESS_READ, &section, &pa)) {
        return false;
    }
    *value = load_from(env, &section, pa, size);
    return true;
}

static bool store_in_page(PpcEnv *env, target_addr ea, unsigned size, uint64_t value)
{
    MemorySection section;
    hwaddr pa;
    if (!find_section(env, ea, PPC_ACCESS_WRITE, &section, &pa)) {
        return false;
    }
    store_to(env, &section, pa, size, value);
    return true;
}

static bool may_access(PpcEnv *env, target_addr ea, PpcAccess access)
{
    PpcPage page;
    PpcFault fault = ppc_mmu_walk(env, ea, access, false, &page);
    if (fault != PPC_FAULT_NONE) {
        ppc_mmu_fault(env, ea, access, fault);
    }
    return fault == PPC_FAULT_NONE;
}

/* Both pages must allow the access before anything is done, R and C included. They are translated once:
 * the first half may change what the second was translated by. */
static bool translate_both(PpcEnv *env, target_addr ea, unsigned size, PpcAccess access,
                           hwaddr pages[2])
{
    target_addr second = (ea + size - 1) & ~(PPC_PAGE_SIZE - 1u);
    return may_access(env, ea, access) && may_access(env, second, access) &&
           ppc_translate(env, ea, access, &pages[0]) &&
           ppc_translate(env, second, access, &pages[1]);
}

/* Where byte @i of an access lies that crosses from one page to the other. */
static hwaddr crossing_byte(target_addr ea, unsigned i, const hwaddr pages[2])
{
    unsigned in_first = PPC_PAGE_SIZE - (ea & (PPC_PAGE_SIZE - 1));
    return i < in_first ? pages[0] + i : pages[1] + i - in_first;
}

static bool load_crossing(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value)
{
    hwaddr pages[2];
    uint64_t result = 0;
    if (!translate_both(env, ea, size, PPC_ACCESS_READ, pages)) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        hwaddr pa = crossing_byte(ea, i, pages);
        MemorySection section = ppc_mmu_section(env, pa);
        result = result << 8 | load_from(env, &section, pa, 1);
    }
    *value = result;
    return true;
}

static bool store_crossing(PpcEnv *env, target_addr ea, unsigned size, uint64_t value)
{
    hwaddr pages[2];
    if (!translate_both(env, ea, size, PPC_ACCESS_WRITE, pages)) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        hwaddr pa = crossing_byte(ea, i, pages);
        MemorySection section = ppc_mmu_section(env, pa);
        store_to(env, &section, pa, 1, value >> (8 * (size - 1 - i)) & 0xff);
    }
    return true;
}

static bool crosses_page(target_addr ea, unsigned size)
{
    return (ea & (PPC_PAGE_SIZE - 1)) > PPC_PAGE_SIZE - size;
}

static bool load_slow(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value)
{
    if (breakpoint_hit(env, ea, size, PPC_ACCESS_READ)) {
        return false;
    }
    return crosses_page(ea, size) ? load_crossing(env, ea, size, value)
                                  : load_in_page(env, ea, size, value);
}

static bool store_slow(PpcEnv *env, target_addr ea, unsigned size, uint64_t value)
{
    if (breakpoint_hit(env, ea, size, PPC_ACCESS_WRITE)) {
        return false;
    }
    return crosses_page(ea, size) ? store_crossing(env, ea, size, value)
                                  : store_in_page(env, ea, size, value);
}

/* --- little-endian mode ------------------------------------------------------------------------------------ */

/*
 * PEM 3.1.4.2: memory stays big-endian; the three low bits of addresses are turned so that it looks
 * little-endian, here byte by byte: byte i of a little-endian operand lies at (ea + i) ^ 7. Unaligned
 * operands work, too (750GX UM 2.3.4.3.2, 7400UM 4.6.6); exceptions show the address as computed.
 */
static bool translate_little(PpcEnv *env, target_addr ea, unsigned size, PpcAccess access,
                             hwaddr bytes[8])
{
    hwaddr pages[2];
    if (breakpoint_hit(env, ea, size, access)) {
        return false;
    }
    if (crosses_page(ea, size) ? !translate_both(env, ea, size, access, pages)
                               : !ppc_translate(env, ea, access, &pages[0])) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        target_addr at = ea + i;
        hwaddr page = pages[(at ^ ea) >= PPC_PAGE_SIZE] & ~(hwaddr)(PPC_PAGE_SIZE - 1);
        bytes[i] = page | ((at ^ 7) & (PPC_PAGE_SIZE - 1));
    }
    return true;
}

/* Aligned operands are one access of the bus, as devices see it. */
static bool load_little(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value)
{
    hwaddr bytes[8];
    uint64_t result = 0;
    if (!translate_little(env, ea, size, PPC_ACCESS_READ, bytes)) {
        return false;
    }
    if (!(ea & (size - 1))) {
        MemorySection section = ppc_mmu_section(env, bytes[size - 1]);
        *value = load_from(env, &section, bytes[size - 1], size);
        return true;
    }
    for (unsigned i = 0; i < size; i++) {
        MemorySection section = ppc_mmu_section(env, bytes[i]);
        result |= load_from(env, &section, bytes[i], 1) << 8 * i;
    }
    *value = result;
    return true;
}

static bool store_little(PpcEnv *env, target_addr ea, unsigned size, uint64_t value)
{
    hwaddr bytes[8];
    if (!translate_little(env, ea, size, PPC_ACCESS_WRITE, bytes)) {
        return false;
    }
    if (!(ea & (size - 1))) {
        MemorySection section = ppc_mmu_section(env, bytes[size - 1]);
        store_to(env, &section, bytes[size - 1], size, value);
        return true;
    }
    for (unsigned i = 0; i < size; i++) {
        MemorySection section = ppc_mmu_section(env, bytes[i]);
        store_to(env, &section, bytes[i], 1, value >> 8 * i & 0xff);
    }
    return true;
}

/* --- watchpoints ------------------------------------------------------------------------------------------ */

/* @value: NULL if the access faulted. */
static void tell_access(PpcEnv *env, target_addr ea, unsigned size, bool is_write,
                        const uint64_t *value)
{
    if (G_UNLIKELY(ppc_env_cpu(env)->parent_obj.observes_accesses) && value) {
        ppc_observe_access(env, ea, size, is_write, *value);
    }
}

static bool load_watched(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value)
{
    bool is_watched = ppc_stops_access_begins(env, ea, size, false);
    bool is_done = ppc_msr(env, MSR_LE) ? load_little(env, ea, size, value)
                                        : load_slow(env, ea, size, value);
    if (G_UNLIKELY(is_watched && is_done)) {
        ppc_stops_access_done(env);
    }
    tell_access(env, ea, size, false, is_done ? value : NULL);
    return is_done;
}

static bool store_watched(PpcEnv *env, target_addr ea, unsigned size, uint64_t value)
{
    bool is_watched = ppc_stops_access_begins(env, ea, size, true);
    bool is_done = ppc_msr(env, MSR_LE) ? store_little(env, ea, size, value)
                                        : store_slow(env, ea, size, value);
    if (G_UNLIKELY(is_watched && is_done)) {
        ppc_stops_access_done(env);
    }
    tell_access(env, ea, size, true, is_done ? &value : NULL);
    return is_done;
}

/* --- public -------------------------------------------------------------------------------------------- */

bool ppc_load(PpcEnv *env, target_addr ea, unsigned size, uint64_t *value)
{
    if (G_UNLIKELY(env->msr & BIT(MSR_LE))) {
        return load_watched(env, ea, size, value);
    }
    const PpcTlbEntry *entry = ppc_tlb_entry(env->data_read_tlb, ea);
    uint32_t offset = ea - entry->tag;
    if (G_UNLIKELY(offset > PPC_PAGE_SIZE - size)) {
        return load_watched(env, ea, size, value);
    }
    switch (size) {
    case 1:
        *value = entry->host[offset];
        return true;
    case 2:
        *value = lduw_be_p(entry->host + offset);
        return true;
    case 4:
        *value = ldl_be_p(entry->host + offset);
        return true;
    default:
        *value = ldq_be_p(entry->host + offset);
        return true;
    }
}

bool ppc_store(PpcEnv *env, target_addr ea, unsigned size, uint64_t value)
{
    if (G_UNLIKELY(env->msr & BIT(MSR_LE))) {
        return store_watched(env, ea, size, value);
    }
    const PpcTlbEntry *entry = ppc_tlb_entry(env->data_write_tlb, ea);
    uint32_t offset = ea - entry->tag;
    if (G_UNLIKELY(offset > PPC_PAGE_SIZE - size)) {
        return store_watched(env, ea, size, value);
    }
    switch (size) {
    case 1:
        entry->host[offset] = (uint8_t)value;
        return true;
    case 2:
        stw_be_p(entry->host + offset, (uint16_t)value);
        return true;
    case 4:
        stl_be_p(entry->host + offset, (uint32_t)value);
        return true;
    default:
        stq_be_p(entry->host + offset, value);
        return true;
    }
}

/* Halves of a quadword: both lie in one page, and DABR is asked before. Little-endian mode swaps them. */
bool ppc_load_vector(PpcEnv *env, target_addr ea, PpcVector *value)
{
    unsigned swap = ppc_msr(env, MSR_LE);
    uint64_t first, second;
    if (G_UNLIKELY(env->spr[SPR_DABR] & 1) && breakpoint_hit(env, ea, 16, PPC_ACCESS_READ)) {
        return false;
    }
    if (!ppc_load(env, ea, 8, &first) || !ppc_load(env, ea + 8, 8, &second)) {
        return false;
    }
    value->u64[1 ^ swap] = first;
    value->u64[swap] = second;
    return true;
}

bool ppc_store_vector(PpcEnv *env, target_addr ea, const PpcVector *value)
{
    unsigned swap = ppc_msr(env, MSR_LE);
    if (G_UNLIKELY(env->spr[SPR_DABR] & 2) && breakpoint_hit(env, ea, 16, PPC_ACCESS_WRITE)) {
        return false;
    }
    return ppc_store(env, ea, 8, value->u64[1 ^ swap]) &&
           ppc_store(env, ea + 8, 8, value->u64[swap]);
}

bool ppc_fetch(PpcEnv *env, uint32_t *insn)
{
    if (G_UNLIKELY(env->chaos)) {
        ppc_mmu_chaos(env);
    }
    target_addr ea = env->pc ^ (ppc_msr(env, MSR_LE) ? 4 : 0);
    if (G_LIKELY((ea & ~(PPC_PAGE_SIZE - 1u)) == env->fetch_tag)) {
        *insn = ldl_be_p(env->fetch_host + (ea & (PPC_PAGE_SIZE - 1)));
        return true;
    }
    MemorySection section;
    hwaddr pa;
    if (!find_section(env, ea, PPC_ACCESS_FETCH, &section, &pa)) {
        return false;
    }
    hwaddr offset = pa & (PPC_PAGE_SIZE - 1);
    if (section.host && section.remaining >= PPC_PAGE_SIZE - offset) {
        env->fetch_tag = ea & ~(PPC_PAGE_SIZE - 1u);
        env->fetch_host = section.host - offset;
        *insn = ldl_be_p(section.host);
        return true;
    }
    uint64_t word = 0;
    env->event = true;
    address_space_load(env->as, pa, 4, &word);
    *insn = (uint32_t)word;
    return true;
}

const uint8_t *ppc_mmu_code_page(PpcEnv *env, ram_addr *addr, hwaddr *pa)
{
    PpcPage page;
    target_addr ea = env->pc & ~(PPC_PAGE_SIZE - 1u);
    if (ppc_mmu_walk(env, ea, PPC_ACCESS_FETCH, true, &page) != PPC_FAULT_NONE) {
        return NULL;
    }
    MemorySection section = ppc_mmu_section(env, page.pa);
    if (!section.host || section.remaining < PPC_PAGE_SIZE) {
        return NULL;
    }
    *addr = section.ram_addr;
    *pa = page.pa;
    return section.host;
}

bool ppc_translate(PpcEnv *env, target_addr ea, PpcAccess access, hwaddr *pa)
{
    PpcPage page;
    PpcFault fault = ppc_mmu_walk(env, ea, access, true, &page);
    if (fault != PPC_FAULT_NONE) {
        ppc_mmu_fault(env, ea, access, fault);
        return false;
    }
    *pa = page.pa;
    return true;
}

/* 7400UM 4.6.3; table 4-3 (10, 12): both DSISR bits when protection is violated, too. */
bool ppc_translate_reserved(PpcEnv *env, target_addr ea, PpcAccess access, hwaddr *pa)
{
    PpcPage page;
    PpcFault fault = ppc_mmu_walk(env, ea, access, false, &page);
    bool found = fault == PPC_FAULT_NONE || fault == PPC_FAULT_PROTECTED;
    if (found && (page.wimg & PPC_WIMG_WRITE_THROUGH)) {
        ppc_dsi(env, ea,
                PPC_DSISR_DIRECT_STORE | (fault != PPC_FAULT_NONE ? PPC_DSISR_PROTECTED : 0) |
                    (access == PPC_ACCESS_WRITE ? PPC_DSISR_STORE : 0));
        return false;
    }
    return ppc_translate(env, ea, access, pa);
}

bool ppc_cache_touch(PpcEnv *env, target_addr ea, PpcAccess access)
{
    PpcPage page;
    PpcFault fault = ppc_mmu_walk(env, ea, access, true, &page);
    if (fault == PPC_FAULT_NONE) { /* the next line of the page is the engine's */
        MemorySection whole = ppc_mmu_section(env, page.pa & ~(PPC_PAGE_SIZE - 1u));
        fill_page(env, ea, access, &page, &whole);
    } else if (fault != PPC_FAULT_DIRECT_STORE) {
        ppc_mmu_fault(env, ea, access, fault);
        return false;
    }
    return true;
}

/* Whether dcbz may be done, by the order of 7400UM table 4-3: a missing page, memory that is inhibited
 * or written through, protection. Nothing is changed before. DAR holds @ea as computed (PEM 6.4.6). */
static bool may_zero(PpcEnv *env, target_addr ea)
{
    PpcPage page;
    PpcFault fault = ppc_mmu_walk(env, ea, PPC_ACCESS_WRITE, false, &page);
    bool found = fault == PPC_FAULT_NONE || fault == PPC_FAULT_PROTECTED;
    if (found && (page.wimg & (PPC_WIMG_INHIBITED | PPC_WIMG_WRITE_THROUGH))) {
        ppc_alignment_exception(env, ea);
        return false;
    }
    if (fault != PPC_FAULT_NONE) {
        ppc_mmu_fault(env, ea, PPC_ACCESS_WRITE, fault);
        return false;
    }
    return !breakpoint_hit(env, ea & ~(PPC_LINE_SIZE - 1u), PPC_LINE_SIZE, PPC_ACCESS_WRITE);
}

/* Nothing is done to direct-store segments (PEM 7.8.3); blocks come before them. */
static bool is_direct_store(PpcEnv *env, target_addr ea)
{
    PpcPage page;
    return (env->sr[ea >> 28] >> 31) &&
           ppc_mmu_walk(env, ea, PPC_ACCESS_WRITE, false, &page) == PPC_FAULT_DIRECT_STORE;
}

/* GAP: HID0[DCE] clear does not make dcbz trap; firmware that runs with caches off uses it. */
static bool zero_line(PpcEnv *env, target_addr ea)
{
    static const uint8_t zeros[PPC_LINE_SIZE];
    hwaddr pa;
    MemorySection section;
    if (!may_zero(env, ea) ||
        !find_section(env, ea & ~(PPC_LINE_SIZE - 1u), PPC_ACCESS_WRITE, &section, &pa)) {
        return false;
    }
    if (section.host && section.remaining >= PPC_LINE_SIZE) {
        if (!section.readonly) {
            ppc_mmu_write_ram(env, section.host, section.ram_addr, zeros, PPC_LINE_SIZE);
        }
        return true;
    }
    env->event = true;
    address_space_write(env->as, pa, zeros, PPC_LINE_SIZE);
    return true;
}

bool ppc_zero_line(PpcEnv *env, target_addr ea)
{
    if (is_direct_store(env, ea)) {
        return true;
    }
    bool is_watched = ppc_stops_access_begins(env, ea & ~(PPC_LINE_SIZE - 1u), PPC_LINE_SIZE, true);
    bool is_done = zero_line(env, ea);
    if (G_UNLIKELY(is_watched && is_done)) {
        ppc_stops_access_done(env);
    }
    static const uint64_t zero = 0;
    tell_access(env, ea & ~(PPC_LINE_SIZE - 1u), PPC_LINE_SIZE, true, is_done ? &zero : NULL);
    return is_done;
}
