/* SPDX-License-Identifier: MIT */
/*
 * The clock chip's count as CUDA and PMU report it: seconds since 1904-01-01, modulo 2^32. A device
 * keeps only the difference that its guest set (0 at power-on).
 *
 * Source: mac99.md 6.3, 6.5. Reading may be an input of live mode: never at realize or reset.
 */
#ifndef HW_MISC_MAC_RTC_H
#define HW_MISC_MAC_RTC_H

#include "time/clock.h"

#define MAC_RTC_EPOCH UINT32_C(2082844800) /* 1970-01-01 as seconds since 1904-01-01 */

static inline uint32_t mac_rtc_read(uint32_t difference)
{
    return (uint32_t)clock_rtc_seconds(machine_clock()) + MAC_RTC_EPOCH + difference;
}

/* The difference that makes mac_rtc_read() give @seconds now. */
static inline uint32_t mac_rtc_difference(uint32_t seconds) { return seconds - mac_rtc_read(0); }

#endif
