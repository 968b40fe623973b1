#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Thousands of random words of every row of insn.def: the table's text against capstone's, objdump's and
# what the GNU assembler makes of it. Differences: tests/golden/disassembly-differences.txt, of which each
# line must be needed.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

unit_tests=$(dirname "$CORE99")/unit-tests
[ -x "$unit_tests" ] || { echo "no unit-tests beside $CORE99"; exit 77; }
command -v powerpc-linux-gnu-objdump >/dev/null || { echo "no powerpc-linux-gnu-objdump"; exit 77; }

export CORE99_DISASSEMBLY_WORDS=2000
"$unit_tests" -j2 --color=never --verbose --filter 'disassembly/*' >"$scratch/log" 2>&1
for test in differences_from_capstone_are_explained differences_from_objdump_are_explained \
    as_makes_the_same_words_of_our_text; do
    if grep -q "^\[PASS\] disassembly::$test" "$scratch/log"; then
        ok "2000 words a row: $test"
    else
        not_ok "2000 words a row: $test" "$(grep -v PASS "$scratch/log" | head -n 6 | tr '\n' ' ')"
    fi
done

finish
