#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every AltiVec instruction against qemu-ppc: tests/guests/programs/altivec-oracle.c runs there and prints
# what it saw as vectors, which `core99 test` runs here. CORE99_ORACLE_CASES changes the number.
#
# What QEMU 7.2 does otherwise, and why it is not a difference here:
#   denormals in Java mode  QEMU computes, the 7400 raises the assist exception (7400UM 4.6.16): the program
#                           expects 0x1600 for the instructions that do so. What Linux's handler makes of it
#                           is compared in tests/boot/programs.sh.
#   mtvscr                  QEMU keeps reserved bits; reading 0 is allowed (AVPEM 2.3.2): only NJ and SAT count.
#   estimates               vrsqrtefp, vlogefp, vexptefp promise a bound, not bits (AVPEM 4.2.2.5): asked for
#                           zeros, infinities, NaNs and negative operands; the bounds are in test_vec.c.
#   lve*x                   the other elements are undefined (AVPEM 4.2.3); both leave them as they are.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -n "${PROGRAMS:-}" ] || eval "$("$root_dir/tests/guests/build.sh" programs)"
command -v qemu-ppc >/dev/null || { echo "qemu-ppc is not installed"; exit 77; }

# slice SEED CASES: one file of vectors, and what came of it.
slice() {
    qemu-ppc -cpu 7450 "$PROGRAMS/altivec-oracle" "$1" "$2" >"$scratch/oracle.vec" &&
        timeout -k 10 600 "$CORE99" test "$scratch/oracle.vec" >"$scratch/oracle.out" &&
        grep -q "^cases $2, failed 0$" "$scratch/oracle.out"
}

cases=${CORE99_ORACLE_CASES:-150000} each=150000 seed=0
for ((done = 0; done < cases; done += each)); do
    seed=$((seed + 1))
    if ! slice "$seed" "$each"; then
        not_ok "AltiVec does what qemu-ppc does, seed $seed" "$(head -n 3 "$scratch/oracle.out" | tr '\n' ' ')"
        finish
    fi
done
ok "AltiVec does what qemu-ppc does ($done operand sets over $(grep -a '^insn' "$scratch/oracle.vec" |
    sort -u | wc -l) instruction words of $(grep -ao '^case [a-z0-9.]*' "$scratch/oracle.vec" |
        sort -u | wc -l) mnemonics)"
finish
