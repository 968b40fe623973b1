#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# virtio-rng with Linux, by both interfaces: /dev/hwrng reads from each back end; two runs with a fixed clock
# are equal, unless the host's entropy was asked for; what a recorded run got its replay gets.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

cat >"$scratch/rng.sh" <<'EOS'
cat /sys/class/misc/hw_random/rng_current
cat /sys/bus/virtio/devices/virtio*/features | cut -c33
dd if=/dev/hwrng bs=512 count=8 2>/dev/null | sha256sum
dd if=/dev/hwrng of=/tmp/random bs=4096 count=4 2>/dev/null
echo "bytes $(wc -c </tmp/random), compressed $(gzip -c /tmp/random | wc -c)"
EOS

# boot LOG OPTION...
boot() {
    local log=$1
    shift
    patiently 120 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=rng' \
        -fw_cfg name=opt/core99/rng,file="$scratch/rng.sh" -hash-at-exit "$@" </dev/null >"$scratch/$log" 2>&1
}
fixed=(-icount 'shift=0,sleep=off')
sum() { grep -a -o '^[0-9a-f]\{64\}' "$scratch/$1"; }

for interface in disable-modern=on disable-legacy=on; do
    boot "$interface" "${fixed[@]}" -device "virtio-rng-pci,$interface"
    has "$interface: Linux finds the device" '^virtio_rng' "$scratch/$interface"
    has "$interface: random bytes do not compress" 'bytes 16384, compressed 16[3-9]' "$scratch/$interface"
    boot again "${fixed[@]}" -device "virtio-rng-pci,$interface"
    same_hash "$interface: two runs with a fixed clock are equal" "$scratch/$interface" "$scratch/again"
done
has "the legacy interface" '^0' "$scratch/disable-modern=on"
has "the modern interface" '^1' "$scratch/disable-legacy=on"

random=(-object 'rng-random,filename=/dev/urandom,id=r0' -device virtio-rng-pci,rng=r0)
boot one "${fixed[@]}" "${random[@]}" -record "$scratch/log"
boot two "${fixed[@]}" "${random[@]}"
has "rng-random warns that runs differ" 'warning: .*two runs get different random numbers' "$scratch/one"
if [ "$(sum one)" != "$(sum two)" ]; then ok "and they do"; else not_ok "and they do" "$(sum one)"; fi
boot replay "${fixed[@]}" "${random[@]}" -replay "$scratch/log"
is "a replay reads what was recorded" "$(sum one)" "$(sum replay)"
same_hash "and ends in the recorded state" "$scratch/one" "$scratch/replay"
has_not "nothing differed" 'differ(s|ence)' "$scratch/replay"

boot live -device virtio-rng-pci -record "$scratch/log"
has "live: the host's generator" 'bytes 16384, compressed 16[3-9]' "$scratch/live"
boot replay -device virtio-rng-pci -replay "$scratch/log"
same_hash "its replay is equal" "$scratch/live" "$scratch/replay"

# a daemon that speaks EGD: 0x02 N asks for N bytes
python3 - "$scratch/egd" <<'EOS' &
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
peer = server.accept()[0]
while True:
    command = peer.recv(2, socket.MSG_WAITALL)
    if len(command) < 2:
        break
    assert command[0] == 2, command
    peer.sendall(os.urandom(command[1]))
EOS
while [ ! -S "$scratch/egd" ]; do sleep 0.1; done
boot daemon -chardev socket,id=c0,path="$scratch/egd" -object rng-egd,id=r0,chardev=c0 -device virtio-rng-pci,rng=r0
has "rng-egd: a daemon's bytes" 'bytes 16384, compressed 16[3-9]' "$scratch/daemon"

refused "a back end that is not there" "object not found" -device virtio-rng-pci,rng=nobody
refused "a file that is not there" "cannot open .*/nowhere" -object rng-random,id=r0,filename=/nowhere
refused "an EGD without a chardev" "needs a chardev" -object rng-egd,id=r0
refused "no period" "'period' parameter expects" -device virtio-rng-pci,period=0
refused "too many bytes" "must be less than" -device virtio-rng-pci,max-bytes=18446744073709551615
finish
