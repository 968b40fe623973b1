#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""fp.vec: floating-point arithmetic, compares, moves, FPSCR, enabled exceptions (PEM 3.3, 4.2.2)."""

import itertools
import struct

import fpmodel as fp
from vectorlib import MSR_DEFAULT, Writer, a_form, x_form

out = Writer("fp", "Floating-point arithmetic, compares, moves, status.")


def d(x):
    return struct.unpack(">Q", struct.pack(">d", x))[0]


ONE, TWO, INF, NINF, ZERO, NZERO = d(1.0), d(2.0), fp.INFINITY, fp.INFINITY | fp.SIGN, 0, fp.SIGN
SNAN, QNAN2 = 0x7ff0000000000123, 0xfff8000020000456
MAX, MIN_NORMAL, DENORMAL = 0x7fefffffffffffff, 1 << 52, 0x000123456789abcd
TINY = 1
PAIRS = [(ONE, TWO), (d(1.5), d(-2.25)), (d(0.1), d(0.2)), (d(1e300), d(-1e-300)), (MAX, MAX),
         (MAX, d(-1e292)),
         (MIN_NORMAL, DENORMAL), (DENORMAL, TINY), (TINY, d(0.5)), (MIN_NORMAL, d(0.75)),
         (ZERO, NZERO),
         (NZERO, NZERO), (ONE, d(-1.0)), (INF, NINF), (INF, ONE), (NINF, ZERO), (ZERO, INF),
         (SNAN, ONE),
         (ONE, QNAN2), (QNAN2, SNAN), (d(16777217.0), ONE), (d(3.4028234e38), d(1e31)),
         (d(1e-38), d(3e-8)),
         (d(1 + 2**-24), ONE), (d(1 + 2**-23), d(2**-24)), (d(7.0), d(3.0)), (ONE, ZERO),
         (d(-5.5), NZERO),
         (d(2**-149), d(0.5)), (d(2**-126), d(1 - 2**-20)), (d(1.25), d(1.75))]
TRIPLES = [(ONE, TWO, d(3.0)), (d(0.1), d(-0.01), d(0.1)), (d(1 + 2**-30), d(-1.0), d(1 - 2**-30)),
           (MAX, NINF, TWO), (INF, NINF, ONE), (INF, ONE, ZERO), (INF, SNAN, ZERO),
           (ZERO, QNAN2, INF),
           (ONE, SNAN, QNAN2), (ONE, d(-2.0), TWO), (NZERO, ZERO, ONE), (NZERO, NZERO, ONE),
           (MAX, ZERO, MAX),
           (MIN_NORMAL, ZERO, d(0.5)), (TINY, TINY, d(0.5)), (d(3.0), d(2**-60), d(5.0)),
           (d(1.5), d(1e-300), d(0.5)),
           (d(1e200), d(-1e308), d(1e108)), (d(2**-80), d(2**-149), d(2**-70)),
           (d(1.25), d(2.5), d(-1.75))]
F1, FA, FB, FC = 1, 2, 3, 4


def cr1(fpscr, rc):
    return {"cr": (fpscr >> 28) << 24} if rc else {}


def emit(name, word, regs, result, fpscr, after, rc, source="PEM§3.3"):
    changed = {} if result is None else {"f1": result}
    out.case(name + "." * rc, source, word | rc, {**regs, "fpscr": fpscr},
             {**changed, "fpscr": after, **cr1(after, rc)})


def usable_c(c):
    """Single multiplies use 25 bits of frC on these parts: keep away from the rest."""
    return c & 0x0fffffff == 0


