/* SPDX-License-Identifier: MIT */
/*
 * The clock: instruction count, virtual time, the next deadline, and what happens at an event point.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"

#include "time/internal.h"

/* The first guess of live mode, 5 ns an instruction: the first steering comes 10 ms later. */
#define FIRST_RATE (UINT64_C(5) << 32)
/* What one event point may do before the guest goes on. */
#define TIMERS_PER_SERVICE 1000
#define INPUTS_PER_SERVICE 1000

Clock *machine_clock(void) { return (Clock *)object_core("clock", TYPE_CLOCK); }

uint64_t *clock_icount(Clock *clock) { return &clock->icount; }

const ClockView *clock_view(const Clock *clock) { return &clock->view; }

uint64_t clock_virtual_ns(Clock *clock) { return clock_view_ns(&clock->view, clock->icount); }

uint64_t clock_icount_at(Clock *clock, uint64_t ns)
{
    unsigned __int128 insns, icount;

    if (ns == CLOCK_NEVER) {
        return CLOCK_NEVER;
    }
    if (ns <= clock_virtual_ns(clock)) {
        return clock->icount;
    }
    insns = ((unsigned __int128)(ns - clock->base_ns) << 32) + clock->rate - 1;
    icount = clock->base_icount + insns / clock->rate;
    return icount < CLOCK_NEVER ? (uint64_t)icount : CLOCK_NEVER;
}

uint64_t clock_host_ns(const Clock *clock)
{
    if (clock->hooks.host_ns) {
        return clock->hooks.host_ns(clock->hooks.host_ns_opaque);
    }
    return (uint64_t)g_get_monotonic_time() * 1000;
}

void clock_set_host_clock(Clock *clock, uint64_t (*host_ns)(void *opaque), void *opaque)
{
    clock->hooks.host_ns = host_ns;
    clock->hooks.host_ns_opaque = opaque;
}

void clock_changed(Clock *clock) { clock->is_deadline_known = false; }

void clock_set_rate(Clock *clock, uint64_t rate)
{
    clock->base_ns = clock_virtual_ns(clock);
    clock->base_icount = clock->icount;
    clock->rate = rate;
    clock_changed(clock);
}

void clock_advance_to(Clock *clock, uint64_t ns)
{
    clock->base_ns += ns - clock_virtual_ns(clock);
    clock_changed(clock);
}

/* --- deadlines ----------------------------------------------------------------------------------- */

static uint64_t work_out_deadline(Clock *clock)
{
    uint64_t deadline = clock_icount_at(clock, timers_next_ns(clock));

    deadline = MIN(deadline, clock_icount_at(clock, timers_next_host_ns(clock)));
    deadline = MIN(deadline, replay_deadline(clock));
    deadline = MIN(deadline, record_next_check(clock));
    return MIN(deadline, clock->slice_end);
}

uint64_t clock_stop_icount(const Clock *clock)
{
    uint64_t stop = MIN(MIN(clock->stop_icount, clock->break_icount), clock->look_icount);

    return G_LIKELY(!clock->replay) ? stop : MIN(stop, replay_stop_icount(clock));
}

/* Early enough that no event point lies between the deadline and the stop. */
static uint64_t stop_deadline(const Clock *clock)
{
    uint64_t stop = clock_stop_icount(clock);

    if (stop <= CLOCK_EVENT_DISTANCE || clock->icount >= stop - CLOCK_EVENT_DISTANCE) {
        return stop;
    }
    return stop == CLOCK_NEVER ? stop : stop - CLOCK_EVENT_DISTANCE;
}

uint64_t clock_deadline(Clock *clock)
{
    if (clock_kicked(clock)) {
        return 0;
    }
    if (!clock->is_deadline_known) {
        clock->known_deadline = work_out_deadline(clock);
        clock->is_deadline_known = true;
    }
    return MIN(clock->known_deadline, stop_deadline(clock));
}

void clock_set_stop_icount(Clock *clock, uint64_t icount) { clock->stop_icount = icount; }

void clock_set_break_icount(Clock *clock, uint64_t icount) { clock->break_icount = icount; }

