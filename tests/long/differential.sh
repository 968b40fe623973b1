#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 200,000 random instructions, all user-level rows, beside QEMU through its gdb stub (2 to 8 minutes).
# How QEMU differs, and who is right: tests/golden/qemu-differences.txt. Another DIFFERENTIAL_SEED gives
# other cases.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
. "$boot_dir/peer.sh"

count=${DIFFERENTIAL_COUNT:-200000}
start_peer -M mac99 -cpu 7400
timeout -k 10 7200 "$CORE99" differential --against "$peer" --count "$count" \
    --seed "${DIFFERENTIAL_SEED:-1}" --explained "$root_dir/tests/golden/qemu-differences.txt" \
    </dev/null 2>&1 | tee "$scratch/report"
stop_peer
has "$count cases, every difference from QEMU is explained" \
    "^differential: cases $count, .*with unexplained differences 0$" "$scratch/report"

# Its own vectors, too: what the manual says and QEMU does otherwise is known by the same list.
start_peer -M mac99 -cpu 7400
timeout -k 10 600 "$CORE99" test --against "$peer" "$root_dir"/tests/insn/altivec.vec \
    </dev/null >"$scratch/vectors" 2>&1
stop_peer
has "AltiVec vectors agree with QEMU but for reserved bits of VSCR" 'cases [0-9]*' "$scratch/vectors"
finish
