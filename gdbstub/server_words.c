/* SPDX-License-Identifier: MIT */
/*
 * The words that packets are made of: hexadecimal numbers, ranges, threads.
 *
 * Source: gdb manual, "Remote Protocol", "Packets", "thread-id syntax".
 */
#include "gdbstub/server_internal.h"

#include <string.h>

bool words_take_number(const char **text, char end, uint64_t *value)
{
    unsigned digits = 0;
    *value = 0;
    for (; g_ascii_isxdigit(**text); ++*text, digits++) {
        if (digits >= 16) {
            return false;
        }
        *value = *value << 4 | (unsigned)g_ascii_xdigit_value(**text);
    }
    if (digits == 0 || (end && **text != end)) {
        return false;
    }
    *text += end != '\0';
    return true;
}

bool words_take_range(const char **text, char end, uint64_t *address, uint64_t *length)
{
    if (!words_take_number(text, ',', address) || !words_take_number(text, '\0', length) ||
        **text != end) {
        return false;
    }
    *text += end != '\0';
    return true;
}

bool words_are_our_thread(const char *text)
{
    if (*text == 'p') {
        const char *dot = strchr(text, '.');
        text = dot ? dot + 1 : text + 1;
    }
    return strcmp(text, "-1") == 0 ||
           (*text && strspn(text, "01") == strlen(text) && g_ascii_strtoull(text, NULL, 16) <= 1);
}