uint64_t clock_break_icount(const Clock *clock) { return clock->break_icount; }

bool clock_stop_reached(Clock *clock)
{
    if (clock->icount >= clock->look_icount) {
        clock->look_icount = clock->hooks.look(clock->hooks.look_opaque);
    }
    return replay_stop_reached(clock) && clock->icount < clock->stop_icount &&
           clock->icount < clock->break_icount && clock->icount < clock->look_icount;
}

void clock_set_look(Clock *clock, uint64_t icount, uint64_t (*hook)(void *opaque), void *opaque)
{
    clock->look_icount = icount;
    clock->hooks.look = hook;
    clock->hooks.look_opaque = opaque;
}

void clock_set_slice(Clock *clock, uint64_t insns)
{
    clock->slice = CLAMP(insns, 1, CLOCK_SLICE_INSNS);
    clock->slice_end = clock->icount + clock->slice;
    clock_changed(clock);
}

void clock_kick(Clock *clock)
{
    g_atomic_int_set(&clock->kicked, 1);
    inputs_wake(clock);
}

bool clock_kicked(Clock *clock) { return g_atomic_int_get(&clock->kicked) != 0; }

void clock_kick_done(Clock *clock) { g_atomic_int_set(&clock->kicked, 0); }

void clock_set_patience(Clock *clock, bool is_patient) { clock->is_impatient = !is_patient; }

bool clock_is_running(const Clock *clock) { return clock->is_running; }

void clock_set_running(Clock *clock, bool is_running)
{
    clock->is_running = is_running;
    steer_forget(clock);
}

/* --- event points -------------------------------------------------------------------------------- */

static bool take_one_input(Clock *clock)
{
    return clock_is_replaying(clock) ? replay_take_one(clock) : inputs_take_one(clock);
}

/*
 * Due timers always come before the next input, also those that an input has just armed: which
 * inputs had arrived together on the host then makes no difference to their order.
 */
static void take_events(Clock *clock)
{
    unsigned timers = TIMERS_PER_SERVICE;
    unsigned inputs = INPUTS_PER_SERVICE;

    while (timers_run_due(clock, &timers) && inputs) {
        if (!take_one_input(clock)) {
            return;
        }
        inputs--;
    }
    clock->slice_end = clock->icount; /* the next event point goes on */
    clock_changed(clock);
}

uint64_t clock_service(Clock *clock)
{
    g_assert(clock->event_depth == 0);
    clock->slice_end = clock->icount + clock->slice;
    clock_changed(clock);
    clock->event_depth++;
    record_check(clock);
    replay_service(clock);
    steer_service(clock);
    timers_run_host(clock, clock_virtual_ns(clock));
    take_events(clock);
    clock->event_depth--;
    record_flush(clock);
    return clock_deadline(clock);
}

/* --- hooks --------------------------------------------------------------------------------------- */

void clock_set_hash_hook(Clock *clock, uint64_t (*hook)(void *opaque), void *opaque)
{
    clock->hooks.hash = hook;
    clock->hooks.hash_opaque = opaque;
    clock_changed(clock);
}

void clock_set_hash_parts_hook(Clock *clock, ClockHashParts *hook, void *opaque)
{
    clock->hooks.parts = hook;
    clock->hooks.parts_opaque = opaque;
}

void clock_set_replay_end_hook(Clock *clock,
                               void (*hook)(void *opaque, const char *message, bool ok),
                               void *opaque)
{
    clock->hooks.replay_end = hook;
    clock->hooks.replay_end_opaque = opaque;
}

uint64_t clock_state_hash(const Clock *clock)
{
    return clock->hooks.hash ? clock->hooks.hash(clock->hooks.hash_opaque) : 0;
}

/* --- state --------------------------------------------------------------------------------------- */

static bool clock_post_load(void *opaque, uint32_t version, Error **errp)
{
    Clock *clock = opaque;

    (void)version;
    if (clock->base_icount > clock->icount) {
        return error_setg(errp, "the clock's base lies behind its count");
    }
    if (clock->fixed_rate && clock->rate != clock->fixed_rate) {
        return error_setg(errp, "the state was saved with another -icount shift");
    }
    clock->slice_end = clock->icount + clock->slice;
    clock->nap.valid = false;
    steer_forget(clock);
    clock_changed(clock);
    return true;
}

