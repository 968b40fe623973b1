/* SPDX-License-Identifier: MIT */
/*
 * AltiVec loops for bench/altivec: altivec-bench KERNEL ROUNDS, a round over 16 KiB. KERNEL is copy
 * (unaligned loads), blend (bytes, saturating), filter (multiply-add of singles) or none.
 * Source: none (own design).
 */
#include <altivec.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 16384 };

static uint8_t from[SIZE + 64] __attribute__((aligned(16))), to[SIZE] __attribute__((aligned(16)));
static float singles[SIZE / 4 + 16] __attribute__((aligned(16)));

static void copy(void)
{
    const uint8_t *source = from + 5;
    vector unsigned char control = vec_lvsl(0, source), last = vec_ld(0, source), next;
    for (int i = 0; i < SIZE; i += 16, last = next) {
        next = vec_ld(i + 16, source);
        vec_st(vec_perm(last, next, control), i, to);
    }
}

static void blend(void)
{
    const vector unsigned char seven = vec_splat_u8(7);
    for (int i = 0; i < SIZE; i += 16) {
        vector unsigned char x = vec_ld(i, from), y = vec_ld(i + 16, from);
        vector unsigned char sum = vec_adds(x, vec_subs(y, seven));
        vec_st(vec_sel(vec_avg(x, y), sum, (vector unsigned char)vec_cmpgt(x, y)), i, to);
    }
}

static void filter(void)
{
    const vector float half = vec_ctf(vec_splat_s32(1), 1), quarter = vec_ctf(vec_splat_s32(1), 2);
    for (int i = 0; i < SIZE; i += 16) {
        vector float sum = vec_madd(vec_ld(i, singles), half, vec_ld(i + 16, singles));
        sum = vec_madd(sum, quarter, half);
        vec_st(vec_add(vec_nmsub(sum, quarter, half), sum), i, (float *)to);
    }
}

static void none(void) {}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } kernels[] = {{"copy", copy}, {"blend", blend}, {"filter", filter}, {"none", none}};
    long rounds = argc > 2 ? strtol(argv[2], NULL, 0) : 0;
    for (unsigned i = 0; i < SIZE; i++) {
        from[i] = (uint8_t)(i * 7 / 5);
    }
    for (int i = 0; i < SIZE / 4 + 16; i++) {
        singles[i] = (float)i * 0.37f;
    }
    for (unsigned i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        if (argc > 1 && strcmp(argv[1], kernels[i].name) == 0) {
            for (long round = 0; round < rounds; round++) {
                kernels[i].run();
            }
            printf("%s %ld %u\n", kernels[i].name, rounds, to[1234]);
            return 0;
        }
    }
    return 1;
}
