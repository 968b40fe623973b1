/* SPDX-License-Identifier: MIT */
/*
 * Timers: callbacks at instants of virtual time, ordered by (deadline, creation number).
 *
 * Host-side deadlines stand in a list of their own: they are given in guest time too, but no warp
 * ends at one and none is saved.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/log.h"

static int compare_timers(gconstpointer a, gconstpointer b, gpointer opaque)
{
    const Timer *x = a;
    const Timer *y = b;

    (void)opaque;
    if (x->deadline_ns != y->deadline_ns) {
        return x->deadline_ns < y->deadline_ns ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

void timers_init(Clock *clock)
{
    clock->timers = g_sequence_new(NULL);
    clock->host_timers = g_sequence_new(NULL);
}

static void forget_position(gpointer data, gpointer opaque)
{
    Timer *timer = data;

    (void)opaque;
    timer->position = NULL;
    timer->clock = NULL;
}

void timers_fini(Clock *clock)
{
    g_sequence_foreach(clock->timers, forget_position, NULL);
    g_sequence_foreach(clock->host_timers, forget_position, NULL);
    g_sequence_free(clock->timers);
    g_sequence_free(clock->host_timers);
}

static Timer *first_timer(GSequence *timers)
{
    GSequenceIter *first = g_sequence_get_begin_iter(timers);

    return g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
}

static uint64_t first_deadline(GSequence *timers)
{
    const Timer *timer = first_timer(timers);

    return timer ? timer->deadline_ns : CLOCK_NEVER;
}

uint64_t timers_next_ns(const Clock *clock) { return first_deadline(clock->timers); }

uint64_t timers_next_host_ns(const Clock *clock) { return first_deadline(clock->host_timers); }

void clock_foreach_timer(const Clock *clock, void (*fn)(void *opaque, const Timer *timer),
                         void *opaque)
{
    GSequenceIter *iter = g_sequence_get_begin_iter(clock->timers);
    for (; !g_sequence_iter_is_end(iter); iter = g_sequence_iter_next(iter)) {
        fn(opaque, g_sequence_get(iter));
    }
}

static void run_timer(Timer *timer)
{
    timer_del(timer);
    timer->callback(timer->opaque);
}

bool timers_run_due(Clock *clock, unsigned *budget)
{
    uint64_t now = clock_virtual_ns(clock);

    while (timers_next_ns(clock) <= now) {
        if (!*budget) {
            log_guest_error("clock", 0, "timers are armed for the past again and again");
            return false;
        }
        --*budget;
        run_timer(first_timer(clock->timers));
    }
    return true;
}

/* Each once: a callback that arms its timer for the past waits for the next look. */
void timers_run_host(Clock *clock, uint64_t now_ns)
{
    int left = g_sequence_get_length(clock->host_timers);

    while (left-- > 0 && timers_next_host_ns(clock) <= now_ns) {
        run_timer(first_timer(clock->host_timers));
    }
}

static void init_timer(Timer *timer, Clock *clock, TimerCallback *callback, void *opaque)
{
    *timer = (Timer){
        .clock = clock,
        .callback = callback,
        .opaque = opaque,
        .deadline_ns = CLOCK_NEVER,
    };
}

void timer_init_ns(Timer *timer, Clock *clock, TimerCallback *callback, void *opaque)
{
    init_timer(timer, clock, callback, opaque);
    timer->number = clock->next_timer_number++;
}

void timer_init_host(Timer *timer, Clock *clock, TimerCallback *callback, void *opaque)
{
    init_timer(timer, clock, callback, opaque);
    timer->is_host = true;
}

void timer_set_hurried(Timer *timer) { timer->is_hurried = true; }

bool timers_next_is_hurried(const Clock *clock)
{
    const Timer *timer = first_timer(clock->timers);

    return timer && timer->is_hurried;
}

void timer_fini(Timer *timer)
{
    timer_del(timer);
    timer->clock = NULL;
}

void timer_mod_ns(Timer *timer, uint64_t deadline_ns)
{
    Clock *clock = timer->clock;

    if (deadline_ns == timer->deadline_ns) {
        return;
    }
    if (deadline_ns == CLOCK_NEVER) {
        timer_del(timer);
        return;
    }
    timer->deadline_ns = deadline_ns;
    if (timer->position) {
        g_sequence_sort_changed(timer->position, compare_timers, NULL);
    } else {
        timer->position = g_sequence_insert_sorted(
            timer->is_host ? clock->host_timers : clock->timers, timer, compare_timers, NULL);
    }
    clock_changed(clock);
}

void timer_del(Timer *timer)
{
    if (timer->position) {
        g_sequence_remove(timer->position);
        timer->position = NULL;
        clock_changed(timer->clock);
    }
    timer->deadline_ns = CLOCK_NEVER;
}

bool timer_pending(const Timer *timer) { return timer->deadline_ns != CLOCK_NEVER; }

uint64_t timer_deadline_ns(const Timer *timer) { return timer->deadline_ns; }

/* --- state --------------------------------------------------------------------------------------- */

static void put_timer(GByteArray *out, const void *field, size_t size)
{
    const Timer *timer = field;

    (void)size;
    vmstate_put_u64(out, timer->deadline_ns);
}

static bool get_timer(VMStateReader *in, void *field, size_t size, Error **errp)
{
    uint64_t deadline_ns;

    (void)size;
    if (!vmstate_read_u64(in, &deadline_ns, errp)) {
        return false;
    }
    timer_mod_ns(field, deadline_ns);
    return true;
}

const VMStateInfo vmstate_info_timer = {.name = "timer", .put = put_timer, .get = get_timer};
