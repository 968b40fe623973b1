/* SPDX-License-Identifier: MIT */
/*
 * Watchpoints: which accesses are watched, and the values before and after.
 *
 * They are few and are searched in turn. Source: own design.
 */
#include "debug/stops_internal.h"

static bool overlaps_page(const StopPoint *point, uint64_t addr)
{
    uint64_t first = addr & ~(uint64_t)(STOPS_PAGE - 1);
    return point->addr < first + STOPS_PAGE && point->addr + point->length > first;
}

/* @point's bytes in the page at @addr, which it overlaps, belong to @bytes. */
static void add_bytes(CpuWatchedBytes *bytes, const StopPoint *point, uint64_t addr)
{
    uint64_t page = addr & ~(uint64_t)(STOPS_PAGE - 1);
    unsigned first = point->addr > page ? (unsigned)(point->addr - page) : 0;
    unsigned end = (unsigned)(MIN(point->addr + point->length, page + STOPS_PAGE) - page);
    bytes->first = MIN(bytes->first, first);
    bytes->end = MAX(bytes->end, end);
}

bool stops_data_in_page(void *opaque, target_addr ea, hwaddr pa, CpuWatchedBytes *bytes)
{
    const DebugStops *stops = opaque;
    unsigned count = 0;
    *bytes = (CpuWatchedBytes){.first = STOPS_PAGE};
    for (guint i = 0; i < stops->watched->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->watched, i);
        uint64_t addr = point->is_physical ? pa : ea;
        if (overlaps_page(point, addr)) {
            add_bytes(bytes, point, addr);
            bytes->accesses = count++ ? NULL : &point->slow_accesses;
        }
    }
    return count > 0;
}

static bool wants(const StopPoint *point, bool is_write)
{
    return point->kind == CPU_STOP_ACCESS ||
           point->kind == (is_write ? CPU_STOP_WRITE : CPU_STOP_READ);
}

/* UINT64_MAX: not mapped; the access will fault. */
static hwaddr byte_address(CPUState *cpu, const CpuAccess *access, unsigned i)
{
    target_addr ea = access->ea + i;
    hwaddr pa;
    if (!CPU_GET_CLASS(cpu)->translate_debug(cpu, ea, false, &pa)) {
        return UINT64_MAX;
    }
    return (pa & ~(hwaddr)7) | ((ea ^ access->turn) & 7);
}

static bool is_inside(const StopPoint *point, CPUState *cpu, const CpuAccess *access, unsigned i)
{
    uint64_t addr = point->is_physical ? byte_address(cpu, access, i)
                                       : (target_addr)(access->ea + i);
    return addr >= point->addr && addr - point->addr < point->length;
}

/* Bytes that @point and @access have in common, from @first on; 0: none. */
static unsigned common_bytes(const StopPoint *point, CPUState *cpu, const CpuAccess *access,
                             unsigned *first)
{
    unsigned count = 0;
    for (unsigned i = 0; i < access->size; i++) {
        if (is_inside(point, cpu, access, i)) {
            *first = count ? *first : i;
            count++;
        } else if (count) {
            break;
        }
    }
    return count;
}

static void read_values(CPUState *cpu, const StopWatched *watched, uint8_t *values, unsigned *size)
{
    for (unsigned i = 0; i < *size; i++) {
        if (!address_space_peek(cpu->as, watched->pa[i], &values[i], 1)) {
            *size = 0;
        }
    }
}

static bool is_done_already(const DebugStops *stops, unsigned number)
{
    for (guint i = 0; i < stops->done->len; i++) {
        if (g_array_index(stops->done, StopWatched, i).number == number) {
            return true;
        }
    }
    return false;
}

