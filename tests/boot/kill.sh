#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Sudden ends lose nothing that was durable: Linux writes numbered records with fsync, on raw and on qcow2, and prints
# each number afterwards; core99, or a qemu-nbd, is killed at a random moment; every record whose number was printed is
# there, and qemu-img finds no corruption. CORE99_KILLS=N changes how many of each (5); CORE99_SEED makes the moments.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
kills=${CORE99_KILLS:-5}
RANDOM=${CORE99_SEED:-$$} # what it was is in the name of a test that fails
seed=${CORE99_SEED:-$$}
at_once=5 # disks of a run whose servers are killed
command -v qemu-nbd >/dev/null || { echo 'qemu-nbd is not installed (qemu-utils)'; exit 77; }

# One writer a disk. A record is 4 KiB, now and then 64.
cat >"$scratch/writers" <<'SCRIPT'
write() {
    n=0
    while [ $n -lt 4000 ]; do
        n=$((n + 1))
        count=1
        [ $((n % 8)) = 0 ] && count=16
        yes "record $n of $1" | dd of=/dev/$1 bs=4k seek=$((n * 16)) count=$count iflag=fullblock conv=fsync,notrunc \
            2>/dev/null || break
        echo "durable $1 $n $count"
    done
    echo "end $1 $n"
}
for disk in $(cd /sys/block && echo vd*); do write $disk & done
wait
SCRIPT

# records IMAGE DISK OUTPUT: every line that OUTPUT has of DISK is true of the raw image.
cat >"$scratch/records.py" <<'PYTHON'
import re
import sys

image, disk, output = sys.argv[1:]
printed = re.findall(rb"^durable %s (\d+) (\d+)\r?$" % disk.encode(), open(output, "rb").read(), re.M)
with open(image, "rb") as file:
    for number, count in printed:
        line = b"record %s of %s\n" % (number, disk.encode())
        size = 4096 * int(count)
        file.seek(int(number) * 16 * 4096)
        if file.read(size) != (line * (size // len(line) + 1))[:size]:
            sys.exit("record %s of %s is not there" % (number.decode(), disk))
if not printed:
    sys.exit("no record was printed of " + disk)
PYTHON
records() { python3 "$scratch/records.py" "$@"; }

# Leaked clusters cost room, not contents: status 3.
no_corruption() {
    local status=0
    qemu-img check -q "$1" 2>&1 || status=$?
    [ "$status" = 0 ] || [ "$status" = 3 ]
}

# A killed qemu-nbd holds its locks no longer; one that lost us ends by itself within moments.
qcow2_has() { # IMAGE DISK OUTPUT
    local n
    for ((n = 0; n < 100; n++)); do
        qemu-img convert -f qcow2 -O raw "$1" "$1.raw" 2>"$scratch/convert" && break
        sleep 0.1
    done
    records "$1.raw" "$2" "$3" && no_corruption "$1" && rm "$1.raw"
}

start() { # OPTION...
    : >"$scratch/out" # now: what runs behind it comes to its redirection later than we to what the last run said
    timeout -k 10 "$((300 * ${CORE99_SLOW:-1}))" "$CORE99" -nographic -icount shift=0,sleep=off -m 128 -kernel "$KERNEL" -initrd "$INITRD" \
        -append 'console=ttyS0 quiet core99.run=writers' -fw_cfg "name=opt/core99/writers,file=$scratch/writers" "$@" \
        </dev/null >"$scratch/out" 2>&1 &
    child=$!
}

wait_for() { # REGEX
    local n
    for ((n = 0; n < 600 * ${CORE99_SLOW:-1}; n++)); do
        grep -a -q -e "$1" "$scratch/out" && return
        sleep 0.05
    done
    return 1
}

# One record whole, with the end of its line: a kill in the middle of the first line would prove nothing.
wait_for_record() { wait_for "^durable $1 [0-9][0-9]* [0-9][0-9]*[^0-9]"; }

a_while() { sleep "$(printf '0.%03d' $((RANDOM % 1000)))"; }

# core99 that `timeout` runs, and its servers.
core99_pid() { pgrep -P "$child"; }
servers() { pgrep -P "$(core99_pid)" -x qemu-nbd; }

# --- core99 is killed ------------------------------------------------------------------------------------------

# Prints what went wrong.
kill_core99() {
    rm -f "$scratch"/raw "$scratch"/qcow2
    truncate -s 256M "$scratch/raw"
    qemu-img create -q -f qcow2 "$scratch/qcow2" 256M
    start -drive "file=$scratch/raw,format=raw,if=virtio" -drive "file=$scratch/qcow2,format=qcow2,if=virtio"
    wait_for_record vda && wait_for_record vdb || { echo 'the guest wrote nothing'; return 1; }
    a_while
    kill -9 "$(core99_pid)"
    wait "$child" 2>/dev/null
    records "$scratch/raw" vda "$scratch/out" && qcow2_has "$scratch/qcow2" vdb "$scratch/out"
}

lost=
for ((n = 1; n <= kills; n++)); do
    reason=$(kill_core99 2>&1) || lost+="kill $n: $reason; "
done
is "core99 killed $kills times: what was durable is there (seed $seed)" '' "$lost"
sleep 0.3
is 'no qemu-nbd outlives a killed core99' '' "$(pgrep -a -x qemu-nbd | grep -F "$scratch/")"

# --- servers are killed ----------------------------------------------------------------------------------------

letters=abcdefghij
# kill_servers COUNT
kill_servers() {
    local n server drives=()
    for ((n = 0; n < $1; n++)); do
        rm -f "$scratch/qcow2-$n"
        qemu-img create -q -f qcow2 "$scratch/qcow2-$n" 256M
        drives+=(-drive "file=$scratch/qcow2-$n,format=qcow2,if=virtio")
    done
    start "${drives[@]}"
    for ((n = 0; n < $1; n++)); do
        wait_for_record "vd${letters:n:1}" || { echo 'the guest wrote nothing'; return 1; }
    done
    for server in $(servers | shuf); do
        a_while
        kill -9 "$server"
    done
    wait "$child" || { echo "core99 ended with status $?"; return 1; }
    for ((n = 0; n < $1; n++)); do
        qcow2_has "$scratch/qcow2-$n" "vd${letters:n:1}" "$scratch/out" || return 1
    done
    is_said "$1"
}

# Once for each server, with its image.
is_said() {
    local lines
    lines=$(grep -a -o "'$scratch/qcow2-[0-9]': qemu-nbd was killed by signal 9" "$scratch/out" | sort -u | wc -l)
    [ "$lines" = "$1" ] || { echo "$lines lines on $1 killed servers"; return 1; }
}

lost=
for ((n = 0; n < kills; n += at_once)); do
    reason=$(kill_servers $((kills - n < at_once ? kills - n : at_once)) 2>&1) || lost+="from kill $n: $reason; "
done
is "qemu-nbd killed $kills times: what was durable is there (seed $seed)" '' "$lost"
finish
