/* SPDX-License-Identifier: MIT */
/*
 * When a guest makes no progress, and why.
 *
 * Progress is: output on the serial port, code in more than a few pages, a program in user mode, a nap that
 * an interrupt can end, waiting for characters. What is left is judged by its looks: a nap that nothing ends,
 * exceptions without end, a device register polled, a loop with interrupts disabled, a panic that was printed.
 * A loop with interrupts enabled is never reported: an idle system may be one.
 *
 * Source: none (own design; users.md 2 #1, 4.7). Not seen: progress on a disk or a network alone (no such
 * device is built yet).
 */
#include "monitor/stall.h"

#include "memory/access_stats.h"
#include "target-ppc/cpu.h"
#include "util/error.h"

#include <inttypes.h>
#include <string.h>

enum { LOOKS = 8, PAGES = 4, REPORTS_MAX = 5, VECTORS = 32 };
enum { STORM_INSNS = 16, POLL_INSNS = 5000, POLL_COUNT_MAX = 2048 };

struct StallWatch {
    Debugger *debugger;
    uint64_t period_ns;
    void (*report)(void *opaque, const char *line);
    void *opaque;
    Timer timer;
    unsigned reports;
    bool asks_input;   /* the register accessed most since the last look is the serial port's */
    bool was_reported; /* of this stall */
    /* since the last progress */
    unsigned looks, naps, masked, polls;
    uint64_t since_ns, since_icount, since_exceptions;
    uint32_t pages[PAGES];
    unsigned page_count;
    AccessCount polled;
    uint64_t look_icount;
    /* what was printed */
    uint64_t output, seen_output;
    char line[STALL_LINE_MAX];
    unsigned line_length;
    char panic[STALL_LINE_MAX]; /* "": none seen */
    const char *system;         /* NULL: none seen */
    /* for info why */
    uint64_t shown_counts[VECTORS], shown_icount, shown_ns;
};

static PpcEnv *env_of(const StallWatch *watch) { return &POWERPC_CPU(watch->debugger->cpu)->env; }

/* --- what the guest prints ------------------------------------------------------------------------------ */

static void judge_line(StallWatch *watch)
{
    static const struct {
        const char *text, *system;
        bool is_panic;
    } signs[] = {
        {"OpenBIOS", "OpenBIOS", false},
        {"Linux version", "Linux", false},
        {"Darwin Kernel Version", "XNU", false},
        {"Kernel panic - not syncing", "Linux", true},
        {"panic(cpu", "XNU", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        const char *found = strstr(watch->line, signs[i].text);
        if (!found) {
            continue;
        }
        watch->system = signs[i].system;
        if (signs[i].is_panic && !watch->panic[0]) {
            g_strlcpy(watch->panic, found, sizeof(watch->panic));
        } else if (!signs[i].is_panic) {
            watch->panic[0] = '\0'; /* it booted anew */
        }
    }
}

void stall_watch_output(StallWatch *watch, const uint8_t *data, size_t length)
{
    watch->output += length;
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n' || watch->line_length == STALL_LINE_MAX - 1) {
            watch->line[watch->line_length] = '\0';
            judge_line(watch);
            watch->line_length = 0;
        }
        if (g_ascii_isprint(data[i])) {
            watch->line[watch->line_length++] = (char)data[i];
        }
    }
}

/* --- looking -------------------------------------------------------------------------------------------- */

static uint64_t exceptions_so_far(const StallWatch *watch)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < VECTORS; i++) {
        sum += env_of(watch)->exception_counts[i];
    }
    return sum;
}

static void progressed(StallWatch *watch)
{
    watch->looks = watch->naps = watch->masked = watch->polls = watch->page_count = 0;
    watch->since_ns = clock_virtual_ns(watch->debugger->machine->clock);
    watch->since_icount = *env_of(watch)->icount;
    watch->since_exceptions = exceptions_so_far(watch);
    watch->seen_output = watch->output;
    watch->was_reported = false;
}

/* True: one of the few pages of this stall. */
static bool note_page(StallWatch *watch, uint32_t pc)
{
    uint32_t page = pc / PPC_CODE_PAGE_SIZE;
    for (unsigned i = 0; i < watch->page_count; i++) {
        if (watch->pages[i] == page) {
            return true;
        }
    }
    if (watch->page_count == PAGES) {
        return false;
    }
    watch->pages[watch->page_count++] = page;
    return true;
}

