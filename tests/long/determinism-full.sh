#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/boot/determinism.sh at full length: whole Linux boots, with via=pmu and via=cuda, on step(),
# under the sanitizers, and with caches emptied at random (three seeds), each equal to the release
# build's at every 10 million instructions and in its last state.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
need_guests

# hashed LOG BINARY OPTION...: one boot; its hash log has one line more, the last state.
hashed() {
    local log=$scratch/$1 binary=$2 status=0 start=$SECONDS
    shift 2
    patiently 3600 "$binary" -nographic -icount shift=0,sleep=off "${linux[@]}" "$@" \
        -hash-at-exit -hash-log "$log" </dev/null >"$log.out" 2>&1 || status=$?
    last_hash "$log.out" >>"$log"
    printf '%s: %d s\n' "${log##*/}" $((SECONDS - start))
    [ "$status" = 0 ] || not_ok "${log##*/} ends" "status $status: $(tail -n 1 "$log.out")"
}

# same NAME LOG BINARY OPTION...: one more boot, equal to that of via=$via.
same() {
    local name=$1 log=$2
    shift 2
    hashed "$log" "$@"
    same_lines "$name" "$scratch/$via" "$scratch/$log"
}

for via in pmu cuda; do
    linux=(-M "mac99,via=$via" -m 128 -kernel "$KERNEL" -initrd "$INITRD"
        -append 'console=ttyS0 core99.run=hello')
    hashed "$via" "$CORE99"
    has "$via: the guest ran its script" '^core99: exit 0' "$scratch/$via.out"
    same "$via: a whole Linux boot on step()" "$via-step" "$CORE99" -global powerpc-cpu.engine=off
    same "$via: a whole Linux boot under the sanitizers" "$via-sanitize" "$CORE99_SANITIZE"
    for seed in 2 3 4; do
        same "$via: caches emptied at random, seed $seed" "$via-chaos-$seed" \
            "$CORE99" -cache-chaos $seed
    done
done
finish
