#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The engine in lock-step with step() over boots and all benchmark programs (bench/linux, fewer times round): the
# same state hash at every 20 million instructions and at the end, the same count, on the engine, with caches
# emptied at random, on an engine that fuses nothing, and on step(). About ten minutes of processor time.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"
need_guests

# The second engine: the same sources without fused handlers.
unfused=$root_dir/build/unfused
check "the engine that fuses nothing is configured" \
    cmake -S "$root_dir" -B "$unfused" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFUSED=0
check "and builds" ninja -C "$unfused" core99

check "the benchmark programs build" "$root_dir/bench/linux/build.sh" "$scratch/bench"
cat "$INITRD" "$scratch/bench/bench.gz" >"$scratch/initrd.gz"

# run LOG BINARY OPTION...: one run in fixed mode; the hash log gets one line more, the last state and count.
run() {
    local log=$scratch/$1 binary=$2 status=0 start=$SECONDS
    shift 2
    patiently 1800 "$binary" -nographic -icount shift=0,sleep=off "${machine[@]}" "$@" -hash-at-exit \
        -hash-log "$log,every=20000000" </dev/null >"$log.out" 2>&1 || status=$?
    last_hash "$log.out" >>"$log"
    printf '%s: %s, %d s\n' "${log##*/}" "$(tail -n 1 "$log")" $((SECONDS - start))
    [ "$status" = 0 ] || not_ok "${log##*/} ends" "status $status: $(tail -n 1 "$log.out")"
}

# all NAME: the machine of $machine in every way.
all() {
    local name=$1 seed
    run "$name" "$CORE99"
    for seed in 1 2; do
        run "$name-chaos-$seed" "$CORE99" -cache-chaos "$seed"
        same_lines "$name: caches emptied at random, seed $seed" "$scratch/$name" "$scratch/$name-chaos-$seed"
    done
    run "$name-unfused" "$unfused/core99"
    same_lines "$name: nothing fused" "$scratch/$name" "$scratch/$name-unfused"
    run "$name-step" "$CORE99" -global powerpc-cpu.engine=off
    same_lines "$name: step()" "$scratch/$name" "$scratch/$name-step"
}

linux() { # COMMAND [OPTION...]: what the guest does
    machine=(-m 128 -kernel "$KERNEL" -initrd "$scratch/initrd.gz"
        -append "console=ttyS0 quiet core99.cmd='$1'" "${@:2}")
}

# works NAME WORK...: the guest came to the end of all of them.
works() {
    local work
    for work in "${@:2}"; do
        has "$1: $work" "^@end $work " "$scratch/$1.out"
    done
}

for via in cuda pmu; do
    machine=(-M "mac99,via=$via" -expect '0 > ')
    all "openbios-$via"
done

kernels=(sieve=4 crc32=4 sha256=2 sort=1 vm=60 copies=20 lists=4 chase=1)
linux "bench-kernels ${kernels[*]}; bench-large large=12" -M mac99,via=cuda
all kernels
works kernels "${kernels[@]%=*}" large

floats=(matrix=1 bodies=300 points=1 filter=3)
vectors=(vcopy=300 vlengths=300 vpixels=80 vmotion=100 vsamples=20 vcipher=3000 vadler=200 vmatrix=30 vchannels=15)
linux "bench-floats ${floats[*]}; bench-altivec ${vectors[*]}" -M mac99,via=pmu
all floats
works floats "${floats[@]%=*}" "${vectors[@]%=*}"

system=(syscall=3000 fault=800 fork-exec=8 pipe=300 switch=500)
linux "bench-system ${system[*]}" -M mac99,via=pmu
all system
works system "${system[@]%=*}"
times >"$scratch/times"
printf 'processor time of all runs: %s\n' "$(tail -n 1 "$scratch/times")"
finish
