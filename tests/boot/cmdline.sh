#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The command line: help at every level, one line and status 1 for each mistake of the user's, the exit
# statuses, signals, the console on each kind of chardev. Needs the firmware; no guest.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
dir=$scratch

# run ARGS...: sets status, out, err.
run() {
    status=0
    patiently 60 "$CORE99" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
    out=$(tr -d '\0' <"$dir/out")
    err=$(cat "$dir/err")
}

# refuses NAME PATTERN ARGS...: status 1, one line "core99: ..." that matches.
refuses() {
    local name=$1 pattern=$2
    shift 2
    run "$@"
    if [ "$status" = 1 ] && [ "$(wc -l <"$dir/err")" = 1 ] && [[ $err == core99:* ]] &&
        [[ $err =~ $pattern ]]; then
        ok "$name"
    else
        not_ok "$name" "status $status: ${err//$'\n'/ | }"
    fi
}

# helps NAME PATTERN ARGS...: status 0, text on stdout, nothing on stderr.
helps() {
    local name=$1 pattern=$2
    shift 2
    run "$@"
    if [ "$status" = 0 ] && [ -z "$err" ] && [[ $out =~ $pattern ]]; then
        ok "$name"
    else
        not_ok "$name" "status $status: ${out//$'\n'/ | } ${err//$'\n'/ | }"
    fi
}

# ends NAME STATUS PATTERN ARGS...: that status, stderr matches.
ends() {
    local name=$1 wanted=$2 pattern=$3
    shift 3
    run "$@"
    if [ "$status" = "$wanted" ] && [[ $err =~ $pattern ]]; then
        ok "$name"
    else
        not_ok "$name" "status $status: ${err//$'\n'/ | }"
    fi
}

# rom NAME WORD...: a ROM image whose reset vector (offset 0x100) holds these instructions.
rom() {
    local file=$dir/$1 word
    shift
    head -c 256 /dev/zero >"$file"
    for word in "$@"; do
        printf '%b' "\\x${word:0:2}\\x${word:2:2}\\x${word:4:2}\\x${word:6:2}" >>"$file"
    done
    truncate -s 4096 "$file"
}

rom exit42 3c60f900 3880002a 90830000 48000000  # lis r3,0xf900; li r4,42; stw r4,0(r3); b .
rom loop 48000000                               # b .
rom zeros
# The UART as OpenBIOS leaves it needs nothing: channel A's data register is at 0x80013030 once MacIO's
# BAR is placed, which only firmware does. Text comes from OpenBIOS below.

# ---- help ------------------------------------------------------------------------------------------

helps "help lists the options and the exit statuses" 'Exit status' -help
helps "help names the three other commands" 'core99 test .*core99 differential .*core99 lockstep' -help
helps "test has a help of its own" 'core99 test .*--coverage.*Exit status' test --help
helps "lockstep has a help of its own" 'core99 lockstep .*--fast.*--vector.*Exit status' lockstep --help
helps "differential has a help of its own" 'core99 differential .*--first.*Exit status' differential --help
refuses "lockstep takes --name=value" '--count 0 compares nothing' lockstep --against=unix:/x --count=0
refuses "differential takes --name=value" '--count: .*many' differential --against=unix:/x --count=many
refuses "a misspelt command names the nearest" "did you mean 'core99 lockstep'" lockstpe --against tcp::1
refuses "a misspelt command that is a word for itself" "did you mean 'core99 debug'" debgu
refuses "debug takes one kernel" "the kernel is 'a' already" debug a b
refuses "lockstep over no instruction" '--count 0 compares nothing' lockstep --against unix:/x --count 0
refuses "a differential run of no case" '--count 0 compares nothing' differential --against unix:/x --count 0
refuses "a differential run of many cases" '--count: .*many' differential --against unix:/x --count many
status=0
"$CORE99" test --generate add >/dev/full 2>"$dir/err" || status=$?
is "a report that cannot be written is no success" "1 core99: test: the report cannot be written: No space left on device" \
    "$status $(cat "$dir/err")"
helps "two dashes are as good as one" 'core99 version' --version
helps "version names the libraries" 'glib.*capstone' -version
helps "-M help lists the machines and their guests" 'mac99.*boots' -M help
helps "-machine mac99,help lists its properties" 'via=' -machine mac99,help
helps "-cpu help lists the models" '7400_v2.9' -cpu help
helps "-device help lists the devices" 'core99-debugexit' -device help
helps "-device X,help lists its properties" 'addr=' -device core99-debugexit,help
helps "-object help lists the types" 'memory-backend-file' -object help
helps "-object X,help lists its properties" 'size=' -object memory-backend-ram,help
helps "-chardev help lists the back ends" 'socket' -chardev help
helps "-chardev X,help lists its options" 'path=' -chardev file,help
helps "-d help lists the items" 'guest_errors' -d help
helps "-trace help lists the points" 'input_take' -trace help
helps "-icount help explains it" 'shift=N' -icount help

