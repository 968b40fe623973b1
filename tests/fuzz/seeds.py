#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes seeds for a fuzz target: seeds.py gdb|console FOLDER.

gdb: packets, as gdbstub/server_*.c name them, with arguments that make sense. console: each command of
monitor/commands.def and item of monitor/info.def, alone and with arguments.
"""

import pathlib
import re
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


def main():
    kind, folder = sys.argv[1:]
    seeds = SESSIONS if kind == "gdb" else console()
    for number, seed in enumerate(seeds):
        (pathlib.Path(folder) / f"seed-{number:03}").write_bytes(seed.encode("latin-1"))


if __name__ == "__main__":
    main()
