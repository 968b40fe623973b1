/* SPDX-License-Identifier: MIT */
/* What the files of util/ share. */
#ifndef UTIL_INTERNAL_H
#define UTIL_INTERNAL_H

/* One line "text [pc=... icount=...]" in the log, whatever items are enabled. Any thread. */
void log_write_positioned(const char *text);

#endif
