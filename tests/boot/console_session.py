#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""console_session.py [--record] [--log FILE] SESSION SYSTEM_MAP COMMAND...: a console's user on a pty.

SESSION is a transcript. `(core99) LINE` is typed, and `>LINE` where commands are entered; the lines behind it are what must come. In a LINE,
<Tab>, <Up>, <Enter> (an empty line), <Ctrl-C> (after a while) and the like are keys; what a line
with keys looks like on the screen is the first line of its answer. In an answer

    ...       a line of its own: any number of lines
    {hex}     hexadecimal digits; {n}: a number; {*}: anything; {tmp}: the scratch folder
    {NAME}    the address of the kernel's symbol NAME; {NAME+0x10} something behind it

and everything else is literal. `== NAME` begins a subtest: one `ok - NAME`. Lines with # in the first
columns are comments. {tmp} and {NAME} hold in what is typed, too. After `cont` the answer goes on until
the guest stops; points that go on are part of it.

In the end every verb of monitor/commands.def and every item of monitor/info.def must have been typed.
--record prints the transcript with the answers that came: to read, to generalise, to commit.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

PROMPT = re.compile(r"\(core99\) |(?:^|(?<=\n))>(?=\Z)")
AT_END = re.compile(rf"(?:{PROMPT.pattern})\Z")
SLOW = float(os.environ.get("CORE99_SLOW", "1"))
KEYS = {"<Tab>": b"\t", "<Up>": b"\x1b[A", "<Enter>": b"", "<Ctrl-C>": b"\x03", "<Ctrl-U>": b"\x15",
        "<Ctrl-A>": b"\x01", "<Left>": b"\x1b[D", "<Backspace>": b"\x7f"}
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


class Failed(Exception):
    """The answer is another one; says which."""


# --- the terminal --------------------------------------------------------------------------------------------


class Console:
    """The program and its terminal, wide enough for every line."""

    def __init__(self, command, log):
        self.fd, slave = pty.openpty()
        self.modes = termios.tcgetattr(self.fd)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))
        env = dict(os.environ, TERM="xterm")
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env,
                                        start_new_session=True)
        os.close(slave)
        self.log = open(log, "wb") if log else None
        self.text = ""  # what came and was not taken yet
        self.prompt = ""  # what stands before it on the line

    def read(self, seconds):
        """Take what comes; False at the end of the output."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        if self.log:
            self.log.write(data)
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def until_prompt(self, limit):
        """What comes before the next prompt that ends the output."""
        end = time.monotonic() + limit * SLOW
        while not AT_END.search(self.screen()):
            if time.monotonic() > end:
                raise Failed(f"no prompt within {limit * SLOW:g} s, but: {self.screen()[-300:]!r}")
            if not self.read(0.5):
                break
        text, self.text = self.screen(), ""
        match = AT_END.search(text)
        self.prompt = match[0] if match else ""
        return AT_END.sub("", text)

    def screen(self):
        """What came, as it is seen."""
        return clean(self.prompt + self.text)[len(self.prompt):]

    def type(self, line):
        """Keys as they are; a Ctrl-C comes when the command is under way."""
        for piece in re.split("(" + "|".join(KEYS) + ")", line):
            if piece == "<Ctrl-C>":
                os.write(self.fd, b"\r")
                time.sleep(0.5)
                os.write(self.fd, b"\x03")
                self.text = ""
                return
            os.write(self.fd, KEYS.get(piece, piece.encode()))
        os.write(self.fd, b"\r")


MOVES = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\b\x07])|([^\x1b\r\b\x07]+)|\x1b")


def shown(line):
    """What a line of the screen looks like in the end."""
    cells, column = [], 0
    for digits, code, control, text in MOVES.findall(line):
        number = int(digits or "1") if ";" not in digits else 1
        if text:
            cells[column:column + len(text)] = text
            column += len(text)
        elif code == "K":
            del cells[column:]
        elif code in ("G", "C", "D"):
            column = {"G": number - 1, "C": column + number, "D": column - number}[code]
        elif control == "\r":
            column = 0
        elif control == "\b":
            column -= 1
        column = max(0, min(column, len(cells)))
    return "".join(cells)


def clean(text):
    """The screen's text."""
    return "\n".join(shown(line) for line in text.replace("\r\n", "\n").split("\n"))


# --- the session -----------------------------------------------------------------------------------------------


class Step:
    """A line to type and the answer to it."""

    def __init__(self, prompt, line):
        self.prompt = prompt
        self.line = line
        self.answer = []

    def has_keys(self):
        return any(key in self.line for key in KEYS)


def read_session(path):
    """[(name of the subtest, [Step])]"""
    subtests = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("== "):
                subtests.append((line[3:], []))
            elif match := re.match(r"\(core99\) ?|>", line):
                subtests[-1][1].append(Step(match[0], line[match.end():]))
            elif not line.startswith("# ") and subtests:
                subtests[-1][1][-1].answer.append(line) if subtests[-1][1] else None
    for steps in (steps for _, steps in subtests):
        for step in steps:
            while step.answer and not step.answer[-1]:
                step.answer.pop()
    return subtests


def read_symbols(path):
    """{name: address}"""
    with open(path, encoding="ascii") as file:
        rows = (line.split() for line in file)
        return {row[2]: int(row[0], 16) for row in rows}


