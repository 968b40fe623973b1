#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build.sh FOLDER: the guest's benchmark programs, static, and FOLDER/bench.gz, which puts them into /bin
# behind the test initramfs (the kernel unpacks archives one after another).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1/root/bin"
cd "$1"
root=$(cd "$here/../.." && pwd)
compile() { powerpc-linux-gnu-gcc -std=gnu11 -O2 -Wall -Wextra -mcpu=750 -static -s -Wl,--build-id=none -I"$root" "$@"; }
compile "$here/kernels.c" -o root/bin/bench-kernels
compile "$here/system.c" -o root/bin/bench-system
compile "$here/devices.c" -o root/bin/bench-devices
compile -D_GNU_SOURCE "$here/disk.c" -o root/bin/bench-disk
python3 -B "$here/large.py" >large.S
compile "$here/large.c" large.S -o root/bin/bench-large
compile -mcpu=7450 "$here/floats.c" -lm -o root/bin/bench-floats
compile -mcpu=7450 -maltivec "$here/altivec.c" -o root/bin/bench-altivec
(cd root && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet) | gzip -1n >bench.gz
