#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""memory.vec: loads and stores of every kind but AltiVec's (PEM 4.2.3, 4.2.6, 4.3.3, 4.3.4)."""

import struct

from vectorlib import MASK, MSR_DEFAULT, Writer, d_form, signed, unlisted, x_form

BYTES = bytes.fromhex("89abcdef01234567fedcba9876543210")
WHERE = 0x1000
DATA = {WHERE: BYTES}
ALIGNMENT, DSI, PROGRAM = 0x600, 0x300, 0x700
out = Writer("memory", "Loads, stores, reservations, cache operations.")


def at(offset, size):
    return int.from_bytes(BYTES[offset:offset + size], "big")


def alignment_dsisr(word):
    """PEM table 6-12."""
    if word >> 26 == 31:
        high = (word >> 1 & 3) << 15 | (word >> 6 & 1) << 14 | (word >> 7 & 15) << 10
    else:
        high = (word >> 26 & 1) << 14 | (word >> 27 & 15) << 10
    return high | word >> 16 & 0x3ff


def misaligned(name, word, before, ea):
    out.case(name, "PEM§6.4.6,7450UM§4.6.6", word, before, {},
             (ALIGNMENT, {"dar": ea, "dsisr": alignment_dsisr(word)}))


def forms(name, primary, xo, offset, effect, reg=3):
    """The four forms, and rA = 0; effect(ea) gives (in, out) less the address registers."""
    ea = WHERE + offset
    before, after = effect(offset)
    base = {"r4": ea + 0x10}
    word = d_form(primary, reg, 4, -0x10)
    out.case(name, "PEM§8.2", word, {**base, **before}, after)
    out.case(name + "u", "PEM§8.2", word + (1 << 26), {**base, **before}, {**after, "r4": ea})
    out.case(name, "PEM§8.2", d_form(primary, reg, 0, ea), {"r0": 0x2000, **before}, after)
    base = {"r4": 0x80000000, "r5": ea - 0x80000000 & MASK}
    out.case(name + "x", "PEM§8.2", x_form(31, reg, 4, 5, xo), {**base, **before}, after)
    out.case(name + "ux", "PEM§8.2", x_form(31, reg, 4, 5, xo + 32), {**base, **before},
             {**after, "r4": ea})
    out.case(name + "x", "PEM§8.2", x_form(31, reg, 0, 5, xo), {"r0": 0x2000, "r5": ea, **before},
             after)


def integer_loads():
    for name, primary, xo, size, extend in (("lbz", 34, 87, 1, False), ("lhz", 40, 279, 2, False),
                                            ("lha", 42, 343, 2, True), ("lwz", 32, 23, 4, False)):
        for offset in (0, 1, 2, 3, 4, 7):
            def effect(o, size=size, extend=extend):
                value = at(o, size)
                return DATA, {"r3": signed(value, 16) & MASK if extend else value}
            forms(name, primary, xo, offset, effect)
        for word in (d_form(primary + 1, 3, 0, 0x1000), d_form(primary + 1, 3, 3, 0),
                     x_form(31, 3, 0, 5, xo + 32), x_form(31, 4, 4, 5, xo + 32)):
            out.case(name + "u-invalid", "qemu", word, {"r5": 0x1000, "r4": 0x10}, {},
                     (PROGRAM, {"srr1": MSR_DEFAULT | 0x00080000}))


def integer_stores():
    value = 0xa1b2c3d4
    for name, primary, xo, size in (("stb", 38, 215, 1), ("sth", 44, 407, 2), ("stw", 36, 151, 4)):
        for offset in (0, 1, 2, 3, 5):
            def effect(o, size=size):
                return {"r3": value, **DATA}, {WHERE + o: value.to_bytes(4, "big")[4 - size:]}
            forms(name, primary, xo, offset, effect)
        # The old rA is stored when rS = rA.
        out.case(name + "u", "PEM§8.2", d_form(primary + 1, 4, 4, 0x11), {"r4": 0x1234},
                 {"r4": 0x1245, 0x1245: (0x1234).to_bytes(4, "big")[4 - size:]})
        out.case(name + "u-invalid", "qemu", d_form(primary + 1, 3, 0, 0x1000), {}, {},
                 (PROGRAM, {"srr1": MSR_DEFAULT | 0x00080000}))


