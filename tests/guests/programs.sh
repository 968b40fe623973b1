# SPDX-License-Identifier: MIT
# Recipe: Linux programs for a 7450 with AltiVec, static: one NAME for each programs/NAME.c, and programs.gz, which puts
# them into /bin behind the test initramfs (the kernel unpacks archives one after another), with core99.run=programs.
# shellcheck shell=bash disable=SC2154

programs_inputs() { (cd "$guests_dir" && ls programs.sh initrd.sh programs/*); }
programs_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu libc6-dev-powerpc-cross cpio; }

programs_compile() {
    local source name
    for source in "$guests_dir"/programs/*.c; do
        name=$(basename "$source" .c)
        "${cross}gcc" -std=gnu11 -O2 -Wall -Wextra -maltivec -mcpu=7450 -static -s -Wl,--build-id=none \
            "$source" -lm -o "$1/$name"
    done
}

programs_archive() {
    mkdir -p root/bin root/etc/core99
    for program in "$1"/*; do
        [ "$(basename "$program")" = altivec-oracle ] || cp "$program" root/bin/
    done
    install -m 644 "$guests_dir/programs/run" root/etc/core99/programs
    initrd_pack "$1/programs.gz"
}

programs_build() {
    stage "programs: compile" programs_compile "$1"
    stage "programs: pack" programs_archive "$1"
}
