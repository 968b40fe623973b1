#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# NVRAM as guests use it: what Mac OS X does (macosx.md rows 33 and 34) on engine and step(), Linux's /dev/nvram, what
# it stores being what the firmware boots from after a reboot and in the next run, the command line above it, -boot.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
nvram=$scratch/nvram.img
mtd=(-drive "if=mtd,format=raw,file=$nvram")
fixed=(-icount 'shift=0,sleep=off' -nographic -nodefaults)
word() { od -A n -t u4 --endian=big -j "$2" -N 4 "$1" | tr -d ' '; }
text() { tr '\0' '\n' <"$nvram" | grep -a -c -x -F -e "$1"; }

# ---- as Mac OS X ---------------------------------------------------------------------------------------------

# areas LOG OPTION...: the bare-metal program; its status. As a ROM it is soon done.
program=(-kernel "$BAREMETAL/nvram.elf")
areas() {
    quiet_core99 "${fixed[@]}" -m 64 "${program[@]}" -device core99-debugexit -hash-at-exit "${@:2}" >"$scratch/$1" 2>&1
    echo $?
}
is "areas are read, summed, erased and programmed, behind OpenBIOS" 42 "$(areas openbios)"
powerpc-linux-gnu-objcopy -O binary "$BAREMETAL/nvram.elf" "$scratch/nvram.bin"
{ head -c 256 /dev/zero; cat "$scratch/nvram.bin"; head -c 4096 /dev/zero; } >"$scratch/nvram.rom"
program=(-bios "$scratch/nvram.rom")
is "on the engine" 42 "$(areas engine)"
is "and on step()" 42 "$(areas step -global powerpc-cpu.engine=off)"
same_hash "which end in the same state" "$scratch/engine" "$scratch/step"
truncate -s 8192 "$nvram"
is "with an empty image behind it" 42 "$(areas file "${mtd[@]}")"
is "which has the second generation then" 2 "$(word "$nvram" 20)"
is "the same with that image" 42 "$(areas file "${mtd[@]}")"
is "which has the third then" 3 "$(word "$nvram" 20)"

# ---- as Linux --------------------------------------------------------------------------------------------------

# The first partition of variables of a fresh area begins at 0x20; strings from 0x30 on.
cat >"$scratch/store.sh" <<'EOS'
printf 'boot-device=cd:,\\\\stored\0boot-args=-v\0' | dd of=/dev/nvram bs=1 seek=48 conv=notrunc 2>/dev/null
dd if=/dev/nvram bs=1 skip=48 count=23 2>/dev/null
EOS
linux() { # LOG OPTION...
    patiently 200 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=store' \
        -fw_cfg name=opt/core99/store,file="$scratch/store.sh" -icount shift=0,sleep=off -hash-at-exit "${@:2}" </dev/null \
        >"$scratch/$1" 2>&1
}
truncate -s 0 "$nvram"
truncate -s 8192 "$nvram"
linux one "${mtd[@]}"
has "Linux ends well" 'core99: exit 0' "$scratch/one"
is "what it wrote to /dev/nvram is in the image" 1 "$(text 'boot-device=cd:,\\stored')"
cp "$nvram" "$scratch/kept"
truncate -s 0 "$nvram"
truncate -s 8192 "$nvram"
linux two "${mtd[@]}"
same_hash "two runs are equal" "$scratch/one" "$scratch/two"
check "and leave equal images" cmp "$nvram" "$scratch/kept"

empty() { rm -f "$nvram" && truncate -s 8192 "$nvram"; }
empty
linux recorded "${mtd[@]}" -record "$scratch/log"
empty
linux replayed "${mtd[@]}" -replay "$scratch/log"
has "a replay with the NVRAM as it was ends as recorded" 'replay ends as recorded' "$scratch/replayed"
same_hash "in the same state" "$scratch/recorded" "$scratch/replayed"
check "and writes nothing" cmp "$nvram" <(head -c 8192 /dev/zero)
cp "$scratch/kept" "$nvram"
refused "with another NVRAM it is refused" "recorded with 'drive=mtd0:[0-9a-f]*', this run has 'drive=mtd0:" \
    -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=store' \
    -fw_cfg name=opt/core99/store,file="$scratch/store.sh" -icount shift=0,sleep=off "${mtd[@]}" -replay "$scratch/log"

# ---- the next start -----------------------------------------------------------------------------------------------

firmware() { # LOG OPTION...
    patiently 60 "$CORE99" "${fixed[@]}" -serial "file:$scratch/$1" -timeout-guest 3s "${@:2}" </dev/null >"$scratch/$1.err" 2>&1
}
firmware next "${mtd[@]}"
has "OpenBIOS boots from what Linux stored" 'Trying cd:,\\\\stored' "$scratch/next"
firmware above "${mtd[@]}" -boot c
has_not "-boot goes above it" stored "$scratch/above"
firmware env "${mtd[@]}" -prom-env 'boot-device=hd:,said'
has "so does -prom-env" 'Trying hd:,said' "$scratch/env"
check "and neither is stored" cmp "$nvram" "$scratch/kept"
printf x | dd of="$nvram" bs=1 seek=50 conv=notrunc 2>/dev/null
cp "$nvram" "$scratch/broken"
firmware corrupt "${mtd[@]}"
has "a corrupt image is said" "drive 'mtd0' holds no valid NVRAM: defaults are used" "$scratch/corrupt.err"
has_not "and not used" stored "$scratch/corrupt"
check "and not touched" cmp "$nvram" "$scratch/broken"
firmware letter -boot n
has "a boot device that the firmware does not know is said" 'boot n: the firmware boots from disks' "$scratch/letter.err"
firmware menu -boot menu=on
has "so is a menu" 'boot menu=on: the firmware does not look at it' "$scratch/menu.err"

# once: a CD until the first reset, which the console makes
truncate -s 1M "$scratch/disk" "$scratch/disc"
drive --log "$scratch/once" "$CORE99" -icount 'shift=0,sleep=off' -nographic -drive "format=raw,file=$scratch/disk" \
    -drive "format=raw,media=cdrom,index=2,file=$scratch/disc" -boot once=d <<'STEPS'
test -boot once=d tries the CD first
expect Trying cd:
expect 0 > 
test and the disk after a reset
send \x01c
expect (core99) 
send system_reset\r
expect Trying hd:
expect 0 > 
test nvram set is what the firmware boots from after the next reset
send nvram set boot-device=cd:,set\r
expect (core99) 
send system_reset\r
expect Trying cd:,set
expect 0 > 
send \x01x
STEPS
finish
