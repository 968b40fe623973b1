#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Random programs on the engine and on step(), ten minutes of processor time (CORE99_FUZZ_SECONDS), shared by
# a G3 and two G4s: any state, RAM or count that differs is told as a seed and a program that is as short as it
# could be made. Another CORE99_FUZZ_SEED gives other programs.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"

tests=${CORE99%/*}/unit-tests
[ -x "$tests" ] || { echo "no $tests: Criterion was not found when this tree was configured"; exit 77; }
seconds=${CORE99_FUZZ_SECONDS:-600} models=(7400_v2.9 750_v3.1 7455_v3.2)

# fuzz MODEL FIRST_SEED: its share of the time.
fuzz() {
    local log=$scratch/$1 share=$((seconds / ${#models[@]} + 1))
    CORE99_FUZZ_MODEL=$1 CORE99_FUZZ_SEED=$2 CORE99_FUZZ_SECONDS=$share \
        patiently $((20 * share + 600)) "$tests" -j1 --filter 'engine_fuzz/*' >"$log" 2>&1
    is "$1: no random program tells the engine from step()" 0 $?
    grep '^fuzz-code:' "$log" || tail -n 200 "$log"
}

seed=${CORE99_FUZZ_SEED:-1}
for model in "${models[@]}"; do
    fuzz "$model" "$seed"
    seed=$((seed + 100000000))
done
finish
