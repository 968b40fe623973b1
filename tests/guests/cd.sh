# SPDX-License-Identifier: MIT
# Recipe: cd.iso, which a Power Mac starts from: an ISO 9660 and HFS+ hybrid with an Apple partition map, GRUB in its blessed
# folder, Linux, the test initramfs with the installer behind it, and what the installer puts on a disk.
# shellcheck shell=bash disable=SC2154

cd_parts=(linux busybox initrd install grub)

cd_inputs() {
    (cd "$guests_dir" && ls cd.sh cd/*)
    for part in "${cd_parts[@]}"; do "${part}_inputs"; done
}
cd_packages() {
    echo xorriso
    for part in "${cd_parts[@]}"; do "${part}_packages"; done
}

cd_tree() {
    local services=tree/System/Library/CoreServices
    mkdir -p tree/boot/grub tree/core99 "$services"
    cp "${path[linux]}/vmlinux" tree/boot/vmlinux
    cat "${path[initrd]}/initrd.gz" "${path[install]}/install.gz" >tree/boot/initrd.gz
    cp "$guests_dir/cd/grub.cfg" tree/boot/grub/grub.cfg
    cp "$guests_dir/cd/disk.cfg" tree/core99/grub.cfg
    cp "${path[grub]}/grub.elf" "$services/grub.elf"
    cp "${path[grub]}/grub.chrp" "$services/BootX"
    cp "${path[grub]}/copyright" tree/core99/grub.copyright
}

# Names, dates and identifiers are given, so that equal trees give equal bytes.
cd_image() {
    xorriso -as mkisofs -quiet -V CORE99 -R -hfsplus -hfsplus-serial-no 0123456789abcdef -apm-block-size 2048 \
        -hfs-bless-by p /System/Library/CoreServices -hfsplus-file-creator-type chrp tbxi /System/Library/CoreServices/BootX \
        --modification-date=2024010100000000 --set_all_file_dates 2024010100000000 -o "$1/cd.iso" tree
}

cd_build() {
    stage "CD: files" cd_tree
    stage "CD: image" cd_image "$1"
}
