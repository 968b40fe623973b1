/* SPDX-License-Identifier: MIT */
/*
 * The client's breakpoints and watchpoints, beside those of the console in the processor's set.
 *
 * Source: none (own design). Not modelled: commands that gdb would like us to carry out.
 */
#include "debug/stops.h"
#include "gdbstub/server_internal.h"

enum { MOST_POINTS = 65536 };

typedef struct PointKey {
    uint64_t address, length;
    PointKind kind;
    bool is_physical;
} PointKey;

struct Points {
    MachineState *machine;
    const Registers *registers;
    GHashTable *numbers; /* PointKey -> number of the stop point */
};

static guint hash_key(gconstpointer data)
{
    const PointKey *key = data;
    return (guint)(key->address * 31 + key->length * 7 + key->kind * 2 + key->is_physical);
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
    const PointKey *x = a, *y = b;
    return x->address == y->address && x->length == y->length && x->kind == y->kind &&
           x->is_physical == y->is_physical;
}

Points *points_new(MachineState *machine, const Registers *registers)
{
    Points *points = g_new(Points, 1);
    *points = (Points){machine, registers,
                       g_hash_table_new_full(hash_key, equal_keys, g_free, NULL)};
    return points;
}

void points_free(Points *points)
{
    points_clear(points);
    g_hash_table_unref(points->numbers);
    g_free(points);
}

/* Breakpoints have no length: gdb's is a kind of instruction. */
static PointKey key_of(const GdbPoint *point)
{
    return (PointKey){.address = point->address,
                      .length = point->kind < POINT_WRITE ? 0 : point->length,
                      .kind = point->kind,
                      .is_physical = point->is_physical};
}

/* --- conditions: on the thread that runs the guest ------------------------------------------------- */

typedef struct Condition {
    const Registers *registers;
    GPtrArray *agents; /* Agent * */
    bool is_physical;
    CPUState *cpu; /* while one of them is run */
} Condition;

static void condition_free(void *opaque)
{
    Condition *condition = opaque;
    g_ptr_array_unref(condition->agents);
    g_free(condition);
}

static bool read_register(void *opaque, unsigned number, uint64_t *value)
{
    const Condition *condition = opaque;
    return registers_value(condition->registers, &POWERPC_CPU(condition->cpu)->env, number, value);
}

static bool read_memory(void *opaque, uint64_t address, uint8_t *bytes, size_t size)
{
    const Condition *condition = opaque;
    return debug_read(condition->cpu, condition->is_physical, (uint32_t)address, bytes, size) ==
           size;
}

/* One that cannot be evaluated stops: its user learns why from gdb, who evaluates it again. */
static bool holds(CPUState *cpu, void *opaque)
{
    Condition *condition = opaque;
    AgentGuest guest = {read_register, read_memory, condition};
    condition->cpu = cpu;
    for (guint i = 0; i < condition->agents->len; i++) {
        uint64_t value;
        if (!agent_run(g_ptr_array_index(condition->agents, i), &guest, &value) || value) {
            return true;
        }
    }
    return false;
}

/* --- the processor's set belongs to the token holder ----------------------------------------------- */

typedef struct Addition {
    StopPoint point;
    unsigned number;
    Error **errp;
} Addition;

static void add_job(MachineState *machine, void *opaque)
{
    Addition *addition = opaque;
    addition->number = debug_stops_add(debug_stops_of(machine->cpu), &addition->point,
                                       addition->errp);
}

static void change_condition_job(MachineState *machine, void *opaque)
{
    const Addition *addition = opaque;
    const StopPoint *point = &addition->point;
    debug_stops_set_condition(debug_stops_of(machine->cpu), addition->number, point->condition,
                              point->opaque, point->free_opaque);
}

static void delete_job(MachineState *machine, void *opaque)
{
    debug_stops_delete(debug_stops_of(machine->cpu), GPOINTER_TO_UINT(opaque));
}

static void delete_all_job(MachineState *machine, G_GNUC_UNUSED void *opaque)
{
    debug_stops_delete_owned(debug_stops_of(machine->cpu), STOP_OWNER_GDB);
}

static void set_condition(const Points *points, GdbPoint *from, StopPoint *point)
{
    if (from->conditions) {
        Condition *condition = g_new(Condition, 1);
        *condition = (Condition){.registers = points->registers,
                                 .agents = g_steal_pointer(&from->conditions),
                                 .is_physical = from->is_physical};
        point->condition = holds;
        point->opaque = condition;
        point->free_opaque = condition_free;
    }
}

bool points_insert(Points *points, GdbPoint *point, Error **errp)
{
    static const CpuStopKind kinds[] = {
        [POINT_SOFTWARE] = CPU_STOP_CODE, [POINT_HARDWARE] = CPU_STOP_CODE,
        [POINT_WRITE] = CPU_STOP_WRITE,   [POINT_READ] = CPU_STOP_READ,
        [POINT_ACCESS] = CPU_STOP_ACCESS,
    };
    PointKey key = key_of(point);
    gpointer number = g_hash_table_lookup(points->numbers, &key);
    if (!number && g_hash_table_size(points->numbers) >= MOST_POINTS) {
        return error_setg(errp, "too many breakpoints");
    }
    Addition addition = {.point = {.kind = kinds[key.kind],
                                   .owner = STOP_OWNER_GDB,
                                   .addr = key.address,
                                   .length = key.length,
                                   .is_physical = key.is_physical},
                         .number = GPOINTER_TO_UINT(number),
                         .errp = errp};
    set_condition(points, point, &addition.point);
    if (number) { /* gdb asks again when it is not sure, or has other conditions */
        machine_run_on(points->machine, change_condition_job, &addition);
        return true;
    }
    machine_run_on(points->machine, add_job, &addition);
    if (addition.number) {
        g_hash_table_insert(points->numbers, g_memdup2(&key, sizeof(key)),
                            GUINT_TO_POINTER(addition.number));
    }
    return addition.number != 0;
}

void points_remove(Points *points, const GdbPoint *point)
{
    PointKey key = key_of(point);
    gpointer number = g_hash_table_lookup(points->numbers, &key);
    if (number) {
        machine_run_on(points->machine, delete_job, number);
        g_hash_table_remove(points->numbers, &key);
    }
}

void points_clear(Points *points)
{
    if (g_hash_table_size(points->numbers)) {
        machine_run_on(points->machine, delete_all_job, NULL);
        g_hash_table_remove_all(points->numbers);
    }
}

/* --- what stopped the machine; it stands ------------------------------------------------------------- */

static const PointKey *find_number(const Points *points, unsigned number)
{
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, points->numbers);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (GPOINTER_TO_UINT(value) == number) {
            return key;
        }
    }
    return NULL;
}

bool points_have_hit(const Points *points)
{
    return debug_stops_hit(debug_stops_of(points->machine->cpu)) != NULL;
}

char *points_reason(const Points *points)
{
    static const char *const names[] = {
        [POINT_SOFTWARE] = "swbreak", [POINT_HARDWARE] = "hwbreak", [POINT_WRITE] = "watch",
        [POINT_READ] = "rwatch",      [POINT_ACCESS] = "awatch",
    };
    const StopHit *hit = debug_stops_hit(debug_stops_of(points->machine->cpu));
    const PointKey *key = hit ? find_number(points, hit->number) : NULL;
    if (!key) {
        return NULL;
    }
    return key->kind < POINT_WRITE
               ? g_strdup_printf("%s:;", names[key->kind])
               : g_strdup_printf("%s:%" G_GINT64_MODIFIER "x;", names[key->kind], hit->addr);
}
