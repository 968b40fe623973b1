/* SPDX-License-Identifier: MIT */
/* New text for cases, put into their file without touching anything else of it. */
#include "target-ppc/vectors_internal.h"

void vector_blessing_clear(gpointer blessing) { g_free(((VectorBlessing *)blessing)->text); }

/* The line at *@at, moved behind it; the newline included. */
static size_t line_length(const char *at)
{
    const char *end = strchr(at, '\n');
    return end ? (size_t)(end - at) + 1 : strlen(at);
}

static bool is_comment(const char *line)
{
    while (*line == ' ' || *line == '\t') {
        line++;
    }
    return *line == '#';
}

char *vector_bless_text(const char *text, const GArray *blessings)
{
    GString *out = g_string_new(NULL);
    guint next = 0;
    for (unsigned line = 1; *text; line++) {
        const VectorBlessing *blessing = next < blessings->len
                                             ? &g_array_index(blessings, VectorBlessing, next)
                                             : NULL;
        bool inside = blessing && line >= blessing->first_line;
        size_t length = line_length(text);
        if (!inside || is_comment(text)) {
            g_string_append_len(out, text, (gssize)length);
        }
        if (inside && line == blessing->last_line) {
            g_string_append(out, blessing->text);
            next++;
        }
        text += length;
    }
    return g_string_free(out, FALSE);
}
