# SPDX-License-Identifier: MIT
#
# qemu-system-ppc behind its gdb stub at a private socket. Sourced after lib.sh by the tests that need
# a peer; exits 77 without QEMU. Sets peer, the address, and peer_pid.
# shellcheck shell=bash

command -v qemu-system-ppc >/dev/null || { echo "no qemu-system-ppc"; exit 77; }

# start_peer OPTION...: stopped at reset. Without the default devices, of which USB is not built; OpenBIOS comes to the
# CD-ROM drive after more than 90 million instructions, later than any of these tests.
start_peer() {
    local socket=$scratch/peer
    qemu-system-ppc -S -nodefaults -vga none -nic none -nographic \
        -chardev "socket,id=gdb,path=$socket,server=on,wait=off" -gdb chardev:gdb "$@" \
        </dev/null >"$scratch/peer.log" 2>&1 &
    peer_pid=$!
    peer=unix:$socket
    for _ in $(seq 100); do
        [ -S "$socket" ] && return
        sleep 0.1
    done
    not_ok "qemu-system-ppc starts" "$(tail -n 1 "$scratch/peer.log")"
    finish
}

stop_peer() {
    kill "$peer_pid" 2>/dev/null
    wait "$peer_pid" 2>/dev/null
    rm -f "${peer#unix:}"
}

# lockstep COUNT [OPTION...]: OpenBIOS from reset on both machines; prints the report.
lockstep() {
    local board=(-M mac99,via=cuda -m 128) count=$1
    shift
    start_peer "${board[@]}"
    timeout -k 10 "${limit:-1800}" "$CORE99" lockstep "${board[@]}" -nodefaults -vga none -nic none \
        -nographic -serial null -monitor none --against "$peer" --count "$count" \
        --allow "$root_dir/tests/golden/lockstep-copied.txt" --vector "$scratch/lockstep.vec" "$@" \
        </dev/null 2>&1
    local status=$?
    stop_peer
    return "$status"
}
