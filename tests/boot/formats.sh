#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Linux on images that qemu-nbd reads and writes: file systems made, filled and read again on every format at once, and
# judged on the host by qemu-img and e2fsck; a dmg; runs that end as on a raw image, and replays; what goes wrong on the
# host: full, truncated and deleted images, two writers, Ctrl-C for the whole session.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
export PATH=$PATH:/usr/sbin:/sbin
command -v qemu-nbd >/dev/null || { echo 'qemu-nbd is not installed (qemu-utils)'; exit 77; }
"$CORE99" -version | grep -q libnbd || { echo 'built without libnbd'; exit 77; }
fixed=(-nographic -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD"
       -append 'console=ttyS0 core99.run=formats')
formats=(qcow2 vmdk vdi vhdx vpc parallels)
letters=abcdefghij

# guest OUTPUT SCRIPT OPTION...
guest() {
    local output=$1 script=$2
    shift 2
    quiet_core99 "${fixed[@]}" -fw_cfg "name=opt/core99/formats,file=$scratch/$script" "$@" \
        >"$scratch/$output" 2>&1
}
sum() { sha256sum "$1" | cut -d' ' -f1; }
guest_sum() { grep -a -o "^$1 [0-9a-f]\{64\}" "$scratch/$2" | cut -d' ' -f2; }

# --- every format ----------------------------------------------------------------------------------------------

cat >"$scratch/torture" <<'SCRIPT'
echo "dmg $(sha256sum /dev/vdg | cut -d' ' -f1)"
echo x 2>/dev/null >/dev/vdg || echo 'dmg: write refused'
for disk in vdh vdi; do
    echo "$disk $(head -c 2097152 /dev/$disk | sha256sum | cut -d' ' -f1)"
    echo x 2>/dev/null >/dev/$disk || echo "$disk: write refused"
done
for disk in vda vdb vdc vdd vde vdf; do
    mkfs.ext2 /dev/$disk >/dev/null 2>&1 && mkdir -p /$disk && mount /dev/$disk /$disk || echo "bad $disk"
done
for disk in vda vdb vdc vdd vde vdf; do
    (
        seq 1 60000 >/$disk/numbers
        cp -r /bin /$disk/tree
        rm /$disk/tree/ls
        dd if=/$disk/numbers of=/$disk/part bs=1000 skip=7 count=100 2>/dev/null
        umount /$disk
    ) &
done
wait
echo 3 >/proc/sys/vm/drop_caches
for disk in vda vdb vdc vdd vde vdf; do
    mount /dev/$disk /$disk && echo "$disk $(cat /$disk/numbers /$disk/part | sha256sum | cut -d' ' -f1)"
    cmp /bin/busybox /$disk/tree/busybox && echo "$disk same"
    umount /$disk
done
SCRIPT
{ seq 1 100000 | head -c 300000; head -c 500000 /dev/zero; head -c 1297152 "$KERNEL"; } >"$scratch/source"
"$boot_dir/dmg.py" "$scratch/source" "$scratch/disk.dmg"
"$boot_dir/old_formats.py" "$scratch/source" "$scratch/disk.bochs" "$scratch/disk.cloop"
drives=()
for format in "${formats[@]}"; do
    qemu-img create -q -f "$format" "$scratch/disk.$format" 24M
    drives+=(-drive "file=$scratch/disk.$format,format=$format,if=virtio")
done
guest out-torture torture "${drives[@]}" -drive "file=$scratch/disk.dmg,format=dmg,if=virtio" \
    -drive "file=$scratch/disk.bochs,if=virtio" -drive "file=$scratch/disk.cloop,if=virtio" # found out
seq 1 60000 >"$scratch/numbers"
expected=$({ cat "$scratch/numbers"; dd if="$scratch/numbers" bs=1000 skip=7 count=100 status=none; } | sha256sum | cut -d' ' -f1)
has 'all disks are there' '^core99: exit 0' "$scratch/out-torture"
for n in "${!formats[@]}"; do
    format=${formats[n]} disk=vd${letters:n:1}
    is "$format: files read as they were written" "$expected" "$(guest_sum "$disk" out-torture)"
    has "$format: copies are the same" "^$disk same" "$scratch/out-torture"
    check "$format: qemu-img reads it" qemu-img convert -f "$format" -O raw "$scratch/disk.$format" "$scratch/disk.raw"
    check "$format: the host finds the file system clean" e2fsck -fn "$scratch/disk.raw"
    debugfs -R 'cat numbers' "$scratch/disk.raw" 2>/dev/null | cmp -s - "$scratch/numbers"
    is "$format: the host reads the guest's file" 0 $?
