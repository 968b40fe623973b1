/* SPDX-License-Identifier: MIT */
/*
 * A toy processor with three devices that keeps the clock's contract as the real one does, and
 * hashes everything that its guest could see. Not modelled: any instruction set.
 */
#ifndef TESTS_UNIT_TOY_MACHINE_H
#define TESTS_UNIT_TOY_MACHINE_H

#include "time/clock.h"
#include "util/bits.h"
#include "util/hash.h"

#include <string.h>

#define TOY_TIMERS 3

typedef struct ToyMachine ToyMachine;

typedef struct ToyTimer {
    ToyMachine *machine;
    Timer timer;
    unsigned index;
} ToyTimer;

struct ToyMachine {
    Clock *clock;
    uint64_t deadline; /* the processor's copy */
    uint64_t lcg;      /* registers */
    uint64_t seen;     /* hash of what the guest saw */
    bool is_napping;
    bool has_interrupt;
    bool naps;  /* the guest naps now and then */
    bool pulls; /* timer 0 asks the host for a result */
    unsigned since_event;
    unsigned inputs;
    unsigned pulled;
    uint64_t host_result;
    bool is_over; /* replay has ended */
    bool is_ok;
    char *message;
    ToyTimer timers[TOY_TIMERS];
};

static inline void toy_see(ToyMachine *toy, uint64_t what, uint64_t value)
{
    toy->seen = hash_u64(toy->seen, what);
    toy->seen = hash_u64(toy->seen, value);
    toy->seen = hash_u64(toy->seen, *clock_icount(toy->clock));
    toy->seen = hash_u64(toy->seen, clock_virtual_ns(toy->clock));
}

static inline void toy_timer(void *opaque)
{
    ToyTimer *timer = opaque;
    ToyMachine *toy = timer->machine;

    toy_see(toy, 100 + timer->index, 0);
    toy->has_interrupt = timer->index != 1; /* one that does not end a nap */
    if (timer->index == 0 && toy->pulls) {
        uint8_t data[8];
        stq_be_p(data, ++toy->host_result * 77);
        input_take_now(toy->clock, "result", data, sizeof(data));
    }
}

static inline void toy_result(void *opaque, const uint8_t *data, size_t length)
{
    ToyMachine *toy = opaque;

    toy->pulled++;
    toy_see(toy, 200, hash_bytes(0, data, length));
}

static inline void toy_input(void *opaque, const uint8_t *data, size_t length)
{
    ToyMachine *toy = opaque;

    toy->inputs++;
    toy->has_interrupt = true;
    toy_see(toy, 300, hash_bytes(0, data, length));
    if (length && data[0] % 3 == 0) { /* due at this very instant */
        timer_mod_ns(&toy->timers[2].timer, clock_virtual_ns(toy->clock));
    }
}

static inline uint64_t toy_hash(void *opaque)
{
    const ToyMachine *toy = opaque;

    return hash_u64(hash_u64(toy->seen, toy->lcg), toy->is_napping) | 1;
}

static inline void toy_hash_parts(void *opaque, ClockHashPart *part, void *context)
{
    const ToyMachine *toy = opaque;

    part(context, "toy-seen", toy->seen);
    part(context, "toy-lcg", toy->lcg);
}

static inline void toy_replay_end(void *opaque, const char *message, bool ok)
{
    ToyMachine *toy = opaque;

    toy->is_over = true;
    toy->is_ok = ok;
    g_free(toy->message);
    toy->message = g_strdup(message);
}

