# SPDX-License-Identifier: MIT
# Recipe: debuggee.elf, a bare-metal program with symbols and line numbers, which gdb loads: debuggee/.
# shellcheck shell=bash disable=SC2154

debuggee_inputs() { (cd "$guests_dir" && ls debuggee.sh debuggee/*); }
debuggee_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu; }

debuggee_compile() {
    local flags=(-mcpu=7400 -maltivec -ffreestanding -fno-pie -O0 -g "-ffile-prefix-map=$guests_dir=.")
    "${cross}gcc" "${flags[@]}" -mregnames -c "$guests_dir/debuggee/start.S" -o start.o
    "${cross}gcc" "${flags[@]}" -std=gnu11 -Wall -Wextra -c \
        "$guests_dir/debuggee/main.c" -o main.o
    "${cross}gcc" -nostdlib -static -no-pie -Wl,--build-id=none,-N,--no-warn-rwx-segments \
        "-Wl,-T,$guests_dir/debuggee/link.ld" start.o main.o -o "$1/debuggee.elf"
}

debuggee_build() {
    stage "debuggee: compile" debuggee_compile "$1"
}
