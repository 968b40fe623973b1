/* SPDX-License-Identifier: MIT */
/* `core99 differential`: random instructions on our processor and on one behind a gdb stub. */
#ifndef GDBSTUB_DIFFERENTIAL_H
#define GDBSTUB_DIFFERENTIAL_H

#include "util/error.h"

#include <stdint.h>

/*
 * @argv (NULL at its end): a word that is skipped, then --against ADDRESS [--explained FILE] [--count N] [--seed N]
 * [--first N] [--filter GLOB]. Reports through @print, line by line. Returns the exit status: 0 if
 * every difference is explained in the file, 1 if not or with *@errp set.
 */
int differential_main(int argc, char **argv, void (*print)(const char *text), Error **errp);

#endif