static inline void toy_init(ToyMachine *toy, const char *icount)
{
    memset(toy, 0, sizeof(*toy));
    toy->clock = (Clock *)object_new(TYPE_CLOCK);
    toy->naps = true;
    toy->lcg = 12345;
    if (icount) {
        clock_configure_icount(toy->clock, icount, &error_abort);
    }
    for (unsigned i = 0; i < TOY_TIMERS; i++) {
        toy->timers[i].machine = toy;
        toy->timers[i].index = i;
        timer_init_ns(&toy->timers[i].timer, toy->clock, toy_timer, &toy->timers[i]);
    }
    input_register(toy->clock, "keys", toy_input, toy);
    input_register(toy->clock, "result", toy_result, toy);
    clock_set_hash_hook(toy->clock, toy_hash, toy);
    clock_set_hash_parts_hook(toy->clock, toy_hash_parts, toy);
    clock_set_replay_end_hook(toy->clock, toy_replay_end, toy);
}

static inline void toy_fini(ToyMachine *toy)
{
    for (unsigned i = 0; i < TOY_TIMERS; i++) {
        timer_fini(&toy->timers[i].timer);
    }
    g_free(toy->message);
    object_unref(toy->clock);
}

/* A device access: arms a timer, up to 65 us ahead. */
static inline void toy_access(ToyMachine *toy)
{
    uint64_t now = clock_virtual_ns(toy->clock);

    timer_mod_ns(&toy->timers[(toy->lcg >> 30) % TOY_TIMERS].timer,
                 now + ((toy->lcg >> 40) & 0xffff));
    toy_see(toy, 1, toy->lcg);
    toy->deadline = clock_deadline(toy->clock);
}

/* One instruction, its event point included. */
static inline void toy_step(ToyMachine *toy)
{
    uint64_t *icount = clock_icount(toy->clock);
    unsigned op;
    bool is_event;

    toy->lcg = toy->lcg * UINT64_C(6364136223846793005) + 1442695040888963407u;
    op = (unsigned)(toy->lcg >> 52);
    ++*icount;
    is_event = (op & 7) == 0 || ++toy->since_event == 1024;
    if (op < 4) {
        toy_access(toy);
        is_event = true;
    } else if (op == 4) {
        toy_see(toy, 2, 0); /* mftb */
    } else if (op == 8 && toy->naps) {
        toy->is_napping = true;
        timer_mod_ns(&toy->timers[0].timer, clock_virtual_ns(toy->clock) + 100000);
        toy->deadline = clock_deadline(toy->clock);
        is_event = true;
    }
    if (!is_event) {
        return;
    }
    toy->since_event = 0;
    if (*icount >= toy->deadline) {
        toy->deadline = clock_service(toy->clock);
    }
    if (toy->has_interrupt) {
        toy->has_interrupt = false;
        toy->is_napping = false;
        toy_see(toy, 3, 0);
    }
}

static inline void toy_nap(ToyMachine *toy)
{
    if (!clock_warp(toy->clock)) {
        return;
    }
    toy->deadline = clock_service(toy->clock);
    if (toy->has_interrupt) {
        toy->has_interrupt = false;
        toy->is_napping = false;
        toy_see(toy, 4, 0);
    }
}

/* Runs until stopped: by a kick, at the stop icount, or by the end of a replay. */
static inline void toy_run(ToyMachine *toy)
{
    Clock *clock = toy->clock;

    clock_set_running(clock, true);
    toy->deadline = clock_deadline(clock);
    while (!clock_kicked(clock)) {
        if (*clock_icount(clock) >= clock_stop_icount(clock)) {
            clock_set_running(clock, false);
            if (!clock_stop_reached(clock)) {
                break;
            }
            clock_set_running(clock, true);
            toy->deadline = clock_deadline(clock);
        } else if (toy->is_napping) {
            toy_nap(toy);
        } else {
            toy_step(toy);
        }
    }
    clock_kick_done(clock);
    clock_set_running(clock, false);
}

static inline void toy_run_to(ToyMachine *toy, uint64_t icount)
{
    clock_set_stop_icount(toy->clock, icount);
    while (*clock_icount(toy->clock) < icount) {
        toy_run(toy);
    }
    clock_set_stop_icount(toy->clock, CLOCK_NEVER);
}

#endif
