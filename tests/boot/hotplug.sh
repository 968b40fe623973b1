#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Cards come and go while Linux runs. The guest says what it waits for, stop points on that text plug and
# unplug, so that nothing hangs on the host's timing, and a replay plugs by itself.
# Once more with a device pulled out under its driver: it reads all ones, and nobody falls over.
#
# HOTPLUG_TIMES (25 rounds; 100 take two minutes of a processor) and HOTPLUG_CARDS ("DRIVER:TYPE[,PROPERTY...] ...") say what.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
times=${HOTPLUG_TIMES:-25}

# DRIVER:DEVICE for all that this build has. What a card is used for stands in the guest's script: use().
offered() {
    local card
    for card in virtio_balloon:virtio-balloon-pci virtio_rng:virtio-rng-pci \
        virtio_net:virtio-net-pci,netdev=n0 "virtio_blk:virtio-blk-pci,drive=d0"; do
        "$CORE99" -device "$(sed 's/[^:]*://;s/,.*//' <<<"$card"),help" >/dev/null 2>&1 && echo "$card"
    done
}
read -r -d '' -a cards < <(tr ' ' '\n' <<<"${HOTPLUG_CARDS:-$(offered)}")
backends=() # what stays when a card goes
case " ${cards[*]}" in *netdev=n0*) backends+=(-netdev "hubport,hubid=0,id=n0") ;; esac
case " ${cards[*]}" in *drive=d0*)
    head -c 1048576 /dev/zero | tr '\0' 'x' >"$scratch/disk"
    backends+=(-drive "if=none,id=d0,format=raw,file=$scratch/disk") ;;
esac

# ---- the guest's side ----------------------------------------------------------------------------------

cat >"$scratch/guest" <<'SCRIPT'
fail() { echo "guest: FAILED: $*"; exit 1; }
drained() { usleep 20000; } # what was said has left the port
functions() { grep -l 0x1af4 /sys/bus/pci/devices/*/vendor 2>/dev/null; }
remove() { for file in $(functions); do echo 1 >"${file%/vendor}/remove"; done; }
bound() { ls "/sys/bus/virtio/drivers/$1" | grep -q '^virtio'; }
use() {
    case $1 in
    virtio_rng) [ "$(dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c)" = 16 ] || fail "no entropy" ;;
    virtio_net) ls /sys/class/net | grep -q eth || fail "no interface" ;;
    virtio_blk) [ "$(dd if=/dev/vda bs=512 count=8 2>/dev/null | tr -d x | wc -c)" = 0 ] ||
        fail "the disk's contents" ;;
    esac
}
plug() { # CARD DRIVER
    echo "guest: PLUG $1."
    drained
    echo 1 >/sys/bus/pci/rescan
    bound "$2" || fail "$2 has no device"
}
pull() {
    echo "guest: PULL $1."
    drained
}
SCRIPT

plan() { # CARD...: DRIVER:DEVICE
    local n
    echo "n=0; while [ \$n -lt $times ]; do n=\$((n + 1))"
    for ((n = 0; n < $#; n++)); do
        local card=${*:n+1:1}
        echo "plug $n ${card%%:*}; use ${card%%:*}; remove; bound ${card%%:*} && fail still there; pull $n"
    done
    echo 'done; echo "guest: $n times; $(functions | wc -l) left"'
}

# console CARD...: the commands that answer.
console() {
    local n
    for ((n = 0; n < $#; n++)); do
        local card=${*:n+1:1}
        echo "tracepoint text \"PLUG $n.\" do device_add ${card#*:},id=card$n"
        echo "tracepoint text \"PULL $n.\" do device_del card$n"
    done
    echo cont
}

# boot NAME OPTION...: serial port in NAME.serial, the rest in NAME.out.
boot() {
    local name=$1
    shift
    patiently 600 "$CORE99" -nographic -icount 'shift=0,sleep=off' -m 128 -kernel "$KERNEL" \
        -initrd "$INITRD" -append 'console=ttyS0 core99.run=hotplug' -hash-at-exit -S \
        -fw_cfg "name=opt/core99/hotplug,file=$scratch/script" -serial "file:$scratch/$name.serial" \
        -monitor stdio "${backends[@]}" "$@" >"$scratch/$name.out" 2>&1
    echo "status $?" >>"$scratch/$name.out"
}

# ---- let go of first -----------------------------------------------------------------------------------

{ cat "$scratch/guest"; plan "${cards[@]}"; } >"$scratch/script"
console "${cards[@]}" >"$scratch/commands"
echo "source $scratch/commands" | boot one -record "$scratch/log"
has "$times times ${cards[*]}: bound, used, removed, gone" "guest: $times times; 0 left" \
    "$scratch/one.serial"
has_not "no step failed" 'FAILED|Oops|BUG:|WARNING:' "$scratch/one.serial"
has "the guest powers off in peace" '^status 0' "$scratch/one.out"
echo cont | boot three -replay "$scratch/log"
same_hash "a replay plugs by itself and ends in the same state" "$scratch/one.out" "$scratch/three.out"

# ---- pulled out under the driver -----------------------------------------------------------------------

# With its driver still bound the function reads all ones; Linux can remove what is left of it. One that
# the driver of a modern device removes is another matter: Linux 6.1 waits for its status to read 0, and
# with all ones that task sleeps for ever (and a power-off, behind it): the run ends here.
for variant in disable-modern=on disable-legacy=on; do
    {
        cat "$scratch/guest"
        cat <<'SCRIPT'
plug 0 virtio_balloon
list=$(functions)
pull 0
echo "guest: config $(hexdump -n 8 -e '8/1 "%02x"' "${list%/vendor}/config")"
remove &
usleep 300000
echo "guest: lives, $(functions | wc -l) left."
usleep 100000
SCRIPT
    } >"$scratch/script"
    console "virtio_balloon:virtio-balloon-pci,$variant" >"$scratch/commands"
    sed -i '$i tracepoint text "left." do quit' "$scratch/commands"
    echo "source $scratch/commands" | boot surprise
    has "$variant, pulled under its driver: configuration reads all ones" \
        'guest: config ffffffffffffffff' "$scratch/surprise.serial"
    has "$variant: the guest lives on" 'guest: lives' "$scratch/surprise.serial"
    has_not "$variant: without an Oops" 'FAILED|Oops|BUG:' "$scratch/surprise.serial"
    has "$variant: nor does the emulator mind" '^status 0' "$scratch/surprise.out"
    case $variant in disable-modern=on)
        has "a legacy device that is gone can still be removed" 'lives, 0 left' \
            "$scratch/surprise.serial" ;;
    esac
done
finish
