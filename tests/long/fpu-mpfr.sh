#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 10^8 sets of floating-point operands through the exact FPU and the engine's handlers, against MPFR: register
# and every bit of FPSCR. In shares by seed, two at a time. Shares that this binary has done are not done
# again: the results stand in build/fpu-mpfr.results (delete it to begin anew).
# CORE99_FP_LONG_CASES changes the number of sets; CORE99_FP_FIRST_SEED where the seeds begin (1).

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=build/release/fpu-mpfr
results=build/fpu-mpfr.results
share=5000000
total=${CORE99_FP_LONG_CASES:-100000000}
first=${CORE99_FP_FIRST_SEED:-1}

[ -x "$program" ] || { echo "no $program: MPFR was not found when this tree was configured"; exit 77; }
version=$(sha256sum "$program" | cut -c 1-16)
touch "$results"

# one_share SEED: a line `version seed cases N, differences N` at the end of the results.
one_share() {
    local output
    if grep -q "^$version $1 " "$results"; then
        return
    fi
    output=$("$program" -n "$share" -s "$1") || true
    grep '^first difference' <<<"$output" | sed "s/^/seed $1: /" || true
    # A share that was killed has no count: the next run does it again.
    grep -q '^cases ' <<<"$output" || return 0
    echo "$version $1 $(tail -n 1 <<<"$output")" >>"$results"
}
export -f one_share
export program results share version

count=$(((total + share - 1) / share))
seq "$first" $((first + count - 1)) | xargs -P 2 -I{} bash -c 'one_share {}'

awk -v version="$version" -v first="$first" -v last=$((first + count - 1)) -v share="$share" '
    $1 == version && $2 >= first && $2 <= last {
        cases += $4
        differences += ($3 == "cases") ? $6 : 1
        shares++
    }
    END {
        printf "shares %d, cases %d, differences %d\n", shares, cases, differences
        if (differences > 0 || shares != last - first + 1 || cases < shares * share) { print "not ok - floating point against MPFR"; exit 1 }
        print "ok - floating point against MPFR"
    }' "$results"
