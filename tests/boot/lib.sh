# SPDX-License-Identifier: MIT
#
# Shared by tests/boot/*.sh and tests/long/*.sh: what to run, results, a scratch folder. Sourced; a
# script ends with `finish`. Results are lines `ok - NAME` and `not ok - NAME: reason`.
# ./check sets CORE99 and the guests; by hand, build/release and tests/guests/build.sh are taken.
# CORE99_SLOW=N multiplies every limit on time: for a slow build (CORE99=build/sanitize/core99) or host.
# shellcheck shell=bash

set -u
export LC_ALL=C
boot_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root_dir=$(cd "$boot_dir/../.." && pwd)
CORE99=${CORE99:-$root_dir/build/release/core99}
CORE99_CLANG=${CORE99_CLANG:-$root_dir/build/release-clang/core99}
CORE99_SANITIZE=${CORE99_SANITIZE:-$root_dir/build/sanitize/core99}
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}
failures=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/core99-test.XXXXXX")
export XDG_STATE_HOME=$scratch/state # the user's own history stays as it is
trap 'end_children; rm -rf "$scratch"' EXIT
trap 'exit 143' INT TERM

[ -x "$CORE99" ] || { echo "no binary at $CORE99"; exit 1; }

end_children() {
    local child
    for child in $(jobs -p); do
        kill "$child" 2>/dev/null
    done
}

ok() { printf 'ok - %s\n' "$1"; }

not_ok() { # NAME REASON
    printf 'not ok - %s: %s\n' "$1" "$2"
    failures=$((failures + 1))
}

# check NAME COMMAND...: ok if it succeeds; what it prints is the reason if not.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        ok "$name"
    else
        not_ok "$name" "$* (status $?) $(tail -n 3 <<<"$output" | tr '\n' ' ')"
    fi
}

# is NAME EXPECTED ACTUAL
is() {
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected '$2', got '$3'"; fi
}

# has NAME REGEX FILE
has() {
    if grep -a -q -E -e "$2" "$3"; then ok "$1"; else not_ok "$1" "no line matches $2"; fi
}

# has_not NAME REGEX FILE
has_not() {
    if grep -a -q -E -e "$2" "$3"; then
        not_ok "$1" "there is: $(grep -a -m 1 -E -e "$2" "$3")"
    else
        ok "$1"
    fi
}

# drive [OPTION...] COMMAND... <<STEPS: tests/boot/drive.py; its subtests are counted here.
drive() { "$boot_dir/drive.py" "$@" || failures=$((failures + 1)); }

# patiently SECONDS COMMAND...: with a limit on its time, times CORE99_SLOW; 124 if it ran out.
patiently() { timeout -k 10 "$(($1 * ${CORE99_SLOW:-1}))" "${@:2}"; }

# quiet_core99 ARGUMENT...: the release binary with a limit on its time and nobody at the keyboard.
quiet_core99() { patiently 300 "$CORE99" "$@" </dev/null; }

# refused NAME REGEX ARGUMENT...: the command line fails with status 1 and one line that matches.
refused() {
    local name=$1 regex=$2 status=0 text
    shift 2
    text=$(patiently 60 "$CORE99" "$@" </dev/null 2>&1) || status=$?
    if [ "$status" != 1 ]; then
        not_ok "$name" "status $status: $(tail -n 2 <<<"$text" | tr '\n' ' ')"
    elif [ "$(wc -l <<<"$text")" != 1 ]; then
        not_ok "$name" "$(wc -l <<<"$text") lines: $(tail -n 3 <<<"$text" | tr '\n' ' ')"
    elif ! grep -q -E -e "^core99: .*$regex" <<<"$text"; then
        not_ok "$name" "says: $text"
    else
        ok "$name"
    fi
}

# Sets KERNEL, INITRD, BUSYBOX and BAREMETAL where ./check has not.
need_guests() {
    local line
    if [ -z "${KERNEL:-}" ] || [ -z "${INITRD:-}" ]; then
        while read -r line; do
            eval "export $line"
        done < <("$root_dir/tests/guests/build.sh" all)
    fi
    [ -r "${KERNEL:-}" ] && [ -r "${INITRD:-}" ] || { echo "no guests"; exit 1; }
}

# same_lines NAME FILE FILE: two hash logs; says where they part.
same_lines() {
    if [ ! -s "$2" ] || [ ! -s "$3" ]; then
        not_ok "$1" "an empty log"
    elif cmp -s "$2" "$3"; then
        ok "$1"
    else
        not_ok "$1" "first difference: $(diff "$2" "$3" | sed -n '2p;/^>/{p;q}' | tr '\n' ' ')"
    fi
}

# last_hash FILE: what -hash-at-exit printed, wherever it stands among the guest's output.
last_hash() { grep -a -o 'hash [0-9a-f]\{16\} icount [0-9]*' "$1" | tail -n 1; }

# same_hash NAME OUTPUT OUTPUT: both runs ended in the same state.
same_hash() {
    local hash
    hash=$(last_hash "$2")
    is "$1" "${hash:-a hash}" "$(last_hash "$3")"
}

finish() { exit $((failures > 0)); }
