/* SPDX-License-Identifier: MIT */
/* Code too large for the host's predictors: large.py. */
#include "bench/linux/bench.h"

extern uint32_t large_code(void *memory);

static uint32_t large(uint32_t times)
{
    static uint8_t memory[16384] __attribute__((aligned(16)));
    uint32_t sum = 0;
    while (times--) {
        sum += large_code(memory);
    }
    return sum;
}

int main(int argc, char **argv)
{
    static const Work works[] = {{"large", large, 700}, {NULL, NULL, 0}};
    return bench_main(argc, argv, works);
}
