#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""system.vec: special registers, supervisor instructions, what is illegal (PEM 4.3, 4.4)."""

from vectorlib import MASK, MSR_DEFAULT, PC, Writer, spr_form, unlisted, x_form

out = Writer("system", "Special registers, supervisor instructions, illegal words.")
ILLEGAL, PRIVILEGED = 0x00080000, 0x00040000
USER = 0x0200f000
MFSPR, MTSPR, MFTB = 339, 467, 371


def program(name, source, word, reason, before=None, msr=MSR_DEFAULT, model=None):
    before = dict(before or {})
    if msr != MSR_DEFAULT:
        before["msr"] = msr
    kept = msr if model != "750" else msr & ~0x02000000
    out.case(name, source, word, before, {}, (0x700, {"srr1": kept | reason}), model)


def moves():
    value = 0xdeadbeef
    for msr in (MSR_DEFAULT, USER):
        for name, number, mask in (("lr", 8, MASK), ("ctr", 9, MASK), ("xer", 1, 0xe000007f)):
            out.case("mfspr", "PEM§8.2", spr_form(3, number, MFSPR),
                     {name: value & mask, "msr": msr},
                     {"r3": value & mask})
            out.case("mtspr", "PEM§8.2", spr_form(3, number, MTSPR), {"r3": value, "msr": msr},
                     {name: value & mask})
    for name, number, mask in (("srr0", 26, 0xfffffffc), ("srr1", 27, MASK), ("dar", 19, MASK),
                               ("dsisr", 18, MASK),
                               ("sprg0", 272, MASK), ("sprg3", 275, MASK), ("sdr1", 25, 0xffff01ff),
                               ("ibat0u", 528, 0xfffe1fff), ("dbat3l", 543, 0xfffe007b),
                               ("ear", 282, 0x8000003f)):
        out.case("mfspr", "PEM§8.2", spr_form(3, number, MFSPR), {name: 0x10000040 & mask},
                 {"r3": 0x10000040 & mask})
        out.case("mtspr", "PEM§8.2", spr_form(3, number, MTSPR), {"r3": value},
                 {name: value & mask})
        for xo in (MFSPR, MTSPR):
            program("spr-user", "PEM§4.4.2.2", spr_form(3, number, xo), PRIVILEGED, msr=USER)
    for pvr, model in ((0x000c0209, "7400"), (0x00080301, "750"), (0x80020102, "7457")):
        before = {"msr": 0x3000} if model == "750" else {}
        out.case("mfspr-pvr", "mac99§1.5", spr_form(3, 287, MFSPR), before, {"r3": pvr},
                 model=model)
    program("mtspr-pvr", "PEM§4.4.2.2", spr_form(3, 287, MTSPR), ILLEGAL)
    for number in (2, 33, 600, 970):  # no such register; 0x10 in the number says supervisor
        program("spr-none", "PEM§4.4.2.2", spr_form(3, number, MFSPR), ILLEGAL)
        program("spr-none", "PEM§4.4.2.2", spr_form(3, number, MTSPR),
                PRIVILEGED if number & 16 else ILLEGAL,
                msr=USER)
    program("spr-vrsave", "7400UM§7.1.1.4", spr_form(3, 256, MFSPR), ILLEGAL, msr=0x3000,
            model="750")
    for number in (1, 22, 270, 284):
        program("mftb-number", "PEM§8.2", spr_form(3, number, MFTB), ILLEGAL)
    out.case("mfmsr", "PEM§8.2", x_form(31, 3, 0, 0, 83), {}, {"r3": MSR_DEFAULT})
    for msr in (0, 0x3000, 0x0200b042, 0x0000f102):
        out.case("mtmsr", "PEM§8.2", x_form(31, 3, 0, 0, 146), {"r3": msr}, {"msr": msr})
    out.case("mtmsr", "7400UM§2.1.1.2", x_form(31, 3, 0, 0, 146), {"r3": 0x78388088},
             {"msr": 0x00008000})
    out.case("mtmsr", "750UM§2.1.1", x_form(31, 3, 0, 0, 146), {"r3": 0x02003000, "msr": 0x1000},
             {"msr": 0x3000},
             model="750")


