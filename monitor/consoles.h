/* SPDX-License-Identifier: MIT */
/*
 * Serial ports and consoles as the command line wants them: -chardev, -serial, -monitor, -mon.
 *
 * Context: main thread.
 */
#ifndef MONITOR_CONSOLES_H
#define MONITOR_CONSOLES_H

#include "monitor/monitor.h"

/* The options' texts, in order; a NULL array: the option was not given. */
typedef struct ConsoleOptions {
    GPtrArray *chardevs, *serials, *monitors, *mons; /* char * */
    bool nographic, nodefaults;
} ConsoleOptions;

/* With -nographic serial port 0 and a console share the terminal, unless the user placed them. */
void consoles_choose_defaults(ConsoleOptions *options);
/* `core99 debug`: the console on the terminal, the serial port on a pty, unless the user placed them. */
void consoles_choose_debug(ConsoleOptions *options);
bool consoles_make_chardevs(const ConsoleOptions *options, Error **errp);
/* Fills the machine's list of serial ports. Before machine_init(). */
bool consoles_make_serials(const ConsoleOptions *options, MachineState *machine, Error **errp);
/* After machine_init(): a mux gives its keys to the serial port, which came first. */
bool consoles_make_monitors(const ConsoleOptions *options, const MachineState *machine,
                            MonitorHub *hub, Error **errp);

#endif
