# SPDX-License-Identifier: MIT
"""Rows of figures: ratios, means, the readable table, what goes to JSON.

A row is {"axis", "work", "unit", "values": {emulator: [a value a round]}, "instructions": {emulator: n}}; less is
better.
"""

import math
import statistics

COUNTS_AGREE = 0.02


def ratios(row, peer="QEMU"):
    """The peer's value over core99's in each round: above 1 core99 takes less."""
    return [theirs / ours for ours, theirs in zip(row["values"]["core99"], row["values"][peer])]


def add_ratios(rows):
    for row in rows:
        row["ratio"] = {peer: {"median": statistics.median(ratios(row, peer)), "least": min(ratios(row, peer)),
                               "most": max(ratios(row, peer))}
                        for peer in row["values"] if peer != "core99"}


def mips(row, emulator):
    """Nothing known of a peer's count: it executes the same program."""
    count = row.get("instructions", {})
    count = count.get(emulator, count.get("core99", 0))
    seconds = statistics.median(row["values"][emulator]) if row["unit"] == "s" else 0
    return count / seconds / 1e6 if seconds else 0  # the host's account is kept by its timer: too little is 0


def cell(row, emulator):
    value = statistics.median(row["values"][emulator])
    text = f"{emulator} {value:8.2f} {row['unit']:2}"
    return text + (f"{mips(row, emulator):6.0f} MIPS" if mips(row, emulator) else "")


def line(row):
    count = row.get("instructions", {}).get("core99", 0)
    text = f"{row['axis']:8} {row['work']:13}" + (f"{count / 1e6:8.1f} M" if count else " " * 10)
    for emulator in row["values"]:
        text += "   " + cell(row, emulator)
        if emulator in row.get("ratio", {}):
            ratio = row["ratio"][emulator]
            text += f"   ratio {ratio['median']:5.2f} ({ratio['least']:.2f} to {ratio['most']:.2f})"
    return text


def differences(rows):
    """Counts that differ: one of the two programs does other work."""
    for row in rows:
        counts = row.get("instructions", {})
        if counts.get("QEMU"):
            difference = counts["core99"] / counts["QEMU"] - 1
            if abs(difference) > COUNTS_AGREE:
                yield (f"{row['work']}: core99 executes {counts['core99'] / 1e6:.1f} M instructions, "
                       f"QEMU {counts['QEMU'] / 1e6:.1f} M ({difference:+.1%})")


def mean(values):
    return math.exp(statistics.mean(math.log(value) for value in values))


def means(rows, groups, goals):
    """Geometric means of the medians of the ratios to QEMU, by group of works."""
    for group, works in groups.items():
        found = [row["ratio"]["QEMU"]["median"] for row in rows
                 if row["work"] in works and "QEMU" in row.get("ratio", {})]
        if len(found) > 1:
            goal = f" (must {goals[group][0]}, aims for {goals[group][1]})" if group in goals else ""
            yield f"{group:8} geometric mean of the ratios {mean(found):5.2f}{goal}"


def large_to_small(rows, small):
    """How much slower code is that the host's predictors do not hold."""
    found = {row["work"]: mips(row, "core99") for row in rows if mips(row, "core99")}
    if "large" in found and any(work in found for work in small):
        usual = mean([found[work] for work in small if work in found])
        yield f"large    {found['large']:.0f} MIPS, {found['large'] / usual:.2f} of the small kernels' {usual:.0f} MIPS"
