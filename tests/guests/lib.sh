# SPDX-License-Identifier: MIT
# Shared by build.sh and the recipes: cache keys, progress lines, atomic publishing. Sourced, never run.
# A recipe NAME.sh defines NAME_inputs (files that decide its result), NAME_packages (whose versions do too) and
# NAME_build OUT (fills the folder OUT; the current directory is a scratch folder that goes away).
# shellcheck shell=bash disable=SC2034

guests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/core99/guests
cross=powerpc-linux-gnu-
jobs=${CORE99_JOBS:-$(nproc)}
# Every time stamp in a guest is this one (2024-01-01), so that equal recipes give equal bytes.
export SOURCE_DATE_EPOCH=1704067200 LC_ALL=C TZ=UTC
umask 022

fail() {
    printf 'guests: %s\n' "$*" >&2
    exit 1
}

# stage WHAT COMMAND...: runs it with its output in the log; one line: what, elapsed. On failure, the end of the log.
# Callers, up to the script itself, use no if, && or || around it: those would switch set -e off inside COMMAND.
stage() {
    local what=$1 start=$SECONDS status
    shift
    printf 'guests: %-44s' "$what" >&2
    set +e
    (
        set -e
        "$@"
    ) >>"$log" 2>&1
    status=$?
    set -e
    if [ $status -ne 0 ]; then
        printf ' failed; the end of its output:\n' >&2
        tail -n 20 "$log" >&2
        exit 1
    fi
    printf '%4d s\n' $((SECONDS - start)) >&2
}

# Stops with a line that names what is missing.
require_packages() {
    local state missing
    # shellcheck disable=SC2046
    state=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(package_list) 2>/dev/null || true)
    missing=$(package_list | while read -r name; do
        grep -qx "$name installed" <<<"$state" || printf ' %s' "$name"
    done)
    [ -z "$missing" ] || fail "packages are missing; as root: apt-get install$missing"
}

package_list() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$guests_dir/packages.txt"
}

# key NAME: what the result of recipe NAME depends on, as 16 hex digits.
key() {
    local inputs packages
    inputs=$("$1_inputs")
    packages=$("$1_packages")
    # Word splitting is meant: both are lists of plain names.
    # shellcheck disable=SC2086
    {
        (cd "$guests_dir" && sha256sum $inputs)
        dpkg-query -W -f '${Package} ${Version}\n' $packages 2>/dev/null || true
    } | sha256sum | cut -c1-16
}

# prepare NAME: leaves the result's folder in ${path[NAME]}, building it when the cache has none.
prepare() {
    local name=$1
    path["$name"]=$cache_dir/${name//_/-}-$(key "$name")
    [ ! -e "${path[$name]}/.complete" ] || return 0
    take_lock
    [ ! -e "${path[$name]}/.complete" ] || return 0
    require_packages
    build "$name" "${path[$name]}"
}

# One builder at a time, however many callers: the others wait, then find the result in the cache.
take_lock() {
    [ -z "${have_lock:-}" ] || return 0
    mkdir -p "$cache_dir" || fail "cannot make $cache_dir"
    exec {lock_fd}>"$cache_dir/lock"
    if ! flock -n "$lock_fd"; then
        printf 'guests: waiting for another build\n' >&2
        flock "$lock_fd"
    fi
    have_lock=yes
    rm -rf "$cache_dir"/.work.* # left by a builder that was killed
}

# build NAME FOLDER: in a temporary folder beside it, renamed when whole.
build() {
    local name=$1 target=$2
    work=$(mktemp -d "$cache_dir/.work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    log=$work/log
    mkdir "$work/out" "$work/scratch"
    (cd "$work/scratch" && "${name}_build" "$work/out")
    mv "$log" "$work/out/build.log"
    touch "$work/out/.complete"
    rm -rf "$target"
    mv -T "$work/out" "$target"
    rm -rf "$work"
    trap - EXIT
    drop_old "$target"
}

# The cache keeps, beside the newest result of a recipe, those of the last month (other branches, bisecting).
drop_old() {
    find "$cache_dir" -maxdepth 1 -name "$(basename "${1%-*}")-????????????????" ! -path "$1" -mtime +30 -exec rm -rf {} +
}
