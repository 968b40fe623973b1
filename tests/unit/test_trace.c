/* SPDX-License-Identifier: MIT */
/* util/trace.h: trace points switched by glob. */
#include "util/log.h"
#include "util/trace.h"

#include <criterion/criterion.h>
#include <unistd.h>

static void fire(void)
{
    TRACE(unittest_alpha, "irq %u", 3u);
    TRACE(unittest_beta, "no arguments");
}

/* What @action writes to the log. */
static char *logged(void (*action)(void))
{
    g_autofree char *path = g_strdup_printf("%s/core99-trace-XXXXXX", g_get_tmp_dir());
    char *text = NULL;

    close(g_mkstemp(path));
    log_open(path, &error_abort);
    action();
    log_close();
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    unlink(path);
    return text;
}

Test(trace, points_are_silent_until_switched_on)
{
    g_autofree char *silent = logged(fire);
    g_autofree char *one = NULL;
    g_autofree char *both = NULL;

    cr_assert_str_empty(silent);
    cr_assert(trace_set("unittest_a*", &error_abort));
    one = logged(fire);
    cr_assert_str_eq(one, "unittest_alpha irq 3\n");
    cr_assert(trace_set("unittest_*,-unittest_alpha", &error_abort));
    both = logged(fire);
    cr_assert_str_eq(both, "unittest_beta no arguments\n");
}

Test(trace, unknown_glob_is_an_error_with_the_nearest_name)
{
    g_autoptr(Error) err = NULL;
    g_autoptr(Error) far = NULL;

    cr_assert_not(trace_set("unittest_alhpa", &err));
    cr_assert_str_eq(error_get_pretty(err),
                     "no trace point matches 'unittest_alhpa'; did you mean 'unittest_alpha'?");
    cr_assert_not(trace_set("zzz*", &far));
    cr_assert_str_eq(error_get_pretty(far), "no trace point matches 'zzz*'");
}

Test(trace, list_marks_what_is_enabled)
{
    g_autofree char *list = NULL;

    trace_set("unittest_beta", &error_abort);
    list = trace_list("unittest_*");
    cr_assert_str_eq(list, "  unittest_alpha\n* unittest_beta\n");
}

Test(trace, log_item_with_a_glob_switches_points)
{
    g_autofree char *list = NULL;

    cr_assert(log_set_items("unimp,trace:unittest_alpha", &error_abort));
    list = trace_list("unittest_*");
    cr_assert_str_eq(list, "* unittest_alpha\n  unittest_beta\n");
}
