#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes seeds for a fuzz target: seeds.py gdb|console|virtio|probe FOLDER.

gdb: packets, as gdbstub/server_*.c name them, with arguments that make sense. console: each command of
monitor/commands.def and item of monitor/info.def, alone and with arguments. virtio: each device brought up by both interfaces, with
requests on its first queues; the numbers are those of tests/fuzz/fuzz_virtio.c.
"""

import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

SESSIONS = [
    "qSupported:multiprocess+;swbreak+;hwbreak+\nQStartNoAckMode\nvCont?\nqC\n?\ng\np40\nP3=12345678",
    "m0,10\nM100,4:deadbeef\nX104,2:}\x03}\x04\nx104,2\nmf8040000,4\nqCRC:0,100\n"
    "qSearch:memory:0;1000;\x38",
    "Z0,fff00108,4\nc\nz0,fff00108,4\nZ2,100,4\nvCont;c\n!\x03\nZ4,100,8\nc\n!\x03",
    "Z0,fff00108,4;X7,26000322051327\nc\n!\x03\nZ1,fff00104,4;X3,22012d;X2,2227",
    "vCont;rfff00100,fff00110:1\n!\x03\ns\nS05\nsfff00108\nC05;fff00104\n!\x03",
    "qXfer:features:read:target.xml:0,ffb\nqXfer:features:read:power-spr.xml:0,40\n"
    "qXfer:memory-map:read::0,ffb",
    "qfThreadInfo\nqsThreadInfo\nqThreadExtraInfo,1\nHg0\nHcp1.1\nT1\nqAttached\nqOffsets",
    "qqemu.sstepbits\nqqemu.sstep\nQqemu.sstep=1\nqqemu.PhyMemMode\nQqemu.PhyMemMode:1\nm0,4",
    "qRcmd,73746570692032\nqRcmd,636f6e74\nqRcmd,68656c70\ns",
    "!$m0,10#00\n!$m0,\n!$q$qC#b4\n!-\n!+\nbs\nbc\nvKill;1\nk",
    "G00\nP3=zz\nP41=00008000\nvFile:open:2f,0,0\nD;1",
]

ARGUMENTS = ["", " $pc", " 0x100", " *0xfff00104", " 1", "/4xw 0", "/3i $pc", " $r3+4*(2-1) == 5", " all"]


def console():
    names = []
    for table, prefix in (("commands", ""), ("info", "info ")):
        text = (ROOT / f"monitor/{table}.def").read_text(encoding="utf-8")
        for spellings in re.findall(r'^(?:COMMAND|INFO)\("([^"]+)"', text, re.M):
            names.append(prefix + spellings.split("|")[0])
    for name in names:
        yield "\n".join(name + argument for argument in ARGUMENTS)


# Bodies of requests, by what a device takes first: block reads, writes, flushes; SCSI's INQUIRY and READ(10); 9p's Tversion and
# Tattach; an Ethernet frame behind its header; a control message of the console.
REQUESTS = [
    bytes(16), b"\x01" + bytes(15), b"\x04" + bytes(15), b"\x0b" + bytes(15), b"\x0d" + bytes(15),
    b"\x01\x00\x40\x00" + bytes(15) + b"\x12\x00\x00\x00\x24" + bytes(27),
    b"\x01\x00\x40\x00" + bytes(15) + b"\x28\x00\x00\x00\x00\x00\x00\x00\x01" + bytes(23),
    b"\x15\x00\x00\x00\x64\xff\xff\x00\x10\x00\x00\x08\x009P2000.L",
    b"\x17\x00\x00\x00\x68\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
    bytes(12) + b"\xff" * 6 + b"\x52\x54\x00\x12\x34\x56\x08\x06" + bytes(40),
    b"\x00\x00\x00\x00\x03\x00\x01\x00", b"\x01\x00",
]
DEVICE_KINDS = 16  # at least as many as there are types
START, QUEUE, OK, ADD, TIME, REPLUG = 3, 4, 5, 7, 9, 12


def buffer(body, is_write):
    return bytes([2 | is_write]) + struct.pack("<H", len(body)) + (b"" if is_write else body)


def request(queue, body):
    return (bytes([ADD, queue, 2]) + buffer(body, 0) + buffer(bytes(512), 1) + buffer(bytes(1), 1))


def virtio():
    for kind in range(DEVICE_KINDS):
        for flags in (2, 3, 7):  # legacy; modern; with all features
            program = bytes([kind, START, flags])
            program += b"".join(bytes([QUEUE, queue, 5]) for queue in range(6)) + bytes([OK])
            for body in REQUESTS:
                program += b"".join(request(queue, body) for queue in range(4)) + bytes([TIME, 20])
            yield program + bytes([REPLUG, 1])


def image(length, *records):
    """As tests/fuzz/fuzz_probe.c has it."""
    out = length.to_bytes(3, "big")
    for at, data in records:
        out += at.to_bytes(3, "big") + bytes([len(data)]) + data
    return out


def partition(number, kind):
    return ((number + 1) * 512, b"PM\0\0" + struct.pack(">I", 3)), ((number + 1) * 512 + 48, kind)


def probe():
    size = 2352 * 40
    sync = b"\0" + b"\xff" * 10 + b"\0\0\2\0\1"
    starts = [b"QFI\xfb\0\0\0\3", b"KDMV", b"COWD", b"# Disk DescriptorFile", b"vhdxfile", b"conectix",
              b"QED\0", b"LUKS\xba\xbe", b"WithoutFreeSpace", b"\x1f\x8b", b"\x7fELF", b"Joy!peff", b""]
    seeds = [image(65536, (0, start)) for start in starts]
    seeds += [image(65536, (65024, b"koly\0\0\0\4\0\0\2\0")), image(65536, (64, b"\x7f\x10\xda\xbe")),
              image(65536, (65024, b"conectix")), image(65536, (1024, b"H+\0\4")),
              image(65536, (1024, b"BD"), (1044, b"\0\0\x10\0")), image(65536, (32769, b"CD001")),
              image(65536, (450, b"\x83"), (510, b"\x55\xaa")), image(65536, (512, b"EFI PART"))]
    seeds += [image(65536, (0, b"ER\2\0"), *partition(0, b"Apple_partition_map"), *partition(1, b"Apple_HFS"))]
    seeds += [image(size, *((2352 * n, sync) for n in range(40)))]
    seeds += [image(84 + 8192, (64, struct.pack(">II", 8192, 0)), (82, b"\1\0"))]
    return seeds


def main():
    kind, folder = sys.argv[1:]
    seeds = {"gdb": SESSIONS, "console": console(), "virtio": virtio(), "probe": probe()}[kind]
    for number, seed in enumerate(seeds):
        data = seed if isinstance(seed, bytes) else seed.encode("latin-1")
        (pathlib.Path(folder) / f"seed-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main()
