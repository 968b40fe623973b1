#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times core99 beside qemu-system-ppc, in pairs: programs in a Linux guest, boots, device accesses, memory, idling.

The rounds go A B, B A, after one that does not count unless --quick. The ratio is QEMU's figure over core99's in the
same round: above 1 core99 takes less. Programs run live (no -icount), one boot a program and round; the guest marks
begin and end of each piece of work, and what counts is the CPU time (user and system, all threads) between the two.
Their results (checksums) must be equal. Instructions are counted by a run of its own at -icount shift=1,sleep=off, in
which the guest's clock counts them; of QEMU too unless --quick. Differences over 2 % are told. Boots: bench/boot.py.
TCI in the environment names a qemu-system-ppc built with the TCG interpreter; it runs the programs, too.
"""

import argparse
import contextlib
import datetime
import json
import os
import shutil
import tempfile

import boot
import guest
import host
import table

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# program of the guest: {work: axis}
PROGRAMS = {
    "bench-kernels": {"sieve": "integer", "crc32": "integer", "sha256": "integer", "sort": "integer",
                      "vm": "bytecode", "copies": "byte", "lists": "pointer", "chase": "pointer"},
    "bench-large": {"large": "large"},
    "bench-floats": {"matrix": "double", "bodies": "double", "points": "double", "filter": "single"},
    "bench-altivec": {"vcopy": "altivec", "vlengths": "altivec", "vpixels": "altivec", "vmotion": "altivec",
                      "vsamples": "altivec", "vcipher": "altivec", "vadler": "altivec", "vmatrix": "altivec",
                      "vchannels": "altivec"},
    "bench-system": {"syscall": "system", "fault": "system", "fork-exec": "system", "pipe": "system",
                     "switch": "system"},
    "bench-devices": {"pic-read": "device", "pic-write": "device", "pic-priority": "device", "via-read": "device",
                      "via-timer": "device", "escc-read": "device", "pci-config": "device", "fw-cfg": "device"},
}
GOALS = {"integer": (0.5, 0.7), "double": (3, 5), "altivec": (1, 2), "system": (2, 5)}
OTHER_AXES = ("boot", "memory", "idle")
ENTRY, INIT = "to entry", "to init"
SMALL = ("sieve", "crc32", "sha256", "sort", "vm", "copies", "lists")  # what `integer` is the mean of
IDLE_SECONDS, QUICK_IDLE_SECONDS = 60, 10


def axis_of(work):
    return next(works[work] for works in PROGRAMS.values() if work in works)


def is_wanted(options, name, axis):
    return not options.work or name in options.work or axis in options.work


def in_rounds(options, emulators):
    """(does it count, emulator) for each run, forwards and backwards in turn."""
    for number in range(options.runs + (not options.quick)):
        for emulator in list(emulators) if number % 2 else list(emulators)[::-1]:
            yield bool(number or options.quick), emulator


# ---- programs in the guest --------------------------------------------------------------------------


def timed_program(options, emulators, archive, command, works):
    """{work: row}"""
    rows = {work: {"axis": axis_of(work), "work": work, "unit": "s", "values": {name: [] for name in emulators}}
            for work in works}
    checks = {}
    for counts, name in in_rounds(options, emulators):
        marks = guest.timed(guest.command_line(emulators[name], options, archive, command))
        for work, row in rows.items():
            if work not in marks.results:
                raise SystemExit(f"{work}: {name} does not end it")
            if checks.setdefault(work, marks.checks[work]) != marks.checks[work]:
                raise SystemExit(f"{work}: {name} computes {marks.checks[work]}, not {checks[work]}")
            if counts:
                row["values"][name].append(marks.results[work])
                row["times"] = marks.times[work]
    return rows


def per_access(row):
    """Devices: nanoseconds an access, the loop around it included."""
    row["unit"] = "ns"
    row["values"] = {name: [value / row["times"] * 1e9 for value in values] for name, values in row["values"].items()}


def measure_programs(options, emulators, archive):
    for program, all_works in PROGRAMS.items():
        works = [work for work, axis in all_works.items() if is_wanted(options, work, axis)]
        if not works:
            continue
        command = " ".join([program, *(options.times.get(work, work) for work in works)])
        rows = timed_program(options, emulators, archive, command, works)
        counting = [name for name in boot.PROGRAMS if name in emulators][:1 if options.quick else 2]
        counts = {name: guest.counted(guest.command_line(emulators[name], options, archive, command))
                  for name in counting}
        for work, row in rows.items():
            row["instructions"] = {name: found[work] for name, found in counts.items()}
            if row["axis"] == "device":
                per_access(row)
            yield row


# ---- boots, memory, idling ----------------------------------------------------------------------------


def measure_boots(options, emulators):
    """bench/boot.py's method, its rounds, TCI left out."""
    order = [name for name in boot.PROGRAMS if name in emulators]
    rounds = [boot.one_round(options, False, order if number % 2 else order[::-1])
              for number in range(options.runs + (not options.quick))][not options.quick:]
    for workload, name in ((boot.ENTRY, ENTRY), (boot.INIT, INIT)):
        yield {"axis": "boot", "work": name, "unit": "s",
               "values": {program: [each[program, workload].cpu for each in rounds] for program in order},
               "instructions": {program: rounds[0][program, workload].instructions for program in order}}


