#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 100 OpenBIOS boots and 20 Linux boots in a row without one failure; all of a kind end in the same hash.
# CORE99_BOOTS and CORE99_LINUX_BOOTS change the counts.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
need_guests

# many NAME COUNT OPTION...: equal hashes at the end, status 0 each time.
many() {
    local name=$1 count=$2 i status hash first=
    shift 2
    for ((i = 1; i <= count; i++)); do
        status=0
        quiet_core99 -nographic -icount shift=1,sleep=off -hash-at-exit "$@" \
            >"$scratch/many.out" 2>&1 || status=$?
        hash=$(last_hash "$scratch/many.out")
        first=${first:-$hash}
        if [ "$status" != 0 ] || [ -z "$hash" ] || [ "$hash" != "$first" ]; then
            not_ok "$name" "boot $i: status $status, $hash instead of $first"
            return
        fi
    done
    ok "$name ($count boots, $first)"
}

for via in cuda pmu; do
    many "OpenBIOS, via=$via" "$((${CORE99_BOOTS:-100} / 2))" -M "mac99,via=$via" -expect '0 > '
    many "Linux, via=$via" "$((${CORE99_LINUX_BOOTS:-20} / 2))" -M "mac99,via=$via" -m 256 \
        -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.cmd=true'
done
finish
