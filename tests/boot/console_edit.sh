#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The console on a real terminal: line editing, history, completion, Ctrl-C, the mux, hostile keys. On
# stdio through a pty, on -monitor pty and on telnet. Needs the firmware; no guest.
. "$(dirname "$0")/lib.sh"

export TERM=xterm
dir=$scratch

# A ROM whose reset vector loops for ever, counting.
python3 - "$dir/loop" <<'PY'
import struct, sys
rom = bytearray(4096)
struct.pack_into(">3I", rom, 0x100, 0x38600000, 0x38630001, 0x4BFFFFFC)
open(sys.argv[1], "wb").write(rom)
PY

"$CORE99" -version >"$dir/version"
if ! grep -q libedit "$dir/version"; then
    echo "built without libedit"
    exit 77
fi

drive --pty --limit 60 --log "$dir/edit.log" "$CORE99" debug -bios "$dir/loop" -serial null <<'STEPS'
test a line is edited with the usual keys
expect (core99) 
send p 99\x7f8\x01\x1b[C\x1b[C1\r
expect 0xc6 (198)
expect (core99) 
send frobnicate\x15p 0x10 junk\x17+1\r
expect 0x11 (17)
expect (core99) 
test earlier lines come back, by arrow and by search
send \x1b[A\x1b[A\r
expect 0xc6 (198)
expect (core99) 
send \x120x10
expect bck:
send \x05\r
expect 0x11 (17)
expect (core99) 
test Tab completes a command, an item, a register
send inf\tvers\t\r
expect core99 0.
expect (core99) 
send p $srr\t\t
expect $srr0  $srr1
send 0-$srr0\r
expect 0x0 (0)
expect (core99) 
send qom-list /mach\t\r
expect nvram
expect (core99) 
test Tab completes file names
send logfile /dev/nul\t\r
expect (core99) 
test Ctrl-D says how to leave
send \x04
expect `quit` ends the emulator
expect (core99) 
test Ctrl-C drops a line
send half a command\x03
expect ^C
expect (core99) 
send p 5\r
expect 0x5 (5)
expect (core99) 
test Ctrl-C interrupts a long stepi
send stepi 100000000000\r
pause 0.3
send \x03
match fff001[0-9a-f]+: 
expect (core99) 
test Ctrl-Z is no key here
send p 6\x1a\r
expect 0x6 (6)
expect (core99) 
test an empty line repeats stepi
send stepi\r
match fff001[0-9a-f]+: 
expect (core99) 
send \r
match fff001[0-9a-f]+: 
expect (core99) 
test short forms of gdb
send i r\r
expect MSR
expect (core99) 
send info b\r
expect No breakpoints
expect (core99) 
test news leave what is being typed
send b 0xfff00104\r
expect (core99) 
send c\rp 4
expect Breakpoint 1
match \(core99\) p 4
send 2\r
expect 0x2a (42)
expect (core99) 
test letters of the whole world
send p '\xc3\xbc'\r
expect (core99) 
send p 7\r
expect 0x7 (7)
expect (core99) 
test bytes that are no text
send \x00\x00\xff\xfe\x80\xc3\x1b[999;999Z\x1b\x1b\x1bOQ\x1b]0;x\x07\x15p 8\r
expect 0x8 (8)
expect (core99) 
test there is an end
send quit\r
exit 0
STEPS

# The history file: the next session finds the last one's lines.
has "lines are kept in XDG_STATE_HOME" '^p 0x10 \+1$|^p 0x10' "$XDG_STATE_HOME/core99/history"
drive --pty --limit 60 "$CORE99" debug -bios "$dir/loop" -serial null <<'STEPS'
test the next session remembers
expect (core99) 
send \x1b[A\r
exit 0
STEPS
is "the history is the user's alone" 600 "$(stat -c %a "$XDG_STATE_HOME/core99/history")"

# A megabyte without a newline, then one with too many: one error each, nothing else.
python3 - "$CORE99" "$dir/loop" >"$dir/paste" 2>&1 <<'PY'
import os, pty, resource, select, subprocess, sys, time

master, slave = pty.openpty()
child = subprocess.Popen([sys.argv[1], "debug", "-bios", sys.argv[2], "-serial", "null"],
                         stdin=slave, stdout=slave, stderr=slave)
os.close(slave)
output = b""
end = time.monotonic() + 100 * int(os.environ.get("CORE99_SLOW", "1"))
pending = b"y" * 1000000 + b"\r" + b"\t" * 30 + b"\r" + b"p 77\rquit\r"
while time.monotonic() < end:
    readable, writable, _ = select.select([master], [master] if pending else [], [], 1)
    if readable:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        output += data
    if writable:
        pending = pending[os.write(master, pending[:1024]):]
print("status", child.wait(10))
print("errors", output.count(b"longer than 4096"))
print("answer", b"(77)" in output)
print("small", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
has "a pasted megabyte is one error" 'errors 1$' "$dir/paste"
has "and the console goes on" 'answer True' "$dir/paste"
has "and ends as asked" 'status 0' "$dir/paste"

# The mux: Ctrl-a c, then the same editor.
drive --pty --limit 60 "$CORE99" -nographic -nodefaults -serial mon:stdio -bios "$dir/loop" <<'STEPS'
test Ctrl-a c reaches an editor too
send \x01c
expect (core99) 
send info statuz\x7fs\r
expect running
expect (core99) 
send \x1b[A\x01c\x01c
match \(core99\) .*info status
send \x01x
exit 0
STEPS

# The plain bytes of a pipe, as scripts have always seen them.
printf 'p 1\np 2\nquit\n' | "$CORE99" -nographic -nodefaults -serial none -monitor stdio -S \
    -bios "$dir/loop" 2>/dev/null >"$dir/plain"
is "a pipe sees plain bytes" "$(printf 'core99 console; `help` lists the commands\n(core99) p 1\n0x1 (1)\n(core99) p 2\n0x2 (2)\n(core99) quit\n')" \
    "$(cat "$dir/plain")"

# A pty of our own making and telnet: both are terminals.
"$CORE99" -nographic -nodefaults -serial none -monitor "pty:$dir/tty" -S -bios "$dir/loop" \
    2>"$dir/pty.err" &
pid=$!
python3 - "$dir/tty" >"$dir/pty.out" 2>&1 <<'PY'
import os, sys, time

end = time.monotonic() + 60 * int(os.environ.get("CORE99_SLOW", "1"))
while not os.path.exists(sys.argv[1]) and time.monotonic() < end:
    time.sleep(0.05)
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
text = b""


def until(wanted):
    global text
    while wanted not in text and time.monotonic() < end:
        text += os.read(fd, 4096)
    print(wanted.decode(), wanted in text)


until(b"(core99) ")
os.write(fd, b"p 9\x7f8\x1b[D1\r")
until(b"(18)\r\n")
os.write(fd, b"quit\r")
PY
status=0
wait "$pid" || status=$?
has "-monitor pty is told on stderr" 'char device redirected to /dev/pts/[0-9]+ \(label compat_monitor0\)' "$dir/pty.err"
has "-monitor pty has the editor" '\(18\).*' "$dir/pty.out"
is "-monitor pty ends" "0 False" "$status $(test -L "$dir/tty" && echo True || echo False)"

"$CORE99" -nographic -nodefaults -serial none -monitor telnet::0,server,nowait -S -bios "$dir/loop" \
    2>"$dir/telnet.err" &
pid=$!
python3 - "$dir/telnet.err" >"$dir/telnet.out" 2>&1 <<'PY'
import os, re, socket, sys, time

end = time.monotonic() + 60 * int(os.environ.get("CORE99_SLOW", "1"))
port = None
while not port and time.monotonic() < end:
    port = re.search(rb"listening on tcp port 127.0.0.1:(\d+) ", open(sys.argv[1], "rb").read())
    time.sleep(0.05)
s = socket.create_connection(("127.0.0.1", int(port[1])), 60)
s.sendall(b"\xff\xfd\x01\xff\xfa\x1f\x00\x64\x00\x28\xff\xf0")
s.sendall(b"p 9\x7f8\x1b[D1\r\0")
text = b""
while b"(18)" not in text:  # a Ctrl-C would drop it
    text += s.recv(4096)
s.sendall(b"p 3\xff\xf4p 4\r\nquit\r\0")
while data := s.recv(4096):
    text += data
print("greets", text.startswith(b"\xff\xfb\x01"))
print("edits", b"(18)\r\n" in text)
print("interrupts", b"^C\r\n" in text and b"(4)\r\n" in text)
PY
status=0
wait "$pid" || status=$?
for fact in greets edits interrupts; do
    has "telnet $fact" "$fact True" "$dir/telnet.out"
done
is "a console on telnet ends" 0 "$status"

finish
