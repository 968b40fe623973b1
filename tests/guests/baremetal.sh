# SPDX-License-Identifier: MIT
# Recipe: bare-metal programs for -kernel: one NAME.elf for each baremetal/NAME.S.
# shellcheck shell=bash disable=SC2154

baremetal_inputs() { (cd "$guests_dir" && ls baremetal.sh baremetal/*); }
baremetal_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu; }

baremetal_assemble() {
    local source name
    for source in "$guests_dir"/baremetal/*.S; do
        name=$(basename "$source" .S)
        "${cross}gcc" -nostdlib -static -no-pie -mregnames "-Wl,--build-id=none,-N,--no-warn-rwx-segments,-T,$guests_dir/baremetal/link.ld" \
            "$source" -o "$1/$name.elf"
    done
}

baremetal_build() {
    stage "bare-metal programs" baremetal_assemble "$1"
}
