#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What stop points cost that are not met.

Boots: Linux to power-off in fixed mode with 0, 1 and 1000 breakpoints. The addresses are found by a boot
of their own: words behind unconditional branches (b, blr, rfi) of the kernel's text at power-off, which
run only where something branches to them. Another boot counts hits at them; those met are left out. Half
of them lie in one piece of text, half are spread over the pages. All boots end in one hash.

Watch: a loop of a load, a store, an addition and a branch on one word, with a watch on another word of
its page and without: the ratio of the times. Twenty at most.

A round asks each way once, forwards and backwards in turn, after a round that does not count; figures are
medians of the child's user CPU time; ratios are taken within a round.
"""

import argparse
import datetime
import os
import platform
import random
import re
import resource
import statistics
import subprocess
import tempfile

CORE99 = os.environ["CORE99"]
FIXED = ["-nographic", "-icount", "shift=0,sleep=off", "-m", "128", "-serial", "null", "-S",
         "-monitor", "stdio", "-hash-at-exit"]
TEXT, PAGES = 0xC0000000, 0x100
SLOTS = 1024
LOOK = 65536  # units that the console shows at a time
POINTS = 1000
LIMIT_SECONDS = 300
MOST_COST, MOST_WATCH = 1.05, 20
BRANCHES = re.compile(r"^\W*([0-9a-f]{8}): [0-9a-f]{8}\s+(b\s|blr|rfi)")
LOOP = [0x38600000,  # li r3, 0
        0x3C800001,  # lis r4, 1
        0x80A40010,  # lwz r5, 0x10(r4)
        0x38A50001,  # addi r5, r5, 1
        0x90A40010,  # stw r5, 0x10(r4)
        0x4BFFFFF4]  # b .-12


def run(options, lines):
    """One process: its user CPU seconds and what its console said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with subprocess.Popen([CORE99, *FIXED, *options], stdin=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="replace") as process:
        process.stdin.write("\n".join(lines) + "\n")
        process.stdin.flush()
        # The end of standard input would not end it; its own end does.
        text = process.stdout.read()
        process.wait(LIMIT_SECONDS)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, text


def linux():
    return ["-kernel", os.environ["KERNEL"], "-initrd", os.environ["INITRD"],
            "-append", "console=ttyS0 core99.run=hello"]


def hash_of(text):
    found = re.search(r"hash [0-9a-f]{16} icount \d+", text)
    if not found:
        raise SystemExit("a boot did not end:\n" + text[-500:])
    return found[0]


# ---- addresses -------------------------------------------------------------------------------------------


def behind_branches(until):
    """The words behind unconditional branches of the kernel's text, by page."""
    looks = [f"x/{LOOK}i {TEXT + 4 * at:#x}" for at in range(0, PAGES * SLOTS, LOOK)]
    lines = [f"break icount {until} do {'; '.join(looks)}; quit", "cont"]
    _, text = run(linux(), lines)
    found = (BRANCHES.match(line) for line in text.splitlines())
    return [int(match[1], 16) + 4 for match in found if match]


def choose(addresses):
    """Half dense, half spread; the same ones every time."""
    middle = len(addresses) // 2
    dense = addresses[middle:middle + POINTS]
    spread = random.Random(1).sample(addresses, POINTS)
    return dense, spread


def untaken(addresses, end):
    """Those of @addresses that no boot meets."""
    lines = [f"break *{a:#x} do" for a in addresses]
    lines += [f"break icount {end - 1} do info breakpoints", "cont"]
    _, text = run(linux(), lines)
    met = re.findall(r"y   (0x[0-9a-f]{8}) \(goes on\)\n\tbreakpoint already hit", text)
    met = {int(address, 16) for address in met}
    return [address for address in addresses if address not in met]


