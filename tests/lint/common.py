# SPDX-License-Identifier: MIT
"""What the lints share: the list of sources, C text without comments, the report."""

import os
import re
import sys

SKIPPED = {".git", "build", ".cache", "__pycache__", "fixtures"}


def root():
    """The tree to judge: the first argument, else the tree this file belongs to."""
    if len(sys.argv) > 1:
        return os.path.abspath(sys.argv[1])
    return os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


ROOT = root()
# Programs for the guest: their own compiler, no GLib, no header of ours.
GUEST_CODE = "tests/guests/"


def files(*suffixes):
    """Paths below ROOT, with '/', sorted, that end in one of the suffixes."""
    found = []
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = sorted(s for s in subfolders if s not in SKIPPED)
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if name.endswith(suffixes) and not os.path.islink(os.path.join(folder, name)):
                found.append(path)
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X)


def blank(text, keep_strings=False):
    """C text with comments (and the insides of strings) turned to spaces; lines stay in place."""

    def spaces(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token if keep_strings else token[0] + " " * (len(token) - 2) + token[-1]
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(spaces, text)


def blank_directives(text):
    """Preprocessor lines, continuations included, turned to spaces."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  text, flags=re.M)


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)


def includes(path):
    """(line, '"' or '<', name) for every #include outside comments."""
    text = blank(read(path), keep_strings=True)
    return [(line_of(text, m.start()), m.group(1), m.group(2)) for m in INCLUDE.finditer(text)]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def folder_of(path):
    return os.path.dirname(path)


class Report:
    """Collects findings; finish() prints them and ends with the exit status."""

    def __init__(self):
        self.findings = set()

    def add(self, path, line, message):
        self.findings.add((path, line, message))

    def finish(self):
        for path, line, message in sorted(self.findings):
            print(f"{path}:{line}: {message}")
        sys.exit(1 if self.findings else 0)


def skip(reason):
    """Nothing to judge here: neither passed nor failed."""
    print(f"skipped: {reason}")
    sys.exit(77)


def allowed(lines, number, what):
    """Is there a comment `lint: allow WHAT: reason` on this line or the one above?"""
    mark = f"lint: allow {what}:"
    return any(mark in lines[i] for i in (number - 1, number - 2) if 0 <= i < len(lines))
