/* SPDX-License-Identifier: MIT */
/* A gdb stub on a thread, for tests: a good one, made bad by rules. One per test process. */
#ifndef TESTS_UNIT_FAKE_STUB_H
#define TESTS_UNIT_FAKE_STUB_H

#include "gdbstub/link.h"

typedef enum FakeDeed {
    FAKE_ANSWER,    /* @text as a packet */
    FAKE_RAW,       /* @text as it is */
    FAKE_SILENCE,   /* nothing */
    FAKE_HANG_UP,   /* close the connection */
    FAKE_WRONG_SUM, /* @text as a packet with a wrong check sum, as often as asked */
} FakeDeed;

/* Packets that begin with @prefix are treated as @deed says, the first @times times (0: always). */
typedef struct FakeRule {
    const char *prefix;
    FakeDeed deed;
    const char *text;
    unsigned times;
} FakeRule;

/* Start a stub with @rules (ends with a NULL prefix; may be NULL); returns the client's end. */
GdbLink *fake_stub_start(const FakeRule *rules);
/* Start one that waits for a client; returns its address. Free with g_free(). */
char *fake_stub_listen(const FakeRule *rules);
/* What the stub was sent, packets and single characters, each followed by a space. */
char *fake_stub_log(void);

#endif
