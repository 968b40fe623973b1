#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# An ATA disk and a CD-ROM drive found and used as Mac OS X's drivers do it (macosx.md 4.12, rows 17, 29, 30 and 32), by
# bare-metal programs: on the engine, on step() and with caches emptied at random, with equal ends;
# tests/guests/baremetal/macos_ide.c and macos_atapi.c number their steps.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

seq 1 400000 | head -c 1048576 >"$scratch/disk"
# Byte n is n + n / 2048.
python3 -c 'import sys; sys.stdout.buffer.write(bytes((n + n // 2048) & 255 for n in range(64 * 2048)))' >"$scratch/disc"

# program LOG OPTION...: ends with the program's status.
program() {
    quiet_core99 -nographic -m 64 -icount shift=0,sleep=off -kernel "$BAREMETAL/$elf" -device core99-debugexit \
        -timeout-guest 60s -drive "$drive" -hash-at-exit "${@:2}" >"$scratch/$1" 2>&1
}

# everywhere WHAT: $elf with $drive on the engine, on step(), with chaos.
everywhere() {
    program engine
    is "$1" 42 $?
    program step -global powerpc-cpu.engine=off
    is "on step(), too" 42 $?
    same_hash "both end in one state" "$scratch/engine" "$scratch/step"
    program chaos -cache-chaos 3
    is "with caches emptied at random" 42 $?
    same_hash "and in the same state" "$scratch/engine" "$scratch/chaos"
}

elf=macos_ide.elf
drive=file=$scratch/disk,format=raw
everywhere "the driver finds the disk and reads it"
program slave -drive "file=$scratch/disk,format=raw,file.locking=off,snapshot=on,index=3"
is "a disk on the other channel is in nobody's way" 42 $?

elf=macos_atapi.elf
drive=file=$scratch/disc,format=raw,media=cdrom,readonly=on,index=2
everywhere "short reads of a disc end well, refused commands with a check condition"
drive=file=$scratch/disk,format=raw,media=cdrom,readonly=on,index=2
program other
is "and the program looks at what it reads" 187 $?
finish
