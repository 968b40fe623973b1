/* SPDX-License-Identifier: MIT */
/*
 * The set of stop points of a processor, and what the processor asks about them.
 *
 * Pages of code that hold a point are found by hashing, so that a thousand points cost what one does;
 * watchpoints are few and are searched in turn. Source: own design; meaning of hits, ignore counts and
 * temporary points: gdb's manual, 5.1. Not modelled: nothing is left out, see stops.h for what
 * watchpoints do not see.
 */
#include "debug/stops.h"

enum { PAGE = 4096, SLOT_WORDS = CPU_PAGE_SLOTS / 64, HIDDEN = 1 << 30 };
#define ADDRESS_SPACE (UINT64_C(1) << 32)

/* Where points lie in a page of code, a bit for each instruction. */
typedef struct CodePage {
    uint64_t slots[SLOT_WORDS];
} CodePage;

/* An access that is being done, and the first point that watches it. */
typedef struct Watched {
    unsigned number;
    StopHit hit;
    hwaddr pa[STOP_VALUE_SIZE];
} Watched;

struct DebugStops {
    CPUState *cpu;
    GPtrArray *points; /* StopPoint *, by number */
    unsigned last_number, last_hidden;
    GHashTable *pages[2]; /* CodePage by page number + 1: effective, physical */
    GArray *begun;        /* Watched: the access under way */
    GArray *done; /* Watched: accesses of the running instruction, the first of each point */
    bool has_hit;
    StopHit hit;
};

/* --- the set ------------------------------------------------------------------------------------------ */

static void free_point(void *data)
{
    StopPoint *point = data;
    if (point->free_opaque) {
        point->free_opaque(point->opaque);
    }
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

static StopPoint *find(const DebugStops *stops, unsigned number)
{
    int index = index_of(stops, number);
    return index < 0 ? NULL : g_ptr_array_index(stops->points, index);
}

static void *page_key(uint64_t addr) { return GUINT_TO_POINTER((guint)(addr / PAGE) + 1); }

static void mark_code(DebugStops *stops, const StopPoint *point)
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

/* What is derived from the points, here and in the processor. */
static void points_changed(DebugStops *stops)
{
    CPUState *cpu = stops->cpu;
    g_hash_table_remove_all(stops->pages[0]);
    g_hash_table_remove_all(stops->pages[1]);
    cpu->has_code_stops = cpu->has_data_stops = cpu->has_return_stops = false;
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->is_disabled) {
            continue;
        }
        if (point->kind == CPU_STOP_CODE) {
            mark_code(stops, point);
            cpu->has_code_stops = true;
        } else if (point->kind == CPU_STOP_RETURN) {
            cpu->has_return_stops = true;
        } else {
            cpu->has_data_stops = true;
        }
    }
    CPU_GET_CLASS(cpu)->stops_changed(cpu);
}

static bool is_possible(const StopPoint *point, Error **errp)
{
    if (point->addr >= ADDRESS_SPACE) {
        return error_setg(errp, "an address has 32 bits");
    }
    if (point->kind == CPU_STOP_CODE) {
        return !(point->addr & 3) ||
               error_setg(errp, "an instruction's address is a multiple of 4");
    }
    if (point->kind == CPU_STOP_RETURN) {
        return true;
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
    points_changed(stops);
    return copy->number;
}

bool debug_stops_delete(DebugStops *stops, unsigned number)
{
    int index = index_of(stops, number);
    if (index < 0) {
        return false;
    }
    g_ptr_array_remove_index(stops->points, (guint)index);
    points_changed(stops);
    return true;
}

bool debug_stops_enable(DebugStops *stops, unsigned number, bool enable)
{
    StopPoint *point = find(stops, number);
    if (!point) {
        return false;
    }
    point->is_disabled = !enable;
    points_changed(stops);
    return true;
}

bool debug_stops_ignore(DebugStops *stops, unsigned number, uint64_t count)
{
    StopPoint *point = find(stops, number);
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
    StopPoint *point = find(stops, number);
    if (!point) {
        return false;
    }
    if (point->free_opaque) {
        point->free_opaque(point->opaque);
    }
    point->condition = condition;
    point->opaque = opaque;
    point->free_opaque = free_opaque;
    return true;
}

void debug_stops_delete_owned(DebugStops *stops, StopOwner owner)
{
    guint before = stops->points->len;
    for (guint i = before; i-- > 0;) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->owner == owner) {
            g_ptr_array_remove_index(stops->points, i);
        }
    }
    if (stops->points->len != before) {
        points_changed(stops);
    }
}