static void begin_at(DebugStops *stops, const StopPoint *point, const CpuAccess *access,
                     target_addr pc)
{
    unsigned first = 0, count = common_bytes(point, stops->cpu, access, &first);
    if (!count || is_done_already(stops, point->number)) {
        return;
    }
    StopWatched watched = {.number = point->number,
                           .hit = {.addr = (target_addr)(access->ea + first),
                                   .was_write = access->is_write,
                                   .pc = pc,
                                   .value_size = MIN(count, STOP_VALUE_SIZE)}};
    for (unsigned i = 0; i < watched.hit.value_size; i++) {
        watched.pa[i] = byte_address(stops->cpu, access, first + i);
    }
    read_values(stops->cpu, &watched, watched.hit.before, &watched.hit.value_size);
    g_array_append_val(stops->begun, watched);
}

static bool touches(const StopPoint *point, const CpuAccess *access, hwaddr pa)
{
    uint64_t first = point->is_physical ? pa : access->ea;
    return wants(point, access->is_write) && first < point->addr + point->length &&
           first + access->size > point->addr;
}

bool stops_access_passes(void *opaque, const CpuAccess *access, hwaddr pa)
{
    DebugStops *stops = opaque;
    for (guint i = 0; i < stops->watched->len; i++) {
        if (touches(g_ptr_array_index(stops->watched, i), access, pa)) {
            return false;
        }
    }
    bool is_watched = false;
    for (guint i = 0; i < stops->watched->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->watched, i);
        bool overlaps = overlaps_page(point, point->is_physical ? pa : access->ea);
        point->slow_accesses += overlaps;
        is_watched |= overlaps;
    }
    return is_watched;
}

/* False: the access has no byte in the range. */
static bool may_touch(const StopPoint *point, const CpuAccess *access)
{
    uint64_t end = (uint64_t)access->ea + access->size;
    bool wraps = end > UINT64_C(1) << 32;
    return point->is_physical || wraps ||
           (access->ea < point->addr + point->length && end > point->addr);
}

bool stops_access_begins(void *opaque, const CpuAccess *access, target_addr pc)
{
    DebugStops *stops = opaque;
    if (stops->begun->len) {
        g_array_set_size(stops->begun, 0);
    }
    for (guint i = 0; i < stops->watched->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->watched, i);
        point->slow_accesses += overlaps_page(
            point, point->is_physical ? byte_address(stops->cpu, access, 0) : access->ea);
        if (wants(point, access->is_write) && may_touch(point, access)) {
            begin_at(stops, point, access, pc);
        }
    }
    return stops->begun->len > 0;
}

void stops_access_done(void *opaque)
{
    DebugStops *stops = opaque;
    g_array_append_vals(stops->done, stops->begun->data, stops->begun->len);
    g_array_set_size(stops->begun, 0);
}

static uint64_t number_in(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size && i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* The names that conditions of watchpoints know. */
static StopEvent names_of(const StopPoint *point, const StopHit *hit)
{
    StopEvent event = {.names = {{"offset", hit->addr - point->addr}, {"size", hit->value_size}}};
    if (hit->value_size) {
        event.names[2] = (StopName){"value", number_in(hit->after, hit->value_size)};
        event.names[3] = (StopName){"old", number_in(hit->before, hit->value_size)};
    }
    return event;
}

static void reach_watched(DebugStops *stops, StopWatched *watched)
{
    StopPoint *point = stops_find(stops, watched->number);
    if (!point) {
        return;
    }
    read_values(stops->cpu, watched, watched->hit.after, &watched->hit.value_size);
    StopEvent names = names_of(point, &watched->hit);
    if (stops_is_crossed(stops, point, &names)) {
        stops_note_crossed(stops, point, &watched->hit);
    }
}

unsigned stops_reach_data(void *opaque)
{
    DebugStops *stops = opaque;
    for (guint i = 0; i < stops->done->len; i++) {
        reach_watched(stops, &g_array_index(stops->done, StopWatched, i));
    }
    g_array_set_size(stops->done, 0);
    return stops_stop_for_crossed(stops);
}
