/* SPDX-License-Identifier: MIT */
/*
 * Errors that travel through `Error **errp`, and the one-line reports on stderr.
 *
 * Not modelled: error classes and hints; a message is one line of text.
 */
#include "util/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Error {
    char *message;
};

/* Only their addresses count. */
Error *error_fatal;
Error *error_abort;

/* Names of files, and what other programs say, may hold anything: it stays one line, and moves no cursor. */
static void append_printable(GString *line, const char *message)
{
    for (const char *c = message; *c; c++) {
        if (*c == '\n' || *c == '\t') {
            g_string_append(line, *c == '\n' ? "\\n" : "\\t");
        } else if (g_ascii_iscntrl(*c)) {
            g_string_append_printf(line, "\\x%02x", *c);
        } else {
            g_string_append_c(line, *c);
        }
    }
}

/* One fwrite() a line, so that lines of two threads do not mix. */
static void report(const char *kind, const char *message)
{
    g_autoptr(GString) line = g_string_new("core99: ");

    g_string_append(line, kind);
    append_printable(line, message);
    g_string_append_c(line, '\n');
    fflush(stdout);
    fwrite(line->str, 1, line->len, stderr);
}

/* Takes @message. */
static bool set_message(Error **errp, char *message)
{
    if (errp == &error_abort) {
        report("internal error: ", message);
        abort();
    }
    if (errp == &error_fatal) {
        report("", message);
        exit(1);
    }
    if (!errp) {
        g_free(message);
        return false;
    }
    g_assert(*errp == NULL);
    *errp = g_new0(Error, 1);
    (*errp)->message = message;
    return false;
}

bool error_vsetg(Error **errp, const char *fmt, va_list ap)
{
    return set_message(errp, g_strdup_vprintf(fmt, ap));
}

bool error_setg(Error **errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vsetg(errp, fmt, ap);
    va_end(ap);
    return false;
}

bool error_setg_errno(Error **errp, int err, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return set_message(errp, g_strdup_printf("%s: %s", text, g_strerror(err)));
}

void error_prepend(Error **errp, const char *fmt, ...)
{
    g_autofree char *prefix = NULL;
    char *message;
    va_list ap;

    if (!errp || !*errp) {
        return;
    }
    va_start(ap, fmt);
    prefix = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    message = g_strconcat(prefix, (*errp)->message, NULL);
    g_free((*errp)->message);
    (*errp)->message = message;
}

void error_propagate(Error **errp, Error *local)
{
    if (!local) {
        return;
    }
    if (!errp || (errp != &error_fatal && errp != &error_abort && *errp)) {
        error_free(local);
        return;
    }
    set_message(errp, g_steal_pointer(&local->message));
    error_free(local);
}

const char *error_get_pretty(const Error *err) { return err->message; }

void error_free(Error *err)
{
    if (err) {
        g_free(err->message);
        g_free(err);
    }
}

void error_guard_end(ErrorGuard *guard) { error_propagate(guard->errp, guard->local); }

void error_report(const char *fmt, ...)
{
    g_autofree char *message = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    report("", message);
}

void warn_report(const char *fmt, ...)
{
    g_autofree char *message = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    report("warning: ", message);
}

void error_report_err(Error *err)
{
    report("", err->message);
    error_free(err);
}

void warn_report_err(Error *err)
{
    report("warning: ", err->message);
    error_free(err);
}
