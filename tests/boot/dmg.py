#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dmg.py RAW DMG: makes a UDIF disk image of a raw one: chunks of zlib, raw bytes and zeroes in turn.

Source: the layout of the trailer ("koly") and of block tables ("mish") as qemu-img reads them, which judges it.
Not modelled: checksums, resource forks, other compressions.
"""

import base64
import struct
import sys
import zlib

SECTOR, CHUNK = 512, 128  # bytes; sectors of a chunk
ZERO, RAW, ZLIB, END = 0, 1, 0x80000005, 0xFFFFFFFF

PLIST = """<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>resource-fork</key><dict><key>blkx</key><array><dict>
<key>Attributes</key><string>0x0050</string><key>Data</key><data>
%s
</data><key>ID</key><string>0</string><key>Name</key><string>whole disk</string>
</dict></array></dict></dict></plist>
"""


def row(kind, sector, count, offset, length):
    return struct.pack(">IIQQQQ", kind, 0, sector, count, offset, length)


def chunks(raw):
    """The data fork, and the rows that say what lies where in it."""
    fork, rows = bytearray(), []
    for sector in range(0, len(raw) // SECTOR, CHUNK):
        piece = raw[sector * SECTOR : (sector + CHUNK) * SECTOR]
        count = len(piece) // SECTOR
        if not any(piece):
            rows.append(row(ZERO, sector, count, len(fork), 0))
            continue
        is_raw = sector // CHUNK % 3 == 1
        stored = piece if is_raw else zlib.compress(piece)
        rows.append(row(RAW if is_raw else ZLIB, sector, count, len(fork), len(stored)))
        fork += stored
    rows.append(row(END, len(raw) // SECTOR, 0, len(fork), 0))
    return fork, rows


def table(sectors, rows):
    head = struct.pack(">4sIQQQII", b"mish", 1, 0, sectors, 0, CHUNK + 8, 0)
    return head + bytes(204 - 4 - len(head)) + struct.pack(">I", len(rows)) + b"".join(rows)


def trailer(fork, plist, sectors):
    koly = bytearray(512)
    struct.pack_into(">4sIII", koly, 0, b"koly", 4, 512, 1)
    struct.pack_into(">QQ", koly, 0x18, 0, fork)
    struct.pack_into(">II", koly, 0x38, 1, 1)
    struct.pack_into(">QQ", koly, 0xD8, fork, plist)
    struct.pack_into(">IQ", koly, 0x1E8, 1, sectors)
    return koly


def main():
    with open(sys.argv[1], "rb") as file:
        raw = file.read()
    sectors = len(raw) // SECTOR
    fork, rows = chunks(raw)
    plist = (PLIST % base64.b64encode(table(sectors, rows)).decode()).encode()
    with open(sys.argv[2], "wb") as file:
        file.write(fork + plist + trailer(len(fork), len(plist), sectors))


if __name__ == "__main__":
    main()
