/* SPDX-License-Identifier: MIT */
/*
 * Address spaces and transactions: the outermost commit renders every root again and tells the
 * listeners what changed.
 *
 * Source: own implementation of the model that QEMU's memory API documents.
 */
#include "memory/internal.h"
#include "util/trace.h"

static void update_view(AddressSpace *as)
{
    FlatView *old = as->view;
    FlatView *now = flatview_new(as->root);
    as->view = now;
    listener_notify_diff(as, old, now);
    flatview_unref(old);
}

static void update_all(MemoryCore *core)
{
    TRACE(memory_commit, "%u address spaces", core->spaces->len);
    listener_notify_begin(core);
    for (unsigned i = 0; i < core->spaces->len; i++) {
        update_view(core->spaces->pdata[i]);
    }
    listener_notify_commit(core);
}

void memory_region_transaction_begin(void) { memory_core()->transaction_depth++; }

void memory_region_transaction_commit(void)
{
    MemoryCore *core = memory_core();
    g_assert(core->transaction_depth);
    core->transaction_depth--;
    /* A listener that changes the tree is served by the loop of the commit that called it. */
    if (core->transaction_depth || core->committing) {
        return;
    }
    core->committing = true;
    while (core->update_pending) {
        core->update_pending = false;
        update_all(core);
    }
    core->committing = false;
}

AddressSpace *address_space_new(MemoryRegion *root, const char *name)
{
    AddressSpace *as = g_new0(AddressSpace, 1);
    as->core = memory_core();
    as->root = root;
    as->name = g_strdup(name);
    as->view = flatview_new(root);
    memory_region_ref(root);
    g_ptr_array_add(as->core->spaces, as);
    return as;
}

void address_space_free(AddressSpace *as)
{
    MemoryCore *core = as->core;
    for (unsigned i = core->listeners->len; i--;) {
        MemoryListener *listener = core->listeners->pdata[i];
        if (listener->address_space == as) {
            memory_listener_unregister(listener);
        }
    }
    g_ptr_array_remove(core->spaces, as);
    flatview_unref(as->view);
    memory_region_unref(as->root);
    g_free(as->name);
    g_free(as);
}

MemoryRegion *address_space_root(AddressSpace *as) { return as->root; }
