/* SPDX-License-Identifier: MIT */
/* What the benchmark programs of the guest share: a table of named work, and marks around it. */
#ifndef BENCH_LINUX_BENCH_H
#define BENCH_LINUX_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Work {
    const char *name;
    uint32_t (*run)(
        uint32_t times); /* returns something of the result, so that it is not left out */
    uint32_t times;
} Work;

/* A generator of the same numbers everywhere. */
static inline uint32_t bench_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* At a fixed rate virtual time counts instructions: bench/run.py divides. */
static inline uint64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The work named on the command line (NAME or NAME=TIMES), or all of @works: bench/run.py reads the marks. */
static inline int bench_main(int count, char **names, const Work *works)
{
    for (const Work *work = works; work->name; work++) {
        uint32_t times = count > 1 ? 0 : work->times;
        for (int i = 1; i < count; i++) {
            size_t length = strcspn(names[i], "=");
            if (strncmp(names[i], work->name, length) == 0 && !work->name[length]) {
                times = names[i][length] ? (uint32_t)atoi(names[i] + length + 1) : work->times;
            }
        }
        if (times) {
            printf("@begin %s %u\n", work->name, times);
            fflush(stdout);
            uint64_t start = bench_now_ns();
            uint32_t result = work->run(times);
            uint64_t end = bench_now_ns();
            printf("@end %s %08x %llu\n", work->name, result, (unsigned long long)(end - start));
            fflush(stdout);
        }
    }
    return 0;
}

#endif
