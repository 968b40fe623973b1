#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
sprs.vec: every special purpose register: read, written, in user mode, on a model without it.

The tables are the manuals': PEM 2.3, 750UM 2.1, 7400UM 2.1.2, 7450UM 2.1.5. Values are such that no
self-clearing or reserved bit is set; tests/unit/ has those.
"""

from vectorlib import MASK, Writer, spr_form

out = Writer("sprs", "Special purpose registers: read, written, in user mode, on models without them.")
MFSPR, MTSPR, MFTB = 339, 467, 371
ILLEGAL, PRIVILEGED = 0x00080000, 0x00040000
G3, OLD_G4, NEW_G4, NEWER_G4 = "750", "7400", "7450", "7455"
BAT_UPPER, BAT_LOWER = 0xfffe1fff, 0xfffe007b
EVERY = (G3, OLD_G4, NEW_G4, NEWER_G4)
ALTIVEC = (OLD_G4, NEW_G4, NEWER_G4)
LATE = (NEW_G4, NEWER_G4)
LAST = (NEWER_G4,)
EARLY = (G3, OLD_G4)

# number: (name, models, bits that a write keeps, source); supervisor, read and write
PLAIN = {18: ("dsisr", EVERY, MASK, "PEM§2.3.8"), 19: ("dar", EVERY, MASK, "PEM§2.3.6"),
         25: ("sdr1", EVERY, 0xffff01ff, "PEM§2.3.4"), 26: ("srr0", EVERY, 0xfffffffc, "PEM§2.3.9"),
         27: ("srr1", EVERY, MASK, "PEM§2.3.10"), 282: ("ear", EVERY, 0x8000003f, "PEM§2.3.11")}
PLAIN.update({272 + i: (f"sprg{i}", EVERY, MASK, "PEM§2.3.7") for i in range(4)})
PLAIN.update({276 + i: (f"sprg{4 + i}", LAST, MASK, "7450UM§2.1.5.4") for i in range(4)})
for kind, base, high in (("ibat", 528, 560), ("dbat", 536, 568)):
    for i in range(4):
        PLAIN[base + 2 * i] = (f"{kind}{i}u", EVERY, BAT_UPPER, "PEM§2.3.3")
        PLAIN[base + 2 * i + 1] = (f"{kind}{i}l", EVERY, BAT_LOWER, "PEM§2.3.3")
        PLAIN[high + 2 * i] = (f"{kind}{4 + i}u", LAST, MASK, "7450UM§2.1.5.1")  # XBL, too
        PLAIN[high + 2 * i + 1] = (f"{kind}{4 + i}l", LAST, BAT_LOWER, "7450UM§2.1.5.1")

# number: (name, models, value to write, source); the rest of the register is not asked about
CONTROL = {944: ("mmcr2", ALTIVEC, 0x80000000, "7400UM§11.2"),
           945: ("pmc5", LATE, 0x12345678, "7450UM§11.3"),
           946: ("pmc6", LATE, 0x12345678, "7450UM§11.3"),
           951: ("bamr", ALTIVEC, 0x12345678, "7400UM§11.2"),
           952: ("mmcr0", EVERY, 0x80000000, "7400UM§11.2"),
           953: ("pmc1", EVERY, 0x12345678, "7400UM§11.2"),
           954: ("pmc2", EVERY, 0x12345678, "7400UM§11.2"),
           955: ("sia", EVERY, 0x12345678, "7400UM§11.2"),
           956: ("mmcr1", EVERY, 0x00000000, "7400UM§11.2"),
           957: ("pmc3", EVERY, 0x12345678, "7400UM§11.2"),
           958: ("pmc4", EVERY, 0x12345678, "7400UM§11.2"),
           959: ("sda", EVERY, 0x12345678, "7400UM§11.2"),
           980: ("tlbmiss", LATE, 0x12345678, "7450UM§2.1.5.5"),
           981: ("ptehi", LATE, 0x92345678, "7450UM§2.1.5.5"),
           982: ("ptelo", LATE, 0x12345000, "7450UM§2.1.5.5"),
           983: ("l3pm", LATE, 0x12340000, "7450UM§2.1.5.5"),
           984: ("l3itcr0", LATE, 0x12340000, "7450UM§2.1.5.5"),
           1008: ("hid0", EVERY, 0x0000c000, "7400UM§2.1.2.2"),
           1009: ("hid1", LATE, 0x00000c00, "7450UM§2.1.5.2"),
           1010: ("iabr", EVERY, 0x12345678, "7400UM§2.1.2.1"),
           1011: ("ictrl", LATE, 0x00000040, "7450UM§2.1.5.5.8"),
           1012: ("ldstdb", LATE, 0x00000000, "macosx§2.2"),
           1013: ("dabr", EVERY, 0x12345678, "7400UM§2.1.2.1"),
           1014: ("msscr0", ALTIVEC, 0x00000003, "7450UM§2.1.5.3"),
           1015: ("msscr1", (OLD_G4,), 0x40000000, "7400UM§2.1.2.4"),
           1016: ("ldstcr", LATE, 0x000000f0, "7450UM§2.1.5.5.9"),
           1017: ("l2cr", EVERY, 0x00000000, "7400UM§2.1.2.5"),
           1018: ("l3cr", LATE, 0x00000000, "7450UM§2.1.5.5.2"),
           1019: ("ictc", EVERY, 0x000001ff, "7400UM§10.4"),
           1020: ("thrm1", EARLY, 0x00000000, "7400UM§10.3"),
           1021: ("thrm2", EARLY, 0x00000000, "7400UM§10.3"),
           1022: ("thrm3", EARLY, 0x00000000, "7400UM§10.3"),
           1023: ("pir", ALTIVEC, 0x0000000f, "7400UM§2.1.1")}
CONTROL.update({1000 + i: (name, ("7457",), 0x12340000, "7457§L3")
                for i, name in enumerate(("l3ohcr", "l3itcr1", "l3itcr2", "l3itcr3"))})

# Models that have something else there, or where it is not asked about.
ELSEWHERE = {1009: EARLY, 1015: LATE, **{number: EVERY for number in range(1000, 1004)}}

# number: (name, the register it shows, models)
USER_COPIES = {928: ("ummcr2", "mmcr2", ALTIVEC), 929: ("upmc5", "pmc5", LATE),
               930: ("upmc6", "pmc6", LATE), 935: ("ubamr", "bamr", ALTIVEC),
               936: ("ummcr0", "mmcr0", EVERY), 937: ("upmc1", "pmc1", EVERY),
               938: ("upmc2", "pmc2", EVERY), 939: ("usia", "sia", EVERY),
               940: ("ummcr1", "mmcr1", EVERY), 941: ("upmc3", "pmc3", EVERY),
               942: ("upmc4", "pmc4", EVERY), 943: ("usda", "sda", EVERY)}


def state(model, user):
    return (0 if model == G3 else 0x02000000) | (0x7000 if user else 0x3000)


def moves(name, word, model, user, before, after, reason=0, source=None):
    """One case; @reason: of the program exception that takes its place."""
    msr = state(model, user)
    out.case(name, source, word, {**before, "msr": msr}, after,
             (0x700, {"srr1": msr | reason}) if reason else None, model)


def refusals(name, number, source, models):
    """Supervisor registers in user mode; and models that do not have the register."""
    for word, how in ((spr_form(3, number, MFSPR), "mfspr-"), (spr_form(3, number, MTSPR), "mtspr-")):
        if number & 16:
            moves(how + name, word, models[-1], True, {}, {}, PRIVILEGED, "PEM§4.4.2.2")
        for model in EVERY:
            if model not in models and model not in ELSEWHERE.get(number, ()):
                moves(how + name, word, model, False, {}, {}, ILLEGAL, source)


def supervisor():
    for number, (name, models, kept, source) in PLAIN.items():
        for value in (0x5a5aa5a5, 0xa5a55a5a):
            moves("mtspr-" + name, spr_form(3, number, MTSPR), models[0], False, {"r3": value},
                  {name: value & kept}, 0, source)
            moves("mfspr-" + name, spr_form(3, number, MFSPR), models[-1], False,
                  {name: value & kept}, {"r3": value & kept}, 0, source)
        refusals(name, number, source, models)
    for number, (name, models, value, source) in CONTROL.items():
        for model in models:
            moves("mtspr-" + name, spr_form(3, number, MTSPR), model, False, {"r3": value},
                  {name: value}, 0, source)
            moves("mfspr-" + name, spr_form(3, number, MFSPR), model, False, {name: value},
                  {"r3": value}, 0, source)
        refusals(name, number, source, models)
    for number in range(1000, 1004):  # of the 7457 only, says its supplement
        name, _, _, source = CONTROL[number]
        for how, xo in (("mfspr-", MFSPR), ("mtspr-", MTSPR)):
            moves(how + name, spr_form(3, number, xo), OLD_G4, False, {}, {}, ILLEGAL, source)
            # Bit 0 of the field does not say supervisor.
            moves(how + name, spr_form(3, number, xo), "7457", True, {}, {}, ILLEGAL, "PEM§4.4.2.2")


def user():
    full = 0x5a5aa5a5
    for number, name, models, kept in ((1, "xer", EVERY, 0xe000007f), (8, "lr", EVERY, MASK),
                                       (9, "ctr", EVERY, MASK), (256, "vrsave", ALTIVEC, MASK)):
        for model in models:
            for is_user in (False, True):
                moves("mtspr-" + name, spr_form(3, number, MTSPR), model, is_user, {"r3": full},
                      {name: full & kept}, 0, "PEM§2.1,AVPEM§2.1.2")
                moves("mfspr-" + name, spr_form(3, number, MFSPR), model, is_user,
                      {name: full & kept}, {"r3": full & kept}, 0, "PEM§2.1,AVPEM§2.1.2")
        refusals(name, number, "PEM§4.4.2.2", models)
    for number, (name, shown, models) in USER_COPIES.items():
        for model in models:
            for is_user in (False, True):
                moves("mfspr-" + name, spr_form(3, number, MFSPR), model, is_user, 
                      {"mmcr0": 0x80000000, shown: 0x80000000}, {"r3": 0x80000000}, 0, "7400UM§11.2")
                moves("mtspr-" + name, spr_form(3, number, MTSPR), model, is_user, {}, {}, ILLEGAL,
                      "7400UM§11.2")
        refusals(name, number, "7400UM§11.2", models)


def one_way():
    """Read only: PVR, TB by mftb. Write only: TBWL, TBWU. DEC."""
    for model, pvr in (("750_v3.1", 0x00080301), ("7400_v2.9", 0x000c0209)):
        moves("mfspr-pvr", spr_form(3, 287, MFSPR), model, False, {}, {"r3": pvr}, 0, "mac99§1.5")
    moves("mtspr-pvr", spr_form(3, 287, MTSPR), OLD_G4, False, {}, {}, ILLEGAL, "PEM§4.4.2.2")
    refusals("pvr", 287, "PEM§2.3.2", EVERY)
    for number, name in ((268, "tbl"), (269, "tbu")):
        for is_user in (False, True):
            moves("mftb-" + name, spr_form(3, number, MFTB), NEW_G4, is_user, {name: 0x77}, {"r3": 0x77},
                  0, "PEM§2.2.1")
            moves("mtspr-" + name, spr_form(3, number, MTSPR), NEW_G4, is_user, {}, {}, ILLEGAL,
                  "PEM§4.4.2.2")
    for number, name, shown in ((284, "tbwl", "tbl"), (285, "tbwu", "tbu")):
        moves("mtspr-" + name, spr_form(3, number, MTSPR), NEW_G4, False, {"r3": 0x77}, {shown: 0x77},
              0, "PEM§2.2.1.2")
        moves("mfspr-" + name, spr_form(3, number, MFSPR), NEW_G4, False, {}, {}, ILLEGAL,
              "PEM§4.4.2.2")
        refusals(name, number, "PEM§2.2.1.2", EVERY)
    moves("mtspr-dec", spr_form(3, 22, MTSPR), NEW_G4, False, {"r3": 0x77}, {"dec": 0x77}, 0,
          "PEM§2.3.13")
    moves("mfspr-dec", spr_form(3, 22, MFSPR), NEW_G4, False, {"dec": 0x77}, {"r3": 0x77}, 0,
          "PEM§2.3.13")
    refusals("dec", 22, "PEM§2.3.13", EVERY)


supervisor()
user()
one_way()
out.write()
