#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""altivec.vec: every AltiVec instruction, by elements in guest order (AltiVec PEM chapter 6)."""

import itertools
import struct
from fractions import Fraction

import fpmodel as fp
from vectorlib import Writer, x_form

out = Writer("altivec", "AltiVec: loads, stores, integer, floating-point, permutation.")
VD, VA, VB, VC = 1, 2, 3, 4
SAT, NJ = 1, 0x10000
MSR = 0x2003000  # the runner's
FF = b"\xff"
DATA = [bytes(range(0x10, 0x20)), bytes.fromhex("0001027f8081fefffffe807f80000100"), bytes(16),
        FF * 16,
        bytes.fromhex("7fffffff80000000ffff8000007fffff"),
        bytes.fromhex("deadbeefcafebabe0123456789abcdef"),
        bytes.fromhex("80007fff80017ffe0000ffff00010002"),
        bytes.fromhex("7f7f7f7f8080808001010101fefefefe"),
        bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        bytes.fromhex("00000001ffffffff7fffffff80000000")]
PAIRS = [(DATA[i], DATA[j]) for i,
         j in ((0, 1), (1, 0), (1, 1), (3, 3), (4, 9), (9, 4), (5, 6), (6, 5), (7, 8), (6, 6),
                                        (2, 3), (9, 9))]


def split(v, size, is_signed=False):
    return [int.from_bytes(v[i:i + size], "big", signed=is_signed) for i in range(0, 16, size)]


def join(values, size):
    return b"".join((x & (1 << 8 * size) - 1).to_bytes(size, "big") for x in values)


def clamp(x, size, is_signed):
    """(saturated, whether it had to be)."""
    bits = 8 * size
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)
    return (low if x < low else high if x > high else x), not low <= x <= high


def saturated(values, size, is_signed):
    """(vector, VSCR[SAT])."""
    done = [clamp(x, size, is_signed) for x in values]
    return join([x for x, _ in done], size), int(any(s for _, s in done))


def shown(v):
    return "0x" + v.hex()


def vx(xo, a=VA, b=VB, d=VD):
    return 4 << 26 | d << 21 | a << 16 | b << 11 | xo


def va(xo, a=VA, b=VB, c=VC, d=VD):
    return 4 << 26 | d << 21 | a << 16 | b << 11 | c << 6 | xo


def emit(name, word, regs, result, sat=0, vscr=0, after=None):
    before = {name: shown(v) for name, v in regs.items()}
    if vscr:
        before["vscr"] = vscr
    done = {"v1": shown(result), **(after or {})}
    if sat:
        done["vscr"] = vscr | SAT
    out.case(name, "AVPEM§6.2", word, before, done)


def binary(name, xo, f):
    """f(a, b) gives a vector, or a vector and SAT."""
    for i, (a, b) in enumerate(PAIRS):
        result = f(a, b)
        result, sat = result if isinstance(result, tuple) else (result, 0)
        emit(name, vx(xo), {"v2": a, "v3": b}, result, sat, NJ if i & 1 else 0)
    result = f(DATA[5], DATA[5])
    result, sat = result if isinstance(result, tuple) else (result, 0)
    emit(name, vx(xo, VD, VD), {"v1": DATA[5]}, result, sat)


def lanes(name, xo, size, is_signed, f, saturates=False):
    def whole(a, b):
        values = [f(x, y) for x, y in zip(split(a, size, is_signed), split(b, size, is_signed))]
        return saturated(values, size, is_signed) if saturates else join(values, size)
    binary(name, xo, whole)


SIZES = ((1, "b", 0), (2, "h", 64), (4, "w", 128))