done
is 'dmg: chunks of every kind are read' "$(sum "$scratch/source")" "$(guest_sum dmg out-torture)"
has 'dmg: it is read-only' '^dmg: write refused' "$scratch/out-torture"
{ cat "$scratch/source"; head -c 2097152 /dev/zero; } | head -c 2097152 >"$scratch/padded"
for disk in 'vdh bochs' 'vdi cloop'; do
    is "${disk#* }: extents and blocks are read" "$(sum "$scratch/padded")" "$(guest_sum "${disk% *}" out-torture)"
    has "${disk#* }: it is read-only" "^${disk% *}: write refused" "$scratch/out-torture"
done
is 'no qemu-nbd is left' '' "$(pgrep -a -x qemu-nbd | grep -F "$scratch/")"

# --- the same run whatever the format ---------------------------------------------------------------------------

cat >"$scratch/work" <<'SCRIPT'
sha256sum /dev/vda
dd if=/dev/vda of=/dev/vda bs=4k skip=10 seek=200 count=200 conv=notrunc,fsync 2>/dev/null
dd if=/dev/zero of=/dev/vda bs=64k seek=3 count=4 oflag=direct conv=notrunc 2>/dev/null
sync
echo 3 >/proc/sys/vm/drop_caches
sha256sum /dev/vda
SCRIPT
seq 1 900000 | head -c 4M >"$scratch/model"
cp "$scratch/model" "$scratch/a.raw"
qemu-img convert -f raw -O qcow2 "$scratch/model" "$scratch/a.qcow2"
cp "$scratch/a.qcow2" "$scratch/b.qcow2"
guest out-raw work -drive "file=$scratch/a.raw,format=raw,if=virtio" -hash-at-exit
guest out-a work -drive "file=$scratch/a.qcow2,format=qcow2,if=virtio" -hash-at-exit -record "$scratch/log"
same_hash 'a run on qcow2 ends as on raw' "$scratch/out-raw" "$scratch/out-a"
check 'and leaves the same disk' qemu-img compare -f raw -F qcow2 "$scratch/a.raw" "$scratch/a.qcow2"
before=$(sum "$scratch/b.qcow2")
guest out-b work -drive "file=$scratch/b.qcow2,format=qcow2,if=virtio" -hash-at-exit -replay "$scratch/log"
same_hash 'a replay ends equal' "$scratch/out-a" "$scratch/out-b"
guest out-s work -drive "file=$scratch/b.qcow2,if=virtio" -snapshot -hash-at-exit
same_hash 'so does a run with -snapshot, the format found out' "$scratch/out-a" "$scratch/out-s"
is 'both leave the image as it was' "$before" "$(sum "$scratch/b.qcow2")"
qemu-img create -q -f qcow2 -b b.qcow2 -F qcow2 "$scratch/top.qcow2"
guest out-t work -drive "file=$scratch/top.qcow2,format=qcow2,if=virtio" -hash-at-exit
same_hash 'so does one on top of a backing file' "$scratch/out-a" "$scratch/out-t"
is 'which stays as it was' "$before" "$(sum "$scratch/b.qcow2")"

# --- servers of others -------------------------------------------------------------------------------------------

cp "$scratch/model" "$scratch/c.raw"
qemu-nbd --fork -e 0 -f raw -x 'a disk' -k "$scratch/socket" "$scratch/c.raw" # ends with its last client
guest out-n work -drive "file=nbd+unix:///a%20disk?socket=$scratch/socket,if=virtio,format=raw" -hash-at-exit
same_hash 'a run on an NBD server ends as on raw' "$scratch/out-raw" "$scratch/out-n"
check 'and leaves the same disk there' cmp "$scratch/a.raw" "$scratch/c.raw"

# --- what goes wrong ---------------------------------------------------------------------------------------------