# ---- mistakes ----------------------------------------------------------------------------------------

quiet=(-display none -S)
refuses "an unknown option names the nearest" "-kernal: .*'-kernel'" -kernal x
refuses "an option without its value" '-kernel: a value is missing' -kernel
refuses "an unknown machine names the nearest" "-machine mac9: .*'mac99'" -M mac9
refuses "an unknown machine property names the nearest" "'mac99-machine.viaa'.*'via'" -M mac99,viaa=pmu
refuses "a machine property's wrong value" "-machine mac99,via=x: " -M mac99,via=x
refuses "an unknown CPU names the nearest" "-cpu 7400_v9: .*did you mean" -cpu 7400_v9
refuses "CPU features" '-cpu g4,foo=on: ' -cpu g4,foo=on
refuses "too much RAM names the range" "-m 64G: .*16M to 2048M" -m 64G
refuses "too little RAM names the range" "-m 4: .*16M to 2048M" -m 4
refuses "RAM that is no number" '-m 12x: ' -m 12x
refuses "slots for DIMMs without maxmem" '-m 512,slots=2: ' -m 512,slots=2
refuses "two processors" '-smp 2: .*-smp 1' -smp 2
refuses "an accelerator of another host" '-accel kvm: ' -accel kvm
refuses "a UUID that is none" '-uuid 123: ' -uuid 123
refuses "a resolution that is none" '-g 800: ' -g 800
refuses "a depth that is none" '-g 800x600x9: ' -g 800x600x9
refuses "a boot device that is none" "-boot 1: " -boot 1
refuses "a guest time that is none" '-timeout-guest soon: ' -timeout-guest soon
refuses "an empty -expect" '-expect ' -expect ''
refuses "an unknown log item names the nearest" "-d unimpl: .*'unimp'" -d unimpl
refuses "a log file that cannot be" '-D /nonexistent/x: ' -D /nonexistent/x
refuses "a trace point that is none" '-trace nothing_like_it: ' -trace nothing_like_it
refuses "an icount that is none" '-icount shift=99: ' -icount shift=99 "${quiet[@]}"
refuses "QEMU's record and replay" '-record FILE' -icount shift=1,rr=record,rrfile=x
refuses "a date that is none" '-rtc base=xyz: ' -rtc base=xyz "${quiet[@]}"
refuses "a missing kernel" '-kernel.*/nonexistent' -kernel /nonexistent "${quiet[@]}"
refuses "a missing initrd" '-initrd.*/nonexistent' -kernel "$dir/loop" -initrd /nonexistent "${quiet[@]}"
refuses "an initrd without a kernel" '-initrd only works with -kernel' -initrd "$dir/loop" "${quiet[@]}"
refuses "a missing ROM" '-bios.*/nonexistent' -bios /nonexistent "${quiet[@]}"
refuses "a ROM that is too large" '-bios' -bios /bin/bash "${quiet[@]}"
truncate -s 40M "$dir/large"
refuses "a kernel larger than RAM" '-kernel' -m 32 -kernel "$dir/large" "${quiet[@]}"
refuses "a directory as NVRAM file" '/tmp' -drive if=mtd,format=raw,file=/tmp "${quiet[@]}"
refuses "an Open Firmware variable without value" 'prom-env|=' -prom-env nothing "${quiet[@]}"
refuses "a fw_cfg file without a name" 'fw_cfg' -fw_cfg file=/nonexistent "${quiet[@]}"
refuses "an unknown device names the nearest" "-device core99-debugexi: .*'core99-debugexit'" \
    -device core99-debugexi "${quiet[@]}"
refuses "a device's unknown property names the nearest" "'addr'" \
    -device core99-debugexit,adr=1 "${quiet[@]}"
refuses "debugexit on top of RAM" 'ppc_core99.ram' -device core99-debugexit,addr=0 "${quiet[@]}"
refuses "an unknown object type" '-object memory-backend-rum,id=m: ' \
    -object memory-backend-rum,id=m "${quiet[@]}"
refuses "a memory back end without a size" '-object memory-backend-ram,id=m: ' \
    -object memory-backend-ram,id=m "${quiet[@]}"
refuses "an unknown memory back end" "'nope'" -machine memory-backend=nope "${quiet[@]}"
refuses "a back end's file that cannot be" '/nonexistent' \
    -object memory-backend-file,id=m,size=64M,mem-path=/nonexistent/x "${quiet[@]}"
refuses "a NUMA sum that is not -m" 'numa|NUMA' -m 128 -numa node,mem=64M "${quiet[@]}"
refuses "RAM in a file that cannot be" '/nonexistent' -mem-prealloc -mem-path /nonexistent/x \
    "${quiet[@]}"
