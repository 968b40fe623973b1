/* SPDX-License-Identifier: MIT */
/*
 * Stop points in time: an instruction count, exactly; a guest time, at the first event point at or after
 * it.
 *
 * Both are host-side deadlines: no guest timer, no warp ends at them (design.md 4).
 */
#include "debug/expression.h"
#include "debug/stop_sources.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct TimeStop {
    Timer timer;
    DebugStops *stops;
    unsigned number;
    uint64_t ns;
} TimeStop;

/* --- icount ----------------------------------------------------------------------------------------------- */

static uint64_t count_of(const void *opaque) { return *(const uint64_t *)opaque; }

static const StopSource icount_source = {.type = "icount", .icount = count_of, .free = g_free};

bool stop_source_icount(const Debugger *debugger, const char **text, StopPoint *point, Error **errp)
{
    uint64_t count, now = *clock_icount(debugger->machine->clock);
    ExpressionScope scope = {.debugger = debugger};
    if (!expression_evaluate(&scope, *text, text, &count, errp)) {
        return false;
    }
    if (count <= now) {
        return error_setg(errp, "%" PRIu64 " instructions are past: the guest stands at %" PRIu64,
                          count, now);
    }
    point->kind = CPU_STOP_EVENT;
    point->source = &icount_source;
    point->place = g_strdup_printf("icount %" PRIu64, count); /* "$icount + 10" means now */
    point->source_opaque = g_memdup2(&count, sizeof(count));
    return true;
}

/* --- time ------------------------------------------------------------------------------------------------- */

static void time_reached(void *opaque)
{
    TimeStop *stop = opaque;
    StopEvent event = {0};
    uint64_t now = clock_virtual_ns(stop->timer.clock);
    g_snprintf(event.text, sizeof(event.text), "guest time %" PRIu64 ".%09" PRIu64 " s",
               now / NANOSECONDS_PER_SECOND, now % NANOSECONDS_PER_SECOND);
    debug_stops_event(stop->stops, stop->number, &event);
}

static void listen(void *opaque, DebugStops *stops, unsigned number, bool on)
{
    TimeStop *stop = opaque;
    stop->stops = stops;
    stop->number = number;
    if (!on) {
        timer_del(&stop->timer);
    } else if (clock_virtual_ns(stop->timer.clock) < stop->ns) {
        timer_mod_ns(&stop->timer, stop->ns);
    }
}

static void time_stop_free(void *opaque)
{
    timer_fini(&((TimeStop *)opaque)->timer);
    g_free(opaque);
}

static const StopSource time_source = {.type = "time", .listen = listen, .free = time_stop_free};

/* "1.5s", "300ms", "20us", "7ns"; seconds without a unit. */
static bool parse_time(const char *word, uint64_t *ns, Error **errp)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};
    char *end;
    double value = g_ascii_strtod(word, &end);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_isdigit(*word) && g_str_equal(end, units[i].unit) &&
            value * units[i].ns < 9e18) {
            *ns = (uint64_t)(value * units[i].ns);
            return true;
        }
    }
    return error_setg(errp, "'%s': expected a guest time such as 1.5s, 300ms, 20us", word);
}

bool stop_source_time(const Debugger *debugger, const char **text, StopPoint *point, Error **errp)
{
    Clock *clock = debugger->machine->clock;
    uint64_t ns = 0;
    g_autofree char *word = stop_take_word(text);
    if (!parse_time(word, &ns, errp)) {
        return false;
    }
    if (ns <= clock_virtual_ns(clock)) {
        return error_setg(errp, "%s of guest time are past", word);
    }
    TimeStop *stop = g_new0(TimeStop, 1);
    stop->ns = ns;
    timer_init_host(&stop->timer, clock, time_reached, stop);
    point->kind = CPU_STOP_EVENT;
    point->source = &time_source;
    point->source_opaque = stop;
    return true;
}
