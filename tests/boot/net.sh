#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Linux with virtio-net, legacy and modern: DHCP, ping, wget, hostfwd, names, a pcap, a tap interface, two
# machines on one cable; record and replay with traffic. All servers are on 127.0.0.1; what needs port 53
# or a tap interface runs in a namespace of its own.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests
host=$boot_dir/net_host.py

# The guest's side: functions for the scripts below.
cat >"$scratch/common" <<'EOS'
cat >/tmp/dhcp <<'X'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/24 dev $interface
ip route add default via $router
echo "nameserver $dns" >/etc/resolv.conf
echo "lease: $ip router $router dns $dns"
X
chmod +x /tmp/dhcp
dhcp() { ip link set lo up; ip link set eth0 up; udhcpc -f -i eth0 -n -q -t 20 -s /tmp/dhcp; }
static() { ip link set eth0 up; ip addr add $1/24 dev eth0; }
sum() { sha256sum | cut -c1-64; }
EOS

guest() { # NAME: a script for the guest, from standard input
    { cat "$scratch/common"; cat; } >"$scratch/$1.guest"
}

# linux NAME LOG OPTION...
linux() {
    local name=$1 log=$2
    shift 2
    patiently 240 "$CORE99" -M mac99 -m 128 -nographic -kernel "$KERNEL" -initrd "$INITRD" \
        -append "console=ttyS0 quiet core99.run=$name" \
        -fw_cfg name=opt/core99/"$name",file="$scratch/$name.guest" "$@" </dev/null >"$log" 2>&1
}

wait_for_file() {
    local i
    for ((i = 0; i < 300; i++)); do
        [ -s "$1" ] && return
        sleep 0.1
    done
    echo "no $1"
    exit 1
}

mkdir "$scratch/www"
head -c 2000000 /dev/urandom >"$scratch/www/blob"
blob_sum=$(sha256sum <"$scratch/www/blob" | cut -c1-64)
"$host" serve "$scratch/www" "$scratch/port" &
server=$!
wait_for_file "$scratch/port"
port=$(cat "$scratch/port")

# ---- user networking -----------------------------------------------------------------------------------

