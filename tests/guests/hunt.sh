# SPDX-License-Identifier: MIT
# Recipe: the program that docs/bug-hunt.md debugs: relay (static, with line numbers), its source beside it, and hunt.gz,
# which puts it into /bin behind the test initramfs, with core99.run=hunt.
# shellcheck shell=bash disable=SC2154

hunt_inputs() { (cd "$guests_dir" && ls hunt.sh initrd.sh hunt/*); }
hunt_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu libc6-dev-powerpc-cross cpio; }

# Small functions stay functions, so that a backtrace shows them.
hunt_compile() {
    cp "$guests_dir/hunt/relay.c" "$1/"
    (cd "$1" && "${cross}gcc" -std=gnu11 -O1 -fno-inline -Wall -Wextra -mcpu=7400 -g "-ffile-prefix-map=$1=." \
        -static -no-pie -fno-pie -Wl,--build-id=none relay.c -o relay)
}

hunt_archive() {
    mkdir -p root/bin root/etc/core99
    "${cross}strip" "$1/relay" -o root/bin/relay
    install -m 644 "$guests_dir/hunt/run" root/etc/core99/hunt
    initrd_pack "$1/hunt.gz"
}

hunt_build() {
    stage "hunt: compile" hunt_compile "$1"
    stage "hunt: pack" hunt_archive "$1"
}
