/* SPDX-License-Identifier: MIT */
/* The clock: count to time and back, modes, steering, warps, stops, the RTC's base, saved state. */
#include "tests/unit/toy_machine.h"
#include "time/clock.h"

#include <criterion/criterion.h>

static Clock *new_clock(const char *icount)
{
    Clock *clock = (Clock *)object_new(TYPE_CLOCK);

    if (icount) {
        cr_assert(clock_configure_icount(clock, icount, &error_abort));
    }
    return clock;
}

static void assert_refused(bool ok, Error *err, const char *part)
{
    cr_assert(!ok);
    cr_assert_not_null(err);
    cr_assert(strstr(error_get_pretty(err), part), "'%s' lacks '%s'", error_get_pretty(err), part);
    error_free(err);
}

static void nothing(void *opaque) { (void)opaque; }

Test(clock, shift_n_is_two_to_the_n_ns_an_instruction)
{
    Clock *clock = new_clock("shift=3");

    *clock_icount(clock) = 1000;
    cr_assert_eq(clock_virtual_ns(clock), 8000);
    object_unref(clock);
}

Test(clock, a_century_of_instructions_does_not_overflow)
{
    Clock *clock = new_clock("10");

    *clock_icount(clock) = UINT64_C(1) << 52;
    cr_assert_eq(clock_virtual_ns(clock), UINT64_C(1) << 62);
    object_unref(clock);
}

Test(clock, icount_at_is_the_first_count_whose_time_is_reached)
{
    Clock *clock = new_clock("shift=4");

    for (uint64_t ns = 1; ns < 200; ns++) {
        uint64_t at = clock_icount_at(clock, ns);
        *clock_icount(clock) = at;
        cr_assert_geq(clock_virtual_ns(clock), ns);
        *clock_icount(clock) = at - 1;
        cr_assert_lt(clock_virtual_ns(clock), ns);
        *clock_icount(clock) = 0;
    }
    object_unref(clock);
}

/* Live mode's rates are fractions: any rate, through the input that sets it. */
Test(clock, icount_at_is_exact_at_any_rate)
{
    Clock *clock = new_clock(NULL);
    uint64_t lcg = 1;

    for (int i = 0; i < 2000; i++) {
        uint64_t now, ns, at, here = *clock_icount(clock);
        uint8_t rate[8];
        lcg = lcg * UINT64_C(6364136223846793005) + 1;
        stq_be_p(rate, (UINT64_C(1) << 28) + (lcg >> (18 + i % 16)));
        input_take_now(clock, "clock-rate", rate, sizeof(rate));
        now = clock_virtual_ns(clock);
        ns = now + 1 + (lcg & 0xfffff);
        at = clock_icount_at(clock, ns);
        *clock_icount(clock) = at;
        cr_assert_geq(clock_virtual_ns(clock), ns);
        *clock_icount(clock) = at - 1;
        cr_assert_lt(clock_virtual_ns(clock), ns);
        *clock_icount(clock) = here + (lcg >> 44);
    }
    object_unref(clock);
}

Test(clock, icount_at_the_past_is_now_and_never_is_never)
{
    Clock *clock = new_clock("0");

    *clock_icount(clock) = 500;
    cr_assert_eq(clock_icount_at(clock, 3), 500);
    cr_assert_eq(clock_icount_at(clock, CLOCK_NEVER), CLOCK_NEVER);
    cr_assert_eq(clock_icount_at(clock, CLOCK_NEVER - 1), CLOCK_NEVER - 1);
    object_unref(clock);
}

Test(clock, icount_at_a_distant_time_saturates)
{
    Clock *clock = new_clock(NULL);
    uint8_t rate[8];

    stq_be_p(rate, UINT64_C(1) << 28);
    input_take_now(clock, "clock-rate", rate, sizeof(rate));
    cr_assert_eq(clock_icount_at(clock, CLOCK_NEVER - 1), CLOCK_NEVER);
    object_unref(clock);
}

