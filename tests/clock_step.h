/* SPDX-License-Identifier: MIT */
/* Guest time that passes without a processor: timers run, each at its instant. For tests and fuzzers. */
#ifndef TESTS_CLOCK_STEP_H
#define TESTS_CLOCK_STEP_H

#include "time/clock.h"

static inline void clock_step(Clock *clock, uint64_t ns)
{
    uint64_t *icount = clock_icount(clock);
    uint64_t end = clock_icount_at(clock, clock_virtual_ns(clock) + ns);

    while (clock_deadline(clock) < end) {
        *icount = MAX(*icount, clock_deadline(clock));
        clock_service(clock);
    }
    *icount = end;
    clock_service(clock);
}

#endif
