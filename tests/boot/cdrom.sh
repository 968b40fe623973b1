#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A CD-ROM drive on IDE: Linux reads an ISO by DMA and by PIO, byte by byte; equal runs, record and replay; OpenBIOS
# lists and loads from a disc as it does in qemu-system-ppc.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
command -v xorriso >/dev/null || { echo "no xorriso"; exit 77; }

# ---- a disc: ISO 9660 with names as Linux has them, HFS+ and an Apple partition map -----------------------------

mkdir -p "$scratch/tree/folder"
seq 1 300000 >"$scratch/tree/folder/numbers"
head -c 3000000 "$KERNEL" >"$scratch/tree/kernel part"
printf '\\ a program in Forth\r." from the disc" cr\r' >"$scratch/tree/words.fth"
xorriso -as mkisofs -quiet -R -J -hfsplus -apm-block-size 2048 -V CORE99 -o "$scratch/disc.iso" "$scratch/tree" 2>/dev/null
[ -s "$scratch/disc.iso" ] || { echo "xorriso made no disc"; exit 1; }
sum() { sha256sum "$@" | cut -d ' ' -f 1; }
disc=$(sum <"$scratch/disc.iso")
numbers=$(sum <"$scratch/tree/folder/numbers")
part=$(sum <"$scratch/tree/kernel part")

# ---- Linux ------------------------------------------------------------------------------------------------------

cat >"$scratch/cd.sh" <<'EOS'
dmesg | grep -E 'ata2.00: (ATAPI|configured)'
sha256sum </dev/sr0
echo 3 >/proc/sys/vm/drop_caches
mkdir -p /mnt
mount -t iso9660 -o ro /dev/sr0 /mnt || exit 1
sha256sum </mnt/folder/numbers
sha256sum <"/mnt/kernel part"
umount /mnt
dd if=/dev/sr0 of=/dev/null bs=2048 skip=100000000 count=1 2>/dev/null
touch /dev/sr0 && dd if=/dev/zero of=/dev/sr0 bs=2048 count=1 2>/dev/null && echo it was written
echo 3 >/proc/sys/vm/drop_caches
head -c 1000001 /dev/sr0 | sha256sum
dmesg | grep -i -E 'ata2.*(error|exception|timeout|reset)|I/O error'
echo the end
EOS

# boot LOG KERNEL-OPTIONS OPTION...
boot() {
    local log=$1 more=$2
    shift 2
    patiently 200 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" \
        -append "console=ttyS0 core99.run=cd $more" -fw_cfg name=opt/core99/cd,file="$scratch/cd.sh" \
        -drive "if=none,id=c0,format=raw,media=cdrom,readonly=on,file=$scratch/disc.iso" \
        -device ide-cd,bus=ide.1,unit=0,drive=c0 -hash-at-exit "$@" </dev/null >"$scratch/$log" 2>&1
}

# sums NAME LOG: what Linux read is what the disc has.
sums() {
    local name=$1 whole first second beginning
    read -r whole first second beginning < <(grep -a -o '^[0-9a-f]\{64\}' "$scratch/$2" | tr '\n' ' ')
    is "$name: the whole disc" "$disc" "${whole:-none}"
    is "$name: a file" "$numbers" "${first:-none}"
    is "$name: another" "$part" "${second:-none}"
    is "$name: its beginning" "$(head -c 1000001 "$scratch/disc.iso" | sum)" "${beginning:-none}"
    has_not "$name: it cannot be written" '^it was written' "$scratch/$2"
    has_not "$name: no errors on the way" '(exception Emask|failed command|timeout)' "$scratch/$2"
    has "$name: it ends well" '^the end' "$scratch/$2"
}

fixed=(-icount 'shift=0,sleep=off')
boot dma '' "${fixed[@]}" -trace 'ide_dma' -D "$scratch/dma.trace"
has "DMA: the channel moves the data" ide_dma "$scratch/dma.trace"
has "Linux finds the drive" 'ata2.00: ATAPI: core99 DVD-ROM' "$scratch/dma"
sums DMA dma
boot again '' "${fixed[@]}"
same_hash "DMA: two runs with a fixed clock are equal" "$scratch/dma" "$scratch/again"
boot chaos '' "${fixed[@]}" -cache-chaos 1
same_hash "DMA: caches emptied at random change nothing" "$scratch/dma" "$scratch/chaos"
boot pio libata.dma=0 "${fixed[@]}" -trace 'ide_*' -D "$scratch/pio.trace"
sums PIO pio
has_not "PIO: the DMA channel is idle" ide_dma "$scratch/pio.trace"
has "PIO: the drive has the data register" ide_pio "$scratch/pio.trace"
boot pio-again libata.dma=0 "${fixed[@]}"
same_hash "PIO: two runs with a fixed clock are equal" "$scratch/pio" "$scratch/pio-again"
boot live '' -record "$scratch/log"
boot replay '' -replay "$scratch/log"
same_hash "the replay of a live run ends in its state" "$scratch/live" "$scratch/replay"

# ---- OpenBIOS, beside QEMU --------------------------------------------------------------------------------------

drive_of() { printf 'if=none,id=c0,format=raw,media=cdrom,readonly=on,file=%s' "$scratch/disc.iso"; }
words=('devalias' 'dir cd:,\\' 'dir cd:,\\folder\\' 'load cd:,\\words.fth' 'load-size .' 'load-base 40 type'
       'load cd:,\\folder\\numbers' 'load-size u.' 'load-base 20 dump' 'load cd:,\\none' 'dir cd:2,\\')
steps() {
    local word
    printf 'test %s: the prompt comes\nwithin 60 0 > \n' "$1"
    for word in "${words[@]}"; do
        printf 'send %s\\r\nwithin 30 0 > \n' "$word"
    done
}
{ steps core99; } >"$scratch/steps"
drive --log "$scratch/ours" "$CORE99" -M mac99 -nographic -m 128 -vga none -nic none \
    -drive "$(drive_of)" -device ide-cd,bus=ide.1,unit=0,drive=c0 <"$scratch/steps"
typed() { tr -d '\r' <"$1" | sed -n '/^0 > /,$p' | sed '$d' | grep -a -v '^0 > *$'; }
if command -v qemu-system-ppc >/dev/null; then
    drive --log "$scratch/theirs" qemu-system-ppc -M mac99 -nographic -m 128 -vga none -nic none \
        -drive "$(drive_of)" -device ide-cd,bus=ide.1,unit=0,drive=c0 < <(sed 's/core99/QEMU/' "$scratch/steps")
    typed "$scratch/ours" >"$scratch/ours.typed"
    typed "$scratch/theirs" >"$scratch/theirs.typed"
    same_lines "OpenBIOS says of the disc what it says in QEMU" "$scratch/theirs.typed" "$scratch/ours.typed"
fi
has "OpenBIOS loads a file of the disc" "^0 > load-size u\. $(printf %x "$(stat -c %s "$scratch/tree/folder/numbers")") " "$scratch/ours"
has "OpenBIOS lists the disc" '^ *[0-9]+ [0-9-]+ [0-9:]+ +words.fth' "$scratch/ours"

refused "no such drive" "nowhere" -device ide-cd,drive=nowhere
refused "a third drive" "" -device ide-cd,bus=ide.0 -device ide-cd,bus=ide.0 -device ide-cd,bus=ide.0
finish
