# SPDX-License-Identifier: MIT
"""
Writes instruction vectors (format: target-ppc/vectors_parse.c). Results come from the models of the
gen_*.py scripts, which work with Python's unbounded integers and know nothing of the emulator.
"""

import os

MASK = 0xffffffff
MSR_DEFAULT = 0x02003000
PC = 0x4000
# Where vectors are; tests/lint/vectors writes them anew elsewhere.
FOLDER = os.environ.get("VECTOR_DIR") or os.path.dirname(os.path.abspath(__file__))


def signed(value, bits=32):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def unlisted(register):
    """What the runner puts into r<n> that a case does not list."""
    return (0x01010101 * register ^ 0xa5a55a5a) & MASK


def d_form(primary, d, a, imm):
    return primary << 26 | d << 21 | a << 16 | imm & 0xffff


def x_form(primary, d, a, b, xo, rc=0):
    return primary << 26 | d << 21 | a << 16 | b << 11 | xo << 1 | rc


def a_form(primary, d, a, b, c, xo, rc=0):
    return primary << 26 | d << 21 | a << 16 | b << 11 | c << 6 | xo << 1 | rc


def spr_form(d, spr, xo):
    return 31 << 26 | d << 21 | (spr & 31) << 16 | (spr >> 5) << 11 | xo << 1


def cr_of(value, so):
    """The CR field that compares a signed value with 0."""
    return (8 if value < 0 else 4 if value > 0 else 2) | so


def shown(value):
    return str(value) if isinstance(value, str) else f"0x{value:x}"


def assignments(values):
    """Registers in a fixed order, memory (integer keys, bytes) last."""
    words = [f"{name}={shown(value)}" for name, value in values.items() if isinstance(name, str)]
    words += [f"mem 0x{address:x}={data.hex()}" for address, data in values.items()
              if isinstance(address, int)]
    return " ".join(words)


class Writer:
    """One .vec file; names are numbered by mnemonic."""

    def __init__(self, name, what):
        self.path = os.path.join(FOLDER, name + ".vec")
        self.lines = ["# SPDX-License-Identifier: MIT", f"# {what}",
                      f"# Written by tests/insn/gen_{name}.py: change that, not this."]
        self.counts = {}

    def case(self, mnemonic, source, words, before, after, exception=None, model=None):
        """`exception`: (vector, {what it leaves: srr1...}), or None."""
        number = self.counts[mnemonic] = self.counts.get(mnemonic, 0) + 1
        words = [words] if isinstance(words, int) else words
        self.lines.append("")
        self.lines.append(f"case {mnemonic}/{number} source={source}" +
                          (f" model={model}" if model else ""))
        self.lines.append("insn " + " ".join(f"0x{word:08x}" for word in words))
        if before:
            self.lines.append("in " + assignments(before))
        if exception:
            line = f"exception 0x{exception[0]:x} {assignments(exception[1])}"
            self.lines.append(line.rstrip())
        if after or not exception:  # a bare `out`: nothing changes
            self.lines.append(("out " + assignments(after)).rstrip())

    def write(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("\n".join(self.lines) + "\n")
        print(f"{os.path.basename(self.path)}: {sum(self.counts.values())} cases, "
              f"{len(self.counts)} mnemonics")
