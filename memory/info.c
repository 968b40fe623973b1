/* SPDX-License-Identifier: MIT */
/*
 * info mtree, info mtree -f, RAM blocks: the tree of regions and what it renders to, as text.
 *
 * Layout is like QEMU's, which people and scripts know. Host addresses never appear.
 */
#include "memory/internal.h"

#include <inttypes.h>

static const char *kind_of(const MemoryRegion *mr)
{
    if (mr->rom_device) {
        return mr->romd_mode ? "romd" : "i/o";
    }
    if (mr->ram) {
        return mr->readonly ? "rom" : "ram";
    }
    return mr->reservation ? "reserved" : mr->terminates ? "i/o" : "container";
}

static hwaddr last_of(hwaddr start, uint64_t size)
{
    hwaddr last;
    if (size == 0) {
        return start;
    }
    return __builtin_add_overflow(start, size - 1, &last) || size == UINT64_MAX ? UINT64_MAX : last;
}

static void print_owner(GString *out, const MemoryRegion *mr, bool with_owner)
{
    if (!with_owner || !mr->owner) {
        return;
    }
    g_autofree char *path = object_get_canonical_path(mr->owner);
    g_string_append_printf(out, " owner:{%s %s}", object_get_typename(mr->owner),
                           path ? path : "not in the tree");
}

static void print_line(GString *out, const MemoryRegion *mr, hwaddr start, bool with_owner)
{
    g_string_append_printf(out, "%016" PRIx64 "-%016" PRIx64 " (prio %d, %s%s): ", start,
                           last_of(start, mr->size), mr->priority, mr->alias ? "alias " : "",
                           kind_of(mr->alias ? mr->alias : mr));
    g_string_append(out, mr->name);
    if (mr->alias) {
        g_string_append_printf(out, " @%s %016" PRIx64 "-%016" PRIx64, mr->alias->name,
                               mr->alias_offset, last_of(mr->alias_offset, mr->size));
    }
    print_owner(out, mr, with_owner);
    g_string_append(out, mr->enabled ? "\n" : " [disabled]\n");
}

static int by_address(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a, *y = *(MemoryRegion *const *)b;
    if (x->addr != y->addr) {
        return x->addr < y->addr ? -1 : 1;
    }
    return (y->priority > x->priority) - (y->priority < x->priority);
}

typedef struct TreePrinter {
    GString *out;
    bool with_owner;
} TreePrinter;

static void print_tree(const TreePrinter *printer, const MemoryRegion *mr, hwaddr base, int depth)
{
    hwaddr start = base + mr->addr;
    g_string_append_printf(printer->out, "%*s", 2 * depth, "");
    print_line(printer->out, mr, start, printer->with_owner);
    if (!mr->subregions->len) {
        return;
    }
    g_autoptr(GPtrArray) sorted = g_ptr_array_copy(mr->subregions, NULL, NULL);
    g_ptr_array_sort(sorted, by_address);
    for (unsigned i = 0; i < sorted->len; i++) {
        print_tree(printer, sorted->pdata[i], start, depth + 1);
    }
}

/* --- what it renders to ----------------------------------------------------------------------- */

static void print_range(GString *out, const FlatRange *range, bool with_owner)
{
    const MemoryRegion *mr = range->mr;
    const char *kind = mr->ram && range->readonly ? "rom" : kind_of(mr);
    g_string_append_printf(out, "  %016" PRIx64 "-%016" PRIx64 " (prio %d, %s): %s", range->start,
                           range->last, mr->priority, kind, mr->name);
    if (range->offset) {
        g_string_append_printf(out, " @%016" PRIx64, range->offset);
    }
    if (mr->ram_block) {
        g_string_append_printf(out, " block:{%s 0x%" PRIx64 "}",
                               mr->ram_block->idstr[0] ? mr->ram_block->idstr : mr->name,
                               mr->ram_block->offset + range->offset);
    }
    print_owner(out, mr, with_owner);
    g_string_append_c(out, '\n');
}

static void print_view(GString *out, const AddressSpace *as, bool with_owner)
{
    g_string_append_printf(out, "flat view of address-space: %s, root: %s\n", as->name,
                           as->root->name);
    for (size_t i = 0; i < as->view->count; i++) {
        print_range(out, &as->view->ranges[i], with_owner);
    }
    if (!as->view->count) {
        g_string_append(out, "  nothing is mapped\n");
    }
}

void memory_info_mtree(GString *out, bool flat, bool owner)
{
    const GPtrArray *spaces = memory_core()->spaces;
    TreePrinter printer = {out, owner};
    for (unsigned i = 0; i < spaces->len; i++) {
        const AddressSpace *as = spaces->pdata[i];
        if (i) {
            g_string_append_c(out, '\n');
        }
        if (flat) {
            print_view(out, as, owner);
            continue;
        }
        g_string_append_printf(out, "address-space: %s\n", as->name);
        print_tree(&printer, as->root, -as->root->addr, 1);
    }
}

/* --- RAM blocks ------------------------------------------------------------------------------- */

static void print_block(RAMBlock *block, void *opaque)
{
    GString *out = opaque;
    g_string_append_printf(out,
                           "%-24s ram_addr 0x%08" PRIx64 " size 0x%08" PRIx64 " max 0x%08" PRIx64
                           " page %#" PRIx64,
                           block->idstr[0] ? block->idstr : block->mr->name, block->offset,
                           block->used_length, block->max_length, block->page_size);
    g_string_append_printf(out, "%s%s%s%s%s", block->shared ? " shared" : "",
                           block->readonly ? " readonly" : "", block->prealloc ? " prealloc" : "",
                           block->migratable ? "" : " not-migratable",
                           block->resizeable ? " resizeable" : "");
    if (block->fd >= 0) {
        g_string_append_printf(out, " file %s", block->path ? block->path : "(memfd)");
    }
    g_string_append_c(out, '\n');
}

void ram_info(GString *out) { ram_block_foreach(print_block, out); }