const StopPoint *debug_stops_get(const DebugStops *stops, unsigned number)
{
    return find(stops, number);
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
            (kind == CPU_STOP_CODE || point->length == length)) {
            return point->number;
        }
    }
    return 0;
}

const StopHit *debug_stops_hit(const DebugStops *stops)
{
    return stops->has_hit ? &stops->hit : NULL;
}

/* --- crossings ------------------------------------------------------------------------------------------ */

static bool is_crossed(const DebugStops *stops, StopPoint *point)
{
    if (point->is_disabled || (point->condition && !point->condition(stops->cpu, point->opaque))) {
        return false;
    }
    point->hits++;
    if (point->ignore) {
        point->ignore--;
        return false;
    }
    return true;
}

/* @point stops the processor; the first one that does is told, a run's own only if there is no other. A temporary point goes. */
static void stop_for(DebugStops *stops, const StopPoint *point, const StopHit *hit)
{
    if (!stops->has_hit || stops->hit.owner == STOP_OWNER_RUN) {
        stops->has_hit = true;
        stops->hit = *hit;
        stops->hit.number = point->number;
        stops->hit.kind = point->kind;
        stops->hit.owner = point->owner;
        stops->hit.is_physical = point->is_physical;
        stops->hit.was_temporary = point->is_temporary;
    }
}

static void drop_temporary(DebugStops *stops, const GArray *numbers)
{
    for (guint i = 0; i < numbers->len; i++) {
        debug_stops_delete(stops, g_array_index(numbers, unsigned, i));
    }
}

/* --- code ------------------------------------------------------------------------------------------------- */

static bool add_slots(GHashTable *pages, uint64_t addr, uint64_t *slots)
{
    const CodePage *page = g_hash_table_lookup(pages, page_key(addr));
    for (unsigned i = 0; page && i < SLOT_WORDS; i++) {
        slots[i] |= page->slots[i];
    }
    return page;
}

static bool code_in_page(void *opaque, target_addr ea, hwaddr pa, uint64_t *slots)
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

static bool is_code(void *opaque, target_addr pc)
{
    DebugStops *stops = opaque;
    hwaddr pa;
    return has_slot(stops->pages[0], pc) ||
           (physical_pc(stops, pc, &pa) && has_slot(stops->pages[1], pa));
}

static unsigned reach_code(void *opaque, target_addr pc)
{
    DebugStops *stops = opaque;
    g_autoptr(GArray) temporary = g_array_new(FALSE, FALSE, sizeof(unsigned));
    hwaddr pa = UINT64_MAX;
    physical_pc(stops, pc, &pa);
    for (guint i = 0; i < stops->points->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->points, i);
        uint64_t here = point->is_physical ? pa : pc;
        if (point->kind == CPU_STOP_CODE && point->addr == here && is_crossed(stops, point)) {
            stop_for(stops, point, &(StopHit){.addr = pc, .pc = pc});
            if (point->is_temporary) {
                g_array_append_val(temporary, point->number);
            }
        }
    }
    drop_temporary(stops, temporary);
    return stops->has_hit ? stops->hit.number : 0;
}

/* --- data --------------------------------------------------------------------------------------------------- */

static bool overlaps_page(const StopPoint *point, uint64_t addr)
{
    uint64_t first = addr & ~(uint64_t)(PAGE - 1);
    return point->addr < first + PAGE && point->addr + point->length > first;
}

