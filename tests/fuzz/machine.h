/* SPDX-License-Identifier: MIT */
/*
 * The small machine of the fuzz targets: a whole board, 64 MB, with a ROM that counts in r3.
 *
 * One for the process; every input finds it stopped, its processor reset if it ran, with a new hub and a
 * new gdb server. The devices are reset every so often (that costs more than an input); registers and RAM
 * that an input wrote without running stay.
 */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include "gdbstub/server.h"

typedef struct FuzzMachine {
    MachineState *machine;
    MonitorHub *hub;
    GdbServer *server;
} FuzzMachine;

/* Once, from LLVMFuzzerInitialize(): also moves the process into an empty folder of its own, where it is
 * contained (contain.h). */
void fuzz_machine_init(int argc, char **argv);
/* The same; @configure may add drives and devices before the machine is built. It runs in that folder. */
void fuzz_machine_init_with(int argc, char **argv, void (*configure)(MachineState *machine));
/* Around each input. */
FuzzMachine *fuzz_machine_begin(void);
void fuzz_machine_end(FuzzMachine *fuzz);
/* What the main loop has to do now, bounded. */
void fuzz_machine_turn(void);
/*
 * False: what the line reads could block or never end (devices, /proc), or it opens a port that Landlock
 * cannot see. Without Landlock, all that could write outside of the process's folder: a slash that does
 * not stand behind a digit, a letter or a bracket (x/4xw, $r3/4), "..", `source` and `load`, whose lines
 * nobody sees here.
 */
bool fuzz_line_is_harmless(const char *line);

#endif
