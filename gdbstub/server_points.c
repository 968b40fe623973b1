/* SPDX-License-Identifier: MIT */
/*
 * The client's breakpoints, beside those of the console in the processor's set.
 *
 * Source: none (own design). Not modelled: watchpoints; a breakpoint that the console deletes while
 * the client has one at the same address stops nobody any more.
 */
#include "gdbstub/server_internal.h"

enum { MOST_POINTS = 65536 };

typedef struct Point {
    unsigned kinds; /* bit PointKind */
    bool was_there; /* the console has one here */
} Point;

struct Points {
    MachineState *machine;
    GHashTable *points; /* address -> Point */
};

Points *points_new(MachineState *machine)
{
    Points *points = g_new(Points, 1);
    *points = (Points){machine, g_hash_table_new_full(NULL, NULL, NULL, g_free)};
    return points;
}

void points_free(Points *points)
{
    points_clear(points);
    g_hash_table_unref(points->points);
    g_free(points);
}

static Point *find(const Points *points, target_addr address)
{
    return g_hash_table_lookup(points->points, GUINT_TO_POINTER(address));
}

/* The processor's set belongs to the token holder. */
typedef struct Change {
    target_addr address;
    bool is_set, was_there;
} Change;

static void change_set(MachineState *machine, void *opaque)
{
    Change *change = opaque;
    void *key = GUINT_TO_POINTER(change->address);
    if (change->is_set) {
        change->was_there = !g_hash_table_add(machine->cpu->breakpoints, key);
    } else {
        g_hash_table_remove(machine->cpu->breakpoints, key);
    }
}

bool points_insert(Points *points, PointKind kind, target_addr address)
{
    Point *point = find(points, address);
    if (!point) {
        Change change = {.address = address, .is_set = true};
        if (g_hash_table_size(points->points) >= MOST_POINTS) {
            return false;
        }
        machine_run_on(points->machine, change_set, &change);
        point = g_new0(Point, 1);
        point->was_there = change.was_there;
        g_hash_table_insert(points->points, GUINT_TO_POINTER(address), point);
    }
    point->kinds |= 1u << kind;
    return true;
}

static void take_from_processor(const Points *points, target_addr address, const Point *point)
{
    if (!point->was_there) {
        machine_run_on(points->machine, change_set, &(Change){.address = address});
    }
}

void points_remove(Points *points, PointKind kind, target_addr address)
{
    Point *point = find(points, address);
    if (!point) {
        return;
    }
    point->kinds &= ~(1u << kind);
    if (!point->kinds) {
        take_from_processor(points, address, point);
        g_hash_table_remove(points->points, GUINT_TO_POINTER(address));
    }
}

void points_clear(Points *points)
{
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, points->points);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        take_from_processor(points, GPOINTER_TO_UINT(key), value);
        g_hash_table_iter_remove(&iter);
    }
}

const char *points_at(const Points *points, target_addr address)
{
    const Point *point = find(points, address);
    if (!point) {
        return NULL;
    }
    return point->kinds & 1u << POINT_SOFTWARE ? "swbreak" : "hwbreak";
}
