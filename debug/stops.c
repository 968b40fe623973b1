/* SPDX-License-Identifier: MIT */
/*
 * The set of stop points of a processor: made, changed, found, shown.
 *
 * Source: own design. Not modelled: nothing is left out, see stops.h for what watchpoints do not see.
 */
#include "debug/stops.h"

#include "debug/stops_internal.h"

enum { HIDDEN = 1 << 30 };
#define ADDRESS_SPACE (UINT64_C(1) << 32)

/* --- the set ------------------------------------------------------------------------------------------ */

static void free_point(void *data)
{
    StopPoint *point = data;
    if (point->free_opaque) {
        point->free_opaque(point->opaque);
    }
    if (point->source && point->source->free) {
        point->source->free(point->source_opaque);
    }
    g_free(point->place);
    g_free(point->commands);
    g_free(point);
}

static int index_of(const DebugStops *stops, unsigned number)
{
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->number == number) {
            return (int)i;
        }
    }
    return -1;
}

StopPoint *stops_find(const DebugStops *stops, unsigned number)
{
    int index = index_of(stops, number);
    return index < 0 ? NULL : g_ptr_array_index(stops->points, index);
}

bool stops_counts(const StopPoint *point) { return point->source && point->source->icount; }

static void note_kind(DebugStops *stops, const StopPoint *point)
{
    CPUState *cpu = stops->cpu;
    switch (point->kind) {
    case CPU_STOP_CODE:
        stops_mark_code(stops, point);
        cpu->has_code_stops = true;
        break;
    case CPU_STOP_INSN:
        cpu->has_code_stops = cpu->has_insn_stops = true;
        break;
    case CPU_STOP_EVENT:
        cpu->has_exception_stops |= point->source->is_exception != NULL;
        cpu->has_count_stops |= stops_counts(point);
        break;
    case CPU_STOP_WRITE:
    case CPU_STOP_READ:
    case CPU_STOP_ACCESS:
        cpu->has_data_stops = true;
        g_ptr_array_add(stops->watched, (gpointer)(uintptr_t)point);
        break;
    case CPU_STOP_RETURN:
        cpu->has_return_stops = true;
        break;
    }
}

/* The nearest count that lies ahead. */
void stops_set_break_icount(DebugStops *stops)
{
    uint64_t nearest = CLOCK_NEVER, now = *clock_icount(stops->cpu->clock);
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        uint64_t at = stops_counts(point) && !point->is_disabled
                          ? point->source->icount(point->source_opaque)
                          : CLOCK_NEVER;
        nearest = at > now ? MIN(nearest, at) : nearest;
    }
    clock_set_break_icount(stops->cpu->clock, nearest);
}

/* What is derived from the points, here and in the processor. */
static void points_changed(DebugStops *stops)
{
    CPUState *cpu = stops->cpu;
    g_hash_table_remove_all(stops->pages[0]);
    g_hash_table_remove_all(stops->pages[1]);
    g_ptr_array_set_size(stops->watched, 0);
    cpu->has_code_stops = cpu->has_data_stops = cpu->has_insn_stops = false;
    cpu->has_exception_stops = cpu->has_count_stops = cpu->has_return_stops = false;
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (!point->is_disabled) {
            note_kind(stops, point);
        }
    }
    stops_set_break_icount(stops);
    CPU_GET_CLASS(cpu)->stops_changed(cpu);
}

static bool has_address(CpuStopKind kind) { return kind < CPU_STOP_INSN; }

/* Its source hears of events, or no longer. */
static void listen(DebugStops *stops, const StopPoint *point, bool on)
{
    if (point->source && point->source->listen) {
        point->source->listen(point->source_opaque, stops, point->number, on);
    }
}

static bool is_possible(const StopPoint *point, Error **errp)
{
    if (point->addr >= ADDRESS_SPACE) {
        return error_setg(errp, "an address has 32 bits");
    }
    if (!has_address(point->kind)) {
        return true;
    }
    if (point->kind == CPU_STOP_CODE) {
        return !(point->addr & 3) ||
               error_setg(errp, "an instruction's address is a multiple of 4");
    }
    if (point->length == 0 || point->length > ADDRESS_SPACE - point->addr) {
        return error_setg(errp, "a watched range has a byte or more, up to the last address");
    }
    return true;
}

unsigned debug_stops_add(DebugStops *stops, const StopPoint *point, Error **errp)
{
    StopPoint *copy = g_new(StopPoint, 1);
    *copy = *point;
    copy->hits = 0;
    if (!is_possible(copy, errp)) {
        free_point(copy);
        return 0;
    }
    copy->number = copy->owner == STOP_OWNER_RUN ? HIDDEN + ++stops->last_hidden
                                                 : ++stops->last_number;
    g_ptr_array_add(stops->points, copy);
    listen(stops, copy, !copy->is_disabled);
    points_changed(stops);
    return copy->number;
}

