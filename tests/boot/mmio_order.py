#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mmio_order.py CORE99 VIA LIST: OpenBIOS touches its devices on core99 as it does on QEMU.

Both boot to the prompt with the same command line at -icount shift=1,sleep=off and trace every call
of a device's register callback. The two traces in one normal form, an access a line (`r REGION
ADDRESS SIZE VALUE`), must be equal but for the differences that LIST explains. Prints one `ok` or
`not ok` line for the order of the accesses and one for their values.

    -d FOLDER   also leaves both normal forms there, qemu-VIA and core99-VIA

Normal form:
  - It ends with the prompt, as serial channel A prints it.
  - A poll counts once: the same up to four reads, with the same answers, repeated at once. A read
    whose answer is written back to the same register (to acknowledge flags) is one step of a poll.
    Reads of a byte stream (fw_cfg's data) are never a poll.
  - Values are cut to the access's size: QEMU answers 32 ones for an absent PCI function at any size.
  - QEMU shows the old ESCC window by the addresses of the new one, whose alias it is.
  - Regions have core99's names.

LIST: entries, each the lines of a `diff` of the two (`<` QEMU, `>` core99) below a line
`via=NAME,...: reason`. An entry that no longer differs is a failure too.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading

QEMU_LINE = re.compile(r"memory_region_ops_(r|w)\w+ cpu \S+ mr \S+ addr 0x(\w+) value 0x(\w+) "
                       r"size (\d) name '(.*)'")
OUR_LINE = re.compile(r"memory_io_(r|w)\w+ (.*) addr 0x(\w+) value 0x(\w+) size (\d)")
LIMIT_SECONDS = 300 * int(os.environ.get("CORE99_SLOW", "1"))
SERIAL_DATA = 0x80013030
PROMPT = "\n0 > "
STREAMS = {0xF0000512}
LONGEST_POLL = 4
OUR_NAMES = {"unin-pci-conf-idx": "config-address", "unin-pci-conf-data": "config-data",
             "cuda": "mos6522", "via-pmu": "mos6522"}
ESCC_LEGACY = 0x80012000
ESCC_NEW = {0: 0x80013000, 2: 0x80013020, 4: 0x80013010, 6: 0x80013030}


class Access(tuple):
    """(kind, region, address, size, value)"""

    def __str__(self):
        kind, region, address, size, value = self
        return f"{kind} {region} {address:08x} {size} {value:x}"


def access(kind, region, address, size, value):
    size = int(size)
    address = int(address, 16)
    value = int(value, 16) & ((1 << 8 * size) - 1)
    if region == "escc-legacy":
        region, address = "escc", ESCC_NEW.get(address - ESCC_LEGACY, address)
    return Access((kind, OUR_NAMES.get(region, region), address, size, value))


def from_qemu(line):
    match = QEMU_LINE.match(line)
    if not match:
        return None
    kind, address, value, size, region = match.groups()
    return access(kind, region, address, size, value)


def from_core99(line):
    match = OUR_LINE.match(line)
    if not match:
        return None
    kind, region, address, value, size = match.groups()
    return access(kind, region, address, size, value)


# ---- running ----------------------------------------------------------------------------------------


def board(via):
    """Without the default devices: QEMU has a USB controller among them, and in its IDE drives a
    reset lasts as long as the host likes, so that the polls of OpenBIOS differ from run to run."""
    return ["-M", f"mac99,via={via}", "-m", "128", "-nodefaults", "-vga", "none", "-nic", "none",
            "-nographic", "-serial", "null", "-icount", "shift=1,sleep=off"]


def accesses(command, parse):
    """Yield the accesses up to the prompt; both programs trace to standard error."""
    tail, last = "", ""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, errors="replace") as process:
        timer = threading.Timer(LIMIT_SECONDS, process.kill)
        timer.start()
        try:
            for line in process.stderr:
                step = parse(line)
                if step is None:
                    last = line.strip()
                    continue
                yield step
                if step[0] == "w" and step[2] == SERIAL_DATA:
                    tail = (tail + chr(step[4]))[-len(PROMPT):]
                    if tail == PROMPT:
                        return
        finally:
            timer.cancel()
            process.kill()
    raise SystemExit(f"{command[0]}: no prompt within {LIMIT_SECONDS} s; {last}")


# ---- polls --------------------------------------------------------------------------------------------


def steps(stream):
    """Tuples of accesses: a read with its write-back, or a single access."""
    held = None
    for step in stream:
        if held and step == ("w", *held[1:]):
            yield (held, step)
            held = None
            continue
        if held:
            yield (held,)
        held = step if step[0] == "r" and step[2] not in STREAMS else None
        if not held:
            yield (step,)
    if held:
        yield (held,)


def is_poll(group):
    return all(step[0][0] == "r" and step[0][2] not in STREAMS for step in group)


def drop_repeat(done):
    """Drop the end of the list if it repeats what stands before it."""
    for length in range(1, LONGEST_POLL + 1):
        if done[-length:] == done[-2 * length:-length] and is_poll(done[-length:]):
            del done[-length:]
            return True
    return False


def without_polls(stream):
    done = []
    for step in steps(stream):
        done.append(step)
        while drop_repeat(done):
            pass
    return [str(access) for step in done for access in step]


# ---- comparing ----------------------------------------------------------------------------------------


def difference(theirs, ours):
    """The lines of a diff, as a list of hunks."""
    with tempfile.NamedTemporaryFile("w") as left, tempfile.NamedTemporaryFile("w") as right:
        for file, lines in ((left, theirs), (right, ours)):
            file.write("".join(line + "\n" for line in lines))
            file.flush()
        text = subprocess.run(["diff", "--minimal", left.name, right.name], check=False,
                              capture_output=True, text=True).stdout
    hunks = []
    for line in text.splitlines():
        if line[0].isdigit():
            hunks.append([])
        elif line[0] in "<>":
            hunks[-1].append(line)
    return hunks


def listed(path, via):
    """The entries for @via: (reason, lines)."""
    entries = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            head = re.match(r"via=([\w,-]+): (.*)", line)
            if head:
                wanted = via in head[1].split(",")
                entries.append((head[2], []) if wanted else None)
            elif line.startswith(("< ", "> ")) and entries[-1]:
                entries[-1][1].append(line)
    return [entry for entry in entries if entry]


def is_value(lines):
    """Equal on both sides but for the values."""
    sides = [[line[2:].rsplit(" ", 1)[0] for line in lines if line[0] == side] for side in "<>"]
    return sides[0] == sides[1]


def unexplained(hunks, entries):
    """Take the entries' lines out of the hunks; returns what is left of both."""
    left = []
    entries = list(entries)
    hunks = list(hunks)
    while hunks:
        for entry in entries:
            count = 0
            lines = []
            while count < len(hunks) and len(lines) < len(entry[1]):
                lines += hunks[count]
                count += 1
            if lines == entry[1]:
                entries.remove(entry)
                del hunks[:count]
                break
        else:
            left.append(hunks.pop(0))
    return left, entries


def report(via, what, count, known, left, stale):
    name = f"via={via}: {what} of {count} accesses to the prompt, {known} listed"
    if not left and not stale:
        print(f"ok - {name}")
        return True
    for hunk in left[:5]:
        print("\n".join(hunk[:20]))
    reason = f"{len(left)} differences are not listed" if left else f"no longer so: {stale[0][0]}"
    print(f"not ok - {name}: {reason}")
    return False


def main(core99, via, path, folder=None):
    theirs = without_polls(accesses(["qemu-system-ppc", *board(via), "-trace",
                                     "memory_region_ops_read", "-trace", "memory_region_ops_write"],
                                    from_qemu))
    ours = without_polls(accesses([core99, *board(via), "-trace", "memory_io_*"], from_core99))
    if folder:
        for name, lines in (("qemu", theirs), ("core99", ours)):
            with open(f"{folder}/{name}-{via}", "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in lines))
    entries = listed(path, via)
    left, stale = unexplained(difference(theirs, ours), entries)
    good = True
    for what, kind in (("order", False), ("values", True)):
        known = sum(is_value(entry[1]) == kind for entry in entries)
        good &= report(via, what, len(ours), known, [hunk for hunk in left if is_value(hunk) == kind],
                       [entry for entry in stale if is_value(entry[1]) == kind])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    save = None
    if arguments[:1] == ["-d"]:
        save = arguments[1]
        arguments = arguments[2:]
    if len(arguments) != 3:
        sys.exit(__doc__)
    main(*arguments, save)
