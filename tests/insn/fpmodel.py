# SPDX-License-Identifier: MIT
"""
Floating-point arithmetic by exact rational numbers, with FPSCR, from the definitions of PEM chapter 3.
Slow and plain; for gen_fp.py and gen_altivec.py.
"""

from fractions import Fraction

FX, FEX, VX, OX, UX, ZX, XX = (1 << (31 - i) for i in range(7))
VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXVC = (1 << (24 - i) for i in range(6))
FR, FI = 1 << 18, 1 << 17
VXSQRT, VXCVI = 1 << 9, 1 << 8
VE, OE, UE, ZE, XE = (1 << (7 - i) for i in range(5))
VX_CAUSES = VXSNAN | VXISI | VXIDI | VXZDZ | VXIMZ | VXVC | 0x700
NEAREST, ZERO, UP, DOWN = range(4)
QNAN = 0x7ff8000000000000
SIGN = 1 << 63
INFINITY = 0x7ff << 52


def is_nan(v):
    return v & ~SIGN > INFINITY


def is_snan(v):
    return is_nan(v) and not v >> 51 & 1


def is_inf(v):
    return v & ~SIGN == INFINITY


def negative(v):
    return v >> 63


def value_of(v):
    """The number that a double stands for."""
    exponent, fraction = v >> 52 & 0x7ff, v & (1 << 52) - 1
    if exponent:
        fraction |= 1 << 52
    else:
        exponent = 1
    return (-1 if negative(v) else 1) * Fraction(fraction) * Fraction(2) ** (exponent - 1075)


def floor_log2(x):
    n = x.numerator.bit_length() - x.denominator.bit_length()
    return n if Fraction(2) ** n <= x else n - 1


def rounded_integer(x, mode, sign):
    """|x| to an integer in `mode`: (integer, inexact, rounded away from 0)."""
    low = x.numerator // x.denominator
    rest = x - low
    up = {NEAREST: rest > Fraction(1, 2) or rest == Fraction(1, 2) and low & 1,
          ZERO: False, UP: rest > 0 and not sign, DOWN: rest > 0 and sign}[mode]
    return low + bool(up), rest != 0, bool(up)


class Rounded:
    """x (not 0) rounded to a format: bits of a double, and what happened."""

    def __init__(self, x, mode, single, emin=None):
        digits, emax = (24, 127) if single else (53, 1023)
        emin = (-126 if single else -1022) if emin is None else emin
        sign, magnitude = int(x < 0), abs(x)
        self.tiny = magnitude < Fraction(2) ** emin
        self.overflow = self.big(magnitude, digits, emax, mode, sign)
        exponent = max(floor_log2(magnitude), emin)
        ulp = Fraction(2) ** (exponent - digits + 1)
        n, self.inexact, self.up = rounded_integer(magnitude / ulp, mode, sign)
        self.number = n * ulp
        if self.overflow:
            self.inexact = True
            if mode == NEAREST or mode == (DOWN if sign else UP):
                self.number = None
            else:
                self.number = (2 - Fraction(2) ** (1 - digits)) * Fraction(2) ** emax
        self.bits = sign << 63 | (INFINITY if self.number is None else double_bits(self.number))

    @staticmethod
    def big(magnitude, digits, emax, mode, sign):
        ulp = Fraction(2) ** (floor_log2(magnitude) - digits + 1)
        n, _, _ = rounded_integer(magnitude / ulp, mode, sign)
        return n * ulp >= Fraction(2) ** (emax + 1)


def double_bits(x):
    """The double that is exactly x >= 0."""
    if x == 0:
        return 0
    exponent = max(floor_log2(x), -1022)
    fraction = x / Fraction(2) ** (exponent - 52)
    assert fraction.denominator == 1
    n = fraction.numerator
    return n if n < 1 << 52 else (exponent + 1023) << 52 | n & (1 << 52) - 1


