#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gdb server as gdb-multiarch meets it: a Linux boot with breakpoints, steps, registers, memory,
# console commands, detach and a second visit. Our own client runs vectors on it. Debugging changes
# nothing: the boot ends in the same hash as one that nobody looked at. Without gdb-multiarch: skipped.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

fixed=(-nographic -icount 'shift=0,sleep=off' -m 128)
boot=("${fixed[@]}" -kernel "$KERNEL" -initrd "$INITRD"
    -append 'console=ttyS0 core99.run=hello' -hash-at-exit)

# serve NAME OPTION...: core99 with a gdb server at $scratch/NAME; $server is its process.
serve() {
    local name=$1 tries
    shift
    "$CORE99" "$@" -gdb "unix:$scratch/$name" </dev/null >"$scratch/$name.out" 2>&1 &
    server=$!
    for ((tries = 0; tries < 600; tries++)); do
        [ -S "$scratch/$name" ] && return
        sleep 0.1
    done
}

# visit NAME OUTPUT: gdb's commands from standard input: a mistake in one does not end the others.
visit() {
    patiently 120 gdb-multiarch -q -nx -ex 'set confirm off' -ex 'set endian big' \
        -ex 'set pagination off' \
        -ex 'set width 0' -ex "target remote $scratch/$1" >"$scratch/$2" 2>&1
}

# vectors MODEL: each case for that processor (and its revisions).
vectors() {
    local failed
    serve "own$1" "${fixed[@]}" -cpu "$1" -S
    patiently 120 "$CORE99" test --against "unix:$scratch/own$1" "$root_dir/tests/insn" \
        >"$scratch/vectors$1" 2>&1
    is "our client runs our vectors on our server, -cpu $1" 0 $?
    failed=$(grep '^not ok' "$scratch/vectors$1" | head -n 20)
    is "and none comes out differently" "" "$failed"
    kill "$server"
    wait "$server"
    is "SIGTERM ends a server with status 0" 0 $?
    is "the socket goes with it" gone "$([ -e "$scratch/own$1" ] || echo gone)"
}

first_visit() {
    visit linux first <<'GDB'
echo === start\n
info registers pc msr
x/2i $pc
stepi
echo === after stepi\n
info registers pc
break *($pc + 4)
hbreak *($pc + 8)
continue
continue
delete
stepi 9
echo === registers\n
p/x $srr0
p/x $pvr
p/x $sr0
p $f1
p $vr1.v4_int32
info registers fpscr vscr
echo === memory\n
set $old = $r3
set $r3 = 0x12345678
p/x $r3
set $r3 = $old
x/2xw 0xfff00100
x/xw 0xf8040000
maintenance packet qqemu.PhyMemMode
maintenance packet bs
echo === console\n
monitor info registers
monitor info status
monitor nonsense
detach
GDB
}

second_visit() {
    visit linux second <<'GDB'
echo === again\n
p $pc != 0
info threads
stepi
p $pc != 0
detach
GDB
}

linux() {
    serve linux "${boot[@]}" -S
    first_visit
    has "gdb stops at the reset vector" 'pc +0xfff00100' "$scratch/first"
    has "gdb disassembles there" '=> 0xfff00100' "$scratch/first"
    has "stepi goes where the branch goes" 'pc +0xfff02520' "$scratch/first"
    has "special registers have values" '= 0xc0209' "$scratch/first"
    has "vector registers have elements" '= \{0, 0, 0, 0\}' "$scratch/first"
    has "registers are set" '= 0x12345678' "$scratch/first"
    has "memory is read" '0xfff00100:.*0x48002420' "$scratch/first"
    has "registers of devices are refused" '0xf8040000.*Cannot access memory' "$scratch/first"
    has "physical memory is a mode" 'received: "0"' "$scratch/first"
    has "backwards is refused" 'running backwards is not supported' "$scratch/first"
    has "monitor reaches the console" 'NIP [0-9a-f]{8}' "$scratch/first"
    has "monitor tells the console's errors" "unknown command 'nonsense'" "$scratch/first"
    has "a breakpoint stops the guest" 'Breakpoint 1, 0xfff02524' "$scratch/first"
    has "a hardware breakpoint stops it" 'Breakpoint 2, 0xfff02528' "$scratch/first"
    has "gdb detaches" 'detached' "$scratch/first"
    second_visit
    has "gdb comes back to a running guest" '= 1' "$scratch/second"
    has "there is one processor" 'CPU#0' "$scratch/second"
    for ((i = 0; i < 1200; i++)); do
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    kill "$server" 2>/dev/null
    wait "$server"
    is "the guest powers off as ever" 0 $?
    has "by itself" '^core99: exit 0' "$scratch/linux.out"
    quiet_core99 "${boot[@]}" >"$scratch/plain.out" 2>&1
    same_hash "the boot ends in the hash of one that nobody looked at" \
        "$scratch/plain.out" "$scratch/linux.out"
}

