#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The console, every verb and every item of it, over a boot of Linux on a terminal: console.expected is
# the transcript. Two such sessions at once are equal to the byte, and end in the same state.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
map=$(dirname "$KERNEL")/System.map

# session NAME OPTION...: plays it in a folder of its own.
session() {
    local name=$1
    shift
    mkdir -p "$scratch/$name"
    SCRATCH=$scratch/$name XDG_STATE_HOME=$scratch/$name "$boot_dir/console_session.py" \
        --log "$scratch/$name/log" "$@" "$boot_dir/console.expected" "$map" \
        "$CORE99" -nographic -serial "file:$scratch/$name/serial" -monitor stdio -S \
        -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD" \
        -append 'console=ttyS0 core99.run=hello'
}

if [ "${1:-}" = --record ]; then
    session one --record
    exit
fi
session one || failures=$((failures + 1))
finish