def fprf(v, single):
    if is_nan(v):
        return 0x11
    sign = negative(v)
    if is_inf(v):
        return 0x09 if sign else 0x05
    magnitude = value_of(v & ~SIGN)
    if magnitude == 0:
        return 0x12 if sign else 0x02
    if magnitude < Fraction(2) ** (-126 if single else -1022):
        return 0x18 if sign else 0x14
    return 0x08 if sign else 0x04


def summary(fpscr):
    fpscr &= ~(VX | FEX)
    if fpscr & VX_CAUSES:
        fpscr |= VX
    if fpscr >> 22 & fpscr & 0xf8:
        fpscr |= FEX
    return fpscr


def status(fpscr, raised, fi=0, fr=0, new_fprf=None):
    if raised & ~fpscr:
        fpscr |= FX
    fpscr |= raised
    fpscr = fpscr & ~(FI | FR) | (FI if fi else 0) | (FR if fr else 0)
    if new_fprf is not None:
        fpscr = fpscr & ~0x1f000 | new_fprf << 12
    return summary(fpscr)


def quiet(v, single):
    v |= 1 << 51
    return v & ~0x1fffffff if single else v


def nan_result(operands):
    for v in operands:
        if is_nan(v):
            return v
    return QNAN


def invalid(fpscr, causes, operands, single):
    """VX: (result or None, FPSCR)."""
    if fpscr & VE and causes:
        return None, status(fpscr, causes)
    return quiet(nan_result(operands), single), status(fpscr, causes, 0, 0, 0x11)


def deliver(x, zero_sign, fpscr, single, negate=False):
    """A finite exact result x; its sign if it is 0; (bits, FPSCR). Exceptions disabled."""
    mode = fpscr & 3
    flip = SIGN if negate else 0
    if x == 0:
        bits = (SIGN if zero_sign else 0) ^ flip
        return bits, status(fpscr, 0, 0, 0, fprf(bits, single))
    r = Rounded(x, mode, single)
    raised = (XX if r.inexact else 0) | (OX if r.overflow else 0) | (UX if r.tiny and r.inexact else 0)
    bits = r.bits ^ flip
    return bits, status(fpscr, raised, r.inexact, r.up, fprf(bits, single))


def zero_sum_sign(sign_a, sign_b, mode):
    if sign_a == sign_b:
        return sign_a
    return int(mode == DOWN)


def add(a, b, fpscr, single, subtract=False):
    flipped = b ^ SIGN if subtract else b
    snan = VXSNAN if is_snan(a) or is_snan(b) else 0
    if is_nan(a) or is_nan(b):
        return invalid(fpscr, snan, (a, b), single)
    if is_inf(a) and is_inf(flipped) and a != flipped:
        return invalid(fpscr, VXISI, (), single)
    if is_inf(a) or is_inf(flipped):
        bits = a if is_inf(a) else flipped
        return bits, status(fpscr, 0, 0, 0, fprf(bits, single))
    x = value_of(a) + value_of(flipped)
    return deliver(x, zero_sum_sign(negative(a), negative(flipped), fpscr & 3), fpscr, single)


def mul(a, c, fpscr, single):
    snan = VXSNAN if is_snan(a) or is_snan(c) else 0
    if is_nan(a) or is_nan(c):
        return invalid(fpscr, snan, (a, c), single)
    sign = negative(a) ^ negative(c)
    zero_a, zero_c = a & ~SIGN == 0, c & ~SIGN == 0
    if is_inf(a) and zero_c or is_inf(c) and zero_a:
        return invalid(fpscr, VXIMZ, (), single)
    if is_inf(a) or is_inf(c):
        bits = sign << 63 | INFINITY
        return bits, status(fpscr, 0, 0, 0, fprf(bits, single))
    return deliver(value_of(a) * value_of(c), sign, fpscr, single)


