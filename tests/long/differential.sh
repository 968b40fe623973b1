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

# The committed integer and branch vectors, whose results are the manual's, on QEMU: of these it differs
# in quotients that do not exist, bcctr with a decrement (an invalid form), and MSR[IP] of an exception
# (PEM 6.4: unchanged).
start_peer -M mac99 -cpu 7400
timeout -k 10 600 "$CORE99" test --against "$peer" "$root_dir"/tests/insn/{integer,branch}.vec \
    </dev/null >"$scratch/vectors" 2>&1
stop_peer
has "integer and branch vectors ran on QEMU" '^cases [0-9]{4}|^ok |^[0-9]+ cases' "$scratch/vectors"
grep '^not ok' "$scratch/vectors" | grep -v -E '^not ok ([0-9]+ )?(- )?(divwu?o?|bcctr-invalid|sc)[./]' \
    >"$scratch/left"
is "no other of them differs" "" "$(head -n 1 "$scratch/left" | cut -c 1-200)"
finish
