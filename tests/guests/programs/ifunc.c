/* SPDX-License-Identifier: MIT */
/*
 * String functions that the C library's start-up code chooses by AT_HWCAP: GNU indirect functions, here
 * with an AltiVec and a plain variant each. Prints which one runs and what it does.
 *
 * Source: none (own design). Debian 12's C library for powerpc has no indirect functions of its own
 * (`readelf -s libc.so.6` shows none), so these stand in for them: same relocations, same code before
 * main(), the vector string loops that a 74xx would get.
 */
#include <altivec.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

typedef void *Copy(void *to, const void *from, size_t size);
typedef size_t Length(const char *text);

enum { HWCAP_ALTIVEC = 0x10000000, SIZE = 600 };

static void *plain_copy(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;
    while (size--) {
        *d++ = *s++;
    }
    return to;
}

static void *vector_copy(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;
    for (; size && ((uintptr_t)d & 15); size--) {
        *d++ = *s++;
    }
    vector unsigned char control = vec_lvsl(0, s);
    for (; size >= 16; size -= 16, s += 16, d += 16) {
        vec_dst(s + 64, 0x02010020, 0);
        vec_st(vec_perm(vec_ld(0, s), vec_ld(15, s), control), 0, d);
    }
    vec_dss(0);
    plain_copy(d, s, size);
    return to;
}

static size_t plain_length(const char *text)
{
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    return length;
}

/* Aligned vectors never cross into another page. */
static size_t vector_length(const char *text)
{
    const vector unsigned char zero = vec_splat_u8(0);
    const char *at = text;
    for (; (uintptr_t)at & 15; at++) {
        if (!*at) {
            return (size_t)(at - text);
        }
    }
    while (vec_all_ne(vec_ld(0, (const unsigned char *)at), zero)) {
        at += 16;
    }
    return (size_t)(at - text) + plain_length(at);
}

static int has_altivec(void) { return __builtin_cpu_supports("altivec"); }
static Copy *choose_copy(void) { return has_altivec() ? vector_copy : plain_copy; }
static Length *choose_length(void) { return has_altivec() ? vector_length : plain_length; }

void *chosen_copy(void *to, const void *from, size_t size) __attribute__((ifunc("choose_copy")));
size_t chosen_length(const char *text) __attribute__((ifunc("choose_length")));

static char from[SIZE + 64] __attribute__((aligned(64))), to[SIZE + 64];

/* Mistakes among all sizes and alignments. */
static int copies(void)
{
    int wrong = 0;
    for (size_t size = 0; size < SIZE; size += 1 + size / 16) {
        for (size_t offset = 0; offset < 256; offset++) {
            memset(to, 0x55, sizeof(to));
            chosen_copy(to + offset % 16, from + offset / 16, size);
            wrong += memcmp(to + offset % 16, from + offset / 16, size) != 0;
            wrong += to[offset % 16 + size] != 0x55;
        }
    }
    return wrong;
}

static int lengths(void)
{
    int wrong = 0;
    for (size_t end = 0; end < SIZE; end++) {
        char kept = from[end];
        from[end] = 0;
        for (size_t begin = 0; begin <= end && begin < 40; begin++) {
            wrong += chosen_length(from + begin) != end - begin;
            wrong += strlen(from + begin) != end - begin;
        }
        from[end] = kept;
    }
    return wrong;
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(from); i++) {
        from[i] = (char)(1 + i * 37 % 255);
    }
    printf("altivec %d, chosen: %s\n", (getauxval(AT_HWCAP) & HWCAP_ALTIVEC) != 0,
           has_altivec() ? "vector" : "plain");
    printf("wrong copies %d\n", copies());
    printf("wrong lengths %d\n", lengths());
    return 0;
}
