#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Single steps per second: `stepi 100000` in core99's console, and `s` packets to the gdb stubs of
core99 and of qemu-system-ppc, over TCP and over a unix socket.

All processes live through the whole measurement, stopped but for their turn; each round asks each way
once, forwards and backwards in turn, after a round that does not count. The guest is the same loop of
three instructions in RAM, translation off. A way's figure is the median of its rounds; ratios are taken
within a round. The client is one Python program for all: it waits for each stop reply before it sends
the next packet, as a debugger does. Its own share is in the figure. QEMU 7.2 has no QStartNoAckMode: its
replies begin with an acknowledgement, and the next packet acknowledges them.
"""

import argparse
import datetime
import os
import platform
import re
import socket
import statistics
import subprocess
import tempfile
import time

LIMIT_SECONDS = 120
WANTED_PER_SECOND = 30000
LOOP = "38630001" "7c641b78" "4bfffff8"  # addi r3,r3,1; mr r4,r3; b .-8
LOOP_AT = 0x1000
BOARD = ["-M", "mac99,via=pmu", "-m", "64", "-nodefaults", "-vga", "none", "-nic", "none",
         "-nographic", "-S"]


# ---- the remote protocol ------------------------------------------------------------------------------


def packet(payload):
    data = payload.encode()
    return b"$%s#%02x" % (data, sum(data) & 255)


class Stub:
    """One connection to a stub, acknowledgements off, the guest in the loop."""

    def __init__(self, connection):
        self.connection = connection
        self.rest = b""
        connection.settimeout(LIMIT_SECONDS)
        self.ask("qSupported:swbreak+;hwbreak+;vContSupported+")
        self.ask("QStartNoAckMode")
        connection.sendall(b"+")
        self.ask("qXfer:features:read:target.xml:0,ffb")  # QEMU knows P only behind it
        self.expect(f"M{LOOP_AT:x},{len(LOOP) // 2:x}:{LOOP}", "OK")
        self.expect(f"P40={LOOP_AT:08x}", "OK")

    def ask(self, payload):
        self.connection.sendall(packet(payload))
        return self.answer()

    def answer(self):
        while not (found := re.search(rb"\$([^#]*)#..", self.rest, re.DOTALL)):
            data = self.connection.recv(65536)
            if not data:
                raise SystemExit("a stub hung up")
            self.rest += data
        self.rest = self.rest[found.end():]
        return found[1].decode()

    def expect(self, payload, wanted):
        answer = self.ask(payload)
        if not answer.startswith(wanted):
            raise SystemExit(f"{payload}: {answer!r} instead of {wanted!r}")

    def steps_per_second(self, count):
        """Straight to the socket: nothing but a step and its stop reply is timed."""
        step, send, receive = packet("s"), self.connection.sendall, self.connection.recv
        began = time.perf_counter()
        for _ in range(count):
            send(step)
            reply = receive(4096)
            while reply[-3:-2] != b"#":
                reply += receive(4096)
        seconds = time.perf_counter() - began
        self.expect("p3", "")
        if not reply.lstrip(b"+").startswith(b"$T05"):
            raise SystemExit(f"a step ended with {reply!r}")
        return count / seconds

    def counter(self):
        return int(self.ask("p3"), 16)


def check_steps(stub):
    """A stub that does not step would be fast."""
    before = stub.counter()
    stub.steps_per_second(300)
    if stub.counter() - before != 100:
        raise SystemExit("300 steps are not 100 turns of the loop")


# ---- the programs ----------------------------------------------------------------------------------------


def connect(address, family):
    end = time.monotonic() + 30
    while True:
        client = socket.socket(family, socket.SOCK_STREAM)
        try:
            client.connect(address)
            break
        except OSError:
            client.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    if family == socket.AF_INET:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Console:
    """core99's console on standard input and output."""

    def __init__(self, process):
        self.process = process
        self.until(rb"\(core99\) ")

    def until(self, pattern):
        text = b""
        while not re.search(pattern, text):
            data = self.process.stdout.read1(65536)
            if not data:
                raise SystemExit("core99 hung up")
            text += data
        return text

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.until(rb"\(core99\) $")

    def steps_per_second(self, count):
        began = time.perf_counter()
        self.say(f"stepi {count}")
        return count / (time.perf_counter() - began)


