/* SPDX-License-Identifier: MIT */
/* Timers: when they run, in which order, and what is saved. */
#include "time/clock.h"
#include "util/log.h"

#include <criterion/criterion.h>

typedef struct Journal {
    Clock *clock;
    GString *text;
} Journal;

typedef struct NamedTimer {
    Timer timer;
    Journal *journal;
    char name;
    uint64_t again_ns; /* armed again for this, CLOCK_NEVER: not */
} NamedTimer;

static Journal journal_new(void)
{
    Journal journal = {(Clock *)object_new(TYPE_CLOCK), g_string_new(NULL)};

    cr_assert(clock_configure_icount(journal.clock, "shift=0,sleep=off", &error_abort));
    return journal;
}

static void journal_free(Journal *journal)
{
    object_unref(journal->clock);
    g_string_free(journal->text, TRUE);
}

static void run(void *opaque)
{
    NamedTimer *timer = opaque;

    g_string_append_c(timer->journal->text, timer->name);
    cr_assert(!timer_pending(&timer->timer));
    if (timer->again_ns != CLOCK_NEVER) {
        timer_mod_ns(&timer->timer, timer->again_ns);
    }
}

static void make(NamedTimer *timer, Journal *journal, char name)
{
    *timer = (NamedTimer){.journal = journal, .name = name, .again_ns = CLOCK_NEVER};
    timer_init_ns(&timer->timer, journal->clock, run, timer);
}

static void service_at(Journal *journal, uint64_t icount)
{
    *clock_icount(journal->clock) = icount;
    clock_service(journal->clock);
}

Test(timer, runs_at_the_first_service_at_its_deadline_and_once)
{
    Journal journal = journal_new();
    NamedTimer a;

    make(&a, &journal, 'a');
    timer_mod_ns(&a.timer, 100);
    cr_assert_eq(clock_deadline(journal.clock), 100);
    service_at(&journal, 99);
    cr_assert_str_eq(journal.text->str, "");
    service_at(&journal, 100);
    service_at(&journal, 101);
    cr_assert_str_eq(journal.text->str, "a");
    cr_assert(!timer_pending(&a.timer));
    timer_fini(&a.timer);
    journal_free(&journal);
}

Test(timer, order_is_deadline_then_creation)
{
    Journal journal = journal_new();
    NamedTimer t[4];

    for (int i = 0; i < 4; i++) {
        make(&t[i], &journal, (char)('a' + i));
    }
    timer_mod_ns(&t[3].timer, 50);
    timer_mod_ns(&t[2].timer, 70);
    timer_mod_ns(&t[1].timer, 70);
    timer_mod_ns(&t[0].timer, 90);
    service_at(&journal, 200);
    cr_assert_str_eq(journal.text->str, "dbca");
    for (int i = 0; i < 4; i++) {
        timer_fini(&t[i].timer);
    }
    journal_free(&journal);
}

Test(timer, a_later_deadline_moves_it_and_del_idles_it)
{
    Journal journal = journal_new();
    NamedTimer a, b;

    make(&a, &journal, 'a');
    make(&b, &journal, 'b');
    timer_mod_ns(&a.timer, 10);
    timer_mod_ns(&b.timer, 20);
    timer_mod_ns(&a.timer, 30);
    cr_assert_eq(clock_deadline(journal.clock), 20);
    timer_del(&b.timer);
    cr_assert_eq(timer_deadline_ns(&b.timer), CLOCK_NEVER);
    cr_assert_eq(clock_deadline(journal.clock), 30);
    timer_mod_ns(&a.timer, CLOCK_NEVER);
    cr_assert(!timer_pending(&a.timer));
    service_at(&journal, 100);
    cr_assert_str_eq(journal.text->str, "");
    timer_fini(&a.timer);
    timer_fini(&b.timer);
    journal_free(&journal);
}

Test(timer, one_armed_in_a_callback_for_the_present_runs_in_the_same_service)
{
    Journal journal = journal_new();
    NamedTimer a, b;

    make(&a, &journal, 'a');
    make(&b, &journal, 'b');
    a.again_ns = CLOCK_NEVER;
    timer_mod_ns(&a.timer, 10);
    b.again_ns = 40;
    timer_mod_ns(&b.timer, 20);
    *clock_icount(journal.clock) = 40;
    clock_service(journal.clock);
    g_string_append_c(journal.text, '.');
    b.again_ns = CLOCK_NEVER;
    service_at(&journal, 41);
    cr_assert(g_str_has_prefix(journal.text->str, "abb"));
    timer_fini(&a.timer);
    timer_fini(&b.timer);
    journal_free(&journal);
}

Test(timer, one_that_arms_itself_for_the_past_for_ever_does_not_hang_the_service, .timeout = 120)
{
    Journal journal = journal_new();
    NamedTimer a;

    log_set_items("none", &error_abort);
    make(&a, &journal, 'a');
    a.again_ns = 1;
    timer_mod_ns(&a.timer, 1);
    service_at(&journal, 50);
    cr_assert_eq(journal.text->len, 1000);
    cr_assert_leq(clock_deadline(journal.clock), 50);
    timer_fini(&a.timer);
    journal_free(&journal);
}

