/* SPDX-License-Identifier: MIT */
/*
 * Live mode: about every 10 ms of host time spent executing, the rate is set so that virtual time
 * follows the wall clock. The new rate is an input like any other, "clock-rate": stamped, recorded.
 *
 * A lag is made up over 100 ms, within 1/4 to 4 times the measured speed; over 500 ms it is dropped.
 *
 * Source: none (own design; design.md "Time").
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/bits.h"
#include "util/trace.h"

#define RATE_INPUT_NAME "clock-rate"
#define PERIOD_NS (10 * NANOSECONDS_PER_MILLISECOND)
#define CATCH_UP_NS (100 * NANOSECONDS_PER_MILLISECOND)
#define LAG_DROPPED_NS (500 * NANOSECONDS_PER_MILLISECOND)
/* Between two looks, this much means that the host slept or that nobody was executing. */
#define PAUSE_NS (200 * NANOSECONDS_PER_MILLISECOND)
#define LOOK_INSNS 20000 /* reading the host's clock costs about 50 of them */

static void rate_input(void *opaque, const uint8_t *data, size_t length)
{
    uint64_t rate = length == sizeof(rate) ? ldq_be_p(data) : 0;

    if (rate >= CLOCK_RATE_MIN && rate <= CLOCK_RATE_MAX) {
        clock_set_rate(opaque, rate);
    }
}

void steer_init(Clock *clock)
{
    clock->steering.measured = clock->rate;
    input_register(clock, RATE_INPUT_NAME, rate_input, clock);
}

void steer_forget(Clock *clock)
{
    clock->steering.wall_valid = false;
    clock->steering.mark_valid = false;
}

static void set_mark(Clock *clock, uint64_t host_ns)
{
    clock->steering.mark_valid = true;
    clock->steering.mark_host_ns = host_ns;
    clock->steering.mark_icount = clock->icount;
}

/* Add what was executed since the mark to the measurement. */
static void account(Clock *clock, uint64_t host_ns)
{
    Steering *steering = &clock->steering;
    uint64_t elapsed_ns = host_ns - steering->mark_host_ns;

    if (!steering->mark_valid || elapsed_ns > PAUSE_NS || clock->icount < steering->mark_icount) {
        steering->spent_ns = 0;
        steering->spent_insns = 0;
    } else {
        steering->spent_ns += elapsed_ns;
        steering->spent_insns += clock->icount - steering->mark_icount;
    }
    set_mark(clock, host_ns);
}

/* How far virtual time is behind the wall clock (negative: ahead); re-bases it if too far. */
static int64_t wall_lag(Clock *clock, uint64_t host_ns)
{
    Steering *steering = &clock->steering;
    uint64_t now = clock_virtual_ns(clock);
    int64_t lag = (int64_t)(steering->wall.virtual_ns + (host_ns - steering->wall.host_ns) - now);

    if (!steering->wall_valid || lag > (int64_t)LAG_DROPPED_NS || lag < -(int64_t)LAG_DROPPED_NS) {
        steering->wall_valid = true;
        steering->wall = (Pace){.host_ns = host_ns, .virtual_ns = now};
        return 0;
    }
    return lag;
}

/* At most twice or half the last value: the host may have run something else for a while. */
static void measure(Steering *steering)
{
    unsigned __int128 spent = (unsigned __int128)steering->spent_ns << 32;
    unsigned __int128 measured = spent / steering->spent_insns;

    measured = CLAMP(measured, steering->measured / 2, steering->measured * 2);
    steering->measured = (uint64_t)CLAMP(measured, CLOCK_RATE_MIN, CLOCK_RATE_MAX);
    steering->spent_ns = 0;
    steering->spent_insns = 0;
}

static uint64_t wanted_rate(uint64_t measured, int64_t lag)
{
    __int128 rate = measured + (__int128)measured * lag / (int64_t)CATCH_UP_NS;

    rate = CLAMP(rate, (__int128)(measured / 4), (__int128)measured * 4);
    return (uint64_t)CLAMP(rate, (__int128)CLOCK_RATE_MIN, (__int128)CLOCK_RATE_MAX);
}

static void post_rate(Clock *clock, uint64_t rate)
{
    uint64_t change = rate > clock->rate ? rate - clock->rate : clock->rate - rate;
    uint8_t data[sizeof(rate)];

    if (change <= clock->rate / 64) {
        return; /* the lag that this makes brings the next change */
    }
    TRACE(clock_steer, "rate %" G_GUINT64_FORMAT " -> %" G_GUINT64_FORMAT, clock->rate, rate);
    stq_be_p(data, rate);
    input_post(clock, RATE_INPUT_NAME, data, sizeof(data));
}

void steer_service(Clock *clock)
{
    Steering *steering = &clock->steering;
    uint64_t host_ns;
    int64_t lag;

    if (clock->mode != CLOCK_LIVE || clock_is_replaying(clock) ||
        (steering->mark_valid && clock->icount - steering->mark_icount < LOOK_INSNS)) {
        return;
    }
    host_ns = clock_host_ns(clock);
    account(clock, host_ns);
    lag = wall_lag(clock, host_ns);
    if (steering->spent_ns < PERIOD_NS || !steering->spent_insns) {
        return;
    }
    measure(steering);
    post_rate(clock, wanted_rate(steering->measured, lag));
}

const Pace *steer_nap_begin(Clock *clock)
{
    uint64_t host_ns = clock_host_ns(clock);

    account(clock, host_ns);
    wall_lag(clock, host_ns);
    return &clock->steering.wall;
}

void steer_nap_end(Clock *clock) { set_mark(clock, clock_host_ns(clock)); }
