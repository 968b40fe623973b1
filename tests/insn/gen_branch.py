#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""branch.vec: branches, traps, sc, rfi, condition register (PEM 4.2.4, 4.2.5.1, 4.4.1)."""

import itertools

from vectorlib import MASK, MSR_DEFAULT, PC, Writer, d_form, signed, x_form

out = Writer("branch", "Branches, traps, system linkage, condition register.")
TARGET = 0x5000


def unconditional():
    for lk in (0, 1):
        lr = {"lr": PC + 4} if lk else {}
        for offset in (0, 4, 0x1000, -8, -PC, 0x01fffffc, -0x02000000):
            word = 18 << 26 | offset & 0x03fffffc | lk
            out.case("bl" if lk else "b", "PEM§8.2", word, {}, {"pc": PC + offset & MASK, **lr})
        for target in (0, 0x100, 0x01fffffc, -4, -0x02000000):
            word = 18 << 26 | target & 0x03fffffc | 2 | lk
            out.case("bla" if lk else "ba", "PEM§8.2", word, {}, {"pc": target & MASK, **lr})


def taken(bo, ctr, bit):
    """(branch is taken, CTR after it), from the table of BO encodings (PEM table 4-21)."""
    counts = not bo & 4
    if counts:
        ctr = ctr - 1 & MASK
    ctr_ok = not counts or (ctr == 0 if bo & 2 else ctr != 0)
    bit_ok = bool(bo & 16) or bit == bool(bo & 8)
    return ctr_ok and bit_ok, ctr


def conditional():
    for bo, ctr, bit in itertools.product(range(32), (0, 1, 2), (False, True)):
        bi = (bo * 5 + ctr) % 32
        cr = 1 << (31 - bi) if bit else MASK ^ 1 << (31 - bi)
        jumps, ctr_after = taken(bo, ctr, bit)
        lk, aa = bo & 1, ctr & 1
        before = {"cr": cr, "ctr": ctr, "lr": 0x6003}
        word = 16 << 26 | bo << 21 | bi << 16 | aa << 1 | lk
        displacement = 0x5000 if aa else -0x100
        target = displacement if aa else PC + displacement
        after = {"ctr": ctr_after, "pc": target if jumps else PC + 4}
        if lk:
            after["lr"] = PC + 4
        name = "bc" + "l" * lk + "a" * aa
        out.case(name, "PEM§8.2", word | displacement & 0xfffc, before, after)
        after["pc"] = 0x6000 if jumps else PC + 4
        out.case("bclr" + "l" * lk, "PEM§8.2", x_form(19, bo, bi, 0, 16, lk), before, after)
        if bo & 4:
            before = {"cr": cr, "ctr": TARGET | ctr, "lr": 0x6003}
            after = {"pc": TARGET if taken(bo, 0, bit)[0] else PC + 4}
            if lk:
                after["lr"] = PC + 4
            out.case("bcctr" + "l" * lk, "PEM§8.2", x_form(19, bo, bi, 0, 528, lk), before, after)
        elif ctr == 1 and bit:
            out.case("bcctr-invalid", "qemu", x_form(19, bo, bi, 0, 528, lk), before, {},
                     (0x700, {"srr1": MSR_DEFAULT | 0x00080000}))
    for bits in (5, 9, 16, 24):  # the other order of AA and LK, negative absolute targets
        word = 16 << 26 | 20 << 21 | bits << 16 | 0x8000
        out.case("bcla", "PEM§8.2", word | 3, {}, {"pc": 0xffff8000, "lr": PC + 4})
        out.case("bca", "PEM§8.2", word | 2, {}, {"pc": 0xffff8000})


def traps():
    pairs = [(0, 0), (1, 2), (2, 1), (MASK, 1), (1, MASK), (0x80000000, 0x7fffffff), (5, 5)]
    for to, (a, b) in itertools.product((0, 1, 2, 4, 8, 16, 31, 5, 20, 24), pairs):
        def hits(a, b, to=to):
            return (to & 16 and signed(a) < signed(b) or to & 8 and signed(a) > signed(b) or
                    to & 4 and a == b or to & 2 and a < b or to & 1 and a > b)
        fault = (0x700, {"srr1": MSR_DEFAULT | 0x00020000})
        regs = {"r4": a, "r5": b}
        out.case("tw", "PEM§8.2", x_form(31, to, 4, 5, 4), regs, {}, fault if hits(a, b) else None)
        imm = signed(b, 16) & MASK
        out.case("twi", "PEM§8.2", d_form(3, to, 4, b), regs, {}, fault if hits(a, imm) else None)


