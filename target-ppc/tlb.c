/* SPDX-License-Identifier: MIT */
/*
 * The TLBs: translation caches that no guest can see, and what must empty them.
 *
 * A translation is a function of registers and RAM. So that the caches stay pure: a change of a
 * register that matters empties them at once, and RAM pages that the table walker has read are kept
 * out of the write TLBs ("code" pages of memory/), so that every store to a PTE is seen here.
 * Source: own design.
 */
#include "target-ppc/engine.h"
#include "target-ppc/mode.h"
#include "target-ppc/spr.h"

enum { MIN_TABLE_SIZE = 0x10000 };

/* --- the TLBs --------------------------------------------------------------------------------------- */

static void empty_used(PpcTlbEntry *tlb, uint64_t *used)
{
    for (unsigned word = 0; word < PPC_TLB_SIZE / 64; word++) {
        for (; used[word]; used[word] &= used[word] - 1) {
            unsigned index = word * 64 + (unsigned)__builtin_ctzll(used[word]);
            tlb[index].tag = ppc_tlb_invalid_tag(index);
        }
    }
}

void ppc_mmu_drop_mode(PpcEnv *env, unsigned mode)
{
    empty_used(env->read_tlb[mode], env->mmu->used[mode][false]);
    empty_used(env->write_tlb[mode], env->mmu->used[mode][true]);
}

void ppc_mmu_flush(PpcEnv *env)
{
    env->segments_changed = true; /* ask again */
    env->mmu->generation++;
    env->fetch_tag = UINT32_MAX;
    ppc_engine_flush(env);
    for (unsigned mode = 0; mode < PPC_TLB_MODES; mode++) {
        ppc_mmu_drop_mode(env, mode);
    }
}

/* Whatever the segment. */
static void drop_page(PpcTlbEntry *tlb, unsigned page)
{
    PpcTlbEntry *entry = &tlb[page % PPC_TLB_SIZE];
    if ((entry->tag & 0x0fffffff) == page * PPC_PAGE_SIZE) {
        entry->tag = ppc_tlb_invalid_tag(page % PPC_TLB_SIZE);
    }
}

/* What a PTE translated. @page: 16 bits, of an effective address without its segment. */
static void drop_translation(PpcEnv *env, unsigned page)
{
    env->fetch_tag = UINT32_MAX;
    env->mmu->devices[page % PPC_DEVICE_PAGES].generation = 0;
    ppc_engine_drop_index(env, page);
    for (unsigned mode = PPC_SUPERVISOR_TRANSLATED; mode <= PPC_USER_TRANSLATED; mode++) {
        drop_page(env->read_tlb[mode], page);
        drop_page(env->write_tlb[mode], page);
    }
}

void ppc_mmu_fill(PpcEnv *env, target_addr ea, bool is_write, uint32_t page_pa, uint8_t *page_host)
{
    unsigned mode = ppc_data_mode(env->msr), index = ppc_tlb_index(ea);
    PpcTlbEntry *entry = is_write ? &env->write_tlb[mode][index] : &env->read_tlb[mode][index];
    PpcMmu *mmu = env->mmu;
    mmu->used[mode][is_write][index / 64] |= UINT64_C(1) << index % 64;
    if (mode == PPC_SUPERVISOR_TRANSLATED) {
        env->segments_cached |= 1u << (ea >> 28);
        mmu->segment_pages[ea >> 28][index / 64] |= UINT64_C(1) << index % 64;
    }
    entry->tag = ea & ~(PPC_PAGE_SIZE - 1u);
    entry->pa = page_pa;
    entry->host = page_host;
}

/* --- RAM by physical address -------------------------------------------------------------------------- */

MemorySection ppc_mmu_section(PpcEnv *env, hwaddr pa)
{
    PpcMmu *mmu = env->mmu;
    if (G_LIKELY(pa - mmu->ram_pa < mmu->ram.remaining)) {
        return ppc_section_from(&mmu->ram, pa - mmu->ram_pa);
    }
    MemorySection section = address_space_translate(env->as, pa);
    if (section.host && !section.readonly) {
        mmu->ram = section;
        mmu->ram_pa = pa;
    }
    return section;
}

/* --- pages that caches depend on: read by the walker, or decoded ------------------------------------ */

