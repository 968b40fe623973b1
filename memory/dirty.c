/* SPDX-License-Identifier: MIT */
/*
 * The dirty log: one byte a guest page, one bit a client, over the whole ram_addr space.
 *
 * Clients: see memory.h. CODE is inverted in spirit: a clean page is one that the CPU relies on,
 * and only the CPU makes it dirty again. Source: own design (design.md 6).
 */
#include "memory/internal.h"

#include <string.h>

#define WRITE_CLIENTS (DIRTY_ALL_CLIENTS & ~BIT(DIRTY_CODE))

void dirty_log_grow(DirtyLog *log, ram_addr end)
{
    uint64_t pages = (end + GUEST_PAGE_SIZE - 1) >> GUEST_PAGE_BITS;
    if (pages <= log->pages) {
        return;
    }
    log->flags = g_renew(uint8_t, log->flags, pages);
    memset(log->flags + log->pages, 0, pages - log->pages);
    log->pages = pages;
}

typedef struct PageRun {
    uint64_t first, end;
} PageRun;

static PageRun pages_of(const DirtyLog *log, ram_addr addr, uint64_t len)
{
    PageRun run = {addr >> GUEST_PAGE_BITS, 0};
    run.end = len ? ((addr + len - 1) >> GUEST_PAGE_BITS) + 1 : run.first;
    g_assert(run.end <= log->pages);
    return run;
}

void dirty_log_set_all(DirtyLog *log, ram_addr addr, uint64_t len)
{
    PageRun run = pages_of(log, addr, len);
    memset(log->flags + run.first, DIRTY_ALL_CLIENTS, run.end - run.first);
}

void dirty_log_set(DirtyLog *log, ram_addr addr, uint64_t len)
{
    PageRun run = pages_of(log, addr, len);
    for (uint64_t page = run.first; page < run.end; page++) {
        log->flags[page] |= WRITE_CLIENTS;
    }
}

bool dirty_log_test(const DirtyLog *log, ram_addr addr, uint64_t len, unsigned client)
{
    PageRun run = pages_of(log, addr, len);
    g_assert(client < DIRTY_CLIENTS);
    for (uint64_t page = run.first; page < run.end; page++) {
        if (log->flags[page] & BIT(client)) {
            return true;
        }
    }
    return false;
}

static bool test_and_clear(DirtyLog *log, ram_addr addr, uint64_t len, unsigned client)
{
    PageRun run = pages_of(log, addr, len);
    uint8_t seen = 0;
    g_assert(client < DIRTY_CLIENTS);
    for (uint64_t page = run.first; page < run.end; page++) {
        seen |= log->flags[page];
        log->flags[page] &= ~BIT(client);
    }
    bool was_dirty = seen & BIT(client);
    if (was_dirty && log->clean_hook) {
        log->clean_hook(log->clean_opaque);
    }
    return was_dirty;
}

/* --- code pages ------------------------------------------------------------------------------- */

void dirty_log_protect_code(DirtyLog *log, ram_addr page)
{
    log->flags[pages_of(log, page, 1).first] &= ~BIT(DIRTY_CODE);
}

void dirty_log_unprotect_code(DirtyLog *log, ram_addr page)
{
    log->flags[pages_of(log, page, 1).first] |= BIT(DIRTY_CODE);
}

bool dirty_log_is_code(const DirtyLog *log, ram_addr page)
{
    return !(log->flags[pages_of(log, page, 1).first] & BIT(DIRTY_CODE));
}

void dirty_log_before_write(DirtyLog *log, ram_addr addr, uint64_t len)
{
    PageRun run = pages_of(log, addr, len);
    for (uint64_t page = run.first; log->code_hook && page < run.end; page++) {
        if (log->flags[page] & BIT(DIRTY_CODE)) {
            continue;
        }
        ram_addr start = MAX(addr, page << GUEST_PAGE_BITS);
        ram_addr end = MIN(addr + len, (page + 1) << GUEST_PAGE_BITS);
        log->code_hook(log->code_opaque, start, end - start);
    }
}

/* --- by the core object ----------------------------------------------------------------------- */

void memory_set_dirty(ram_addr addr, uint64_t len) { dirty_log_set(memory_dirty_log(), addr, len); }

bool memory_test_dirty(ram_addr addr, uint64_t len, unsigned client)
{
    return dirty_log_test(memory_dirty_log(), addr, len, client);
}

bool memory_test_and_clear_dirty(ram_addr addr, uint64_t len, unsigned client)
{
    return test_and_clear(memory_dirty_log(), addr, len, client);
}

void memory_set_code_hook(MemoryCodeHook *hook, void *opaque)
{
    DirtyLog *log = memory_dirty_log();
    log->code_hook = hook;
    log->code_opaque = opaque;
}

void memory_set_clean_hook(void (*hook)(void *opaque), void *opaque)
{
    DirtyLog *log = memory_dirty_log();
    log->clean_hook = hook;
    log->clean_opaque = opaque;
}

void memory_protect_code(ram_addr page) { dirty_log_protect_code(memory_dirty_log(), page); }

void memory_unprotect_code(ram_addr page) { dirty_log_unprotect_code(memory_dirty_log(), page); }

bool memory_page_is_code(ram_addr page) { return dirty_log_is_code(memory_dirty_log(), page); }
