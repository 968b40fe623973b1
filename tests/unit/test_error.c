/* SPDX-License-Identifier: MIT */
/* util/error.h: errors on their way up, and the one-line reports. */
#include "util/error.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <signal.h>
#include <stdio.h>

static bool fail_with(Error **errp, const char *what) { return error_setg(errp, "no %s", what); }

static bool fail_prefixed(Error **errp)
{
    ERRP_GUARD();

    fail_with(errp, "disk");
    error_prepend(errp, "-drive %s: ", "x");
    return false;
}

Test(error, setg_returns_false_and_keeps_the_message)
{
    g_autoptr(Error) err = NULL;

    cr_assert(!fail_with(&err, "disk"));
    cr_assert_str_eq(error_get_pretty(err), "no disk");
}

Test(error, null_errp_drops_the_message)
{
    cr_assert(!fail_with(NULL, "disk"));
    cr_assert(!fail_prefixed(NULL));
}

Test(error, errno_text_is_appended)
{
    g_autoptr(Error) err = NULL;

    error_setg_errno(&err, ENOENT, "cannot open '%s'", "x");
    cr_assert_str_eq(error_get_pretty(err), "cannot open 'x': No such file or directory");
}

Test(error, prepend_puts_text_in_front)
{
    g_autoptr(Error) err = NULL;
    Error *none = NULL;

    fail_prefixed(&err);
    cr_assert_str_eq(error_get_pretty(err), "-drive x: no disk");
    error_prepend(&none, "nothing");
    cr_assert_null(none);
    error_prepend(NULL, "nothing");
}

Test(error, propagate_moves_or_frees)
{
    Error *local = NULL;
    g_autoptr(Error) err = NULL;

    error_propagate(&err, NULL);
    cr_assert_null(err);
    fail_with(&local, "disk");
    error_propagate(&err, local);
    cr_assert_str_eq(error_get_pretty(err), "no disk");
    local = NULL;
    fail_with(&local, "second");
    error_propagate(&err, local);
    cr_assert_str_eq(error_get_pretty(err), "no disk");
    local = NULL;
    fail_with(&local, "third");
    error_propagate(NULL, local);
}

Test(error, reports_are_one_prefixed_line, .init = cr_redirect_stderr)
{
    Error *err = NULL;

    error_report("-m %d: too small", 3);
    warn_report("slow");
    fail_with(&err, "disk");
    error_report_err(err);
    err = NULL;
    fail_with(&err, "fan");
    warn_report_err(err);
    fflush(stderr);
    cr_assert_stderr_eq_str("core99: -m 3: too small\ncore99: warning: slow\ncore99: no disk\n"
                            "core99: warning: no fan\n");
}

Test(error, names_with_control_characters_leave_a_report_one_line, .init = cr_redirect_stderr)
{
    error_report("cannot open '%s'", "a\nb\x1b[2J\tc\x7f\xc3\xa9");
    fflush(stderr);
    cr_assert_stderr_eq_str("core99: cannot open 'a\\nb\\x1b[2J\\tc\\x7f\xc3\xa9'\n");
}

Test(error, fatal_exits_with_1, .exit_code = 1) { fail_with(&error_fatal, "disk"); }

Test(error, fatal_sees_the_prefix_through_a_guard, .exit_code = 1, .init = cr_redirect_stderr)
{
    fail_prefixed(&error_fatal);
}

Test(error, propagate_to_fatal_exits, .exit_code = 1)
{
    Error *local = NULL;

    fail_with(&local, "disk");
    error_propagate(&error_fatal, local);
}

Test(error, abort_aborts, .signal = SIGABRT) { fail_with(&error_abort, "disk"); }
