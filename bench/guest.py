# SPDX-License-Identifier: MIT
"""Runs programs in a Linux guest of core99, qemu-system-ppc or a TCI build of it, and measures between marks.

The guest prints `@begin WORK TIMES` before and `@end WORK CHECKSUM NANOSECONDS` behind each piece of work
(bench/linux/bench.h).
"""

import os
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT_SECONDS = 600
FIXED, NS_PER_INSTRUCTION = ["-icount", "shift=1,sleep=off"], 2


def emulators(options):
    """{name: beginning of its command line}"""
    found = {"core99": [os.environ["CORE99"]]}
    if not options.alone:
        found["QEMU"] = ["qemu-system-ppc", "-accel", "tcg"]
        if os.environ.get("TCI"):
            found["TCI"] = [os.environ["TCI"], "-accel", "tcg"]
    return found


def threads_seconds(pid):
    """User and system time of all threads that still live, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def make_archive(folder):
    """The test initramfs with the guest's programs in it, made in @folder."""
    subprocess.run([os.path.join(ROOT, "bench/linux/build.sh"), folder], check=True)
    path = os.path.join(folder, "initrd.gz")
    with open(path, "wb") as out:
        for name in (os.environ["INITRD"], os.path.join(folder, "bench.gz")):
            with open(name, "rb") as file:
                out.write(file.read())
    return path


def command_line(beginning, options, archive, command, ram=256):
    return beginning + ["-M", f"mac99,via={options.via}", "-m", str(ram), "-nodefaults", "-vga", "none",
                        "-nic", "none", "-nographic", "-serial", "stdio", "-monitor", "none",
                        "-kernel", os.environ["KERNEL"], "-initrd", archive,
                        "-append", f"console=ttyS0 quiet core99.cmd='{command}'"]


class Marks:
    """Follows the guest's output; calls what measures at each mark."""

    def __init__(self, measure):
        self.measure = measure
        self.results, self.checks, self.times, self.nanoseconds = {}, {}, {}, {}
        self.begun = None

    def line(self, text):
        words = text.strip().split()
        if len(words) >= 3 and words[0] == "@begin":
            self.times[words[1]] = int(words[2])
            self.begun = words[1], self.measure()
        elif len(words) >= 3 and words[0] == "@end" and self.begun and self.begun[0] == words[1]:
            self.results[words[1]] = self.measure() - self.begun[1]
            self.checks[words[1]] = words[2]
            self.nanoseconds[words[1]] = int(words[3]) if len(words) > 3 else 0


def run(line, make_measure, marks_class=Marks):
    """The Marks of one process."""
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        marks = marks_class(make_measure(process))
        started = time.monotonic()
        for text in process.stdout:
            marks.line(text)
            if time.monotonic() - started > LIMIT_SECONDS:
                process.kill()
                raise SystemExit(f"{line[0]}: not finished after {LIMIT_SECONDS} seconds")
        if process.wait() != 0:
            raise SystemExit(f"{line[0]}: exit status {process.returncode}")
    return marks


def timed(line):
    return run(line, lambda process: lambda: threads_seconds(process.pid))


def counted(line):
    """{work: instructions}: at a fixed rate the guest's time is their number."""
    marks = timed(line + FIXED)
    return {work: span / NS_PER_INSTRUCTION for work, span in marks.nanoseconds.items()}
