/* SPDX-License-Identifier: MIT */
/* util/log.h: items, positions, places logged once and counted. */
#include "util/log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>
#include <unistd.h>

static LogPosition position;
static char *path;

static bool give_position(void *opaque, LogPosition *pos)
{
    *pos = *(LogPosition *)opaque;
    return true;
}

static void setup(void)
{
    path = g_strdup_printf("%s/core99-log-XXXXXX", g_get_tmp_dir());
    close(g_mkstemp(path));
    log_open(path, &error_abort);
    log_set_items("guest_errors,unimp,int", &error_abort);
    position = (LogPosition){.pc = 0xc0012345, .icount = 123456, .ns = 2000};
    log_set_position_hook(give_position, &position);
}

static void teardown(void)
{
    log_close();
    unlink(path);
    g_free(path);
}

static char *contents(void)
{
    char *text = NULL;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;

    for (; (text = strchr(text, '\n')); text++) {
        lines++;
    }
    return lines;
}

TestSuite(log, .init = setup, .fini = teardown);

Test(log, line_carries_who_and_position)
{
    g_autofree char *text = NULL;

    log_guest_error("openpic", 0x1044, "write to reserved offset 0x%x", 0x1044);
    text = contents();
    cr_assert_str_eq(
        text, "openpic: write to reserved offset 0x1044 [pc=0xc0012345 icount=123456 ns=2000]\n");
}

Test(log, line_without_a_position_has_no_brackets)
{
    g_autofree char *text = NULL;

    log_set_position_hook(NULL, NULL);
    log_unimp("via", 4, "timer 2");
    log_close();
    text = contents();
    cr_assert_str_eq(text, "via: timer 2\n");
}

Test(log, disabled_items_are_silent)
{
    g_autofree char *text = NULL;

    log_set_items("unimp", &error_abort);
    log_guest_error("via", 0, "no");
    log_line(LOG_INT, "cpu", 0, "no");
    log_text(LOG_CPU, "no\n");
    log_close();
    text = contents();
    cr_assert_str_empty(text);
}

Test(log, same_place_is_logged_once_and_counted_at_close)
{
    g_autofree char *text = NULL;

    for (int i = 0; i < 1000; i++) {
        position.icount++;
        log_guest_error("via", 7, "bad value %d", i);
    }
    log_close();
    text = contents();
    cr_assert_str_eq(text, "via: bad value 0 [pc=0xc0012345 icount=123457 ns=2000]\n"
                           "via: bad value 0 (repeated 999 times)\n");
}

Test(log, pc_key_and_who_make_different_places)
{
    g_autofree char *text = NULL;

    log_guest_error("via", 7, "x");
    log_guest_error("via", 8, "x");
    log_guest_error("pmu", 8, "x");
    log_unimp("pmu", 8, "x");
    position.pc += 4;
    log_unimp("pmu", 8, "x");
    log_unimp("pmu", 8, "x");
    text = contents();
    cr_assert_eq(count_lines(text), 5);
}

Test(log, a_run_of_repeats_is_counted_when_a_new_place_logs)
{
    g_autofree char *text = NULL;

    log_set_position_hook(NULL, NULL);
    log_guest_error("a", 1, "x");
    log_guest_error("a", 1, "x");
    log_guest_error("b", 1, "y");
    log_guest_error("a", 1, "x");
    log_guest_error("b", 1, "y");
    log_close();
    text = contents();
    cr_assert_str_eq(text, "a: x\na: x (repeated 1 times)\nb: y\n"
                           "a: x (repeated 2 times)\nb: y (repeated 1 times)\n");
}

Test(log, other_items_print_every_line)
{
    g_autofree char *text = NULL;

    log_line(LOG_INT, "cpu", 0, "decrementer");
    log_line(LOG_INT, "cpu", 0, "decrementer");
    log_text(LOG_INT, "raw\ntext\n");
    log_close();
    text = contents();
    cr_assert_eq(count_lines(text), 4);
}

Test(log, the_guest_cannot_grow_the_table)
{
    g_autofree char *text = NULL;

    log_set_position_hook(NULL, NULL);
    for (uint64_t key = 0; key < 10000; key++) {
        log_guest_error("mem", key, "unassigned");
    }
    log_close();
    text = contents();
    cr_assert_eq(count_lines(text), 4097);
    cr_assert(g_str_has_suffix(text, "log: 5904 lines from other places than the first 4096\n"));
}

Test(log, control_characters_do_not_reach_the_log)
{
    g_autofree char *text = NULL;

    log_set_position_hook(NULL, NULL);
    log_guest_error("fw", 0, "%s", "a\033[2Jb\nc");
    text = contents();
    cr_assert_str_eq(text, "fw: a?[2Jb?c\n");
}

Test(log, unknown_items_name_the_nearest)
{
    g_autoptr(Error) err = NULL;
    g_autoptr(Error) later = NULL;

    cr_assert_not(log_set_items("int,guest_error", &err));
    cr_assert_str_eq(error_get_pretty(err),
                     "unknown log item 'guest_error'; did you mean 'guest_errors'?");
    cr_assert_not(log_set_items("op", &later));
    cr_assert_str_eq(error_get_pretty(later),
                     "log item 'op': nothing is translated here: use in_asm");
    cr_assert(log_enabled(LOG_INT) && log_enabled(LOG_UNIMP));
}

Test(log, none_switches_all_off_and_help_nothing)
{
    g_autofree char *help = log_items_help();

    cr_assert(log_set_items("help", &error_abort) && log_enabled(LOG_INT));
    cr_assert(log_set_items("none", &error_abort) && !log_enabled(LOG_INT));
    cr_assert(strstr(help, "guest_errors") != NULL);
}

Test(log, unwritable_file_is_an_error)
{
    g_autoptr(Error) err = NULL;

    cr_assert_not(log_open("/nonexistent/log", &err));
    cr_assert_str_eq(error_get_pretty(err), "cannot open log file '/nonexistent/log': "
                                            "No such file or directory");
}

static void *log_many(void *opaque)
{
    for (int i = 0; i < 2000; i++) {
        log_guest_error("thread", (uint64_t)(i % 10), "x %p", opaque);
    }
    return NULL;
}

Test(log, threads_share_the_log)
{
    GThread *threads[4];
    g_autofree char *text = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("log", log_many, NULL);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    log_close();
    text = contents();
    cr_assert_geq(count_lines(text), 20);
    cr_assert_leq(count_lines(text), 30);
}