class Names:
    """What stands in braces."""

    def __init__(self, symbols, tmp):
        self.symbols, self.tmp = symbols, tmp

    def value(self, name):
        """Its text; None: it is no name."""
        base, _, offset = name.partition("+")
        if name == "tmp":
            return self.tmp
        if base not in self.symbols:
            return None
        return f"{self.symbols[base] + int(offset or '0', 0):08x}"

    def fill(self, text):
        """@text to type."""
        return re.sub(r"\{([\w.+]+)\}", lambda m: self.value(m[1]) or m[0], text)

    def pattern(self, line):
        """A regular expression for one line of an answer."""
        wild = {"hex": "[0-9a-f]+", "n": "[0-9]+", "*": ".*"}
        out = ""
        for piece in re.split(r"(\{[\w.+*]+\})", line):
            name = piece[1:-1]
            value = self.value(name) if piece.startswith("{") else None
            out += wild[name] if piece.startswith("{") and name in wild else re.escape(value or piece)
        return out + r"\n"

    def matches(self, answer, text):
        whole = "".join(r"(?:.*\n)*?" if line == "..." else self.pattern(line) for line in answer)
        return re.fullmatch(whole, text) is not None


def has_stopped(news):
    """The guest stands: the last of the news is not of a point that goes on."""
    return not re.match(r"\n?[0-9]+ Tracepoint", news)


def answer_of(console, step, names):
    """What comes in answer to the line, as lines of text."""
    line = names.fill(step.line)
    console.type(line)
    text = console.until_prompt(180)
    if not step.has_keys():
        echo, _, text = text.partition("\n")
        if echo != line:
            raise Failed(f"the line on the screen is {echo!r}")
    else:
        text = PROMPT.sub("", text).lstrip("\n")
    if re.match(r"(c|cont|continue)( |$)", line):
        text = wait_for_stop(console, text)
    return text if text.endswith("\n") or not text else text + "\n"


def wait_for_stop(console, answer):
    """The answer, the points that go on, and the one that stops: each came behind a prompt."""
    answer, *news = PROMPT.split(answer)
    while console.process.poll() is None and not (news and has_stopped(news[-1])):
        news += PROMPT.split(console.until_prompt(180))
    return answer + "".join(part.lstrip("\n") for part in news)


def explain(answer, text):
    wanted = "\n".join(answer)
    return f"expected\n#   {wanted}\n# got\n#   {text}".replace("\n", "\n#   ")


def run_step(console, step, names):
    text = answer_of(console, step, names)
    if not names.matches(step.answer, text):
        raise Failed(explain(step.answer, text.rstrip("\n")))


# --- what was used ------------------------------------------------------------------------------------------


def rows_of(name, macro):
    """[[spelling, ...]] of a table."""
    with open(os.path.join(ROOT, "monitor", name), encoding="ascii") as file:
        rows = re.findall(rf'^(?:{macro}|LATER)\("([^"]+)"', file.read(), re.M)
    return [row.split("|") for row in rows]


def find_row(rows, word):
    """By a whole spelling, or as the only row with one that begins so."""
    exact = [row for row in rows if word in row]
    prefixed = [row for row in rows if any(name.startswith(word) for name in row)]
    found = exact or prefixed
    return found[0] if word and (exact or len(found) == 1) else None


def unused(lines):
    """The verbs and items that none of the lines has."""
    verbs, items = rows_of("commands.def", "COMMAND"), rows_of("info.def", "INFO")
    used = []
    for line in lines:
        word, *rest = re.split(r"[ /]", line, maxsplit=1)
        row = find_row(verbs, word)
        if row == ["info"] and rest:
            used.append(find_row(items, rest[0].split(" ")[0]))
        used.append(row)
    names = [row[0] for row in verbs if row not in used]
    return names + ["info " + row[0] for row in items if row not in used]


# --- the run ------------------------------------------------------------------------------------------------------


def record(console, subtests, names):
    for name, steps in subtests:
        print(f"\n== {name}")
        for step in steps:
            try:
                text = answer_of(console, step, names)
            except Failed as error:
                sys.exit(f"{step.line}: {error}")
            good = names.matches(step.answer, text)
            answer = "\n".join(step.answer) if good else text.rstrip("\n")
            print(step.prompt + step.line + ("\n" + answer if answer else ""), flush=True)


def run_subtest(console, name, steps, names):
    step = steps[0]
    try:
        for step in steps:
            run_step(console, step, names)
    except Failed as error:
        print(f"not ok - {name}: {step.line}: {error}", flush=True)
        return False
    print(f"ok - {name}", flush=True)
    return True


def check(console, subtests, names):
    """True: all is as it was. What comes behind a difference would differ, too."""
    good = True
    for name, steps in subtests:
        if good:
            good = run_subtest(console, name, steps, names)
        else:
            print(f"not ok - {name}: not reached")
    if not good:
        console.process.kill()
    return good


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--log")
    parser.add_argument("session")
    parser.add_argument("system_map")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    subtests = read_session(args.session)
    names = Names(read_symbols(args.system_map), os.environ.get("SCRATCH", "/tmp"))
    console = Console(args.command, args.log)
    console.until_prompt(180)
    if args.record:
        record(console, subtests, names)
        sys.exit(0)
    good = check(console, subtests, names)
    status = console.process.wait(60 * SLOW)
    missing = unused([step.line for _, steps in subtests for step in steps])
    print("ok - every verb and every item was used" if not missing
          else f"not ok - not used: {', '.join(missing)}")
    print("ok - quit ends with status 0" if status == 0 else f"not ok - status {status}")
    sys.exit(0 if good and not missing and status == 0 else 1)


if __name__ == "__main__":
    main()
