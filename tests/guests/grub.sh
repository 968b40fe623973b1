# SPDX-License-Identifier: MIT
# Recipe: GRUB 2.06 for Open Firmware from Debian's grub-ieee1275-bin, which exists for ppc64el only but holds 32-bit big-endian
# code: grub.elf (with every module of the guests inside) and grub.chrp, the script that the firmware finds by its type. apt
# works on a private root for that architecture; nothing is installed, the system's own package lists are not touched.
# shellcheck shell=bash disable=SC2154

grub_modules=(part_apple part_msdos iso9660 hfsplus ext2 linux boot normal configfile echo test regexp search search_fs_file
    search_label ls cat sleep reboot halt)

grub_inputs() { (cd "$guests_dir" && ls grub.sh busybox.sh grub/*); }
grub_packages() { echo grub-common; }

grub_apt_root() {
    busybox_apt_root
    sed -i -e '/-security main$/d' -e 's/^deb-src/deb/' apt/sources.list # the package is in the main suite
    cat >>apt/apt.conf <<EOC
APT::Architecture "ppc64el";
APT::Architectures { "ppc64el"; };
EOC
}

grub_fetch() {
    grub_apt_root
    APT_CONFIG=$PWD/apt/apt.conf apt-get -q update
    APT_CONFIG=$PWD/apt/apt.conf apt-get -q download grub-ieee1275-bin
    dpkg-deb -x grub-ieee1275-bin_*.deb unpacked
}

grub_image() {
    local modules=unpacked/usr/lib/grub/powerpc-ieee1275
    sed '/^#/d' "$guests_dir/grub/start.cfg" >start.cfg # the rescue parser knows no comments
    grub-mkimage -O powerpc-ieee1275 -d "$modules" -p /boot/grub -c start.cfg \
        -o "$1/grub.elf" "${grub_modules[@]}"
    cp "$modules/grub.chrp" "$1/"
    cp unpacked/usr/share/doc/grub-ieee1275-bin/copyright "$1/"
    ls grub-ieee1275-bin_*.deb >"$1/provenance"
}

grub_build() {
    stage "GRUB: fetch Debian's ppc64el package" grub_fetch
    stage "GRUB: link its image" grub_image "$1"
}
