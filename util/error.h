/* SPDX-License-Identifier: MIT */
/*
 * Errors that are the user's fault travel through `Error **errp`, last parameter.
 *
 * A function that can fail returns bool (true = ok) or a pointer (NULL = failed), calls error_setg()
 * once on failure and leaves *errp alone on success. Messages: lower case, one line, no newline.
 */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>

typedef struct Error Error;

/* Pass &error_fatal to print the message and exit(1), &error_abort when failure is our own bug. */
extern Error *error_fatal;
extern Error *error_abort;

/* Set *@errp (may be NULL: message dropped). Always returns false, so that it can end a function. */
bool error_setg(Error **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
bool error_vsetg(Error **errp, const char *fmt, va_list ap) G_GNUC_PRINTF(2, 0);
/* As error_setg(), with ": strerror(@err)" appended. */
bool error_setg_errno(Error **errp, int err, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* Put @fmt before the message already in *@errp; no effect if there is none. */
void error_prepend(Error **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Move @local (may be NULL) into @errp; frees @local if @errp is NULL or already set. */
void error_propagate(Error **errp, Error *local);
const char *error_get_pretty(const Error *err);
void error_free(Error *err);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Error, error_free)

/*
 * First line of a function that calls error_prepend() or looks at *errp: makes @errp point to a
 * local error even if the caller passed NULL, &error_fatal or &error_abort, and hands it on at return.
 */
typedef struct ErrorGuard {
    Error *local;
    Error **errp;
} ErrorGuard;
void error_guard_end(ErrorGuard *guard);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ErrorGuard, error_guard_end)
#define ERRP_GUARD()                                                                               \
    g_auto(ErrorGuard) errp_guard = {.errp = errp};                                                \
    if (!errp || errp == &error_fatal || errp == &error_abort) {                                   \
        errp = &errp_guard.local;                                                                  \
    }

/* One line on stderr, "core99: message" / "core99: warning: message". Any thread. */
void error_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void warn_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* Print @err as error_report() would and free it. */
void error_report_err(Error *err);
void warn_report_err(Error *err);

#endif