class Programs:
    """Everything that is measured: name -> steps per second of @count steps."""

    def __init__(self, folder):
        self.processes = []
        self.ways = {}
        self.stubs = []  # a stub without a client warns
        self.folder = folder

    def begin(self):
        folder = self.folder
        self.start_console(f"{folder}/console")
        self.start_stubs("core99", [os.environ["CORE99"]], f"{folder}/core99")
        self.start_stubs("QEMU", ["qemu-system-ppc"], f"{folder}/qemu")

    def start(self, line):
        process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.processes.append(process)
        return process

    def start_console(self, path):
        process = self.start([os.environ["CORE99"], *BOARD, "-monitor", "stdio",
                              "-gdb", f"unix:{path}"])
        stub = Stub(connect(path, socket.AF_UNIX))
        self.stubs.append(stub)
        check_steps(stub)
        self.console = Console(process)
        self.ways["console"] = self.console.steps_per_second

    def start_stubs(self, name, program, path):
        """One process a transport: a stub has one client."""
        port = free_port()
        self.start([*program, *BOARD, "-monitor", "none", "-gdb", f"tcp:127.0.0.1:{port}"])
        tcp = Stub(connect(("127.0.0.1", port), socket.AF_INET))
        place = f"unix:{path}" + (",server=on,wait=off" if name == "QEMU" else "")
        self.start([*program, *BOARD, "-monitor", "none", "-gdb", place])
        local = Stub(connect(path, socket.AF_UNIX))
        for transport, stub in (("tcp", tcp), ("unix", local)):
            check_steps(stub)
            self.ways[f"{name} {transport}"] = stub.steps_per_second

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


# ---- measuring -----------------------------------------------------------------------------------------------


def measure(ways, options):
    figures = {name: [] for name in ways}
    order = list(ways)
    for number in range(options.rounds + 1):
        for name in order if number % 2 else reversed(order):
            count = options.steps // 10 if name.startswith("QEMU") else options.steps
            figure = ways[name](count)
            if number:  # the first round warms caches
                figures[name].append(figure)
    return figures


def report(figures):
    print(f"{'way':14} {'median':>10} {'least':>10} {'most':>10}   steps per second")
    for name, values in figures.items():
        print(f"{name:14} {statistics.median(values):10.0f} {min(values):10.0f} {max(values):10.0f}")
    for transport in ("tcp", "unix"):
        pairs = zip(figures[f"core99 {transport}"], figures[f"QEMU {transport}"])
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        print(f"{transport}: core99 makes {ratio:.1f} times the steps of QEMU")
    slowest = min(statistics.median(figures[f"core99 {transport}"]) for transport in ("tcp", "unix"))
    verdict = "reached" if slowest >= WANTED_PER_SECOND else "MISSED"
    print(f"target of {WANTED_PER_SECOND} packets a second: {verdict}")
    return slowest >= WANTED_PER_SECOND


def headline(options):
    commit = subprocess.run(["git", "-C", os.path.dirname(__file__), "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    print(f"# {datetime.date.today()} commit {commit or '?'} {platform.machine()} "
          f"load {os.getloadavg()[0]:.1f} rounds {options.rounds} steps {options.steps}")


def main():
    parser = argparse.ArgumentParser(prog="bench/steps", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=9, help="rounds that count (9)")
    parser.add_argument("-s", "--steps", type=int, default=100000,
                        help="steps a turn; QEMU makes a tenth (100000)")
    options = parser.parse_args()
    headline(options)
    with tempfile.TemporaryDirectory(prefix="core99-steps-") as folder:
        programs = Programs(folder)
        try:
            programs.begin()
            reached = report(measure(programs.ways, options))
        finally:
            programs.end()
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
