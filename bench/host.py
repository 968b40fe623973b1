# SPDX-License-Identifier: MIT
"""What a guest that does nothing costs the host: memory over guest RAM behind a Linux boot, CPU time of a nap.

Memory: resident memory of the process less what is resident of the mapping of guest RAM, which is as large as the RAM
and no other one is; a page of RAM that the guest never touched counts on neither side.
"""

import re

import guest


def resident_over_ram(pid, ram_mb):
    """MB that the process holds besides guest RAM."""
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file:
        text = file.read()
    sizes = [int(size) for size in re.findall(r"^Size:\s+(\d+) kB", text, re.M)]
    resident = [int(size) for size in re.findall(r"^Rss:\s+(\d+) kB", text, re.M)]
    of_ram = [rss for size, rss in zip(sizes, resident) if ram_mb << 10 <= size < (ram_mb << 10) + 1024]
    if not of_ram:
        raise SystemExit(f"process {pid}: no mapping of {ram_mb} MB")
    return (sum(resident) - max(of_ram)) / 1024


def after_boot(beginning, options, archive, ram=256):
    """{"memory": MB over RAM, "boot": CPU seconds up to init}"""
    command = "echo @begin rest 1; sleep 1; echo @end rest 0"
    line = guest.command_line(beginning, options, archive, command, ram)
    found = {}

    def make_measure(process):
        def measure():
            if "boot" not in found:
                found["boot"] = guest.threads_seconds(process.pid)
                found["memory"] = resident_over_ram(process.pid, ram)
            return 0
        return measure

    guest.run(line, make_measure)
    return found


def idle(beginning, options, archive, seconds):
    """Per cent of one core that a guest asleep takes; the first second counts."""
    command = f"echo @begin nap 1; sleep {seconds}; echo @end nap 0"
    marks = guest.timed(guest.command_line(beginning, options, archive, command))
    return 100 * marks.results["nap"] / seconds
