/* SPDX-License-Identifier: MIT */
/*
 * A text looked for in a stream of bytes that comes in pieces.
 *
 * Source: none (own design): the last strlen(text) bytes are kept and compared.
 */
#include "monitor/monitor.h"

#include <string.h>

struct Expect {
    char *text;
    size_t length;
    char *recent; /* the last bytes, oldest first */
    size_t held;
    bool is_seen;
};

Expect *expect_new(const char *text)
{
    Expect *expect = g_new0(Expect, 1);
    g_assert(*text);
    expect->text = g_strdup(text);
    expect->length = strlen(text);
    expect->recent = g_malloc(expect->length);
    return expect;
}

void expect_free(Expect *expect)
{
    g_free(expect->text);
    g_free(expect->recent);
    g_free(expect);
}

static void take_byte(Expect *expect, char byte)
{
    if (expect->held == expect->length) {
        memmove(expect->recent, expect->recent + 1, --expect->held);
    }
    expect->recent[expect->held++] = byte;
    expect->is_seen = expect->is_seen || (expect->held == expect->length &&
                                          memcmp(expect->recent, expect->text, expect->held) == 0);
}

bool expect_feed(Expect *expect, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        take_byte(expect, (char)data[i]);
    }
    return expect->is_seen;
}