Test(timer, a_host_timer_is_seen_in_the_deadline_but_ends_no_warp)
{
    Journal journal = journal_new();
    NamedTimer a, host;

    make(&a, &journal, 'a');
    make(&host, &journal, 'h');
    timer_init_host(&host.timer, journal.clock, run, &host);
    timer_mod_ns(&a.timer, 1000);
    timer_mod_ns(&host.timer, 500);
    cr_assert_eq(clock_deadline(journal.clock), 500);
    cr_assert(clock_warp(journal.clock));
    cr_assert_eq(clock_virtual_ns(journal.clock), 1000);
    clock_service(journal.clock);
    cr_assert_str_eq(journal.text->str, "ha");
    timer_fini(&a.timer);
    timer_fini(&host.timer);
    journal_free(&journal);
}

static void kick(void *opaque) { clock_kick(opaque); }

Test(timer, a_host_timer_ends_a_paced_nap_by_a_kick, .timeout = 120)
{
    Clock *clock = (Clock *)object_new(TYPE_CLOCK);
    Timer timer;

    timer_init_host(&timer, clock, kick, clock);
    timer_mod_ns(&timer, 10000000);
    cr_assert(!clock_warp(clock));
    cr_assert_eq(clock_virtual_ns(clock), 0);
    timer_fini(&timer);
    object_unref(clock);
}

Test(timer, a_host_timer_ends_a_nap_that_nothing_else_would_end, .timeout = 120)
{
    Journal journal = journal_new();
    Timer timer;

    timer_init_host(&timer, journal.clock, kick, journal.clock);
    timer_mod_ns(&timer, 3600 * NANOSECONDS_PER_SECOND);
    cr_assert(!clock_warp(journal.clock));
    timer_fini(&timer);
    journal_free(&journal);
}

Test(timer, creation_numbers_do_not_count_host_timers)
{
    Journal journal = journal_new();
    Timer a, host, b;

    timer_init_ns(&a, journal.clock, kick, NULL);
    timer_init_host(&host, journal.clock, kick, NULL);
    timer_init_ns(&b, journal.clock, kick, NULL);
    cr_assert_eq(b.number, a.number + 1);
    journal_free(&journal);
}

Test(timer, its_deadline_is_saved_and_loaded)
{
    static const uint64_t deadlines[] = {0, 5, UINT64_C(1) << 40, CLOCK_NEVER};
    Journal journal = journal_new();
    NamedTimer a, b;

    make(&a, &journal, 'a');
    make(&b, &journal, 'b');
    for (size_t i = 0; i < G_N_ELEMENTS(deadlines); i++) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        VMStateReader in;
        timer_mod_ns(&a.timer, deadlines[i]);
        timer_mod_ns(&b.timer, 12345);
        vmstate_info_timer.put(out, &a.timer, sizeof(Timer));
        in = (VMStateReader){out->data, out->len, 0};
        cr_assert(vmstate_info_timer.get(&in, &b.timer, sizeof(Timer), &error_abort));
        cr_assert_eq(timer_deadline_ns(&b.timer), deadlines[i]);
        cr_assert_eq(timer_pending(&b.timer), deadlines[i] != CLOCK_NEVER);
    }
    timer_fini(&a.timer);
    timer_fini(&b.timer);
    journal_free(&journal);
}

Test(timer, a_cut_off_state_is_refused)
{
    Journal journal = journal_new();
    NamedTimer a;
    VMStateReader in = {(const uint8_t *)"abc", 3, 0};
    Error *err = NULL;

    make(&a, &journal, 'a');
    cr_assert(!vmstate_info_timer.get(&in, &a.timer, sizeof(Timer), &err));
    cr_assert_not_null(err);
    error_free(err);
    timer_fini(&a.timer);
    journal_free(&journal);
}

Test(timer, ten_thousand_run_in_order)
{
    enum { COUNT = 10000 };
    Journal journal = journal_new();
    NamedTimer *t = g_new0(NamedTimer, COUNT);
    uint64_t lcg = 7;

    for (int i = 0; i < COUNT; i++) {
        make(&t[i], &journal, 'x');
        lcg = lcg * UINT64_C(6364136223846793005) + 1;
        timer_mod_ns(&t[i].timer, lcg >> 50);
    }
    for (uint64_t at = 0; at <= (UINT64_MAX >> 50); at += 16) {
        service_at(&journal, at);
    }
    service_at(&journal, UINT64_C(1) << 20);
    cr_assert_eq(journal.text->len, COUNT);
    for (int i = 0; i < COUNT; i++) {
        timer_fini(&t[i].timer);
    }
    g_free(t);
    journal_free(&journal);
}
