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

#include "target-ppc/cpu.h"

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
    GArray *done;    /* Watched: accesses of the running instruction, the first of each point */
    GArray *crossed; /* StopHit: points crossed that stop */
    GArray *numbers; /* unsigned: of the hits that stopped, 0 at the end */
    const StopEvent *moment; /* whose condition is evaluated; may be NULL */
    char trouble[STOP_TEXT_SIZE];
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

static bool counts(const StopPoint *point) { return point->source && point->source->icount; }

static void note_kind(DebugStops *stops, const StopPoint *point)
{
    CPUState *cpu = stops->cpu;
    switch (point->kind) {
    case CPU_STOP_CODE:
        mark_code(stops, point);
        cpu->has_code_stops = true;
        break;
    case CPU_STOP_INSN:
        cpu->has_code_stops = cpu->has_insn_stops = true;
        break;
    case CPU_STOP_EVENT:
        cpu->has_exception_stops |= point->source->is_exception != NULL;
        cpu->has_count_stops |= counts(point);
        break;
    case CPU_STOP_WRITE:
    case CPU_STOP_READ:
    case CPU_STOP_ACCESS:
        cpu->has_data_stops = true;
        break;
    case CPU_STOP_RETURN:
        cpu->has_return_stops = true;
        break;
    }
}

/* The nearest count that lies ahead. */
static void set_break_icount(DebugStops *stops)
{
    uint64_t nearest = CLOCK_NEVER, now = *clock_icount(stops->cpu->clock);
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        uint64_t at = counts(point) && !point->is_disabled
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
    cpu->has_code_stops = cpu->has_data_stops = cpu->has_insn_stops = false;
    cpu->has_exception_stops = cpu->has_count_stops = cpu->has_return_stops = false;
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (!point->is_disabled) {
            note_kind(stops, point);
        }
    }
    set_break_icount(stops);
    CPU_GET_CLASS(cpu)->stops_changed(cpu);
}

static bool has_address(CpuStopKind kind) { return kind < CPU_STOP_INSN; }

static bool is_data(const StopPoint *point)
{
    return point->kind != CPU_STOP_CODE && has_address(point->kind);
}

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
    StopPoint *point = find(stops, number);
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
    point->condition_text = NULL;
    return true;
}

bool debug_stops_set_commands(DebugStops *stops, unsigned number, char *commands, bool goes_on)
{
    StopPoint *point = find(stops, number);
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

/* --- crossings ------------------------------------------------------------------------------------------ */

static bool is_in_space(const DebugStops *stops, const StopSpace *space)
{
    return !space->is_limited ||
           (POWERPC_CPU(stops->cpu)->env.sr[space->segment] & 0xffffff) == space->vsid;
}

static bool is_crossed(DebugStops *stops, StopPoint *point)
{
    stops->trouble[0] = '\0';
    if (point->is_disabled || !is_in_space(stops, &point->space) ||
        (point->condition && !point->condition(stops->cpu, point->opaque))) {
        return false;
    }
    point->hits++;
    if (point->ignore && !stops->trouble[0]) {
        point->ignore--;
        return false;
    }
    return true;
}

/* @point was crossed, and tells @hit. */
static void note_crossed(DebugStops *stops, const StopPoint *point, const StopHit *hit)
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

/* What was crossed stops the processor; the lowest number is told. Temporary points go. */
static unsigned stop_for_crossed(DebugStops *stops)
{
    g_array_sort(stops->crossed, by_hit_number);
    for (guint i = 0; i < stops->crossed->len; i++) {
        const StopHit *hit = &g_array_index(stops->crossed, StopHit, i);
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
    g_array_set_size(stops->crossed, 0);
    return stops->has_hit ? stops->hit.number : 0;
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

static bool is_crossed_by(DebugStops *stops, StopPoint *point, const StopEvent *event)
{
    stops->moment = event;
    bool crossed = is_crossed(stops, point);
    stops->moment = NULL;
    return crossed;
}

void debug_stops_event(DebugStops *stops, unsigned number, const StopEvent *event)
{
    CPUState *cpu = stops->cpu;
    StopPoint *point = find(stops, number);
    if (!point || !clock_is_running(cpu->clock) || !is_crossed_by(stops, point, event)) {
        return;
    }
    target_addr pc = CPU_GET_CLASS(cpu)->get_pc(cpu);
    note_crossed(stops, point, &(StopHit){.addr = pc, .pc = pc, .event = *event});
    CPU_GET_CLASS(cpu)->stop_due(cpu);
}

static void exception(void *opaque, unsigned vector)
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

static void count_reached(void *opaque)
{
    DebugStops *stops = opaque;
    uint64_t now = *clock_icount(stops->cpu->clock);
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (counts(point) && point->source->icount(point->source_opaque) == now) {
            StopEvent event = {0};
            g_snprintf(event.text, sizeof(event.text), "%" G_GUINT64_FORMAT " instructions", now);
            debug_stops_event(stops, point->number, &event);
        }
    }
    set_break_icount(stops);
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

static bool peek_insn(const DebugStops *stops, target_addr pc, uint32_t *insn)
{
    return CPU_GET_CLASS(stops->cpu)->peek_insn(stops->cpu, pc, insn);
}

static bool matches(const StopPoint *point, uint32_t insn)
{
    return point->kind == CPU_STOP_INSN && !point->is_disabled &&
           point->source->is_insn(point->source_opaque, insn);
}

static bool is_insn(void *opaque, uint32_t insn)
{
    const DebugStops *stops = opaque;
    for (guint i = 0; i < stops->points->len; i++) {
        if (matches(g_ptr_array_index(stops->points, i), insn)) {
            return true;
        }
    }
    return false;
}

static bool is_code(void *opaque, target_addr pc)
{
    DebugStops *stops = opaque;
    hwaddr pa;
    uint32_t insn;
    return has_slot(stops->pages[0], pc) ||
           (physical_pc(stops, pc, &pa) && has_slot(stops->pages[1], pa)) ||
           (stops->cpu->has_insn_stops && peek_insn(stops, pc, &insn) && is_insn(stops, insn));
}

static void reach_insn(DebugStops *stops, StopPoint *point, target_addr pc)
{
    uint32_t insn;
    StopHit hit = {.addr = pc, .pc = pc};
    if (!peek_insn(stops, pc, &insn) || !matches(point, insn)) {
        return;
    }
    point->source->describe_insn(point->source_opaque, stops->cpu, insn, &hit.event);
    if (is_crossed_by(stops, point, &hit.event)) {
        note_crossed(stops, point, &hit);
    }
}

static unsigned reach_code(void *opaque, target_addr pc)
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
                   is_crossed(stops, point)) {
            note_crossed(stops, point, &(StopHit){.addr = pc, .pc = pc});
        }
    }
    return stop_for_crossed(stops);
}

