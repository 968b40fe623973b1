#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws cost against work: docs/figures/NAME.svg, each from runs of core99 and, where it can do the same, QEMU.

ram: CPU time of a Linux boot to init, live, and host memory over guest RAM, by size of the guest's RAM. footprint: CPU
time an instruction, live, by size of code without a pattern. devices: CPU time of a boot to power-off in fixed mode, by
number of devices added to the board (core99 only: debug-exit registers). breakpoints: the same by number of breakpoints
that are not met (core99 only; found as bench/points finds them). Medians of the rounds. The numbers go to stdout.
"""

import argparse
import os
import statistics
import subprocess
import tempfile

import boot
import guest
import host
import points
import svg

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RAM_MB = (64, 128, 256, 512, 1024, 2048)
FUNCTIONS = (10, 25, 50, 100, 200, 400, 800)
TOTAL_CALLS = 100000  # of functions, about: less and start-up would show
BYTES_A_FUNCTION = 90000 * 4 / 400
DEVICES = (0, 4, 16, 64, 256)
BREAKPOINTS = (0, 1, 10, 100, 1000)
FIRST_DEVICE = 0x90000000


def medians(rounds, measure, *grid):
    """{(where, ...): median of what @measure says of it}, the whole grid once a round."""
    found = {}
    for number in range(rounds):
        for where in grid if number % 2 else grid[::-1]:
            found.setdefault(where, []).append(measure(*where))
    return {where: statistics.median(values) for where, values in found.items()}


def series(found):
    """{(name, x): y} to {name: [(x, y)]}"""
    by_name = {}
    for (name, x), y in sorted(found.items()):
        by_name.setdefault(name, []).append((x, y))
    return by_name


def draw(options, name, title, labels, found):
    lines = series(found)
    for program, line in lines.items():
        print(f"{name:12} {program:8}", "  ".join(f"{x:g}: {y:.2f}" for x, y in line), flush=True)
    os.makedirs(options.output, exist_ok=True)
    with open(os.path.join(options.output, f"{name}.svg"), "w", encoding="utf-8") as file:
        file.write(svg.chart(title, labels, lines))


# ---- each plot ------------------------------------------------------------------------------------------


def plot_ram(options, emulators):
    both = {}

    def measure(name, size):
        result = host.after_boot(emulators[name], options, os.environ["INITRD"], size)
        both.setdefault((name, size), []).append(result["memory"])
        return result["boot"]

    found = medians(options.runs, measure, *((name, size) for name in emulators for size in RAM_MB))
    draw(options, "ram-boot", "Linux boot to init", ("guest RAM, MB", "CPU seconds"), found)
    draw(options, "ram-memory", "Host memory over guest RAM after a boot", ("guest RAM, MB", "MB"),
         {where: statistics.median(values) for where, values in both.items()})


def build_large(folder, functions):
    """An initramfs whose bench-large has so many functions."""
    programs = os.path.join(folder, "root/bin")
    os.makedirs(programs, exist_ok=True)
    source, archive = (os.path.join(folder, name) for name in ("large.S", f"{functions}.gz"))
    here = os.path.join(ROOT, "bench/linux")
    with open(source, "w", encoding="ascii") as file:
        subprocess.run(["python3", "-B", os.path.join(here, "large.py"), str(functions)], stdout=file, check=True)
    subprocess.run(["powerpc-linux-gnu-gcc", "-std=gnu11", "-O2", "-mcpu=750", "-static", "-s", f"-I{ROOT}",
                    os.path.join(here, "large.c"), source, "-o", os.path.join(programs, "bench-large")], check=True)
    packed = subprocess.run("find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet | gzip -1n", shell=True,
                            cwd=os.path.join(folder, "root"), stdout=subprocess.PIPE, check=True).stdout
    with open(archive, "wb") as out, open(os.environ["INITRD"], "rb") as base:
        out.write(base.read() + packed)
    return archive


def plot_footprint(options, emulators):
    with tempfile.TemporaryDirectory(prefix="core99-plots-") as folder:
        archives = {functions: build_large(folder, functions) for functions in FUNCTIONS}

        def line(name, functions):
            command = f"bench-large large={TOTAL_CALLS // functions}"
            return guest.command_line(emulators[name], options, archives[functions], command)

        counts = {functions: guest.counted(line("core99", functions))["large"] for functions in FUNCTIONS}

        def measure(name, functions):
            return guest.timed(line(name, functions)).results["large"] / counts[functions] * 1e9

        found = medians(options.runs, measure, *((name, each) for name in emulators for each in FUNCTIONS))
    draw(options, "footprint", "Code without a pattern", ("KB of code", "ns of CPU time an instruction"),
         {(name, round(each * BYTES_A_FUNCTION / 1000)): value for (name, each), value in found.items()})


def plot_devices(options, _):
    def measure(_, count):
        devices = [word for number in range(count)
                   for word in ("-device", f"core99-debugexit,addr={FIRST_DEVICE + 0x1000 * number:#x}")]
        return points.run(points.linux() + devices, ["cont"])[0]

    draw(options, "devices", "Linux boot to power-off", ("devices added", "user CPU seconds"),
         medians(options.runs, measure, *(("core99", count) for count in DEVICES)))


def plot_breakpoints(options, _):
    options.points = max(BREAKPOINTS)
    addresses = points.addresses_of(options)

    def measure(_, count):
        return points.run(points.linux(), [f"break *{address:#x}" for address in addresses[:count]] + ["cont"])[0]

    draw(options, "breakpoints", "Linux boot to power-off", ("breakpoints, none met", "user CPU seconds"),
         medians(options.runs, measure, *(("core99", count) for count in BREAKPOINTS)))


PLOTS = {"ram": plot_ram, "footprint": plot_footprint, "devices": plot_devices, "breakpoints": plot_breakpoints}


def main():
    parser = argparse.ArgumentParser(prog="bench/plots", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plot", nargs="*", help=f"only these ({', '.join(PLOTS)})")
    parser.add_argument("-n", dest="runs", type=int, default=3, help="rounds (3)")
    parser.add_argument("--alone", action="store_true", help="core99 only, without QEMU")
    parser.add_argument("--via", choices=("cuda", "pmu"), default="cuda")
    parser.add_argument("--output", default=os.path.join(ROOT, "docs/figures"), help="folder (docs/figures)")
    options = parser.parse_args()
    for name in options.plot:
        if name not in PLOTS:
            parser.error(f"no plot is called '{name}'")
    commit = boot.first_line(["git", "-C", ROOT, "describe", "--always", "--dirty"])
    print(f"# core99 {commit}, {boot.processor()}, load {os.getloadavg()[0]:.1f}, {options.runs} rounds", flush=True)
    for name in options.plot or PLOTS:
        PLOTS[name](options, guest.emulators(options))


if __name__ == "__main__":
    main()
