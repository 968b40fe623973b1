#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# virtio-serial with Linux, by both interfaces: hvc0 as the console, a named port that copies data both ways
# through a socket whose peer is slow, ports without MULTIPORT, record and replay of what the host sent.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

cat >"$scratch/copy.sh" <<'EOS'
for p in /sys/class/virtio-ports/*; do
    [ "$(cat "$p/name" 2>/dev/null)" = org.core99.data ] && port=/dev/${p##*/}
done
echo "port $port, console of $(cat /sys/class/tty/console/active)"
exec 3<>"$port" || exit 1
head -c 300000 <&3 | sha256sum
seq 1 60000 >/tmp/out
sha256sum </tmp/out
cat /tmp/out >&3
EOS

# peer SOCKET: waits for the machine, sends, reads slowly at first.
cat >"$scratch/peer.py" <<'EOS'
import hashlib, socket, sys, time
def connect(path):
    for _ in range(600):
        try:
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(path)
            return peer
        except OSError:
            time.sleep(0.1)
    sys.exit("no machine")
peer = connect(sys.argv[1])
data = b"".join(b"line %d\n" % n for n in range(40000))[:300000]
peer.sendall(data)
print("sent", hashlib.sha256(data).hexdigest(), flush=True)
got = peer.recv(1000)
time.sleep(0.5)
while piece := peer.recv(65536):
    got += piece
print("got", hashlib.sha256(got).hexdigest(), flush=True)
EOS

# boot LOG APPEND OPTION...
boot() {
    local log=$1 append=$2
    shift 2
    patiently 120 "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append "$append" \
        -hash-at-exit "$@" </dev/null >"$scratch/$log" 2>&1
}
copy=(-serial null -monitor none -fw_cfg name=opt/core99/copy,file="$scratch/copy.sh"
    -chardev socket,id=data,path="$scratch/data",server=on,wait=off
    -device virtconsole,chardev=con -device virtserialport,chardev=data,name=org.core99.data,id=data)

# copied NAME LOG: both checksums of the guest are those of the peer.
copied() {
    local name=$1 log=$2 guest peer
    guest=$(grep -a -o '^[0-9a-f]\{64\}' "$scratch/$log.con" | tr '\n' ' ')
    peer=$(cut -d ' ' -f 2 "$scratch/peer.out" | tr '\n' ' ')
    is "$name" "${peer:-checksums}" "$guest"
}

for interface in disable-modern=on disable-legacy=on; do
    python3 "$scratch/peer.py" "$scratch/data" >"$scratch/peer.out" 2>&1 &
    peer=$!
    boot copy 'console=hvc0 core99.run=copy' -chardev file,id=con,path="$scratch/copy.con" \
        -device "virtio-serial-pci,$interface" "${copy[@]}" -record "$scratch/log"
    wait $peer
    has "$interface: the console is hvc0, the port has its name" 'port /dev/vport0p1, console of hvc0' "$scratch/copy.con"
    copied "$interface: data both ways" copy
    rm -f "$scratch/data"
    boot replay 'console=hvc0 core99.run=copy' -chardev file,id=con,path="$scratch/replay.con" \
        -device "virtio-serial-pci,$interface" "${copy[@]}" -replay "$scratch/log"
    same_hash "$interface: its replay ends in the same state, without a peer" "$scratch/copy" "$scratch/replay"
    copied "$interface: and with the same data" replay
    rm -f "$scratch/data"
done

