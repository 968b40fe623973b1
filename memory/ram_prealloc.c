/* SPDX-License-Identifier: MIT */
/*
 * Preallocation of guest RAM: every page is touched before the guest runs, by several threads if asked.
 *
 * Source: madvise(2), MADV_POPULATE_WRITE; kernels before 5.14 have the pages touched one by one.
 */
#include "memory/internal.h"
#include "util/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

typedef struct Slice {
    const RAMBlock *block;
    uint8_t *start;
    uint64_t length;
    int failure; /* errno */
    GThread *thread;
} Slice;

static void touch_pages(const Slice *slice)
{
    volatile uint8_t *host = slice->start;
    for (uint64_t i = 0; i < slice->length; i += GUEST_PAGE_SIZE) {
        uint8_t byte = host[i];
        if (!slice->block->readonly) {
            host[i] = byte;
        }
    }
}

static void *populate(void *opaque)
{
    Slice *slice = opaque;
    int advice = slice->block->readonly ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
    if (madvise(slice->start, slice->length, advice) < 0) {
        slice->failure = errno;
    }
    if (slice->failure == EINVAL) {
        touch_pages(slice);
        slice->failure = 0;
    }
    return NULL;
}

/* The first slice is this thread's. 0 or an errno. */
static int populate_all(RAMBlock *block, unsigned threads)
{
    g_autofree Slice *slices = g_new0(Slice, threads);
    uint64_t part = align_up(block->max_length / threads + 1, block->page_size);
    int failure = 0;
    for (unsigned i = threads; i-- > 0;) {
        uint64_t start = MIN(i * part, block->max_length);
        slices[i] = (Slice){.block = block,
                            .start = block->host + start,
                            .length = MIN(part, block->max_length - start)};
        if (i && slices[i].length) {
            slices[i].thread = g_thread_new("prealloc", populate, &slices[i]);
        }
    }
    populate(&slices[0]);
    for (unsigned i = 0; i < threads; i++) {
        if (slices[i].thread) {
            g_thread_join(slices[i].thread);
        }
        failure = failure ? failure : slices[i].failure;
    }
    return failure;
}

bool ram_block_prealloc(RAMBlock *block, unsigned threads, Error **errp)
{
    uint64_t pages = block->max_length / block->page_size;
    TRACE(ram_block_prealloc, "%s %#" PRIx64 " threads %u", block->mr->name, block->max_length,
          threads);
    int failure = populate_all(block, (unsigned)CLAMP(pages, 1, threads));
    if (failure == 0) {
        block->prealloc = true;
        return true;
    }
    if (ram_page_is_huge(block->page_size)) {
        return error_setg(errp,
                          "the host has too few free huge pages of %" PRIu64 " KiB for %" PRIu64
                          " MiB of memory for '%s'",
                          block->page_size >> 10, block->max_length >> 20, block->mr->name);
    }
    return error_setg_errno(errp, failure,
                            "cannot preallocate %" PRIu64 " bytes of memory for '%s'%s%s",
                            block->max_length, block->mr->name, block->path ? " in " : "",
                            block->path ? block->path : "");
}
