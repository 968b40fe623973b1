#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
variants.vec: what the other files leave of `core99 test --coverage`: units that are off or absent,
accesses without translation, rA = 0, enabled floating-point exceptions, time base and decrementer.

Words of FP and AltiVec instructions are samples from fp.vec, memory.vec and altivec.vec: write those
first. What they do when refused does not depend on their operands.
"""

import os
import struct

import fpmodel as fp
from vectorlib import (FOLDER, MASK, MSR_DEFAULT, PC, Writer, a_form, d_form, spr_form, unlisted,
                       x_form)

out = Writer("variants", "Units off or absent, no translation, rA = 0, enabled FP exceptions, time.")
ILLEGAL, PRIVILEGED, FLOAT = 0x00080000, 0x00040000, 0x00100000
DATA_RELOCATE = 0x10
WHERE = 0x1010
BYTES = bytes(range(0x10, 0x30))


def samples(name):
    """mnemonic -> word, of single words that run in NAME.vec."""
    found = {}
    with open(os.path.join(FOLDER, name + ".vec"), encoding="utf-8") as f:
        blocks = f.read().split("\n\n")
    for block in blocks:
        lines = block.split("\n")
        words = [line.split()[1:] for line in lines if line.startswith("insn ")]
        if not lines[0].startswith("case ") or len(words[0]) != 1 or "model=" in lines[0] or \
           any(line.startswith("exception") for line in lines):
            continue
        mnemonic = lines[0].split()[1].split("/")[0].split("-")[0].rstrip(".")
        found.setdefault(mnemonic, int(words[0][0], 0))
    return found


# --- units --------------------------------------------------------------------------------------------

def units():
    memory = samples("memory")
    floats = {name: word for name, word in {**samples("fp"), **memory}.items()
              if word >> 26 in (59, 63) or name.startswith(("lf", "stf"))}
    for name, word in floats.items():
        out.case("fp-off-" + name, "PEM§6.4.8", word, {"msr": 0x1000}, {}, (0x800, {}))
    without_unit = {"dst": x_form(31, 0, 4, 5, 342), "dstst": x_form(31, 0, 4, 5, 374),
                    "dss": x_form(31, 0, 0, 0, 822), "dcba": memory["dcba"]}
    for name, word in samples("altivec").items():
        out.case("vec-off-" + name, "7400UM§7.1.2", word, {"msr": 0x3000}, {}, (0xf20, {}))
        without_unit[name] = word
    for name, word in without_unit.items():
        out.case("750-" + name, "750UM§2.3", word, {}, {}, (0x700, {"srr1": 0x3000 | ILLEGAL}),
                 "750")
        # Existence comes before privilege and before the unit's switch.
        out.case("750-user-" + name, "750UM§2.3", word, {"msr": 0xd000}, {},
                 (0x700, {"srr1": 0xd000 | ILLEGAL}), "750")


# --- accesses -------------------------------------------------------------------------------------------

D_LOADS = {"lwz": 32, "lwzu": 33, "lbz": 34, "lbzu": 35, "lhz": 40, "lhzu": 41, "lha": 42,
           "lhau": 43, "lmw": 46, "lfs": 48, "lfsu": 49, "lfd": 50, "lfdu": 51}
D_STORES = {"stw": 36, "stwu": 37, "stb": 38, "stbu": 39, "sth": 44, "sthu": 45, "stmw": 47,
            "stfs": 52, "stfsu": 53, "stfd": 54, "stfdu": 55}
X_LOADS = {"lwzx": 23, "lwzux": 55, "lbzx": 87, "lbzux": 119, "lhzx": 279, "lhzux": 311,
           "lhax": 343, "lhaux": 375, "lswx": 533, "lwbrx": 534, "lfsx": 535, "lfsux": 567,
           "lswi": 597, "lfdx": 599, "lfdux": 631, "lhbrx": 790, "lwarx": 20, "eciwx": 310,
           "dcbst": 54, "dcbf": 86, "icbi": 982, "lvebx": 7, "lvehx": 39, "lvewx": 71, "lvx": 103,
           "lvxl": 359}
X_STORES = {"stwx": 151, "stwux": 183, "stbx": 215, "stbux": 247, "sthx": 407, "sthux": 439,
            "stswx": 661, "stwbrx": 662, "stfsx": 663, "stfsux": 695, "stswi": 725, "stfdx": 727,
            "stfdux": 759, "sthbrx": 918, "stfiwx": 983, "ecowx": 438, "dcbi": 470, "dcbz": 1014,
            "stvebx": 135, "stvehx": 167, "stvewx": 199, "stvx": 231, "stvxl": 487}


def no_translation():
    """DR on, no BAT, an empty page table: DSI for every access, nothing changed."""
    msr = MSR_DEFAULT | DATA_RELOCATE
    base = {"msr": msr, "xer": 8, "ear": 0x80000000, "reserve": 0x1000}

    def refused(name, word, regs, ea, is_store):
        out.case("dsi-" + name, "PEM§6.4.3", word, {**base, **regs}, {},
                 (0x300, {"dar": ea, "dsisr": 0x40000000 | (0x02000000 if is_store else 0)}))

    for names, is_store in ((D_LOADS, False), (D_STORES, True)):
        for name, primary in names.items():
            refused(name, d_form(primary, 3, 4, -0x20), {"r4": WHERE + 0x20}, WHERE, is_store)
    for names, is_store in ((X_LOADS, False), (X_STORES, True)):
        for name, xo in names.items():
            b, regs = (8, {"r4": WHERE}) if name.endswith("swi") else (5, {"r4": 0x1000, "r5": 0x10})
            d = 0 if name.startswith(("dc", "ic")) else 3
            at = WHERE
            if name == "dcbz":  # the manual leaves open which byte of the block DAR names
                at, regs = 0x1020, {"r4": 0x1000, "r5": 0x20}
            refused(name, x_form(31, d, 4, b, xo), regs, at, is_store)
    refused("stwcx.", x_form(31, 3, 4, 5, 150, 1), {"r4": 0x1000, "r5": 0x10}, WHERE, True)


def base_zero():
    """rA = 0 is the number 0, whatever r0 holds; displacements below 0."""
    junk = {"r0": 0x5000, "r5": WHERE, WHERE: BYTES}

    def at(size):
        return int.from_bytes(BYTES[:size], "big")

    def case(name, word, before, after):
        out.case(name + "-rA0", "PEM§8.2", word, {**junk, **before}, after)

    stored = unlisted(3).to_bytes(4, "big")
    case("lhbrx", x_form(31, 3, 0, 5, 790), {}, {"r3": int.from_bytes(BYTES[:2], "little")})
    case("lwbrx", x_form(31, 3, 0, 5, 534), {}, {"r3": int.from_bytes(BYTES[:4], "little")})
    case("sthbrx", x_form(31, 3, 0, 5, 918), {}, {WHERE: stored[:1:-1]})
    case("stwbrx", x_form(31, 3, 0, 5, 662), {}, {WHERE: stored[::-1]})
    case("eciwx", x_form(31, 3, 0, 5, 310), {"ear": 0x80000001}, {"r3": at(4)})
    case("ecowx", x_form(31, 3, 0, 5, 438), {"ear": 0x80000001}, {WHERE: stored})
    for name, xo in (("dcbt", 278), ("dcbtst", 246), ("dcba", 758), ("dcbst", 54), ("dcbf", 86),
                     ("dcbi", 470), ("icbi", 982)):
        case(name, x_form(31, 0, 0, 5, xo), {}, {})
    # Absolute: the low 32 KiB, and with a negative displacement the words of the case's own page.
    low = {"r0": 0x5000, 0x1010: BYTES[:8]}
    out.case("lmw-rA0", "PEM§8.2", d_form(46, 30, 0, 0x1010), low,
             {"r30": at(4), "r31": int.from_bytes(BYTES[4:8], "big")})
    out.case("lmw-negative", "PEM§8.2", d_form(46, 31, 4, -8), {"r4": WHERE + 8, WHERE: BYTES},
             {"r31": at(4)})
    out.case("stmw-rA0", "PEM§8.2", d_form(47, 31, 0, 0x1010), {"r0": 0x5000},
             {0x1010: unlisted(31).to_bytes(4, "big")})
    out.case("stmw-negative", "PEM§8.2", d_form(47, 31, 4, -8), {"r4": 0x1018},
             {0x1010: unlisted(31).to_bytes(4, "big")})
    # The word at 0: lswi and stswi have no displacement.
    out.case("lswi-rA0", "PEM§8.2", x_form(31, 3, 0, 5, 597), {"r0": 0x5000, 0: BYTES[:5]},
             {"r3": at(4), "r4": BYTES[4] << 24})
    out.case("stswi-rA0", "PEM§8.2", x_form(31, 3, 0, 3, 725), {"r0": 0x5000}, {0: stored[:3]})


def vector_base_zero():
    junk = {"r0": 0x5000, "r5": WHERE, WHERE: BYTES}
    old = bytes(range(8, 24))  # v1

    def shown(data):
        return "0x" + data.hex()

    for name, xo, size in (("lvebx", 7, 1), ("lvehx", 39, 2), ("lvewx", 71, 4), ("lvxl", 359, 16),
                           ("lvx", 103, 16)):
        out.case(name + "-rA0", "AVPEM§6.2", x_form(31, 1, 0, 5, xo), junk,
                 {"v1": shown(BYTES[:size] + old[size:])})
        out.case("st" + name[1:] + "-rA0", "AVPEM§6.2", x_form(31, 1, 0, 5, xo + 128), junk,
                 {WHERE: old[:size]})
    for name, xo, first in (("lvsl", 6, 3), ("lvsr", 38, 13)):
        out.case(name + "-rA0", "AVPEM§6.2", x_form(31, 1, 0, 5, xo), {"r0": 0x5001, "r5": 3},
                 {"v1": shown(bytes(range(first, first + 16)))})


def cache_operations_behind_accesses():
    """A page that is in use already: the engine has a way of its own for it."""
    full = bytes(range(1, 65))
    store, load = d_form(36, 6, 4, 0x40), d_form(32, 7, 4, 0x40)
    regs = {"r4": 0x1000, "r5": 0x2e, "r6": 0x11223344, 0x1000: full}
    stored = {0x1040: bytes.fromhex("11223344")}
    out.case("stw-dcbz", "PEM§8.2", [store, x_form(31, 0, 4, 5, 1014)], regs,
             {0x1020: bytes(32), **stored})
    out.case("stw-dcbz-rA0", "PEM§8.2", [store, x_form(31, 0, 0, 4, 1014)], regs,
             {0x1000: bytes(32), **stored})
    for name, xo in (("dcbst", 54), ("dcbf", 86), ("icbi", 982), ("dcbt", 278), ("dcbtst", 246),
                     ("dcbi", 470)):
        out.case("lwz-" + name, "PEM§8.2", [load, x_form(31, 0, 4, 5, xo)], regs, {"r7": 0})


def invalid_updates():
    """rA = 0 with update: boundedly undefined by the PEM; a program exception as QEMU has it."""
    for name, xo in (("stwux", 183), ("stbux", 247), ("sthux", 439), ("lfsux", 567),
                     ("lfdux", 631), ("stfsux", 695), ("stfdux", 759)):
        out.case(name + "-invalid", "qemu", x_form(31, 3, 0, 5, xo), {"r5": 0x1000}, {},
                 (0x700, {"srr1": MSR_DEFAULT | ILLEGAL}))


# --- floating point ---------------------------------------------------------------------------------------

def d(x):
    return struct.unpack(">Q", struct.pack(">d", x))[0]


SNAN, ONE, ZERO = 0x7ff0000000000123, d(1.0), 0
FE = 0x0900


def trapped(name, word, regs, value, start, after, rc=0, more=None):
    """FEX and FE0, FE1: what the instruction did stands, then a program exception."""
    msr = MSR_DEFAULT | FE
    changed = {} if value is None else {"f1": value}
    changed.update({"cr": (after >> 28) << 24} if rc else {})
    out.case(name + "." * rc + "-enabled", "PEM§6.4.7.1,PEM§3.3.6", word | rc,
             {**regs, "fpscr": start, "msr": msr}, {**changed, "fpscr": after, **(more or {})},
             (0x700, {"srr1": msr | FLOAT}))
    # FE0 and FE1 clear: the same without.
    out.case(name + "." * rc + "-ignored", "PEM§6.4.7.1,PEM§3.3.6", word | rc,
             {**regs, "fpscr": start}, {**changed, "fpscr": after, **(more or {})})


def operations():
    """name -> (word, operands by register, model of (operands, fpscr))."""
    found = {}
    for single, primary in ((False, 63), (True, 59)):
        s = "s" * single
        for name, xo, f in (("fadd", 21, lambda a, b, st, n=single: fp.add(a, b, st, n)),
                            ("fsub", 20, lambda a, b, st, n=single: fp.add(a, b, st, n, True)),
                            ("fdiv", 18, lambda a, b, st, n=single: fp.div(a, b, st, n))):
            found[name + s] = (a_form(primary, 1, 2, 3, 0, xo), ("f2", "f3"), f)
        found["fmul" + s] = (a_form(primary, 1, 2, 0, 4, 25), ("f2", "f4"),
                             lambda a, c, st, n=single: fp.mul(a, c, st, n))
        for name, xo, subtract, negate in (("fmadd", 29, False, False), ("fmsub", 28, True, False),
                                           ("fnmadd", 31, False, True), ("fnmsub", 30, True, True)):
            found[name + s] = (a_form(primary, 1, 2, 3, 4, xo), ("f2", "f3", "f4"),
                               lambda a, b, c, st, n=single, m=subtract, k=negate:
                               fp.madd(a, b, c, st, n, m, k))
    found["frsp"] = (x_form(63, 1, 0, 3, 12), ("f3",), fp.frsp)
    found["fctiw"] = (x_form(63, 1, 0, 3, 14), ("f3",), lambda b, st: fp.fctiw(b, st, st & 3))
    found["fctiwz"] = (x_form(63, 1, 0, 3, 15), ("f3",), lambda b, st: fp.fctiw(b, st, fp.ZERO))
    return found


def enabled():
    inexact = (d(1.0 / 3), d(7e-5), d(1.5))  # the last is usable as frC of a single
    for name, (word, registers, model) in operations().items():
        for start, operands in ((fp.VE, (SNAN, ONE, ONE)), (fp.XE, inexact)):
            if "fmul" in name and start == fp.XE:
                operands = (d(1.0 / 3), d(1.5), ZERO)
            operands = operands[:len(registers)]
            value, after = model(*operands, start)
            assert after & fp.FEX, name
            for rc in (0, 1):
                trapped(name, word, dict(zip(registers, operands)), value, start, after, rc)
    value, after = fp.div(ONE, ZERO, fp.ZE, True)
    trapped("fdivs", a_form(59, 1, 2, 3, 0, 18), {"f2": ONE, "f3": ZERO}, value, fp.ZE, after)
    for name, xo in (("fcmpu", 0), ("fcmpo", 32)):
        after, cc = fp.compare(SNAN, ONE, fp.VE, xo == 32)
        trapped(name, x_form(63, 7 << 2, 2, 3, xo), {"f2": SNAN, "f3": ONE}, None, fp.VE, after,
                more={"cr": cc})


def rounding():
    """Every mode with results just above and below what a double or a single holds, of both signs."""
    negative = fp.SIGN
    triples = ((d(1.0 / 3), d(7e-5), d(1.5)), (d(1.0 / 3) | negative, d(7e-5) | negative, d(1.5)),
               (d(0.1), d(3.0) | negative, d(1.25)), (d(1e17), d(0.7), d(1.75)))
    for name, (word, registers, model) in operations().items():
        for mode, operands in ((mode, triple) for mode in (1, 2, 3) for triple in triples):
            if name in ("fmul", "fmuls"):
                operands = (operands[0], operands[2])
            operands = operands[:len(registers)]
            if name == "fdivs":  # operands of a single operation are singles
                operands = tuple(v & ~0x1fffffff for v in operands)
            value, after = model(*operands, mode)
            out.case(name + "-rounded", "PEM§3.3.5,PEM§8.2", word,
                     {**dict(zip(registers, operands)), "fpscr": mode}, {"f1": value, "fpscr": after})


def enabled_by_moves():
    pending = fp.summary(fp.VXSNAN)
    after = fp.summary(fp.VXSNAN | fp.VE)
    trapped("mtfsf", 63 << 26 | 0x02 << 17 | 3 << 11 | 711 << 1, {"f3": fp.VE}, None, pending, after)
    trapped("mtfsfi", x_form(63, 6 << 2, 0, 8 << 1, 134), {}, None, pending, after)


def estimates():
    """What the manual fixes of fres and frsqrte: record forms and enabled exceptions."""
    infinity = fp.INFINITY
    for name, primary, xo in (("fres", 59, 24), ("frsqrte", 63, 26)):
        word = a_form(primary, 1, 0, 3, 0, xo)
        single = name == "fres"
        for b, value, raised in ((infinity, ZERO, 0), (ZERO, infinity, fp.ZX)):
            after = fp.status(0, raised, 0, 0, fp.fprf(value, single))
            out.case(name + ".", "PEM§8.2", word | 1, {"f3": b, "fpscr": 0},
                     {"f1": value, "fpscr": after, "cr": (after >> 28) << 24})
        for b, start, raised in ((ZERO, fp.ZE, fp.ZX), (SNAN, fp.VE, fp.VXSNAN)):
            for rc in (0, 1):
                trapped(name, word, {"f3": b}, None, start, fp.status(start, raised), rc)


# --- time ---------------------------------------------------------------------------------------------------

def time():
    """During a case no time passes."""
    before = {"tbl": 0x89abcdef, "tbu": 0x01234567, "dec": 0x00fedcba}
    for user in (False, True):
        msr = {"msr": 0x0200f000} if user else {}
        out.case("mftb", "PEM§2.2.1,PEM§8.2", spr_form(3, 268, 371), {**before, **msr},
                 {"r3": before["tbl"]})
        out.case("mftbu", "PEM§2.2.1,PEM§8.2", spr_form(3, 269, 371), {**before, **msr},
                 {"r3": before["tbu"]})
    for name, number, what in (("tbwl", 284, "tbl"), ("tbwu", 285, "tbu")):
        out.case("mtspr-" + name, "PEM§2.2.1.2", spr_form(3, number, 467), {**before, "r3": 0x55aa},
                 {what: 0x55aa})
        out.case("mtspr-" + name, "PEM§4.4.2.2", spr_form(3, number, 467),
                 {**before, "msr": 0x0200f000}, {},
                 (0x700, {"srr1": 0x0200f000 | PRIVILEGED}))
    out.case("mfspr-dec", "PEM§2.3.13", spr_form(3, 22, 339), before, {"r3": before["dec"]})
    out.case("mtspr-dec", "PEM§2.3.13", spr_form(3, 22, 467), {"r3": 0x12345678}, {"dec": 0x12345678})
    # Bit 0 from 0 to 1 by a move, too: pending, and taken as soon as EE lets it.
    negative = {"r3": 0x80000000}
    out.case("mtspr-dec-masked", "PEM§6.4.9", spr_form(3, 22, 467), negative, {"dec": 0x80000000})
    word, enable = spr_form(3, 22, 467), x_form(31, 4, 0, 0, 146)
    msr = MSR_DEFAULT | 0x8000
    out.case("mtspr-dec-taken", "PEM§6.4.9", [word, enable], {**negative, "r4": msr},
             {"dec": 0x80000000}, (0x900, {"srr0": PC + 8, "srr1": msr & 0x87c0ffff}))
    assert MASK


units()
no_translation()
base_zero()
vector_base_zero()
cache_operations_behind_accesses()
invalid_updates()
enabled()
rounding()
enabled_by_moves()
estimates()
time()
out.write()
