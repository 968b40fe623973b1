#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Linux with disks on virtio-blk, by both interfaces: what it reads and writes is what the host has, byte by byte;
# an ext4 image made on the host; read-only, snapshot, injected errors; runs end equal, and so does a replay.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
export PATH=$PATH:/usr/sbin:/sbin
fixed=(-nographic -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD"
       -append 'console=ttyS0 core99.run=blk')

# guest OUTPUT SCRIPT OPTION...
guest() {
    local output=$1 script=$2
    shift 2
    quiet_core99 "${fixed[@]}" -fw_cfg "name=opt/core99/blk,file=$scratch/$script" "$@" \
        >"$scratch/$output" 2>&1
}

# sum_of FILE OUTPUT: the line "NAME SUM" of the guest's.
guest_sum() { grep -a -o "^$1 [0-9a-f]\{64\}" "$scratch/$2" | cut -d' ' -f2; }
sum() { sha256sum "$1" | cut -d' ' -f1; }

# image FILE SEED: 4 MB and 77 bytes, no two sectors alike.
image() { seq "$2" 700000 | head -c 4194381 >"$scratch/$1"; }

cat >"$scratch/whole" <<'SCRIPT'
show() { echo "$1 $(sha256sum "$2" | cut -d' ' -f1)"; }
show before /dev/vda
dd if=/dev/vda of=/tmp/part bs=4k skip=10 count=200 iflag=direct 2>/dev/null
dd if=/tmp/part of=/dev/vda bs=4k seek=300 conv=fsync 2>/dev/null
dd if=/tmp/part of=/dev/vda bs=64k seek=40 oflag=direct conv=notrunc 2>/dev/null
sync
echo 3 >/proc/sys/vm/drop_caches
show after /dev/vda
SCRIPT

# The same with the host's tools.
write_as_guest() {
    dd if="$1" of="$1.part" bs=4k skip=10 count=200 status=none
    dd if="$1.part" of="$1" bs=4k seek=300 conv=notrunc status=none
    dd if="$1.part" of="$1" bs=64k seek=40 conv=notrunc status=none
    truncate -s %512 "$1"
}

# both_ways INTERFACE PROPERTIES
both_ways() {
    image "disk-$1" 1
    truncate -s %512 "$scratch/disk-$1"
    cp "$scratch/disk-$1" "$scratch/model"
    guest "out-$1" whole -drive "file=$scratch/disk-$1,format=raw,if=none,id=d" \
        -device "virtio-blk-pci,drive=d$2"
    is "$1: the guest reads what the host wrote" "$(sum "$scratch/model")" "$(guest_sum before "out-$1")"
    write_as_guest "$scratch/model"
    is "$1: the host reads what the guest wrote" "$(sum "$scratch/model")" "$(sum "$scratch/disk-$1")"
    is "$1: and so does the guest" "$(sum "$scratch/model")" "$(guest_sum after "out-$1")"
    has "$1: it ends well" '^core99: exit 0' "$scratch/out-$1"
}
both_ways legacy ,disable-modern=on
both_ways modern ,disable-legacy=on

# --- a file system that the host made ---------------------------------------------------------------------------

mkdir "$scratch/tree"
for n in 1 2 3 4 5; do seq "$n" 20000 >"$scratch/tree/file$n"; done
truncate -s 24M "$scratch/ext4"
mkfs.ext4 -q -F -d "$scratch/tree" "$scratch/ext4"
cat >"$scratch/files" <<'SCRIPT'
mkdir -p /mnt
mount -t ext4 /dev/vda /mnt || exit 1
cd /mnt
sha256sum file1 file2 file3 file4 file5 | sed 's/^/tree /'
mkdir new
for n in 1 2 3; do cat file$n file$n >new/file$n; done
rm file5
cd /
umount /mnt
SCRIPT
guest out-files files -drive "file=$scratch/ext4,format=raw,if=virtio"
is 'ext4: files of the host are the same in the guest' \
    "$(cd "$scratch/tree" && sha256sum file? | sed 's/^/tree /')" \
    "$(tr -d '\r' <"$scratch/out-files" | grep -a '^tree ')"
check 'ext4: what the guest leaves is clean' e2fsck -fn "$scratch/ext4"
for n in 1 2 3; do
    debugfs -R "cat new/file$n" "$scratch/ext4" 2>/dev/null | cmp -s - \
        <(cat "$scratch/tree/file$n" "$scratch/tree/file$n")
    is "ext4: new/file$n of the guest is whole" 0 $?
done

# --- read-only, snapshot ---------------------------------------------------------------------------------------

image disk 3
before=$(sum "$scratch/disk")
cat >"$scratch/refused" <<'SCRIPT'
echo "ro $(cat /sys/block/vda/ro)"
echo x >/dev/vda || echo 'write refused'
SCRIPT
guest out-ro refused -drive "file=$scratch/disk,format=raw,if=virtio,readonly=on"
has 'a read-only disk says so' '^ro 1' "$scratch/out-ro"
has 'and refuses writes' '^write refused' "$scratch/out-ro"
cp "$scratch/disk" "$scratch/model"
truncate -s %512 "$scratch/model"
write_as_guest "$scratch/model"
# kept NAME OPTION...
kept() {
    local name=$1
    shift
    guest out-snap whole "$@"
    is "$name leaves the image as it was" "$before" "$(sum "$scratch/disk")"
    is "$name: the guest sees what it wrote" "$(sum "$scratch/model")" "$(guest_sum after out-snap)"
}
kept snapshot=on -drive "file=$scratch/disk,format=raw,if=virtio,snapshot=on"
kept -snapshot -drive "file=$scratch/disk,format=raw,if=virtio" -snapshot

# --- the firmware -----------------------------------------------------------------------------------------------

