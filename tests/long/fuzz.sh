#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# libFuzzer on both text protocols, a minute each (CORE99_FUZZ_SECONDS): gdb packets and console lines.
# What is found is left in build/fuzz/found/; it becomes a unit test. Seeds: tests/fuzz/seeds.py.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"

if ! command -v clang-19 >/dev/null; then
    echo "clang-19 is not installed"
    exit 77
fi

found=$root_dir/build/fuzz/found
seconds=${CORE99_FUZZ_SECONDS:-60}
cd "$root_dir" || exit 1
check "the fuzz preset is configured" cmake --preset fuzz
check "the fuzz preset builds" cmake --build --preset fuzz
mkdir -p "$found"

# fuzz TARGET: one campaign from the seeds.
fuzz() {
    local corpus=$scratch/$1 status=0
    mkdir -p "$corpus"
    "$root_dir/tests/fuzz/seeds.py" "$1" "$corpus"
    "build/fuzz/fuzz-$1" "$corpus" -max_total_time="$seconds" -timeout=20 -max_len=4096 \
        -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$found/$1-" \
        </dev/null >"$scratch/$1.log" 2>&1 || status=$?
    echo "$1: $(grep -a -o 'stat::number_of_executed_units: *[0-9]*' "$scratch/$1.log" |
        tr -s ' ' | cut -d' ' -f2) executions in $seconds s"
    if [ "$status" != 0 ]; then
        grep -a -E 'ERROR|SUMMARY|runtime error|internal error|Assertion|    #[0-9]' \
            "$scratch/$1.log" | head -n 20
        cp "$scratch/$1.log" "$found/$1.log"
    fi
    is "$1: nothing is found" 0 "$status"
}

fuzz gdb
fuzz console
finish
