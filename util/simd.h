/* SPDX-License-Identifier: MIT */
/* What the program asks of the host's processor (design: -DHOST=x86-64-v3 or portable). */
#ifndef UTIL_SIMD_H
#define UTIL_SIMD_H

#include <stddef.h>

/* The feature that this build needs and the host lacks, or NULL. Before anything else runs. */
static inline const char *simd_missing_feature(void)
{
#ifndef CORE99_PORTABLE
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2")) {
        return "AVX2";
    }
    if (!__builtin_cpu_supports("bmi2")) {
        return "BMI2";
    }
    if (!__builtin_cpu_supports("fma")) {
        return "FMA";
    }
#endif
    return NULL;
}

#endif