def segments():
    for n in (0, 7, 15):
        out.case("mtsr", "PEM§8.2", x_form(31, 3, n, 0, 210), {"r3": 0x60abcdef},
                 {f"sr{n}": 0x60abcdef})
        out.case("mfsr", "PEM§8.2", x_form(31, 3, n, 0, 595), {f"sr{n}": 0x20123456},
                 {"r3": 0x20123456})
        out.case("mtsrin", "PEM§8.2", x_form(31, 3, 0, 4, 242),
                 {"r3": 5, "r4": n << 28 | 0x0fffffff}, {f"sr{n}": 5})
        out.case("mfsrin", "PEM§8.2", x_form(31, 3, 0, 4, 659), {f"sr{n}": 5, "r4": n << 28 | 1},
                 {"r3": 5})


SUPERVISOR = {"mfmsr": 83, "mtmsr": 146, "mfsr": 595, "mtsr": 210, "mfsrin": 659, "mtsrin": 242,
              "tlbie": 306,
              "tlbsync": 566, "dcbi": 470}


def privileged():
    for name, xo in SUPERVISOR.items():
        program(name, "PEM§4.4", x_form(31, 3, 0, 0, xo), PRIVILEGED, msr=USER)
    program("rfi", "PEM§4.4", x_form(19, 0, 0, 0, 50), PRIVILEGED, msr=USER)


def order():
    for name, word in (("tlbie", x_form(31, 0, 0, 4, 306)), ("tlbsync", x_form(31, 0, 0, 0, 566)),
                       ("sync", x_form(31, 0, 0, 0, 598)), ("eieio", x_form(31, 0, 0, 0, 854)),
                       ("isync", x_form(19, 0, 0, 0, 150)), ("dst", x_form(31, 0, 4, 5, 342)),
                       ("dstt", x_form(31, 16, 4, 5, 342)), ("dstst", x_form(31, 1, 4, 5, 374)),
                       ("dss", x_form(31, 0, 0, 0, 822))):
        out.case(name, "PEM§8.2", word, {}, {})
        if name[:2] == "ds":  # no AltiVec unavailable exception
            out.case(name, "AVPEM§2.5", word, {"msr": 0x1000}, {})


def illegal():
    """64-bit, 601 and optional instructions that no 7xx or 74xx has."""
    words = {"zero": 0, "primary1": 1 << 26, "dozi": 9 << 26, "rlmi": 22 << 26, "rld": 30 << 26,
             "ld": 58 << 26,
             "std": 62 << 26, "primary5": 5 << 26, "primary6": 6 << 26,
             "td": x_form(31, 31, 3, 4, 68),
             "tdi": 2 << 26, "fsqrt": 63 << 26 | 22 << 1, "fsqrts": 59 << 26 | 22 << 1,
             "tlbia": x_form(31, 0, 0, 0, 370), "mulld": x_form(31, 3, 4, 5, 233),
             "divd": x_form(31, 3, 4, 5, 489),
             "sld": x_form(31, 3, 4, 5, 27), "srad": x_form(31, 3, 4, 5, 794),
             "cntlzd": x_form(31, 3, 4, 0, 58),
             "extsw": x_form(31, 3, 4, 0, 986), "lwax": x_form(31, 3, 4, 5, 341),
             "lwaux": x_form(31, 3, 4, 5, 373),
             "ldx": x_form(31, 3, 4, 5, 21), "stdx": x_form(31, 3, 4, 5, 149),
             "ldarx": x_form(31, 3, 4, 5, 84),
             "stdcx.": x_form(31, 3, 4, 5, 214, 1), "mtmsrd": x_form(31, 3, 0, 0, 178),
             "slbie": x_form(31, 0, 0, 4, 434), "slbia": x_form(31, 0, 0, 0, 498),
             "fcfid": 63 << 26 | 846 << 1,
             "fctid": 63 << 26 | 814 << 1, "fctidz": 63 << 26 | 815 << 1,
             "doz": x_form(31, 3, 4, 5, 264),
             "abs": x_form(31, 3, 4, 0, 360), "nabs": x_form(31, 3, 4, 0, 488),
             "mul": x_form(31, 3, 4, 5, 107),
             "div": x_form(31, 3, 4, 5, 331), "divs": x_form(31, 3, 4, 5, 363),
             "clcs": x_form(31, 3, 4, 0, 531),
             "lscbx": x_form(31, 3, 4, 5, 277), "rrib": x_form(31, 3, 4, 5, 537),
             "maskg": x_form(31, 3, 4, 5, 29),
             "rfid": x_form(19, 0, 0, 0, 18), "psq_l": 56 << 26, "psq_st": 60 << 26,
             "primary57": 57 << 26,
             "primary61": 61 << 26, "vec-hole": 4 << 26 | 48, "bcl-hole": x_form(19, 0, 0, 0, 512)}
    for name, word in words.items():
        program("illegal-" + name, "PEM§A.2", word, ILLEGAL)
        program("illegal-user-" + name, "PEM§A.2", word, ILLEGAL, msr=USER)
    for name, xo in (("tlbld", 978), ("tlbli", 1010)):
        program(name, "7450UM§2.3.6.4", x_form(31, 0, 0, 4, xo), ILLEGAL)
        program(name, "self", x_form(31, 0, 0, 4, xo), ILLEGAL, model="7450")
        program(name, "7450UM§2.3.6.4", x_form(31, 0, 0, 4, xo), PRIVILEGED, msr=USER, model="7450")


