#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes seeds for a fuzz target: seeds.py gdb|console|ide|virtio|probe FOLDER.

gdb: packets, as gdbstub/server_*.c name them, with arguments that make sense. console: each command of
monitor/commands.def and item of monitor/info.def, alone and with arguments. virtio: each device brought up by both interfaces, with
requests on its first queues; ide: what drivers do with disks and CDs. The numbers are those of tests/fuzz/fuzz_virtio.c and fuzz_ide.c.
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


# Steps of fuzz_ide.c.
BUS, WRITE, READ, CHANNEL, PEEK, WAIT, MOVE, COMMAND, PACKET, START, TRANSFER, STOP, MUTATE, RESET = range(14)
IDENTIFY, IDENTIFY_PACKET, READ_PIO, WRITE_PIO, FLUSH, SET_MODE = 0xEC, 0xA1, 0x20, 0x30, 0xE7, 0xEF
CDBS = [b"\x00", b"\x12\0\0\0\x24", b"\x25", b"\x28\0\0\0\0\0\0\0\x04", b"\x43\0\0\0\0\0\0\xff\xff", b"\x5a\0\x2a\0\0\0\0\0\x40",
        b"\x4a\x01\0\0\x10\0\0\0\x08", b"\x1b\0\0\0\x02", b"\xbe\0\0\0\0\0\0\0\x01\xf8", b"\x46\0\0\0\0\0\0\0\xff", b"\x03\0\0\0\x12"]


def task(count, lba, feature=0, shape=0x40):
    return bytes([shape, feature, count]) + struct.pack("<I", lba)[:3]


def descriptor(word, count, kind=0, offset=0):
    return struct.pack("<HHBH", word, count, kind, offset)


def chain(words, flags=0):
    return bytes([0, len(words) - 1 | flags]) + b"".join(words)


def packet(unit, cdb, feature=0):
    return bytes([PACKET, unit, 0x40, feature, 0, 0, 0xFE, 0xFF]) + cdb.ljust(12, b"\0")


def ide():
    read, write = descriptor(0x3000, 4096), descriptor(0x1000, 4096)
    pieces = [descriptor(0x2000, 1536), descriptor(0x2000, 512, 0, 0x8000), descriptor(0x3030, 2048, 0, 0x9000)]
    for bus in (0, 1):
        disk = bus
        for opcode in (IDENTIFY, READ_PIO, 0x24, 0xC4, FLUSH, 0xB0, 0xE5, 0x90, 0x08):
            yield bytes([BUS, bus, COMMAND, disk, opcode]) + task(2, 5) + bytes([WAIT, 17, MOVE, 254, WAIT, 17, MOVE, 254])
        yield bytes([BUS, bus, COMMAND, disk, WRITE_PIO]) + task(1, 5) + bytes([WAIT, 17, MOVE, 129]) + bytes(514) + bytes([WAIT, 17])
        yield bytes([BUS, bus, COMMAND, disk, SET_MODE]) + task(0x22, 0, 3) + bytes([COMMAND, disk, 0xC6]) + task(8, 0)
        for words in ([read], pieces, [descriptor(0x200C, 512, 3, 0)], [descriptor(0x3000, 4096, 4)], [descriptor(0x3000, 4096, 6, 0x7800)]):
            yield bytes([BUS, bus, TRANSFER, disk << 7]) + task(8, 5) + chain(words) + bytes([WAIT, 20, STOP, 3])
        yield bytes([BUS, bus, TRANSFER, disk << 7 | 0x41]) + chain([write], 0x40 if bus else 0) + task(8, 5) + bytes([WAIT, 20, STOP, 3])
        yield bytes([BUS, bus, TRANSFER, disk << 7 | 0x20]) + task(8, 5) + chain([read]) + bytes([RESET, 0, WAIT, 20])
        yield bytes([BUS, bus, COMMAND, 1 - disk, IDENTIFY_PACKET]) + task(0, 0) + bytes([WAIT, 17, MOVE, 254])
        for cdb in CDBS:
            yield bytes([BUS, bus]) + packet(1 - disk, cdb) + bytes([WAIT, 17, MOVE, 254, WAIT, 17, MOVE, 254, WAIT, 17])
            yield bytes([BUS, bus]) + packet(1 - disk, cdb, 1) + bytes([START]) + chain([read]) + bytes([WAIT, 20, STOP, 3])


def main():
    kind, folder = sys.argv[1:]
    seeds = {"gdb": SESSIONS, "console": console(), "ide": ide(), "virtio": virtio(), "probe": probe()}[kind]
    for number, seed in enumerate(seeds):
        data = seed if isinstance(seed, bytes) else seed.encode("latin-1")
        (pathlib.Path(folder) / f"seed-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main()
