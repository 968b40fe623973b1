/* SPDX-License-Identifier: MIT */
/* Record and replay: equal hashes, refusals, differences, damaged logs. */
#include "tests/unit/toy_machine.h"
#include "time/clock.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

static RecordHeader header = {.config = (char *)"machine=toy m=128", .initial_hash = 0xfeed};

typedef struct Log {
    char *path;
    uint64_t hash;
    uint64_t icount;
    uint64_t virtual_ns;
    unsigned inputs;
} Log;

static Log log_new(void)
{
    g_autofree char *dir = g_dir_make_tmp("core99-replay-XXXXXX", NULL);
    return (Log){.path = g_build_filename(dir, "log", NULL)};
}

static void log_free(Log *log)
{
    g_autofree char *dir = g_path_get_dirname(log->path);

    g_unlink(log->path);
    g_rmdir(dir);
    g_free(log->path);
}

static void assert_refused(bool ok, Error *err, const char *part)
{
    cr_assert(!ok);
    cr_assert_not_null(err);
    cr_assert(strstr(error_get_pretty(err), part), "'%s' lacks '%s'", error_get_pretty(err), part);
    cr_assert_null(strchr(error_get_pretty(err), '\n'));
    error_free(err);
}

/* --- recording ----------------------------------------------------------------------------------- */

typedef struct Typist {
    Clock *clock;
    unsigned count;
    unsigned pause_us;
} Typist;

static gpointer type_keys(gpointer opaque)
{
    const Typist *typist = opaque;

    for (unsigned i = 0; i < typist->count; i++) {
        uint8_t data[3] = {(uint8_t)i, (uint8_t)(i >> 8), 'k'};
        input_post(typist->clock, "keys", data, 1 + i % 3);
        if (i % 5) { /* some together */
            g_usleep(typist->pause_us);
        }
    }
    clock_kick(typist->clock);
    return NULL;
}

static void finish_recording(ToyMachine *toy, Log *log)
{
    log->hash = toy_hash(toy);
    log->icount = *clock_icount(toy->clock);
    log->virtual_ns = clock_virtual_ns(toy->clock);
    log->inputs = toy->inputs;
    cr_assert(clock_record_finish(toy->clock, log->hash, &error_abort));
}

/* A run with a typist beside it and the machine stopped now and then for the user to meddle. */
static Log record_with_typist(const char *icount, bool naps, unsigned keys)
{
    Log log = log_new();
    ToyMachine toy;
    Typist typist;
    GThread *thread;

    toy_init(&toy, icount);
    toy.naps = naps;
    toy.pulls = true;
    typist = (Typist){toy.clock, keys, 700};
    cr_assert(clock_record_start(toy.clock, log.path, &header, &error_abort));
    input_take_now(toy.clock, "keys", "before", 6);
    thread = g_thread_new("typist", type_keys, &typist);
    toy_run(&toy);
    g_thread_join(thread);
    input_take_now(toy.clock, "keys", "stopped", 7);
    toy_run_to(&toy, *clock_icount(toy.clock) + 54321);
    input_take_now(toy.clock, "keys", "stopped again", 13);
    input_take_now(toy.clock, "keys", "and", 3);
    toy_run_to(&toy, *clock_icount(toy.clock) + 12345);
    finish_recording(&toy, &log);
    toy_fini(&toy);
    return log;
}

/* --- replaying ----------------------------------------------------------------------------------- */

static void assert_replays(const Log *log, const char *icount, bool naps, uint64_t slice)
{
    ToyMachine toy;

    toy_init(&toy, icount);
    toy.naps = naps;
    toy.pulls = true;
    toy.host_result = 1000; /* this host would answer otherwise */
    clock_set_slice(toy.clock, slice);
    cr_assert(clock_replay_start(toy.clock, log->path, &header, &error_abort));
    cr_assert(clock_is_replaying(toy.clock));
    input_post(toy.clock, "keys", "ignored", 7);
    input_take_now(toy.clock, "keys", "ignored", 7);
    while (!toy.is_over) {
        toy_run(&toy);
    }
    cr_assert(toy.is_ok, "%s", toy.message);
    cr_assert_eq(*clock_icount(toy.clock), log->icount);
    cr_assert_eq(clock_virtual_ns(toy.clock), log->virtual_ns);
    cr_assert_eq(toy_hash(&toy), log->hash);
    cr_assert_eq(toy.inputs, log->inputs);
    cr_assert(clock_record_finish(toy.clock, toy_hash(&toy), &error_abort));
    toy_fini(&toy);
}