refuses "an unknown chardev names the nearest" "-chardev stdi,id=a: .*'stdio'" -chardev stdi,id=a \
    "${quiet[@]}"
refuses "an unknown serial device" '-serial foo: ' -serial foo "${quiet[@]}"
refuses "a third serial port" '-serial file:x: .*two' -serial null -serial null -serial file:x "${quiet[@]}"
refuses "one terminal for two" '-monitor stdio: ' -serial stdio -monitor stdio "${quiet[@]}"
refuses "a seed that is none" '-cache-chaos x: ' -cache-chaos x "${quiet[@]}"
refuses "test without files" 'test: ' test
refuses "a console on a chardev that is none" "-mon chardev=nope: .*'nope'" -mon chardev=nope "${quiet[@]}"
refuses "a console in QMP's mode" 'mode' -chardev null,id=a -mon chardev=a,mode=control "${quiet[@]}"
refuses "one chardev for two consoles" 'in use' -chardev null,id=a -mon a -mon a "${quiet[@]}"
refuses "a replay of nothing" '-replay /nonexistent: ' -replay /nonexistent "${quiet[@]}"
refuses "a replay of something else" '-replay ' -replay "$dir/loop" "${quiet[@]}"
refuses "a recording that cannot be" '-record /nonexistent/x: ' -record /nonexistent/x "${quiet[@]}"
refuses "record and replay at once" 'exclude' -record "$dir/a" -replay "$dir/b" "${quiet[@]}"

for option in vnc::0 usb usbdevice:tablet \
    loadvm:x incoming:x qmp:stdio enable-kvm daemonize nic:user,model=sungem vga:std display:gtk blockdev:x \
    audiodev:none k:de dtb:x sdl curses; do
    name=${option%%:*} value=
    [[ $option == *:* ]] && value=${option#*:}
    refuses "-$name is refused by name" "core99: -$name" "-$name" ${value:+"$value"}
done
refuses "a bare file name is a disk" 'disk.img.*No such file' "${quiet[@]}" disk.img
refuses "-hda is a disk" '/nonexistent/a,b.*No such file' "${quiet[@]}" -hda /nonexistent/a,b
refuses "two drives in one place" 'there is a drive with that index' "${quiet[@]}" -drive "file=$dir/large,format=raw,index=2" \
    -drive "file=$dir/large,format=raw,bus=1,unit=0"

# ---- exit statuses -------------------------------------------------------------------------------------

bare=(-display none -nodefaults)
ends "debugexit's word is the status" 42 '' "${bare[@]}" -bios "$dir/exit42" -device core99-debugexit
ends "-timeout-guest ends with 124 and says why" 124 'timeout-guest.*pc fff00100' \
    "${bare[@]}" -bios "$dir/loop" -timeout-guest 10ms -icount shift=0
ends "-expect that never comes ends with 3 and says why" 3 'expect never: not seen: pc fff00100' \
    "${bare[@]}" -bios "$dir/loop" -timeout-guest 10ms -icount shift=0 -expect never
ends "-expect that comes ends with 0" 0 '' -nographic -nodefaults -expect 'Welcome to OpenBIOS' \
    -timeout-guest 60s -icount shift=0,sleep=off
ends "a shut down guest counts for -expect" 3 'not seen' "${bare[@]}" -bios "$dir/exit42" \
    -device core99-debugexit -expect never

ends "a command line found in the wild is taken" 124 '' -M mac99,via=pmu,accel=tcg,usb=off -cpu g4 -m 256 \
    -smp 1 -accel tcg,thread=multi -nic none -vga none -parallel none -boot order=c,menu=on -g 1024x768x32 \
    -prom-env 'auto-boot?=false' -uuid 01234567-89ab-cdef-0123-456789abcdef -name guest=x -rtc base=utc \
    --no-user-config -fw_cfg name=opt/x,string=a,,b -display none -bios "$dir/loop" -timeout-guest 1ms
ends "-machine takes what -kernel and -initrd take" 1 "'/nonexistent'" -machine mac99,kernel=/nonexistent \
    "${quiet[@]}"

for turn in first second; do
    run "${bare[@]}" -bios "$dir/loop" -timeout-guest 10ms -icount shift=0 -hash-at-exit
    mv "$dir/err" "$dir/$turn"
done
same_hash "-hash-at-exit prints the same hash twice" "$dir/first" "$dir/second"

# console NAME ARGS... <<STEPS: one subtest on -monitor stdio, from the console's first line to status 0.
console() {
    local name=$1
    shift
    drive "$CORE99" "${bare[@]}" -monitor stdio "$@" < <(
        printf 'test %s\nexpect core99 console\nexpect (core99) \n' "$name"
        cat
        echo 'exit 0'
    )
}

for signal in INT TERM HUP; do
    console "SIG$signal ends cleanly" -bios "$dir/loop" -serial "file:$dir/serial" <<STEPS
signal $signal
expect terminating on signal
STEPS
done

# ---- the console ---------------------------------------------------------------------------------------

console "-S waits for the console" -S <<'STEPS'
send info status\r
expect prelaunch
send quit\r
STEPS
console "x/i disassembles at the reset vector" -S -bios "$dir/exit42" <<'STEPS'
send x/2i $pc\r
match lis +r3
match li +r4, 0x2a
send q\r
STEPS
console "stepi shows the next instruction" -S -bios "$dir/exit42" <<'STEPS'
send stepi\r
expect fff00104
send q\r
STEPS
console "a long stepi holds back the next line" -S -bios "$dir/loop" <<'STEPS'
send stepi 5000000\rinfo status\rq\r
expect fff00100: 
expect icount 5000000
STEPS
console "a breakpoint stops" -S -bios "$dir/exit42" <<'STEPS'
send b $pc+8\r
expect (core99) 
send c\r
expect Breakpoint 1
expect fff00108
send q\r
STEPS
console "a guest of zeros answers" -S -bios "$dir/zeros" <<'STEPS'
send stepi 3\rinfo why\r
expect vector 0x700
expect (core99) 
send cont\rinfo status\r
expect running
send stop\rinfo status\r
expect paused
send q\r
STEPS
console "a part that is not built is refused by name" -S <<'STEPS'
send savevm x\r
expect 'savevm' is not built
send q\r
STEPS

"$CORE99" "${bare[@]}" -bios "$dir/loop" -monitor "unix:$dir/sock,server=on,wait=off" &
pid=$!
answer=$(python3 - "$dir/sock" "${CORE99_SLOW:-1}" <<'PY'
import socket, sys, time

limit = time.monotonic() + 60 * int(sys.argv[2])


def connect():
    while True:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(limit - time.monotonic())
        try:
            s.connect(sys.argv[1])
            return s
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.1)


for turn in range(2):
    s = connect()
    s.sendall(b"info status\n" if turn == 0 else b"info version\nquit\n")
    text = b""
    while b"icount" not in text or turn:
        data = s.recv(4096)
        if not data:
            break
        text += data
    print(text.decode())
    s.close()
PY
)
status=0
wait "$pid" || status=$?
if [ "$status" = 0 ] && [[ $answer == *running* ]]; then
    ok "the console answers on a unix socket, twice"
