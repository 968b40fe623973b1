/* SPDX-License-Identifier: MIT */
/*
 * Nested functions whose address is taken: gcc writes code to the stack, flushes the caches over it
 * (dcbf, sync, icbi, isync) and calls it. The same stack holds new code each time round.
 * Source: none (own design).
 */
#include <stdio.h>
#include <stdlib.h>

typedef int Call(int);

static __attribute__((noinline)) int twice(Call *call, int x) { return call(call(x)); }

static __attribute__((noinline)) int with_captures(int depth, int factor)
{
    int calls = 0;
    int step(int x)
    {
        calls++;
        return x * factor + depth;
    }
    int result = twice(step, depth);
    if (depth > 0) {
        result ^= with_captures(depth - 1, factor + 2);
    }
    return result + calls;
}

static void sorted(int direction)
{
    int values[16], comparisons = 0;
    int order(const void *a, const void *b)
    {
        comparisons++;
        return direction * (*(const int *)a - *(const int *)b);
    }
    for (int i = 0; i < 16; i++) {
        values[i] = i * 7919 % 101;
    }
    qsort(values, 16, sizeof(int), order);
    printf("sorted %d:", direction);
    for (int i = 0; i < 16; i++) {
        printf(" %d", values[i]);
    }
    printf(" (%s)\n", comparisons > 15 ? "compared" : "not compared");
}

int main(void)
{
    unsigned sum = 0;
    for (int round = 0; round < 2000; round++) {
        sum = sum * 31 + (unsigned)with_captures(round % 20, round % 9);
    }
    printf("sum %08x\n", sum);
    sorted(1);
    sorted(-1);
    return 0;
}