static void assert_run_replays(const char *icount, bool naps)
{
    Log log = record_with_typist(icount, naps, 150);

    cr_assert_geq(log.inputs, 150);
    assert_replays(&log, icount, naps, CLOCK_SLICE_INSNS);
    assert_replays(&log, icount, naps, 77);
    log_free(&log);
}

Test(replay, of_a_live_run_with_naps_has_the_same_hash, .timeout = 240)
{
    assert_run_replays(NULL, true);
}

Test(replay, of_a_busy_live_run_has_the_same_hash, .timeout = 240)
{
    assert_run_replays(NULL, false);
}

Test(replay, of_a_fixed_run_has_the_same_hash, .timeout = 240)
{
    assert_run_replays("shift=2,sleep=off", true);
}

Test(replay, of_a_fixed_run_that_sleeps_has_the_same_hash, .timeout = 240)
{
    assert_run_replays("shift=2,sleep=on", true);
}

Test(replay, may_sleep_otherwise, .timeout = 240)
{
    Log log = record_with_typist("shift=2,sleep=on", true, 20);

    assert_replays(&log, "shift=2,sleep=off", true, CLOCK_SLICE_INSNS);
    log_free(&log);
}

Test(replay, gives_the_rtc_of_the_recorded_day)
{
    Log log = log_new();
    ToyMachine toy;
    uint64_t recorded;

    toy_init(&toy, NULL);
    cr_assert(clock_record_start(toy.clock, log.path, &header, &error_abort));
    recorded = clock_rtc_seconds(toy.clock);
    cr_assert(clock_record_finish(toy.clock, 1, &error_abort));
    toy_fini(&toy);
    g_usleep(1100000);
    toy_init(&toy, NULL);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    cr_assert_eq(clock_rtc_seconds(toy.clock), recorded);
    toy_fini(&toy);
    log_free(&log);
}

/* --- a small log, made without threads -------------------------------------------------------------- */

static Log record_small(uint64_t start)
{
    Log log = log_new();
    ToyMachine toy;

    toy_init(&toy, "shift=1,sleep=off");
    *clock_icount(toy.clock) = start;
    toy.pulls = true;
    cr_assert(clock_record_start(toy.clock, log.path, &header, &error_abort));
    for (uint64_t i = 1; i <= 4; i++) {
        input_post(toy.clock, "keys", &i, 1);
        toy_run_to(&toy, start + 3000 * i);
    }
    finish_recording(&toy, &log);
    toy_fini(&toy);
    return log;
}

static void start_small(ToyMachine *toy, uint64_t start)
{
    toy_init(toy, "shift=1,sleep=off");
    *clock_icount(toy->clock) = start;
    toy->pulls = true;
}

/* Returns false and a message if the log is refused or does not lead to the recorded end. */
static bool replay_small(const Log *log, uint64_t start, char **message)
{
    ToyMachine toy;
    Error *err = NULL;
    bool ok = false;

    start_small(&toy, start);
    if (!clock_replay_start(toy.clock, log->path, &header, &err)) {
        *message = g_strdup(error_get_pretty(err));
        error_free(err);
    } else {
        while (!toy.is_over) {
            toy_run(&toy);
        }
        ok = toy.is_ok;
        *message = g_strdup(toy.message);
    }
    toy_fini(&toy);
    return ok;
}

