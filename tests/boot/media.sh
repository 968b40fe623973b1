#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Media that change while Linux runs, in a SCSI CD-ROM drive and in ide1-cd0, the drive that every machine has: an empty
# drive, change, a tray that Linux has locked, eject from both sides, an image of whole CD sectors; a recording with
# changes and its replay, which refuses another image and a machine without the drive.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
command -v xorriso >/dev/null || { echo "xorriso is not installed"; exit 77; }

# disc NAME: $scratch/NAME.iso with a file of its own.
disc() {
    mkdir -p "$scratch/$1"
    seq "$2" 400000 >"$scratch/$1/numbers"
    xorriso -as mkisofs -quiet -R -V "$1" -o "$scratch/$1.iso" "$scratch/$1" 2>"$scratch/$1.log" || {
        cat "$scratch/$1.log"
        exit 1
    }
    sha256sum <"$scratch/$1/numbers" | cut -c 1-40
}

# toast ISO BIN: the same disc in sectors of 2352 bytes, of which Linux sees the user data.
toast() {
    python3 - "$1" "$2" <<'EOS'
import sys
data = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb") as out:
    for at in range(0, len(data), 2048):
        sector = data[at:at + 2048].ljust(2048, b"\0")
        out.write(b"\0" + b"\xff" * 10 + b"\0" + b"\0\2\0\1" + sector + bytes(288))
EOS
}

first=$(disc first 1)
second=$(disc second 7)
toast "$scratch/first.iso" "$scratch/toast"

# steps NAME DRIVE: what a user does with that drive; $scratch/live stays as it is from one run to the next.
steps() {
    cat <<EOS
test $1: discs come and go while Linux runs
expect /root # 
send mkdir -p /mnt; mount /dev/sr0 /mnt; echo empty-\$?\r
expect empty-255
expect /root # 
send \x01c
expect (core99) 
send info block\r
expect $2: [not inserted]
expect Removable device: not locked, tray
expect (core99) 
send change $2 $scratch/nowhere.iso\r
expect No such file
expect (core99) 
send change $2 $scratch/first.iso\r
expect (core99) 
send \x01c
send mount -r /dev/sr0 /mnt; sha256sum </mnt/numbers; echo mounted-\$?\r
expect $first
expect mounted-0
expect /root # 
send \x01c
expect (core99) 
send info block\r
expect (raw, read-only)
expect Removable device: locked, tray closed
expect Contents:         ISO 9660
expect (core99) 
send eject $2\r
expect is locked by the guest
expect (core99) 
send change $2 $scratch/second.iso raw\r
expect is locked by the guest
expect (core99) 
send \x01c
send sha256sum </mnt/numbers; umount /mnt; eject /dev/sr0; echo ejected-\$?\r
expect $first
expect ejected-0
expect /root # 
send \x01c
expect (core99) 
send info block\r
expect Removable device: not locked, tray open
expect (core99) 
send change $2 $scratch/second.iso raw\r
expect (core99) 
send info block\r
expect second.iso
expect Removable device: not locked, tray closed
expect (core99) 
send \x01c
send mount -r /dev/sr0 /mnt; sha256sum </mnt/numbers; umount /mnt; echo second-\$?\r
expect $second
expect second-0
expect /root # 
send \x01c
expect (core99) 
send eject $2\r
expect (core99) 
send change $2 $scratch/toast\r
expect (core99) 
send info block\r
expect (raw2352, read-only)
expect (core99) 
send \x01c
send mount -r /dev/sr0 /mnt; sha256sum </mnt/numbers; umount /mnt; echo toast-\$?\r
expect $first
expect toast-0
expect /root # 
send poweroff\r
exit 0
EOS
}

linux=(-nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0 -hash-at-exit)
scsi=(-drive if=none,id=cd0,media=cdrom -device virtio-scsi-pci -device "scsi-cd,drive=cd0")

steps scsi cd0 | drive --log "$scratch/scsi.out" "$CORE99" "${linux[@]}" "${scsi[@]}" -record "$scratch/scsi.log"
# The drive that every machine has.
steps ide ide1-cd0 | drive --log "$scratch/ide.out" "$CORE99" "${linux[@]}" -record "$scratch/ide.log"

# replay NAME OPTION...
replay() {
    local name=$1 status=0
    shift
    patiently 200 "$CORE99" "${linux[@]}" "$@" -replay "$scratch/$name.log" </dev/null \
        >"$scratch/$name.replay" 2>&1 || status=$?
    echo "$status"
}
is "the replay changes the discs, too" 0 "$(replay scsi "${scsi[@]}")"
same_hash "and ends in the same state" "$scratch/scsi.out" "$scratch/scsi.replay"
is "the replay with an IDE drive ends well" 0 "$(replay ide)"
same_hash "and in the same state" "$scratch/ide.out" "$scratch/ide.replay"

printf 'x' | dd of="$scratch/second.iso" bs=1 seek=40000 conv=notrunc status=none
is "a replay with another disc stops" 4 "$(replay scsi "${scsi[@]}")"
has "and says which" "second.iso' is not the image that was recorded" "$scratch/scsi.replay"
rm "$scratch/second.iso"
is "a replay without the disc stops" 4 "$(replay scsi "${scsi[@]}")"
has "and says so" "second.iso' was there when it was recorded" "$scratch/scsi.replay"
is "a replay without the drive does not begin" 1 "$(replay ide -nodefaults)"
has "and names it" "recorded with 'device=ide-cd,bus=ide.1,unit=0,drive=ide1-cd0'" "$scratch/ide.replay"

# ---- a disk whose format qemu-nbd reads: started by the machine thread, which ends before it ---------------------------

if command -v qemu-nbd >/dev/null && "$CORE99" -version | grep -q libnbd; then
    qemu-img create -q -f qcow2 "$scratch/disk.qcow2" 8M
    drive --log "$scratch/removable" "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0 \
        -drive if=none,id=r0 -device virtio-scsi-pci -device scsi-hd,drive=r0,removable=on <<EOS
test a qcow2 image that is put in while the machine runs is written and closed in order
expect /root # 
send \x01c
expect (core99) 
send change r0 $scratch/disk.qcow2 qcow2 read-write\r
expect (core99) 
send \x01c
send yes | head -c 1310720 | dd of=/dev/sda bs=64k; echo wrote-\$?\r
expect wrote-0
send \x01c
send quit\r
exit 0
absent may be lost
EOS
    qemu-img convert -f qcow2 -O raw "$scratch/disk.qcow2" "$scratch/disk.raw"
    check "and holds what was written" cmp -n 1310720 "$scratch/disk.raw" <(yes | head -c 1310720)
fi

# ---- there from the start ----------------------------------------------------------------------------------------

printf 'mount -r /dev/sr0 /mnt; sha256sum </mnt/numbers\n' >"$scratch/read.sh"
quiet_core99 -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=read' \
    -fw_cfg "name=opt/core99/read,file=$scratch/read.sh" -cdrom "$scratch/toast" >"$scratch/toast.out" 2>&1
has "an image of whole sectors is a CD of the IDE drive" "$first" "$scratch/toast.out"

# ---- refused at the start ---------------------------------------------------------------------------------------

refused "a disk without a medium" "drive 'virtio0' is empty" -drive if=virtio
refused "a medium that is not there" "cannot open '/nowhere" -drive "if=none,id=cd0,media=cdrom,file=/nowhere.iso"
finish
