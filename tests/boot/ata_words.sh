#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What drives say of themselves, beside qemu-system-ppc: signatures after a reset and every word of IDENTIFY (PACKET)
# DEVICE, read by a bare-metal program (tests/guests/baremetal/ata_words.c). Each word that differs is named here with
# the reason; any other difference fails.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
command -v qemu-system-ppc >/dev/null || { echo "no qemu-system-ppc"; exit 77; }

truncate -s 10M "$scratch/master"
truncate -s 7M "$scratch/slave"
truncate -s 1M "$scratch/disc"
options=(-M mac99 -nographic -vga none -nic none -nodefaults -serial mon:stdio -m 64 -kernel "$BAREMETAL/ata_words.elf"
    -drive "file=$scratch/master,format=raw,index=0" -drive "file=$scratch/slave,format=raw,index=1"
    -drive "file=$scratch/disc,format=raw,media=cdrom,readonly=on,index=2")

# told LOG COMMAND...: what the program says there; it never ends by itself.
told() {
    drive --log "$scratch/$1" "${@:2}" "${options[@]}" <<STEPS
test $1: every place is looked at
within 60 that is all
STEPS
    tr -d '\r' <"$scratch/$1" | grep -a '^[01]\.[01] ' >"$scratch/$1.words"
}
told ours "$CORE99"
told theirs qemu-system-ppc
is "both tell three drives' words and four signatures" "772 772" \
    "$(wc -l <"$scratch/ours.words") $(wc -l <"$scratch/theirs.words")"

# differences PLACE: the words of it that are not QEMU's, and the signature.
differences() {
    comm -23 <(grep "^$1" "$scratch/ours.words" | sort) <(grep "^$1" "$scratch/theirs.words" | sort) |
        sed 's/^... word \(..\).*/\1/; s/^... signature.*/signature/' | sort
}
# reasons <<ROWS: their first columns, in order.
reasons() { awk '{print $1}' | sort; }

disk=$(reasons <<'ROWS'
45 no TRIM: no promise what is read of trimmed sectors
52 look-ahead and power management are there and told
55 and on
58 no Ultra mode is chosen until SET FEATURES chooses one
a9 no TRIM
ff the checksum of ATA-6
ROWS
)
is "0.0: words of the disk differ for a reason" "$disk" "$(differences 0.0)"
is "0.1: so do those of the slave" "$disk" "$(differences 0.1)"

disc=$(reasons <<'ROWS'
14 obsolete words of disks: buffer type
15 buffer size
16 bytes of long commands
1b the model is core99's
1c model
1d model
1e model
1f model
20 model
21 model
30 obsolete: 32-bit access to the data register
31 IORDY is there
32 the word of capabilities is valid
35 words 54 to 58, which are a disk's, are not valid
3e obsolete: single word DMA
41 120 ns a cycle of multiword DMA, as mode 2 has it
42 recommended
43 120 ns a cycle of PIO, as mode 4 has it
44 with IORDY
47 no overlapped commands: no time until a release
48 nor after SERVICE
50 up to ATA/ATAPI-6
52 DEVICE RESET, PACKET, power management
53 valid
54 valid
55 on, as in 52
57 valid
58 no Ultra mode is chosen until SET FEATURES chooses one
ff the checksum of ATA-6
ROWS
)
is "1.0: so do those of the CD-ROM drive" "$disc" "$(differences 1.0)"
is "1.1: nobody is there: none of its registers is driven" signature "$(differences 1.1)"
finish
