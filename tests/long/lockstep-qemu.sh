#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# OpenBIOS from reset beside QEMU: 1,000,000 instructions one by one (4 to 15 minutes), and 60,000,000
# in stretches that are compared at their ends (1 to 5 minutes). What may differ, and why:
# tests/golden/lockstep-copied.txt.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
. "$boot_dir/peer.sh"

limit=7200
agree() { # NAME COUNT OPTION...
    local name=$1 count=$2
    shift 2
    lockstep "$count" "$@" >"$scratch/report"
    cat "$scratch/report"
    has "$name" "^lockstep agrees: instructions $count," "$scratch/report"
    has "$name: RAM at the end" '^RAM: [1-9][0-9]* pages compared, 0 bytes differ' "$scratch/report"
}

count=${LOCKSTEP_COUNT:-1000000} fast=${LOCKSTEP_FAST:-60000000}
agree "$count instructions of OpenBIOS, one by one" "$count"
agree "$fast instructions of OpenBIOS, in stretches" "$fast" --fast "$fast"
finish