static void *page_key(ram_addr addr) { return GUINT_TO_POINTER(addr / PPC_PAGE_SIZE + 1); }

static ram_addr page_of(ram_addr addr) { return addr & ~(ram_addr)(PPC_PAGE_SIZE - 1); }

static bool is_table_page(const PpcMmu *mmu, ram_addr addr)
{
    return g_hash_table_contains(mmu->table_pages, page_key(addr));
}

static void drop_host(PpcTlbEntry *tlb, const uint64_t *used, const uint8_t *host)
{
    for (unsigned word = 0; word < PPC_TLB_SIZE / 64; word++) {
        for (uint64_t rest = used[word]; rest; rest &= rest - 1) {
            unsigned index = word * 64 + (unsigned)__builtin_ctzll(rest);
            if (tlb[index].host == host) {
                tlb[index].tag = ppc_tlb_invalid_tag(index);
            }
        }
    }
}

/* From now on every store to the page comes to write_ram(). The write TLBs may hold it under any
 * address. */
static void protect_page(PpcEnv *env, ram_addr addr, const uint8_t *host)
{
    if (dirty_log_is_code(env->mmu->log, page_of(addr))) {
        return;
    }
    dirty_log_protect_code(env->mmu->log, page_of(addr));
    for (unsigned mode = 0; mode < PPC_TLB_MODES; mode++) {
        drop_host(env->write_tlb[mode], env->mmu->used[mode][true], host);
    }
}

void ppc_mmu_page_released(PpcEnv *env, ram_addr addr)
{
    if (!is_table_page(env->mmu, addr) && !ppc_engine_has_page(env, addr)) {
        dirty_log_unprotect_code(env->mmu->log, page_of(addr));
    }
}

void ppc_mmu_page_decoded(PpcEnv *env, ram_addr addr, const uint8_t *host)
{
    protect_page(env, addr, host);
}

static void forget_noted(PpcMmu *mmu) { memset(mmu->noted, 0, sizeof(mmu->noted)); }

void ppc_mmu_note_table_page(PpcEnv *env, hwaddr pa, ram_addr addr, const uint8_t *host)
{
    unsigned page = (unsigned)(pa / PPC_PAGE_SIZE) % PPC_TABLE_PAGES; /* SDR1 has the other bits */
    uint64_t *noted = &env->mmu->noted[page / 64], bit = UINT64_C(1) << page % 64;
    if (G_LIKELY(*noted & bit)) {
        return;
    }
    *noted |= bit;
    env->mmu->has_odd_table |= ((pa ^ addr) & (MIN_TABLE_SIZE - 1)) != 0;
    if (!is_table_page(env->mmu, addr)) {
        g_hash_table_add(env->mmu->table_pages, page_key(addr));
        protect_page(env, addr, host - (addr - page_of(addr)));
    }
}

void ppc_mmu_table_moved(PpcEnv *env)
{
    GHashTableIter iter;
    gpointer key;
    GHashTable *old = env->mmu->table_pages;
    env->mmu->table_pages = g_hash_table_new(NULL, NULL);
    env->mmu->has_odd_table = false;
    forget_noted(env->mmu);
    g_hash_table_iter_init(&iter, old);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        ppc_mmu_page_released(env, (ram_addr)(GPOINTER_TO_UINT(key) - 1) * PPC_PAGE_SIZE);
    }
    g_hash_table_destroy(old);
}

/* Anyone but the CPU writes to a protected page. */
static void code_hook(void *opaque, ram_addr addr, uint64_t len)
{
    ppc_mmu_code_written(opaque, addr, len);
}

void ppc_mmu_code_written(PpcEnv *env, ram_addr addr, uint64_t len)
{
    ram_addr end = addr + len;
    for (ram_addr page = page_of(addr); page < end; page += PPC_PAGE_SIZE) {
        if (g_hash_table_remove(env->mmu->table_pages, page_key(page))) {
            forget_noted(env->mmu);
            ppc_mmu_flush(env);
        }
        ram_addr first = MAX(addr, page), last = MIN(end, page + PPC_PAGE_SIZE);
        ppc_engine_written(env, first, last - first);
        ppc_mmu_page_released(env, page);
    }
}

