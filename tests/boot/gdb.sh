#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gdb server as gdb-multiarch meets it: a Linux boot with breakpoints, steps, registers, memory,
# console commands, detach and a second visit. Our own client runs vectors on it. Debugging changes
# nothing: the boot ends in the same hash as one that nobody looked at. Without gdb-multiarch: skipped.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

fixed=(-nographic -icount 'shift=0,sleep=off' -m 128)
boot=("${fixed[@]}" -kernel "$KERNEL" -initrd "$INITRD"
    -append 'console=ttyS0 core99.run=hello' -hash-at-exit)

# serve NAME OPTION...: core99 with a gdb server at $scratch/NAME; $server is its process.
serve() {
    local name=$1 tries
    shift
    "$CORE99" "$@" -gdb "unix:$scratch/$name" </dev/null >"$scratch/$name.out" 2>&1 &
    server=$!
    for ((tries = 0; tries < 600; tries++)); do
        [ -S "$scratch/$name" ] && return
        sleep 0.1
    done
}

# visit NAME OUTPUT: gdb's commands from standard input: a mistake in one does not end the others.
visit() {
    patiently 120 gdb-multiarch -q -nx -ex 'set confirm off' -ex 'set endian big' \
        -ex 'set pagination off' \
        -ex 'set width 0' -ex "target remote $scratch/$1" >"$scratch/$2" 2>&1
}

vectors() {
    local file
    serve own "${fixed[@]}" -S
    for file in integer fp altivec; do
        check "our client runs $file.vec on our server" \
            patiently 120 "$CORE99" test --against "unix:$scratch/own" "$root_dir/tests/insn/$file.vec"
    done
    kill "$server"
    wait "$server"
    is "SIGTERM ends a server with status 0" 0 $?
    is "the socket goes with it" gone "$([ -e "$scratch/own" ] || echo gone)"
}

first_visit() {
    visit linux first <<'GDB'
echo === start\n
info registers pc msr
x/2i $pc
stepi
echo === after stepi\n
info registers pc
break *($pc + 4)
hbreak *($pc + 8)
continue
continue
delete
stepi 9
echo === registers\n
p/x $srr0
p/x $pvr
p/x $sr0
p $f1
p $vr1.v4_int32
info registers fpscr vscr
echo === memory\n
set $old = $r3
set $r3 = 0x12345678
p/x $r3
set $r3 = $old
x/2xw 0xfff00100
x/xw 0xf8040000
maintenance packet qqemu.PhyMemMode
maintenance packet bs
echo === console\n
monitor info registers
monitor info status
monitor nonsense
detach
GDB
}

second_visit() {
    visit linux second <<'GDB'
echo === again\n
p $pc != 0
info threads
stepi
p $pc != 0
detach
GDB
}

linux() {
    serve linux "${boot[@]}" -S
    first_visit
    has "gdb stops at the reset vector" 'pc +0xfff00100' "$scratch/first"
    has "gdb disassembles there" '=> 0xfff00100' "$scratch/first"
    has "stepi goes where the branch goes" 'pc +0xfff02520' "$scratch/first"
    has "special registers have values" '= 0xc0209' "$scratch/first"
    has "vector registers have elements" '= \{0, 0, 0, 0\}' "$scratch/first"
    has "registers are set" '= 0x12345678' "$scratch/first"
    has "memory is read" '0xfff00100:.*0x48002420' "$scratch/first"
    has "registers of devices are refused" '0xf8040000.*Cannot access memory' "$scratch/first"
    has "physical memory is a mode" 'received: "0"' "$scratch/first"
    has "backwards is refused" 'running backwards is not supported' "$scratch/first"
    has "monitor reaches the console" 'NIP [0-9a-f]{8}' "$scratch/first"
    has "monitor tells the console's errors" "unknown command 'nonsense'" "$scratch/first"
    has "a breakpoint stops the guest" 'Breakpoint 1, 0xfff02524' "$scratch/first"
    has "a hardware breakpoint stops it" 'Breakpoint 2, 0xfff02528' "$scratch/first"
    has "gdb detaches" 'detached' "$scratch/first"
    second_visit
    has "gdb comes back to a running guest" '= 1' "$scratch/second"
    has "there is one processor" 'CPU#0' "$scratch/second"
    for ((i = 0; i < 1200; i++)); do
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    kill "$server" 2>/dev/null
    wait "$server"
    is "the guest powers off as ever" 0 $?
    has "by itself" '^core99: exit 0' "$scratch/linux.out"
    quiet_core99 "${boot[@]}" >"$scratch/plain.out" 2>&1
    same_hash "the boot ends in the hash of one that nobody looked at" \
        "$scratch/plain.out" "$scratch/linux.out"
}

options() {
    refused "-gdb without sense is refused" "-gdb" "${fixed[@]}" -gdb pipe
    refused "-gdb on no port is refused" "-gdb" "${fixed[@]}" -gdb tcp::0
}

options
vectors
if command -v gdb-multiarch >/dev/null; then
    linux
else
    echo "ok - gdb-multiarch # skip: not installed"
fi
finish
