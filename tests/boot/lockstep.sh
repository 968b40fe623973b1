#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The first 10,000 instructions of OpenBIOS beside QEMU, one by one; a difference is found and named.
# The long run: tests/long/lockstep-qemu.sh.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$boot_dir/peer.sh"

lockstep 10000 >"$scratch/report"
has "10,000 instructions of OpenBIOS agree with QEMU" '^lockstep agrees: instructions 10000,' \
    "$scratch/report"
has "RAM agrees at the end" '^RAM: [1-9][0-9]* pages compared, 0 bytes differ' "$scratch/report"

# A peer with less RAM: OpenBIOS asks fw_cfg for the size after some 10,000 instructions.
start_peer -M mac99,via=cuda -m 64
timeout -k 10 60 "$CORE99" lockstep -M mac99,via=cuda -m 128 -nodefaults -vga none -nic none \
    -nographic -serial null -monitor none --against "$peer" --count 12000 \
    --vector "$scratch/other.vec" </dev/null >"$scratch/other" 2>&1
is "another amount of RAM is a difference" 1 $?
stop_peer
has "the instruction is named" '^difference after instruction [0-9]+: 0x[0-9a-f]+: ' \
    "$scratch/other"
has "it is written as a vector" '^case lockstep/1 source=qemu' "$scratch/other.vec"

refused "nobody there" 'unix:/nowhere: ' lockstep --against unix:/nowhere
refused "no address" 'name the other machine' lockstep
refused "a count that is no number" '--count: ' lockstep --against unix:/x --count many
refused "rules that make no sense" "line 1: no reason" lockstep -nodefaults -serial null \
    -monitor none --against unix:/x --allow <(echo 'device 0-1')
finish
