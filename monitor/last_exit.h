/* SPDX-License-Identifier: MIT */
/*
 * The last exit: when the user wants the program to end and a host that does not answer keeps it from that, it ends all
 * the same, after some seconds, and says which drive lost its requests.
 *
 * Context: a thread of its own, that lives as long as the program: closing images comes last.
 */
#ifndef MONITOR_LAST_EXIT_H
#define MONITOR_LAST_EXIT_H

typedef struct LastExit LastExit;

/* Takes notice of SIGINT, SIGTERM and SIGHUP, which others handle. @leave does not return. */
LastExit *last_exit_new(void (*leave)(int status));
/* The user wants to quit. Any thread. */
void last_exit_quit(LastExit *last);

#endif
