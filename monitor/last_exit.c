/* SPDX-License-Identifier: MIT */
/*
 * The program's end when the host does not answer: see last_exit.h.
 *
 * Neither the main loop nor the machine thread can be asked then: one of them waits inside of a system call, or for a
 * worker that does. What is slow for another reason than a disk is waited for.
 * Source: none (own design).
 */
#include "monitor/last_exit.h"

#include "block/drive.h"
#include "monitor/session.h"
#include "util/terminal.h"

#include <glib-unix.h>
#include <signal.h>

enum { PATIENCE_MS = 5000, STUCK_MS = 2000, LOOK_MS = 250 };

struct LastExit {
    BlockCore *disks;
    GMainLoop *loop;
    void (*leave)(int status);
    gint64 asked_us; /* when the user first asked; 0: not yet. Our thread */
};

static void leave_if_stuck(const LastExit *last, unsigned stuck_ms)
{
    BlockStuck stuck;
    if (!block_is_stuck(last->disks, stuck_ms, &stuck)) {
        return;
    }
    terminal_restore();
    if (stuck.requests) {
        error_report("drive '%s': the host has not answered for %u s: %u request%s lost",
                     stuck.drive, stuck.seconds, stuck.requests,
                     stuck.requests == 1 ? " is" : "s are");
    } else {
        error_report("drive '%s': the host has not answered for %u s: what was written last may "
                     "be lost",
                     stuck.drive, stuck.seconds);
    }
    last->leave(SESSION_USER_ERROR);
}

static gboolean look(void *opaque)
{
    const LastExit *last = opaque;
    if (g_get_monotonic_time() - last->asked_us > PATIENCE_MS * G_TIME_SPAN_MILLISECOND) {
        leave_if_stuck(last, STUCK_MS);
    }
    return G_SOURCE_CONTINUE;
}

static void add_source(const LastExit *last, GSource *source, GSourceFunc fn)
{
    g_source_set_callback(source, fn, (void *)last, NULL);
    g_source_attach(source, g_main_loop_get_context(last->loop));
    g_source_unref(source);
}

/* Who asks twice has been patient. */
static gboolean asked(void *opaque)
{
    LastExit *last = opaque;
    if (last->asked_us) {
        leave_if_stuck(last, LOOK_MS);
        return G_SOURCE_CONTINUE;
    }
    last->asked_us = g_get_monotonic_time();
    add_source(last, g_timeout_source_new(LOOK_MS), look);
    return G_SOURCE_CONTINUE;
}

static gboolean asked_once(void *opaque)
{
    asked(opaque);
    return G_SOURCE_REMOVE;
}

void last_exit_quit(LastExit *last) { add_source(last, g_idle_source_new(), asked_once); }

static void *watch(void *opaque)
{
    const LastExit *last = opaque;
    g_main_context_push_thread_default(g_main_loop_get_context(last->loop));
    g_main_loop_run(last->loop);
    return NULL;
}

LastExit *last_exit_new(void (*leave)(int status))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    LastExit *last = g_new0(LastExit, 1);
    g_autoptr(GMainContext) context = g_main_context_new();
    *last = (LastExit){block_core(), g_main_loop_new(context, FALSE), leave, 0};
    for (size_t n = 0; n < G_N_ELEMENTS(signals); n++) {
        add_source(last, g_unix_signal_source_new(signals[n]), asked);
    }
    g_thread_unref(g_thread_new("last-exit", watch, last));
    return last;
}
