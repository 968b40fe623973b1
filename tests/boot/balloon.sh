#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The balloon under Linux, legacy, modern, and behind a bridge: to half and back by the console, and the
# guest's free memory and the emulator's resident set both move. Free page reporting shrinks the resident
# set by itself. The guest says how far it is; stop points on that text let the host be measured.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

cat >"$scratch/common" <<'SCRIPT'
kb() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo; }
show() { echo "guest: $1: $(kb MemFree) kB free"; }
reached() { echo "guest: reached $1."; usleep 20000; }
fill() {
    mount -o remount,size=100% /dev/shm
    dd if=/dev/zero of=/dev/shm/fill bs=1M count=$(($(kb MemFree) / 1024 - 12)) 2>/dev/null
    rm /dev/shm/fill
}
wait_until() { # -lt|-gt KB
    n=0
    while ! [ "$(kb MemFree)" "$1" "$2" ] && [ $n -lt 100 ]; do usleep 100000; n=$((n + 1)); done
}
SCRIPT

cat >"$scratch/half.tail" <<'SCRIPT'
fill
before=$(kb MemFree)
show full
reached FULL
echo "guest: HALVE."
wait_until -lt $((before - 60000))
show half
reached HALF
echo "guest: BACK."
wait_until -gt $((before - 8000))
show back
fill
reached AGAIN
SCRIPT
cat >"$scratch/report.tail" <<'SCRIPT'
fill
reached FULL
sleep 10
reached HALF
fill
reached AGAIN
SCRIPT

# resident FILE: the resident set of the emulator that runs, in kB.
resident="sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' /proc/\$(pgrep -f '^$CORE99 .*$scratch')/status"

# session NAME SCRIPT MIB OPTION...: resident sets in NAME.FULL, .HALF, .AGAIN; serial port in NAME.serial.
session() {
    local name=$1 mib=$3 point
    cat "$scratch/common" "$scratch/$2.tail" >"$scratch/script"
    shift 3
    {
        echo "test $name: the machine stops three times and powers off"
        echo 'expect (core99) '
        for point in 'tracepoint text "HALVE." do balloon 64' 'tracepoint text "BACK." do balloon 128' \
            'tbreak text "reached FULL."' 'tbreak text "reached HALF."' 'tbreak text "reached AGAIN."'; do
            printf 'send %s\\r\nexpect (core99) \n' "$point"
        done
        for point in FULL HALF AGAIN; do
            printf 'send cont\\r\nexpect printed "reached %s."\n' "$point"
            echo "shell $resident >$scratch/$name.$point"
        done
        printf 'send info balloon\\r\nexpect balloon: actual=%s\n' "$mib"
        printf 'send cont\\r\nexit 0\n'
    } | drive --log "$scratch/$name.out" "$CORE99" -nographic -icount 'shift=0,sleep=off' -m "$mib" \
        -kernel "$KERNEL" -initrd "$INITRD" -append 'console=ttyS0 core99.run=balloon' -S \
        -fw_cfg "name=opt/core99/balloon,file=$scratch/script" -monitor stdio \
        -serial "file:$scratch/$name.serial" "$@"
}

# shrinks NAME: by half of the memory at least, less what is rounded, and grows again.
shrinks() {
    local full half again
    full=$(cat "$scratch/$1.FULL") half=$(cat "$scratch/$1.HALF") again=$(cat "$scratch/$1.AGAIN")
    check "$1: the host has at least 40 MB more ($full kB, then $half)" [ $((full - half)) -gt 40000 ]
    check "$1: used memory is taken again ($again kB)" [ $((again - half)) -gt 40000 ]
}

# moves NAME: the guest's free memory.
moves() {
    local full half back
    free() { sed -n "s/^.*guest: $1: \([0-9]*\) kB free.*/\1/p" "$scratch/$name.serial"; }
    local name=$1
    full=$(free full) half=$(free half) back=$(free back)
    check "$1: the guest has about 64 MiB less ($full kB, then $half)" \
        [ $(((full - half) / 10000)) = 6 ]
    check "$1: and gets it back ($back kB)" [ $((full - back)) -lt 10000 ]
}

for variant in legacy:disable-modern=on modern:disable-legacy=on bridge:bus=br,addr=3; do
    options=()
    [ "${variant%%:*}" = bridge ] && options=(-device "pci-bridge,id=br,addr=10")
    session "${variant%%:*}" half 128 "${options[@]}" -device "virtio-balloon-pci,${variant#*:}"
    moves "${variant%%:*}"
    shrinks "${variant%%:*}"
done
# Linux keeps back what 32 reports would hold, 128 MiB.
session reporting report 384 -device virtio-balloon-pci,free-page-reporting=on
shrinks reporting
session no-reporting report 384 -device virtio-balloon-pci
check "no-reporting: without it the host gets nothing" \
    [ $(($(cat "$scratch/no-reporting.FULL") - $(cat "$scratch/no-reporting.HALF"))) -lt 5000 ]
finish