/* A point that watches memory. */
static bool wants_any(const StopPoint *point)
{
    return !point->is_disabled && point->kind != CPU_STOP_CODE && point->kind != CPU_STOP_RETURN;
}

static bool data_in_page(void *opaque, target_addr ea, hwaddr pa)
{
    const DebugStops *stops = opaque;
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (wants_any(point) && overlaps_page(point, point->is_physical ? pa : ea)) {
            return true;
        }
    }
    return false;
}

static bool wants(const StopPoint *point, bool is_write)
{
    return !point->is_disabled && (point->kind == CPU_STOP_ACCESS ||
                                   point->kind == (is_write ? CPU_STOP_WRITE : CPU_STOP_READ));
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

static void read_values(CPUState *cpu, const Watched *watched, uint8_t *values, unsigned *size)
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
        if (g_array_index(stops->done, Watched, i).number == number) {
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
    Watched watched = {.number = point->number,
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

static bool access_begins(void *opaque, const CpuAccess *access, target_addr pc)
{
    DebugStops *stops = opaque;
    g_array_set_size(stops->begun, 0);
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->kind != CPU_STOP_CODE && wants(point, access->is_write)) {
            begin_at(stops, point, access, pc);
        }
    }
    return stops->begun->len > 0;
}

static void access_done(void *opaque)
{
    DebugStops *stops = opaque;
    g_array_append_vals(stops->done, stops->begun->data, stops->begun->len);
    g_array_set_size(stops->begun, 0);
}

/* Points in the order of their numbers, whichever access came first. */
static gint by_number(gconstpointer a, gconstpointer b)
{
    const Watched *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static unsigned reach_data(void *opaque)
{
    DebugStops *stops = opaque;
    g_autoptr(GArray) temporary = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_array_sort(stops->done, by_number);
    for (guint i = 0; i < stops->done->len; i++) {
        Watched *watched = &g_array_index(stops->done, Watched, i);
        StopPoint *point = find(stops, watched->number);
        if (!point || !is_crossed(stops, point)) {
            continue;
        }
        read_values(stops->cpu, watched, watched->hit.after, &watched->hit.value_size);
        stop_for(stops, point, &watched->hit);
        if (point->is_temporary) {
            g_array_append_val(temporary, point->number);
        }
    }
    g_array_set_size(stops->done, 0);
    drop_temporary(stops, temporary);
    return stops->has_hit ? stops->hit.number : 0;
}

/* --- returns from exceptions ---------------------------------------------------------------------------- */

static unsigned reach_return(void *opaque)
{
    DebugStops *stops = opaque;
    target_addr pc = CPU_GET_CLASS(stops->cpu)->get_pc(stops->cpu);
    for (guint i = 0; i < stops->points->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->kind == CPU_STOP_RETURN && is_crossed(stops, point)) {
            stop_for(stops, point, &(StopHit){.addr = pc, .pc = pc});
        }
    }
    return stops->has_hit ? stops->hit.number : 0;
}

/* --- life --------------------------------------------------------------------------------------------------- */

static void resumes(void *opaque) { ((DebugStops *)opaque)->has_hit = false; }

static void stops_free(void *opaque)
{
    DebugStops *stops = opaque;
    g_ptr_array_unref(stops->points);
    g_hash_table_unref(stops->pages[0]);
    g_hash_table_unref(stops->pages[1]);
    g_array_unref(stops->begun);
    g_array_unref(stops->done);
    g_free(stops);
}

static const CpuStopHooks hooks = {
    .code_in_page = code_in_page,
    .is_code = is_code,
    .reach_code = reach_code,
    .data_in_page = data_in_page,
    .access_begins = access_begins,
    .access_done = access_done,
    .reach_data = reach_data,
    .reach_return = reach_return,
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
    stops->begun = g_array_new(FALSE, FALSE, sizeof(Watched));
    stops->done = g_array_new(FALSE, FALSE, sizeof(Watched));
    cpu->stop_opaque = stops;
    cpu->stop_hooks = &hooks;
    return stops;
}