Test(replay, of_every_cut_off_log_ends_in_one_line, .timeout = 240)
{
    Log log = record_small(0);
    g_autofree char *bytes = NULL;
    size_t length;

    cr_assert(g_file_get_contents(log.path, &bytes, &length, NULL));
    for (size_t keep = 0; keep < length; keep++) {
        g_autofree char *message = NULL;
        cr_assert(g_file_set_contents(log.path, bytes, (gssize)keep, NULL));
        cr_assert(!replay_small(&log, 0, &message), "%zu bytes of %zu", keep, length);
        cr_assert_not_null(message);
        cr_assert_null(strchr(message, '\n'));
    }
    log_free(&log);
}

Test(replay, of_every_damaged_log_ends_in_one_line, .timeout = 240)
{
    Log log = record_small(0);
    g_autofree char *bytes = NULL;
    size_t length;

    cr_assert(g_file_get_contents(log.path, &bytes, &length, NULL));
    for (size_t at = 0; at < length; at++) {
        g_autofree char *message = NULL;
        bytes[at] ^= (char)(1 << at % 8);
        cr_assert(g_file_set_contents(log.path, bytes, (gssize)length, NULL));
        cr_assert(!replay_small(&log, 0, &message), "byte %zu", at);
        cr_assert_null(strchr(message, '\n'));
        bytes[at] ^= (char)(1 << at % 8);
    }
    log_free(&log);
}

Test(replay, of_a_missing_or_foreign_file_is_refused)
{
    Log log = log_new();
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    toy_init(&toy, NULL);
    ok = clock_replay_start(toy.clock, log.path, &header, &err);
    assert_refused(ok, err, "cannot open");
    err = NULL;
    cr_assert(g_file_set_contents(log.path, "#!/bin/sh\nexit 1; # and more\n", -1, NULL));
    ok = clock_replay_start(toy.clock, log.path, &header, &err);
    assert_refused(ok, err, "not a log made by -record");
    cr_assert(!clock_is_replaying(toy.clock));
    toy_fini(&toy);
    log_free(&log);
}

static void assert_start_refused(const Log *log, const char *icount, const RecordHeader *other,
                                 const char *part)
{
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    toy_init(&toy, icount);
    ok = clock_replay_start(toy.clock, log->path, other, &err);
    assert_refused(ok, err, part);
    toy_fini(&toy);
}

Test(replay, of_another_configuration_is_refused_and_names_it)
{
    Log log = record_small(0);
    RecordHeader memory = {.config = (char *)"machine=toy m=256", .initial_hash = 0xfeed};
    RecordHeader longer = {.config = (char *)"machine=toy m=128 cpu=g4", .initial_hash = 0xfeed};
    RecordHeader image = {.config = header.config, .initial_hash = 0xfeee};

    assert_start_refused(&log, "shift=1", &memory, "recorded with 'm=128', this run has 'm=256'");
    assert_start_refused(&log, "shift=1", &longer, "this run has 'cpu=g4'");
    assert_start_refused(&log, "shift=1", &image, "another initial state");
    assert_start_refused(&log, "shift=2", &header, "recorded with 'icount-ns=2'");
    assert_start_refused(&log, NULL, &header, "this run has 'icount-ns=live'");
    log_free(&log);
}

Test(replay, of_another_rtc_base_is_refused)
{
    Log log = record_small(0);
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    toy_init(&toy, "shift=1");
    cr_assert(clock_configure_rtc(toy.clock, "base=2010-10-10", &error_abort));
    ok = clock_replay_start(toy.clock, log.path, &header, &err);
    assert_refused(ok, err, "rtc=");
    toy_fini(&toy);
    log_free(&log);
}

/* --- check points ---------------------------------------------------------------------------------- */

#define NEAR_CHECK 99995000 /* the first state hash is written 5000 instructions later */

Test(replay, passes_check_points)
{
    Log log = record_small(NEAR_CHECK);
    g_autofree char *message = NULL;

    cr_assert(replay_small(&log, NEAR_CHECK, &message), "%s", message);
    cr_assert(strstr(message, "as recorded"));
    log_free(&log);
}

