#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""profile.py INSN_DEF BOOT FILE...: rows of fused.def from what core99's profile build counted, on stdout.

BOOT is a boot alone; it is taken away from the other files, which boot too. Each file then counts for the
same whatever its length.

What is to be found: the handlers that make the cheapest way through all runs, as engine_fuse() will go. A
candidate is two to LONGEST neighbouring kinds, with what the registers of one occurrence have in common or
without. In each of ROUNDS the candidates that would save most, as things are, become rows.
"""

import collections
import re
import sys

ROW = re.compile(r'^INSN\((\w+),\s*"[^"]*",\s*\w+,\s*\d+,\s*\w+,\s*"([^"]*)",\s*(.*),\s*0x')
CONDITIONAL = {f"{name}_{place}" for name in ("blt", "bge", "bgt", "ble", "beq", "bne")
               for place in ("near", "far")}
READS = ("mflr", "mfctr", "mftb_low", "mftb_high", "mfspr_stored", "mfmsr_checked")
JUMPS = {f"{name}_{place}" for name in ("b", "bl", "bdnz", "bc") for place in ("near", "far")} | {
    "blr", "bctr", "bctrl", "bclr"}
GENERAL, FLOATING, CONDITION = "rfc"
ROWS = 1200          # of fused.def
ROUNDS = 16
LONGEST = 4
DISPATCH, FORWARD = 6, 2  # what they cost and save: engine_fuse.c has the same
RUNS = 12000         # that are looked at, the most frequent


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
    """{kind: (written, read)} of all that may be fused."""
    rows = {}
    with open(path, encoding="utf-8") as file:
        for row in filter(None, map(ROW.match, file)):
            name, text, flags = row.groups()
            if "F_INLINE" not in flags or "F_VEC" in flags or "F_ALTIVEC" in flags:
                continue
            written, read = operands(text)
            if "F_UPDATE" in flags:
                written = {**written, "a": GENERAL}
            rows[name] = written, read
            if "F_RC_FP" not in flags:
                rows[name + "_rc"] = written, read
    rows.update({kind: ({}, {"b": CONDITION}) for kind in CONDITIONAL})
    rows.update({kind: ({}, {}) for kind in JUMPS})
    rows.update({kind: ({"d": GENERAL}, {}) for kind in READS})
    rows.update({kind: ({}, {"d": GENERAL}) for kind in ("mtlr", "mtctr", "mtspr_stored")})
    rows.update({kind: ({}, {"a": GENERAL, "b": GENERAL}) for kind in ("cache_read", "dcbz_page")})
    return rows


def sets_cr0(kind):
    return kind.endswith("_rc") or kind in ("addic_", "andi_", "andis_")


def common(slots, rows):
    """What the slots' registers have in common: "0d1a": the first's d is the second's a."""
    relations = []
    for to, (kind, fields) in enumerate(slots):
        written, read = rows[kind]
        for field, class_ in [*read.items(), *written.items()]:
            for origin in range(to - 1, -1, -1):
                writer, values = slots[origin]
                if class_ == CONDITION and sets_cr0(writer):
                    if fields[field] == 0:
                        relations.append(f"{to}{field}0")
                    break
                found = [place for place, other in rows[writer][0].items()
                         if other == class_ and values[place] == fields[field]]
                if found:
                    relations.append(f"{origin}{found[0]}{to}{field}")
                    break
    return tuple(dict.fromkeys(relations))


class Candidates:
    """What could become a row, by number, and for each thing that occurs the candidates that would run it."""

    def __init__(self):
        self.numbers, self.rows = {}, []  # rows: (kinds, relations)
        self.keys, self.able = {}, []     # able: numbers of candidates, by key
        self.by_kinds = collections.defaultdict(list)

    def number(self, kinds, relations):
        row = kinds, relations
        if row not in self.numbers:
            self.numbers[row] = len(self.rows)
            self.rows.append(row)
        return self.numbers[row]

    def key(self, kinds, relations):
        occurrence = kinds, relations
        if occurrence not in self.keys:
            self.keys[occurrence] = len(self.able)
            self.able.append([self.number(kinds, frozenset()), *([self.number(kinds, relations)] if relations else [])])
            self.by_kinds[kinds].append((self.keys[occurrence], relations))
        return self.keys[occurrence]

    def price(self, number):
        return max(1, DISPATCH - FORWARD * len(self.rows[number][1]))


