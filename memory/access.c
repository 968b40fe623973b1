/* SPDX-License-Identifier: MIT */
/*
 * Accesses to an AddressSpace: single bus cycles, moves of any length, debug peeks, mappings.
 *
 * Nothing there: reads give 0, writes vanish, logged once by address. Source: design.md 6.
 */
#include "memory/internal.h"
#include "util/log.h"

#include <inttypes.h>
#include <string.h>

static uint64_t bytes_left(const FlatRange *range, hwaddr addr)
{
    uint64_t left = range->last - addr;
    return left == UINT64_MAX ? left : left + 1;
}

static hwaddr region_offset(const FlatRange *range, hwaddr addr)
{
    return range->offset + (addr - range->start);
}

static MemTxResult nothing_there(hwaddr addr, uint64_t len, bool is_write)
{
    log_unimp("memory", addr, "%s of %" PRIu64 " bytes at 0x%08" PRIx64 ": nothing answers there",
              is_write ? "write" : "read", len, addr);
    return MEMTX_DECODE_ERROR;
}

/* --- one bus cycle ---------------------------------------------------------------------------- */

/* Does the whole cycle lie in @range? */
static bool fits(const FlatRange *range, hwaddr addr, unsigned size)
{
    return range && range->last - addr >= size - 1;
}

/* A cycle that crosses a border, or meets nothing, as a move of its bytes. */
static MemTxResult load_slow(AddressSpace *as, hwaddr addr, unsigned size, uint64_t *value)
{
    uint8_t bytes[8];
    MemTxResult result = address_space_read(as, addr, bytes, size);
    *value = load_be(bytes, size);
    return result;
}

static MemTxResult store_slow(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    store_be(bytes, size, value);
    return address_space_write(as, addr, bytes, size);
}

MemTxResult address_space_load(AddressSpace *as, hwaddr addr, unsigned size, uint64_t *value)
{
    const FlatRange *range = flatview_find(as->view, addr);
    if (G_UNLIKELY(!fits(range, addr, size))) {
        return load_slow(as, addr, size, value);
    }
    if (range->host) {
        *value = load_be(range->host + (addr - range->start), size);
        return MEMTX_OK;
    }
    hwaddr offset = region_offset(range, addr);
    access_stats_count(&as->core->stats, range->mr, offset, addr);
    return memory_region_load(range->mr, offset, size, value);
}

static inline void store_ram(DirtyLog *log, const FlatRange *range, hwaddr offset, unsigned size,
                             uint64_t value)
{
    ram_addr ram = range->ram + offset;
    if (G_LIKELY(dirty_log_is_settled(log, ram, size))) {
        store_be(range->host + offset, size, value);
        return;
    }
    dirty_log_before_write(log, ram, size);
    store_be(range->host + offset, size, value);
    dirty_log_after_write(log, ram, size);
}

MemTxResult address_space_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value)
{
    const FlatRange *range = flatview_find(as->view, addr);
    if (G_UNLIKELY(!fits(range, addr, size))) {
        return store_slow(as, addr, size, value);
    }
    if (range->plain_ram) {
        store_ram(&as->core->dirty, range, addr - range->start, size, value);
        return MEMTX_OK;
    }
    if (range->mr->ram) {
        return MEMTX_OK; /* ROM: the write vanishes */
    }
    hwaddr offset = region_offset(range, addr);
    access_stats_count(&as->core->stats, range->mr, offset, addr);
    return memory_region_store(range->mr, offset, size, value);
}

/* --- moves ------------------------------------------------------------------------------------ */

/* Run @len bytes from @addr, at most to the end of what is the same at @addr. */
typedef struct Step {
    const FlatRange *range; /* NULL: nothing there */
    uint64_t len;
} Step;

static Step next_step(FlatView *view, hwaddr addr, uint64_t len)
{
    const FlatRange *range = flatview_find(view, addr);
    if (range) {
        return (Step){range, MIN(len, bytes_left(range, addr))};
    }
    size_t index = flatview_index_after(view, addr);
    uint64_t hole = index < view->count ? view->ranges[index].start - addr : 0 - addr;
    return (Step){NULL, hole ? MIN(len, hole) : len};
}

static MemTxResult read_device(MemoryRegion *mr, hwaddr offset, uint8_t *buf, uint64_t len)
{
    MemTxResult result = MEMTX_OK;
    while (len) {
        uint64_t value;
        unsigned piece = memory_region_piece(mr, offset, len);
        result |= memory_region_load(mr, offset, piece, &value);
        store_be(buf, piece, value);
        offset += piece;
        buf += piece;
        len -= piece;
    }
    return result;
}

static MemTxResult write_device(MemoryRegion *mr, hwaddr offset, const uint8_t *buf, uint64_t len)
{
    MemTxResult result = MEMTX_OK;
    while (len) {
        unsigned piece = memory_region_piece(mr, offset, len);
        result |= memory_region_store(mr, offset, piece, load_be(buf, piece));
        offset += piece;
        buf += piece;
        len -= piece;
    }
    return result;
}