def add_and_subtract():
    for size, letter, xo in SIZES:
        for op, base, f in (("add", 0, lambda x, y: x + y), ("sub", 1024, lambda x, y: x - y)):
            lanes(f"v{op}u{letter}m", base + xo, size, False, f)
            lanes(f"v{op}u{letter}s", base + 512 + xo, size, False, f, True)
            lanes(f"v{op}s{letter}s", base + 768 + xo, size, True, f, True)
    lanes("vaddcuw", 384, 4, False, lambda x, y: x + y >> 32)
    lanes("vsubcuw", 1408, 4, False, lambda x, y: int(x >= y))


def order_and_average():
    for size, letter, xo in SIZES:
        for sign, is_signed, offset in (("u", False, 0), ("s", True, 256)):
            lanes(f"vmax{sign}{letter}", 2 + offset + xo, size, is_signed, max)
            lanes(f"vmin{sign}{letter}", 514 + offset + xo, size, is_signed, min)
            lanes(f"vavg{sign}{letter}", 1026 + offset + xo, size, is_signed, lambda x,
                  y: (x + y + 1) // 2)


def shifts():
    for size, letter, xo in SIZES:
        bits = 8 * size

        def rotate(x, y, bits=bits):
            n = y % bits
            return x << n | x >> (bits - n)
        lanes("vrl" + letter, 4 + xo, size, False, rotate)
        lanes("vsl" + letter, 260 + xo, size, False, lambda x, y, bits=bits: x << y % bits)
        lanes("vsr" + letter, 516 + xo, size, False, lambda x, y, bits=bits: x >> y % bits)
        lanes("vsra" + letter, 772 + xo, size, True, lambda x, y, bits=bits: x >> y % bits)


def whole_shifts():
    def number(v):
        return int.from_bytes(v, "big")
    for (a, n), (name,
                 xo) in itertools.product(((DATA[5], 0), (DATA[5], 3), (DATA[8], 7), (DATA[1], 1)),
                                                (("vsl", 452), ("vsr", 708))):
        x = number(a) << n if name == "vsl" else number(a) >> n
        emit(name, vx(xo), {"v2": a, "v3": bytes([0xf8 | n]) * 16}, join([x], 16))
    for (a, n), (name,
                 xo) in itertools.product(((DATA[5], 0), (DATA[5], 1), (DATA[8], 9), (DATA[1], 15)),
                                                (("vslo", 1036), ("vsro", 1100))):
        x = number(a) << 8 * n if name == "vslo" else number(a) >> 8 * n
        emit(name, vx(xo), {"v2": a, "v3": FF * 15 + bytes([0x87 | n << 3])}, join([x], 16))
    for n in range(16):
        emit("vsldoi", va(44, c=n), {"v2": DATA[5], "v3": DATA[8]}, (DATA[5] + DATA[8])[n:n + 16])


def logical():
    for name, xo, f in (("vand", 1028, lambda x, y: x & y), ("vandc", 1092, lambda x, y: x & ~y),
                        ("vor", 1156, lambda x, y: x | y), ("vxor", 1220, lambda x, y: x ^ y),
                        ("vnor", 1284, lambda x, y: ~(x | y))):
        lanes(name, xo, 8, False, f)


def compare(name, xo, size, is_signed, f):
    for i, (a, b) in enumerate(PAIRS + [(DATA[3], DATA[2]), (DATA[0], DATA[0])]):
        hits = [f(x, y) for x, y in zip(split(a, size, is_signed), split(b, size, is_signed))]
        rc = i & 1
        field = (8 if all(hits) else 0) | (2 if not any(hits) else 0)
        emit(name + "." * rc, vx(xo | rc << 10), {"v2": a, "v3": b},
             join([-int(h) for h in hits], size),
             after={"cr": field << 4} if rc else None)


def compares():
    for size, letter, xo in SIZES:
        compare("vcmpequ" + letter, 6 + xo, size, False, lambda x, y: x == y)
        compare("vcmpgtu" + letter, 518 + xo, size, False, lambda x, y: x > y)
        compare("vcmpgts" + letter, 774 + xo, size, True, lambda x, y: x > y)


def products():
    for size, letter, xo in SIZES[:2]:
        for sign, is_signed, offset in (("u", False, 0), ("s", True, 256)):
            for parity, first, base in (("o", 1, 8), ("e", 0, 520)):
                def f(a, b, size=size, is_signed=is_signed, first=first):
                    x, y = split(a, size, is_signed)[first::2], split(b, size, is_signed)[first::2]
                    return join([p * q for p, q in zip(x, y)], 2 * size)
                binary(f"vmul{parity}{sign}{letter}", base + offset + xo, f)


def sums():
    def sum4(size, is_signed):
        def f(a, b):
            per = 4 // size
            x, y = split(a, size, is_signed), split(b, 4, is_signed)
            return saturated([sum(x[per * i:per * i + per]) + y[i] for i in range(4)], 4, is_signed)
        return f

    def sum2(a, b):
        x, y = split(a, 4, True), split(b, 4, True)
        return saturated([0, x[0] + x[1] + y[1], 0, x[2] + x[3] + y[3]], 4, True)

    def sum1(a, b):
        return saturated([0, 0, 0, sum(split(a, 4, True)) + split(b, 4, True)[3]], 4, True)
    binary("vsum4ubs", 1544, sum4(1, False))
    binary("vsum4sbs", 1800, sum4(1, True))
    binary("vsum4shs", 1608, sum4(2, True))
    binary("vsum2sws", 1672, sum2)
    binary("vsumsws", 1928, sum1)


def ternary(name, xo, f, order=(VA, VB, VC)):
    a_reg, b_reg, c_reg = order
    for (i, (a, b)), c in itertools.product(enumerate(PAIRS[:9]), (DATA[4], DATA[6])):
        result = f(a, b, c)
        result, sat = result if isinstance(result, tuple) else (result, 0)
        emit(name, va(xo, a_reg, b_reg, c_reg), {"v2": a, "v3": b, "v4": c}, result, sat,
             NJ if i & 1 else 0)


def multiply_adds():
    def high(rounding):
        def f(a, b, c):
            values = [(x * y + rounding >> 15) + z for x, y,
                      z in zip(*(split(v, 2, True) for v in (a, b, c)))]
            return saturated(values, 2, True)
        return f

    def low(a, b, c):
        return join([x * y + z for x, y, z in zip(*(split(v, 2) for v in (a, b, c)))], 2)

    def msum(size, sign_a, sign_b, saturates=False):
        def f(a, b, c):
            p = [x * y for x, y in zip(split(a, size, sign_a), split(b, size, sign_b))]
            per = 4 // size
            values = [sum(p[per * i:per * i + per]) + z for i, z in enumerate(split(c, 4, sign_a))]
            return saturated(values, 4, sign_a) if saturates else join(values, 4)
        return f
    ternary("vmhaddshs", 32, high(0))
    ternary("vmhraddshs", 33, high(0x4000))
    ternary("vmladduhm", 34, low)
    ternary("vmsumubm", 36, msum(1, False, False))
    ternary("vmsummbm", 37, msum(1, True, False))
    ternary("vmsumuhm", 38, msum(2, False, False))
    ternary("vmsumuhs", 39, msum(2, False, False, True))
    ternary("vmsumshm", 40, msum(2, True, True))
    ternary("vmsumshs", 41, msum(2, True, True, True))


def permutes():
    def sel(a, b, c):
        return bytes(x & ~z & 0xff | y & z for x, y, z in zip(a, b, c))
    ternary("vsel", 42, sel)
    ternary("vperm", 43, lambda a, b, c: bytes((a + b)[z & 31] for z in c))
    for size, letter, step in ((1, "b", 0), (2, "h", 64), (4, "w", 128)):
        count = 16 // size

        def half(first, size=size, count=count):
            def f(a, b):
                x, y = split(a, size)[first:first + count // 2], split(b,
                                                                       size)[first:first + count // 2]
                return join([e for pair in zip(x, y) for e in pair], size)
            return f
        binary("vmrgh" + letter, 12 + step, half(0))
        binary("vmrgl" + letter, 268 + step, half(count // 2))
        for n in range(count):
            emit("vsplt" + letter, vx(524 + step, n), {"v3": DATA[5]},
                 join([split(DATA[5], size)[n]] * count, size))
        for n in (-16, -1, 0, 1, 15):
            emit("vspltis" + letter, vx(780 + step, n & 31, 0), {}, join([n] * count, size))


def packs():
    def pack(size, modulo=False, sign_in=False, sign_out=False):
        def f(a, b):
            values = split(a, size, sign_in) + split(b, size, sign_in)
            return join(values, size // 2) if modulo else saturated(values, size // 2, sign_out)
        return f

    def pixel(a, b):
        return join([(w >> 24 & 1) << 15 | (w >> 19 & 31) << 10 | (w >> 11 & 31) << 5 | w >> 3 & 31
                     for w in split(a, 4) + split(b, 4)], 2)
    for name, xo, f in (("vpkuhum", 14, pack(2, True)), ("vpkuwum", 78, pack(4, True)),
                        ("vpkuhus", 142, pack(2)),
                        ("vpkuwus", 206, pack(4)), ("vpkshus", 270, pack(2, False, True)),
                        ("vpkswus", 334, pack(4, False, True)),
                        ("vpkshss", 398, pack(2, False, True, True)),
                        ("vpkswss", 462, pack(4, False, True, True)), ("vpkpx", 782, pixel)):
        binary(name, xo, f)


def unpacks():
    def pixel(h):
        return (0xff000000 if h >> 15 else 0) | (h >> 10 & 31) << 16 | (h >> 5 & 31) << 8 | h & 31
    for v in DATA:
        for name, xo, size, first in (("vupkhsb", 526, 1, 0), ("vupklsb", 654, 1, 8),
                                      ("vupkhsh", 590, 2, 0),
                                      ("vupklsh", 718, 2, 4)):
            emit(name, vx(xo, 0), {"v3": v},
                 join(split(v, size, True)[first:first + 8 // size], 2 * size))
        for name, xo, first in (("vupkhpx", 846, 0), ("vupklpx", 974, 4)):
            emit(name, vx(xo, 0), {"v3": v},
                 join([pixel(h) for h in split(v, 2)[first:first + 4]], 4))


# --- floating point: singles as doubles of the model ---------------------------------------------

def single(x):
    return struct.unpack(">I", struct.pack(">f", x))[0]


ONE, INF, NINF, QNAN, SNAN = 0x3f800000, 0x7f800000, 0xff800000, 0x7fc01234, 0xff801234
DENORMAL, MAX, NZERO = 0x00012345, 0x7f7fffff, 0x80000000
FLOATS = [ONE, single(-2.5), single(0.1), single(3e7), INF, NINF, QNAN, SNAN, DENORMAL, 0x80400000,
          MAX, 0, NZERO,
          0x00800000, single(1e-30), single(-7.75)]


def widen(s):
    """The double of a single; NaNs keep their bits."""
    sign, exponent, fraction = s >> 31 << 63, s >> 23 & 255, s & 0x7fffff
    if exponent == 255:
        return sign | fp.INFINITY | fraction << 29
    magnitude = Fraction(fraction + (1 << 23 if exponent else 0)) * Fraction(2) ** (max(exponent,
                                                                                        1) - 150)
    return sign | fp.double_bits(magnitude)


def narrow(v):
    """The single that a double of single precision stands for."""
    if fp.is_nan(v) or fp.is_inf(v):
        return v >> 32 & 0x80000000 | 0x7f800000 | v >> 29 & 0x7fffff
    magnitude = fp.value_of(v & ~fp.SIGN)
    if magnitude == 0:
        return v >> 32 & 0x80000000
    exponent = max(fp.floor_log2(magnitude), -126)
    n = magnitude / Fraction(2) ** (exponent - 23)
    assert n.denominator == 1
    n = n.numerator
    return v >> 32 & 0x80000000 | (n if n < 1 << 23 else (exponent + 127) << 23 | n & 0x7fffff)


def flushed(s, vscr):
    return s & 0x80000000 if vscr & NJ and s & 0x7f800000 == 0 else s


def arithmetic(f):
    """An operation of the model on singles; denormals become zeros in non-Java mode."""
    def g(vscr, *operands):
        result = f(*(widen(flushed(s, vscr)) for s in operands))[0]
        return flushed(narrow(result), vscr)
    return g


def groups(count):
    """Vectors of singles in which the elements meet in many ways, `count` at a time."""
    for step in (1, 3, 5, 7):
        columns = [[FLOATS[(i * (1 + k * step) + k * step) % 16] for i in range(16)] for k in range(count)]
        for i in range(0, 16, 4):
            yield [join(column[i:i + 4], 4) for column in columns]


def is_denormal(s):
    return 0 < s & 0x7fffffff < 0x800000


def float_lanes(name, word, count, f, registers, assist=False):
    """`assist`: in Java mode a denormal, operand or result, ends in the assist exception (7400UM 4.6.16)."""
    for i, vectors in enumerate(groups(count)):
        vscr = NJ if i & 1 else 0
        result = join([f(vscr, *values) for values in zip(*(split(v, 4) for v in vectors))], 4)
        singles = [s for v in (*vectors, result) for s in split(v, 4)]
        if assist and not vscr and any(map(is_denormal, singles)):
            before = {register: shown(v) for register, v in zip(registers, vectors)}
            out.case(name, "7400UM§4.6.16", word, before, {}, exception=(0x1600, {"srr1": MSR}))
            continue
        emit(name, word, dict(zip(registers, vectors)), result, vscr=vscr)


def assisted(name, word, v):
    """Java mode: denormal `v` of vB (v3) ends in the assist exception."""
    out.case(name, "7400UM§4.6.16", word, {"v3": shown(v)}, {}, exception=(0x1600, {"srr1": MSR}))


def is_nan(s):
    return s & 0x7fffffff > 0x7f800000


def number(s):
    """For comparisons; infinities are beyond all."""
    v = widen(s)
    return (-1 if s >> 31 else 1) * Fraction(2) ** 200 if fp.is_inf(v) else fp.value_of(v)


def float_arithmetic():
    ab = ("v2", "v3")
    float_lanes("vaddfp", vx(10), 2, arithmetic(lambda a, b: fp.add(a, b, 0, True)), ab, True)
    float_lanes("vsubfp", vx(74), 2, arithmetic(lambda a, b: fp.add(a, b, 0, True, True)), ab, True)
    abc = ("v2", "v3", "v4")
    float_lanes("vmaddfp", va(46), 3, arithmetic(lambda a, b, c: fp.madd(a, b, c, 0, True)), abc,
                True)
    float_lanes("vnmsubfp", va(47), 3,
                arithmetic(lambda a, b, c: fp.madd(a, b, c, 0, True, True, True)), abc, True)

    def extreme(wants_max):
        def f(vscr, a, b):
            for s in (a, b):
                if is_nan(s):
                    return s | 0x400000
            a, b = flushed(a, vscr), flushed(b, vscr)
            if number(a) == number(b):
                return a & b if wants_max else a | b  # +0 is larger than -0
            return a if (number(a) > number(b)) == wants_max else b
        return f
    float_lanes("vmaxfp", vx(1034), 2, extreme(True), ab)
    float_lanes("vminfp", vx(1098), 2, extreme(False), ab)


def float_compares():
    def run(name, xo, f, field):
        for i, (a,
                b) in enumerate(itertools.chain(groups(2),
                                                [(DATA[2], DATA[2]),
                                                 (join([ONE] * 4, 4), join([INF] * 4, 4))])):
            rc = i & 1
            values = [f(x, y) for x, y in zip(split(a, 4), split(b, 4))]
            emit(name + "." * rc, vx(xo | rc << 10), {"v2": a, "v3": b}, join(values, 4),
                 after={"cr": field(values) << 4} if rc else None)

    def ordered(f):
        return lambda x, y: -int(not is_nan(x) and not is_nan(y) and f(number(x), number(y)))

    def all_or_none(values):
        return (8 if all(values) else 0) | (2 if not any(values) else 0)
    run("vcmpeqfp", 198, ordered(lambda x, y: x == y), all_or_none)
    run("vcmpgefp", 454, ordered(lambda x, y: x >= y), all_or_none)
    run("vcmpgtfp", 710, ordered(lambda x, y: x > y), all_or_none)

    def bounds(x, y):
        unordered = is_nan(x) or is_nan(y)
        return ((1 << 31 if unordered or number(x) > number(y) else 0) |
                (1 << 30 if unordered or number(x) < -number(y) else 0))
    run("vcmpbfp", 966, bounds, lambda values: 0 if any(values) else 2)


def float_rounding():
    values = [single(x) for x in (0.5, 1.5, 2.5, -0.5, -1.5, 0.4, -0.4, 0.99, -0.99, 8388607.5,
                                  -4194304.5, 1e20)]
    values += [INF, NINF, QNAN, SNAN, 0, NZERO, DENORMAL, 0x80000001]
    for name, xo, mode in (("vrfin", 522, fp.NEAREST), ("vrfiz", 586, fp.ZERO),
                           ("vrfip", 650, fp.UP),
                           ("vrfim", 714, fp.DOWN)):
        def f(s, mode=mode):
            v = widen(s)
            if fp.is_nan(v) or fp.is_inf(v):
                return s | (0x400000 if is_nan(s) else 0)
            n, _, _ = fp.rounded_integer(abs(fp.value_of(v)), mode, s >> 31)
            return narrow((s >> 31) << 63 | fp.double_bits(Fraction(n)))
        for i in range(0, 20, 4):
            v = join(values[i:i + 4], 4)
            if any(map(is_denormal, values[i:i + 4])):
                assisted(name, vx(xo, 0), v)
                emit(name, vx(xo, 0), {"v3": v},
                     join([f(flushed(s, NJ)) for s in values[i:i + 4]], 4), vscr=NJ)
                continue
            emit(name, vx(xo, 0), {"v3": v}, join([f(s) for s in values[i:i + 4]], 4))


def float_conversions():
    integers = [0, 1, -1, 0x7fffffff, -0x80000000, 123456789, 0x01000001, 0x00ffffff]
    for (name, xo,
         is_signed), scale, i in itertools.product((("vcfux", 778, False), ("vcfsx", 842, True)),
                                                             (0, 1, 16, 31), (0, 4)):
        v = join(integers[i:i + 4], 4)

        def f(n, scale=scale):
            return 0 if n == 0 else narrow(fp.Rounded(Fraction(n, 1 << scale), fp.NEAREST,
                                                      True).bits)
        emit(name, vx(xo, scale), {"v3": v}, join([f(n) for n in split(v, 4, is_signed)], 4))
    floats = [single(x) for x in (0.5, -0.5, 1.99, -1.99, 2147483520.0, -2147483648.0, 4294967040.0,
                                  4294967296.0,
                                  -1e-3, 2147483648.0, -1e10, 1e10)] + [QNAN, INF, NINF, SNAN]
    for (name, xo,
         is_signed), scale, i in itertools.product((("vctuxs", 906, False), ("vctsxs", 970, True)),
                                                             (0, 1, 8, 31), (0, 4, 8, 12)):
        group, results, sat = floats[i:i + 4], [], 0
        for s in group:
            if is_nan(s):
                x, clamped = 0, True
            else:
                x = number(s) * (1 << scale)
                x, clamped = clamp(abs(x).__floor__() * (-1 if x < 0 else 1), 4, is_signed)
            results.append(x)
            sat |= not is_nan(s) and clamped
        # A NaN converts to 0; whether it sets SAT is left to the implementation: no case asks.
        if all(not is_nan(s) for s in group) or sat:
            emit(name, vx(xo, scale), {"v3": join(group, 4)}, join(results, 4), int(sat))
    for name, xo in (("vctuxs", 906), ("vctsxs", 970)):
        v = join([0x00000001, 0x807fffff, ONE, INF], 4)
        most = 0xffffffff if name == "vctuxs" else 0x7fffffff
        assisted(name, vx(xo, 31), v)
        emit(name, vx(xo, 0), {"v3": v}, join([0, 0, 1, most], 4), 1, vscr=NJ)


def estimates():
    """The results that the manual fixes."""
    default = 0x7fc00000
    for name, xo, cases in (("vrefp", 266, ((INF, 0), (NINF, NZERO), (0, INF), (NZERO, NINF))),
                            ("vrsqrtefp", 330,
                             ((INF, 0), (0, INF), (NZERO, NINF), (single(-1.0), default))),
                            ("vexptefp", 394, ((INF, INF), (NINF, 0), (0, ONE), (NZERO, ONE))),
                            ("vlogefp", 458,
                             ((INF, INF), (0, NINF), (NZERO, NINF), (single(-1.0), default)))):
        emit(name, vx(xo, 0), {"v3": join([b for b, _ in cases], 4)},
             join([r for _, r in cases], 4))
        emit(name, vx(xo, 0), {"v3": join([QNAN, SNAN, QNAN, SNAN], 4)},
             join([QNAN, SNAN | 0x400000, QNAN, SNAN | 0x400000], 4))
        assisted(name, vx(xo, 0), join([ONE, ONE, 0x80000001, ONE], 4))
    assisted("vrefp", vx(266, 0), join([0x7f000001, ONE, ONE, ONE], 4))  # 1 / 2^127 is denormal
    # What vanishes below the denormals wants the assist too; what cancels exactly does not.
    tiny, regs = join([0x00800000] * 4, 4), ("v2", "v3", "v4")
    out.case("vmaddfp", "7400UM§4.6.16", va(46), {"v2": shown(tiny), "v3": shown(bytes(16)), "v4": shown(tiny)},
             {}, exception=(0x1600, {"srr1": MSR}))
    ones, minus = join([ONE] * 4, 4), join([0xbf800000] * 4, 4)
    emit("vmaddfp", va(46), dict(zip(regs, (ones, minus, ones))), bytes(16))
    # Maxima, minima and comparisons take denormals as they are.
    low, high = join([1, 0x80000002] * 2, 4), join([2, 0x80000001] * 2, 4)
    emit("vmaxfp", vx(1034), dict(zip(regs, (low, high))), high)
    emit("vminfp", vx(1098), dict(zip(regs, (low, high))), low)
    emit("vcmpgtfp", vx(710), dict(zip(regs, (high, low))), FF * 16)


# --- memory and status ------------------------------------------------------------------------------

def memory():
    where, data = 0x1000, DATA[5] + DATA[8]
    old = bytes(range(8 * VD, 8 * VD + 16))  # what the runner puts into v1
    for offset in (0, 1, 2, 3, 7, 12, 15):
        base = {"r4": where, "r5": 16 + offset, where: data}
        for name, xo in (("lvx", 103), ("lvxl", 359)):
            out.case(name, "AVPEM§6.2", x_form(31, VD, 4, 5, xo), base, {"v1": shown(data[16:])})
        for name, xo in (("stvx", 231), ("stvxl", 487)):
            out.case(name, "AVPEM§6.2", x_form(31, VD, 4, 5, xo), base, {where + 16: old})
        for name, xo, size in (("lvebx", 7, 1), ("lvehx", 39, 2), ("lvewx", 71, 4)):
            at = offset & -size
            loaded = old[:at] + data[16 + at:16 + at + size] + old[at + size:]
            out.case(name, "AVPEM§6.2", x_form(31, VD, 4, 5, xo), base, {"v1": shown(loaded)})
            out.case("st" + name[1:], "AVPEM§6.2", x_form(31, VD, 4, 5, xo + 128), base,
                     {where + 16 + at: old[at:at + size]})
        out.case("lvsl", "AVPEM§6.2", x_form(31, VD, 4, 5, 6), base,
                 {"v1": shown(bytes(range(offset, offset + 16)))})
        out.case("lvsr", "AVPEM§6.2", x_form(31, VD, 4, 5, 38), base,
                 {"v1": shown(bytes(range(16 - offset, 32 - offset)))})
    little = {"msr": MSR | 1, "r4": where, where: data}
    for offset in (0, 5, 14):
        # Little-endian, byte n of memory is byte n ^ 7 of RAM, and the last byte of a register.
        base = {**little, "r5": offset}
        mirrored = [data[n ^ 7] for n in range(16)]
        # The runner's words lie in RAM as a big-endian program's: fetches swap the words of a pair.
        words = lambda xo: [x_form(31, VD, 4, 5, xo), x_form(31, VD, 4, 5, xo)]
        out.case("lvx-little", "AVPEM§3.1.4", words(103), base, {"v1": shown(bytes(mirrored[::-1]))})
        byte = bytes(mirrored[offset] if 15 - n == offset else old[n] for n in range(16))
        out.case("lvebx-little", "AVPEM§6.2", words(7), base, {"v1": shown(byte)})
        stored = [old[15 - (n ^ 7)] for n in range(16)]
        out.case("stvx-little", "AVPEM§3.1.4", words(231), base, {where: bytes(stored)})
        ram = list(data[:16])
        ram[offset ^ 7] = old[15 - offset]
        out.case("stvebx-little", "AVPEM§6.2", words(135), base, {where: bytes(ram)})
        at = offset & ~1
        ram = list(data[:16])
        ram[at ^ 6:(at ^ 6) + 2] = old[14 - at:16 - at]
        out.case("stvehx-little", "AVPEM§6.2", words(167), base, {where: bytes(ram)})
    # DABR in the second double word: nothing of the first may have been stored.
    out.case("stvx-dabr", "7400UM§2.1.2.1", x_form(31, VD, 4, 5, 231),
             {"r4": where, "r5": 0, "dabr": where + 8 | 2, where: data}, {},
             exception=(0x300, {"srr1": MSR, "dar": where, "dsisr": 0x02400000}))
    out.case("lvx", "AVPEM§6.2", x_form(31, VD, 0, 5, 103),
             {"r0": 0x2000, "r5": where, where: data},
             {"v1": shown(data[:16])})


def vscr():
    for value in (0, SAT, NJ, NJ | SAT):
        out.case("mfvscr", "AVPEM§6.2", vx(1540, 0, 0), {"vscr": value},
                 {"v1": shown(join([value], 16))})
        out.case("mtvscr", "AVPEM§6.2", vx(1604, 0, VB, 0),
                 {"v3": shown(DATA[8][:12] + join([value], 16)[12:])},
                 {"vscr": value})
    out.case("mtvscr", "AVPEM§6.2", vx(1604, 0, VB, 0), {"v3": shown(FF * 16)}, {"vscr": NJ | SAT})
    emit("vaddubs-sticky", vx(512), {"v2": DATA[2], "v3": DATA[2]}, DATA[2], vscr=NJ | SAT)


add_and_subtract()
order_and_average()
shifts()
whole_shifts()
logical()
compares()
products()
sums()
multiply_adds()
permutes()
packs()
unpacks()
float_arithmetic()
float_compares()
float_rounding()
float_conversions()
estimates()
memory()
vscr()
out.write()
