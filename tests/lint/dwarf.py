# SPDX-License-Identifier: MIT
"""The structs of one object file, as `readelf --debug-dump=info` prints its DWARF."""

import re
import subprocess

DIE = re.compile(r"^ <(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
ATTRIBUTE = re.compile(r"^    <[0-9a-f]+>   DW_AT_(name|type|declaration)\s*: (.*)")
REFERENCE = re.compile(r"<0x([0-9a-f]+)>")
FORM = re.compile(r"^(?:\([^)]*\):? )*")
KEPT = {"structure_type", "union_type", "member", "pointer_type", "typedef", "const_type",
        "volatile_type", "array_type", "base_type", "subroutine_type", "enumeration_type"}


class Die:
    def __init__(self, tag):
        self.tag = tag
        self.name = None
        self.type = None
        self.is_declaration = False
        self.children = []


class Types:
    """Every type entry of an object file, by offset; structs also by name."""

    def __init__(self, path):
        self.by_offset = {}
        self.structs = {}
        listing = subprocess.run(["readelf", "--debug-dump=info", path], capture_output=True,
                                 text=True, errors="replace", check=True).stdout
        self._parse(listing)
        self._name_structs()

    def _parse(self, listing):
        open_dies = []
        die = None
        for line in listing.splitlines():
            match = DIE.match(line)
            if match:
                depth = int(match.group(1))
                die = Die(match.group(3))
                del open_dies[depth:]
                if die.tag in KEPT:
                    self.by_offset[int(match.group(2), 16)] = die
                    if depth and len(open_dies) == depth:
                        open_dies[-1].children.append(die)
                open_dies += [die] * (depth + 1 - len(open_dies))
            elif die:
                self._attribute(die, line)

    @staticmethod
    def _attribute(die, line):
        match = ATTRIBUTE.match(line)
        if not match:
            return
        kind, value = match.group(1), match.group(2).strip()
        if kind == "name":
            die.name = FORM.sub("", value)  # "(indirect string, offset: 0x29): name", by version
        elif kind == "type":
            reference = REFERENCE.search(value)  # "<0x29>", "(ref4) <0x29>" in newer binutils
            die.type = int(reference.group(1), 16) if reference else None
        elif kind == "declaration":
            die.is_declaration = True

    def _name_structs(self):
        for die in self.by_offset.values():
            if die.tag == "structure_type" and die.name and not die.is_declaration:
                self.structs[die.name] = die
        for die in self.by_offset.values():
            target = self.by_offset.get(die.type) if die.tag == "typedef" else None
            if target and target.tag == "structure_type" and not target.is_declaration:
                self.structs.setdefault(die.name, target)

    def resolve(self, offset):
        """(die, names on the way) behind typedefs, const, volatile and arrays."""
        names = []
        die = self.by_offset.get(offset)
        while die and die.tag in ("typedef", "const_type", "volatile_type", "array_type"):
            if die.tag == "typedef":
                names.append(die.name)
            die = self.by_offset.get(die.type)
        if die and die.name:
            names.append(die.name)
        return die, names

    def members(self, struct):
        """The named members; those of anonymous structs and unions count as the struct's own."""
        for member in struct.children:
            if member.tag != "member":
                continue
            if member.name:
                yield member
                continue
            inner, _ = self.resolve(member.type)
            if inner:
                yield from self.members(inner)

    def derives_from(self, struct, *names):
        """Does the chain of first members, the struct itself included, reach one of the names?"""
        while struct and struct.tag == "structure_type":
            if struct.name in names:
                return True
            if not struct.children or struct.children[0].tag != "member":
                return False
            struct, _ = self.resolve(struct.children[0].type)
        return False

    def is_object(self, struct):
        return self.derives_from(struct, "Object")