/* The counts are of accesses since the last look. */
static void note_polling(StallWatch *watch)
{
    AccessCount busiest;
    uint64_t insns = *env_of(watch)->icount - watch->look_icount;
    bool is_input = access_stats_busiest(&busiest) && g_str_has_prefix(busiest.name, "escc");
    watch->asks_input = is_input;
    bool is_busy = access_stats_busiest(&busiest) && busiest.count > 16 &&
                   busiest.count >= MIN(insns / POLL_INSNS, (uint64_t)POLL_COUNT_MAX);
    bool is_same = is_busy && (watch->polls == 0 || busiest.addr == watch->polled.addr);
    watch->polls = is_same ? watch->polls + 1 : 0;
    if (is_busy) {
        uint64_t before = is_same && watch->polls > 1 ? watch->polled.count : 0;
        watch->polled = busiest;
        watch->polled.count += before;
    }
    access_stats_clear();
}

/* A receiver is asked for characters, however rarely: somebody is to type. */
static bool waits_for_input(const StallWatch *watch) { return watch->asks_input; }

static bool makes_progress(StallWatch *watch)
{
    const PpcEnv *env = env_of(watch);
    bool may_wake = ppc_msr(env, MSR_EE);
    if (watch->output != watch->seen_output) {
        return true;
    }
    if (watch->panic[0]) {
        return false;
    }
    return (env->halted && may_wake) || ppc_msr(env, MSR_PR) || waits_for_input(watch) ||
           !note_page(watch, env->pc);
}

/* --- the verdict ---------------------------------------------------------------------------------------- */

static bool is_storm(const StallWatch *watch)
{
    uint64_t insns = *env_of(watch)->icount - watch->since_icount;
    uint64_t exceptions = exceptions_so_far(watch) - watch->since_exceptions;
    return exceptions && exceptions >= insns / STORM_INSNS;
}

/* NULL: nothing that could not be an idle system. */
static const char *verdict(const StallWatch *watch)
{
    if (watch->panic[0]) {
        return "it panicked";
    }
    if (watch->naps == watch->looks) {
        return "it naps with interrupts disabled: nothing can wake it";
    }
    if (is_storm(watch)) {
        return "exceptions without end";
    }
    if (watch->polls >= watch->looks) {
        return "it polls a device register";
    }
    return watch->masked == watch->looks ? "it loops with interrupts disabled" : NULL;
}

static void put_exception(const PpcEnv *env, GString *out)
{
    if (env->last_exception) {
        g_string_append_printf(out, ", last exception %#" PRIx32 " (%s) at %08" PRIx32,
                               env->last_exception, why_vector_name(env->last_exception),
                               env->last_exception_pc);
    } else {
        g_string_append(out, ", no exception yet");
    }
}

static void put_line(const StallWatch *watch, const char *why, GString *out)
{
    const PpcEnv *env = env_of(watch);
    uint64_t ns = clock_virtual_ns(watch->debugger->machine->clock) - watch->since_ns;
    g_string_append_printf(out,
                           "no progress for %" PRIu64 ".%03" PRIu64 " s of guest time: %s; pc ",
                           ns / NANOSECONDS_PER_SECOND, ns / 1000000 % 1000, why);
    debugger_print_address(watch->debugger, env->pc, out);
    g_string_append_printf(out, ", msr %08" PRIx32 "%s", env->msr,
                           ppc_msr(env, MSR_EE) ? " EE" : "");
    put_exception(env, out);
    if (watch->polls) {
        g_autofree char *name = why_register_name(watch->debugger->machine, &watch->polled);
        g_string_append_printf(out, ", polls %s at %08" PRIx64 " (about %" PRIu64 " times)", name,
                               watch->polled.addr, watch->polled.count);
    }
    if (watch->panic[0]) {
        g_string_append_printf(out, ", %s: %s", watch->system, watch->panic);
    } else if (watch->system) {
        g_string_append_printf(out, ", system: %s", watch->system);
    }
}

static void report_stall(StallWatch *watch)
{
    const char *why = verdict(watch);
    if (!why || watch->reports == REPORTS_MAX) {
        return;
    }
    g_autoptr(GString) line = g_string_new(NULL);
    put_line(watch, why, line);
    if (++watch->reports == REPORTS_MAX) {
        g_string_append(line, " (the last such report)");
    }
    watch->was_reported = true;
    watch->report(watch->opaque, line->str);
}