def addresses_of(options):
    _, text = run(linux(), ["cont"])
    end = int(hash_of(text).split()[-1])
    dense, spread = (untaken(some, end) for some in choose(behind_branches(end - 1000)))
    half = options.points // 2
    chosen = sorted({*dense[:half], *spread[:options.points - half]})
    pages = len({address // 4096 for address in chosen})
    print(f"{len(chosen)} addresses never met, in {pages} pages of code")
    return chosen


# ---- measuring --------------------------------------------------------------------------------------------


def measure(ways, rounds):
    seconds = {name: [] for name in ways}
    said = {}
    for number in range(rounds + 1):
        for name in list(ways) if number % 2 else list(ways)[::-1]:
            cpu, said[name] = run(*ways[name])
            if number:
                seconds[name].append(cpu)
    return seconds, said


def report(seconds, base):
    print(f"{'way':24} {'median':>8} {'least':>8} {'most':>8}   ratio   user CPU seconds")
    ratios = {}
    for name, values in seconds.items():
        pairs = zip(values, seconds[base])
        ratios[name] = statistics.median(ours / theirs for ours, theirs in pairs)
        print(f"{name:24} {statistics.median(values):8.2f} {min(values):8.2f} {max(values):8.2f} "
              f"{ratios[name]:7.3f}")
    return ratios


def measure_boots(options):
    addresses = addresses_of(options)
    ways = {f"{count} breakpoints": (linux(), [f"break *{a:#x}" for a in addresses[:count]] +
                                     ["cont"])
            for count in (0, 1, len(addresses))}
    seconds, said = measure(ways, options.rounds)
    hashes = {hash_of(text) for text in said.values()}
    ratios = report(seconds, "0 breakpoints")
    print(f"all end in one state: {'yes' if len(hashes) == 1 else 'NO'}")
    worst = max(ratios.values())
    print(f"target of 5 %: {'reached' if worst <= MOST_COST else 'MISSED'} ({worst:.3f})")
    return worst <= MOST_COST and len(hashes) == 1


def measure_watch(options, folder):
    path = os.path.join(folder, "rom")
    with open(path, "wb") as rom:
        code = b"\0" * 0x100 + b"".join(word.to_bytes(4, "big") for word in LOOP)
        rom.write(code.ljust(4096, b"\0"))
    board = ["-M", "mac99,via=pmu", "-bios", path]
    end = [f"break icount {options.loop} do info breakpoints; quit", "cont"]
    ways = {"hot loop": (board, end), "its page is watched": (board, ["watch 0x10100"] + end),
            "nothing": (board, ["quit"])}
    seconds, said = measure(ways, options.rounds)
    report(seconds, "hot loop")
    nothing = statistics.median(seconds["nothing"])
    plain, watched = (statistics.median(seconds[name]) - nothing for name in list(ways)[:2])
    count = re.search(r"(\d+) accesses to its page went the slow way", said["its page is watched"])
    print(f"accesses that went the slow way: {count[1] if count else 'none told'}")
    ratio = watched / plain
    print(f"the loop is {ratio:.1f} times slower; target of {MOST_WATCH}: "
          f"{'reached' if ratio <= MOST_WATCH else 'MISSED'}")
    return ratio <= MOST_WATCH


def main():
    parser = argparse.ArgumentParser(prog="bench/points", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=9, help="rounds that count (9)")
    parser.add_argument("-p", "--points", type=int, default=POINTS, help="breakpoints (1000)")
    parser.add_argument("-l", "--loop", type=int, default=100000000,
                        help="instructions of the hot loop (100000000)")
    parser.add_argument("-w", "--watch-only", action="store_true", help="the hot loop alone")
    parser.add_argument("-b", "--boots-only", action="store_true", help="the boots alone")
    options = parser.parse_args()
    commit = subprocess.run(["git", "-C", os.path.dirname(__file__), "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    print(f"# {datetime.date.today()} commit {commit or '?'} {platform.machine()} "
          f"load {os.getloadavg()[0]:.1f} rounds {options.rounds}")
    reached = True
    if not options.boots_only:
        with tempfile.TemporaryDirectory(prefix="core99-points-") as folder:
            reached = measure_watch(options, folder)
    if not options.watch_only:
        reached = measure_boots(options) and reached
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
