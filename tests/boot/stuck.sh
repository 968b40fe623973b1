#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A host that does not answer: our own qemu-nbd stands still, or a read of a file does not come back. The program ends all
# the same within seconds of quit and of SIGTERM, and says which drive lost its requests; other commands say what the
# machine waits for.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
command -v qemu-nbd >/dev/null || { echo 'qemu-nbd is not installed (qemu-utils)'; exit 77; }
"$CORE99" -version | grep -q libnbd || { echo 'built without libnbd'; exit 77; }
cat >"$scratch/reader" <<'SCRIPT'
dd if=/dev/vda of=/dev/null bs=4k count=1 2>/dev/null
echo ready
while :; do dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null; done
SCRIPT
linux=("$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=reader'
       -fw_cfg "name=opt/core99/reader,file=$scratch/reader")
lost="^core99: drive 'virtio0': the host has not answered for [0-9]* s: [0-9]* requests? (is|are) lost"
qcow2=(-drive "file=$scratch/disk.qcow2,format=qcow2,if=virtio")
qemu-img create -q -f qcow2 "$scratch/disk.qcow2" 8M

# ends NAME SIGNAL OUTPUT: it takes seconds.
ends() {
    local status=0 begin=$SECONDS
    kill "-$2" "$core99"
    wait "$child" || status=$?
    is "$1: status" 1 "$status"
    check "$1: within seconds" [ "$((SECONDS - begin))" -lt "$((15 * ${CORE99_SLOW:-1}))" ]
    has "$1: the drive is named" "$lost" "$scratch/$3"
    is "$1: once" 1 "$(grep -a -c -E "$lost" "$scratch/$3")"
}

# start OUTPUT COMMAND...: until the guest has said that it is ready.
start() {
    local output=$1 n
    shift
    : >"$scratch/$output"
    timeout -k 10 "$((100 * ${CORE99_SLOW:-1}))" "$@" </dev/null >"$scratch/$output" 2>&1 &
    child=$!
    for ((n = 0; n < 600 * ${CORE99_SLOW:-1}; n++)); do
        grep -a -q '^ready' "$scratch/$output" && break
        sleep 0.05
    done
    core99=$(pgrep -P "$child" -x core99)
}

start out-stopped "${linux[@]}" "${qcow2[@]}"
server=$(pgrep -P "$core99" -x qemu-nbd)
kill -STOP "$server"
sleep 2.5
ends 'a qemu-nbd that stands still, SIGTERM' TERM out-stopped
kill -CONT "$server" # and it ends, for its client is gone

# The guest wants nothing, the end does: a last flush.
printf 'dd if=/dev/zero of=/dev/vda bs=4k count=1 2>/dev/null; echo ready; sleep 9999\n' >"$scratch/sleeper"
start out-idle "${linux[@]/reader,file=*/reader,file=$scratch/sleeper}" "${qcow2[@]}"
server=$(pgrep -P "$core99" -x qemu-nbd)
kill -STOP "$server"
lost="^core99: drive 'virtio0': the host has not answered for [0-9]* s: what was written last may be lost"
ends 'a qemu-nbd that stands still at the end' INT out-idle
kill -CONT "$server"

# --- a file -------------------------------------------------------------------------------------------------------

# A host whose disk does not answer: reads of the image stand still once the file "$scratch/stand-still" is there.
cat >"$scratch/host.c" <<'SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static void stand_still(size_t bytes)
{
    while (bytes == 64 << 10 && access(getenv("STAND_STILL"), F_OK) == 0) {
        pause();
    }
}
ssize_t pread(int fd, void *data, size_t bytes, off_t at)
{
    stand_still(bytes);
    return ((ssize_t (*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread"))(fd, data, bytes, at);
}
ssize_t preadv2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
    return -1; /* EAGAIN or not: a worker reads */
}
SOURCE
if [[ $CORE99 != *sanitize* ]] && cc -shared -fPIC -o "$scratch/host.so" "$scratch/host.c" -ldl 2>/dev/null; then
    truncate -s 8M "$scratch/disk.raw"
    start out-file env STAND_STILL="$scratch/stand-still" LD_PRELOAD="$scratch/host.so" "${linux[@]}" \
        -drive "file=$scratch/disk.raw,format=raw,if=virtio"
    touch "$scratch/stand-still"
    sleep 2.5
    lost="^core99: drive 'virtio0': the host has not answered for [0-9]* s: [0-9]* requests? (is|are) lost"
    ends 'a file that stands still, SIGTERM' TERM out-file
fi

# --- the console ----------------------------------------------------------------------------------------------------

drive --log "$scratch/console" "${linux[@]}" "${qcow2[@]}" <<STEPS
test quit ends a machine that waits for a qemu-nbd that stands still
expect ready
shell kill -STOP \$(pgrep -a -x qemu-nbd | grep -F $scratch/disk.qcow2 | cut -d' ' -f1)
pause 4
send \x01c
expect (core99) 
send info registers\r
expect the machine waits for drive 'virtio0'
send quit\r
expect drive 'virtio0': the host has not answered for
exit 1
STEPS
for server in $(pgrep -a -x qemu-nbd | grep -F "$scratch/disk.qcow2" | cut -d' ' -f1); do kill -CONT "$server"; done
finish
