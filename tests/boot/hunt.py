#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hunt.py [--bless] DOCUMENT CORE99: types the sessions of a document and compares what comes with its text.

The fenced blocks of kind `console` hold, one after another, lines `$ COMMAND` of a shell (a `\\` at the end
goes on in the next line) and lines `(core99) COMMAND` of the console that the last `$ core99 debug ...` started.
What follows such a line is what it prints. Everything runs in the current folder. One `ok - ` or `not ok - `
line for each session; --bless writes into the document what came instead. CORE99_SLOW=N multiplies the limits.
"""

import difflib
import os
import re
import select
import subprocess
import sys
import time

PROMPT = "(core99) "
RUNNING = r"c|cont|continue"  # answered before the guest stops
STOPPED = r"^(Breakpoint|Temporary breakpoint|Hardware [^0-9]*watchpoint) \d+\b|^the guest "
LIMIT = 180 * float(os.environ.get("CORE99_SLOW", "1"))


class Session:
    """A console on two pipes."""

    def __init__(self, command, binary):
        command = re.sub(r"^core99\b", "exec " + binary, command) + " -monitor stdio"
        self.process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def read(self, pattern):
        """What comes up to a prompt behind a match of the pattern, or to the end."""
        text, end, fd = "", time.monotonic() + LIMIT, self.process.stdout.fileno()
        while not (text.endswith(PROMPT) and re.search(pattern, text, re.M)):
            if not select.select([fd], [], [], max(end - time.monotonic(), 0))[0]:
                raise TimeoutError(f"nothing within {LIMIT:g} s behind: {text[-200:]}")
            data = os.read(fd, 65536)
            if not data:
                break
            text += data.decode(errors="replace").replace("\r", "")
        return text.replace(PROMPT, "")

    def say(self, line):
        """Its output, without the line itself. Prompts that come while the guest runs are left out."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        output = self.read(STOPPED if re.fullmatch(RUNNING, line) else "")
        output = re.sub(r"\n\n+", "\n", output)
        return re.sub("^" + re.escape(line) + "\n+", "", output)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def split_commands(block):
    """[(the command's lines, the output's lines)]"""
    found, is_open = [], False
    for line in block:
        if is_open:
            found[-1][0].append(line)
        elif line.startswith(("$ ", PROMPT)):
            found.append(([line], []))
        else:
            found[-1][1].append(line)
        is_open = bool(found) and not found[-1][1] and found[-1][0][-1].endswith("\\")
    return found


class Player:
    """Plays the blocks of a document."""

    def __init__(self, binary):
        self.binary, self.session = binary, None

    def play(self, command):
        line = "\n".join(command)
        if line.startswith(PROMPT):
            return self.session.say(line[len(PROMPT):])
        line = line[2:]
        if not line.startswith("core99 debug "):
            line = re.sub(r"^core99\b", self.binary, line)
            return subprocess.run(line, shell=True, check=False, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT).stdout.decode().replace("\r", "")
        self.close()
        self.session = Session(line, self.binary)
        return self.session.read("")

    def close(self):
        if self.session:
            self.session.stop()
            self.session = None


def blocks_of(lines):
    """[(first line, end)] of what lies between the fences."""
    found, start = [], None
    for number, line in enumerate(lines):
        if line == "```console":
            start = number + 1
        elif line == "```" and start is not None:
            found.append((start, number))
            start = None
    return found


def as_lines(output):
    return [line.rstrip() for line in output.rstrip("\n").split("\n")] if output.strip() else []


def play_block(player, block):
    """The block as it comes now."""
    came = []
    for command, _ in split_commands(block):
        came += command + as_lines(player.play(command))
    return came


def compare(number, block, came):
    if block == came:
        print(f"ok - part {number} of the hunt: as the document has it ({len(block)} lines)", flush=True)
        return True
    print(f"not ok - part {number} of the hunt: the document is stale: tests/boot/hunt.sh --bless")
    for line in difflib.unified_diff(block, came, "document", "console", lineterm="", n=1):
        print("# " + line)
    return False


def main():
    is_blessing = sys.argv[1] == "--bless"
    path, binary = sys.argv[1 + is_blessing:]
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    player, good, written, behind = Player(binary), True, [], 0
    try:
        for number, (start, end) in enumerate(blocks_of(lines), 1):
            came = play_block(player, lines[start:end])
            good &= is_blessing or compare(number, lines[start:end], came)
            written += lines[behind:start] + came
            behind = end
    except (TimeoutError, AttributeError) as error:
        print(f"not ok - the hunt: {error}")
        sys.exit(1)
    finally:
        player.close()
    if is_blessing:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(written + lines[behind:]) + "\n")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
