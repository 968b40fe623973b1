#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drive.py [--pty] [--log FILE] [--limit SECONDS] COMMAND...: runs COMMAND and plays its user.

The steps come on standard input, one a line; empty lines and lines that begin with # are skipped:

    test NAME            the steps up to the next `test` are this subtest; one `ok - NAME` for it
    expect TEXT          wait until TEXT comes in the output, behind what was found before
    match REGEX          the same with a regular expression (Python's, over lines)
    send TEXT            type TEXT; Python's escapes (\\r, \\x01) hold
    within SECONDS TEXT  expect, with its own limit; time that the program was ready to run and a
                         busy host kept it waiting does not count
    absent REGEX         nothing in the output so far matches
    pause SECONDS
    signal NAME          send SIGNAME
    shell COMMAND        run it meanwhile; it must succeed
    exit STATUS          wait for the end; its exit status

A subtest fails at its first step that fails. The later ones are tried with a short limit; after three
failures, or when the command has ended, they are not reached and fail too. A command that still runs at
the end gets SIGTERM and must end with status 0. All output goes to the log. CORE99_SLOW=N in the
environment multiplies every limit.
"""

import argparse
import fcntl
import glob
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time


SLOW = float(os.environ.get("CORE99_SLOW", "1"))


class Failed(Exception):
    """A step did not hold; says why."""


class Program:
    """The command, its terminal or pipes, and what it printed."""

    def __init__(self, command, use_pty, log):
        self.output = b""
        self.found = 0  # everything before it was matched by a step
        self.log = open(log, "wb") if log else None
        self.modes = None
        if use_pty:
            self.reader, slave = pty.openpty()
            self.writer = self.reader
            self.modes = termios.tcgetattr(self.reader)
            ends = {"stdin": slave, "stdout": slave, "stderr": slave}
        else:
            slave, self.writer = os.pipe()
            self.reader, out = os.pipe()
            ends = {"stdin": slave, "stdout": out, "stderr": out}
        # The terminal is the command's own, so that a Ctrl-C which it does not catch kills it.
        hook = (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if use_pty else None
        self.process = subprocess.Popen(command, start_new_session=True, preexec_fn=hook, **ends)
        for fd in set(ends.values()):
            os.close(fd)

    def read(self, seconds):
        """Take what comes within that time; False at the end of the output."""
        if not select.select([self.reader], [], [], max(seconds, 0))[0]:
            return True
        try:
            data = os.read(self.reader, 65536)
        except OSError:  # a pty whose other end is closed
            data = b""
        self.output += data
        if self.log:
            self.log.write(data)
            self.log.flush()
        return bool(data)

    def wait_for(self, pattern, seconds, clock=time.monotonic):
        """Move behind the next match of the compiled pattern."""
        end = clock() + seconds * SLOW
        is_late = False
        while True:
            match = pattern.search(self.output, self.found)
            if match:
                self.found = match.end()
                return
            if is_late:
                raise Failed(f"nothing within {seconds * SLOW:g} s")
            # What came while this script itself was kept waiting is in time.
            is_late = clock() >= end
            is_open = self.read(0 if is_late else min(end - clock(), 0.5))
            if not is_open and not pattern.search(self.output, self.found):
                raise Failed("the program ended" + self.status_text())

    def unhindered_time(self):
        """The time, less what the program's threads together have waited for a processor."""
        waited_ns = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            try:
                with open(path, encoding="ascii") as file:
                    waited_ns += int(file.read().split()[1])
            except (OSError, IndexError):  # the thread has just ended, or a kernel without it
                pass
        return time.monotonic() - waited_ns / 1e9

    def status_text(self):
        try:
            return f" with status {self.process.wait(5)}"
        except subprocess.TimeoutExpired:
            return ""

    def send(self, data):
        os.write(self.writer, data)

    def end(self, seconds):
        """Exit status; negative: killed by that signal."""
        end = time.monotonic() + seconds * SLOW
        while self.read(min(end - time.monotonic(), 0.5)):
            if time.monotonic() >= end:
                raise Failed(f"still running after {seconds * SLOW:g} s")
        try:
            return self.process.wait(max(end - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            raise Failed("its output is closed and it runs on") from None

    def stop(self):
        """However it stands: dead afterwards."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.end(20)
        except Failed as error:
            self.process.kill()
            self.process.wait()
            raise Failed(f"after SIGTERM: {error}") from None
        if status != 0:
            raise Failed(f"SIGTERM: status {status}")


def unescape(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def check_exit(program, text, limit):
    status = program.end(limit)
    if status != int(text):
        raise Failed(f"exit status {status}, expected {text}")
    if program.modes and termios.tcgetattr(program.reader) != program.modes:
        raise Failed("the terminal's modes are not as they were")


def check_absent(program, text):
    match = re.search(text.encode(), program.output, re.M)
    if match:
        line = program.output[: match.end() + 80].splitlines()[-1]
        raise Failed(f"there is: {line.decode(errors='replace')}")


def run_shell(text):
    result = subprocess.run(text, shell=True, check=False)
    if result.returncode != 0:
        raise Failed(f"status {result.returncode}")


def do_within(program, text):
    seconds, wanted = text.split(" ", 1)
    pattern = re.compile(re.escape(wanted.encode()))
    program.wait_for(pattern, float(seconds), program.unhindered_time)


def play(program, verb, text, limit):
    """One step."""
    actions = {
        "expect": lambda: program.wait_for(re.compile(re.escape(text.encode())), limit),
        "match": lambda: program.wait_for(re.compile(text.encode(), re.M), limit),
        "send": lambda: program.send(unescape(text)),
        "within": lambda: do_within(program, text),
        "absent": lambda: check_absent(program, text),
        "pause": lambda: time.sleep(float(text)),
        "signal": lambda: program.process.send_signal(getattr(signal, "SIG" + text)),
        "shell": lambda: run_shell(text),
        "exit": lambda: check_exit(program, text, limit),
    }
    if verb not in actions:
        sys.exit(f"drive.py: no step is called '{verb}'")
    actions[verb]()


def read_steps(stream):
    """[(name of the subtest, [(verb, text)])]"""
    subtests = [("it runs", [])]
    for line in stream:
        line = line.rstrip("\n")
        verb, _, text = line.partition(" ")
        if verb == "test":
            subtests.append((text, []))
        elif verb and not verb.startswith("#"):
            subtests[-1][1].append((verb, text))
    return [subtest for subtest in subtests if subtest[1]]


def tail(program):
    text = program.output[-300:].decode(errors="replace")
    return "".join(c if c.isprintable() or c == "\n" else f"<{ord(c):02x}>" for c in text if c != "\r")


def run_subtest(program, name, steps, limit):
    verb = text = ""
    try:
        for verb, text in steps:
            play(program, verb, text, limit)
    except (Failed, BrokenPipeError) as error:
        print(f"not ok - {name}: {verb} {text}: {error}")
        print("# the last output:\n#   " + tail(program).replace("\n", "\n#   "))
        return False
    print(f"ok - {name}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--pty", action="store_true")
    parser.add_argument("--log")
    parser.add_argument("--limit", type=float, default=180)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    subtests = read_steps(sys.stdin)
    program = Program(args.command, args.pty, args.log)
    failures = 0
    for name, steps in subtests:
        if failures >= 3 or (failures and program.process.poll() is not None):
            print(f"not ok - {name}: not reached")
        elif not run_subtest(program, name, steps, 5 if failures else args.limit):
            failures += 1
    good = failures == 0
    try:
        if program.process.poll() is None:
            program.stop()
    except Failed as error:
        print(f"not ok - ends on SIGTERM: {error}")
        good = False
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
