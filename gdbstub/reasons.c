/* SPDX-License-Identifier: MIT */
/*
 * Files of known differences: a line `WORDS: REASON` each; empty lines and those that begin with # are
 * comments. What the words mean is the caller's business. Source: none (own design).
 */
#include "gdbstub/internal.h"

#include <string.h>

typedef struct Reader {
    const char *expected;
    ReasonsLine *take;
    void *opaque;
} Reader;

static bool take_line(const Reader *reader, const char *line, unsigned number, Error **errp)
{
    const char *colon = strstr(line, ": ");
    if (!colon || !colon[2]) {
        return error_setg(errp, "line %u: no reason behind ': '", number);
    }
    g_autofree char *head = g_strndup(line, (size_t)(colon - line));
    g_auto(GStrv) words = g_strsplit(head, " ", -1);
    return reader->take(reader->opaque, words, line) ||
           error_setg(errp, "line %u: expected %s", number, reader->expected);
}

bool reasons_read(const char *path, const char *expected, ReasonsLine *take, void *opaque,
                  Error **errp)
{
    ERRP_GUARD();
    const Reader reader = {expected, take, opaque};
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    if (!g_file_get_contents(path, &text, NULL, &failure)) {
        return error_setg(errp, "%s", failure->message);
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        g_strstrip(lines[i]);
        if (*lines[i] && *lines[i] != '#' && !take_line(&reader, lines[i], i + 1, errp)) {
            error_prepend(errp, "%s: ", path);
            return false;
        }
    }
    return true;
}
