#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench/run: the smallest piece of work, as a table and as JSON. Not judged: any time.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export CORE99
run() { timeout -k 10 $((120 * ${CORE99_SLOW:-1})) "$root_dir/bench/run" -n 1 --quick --alone "$@"; }

# values FILE: what the figures say of the work
values() {
    python3 -c 'import json, sys
row = json.load(open(sys.argv[1]))["rows"][0]
print(row["axis"], row["work"], len(row["values"]["core99"]), row["values"]["core99"][0] > 0)
print(1000000 < row["instructions"]["core99"] < 100000000)' "$1"
}

run --json "$scratch/figures" syscall=50000 >"$scratch/table" 2>&1
is "the smallest work is measured" 0 $?
has "as a table" "^system +syscall +[0-9.]+ M +core99 +[0-9.]+ s +[0-9]+ MIPS$" "$scratch/table"
is "its figures are JSON" "system syscall 1 True
True" "$(values "$scratch/figures" 2>&1)"
run nothing >"$scratch/out" 2>&1
is "an unknown work is refused" 2 $?
has "by its name" "no work or axis is called 'nothing'" "$scratch/out"
finish
