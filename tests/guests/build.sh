#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the guests that tests and ./run boot, into ${XDG_CACHE_HOME:-~/.cache}/core99/guests. Whatever is already there is reused.
# Usage: tests/guests/build.sh [linux|linux-full|busybox|initrd|baremetal|debuggee|programs|hunt|cd|all]...   (all: everything but linux-full)
#        tests/guests/build.sh --print-dir   prints the cache folder and builds nothing
# Progress goes to stderr; stdout gets shell assignments: eval "$(tests/guests/build.sh all)" sets KERNEL, INITRD, BUSYBOX,
# BAREMETAL (a folder of .elf files), DEBUGGEE (one with symbols, for gdb to load), PROGRAMS (a folder of Linux programs, and programs.gz, which goes behind
# INITRD), HUNT (relay with its source, and hunt.gz likewise), CD (an image to start from) and KERNEL_FULL, as far as they were asked for.
# Environment: CORE99_JOBS, compiler processes at once (default: one per processor).
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR
for part in lib linux busybox initrd baremetal debuggee programs hunt install grub cd; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done
declare -A path

usage() {
    sed -n '3,9s/^# //p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

# Prepares target $1 and prints its assignment. Plain statements only: see stage() in lib.sh.
target() {
    local each
    case $1 in
        linux)
            prepare linux
            printf 'KERNEL=%q\n' "${path[linux]}/vmlinux"
            ;;
        linux-full)
            prepare linux_full
            printf 'KERNEL_FULL=%q\n' "${path[linux_full]}/vmlinux"
            ;;
        busybox)
            prepare busybox
            printf 'BUSYBOX=%q\n' "${path[busybox]}/busybox"
            ;;
        initrd)
            prepare busybox
            prepare initrd
            printf 'INITRD=%q\n' "${path[initrd]}/initrd.gz"
            ;;
        baremetal)
            prepare baremetal
            printf 'BAREMETAL=%q\n' "${path[baremetal]}"
            ;;
        debuggee)
            prepare debuggee
            printf 'DEBUGGEE=%q\n' "${path[debuggee]}/debuggee.elf"
            ;;
        programs)
            prepare programs
            printf 'PROGRAMS=%q\n' "${path[programs]}"
            ;;
        hunt)
            prepare hunt
            printf 'HUNT=%q\n' "${path[hunt]}"
            ;;
        cd)
            for each in "${cd_parts[@]}" cd; do prepare "$each"; done
            printf 'CD=%q\n' "${path[cd]}/cd.iso"
            ;;
        all) for each in baremetal debuggee programs hunt busybox initrd linux cd; do target "$each"; done ;;
    esac
}

[ $# -gt 0 ] || set -- all
if [ "$1" = --print-dir ]; then
    # shellcheck disable=SC2154
    printf '%s\n' "$cache_dir"
    exit
fi
for name; do
    case $name in linux | linux-full | busybox | initrd | baremetal | debuggee | programs | hunt | cd | all) ;; *) usage ;; esac
done
for name; do
    target "$name"
done