bool debug_stops_delete(DebugStops *stops, unsigned number)
{
    int index = index_of(stops, number);
    if (index < 0) {
        return false;
    }
    const StopPoint *point = g_ptr_array_index(stops->points, index);
    listen(stops, point, false);
    g_ptr_array_remove_index(stops->points, (guint)index);
    points_changed(stops);
    return true;
}

bool debug_stops_enable(DebugStops *stops, unsigned number, bool enable)
{
    StopPoint *point = stops_find(stops, number);
    if (!point) {
        return false;
    }
    if (point->is_disabled == enable) {
        listen(stops, point, enable);
    }
    point->is_disabled = !enable;
    points_changed(stops);
    return true;
}

bool debug_stops_ignore(DebugStops *stops, unsigned number, uint64_t count)
{
    StopPoint *point = stops_find(stops, number);
    if (!point) {
        return false;
    }
    point->ignore = count;
    return true;
}

bool debug_stops_set_condition(DebugStops *stops, unsigned number,
                               bool (*condition)(CPUState *cpu, void *opaque), void *opaque,
                               GDestroyNotify free_opaque)
{
    StopPoint *point = stops_find(stops, number);
    if (!point) {
        return false;
    }
    if (point->free_opaque) {
        point->free_opaque(point->opaque);
    }
    point->condition = condition;
    point->opaque = opaque;
    point->free_opaque = free_opaque;
    point->condition_text = NULL;
    return true;
}

bool debug_stops_set_commands(DebugStops *stops, unsigned number, char *commands, bool goes_on)
{
    StopPoint *point = stops_find(stops, number);
    if (!point) {
        g_free(commands);
        return false;
    }
    g_free(point->commands);
    point->commands = commands;
    point->goes_on = goes_on;
    return true;
}

void debug_stops_delete_owned(DebugStops *stops, StopOwner owner)
{
    guint before = stops->points->len;
    for (guint i = before; i-- > 0;) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->owner == owner) {
            listen(stops, point, false);
            g_ptr_array_remove_index(stops->points, i);
        }
    }
    if (stops->points->len != before) {
        points_changed(stops);
    }
}

const StopPoint *debug_stops_get(const DebugStops *stops, unsigned number)
{
    return stops_find(stops, number);
}

const StopPoint *debug_stops_next(const DebugStops *stops, unsigned number)
{
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->number > number && point->owner != STOP_OWNER_RUN) {
            return point;
        }
    }
    return NULL;
}

unsigned debug_stops_find(const DebugStops *stops, StopOwner owner, CpuStopKind kind, uint64_t addr,
                          uint64_t length)
{
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->owner == owner && point->kind == kind && point->addr == addr &&
            has_address(kind) && (kind == CPU_STOP_CODE || point->length == length)) {
            return point->number;
        }
    }
    return 0;
}

const StopHit *debug_stops_hit(const DebugStops *stops)
{
    return stops->has_hit ? &stops->hit : NULL;
}

/* --- life --------------------------------------------------------------------------------------------------- */

void debug_stops_forget_hit(DebugStops *stops)
{
    stops->has_hit = false;
    g_array_set_size(stops->numbers, 0);
}

static void resumes(void *opaque)
{
    DebugStops *stops = opaque;
    debug_stops_forget_hit(stops);
    g_array_set_size(stops->crossed, 0);
}

static void stops_free(void *opaque)
{
    DebugStops *stops = opaque;
    g_ptr_array_unref(stops->points);
    g_hash_table_unref(stops->pages[0]);
    g_hash_table_unref(stops->pages[1]);
    g_ptr_array_unref(stops->watched);
    g_array_unref(stops->begun);
    g_array_unref(stops->done);
    g_array_unref(stops->crossed);
    g_array_unref(stops->numbers);
    g_free(stops);
}

static const CpuStopHooks hooks = {
    .code_in_page = stops_code_in_page,
    .is_code = stops_is_code,
    .reach_code = stops_reach_code,
    .data_in_page = stops_data_in_page,
    .access_passes = stops_access_passes,
    .access_begins = stops_access_begins,
    .access_done = stops_access_done,
    .is_insn = stops_is_insn,
    .exception = stops_exception,
    .count_reached = stops_count_reached,
    .reach_data = stops_reach_data,
    .reach_return = stops_reach_return,
    .resumes = resumes,
    .free = stops_free,
};

DebugStops *debug_stops_of(CPUState *cpu)
{
    if (cpu->stop_hooks) {
        return cpu->stop_opaque;
    }
    DebugStops *stops = g_new0(DebugStops, 1);
    stops->cpu = cpu;
    stops->points = g_ptr_array_new_with_free_func(free_point);
    stops->pages[0] = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    stops->pages[1] = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    stops->watched = g_ptr_array_new();
    stops->begun = g_array_new(FALSE, FALSE, sizeof(StopWatched));
    stops->done = g_array_new(FALSE, FALSE, sizeof(StopWatched));
    stops->crossed = g_array_new(FALSE, FALSE, sizeof(StopHit));
    stops->numbers = g_array_new(TRUE, TRUE, sizeof(unsigned));
    cpu->stop_opaque = stops;
    cpu->stop_hooks = &hooks;
    return stops;
}
