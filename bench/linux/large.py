#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes large.S: 400 functions (or as many as the argument says) of straight and branchy integer code without a
pattern, 90,000 instructions in all, so that neither the host's branch predictor nor its caches hold what runs: large
footprints."""

import random
import sys

BLOCKS = 30
FUNCTIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 400
REGISTERS = range(3, 13)


def instruction(rng):
    d, a, b = (rng.choice(REGISTERS) for _ in range(3))
    offset = 4 * rng.randint(0, 2000)
    return rng.choices(
        [f"lwz {d},{offset}(31)", f"stw {d},{offset}(31)", f"lbz {d},{offset}(31)",
         f"stb {d},{offset}(31)", f"addi {d},{a},{rng.randint(-100, 100)}", f"mr {d},{a}",
         f"li {d},{rng.randint(-100, 100)}",
         f"rlwinm {d},{a},{rng.randint(0, 31)},{rng.randint(0, 15)},{rng.randint(16, 31)}",
         f"add {d},{a},{b}", f"subf {d},{a},{b}", f"or {d},{a},{b}", f"and {d},{a},{b}",
         f"xor {d},{a},{b}"],
        [24, 10, 5, 2, 16, 9, 6, 8, 7, 3, 4, 3, 3])[0]


def function(rng, number):
    yield f"large_{number}:"
    for _ in range(BLOCKS):
        yield from (instruction(rng) for _ in range(rng.randint(2, 7)))
        a, b = rng.choice(REGISTERS), rng.choice(REGISTERS)
        yield rng.choice([f"cmpwi {a},{rng.choice([0, 0, 0, 1, -1, 10])}", f"cmpw {a},{b}",
                          f"cmplw {a},{b}"])
        yield rng.choice(["beq", "bne", "blt", "bge", "bgt", "ble"]) + " 1f"
        yield from (instruction(rng) for _ in range(rng.randint(1, 5)))
        yield "1:"
    yield "blr"


def main():
    rng = random.Random(7)
    lines = [".text", ".globl large_code", "large_code:", "mflr 0", "stwu 1,-32(1)", "stw 0,36(1)",
             "stw 31,12(1)", "mr 31,3"]
    lines += [f"li {register},{register}" for register in REGISTERS]
    lines += [f"bl large_{number}" for number in range(FUNCTIONS)]
    lines += ["lwz 31,12(1)", "lwz 0,36(1)", "mtlr 0", "addi 1,1,32", "blr"]
    for number in range(FUNCTIONS):
        lines += function(rng, number)
    lines.append('.section .note.GNU-stack,"",@progbits')
    sys.stdout.write("\n".join(lines) + "\n")


main()