def measure_host(options, emulators, work, unit, measure):
    row = {"axis": work, "work": work, "unit": unit, "values": {name: [] for name in emulators}}
    for counts, name in in_rounds(options, emulators):
        value = measure(emulators[name])
        if counts:
            row["values"][name].append(value)
    return row


def measure_others(options, emulators):
    plain = os.environ["INITRD"]
    if is_wanted(options, "boot", "boot"):
        yield from measure_boots(options, emulators)
    if is_wanted(options, "memory", "memory"):
        yield measure_host(options, emulators, "memory", "MB",
                           lambda beginning: host.after_boot(beginning, options, plain)["memory"])
    if is_wanted(options, "idle", "idle"):
        seconds = QUICK_IDLE_SECONDS if options.quick else IDLE_SECONDS
        yield measure_host(options, emulators, "idle", "%",
                           lambda beginning: host.idle(beginning, options, plain, seconds))


# ---- all of it ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def guest_archive():
    """The test initramfs with the guest's programs in it."""
    with tempfile.TemporaryDirectory(prefix="core99-bench-") as folder:
        yield guest.make_archive(folder)


def measure(options, emulators):
    works = [work for each in PROGRAMS.values() for work, axis in each.items() if is_wanted(options, work, axis)]
    if works:
        with guest_archive() as archive:
            yield from measure_programs(options, emulators, archive)
    yield from measure_others(options, emulators)


def print_end(rows):
    groups = {"integer": SMALL}
    for row in rows:
        if row["work"] not in SMALL:
            groups.setdefault(row["axis"], []).append(row["work"])
    for text in (*table.means(rows, groups, GOALS), *table.large_to_small(rows, SMALL), *table.differences(rows)):
        print(text)


def head(options):
    return {"date": str(datetime.date.today()),
            "commit": boot.first_line(["git", "-C", ROOT, "describe", "--always", "--dirty"]),
            "peer": boot.first_line(["qemu-system-ppc", "-version"]) if not options.alone else "none",
            "host": f"{boot.processor()}, {os.cpu_count()} processors",
            "load": os.getloadavg()[0], "rounds": options.runs, "via": options.via}


def print_head(figures, emulators):
    print(f"linux, {figures['date']}, core99 {figures['commit']}, {figures['peer']}")
    print(f"{figures['host']}, load {figures['load']:.1f}, {figures['rounds']} rounds")
    tci = "measured" if "TCI" in emulators else "no binary named by TCI"
    gxemul = "installed, but it has no mac99 board: nothing to pair" if shutil.which("gxemul") else "not installed"
    print(f"other peers: TCI build: {tci}; gxemul: {gxemul}", flush=True)


def parse():
    axes = sorted({axis for works in PROGRAMS.values() for axis in works.values()}) + list(OTHER_AXES)
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="*", help="only these pieces of work (WORK=TIMES: repeated so often) or axes "
                                                f"({', '.join(axes)})")
    parser.add_argument("-n", dest="runs", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--alone", action="store_true", help="core99 only, without QEMU")
    parser.add_argument("--quick", action="store_true", help="the first round counts, too; QEMU does not count")
    parser.add_argument("--via", choices=("cuda", "pmu"), default="cuda")
    parser.add_argument("--json", help="write the figures there ('-': to the standard output, instead of the table)")
    options = parser.parse_args()
    options.times = {each.partition("=")[0]: each for each in options.work}
    options.work = list(options.times)
    known = {*axes, *(work for works in PROGRAMS.values() for work in works)}
    for name in options.work:
        if name not in known:
            parser.error(f"no work or axis is called '{name}'")
    if options.runs < 1:
        parser.error("-n must be 1 or more")
    return options


def main():
    options = parse()
    emulators = guest.emulators(options)
    figures = head(options)
    is_shown = options.json != "-"
    if is_shown:
        print_head(figures, emulators)
    figures["rows"] = []
    for row in measure(options, emulators):
        table.add_ratios([row])
        figures["rows"].append(row)
        if is_shown:
            print(table.line(row), flush=True)
    if is_shown:
        print_end(figures["rows"])
    if options.json:
        with open("/dev/stdout" if not is_shown else options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
