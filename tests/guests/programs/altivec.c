/* SPDX-License-Identifier: MIT */
/*
 * A program that uses AltiVec as programs do: unaligned copies, pixels, sums, a matrix product, a filter,
 * a search; and, in Java mode, denormals, which a 74xx leaves to the kernel's assist handler.
 * The output is the same on every machine. Source: none (own design).
 */
#include <altivec.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ALIGNED __attribute__((aligned(16)))
enum { BYTES = 4096, FLOATS = 1024 };

static uint8_t bytes[BYTES + 64] ALIGNED, copy[BYTES + 64] ALIGNED;
static float floats[FLOATS + 16] ALIGNED, filtered[FLOATS] ALIGNED;

static uint32_t chance = 12345;

static uint32_t any(void) { return chance = chance * 1664525u + 1013904223u; }

static uint32_t sum_of(const void *data, size_t size)
{
    const uint8_t *p = data;
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ p[i]) * 16777619u;
    }
    return hash;
}

/* Sixteen bytes from anywhere. */
static vector unsigned char load(const uint8_t *from)
{
    return vec_perm(vec_ld(0, from), vec_ld(15, from), vec_lvsl(0, from));
}

static void unaligned_copies(void)
{
    for (int offset = 0; offset < 16; offset++) {
        for (int i = 0; i < BYTES; i += 16) {
            vec_st(load(bytes + offset + i), i, copy);
        }
        printf("copy %2d %08x\n", offset, (unsigned)sum_of(copy, BYTES));
    }
}

static void pixels(void)
{
    vector unsigned char a, b;
    for (int i = 0; i < BYTES; i += 32) {
        a = vec_ld(i, bytes);
        b = vec_ld(i + 16, bytes);
        vec_st((vector unsigned char)vec_packpx((vector unsigned int)a, (vector unsigned int)b),
               i / 2, copy);
        vec_st(vec_adds(a, b), 2048 + i / 2, copy);
    }
    printf("pixels %08x\n", (unsigned)sum_of(copy, BYTES));
    for (int i = 0; i < BYTES; i += 16) {
        vector unsigned char x = vec_ld(i, bytes), y = vec_subs(x, vec_splat_u8(7));
        x = vec_sel(vec_avg(x, y), vec_max(x, y), (vector unsigned char)vec_cmpgt(x, y));
        vec_st(vec_mergeh(x, vec_mergel(x, y)), i, copy);
    }
    printf("blend %08x\n", (unsigned)sum_of(copy, BYTES));
}

static void sums(void)
{
    vector unsigned int total = vec_splat_u32(0);
    vector signed int products = vec_splat_s32(0), across;
    for (int i = 0; i < BYTES; i += 16) {
        vector unsigned char x = vec_ld(i, bytes);
        total = vec_sum4s(x, total);
        products = vec_msums((vector signed short)x, vec_splat_s16(3), products);
        total = vec_msum(x, vec_splat_u8(2), total);
    }
    across = vec_sums(products, (vector signed int)total);
    union {
        vector signed int v;
        int32_t s[4];
    } out = {.v = across}, sum = {.v = (vector signed int)total};
    printf("sums %d %u %u\n", (int)out.s[3], (unsigned)sum.s[0], (unsigned)sum.s[3]);
}

static int find(const uint8_t *from, uint8_t wanted)
{
    union {
        uint8_t s[16];
        vector unsigned char v;
    } all;
    memset(all.s, wanted, 16);
    for (int i = 0; i < BYTES; i += 16) {
        if (vec_any_eq(vec_ld(i, from), all.v)) {
            return i;
        }
    }
    return -1;
}

static void floating_point(void)
{
    for (int i = 0; i < FLOATS + 16; i++) {
        floats[i] = (float)((int32_t)any() >> 8) / 65536.0f;
    }
    const vector float zero = (vector float)vec_splat_u32(0);
    for (int i = 0; i + 16 < FLOATS; i += 4) {
        vector float sum = zero;
        for (int k = 0; k < 4; k++) {
            vector float weight = vec_ctf(vec_splat_s32(3), 2);
            sum = vec_madd(vec_ld(4 * (i + 4 * k), floats), weight, sum);
        }
        sum = vec_min(sum, vec_ctf(vec_splat_s32(15), 0));
        vec_st(vec_add(vec_round(sum), vec_nmsub(sum, sum, vec_floor(sum))), 4 * i, filtered);
    }
    printf("filter %08x\n", (unsigned)sum_of(filtered, sizeof(filtered)));
    vector signed int words = vec_cts(vec_ld(0, floats), 8);
    vector unsigned int positive = vec_ctu(vec_ld(0, floats), 3);
    vec_st((vector unsigned char)words, 0, copy);
    vec_st((vector unsigned char)positive, 16, copy);
    vec_st((vector unsigned char)vec_re(vec_ld(16, floats)), 32, copy);
    printf("convert %08x\n", (unsigned)sum_of(copy, 48));
    printf("compare %d %d\n", vec_all_le(vec_ld(0, floats), vec_ld(0, floats)),
           vec_any_lt(vec_ld(0, floats), vec_ld(16, floats)));
}

static void print_words(const char *what, vector float value)
{
    union {
        vector float v;
        uint32_t s[4];
    } out = {.v = value};
    printf("%s %08x %08x %08x %08x\n", what, (unsigned)out.s[0], (unsigned)out.s[1],
           (unsigned)out.s[2], (unsigned)out.s[3]);
}

static void denormals(const char *mode, uint32_t vscr)
{
    union {
        uint32_t s[4];
        vector unsigned int v;
    } status = {{0, 0, 0, vscr}}, a = {{0x00000001, 0x807fffff, 0x00800000, 0x3f800000}},
      b = {{0x00400000, 0x00800000, 0x80400000, 0x00000003}};
    vector float x = (vector float)a.v, y = (vector float)b.v;
    vec_mtvscr(status.v);
    __asm__ volatile("" : "+v"(x), "+v"(y)); /* nothing is worked out by the compiler, or before */
    printf("%s\n", mode);
    print_words("add", vec_add(x, y));
    print_words("sub", vec_sub(x, y));
    print_words("madd", vec_madd(x, x, y));
    print_words("nmsub", vec_nmsub(x, y, x));
    print_words("max", vec_max(x, y));
    print_words("re", vec_re(vec_add(x, x)));
    print_words("ceil", vec_ceil(y));
    print_words("cts", (vector float)vec_cts(y, 31));
}

int main(void)
{
    for (int i = 0; i < BYTES + 64; i++) {
        bytes[i] = (uint8_t)(any() >> 24);
    }
    unaligned_copies();
    pixels();
    sums();
    printf("find %d %d\n", find(bytes, 0x5a), find(copy + 16 * 100, 0xe7));
    floating_point();
    denormals("non-Java", 0x10000);
    denormals("Java", 0);
    return 0;
}
