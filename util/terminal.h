/* SPDX-License-Identifier: MIT */
/*
 * The terminal's modes: characters as they are typed, and back to the user's at the end.
 *
 * One terminal a process. It lives here because a signal handler must be able to restore it.
 */
#ifndef UTIL_TERMINAL_H
#define UTIL_TERMINAL_H

#include <stdbool.h>

/*
 * No echo, no line editing, no newline translation on input; output keeps "\n" to "\r\n". With
 * @signals, Ctrl-C, Ctrl-\ and Ctrl-Z stay signals; else they are characters. Kept across a stop and
 * continue of the process. False if @fd is no terminal. Context: main thread.
 */
bool terminal_make_raw(int fd, bool signals);
/* The modes found by terminal_make_raw(); nothing if there were none. May be called in a signal
 * handler, and more than once. */
void terminal_restore(void);

#endif
