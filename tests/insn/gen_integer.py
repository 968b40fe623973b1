#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""integer.vec: arithmetic, compare, logical, rotate and shift (PEM 4.2.1, chapter 8)."""

import itertools

from vectorlib import MASK, Writer, cr_of, d_form, signed, x_form

EDGES = [0, 1, 2, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, MASK, 0x12345678, 0xdeadbeef]
PAIRS = [(0, 0), (1, 2), (MASK, 1), (0x7fffffff, 1), (0x80000000, MASK), (0x80000000, 0x80000000),
         (0x7fffffff, 0x7fffffff), (1, 0x80000000), (MASK, MASK), (0, MASK),
         (0x12345678, 0x9abcdef0),
         (0xdeadbeef, 0x00c0ffee), (5, 5), (0, 0x80000000), (MASK, 0), (0x80000001, 0x7fffffff)]
D, A, B = 3, 4, 5
out = Writer("integer", "Integer arithmetic, compare, logical, rotate and shift.")


def xer(so, ov, ca):
    return so << 31 | ov << 30 | ca << 29


def emit(name, word, before, result, target, rc, so, ov=None, ca=None, source="PEM§8.2"):
    """One case; ov and ca are None where the instruction leaves them (they start as 0 and `ca_in`)."""
    ca_in = before.pop("ca")
    before["xer"] = xer(so, 0, ca_in)
    so_after = so | (ov or 0)
    after = {f"r{target}": result & MASK,
             "xer": xer(so_after, ov or 0, ca_in if ca is None else ca)}
    before["cr"] = 0x10000000
    if rc:
        after["cr"] = cr_of(signed(result), so_after) << 28
    out.case(name + ("." if rc else ""), source, word, before, after)


# name: (xo, sum in signed numbers, sum in unsigned numbers whose bit 32 is the carry)
U = MASK + 1
SUMS = {
    "add": (266, lambda a, b, ca: a + b, None),
    "addc": (10, lambda a, b, ca: a + b, lambda a, b, ca: a + b),
    "adde": (138, lambda a, b, ca: a + b + ca, lambda a, b, ca: a + b + ca),
    "addme": (234, lambda a, b, ca: a + ca - 1, lambda a, b, ca: a + ca - 1 + U),
    "addze": (202, lambda a, b, ca: a + ca, lambda a, b, ca: a + ca),
    "subf": (40, lambda a, b, ca: b - a, None),
    "subfc": (8, lambda a, b, ca: b - a, lambda a, b, ca: b - a + U),
    "subfe": (136, lambda a, b, ca: b - a - 1 + ca, lambda a, b, ca: b - a - 1 + ca + U),
    "subfme": (232, lambda a, b, ca: -a - 2 + ca, lambda a, b, ca: (MASK - a) + MASK + ca),
    "subfze": (200, lambda a, b, ca: -a - 1 + ca, lambda a, b, ca: (MASK - a) + ca),
    "neg": (104, lambda a, b, ca: -a, None),
}
TWO = {"addme", "addze", "subfme", "subfze", "neg"}


def sums():
    for name, (xo, exact, carry) in SUMS.items():
        for oe in (0, 1):
            for i, (a, b) in enumerate(PAIRS):
                rc, so, ca = i & 1, i >> 1 & 1, (i >> 2 & 1) ^ oe
                value = exact(signed(a), signed(b), ca)
                overflow = int(not -0x80000000 <= value <= 0x7fffffff) if oe else None
                before = {"r4": a, "r5": b, "ca": ca}
                word = x_form(31, D, A, 0 if name in TWO else B, xo | oe << 9, rc)
                emit(name + "o" * oe, word, before, value, D, rc, so, overflow,
                     carry(a, b, ca) >> 32 if carry else None)


