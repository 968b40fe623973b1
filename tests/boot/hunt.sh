#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The bug hunt of docs/bug-hunt.md: its commands, typed on a terminal, say what the document shows.
# Usage: tests/boot/hunt.sh [--bless]; --bless writes into the document what they say now.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
[ -n "${HUNT:-}" ] || eval "$("$root_dir/tests/guests/build.sh" hunt)"
document=$root_dir/docs/bug-hunt.md
binary=$(realpath "$CORE99")

cp "$KERNEL" "$scratch/vmlinux"
cat "$INITRD" "$HUNT/hunt.gz" >"$scratch/initrd.gz"
cp "$HUNT/relay" "$HUNT/relay.c" "$scratch/"
cd "$scratch" || exit 1
if [ "${1:-}" = --bless ]; then
    patiently 240 "$boot_dir/hunt.py" --bless "$document" "$binary"
    exit
fi
patiently 240 "$boot_dir/hunt.py" "$document" "$binary" || failures=1
finish