mkdir "$scratch/boot"
cp "$KERNEL" "$scratch/boot/vmlinux"
truncate -s 24M "$scratch/bootdisk"
mke2fs -q -F -d "$scratch/boot" "$scratch/bootdisk"
check 'OpenBIOS loads a program from the disk' quiet_core99 -nographic -icount shift=0,sleep=off -m 128 \
    -prom-env 'boot-device=/pci@f2000000/scsi@d/disk:\vmlinux' -expect 'switching to new context' \
    -drive "file=$scratch/bootdisk,format=raw,if=virtio"
quiet_core99 -nographic -icount shift=0,sleep=off -m 128 -timeout-guest 1s -trace virtio_blk_request \
    -drive "file=$scratch/bootdisk,format=raw,if=none,id=a,readonly=on" \
    -drive "file=$scratch/disk,format=raw,if=none,id=b" \
    -device virtio-blk-pci,drive=a -device virtio-blk-pci,drive=b,bootindex=1 >"$scratch/out-order" 2>&1
has 'bootindex makes it look at a disk by itself' 'virtio_blk_request type 0 sector 0 ' "$scratch/out-order"

# --- a host that fails; runs that end equal ----------------------------------------------------------------------

cat >"$scratch/errors" <<'SCRIPT'
try() { "$@" 2>/dev/null && echo "done: $*" || echo "failed: $*"; }
try dd if=/dev/vda of=/tmp/1 bs=512 skip=100 count=1 iflag=direct
try dd if=/dev/vda of=/tmp/2 bs=512 skip=100 count=1 iflag=direct
try dd if=/dev/zero of=/dev/vda bs=4k seek=3 count=1 oflag=direct conv=notrunc
try dd if=/dev/vda of=/tmp/3 bs=1M count=4
sha256sum /tmp/2 /tmp/3 /dev/vda
dmesg | grep vda
SCRIPT
rule=inject-error
failing=(-blockdev "driver=file,node-name=f,filename=$scratch/disk"
         -blockdev "driver=blkdebug,node-name=d,image=f,$rule.0.event=read_aio,$rule.0.sector=100,$rule.0.once=on,$rule.1.event=write_aio,$rule.1.errno=28"
         -device virtio-blk-pci,drive=d -hash-at-exit)
guest out-e1 errors "${failing[@]}"
has 'an injected read error reaches the guest' 'I/O error, dev vda, sector 96' "$scratch/out-e1"
has 'once: the next read is good' '^done: dd if=/dev/vda of=/tmp/2' "$scratch/out-e1"
has 'an injected write error reaches the guest' '^failed: dd if=/dev/zero' "$scratch/out-e1"
guest out-e2 errors "${failing[@]}" -record "$scratch/log"
same_hash 'two runs with injected errors end equal' "$scratch/out-e1" "$scratch/out-e2"
guest out-e3 errors "${failing[@]}" -replay "$scratch/log"
same_hash 'a replay of injected errors ends equal' "$scratch/out-e2" "$scratch/out-e3"
has 'and says so' 'replay ends as recorded' "$scratch/out-e3"

# A real error: the image is longer than the host lets files grow.
limited() { (ulimit -f 10000 && guest "$@"); } # of 1024 bytes
truncate -s 24M "$scratch/sparse"
cat >"$scratch/full" <<'SCRIPT'
dd if=/dev/zero of=/dev/vda bs=64k count=1 seek=100 oflag=direct 2>/dev/null && echo 'low: written'
dd if=/dev/zero of=/dev/vda bs=64k count=1 seek=300 oflag=direct 2>/dev/null || echo 'high: failed'
sha256sum /dev/vda
SCRIPT
limited out-f1 full -drive "file=$scratch/sparse,format=raw,if=virtio" -hash-at-exit -record "$scratch/log"
has 'a real error of the host reaches the guest' '^high: failed' "$scratch/out-f1"
has 'and harms nothing else' '^low: written' "$scratch/out-f1"
guest out-f2 full -drive "file=$scratch/sparse,format=raw,if=virtio" -hash-at-exit -replay "$scratch/log"
same_hash 'a replay without that limit ends equal' "$scratch/out-f1" "$scratch/out-f2"
cp "$scratch/disk" "$scratch/disk-a"
cp "$scratch/disk" "$scratch/disk-b"
guest out-w1 whole -drive "file=$scratch/disk-a,format=raw,if=virtio" -hash-at-exit -record "$scratch/log"
guest out-w2 whole -drive "file=$scratch/disk-b,format=raw,if=virtio" -hash-at-exit
same_hash 'two runs that write to a disk end equal' "$scratch/out-w1" "$scratch/out-w2"
before=$(sum "$scratch/disk")
guest out-w3 whole -drive "file=$scratch/disk,format=raw,if=virtio" -hash-at-exit -replay "$scratch/log"
same_hash 'so does a replay of one of them' "$scratch/out-w1" "$scratch/out-w3"
is 'a replay writes no image' "$before" "$(sum "$scratch/disk")"
guest out-w4 whole -drive "file=$scratch/disk-a,format=raw,if=virtio" -replay "$scratch/log"
has 'a replay with another image is refused' "recorded with 'drive=virtio0:" "$scratch/out-w4"
cp "$scratch/disk" "$scratch/disk-b" # one byte is another one, where only reads can tell
printf x | dd of="$scratch/disk-b" bs=1 seek=$(($(stat -c %s "$scratch/disk-b") / 128 + 300000)) conv=notrunc status=none
guest out-w5 whole -drive "file=$scratch/disk-b,format=raw,if=virtio" -replay "$scratch/log"
is 'one that differs in a byte stops' 1 "$(grep -a -c "drive 'virtio0': what is read at byte [0-9]* is not what was recorded" "$scratch/out-w5")"

finish
