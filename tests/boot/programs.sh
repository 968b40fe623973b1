#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Programs compiled for a 7450 with AltiVec print the same in our Linux guest as under qemu-ppc: vectors
# (denormals in Java mode go through the assist exception and the kernel's emulation here), floating
# point, indirect string functions, code on the stack. With caches emptied at random too.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
programs=(altivec fp ifunc trampoline)
[ -n "${PROGRAMS:-}" ] || eval "$("$root_dir/tests/guests/build.sh" programs)"
command -v qemu-ppc >/dev/null || { echo "qemu-ppc is not installed"; exit 77; }
initrd=$scratch/initrd.gz
cat "$INITRD" "$PROGRAMS/programs.gz" >"$initrd"

# glibc uses ISA 3.0's forms of mffs, which a 74xx executes as mffs and QEMU 7.2 as no instruction.
plain_mffs() { # FROM TO
    python3 - "$1" "$2" <<'CODE'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
for at in range(0, len(data) - 3, 4):
    word, = struct.unpack_from(">I", data, at)
    if word >> 26 == 63 and word >> 1 & 0x3ff == 583:
        struct.pack_into(">I", data, at, word & ~0x001ff800)
open(sys.argv[2], "wb").write(data)
CODE
    chmod +x "$2"
}

# guest NAME OPTION...: one boot; the console in NAME.out.
guest() {
    local name=$1
    shift
    quiet_core99 -M mac99,via=pmu -m 128 -nographic -icount shift=0,sleep=off -kernel "$KERNEL" -initrd "$initrd" \
        -append 'console=ttyS0 quiet core99.run=programs' -hash-at-exit "$@" >"$scratch/$name.out" 2>&1
    is "$name: the guest powers off" 0 $?
}

compare() { # NAME
    local program
    for program in "${programs[@]}"; do
        tr -d '\r' <"$scratch/$1.out" | sed -n "/^begin $program\$/,/^end $program status/p" | sed '1d;$d' >"$scratch/got"
        if [ -s "$scratch/got" ] && cmp -s "$scratch/$program.expected" "$scratch/got"; then
            ok "$1: $program prints what it prints under qemu-ppc ($(wc -l <"$scratch/got") lines)"
        else
            not_ok "$1: $program prints what it prints under qemu-ppc" \
                "$(diff "$scratch/$program.expected" "$scratch/got" | head -n 4 | tr '\n' ' ')"
        fi
        has "$1: $program ends with status 0" "^end $program status 0" "$scratch/$1.out"
    done
}

for program in "${programs[@]}"; do
    plain_mffs "$PROGRAMS/$program" "$scratch/$program"
    check "qemu-ppc runs $program" qemu-ppc -cpu 7450 "$scratch/$program" >/dev/null
    qemu-ppc -cpu 7450 "$scratch/$program" >"$scratch/$program.expected"
done
has "the vector variants are chosen" '^altivec 1, chosen: vector' "$scratch/ifunc.expected"
guest 7400 && compare 7400
guest chaos -cache-chaos 1 && compare chaos
same_hash "caches emptied at random change no bit" "$scratch/7400.out" "$scratch/chaos.out"
finish