static MemTxResult read_step(const Step *step, hwaddr addr, uint8_t *buf)
{
    if (!step->range) {
        memset(buf, 0, step->len);
        return nothing_there(addr, step->len, false);
    }
    if (step->range->host) {
        memcpy(buf, step->range->host + (addr - step->range->start), step->len);
        return MEMTX_OK;
    }
    return read_device(step->range->mr, region_offset(step->range, addr), buf, step->len);
}

static void write_ram(DirtyLog *log, const Step *step, hwaddr addr, const uint8_t *buf)
{
    hwaddr offset = addr - step->range->start;
    dirty_log_before_write(log, step->range->ram + offset, step->len);
    memcpy(step->range->host + offset, buf, step->len);
    dirty_log_after_write(log, step->range->ram + offset, step->len);
}

static MemTxResult write_step(AddressSpace *as, const Step *step, hwaddr addr, const uint8_t *buf)
{
    if (!step->range) {
        return nothing_there(addr, step->len, true);
    }
    if (step->range->plain_ram) {
        write_ram(&as->core->dirty, step, addr, buf);
        return MEMTX_OK;
    }
    if (step->range->mr->ram) {
        return MEMTX_OK;
    }
    return write_device(step->range->mr, region_offset(step->range, addr), buf, step->len);
}

MemTxResult address_space_read(AddressSpace *as, hwaddr addr, void *buf, size_t len)
{
    /* A device may remap memory meanwhile: this move sees the view that it began with. */
    FlatView *view = flatview_ref(as->view);
    MemTxResult result = MEMTX_OK;
    uint8_t *bytes = buf;
    while (len) {
        Step step = next_step(view, addr, len);
        result |= read_step(&step, addr, bytes);
        addr += step.len;
        bytes += step.len;
        len -= step.len;
    }
    flatview_unref(view);
    return result;
}

MemTxResult address_space_write(AddressSpace *as, hwaddr addr, const void *buf, size_t len)
{
    FlatView *view = flatview_ref(as->view);
    MemTxResult result = MEMTX_OK;
    const uint8_t *bytes = buf;
    while (len) {
        Step step = next_step(view, addr, len);
        result |= write_step(as, &step, addr, bytes);
        addr += step.len;
        bytes += step.len;
        len -= step.len;
    }
    flatview_unref(view);
    return result;
}

/* --- debug ------------------------------------------------------------------------------------ */

/* Is all of it RAM or ROM (whose host memory may be written, for @is_write)? */
static bool is_all_memory(FlatView *view, hwaddr addr, uint64_t len, bool is_write)
{
    while (len) {
        Step step = next_step(view, addr, len);
        if (!step.range || !step.range->host || (is_write && step.range->mr->ram_block->readonly)) {
            return false;
        }
        addr += step.len;
        len -= step.len;
    }
    return true;
}

bool address_space_peek(AddressSpace *as, hwaddr addr, void *buf, size_t len)
{
    if (!is_all_memory(as->view, addr, len, false)) {
        return false;
    }
    address_space_read(as, addr, buf, len);
    return true;
}

bool address_space_poke(AddressSpace *as, hwaddr addr, const void *buf, size_t len)
{
    const uint8_t *bytes = buf;
    if (!is_all_memory(as->view, addr, len, true)) {
        return false;
    }
    while (len) {
        Step step = next_step(as->view, addr, len);
        write_ram(&as->core->dirty, &step, addr, bytes);
        addr += step.len;
        bytes += step.len;
        len -= step.len;
    }
    return true;
}

/* --- direct access ---------------------------------------------------------------------------- */

void *address_space_map(AddressSpace *as, hwaddr addr, uint64_t *len, bool is_write)
{
    const FlatRange *range = flatview_find(as->view, addr);
    if (!range || !range->host || (is_write && !range->plain_ram)) {
        *len = 0;
        return NULL;
    }
    hwaddr offset = addr - range->start;
    *len = MIN(*len, bytes_left(range, addr));
    if (is_write) {
        dirty_log_before_write(&as->core->dirty, range->ram + offset, *len);
    }
    memory_region_ref(range->mr);
    return range->host + offset;
}

void address_space_unmap(AddressSpace *as, void *ptr, uint64_t access_len, bool is_write)
{
    RAMBlock *block = ram_block_from_host(as->core, ptr);
    g_assert(block);
    if (is_write && access_len) {
        ram_addr start = block->offset + ((uint8_t *)ptr - block->host);
        /* The CPU may have come to rely on the page while it was mapped. */
        dirty_log_before_write(&as->core->dirty, start, access_len);
        dirty_log_after_write(&as->core->dirty, start, access_len);
    }
    memory_region_unref(block->mr);
}

MemorySection address_space_translate(AddressSpace *as, hwaddr addr)
{
    Step step = next_step(as->view, addr, UINT64_MAX);
    const FlatRange *range = step.range;
    if (!range) {
        return (MemorySection){.remaining = step.len};
    }
    hwaddr offset = addr - range->start;
    return (MemorySection){
        .mr = range->mr,
        .offset_in_region = region_offset(range, addr),
        .remaining = step.len,
        .host = range->host ? range->host + offset : NULL,
        .ram_addr = range->host ? range->ram + offset : 0,
        .readonly = range->readonly,
    };
}
