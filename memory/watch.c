/* SPDX-License-Identifier: MIT */
/*
 * Watching a device's registers from outside: who is told of accesses, and when.
 *
 * Source: none (own design). Not seen: accesses to RAM and ROM, which have watchpoints.
 */
#include "memory/memory.h"

void memory_watch_add(MemoryWatch **watches, MemoryWatch *watch)
{
    watch->next = *watches;
    *watches = watch;
}

void memory_watch_remove(MemoryWatch **watches, MemoryWatch *watch)
{
    while (*watches && *watches != watch) {
        watches = &(*watches)->next;
    }
    if (*watches) {
        *watches = watch->next;
    }
}

void memory_watch_end(MemoryWatch **watches)
{
    while (*watches) {
        MemoryWatch *watch = *watches;
        *watches = watch->next;
        if (watch->gone) {
            watch->gone(watch->opaque);
        }
    }
}

void memory_watch_tell_all(const MemoryWatch *watches, MemoryAccess access)
{
    for (; watches; watches = watches->next) {
        if (access.offset <= watches->last && access.offset + access.size > watches->first) {
            watches->hook(watches->opaque, &access);
        }
    }
}
