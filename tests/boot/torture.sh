#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A file system under load in the Linux guest, on IDE, virtio-blk and virtio-scsi: trees are made, copied by several
# at once, moved, linked, cut short and removed; their checksums hold past the guest's cache, and the host's fsck finds
# nothing in the image afterwards.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
export PATH=$PATH:/usr/sbin:/sbin
rounds=${CORE99_ROUNDS:-2}

cat >"$scratch/torture" <<'SCRIPT'
disk=/dev/vda
[ -b $disk ] || disk=/dev/sda
[ -b $disk ] || exit 1
fresh() {
    sync
    umount /mnt 2>/dev/null
    echo 3 >/proc/sys/vm/drop_caches
    mount -t ext4 $disk /mnt || exit 2
}
tree() { # DIR SEED
    local d f
    for d in 1 2 3; do
        mkdir -p "/mnt/$1/d$d/empty"
        cp /proc/kallsyms "/mnt/$1/d$d/symbols"
        for f in 1 2 3 4 5 6 7 8; do
            seq "$2" $(($2 + f * d * 300)) >"/mnt/$1/d$d/f$f"
        done
    done
}
sum() { (cd "/mnt/$1" && find . -type f | sort | xargs sha256sum | sha256sum); }
mkdir -p /mnt
fresh
round=0
while [ $round -lt ROUNDS ]; do
    tree a $((round * 1000 + 1))
    wanted=$(sum a)
    cp -a /mnt/a /mnt/b & one=$!
    cp -a /mnt/a /mnt/c & two=$!
    tree junk 7 & three=$!
    wait $one $two $three
    mv /mnt/b/d1 /mnt/moved && mv /mnt/moved /mnt/b/d1
    ln /mnt/c/d1/symbols /mnt/linked
    rm /mnt/c/d1/symbols
    mv /mnt/linked /mnt/c/d1/symbols
    : >/mnt/junk/d1/symbols
    dd if=/dev/zero of=/mnt/junk/d2/symbols bs=1000 seek=3000 count=1 conv=notrunc 2>/dev/null
    rm -r /mnt/junk/d3
    fresh
    for copy in a b c; do
        [ "$(sum $copy)" = "$wanted" ] && echo "round $round $copy holds"
    done
    rm -r /mnt/a
    cp -a /mnt/b /mnt/a
    rm -r /mnt/c
    fresh
    [ "$(sum a)" = "$wanted" ] && echo "round $round again holds"
    rm -r /mnt/a /mnt/b /mnt/junk
    round=$((round + 1))
done
umount /mnt
SCRIPT
sed -i "s/ROUNDS/$rounds/" "$scratch/torture"

# torture OUTPUT DEVICE...: on a fresh file system, which is checked afterwards.
torture() {
    local output=$1
    shift
    rm -f "$scratch/disk"
    truncate -s 96M "$scratch/disk"
    E2FSPROGS_FAKE_TIME=1 mkfs.ext4 -q -F -O ^metadata_csum_seed -U 12345678-1234-1234-1234-123456789abc \
        -E hash_seed=12345678-1234-1234-1234-123456789abc "$scratch/disk"
    quiet_core99 -nographic -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" -initrd "$INITRD" \
        -append 'console=ttyS0 core99.run=torture' -fw_cfg "name=opt/core99/torture,file=$scratch/torture" -hash-at-exit \
        -drive "file=$scratch/disk,format=raw,if=none,id=d" "$@" >"$scratch/$output" 2>&1
    has "$output: it ends well" '^core99: exit 0' "$scratch/$output"
    is "$output: all checksums hold" "$((4 * rounds))" "$(grep -a -c '^round .* holds' "$scratch/$output")"
    check "$output: fsck finds nothing" e2fsck -f -n "$scratch/disk"
    has_not "$output: and the kernel has no complaint" 'EXT4-fs (error|warning)|I/O error|ata[0-9.]+: (failed|exception|lost)' \
        "$scratch/$output"
}
torture ide -device ide-hd,bus=ide.0,drive=d
sha256sum <"$scratch/disk" >"$scratch/first"
torture ide-again -device ide-hd,bus=ide.0,drive=d
same_hash "two runs on IDE are equal" "$scratch/ide" "$scratch/ide-again"
is "and leave equal disks" "$(cat "$scratch/first")" "$(sha256sum <"$scratch/disk")"
torture virtio-blk -device virtio-blk-pci,drive=d
torture virtio-scsi -device virtio-scsi-pci -device scsi-hd,drive=d
finish
