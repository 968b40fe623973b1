#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Linux with via=cuda and via=pmu in live mode, as a user meets it: shell, clock, interrupts, Ctrl-C,
# fw_cfg, reboot, power-off. Then the options for CI: debug-exit device, -expect, -timeout-guest.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

exit_address=0xf8800000 # free, and not the default
bad='nobody cared|WARNING|BUG|Oops|Call Trace|Unable to handle'

# counts NAME IRQ...: these lines of /proc/interrupts grow while COMMAND runs.
counts() { # IRQ-REGEX COMMAND
    cat <<STEPS
test $via: interrupts of $1 are counted
send a=\$(irqs '$1'); $2 >/dev/null; b=\$(irqs '$1'); [ \$b -gt \$a ] && echo more: \$((b - a))\\r
match ^more: [0-9]+\\r
expect /root # 
STEPS
}

steps() {
    cat <<STEPS
test $via: the shell prompt comes
expect OpenBIOS 1.1
expect Linux version 6.1
match ^core99: Linux 6\.1\S* is up\r
expect /root # 
test $via: /proc/cpuinfo names the processor and the machine
send cat /proc/cpuinfo\r
match ^cpu\s+: 7400, altivec supported\r
match ^clock\s+: 900\.0+MHz\r
match ^revision\s+: 2\.9 \(pvr 000c 0209\)\r
match ^timebase\s+: 100000000\r
match ^platform\s+: PowerMac\r
match ^machine\s+: PowerMac3,1\r
match ^detected as\s+: 65 \(PowerMac G4 AGP Graphics\)\r
match ^Memory\s+: 256 MB\r
expect /root # 
test $via: /proc/interrupts has the sources of the board
send cat /proc/interrupts\r
match ^ *16: +\d+ +MPIC 1 +13 Level +pata-macio.0\.00020000:ata-3.\r
match ^ *18: +\d+ +MPIC 1 +14 Level +pata-macio.0\.00021000:ata-3.\r
match ^ *25: +[1-9]\d* +MPIC 1 +25 $via_line\r
match ^ *37: +[1-9]\d* +MPIC 1 +37 Level +ttyS0\r
match ^LOC: +[1-9]\d* 
match ^SPU: +0 
match ^MCE: +0 
expect /root # 
send irqs() { awk "/\$1/ {print \\\\\$2; exit}" /proc/interrupts; }\r
expect /root # 
STEPS
    counts ttyS0 'dmesg | head -n 3 >/dev/console; sleep 1'
    counts 'LOC:' 'sleep 1'
    counts " 25: " 'hwclock -r'
    [ "$via" = cuda ] || counts 'GPIO1' 'sleep 2'
    cat <<STEPS
test $via: date is the host's
send date -u +'now=%s'\r
match ^now=\d+\r
shell date -u +%s >$scratch/$via.now
expect /root # 
test $via: hwclock reads the clock chip
send hwclock -r\r
match ^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d 20\d\d .*\r
expect /root # 
test $via: floating point in awk gives right results
send awk 'BEGIN { printf "%.12f %d\\\\n", exp(1) * atan2(1, 1), 7 ^ 11 }'\r
match ^2\.134933555668 1977326743\r
expect /root # 
test $via: Ctrl-C reaches the shell's job
send sleep 100\r
pause 1
send \x03
expect /root # 
send echo status \$?\r
match ^status 130\r
expect /root # 
test $via: a blob of -fw_cfg is read inside Linux
send fwcfg-read opt/core99/blob | md5sum\r
expect $blob_sum
expect /root # 
test $via: dmesg is free of complaints
send dmesg | grep -c -E '$bad'\r
match ^0\r
expect /root # 
test $via: reboot begins again
send reboot\r
expect OpenBIOS 1.1
match ^core99: Linux 6\.1\S* is up\r
expect /root # 
test $via: poweroff ends the process with status 0 and the terminal as it was
send poweroff\r
exit 0
STEPS
}

head -c 5000 /dev/urandom >"$scratch/blob"
blob_sum=$(md5sum <"$scratch/blob" | cut -c1-32)

live() {
    drive --pty --log "$scratch/$via.log" "$CORE99" -M mac99,via="$via" -m 256 -nographic \
        -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0 \
        -fw_cfg name=opt/core99/blob,file="$scratch/blob" < <(steps)
    local guest_time host_time
    grep -a -v 'grep -c -E' "$scratch/$via.log" >"$scratch/$via.text"
    has_not "$via: the console shows no complaint in two boots" "$bad" "$scratch/$via.text"
    guest_time=$(grep -a -o '^now=[0-9]*' "$scratch/$via.log" | cut -d= -f2)
    host_time=$(cat "$scratch/$via.now")
    # Behind: what a busy host did not give it is never made up for.
    check "$via: the guest's clock is within a minute of the host's" \
        test "$((host_time - ${guest_time:-0}))" -le $((60 * ${CORE99_SLOW:-1})) \
        -a "$((host_time - ${guest_time:-0}))" -ge -5
}

# In fixed mode nobody waits for the wall clock.
fixed() { # COMMAND OPTION...
    local command=$1
    shift
    quiet_core99 -M mac99,via=pmu -m 128 -nographic -icount shift=1,sleep=off -kernel "$KERNEL" \
        -initrd "$INITRD" -append "console=ttyS0 quiet core99.exit=$exit_address core99.cmd=\"$command\"" \
        -device core99-debugexit,addr=$exit_address "$@" >"$scratch/out" 2>&1
}

ci_options() {
    local status
    fixed 'exit 42'
    is "debug-exit ends with the guest's status" 42 $?
    fixed 'echo the needle' -expect 'the needle'
    is "-expect ends with 0 when the text is seen" 0 $?
    has_not "-expect ends at once" 'core99: exit' "$scratch/out"
    fixed 'exit 5' -expect 'no such text'
    is "-expect ends with 3 when the run ends without the text" 3 $?
    has "-expect says why in one line" 'core99: -expect no such text: not seen: .*msr' "$scratch/out"
    fixed 'sleep 1000' -timeout-guest 20s
    is "-timeout-guest ends with 124" 124 $?
    has "-timeout-guest says why in one line" 'core99: -timeout-guest ran out: .*msr' "$scratch/out"
    fixed 'while :; do :; done' -timeout-guest 4s -expect 'no such text'
    is "-timeout-guest with -expect ends with 3" 3 $?
}

via=cuda via_line='Edge +ADB'
live &
cuda_job=$!
via=pmu via_line='Level +VIA-PMU'
live
wait $cuda_job || failures=$((failures + 1))
ci_options
finish
