/* SPDX-License-Identifier: MIT */
/* What the kernel keeps the fuzz targets from. */
#ifndef TESTS_FUZZ_CONTAIN_H
#define TESTS_FUZZ_CONTAIN_H

#include <stdbool.h>

/*
 * From here on this thread and those it makes can write, make and remove files only in the present
 * folder and in those that libFuzzer's arguments name, and can serve no TCP port; a file ends at 16 MB.
 * False: this kernel has no Landlock.
 */
bool contain(int argc, char **argv);

#endif
