/* SPDX-License-Identifier: MIT */
/*
 * One run of a machine, from its start to the exit status: consoles, signals, -record and -replay,
 * -timeout-guest, -expect, and what each event of the machine means for the process.
 *
 * Context: main thread.
 */
#ifndef MONITOR_SESSION_H
#define MONITOR_SESSION_H

#include "monitor/consoles.h"

/* Exit statuses. A guest's own, stored in core99-debugexit, is added to these. */
enum {
    SESSION_OK = 0,           /* power-off, quit, signal, text seen, replay ended as recorded */
    SESSION_USER_ERROR = 1,   /* command line, files */
    SESSION_NOT_SEEN = 3,     /* the run ended without the -expect text */
    SESSION_DIFFERED = 4,     /* a replay differed from its recording */
    SESSION_GUEST_TIME = 124, /* -timeout-guest ran out */
};

/* Texts are the command line's; they live as long as the session. */
typedef struct SessionConfig {
    const char *expect;          /* -expect; NULL: none */
    const char *record, *replay; /* file names; NULL: neither */
    const ConsoleOptions *consoles;
    const GPtrArray *globals;  /* char *: -global, part of the recorded configuration */
    uint64_t timeout_ns;       /* -timeout-guest; 0: none */
    const char *hash_log;      /* -hash-log; NULL: none */
    const char *exec_trace;    /* -exec-trace; NULL: none */
    const char *stall_report;  /* -stall-report; NULL: the default */
    uint64_t run_until;        /* -run-until; CLOCK_NEVER: none */
    void (*leave)(int status); /* ends the program at once, when the host does not let it end */
    bool is_stopped;           /* -S */
    bool no_reboot, no_shutdown;
} SessionConfig;

typedef struct Session Session;

/* Before machine_init(): watches serial port 0, which is made (null) if there is none to watch. */
Session *session_new(MachineState *machine, const SessionConfig *config, Error **errp);
/* After machine_init(): consoles, machine thread, log. */
bool session_start(Session *session, Error **errp);
/* Between session_start() and session_free(). */
MonitorHub *session_monitors(Session *session);
/* @hook is told of every event that does not end the run, after the consoles. Main loop. */
void session_set_event_hook(Session *session,
                            void (*hook)(void *opaque, MachineEvent event, int code,
                                         const char *message),
                            void *opaque);
/* The main loop, until something ends the run; the machine is stopped then. */
void session_run(Session *session);
/* Judges the run, tells why on stderr if it failed, ends the log. Returns the exit status. */
int session_finish(Session *session);
/* Machine thread and consoles end. Also after an error of session_start(). NULL is allowed. */
void session_free(Session *session);

#endif
