#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# An ATA disk found and used as Mac OS X's driver does it (macosx.md 4.12, rows 17, 29, 30), by a bare-metal program: on
# the engine, on step() and with caches emptied at random, with equal ends; tests/guests/baremetal/macos_ide.c numbers
# its steps.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

seq 1 400000 | head -c 1048576 >"$scratch/disk"

# program LOG OPTION...: ends with the program's status.
program() {
    quiet_core99 -nographic -m 64 -icount shift=0,sleep=off -kernel "$BAREMETAL/macos_ide.elf" -device core99-debugexit \
        -timeout-guest 60s -drive "file=$scratch/disk,format=raw" -hash-at-exit "${@:2}" >"$scratch/$1" 2>&1
}

program engine
is "the driver finds the disk and reads it" 42 $?
program step -global powerpc-cpu.engine=off
is "on step(), too" 42 $?
same_hash "both end in one state" "$scratch/engine" "$scratch/step"
program chaos -cache-chaos 3
is "with caches emptied at random" 42 $?
same_hash "and in the same state" "$scratch/engine" "$scratch/chaos"
program slave -drive "file=$scratch/disk,format=raw,file.locking=off,snapshot=on,index=3"
is "a disk on the other channel is in nobody's way" 42 $?
finish
