#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the fused handlers: for each row of pairs.def a handler that executes two neighbouring slots.

fuse.py INSN_DEF KINDS_DEF PAIRS_DEF FOLDER PARTS [LIMIT]

FOLDER gets engine_pairs_0.c to engine_pairs_<PARTS - 1>.c and engine_pairs_table.c. Bodies come from
engine_bodies.h; a handler copies the fields of both slots first, so that what its row says of them (a
register of the first is one of the second) reaches the compiler, which then keeps the value at hand.
"""

import os
import re
import sys

HEAD = """/* SPDX-License-Identifier: MIT */
/* Made by target-ppc/fuse.py from pairs.def. */
"""
ROW = re.compile(r'^INSN\((\w+),\s*"[^"]*",\s*\w+,\s*\d+,\s*\w+,\s*"([^"]*)",\s*(.*),\s*0x[0-9a-f]+,\s*(\w+),')
KIND = re.compile(r"^KIND\((\w+),\s*(\w+)\)")
PAIR = re.compile(r'^PAIR\((\w+),\s*(\w+),\s*(\w+),')
FIELDS = "dabc"


def read_kinds(insn_def, kinds_def):
    """{kind: body, with %s for the fields}"""
    bodies = {}
    with open(insn_def, encoding="utf-8") as file:
        for row in filter(None, map(ROW.match, file)):
            name, _, flags, semantics = row.groups()
            record = "true" if "F_RC1" in flags else "false"
            bodies[name] = f"BODY_ROW(%s, FLAGS_{name}, {semantics}, {record})"
            bodies[name + "_rc"] = f"BODY_ROW(%s, FLAGS_{name}, {semantics}, true)"
    rows = set(bodies)
    with open(kinds_def, encoding="utf-8") as file:
        for kind in filter(None, map(KIND.match, file)):
            bodies[kind.group(1)] = f"BODY_{kind.group(1)}(%s)"
            rows.discard(kind.group(1))  # bclr is the name of a row, too, which no slot has
    return bodies, rows


def read_pairs(path, limit):
    with open(path, encoding="utf-8") as file:
        rows = [row.groups() for row in filter(None, map(PAIR.match, file))]
    return rows[:limit]


def constant(kind, rows):
    return f"KIND_row_{kind}" if kind in rows else f"KIND_{kind}"


def equation(relation):
    """What the handler may take for granted."""
    if relation == "none":
        return ""
    if relation == "b0":
        return "    two.b = 0;\n"
    return f"    two.{relation[1]} = one.{relation[0]};\n"


def handler(number, pair, bodies):
    first, second, relation = pair
    return (f"/* {first}, {second}; {relation} */\n"
            f"Handler pair_{number};\n"
            f"__attribute__((flatten)) void pair_{number}(HANDLER_ARGS)\n{{\n"
            f"    const PpcOp one = op[0];\n    PpcOp two = op[1];\n    (void)one, (void)two;\n{equation(relation)}"
            f"    {bodies[first] % '&one'};\n    op++;\n    {bodies[second] % '&two'};\n    NEXT();\n}}\n\n")


def condition(relation):
    if relation == "none":
        return "PAIR_ALWAYS"
    if relation == "b0":
        return "PAIR_B_IS_0"
    return f"PAIR_EQUAL({FIELDS.index(relation[0])}, {FIELDS.index(relation[1])})"


def write_parts(folder, parts, pairs, bodies):
    for part in range(parts):
        with open(os.path.join(folder, f"engine_pairs_{part}.c"), "w", encoding="utf-8") as out:
            out.write(HEAD + '#include "target-ppc/engine_bodies.h"\n\n')
            for number in range(part, len(pairs), parts):
                out.write(handler(number, pairs[number], bodies))


def write_table(folder, pairs, rows):
    kinds = sorted({kind for pair in pairs for kind in pair[:2]})
    by_kinds = {}
    for number, (first, second, relation) in enumerate(pairs):
        by_kinds.setdefault((first, second), []).append((relation == "none", number, relation))
    with open(os.path.join(folder, "engine_pairs_table.c"), "w", encoding="utf-8") as out:
        out.write(HEAD + '#include "target-ppc/engine_pairs.h"\n\n')
        if pairs:
            out.write("Handler " + ",\n    ".join(f"pair_{n}" for n in range(len(pairs))) + ";\n\n")
        out.write("const uint8_t ENGINE_PAIR_KINDS[KIND_COUNT] = {\n")
        for number, kind in enumerate(kinds):
            out.write(f"    [{constant(kind, rows)}] = {number + 1},\n")
        out.write("};\n\nconst EnginePair ENGINE_PAIRS[] = {\n    {NULL, PAIR_LAST},\n")
        places, at = {}, 1
        for key, variants in sorted(by_kinds.items()):
            places[key] = at
            for _, number, relation in sorted(variants):
                out.write(f"    {{pair_{number}, {condition(relation)}}},\n")
            out.write("    {NULL, PAIR_LAST},\n")
            at += len(variants) + 1
        out.write("};\n\n")
        size = len(kinds) + 1
        out.write(f"const unsigned ENGINE_PAIR_KIND_COUNT = {size};\n")
        out.write(f"const uint16_t ENGINE_PAIR_PLACES[{size} * {size}] = {{\n")
        numbers = {kind: number + 1 for number, kind in enumerate(kinds)}
        for (first, second), place in places.items():
            out.write(f"    [{numbers[first]} * {size} + {numbers[second]}] = {place},\n")
        out.write("};\n")


def main():
    insn_def, kinds_def, pairs_def, folder, parts = sys.argv[1:6]
    limit = int(sys.argv[6]) if len(sys.argv) > 6 else None
    bodies, rows = read_kinds(insn_def, kinds_def)
    pairs = read_pairs(pairs_def, limit)
    unknown = {kind for pair in pairs for kind in pair[:2]} - set(bodies)
    if unknown:
        sys.exit(f"fuse.py: {pairs_def}: unknown kinds: {', '.join(sorted(unknown))}")
    os.makedirs(folder, exist_ok=True)
    write_parts(folder, int(parts), pairs, bodies)
    write_table(folder, pairs, rows)


main()
