#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the logs, the execution trace and the stall reporter tell of a run, and that they change nothing.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

fixed=(-nographic -m 128 -icount 'shift=0,sleep=off')
linux=(-kernel "$KERNEL" -initrd "$INITRD")

# ran NAME STATUS OUTPUT ARGUMENT...
ran() {
    local name=$1 expected=$2 output=$3 status=0
    shift 3
    patiently 300 "$CORE99" "$@" </dev/null >"$output" 2>"$output.err" || status=$?
    is "$name" "$expected" "$status"
}

# firmware FILE WORD...: a ROM whose reset vector holds these instructions.
firmware() {
    local file=$1
    shift
    python3 - "$file" "$@" <<'PYTHON'
import struct, sys
rom = bytearray(1 << 20)
for n, word in enumerate(sys.argv[2:]):
    struct.pack_into(">I", rom, 0x100 + 4 * n, int(word, 16))
open(sys.argv[1], "wb").write(rom)
PYTHON
}

# stall NAME REGEX WORD...: the report of a program; REGEX "": there must be none.
stall() {
    local name=$1 regex=$2
    shift 2
    firmware "$scratch/rom" "$@"
    ran "$name: runs out of time" 124 "$scratch/stall" -bios "$scratch/rom" -nographic \
        -icount shift=10,sleep=off -stall-report 20ms -timeout-guest 300ms
    local lines
    lines=$(grep -c 'no progress for' "$scratch/stall.err")
    if [ -z "$regex" ]; then
        is "$name: no report" 0 "$lines"
    else
        is "$name: one report" 1 "$lines"
        has "$name: the report says why" "$regex" "$scratch/stall.err"
    fi
}

# ---- the stall reporter ------------------------------------------------------------------------------------

stall "a poll of a register" 'polls a device register; pc fff0010., .* polls uni-north.CLOCK_CONTROL at f8000020' \
    3c60f800 80830020 4bfffffc
stall "a masked loop" 'loops with interrupts disabled; pc fff00100' 48000000
stall "a guest of zeros" 'exceptions without end; .*last exception 0x700 \(program\)' 00000000
stall "a nap without end" 'naps with interrupts disabled' \
    3c600040 7c70fba6 7c8000a6 64840004 7c0004ac 7c800124 48000000
stall "a nap with interrupts enabled" '' \
    3c600040 7c70fba6 7c8000a6 60848000 64840004 7c0004ac 7c800124 48000000
stall "a loop with interrupts enabled" '' 3c600000 60638000 7c600124 48000000

ran "a Linux panic runs out of time" 124 "$scratch/panic" "${fixed[@]}" -icount shift=2,sleep=off "${linux[@]}" \
    -append 'console=ttyS0 root=/dev/nope rdinit=/nope init=/nope' -stall-report 1s -timeout-guest 8s
has "the panic is quoted" 'it panicked; pc .*Linux: Kernel panic - not syncing' "$scratch/panic.err"
is "and reported once" 1 "$(grep -c 'no progress for' "$scratch/panic.err")"

ran "a Linux prompt runs out of time" 124 "$scratch/prompt" "${fixed[@]}" "${linux[@]}" -append 'console=ttyS0' \
    -stall-report 500ms -timeout-guest 8s
has "it came to the prompt" '/root #|core99' "$scratch/prompt"
has_not "and no stall is reported" 'no progress for' "$scratch/prompt.err"

# Its start is silent for a few seconds at this speed: the period is longer than that.
ran "the firmware's prompt runs out of time" 124 "$scratch/ok" "${fixed[@]}" -icount shift=4,sleep=off \
    -stall-report 8s -timeout-guest 18s
has "it came to the prompt too" '^0 > ' "$scratch/ok"
has_not "and no stall is reported there" 'no progress for' "$scratch/ok.err"

ran "a bad period is refused" 1 "$scratch/bad" -nographic -stall-report soon
has "in a line" '^core99: -stall-report soon: expected a guest time' "$scratch/bad.err"

# ---- the execution trace ----------------------------------------------------------------------------------

count=300000
for name in a b; do
    ran "a traced run" 0 "$scratch/$name" "${fixed[@]}" -run-until "$count" -hash-at-exit \
        -exec-trace "$scratch/$name.xt,registers=on,memory=on,start=250000"
done
ran "an untraced run" 0 "$scratch/plain" "${fixed[@]}" -run-until "$count" -hash-at-exit
is "tracing changes no hash" "$(cat "$scratch/plain.err")" "$(cat "$scratch/a.err")"
check "two traces of a run are equal" cmp "$scratch/a.xt" "$scratch/b.xt"
ran "--diff of equal files" 0 "$scratch/diff" trace --diff "$scratch/a.xt" "$scratch/b.xt"
has "says so" '^the same: [0-9]+ events$' "$scratch/diff"

