#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The boot tests once more, all on the sanitize build: options, error paths, every way of guest memory,
# Linux in live mode, record and replay. (determinism.sh and determinism-full.sh have runs of their own.)

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
need_guests
export CORE99=$CORE99_SANITIZE CORE99_SLOW=${CORE99_SLOW:-10}

for name in badinput cmdline linux memory openbios replay; do
    start=$SECONDS status=0
    "$boot_dir/$name.sh" >"$scratch/$name" 2>&1 || status=$?
    sed 's/^\(not ok\|ok\) - /&sanitizers: /' "$scratch/$name"
    printf '%s: %d s\n' "$name" $((SECONDS - start))
    if [ "$status" != 0 ]; then
        failures=$((failures + 1))
        grep -q '^not ok' "$scratch/$name" || not_ok "sanitizers: $name.sh" "status $status"
    fi
done
finish
