# SPDX-License-Identifier: MIT
# Recipe: the test initramfs: initrd.gz (newc cpio, gzip) with busybox, /init, the helpers and the scripts of run/.
# Made by an unprivileged user: no device nodes are needed, the kernel's built-in initramfs brings /dev/console.
# shellcheck shell=bash disable=SC2154

initrd_inputs() { (cd "$guests_dir" && ls initrd.sh busybox.sh init helpers/* run/*); }
initrd_packages() { busybox_packages; }

initrd_helper() {
    "${cross}gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-stack-protector \
        -fno-asynchronous-unwind-tables -s -Wl,--build-id=none "$guests_dir/helpers/$1.c" -lgcc -o "root/bin/$1"
}

initrd_tree() {
    local applet
    mkdir -p root/{bin,sbin,dev,proc,sys,tmp,root,mnt,etc/core99,usr/bin,usr/sbin}
    cp "${path[busybox]}/busybox" root/bin/busybox
    # linuxrc is busybox's init under another name; ours is a script
    grep -v '^/linuxrc$' "${path[busybox]}/busybox.links" | while read -r applet; do
        [ "$applet" = /bin/busybox ] || ln -s /bin/busybox "root$applet"
    done
    install -m 755 "$guests_dir/init" root/init
    install -m 644 "$guests_dir"/run/* root/etc/core99/
    echo 'root::0:0:root:/root:/bin/sh' >root/etc/passwd
    echo 'root:x:0:' >root/etc/group
    initrd_helper debugexit
    initrd_helper fwcfg-read
    initrd_helper foreground
}

# Sorted names, one time stamp, owner 0, inode numbers from the archive: equal trees give equal bytes.
initrd_pack() {
    find root -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    (cd root && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --reproducible --quiet) | gzip -9n >"$1"
}

initrd_build() {
    stage "initramfs: helpers and tree" initrd_tree
    stage "initramfs: pack" initrd_pack "$1/initrd.gz"
}