Test(clock, a_rate_change_keeps_virtual_time)
{
    Clock *clock = new_clock(NULL);
    uint8_t rate[8];
    uint64_t before;

    *clock_icount(clock) = 123457;
    before = clock_virtual_ns(clock);
    stq_be_p(rate, UINT64_C(9) << 32);
    input_take_now(clock, "clock-rate", rate, sizeof(rate));
    cr_assert_eq(clock_virtual_ns(clock), before);
    ++*clock_icount(clock);
    cr_assert_eq(clock_virtual_ns(clock), before + 9);
    object_unref(clock);
}

Test(clock, a_wild_rate_is_ignored)
{
    Clock *clock = new_clock("0");
    uint8_t rate[8] = {0};

    input_take_now(clock, "clock-rate", rate, sizeof(rate));
    input_take_now(clock, "clock-rate", rate, 3);
    input_take_now(clock, "clock-rate", NULL, 0);
    *clock_icount(clock) = 5;
    cr_assert_eq(clock_virtual_ns(clock), 5);
    object_unref(clock);
}

Test(clock, icount_options_that_are_wrong_are_refused_by_name)
{
    static const char *const texts[][2] = {
        {"shift=11", "shift must be 0 to 10 or auto, not '11'"},
        {"shift=x", "not 'x'"},
        {"shift=-1", "not '-1'"},
        {"shift=1,rr=record,rrfile=f", "rr= is not available: use -record"},
        {"shift=1,align=on", "align=on"},
        {"auto,sleep=off", "sleep= needs shift=N"},
        {"shift=1,bogus=2", "bogus"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Clock *clock = new_clock(NULL);
        Error *err = NULL;
        bool ok = clock_configure_icount(clock, texts[i][0], &err);
        assert_refused(ok, err, texts[i][1]);
        object_unref(clock);
    }
}

Test(clock, live_is_the_default_and_what_auto_means)
{
    Clock *clock = new_clock("auto");

    cr_assert(!clock_is_fixed(clock));
    cr_assert(clock_configure_icount(clock, "shift=1,sleep=off", &error_abort));
    cr_assert(clock_is_fixed(clock));
    object_unref(clock);
}

Test(clock, a_machine_that_has_run_keeps_its_mode)
{
    Clock *clock = new_clock(NULL);
    Error *err = NULL;
    bool ok;

    *clock_icount(clock) = 1;
    ok = clock_configure_icount(clock, "shift=1", &err);
    assert_refused(ok, err, "already run");
    object_unref(clock);
}

/* --- deadlines and stops ------------------------------------------------------------------------- */

Test(clock, the_deadline_is_the_slice_end_when_nothing_else_is_due)
{
    Clock *clock = new_clock("0");

    cr_assert_eq(clock_deadline(clock), CLOCK_SLICE_INSNS);
    *clock_icount(clock) = 30;
    cr_assert_eq(clock_service(clock), CLOCK_SLICE_INSNS + 30);
    object_unref(clock);
}

Test(clock, a_stop_is_announced_1024_instructions_ahead)
{
    Clock *clock = new_clock("0");

    clock_set_stop_icount(clock, 5000);
    cr_assert_eq(clock_deadline(clock), 5000 - 1024);
    *clock_icount(clock) = 5000 - 1024;
    cr_assert_eq(clock_deadline(clock), 5000);
    cr_assert_eq(clock_stop_icount(clock), 5000);
    *clock_icount(clock) = 5000;
    cr_assert(!clock_stop_reached(clock));
    object_unref(clock);
}

Test(clock, a_stop_below_1024_does_not_wrap)
{
    Clock *clock = new_clock("0");

    clock_set_stop_icount(clock, 7);
    cr_assert_eq(clock_deadline(clock), 7);
    object_unref(clock);
}

Test(clock, a_kick_makes_the_deadline_0_until_it_is_served)
{
    Clock *clock = new_clock("0");

    clock_kick(clock);
    cr_assert(clock_kicked(clock));
    cr_assert_eq(clock_deadline(clock), 0);
    clock_kick_done(clock);
    cr_assert_eq(clock_deadline(clock), CLOCK_SLICE_INSNS);
    object_unref(clock);
}

/* --- what the guest sees does not depend on when the host looks ------------------------------------ */

static uint64_t hash_with_slice(uint64_t slice, uint64_t stop_every)
{
    const uint64_t end = 400000;
    uint64_t hash;
    ToyMachine toy;

    toy_init(&toy, "shift=1,sleep=off");
    clock_set_slice(toy.clock, slice);
    for (uint64_t stop = stop_every; stop < end; stop += stop_every) {
        toy_run_to(&toy, stop);
    }
    toy_run_to(&toy, end);
    hash = toy_hash(&toy);
    toy_fini(&toy);
    return hash;
}

Test(clock, slices_of_every_size_show_the_guest_the_same)
{
    uint64_t whole = hash_with_slice(CLOCK_SLICE_INSNS, CLOCK_SLICE_INSNS * 10);

    cr_assert_eq(hash_with_slice(1, 1000000), whole);
    cr_assert_eq(hash_with_slice(333, 1000000), whole);
    cr_assert_eq(hash_with_slice(99999, 1000000), whole);
}

Test(clock, stops_anywhere_show_the_guest_the_same)
{
    uint64_t whole = hash_with_slice(CLOCK_SLICE_INSNS, CLOCK_SLICE_INSNS * 10);

    cr_assert_eq(hash_with_slice(CLOCK_SLICE_INSNS, 777), whole);
    cr_assert_eq(hash_with_slice(50, 4097), whole);
}

/* --- warps --------------------------------------------------------------------------------------- */

Test(clock, a_nap_without_sleep_jumps_to_the_next_timer)
{
    Clock *clock = new_clock("shift=0,sleep=off");
    Timer timer;

    timer_init_ns(&timer, clock, nothing, NULL);
    timer_mod_ns(&timer, 3600 * NANOSECONDS_PER_SECOND);
    *clock_icount(clock) = 10;
    cr_assert(clock_warp(clock));
    cr_assert_eq(clock_virtual_ns(clock), 3600 * NANOSECONDS_PER_SECOND);
    cr_assert_eq(*clock_icount(clock), 10);
    timer_fini(&timer);
    object_unref(clock);
}

Test(clock, no_nap_passes_a_due_timer)
{
    Clock *clock = new_clock("shift=0,sleep=off");
    Timer timer;

    timer_init_ns(&timer, clock, nothing, NULL);
    timer_mod_ns(&timer, 5);
    *clock_icount(clock) = 10;
    cr_assert(clock_warp(clock));
    cr_assert_eq(clock_virtual_ns(clock), 10);
    timer_fini(&timer);
    object_unref(clock);
}

static void nap_of_5_ms_takes_5_ms(const char *icount)
{
    Clock *clock = new_clock(icount);
    gint64 start = g_get_monotonic_time();
    Timer timer;

    timer_init_ns(&timer, clock, nothing, NULL);
    timer_mod_ns(&timer, 5000000);
    cr_assert(clock_warp(clock));
    cr_assert_geq(g_get_monotonic_time() - start, 5000);
    cr_assert_eq(clock_virtual_ns(clock), 5000000);
    timer_fini(&timer);
    object_unref(clock);
}

Test(clock, a_nap_with_sleep_lasts_as_long_on_the_host) { nap_of_5_ms_takes_5_ms("0,sleep=on"); }

Test(clock, a_live_nap_lasts_as_long_on_the_host) { nap_of_5_ms_takes_5_ms(NULL); }

static uint64_t count_hurried_naps(Clock *clock, Timer *timer, uint64_t limit)
{
    uint64_t naps = 0;
    uint64_t start = clock_virtual_ns(clock);
    while (clock_virtual_ns(clock) - start < limit) {
        timer_mod_ns(timer, clock_virtual_ns(clock) + 1000000);
        cr_assert(clock_warp(clock));
        clock_service(clock);
        naps++;
    }
    return naps;
}

Test(clock, a_hurried_timer_lets_live_time_run_ahead_but_not_far)
{
    Clock *clock = machine_clock();
    Timer timer;
    timer_init_ns(&timer, clock, nothing, NULL);
    timer_set_hurried(&timer);
    gint64 start_us = g_get_monotonic_time();
    cr_assert_eq(count_hurried_naps(clock, &timer, 200000000), 200);
    gint64 spent_us = g_get_monotonic_time() - start_us;
    cr_assert_geq(spent_us, 125000, "70 ms of 200 at most came for nothing");
    timer_del(&timer);
}

Test(clock, a_kicked_nap_makes_no_progress)
{
    Clock *clock = new_clock(NULL);

    clock_kick(clock);
    cr_assert(!clock_warp(clock));
    cr_assert_eq(clock_virtual_ns(clock), 0);
    object_unref(clock);
}

Test(clock, a_nap_without_patience_jumps_to_the_next_timer_or_stays, .timeout = 120)
{
    static const char *const modes[] = {"0,sleep=off", "0,sleep=on", NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        Clock *clock = new_clock(modes[i]);
        Timer timer;
        clock_set_patience(clock, false);
        cr_assert(!clock_warp(clock));
        cr_assert_eq(clock_virtual_ns(clock), 0);
        timer_init_ns(&timer, clock, nothing, NULL);
        timer_mod_ns(&timer, 3600 * NANOSECONDS_PER_SECOND);
        cr_assert(clock_warp(clock));
        cr_assert_eq(clock_virtual_ns(clock), 3600 * NANOSECONDS_PER_SECOND);
        timer_fini(&timer);
        object_unref(clock);
    }
}

static gpointer kick_later(gpointer clock)
{
    g_usleep(20000);
    clock_kick(clock);
    return NULL;
}

Test(clock, a_kick_ends_an_endless_nap, .timeout = 120)
{
    static const char *const modes[] = {"0,sleep=off", "0,sleep=on", NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        Clock *clock = new_clock(modes[i]);
        GThread *thread = g_thread_new("kick", kick_later, clock);
        cr_assert(!clock_warp(clock));
        cr_assert(clock_kicked(clock));
        g_thread_join(thread);
        object_unref(clock);
    }
}

static gpointer post_later(gpointer clock)
{
    g_usleep(20000);
    input_post(clock, "x", "y", 1);
    return NULL;
}

Test(clock, an_input_cuts_a_paced_nap_to_the_time_waited, .timeout = 120)
{
    static const char *const modes[] = {"0,sleep=on", NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        Clock *clock = new_clock(modes[i]);
        GThread *thread;
        Timer timer;
        timer_init_ns(&timer, clock, nothing, NULL);
        timer_mod_ns(&timer, 3600 * NANOSECONDS_PER_SECOND);
        thread = g_thread_new("post", post_later, clock);
        cr_assert(clock_warp(clock));
        cr_assert_geq(clock_virtual_ns(clock), 10000000);
        cr_assert_lt(clock_virtual_ns(clock), 10 * NANOSECONDS_PER_SECOND);
        g_thread_join(thread);
        timer_fini(&timer);
        object_unref(clock);
    }
}

/* --- steering, with a host clock of our own -------------------------------------------------------- */

typedef struct FakeHost {
    Clock *clock;
    uint64_t ns;
} FakeHost;

static uint64_t fake_host_ns(void *opaque) { return ((FakeHost *)opaque)->ns; }

/* The host executes @insns at @ns_each and looks every 20000. */
static void execute(FakeHost *host, uint64_t insns, uint64_t ns_each)
{
    for (uint64_t done = 0; done < insns; done += 20000) {
        *clock_icount(host->clock) += 20000;
        host->ns += 20000 * ns_each;
        clock_service(host->clock);
    }
}

static FakeHost live_host(void)
{
    FakeHost host = {new_clock(NULL), 1000000};
    return host;
}

static int64_t lag_of(const FakeHost *host, uint64_t host_start, uint64_t virtual_start)
{
    return (int64_t)((host->ns - host_start) - (clock_virtual_ns(host->clock) - virtual_start));
}

Test(clock, live_time_follows_the_wall_clock_at_any_speed)
{
    static const uint64_t speeds[] = {1, 3, 10, 50, 700};

    for (size_t i = 0; i < G_N_ELEMENTS(speeds); i++) {
        FakeHost host = live_host();
        uint64_t host_start, virtual_start;
        clock_set_host_clock(host.clock, fake_host_ns, &host);
        execute(&host, 100 * 1000000 / speeds[i], speeds[i]); /* the first guess is wrong */
        host_start = host.ns;
        virtual_start = clock_virtual_ns(host.clock);
        execute(&host, 2000 * UINT64_C(1000000) / speeds[i], speeds[i]);
        cr_assert_leq(ABS(lag_of(&host, host_start, virtual_start)), 120000000,
                      "%d ns each: lag %d", (int)speeds[i],
                      (int)lag_of(&host, host_start, virtual_start));
        object_unref(host.clock);
    }
}

Test(clock, a_long_lag_is_dropped)
{
    FakeHost host = live_host();
    uint64_t before, host_before;

    clock_set_host_clock(host.clock, fake_host_ns, &host);
    execute(&host, 20000000, 5);
    host.ns += 3 * NANOSECONDS_PER_SECOND;
    host_before = host.ns;
    before = clock_virtual_ns(host.clock);
    execute(&host, 20000000, 5);
    cr_assert_leq(ABS(lag_of(&host, host_before, before)), 20000000);
    object_unref(host.clock);
}

Test(clock, a_short_lag_is_made_up)
{
    FakeHost host = live_host();
    uint64_t before, host_before;

    clock_set_host_clock(host.clock, fake_host_ns, &host);
    execute(&host, 20000000, 5);
    host_before = host.ns;
    before = clock_virtual_ns(host.clock);
    host.ns += 150000000;
    execute(&host, 200000000, 5);
    cr_assert_leq(ABS(lag_of(&host, host_before, before)), 20000000);
    object_unref(host.clock);
}

static void watch_rate(FakeHost *host, uint64_t *lowest, uint64_t *highest)
{
    uint64_t start = clock_virtual_ns(host->clock);
    uint64_t each;

    *clock_icount(host->clock) += 1000000;
    each = (clock_virtual_ns(host->clock) - start) / 1000000;
    *clock_icount(host->clock) -= 1000000;
    *lowest = MIN(*lowest, each);
    *highest = MAX(*highest, each);
}

Test(clock, the_rate_stays_within_4_times_the_measured_speed)
{
    FakeHost host = live_host();
    uint64_t lowest = UINT64_MAX, highest = 0;

    clock_set_host_clock(host.clock, fake_host_ns, &host);
    execute(&host, 20000000, 8);
    host.ns += 190000000; /* behind */
    for (int i = 0; i < 2000; i++) {
        execute(&host, 20000, 8);
        watch_rate(&host, &lowest, &highest);
    }
    cr_assert_leq(highest, 2 * 8 * 4);
    cr_assert_geq(lowest, 2);
    object_unref(host.clock);
}

Test(clock, a_hiccup_of_the_host_makes_no_jump)
{
    FakeHost host = live_host();
    uint64_t before, host_before;

    clock_set_host_clock(host.clock, fake_host_ns, &host);
    execute(&host, 20000000, 8);
    before = clock_virtual_ns(host.clock);
    host_before = host.ns;
    host.ns += 190000000; /* the machine thread did not run */
    for (int i = 0; i < 1000; i++) {
        execute(&host, 20000, 8);
        cr_assert_geq(lag_of(&host, host_before, before), -100000000);
    }
    object_unref(host.clock);
}

Test(clock, fixed_mode_never_steers)
{
    FakeHost host = {new_clock("shift=2"), 1};

    clock_set_host_clock(host.clock, fake_host_ns, &host);
    execute(&host, 50000000, 100);
    cr_assert_eq(clock_virtual_ns(host.clock), UINT64_C(200000000));
    object_unref(host.clock);
}

/* --- the RTC -------------------------------------------------------------------------------------- */

Test(clock, the_rtc_of_fixed_mode_starts_in_2004)
{
    Clock *clock = new_clock("shift=0");

    *clock_icount(clock) = 5 * NANOSECONDS_PER_SECOND + 1;
    cr_assert_eq(clock_rtc_seconds(clock), 1072915205);
    object_unref(clock);
}

Test(clock, the_rtc_of_live_mode_is_the_hosts)
{
    Clock *clock = new_clock(NULL);
    uint64_t now = (uint64_t)g_get_real_time() / 1000000;
    uint64_t seconds = clock_rtc_seconds(clock);

    cr_assert(seconds - now <= 2);
    *clock_icount(clock) = 4 * NANOSECONDS_PER_SECOND; /* 5 ns each */
    cr_assert_eq(clock_rtc_seconds(clock) - seconds, 20);
    object_unref(clock);
}

Test(clock, rtc_dates_are_utc)
{
    static const struct {
        const char *text;
        uint64_t seconds;
    } dates[] = {
        {"base=2001-03-24", 985392000},
        {"2001-03-24T10:20:30", 985392000 + 10 * 3600 + 20 * 60 + 30},
        {"base=2000-02-29T23:59:59,clock=vm", 951868799},
        {"base=1970-01-01", 0},
        {"base=2400-01-01", UINT64_C(13569465600)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(dates); i++) {
        Clock *clock = new_clock("0");
        cr_assert(clock_configure_rtc(clock, dates[i].text, &error_abort));
        cr_assert_eq(clock_rtc_seconds(clock), dates[i].seconds, "%s", dates[i].text);
        object_unref(clock);
    }
}

Test(clock, rtc_options_that_are_wrong_are_refused_by_name)
{
    static const char *const texts[][2] = {
        {"base=yesterday", "not 'yesterday'"},
        {"base=2001-02-30", "not '2001-02-30'"},
        {"base=2001-02-03T", "not '2001-02-03T'"},
        {"base=2001-02-03T1:2", "T1:2'"},
        {"base=2001-02-03x", "x'"},
        {"base=1904-01-01", "1970 to 2500"},
        {"base=9999-01-01", "1970 to 2500"},
        {"base=utc,clock=host", "clock=host is not available: use clock=vm"},
        {"base=utc,clock=rt", "clock=rt"},
        {"driftfix=slew", "driftfix=slew"},
        {"base=utc,speed=2", "speed"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Clock *clock = new_clock("0");
        Error *err = NULL;
        bool ok = clock_configure_rtc(clock, texts[i][0], &err);
        assert_refused(ok, err, texts[i][1]);
        object_unref(clock);
    }
}

/* --- saved state ----------------------------------------------------------------------------------- */

Test(clock, a_loaded_clock_goes_on_at_the_same_time)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    Clock *a = new_clock("shift=2,sleep=off");
    Clock *b = new_clock("shift=2,sleep=off");
    Timer timer;
    VMStateReader in;

    timer_init_ns(&timer, a, nothing, NULL);
    timer_mod_ns(&timer, 1000003);
    *clock_icount(a) = 77;
    clock_warp(a);
    *clock_icount(a) += 5;
    vmstate_save(&vmstate_clock, a, out);
    in = (VMStateReader){out->data, out->len, 0};
    cr_assert(vmstate_load(&vmstate_clock, b, &in, &error_abort));
    cr_assert_eq(*clock_icount(b), 82);
    cr_assert_eq(clock_virtual_ns(b), clock_virtual_ns(a));
    cr_assert_eq(clock_rtc_seconds(b), clock_rtc_seconds(a));
    cr_assert_eq(clock_deadline(b), 82 + CLOCK_SLICE_INSNS);
    timer_fini(&timer);
    object_unref(a);
    object_unref(b);
}

Test(clock, a_state_of_another_shift_is_refused)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    Clock *a = new_clock("shift=2");
    Clock *b = new_clock("shift=3");
    Error *err = NULL;
    VMStateReader in;
    bool ok;

    vmstate_save(&vmstate_clock, a, out);
    in = (VMStateReader){out->data, out->len, 0};
    ok = vmstate_load(&vmstate_clock, b, &in, &err);
    assert_refused(ok, err, "shift");
    object_unref(a);
    object_unref(b);
}

Test(clock, the_machines_clock_is_one_object) { cr_assert_eq(machine_clock(), machine_clock()); }