def products_and_quotients():
    def wide(a, b):
        return signed(a) * signed(b)

    def quotient(a, b):
        if b == 0 or (a == 0x80000000 and b == MASK):
            return None
        exact = abs(signed(a)) // abs(signed(b))
        return exact if (a >> 31) == (b >> 31) else -exact

    for oe, (i, (a, b)) in itertools.product((0, 1),
                                             enumerate(PAIRS + [(7, 0), (100, 7), (MASK - 99, 7)])):
        rc, so = i & 1, i >> 1 & 1
        fits = -0x80000000 <= wide(a, b) <= 0x7fffffff
        emit("mullw" + "o" * oe, x_form(31, D, A, B, 235 | oe << 9, rc),
             {"r4": a, "r5": b, "ca": 1}, wide(a, b), D, rc, so, int(not fits) if oe else None)
        # Undefined quotients are 0, as measured on a G4.
        q = quotient(a, b)
        emit("divw" + "o" * oe, x_form(31, D, A, B, 491 | oe << 9, rc), {"r4": a, "r5": b, "ca": 0},
             q or 0, D, rc, so, int(q is None) if oe else None, source="PEM§8.2,hardware")
        emit("divwu" + "o" * oe, x_form(31, D, A, B, 459 | oe << 9, rc),
             {"r4": a, "r5": b, "ca": 1}, a // b if b else 0, D, rc, so,
             int(b == 0) if oe else None,
             source="PEM§8.2,hardware")
    for i, (a, b) in enumerate(PAIRS):
        rc, so = i & 1, i >> 1 & 1
        emit("mulhw", x_form(31, D, A, B, 75, rc), {"r4": a, "r5": b, "ca": 0}, wide(a, b) >> 32, D,
             rc, so)
        emit("mulhwu", x_form(31, D, A, B, 11, rc), {"r4": a, "r5": b, "ca": 0}, a * b >> 32, D, rc,
             so)


def immediates():
    imms = [0, 1, 0x7fff, 0x8000, 0xffff, 0x1234]
    for a, imm in itertools.product([0, 1, 0x7fffffff, 0x80000000, MASK, 0xdeadbeef], imms):
        s = signed(imm, 16)
        regs = {"r4": a, "ca": 0}
        emit("addi", d_form(14, D, A, imm), dict(regs), a + s, D, 0, 0)
        emit("addis", d_form(15, D, A, imm), dict(regs), a + (s << 16), D, 0, 0)
        emit("addic", d_form(12, D, A, imm), dict(regs), a + s, D, 0, 0, ca=(a + (s & MASK)) >> 32)
        ca = (a + (s & MASK)) >> 32
        before = {"r4": a, "xer": 0x80000000}
        out.case("addic.", "PEM§8.2", d_form(13, D, A, imm), before,
                 {"r3": a + s & MASK, "xer": 0x80000000 | ca << 29,
                  "cr": cr_of(signed(a + s), 1) << 28})
        emit("subfic", d_form(8, D, A, imm), dict(regs), s - a, D, 0, 0,
             ca=((s & MASK) - a + U) >> 32)
        emit("mulli", d_form(7, D, A, imm), dict(regs), signed(a) * s, D, 0, 0)
    for imm in imms:  # rA|0
        emit("addi", d_form(14, D, 0, imm), {"r0": 99, "ca": 0}, signed(imm, 16), D, 0, 0)
        emit("addis", d_form(15, D, 0, imm), {"r0": 99, "ca": 1}, signed(imm, 16) << 16, D, 0, 0)


def compares():
    def field(a, b, so):
        return (8 if a < b else 4 if a > b else 2) | so

    for i, (a, b) in enumerate(PAIRS):
        crf, so = i & 7, i & 1
        shift = 28 - 4 * crf
        before = {"r4": a, "r5": b, "xer": so << 31, "cr": MASK}

        def after(value, shift=shift):
            return {"cr": MASK & ~(15 << shift) | value << shift}

        out.case("cmp", "PEM§8.2", x_form(31, crf << 2, A, B, 0), before,
                 after(field(signed(a), signed(b), so)))
        out.case("cmpl", "PEM§8.2", x_form(31, crf << 2, A, B, 32), before, after(field(a, b, so)))
        out.case("cmpi", "PEM§8.2", d_form(11, crf << 2, A, b), before,
                 after(field(signed(a), signed(b, 16), so)))
        out.case("cmpli", "PEM§8.2", d_form(10, crf << 2, A, b), before,
                 after(field(a, b & 0xffff, so)))


LOGICAL = {
    "and": (28, lambda s, b: s & b), "andc": (60, lambda s, b: s & ~b),
    "or": (444, lambda s, b: s | b),
    "orc": (412, lambda s, b: s | ~b), "xor": (316, lambda s, b: s ^ b),
    "nand": (476, lambda s, b: ~(s & b)), "nor": (124, lambda s, b: ~(s | b)),
    "eqv": (284, lambda s, b: ~(s ^ b)),
}
LOGICAL_IMMEDIATE = {
    "ori": (24, lambda s, u: s | u), "oris": (25, lambda s, u: s | u << 16),
    "xori": (26, lambda s, u: s ^ u), "xoris": (27, lambda s, u: s ^ u << 16),
}
UNARY = {
    "cntlzw": (26, lambda s: 32 - s.bit_length()), "extsb": (954, lambda s: signed(s, 8)),
    "extsh": (922, lambda s: signed(s, 16)),
}