def reversed_accesses():
    for offset in (0, 1, 2, 5):
        base = {"r4": WHERE, "r5": offset}
        out.case("lhbrx", "PEM§8.2", x_form(31, 3, 4, 5, 790), {**base, **DATA},
                 {"r3": int.from_bytes(BYTES[offset:offset + 2], "little")})
        out.case("lwbrx", "PEM§8.2", x_form(31, 3, 4, 5, 534), {**base, **DATA},
                 {"r3": int.from_bytes(BYTES[offset:offset + 4], "little")})
        base["r3"] = 0xa1b2c3d4
        out.case("sthbrx", "PEM§8.2", x_form(31, 3, 4, 5, 918), base, {WHERE + offset: b"\xd4\xc3"})
        out.case("stwbrx", "PEM§8.2", x_form(31, 3, 4, 5, 662), base,
                 {WHERE + offset: b"\xd4\xc3\xb2\xa1"})


def multiples():
    words = [0x01020304 * (i + 1) & MASK for i in range(32)]
    memory = b"".join(w.to_bytes(4, "big") for w in words)
    for first in (0, 1, 13, 30, 31):
        count = 32 - first
        loaded = {f"r{first + i}": words[i] for i in range(count)}
        # rA in the range: the address is taken first. Invalid form, loads as if it were valid.
        base = 4 if first != 0 else 3
        out.case("lmw", "PEM§8.2", d_form(46, first, base, 0x10),
                 {f"r{base}": WHERE - 0x10, WHERE: memory}, loaded)
        before = {f"r{first + i}": words[i] for i in range(count)}
        before[f"r{base}"] = WHERE - 0x10
        stored = b"".join((before[f"r{first + i}"]).to_bytes(4, "big") for i in range(count))
        out.case("stmw", "PEM§8.2", d_form(47, first, base, 0x10), before, {WHERE: stored})
    for ea in (0x1001, 0x1002, 0x1003):
        misaligned("lmw", d_form(46, 29, 4, 0), {"r4": ea}, ea)
        misaligned("stmw", d_form(47, 29, 4, 0), {"r4": ea}, ea)
    little = MSR_DEFAULT | 1
    for name, primary in (("lmw", 46), ("stmw", 47)):
        word = d_form(primary, 29, 4, 0)
        # Little-endian fetches look at the other word of the double word: the nop is first.
        out.case(name + "-little", "PEM§3.1.4", [word, 0x60000000], {"r4": 0x1000, "msr": little},
                 {},
                 (ALIGNMENT, {"dar": 0x1000, "dsisr": alignment_dsisr(word)}))


