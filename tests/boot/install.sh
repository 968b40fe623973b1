#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A Mac that installs and starts from its own disk, unattended: CD, GRUB, Linux, an empty disk, partitions, file systems, GRUB on the
# disk, restart; then Linux from that disk without the CD, twice. On raw and qcow2 images.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
export PATH=$PATH:/usr/sbin:/sbin
machine=(-M mac99,via=pmu -m 256 -nographic)
boot_at=$((64 * 512)) root_at=$(((64 + 16384) * 512)) # of the partitions, bytes

# --- macdisk on the host --------------------------------------------------------------------------------------------

check 'macdisk compiles on the host' gcc -std=gnu11 -O1 -Wall -Wextra -Werror "$root_dir"/tests/guests/install/*.c \
    -o "$scratch/macdisk"
truncate -s 64M "$scratch/host"
check 'it partitions an empty image' "$scratch/macdisk" partition "$scratch/host"
before=$(sha256sum <"$scratch/host")
is 'and refuses one that is not' "macdisk: $scratch/host: not an empty disk; nothing is changed, status 1" \
    "$("$scratch/macdisk" partition "$scratch/host" 2>&1), status $?"
is 'which it leaves alone' "$before" "$(sha256sum <"$scratch/host")"
truncate -s 40M "$scratch/small"
is 'a disk that is too small is refused' "macdisk: $scratch/small: too small: 48 MB are needed" \
    "$("$scratch/macdisk" partition "$scratch/small" 2>&1)"
for size in 256K 8M 700M; do
    truncate -s "$size" "$scratch/volume"
    check "HFS+ of $size can be made" "$scratch/macdisk" mkhfsplus "$scratch/volume" Name
    is "HFS+ of $size: its label is read" Name "$(blkid -p -o value -s LABEL "$scratch/volume")"
    is "HFS+ of $size: both headers are equal" "$(tail -c 1024 "$scratch/volume" | head -c 512 | sha256sum)" \
        "$(head -c 1536 "$scratch/volume" | tail -c 512 | sha256sum)"
    rm "$scratch/volume"
done

# --- ./run without work to do ---------------------------------------------------------------------------------------

run() { XDG_DATA_HOME=$scratch/data "$root_dir/run" "$@" 2>&1 </dev/null; }
is './run --disk names what makes the disk' "run: there is no disk $scratch/data/core99/disk.qcow2 yet: ./run --install makes it" \
    "$(run --disk)"
mkdir -p "$scratch/data/core99"
: >"$scratch/data/core99/disk.qcow2"
is './run --install leaves a disk alone' \
    "run: there is a disk: ./run --disk starts it; to install again, delete $scratch/data/core99/disk.qcow2" "$(run --install)"

# --- on the guest ---------------------------------------------------------------------------------------------------

# at FILE OFFSET COUNT: bytes as hexadecimal digits
at() { od -An -tx1 -v -j "$2" -N "$3" "$1" | tr -d ' \n'; }

# installed FORMAT: what stands on the disk, read by the host's programs
installed() {
    local image=$scratch/$1.raw
    qemu-img convert -f "$1" -O raw "$scratch/$1" "$image"
    is "$1: HFS+ was unmounted cleanly" 1 $((0x$(at "$image" $((boot_at + 1024 + 4)) 4) >> 8 & 1))
    is "$1: it has a blessed folder" yes "$( ((0x$(at "$image" $((boot_at + 1024 + 80)) 4) > 15)) && echo yes)"
    is "$1: GRUB's own reader finds the menu on HFS+" 'menuentry "Linux" {' \
        "$(grub-fstest "$image" cat '(loop0,apple2)/boot/grub/grub.cfg' 2>&1 | sed -n '/^menuentry "Linux" {/p')"
    check "$1: the root file system is clean" e2fsck -fn "$image?offset=$root_at"
    rm "$image"
}

# install_on FORMAT
install_on() {
    local began=$SECONDS
    truncate -s 0 "$scratch/$1"
    qemu-img create -q -f "$1" "$scratch/$1" 300M
    quiet_core99 "${machine[@]}" -icount shift=1,sleep=off -drive "file=$scratch/$1,format=$1,index=0" -cdrom "$CD" -boot d \
        -fw_cfg name=opt/core99/answer,string=yes -hash-at-exit >"$scratch/out-$1" 2>&1
    has "$1: Linux from the CD installs itself" '^install: done: sda is a startup disk' "$scratch/out-$1"
    has "$1: and ends well" '^core99: exit 0' "$scratch/out-$1"
    echo "installed on $1 in $((SECONDS - began)) s"
}

# start_from FORMAT: twice, without the CD
start_from() {
    drive "$CORE99" "${machine[@]}" -drive "file=$scratch/$1,format=$1,index=0" <<STEPS
test $1: OpenBIOS starts GRUB from the blessed folder of the disk by itself
expect Trying hd:,
expect Welcome to GRUB!
test $1: GRUB starts Linux without an initramfs
expect is up
expect /root # 
send echo root \$(mountpoint -d /) of \$(cat /sys/block/sda/sda3/dev)\r
expect root 8:3 of 8:3
send grep ' / ' /proc/mounts; cat /proc/swaps /etc/installed\r
match ^/dev/root / ext2 rw
match ^/dev/sda4 +partition
match ^.* 20[0-9][0-9]\r
test $1: it restarts, from the disk
send seq 1 100000 >/root/numbers; sync; reboot\r
expect Welcome to GRUB!
expect is up
expect /root # 
test $1: a file of the first start is there
send sha256sum /root/numbers\r
expect $(seq 1 100000 | sha256sum | cut -d' ' -f1)
expect /root # 
test $1: it powers off
send poweroff\r
exit 0
STEPS
}

for format in raw qcow2; do
    install_on "$format"
    start_from "$format"
    installed "$format"
done
# In one go: the firmware looks at the disk first, finds nothing, takes the CD; after the restart the disk has something. The disk is
# a slave, so that its unit counts.
truncate -s 0 "$scratch/raw"
truncate -s 200M "$scratch/raw"
quiet_core99 "${machine[@]}" -fw_cfg 'name=opt/core99/answer,string=yes reboot' -expect 'core99: Linux' \
    -drive "if=none,id=h,file=$scratch/raw,format=raw" -device ide-hd,drive=h,bus=ide.0,unit=1,bootindex=0 \
    -drive "if=none,id=c,file=$CD,format=raw,media=cdrom,readonly=on" -device ide-cd,drive=c,bus=ide.1,unit=0,bootindex=1 \
    >"$scratch/out-once" 2>&1
is 'installed and restarted in one go, by bootindex' 0 $?
has 'from the disk' 'Trying .*ata-3@20000/disk@1:,' <(sed '1,/install: done/d' "$scratch/out-once")
has_not 'and not from the CD' 'Trying .*cdrom' <(sed '1,/install: done/d' "$scratch/out-once")
same_hash 'both installations ended in the same state' "$scratch/out-raw" "$scratch/out-qcow2"
finish