/* The page in its segment that the PTE at @addr translates: the group number is the hash. */
static unsigned pte_page(ram_addr addr, uint32_t word0)
{
    uint32_t hash = (uint32_t)(addr >> 6);
    if (word0 & 0x40) {
        hash = ~hash;
    }
    return (word0 & 0x3f) << 10 | ((hash ^ word0 >> 7) & 0x3ff);
}

static void pte_changed(PpcEnv *env, ram_addr addr, const uint8_t *before, const uint8_t *after)
{
    if (memcmp(before, after, 8) == 0) {
        return;
    }
    uint32_t old = ldl_be_p(before), new = ldl_be_p(after);
    if (env->mmu->has_odd_table) { /* then @addr does not tell the group */
        ppc_mmu_flush(env);
        return;
    }
    if (old >> 31) {
        drop_translation(env, pte_page(addr, old));
    }
    if (new >> 31) {
        drop_translation(env, pte_page(addr, new));
    }
}

/* A store of at most a line into a page that caches depend on. */
static void write_table_page(PpcEnv *env, uint8_t *host, ram_addr addr, const void *bytes,
                             unsigned len)
{
    uint8_t before[PPC_LINE_SIZE + 16];
    ram_addr first = addr & ~(ram_addr)7, last = (addr + len + 7) & ~(ram_addr)7;
    uint8_t *start = host - (addr - first);
    memcpy(before, start, last - first);
    memcpy(host, bytes, len);
    for (ram_addr pte = first; pte < last; pte += 8) {
        pte_changed(env, pte, before + (pte - first), start + (pte - first));
    }
}

void ppc_mmu_write_ram(PpcEnv *env, uint8_t *host, ram_addr addr, const void *bytes, unsigned len)
{
    DirtyLog *log = env->mmu->log;
    if (!dirty_log_is_code(log, page_of(addr))) {
        memcpy(host, bytes, len);
    } else {
        if (is_table_page(env->mmu, addr)) {
            write_table_page(env, host, addr, bytes, len);
        } else {
            memcpy(host, bytes, len);
        }
        ppc_engine_written(env, addr, len);
        ppc_mmu_page_released(env, addr);
    }
    dirty_log_set(log, addr, len);
}

/* --- chaos ----------------------------------------------------------------------------------- */

/* -cache-chaos: empty everything at instructions chosen by a generator that the guest cannot see. */
bool ppc_mmu_chaos(PpcEnv *env)
{
    env->chaos ^= env->chaos << 13;
    env->chaos ^= env->chaos >> 7;
    env->chaos ^= env->chaos << 17;
    if (env->chaos % 31 == 0) {
        ppc_mmu_flush(env);
        return true;
    }
    return false;
}

/* --- set-up --------------------------------------------------------------------------------------------- */

static void view_changed(MemoryListener *listener)
{
    PpcMmuListener *self = container_of(listener, PpcMmuListener, listener);
    self->env->mmu->ram.remaining = 0;
    forget_noted(self->env->mmu);
    ppc_mmu_flush(self->env);
    ppc_stops_forget_pages(self->env);
    ppc_engine_drop_all(self->env);
}

static void pages_cleaned(void *opaque) { ppc_mmu_flush(opaque); }

void ppc_mmu_init(PpcEnv *env)
{
    env->mmu = g_new0(PpcMmu, 1);
    env->mmu->table_pages = g_hash_table_new(NULL, NULL);
    env->mmu->log = memory_dirty_log();
    env->mmu->generation = 1;
    ppc_engine_init(env);
    memset(env->mmu->used, 0xff, sizeof(env->mmu->used)); /* the flush makes every tag invalid */
    ppc_mmu_flush(env);
    ppc_mode_changed(env);
    env->fetch_tag = UINT32_MAX;
    env->mmu->view.env = env;
    env->mmu->view.listener.commit = view_changed;
    memory_listener_register(&env->mmu->view.listener, env->as);
    memory_set_code_hook(code_hook, env);
    memory_set_clean_hook(pages_cleaned, env);
}

void ppc_mmu_fini(PpcEnv *env)
{
    memory_set_code_hook(NULL, NULL);
    memory_set_clean_hook(NULL, NULL);
    memory_listener_unregister(&env->mmu->view.listener);
    ppc_engine_drop_all(env);
    ppc_engine_fini(env);
    g_hash_table_destroy(env->mmu->table_pages);
    g_clear_pointer(&env->mmu, g_free);
}