def two_operands():
    modes = itertools.cycle((0, 1, 2, 3, 0, fp.XX | fp.FX, 2, fp.FX | fp.OX | 0x1f000 | fp.FR))
    for i, (a, b) in enumerate(PAIRS):
        for single, primary in ((False, 63), (True, 59)):
            rc, s = i & 1, "s" * single
            fpscr = fp.summary(next(modes))
            regs = {"f2": a, "f3": b}
            for name, xo, result in (("fadd", 21, fp.add(a, b, fpscr, single)),
                                     ("fsub", 20, fp.add(a, b, fpscr, single, True)),
                                     ("fdiv", 18, fp.div(a, b, fpscr, single))):
                emit(name + s, a_form(primary, F1, FA, FB, 0, xo), regs, result[0], fpscr,
                     result[1], rc)
            if not single or usable_c(b):
                result = fp.mul(a, b, fpscr, single)
                emit("fmul" + s, a_form(primary, F1, FA, 0, FC, 25), {"f2": a, "f4": b}, result[0],
                     fpscr, result[1], rc)


def three_operands():
    modes = itertools.cycle((0, 1, 2, 3, 0, 3, 2))
    for i, (a, b, c) in enumerate(TRIPLES):
        for single, primary in ((False, 63), (True, 59)):
            if single and not usable_c(c):
                continue
            for name, xo, subtract, negate in (("fmadd", 29, False, False),
                                               ("fmsub", 28, True, False),
                                               ("fnmadd", 31, False, True),
                                               ("fnmsub", 30, True, True)):
                fpscr = next(modes)
                result = fp.madd(a, b, c, fpscr, single, subtract, negate)
                emit(name + "s" * single, a_form(primary, F1, FA, FB, FC, xo),
                     {"f2": a, "f3": b, "f4": c},
                     result[0], fpscr, result[1], i & 1)


def conversions():
    values = [ZERO, NZERO, ONE, d(-1.0), d(0.5), d(-0.5), d(1.5), d(2.5), d(-2.5), d(2147483647.0),
              d(2147483647.5), d(-2147483648.0), d(-2147483648.5), d(-2147483649.0), d(1e10),
              d(-1e300), INF, NINF,
              SNAN, QNAN2, DENORMAL, d(0.1), d(1e40), d(1e-40), d(2**-150),
              d(3.4028235677973366e38), MAX]
    for (i, b), mode in itertools.product(enumerate(values), range(4)):
        rc = (i ^ mode) & 1
        regs = {"f3": b}
        for name, xo, result in (("frsp", 12, fp.frsp(b, mode)),
                                 ("fctiw", 14, fp.fctiw(b, mode, mode)),
                                 ("fctiwz", 15, fp.fctiw(b, mode, fp.ZERO))):
            emit(name, x_form(63, F1, 0, FB, xo), regs, result[0], mode, result[1], rc)


def estimates():
    """Only the results that the manual fixes."""
    def special(name, xo, b, value, raised, primary, single):
        after = fp.status(0, raised, 0, 0, fp.fprf(value, single))
        emit(name, a_form(primary, F1, 0, FB, 0, xo), {"f3": b}, value, 0, after, 0, "PEM§8.2")

    for b, value, raised in ((INF, ZERO, 0), (NINF, NZERO, 0), (ZERO, INF, fp.ZX),
                             (NZERO, NINF, fp.ZX),
                             (SNAN, 0x7ff8000000000000, fp.VXSNAN),
                             (QNAN2, QNAN2 & ~0x1fffffff, 0)):
        special("fres", 24, b, value, raised, 59, True)
    for b, value, raised in ((INF, ZERO, 0), (NINF, fp.QNAN, fp.VXSQRT),
                             (d(-1.0), fp.QNAN, fp.VXSQRT),
                             (ZERO, INF, fp.ZX), (NZERO, NINF, fp.ZX),
                             (SNAN, SNAN | 1 << 51, fp.VXSNAN),
                             (QNAN2, QNAN2, 0)):
        special("frsqrte", 26, b, value, raised, 63, False)


