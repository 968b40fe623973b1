#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What ./run and ./check share: packages, builds, guests, stages with their time. Sourced by bash
# with the working directory at the root of the tree.

export LC_ALL=C
export CORE99_CACHE="${CORE99_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/core99}"

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

now_ms() { printf '%s' "$((${EPOCHREALTIME/./} / 1000))"; }

# seconds START_MS: the time since, as text.
seconds() {
    local ms=$(($(now_ms) - $1))
    printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# Redraw one line with the time so far and the last line of LOG; without a terminal, a line a minute.
show_progress() { # LABEL LOG START_MS
    local tick=0 width line
    while sleep 1; do
        tick=$((tick + 1))
        if [ -t 2 ]; then
            width=$(tput cols 2>/dev/null || echo 80)
            line=$(tail -c 400 "$2" 2>/dev/null | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]' || true)
            line="$1  $(seconds "$3")  $line"
            printf '\r\033[K%s' "${line:0:width-1}" >&2
        elif [ $((tick % 60)) = 0 ]; then
            say "$1  $(seconds "$3")  still at it"
        fi
    done
}

# run_logged LABEL LOG COMMAND...: output to LOG, progress on stderr; the status is the command's.
run_logged() {
    local label=$1 log=$2 start status=0 progress
    shift 2
    start=$(now_ms)
    mkdir -p "${log%/*}"
    : >"$log"
    show_progress "$label" "$log" "$start" &
    progress=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$progress" 2>/dev/null || true
    wait "$progress" 2>/dev/null || true
    if [ -t 2 ]; then
        printf '\r\033[K' >&2
    fi
    return "$status"
}

# stage LABEL LOG COMMAND...: run_logged, then one line with the time; on failure the log's end.
stage() {
    local label=$1 log=$2 start status=0
    start=$(now_ms)
    run_logged "$@" || status=$?
    if [ "$status" = 0 ]; then
        say "$(printf '%-28s ok      %s' "$label" "$(seconds "$start")")"
    else
        say "$(printf '%-28s FAILED  %s  (%s)' "$label" "$(seconds "$start")" "$log")"
        { grep -a -E '(^|[^a-z])(error|Error|E): |undefined reference' "$log" || tail -n 15 "$log"; } |
            head -n 15 | sed 's/^/    /' >&2
    fi
    return "$status"
}

# End every process below PID, leaves first: background jobs do not get the terminal's Ctrl-C.
kill_below() { # PID
    local child
    # shellcheck disable=SC2013
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
        kill_below "$child"
        kill "$child" 2>/dev/null || true
    done
}

# ---- packages ------------------------------------------------------------------------------------

# "name why" of every package that run (or check) wants, each once.
wanted_packages() {
    {
        awk -v want="$1" '!/^[ \t]*(#|$)/ && (want == "check" || $2 == "run") {
            name = $1; $1 = ""; $2 = ""; sub(/^ +/, ""); print name, $0 }' tests/packages.txt
        if [ -f tests/guests/packages.txt ]; then
            awk '!/^[ \t]*(#|$)/ { print $1, "to build the guests" }' tests/guests/packages.txt
        fi
    } | awk '!seen[$1]++'
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o Acquire::Retries=3
        -o DPkg::Lock::Timeout=600)
    as_root "${apt[@]}" update && as_root "${apt[@]}" install --no-install-recommends "$@"
}

# install_packages run|check LOG
install_packages() {
    local name why installed missing=()
    if ! command -v dpkg-query >/dev/null; then
        say "this is not Debian: the packages of tests/packages.txt are expected to be there"
        return 0
    fi
    # shellcheck disable=SC2016,SC2046
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' \
        $(wanted_packages "$1" | cut -d' ' -f1) 2>/dev/null || true)
    while read -r name why; do
        if ! grep -qxF "installed $name" <<<"$installed"; then
            [ ${#missing[@]} -gt 0 ] || say "Debian packages to install:"
            say "$(printf '    %-28s %s' "$name" "$why")"
            missing+=("$name")
        fi
    done < <(wanted_packages "$1")
    if [ ${#missing[@]} = 0 ]; then
        return 0
    fi
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "no sudo here; as root: apt-get install ${missing[*]}"
        say "installing them needs root: sudo apt-get install"
        sudo -v || die "sudo refused; as root: apt-get install ${missing[*]}"
    fi
    stage "packages" "$2" apt_install "${missing[@]}" ||
        die "apt-get failed; by hand: apt-get install ${missing[*]}"
}

# ---- builds and guests -----------------------------------------------------------------------------

# Always configures: it takes a second and sees new packages and new presets.
build_preset() { # PRESET [TARGET]
    local cache=build/$1/CMakeCache.txt fresh=()
    if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; then
        fresh=(--fresh) # the tree was moved or copied
    fi
    cmake --preset "$1" "${fresh[@]}" && cmake --build --preset "$1" ${2:+--target "$2"} -- -k 0
}

# Exports what tests/guests/build.sh printed: KERNEL, INITRD, BUSYBOX, BAREMETAL, CD.., quoted for the shell.
export_guests() { # LOG
    local line
    while read -r line; do
        eval "export $line"
    done < <(grep -a -E '^(KERNEL|INITRD|BUSYBOX|BAREMETAL|PROGRAMS|CD)=' "$1")
}