cat >"$scratch/fill" <<'SCRIPT'
dd if=/dev/urandom of=/dev/vda bs=64k count=8 oflag=direct 2>/dev/null && echo 'low: written'
echo "low $(dd if=/dev/vda bs=64k count=8 2>/dev/null | sha256sum | cut -d' ' -f1)"
dd if=/dev/urandom of=/dev/vda bs=64k count=64 seek=16 oflag=direct 2>/dev/null || echo 'high: failed'
echo "low $(dd if=/dev/vda bs=64k count=8 iflag=direct 2>/dev/null | sha256sum | cut -d' ' -f1)"
dd if=/dev/zero of=/dev/vda bs=4k count=1 seek=100 conv=fsync,notrunc 2>/dev/null && echo 'over: written'
SCRIPT
# full OUTPUT: an image in a file system of 2 MiB.
full() {
    unshare -m "$BASH" -c 'mount -t tmpfs -o size=2M none "$1/small" && qemu-img create -q -f qcow2 "$1/small/image" 24M &&
        shift && "$@" && cp "$0/small/image" "$0/full.qcow2"' "$scratch" "$scratch" \
        "$CORE99" "${fixed[@]}" -fw_cfg "name=opt/core99/formats,file=$scratch/fill" \
        -drive "file=$scratch/small/image,format=qcow2,if=virtio,werror=report" </dev/null >"$scratch/$1" 2>&1
}
mkdir "$scratch/small"
if unshare -m mount -t tmpfs none "$scratch/small" 2>/dev/null; then
    full out-full
    has 'a full host disk is an error that the guest sees' '^high: failed' "$scratch/out-full"
    has 'what fitted is written' '^low: written' "$scratch/out-full"
    is 'and stays readable' 1 "$(grep -a -o '^low [0-9a-f]*' "$scratch/out-full" | sort -u | wc -l)"
    has 'clusters that are there can be written' '^over: written' "$scratch/out-full"
    check 'the image is sound' qemu-img check -q "$scratch/full.qcow2"
else
    echo 'skip - a full host disk: no right to mount a small one'
fi

qemu-img convert -f raw -O qcow2 "$scratch/model" "$scratch/gone"
cat >"$scratch/meanwhile" <<'SCRIPT'
dd if=/dev/vda of=/dev/null bs=4k count=1 2>/dev/null
echo ready
sleep 2
dd if=/dev/zero of=/dev/vda bs=4k count=1 seek=7 conv=fsync,notrunc 2>/dev/null; echo "write $?"
dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null; echo "read $?"
SCRIPT
# meanwhile OUTPUT COMMAND...: run it when the guest says that it is ready.
meanwhile() {
    local output=$1 child n status=0
    shift
    timeout 200 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=formats' \
        -fw_cfg "name=opt/core99/formats,file=$scratch/meanwhile" \
        -drive "file=$scratch/gone,format=qcow2,if=virtio" </dev/null >"$scratch/$output" 2>&1 &
    child=$!
    for ((n = 0; n < 1200; n++)); do
        grep -a -q '^ready' "$scratch/$output" && break
        sleep 0.05
    done
    "$@"
    wait "$child" || status=$?
    is "$output: core99 ends as ever" 0 "$status"
}
refused_now() { refused 'a second writer is refused' "another process or drive uses '.*gone'" -drive "file=$scratch/gone,format=qcow2,if=virtio"; }
meanwhile out-second refused_now
has 'the first one goes on' '^read 0' "$scratch/out-second"
meanwhile out-deleted rm "$scratch/gone"
has 'an image that is deleted meanwhile stays whole for the guest' '^read 0' "$scratch/out-deleted"
has 'also for writes' '^write 0' "$scratch/out-deleted"
qemu-img convert -f raw -O qcow2 "$scratch/model" "$scratch/gone"
meanwhile out-cut truncate -s 70000 "$scratch/gone"
has 'one that is truncated harms nothing else' '^read [01]' "$scratch/out-cut"

# `timeout` has a process group of its own, with core99.
interrupt() { kill -INT -- "-$child"; }
qemu-img convert -f raw -O qcow2 "$scratch/model" "$scratch/gone"
meanwhile out-interrupted interrupt
has 'Ctrl-C for all ends core99' 'core99: terminating on signal 2' "$scratch/out-interrupted"
has_not 'and reaches no qemu-nbd before' 'qemu-nbd' "$scratch/out-interrupted"

for format in "${formats[@]}" dmg bochs cloop; do
    cp "$scratch/source" "$scratch/bad"
    refused "$format: what is none is refused" "as $format: qemu-nbd: " -drive "file=$scratch/bad,format=$format,if=virtio"
    [ "$format" = parallels ] && continue # qemu-nbd adds what is missing
    head -c 60 "$scratch/disk.$format" >"$scratch/bad"
    refused "$format: what is cut off is refused" "as $format: qemu-nbd: " -drive "file=$scratch/bad,format=$format,if=virtio"
done
for format in qcow2 vmdk vdi; do # holes in their headers
    { head -c 40 "$scratch/disk.$format"; head -c 400 /dev/urandom; tail -c +441 "$scratch/disk.$format"; } >"$scratch/bad"
    refused "$format: a damaged header is refused" "as $format: qemu-nbd: " -drive "file=$scratch/bad,format=$format,if=virtio"
done

finish