/* --- data --------------------------------------------------------------------------------------------------- */

static bool overlaps_page(const StopPoint *point, uint64_t addr)
{
    uint64_t first = addr & ~(uint64_t)(PAGE - 1);
    return point->addr < first + PAGE && point->addr + point->length > first;
}

static bool data_in_page(void *opaque, target_addr ea, hwaddr pa)
{
    const DebugStops *stops = opaque;
    for (guint i = 0; i < stops->points->len; i++) {
        const StopPoint *point = g_ptr_array_index(stops->points, i);
        if (is_data(point) && !point->is_disabled &&
            overlaps_page(point, point->is_physical ? pa : ea)) {
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

static void count_slow(const DebugStops *stops, StopPoint *point, const CpuAccess *access)
{
    if (is_data(point) && !point->is_disabled &&
        overlaps_page(point,
                      point->is_physical ? byte_address(stops->cpu, access, 0) : access->ea)) {
        point->slow_accesses++;
    }
}

static bool access_begins(void *opaque, const CpuAccess *access, target_addr pc)
{
    DebugStops *stops = opaque;
    g_array_set_size(stops->begun, 0);
    for (guint i = 0; i < stops->points->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->points, i);
        count_slow(stops, point, access);
        if (is_data(point) && wants(point, access->is_write)) {
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

static void reach_watched(DebugStops *stops, Watched *watched)
{
    StopPoint *point = find(stops, watched->number);
    if (!point) {
        return;
    }
    read_values(stops->cpu, watched, watched->hit.after, &watched->hit.value_size);
    StopEvent names = names_of(point, &watched->hit);
    if (is_crossed_by(stops, point, &names)) {
        note_crossed(stops, point, &watched->hit);
    }
}

static unsigned reach_data(void *opaque)
{
    DebugStops *stops = opaque;
    for (guint i = 0; i < stops->done->len; i++) {
        reach_watched(stops, &g_array_index(stops->done, Watched, i));
    }
    g_array_set_size(stops->done, 0);
    return stop_for_crossed(stops);
}

/* --- returns from exceptions ---------------------------------------------------------------------------- */

static unsigned reach_return(void *opaque)
{
    DebugStops *stops = opaque;
    target_addr pc = CPU_GET_CLASS(stops->cpu)->get_pc(stops->cpu);
    for (guint i = 0; i < stops->points->len; i++) {
        StopPoint *point = g_ptr_array_index(stops->points, i);
        if (point->kind == CPU_STOP_RETURN && is_crossed(stops, point)) {
            note_crossed(stops, point, &(StopHit){.addr = pc, .pc = pc});
        }
    }
    return stop_for_crossed(stops);
}

/* --- life --------------------------------------------------------------------------------------------------- */

static void resumes(void *opaque)
{
    DebugStops *stops = opaque;
    stops->has_hit = false;
    g_array_set_size(stops->numbers, 0);
    g_array_set_size(stops->crossed, 0);
}

static void stops_free(void *opaque)
{
    DebugStops *stops = opaque;
    g_ptr_array_unref(stops->points);
    g_hash_table_unref(stops->pages[0]);
    g_hash_table_unref(stops->pages[1]);
    g_array_unref(stops->begun);
    g_array_unref(stops->done);
    g_array_unref(stops->crossed);
    g_array_unref(stops->numbers);
    g_free(stops);
}

static const CpuStopHooks hooks = {
    .code_in_page = code_in_page,
    .is_code = is_code,
    .reach_code = reach_code,
    .data_in_page = data_in_page,
    .access_begins = access_begins,
    .access_done = access_done,
    .is_insn = is_insn,
    .exception = exception,
    .count_reached = count_reached,
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
    stops->crossed = g_array_new(FALSE, FALSE, sizeof(StopHit));
    stops->numbers = g_array_new(TRUE, TRUE, sizeof(unsigned));
    cpu->stop_opaque = stops;
    cpu->stop_hooks = &hooks;
    return stops;
}
