/* SPDX-License-Identifier: MIT */
/*
 * AltiVec in programs: copies and lengths of strings, pixels, a search for motion, a filter of samples, a
 * cipher, a checksum, and two kernels of single precision.
 */
#include "bench/linux/bench.h"

#include <altivec.h>

typedef vector unsigned char Bytes;
typedef vector unsigned short Halves;
typedef vector unsigned int Words;
typedef vector float Floats;

enum { SIZE = 16384 };
static uint8_t from[SIZE + 64] __attribute__((aligned(16))),
    to[SIZE + 64] __attribute__((aligned(16)));
static float reals[SIZE / 4 + 64] __attribute__((aligned(16)));

/* Bytes without zeros. */
static void prepare(void)
{
    uint32_t seed = 7;
    for (int i = 0; i < SIZE + 64; i++) {
        from[i] = (uint8_t)(bench_random(&seed) % 255 + 1);
        to[i] = 0;
    }
    for (int i = 0; i < SIZE / 4 + 64; i++) {
        reals[i] = (float)(bench_random(&seed) & 0xffff) / 65536.0f - 0.3f;
    }
}

static uint32_t checksum(const void *data, int words)
{
    const uint32_t *word = data;
    uint32_t sum = 0;
    for (int i = 0; i < words; i++) {
        sum = (sum << 5 | sum >> 27) ^ word[i];
    }
    return sum;
}

/* From any address: two quadwords make one. */
static uint32_t copy(uint32_t times)
{
    prepare();
    for (uint32_t n = 0; n < times; n++) {
        const uint8_t *source = from + (n & 31);
        Bytes control = vec_lvsl(0, source), last = vec_ld(0, source), next;
        for (int i = 0; i < SIZE; i += 16, last = next) {
            next = vec_ld(i + 16, source);
            vec_st(vec_perm(last, next, control), i, to);
        }
    }
    return checksum(to, SIZE / 4);
}

/* The end of strings of many lengths. */
static uint32_t lengths(uint32_t times)
{
    uint32_t sum = 0, seed = 3;
    const Bytes zero = vec_splat_u8(0);
    prepare();
    while (times--) {
        uint32_t end = bench_random(&seed) % SIZE;
        uint8_t kept = from[end];
        from[end] = 0;
        int i = 0;
        while (!vec_any_eq(vec_ld(i, from), zero)) {
            i += 16;
        }
        while (from[i]) {
            i++;
        }
        sum = sum * 31 + (uint32_t)i;
        from[end] = kept;
    }
    return sum;
}

/* Four pixels over four others, by an alpha each. */
static uint32_t pixels(uint32_t times)
{
    const Bytes alphas = {0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12};
    const Bytes order = {0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30};
    const Halves half = vec_splat((Halves){128}, 0);
    prepare();
    while (times--) {
        for (int i = 0; i < SIZE; i += 16) {
            Bytes top = vec_ld(i, from), under = vec_ld(i, to);
            Bytes alpha = vec_perm(top, top, alphas), rest = vec_nor(alpha, alpha);
            Halves even = vec_adds(vec_mule(top, alpha), vec_mule(under, rest));
            Halves odd = vec_adds(vec_mulo(top, alpha), vec_mulo(under, rest));
            vec_st(vec_perm((Bytes)vec_adds(even, half), (Bytes)vec_adds(odd, half), order), i, to);
        }
    }
    return checksum(to, SIZE / 4);
}

/* Where a block of 16 by 16 differs least from its surroundings. */
static uint32_t motion(uint32_t times)
{
    enum { WIDTH = 128 };
    uint32_t best = UINT32_MAX, sum = 0;
    union {
        vector signed int all;
        uint32_t word[4];
    } total;
    prepare();
    while (times--) {
        for (int place = 0; place < 64; place++) {
            const uint8_t *there = from + place % 32 * 3 + place / 32 * WIDTH;
            Bytes control = vec_lvsl(0, there);
            Words differences = vec_splat_u32(0);
            for (int row = 0; row < 16; row++) {
                Bytes x = vec_ld(row * WIDTH + 4096, from);
                Bytes y = vec_perm(vec_ld(row * WIDTH, there), vec_ld(row * WIDTH + 15, there),
                                   control);
                differences = vec_sum4s(vec_sub(vec_max(x, y), vec_min(x, y)), differences);
            }
            total.all = vec_sums((vector signed int)differences, vec_splat_s32(0));
            best = total.word[3] < best ? total.word[3] : best;
        }
        sum = sum * 31 + best;
        from[4096 + times % 2048]++;
        best = UINT32_MAX;
    }
    return sum;
}

/* 32 taps over samples of 16 bits, saturating. */
static uint32_t samples(uint32_t times)
{
    const int16_t *signal = (const int16_t *)from;
    vector signed short taps[4];
    union {
        vector signed int all;
        int32_t word[4];
    } total;
    prepare();
    for (int i = 0; i < 4; i++) {
        taps[i] = vec_ld(16 * i + 256, signal);
    }
    while (times--) {
        for (int i = 0; i < SIZE / 2 - 32; i += 4) {
            const int16_t *at = signal + i;
            Bytes control = vec_lvsl(0, (const uint8_t *)at);
            vector signed short last = vec_ld(0, at);
            vector signed int sum = vec_splat_s32(0);
            for (int k = 0; k < 4; k++) {
                vector signed short next = vec_ld(16 * k + 15, at);
                sum = vec_msums(vec_perm(last, next, control), taps[k], sum);
                last = next;
            }
            total.all = vec_sums(sum, vec_splat_s32(0));
            ((int32_t *)to)[i / 4] = total.word[3];
        }
        from[times % SIZE] ^= 5;
    }
    return checksum(to, SIZE / 8 - 8);
}