def compares():
    pairs = PAIRS[:20] + [(INF, INF), (NINF, NINF), (d(-1.0), d(-2.0)), (TINY, ZERO), (SNAN, QNAN2)]
    for (i, (a, b)), (name, xo) in itertools.product(enumerate(pairs),
                                                     (("fcmpu", 0), ("fcmpo", 32))):
        fpscr, crf = (0x1f000, 0, 0x10000)[i % 3], i & 7
        after, cc = fp.compare(a, b, fpscr, xo == 32)
        cr = 0xffffffff & ~(15 << (28 - 4 * crf)) | cc << (28 - 4 * crf)
        out.case(name, "PEM§8.2", x_form(63, crf << 2, FA, FB, xo),
                 {"f2": a, "f3": b, "fpscr": fpscr, "cr": 0xffffffff}, {"fpscr": after, "cr": cr})


def moves():
    for (i, b), (name, xo, f) in itertools.product(
            enumerate((ONE, d(-1.0), ZERO, NZERO, INF, SNAN, QNAN2, DENORMAL)),
            (("fmr", 72, lambda v: v), ("fneg", 40, lambda v: v ^ fp.SIGN),
             ("fabs", 264, lambda v: v & ~fp.SIGN),
             ("fnabs", 136, lambda v: v | fp.SIGN))):
        rc = i & 1
        fpscr = fp.summary(0x92000000) if i & 2 else 0
        emit(name, x_form(63, F1, 0, FB, xo), {"f3": b}, f(b), fpscr, fpscr, rc, "PEM§8.2")
    for a, picks_c in ((ZERO, True), (NZERO, True), (TINY, True), (TINY | fp.SIGN, False),
                       (INF, True),
                       (NINF, False), (QNAN2, False), (SNAN, False), (ONE, True), (d(-1.0), False)):
        emit("fsel", a_form(63, F1, FA, FB, FC, 23), {"f2": a, "f3": d(3.0), "f4": d(4.0)},
             d(4.0) if picks_c else d(3.0), 0, 0, int(picks_c), "PEM§8.2")


def fpscr_moves():
    hardware = 0xfff80000 << 32
    for fpscr in (0, 0x92021003, fp.summary(0xa1800080)):
        for rc in (0, 1):
            emit("mffs", x_form(63, F1, 0, 0, 583), {}, hardware | fpscr, fpscr, fpscr, rc,
                 "hardware")
    # Fields from the left; FEX and VX are derived, bit 20 does not exist.
    full = 0xfffff7ff
    for fm in (0xff, 0x80, 0x01, 0x40, 0x3c):
        for new in (0, 0xffffffff, 0x12345678):
            taken = sum(15 << (4 * i) for i in range(8) if fm >> i & 1) & ~(fp.FEX | fp.VX | 0x800)
            for rc, start in ((0, 0), (1, fp.summary(full & ~0xf8))):
                after = fp.summary(start & ~taken | new & taken)
                emit("mtfsf", 63 << 26 | fm << 17 | FB << 11 | 711 << 1, {"f3": 0xdead << 48 | new},
                     None, start,
                     after, rc, "PEM§8.2")
    for field, imm in itertools.product(range(8), (0, 5, 15)):
        rc = field & 1
        taken = 15 << (28 - 4 * field) & ~(fp.FEX | fp.VX | 0x800)
        after = fp.summary(0x1000 & ~taken | imm << (28 - 4 * field) & taken)
        emit("mtfsfi", x_form(63, field << 2, 0, imm << 1, 134), {}, None, 0x1000, after, rc,
             "PEM§8.2")
    for bit in range(32):
        mask = 1 << (31 - bit)
        writable = mask & ~(fp.FEX | fp.VX | 0x800)
        exceptions = fp.OX | fp.UX | fp.ZX | fp.XX | fp.VX_CAUSES
        after = fp.summary(writable | (fp.FX if mask & exceptions else 0))
        emit("mtfsb1", x_form(63, bit, 0, 0, 38), {}, None, 0, after, bit & 1, "PEM§8.2")
        start = fp.summary(full & ~0xf8)
        emit("mtfsb0", x_form(63, bit, 0, 0, 70), {}, None, start, fp.summary(start & ~writable),
             bit & 1, "PEM§8.2")
    cleared = fp.FX | fp.OX | fp.UX | fp.ZX | fp.XX | fp.VX_CAUSES
    for field in range(8):
        start = fp.summary(0xffff0707 | 0x000f7000)
        nibble = start >> (28 - 4 * field) & 15
        after = fp.summary(start & ~(15 << (28 - 4 * field) & cleared))
        crf = 7 - field
        out.case("mcrfs", "PEM§8.2", x_form(63, crf << 2, field << 2, 0, 64), {"fpscr": start},
                 {"fpscr": after, "cr": nibble << (28 - 4 * crf)})