class Run:
    """Neighbouring slots and how often they run."""

    def __init__(self, weight, slots, rows, candidates):
        self.weight = weight
        self.length = len(slots)
        self.ways = []  # for each slot: (slots, key) of what could be fused there
        for at in range(self.length):
            here = []
            for length in range(2, LONGEST + 1):
                part = slots[at:at + length]
                kinds = tuple(kind for kind, _ in part)
                if len(part) < length or any(kind not in rows for kind in kinds) or any(
                        kind in JUMPS for kind in kinds[:-1]):
                    break
                here.append((length, candidates.key(kinds, frozenset(common(part, rows)))))
            self.ways.append(here)

    def costs_behind(self, prices):
        """The cheapest way from each slot to the end; @prices: of keys."""
        costs = [0] * (self.length + 1)
        for at in range(self.length - 1, -1, -1):
            best = DISPATCH + costs[at + 1]
            for length, key in self.ways[at]:
                cost = prices[key] + costs[at + length]
                if cost < best:
                    best = cost
            costs[at] = best
        return costs

    def costs_before(self, prices):
        costs = [0] + [1 << 30] * self.length
        for at in range(self.length):
            costs[at + 1] = min(costs[at + 1], costs[at] + DISPATCH)
            for length, key in self.ways[at]:
                cost = costs[at] + prices[key]
                if cost < costs[at + length]:
                    costs[at + length] = cost
        return costs


def savings(runs, candidates, prices):
    """{candidate: what that row would save}, cost as things are"""
    gains = collections.Counter()
    total = 0
    for run in runs:
        behind, before = run.costs_behind(prices), run.costs_before(prices)
        total += run.weight * behind[0]
        for at in range(run.length):
            for length, key in run.ways[at]:
                saved = behind[0] - before[at] - behind[at + length]
                if saved <= 0:
                    continue
                for number in candidates.able[key]:
                    if saved > candidates.price(number):
                        gains[number] += run.weight * (saved - candidates.price(number))
    return gains, total


def choose(runs, candidates):
    """(rows chosen, {key: (price, row)})"""
    order, prices = [], [1 << 20] * len(candidates.able)
    best = [None] * len(candidates.able)
    for number in range(ROUNDS):
        gains, total = savings(runs, candidates, prices)
        print(f"profile.py: {len(order)} rows, cost {total:.4f}", file=sys.stderr)
        taken = set()
        for row, _ in sorted(gains.items(), key=lambda item: (-item[1], item[0])):
            kinds, relations = candidates.rows[row]
            if len(order) >= ROWS * (number + 1) // ROUNDS:
                break
            if kinds in taken:
                continue
            taken.add(kinds)
            order.append(row)
            for key, occurring in candidates.by_kinds[kinds]:
                if relations <= occurring and candidates.price(row) < prices[key]:
                    prices[key], best[key] = candidates.price(row), row
    return order, prices, best


def shares(runs, prices, best):
    """{row: instructions that it executes}"""
    counts = collections.Counter()
    for run in runs:
        behind, at = run.costs_behind(prices), 0
        while at < run.length:
            slots, row = 1, None
            for length, key in run.ways[at]:
                if best[key] is not None and behind[at] == prices[key] + behind[at + length]:
                    slots, row = length, best[key]
            if row is not None:
                counts[row] += run.weight * slots
            at += slots
    return counts


def read_profile(path):
    """{run as text: times}"""
    with open(path, encoding="utf-8") as file:
        lines = [line.split(" ", 1) for line in file]
    return {run.strip(): int(times) for times, run in lines}


def parse(text):
    slots = []
    for word in text.split():
        kind, *fields = word.split(":")
        slots.append((kind, dict(zip("dabc", map(int, fields)))))
    return slots


def read_runs(paths, rows, candidates):
    boot = read_profile(paths[0])
    weights = collections.Counter()
    for path in paths:
        profile = read_profile(path) if path != paths[0] else {}
        profile = {run: times - boot.get(run, 0) for run, times in profile.items()} or boot
        total = sum(max(0, times) * (run.count(" ") + 1) for run, times in profile.items())
        for run, times in profile.items():
            if times > 0:
                weights[run] += times / total
    largest = sorted(weights.items(), key=lambda item: (-item[1] * item[0].count(" "), item[0]))[:RUNS]
    return [Run(weight, parse(text), rows, candidates) for text, weight in largest]


def main():
    rows = read_rows(sys.argv[1])
    candidates = Candidates()
    runs = read_runs(sys.argv[2:], rows, candidates)
    order, prices, best = choose(runs, candidates)
    counts = shares(runs, prices, best)
    print("""/* SPDX-License-Identifier: MIT */
/*
 * Neighbouring instructions that one handler executes: bench/profile counted, bench/profile.py chose.
 *
 * FUSED("kinds", "relations", share): kinds as in engine_kinds.h ("_rc": record form); relation "0d1b": field d
 * of the first is field b of the second, which then needs no load; "1b0": field b of the second is 0; share of
 * all instructions, in millionths, summed over the workloads.
 */""")
    used = [(-counts[row], *candidates.rows[row]) for row in set(order) if counts[row]]
    for share, kinds, relations in sorted(used, key=lambda row: (row[0], row[1], sorted(row[2]))):
        texts = '"' + " ".join(kinds) + '",', '"' + " ".join(sorted(relations)) + '",'
        print(f"FUSED({texts[0]:50} {texts[1]:30} {-share * 1e6:9.0f})")


main()