static void look(void *opaque)
{
    StallWatch *watch = opaque;
    const PpcEnv *env = env_of(watch);
    uint64_t now = clock_virtual_ns(watch->debugger->machine->clock);
    note_polling(watch);
    watch->look_icount = *env->icount;
    if (makes_progress(watch)) {
        progressed(watch);
    } else {
        watch->looks++;
        watch->naps += env->halted;
        watch->masked += !ppc_msr(env, MSR_EE);
        /* A nap may leap over looks, and one is enough to see that nothing ends it. */
        bool is_sure = watch->looks > 2 || (env->halted && watch->naps == watch->looks);
        if (is_sure && !watch->was_reported && now - watch->since_ns >= watch->period_ns) {
            report_stall(watch);
        }
    }
    timer_mod_ns(&watch->timer, now + MAX(watch->period_ns / LOOKS, 1));
}

/* --- life ----------------------------------------------------------------------------------------------- */

StallWatch *stall_watch_new(Debugger *debugger, uint64_t period_ns,
                            void (*report)(void *opaque, const char *line), void *opaque)
{
    StallWatch *watch = g_new0(StallWatch, 1);
    Clock *clock = debugger->machine->clock;
    watch->debugger = debugger;
    watch->period_ns = period_ns;
    watch->report = report;
    watch->opaque = opaque;
    timer_init_host(&watch->timer, clock, look, watch);
    progressed(watch);
    if (period_ns) {
        timer_mod_ns(&watch->timer, clock_virtual_ns(clock) + MAX(period_ns / LOOKS, 1));
    }
    return watch;
}

void stall_watch_free(StallWatch *watch)
{
    if (watch) {
        timer_fini(&watch->timer);
        g_free(watch);
    }
}

bool stall_parse_period(const char *text, uint64_t *period_ns, Error **errp)
{
    static const struct {
        const char *suffix;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"m", 60e9}, {"h", 3600e9}};
    char *end;
    double number = g_ascii_strtod(text, &end);
    *period_ns = 0;
    if (g_str_equal(text, "off")) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units) && end != text; i++) {
        double ns = number * units[i].ns;
        if (g_str_equal(end, units[i].suffix) && ns >= 1000 && ns < 9e18) {
            *period_ns = (uint64_t)ns;
            return true;
        }
    }
    return error_setg(errp, "expected a guest time such as 30s, 500ms, 2m, or off");
}

/* --- info why ------------------------------------------------------------------------------------------- */

void stall_watch_describe(const StallWatch *watch, GString *out)
{
    const char *why = watch->looks ? verdict(watch) : NULL;
    if (watch->system) {
        g_string_append_printf(out, "system: %s%s%s\n", watch->system,
                               watch->panic[0] ? "; it printed: " : "", watch->panic);
    }
    if (!watch->period_ns) {
        return;
    }
    g_string_append_printf(
        out, "last sign of progress: at icount %" PRIu64 ", guest time %" PRIu64 " ns%s%s\n",
        watch->since_icount, watch->since_ns, why ? "; " : "", why ? why : "");
    if (watch->asks_input) {
        g_string_append(out, "waits for characters on the serial port\n");
    } else if (watch->polls) {
        g_autofree char *name = why_register_name(watch->debugger->machine, &watch->polled);
        g_string_append_printf(out, "polls %s at %08" PRIx64 ", about %" PRIu64 " times\n", name,
                               watch->polled.addr, watch->polled.count);
    }
}

void stall_watch_describe_counts(StallWatch *watch, GString *out)
{
    const PpcEnv *env = env_of(watch);
    uint64_t now = clock_virtual_ns(watch->debugger->machine->clock);
    uint64_t insns = *env->icount - watch->shown_icount, ns = now - watch->shown_ns;
    g_string_append_printf(
        out, "since the last look: %" PRIu64 " instructions in %" PRIu64 " ns of guest time", insns,
        ns);
    if (ns) {
        g_string_append_printf(out, " (%.1f million a second)", (double)insns * 1e3 / (double)ns);
    }
    g_string_append(out, "; exceptions:");
    size_t start = out->len;
    for (unsigned i = 0; i < VECTORS; i++) {
        uint64_t count = env->exception_counts[i] - watch->shown_counts[i];
        if (count) {
            g_string_append_printf(out, " %#x %s %" PRIu64 ",", i << 8, why_vector_name(i << 8),
                                   count);
        }
        watch->shown_counts[i] = env->exception_counts[i];
    }
    g_string_truncate(out, out->len > start ? out->len - 1 : out->len);
    g_string_append(out, out->len > start ? "\n" : " none\n");
    watch->shown_icount = *env->icount;
    watch->shown_ns = now;
}
