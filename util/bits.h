/* SPDX-License-Identifier: MIT */
/* Bits, fields and byte order: no undefined shifts, no casts of byte order. */
#ifndef UTIL_BITS_H
#define UTIL_BITS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t hwaddr;      /* guest physical address */
typedef uint32_t target_addr; /* guest effective address */
typedef uint64_t ram_addr;    /* offset in the space of all RAMBlocks */

#define BIT(n) (1u << (n))
#define BIT64(n) (UINT64_C(1) << (n))
#define container_of(ptr, type, member)                                                            \
    ((type *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

static inline uint32_t extract32(uint32_t value, unsigned start, unsigned length)
{
    return (value >> start) & (UINT32_MAX >> (32 - length));
}

static inline uint64_t extract64(uint64_t value, unsigned start, unsigned length)
{
    return (value >> start) & (UINT64_MAX >> (64 - length));
}

static inline uint32_t deposit32(uint32_t value, unsigned start, unsigned length, uint32_t field)
{
    uint32_t mask = (UINT32_MAX >> (32 - length)) << start;
    return (value & ~mask) | ((field << start) & mask);
}

/* Sign-extend the low @length bits of @value. */
static inline int32_t sextract32(uint32_t value, unsigned start, unsigned length)
{
    return (int32_t)(value << (32 - length - start)) >> (32 - length);
}

static inline uint32_t rol32(uint32_t value, unsigned n)
{
    return value << (n & 31) | value >> (-n & 31);
}

static inline bool is_power_of_2(uint64_t value) { return value && !(value & (value - 1)); }

/* The least power of two that is not below @value (1 to 2^63). */
static inline uint64_t pow2_ceil(uint64_t value)
{
    return value <= 1 ? 1 : UINT64_C(1) << (64 - __builtin_clzll(value - 1));
}

static inline uint64_t align_down(uint64_t value, uint64_t to) { return value & ~(to - 1); }

static inline uint64_t align_up(uint64_t value, uint64_t to)
{
    return align_down(value + to - 1, to);
}

/* Loads and stores of a named byte order at any alignment. */
static inline uint16_t lduw_be_p(const void *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return __builtin_bswap16(v);
}

static inline uint32_t ldl_be_p(const void *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

static inline uint64_t ldq_be_p(const void *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

static inline uint16_t lduw_le_p(const void *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}

static inline uint32_t ldl_le_p(const void *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static inline uint64_t ldq_le_p(const void *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline void stw_be_p(void *p, uint16_t v)
{
    v = __builtin_bswap16(v);
    memcpy(p, &v, 2);
}

static inline void stl_be_p(void *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, 4);
}

static inline void stq_be_p(void *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, 8);
}

static inline void stw_le_p(void *p, uint16_t v) { memcpy(p, &v, 2); }

static inline void stl_le_p(void *p, uint32_t v) { memcpy(p, &v, 4); }

static inline void stq_le_p(void *p, uint64_t v) { memcpy(p, &v, 8); }

#endif