# --- a program with symbols, loaded by gdb itself --------------------------------------------------------

debug_board=("${fixed[@]}" -device core99-debugexit -hash-at-exit -S)

# debug SERVER OUTPUT: as visit, with the program's symbols.
debug() {
    patiently 120 gdb-multiarch -q -nx -cd "$root_dir/tests/guests" -ex 'set confirm off' \
        -ex 'set pagination off' -ex 'set width 0' -ex 'set prompt \n' -ex "target remote $scratch/$1" "$DEBUGGEE" >"$scratch/$2" 2>&1
}

long_session() {
    debug program session <<'GDB'
load
echo === breakpoints of all kinds\n
break square
tbreak main
hbreak sum_to
continue
continue
backtrace
finish
next
echo === calls\n
continue
until
until
advance main.c:22
finish
echo === values\n
watch shared
continue
delete
echo === exceptions\n
break call_system
continue
delete
stepi
info symbol $pc
stepi
stepi
info symbol $pc
echo === more values\n
watch shared
rwatch seen
awatch seen
continue
continue
info watchpoints
delete
echo === interrupts\n
set $ticks = ticks
set $inside = 0
set $i = 0
while $i < 600
stepi
if $pc >= 0x900 && $pc < 0x940
set $inside = $inside + 1
end
set $i = $i + 1
end
p $inside
p ticks > $ticks
maintenance packet Qqemu.sstep=0x1
set $i = 0
while $i < 600 && $inside == 0
stepi
if $pc >= 0x900 && $pc < 0x940
set $inside = $inside + 1
end
set $i = $i + 1
end
printf "inside %d\n", $inside
maintenance packet Qqemu.sstep=0x7
echo === conditions\n
set breakpoint condition-evaluation host
break square if value == 200
continue
p value
delete
set breakpoint condition-evaluation target
break square if value > 800 && value % 7 == 0
continue
p value
info breakpoints
delete
break square
ignore $bpnum 9
continue
p value
delete
echo === registers\n
p/x $vr3.v4_int32
set $vr3.v4_int32[1] = 0x11223344
p/x $vr3.v4_int32[1]
set $vr3.v4_int32[1] = 0
p/x $sprg2
set $sprg2 = 0x5678
p/x $sprg2
set $sprg2 = 0
p $f1
set $old = $f1
set $f1 = 2.75
p $f1
set $f1 = $old
p real
find &shared, +64, 1.5
compare-sections .text
echo === console\n
maintenance packet Qqemu.PhyMemMode:1
x/i &square
maintenance packet Qqemu.PhyMemMode:0
monitor print $r1 != 0
monitor stepi 3
maintenance flush register-cache
monitor info registers
echo === the end\n
continue
GDB
}

program() {
    local status
    serve program "${debug_board[@]}"
    long_session
    wait "$server"
    status=$?
    has "gdb loads a program" 'Start address 0x0*10000' "$scratch/session"
    has "a breakpoint on a function" 'Breakpoint 1, square \(value=6\)' "$scratch/session"
    has "a temporary breakpoint" 'Temporary breakpoint 2, main' "$scratch/session"
    has "a hardware breakpoint" 'Breakpoint 3, sum_to \(last=10\)' "$scratch/session"
    has "a chain of calls" '#1 .* in main \(\)' "$scratch/session"
    has "finish brings the value" 'Value returned is \$[0-9]+ = 36' "$scratch/session"
    has "next goes to the next line" '^35.*total \+= sum_to' "$scratch/session"
    has "until leaves a loop; finish has its sum" 'Value returned is \$[0-9]+ = 55' "$scratch/session"
    has "a watchpoint tells the old value" '^Old value = 7$' "$scratch/session"
    has "and the new one" '^New value = 91$' "$scratch/session"
    has "watched once more" '^New value = 191$' "$scratch/session"
    has "a read is watched" 'Value = 191|Old value = 91' "$scratch/session"
    has "a step goes into a system call" '^system_call in section' "$scratch/session"
    has "and comes back from it" 'call_system \+ 4 in section' "$scratch/session"
    has "no step ends in a handler of an interrupt" '^\$[0-9]+ = 0$' \
        <(sed -n '/^=== interrupts/,/^inside/p' "$scratch/session")
    has "the handler has run meanwhile" '^\$[0-9]+ = 1$' \
        <(sed -n '/^=== interrupts/,/^inside/p' "$scratch/session")
    has "a step ends there if that was asked for" '^inside 1' "$scratch/session"
    has "a condition at gdb's side" '^\$[0-9]+ = 200$' "$scratch/session"
    has "a condition at our side" '^\$[0-9]+ = 805$' "$scratch/session"
    has "gdb says that we evaluate it" 'stop only if .*\(target evals' "$scratch/session"
    has "an ignore count" '^\$[0-9]+ = 815$' "$scratch/session"
    has "a vector register is written" '= 0x11223344' "$scratch/session"
    has "a special register is written" '= 0x5678' "$scratch/session"
    has "a floating-point register is written" '= 2.75' "$scratch/session"
    has "memory is searched" '<real>' "$scratch/session"
    has "memory is compared with the file" 'Section .text, .*: matched' "$scratch/session"
    has "physical memory is disassembled" '<square>:' "$scratch/session"
    has "the console steps" 'inside|0x?000[0-9a-f]+: +[0-9a-f]' "$scratch/session"
    has "the end of the run is told" 'exited (normally|with code)' "$scratch/session"
    serve plain "${debug_board[@]}"
    debug plain quick <<<$'load\ncontinue'
    wait "$server"
    is "debugged or not, the program ends alike" "$?" "$status"
    same_hash "and in the same hash" "$scratch/plain.out" "$scratch/program.out"
    vanish "$status"
}