def strings():
    data = bytes(range(0x80, 0x80 + 127))
    for first, count, ea in ((5, 1, 0x1000), (5, 4, 0x1001), (6, 7, 0x1002), (30, 10, 0x1003),
                             (5, 32, 0x1000),
                             (29, 31, 0x1005)):
        registers = [(first + i) % 32 for i in range((count + 3) // 4)]
        padded = data[:count] + bytes(-count % 4)
        loaded = {f"r{r}": int.from_bytes(padded[4 * i:4 * i + 4], "big") for i,
                  r in enumerate(registers)}
        nb = count % 32
        values = {f"r{r}": 0x11223344 * (i + 1) & MASK for i, r in enumerate(registers)}
        stored = b"".join((0x11223344 * (i + 1) & MASK).to_bytes(4,
                                                                 "big") for i in range(len(registers)))
        address = {"r4": ea} if 4 not in registers else {"r20": ea}
        a = int(next(iter(address))[1:])
        out.case("lswi", "PEM§8.2", x_form(31, first, a, nb, 597), {**address, ea: data}, loaded)
        out.case("stswi", "PEM§8.2", x_form(31, first, a, nb, 725), {**values, **address},
                 {ea: stored[:count]})
        base = {**address, "r21": 0, "xer": 0xe0000000 | count}
        out.case("lswx", "PEM§8.2", x_form(31, first, a, 21, 533), {**base, ea: data}, loaded)
        out.case("stswx", "PEM§8.2", x_form(31, first, a, 21, 661), {**values, **base},
                 {ea: stored[:count]})
    for name, xo in (("lswx", 533), ("stswx", 661)):
        out.case(name, "PEM§8.2", x_form(31, 5, 0, 4, xo), {"r4": 0x1000, "xer": 0}, {})
    # 127 bytes are 32 registers; r21 and r20 are loaded over after the address was made.
    padded = data + b"\0"
    out.case("lswx", "PEM§8.2", x_form(31, 22, 0, 20, 533),
             {"r20": 0x1000, "xer": 127, 0x1000: data},
             {f"r{(22 + i) % 32}": int.from_bytes(padded[4 * i:4 * i + 4],
                                                  "big") for i in range(32)})


def reservations():
    data = {WHERE: BYTES}
    out.case("lwarx", "PEM§8.2", x_form(31, 3, 4, 5, 20), {"r4": WHERE, "r5": 4, **data},
             {"r3": at(4, 4), "reserve": WHERE})
    out.case("lwarx", "PEM§8.2", x_form(31, 3, 0, 5, 20), {"r5": WHERE + 0x2c, "reserve": 0x2000},
             {"r3": 0, "reserve": WHERE + 0x20})
    misaligned("lwarx", x_form(31, 3, 4, 5, 20), {"r4": WHERE, "r5": 2}, WHERE + 2)
    store = x_form(31, 3, 4, 5, 150, 1)
    base = {"r3": 0xa1b2c3d4, "r4": WHERE, "r5": 8, "cr": MASK}
    done = {"reserve": 0xffff}
    for so in (0, 1):
        regs = {**base, "xer": so << 31}
        out.case("stwcx.", "PEM§8.2", store, {**regs, "reserve": WHERE},
                 {**done, "cr": 0x2fffffff | so << 28, WHERE + 8: bytes.fromhex("a1b2c3d4")})
        out.case("stwcx.", "PEM§8.2", store, regs, {**done, "cr": 0x0fffffff | so << 28})
        out.case("stwcx.", "qemu", store, {**regs, "reserve": WHERE + 0x20},
                 {**done, "cr": 0x0fffffff | so << 28})
    misaligned("stwcx.", store, {**base, "r5": 1, "reserve": WHERE}, WHERE + 1)
    out.case("lwarx-stwcx.", "PEM§8.2",
             [x_form(31, 3, 0, 4, 20), d_form(14, 3, 3, 1), x_form(31, 3, 0, 4, 150, 1)],
             {"r4": WHERE, **data}, {"r3": at(0, 4) + 1, "cr": 0x20000000,
                                     WHERE: (at(0, 4) + 1).to_bytes(4, "big")})


def external_control():
    for name, xo, after in (("eciwx", 310, {"r3": at(0, 4)}),
                            ("ecowx", 438, {WHERE: unlisted(3).to_bytes(4, "big")})):
        word = x_form(31, 3, 4, 5, xo)
        regs = {"r4": WHERE - 16, "r5": 16}
        out.case(name, "PEM§8.2", word, {**regs, "ear": 0x80000005, **DATA}, after)
        store = 0x02000000 if name == "ecowx" else 0
        out.case(name, "PEM§6.4.3,7400UM§5-4", word, regs, {},
                 (DSI, {"dar": WHERE, "dsisr": 0x00100000 | store}))
        misaligned(name, word, {"r4": WHERE, "r5": 1, "ear": 0x80000000}, WHERE + 1)


def double_of(single):
    return struct.unpack(">Q",
                         struct.pack(">d", struct.unpack(">f", struct.pack(">I", single))[0]))[0]


SINGLES = {0: 0, 0x80000000: 0x8000000000000000, 0x3f800000: 0x3ff0000000000000,
           0xc0490fdb: double_of(0xc0490fdb), 0x7f7fffff: double_of(0x7f7fffff),
           0x7f800000: 0x7ff0000000000000, 0xff800000: 0xfff0000000000000,
           0x7fc00001: 0x7ff8000020000000, 0x7f800001: 0x7ff0000020000000,  # NaNs keep their bits
           0x00000001: 0x36a0000000000000, 0x007fffff: double_of(0x007fffff),
           0x80400000: double_of(0x80400000), 0x00800000: 0x3810000000000000}


def float_accesses():
    for single, double in SINGLES.items():
        data = {WHERE + 4: single.to_bytes(4, "big")}
        forms("lfs", 48, 535, 4, lambda o, data=data, double=double: (data, {"f3": double}))
        forms("stfs", 52, 663, 4, lambda o, data=data, double=double: ({"f3": double}, data))
    # More precision than a single has: cut off, not rounded.
    for double, single in ((0x3fffffffffffffff, 0x3fffffff), (0x36afffffffffffff, 0x00000001),
                           (0x380fffffffffffff, 0x007fffff), (0xbff0000010000000, 0xbf800000)):
        out.case("stfs", "PEM§D.7", d_form(52, 3, 0, 0x1000), {"f3": double},
                 {0x1000: single.to_bytes(4, "big")})
    for double in (0, 1, 0x3ff0000000000000, 0x7ff0000000000001, 0xfff8dead0000beef):
        data = {WHERE + 4: double.to_bytes(8, "big")}
        forms("lfd", 50, 599, 4, lambda o, data=data, double=double: (data, {"f3": double}))
        forms("stfd", 54, 727, 4, lambda o, data=data, double=double: ({"f3": double}, data))
    out.case("stfiwx", "PEM§8.2", x_form(31, 3, 4, 5, 983),
             {"f3": 0x0123456789abcdef, "r4": WHERE, "r5": 8},
             {WHERE + 8: bytes.fromhex("89abcdef")})
    out.case("stfiwx", "PEM§8.2", x_form(31, 3, 0, 5, 983), {"f3": 0x0123456789abcdef, "r5": WHERE},
             {WHERE: bytes.fromhex("89abcdef")})
    for name, primary, xo in (("lfs", 48, 535), ("lfd", 50, 599), ("stfs", 52, 663),
                              ("stfd", 54, 727)):
        misaligned(name, d_form(primary, 3, 4, 1), {"r4": WHERE}, WHERE + 1)
        misaligned(name + "u", d_form(primary + 1, 3, 4, 2), {"r4": WHERE}, WHERE + 2)
        misaligned(name + "x", x_form(31, 3, 4, 5, xo), {"r4": WHERE, "r5": 3}, WHERE + 3)
        misaligned(name + "ux", x_form(31, 3, 4, 5, xo + 32), {"r4": WHERE, "r5": 3}, WHERE + 3)
        for word in (d_form(primary, 3, 4, 0), d_form(primary + 1, 3, 4, 0),
                     x_form(31, 3, 4, 5, xo),
                     x_form(31, 3, 4, 5, xo + 32)):
            out.case(name + "-off", "PEM§6.4.8", word, {"msr": 0x1000}, {}, (0x800, {}))
        out.case(name + "u-invalid", "qemu", d_form(primary + 1, 3, 0, 0), {}, {},
                 (PROGRAM, {"srr1": MSR_DEFAULT | 0x00080000}))


def caches():
    regs = {"r4": WHERE, "r5": 0x13, WHERE: bytes(range(1, 65))}
    for name, xo in (("dcbt", 278), ("dcbtst", 246), ("dcba", 758), ("dcbst", 54), ("dcbf", 86),
                     ("dcbi", 470),
                     ("icbi", 982)):
        out.case(name, "PEM§8.2", x_form(31, 0, 4, 5, xo), regs, {})
    out.case("dcbz", "PEM§8.2", x_form(31, 0, 4, 5, 1014), regs, {WHERE: bytes(32)})
    out.case("dcbz", "PEM§8.2", x_form(31, 0, 0, 5, 1014),
             {"r0": 0x100, "r5": 0x103f, WHERE: bytes(range(1, 65))},
             {WHERE + 32: bytes(32)})
    out.case("dcbi", "PEM§4.4.3.1", x_form(31, 0, 4, 5, 470), {**regs, "msr": 0x5000}, {},
             (PROGRAM, {"srr1": 0x5000 | 0x00040000}))
    out.case("dcba", "750UM§2.3.4", x_form(31, 0, 4, 5, 758), regs, {},
             (PROGRAM, {"srr1": 0x3000 | 0x00080000}), model="750")


integer_loads()
integer_stores()
reversed_accesses()
multiples()
strings()
reservations()
external_control()
float_accesses()
caches()
out.write()
