/* SPDX-License-Identifier: MIT */
/*
 * The hash of guest RAM: a sum over blocks and pages, so that a page can be replaced in it.
 *
 * Bytes are hashed as they lie in guest memory; ram_addr, host addresses and the order of blocks
 * play no part. Source: own design (design.md 4).
 */
#include "memory/internal.h"
#include "util/hash.h"

#include <string.h>

static bool is_zero_page(const uint8_t *page)
{
    uint64_t words[8];
    for (size_t i = 0; i < GUEST_PAGE_SIZE; i += sizeof(words)) {
        memcpy(words, page + i, sizeof(words));
        if (words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7]) {
            return false;
        }
    }
    return true;
}

/* Zero pages, most of RAM at first, count nothing: finding them is faster than hashing. */
static uint64_t page_hash(const RAMBlock *block, uint64_t page)
{
    const uint8_t *bytes = block->host + (page << GUEST_PAGE_BITS);
    return is_zero_page(bytes) ? 0 : hash_bytes(hash_u64(0, page), bytes, GUEST_PAGE_SIZE);
}

static uint64_t full_sum(const RAMBlock *block)
{
    uint64_t sum = 0;
    for (uint64_t page = 0; page < block->used_length >> GUEST_PAGE_BITS; page++) {
        sum += page_hash(block, page);
    }
    return sum;
}

static void update_page(RAMBlock *block, uint64_t page)
{
    bool is_used = page < block->used_length >> GUEST_PAGE_BITS;
    uint64_t now = is_used ? page_hash(block, page) : 0;
    block->hash_sum += now - block->page_hash[page];
    block->page_hash[page] = now;
}

/* Hash again what is dirty, and clean it. */
static bool update_block(DirtyLog *log, RAMBlock *block)
{
    uint8_t *flags = log->flags + (block->offset >> GUEST_PAGE_BITS);
    uint64_t pages = block->max_length >> GUEST_PAGE_BITS;
    bool was_dirty = false;
    if (!block->page_hash) {
        block->page_hash = g_new0(uint64_t, pages);
    }
    for (uint64_t page = 0; page < pages; page++) {
        if (flags[page] & BIT(DIRTY_HASH)) {
            flags[page] &= ~BIT(DIRTY_HASH);
            update_page(block, page);
            was_dirty = true;
        }
    }
    return was_dirty;
}

static uint64_t combine(uint64_t hash, const RAMBlock *block, uint64_t sum)
{
    hash = hash_bytes(hash, block->idstr, strlen(block->idstr));
    return hash_u64(hash_u64(hash, block->used_length), sum);
}

uint64_t memory_ram_hash(bool all)
{
    MemoryCore *core = memory_core();
    g_autoptr(GPtrArray) blocks = ram_blocks_by_name(core);
    uint64_t hash = 0;
    bool was_dirty = false;
    for (unsigned i = 0; i < blocks->len; i++) {
        RAMBlock *block = blocks->pdata[i];
        if (!all) {
            was_dirty |= update_block(&core->dirty, block);
        }
        hash = combine(hash, block, all ? full_sum(block) : block->hash_sum);
    }
    if (was_dirty && core->dirty.clean_hook) {
        core->dirty.clean_hook(core->dirty.clean_opaque);
    }
    return hash;
}
