#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Symbols of a running Linux: the kernel's ELF file gives them from the start, kallsyms finds them in
# guest memory, System.map is the judge of both. Looking changes nothing: the boot ends in the same hash
# as one that nobody looked at.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

folder=$(dirname "$KERNEL")
kernel=$folder/vmlinux.sym
map=$folder/System.map
boot=(-nographic -serial null -icount 'shift=0,sleep=off' -m 128 -kernel "$kernel" -initrd "$INITRD"
    -append 'console=ttyS0 core99.run=hello' -hash-at-exit)
stops=12
sampled=200

# ask COMMAND: a step that types it and waits for the next prompt.
ask() { printf 'send %s\\n\nexpect (core99)\n' "$1"; }

# The functions that kallsyms has without CONFIG_KALLSYMS_ALL: those up to the end of the code for the
# start, not those for a shutdown that never comes.
functions() { sed '/ _einittext$/q' "$map" | grep -E '^[0-9a-f]{8} [Tt] '; }

steps() {
    local i addr count
    echo "test the kernel's ELF file is read at the start"
    echo "expect (core99)"
    ask 'info symbol-files'
    ask 'info address start_kernel'
    echo "test a function is a place for a breakpoint"
    ask 'break start_kernel'
    echo "send cont\\n"
    echo "expect Breakpoint 1"
    echo "test the PC has a name wherever the kernel stands"
    ask 'delete'
    for ((i = 0; i < stops; i++)); do
        ask 'info symbol $pc'
        ask 'print/x $pc'
        echo "send stepi 400001\\n"
        echo "expect (core99)"
    done
    echo "test kallsyms is found in memory"
    ask 'symbol-file kallsyms'
    ask 'info symbol-files'
    count=$(functions | wc -l)
    for addr in $(functions | awk -v every="$((count / sampled))" 'NR % every == 0 { print $1 }'); do
        ask "info symbol 0x$addr"
    done
    ask 'symbol-file'
    echo "test the guest powers off as ever"
    echo "send cont\\n"
    echo "exit 0"
}

# same_names NAME FILE COUNT: at least so many lines "ADDRESS|SYMBOL[ + OFFSET]..." agree with the map: the
# name is one that stands at the last address at or before.
same_names() {
    local text
    if text=$(python3 - "$map" "$2" "$3" 2>&1 <<'PYTHON'
import bisect
import sys

names = {}
with open(sys.argv[1], encoding="ascii") as file:
    for line in file:
        addr, kind, name = line.split()
        if kind in "TtW":
            names.setdefault(int(addr, 16), set()).add(name)
order = sorted(names)
pairs = [line.split("|") for line in open(sys.argv[2], encoding="utf-8").read().splitlines()]
if len(pairs) < int(sys.argv[3]):
    sys.exit(f"{len(pairs)} of {sys.argv[3]} answers")
for addr, text in pairs:
    addr = int(addr, 16)
    start = order[bisect.bisect(order, addr) - 1]
    words = text.split()
    offset = int(words[2]) if words[1:2] == ["+"] else 0
    if words[0] not in names[start] or offset != addr - start:
        sys.exit(f"{addr:08x}: '{text}', the map has {sorted(names[start])} + {addr - start}")
PYTHON
    ); then
        ok "$1"
    else
        not_ok "$1" "$text"
    fi
}

steps | drive --log "$scratch/log" "$CORE99" "${boot[@]}" -S -monitor stdio
tr -d '\r' <"$scratch/log" >"$scratch/text"
# "ADDRESS|ANSWER" of `info symbol $pc` and the `print` behind it; of `info symbol 0xADDRESS`.
awk '/info symbol \$pc/ { getline answer; getline; getline value; sub(/.*0x/, "", value); print value "|" answer }' \
    "$scratch/text" >"$scratch/pcs"
awk '/info symbol 0x/ { sub(/.*info symbol 0x/, ""); getline answer; print $0 "|" answer }' \
    "$scratch/text" >"$scratch/found"
has "the kernel's table is listed" "any +[0-9]{5} .* $kernel\$" "$scratch/text"
has "kallsyms is listed in its place" 'any +[0-9]{5} +0  kallsyms$' "$scratch/text"
same_names "the PC has the name that System.map gives it" "$scratch/pcs" "$stops"
same_names "kallsyms has the names of System.map" "$scratch/found" "$sampled"
quiet_core99 "${boot[@]}" >"$scratch/plain" 2>&1
same_hash "the boot ends in the hash of one that nobody looked at" "$scratch/plain" "$scratch/text"
finish
