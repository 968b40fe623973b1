# SPDX-License-Identifier: MIT
# Recipe: bare-metal programs for -kernel: one NAME.elf for each baremetal/NAME.S and NAME.c.
# shellcheck shell=bash disable=SC2154

baremetal_inputs() { (cd "$guests_dir" && ls baremetal.sh baremetal/*); }
baremetal_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu; }

# In two steps: the linker records the object's name, which must not be a temporary one.
baremetal_assemble() {
    local source name
    for source in "$guests_dir"/baremetal/*.[Sc]; do
        name=$(basename "${source%.?}")
        "${cross}gcc" -c -mregnames -O2 -Wall -ffreestanding -fno-pic -fno-stack-protector \
            -fno-tree-loop-distribute-patterns "$source" -o "$name.o"
        "${cross}gcc" -nostdlib -static -no-pie -Wl,--build-id=none,-N,--no-warn-rwx-segments \
            "-Wl,-T,$guests_dir/baremetal/link.ld" "$name.o" -o "$1/$name.elf"
    done
}

baremetal_build() {
    stage "bare-metal programs" baremetal_assemble "$1"
}
