#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times floating-point kernels without an operating system on core99 and on qemu-system-ppc, in pairs.

Each kernel is a bare-metal program (bench/fp-kernels/) that OpenBIOS starts and that switches the machine off.
What counts is CPU time (user and system), live (no -icount), less that of a program that does nothing.
The rounds go A B, B A, A B, ... after one that does not count. Speed-up is QEMU's time over core99's in
the same round. Instructions are core99's, also for QEMU's MIPS. `fir` is single precision and stays out
of the mean. With --step core99 runs without its engine.
"""

import argparse
import datetime
import math
import os
import statistics
import subprocess
import tempfile

import boot

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CROSS = "powerpc-linux-gnu-gcc"
REPEATS = {"none": 1, "matmul": 400, "linpack": 600, "nbody": 3000, "mandelbrot": 600, "fft": 6000,
           "fir": 2000}
SINGLE = {"fir"}
GOAL = (3, 5)


def build(folder, kernel, repeats):
    """An ELF file of the kernel."""
    power_off = os.path.join(ROOT, "tests/guests/baremetal/poweroff.S")
    objects = []
    for name, source, options in (
            ("start", os.path.join(ROOT, "bench/fp-kernels/start.S"), []),
            ("power_off", power_off, ["-D_start=power_off"]),
            ("kernels", os.path.join(ROOT, "bench/fp-kernels/kernels.c"),
             ["-O2", "-ffreestanding", "-fno-pic", "-mcpu=7400", "-mno-altivec", "-Wall", "-Wextra",
              "-fno-tree-vectorize", "-fno-stack-protector", "-G0", f"-DKERNEL={kernel}",
              f"-DREPEATS={repeats}"])):
        objects.append(os.path.join(folder, f"{name}-{kernel}.o"))
        subprocess.run([CROSS, "-c", "-mregnames", *options, source, "-o", objects[-1]], check=True)
    path = os.path.join(folder, f"{kernel}.elf")
    subprocess.run([CROSS, "-nostdlib", "-static", "-no-pie",
                    "-Wl,--build-id=none,-N,--no-warn-rwx-segments,--no-warn-execstack",
                    f"-Wl,-T,{os.path.join(ROOT, 'tests/guests/baremetal/link.ld')}", *objects,
                    "-o", path], check=True)
    return path


def arguments(path):
    return ["-M", "mac99,via=cuda", "-m", "256", "-nodefaults", "-vga", "none", "-nic", "none",
            "-nographic", "-no-shutdown", "-kernel", path]


def run(program, path, options):
    if program == "QEMU":
        return boot.run_qemu(["-accel", "tcg", *arguments(path)], counts=False)
    step = ["-global", "powerpc-cpu.engine=off"] if options.step else []
    return boot.run_core99(arguments(path) + step)


def one_round(paths, options, programs):
    """{(program, kernel): Run}, less the program that does nothing."""
    results = {(program, kernel): run(program, path, options)
               for kernel, path in paths.items() for program in programs}
    return {(program, kernel): result.less(results[program, "none"])
            for (program, kernel), result in results.items() if kernel != "none"}


def kernel_line(kernel, results, programs):
    """Print a kernel's figures; its median speed-up."""
    ours = [result["core99", kernel] for result in results]
    instructions = statistics.median(each.instructions for each in ours)
    line = f"{kernel:12}{instructions / 1e6:8.0f} M"
    seconds = statistics.median(each.cpu for each in ours)
    line += f"   core99 {seconds:6.2f} s {instructions / seconds / 1e6:6.0f} MIPS"
    if "QEMU" not in programs:
        print(line)
        return None
    theirs = statistics.median(result["QEMU", kernel].cpu for result in results)
    ratios = [result["QEMU", kernel].cpu / result["core99", kernel].cpu for result in results]
    print(f"{line}   QEMU {theirs:6.2f} s {instructions / theirs / 1e6:6.0f} MIPS"
          f"   speed-up {statistics.median(ratios):5.2f} (min {min(ratios):.2f})")
    return statistics.median(ratios)


def report(results, programs):
    ratios = [(kernel, kernel_line(kernel, results, programs)) for kernel in REPEATS
              if kernel != "none"]
    doubles = [math.log(ratio) for kernel, ratio in ratios if ratio and kernel not in SINGLE]
    if doubles:
        mean = math.exp(statistics.mean(doubles))
        print(f"geometric mean of the double-precision speed-ups: {mean:.2f} "
              f"(must {GOAL[0]}, aims for {GOAL[1]})")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", dest="runs", type=int, default=3, help="rounds that count (3)")
    parser.add_argument("--step", action="store_true", help="core99 without its engine")
    parser.add_argument("--alone", action="store_true", help="core99 only, without QEMU")
    options = parser.parse_args()
    programs = ("core99",) if options.alone else boot.PROGRAMS
    commit = boot.first_line(["git", "-C", ROOT, "describe", "--always", "--dirty"])
    print(f"fp, {datetime.date.today()}, core99 {commit}, "
          f"{boot.first_line(['qemu-system-ppc', '-version'])}")
    print(f"{boot.processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, "
          f"{options.runs} rounds")
    with tempfile.TemporaryDirectory() as folder:
        paths = {kernel: build(folder, kernel, repeats) for kernel, repeats in REPEATS.items()}
        results = [one_round(paths, options, programs if number % 2 else programs[::-1])
                   for number in range(options.runs + 1)]
    report(results[1:], programs)


main()