else
    not_ok "the console answers on a unix socket, twice" "status $status: ${answer//$'\n'/ | }"
fi

# What `core99 debug` makes of the terminal: the console; the guest's serial port is elsewhere.
drive "$CORE99" debug -nodefaults -bios "$dir/exit42" <<'STEPS'
test debug starts stopped, on the console
expect (core99) 
send info status\r
expect prelaunch
send info chardev\r
expect compat_monitor0: stdio
send q\r
exit 0
STEPS
drive "$CORE99" debug -bios "$dir/loop" <<'STEPS'
test debug puts the serial port on a pty and tells where
match char device redirected to /dev/pts/[0-9]+ \(label serial0\)
expect (core99) 
send c\r
expect (core99) 
send info chardev\r
match serial0: pty:/dev/pts/[0-9]+ \(disconnected\)
send q\r
exit 0
STEPS

# A console on TCP, its port chosen by the kernel and told.
"$CORE99" "${bare[@]}" -bios "$dir/loop" -monitor tcp::0,server,nowait 2>"$dir/err" &
pid=$!
answer=$(python3 - "$dir/err" "${CORE99_SLOW:-1}" <<'PY'
import re, socket, sys, time

limit = time.monotonic() + 60 * int(sys.argv[2])
port = None
while not port and time.monotonic() < limit:
    port = re.search(rb"listening on tcp port 127.0.0.1:(\d+) ", open(sys.argv[1], "rb").read())
    time.sleep(0.05)
s = socket.create_connection(("127.0.0.1", int(port[1])), 60)
s.sendall(b"\xff\x00" * 100 + b"\x15info status\nquit\n")
text = b""
while data := s.recv(4096):
    text += data
print(text.decode(errors="replace"))
PY
)
status=0
wait "$pid" || status=$?
if [ "$status" = 0 ] && [[ $answer == *running* ]]; then
    ok "the console answers on TCP"
else
    not_ok "the console answers on TCP" "status $status: ${answer//$'\n'/ | }"
fi

# Typed: to the guest's serial port, Ctrl-a c, to the console, Ctrl-a x.
drive "$CORE99" -nographic -nodefaults -serial mon:stdio -bios "$dir/loop" <<'STEPS'
test Ctrl-a c reaches the console, Ctrl-a x ends
send \x01c
expect (core99) 
send info status\r
expect running
send \x01x
exit 0
STEPS

finish
