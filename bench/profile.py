#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""profile.py INSN_DEF BOOT FILE...: rows of pairs.def from what core99's profile build counted, on stdout.

BOOT is a boot alone; it is taken away from the other files, which boot too. Each file then counts for the
same whatever its length. A pair of kinds becomes up to two rows: one for the
relation of registers that occurs most (its handler keeps the value), one for all the rest.
"""

import collections
import re
import sys

ROW = re.compile(r'^INSN\((\w+),\s*"[^"]*",\s*\w+,\s*\d+,\s*\w+,\s*"([^"]*)",\s*(.*),\s*0x')
BRANCHES = {f"{name}_{place}" for name in ("blt", "bge", "bgt", "ble", "beq", "bne")
            for place in ("near", "far")}
FALLS = {"mflr", "mtlr", "mfctr", "mtctr"}
JUMPS = {f"{name}_{place}" for name in ("b", "bl", "bdnz", "bc") for place in ("near", "far")} | {
    "blr", "bctr", "bctrl", "bclr"}
GENERAL, FLOATING, CONDITION = "rfc"
ROWS = 500           # of pairs.def
WORTH = 0.5          # a forwarded value, as part of a dispatch


def operands(text):
    """{field: class} written and read by a row whose operands are @text."""
    written, read = {}, {}
    tokens = text.split(",") if text else []
    for place, token in enumerate(tokens):
        kind = {"A": GENERAL, "d": GENERAL}.get(token[0], token[0])
        field = {"D": "d", "S": "d", "A": "a", "B": "b", "C": "c", "0": "a"}.get(token[1:2])
        if kind not in (GENERAL, FLOATING, CONDITION) or not field or len(token) != 2:
            continue
        if place == 0 and (token[1] == "D" or (token == "rA" and len(tokens) > 1 and tokens[1] == "rS")):
            written[field] = kind
        else:
            read[field] = kind
    return written, read


def read_rows(path):
    rows = {}
    with open(path, encoding="utf-8") as file:
        for row in filter(None, map(ROW.match, file)):
            name, text, flags = row.groups()
            if "F_INLINE" not in flags or "F_VEC" in flags or "F_ALTIVEC" in flags:
                continue
            rows[name] = rows[name + "_rc"] = operands(text)
            if "F_RC_FP" in flags:
                del rows[name + "_rc"]
    return rows


def relations(first, second, rows):
    """What of the first's result the second may use."""
    written = rows[first][0] if first in rows else {"d": GENERAL} if first in ("mflr", "mfctr") else {}
    if second in BRANCHES:
        read = {"b": CONDITION}
    elif second in ("mtlr", "mtctr"):
        read = {"d": GENERAL}
    else:
        read = rows[second][1] if second in rows else {}
    return [a + b for a, kind in written.items() for b, other in read.items() if kind == other]


def sets_cr0(kind):
    return kind.endswith("_rc") or kind in ("addic_", "andi_", "andis_")


def may_fuse(first, second, rows):
    return (first in rows or first in FALLS) and (
        second in rows or second in FALLS or second in JUMPS or second in BRANCHES)


def read_profile(path):
    """{(first, second, equalities...): times}"""
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file]
    return {tuple(line[1:]): int(line[0]) for line in lines}


def add_shares(profile, rows, shares):
    total = sum(profile.values())
    for (first, second, *equal), times in profile.items():
        if first != "-" and may_fuse(first, second, rows):
            shares[first, second][tuple(equal)] += times / total


def rows_of(first, second, counts, rows):
    """(benefit, share, relation) of the rows of one pair of kinds."""
    whole = sum(counts.values())
    if second in BRANCHES and sets_cr0(first):
        yield whole * (1 + WORTH), whole, "b0"
        return
    best, share = None, 0
    for relation in relations(first, second, rows):
        part = sum(times for equal, times in counts.items() if relation in equal)
        if part > share:
            best, share = relation, part
    if best and share > whole * 0.02:
        yield share * (1 + WORTH), share, best
        whole -= share
    if whole > 0:
        yield whole, whole, "none"


def main():
    rows = read_rows(sys.argv[1])
    shares = collections.defaultdict(collections.Counter)
    boot = read_profile(sys.argv[2])
    add_shares(boot, rows, shares)
    for path in sys.argv[3:]:
        profile = read_profile(path)
        add_shares({key: max(0, times - boot.get(key, 0)) for key, times in profile.items()}, rows,
                   shares)
    table = [(benefit, share, first, second, relation) for (first, second), counts in shares.items()
             for benefit, share, relation in rows_of(first, second, counts, rows)]
    table.sort(key=lambda row: (-row[0], row[2:]))
    print("""/* SPDX-License-Identifier: MIT */
/*
 * Neighbouring instructions that one handler executes, the most frequent first: bench/profile counted them.
 *
 * PAIR(first, second, relation, share): kinds as in engine_kinds.h ("_rc": record form); relation "db": field
 * d of the first is field b of the second, which then needs no load; "b0": the branch looks at CR0; share of
 * all instructions, in millionths, summed over the workloads.
 */""")
    for _, share, first, second, relation in table[:ROWS]:
        print(f"PAIR({first + ',':12} {second + ',':12} {relation + ',':5} {share * 1e6:9.0f})")


main()