def logicals():
    for i, (s, b) in enumerate(PAIRS):
        rc, so = i & 1, i >> 1 & 1
        for name, (xo, f) in LOGICAL.items():
            emit(name, x_form(31, 4, 3, B, xo, rc), {"r4": s, "r5": b, "ca": 1}, f(s, b), 3, rc, so)
        for name, (primary, f) in LOGICAL_IMMEDIATE.items():
            emit(name, d_form(primary, 4, 3, b), {"r4": s, "ca": 0}, f(s, b & 0xffff), 3, 0, so)
        for name, primary, shift in (("andi", 28, 0), ("andis", 29, 16)):
            emit(name, d_form(primary, 4, 3, b), {"r4": s, "ca": 0}, s & (b & 0xffff) << shift, 3,
                 1, so)
    for i, s in enumerate(EDGES + [0x80, 0x8000, 0x7f, 0x00010000, 0x40000000]):
        rc, so = i & 1, i >> 1 & 1
        for name, (xo, f) in UNARY.items():
            emit(name, x_form(31, 4, 3, 0, xo, rc), {"r4": s, "ca": 0}, f(s), 3, rc, so)


def rotated(value, n):
    n &= 31
    return (value << n | value >> (32 - n)) & MASK


def mask(mb, me):
    bits = range(mb, me + 1) if mb <= me else itertools.chain(range(mb, 32), range(0, me + 1))
    return sum(1 << (31 - bit) for bit in bits)


def rotates():
    fields = [(0, 0, 31), (1, 0, 31), (31, 31, 31), (8, 24, 31), (16, 0, 15), (4, 28, 3), (5, 0, 0),
              (0, 16, 8), (13, 5, 20), (29, 31, 0), (31, 1, 31), (3, 9, 8)]
    for i, (sh, mb, me) in enumerate(fields):
        s, a, m = (0x12345678, 0x80000001, 0xdeadbeef)[i % 3], 0xa5a55a5a, mask(mb, me)
        rc, so = i & 1, i >> 1 & 1
        tail = sh << 11 | mb << 6 | me << 1 | rc
        emit("rlwinm", 21 << 26 | 4 << 21 | 3 << 16 | tail, {"r4": s, "ca": 0}, rotated(s, sh) & m,
             3, rc, so)
        emit("rlwimi", 20 << 26 | 4 << 21 | 3 << 16 | tail, {"r3": a, "r4": s, "ca": 1},
             rotated(s, sh) & m | a & ~m, 3, rc, so)
        amount = sh | 0xffffffe0
        emit("rlwnm", 23 << 26 | 4 << 21 | 3 << 16 | 5 << 11 | mb << 6 | me << 1 | rc,
             {"r4": s, "r5": amount, "ca": 0}, rotated(s, amount) & m, 3, rc, so)


def shifts():
    amounts = [0, 1, 4, 31, 32, 33, 63, 64, 65, MASK, 0x80000020]
    for (i, n), s in itertools.product(enumerate(amounts),
                                       [0x80000001, 0x7ffffff0, MASK, 0x80000000]):
        rc, so, low = i & 1, i >> 1 & 1, n & 63
        before = {"r4": s, "r5": n}
        emit("slw", x_form(31, 4, 3, 5, 24, rc), {**before, "ca": 1}, s << low & MASK, 3, rc, so)
        emit("srw", x_form(31, 4, 3, 5, 536, rc), {**before, "ca": 0}, s >> low, 3, rc, so)
        result = signed(s) >> low
        lost = int(signed(s) < 0 and result << low != signed(s))
        emit("sraw", x_form(31, 4, 3, 5, 792, rc), {**before, "ca": 1 - lost}, result, 3, rc, so,
             ca=lost)
    for (i, n), s in itertools.product(enumerate([0, 1, 4, 15, 31]),
                                       [0x80000001, 0x7fffffff, MASK, 0x80000000]):
        rc, so = i & 1, i >> 1 & 1
        result = signed(s) >> n
        lost = int(signed(s) < 0 and result << n != signed(s))
        emit("srawi", x_form(31, 4, 3, n, 824, rc), {"r4": s, "ca": 1 - lost}, result, 3, rc, so,
             ca=lost)


sums()
products_and_quotients()
immediates()
compares()
logicals()
rotates()
shifts()
out.write()
