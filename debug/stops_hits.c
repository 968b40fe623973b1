/* SPDX-License-Identifier: MIT */
/*
 * Stop points met: conditions and counts, which of them stop the processor, which only tell.
 *
 * Source: own design; hits, ignore counts and temporary points: gdb's manual, 5.1.
 */
#include "debug/stops_internal.h"
#include "target-ppc/cpu.h"

/* --- crossings ------------------------------------------------------------------------------------------ */

static bool is_in_space(const DebugStops *stops, const StopSpace *space)
{
    return !space->is_limited ||
           (POWERPC_CPU(stops->cpu)->env.sr[space->segment] & 0xffffff) == space->vsid;
}

static bool condition_holds(DebugStops *stops, const StopPoint *point, const StopEvent *event)
{
    stops->trouble[0] = '\0';
    if (!is_in_space(stops, &point->space)) {
        return false;
    }
    if (!point->condition) {
        return true;
    }
    stops->moment = event;
    bool holds = point->condition(stops->cpu, point->opaque);
    stops->moment = NULL;
    return holds;
}

bool stops_is_crossed(DebugStops *stops, StopPoint *point, const StopEvent *event)
{
    if (point->is_disabled || !condition_holds(stops, point, event)) {
        return false;
    }
    point->hits++;
    if (point->ignore && !stops->trouble[0]) {
        point->ignore--;
        return false;
    }
    return true;
}

void stops_note_crossed(DebugStops *stops, const StopPoint *point, const StopHit *hit)
{
    StopHit told = *hit;
    told.number = point->number;
    told.kind = point->kind;
    told.owner = point->owner;
    told.is_physical = point->is_physical;
    told.was_temporary = point->is_temporary;
    g_strlcpy(told.trouble, stops->trouble, sizeof(told.trouble));
    g_array_append_val(stops->crossed, told);
}

static gint by_hit_number(gconstpointer a, gconstpointer b)
{
    const StopHit *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static bool is_noted(const DebugStops *stops, unsigned number)
{
    const GArray *numbers = stops->numbers;
    return numbers->len && g_array_index(numbers, unsigned, numbers->len - 1) == number;
}

/* It tells @hit and that is all: the guest goes on as if nothing had been. */
static bool is_told_only(const DebugStops *stops, const StopHit *hit)
{
    const StopPoint *point = stops->tell ? stops_find(stops, hit->number) : NULL;
    return point && point->goes_on && !point->commands && !point->is_temporary && !hit->trouble[0];
}

static void stop_for(DebugStops *stops, const StopHit *hit)
{
    if (!stops->has_hit) {
        stops->has_hit = true;
        stops->hit = *hit;
    }
    if (!is_noted(stops, hit->number)) {
        g_array_append_val(stops->numbers, hit->number);
    }
    if (hit->was_temporary) {
        debug_stops_delete(stops, hit->number);
    }
}

unsigned stops_stop_for_crossed(DebugStops *stops)
{
    if (stops->crossed->len > 1) {
        g_array_sort(stops->crossed, by_hit_number);
    }
    for (guint i = 0; i < stops->crossed->len; i++) {
        const StopHit *hit = &g_array_index(stops->crossed, StopHit, i);
        if (is_told_only(stops, hit)) {
            stops->tell(stops->tell_opaque, stops_find(stops, hit->number), hit);
        } else {
            stop_for(stops, hit);
        }
    }
    g_array_set_size(stops->crossed, 0);
    return stops->has_hit ? stops->hit.number : 0;
}

void debug_stops_set_teller(DebugStops *stops, StopTeller *tell, void *opaque)
{
    stops->tell = tell;
    stops->tell_opaque = opaque;
}

const unsigned *debug_stops_hit_numbers(const DebugStops *stops)
{
    return (const unsigned *)(const void *)stops->numbers->data; /* zero-terminated */
}

/* --- events -------------------------------------------------------------------------------------------- */

CPUState *debug_stops_cpu(const DebugStops *stops) { return stops->cpu; }

bool debug_stops_name(const DebugStops *stops, const char *name, uint64_t *value)
{
    for (unsigned i = 0; stops->moment && i < STOP_NAMES; i++) {
        if (g_strcmp0(stops->moment->names[i].name, name) == 0) {
            *value = stops->moment->names[i].value;
            return true;
        }
    }
    return false;
}

void debug_stops_trouble(DebugStops *stops, const char *why)
{
    g_strlcpy(stops->trouble, why, sizeof(stops->trouble));
}

void debug_stops_event(DebugStops *stops, unsigned number, const StopEvent *event)
{
    CPUState *cpu = stops->cpu;
    StopPoint *point = stops_find(stops, number);
    if (!point || !clock_is_running(cpu->clock) || !stops_is_crossed(stops, point, event)) {
        return;
    }
    target_addr pc = CPU_GET_CLASS(cpu)->get_pc(cpu);
    stops_note_crossed(stops, point, &(StopHit){.addr = pc, .pc = pc, .event = *event});
    CPU_GET_CLASS(cpu)->stop_due(cpu);
}

void stops_exception(void *opaque, unsigned vector)
{
    DebugStops *stops = opaque;
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        const StopSource *source = point->source;
        if (source && source->is_exception && source->is_exception(point->source_opaque, vector)) {
            StopEvent event = {0};
            source->describe_exception(point->source_opaque, stops->cpu, vector, &event);
            debug_stops_event(stops, point->number, &event);
        }
    }
}

void stops_count_reached(void *opaque)
{
    DebugStops *stops = opaque;
    uint64_t now = *clock_icount(stops->cpu->clock);
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (stops_counts(point) && point->source->icount(point->source_opaque) == now) {
            StopEvent event = {0};
            g_snprintf(event.text, sizeof(event.text), "%" G_GUINT64_FORMAT " instructions", now);
            debug_stops_event(stops, point->number, &event);
        }
    }
    stops_set_break_icount(stops);
}

/* --- returns from exceptions ---------------------------------------------------------------------------- */

unsigned stops_reach_return(void *opaque)
{
    DebugStops *stops = opaque;
    target_addr pc = CPU_GET_CLASS(stops->cpu)->get_pc(stops->cpu);
    for (guint i = 0; i < stops->points->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->kind == CPU_STOP_RETURN && stops_is_crossed(stops, point, NULL)) {
            stops_note_crossed(stops, point, &(StopHit){.addr = pc, .pc = pc});
        }
    }
    return stops_stop_for_crossed(stops);
}
