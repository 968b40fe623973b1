#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# OpenBIOS starts GRUB from a CD by the blessed folder of its HFS+ side, GRUB loads Linux: by itself, by keys in its menu, and from
# a virtio disk. What both print is what they print on qemu-system-ppc.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
machine=(-M mac99,via=pmu -m 256 -nographic)

# said FILE: the text from the firmware's first line to the kernel's, without what depends on addresses, time and the machine's
# other devices: control sequences, the countdown, hexadecimal numbers.
said() {
    sed -n '/OpenBIOS 1/,/Booting Linux via/p' "$1" | tr '\r' '\n' |
        sed -e 's/\x1b\[[0-9;]*[A-Za-z]/\n/g' |
        sed -e 's/0x[0-9a-f]\{8\}/ADDRESS/g' -e '/ : [0-9a-f]\{8\}/s/[0-9a-f]\{8\}/ADDRESS/' -e '/automatically in/d' -e 's/[[:space:]]*$//' |
        grep -a -v -e '^$' -e '^ *[|+-]*$'
}

# On a busy host the firmware sometimes gives up on the peer's CD-ROM drive before it answers.
peer() {
    for _ in 1 2 3; do
        patiently 60 qemu-system-ppc "${machine[@]}" -vga none -nic none -cdrom "$CD" -boot d </dev/null >"$scratch/peer" 2>&1
        ! grep -a -q 'Booting Linux via' "$scratch/peer" || return
    done
}

quiet_core99 "${machine[@]}" -cdrom "$CD" -boot d -icount shift=1,sleep=off -hash-at-exit >"$scratch/one" 2>&1
has 'OpenBIOS finds GRUB in the blessed folder of the CD' 'Welcome to GRUB!' "$scratch/one"
has 'GRUB loads Linux and its initramfs' 'install: there is no empty disk' "$scratch/one"
has 'which powers off' 'reboot: Power down' "$scratch/one"
quiet_core99 "${machine[@]}" -cdrom "$CD" -boot d -icount shift=1,sleep=off -hash-at-exit >"$scratch/two" 2>&1
same_hash 'two starts end equal' "$scratch/one" "$scratch/two"

if command -v qemu-system-ppc >/dev/null; then
    peer
    said "$scratch/peer" >"$scratch/peer.text"
    said "$scratch/one" >"$scratch/one.text"
    same_lines 'the same text as on the peer' "$scratch/peer.text" "$scratch/one.text"
else
    echo 'skip - no qemu-system-ppc to compare with'
fi

drive "$CORE99" "${machine[@]}" -cdrom "$CD" -boot d <<'STEPS'
test keys reach the menu of GRUB
expect executed automatically
send \x1b[B
expect *Linux from the CD
send \r
test and its second entry gives a shell
expect is up
expect /root # 
send mount -t iso9660 /dev/sr0 /mnt && ls /mnt/core99\r
expect grub.cfg
expect /root # 
send poweroff\r
exit 0
STEPS

quiet_core99 "${machine[@]}" -drive "if=none,id=c,file=$CD,format=raw,readonly=on" -device virtio-blk-pci,drive=c,bootindex=0 \
    >"$scratch/virtio" 2>&1
has 'from a virtio disk it starts, too' 'install: there is no empty disk' "$scratch/virtio"
finish