static const VMStateField clock_fields[] = {
    VMSTATE_TRANSIENT(view, Clock, "the next four under another name"),
    VMSTATE_UINT64(icount, Clock),
    VMSTATE_UINT64(base_icount, Clock),
    VMSTATE_UINT64(base_ns, Clock),
    {.name = "rate",
     .kind = VMS_UINT,
     .offset = VMSTATE_CHECK_TYPE(Clock, rate, uint64_t),
     .size = sizeof(uint64_t),
     .count = 1,
     .min = CLOCK_RATE_MIN,
     .max = CLOCK_RATE_MAX},
    VMSTATE_UINT64(rtc_base_ns, Clock),
    VMSTATE_BOOL(rtc_known, Clock),
    VMSTATE_TRANSIENT(mode, Clock, "configuration"),
    VMSTATE_TRANSIENT(sleeps, Clock, "configuration"),
    VMSTATE_TRANSIENT(fixed_rate, Clock, "configuration"),
    VMSTATE_TRANSIENT(rtc_base, Clock, "configuration"),
    VMSTATE_TRANSIENT(rtc_date_ns, Clock, "configuration"),
    VMSTATE_TRANSIENT(slice, Clock, "when the host looks, never what the guest sees"),
    VMSTATE_TRANSIENT(slice_end, Clock, "when the host looks"),
    VMSTATE_TRANSIENT(stop_icount, Clock, "the user's"),
    VMSTATE_TRANSIENT(break_icount, Clock, "the user's"),
    VMSTATE_TRANSIENT(look_icount, Clock, "the user's"),
    VMSTATE_TRANSIENT(known_deadline, Clock, "derived"),
    VMSTATE_TRANSIENT(is_deadline_known, Clock, "derived"),
    VMSTATE_TRANSIENT(is_running, Clock, "the machine's"),
    VMSTATE_TRANSIENT(is_impatient, Clock, "whose thread executes"),
    VMSTATE_TRANSIENT(event_depth, Clock, "0 between instructions"),
    VMSTATE_TRANSIENT(kicked, Clock, "a request to the host's loop"),
    VMSTATE_TRANSIENT(timers, Clock, "saved by their devices"),
    VMSTATE_TRANSIENT(host_timers, Clock, "the host's"),
    VMSTATE_TRANSIENT(next_timer_number, Clock, "the board is made in the same order"),
    VMSTATE_TRANSIENT(inputs, Clock, "the outside; not yet taken"),
    VMSTATE_TRANSIENT(steering, Clock, "host time"),
    VMSTATE_TRANSIENT(nap, Clock, "host time"),
    VMSTATE_TRANSIENT(hooks, Clock, "callbacks"),
    VMSTATE_TRANSIENT(record, Clock, "the log"),
    VMSTATE_TRANSIENT(replay, Clock, "the log"),
    VMSTATE_END_OF_LIST(),
};

const VMStateDescription vmstate_clock = {
    .name = "clock",
    .version = 1,
    .minimum_version = 1,
    .post_load = clock_post_load,
    .fields = clock_fields,
};

static void clock_init(Object *obj)
{
    Clock *clock = (Clock *)obj;

    clock->rate = FIRST_RATE;
    clock->slice = CLOCK_SLICE_INSNS;
    clock->slice_end = clock->slice;
    clock->stop_icount = CLOCK_NEVER;
    clock->break_icount = CLOCK_NEVER;
    clock->look_icount = CLOCK_NEVER;
    timers_init(clock);
    inputs_init(clock);
    steer_init(clock);
    rtc_init(clock);
}

static void clock_finalize(Object *obj)
{
    Clock *clock = (Clock *)obj;

    record_free(clock);
    replay_free(clock);
    inputs_fini(clock);
    timers_fini(clock);
}

static const TypeInfo clock_info = {
    .name = TYPE_CLOCK,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Clock),
    .instance_init = clock_init,
    .instance_finalize = clock_finalize,
};
DEFINE_TYPE(clock_info)
