/* SPDX-License-Identifier: MIT */
/*
 * The host's FPU of portable builds: none. Every result is a NaN, which no handler accepts, so that the
 * exact integer FPU does each operation. The functions are those of fpu_host_x86.h.
 */
#ifndef TARGET_PPC_FPU_HOST_NONE_H
#define TARGET_PPC_FPU_HOST_NONE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline void host_fpu_begin(unsigned rounding) { (void)rounding; }
static inline bool host_fpu_inexact(void) { return false; }
static inline void host_fpu_end(void) {}

static inline double host_fpu_load(const uint64_t *bits)
{
    double value;
    memcpy(&value, bits, sizeof(value));
    return value;
}

static inline uint64_t host_fpu_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static inline double host_fpu_none(double x, double y, double z)
{
    (void)x;
    (void)y;
    (void)z;
    return __builtin_nan("");
}

#define host_fpu_add(x, y) host_fpu_none(x, y, 0)
#define host_fpu_subtract(x, y) host_fpu_none(x, y, 0)
#define host_fpu_multiply(x, y) host_fpu_none(x, y, 0)
#define host_fpu_divide(x, y) host_fpu_none(x, y, 0)
#define host_fpu_multiply_add(x, y, z) host_fpu_none(x, y, z)
#define host_fpu_multiply_subtract(x, y, z) host_fpu_none(x, y, z)
#define host_fpu_pass(x) host_fpu_none(x, 0, 0)
#define host_fpu_round_to_single(x) host_fpu_none(x, 0, 0)

static inline uint32_t host_fpu_to_word(double x)
{
    (void)x;
    return UINT32_C(0x80000000);
}

#define host_fpu_truncate_to_word(x) host_fpu_to_word(x)

#endif
