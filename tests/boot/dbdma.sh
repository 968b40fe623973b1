#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# DMA and ATA as Mac OS X uses them (macosx.md rows 27 to 31), by a bare-metal program: on step() and on the engine,
# with equal ends; tests/guests/baremetal/dbdma.S numbers its steps.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

seq 1 400000 | head -c 1048576 >"$scratch/disk"

# program LOG OPTION...: ends with the program's status.
program() {
    local log=$1
    shift
    quiet_core99 -nographic -m 64 -icount shift=0,sleep=off -kernel "$BAREMETAL/dbdma.elf" -device core99-debugexit \
        -timeout-guest 60s -drive "if=none,id=d0,format=raw,file=$scratch/disk" -device ide-hd,bus=ide.0,unit=0,drive=d0 \
        -hash-at-exit "$@" >"$scratch/$log" 2>&1
}

program engine
is "the program ends well on the engine" 42 $?
program step -global powerpc-cpu.engine=off
is "the program ends well on step()" 42 $?
same_hash "both end in one state" "$scratch/engine" "$scratch/step"
program chaos -cache-chaos 3
is "with caches emptied at random" 42 $?
same_hash "and in the same state" "$scratch/engine" "$scratch/chaos"
finish
