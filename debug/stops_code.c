/* SPDX-License-Identifier: MIT */
/*
 * Stop points before an instruction: at addresses, and at instructions of a kind.
 *
 * Pages of code that hold a point are found by hashing, so that a thousand points cost what one does.
 * Source: own design.
 */
#include "debug/stops_internal.h"

/* Where points lie in a page of code, a bit for each instruction. */
typedef struct CodePage {
    uint64_t slots[STOPS_SLOT_WORDS];
} CodePage;

static void *page_key(uint64_t addr) { return GUINT_TO_POINTER((guint)(addr / STOPS_PAGE) + 1); }

void stops_mark_code(DebugStops *stops, const StopPoint *point)
{
    GHashTable *pages = stops->pages[point->is_physical];
    CodePage *page = g_hash_table_lookup(pages, page_key(point->addr));
    if (!page) {
        page = g_new0(CodePage, 1);
        g_hash_table_insert(pages, page_key(point->addr), page);
    }
    unsigned slot = point->addr / 4 % CPU_PAGE_SLOTS;
    page->slots[slot / 64] |= UINT64_C(1) << slot % 64;
}

static bool add_slots(GHashTable *pages, uint64_t addr, uint64_t *slots)
{
    const CodePage *page = g_hash_table_lookup(pages, page_key(addr));
    for (unsigned i = 0; page && i < STOPS_SLOT_WORDS; i++) {
        slots[i] |= page->slots[i];
    }
    return page;
}

bool stops_code_in_page(void *opaque, target_addr ea, hwaddr pa, uint64_t *slots)
{
    DebugStops *stops = opaque;
    bool effective = add_slots(stops->pages[0], ea, slots);
    return add_slots(stops->pages[1], pa, slots) || effective;
}

static bool has_slot(GHashTable *pages, uint64_t addr)
{
    const CodePage *page = g_hash_table_lookup(pages, page_key(addr));
    unsigned slot = addr / 4 % CPU_PAGE_SLOTS;
    return page && (page->slots[slot / 64] >> slot % 64 & 1);
}

static bool physical_pc(const DebugStops *stops, target_addr pc, hwaddr *pa)
{
    return g_hash_table_size(stops->pages[1]) > 0 &&
           CPU_GET_CLASS(stops->cpu)->translate_debug(stops->cpu, pc, true, pa);
}

static bool peek_insn(const DebugStops *stops, target_addr pc, uint32_t *insn)
{
    return CPU_GET_CLASS(stops->cpu)->peek_insn(stops->cpu, pc, insn);
}

static bool matches(const StopPoint *point, uint32_t insn)
{
    return point->kind == CPU_STOP_INSN && !point->is_disabled &&
           point->source->is_insn(point->source_opaque, insn);
}

bool stops_is_insn(void *opaque, uint32_t insn)
{
    const DebugStops *stops = opaque;
    for (guint i = 0; i < stops->points->len; i++) {
        if (matches(g_ptr_array_index(stops->points, i), insn)) {
            return true;
        }
    }
    return false;
}

bool stops_is_code(void *opaque, target_addr pc)
{
    DebugStops *stops = opaque;
    hwaddr pa;
    uint32_t insn;
    return has_slot(stops->pages[0], pc) ||
           (physical_pc(stops, pc, &pa) && has_slot(stops->pages[1], pa)) ||
           (stops->cpu->has_insn_stops && peek_insn(stops, pc, &insn) &&
            stops_is_insn(stops, insn));
}

static void reach_insn(DebugStops *stops, StopPoint *point, target_addr pc)
{
    uint32_t insn;
    StopHit hit = {.addr = pc, .pc = pc};
    if (!peek_insn(stops, pc, &insn) || !matches(point, insn)) {
        return;
    }
    point->source->describe_insn(point->source_opaque, stops->cpu, insn, &hit.event);
    if (stops_is_crossed(stops, point, &hit.event)) {
        stops_note_crossed(stops, point, &hit);
    }
}

unsigned stops_reach_code(void *opaque, target_addr pc)
{
    DebugStops *stops = opaque;
    hwaddr pa = UINT64_MAX;
    physical_pc(stops, pc, &pa);
    for (guint i = 0; i < stops->points->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->points, i);
        uint64_t here = point->is_physical ? pa : pc;
        if (point->kind == CPU_STOP_INSN) {
            reach_insn(stops, point, pc);
        } else if (point->kind == CPU_STOP_CODE && point->addr == here &&
                   stops_is_crossed(stops, point, NULL)) {
            stops_note_crossed(stops, point, &(StopHit){.addr = pc, .pc = pc});
        }
    }
    return stops_stop_for_crossed(stops);
}