def enabled_exceptions():
    """FE0 or FE1 and FEX: a program exception after the instruction, whose results stand."""
    program = 0x00100000
    nop, add = 0x60000000, a_form(63, F1, FA, FB, 0, 21)
    for fe in (0x0800, 0x0100, 0x0900):
        msr = MSR_DEFAULT | fe
        a, b, fpscr = d(0.1), d(0.2), fp.XE
        value, after = fp.add(a, b, fpscr, False)
        regs = {"f2": a, "f3": b, "fpscr": fpscr, "msr": msr}
        out.case("fadd-trap", "PEM§6.4.7.1", add, regs, {"f1": value, "fpscr": after},
                 (0x700, {"srr1": msr | program}))
        out.case("fadd.-trap", "PEM§6.4.7.1", add | 1, regs,
                 {"f1": value, "fpscr": after, **cr1(after, 1)},
                 (0x700, {"srr1": msr | program}))
        # VE and ZE: frD stays.
        value, after = fp.add(INF, NINF, fp.VE, False)
        out.case("fadd-trap", "PEM§3.3.6.1.1", add,
                 {"f2": INF, "f3": NINF, "fpscr": fp.VE, "msr": msr},
                 {"fpscr": after}, (0x700, {"srr1": msr | program}))
        value, after = fp.div(ONE, ZERO, fp.ZE, False)
        out.case("fdiv-trap", "PEM§3.3.6.1.2", a_form(63, F1, FA, FB, 0, 18),
                 {"f2": ONE, "f3": ZERO, "fpscr": fp.ZE, "msr": msr}, {"fpscr": after},
                 (0x700, {"srr1": msr | program}))
        # By a move to FPSCR: the move itself.
        out.case("mtfsb1-trap", "PEM§6.4.7.1", x_form(63, 24, 0, 0, 38),
                 {"fpscr": fp.summary(fp.VXSNAN), "msr": msr},
                 {"fpscr": fp.summary(fp.VXSNAN | fp.VE)},
                 (0x700, {"srr1": msr | program}))
        # By a move to MSR: after it; SRR1 says that SRR0 is a later instruction.
        pending = fp.summary(fp.VXSNAN | fp.VE)
        out.case("mtmsr-trap", "PEM§6.4.7.1", x_form(31, 4, 0, 0, 146),
                 {"fpscr": pending, "r4": msr}, {},
                 (0x700, {"srr0": 0x4004, "srr1": msr | program | 0x00010000}))
        out.case("rfi-trap", "PEM§6.4.7.1", x_form(19, 0, 0, 0, 50),
                 {"fpscr": pending, "srr0": 0x6000, "srr1": msr & 0xffff}, {},
                 (0x700,
                  {"srr0": 0x6000, "srr1": msr & 0xffff | program | 0x00010000, "msr": 0x1000}))
    pending = fp.summary(fp.VXSNAN | fp.VE)
    value, after = fp.add(ONE, TWO, pending, False)
    out.case("fadd-no-trap", "PEM§6.4.7.1", [nop, add], {"f2": ONE, "f3": TWO, "fpscr": pending},
             {"f1": value, "fpscr": after})


two_operands()
three_operands()
conversions()
estimates()
compares()
moves()
fpscr_moves()
enabled_exceptions()
out.write()
