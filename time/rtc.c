/* SPDX-License-Identifier: MIT */
/*
 * Wall-clock time as guest RTCs see it: a base plus virtual time (-rtc).
 *
 * A base taken from the host's clock is an input, "rtc-base": read once, recorded.
 *
 * Source: none (own design); option names as in qemu(1). Not modelled: clock=host and clock=rt
 * (virtual time follows the host's clock in live mode), driftfix=slew.
 */
#include "time/clock.h"
#include "time/internal.h"
#include "util/bits.h"
#include "util/options.h"

#include <stdio.h>
#include <string.h>

#define FIXED_BASE_SECONDS UINT64_C(1072915200) /* 2004-01-01T00:00:00 UTC */
#define LAST_YEAR 2500 /* 64 bits of ns since 1970 reach a little further */

static const OptionDesc rtc_options[] = {
    {"base", "string", "utc, localtime or YYYY-MM-DD[THH:MM:SS]"},
    {"clock", "string", "vm only: the RTC runs with virtual time"},
    {"driftfix", "string", "none only"},
    {NULL, NULL, NULL},
};

static void rtc_input(void *opaque, const uint8_t *data, size_t length)
{
    Clock *clock = opaque;

    if (length == sizeof(clock->rtc_base_ns)) {
        clock->rtc_base_ns = ldq_be_p(data);
        clock->rtc_known = true;
    }
}

void rtc_init(Clock *clock) { input_register(clock, RTC_INPUT_NAME, rtc_input, clock); }

bool rtc_is_host(const Clock *clock)
{
    switch (clock->rtc_base) {
    case RTC_DEFAULT:
        return clock->mode == CLOCK_LIVE;
    case RTC_UTC:
    case RTC_LOCALTIME:
        return true;
    case RTC_DATE:
        return false;
    }
    g_assert_not_reached();
}

void rtc_resolve(Clock *clock)
{
    clock->rtc_known = !rtc_is_host(clock);
    clock->rtc_base_ns = 0;
    if (clock->rtc_base == RTC_DATE) {
        clock->rtc_base_ns = clock->rtc_date_ns;
    } else if (clock->rtc_known) {
        clock->rtc_base_ns = FIXED_BASE_SECONDS * NANOSECONDS_PER_SECOND;
    } else if (clock->mode == CLOCK_FIXED) {
        warn_report("-rtc base=%s reads the host's clock: runs with -icount will differ",
                    clock->rtc_base == RTC_UTC ? "utc" : "localtime");
    }
}

static uint64_t host_wall_ns(const Clock *clock)
{
    uint64_t ns = (uint64_t)g_get_real_time() * 1000;

    if (clock->rtc_base == RTC_LOCALTIME) {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        ns += (uint64_t)g_date_time_get_utc_offset(now) * 1000;
    }
    return ns;
}

void rtc_read_host(Clock *clock)
{
    uint8_t data[sizeof(uint64_t)];

    if (!rtc_is_host(clock)) {
        return;
    }
    stq_be_p(data,
             clock->rtc_known ? clock->rtc_base_ns : host_wall_ns(clock) - clock_virtual_ns(clock));
    input_take_now(clock, RTC_INPUT_NAME, data, sizeof(data));
}

uint64_t clock_rtc_seconds(Clock *clock)
{
    if (!clock->rtc_known) {
        rtc_read_host(clock);
    }
    return (clock->rtc_base_ns + clock_virtual_ns(clock)) / NANOSECONDS_PER_SECOND;
}

char *rtc_describe(const Clock *clock)
{
    if (rtc_is_host(clock)) {
        return g_strdup(clock->rtc_base == RTC_LOCALTIME ? "localtime" : "utc");
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT, clock->rtc_base_ns / NANOSECONDS_PER_SECOND);
}

/* --- options ------------------------------------------------------------------------------------- */

/* YYYY-MM-DD[THH:MM:SS], nothing else behind it. */
static bool parse_date(const char *text, uint64_t *ns, Error **errp)
{
    int year, month, day, hour = 0, minute = 0, second = 0, date_end = 0, end = 0;
    g_autoptr(GDateTime) date = NULL;

    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &date_end) == 3 && text[date_end]) {
        sscanf(text + date_end, "T%2d:%2d:%2d%n", &hour, &minute, &second, &end);
    }
    if (date_end && !text[date_end + end]) {
        date = g_date_time_new_utc(year, month, day, hour, minute, second);
    }
    if (!date) {
        return error_setg(errp, "base must be utc, localtime or YYYY-MM-DD[THH:MM:SS], not '%s'",
                          text);
    }
    if (year < 1970 || year > LAST_YEAR) {
        return error_setg(errp, "base must lie in the years 1970 to %d, not '%s'", LAST_YEAR, text);
    }
    *ns = (uint64_t)g_date_time_to_unix(date) * NANOSECONDS_PER_SECOND;
    return true;
}

static bool set_base(Clock *clock, const char *base, Error **errp)
{
    if (!base) {
        return true;
    }
    if (g_str_equal(base, "utc")) {
        clock->rtc_base = RTC_UTC;
        return true;
    }
    if (g_str_equal(base, "localtime")) {
        clock->rtc_base = RTC_LOCALTIME;
        return true;
    }
    if (!parse_date(base, &clock->rtc_date_ns, errp)) {
        return false;
    }
    clock->rtc_base = RTC_DATE;
    return true;
}

static bool only_value(const Options *options, const char *key, const char *only, Error **errp)
{
    const char *value = options_get(options, key);

    return !value || g_str_equal(value, only)
               ? true
               : error_setg(errp, "%s=%s is not available: use %s=%s", key, value, key, only);
}

bool clock_configure_rtc(Clock *clock, const char *text, Error **errp)
{
    g_autoptr(Options) options = options_parse(text, "base", rtc_options, errp);

    if (!options || !only_value(options, "clock", "vm", errp) ||
        !only_value(options, "driftfix", "none", errp) ||
        !set_base(clock, options_get(options, "base"), errp)) {
        return false;
    }
    rtc_resolve(clock);
    return true;
}
