#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The first 1,000,000 instructions of OpenBIOS beside QEMU, one by one (4 to 15 minutes). What may
# differ, and why: tests/golden/lockstep-copied.txt.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
. "$boot_dir/peer.sh"

count=${LOCKSTEP_COUNT:-1000000}
limit=7200 lockstep "$count" | tee "$scratch/report"
has "$count instructions of OpenBIOS agree with QEMU" "^lockstep agrees: instructions $count," \
    "$scratch/report"
has "RAM agrees at the end" '^RAM: [1-9][0-9]* pages compared, 0 bytes differ' "$scratch/report"
finish
