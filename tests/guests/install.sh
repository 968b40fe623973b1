# SPDX-License-Identifier: MIT
# Recipe: the installer: macdisk (static, 32-bit PowerPC) and install.gz, which puts it and its script behind the test
# initramfs, with core99.run=install. The CD carries both.
# shellcheck shell=bash disable=SC2154

install_inputs() { (cd "$guests_dir" && ls install.sh initrd.sh install/*); }
install_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu libc6-dev-powerpc-cross cpio; }

install_compile() {
    "${cross}gcc" -std=gnu11 -Os -Wall -Wextra -Werror -mcpu=750 -static -s -Wl,--build-id=none \
        "$guests_dir"/install/*.c -o "$1/macdisk"
}

install_archive() {
    mkdir -p root/bin root/etc/core99
    cp "$1/macdisk" root/bin/
    install -m 644 "$guests_dir/install/run" root/etc/core99/install
    initrd_pack "$1/install.gz"
}

install_build() {
    stage "installer: compile" install_compile "$1"
    stage "installer: pack" install_archive "$1"
}
