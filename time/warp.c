/* SPDX-License-Identifier: MIT */
/*
 * Warps: the CPU naps, virtual time moves on without instructions.
 *
 * Fixed mode with sleep=off jumps to the next timer at once. Otherwise the machine thread waits
 * until the host's clock says that the timer is due, or until an input comes: then the warp is as
 * long as the wait was, and the input's stamp says so to a replay.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"
#include "time/internal.h"

/* A nap that was interrupted by a kick goes on where it was. */
static const Pace *fixed_nap_begin(Clock *clock)
{
    Nap *nap = &clock->nap;
    uint64_t now = clock_virtual_ns(clock);

    if (!nap->valid || nap->icount != clock->icount || nap->pace.virtual_ns != now) {
        nap->valid = true;
        nap->icount = clock->icount;
        nap->pace = (Pace){.host_ns = clock_host_ns(clock), .virtual_ns = now};
    }
    return &nap->pace;
}

/* Where virtual time would be if the nap ended now. */
static uint64_t nap_ns(const Clock *clock, const Pace *pace)
{
    return pace->virtual_ns + (clock_host_ns(clock) - pace->host_ns);
}

/*
 * At least 1 ns, so that a service during a nap never has the stamp of the one before: a replay
 * could not tell which inputs came between them.
 */
static void cut_short(Clock *clock, uint64_t would_be_ns, uint64_t timer_ns)
{
    uint64_t now = clock_virtual_ns(clock);

    clock_advance_to(clock, CLAMP(would_be_ns, now + 1, timer_ns));
}

/*
 * A disk that is modelled slower than the host's is must not make the host wait: live mode goes ahead of the
 * wall clock for it, and steering slows the guest's instructions down for as long. Less than what steering
 * drops, and not so much that it would have to stop them.
 */
static uint64_t allowed_lead_ns(const Clock *clock)
{
    const uint64_t most = 70 * NANOSECONDS_PER_MILLISECOND;

    return clock->mode == CLOCK_LIVE && timers_next_is_hurried(clock) ? most : 0;
}

static bool wait_with_pace(Clock *clock, const Pace *pace, uint64_t timer_ns)
{
    for (;;) {
        uint64_t would_be_ns = nap_ns(clock, pace);
        uint64_t until;

        if (would_be_ns + allowed_lead_ns(clock) >= timer_ns) {
            clock_advance_to(clock, timer_ns);
            return true;
        }
        timers_run_host(clock, would_be_ns);
        until = MIN(timer_ns, timers_next_host_ns(clock));
        switch (inputs_wait(clock, until > would_be_ns ? until - would_be_ns : 0)) {
        case WAKE_KICK:
            return false;
        case WAKE_INPUT:
            cut_short(clock, nap_ns(clock, pace), timer_ns);
            return true;
        case WAKE_TIME:
            break;
        }
    }
}

/*
 * Virtual time stands still until an input comes; as far as host-side deadlines are concerned, all
 * of it has passed.
 */
static bool wait_without_pace(Clock *clock)
{
    WakeReason reason;

    timers_run_host(clock, CLOCK_NEVER - 1);
    do {
        reason = inputs_wait(clock, CLOCK_NEVER);
    } while (reason == WAKE_TIME);
    if (reason == WAKE_INPUT) {
        cut_short(clock, 0, CLOCK_NEVER);
    }
    return reason == WAKE_INPUT;
}

static bool wait_for_event(Clock *clock, uint64_t timer_ns)
{
    bool progress;

    if (clock->mode == CLOCK_FIXED) {
        return clock->sleeps ? wait_with_pace(clock, fixed_nap_begin(clock), timer_ns)
                             : wait_without_pace(clock);
    }
    progress = wait_with_pace(clock, steer_nap_begin(clock), timer_ns);
    steer_nap_end(clock);
    return progress;
}

static bool nap_takes_time(const Clock *clock)
{
    return !clock->is_impatient && (clock->mode == CLOCK_LIVE || clock->sleeps);
}

static bool live_warp(Clock *clock, uint64_t timer_ns)
{
    if (inputs_waiting(clock)) {
        cut_short(clock, 0, timer_ns);
        return true;
    }
    if (timer_ns != CLOCK_NEVER && !nap_takes_time(clock)) {
        clock_advance_to(clock, timer_ns);
        return true;
    }
    return !clock->is_impatient && wait_for_event(clock, timer_ns);
}

bool clock_warp(Clock *clock)
{
    uint64_t timer_ns = timers_next_ns(clock);

    if (clock_kicked(clock)) {
        return false;
    }
    if (timer_ns <= clock_virtual_ns(clock)) {
        return true;
    }
    return clock_is_replaying(clock) ? replay_warp(clock, timer_ns) : live_warp(clock, timer_ns);
}
