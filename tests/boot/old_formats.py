#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""old_formats.py SOURCE BOCHS CLOOP: the disk in file SOURCE as a growing image of Bochs and as a compressed loop.

Formats: a growing image is a header of 512 bytes (numbers little-endian), a catalog with a number for each extent, and
extents in the order of these numbers, each a bitmap of its sectors and the sectors. A compressed loop (version 2) is a
shell script's first lines in 128 bytes, then big-endian the size of a block, the count, an offset for each block and for
the end, and the blocks, each for itself through zlib.
"""

import struct
import sys
import zlib

SECTOR, EXTENT, BLOCK = 512, 64 << 10, 128 << 10
UNUSED = 0xffffffff


def bochs(disk):
    """Sectors of zeros have no bit, and extents of zeros no place; what has one lies there from the last to the first."""
    size = -(-len(disk) // EXTENT) * EXTENT
    disk = disk.ljust(size, b"\0")
    extents = [disk[at:at + EXTENT] for at in range(0, size, EXTENT)]
    used = [n for n, extent in enumerate(extents) if any(extent)][::-1]
    bitmap_bytes = EXTENT // SECTOR // 8
    catalog = [used.index(n) if n in used else UNUSED for n in range(len(extents))]
    out = struct.pack("<32s16s16sIIIIIIQ", b"Bochs Virtual HD Image", b"Redolog", b"Growing", 0x20000, SECTOR,
                      len(catalog), bitmap_bytes, EXTENT, 0, size).ljust(SECTOR, b"\0")
    out += struct.pack("<%dI" % len(catalog), *catalog)
    for n in used:
        sectors = [extents[n][at:at + SECTOR] for at in range(0, EXTENT, SECTOR)]
        bits = sum(1 << i for i, sector in enumerate(sectors) if any(sector))
        out += bits.to_bytes(bitmap_bytes, "little").ljust(-(-bitmap_bytes // SECTOR) * SECTOR, b"\0")
        # What no bit says is there is not to be read.
        out += b"".join(sector if any(sector) else b"\xee" * SECTOR for sector in sectors)
    return out


def cloop(disk):
    disk = disk.ljust(-(-len(disk) // BLOCK) * BLOCK, b"\0")
    blocks = [zlib.compress(disk[at:at + BLOCK], 9) for at in range(0, len(disk), BLOCK)]
    at = 128 + 8 + 8 * (len(blocks) + 1)
    offsets = [at]
    for block in blocks:
        offsets.append(offsets[-1] + len(block))
    out = b"#!/bin/sh\n#V2.0 Format\n".ljust(128, b"\n")
    out += struct.pack(">II%dQ" % len(offsets), BLOCK, len(blocks), *offsets)
    return out + b"".join(blocks)


def main():
    source, bochs_name, cloop_name = sys.argv[1:]
    with open(source, "rb") as file:
        disk = file.read()
    for name, image in ((bochs_name, bochs(disk)), (cloop_name, cloop(disk))):
        with open(name, "wb") as file:
            file.write(image)


main()
