/* SPDX-License-Identifier: MIT */
/*
 * Guest RAM that nobody needs: its host memory goes back, and its contents become zero, whatever stands
 * behind it, so that a run does not depend on the back end.
 *
 * Source: own design; madvise(2), fallocate(2). A private mapping of a file would show the file's bytes
 * again, and huge pages might be gone when they are wanted again: there zeros are written instead.
 */
#include "memory/internal.h"
#include "util/trace.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

/* False: the host's memory is to be kept. */
static bool give_back(const RAMBlock *block, uint8_t *host, uint64_t length)
{
    uint64_t start = (uint64_t)(host - block->host);
    if (start % block->page_size || length % block->page_size ||
        ram_page_is_huge(block->page_size)) { /* might not come back: a bus error then */
        return false;
    }
    if (block->fd < 0) {
        return !block->shared && madvise(host, length, MADV_DONTNEED) == 0;
    }
    return block->shared && fallocate(block->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                      (off_t)start, (off_t)length) == 0;
}

void address_space_discard(AddressSpace *as, hwaddr addr, uint64_t length)
{
    while (length) {
        uint64_t chunk = length;
        uint8_t *host = address_space_map(as, addr, &chunk, true);
        if (!host) { /* nothing that could be given back */
            MemorySection section = address_space_translate(as, addr);
            chunk = MIN(length, section.remaining);
        } else {
            RAMBlock *block = ram_block_from_host(as->core, host);
            TRACE(ram_block_discard_range, "%s %#" PRIx64 " %#" PRIx64, block->idstr,
                  (uint64_t)(host - block->host), chunk);
            if (!give_back(block, host, chunk)) {
                memset(host, 0, chunk);
            }
            address_space_unmap(as, host, chunk, true);
        }
        addr += chunk;
        length -= chunk;
    }
}
