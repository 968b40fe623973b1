/* SPDX-License-Identifier: MIT */
/*
 * foreground PROGRAM [ARGUMENT...]: runs PROGRAM (a path) with SIGINT and SIGQUIT back at their
 * defaults. A shell without job control ignores both for what it starts in the background, and so would
 * every job under it: Ctrl-C could stop nothing. Runs inside the Linux guest.
 * Source: Linux's rt_sigaction (an all-zero action is SIG_DFL with an empty mask).
 */
#include "tiny.h"

enum { SIGNAL_INT = 2, SIGNAL_QUIT = 3, SIGNAL_SET_BYTES = 8 };

int tiny_main(int argc, char **argv)
{
    static const uint32_t by_default[8];
    char **environment = argv + argc + 1;

    if (argc < 2) {
        return tiny_fail("usage: foreground PROGRAM [ARGUMENT...]");
    }
    tiny_call(__NR_rt_sigaction, SIGNAL_INT, (long)by_default, 0, SIGNAL_SET_BYTES, 0, 0);
    tiny_call(__NR_rt_sigaction, SIGNAL_QUIT, (long)by_default, 0, SIGNAL_SET_BYTES, 0, 0);
    tiny_call(__NR_execve, (long)argv[1], (long)(argv + 1), (long)environment, 0, 0, 0);
    return tiny_fail("foreground: cannot run the program");
}