Test(replay, stops_at_the_first_check_point_that_differs_and_names_the_part)
{
    Log log = record_small(NEAR_CHECK);
    ToyMachine toy;

    start_small(&toy, NEAR_CHECK);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    toy.seen ^= 1; /* a device forgot to be deterministic */
    while (!toy.is_over) {
        toy_run(&toy);
    }
    cr_assert(!toy.is_ok);
    cr_assert(strstr(toy.message, "the state differs in toy-seen"), "%s", toy.message);
    cr_assert_geq(*clock_icount(toy.clock), 100000000);
    cr_assert_lt(*clock_icount(toy.clock), 100000000 + 1024);
    cr_assert(!clock_record_finish(toy.clock, 1, NULL));
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, of_a_guest_that_takes_another_way_stops, .timeout = 120)
{
    Log log = record_small(0);
    ToyMachine toy;

    start_small(&toy, 0);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    toy.lcg ^= 0x100;
    while (!toy.is_over) {
        toy_run(&toy);
    }
    cr_assert(!toy.is_ok);
    cr_assert(!clock_is_replaying(toy.clock));
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, left_early_is_not_a_success)
{
    Log log = record_small(0);
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    start_small(&toy, 0);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    toy_run_to(&toy, 2000);
    ok = clock_record_finish(toy.clock, 1, &err);
    assert_refused(ok, err, "left at icount 2000");
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, that_the_guest_ends_itself_at_the_end_mark_is_a_success)
{
    Log log = record_small(0);
    ToyMachine toy;

    start_small(&toy, 0);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    for (uint64_t stop = 500; stop <= log.icount; stop += 500) {
        clock_set_stop_icount(toy.clock, stop);
        while (*clock_icount(toy.clock) < stop) {
            toy_run(&toy);
        }
        if (stop + 500 > log.icount) {
            break;
        }
    }
    cr_assert(clock_record_finish(toy.clock, log.hash, &error_abort));
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, stops_where_the_user_wants_too)
{
    Log log = record_small(0);
    ToyMachine toy;

    start_small(&toy, 0);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    for (uint64_t stop = 1; stop < log.icount; stop += 113) {
        toy_run_to(&toy, stop);
        cr_assert_eq(*clock_icount(toy.clock), stop);
    }
    while (!toy.is_over) {
        toy_run(&toy);
    }
    cr_assert(toy.is_ok, "%s", toy.message);
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, ends_and_live_input_counts_again)
{
    Log log = record_small(0);
    ToyMachine toy;
    unsigned before;

    start_small(&toy, 0);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    while (!toy.is_over) {
        toy_run(&toy);
    }
    before = toy.inputs;
    input_post(toy.clock, "keys", "x", 1);
    toy_run_to(&toy, *clock_icount(toy.clock) + 200000);
    cr_assert_eq(toy.inputs, before + 1);
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, and_record_exclude_each_other)
{
    Log log = record_small(0);
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    start_small(&toy, 0);
    cr_assert(clock_replay_start(toy.clock, log.path, &header, &error_abort));
    ok = clock_record_start(toy.clock, "/dev/null", &header, &err);
    assert_refused(ok, err, "already records or replays");
    toy_fini(&toy);
    log_free(&log);
}

Test(replay, a_log_that_cannot_be_created_is_one_line)
{
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    toy_init(&toy, "0");
    ok = clock_record_start(toy.clock, "/nonexistent/log", &header, &err);
    assert_refused(ok, err, "cannot create '/nonexistent/log'");
    toy_fini(&toy);
}

Test(replay, a_full_disk_ends_the_recording_not_the_guest)
{
    ToyMachine toy;
    Error *err = NULL;
    bool ok;

    toy_init(&toy, "0,sleep=off");
    cr_assert(clock_record_start(toy.clock, "/dev/full", &header, &error_abort));
    input_post(toy.clock, "keys", "x", 1);
    toy_run_to(&toy, 200000);
    ok = clock_record_finish(toy.clock, 1, &err);
    assert_refused(ok, err, "not complete");
    toy_fini(&toy);
}