# a driver without MULTIPORT takes no size but the one of a change; one with it is told
for interface in disable-modern=on disable-legacy=on; do
    boot single 'console=hvc0 core99.cmd="cat /sys/bus/virtio/devices/virtio0/features"' \
        -serial null -monitor none -icount shift=0,sleep=off -chardev file,id=con,path="$scratch/single.con" \
        -device "virtio-serial-pci,max_ports=1,cols=100,rows=40,$interface" -device virtconsole,chardev=con
    boot again 'console=hvc0 core99.cmd="cat /sys/bus/virtio/devices/virtio0/features"' \
        -serial null -monitor none -icount shift=0,sleep=off -chardev file,id=con,path="$scratch/again.con" \
        -device "virtio-serial-pci,max_ports=1,cols=100,rows=40,$interface" -device virtconsole,chardev=con
    same_hash "$interface: two runs with a fixed clock are equal" "$scratch/single" "$scratch/again"
    has "$interface, max_ports=1: a console without MULTIPORT" '^10' "$scratch/single.con"
    boot size 'console=hvc0 core99.cmd="stty size"' \
        -serial null -monitor none -icount shift=0,sleep=off -chardev file,id=con,path="$scratch/size.con" \
        -device "virtio-serial-pci,cols=100,rows=40,$interface" -device virtconsole,chardev=con
    has "$interface: the console's size" '^40 100' "$scratch/size.con"
done

drive --log "$scratch/typed.out" "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append console=hvc0 \
    -serial null -monitor none -chardev stdio,id=con,signal=off -device virtio-serial-pci -device virtconsole,chardev=con \
    -record "$scratch/typed.log" -hash-at-exit <<'STEPS'
test a session on hvc0
expect /root # 
send tty; echo typed-$((6 * 7))\r
expect typed-42
expect /root # 
send sleep 100\r
pause 0.5
send \x03
expect /root # 
send poweroff\r
exit 0
STEPS
boot typed.replay console=hvc0 -serial null -monitor none -chardev null,id=con -device virtio-serial-pci \
    -device virtconsole,chardev=con -replay "$scratch/typed.log"
same_hash "its replay ends in the same state" "$scratch/typed.out" "$scratch/typed.replay"

drive --log "$scratch/plug.out" "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0 \
    -device virtio-serial-pci,id=v0 -chardev file,id=c0,path="$scratch/plug.data" <<'STEPS'
test a port comes and goes while Linux runs
expect /root # 
send \x01c
expect (core99) 
send device_add virtserialport,id=p0,bus=v0.0,nr=4,name=org.core99.late,chardev=c0\r
expect (core99) 
send \x01c
pause 0.5
send cat /sys/class/virtio-ports/vport0p4/name; echo to-the-host >/dev/vport0p4; echo sent-$?\r
expect org.core99.late
expect sent-0
send \x01c
expect (core99) 
send device_del p0\r
expect (core99) 
send \x01c
pause 0.5
send [ -e /sys/class/virtio-ports/vport0p4 ]; echo gone-$?\r
expect gone-1
expect /root # 
send poweroff\r
exit 0
STEPS
has "what the guest wrote to it" '^to-the-host' "$scratch/plug.data"

serial=(-device virtio-serial-pci,id=v0,max_ports=4)
refused "port 0 is for consoles" "Port number 0 on virtio-serial devices reserved" "${serial[@]}" -device virtserialport,nr=0
refused "a number beyond the ports" "Out-of-range port id specified, max. allowed: 3" "${serial[@]}" -device virtserialport,nr=4
refused "a number twice" "A port already exists at id 2" "${serial[@]}" -device virtserialport,nr=2 -device virtconsole,nr=2
refused "a name twice" "A port already exists by name x" "${serial[@]}" -device virtserialport,name=x -device virtserialport,name=x
refused "a port too many" "Maximum port limit" -device virtio-serial-pci,max_ports=2 -device virtserialport -device virtserialport
refused "a chardev twice" "already in use" -chardev null,id=c "${serial[@]}" -device virtconsole,chardev=c -device virtconsole,chardev=c
refused "no bus" "no 'virtio-serial-bus' bus found" -device virtserialport
refused "no ports" "maximum ports supported: 31" -device virtio-serial-pci,max_ports=0
refused "too many ports" "maximum ports supported: 31" -device virtio-serial-pci,max_ports=32
finish
