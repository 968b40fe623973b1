# SPDX-License-Identifier: MIT
# Recipes: Linux 6.1 for 32-bit Power Macintosh from Debian's linux-source-6.1: `linux`, the small one (linux.config), and `linux_full`
# (with linux-full.config, for ./check --long). Each gives vmlinux (stripped ELF), vmlinux.sym (with its symbol table), System.map
# and config. Sourced by build.sh; lib.sh says which functions a recipe has.
# shellcheck shell=bash disable=SC2154

linux_archive=/usr/src/linux-source-6.1.tar.xz

linux_inputs() { echo linux.sh linux.config; }
linux_packages() { echo linux-source-6.1 gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu; }
linux_build() { linux_build_from "$1" "Linux" "$guests_dir/linux.config"; }

linux_full_inputs() { echo linux.sh linux.config linux-full.config; }
linux_full_packages() { linux_packages; }
linux_full_build() { linux_build_from "$1" "Linux (full)" "$guests_dir/linux.config" "$guests_dir/linux-full.config"; }

# Everything that could differ between two builds is given by hand. Compile time, most of this recipe, decides the flags: -O1 takes 0.8 of
# -Os and 0.7 of -O2; -w (somebody else's warnings) saves another eighth and changes no code.
linux_make() {
    make -s -j"$jobs" ARCH=powerpc CROSS_COMPILE="$cross" KBUILD_BUILD_TIMESTAMP="$(date -u -d "@$SOURCE_DATE_EPOCH")" \
        KBUILD_BUILD_USER=core99 KBUILD_BUILD_HOST=core99 KBUILD_BUILD_VERSION=1 KCFLAGS="-O1 -w" "$@"
}

# What no 32-bit PowerPC build opens is left in the archive; Kconfig files are needed everywhere.
linux_unpack() {
    tar -xJf "$linux_archive" --strip-components=1 --exclude='*/Documentation/*/*' --exclude='*/tools/testing' \
        --exclude='*/tools/perf' --exclude='*/drivers/gpu/drm/*/*/*.[ch]' --exclude='*/drivers/media/*/*.[ch]' \
        --exclude='*/drivers/net/wireless/*/*.[ch]'
}

# The NVRAM driver is shipped with its debugging on, which makes every power-off a busy wait of two seconds: a thousand million
# instructions. Nothing else of the source is touched.
linux_patch() {
    sed -i 's/^#define DEBUG$/#undef DEBUG/' arch/powerpc/platforms/powermac/nvram.c
}

linux_configure() {
    cat "$@" >fragment
    linux_make KCONFIG_ALLCONFIG=fragment allnoconfig
    linux_check_config
}

# A line that a dependency silently dropped must not become a driver missing in some later test.
linux_check_config() {
    local line name bad=0
    while read -r line; do
        case $line in
            CONFIG_*) grep -qxF "$line" .config ;;
            "# CONFIG_"*) name=${line#\# } && ! grep -q "^${name%% *}=" .config ;;
        esac || { echo "does not hold in .config: $line" && bad=1; }
    done <fragment
    return $bad
}

linux_build_from() {
    local out=$1 name=$2
    shift 2
    [ -r "$linux_archive" ] || fail "$linux_archive is missing (package linux-source-6.1)"
    stage "$name: unpack the source" linux_unpack
    linux_patch
    stage "$name: configure" linux_configure "$@"
    stage "$name: compile on $jobs processors" linux_make vmlinux
    "${cross}strip" -s -o "$out/vmlinux" vmlinux
    cp vmlinux "$out/vmlinux.sym"
    cp System.map "$out/System.map"
    cp .config "$out/config"
}