ran "a log" 0 "$scratch/log.out" "${fixed[@]}" -run-until "$count" -hash-at-exit \
    -d in_asm -D "$scratch/in_asm"
is "logging changes no hash" "$(cat "$scratch/plain.err")" "$(cat "$scratch/log.out.err")"
ran "a plain trace" 0 "$scratch/c" "${fixed[@]}" -run-until "$count" -exec-trace "$scratch/c.xt"
ran "its text" 0 "$scratch/c.txt" trace "$scratch/c.xt"
grep '^0x' "$scratch/in_asm" | sed 's/^0x//' >"$scratch/in_asm.code"
sed -n 's/^ *[0-9]*  \([0-9a-f]\{8\}:  .*\)/\1/p' "$scratch/c.txt" >"$scratch/trace.code"
is "the trace has every instruction" "$count" "$(wc -l <"$scratch/trace.code")"
check "trace and in_asm agree" cmp "$scratch/in_asm.code" "$scratch/trace.code"

firmware "$scratch/one" 3c60f800 80830020 4bfffffc
firmware "$scratch/two" 3c60f800 80830030 4bfffffc
for name in one two; do
    ran "a run of a program" 0 "$scratch/$name.out" "${fixed[@]}" -bios "$scratch/$name" -run-until 1000 \
        -exec-trace "$scratch/$name.xt"
done
ran "--diff of other runs" 4 "$scratch/diff" trace --diff "$scratch/one.xt" "$scratch/two.xt"
has "shows where they part" '^the same for [0-9]+ events, then:$' "$scratch/diff"
size=$(($(stat -c %s "$scratch/c.xt") / 2))
head -c "$size" "$scratch/c.xt" >"$scratch/cut.xt"
ran "a cut file is an error" 1 "$scratch/cut" trace "$scratch/cut.xt"
has "after what is whole of it" "the file ends too early at byte $size, after [0-9]+ instructions" "$scratch/cut.err"
lines=$(wc -l <"$scratch/cut")
check "which is something" test "$lines" -gt 100
is "and the same" "$(head -n "$lines" "$scratch/c.txt" | cksum)" "$(cksum <"$scratch/cut")"
ran "what is no trace is refused" 1 "$scratch/none" trace "$scratch/rom"
has "by name" 'rom: not an execution trace$' "$scratch/none.err"
ran "a filter, a count" 0 "$scratch/f" "${fixed[@]}" -run-until "$count" \
    -exec-trace "$scratch/f.xt,filter=0xfff2c7b0+0x20,count=100"
ran "limit the trace" 0 "$scratch/f.txt" trace "$scratch/f.xt"
is "to so many" 101 "$(wc -l <"$scratch/f.txt")"
has_not "at these addresses" '^ *[0-9]+  [^ ]*[^bcd].:  ' "$scratch/f.txt"
ran "JSON" 0 "$scratch/f.json" trace "$scratch/f.xt" --format json
check "is one object a line" python3 -c 'import json,sys; assert len([json.loads(l) for l in open(sys.argv[1])]) == 100' \
    "$scratch/f.json"

# ---- the log's items --------------------------------------------------------------------------------------

ran "-dfilter" 0 "$scratch/filtered" "${fixed[@]}" -run-until 100000 -d in_asm,exec,cpu,fpu,vpu \
    -dfilter 0xfff00100..0xfff00103,0xfff02524-8 -D "$scratch/filter.log"
is "shows what it lets through" 'fff00100 fff02520 fff02524' \
    "$(sed -n 's/^0x\(........\):.*/\1/p' "$scratch/filter.log" | sort -u | tr '\n' ' ' | sed 's/ $//')"
has "registers of the FPU" '^FPR00 ' "$scratch/filter.log"
has "vector registers" '^VR00 ' "$scratch/filter.log"
has "blocks" '^Trace 0: 0x0+1 \[00000000/fff00100/' "$scratch/filter.log"
is "stdout is the guest's" "" "$(grep -a -c '^Trace' "$scratch/filtered" | grep -v '^0$')"
for item in op out_asm page plugin strace tid; do
    ran "-d $item is refused" 1 "$scratch/refused" -nographic -d "$item"
    has "with the reason" "^core99: -d $item: log item '$item': [a-z]" "$scratch/refused.err"
done
ran "a bad range is refused" 1 "$scratch/refused" -nographic -dfilter 0x1000
has "with the forms" 'expected START\+LEN, START-LEN or START..END$' "$scratch/refused.err"

finish
