#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# libFuzzer, a minute each (CORE99_FUZZ_SECONDS): gdb packets, console lines, IDE registers and DMA programs,
# virtio devices' registers and rings, images.
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

# rss PATTERN: megabytes, in the last line of $log that has it.
rss() {
    grep -a -E "$1" "$log" | grep -a -o 'rss: *[0-9]*' | tail -n 1 | tr -dc '0-9'
}

# fuzz TARGET: one campaign from the seeds. A small quarantine: memory that grows is ours.
fuzz() {
    local corpus=$scratch/$1 log=$scratch/$1.log status=0 executions TIMEFORMAT='%U %S'
    mkdir -p "$corpus"
    "$root_dir/tests/fuzz/seeds.py" "$1" "$corpus"
    {
        time ASAN_OPTIONS=quarantine_size_mb=16 "build/fuzz/fuzz-$1" "$corpus" \
            -max_total_time="$seconds" -timeout=20 -max_len=4096 -rss_limit_mb=1024 \
            -print_final_stats=1 -artifact_prefix="$found/$1-" </dev/null >"$log" 2>&1 || status=$?
    } 2>"$scratch/$1.cpu"
    executions=$(grep -a 'stat::number_of_executed_units:' "$log" | tr -dc '0-9')
    echo "$1: ${executions:-0} executions in $seconds s," \
        "$(awk -v n="${executions:-0}" '{ printf "%d", n / ($1 + $2 + 0.01) }' "$scratch/$1.cpu")" \
        "a processor second; memory $(rss INITED) MB with the seeds, $(rss '^#') MB at the end"
    if [ "$status" != 0 ]; then
        grep -a -E 'ERROR|SUMMARY|runtime error|internal error|Assertion|    #[0-9]' "$log" |
            head -n 20
        cp "$log" "$found/$1.log"
    fi
    is "$1: nothing is found" 0 "$status"
}

[ $# -gt 0 ] || set -- gdb console ide virtio probe
for target in "$@"; do
    fuzz "$target"
done
finish
