#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the fused handlers: for each row of fused.def a handler that executes neighbouring slots.

fuse.py INSN_DEF KINDS_DEF FUSED_DEF FOLDER PARTS [LIMIT]

FOLDER gets engine_fused_0.c to engine_fused_<PARTS - 1>.c, the most frequent first, and engine_fused_table.c.
Bodies come from engine_bodies.h; a handler copies each slot's fields before it runs the slot, so that what its
row says of them (a register of the first is one of the second) reaches the compiler, which then keeps the value
at hand.
"""

import os
import re
import sys

HEAD = """/* SPDX-License-Identifier: MIT */
/* Made by target-ppc/fuse.py from fused.def. */
"""
ROW = re.compile(r'^INSN\((\w+),\s*"[^"]*",\s*\w+,\s*\d+,\s*\w+,\s*"([^"]*)",\s*(.*),\s*0x[0-9a-f]+,\s*(\w+),')
KIND = re.compile(r"^KIND\((\w+),\s*(\w+)\)")
FUSED = re.compile(r'^FUSED\("([^"]*)",\s*"([^"]*)",')
RELATION = re.compile(r"^(\d)([dabc])(\d)([dabc])$")
ZERO = re.compile(r"^(\d)([dabc])0$")
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


def read_fused(path, limit):
    """[(kinds, relations)]"""
    with open(path, encoding="utf-8") as file:
        rows = [tuple(tuple(text.split()) for text in row.groups()) for row in filter(None, map(FUSED.match, file))]
    return rows[:limit]


def constant(kind, rows):
    return f"KIND_row_{kind}" if kind in rows else f"KIND_{kind}"


def handler(number, kinds, relations, bodies):
    lines = [f"/* {' '.join(kinds)}; {' '.join(relations)} */", f"Handler fused_{number};",
             f"__attribute__((flatten)) void fused_{number}(HANDLER_ARGS)", "{"]
    for place, kind in enumerate(kinds):
        lines += ["    op++;"] if place else []
        lines += [f"    PpcOp slot_{place} = *op;", f"    (void)slot_{place};"]
        for relation in relations:
            equal, zero = RELATION.match(relation), ZERO.match(relation)
            if equal and int(equal.group(3)) == place:
                lines.append(f"    slot_{place}.{equal.group(4)} = slot_{equal.group(1)}.{equal.group(2)};")
            elif zero and int(zero.group(1)) == place:
                lines.append(f"    slot_{place}.{zero.group(2)} = 0;")
        lines.append(f"    {bodies[kind] % f'&slot_{place}'};")
    return "\n".join([*lines, "    NEXT();", "}", "", ""])


def condition(relation):
    equal, zero = RELATION.match(relation), ZERO.match(relation)
    if equal:
        origin, field, to, other = equal.groups()
        return f"FUSED_EQUAL({origin}, {FIELDS.index(field)}, {to}, {FIELDS.index(other)})"
    return f"FUSED_ZERO({zero.group(1)}, {FIELDS.index(zero.group(2))})"


def write_parts(folder, parts, fused, bodies):
    size = -(-len(fused) // parts)
    for part in range(parts):
        with open(os.path.join(folder, f"engine_fused_{part}.c"), "w", encoding="utf-8") as out:
            out.write(HEAD + '#include "target-ppc/engine_bodies.h"\n\n')
            for number in range(part * size, min(len(fused), (part + 1) * size)):
                out.write(handler(number, *fused[number], bodies))


class Node:
    """What may follow some kinds."""

    def __init__(self):
        self.children = {}
        self.variants = []


def tree_of(fused):
    root = Node()
    for number, (kinds, relations) in enumerate(fused):
        node = root
        for kind in kinds:
            node = node.children.setdefault(kind, Node())
        node.variants.append((-len(relations), number))
    return root


def in_breadth(root):
    """All nodes; the children of one stand together."""
    nodes = [(None, root)]
    for _, node in nodes:
        nodes += node.children.items()
    return nodes


def write_nodes(out, nodes, rows, fused):
    places = {id(node): number for number, (_, node) in enumerate(nodes)}
    variants, conditions = ["{NULL, 0, 0}"], ["FUSED_ALWAYS"]
    out.write("const EngineFusedNode ENGINE_FUSED_NODES[] = {\n")
    for kind, node in nodes:
        first_variant, first_child = 0, 0
        if node.variants:
            first_variant = len(variants)
            for _, number in sorted(node.variants):
                relations = fused[number][1]
                variants.append(f"{{fused_{number}, {len(conditions) if relations else 0}, {len(relations)}}}")
                if relations:
                    conditions += [*map(condition, relations), "FUSED_ALWAYS"]
            variants.append("{NULL, 0, 0}")
        if node.children:
            first_child = places[id(next(iter(node.children.values())))]
        out.write(f"    {{{constant(kind, rows) if kind else 0}, {first_child}, {len(node.children)}, {first_variant}}},\n")
    out.write("};\n\nconst EngineFused ENGINE_FUSED[] = {\n    " + ",\n    ".join(variants) + ",\n};\n\n")
    out.write("const uint16_t ENGINE_FUSED_CONDITIONS[] = {\n    " + ",\n    ".join(conditions) + ",\n};\n\n")
    out.write("const uint16_t ENGINE_FUSED_FIRST[KIND_COUNT] = {\n")
    for kind, node in nodes[0][1].children.items():
        out.write(f"    [{constant(kind, rows)}] = {places[id(node)]},\n")
    out.write("};\n")


def write_table(folder, fused, rows):
    with open(os.path.join(folder, "engine_fused_table.c"), "w", encoding="utf-8") as out:
        out.write(HEAD + '#include "target-ppc/engine_fused.h"\n\n')
        if fused:
            out.write("Handler " + ",\n    ".join(f"fused_{n}" for n in range(len(fused))) + ";\n\n")
        write_nodes(out, in_breadth(tree_of(fused)), rows, fused)


def main():
    insn_def, kinds_def, fused_def, folder, parts = sys.argv[1:6]
    limit = int(sys.argv[6]) if len(sys.argv) > 6 else None
    bodies, rows = read_kinds(insn_def, kinds_def)
    fused = read_fused(fused_def, limit)
    unknown = {kind for kinds, _ in fused for kind in kinds} - set(bodies)
    if unknown:
        sys.exit(f"fuse.py: {fused_def}: unknown kinds: {', '.join(sorted(unknown))}")
    os.makedirs(folder, exist_ok=True)
    write_parts(folder, int(parts), fused, bodies)
    write_table(folder, fused, rows)


main()