def unavailable():
    words = {"vaddubm": 4 << 26, "vperm": 4 << 26 | 43, "vcmpequb.": 4 << 26 | 6 | 0x400,
             "lvx": x_form(31, 3, 0, 4, 103), "stvewx": x_form(31, 3, 0, 4, 199),
             "lvsl": x_form(31, 3, 0, 4, 6),
             "mfvscr": 4 << 26 | 1540, "mtvscr": 4 << 26 | 1604}
    for name, word in words.items():
        out.case("off-" + name, "7400UM§7.1.2", word, {"msr": 0x3000}, {}, (0xf20, {}))
        program("750-" + name, "750UM§2.3", word, ILLEGAL, msr=0x3000, model="750")
    for name, xo in (("dst", 342), ("dss", 822)):
        program("750-" + name, "750UM§2.3", x_form(31, 0, 0, 0, xo), ILLEGAL, msr=0x3000, model="750")
    for name, word in (("fadd", 63 << 26 | 21 << 1), ("fadds", 59 << 26 | 21 << 1),
                       ("fmr", 63 << 26 | 72 << 1),
                       ("mffs", 63 << 26 | 583 << 1), ("fcmpu", 63 << 26),
                       ("fsel", 63 << 26 | 23 << 1)):
        out.case("off-" + name, "PEM§6.4.8", word, {"msr": 0x1000}, {}, (0x800, {}))


def reserved_bits_are_ignored():
    out.case("reserved-sync", "hardware", x_form(31, 1, 2, 3, 598, 1), {}, {})
    out.case("reserved-cmp-L", "hardware", x_form(31, 1, 4, 5, 0, 1), {"r4": 1, "r5": 2},
             {"cr": 0x80000000})
    out.case("reserved-lwzx-Rc", "hardware", x_form(31, 3, 0, 5, 23, 1), {"r5": PC},
             {"r3": x_form(31, 3, 0, 5, 23, 1)})
    out.case("reserved-mfcr", "hardware", x_form(31, 3, 1, 0, 19), {"cr": 0x12345678},
             {"r3": 0x12345678})
    out.case("reserved-neg-rB", "hardware", x_form(31, 3, 4, 31, 104), {"r4": 1}, {"r3": MASK})
    out.case("reserved-nop", "PEM§8.2", 0x60000000, {}, {"r0": unlisted(0)})


moves()
segments()
privileged()
order()
illegal()
unavailable()
reserved_bits_are_ignored()
out.write()
