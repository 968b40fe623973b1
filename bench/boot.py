#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times a Linux boot on core99 and on qemu-system-ppc, in pairs, by CPU time (user and system).

Both get the same command line, at -icount shift=1,sleep=off. "Reset to kernel entry" ends in a program
that switches the machine off where a kernel would begin; "kernel to init" is a boot whose init runs
`true` and switches off, less the other of the same round. The rounds go A B, B A, A B, ... after one
that does not count. The ratio is core99's time over QEMU's in the same round. Instructions are those
the guest executed: core99's `info status`, QEMU's query-replay, both asked when the guest is off.
Live rounds run without -icount; delay loops then wait for the host's clock, so they are not judged.
"""

import argparse
import datetime
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import tempfile
import threading

LIMIT_SECONDS = 900
ENTRY, INIT = "reset to kernel entry", "kernel to init"
TARGETS = {ENTRY: (1.0, 0.6), INIT: (0.8, 0.4)}
PROGRAMS = ("core99", "QEMU")


class Run:
    """What one process took: CPU seconds, instructions (0: not known), peak memory in MB."""

    def __init__(self, cpu, instructions, peak):
        self.cpu = cpu
        self.instructions = instructions
        self.peak = peak

    def less(self, other):
        return Run(self.cpu - other.cpu, self.instructions - other.instructions, self.peak)


# ---- one run ----------------------------------------------------------------------------------------


def board(options, workload, serial):
    line = ["-M", f"mac99,via={options.via}", "-m", "256", "-nodefaults", "-vga", "none",
            "-nic", "none", "-nographic", "-no-shutdown", "-serial", f"file:{serial}"]
    if workload == ENTRY:
        return line + ["-kernel", f"{os.environ['BAREMETAL']}/poweroff.elf"]
    return line + ["-kernel", os.environ["KERNEL"], "-initrd", os.environ["INITRD"],
                   "-append", "console=ttyS0 core99.cmd=true"]


def finish(process):
    """Wait for the end; the kernel's account of the process."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{process.args[0]}: exit status {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def read_until(stream, pattern):
    text = ""
    while not re.search(pattern, text):
        data = stream.read1(4096)
        if not data:
            raise SystemExit(f"core99 ended before /{pattern}/: {text}")
        text += data.decode(errors="replace")
    return text


def run_core99(arguments):
    with subprocess.Popen([os.environ["CORE99"], *arguments, "-monitor", "stdio"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        timer = threading.Timer(LIMIT_SECONDS, process.kill)
        timer.start()
        read_until(process.stdout, "the guest powered off")
        process.stdin.write(b"info status\n")
        process.stdin.flush()
        status = read_until(process.stdout, r"icount \d+ ")
        process.stdin.write(b"quit\n")
        process.stdin.flush()
        cpu, peak = finish(process)
        timer.cancel()
    return Run(cpu, int(re.search(r"icount (\d+) ", status)[1]), peak)


def qmp_answer(stream, command, wanted="return"):
    """Send a command (or none) and skip to the message that has the member @wanted."""
    if command:
        stream.write(json.dumps({"execute": command}) + "\n")
        stream.flush()
    for line in stream:
        message = json.loads(line)
        if wanted in message:
            return message[wanted]
    raise SystemExit("QEMU closed its QMP socket")


def run_qemu(arguments, counts=True):
    """Without -icount QEMU does not count instructions."""
    ours, theirs = socket.socketpair()
    with subprocess.Popen(["qemu-system-ppc", *arguments,
                           "-chardev", f"socket,id=qmp,fd={theirs.fileno()}",
                           "-mon", "chardev=qmp,mode=control"],
                          stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        timer = threading.Timer(LIMIT_SECONDS, process.kill)
        timer.start()
        stream = ours.makefile("rw")
        qmp_answer(stream, None, "QMP")
        qmp_answer(stream, "qmp_capabilities")
        while qmp_answer(stream, None, "event") != "SHUTDOWN":
            pass
        instructions = qmp_answer(stream, "query-replay")["icount"] if counts else 0
        qmp_answer(stream, "quit")
        cpu, peak = finish(process)
        timer.cancel()
        stream.close()
        ours.close()
    return Run(cpu, instructions, peak)


def run(program, options, workload, is_live):
    with tempfile.NamedTemporaryFile("rb") as serial:
        arguments = board(options, workload, serial.name)
        if not is_live:
            arguments += ["-icount", "shift=1,sleep=off"]
        result = (run_core99 if program == "core99" else run_qemu)(arguments)
        if workload == INIT and b"core99: exit 0" not in serial.read():
            raise SystemExit(f"{program}: init did not end with `core99: exit 0`")
    return result


# ---- rounds -------------------------------------------------------------------------------------------


def one_round(options, is_live, order):
    """{(program, workload): Run}"""
    results = {}
    for workload in (ENTRY, INIT):
        for program in order:
            results[program, workload] = run(program, options, workload, is_live)
    for program in order:
        results[program, INIT] = results[program, INIT].less(results[program, ENTRY])
    return results


def rounds(options, is_live, count):
    done = []
    for number in range(count + 1):
        order = PROGRAMS if number % 2 else PROGRAMS[::-1]
        done.append(one_round(options, is_live, order))
    return done[1:]


# ---- the report ----------------------------------------------------------------------------------------


def spread(values):
    return f"{min(values):6.2f} {statistics.median(values):6.2f}"


def instructions_line(runs):
    ours, theirs = (statistics.median(run[program].instructions for run in runs)
                    for program in PROGRAMS)
    line = f"  instructions  {ours / 1e6:.1f} M, QEMU {theirs / 1e6:.1f} M"
    difference = (ours - theirs) / theirs
    return line + f" ({difference:+.2%}{', see bench/README.md' if abs(difference) > 0.02 else ''})"


def report(results, workload, is_live):
    runs = [{program: result[program, workload] for program in PROGRAMS} for result in results]
    ratios = [run["core99"].cpu / run["QEMU"].cpu for run in runs]
    print(f"\n{workload + (', live' if is_live else ''):<30} (min, median)")
    for program in PROGRAMS:
        cpu = [run[program].cpu for run in runs]
        line = f"  {program:6} CPU s  {spread(cpu)}"
        if not is_live:
            mips = statistics.median(run[program].instructions / run[program].cpu for run in runs)
            line += f"   {mips / 1e6:6.0f} MIPS"
        print(f"{line}   peak {max(run[program].peak for run in runs):.0f} MB")
    line = f"  ratio         {spread(ratios)}"
    if is_live:
        print(line)
        return
    must, aim = TARGETS[workload]
    print(f"{line}   (must {must}, aims for {aim})")
    print(instructions_line(runs))


def first_line(command):
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return output.splitlines()[0] if output else "?"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        match = re.search(r"model name\s*: (.*)", file.read())
    return match[1] if match else platform.machine()


def print_head(options):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    commit = first_line(["git", "-C", root, "describe", "--always", "--dirty"])
    print(f"boot, {datetime.date.today()}, core99 {commit}, {first_line(['qemu-system-ppc', '-version'])}")
    print(f"{processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
          f"mac99,via={options.via}, {options.runs} rounds")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", dest="runs", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--via", choices=("cuda", "pmu"), default="cuda")
    parser.add_argument("--live", type=int, default=3, metavar="N",
                        help="live rounds that count (3; 0: none)")
    options = parser.parse_args()
    print_head(options)
    for is_live, count in ((False, options.runs), (True, options.live)):
        results = rounds(options, is_live, count) if count > 0 else []
        for workload in (ENTRY, INIT):
            if results:
                report(results, workload, is_live)


if __name__ == "__main__":
    main()
