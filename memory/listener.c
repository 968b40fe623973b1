/* SPDX-License-Identifier: MIT */
/*
 * MemoryListeners: who hears what a commit changed, and in which order.
 *
 * Order of one commit: begin (priority rising), all deletions (falling), then additions, nops and
 * log changes by address (rising), commit (rising). Source: own implementation of QEMU's rules.
 */
#include "memory/internal.h"

typedef void ListenerCall(MemoryListener *listener, const MemoryRegionSection *section);

typedef enum SectionEvent {
    EVENT_ADD,
    EVENT_DEL,
    EVENT_NOP,
    EVENT_LOG_START,
    EVENT_LOG_STOP,
    EVENT_LOG_SYNC,
} SectionEvent;

static ListenerCall *call_for(const MemoryListener *listener, SectionEvent event)
{
    switch (event) {
    case EVENT_ADD:
        return listener->region_add;
    case EVENT_DEL:
        return listener->region_del;
    case EVENT_NOP:
        return listener->region_nop;
    case EVENT_LOG_START:
        return listener->log_start;
    case EVENT_LOG_STOP:
        return listener->log_stop;
    case EVENT_LOG_SYNC:
        return listener->log_sync;
    }
    g_assert_not_reached();
}

static void tell(MemoryListener *listener, SectionEvent event, const FlatRange *range)
{
    ListenerCall *call = call_for(listener, event);
    MemoryRegionSection section = {
        .mr = range->mr,
        .offset_within_region = range->offset,
        .offset_within_address_space = range->start,
        .size = range->last - range->start + 1,
        .readonly = range->readonly,
    };
    if (section.size == 0) {
        section.size = UINT64_MAX; /* all of 2^64 */
    }
    if (call) {
        call(listener, &section);
    }
}

static void tell_all(AddressSpace *as, SectionEvent event, const FlatRange *range)
{
    GPtrArray *listeners = as->core->listeners;
    bool is_falling = event == EVENT_DEL || event == EVENT_LOG_STOP;
    for (unsigned i = 0; i < listeners->len; i++) {
        unsigned place = is_falling ? listeners->len - 1 - i : i;
        MemoryListener *listener = listeners->pdata[place];
        if (listener->address_space == as) {
            tell(listener, event, range);
        }
    }
}

/* --- a commit --------------------------------------------------------------------------------- */

void listener_notify_begin(MemoryCore *core)
{
    for (unsigned i = 0; i < core->listeners->len; i++) {
        MemoryListener *listener = core->listeners->pdata[i];
        if (listener->begin) {
            listener->begin(listener);
        }
    }
}

void listener_notify_commit(MemoryCore *core)
{
    for (unsigned i = 0; i < core->listeners->len; i++) {
        MemoryListener *listener = core->listeners->pdata[i];
        if (listener->commit) {
            listener->commit(listener);
        }
    }
}

static void tell_kept(AddressSpace *as, const FlatRange *old, const FlatRange *now)
{
    tell_all(as, EVENT_NOP, now);
    if (now->dirty_log_mask & ~old->dirty_log_mask) {
        tell_all(as, EVENT_LOG_START, now);
    }
    if (old->dirty_log_mask & ~now->dirty_log_mask) {
        tell_all(as, EVENT_LOG_STOP, now);
    }
}

static void tell_new(AddressSpace *as, const FlatRange *now)
{
    tell_all(as, EVENT_ADD, now);
    if (now->dirty_log_mask) {
        tell_all(as, EVENT_LOG_START, now);
    }
}

static void tell_gone(AddressSpace *as, const FlatRange *old)
{
    if (old->dirty_log_mask) {
        tell_all(as, EVENT_LOG_STOP, old);
    }
    tell_all(as, EVENT_DEL, old);
}

/* One walk over both sorted lists: first with @is_adding false, then true. */
static void walk_diff(AddressSpace *as, const FlatView *old, const FlatView *now, bool is_adding)
{
    size_t i = 0, k = 0;
    while (i < old->count || k < now->count) {
        const FlatRange *a = i < old->count ? &old->ranges[i] : NULL;
        const FlatRange *b = k < now->count ? &now->ranges[k] : NULL;
        if (a && b && flat_range_equal(a, b)) {
            if (is_adding) {
                tell_kept(as, a, b);
            }
            i++;
            k++;
        } else if (a && (!b || a->start <= b->start)) {
            if (!is_adding) {
                tell_gone(as, a);
            }
            i++;
        } else {
            if (is_adding) {
                tell_new(as, b);
            }
            k++;
        }
    }
}

void listener_notify_diff(AddressSpace *as, const FlatView *old, const FlatView *now)
{
    walk_diff(as, old, now, false);
    walk_diff(as, old, now, true);
}

/* --- coming and going ------------------------------------------------------------------------- */

static void call_if(void (*call)(MemoryListener *listener), MemoryListener *listener)
{
    if (call) {
        call(listener);
    }
}

void memory_listener_register(MemoryListener *listener, AddressSpace *as)
{
    GPtrArray *listeners = as->core->listeners;
    unsigned place = 0;
    while (place < listeners->len &&
           ((MemoryListener *)listeners->pdata[place])->priority <= listener->priority) {
        place++;
    }
    listener->address_space = as;
    g_ptr_array_insert(listeners, place, listener);
    call_if(listener->begin, listener);
    for (size_t i = 0; i < as->view->count; i++) {
        const FlatRange *range = &as->view->ranges[i];
        tell(listener, EVENT_ADD, range);
        if (range->dirty_log_mask) {
            tell(listener, EVENT_LOG_START, range);
        }
    }
    call_if(listener->commit, listener);
}

void memory_listener_unregister(MemoryListener *listener)
{
    AddressSpace *as = listener->address_space;
    g_assert(as);
    call_if(listener->begin, listener);
    for (size_t i = 0; i < as->view->count; i++) {
        const FlatRange *range = &as->view->ranges[i];
        if (range->dirty_log_mask) {
            tell(listener, EVENT_LOG_STOP, range);
        }
        tell(listener, EVENT_DEL, range);
    }
    call_if(listener->commit, listener);
    g_ptr_array_remove(as->core->listeners, listener);
    listener->address_space = NULL;
}

void address_space_log_sync(AddressSpace *as)
{
    for (size_t i = 0; i < as->view->count; i++) {
        if (as->view->ranges[i].plain_ram) {
            tell_all(as, EVENT_LOG_SYNC, &as->view->ranges[i]);
        }
    }
}
