#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ATA disks with Linux and OpenBIOS: masters and slaves of both channels, multiword DMA, file systems with checksums,
# equal runs, record and replay, -snapshot, and the drive that QEMU's machine shows.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

cat >"$scratch/ide.sh" <<'EOS'
for dev in 1.0 1.1 2.0 2.1; do
    [ -e /sys/class/ata_device/dev$dev ] && echo "mode $dev $(cat /sys/class/ata_device/dev$dev/xfer_mode)"
done
sha256sum </dev/sdb
n=0
for disk in sda sdc; do
    mkfs.ext2 /dev/$disk >/dev/null 2>&1 || exit 1
    mkdir -p /mnt/$disk
    mount /dev/$disk /mnt/$disk || exit 2
done
seq 1 60000 >/mnt/sda/numbers
cp /proc/kallsyms /mnt/sda/symbols
cp /mnt/sda/* /mnt/sdc
sha256sum </proc/kallsyms
umount /mnt/sda /mnt/sdc
echo 3 >/proc/sys/vm/drop_caches
mount /dev/sda /mnt/sda || exit 3
mount /dev/sdc /mnt/sdc || exit 4
for disk in sda sdc; do
    sha256sum </mnt/$disk/numbers
    sha256sum </mnt/$disk/symbols
done
umount /mnt/sda /mnt/sdc
dd if=/dev/sdb of=/dev/sdd bs=64k count=32 2>/dev/null && dd if=/dev/sdd bs=64k count=32 2>/dev/null | sha256sum
hdparm -W0 /dev/sda >/dev/null && dd if=/dev/zero of=/dev/sda bs=512 count=9 conv=fsync 2>/dev/null
EOS

# fresh: the four disks
fresh() {
    local disk
    for disk in a b c d; do
        seq 1 4000000 | head -c 8M >"$scratch/$disk.img"
    done
}
drives=(-hda "$scratch/a.img" -drive "file=$scratch/b.img,format=raw,index=1,readonly=off" -hdc "$scratch/c.img"
    -drive "file=$scratch/d.img,format=raw,bus=1,unit=1")

# boot LOG OPTION...: with the disks as they are
boot() {
    local log=$1
    shift
    patiently 400 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=ide' \
        -fw_cfg name=opt/core99/ide,file="$scratch/ide.sh" -hash-at-exit "$@" </dev/null >"$scratch/$log" 2>&1
}
sums() { grep -a -o '^[0-9a-f]\{64\}' "$scratch/$1" | tr '\n' ' '; }
sum() { sha256sum "$@" | cut -d ' ' -f 1; }
numbers=$(seq 1 60000 | sum)
part=$(seq 1 4000000 | head -c 2M | sum)

fresh
boot one "${drives[@]}" -icount shift=0,sleep=off
for dev in 1.0 1.1 2.0 2.1; do
    has "device $dev runs by multiword DMA" "mode $dev XFER_MW_DMA_2" "$scratch/one"
done
read -r disk symbols numbers_a symbols_a numbers_c symbols_c copy < <(sums one)
is 'a slave is read' "$(seq 1 4000000 | head -c 8M | sum)" "$disk"
is 'a file on the first master' "$numbers" "$numbers_a"
is 'another' "${symbols:-checksum}" "${symbols_a:-none}"
is 'a file on the second master' "$numbers" "$numbers_c"
is 'another there' "${symbols:-checksum}" "${symbols_c:-none}"
is 'from slave to slave' "$part" "$copy"
has 'it ended well' 'core99: exit 0' "$scratch/one"
has_not 'no command fails' 'ata[0-9].*(failed command|exception)' "$scratch/one"
e2fsck -fn "$scratch/c.img" >"$scratch/fsck" 2>&1
is 'the file system is clean' 0 $?
is 'the slave is written' "$part" "$(head -c 2M "$scratch/d.img" | sum)"
first=$(cat "$scratch"/[abcd].img | sum)
fresh
boot two "${drives[@]}" -icount shift=0,sleep=off -cache-chaos 1
has 'a second run ends, too' 'core99: exit 0' "$scratch/two"
same_hash 'two runs with a fixed clock are equal' "$scratch/one" "$scratch/two"
is 'and leave equal disks' "$first" "$(cat "$scratch"/[abcd].img | sum)"

fresh
before=$(cat "$scratch"/[abcd].img | sum)
boot snapshot "${drives[@]}" -snapshot -icount shift=0,sleep=off
has '-snapshot: Linux writes' 'core99: exit 0' "$scratch/snapshot"
same_hash 'and sees no difference' "$scratch/one" "$scratch/snapshot"
is 'the images do not change' "$before" "$(cat "$scratch"/[abcd].img | sum)"

boot live "${drives[@]}" -record "$scratch/log"
fresh
boot replay "${drives[@]}" -replay "$scratch/log"
same_hash 'the replay of a live run ends in its state' "$scratch/live" "$scratch/replay"

# ---- errors of the host ---------------------------------------------------------------------------------------

cat >"$scratch/ide.sh" <<'EOS'
dd if=/dev/sda of=/dev/null bs=4k count=1 skip=100 2>&1 && exit 1
dd if=/dev/sda of=/dev/null bs=4k count=1 skip=101 2>&1 || exit 2
EOS
boot errors -icount shift=0,sleep=off -device ide-hd,drive=bad -blockdev \
    "driver=blkdebug,node-name=bad,image.driver=file,image.filename=$scratch/a.img,inject-error.0.event=read_aio,inject-error.0.sector=803"
has 'a bad sector is an error of the disk' 'error: { UNC }' "$scratch/errors"
has 'it is named' 'I/O error, dev sda, sector 803 ' "$scratch/errors"
has 'what is behind it is read' 'core99: exit 0' "$scratch/errors"

# ---- the firmware ----------------------------------------------------------------------------------------------

# firmware LOG WORD COMMAND: what OpenBIOS prints, until WORD
firmware() {
    patiently 60 "$CORE99" -nographic -m 128 -icount shift=0,sleep=off -hda "$scratch/files.img" -snapshot -expect "$2" \
        -prom-env "boot-command=$3" </dev/null >"$scratch/$1" 2>&1
}
mkdir "$scratch/files"
echo hello >"$scratch/files/hello.txt"
cp "$BAREMETAL/poweroff.elf" "$scratch/files/poweroff"
if ! command -v xorriso >/dev/null; then
    echo 'ok - OpenBIOS lists and boots a disk # skip: no xorriso'
else
    xorriso -as mkisofs -quiet -o "$scratch/files.img" -hfsplus -V FILES "$scratch/files" 2>/dev/null
    firmware list 'poweroff' 'dir hd:,\'
    has 'OpenBIOS lists a disk' '6 .*hello.txt' "$scratch/list"
    patiently 60 "$CORE99" -nographic -m 128 -icount shift=0,sleep=off -hda "$scratch/files.img" -snapshot \
        -prom-env 'boot-command=boot hd:,\poweroff' </dev/null >"$scratch/off" 2>&1
    is 'and boots a program from it' 0 $?
fi
finish
