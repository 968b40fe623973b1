#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Debugging changes nothing: a Linux boot with stop points of every kind taken, steps, looks at memory,
# devices and expressions, and a gdb that comes and goes, ends in the state and at the instruction of one
# that nobody looked at. So do the firmware's first 60 million instructions on step() alone, and a boot
# with points that are never met.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

boot=(-nographic -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD"
    -append 'console=ttyS0 core99.run=hello' -hash-at-exit)
early=60000000

plain() { # NAME OPTION...
    quiet_core99 "${boot[@]}" -serial null "${@:2}" >"$scratch/$1" 2>&1
}

# console NAME OPTION...: a boot whose console is driven by the lines of standard input, to its end.
console() {
    local name=$1
    shift
    patiently 280 "$CORE99" -serial "file:$scratch/$name.serial" -monitor stdio -S "${boot[@]}" \
        "$@" < <(
            cat
            exec sleep $((280 * ${CORE99_SLOW:-1})) 9>&- # not with the lock of ./check
        ) >"$scratch/$name" 2>&1
}

# points ICOUNT: each kind; most go on, some with commands; two stops for steps and looks.
points() {
    cat <<LINES
tracepoint exception
break exception decrementer if srr0 > 0xc0000000 && \$r1 % 64 == 16 do p \$pc; x/2xw \$r1
break openpic.CTPR0 do info pic
tracepoint openpic.IACK0
tracepoint region escc write if value == 10
tracepoint pci 0c.0
tracepoint spr SDR1
tracepoint spr HID0
tracepoint insn rfi
tracepoint insn tlbie if \$r3 == 0
tracepoint irq 37
tracepoint text "version"
break text "Linux version" do info registers
break time 30ms do info qtree; info mtree; info why
tracepoint *0xfff00100
watch/p 0x3000 16 do xp/4xw 0x3000
tracepoint region uni-north
tbreak icount $1
cont
watch (\$r1 & ~0xf) - 512 512
info breakpoints
stepi 1000
nexti 50
disable
finish
enable
disable \$bpnum
tracepoint *\$pc
x/16xw \$r1
xp/16xw 0
x/8i \$pc
p \$r1 + *(\$r1 + 4) * 2
p openpic.CTPR0
p uni_north.VERSION
info registers
info tlb
info irq
info hash
tbreak icount $(($1 + 900000))
cont
stepi 500
bt
cont
LINES
}

# A debugger that comes while the guest runs, looks, waits for its own breakpoint and leaves.
visit() {
    local tries
    for ((tries = 0; tries < 1200; tries++)); do
        [ -S "$scratch/gdb" ] && grep -a -q 'Linux version' "$scratch/visited.serial" && break
        sleep 0.1
    done
    patiently 120 gdb-multiarch -q -nx -ex 'set confirm off' -ex 'set endian big' \
        -ex "target remote $scratch/gdb" >"$scratch/visit" 2>&1 <<'GDB'
info registers
x/8i $pc
break *($pc + 64)
stepi 100
delete
x/16xw $r1
break *0x900
continue
stepi 20
delete
monitor info status
detach
quit
GDB
}

unlooked() {
    plain plain
    plain plain_early -run-until "$early"
    console unmet <<'LINES'
break *0x12345678
break *0xc0003ffc if 0
watch 0xdead0000 4
break exception machine-check
break insn mcrxr
break spr 1011
cont
LINES
    same_hash "points that are never met change nothing" "$scratch/plain" "$scratch/unmet"
}

looked() {
    points 700000000 >"$scratch/points"
    printf '%s\n' "source $scratch/points" cont | console looked
    same_hash "points of every kind, steps and looks change nothing" "$scratch/plain" \
        "$scratch/looked"
    check "thousands of hits" \
        test "$(grep -a -c -E '^[0-9]+ (Tracepoint|Hardware)' "$scratch/looked")" -gt 3000
    has "an interrupt line is told" '^[0-9]+ Tracepoint 11: irq 37' "$scratch/looked"
    has "printed text is told" '^[0-9]+ Tracepoint 12: serial0 printed "version"' "$scratch/looked"
    has "a guest time is told" '^[0-9]+ Tracepoint 14: guest time 0.03' "$scratch/looked"
    has "accesses to configuration space are told" '^[0-9]+ Tracepoint 6: ' "$scratch/looked"
}

# All of the points go on: with commands or without.
visited() {
    command -v gdb-multiarch >/dev/null || { echo "skip - no gdb-multiarch"; return; }
    visit &
    local visitor=$!
    (points 0 | sed '/^tbreak/,$d'; echo cont) | console visited -gdb "unix:$scratch/gdb"
    wait "$visitor"
    same_hash "a gdb that comes and goes changes nothing" "$scratch/plain" "$scratch/visited"
    has "gdb is told of its own breakpoint" 'Breakpoint 2, 0x00000900' "$scratch/visit"
    has_not "gdb is not told of points that go on" 'SIGTRAP' "$scratch/visit"
    has "gdb leaves" 'Inferior 1.*detached' "$scratch/visit"
}

stepped() {
    points 59000000 | grep -v insn >"$scratch/points"
    printf '%s\n' "source $scratch/points" cont |
        console stepped -run-until "$early" -global powerpc-cpu.engine=off
    same_hash "step() alone ends there, too" "$scratch/plain_early" "$scratch/stepped"
}

unlooked
looked
visited
stepped
finish
