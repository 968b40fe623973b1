#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# virtio-scsi with Linux, by both interfaces: a disk and a CD-ROM drive, a filesystem with checksums, two equal
# runs, record and replay, units that are unplugged and plugged again while Linux runs.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

head -c 4999168 "$KERNEL" >"$scratch/disc"
cat >"$scratch/scsi.sh" <<'EOS'
cat /proc/scsi/scsi 2>/dev/null || cat /sys/class/scsi_device/*/device/model
sha256sum </dev/sr0
sha256sum </dev/sda
mkfs.ext2 /dev/sda >/dev/null 2>&1 || exit 1
mkdir -p /mnt
mount /dev/sda /mnt || exit 2
seq 1 300000 >/mnt/numbers
cp /proc/kallsyms /mnt/symbols
sha256sum </proc/kallsyms
umount /mnt
echo 3 >/proc/sys/vm/drop_caches
mount /dev/sda /mnt || exit 3
sha256sum </mnt/numbers
sha256sum </mnt/symbols
umount /mnt
EOS

# boot LOG OPTION...: with a fresh disk
boot() {
    local log=$1
    shift
    seq 1 4000000 | head -c 24M >"$scratch/disk"
    patiently 200 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=scsi' \
        -fw_cfg name=opt/core99/scsi,file="$scratch/scsi.sh" -hash-at-exit "$@" </dev/null >"$scratch/$log" 2>&1
}
drives=(-drive "if=none,id=d0,format=raw,file=$scratch/disk" -drive "if=none,id=c0,format=raw,media=cdrom,readonly=on,file=$scratch/disc")
units=(-device scsi-hd,drive=d0,serial=D0 -device scsi-cd,drive=c0)
sums() { grep -a -o '^[0-9a-f]\{64\}' "$scratch/$1" | tr '\n' ' '; }
sum() { sha256sum "$@" | cut -d ' ' -f 1; }
disc=$(sum "$scratch/disc")
numbers=$(seq 1 300000 | sum)

for interface in disable-modern=on disable-legacy=on; do
    boot one "${drives[@]}" -device "virtio-scsi-pci,$interface" "${units[@]}" -icount shift=0,sleep=off
    read -r got_disc got_disk symbols got_numbers got_symbols < <(sums one)
    is "$interface: the disc" "$disc" "$got_disc"
    is "$interface: the disk" "$(seq 1 4000000 | head -c 24M | sum)" "$got_disk"
    is "$interface: a file on ext2" "$numbers" "$got_numbers"
    is "$interface: another" "${symbols:-checksum}" "${got_symbols:-none}"
    has "$interface: it ended well" 'core99: exit 0' "$scratch/one"
    first=$(sum "$scratch/disk")
    boot two "${drives[@]}" -device "virtio-scsi-pci,$interface" "${units[@]}" -icount shift=0,sleep=off
    same_hash "$interface: two runs with a fixed clock are equal" "$scratch/one" "$scratch/two"
    is "$interface: and leave equal disks" "$first" "$(sum "$scratch/disk")"
done

boot live "${drives[@]}" -device virtio-scsi-pci "${units[@]}" -record "$scratch/log"
boot replay "${drives[@]}" -device virtio-scsi-pci "${units[@]}" -replay "$scratch/log"
same_hash "the replay of a live run ends in its state" "$scratch/live" "$scratch/replay"

# ---- units that come and go ----------------------------------------------------------------------------------

seq 1 4000000 | head -c 24M >"$scratch/disk"
drive --log "$scratch/plug.out" "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0 \
    "${drives[@]}" -device virtio-scsi-pci,id=s0 -device scsi-hd,drive=d0,id=u0 -device scsi-cd,drive=c0,id=u1 <<'STEPS'
test a disk is unplugged and plugged again while Linux runs
expect /root # 
send ls /sys/block; echo first-$?\r
expect sda
expect first-0
send \x01c
expect (core99) 
send device_del u0\r
expect (core99) 
send \x01c
pause 0.5
send [ -e /sys/block/sda ]; echo gone-$?\r
expect gone-1
expect /root # 
send \x01c
expect (core99) 
send device_add scsi-hd,drive=d0,id=u2,scsi-id=5,lun=2\r
expect (core99) 
send \x01c
pause 0.5
send head -c 100 /dev/sda | head -n 3; ls -d /sys/class/scsi_device/*:5:2\r
expect 3
expect :5:2
expect /root # 
send echo 1 >$(dirname $(readlink -f /sys/bus/virtio/devices/virtio0))/remove; echo removed-$?\r
expect removed-0
expect /root # 
send \x01c
expect (core99) 
send device_del s0\r
expect (core99) 
send \x01c
send \r
expect /root # 
send poweroff\r
exit 0
STEPS

refused "a disk needs a drive" "drive" -device virtio-scsi-pci -device scsi-hd
refused "a bus is needed" "no 'SCSI' bus found" -device scsi-cd
refused "a unit twice" "lun already used by" -device virtio-scsi-pci -device scsi-cd,scsi-id=1,lun=0 -device scsi-cd,scsi-id=1,lun=0
refused "the host's SCSI devices" "scsi-block.*not built" -device scsi-block
refused "the host's generic devices" "scsi-generic.*not built" -device scsi-generic
refused "no queues" "invalid number of queues" -device virtio-scsi-pci,num_queues=0
finish
