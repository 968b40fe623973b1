#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Stop points as the firmware runs: what each tells, and that the engine and step() stop at the same
# instructions.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

boot=(-icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD"
    -append 'console=ttyS0 core99.run=hello' -hash-at-exit)

# look NAME OPTION...: a boot whose console reads the lines of standard input, then the end of the guest.
look() {
    local name=$1
    shift
    patiently 120 "$CORE99" -display none -serial "file:$scratch/$name.serial" -monitor stdio -S \
        "${boot[@]}" "$@" < <(
            cat
            exec sleep $((30 * ${CORE99_SLOW:-1}))
        ) >"$scratch/$name" 2>&1
}

# The firmware's first instructions: on the engine and without it.
early() {
    look "$1" -global "powerpc-cpu.engine=$2" <<'LINES'
tracepoint exception
tracepoint insn mtsr if $r4 > 1
tracepoint spr SDR1
tracepoint time 10ms
tracepoint icount 10000001
break icount 31000000 do info breakpoints; quit
cont
LINES
}

# What was told: which stop, where, when.
hits() { grep -a -E '^[0-9]+ Tracepoint|already hit' "$scratch/$1"; }

alike() {
    early engine on
    early step off
    has "an exception is told with its cause" 'dsi exception \(0x300\) at [0-9a-f]{8}: SRR0 .* DAR' \
        "$scratch/engine"
    has "a guest time stops" 'guest time 0.01' "$scratch/engine"
    has "an instruction count stops" '^10000001 Tracepoint 5: 10000001 instructions' "$scratch/engine"
    has "an SPR is told before it is written" 'write to SDR1: 0x[0-9a-f]{8} \(was' "$scratch/engine"
    is "engine and step() stop at the same instructions" "$(hits engine | md5sum)" \
        "$(hits step | md5sum)"
}

alike
finish
