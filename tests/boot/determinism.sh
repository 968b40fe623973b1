#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The same boot gives the same machine: state hashes at every million instructions of OpenBIOS and at
# every 10 million of Linux are equal between runs, compilers, step() and the engine, with caches
# emptied at random, while traced, and while a user stops, looks and steps. A difference is a
# stop-the-line bug; `-hash-log FILE,every=N,parts=on` names the part that differs.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

# hashed LOG BINARY OPTION...: one run in fixed mode with its hash log.
hashed() {
    local log=$1 binary=$2
    shift 2
    patiently 600 "$binary" -nographic -icount shift=0,sleep=off "$@" \
        -hash-log "$scratch/$log,every=$every" </dev/null >"$scratch/$log.out" 2>&1
}

# same NAME LOG REFERENCE BINARY OPTION...
same() {
    local name=$1 log=$2 reference=$3 status=0
    shift 3
    hashed "$log" "$@" || status=$?
    if [ "$status" != 0 ]; then
        not_ok "$name" "status $status: $(tail -n 1 "$scratch/$log.out")"
    else
        same_lines "$name" "$scratch/$reference" "$scratch/$log"
    fi
}

# same_start NAME LOG REFERENCE COUNT BINARY OPTION...: the first COUNT instructions.
same_start() {
    local name=$1 log=$2 reference=$3 count=$4
    shift 4
    head -n $((count / every)) "$scratch/$reference" >"$scratch/$log.expected"
    same "$name" "$log" "$log.expected" "$@" -run-until icount="$count"
}

# ---- OpenBIOS ------------------------------------------------------------------------------------------

every=1000000
prompt=(-M mac99 -expect '0 > ')

# Keys of the console only: what a user looks at is no input of the guest. Each `cont` is sent together
# with the `stop` behind it: where that falls is the host's affair, but it is never behind the end.
look_around() {
    drive --log "$scratch/look.out" "$CORE99" -nographic -icount shift=0,sleep=off "${prompt[@]}" \
        -hash-log "$scratch/look,every=$every" -hash-at-exit -S <<'STEPS'
test a user may stop, look, step and go on
send \x01c
expect (core99) 
send cont\rinfo mtree -f\rinfo mtree -f\rinfo qom-tree\rstop\rinfo status\r
match ^VM status: paused[^)]*\(core99\) 
send info registers\r
expect (core99) 
send stepi 20012345\r
expect (core99) 
send x/4i $pc\r
expect (core99) 
send info mtree -f\r
expect (core99) 
send stepi\r
expect (core99) 
send info hash -v\r
expect (core99) 
send cont\rinfo mtree -f\rinfo mtree -f\rinfo qtree\rinfo pic\rstop\rinfo status\r
match ^VM status: paused[^)]*\(core99\) 
send xp/8x 0\r
expect (core99) 
send info qtree\r
expect (core99) 
send cont\r
exit 0
STEPS
    same_lines "OpenBIOS: a user who stops, looks and steps changes nothing" \
        "$scratch/bios" "$scratch/look"
}

hashed bios "$CORE99" "${prompt[@]}"
is "OpenBIOS reaches its prompt in fixed mode" 0 $?
same "OpenBIOS: step() and the engine in lock-step" step bios "$CORE99" "${prompt[@]}" \
    -global powerpc-cpu.engine=off
same "OpenBIOS: clang" clang bios "$CORE99_CLANG" "${prompt[@]}"
same "OpenBIOS: caches emptied at random" chaos bios "$CORE99" "${prompt[@]}" -cache-chaos 7
same "OpenBIOS: every trace and log switched on" trace bios "$CORE99" "${prompt[@]}" -trace '*' \
    -d guest_errors,unimp,int,mmu -D /dev/null
same_start "OpenBIOS: sanitizers" asan bios 100000000 "$CORE99_SANITIZE" "${prompt[@]:0:2}"
look_around

# ---- Linux ---------------------------------------------------------------------------------------------

every=10000000
for via in pmu cuda; do
    linux=(-M "mac99,via=$via" -m 128 -kernel "$KERNEL" -initrd "$INITRD"
        -append 'console=ttyS0 core99.run=hello' -hash-at-exit)
    hashed "$via" "$CORE99" "${linux[@]}"
    is "Linux, $via: ends with status 0 in fixed mode" 0 $?
    has "Linux, $via: the guest ran its script" '^core99: exit 0' "$scratch/$via.out"
    same "Linux, $via: a second run" "$via-2" "$via" "$CORE99" "${linux[@]}" -icount shift=0
    same "Linux, $via: clang" "$via-clang" "$via" "$CORE99_CLANG" "${linux[@]}"
done
linux=("${linux[@]/via=cuda/via=pmu}")
same "Linux: caches emptied at random" chaos pmu "$CORE99" "${linux[@]}" -cache-chaos 1
same_start "Linux: sanitizers, 300 million instructions" asan pmu 300000000 \
    "$CORE99_SANITIZE" "${linux[@]}"
quiet_core99 -nographic -icount shift=0,sleep=off "${linux[@]}" >"$scratch/plain.out" 2>&1
same_hash "Linux: the hash log itself changes nothing" "$scratch/pmu.out" "$scratch/plain.out"
has "Linux: the hash line is the last, after the guest's output" "^hash " <(tail -n 1 "$scratch/plain.out")
finish
