#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Stepping in the console and in gdb-multiarch on the same Linux boot, from the same kernel function on
# while timer interrupts arrive: nexti, stepi and finish stop at the same places. A backtrace goes through
# the system call into the program. Without gdb-multiarch: skipped.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

boot=(-nographic -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD"
    -append 'console=ttyS0 core99.run=hello' -serial null -S)
map=$(dirname "$KERNEL")/System.map
address=0x$(awk '$3 == "vfs_write" { print $1 }' "$map")
steps=30 # further on gdb loses its way: it takes no frame of the system call for one

# Where the console stands after each step.
ours() {
    {
        echo "tbreak $address"
        echo cont
        echo bt
        for ((i = 0; i < 12; i++)); do echo nexti; done
        echo finish
        for ((i = 0; i < steps; i++)); do echo nexti; done
        for ((i = 0; i < 2; i++)); do echo stepi; done
        echo quit
    } >"$scratch/script"
    echo "source $scratch/script" | patiently 120 "$CORE99" "${boot[@]}" -monitor stdio \
        >"$scratch/ours" 2>&1
    sed -n 's/^\([0-9a-f]\{8\}\): .*/\1/p' "$scratch/ours" >"$scratch/ours.pc"
}

theirs() {
    local tries
    "$CORE99" "${boot[@]}" -gdb "unix:$scratch/gdb" </dev/null >"$scratch/server" 2>&1 &
    local server=$!
    for ((tries = 0; tries < 600; tries++)); do
        [ -S "$scratch/gdb" ] && break
        sleep 0.1
    done
    {
        echo "tbreak *$address"
        echo continue
        echo 'printf "pc %08x\n", $pc'
        for ((i = 0; i < 12; i++)); do
            echo nexti
            echo 'printf "pc %08x\n", $pc'
        done
        echo finish
        echo 'printf "pc %08x\n", $pc'
        for ((i = 0; i < steps; i++)); do
            echo nexti
            echo 'printf "pc %08x\n", $pc'
        done
        for ((i = 0; i < 2; i++)); do
            echo stepi
            echo 'printf "pc %08x\n", $pc'
        done
        echo kill
    } | patiently 120 gdb-multiarch -q -nx -ex 'set confirm off' -ex 'set endian big' \
        -ex 'set pagination off' -ex "file $(dirname "$KERNEL")/vmlinux.sym" \
        -ex "target remote $scratch/gdb" >"$scratch/theirs" 2>&1
    kill "$server" 2>/dev/null
    wait "$server"
    sed -n 's/^.*pc \([0-9a-f]\{8\}\)$/\1/p' "$scratch/theirs" >"$scratch/theirs.pc"
}

backtrace() {
    local frames
    frames=$(grep -c '^#' "$scratch/ours")
    is "bt shows the way to the system call" yes "$([ "$frames" -ge 4 ] && echo yes)"
    has "bt shows the exception that led into the kernel" '^--- interrupt: c00 at 0x1[0-9a-f]+ \(user\)' "$scratch/ours"
    has "finish names what it leaves" '^Run till exit from #0' "$scratch/ours"
    has "finish shows what was returned" '^Value returned is 0x' "$scratch/ours"
}

ours
backtrace
if command -v gdb-multiarch >/dev/null; then
    theirs
    same_lines "the console and gdb stop at the same places" "$scratch/ours.pc" "$scratch/theirs.pc"
else
    echo "ok - gdb-multiarch # skip: not installed"
fi
finish