def linkage():
    out.case("sc", "PEM§8.2", 0x44000002, {}, {}, (0xc00, {"srr0": PC + 4}))
    out.case("sc", "PEM§8.2", 0x44000002, {"msr": 0x0200f042}, {}, (0xfff00c00, {"srr0": PC + 4}))
    rfi = x_form(19, 0, 0, 0, 50)
    for msr in (0, 0x3000, 0x0000f042):
        out.case("rfi", "PEM§8.2", rfi, {"srr0": 0x5003, "srr1": msr | 0x78000000, "msr": 0x1000},
                 {"pc": 0x5000, "msr": msr})
    out.case("rfi", "PEM§8.2", rfi, {"msr": 0x5000}, {}, (0x700, {"srr1": 0x5000 | 0x00040000}))


LOGIC = {
    "crand": (257, lambda a, b: a & b), "crandc": (129, lambda a, b: a & (1 - b)),
    "creqv": (289, lambda a, b: 1 - (a ^ b)), "crnand": (225, lambda a, b: 1 - (a & b)),
    "crnor": (33, lambda a, b: 1 - (a | b)), "cror": (449, lambda a, b: a | b),
    "crorc": (417, lambda a, b: a | (1 - b)), "crxor": (193, lambda a, b: a ^ b),
}


def with_bit(cr, bit, value):
    place = 1 << (31 - bit)
    return cr | place if value else cr & ~place


def condition_register():
    fields = [(0, 1, 2), (5, 5, 6), (31, 0, 31), (12, 13, 12), (3, 27, 18), (22, 9, 9)]
    for name, (xo, f) in LOGIC.items():
        for (d, a, b), background in itertools.product(fields, (0x5a3c96f0, MASK, 0)):
            cr = background
            result = f(cr >> (31 - a) & 1, cr >> (31 - b) & 1)
            out.case(name, "PEM§8.2", x_form(19, d, a, b, xo), {"cr": cr},
                     {"cr": with_bit(cr, d, result)})
    cr = 0x13579bdf
    for d, s in ((0, 7), (7, 0), (3, 3), (2, 5), (6, 1)):
        nibble = cr >> (28 - 4 * s) & 15
        expected = cr & ~(15 << (28 - 4 * d)) | nibble << (28 - 4 * d)
        out.case("mcrf", "PEM§8.2", x_form(19, d << 2, s << 2, 0, 0), {"cr": cr}, {"cr": expected})
    for d in range(8):
        flags = d * 2 & 14
        shift = 28 - 4 * d
        out.case("mcrxr", "PEM§8.2", x_form(31, d << 2, 0, 0, 512),
                 {"cr": MASK, "xer": flags << 28 | 0x55},
                 {"cr": MASK & ~(15 << shift) | flags << shift, "xer": 0x55})
    for value in (0, MASK, 0x12345678, 0xfedcba98, 0xc0c0c0c0):
        out.case("mfcr", "PEM§8.2", x_form(31, 3, 0, 0, 19), {"cr": value}, {"r3": value})
        for crm in (0xff, 0x80, 0x01, 0x5a, 0):
            bits = sum(15 << (4 * i) for i in range(8) if crm >> i & 1)
            out.case("mtcrf", "PEM§8.2", 31 << 26 | 3 << 21 | crm << 12 | 144 << 1,
                     {"r3": value, "cr": 0x76543210},
                     {"cr": 0x76543210 & ~bits | value & bits})
    # A field that was made by a compare, read by every way there is.
    for a, b in ((1, 2), (2, 1), (3, 3), (0x80000000, 0x7fffffff)):
        nibble = 8 if signed(a) < signed(b) else 4 if signed(a) > signed(b) else 2
        words = [x_form(31, 6 << 2, 4, 5, 0), x_form(31, 3, 0, 0, 19),
                 x_form(19, 1 << 2, 6 << 2, 0, 0),
                 x_form(19, 0, 24, 25, 449)]
        cr = nibble << 4
        cr |= nibble << 24
        cr |= (1 if nibble & 12 else 0) << 31
        out.case("cmp-mfcr-mcrf-cror", "PEM§8.2", words, {"r4": a, "r5": b},
                 {"r3": nibble << 4, "cr": cr})


unconditional()
conditional()
traps()
linkage()
condition_register()
out.write()