#define QUARTER(a, b, c, d)                                                                        \
    do {                                                                                           \
        a = vec_add(a, b), d = vec_rl(vec_xor(d, a), by16);                                        \
        c = vec_add(c, d), b = vec_rl(vec_xor(b, c), by12);                                        \
        a = vec_add(a, b), d = vec_rl(vec_xor(d, a), by8);                                         \
        c = vec_add(c, d), b = vec_rl(vec_xor(b, c), by7);                                         \
    } while (0)

/* ChaCha20, a block at a time. */
static uint32_t cipher(uint32_t times)
{
    const Words by16 = vec_splat_u32(-16), by12 = vec_splat_u32(12), by8 = vec_splat_u32(8);
    const Words by7 = vec_splat_u32(7), one = {1, 0, 0, 0};
    prepare();
    Words *data = (Words *)to;
    Words key[4] = {{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574},
                    vec_ld(0, (const uint32_t *)from),
                    vec_ld(16, (const uint32_t *)from),
                    vec_ld(32, (const uint32_t *)from)};
    for (uint32_t n = 0; n < times; n++) {
        Words a = key[0], b = key[1], c = key[2], d = key[3];
        for (int round = 0; round < 10; round++) {
            QUARTER(a, b, c, d);
            b = vec_sld(b, b, 4), c = vec_sld(c, c, 8), d = vec_sld(d, d, 12);
            QUARTER(a, b, c, d);
            b = vec_sld(b, b, 12), c = vec_sld(c, c, 8), d = vec_sld(d, d, 4);
        }
        Words *block = data + n * 4 % (SIZE / 16);
        block[0] = vec_xor(block[0], vec_add(a, key[0]));
        block[1] = vec_xor(block[1], vec_add(b, key[1]));
        block[2] = vec_xor(block[2], vec_add(c, key[2]));
        block[3] = vec_xor(block[3], vec_add(d, key[3]));
        key[3] = vec_add(key[3], one);
    }
    return checksum(to, SIZE / 4);
}

/* Adler-32: sums of bytes, and of bytes by their places. */
static uint32_t adler(uint32_t times)
{
    const Bytes places = {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    enum { PIECE = 4096, MODULUS = 65521 };
    uint32_t low = 1, high = 0;
    prepare();
    while (times--) {
        for (int piece = 0; piece < SIZE; piece += PIECE) {
            Words sums = vec_splat_u32(0), before = sums, weighted = sums, zero = sums;
            for (int i = 0; i < PIECE; i += 16) {
                Bytes x = vec_ld(piece + i, from);
                before = vec_add(before, sums);
                sums = vec_sum4s(x, sums);
                weighted = vec_msum(x, places, weighted);
            }
            before = vec_add(vec_sl(before, vec_splat_u32(4)), weighted);
            union {
                vector signed int all;
                uint32_t word[4];
            } all_low, all_high;
            all_low.all = vec_sums((vector signed int)sums, (vector signed int)zero);
            all_high.all = vec_sums((vector signed int)before, (vector signed int)zero);
            high = (high + PIECE * low + all_high.word[3]) % MODULUS;
            low = (low + all_low.word[3]) % MODULUS;
        }
    }
    return high << 16 | low;
}

/* A matrix of four by four times vectors. */
static uint32_t vectors(uint32_t times)
{
    float *result = (float *)to;
    const Floats zero = (Floats)vec_splat_u32(0);
    prepare();
    Floats x = vec_ld(0, reals), y = vec_ld(16, reals), z = vec_ld(32, reals),
           w = vec_ld(48, reals);
    while (times--) {
        for (int i = 0; i < SIZE; i += 16) {
            Floats v = vec_ld(i, reals);
            Floats sum = vec_madd(x, vec_splat(v, 0), zero);
            sum = vec_madd(y, vec_splat(v, 1), sum);
            sum = vec_madd(z, vec_splat(v, 2), sum);
            vec_st(vec_madd(w, vec_splat(v, 3), sum), i, result);
        }
        reals[times % 64] = 0.5f - reals[(times + 5) % 64];
    }
    return checksum(to, SIZE / 4);
}

/* A filter of eight taps over four channels; clipped. */
static uint32_t channels(uint32_t times)
{
    float *result = (float *)to;
    const Floats zero = (Floats)vec_splat_u32(0), top = vec_ctf(vec_splat_s32(1), 0);
    Floats taps[8];
    prepare();
    for (int k = 0; k < 8; k++) {
        taps[k] = vec_splat(vec_ld(64 + 16 * k, reals), 1);
    }
    while (times--) {
        for (int i = 0; i < SIZE; i += 16) {
            Floats sum = zero;
            for (int k = 0; k < 8; k++) {
                sum = vec_madd(vec_ld(i + 16 * k, reals), taps[k], sum);
            }
            sum = vec_sub(vec_add(sum, top), top);
            vec_st(vec_min(vec_max(sum, zero), top), i, result);
        }
        reals[times % 128] = 0.25f - reals[(times + 9) % 128];
    }
    return checksum(to, SIZE / 4);
}

int main(int argc, char **argv)
{
    static const Work works[] = {
        {"vcopy", copy, 40000},        {"vlengths", lengths, 80000},
        {"vpixels", pixels, 10000},    {"vmotion", motion, 12000},
        {"vsamples", samples, 2500},   {"vcipher", cipher, 400000},
        {"vadler", adler, 30000},      {"vmatrix", vectors, 4000},
        {"vchannels", channels, 2000}, {NULL, NULL, 0},
    };
    return bench_main(argc, argv, works);
}
