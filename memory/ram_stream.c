/* SPDX-License-Identifier: MIT */
/*
 * RAM to and from a byte stream: per migratable block, by name, the runs of pages that are not 0.
 *
 * Stream (big-endian): u32 number of blocks; each: u32 length and bytes of the name, u64 used
 * length, runs {u64 first page, u64 pages, bytes} by rising page, u64 UINT64_MAX. Read-only blocks
 * have no runs. Source: own design.
 */
#include "memory/internal.h"
#include "vmstate/vmstate.h"

#include <inttypes.h>
#include <string.h>

#define NO_MORE_RUNS UINT64_MAX

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, GUEST_PAGE_SIZE - 1) == 0;
}

static uint8_t *page_of(const RAMBlock *block, uint64_t page)
{
    return block->host + (page << GUEST_PAGE_BITS);
}

/* A read-only file is not ours to restore: such a block is named and sized, no more. */
static uint64_t pages_in(const RAMBlock *block)
{
    return block->readonly ? 0 : block->used_length >> GUEST_PAGE_BITS;
}

/* --- save ------------------------------------------------------------------------------------- */

static uint64_t run_end(const RAMBlock *block, uint64_t first)
{
    uint64_t end = first;
    while (end < pages_in(block) && !is_zero(page_of(block, end))) {
        end++;
    }
    return end;
}

static void save_block(const RAMBlock *block, GByteArray *out)
{
    size_t name_length = strlen(block->idstr);
    vmstate_put_u32(out, name_length);
    g_byte_array_append(out, (const uint8_t *)block->idstr, name_length);
    vmstate_put_u64(out, block->used_length);
    for (uint64_t page = 0; page < pages_in(block);) {
        uint64_t end = run_end(block, page);
        if (end > page) {
            vmstate_put_u64(out, page);
            vmstate_put_u64(out, end - page);
            g_byte_array_append(out, page_of(block, page), (end - page) << GUEST_PAGE_BITS);
        }
        page = end + 1;
    }
    vmstate_put_u64(out, NO_MORE_RUNS);
}

void ram_save(GByteArray *out)
{
    g_autoptr(GPtrArray) blocks = ram_blocks_by_name(memory_core());
    vmstate_put_u32(out, blocks->len);
    for (unsigned i = 0; i < blocks->len; i++) {
        save_block(blocks->pdata[i], out);
    }
}

/* --- load ------------------------------------------------------------------------------------- */

/* Pages that the stream leaves out are zero; host pages that are so already stay untouched. */
static void clear_pages(RAMBlock *block, uint64_t first, uint64_t end)
{
    for (uint64_t page = first; page < end; page++) {
        if (!is_zero(page_of(block, page))) {
            memset(page_of(block, page), 0, GUEST_PAGE_SIZE);
        }
    }
}

static bool load_run(RAMBlock *block, uint64_t *next, uint64_t first, VMStateReader *in,
                     Error **errp)
{
    uint64_t count;
    if (!vmstate_read_u64(in, &count, errp)) {
        return false;
    }
    if (first < *next || first >= pages_in(block) || count == 0 ||
        count > pages_in(block) - first) {
        return error_setg(errp,
                          "RAM block '%s': run of %" PRIu64 " pages at %" PRIu64 " is out of place",
                          block->idstr, count, first);
    }
    clear_pages(block, *next, first);
    *next = first + count;
    return vmstate_read(in, page_of(block, first), count << GUEST_PAGE_BITS, errp);
}

static bool load_pages(RAMBlock *block, VMStateReader *in, Error **errp)
{
    uint64_t first, next = 0;
    for (;;) {
        if (!vmstate_read_u64(in, &first, errp)) {
            return false;
        }
        if (first == NO_MORE_RUNS) {
            clear_pages(block, next, pages_in(block));
            return true;
        }
        if (!load_run(block, &next, first, in, errp)) {
            return false;
        }
    }
}

static bool fit_block(RAMBlock *block, uint64_t length, Error **errp)
{
    if (block->used_length == length) {
        return true;
    }
    if (block->resizeable && length % GUEST_PAGE_SIZE == 0 && length != 0 &&
        length <= block->max_length) {
        return memory_region_ram_resize(block->mr, length, errp);
    }
    return error_setg(errp, "RAM block '%s' has %#" PRIx64 " bytes, the stream %#" PRIx64,
                      block->idstr, block->used_length, length);
}

static RAMBlock *load_name(VMStateReader *in, Error **errp)
{
    char name[sizeof(((RAMBlock *)0)->idstr)] = "";
    uint32_t length;
    if (!vmstate_read_u32(in, &length, errp)) {
        return NULL;
    }
    if (length >= sizeof(name)) {
        error_setg(errp, "name of a RAM block is %" PRIu32 " bytes long", length);
        return NULL;
    }
    if (!vmstate_read(in, name, length, errp)) {
        return NULL;
    }
    RAMBlock *block = ram_block_by_name(name);
    if (!block || !block->migratable) {
        g_autofree char *shown = g_strescape(name, NULL);
        error_setg(errp, "the stream has RAM block '%s', which this machine has not", shown);
        return NULL;
    }
    return block;
}

static bool load_block(const RAMBlock *expected, VMStateReader *in, Error **errp)
{
    DirtyLog *log = memory_dirty_log();
    uint64_t length;
    RAMBlock *block = load_name(in, errp);
    if (!block) {
        return false;
    }
    if (block != expected) {
        return error_setg(errp, "the stream has RAM block '%s' in place of '%s'", block->idstr,
                          expected->idstr);
    }
    if (!vmstate_read_u64(in, &length, errp) || !fit_block(block, length, errp)) {
        return false;
    }
    dirty_log_before_write(log, block->offset, block->used_length);
    bool is_loaded = load_pages(block, in, errp);
    dirty_log_set(log, block->offset, block->used_length);
    return is_loaded;
}

bool ram_load(const uint8_t *data, size_t length, size_t *used, Error **errp)
{
    VMStateReader in = {.data = data, .length = length};
    g_autoptr(GPtrArray) blocks = ram_blocks_by_name(memory_core());
    uint32_t count;
    if (!vmstate_read_u32(&in, &count, errp)) {
        return false;
    }
    if (count != blocks->len) {
        return error_setg(errp, "the stream has %" PRIu32 " RAM blocks, this machine %u", count,
                          blocks->len);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!load_block(blocks->pdata[i], &in, errp)) {
            return false;
        }
    }
    *used = in.pos;
    return true;
}
