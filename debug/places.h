/* SPDX-License-Identifier: MIT */
/* Places in the guest's code as a user writes them: addresses, functions, source lines. */
#ifndef DEBUG_PLACES_H
#define DEBUG_PLACES_H

#include "debug/debugger.h"

/* A source line that was named; @file NULL: the current file. */
typedef struct LinePlace {
    char *file; /* free with g_free() */
    unsigned line;
} LinePlace;

/*
 * The address of the place at @text: *EXPR, FILE:LINE, LINE (a decimal number alone, in the file that was
 * listed last, else that of the PC), or EXPR, which a function's name is. Without any source file a
 * decimal number is an address. *@end (may be NULL: all of @text is the place) is set behind it and the
 * blanks that follow. False: *errp says why.
 */
bool debugger_parse_place(const Debugger *debugger, const char *text, const char **end,
                          uint64_t *addr, Error **errp);
/* Is it FILE:LINE or LINE? Then *@end is set behind it. Whether there is such a line is not asked. */
bool debugger_parse_line(const char *text, const char **end, LinePlace *place);
/* The file that LINE alone is in; .file NULL: none. Its texts are lent. */
SourcePlace debugger_current_place(const Debugger *debugger);

#endif
