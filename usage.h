/* SPDX-License-Identifier: MIT */
/* What -help prints around the list of options. */
#ifndef USAGE_H
#define USAGE_H

#include "monitor/monitor.h"

static const char USAGE[] =
    "core99 " CORE99_VERSION ", a Power Macintosh emulator\n"
    "Usage: core99 [OPTION]...\n"
    "       core99 debug [OPTION]... [KERNEL]    stopped, console on this terminal, serial port on a "
    "pty\n"
    "       core99 test FILE...    run instruction vectors\n"
    "       core99 differential --against ADDRESS    random instructions here and on a gdb stub\n"
    "       core99 lockstep --against ADDRESS [OPTION]...    beside another machine's gdb stub\n"
    "       core99 trace FILE...    show or compare execution traces\n"
    "The last four have options of their own: --help behind the name lists them.\n\n";

static const char USAGE_END[] =
    "\n"
    "Exit status:\n"
    "  0    the guest powered off (or reset, with -no-reboot); quit, Ctrl-a x, a signal; the -expect\n"
    "       text was seen; a replay ended as recorded\n"
    "  1    a mistake on the command line or in a file it names\n"
    "  3    the run ended and the -expect text was not seen\n"
    "  4    a replay differed from its recording\n"
    "  124  -timeout-guest ran out\n"
    "  N    the guest stored N in core99-debugexit (its low 8 bits)\n"
    "\nCtrl-a h lists the keys of -nographic.\n";

#endif