# What gdb changes in the guest is recorded: a replay without gdb ends in the same state.
record() {
    serve recorded "${debug_board[@]}" -record "$scratch/log"
    debug recorded recording <<<$'load\nbreak sum_to\ncontinue\nset var last = 20\nset $sprg1 = 7\nset $vr5.v4_int32[2] = 9\nstepi 5\ncontinue'
    wait "$server"
    has "a program that gdb changed runs to its end" 'exited with code 0*[0-7]+' "$scratch/recording"
    quiet_core99 "${fixed[@]}" -device core99-debugexit -hash-at-exit -replay "$scratch/log" \
        >"$scratch/replayed.out" 2>&1
    same_hash "a replay repeats what gdb changed" "$scratch/recorded.out" "$scratch/replayed.out"
}

# vanish STATUS: a client is killed; the guest stands where it stood, without breakpoints.
vanish() {
    serve vanish "${debug_board[@]}"
    debug vanish before <<<$'load\nbreak square\ncontinue\nshell kill -9 $PPID'
    debug vanish after <<<$'info symbol $pc\np value\nmonitor info breakpoints\ndetach'
    has "a killed client leaves the guest where it was" 'square' "$scratch/after"
    has "with its registers" '^\$1 = 6$' "$scratch/after"
    has "and without its breakpoints" 'No breakpoints' "$scratch/after"
    wait "$server"
    is "detached, the guest runs to its end" "$1" $?
}

# gdb starts us at the end of a pipe; gdb on a chardev comes, detaches and comes again.
chardevs() {
    patiently 60 gdb-multiarch -q -nx -batch -ex 'set endian big' -ex 'set width 0' \
        -ex "target remote | $CORE99 ${fixed[*]} -S -serial none -monitor none -gdb stdio" \
        -ex stepi -ex 'info registers pc' -ex kill </dev/null >"$scratch/pipe" 2>&1
    has "gdb talks through standard input and output" 'pc +0xfff02520' "$scratch/pipe"
    "$CORE99" "${debug_board[@]}" -chardev "socket,id=g,path=$scratch/chardev,server=on,wait=off" \
        -gdb chardev:g </dev/null >"$scratch/chardev.out" 2>&1 &
    server=$!
    for ((i = 0; i < 100; i++)); do
        [ -S "$scratch/chardev" ] && break
        sleep 0.1
    done
    debug chardev first_on_chardev <<<$'load\nbreak square\ncontinue\nshell kill -9 $PPID'
    debug chardev second_on_chardev <<<$'p value\ncontinue'
    has "a chardev serves a gdb" 'Breakpoint 1, square \(value=6\)' "$scratch/first_on_chardev"
    has "and another one" '^\$1 = 6$' "$scratch/second_on_chardev"
    wait "$server"
}

options() {
    refused "-gdb without sense is refused" "-gdb" "${fixed[@]}" -gdb pipe
    refused "-gdb on no port is refused" "-gdb" "${fixed[@]}" -gdb tcp::0
}

options
for model in 7400 750 7450 7455 7457; do
    vectors "$model"
done
if command -v gdb-multiarch >/dev/null; then
    eval "export $("$root_dir/tests/guests/build.sh" debuggee)"
    program
    record
    chardevs
    linux
else
    echo "ok - gdb-multiarch # skip: not installed"
fi
finish
