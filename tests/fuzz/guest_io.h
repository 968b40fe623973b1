/* SPDX-License-Identifier: MIT */
/* A fuzzed guest's bus cycles, and the numbers that it takes from its input. */
#ifndef TESTS_FUZZ_GUEST_IO_H
#define TESTS_FUZZ_GUEST_IO_H

#include "memory/memory.h"

/* UniNorth's main bridge. */
#define CONFIG_ADDRESS UINT64_C(0xf2800000)
#define CONFIG_DATA UINT64_C(0xf2c00000)

static inline uint64_t load(hwaddr addr, unsigned size)
{
    uint64_t value = 0;
    address_space_load(address_space_memory(), addr, size, &value);
    return value;
}

static inline void store(hwaddr addr, unsigned size, uint64_t value)
{
    address_space_store(address_space_memory(), addr, size, value);
}

/* Little-endian registers. */
static inline void store_le(hwaddr addr, unsigned size, uint32_t value)
{
    store(addr, size,
          size == 4   ? __builtin_bswap32(value)
          : size == 2 ? __builtin_bswap16((uint16_t)value)
                      : value);
}

/* @size bytes of the configuration of the function in slot @slot; they do not cross a word. */
static inline void config_write(unsigned slot, unsigned reg, unsigned size, uint32_t value)
{
    store_le(CONFIG_ADDRESS, 4, 0x80000000u | slot << 11 | (reg & 0xfc));
    store_le(CONFIG_DATA + (reg & 3), size, value);
}

/* A little-endian number of @size bytes; behind the end of the input stand zeros. */
static inline uint32_t fuzz_take(const uint8_t **at, const uint8_t *end, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)(*at < end ? *(*at)++ : 0) << 8 * i;
    }
    return value;
}

#endif
