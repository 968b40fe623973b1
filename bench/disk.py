#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Throughput of a disk on virtio-blk-pci, virtio-scsi-pci and the board's IDE channel (ide-hd, by DMA), cache=writeback, in
core99 (live mode) and in qemu-system-ppc.

Each process boots Linux and runs bench/linux/disk.c: megabytes in order and 4 KiB at random places past the
guest's cache (one request at a time), the same through the cache, and busybox' dd. The image is 64 MB, the same file for
both, in the host's cache. Time is the host's wall clock between the marks that the guest prints; CPU time is that
of the process between them, without that of the qemu-nbd which core99 has for formats other than raw. Rounds
alternate; a figure is the median; the ratio is core99's rate over QEMU's.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time

import guest

MEGABYTES = 64
RATES = {"read": ("MB/s", 512), "write": ("MB/s", 512), "random-read": ("4K/s", 20000), "random-write": ("4K/s", 20000),
         "cached-read": ("MB/s", 64), "cached-write": ("MB/s", 64), "dd-read": ("MB/s", 64), "dd-write": ("MB/s", 64)}


# What stands behind -drive id=d; {} is --device.
INTERFACES = {"virtio-blk": ["-device", "virtio-blk-pci,drive=d{}"],
              "virtio-scsi": ["-device", "virtio-scsi-pci{}", "-device", "scsi-hd,drive=d"],
              "ide": ["-device", "ide-hd,bus=ide.0,drive=d{}"]}


def make_image(folder, form):
    raw = os.path.join(folder, "disk.raw")
    with open(raw, "wb") as file:
        for n in range(MEGABYTES):
            file.write(bytes([n + 1]) * (1 << 20))
    if form == "raw":
        return raw
    path = os.path.join(folder, "disk." + form)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", form, raw, path], check=True)
    os.remove(raw)
    return path


def process_seconds(pid):
    """User and system time, of threads that have ended too."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(process):
    return lambda: (time.monotonic(), process_seconds(process.pid))


class Marks(guest.Marks):
    """Wall and CPU seconds of each piece of work."""

    def line(self, text):
        words = text.strip().split()
        if len(words) >= 3 and words[0] == "@end" and self.begun and self.begun[0] == words[1]:
            now, begun = self.measure(), self.begun[1]
            self.results[words[1]] = now[0] - begun[0], now[1] - begun[1]
        elif words[:1] != ["@end"]:
            super().line(text)


def run(line):
    results = guest.run(line, measured, Marks).results
    if not results:
        raise SystemExit(f"{line[0]}: no marks")
    return results


def show(interface, seconds, times):
    print(f"{interface:14}{'core99':>16}{'CPU':>8}{'QEMU':>16}{'CPU':>8}{'ratio':>8}")
    for work, (unit, default) in RATES.items():
        cells, rates = "", []
        for name in seconds.get(work, {}):
            wall = statistics.median(each[0] for each in seconds[work][name])
            cpu = statistics.median(each[1] for each in seconds[work][name])
            rates.append(times.get(work, default) / wall)
            cells += f"{rates[-1]:11.0f} {unit}{cpu:7.2f}s"
        if rates:
            print(f"{work:14}{cells}" + (f"{rates[0] / rates[1]:8.2f}" if len(rates) == 2 else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="bench/disk", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="*", help=f"only these: {', '.join(RATES)}; WORK=TIMES")
    parser.add_argument("-n", dest="runs", type=int, default=5, help="rounds (5)")
    parser.add_argument("--alone", action="store_true", help="core99 alone")
    parser.add_argument("--on", default=",".join(INTERFACES), help="interfaces, all unless given: %(default)s")
    parser.add_argument("--format", default="raw", help="of the image: raw (the default), qcow2 and what else qemu-img makes")
    parser.add_argument("--drive", default="", help="more options of the drive: ,snapshot=on")
    parser.add_argument("--device", default="", help="more properties of the device: ,disable-modern=on")
    parser.add_argument("--via", default="cuda", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.on.split(",")) - set(INTERFACES)
    if unknown:
        parser.error(f"--on takes {', '.join(INTERFACES)}, not {', '.join(sorted(unknown))}")
    times = {work.split("=")[0]: int(work.split("=")[1]) for work in options.work if "=" in work}
    with tempfile.TemporaryDirectory(prefix="core99-disk-") as folder:
        image, archive = make_image(folder, options.format), guest.make_archive(folder)
        drive = ["-drive", f"file={image},format={options.format},if=none,id=d{options.drive}"]
        seconds = {interface: {} for interface in options.on.split(",")}
        for _ in range(options.runs):
            for interface, results in seconds.items():
                disk = drive + [word.format(options.device) for word in INTERFACES[interface]]
                for name, beginning in guest.emulators(options).items():
                    line = guest.command_line(beginning, options, archive, " ".join(["bench-disk", *options.work]))
                    for work, result in run(line + disk).items():
                        results.setdefault(work, {}).setdefault(name, []).append(result)
    for interface, results in seconds.items():
        show(interface, results, times)


main()
