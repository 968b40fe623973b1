/* SPDX-License-Identifier: MIT */
/* The 64-bit hash of guest state: same value on every host, compiler and build type. */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Hash of @size bytes, chained from @seed (0 to start). */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t size);
uint64_t hash_u64(uint64_t seed, uint64_t value);

#endif