guest user <<EOS
dhcp
ping -c 2 10.0.2.2
echo sum: \$(wget -q -O - http://10.0.2.2:$port/blob | sum)
mkdir /tmp/www
head -c 300000 /dev/urandom >/tmp/www/mine
echo mine: \$(sum </tmp/www/mine)
httpd -p 80 -h /tmp/www
echo serving
until wget -q -O /dev/null http://10.0.2.2:$port/done.\$(cat /proc/cmdline | sed 's/.*tag=//'); do sleep 0.3; done
grep virtio /proc/interrupts
EOS

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

user() { # TAG OPTION
    local tag=$1 forward mine
    forward=$(free_port)
    linux user "$scratch/$tag.log" -netdev user,id=n0,hostfwd=tcp:127.0.0.1:"$forward"-:80 \
        -device virtio-net-pci,netdev=n0,"$2" -object filter-dump,id=f0,netdev=n0,file="$scratch/$tag.pcap" \
        -append "console=ttyS0 quiet core99.run=user tag=$tag" &
    "$host" fetch "http://127.0.0.1:$forward/mine" 2>"$scratch/$tag.fetch" >"$scratch/$tag.mine"
    touch "$scratch/www/done.$tag"
    wait $!
    is "$tag: Linux ends by itself" 0 $?
    has "$tag: DHCP gives 10.0.2.15" 'lease: 10\.0\.2\.15 router 10\.0\.2\.2 dns 10\.0\.2\.3' "$scratch/$tag.log"
    has "$tag: 10.0.2.2 answers a ping" '2 packets received' "$scratch/$tag.log"
    has "$tag: wget gets what the server has" "^sum: $blob_sum" "$scratch/$tag.log"
    mine=$(sha256sum <"$scratch/$tag.mine" | cut -c1-64)
    has "$tag: hostfwd leads to the guest's httpd" "^mine: $mine" "$scratch/$tag.log"
}

user legacy disable-modern=on
user modern disable-legacy=on
user plain csum=off,guest_csum=off,mrg_rxbuf=off,event_idx=off,indirect_desc=off

pcap() {
    local tree=$scratch/protocols
    if ! command -v tshark >/dev/null; then
        echo "skip - no tshark: the pcap is not judged"
        return
    fi
    tshark -r "$scratch/modern.pcap" -q -z io,phs >"$tree" 2>"$scratch/tshark.err"
    is "tshark reads the pcap" 0 $?
    sed 's/^/# /' "$tree"
    for protocol in arp dhcp icmp tcp http; do
        has "the pcap has $protocol" "$protocol +frames:[1-9]" "$tree"
    done
    has_not "every frame of the pcap is well-formed" malformed "$tree"
    is "all checksums in the pcap are right" 0 "$(tshark -r "$scratch/modern.pcap" \
        -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -Y 'tcp.checksum.status == 0 || ip.checksum.status == 0 || udp.checksum.status == 0' 2>/dev/null | wc -l)"
}
pcap

# ---- names, and a tap interface: in a namespace -----------------------------------------------------------

guest names <<'EOS'
dhcp
nslookup answer.core99.test
echo resolved: $(ping -c 1 answer.core99.test | head -n 1)
EOS
guest tap <<'EOS'
static 10.9.0.2
ping -c 3 10.9.0.1
EOS
cat >"$scratch/inside" <<EOS
mount --bind "$scratch/resolv.conf" /etc/resolv.conf
"$host" names 10.0.2.2 &
$(declare -f linux patiently)
linux names "$scratch/names.log" -nic user
linux tap "$scratch/tap.log" -nic tap,ifname=c99test,script="$scratch/ifup",downscript=no
kill %1
EOS
printf 'nameserver 127.0.0.1\n' >"$scratch/resolv.conf"
printf '#!/bin/sh\nexec "%s" address "$1" 10.9.0.1\n' "$host" >"$scratch/ifup"
chmod +x "$scratch/ifup"
export CORE99 KERNEL INITRD scratch
if unshare -rnm true 2>/dev/null; then
    unshare -rnm bash "$scratch/inside" >"$scratch/inside.out" 2>&1
    has "10.0.2.3 resolves names by the host's server" 'Address.*10\.0\.2\.2' "$scratch/names.log"
    has "and programs in the guest use it" 'resolved: PING answer.core99.test \(10\.0\.2\.2\)' "$scratch/names.log"
    if unshare -rnm test -w /dev/net/tun; then
        has "a tap interface of the host answers" '3 packets received' "$scratch/tap.log"
    else
        echo "skip - /dev/net/tun is not ours: tap is not tried"
    fi
else
    echo "skip - no namespaces here: names and tap are not tried"
fi

# ---- two machines on one cable --------------------------------------------------------------------------------

# The first serves a file until the second rings: nc, which leaves as soon as the other half ends, carries no data.
guest first <<'EOS'
static 10.1.0.1
mkdir /tmp/www
head -c 1000000 /dev/urandom >/tmp/www/blob
echo sent: $(sum </tmp/www/blob)
httpd -p 80 -h /tmp/www
nc -l -p 5000 </dev/null >/dev/null
EOS
guest second <<'EOS'
static 10.1.0.2
until ping -c 1 -W 1 10.1.0.1 >/dev/null; do :; done
ping -c 3 10.1.0.1
until wget -q -O /tmp/blob http://10.1.0.1/blob; do sleep 1; done
echo got: $(sum </tmp/blob)
until nc 10.1.0.1 5000 </dev/null >/dev/null; do sleep 1; done
EOS

two() { # NAME FIRST SECOND
    local sent
    linux first "$scratch/first.log" -nic "socket,mac=52:54:00:00:01:01,$2" &
    sleep 0.5
    linux second "$scratch/second.log" -nic "socket,mac=52:54:00:00:01:02,$3"
    wait $!
    has "$1: the other machine answers a ping" '3 packets received' "$scratch/second.log"
    sent=$(sed -n 's/.*sent: \([0-9a-f]*\).*/\1/p' "$scratch/first.log")
    has "$1: what one sends the other gets" "got: ${sent:-nothing}" "$scratch/second.log"
}
cable=$(free_port)
two "TCP cable" listen=127.0.0.1:"$cable" connect=127.0.0.1:"$cable"
one=$(free_port) other=$(free_port)
two "UDP cable" udp=127.0.0.1:"$one",localaddr=127.0.0.1:"$other" \
    udp=127.0.0.1:"$other",localaddr=127.0.0.1:"$one"

# ---- the same again from a recording, with a disk ------------------------------------------------------------------------------

guest record <<EOS
dhcp
mkfs.ext2 /dev/vda >/dev/null
mount -t ext2 /dev/vda /mnt
wget -q -O /mnt/blob http://10.0.2.2:$port/blob
umount /mnt
mount -t ext2 /dev/vda /mnt
echo sum: \$(sum </mnt/blob)
umount /mnt
EOS
truncate -s 32M "$scratch/disk"
fixed=(-nic user -icount shift=1 -hash-at-exit -drive file="$scratch/disk",format=raw,if=virtio,snapshot=on)
linux record "$scratch/record.log" "${fixed[@]}" -record "$scratch/packets"
has "a recorded run in fixed mode gets its file" "^sum: $blob_sum" "$scratch/record.log"
kill "$server"
wait "$server" 2>/dev/null
for n in 1 2; do
    linux record "$scratch/replay$n.log" "${fixed[@]}" -replay "$scratch/packets" \
        -object filter-dump,id=f0,netdev=#net0,file="$scratch/replay$n.pcap"
    is "replay $n without the server ends with 0" 0 $?
    has "replay $n gets the same file" "^sum: $blob_sum" "$scratch/replay$n.log"
    same_hash "replay $n ends in the recorded state" "$scratch/record.log" "$scratch/replay$n.log"
done
check "and the image is as it was" cmp -n 33554432 "$scratch/disk" /dev/zero
check "both replays show the same frames" cmp "$scratch/replay1.pcap" "$scratch/replay2.pcap"

# ---- the console, and its actions in a replay --------------------------------------------------------------------

console=(-M mac99 -m 128 -nographic -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0
    -netdev user,id=n0 -device virtio-net-pci,netdev=n0 -hash-at-exit)
drive --log "$scratch/console.log" "$CORE99" "${console[@]}" -record "$scratch/actions" <<'STEPS'
test networks on the console
expect /root # 
send \x01c
expect (core99) 
send info network\r
match virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56$
match n0: index=0,type=user,net=10.0.2.0,restrict=off$
expect (core99) 
send hostfwd_add tcp:127.0.0.1:0-:80\r
expect (core99) 
send info usernet\r
match TCP\[HOST_FORWARD\] +\d+ +127\.0\.0\.1 +\d+ +10\.0\.2\.15 +80
expect (core99) 
send hostfwd_remove tcp:127.0.0.1:1\r
expect not found
send set_link n0 off\r
expect (core99) 
send \x01c
send \r
pause 1
send cat /sys/class/net/eth0/carrier; ip link set eth0 up; cat /sys/class/net/eth0/carrier\r
match ^0\r
expect /root # 
send \x01c
send set_link virtio-net-pci.0 on\r
expect (core99) 
send netdev_add hubport,id=h1,hubid=4\r
expect (core99) 
send netdev_add hubport,id=h1,hubid=4\r
expect is taken
send netdev_del h1\r
expect (core99) 
send netdev_del n7\r
expect there is no netdev 'n7'
send \x01c
send \r
pause 1
send cat /sys/class/net/eth0/carrier\r
match ^1\r
expect /root # 
send poweroff\r
exit 0
STEPS
quiet_core99 "${console[@]}" -replay "$scratch/actions" >"$scratch/actions.log" 2>&1
is "cables pulled on the console are in the recording" 0 $?
same_hash "and its replay ends in the recorded state" "$scratch/console.log" "$scratch/actions.log"

# ---- what is refused ----------------------------------------------------------------------------------------------

refused "a NIC without its back end" "no netdev 'n9'" -nographic -device virtio-net-pci,netdev=n9
refused "a back end used twice" "netdev 'n0' is in use" -nographic -netdev user,id=n0 \
    -device virtio-net-pci,netdev=n0 -device virtio-net-pci,netdev=n0
refused "two back ends of one name" "id 'n0' is taken" -nographic -netdev user,id=n0 -netdev user,id=n0
refused "a port in use" "forwarding rule.*in use" -nographic \
    -netdev user,id=n0,hostfwd=tcp:127.0.0.1:"$cable"-:80,hostfwd=tcp:127.0.0.1:"$cable"-:81
refused "a rule that is none" "invalid host forwarding rule" -nographic -nic user,hostfwd=tcp:80
refused "a peer that is not there" "cannot connect to 127.0.0.1:1" -nographic -nic socket,connect=127.0.0.1:1
refused "back ends that are not built" "back end 'stream' is not built" -nographic -netdev stream,id=n0
refused "NICs that are not built" "NIC model 'sungem' is not built" -nographic -nic user,model=sungem
refused "the old form" "use -nic" -nographic -net user
refused "vhost" "option 'vhost' of back end tap" -nographic -netdev tap,id=n0,vhost=on
refused "a misspelt option" "did you mean 'hostfwd'" -nographic -nic user,hostfw=x
finish
