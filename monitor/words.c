/* SPDX-License-Identifier: MIT */
/* Lists of words, as completion shows them. */
#include "monitor/line.h"

#include <string.h>

enum { MOST_SHOWN = 100, WIDTH_MAX = 500 };

char *words_common_prefix(const GPtrArray *words)
{
    const char *first = words->len ? g_ptr_array_index(words, 0) : "";
    size_t length = strlen(first);
    for (guint i = 1; i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        size_t same = 0;
        while (same < length && word[same] == first[same]) {
            same++;
        }
        length = same;
    }
    return g_strndup(first, length);
}

void words_list(const GPtrArray *words, unsigned width, GString *out)
{
    guint shown = MIN(words->len, MOST_SHOWN);
    size_t longest = 1;
    for (guint i = 0; i < shown; i++) {
        longest = MAX(longest, strlen(g_ptr_array_index(words, i)));
    }
    size_t columns = MAX(MIN(width, WIDTH_MAX) / (longest + 2), 1);
    for (guint i = 0; i < shown; i++) {
        bool is_last = i + 1 == shown || (i + 1) % columns == 0;
        const char *word = g_ptr_array_index(words, i);
        g_string_append_printf(out, "%-*s%s", is_last ? 0 : (int)longest + 2, word,
                               is_last ? "\n" : "");
    }
    if (shown < words->len) {
        g_string_append_printf(out, "... and %u more\n", words->len - shown);
    }
}
