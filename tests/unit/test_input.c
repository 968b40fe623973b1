/* SPDX-License-Identifier: MIT */
/* The input queue: order, threads, stamps, sinks that come and go. */
#include "time/clock.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct Sink {
    Clock *clock;
    GString *text;
    uint64_t last_icount;
} Sink;

static void take(void *opaque, const uint8_t *data, size_t length)
{
    Sink *sink = opaque;

    g_string_append_len(sink->text, (const char *)data, (gssize)length);
    sink->last_icount = *clock_icount(sink->clock);
}

static Sink sink_new(void)
{
    Sink sink = {(Clock *)object_new(TYPE_CLOCK), g_string_new(NULL), 0};

    cr_assert(clock_configure_icount(sink.clock, "shift=0,sleep=off", &error_abort));
    return sink;
}

static void sink_free(Sink *sink)
{
    object_unref(sink->clock);
    g_string_free(sink->text, TRUE);
}

Test(input, is_taken_at_the_next_service_in_order_of_posting)
{
    Sink sink = sink_new();

    input_register(sink.clock, "a", take, &sink);
    input_register(sink.clock, "b", take, &sink);
    input_post(sink.clock, "b", "1", 1);
    input_post(sink.clock, "a", "23", 2);
    input_post(sink.clock, "b", "4", 1);
    cr_assert_str_eq(sink.text->str, "");
    *clock_icount(sink.clock) = 9;
    clock_service(sink.clock);
    cr_assert_str_eq(sink.text->str, "1234");
    cr_assert_eq(sink.last_icount, 9);
    sink_free(&sink);
}

Test(input, data_is_copied)
{
    Sink sink = sink_new();
    char data[] = "abc";

    input_register(sink.clock, "a", take, &sink);
    input_post(sink.clock, "a", data, 3);
    memset(data, 'x', 3);
    clock_service(sink.clock);
    cr_assert_str_eq(sink.text->str, "abc");
    sink_free(&sink);
}

Test(input, an_empty_one_is_one)
{
    Sink sink = sink_new();

    input_register(sink.clock, "a", take, &sink);
    *clock_icount(sink.clock) = 4;
    input_post(sink.clock, "a", NULL, 0);
    clock_service(sink.clock);
    cr_assert_eq(sink.last_icount, 4);
    sink_free(&sink);
}

Test(input, for_a_sink_that_has_gone_is_dropped)
{
    Sink sink = sink_new();

    input_register(sink.clock, "a", take, &sink);
    input_post(sink.clock, "a", "1", 1);
    input_unregister(sink.clock, "a");
    clock_service(sink.clock);
    input_register(sink.clock, "a", take, &sink);
    input_post(sink.clock, "a", "2", 1);
    clock_service(sink.clock);
    cr_assert_str_eq(sink.text->str, "2");
    sink_free(&sink);
}

Test(input, take_now_does_not_wait_for_an_event_point)
{
    Sink sink = sink_new();

    input_register(sink.clock, "a", take, &sink);
    input_post(sink.clock, "a", "later", 5);
    input_take_now(sink.clock, "a", "now ", 4);
    cr_assert_str_eq(sink.text->str, "now ");
    clock_service(sink.clock);
    cr_assert_str_eq(sink.text->str, "now later");
    sink_free(&sink);
}

static void note_timer(void *opaque)
{
    Sink *sink = opaque;

    g_string_append_c(sink->text, 't');
}

typedef struct Arming {
    Sink *sink;
    Timer *timer;
} Arming;

static void take_and_arm(void *opaque, const uint8_t *data, size_t length)
{
    Arming *arming = opaque;

    take(arming->sink, data, length);
    timer_mod_ns(arming->timer, clock_virtual_ns(arming->sink->clock));
}

Test(input, comes_after_due_timers_also_after_those_that_an_input_armed)
{
    Sink sink = sink_new();
    Timer timer;
    Arming arming = {&sink, &timer};

    timer_init_ns(&timer, sink.clock, note_timer, &sink);
    input_register(sink.clock, "a", take_and_arm, &arming);
    input_post(sink.clock, "a", "1", 1);
    input_post(sink.clock, "a", "2", 1);
    timer_mod_ns(&timer, 10);
    *clock_icount(sink.clock) = 10;
    clock_service(sink.clock);
    cr_assert_str_eq(sink.text->str, "t1t2t");
    timer_fini(&timer);
    sink_free(&sink);
}

Test(input, the_backlog_counts_bytes)
{
    Sink sink = sink_new();

    input_post(sink.clock, "a", "123", 3);
    input_post(sink.clock, "a", "45", 2);
    cr_assert_eq(input_backlog(sink.clock), 5);
    clock_service(sink.clock);
    cr_assert_eq(input_backlog(sink.clock), 0);
    sink_free(&sink);
}

enum { THREADS = 4, POSTS = 5000 };

static void check_order(void *opaque, const uint8_t *data, size_t length)
{
    int *next = opaque;
    int value;

    cr_assert_eq(length, sizeof(value) + 1);
    memcpy(&value, data + 1, sizeof(value));
    cr_assert_eq(next[data[0]], value);
    next[data[0]]++;
}

typedef struct Poster {
    Clock *clock;
    uint8_t index;
} Poster;

static gpointer post_many(gpointer opaque)
{
    const Poster *poster = opaque;

    for (int i = 0; i < POSTS; i++) {
        uint8_t data[1 + sizeof(i)] = {poster->index};
        memcpy(data + 1, &i, sizeof(i));
        input_post(poster->clock, "a", data, sizeof(data));
    }
    return NULL;
}

static bool all_done(const int *next)
{
    for (int i = 0; i < THREADS; i++) {
        if (next[i] != POSTS) {
            return false;
        }
    }
    return true;
}

Test(input, from_many_threads_none_is_lost_and_each_threads_stay_in_order, .timeout = 120)
{
    Sink sink = sink_new();
    int next[THREADS] = {0};
    GThread *threads[THREADS];
    Poster posters[THREADS];

    input_register(sink.clock, "a", check_order, next);
    for (int i = 0; i < THREADS; i++) {
        posters[i] = (Poster){sink.clock, (uint8_t)i};
        threads[i] = g_thread_new("post", post_many, &posters[i]);
    }
    while (!all_done(next)) {
        ++*clock_icount(sink.clock);
        clock_service(sink.clock);
    }
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    sink_free(&sink);
}

Test(input, a_flood_leaves_the_guest_its_turn)
{
    Sink sink = sink_new();

    input_register(sink.clock, "a", take, &sink);
    for (int i = 0; i < 1500; i++) {
        input_post(sink.clock, "a", "x", 1);
    }
    *clock_icount(sink.clock) = 5;
    cr_assert_leq(clock_service(sink.clock), 5);
    cr_assert_eq(sink.text->len, 1000);
    *clock_icount(sink.clock) = 6;
    clock_service(sink.clock);
    cr_assert_eq(sink.text->len, 1500);
    sink_free(&sink);
}