def div(a, b, fpscr, single):
    snan = VXSNAN if is_snan(a) or is_snan(b) else 0
    if is_nan(a) or is_nan(b):
        return invalid(fpscr, snan, (a, b), single)
    sign = negative(a) ^ negative(b)
    zero_a, zero_b = a & ~SIGN == 0, b & ~SIGN == 0
    if is_inf(a) and is_inf(b):
        return invalid(fpscr, VXIDI, (), single)
    if zero_a and zero_b:
        return invalid(fpscr, VXZDZ, (), single)
    if is_inf(a) or zero_b:
        bits = sign << 63 | INFINITY
        raised = ZX if zero_b and not is_inf(a) else 0
        if raised and fpscr & ZE:
            return None, status(fpscr, raised)
        return bits, status(fpscr, raised, 0, 0, fprf(bits, single))
    if is_inf(b):
        return sign << 63, status(fpscr, 0, 0, 0, fprf(sign << 63, single))
    return deliver(value_of(a) / value_of(b), sign, fpscr, single)


def madd(a, b, c, fpscr, single, subtract=False, negate=False):
    """a * c + b, or - b, or the negative of either."""
    flipped = b ^ SIGN if subtract else b
    snan = VXSNAN if is_snan(a) or is_snan(b) or is_snan(c) else 0
    product_invalid = is_inf(a) and c & ~SIGN == 0 or is_inf(c) and a & ~SIGN == 0
    if is_nan(a) or is_nan(b) or is_nan(c):
        return invalid(fpscr, snan | (VXIMZ if product_invalid else 0), (a, b, c), single)
    if product_invalid:
        return invalid(fpscr, VXIMZ, (), single)
    sign = negative(a) ^ negative(c)
    flip = SIGN if negate else 0
    if is_inf(a) or is_inf(c):
        if is_inf(flipped) and negative(flipped) != sign:
            return invalid(fpscr, VXISI, (), single)
        bits = (sign << 63 | INFINITY) ^ flip
        return bits, status(fpscr, 0, 0, 0, fprf(bits, single))
    if is_inf(flipped):
        bits = flipped ^ flip
        return bits, status(fpscr, 0, 0, 0, fprf(bits, single))
    x = value_of(a) * value_of(c) + value_of(flipped)
    return deliver(x, zero_sum_sign(sign, negative(flipped), fpscr & 3), fpscr, single, negate)


def frsp(b, fpscr):
    if is_nan(b):
        return invalid(fpscr, VXSNAN if is_snan(b) else 0, (b,), True)
    if is_inf(b):
        return b, status(fpscr, 0, 0, 0, fprf(b, True))
    return deliver(value_of(b), negative(b), fpscr, True)


def fctiw(b, fpscr, mode):
    """FPRF stays; the upper word is what hardware puts there (750CL)."""
    if is_nan(b) or is_inf(b):
        n, fi, up = None, 0, 0
    else:
        n, fi, up = rounded_integer(abs(value_of(b)), mode, negative(b))
        n = -n if negative(b) else n
    if n is None or not -0x80000000 <= n <= 0x7fffffff:
        causes = VXCVI | (VXSNAN if is_snan(b) else 0)
        if fpscr & VE:
            return None, status(fpscr, causes)
        big = not is_nan(b) and not negative(b)
        return 0xfff80000 << 32 | (0x7fffffff if big else 0x80000000), status(fpscr, causes)
    upper = 0xfff80001 if n == 0 and negative(b) else 0xfff80000
    return upper << 32 | n & 0xffffffff, status(fpscr, XX if fi else 0, fi, up)


def compare(a, b, fpscr, ordered):
    """(FPSCR, the four bits)."""
    raised = 0
    if is_nan(a) or is_nan(b):
        cc = 1
        if is_snan(a) or is_snan(b):
            raised = VXSNAN | (VXVC if ordered and not fpscr & VE else 0)
        elif ordered:
            raised = VXVC
    elif is_inf(a) and a == b:
        cc = 2
    else:
        def rank(v):
            return value_of(v) if not is_inf(v) else (-1 if negative(v) else 1) * Fraction(2) ** 2000
        cc = 8 if rank(a) < rank(b) else 4 if rank(a) > rank(b) else 2
    if raised & ~fpscr:
        fpscr |= FX
    return summary((fpscr | raised) & ~0xf000 | cc << 12), cc
