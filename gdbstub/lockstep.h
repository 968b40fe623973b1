/* SPDX-License-Identifier: MIT */
/* `core99 lockstep`: our machine beside another one behind a gdb stub, instruction by instruction. */
#ifndef GDBSTUB_LOCKSTEP_H
#define GDBSTUB_LOCKSTEP_H

#include "hw/core/machine.h"

typedef struct LockstepConfig {
    const char *against; /* --against: address of the stub */
    const char *allow;   /* --allow: file of what may differ; NULL: only reads of the time */
    const char *vector;  /* --vector: file for the reproducer; NULL: lockstep.vec */
    uint64_t count;      /* --count: instructions */
    uint64_t fast;       /* --fast: so many of them by breakpoints, compared now and then */
    void (*print)(const char *text); /* the report, line by line */
} LockstepConfig;

/*
 * Takes the options of lockstep out of @argv (NULL at its end), which keeps those of the machine. False
 * without *@errp: --help was printed.
 */
bool lockstep_take_options(LockstepConfig *config, int *argc, char **argv, Error **errp);

/*
 * Both from reset. Returns the exit status: 0 if nothing unexplained differed, 1 if something did (the
 * report says what) or with *@errp set. Context: main thread, machine stopped.
 */
int lockstep_run(MachineState *machine, const LockstepConfig *config, Error **errp);

#endif
