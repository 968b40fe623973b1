#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times programs in a Linux guest on core99 and on qemu-system-ppc, in pairs, live (no -icount).

The guest prints a mark before and after each piece of work; what counts is the CPU time (user and system,
all threads) that the emulator took between the two. One boot a program and round; the rounds go A B, B A,
after one that does not count unless --quick. Ratio is QEMU's time over core99's in the same round: above 1
core99 is faster. Results of the work (checksums) must be equal. Instructions are core99's, from `info
status` at the marks of a run that is not timed.
"""

import argparse
import datetime
import json
import math
import os
import socket
import statistics
import subprocess
import tempfile
import time

import boot

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT_SECONDS = 300

# program of the guest: {work: axis}
PROGRAMS = {
    "bench-kernels": {"sieve": "integer", "crc32": "integer", "sha256": "integer", "sort": "integer",
                      "vm": "integer", "copies": "integer", "lists": "integer", "chase": "pointer"},
    "bench-large": {"large": "large"},
    "bench-floats": {"matrix": "double", "bodies": "double", "points": "double", "filter": "single"},
    "bench-altivec": {"vcopy": "altivec", "vlengths": "altivec", "vpixels": "altivec", "vmotion": "altivec",
                      "vsamples": "altivec", "vcipher": "altivec", "vadler": "altivec", "vmatrix": "altivec",
                      "vchannels": "altivec"},
    "bench-system": {"syscall": "system", "fault": "system", "fork-exec": "system", "pipe": "system",
                     "switch": "system"},
}
GOALS = {"integer": (0.5, 0.7), "double": (3, 5), "altivec": (1, 2), "system": (2, 5)}


def axis_of(work):
    return next(works[work] for works in PROGRAMS.values() if work in works)


# ---- one run ----------------------------------------------------------------------------------------


def cpu_seconds(pid):
    """User and system time of all threads, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def command_line(program, options, archive, command):
    line = [os.environ["CORE99"]] if program == "core99" else ["qemu-system-ppc", "-accel", "tcg"]
    return line + ["-M", f"mac99,via={options.via}", "-m", "256", "-nodefaults", "-vga", "none", "-nic", "none",
                   "-nographic", "-serial", "stdio", "-monitor", "none",
                   "-kernel", os.environ["KERNEL"], "-initrd", archive,
                   "-append", f"console=ttyS0 quiet core99.cmd='{command}'"]


class Marks:
    """Follows the guest's output; calls what measures at each mark."""

    def __init__(self, measure):
        self.measure = measure
        self.results, self.checks = {}, {}
        self.begun = None

    def line(self, text):
        words = text.strip().split()
        if len(words) >= 2 and words[0] == "@begin":
            self.begun = words[1], self.measure()
        elif len(words) >= 3 and words[0] == "@end" and self.begun and self.begun[0] == words[1]:
            self.results[words[1]] = self.measure() - self.begun[1]
            self.checks[words[1]] = words[2]


def run(line, make_measure):
    """The Marks of one process."""
    process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    marks = Marks(make_measure(process))
    started = time.monotonic()
    for text in process.stdout:
        marks.line(text)
        if time.monotonic() - started > LIMIT_SECONDS:
            process.kill()
            raise SystemExit(f"{line[0]}: not finished after {LIMIT_SECONDS} seconds")
    if process.wait() != 0:
        raise SystemExit(f"{line[0]}: exit status {process.returncode}")
    return marks


def timed(program, options, archive, command):
    return run(command_line(program, options, archive, command),
               lambda process: lambda: cpu_seconds(process.pid))


# ---- instructions -------------------------------------------------------------------------------------


class Console:
    """core99's console on a socket: `info status` without stopping the guest."""

    def __init__(self, path):
        self.path = path
        self.socket = None

    def instructions(self):
        if not self.socket:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(10)
            self.socket.connect(self.path)
        self.socket.sendall(b"info status\n")
        text = b""
        while b"icount " not in text or not text.endswith(b"(core99) "):
            text += self.socket.recv(4096)
        return int(text.split(b"icount ")[1].split()[0])


def counted(options, archive, command, folder):
    path = os.path.join(folder, "console")
    line = command_line("core99", options, archive, command)
    line[line.index("-monitor") + 1] = f"unix:{path},server=on,wait=off"
    console = Console(path)
    return run(line, lambda process: console.instructions).results


# ---- all of it --------------------------------------------------------------------------------------


def measure(options, archive, folder):
    """{work: {"core99": [seconds], "QEMU": [seconds], "instructions": n}}"""
    figures = {}
    programs = ("core99",) if options.alone else boot.PROGRAMS
    for guest, works in PROGRAMS.items():
        chosen = [work for work in works if not options.work or work in options.work
                  or axis_of(work) in options.work]
        if not chosen:
            continue
        command = " ".join([guest, *chosen])
        checks = {}
        for number in range(options.runs + (not options.quick)):
            for program in programs if number % 2 else programs[::-1]:
                marks = timed(program, options, archive, command)
                for work in chosen:
                    if checks.setdefault(work, marks.checks[work]) != marks.checks[work]:
                        raise SystemExit(f"{work}: {program} computes {marks.checks[work]}, not {checks[work]}")
                    if number or options.quick:
                        figures.setdefault(work, {}).setdefault(program, []).append(marks.results[work])
        for work, count in counted(options, archive, command, folder).items():
            figures[work]["instructions"] = count
    return figures


def report(figures):
    means = {}
    for work, each in figures.items():
        seconds, count = statistics.median(each["core99"]), each.get("instructions", 0)
        text = f"{axis_of(work):8} {work:10}{count / 1e6:8.0f} M   core99 {seconds:6.2f} s {count / seconds / 1e6:6.0f} MIPS"
        if "QEMU" in each:
            theirs = statistics.median(each["QEMU"])
            ratios = [b / a for a, b in zip(each["core99"], each["QEMU"])]
            each["ratio"] = statistics.median(ratios)
            means.setdefault(axis_of(work), []).append(math.log(each["ratio"]))
            text += (f"   QEMU {theirs:6.2f} s {count / theirs / 1e6:6.0f} MIPS   ratio {each['ratio']:5.2f}"
                     f" ({min(ratios):.2f} to {max(ratios):.2f})")
        print(text)
    for axis, ratios in means.items():
        goal = f" (must {GOALS[axis][0]}, aims for {GOALS[axis][1]})" if axis in GOALS else ""
        print(f"{axis:8} geometric mean of the ratios {math.exp(statistics.mean(ratios)):5.2f}{goal}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="*", help="only these pieces of work or axes")
    parser.add_argument("-n", dest="runs", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--alone", action="store_true", help="core99 only, without QEMU")
    parser.add_argument("--quick", action="store_true", help="the first round counts, too")
    parser.add_argument("--via", default="cuda")
    parser.add_argument("--json", help="write the figures there")
    options = parser.parse_args()
    commit = boot.first_line(["git", "-C", ROOT, "describe", "--always", "--dirty"])
    print(f"linux, {datetime.date.today()}, core99 {commit}, {boot.first_line(['qemu-system-ppc', '-version'])}")
    print(f"{boot.processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {options.runs} rounds")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(ROOT, "bench/linux/build.sh"), folder], check=True)
        archive = os.path.join(folder, "initrd.gz")
        with open(archive, "wb") as out:
            for name in (os.environ["INITRD"], os.path.join(folder, "bench.gz")):
                with open(name, "rb") as file:
                    out.write(file.read())
        figures = measure(options, archive, folder)
    report(figures)
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"commit": commit, "figures": figures}, file, indent=1)


if __name__ == "__main__":
    main()
