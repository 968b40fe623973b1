# SPDX-License-Identifier: MIT
"""bench/net: how fast a Linux guest fetches from a server on this host (wget) and sends to it (nc), through
virtio-net-pci and user networking, here and in qemu-system-ppc. Both run live, in turn; the host's clock
measures each transfer from the connection's begin to its end. Ratios are rates, ours over QEMU's: above 1
core99 is faster."""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

GUEST = r"""
cat >/tmp/dhcp <<'X'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/24 dev $interface; ip route add default via $router
X
chmod +x /tmp/dhcp
ip link set lo up; ip link set eth0 up; udhcpc -i eth0 -n -q -s /tmp/dhcp >/dev/null
for i in $(seq {times}); do wget -q -O /dev/null http://10.0.2.2:{source}/; done
for i in $(seq {times}); do dd if=/dev/zero bs=65536 count={blocks} 2>/dev/null | nc 10.0.2.2 {sink}; done
grep -e virtio -e LOC: /proc/interrupts
"""


class Server(threading.Thread):
    """Takes connections one by one, times them."""

    def __init__(self, size, serve):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.size, self.serve = size, serve
        self.rates = []

    def run(self):
        while True:
            peer, _ = self.listener.accept()
            began = time.monotonic()
            done = self.serve(peer, self.size)
            self.rates.append(done / (time.monotonic() - began) / 1e6)
            peer.close()


def send_file(peer, size):
    peer.recv(4096)
    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    piece = bytes(1 << 18)
    for _ in range(size // len(piece)):
        peer.sendall(piece)
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(4096):
        pass
    return size


def swallow(peer, _):
    count = 0
    while data := peer.recv(1 << 18):
        count += len(data)
    return count


def run(command, log):
    with open(log, "wb") as out:
        began = os.times()
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=300)
        ended = os.times()
    return ended.children_user + ended.children_system - began.children_user - began.children_system


def command_of(program, script, arguments):
    common = ["-M", "mac99,via=pmu", "-m", "256", "-nodefaults", "-vga", "none", "-nographic",
              "-serial", "stdio", "-monitor", "none", "-kernel", os.environ["KERNEL"],
              "-initrd", os.environ["INITRD"], "-append", "console=ttyS0 quiet core99.run=net",
              "-fw_cfg", f"name=opt/core99/net,file={script}", "-netdev", "user,id=n0"]
    if program == "core99":
        return [os.environ["CORE99"], *common, "-device", "virtio-net-pci,netdev=n0" + arguments.device]
    return ["qemu-system-ppc", *common, "-device", "virtio-net-pci,netdev=n0,romfile="]


def measure(program, arguments, folder):
    """Rates of the transfers to and from the guest, MB/s, and CPU seconds of the whole run."""
    size = arguments.megabytes << 20
    source, sink = Server(size, send_file), Server(size, swallow)
    source.start()
    sink.start()
    script = os.path.join(folder, "guest")
    with open(script, "w", encoding="ascii") as file:
        file.write(GUEST.replace("{times}", str(arguments.times)).replace("{source}", str(source.port))
                   .replace("{sink}", str(sink.port)).replace("{blocks}", str(size // 65536)))
    log = os.path.join(folder, program + ".log")
    cpu = run(command_of(program, script, arguments), log)
    if arguments.verbose:
        sys.stdout.write(open(log, encoding="latin-1").read()[-400:])
    return source.rates, sink.rates, cpu


def main():
    parser = argparse.ArgumentParser(prog="bench/net", description=__doc__)
    parser.add_argument("-n", "--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, default=3, help="transfers in a round, each way")
    parser.add_argument("--megabytes", type=int, default=32, help="of a transfer")
    parser.add_argument("--alone", action="store_true", help="without QEMU")
    parser.add_argument("--device", default="", help="more properties of ours: ,csum=off")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    programs = ["core99"] if arguments.alone else ["core99", "qemu"]
    rates = {program: ([], []) for program in programs}
    cpu = {program: [] for program in programs}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds):
            for program in programs:
                to, away, spent = measure(program, arguments, folder)
                rates[program][0].extend(to)
                rates[program][1].extend(away)
                cpu[program].append(spent)
    for way, name in enumerate(("guest <- host (wget)", "guest -> host (nc)")):
        medians = {p: statistics.median(rates[p][way] or [0]) for p in programs}
        line = f"{name:22}" + "".join(f"{p:>9} {medians[p]:7.1f} MB/s" for p in programs)
        if medians.get("qemu"):
            line += f"   ratio {medians['core99'] / medians['qemu']:5.2f}"
        print(line)
    print("CPU seconds, boot included: " + ", ".join(f"{p} {statistics.median(cpu[p]):.1f}" for p in programs))


main()
