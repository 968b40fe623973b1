/* SPDX-License-Identifier: MIT */
/*
 * The small machine of the fuzz targets: a whole board, 64 MB, with a ROM that counts in r3.
 *
 * One for the process; every input finds it stopped, reset if it ran, with a new hub and a new gdb
 * server. Registers and RAM that an input wrote without running stay.
 */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include "gdbstub/server.h"

typedef struct FuzzMachine {
    MachineState *machine;
    MonitorHub *hub;
    GdbServer *server;
} FuzzMachine;

/* Once, from LLVMFuzzerInitialize(): also moves the process into an empty folder of its own. */
void fuzz_machine_init(void);
/* Around each input. */
FuzzMachine *fuzz_machine_begin(void);
void fuzz_machine_end(FuzzMachine *fuzz);
/* What the main loop has to do now, bounded. */
void fuzz_machine_turn(void);
/*
 * False: the line names something outside of the process's empty folder, or a network: commands that
 * write, read or listen get nowhere else. A path needs a slash that does not stand behind a digit, a
 * letter or a bracket (x/4xw, $r3/4), or "..": such lines are not run, whatever the command. Nor are
 * `source`, whose lines nobody sees here, and anything that could start a program.
 */
bool fuzz_line_is_harmless(const char *line);

#endif
