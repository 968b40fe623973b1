/* SPDX-License-Identifier: MIT */
/*
 * The 64-bit hash of guest state.
 *
 * Source: the XXH64 algorithm as its specification describes it (four lanes of 64-bit multiply and
 * rotate, then a final mix); checked against its published test values. Own implementation.
 */
#include "util/hash.h"

#include "util/bits.h"

#define PRIME_1 UINT64_C(0x9e3779b185ebca87)
#define PRIME_2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define PRIME_3 UINT64_C(0x165667b19e3779f9)
#define PRIME_4 UINT64_C(0x85ebca77c2b2ae63)
#define PRIME_5 UINT64_C(0x27d4eb2f165667c5)

#define STRIPE 32

static inline uint64_t rol64(uint64_t value, unsigned n) { return value << n | value >> (64 - n); }

static inline uint64_t mix_lane(uint64_t lane, uint64_t input)
{
    return rol64(lane + input * PRIME_2, 31) * PRIME_1;
}

static inline uint64_t merge_lane(uint64_t hash, uint64_t lane)
{
    return (hash ^ mix_lane(0, lane)) * PRIME_1 + PRIME_4;
}

static inline uint64_t mix_u64(uint64_t hash, uint64_t input)
{
    return rol64(hash ^ mix_lane(0, input), 27) * PRIME_1 + PRIME_4;
}

static inline uint64_t avalanche(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}

/* The whole stripes of @p; four independent lanes keep the multiplier busy. */
static uint64_t hash_stripes(uint64_t seed, const uint8_t *p, const uint8_t *end)
{
    uint64_t a = seed + PRIME_1 + PRIME_2;
    uint64_t b = seed + PRIME_2;
    uint64_t c = seed;
    uint64_t d = seed - PRIME_1;
    uint64_t hash;

    for (; p < end; p += STRIPE) {
        a = mix_lane(a, ldq_le_p(p));
        b = mix_lane(b, ldq_le_p(p + 8));
        c = mix_lane(c, ldq_le_p(p + 16));
        d = mix_lane(d, ldq_le_p(p + 24));
    }
    hash = rol64(a, 1) + rol64(b, 7) + rol64(c, 12) + rol64(d, 18);
    hash = merge_lane(hash, a);
    hash = merge_lane(hash, b);
    hash = merge_lane(hash, c);
    return merge_lane(hash, d);
}

/* The last 0 to 31 bytes. */
static uint64_t hash_tail(uint64_t hash, const uint8_t *p, size_t size)
{
    for (; size >= 8; p += 8, size -= 8) {
        hash = mix_u64(hash, ldq_le_p(p));
    }
    if (size >= 4) {
        hash = rol64(hash ^ ldl_le_p(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
        p += 4;
        size -= 4;
    }
    for (; size; p++, size--) {
        hash = rol64(hash ^ *p * PRIME_5, 11) * PRIME_1;
    }
    return avalanche(hash);
}

uint64_t hash_bytes(uint64_t seed, const void *data, size_t size)
{
    const uint8_t *p = data ? data : ""; /* nothing may be nowhere */
    size_t whole = size - size % STRIPE;
    uint64_t hash = whole ? hash_stripes(seed, p, p + whole) : seed + PRIME_5;

    return hash_tail(hash + size, p + whole, size - whole);
}

uint64_t hash_u64(uint64_t seed, uint64_t value)
{
    return avalanche(mix_u64(seed + PRIME_5 + sizeof(value), value));
}
