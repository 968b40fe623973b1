#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Users' mistakes are one line and exit status 1; guests that do nothing sensible leave the console
# answering within a second. (Memory options: memory.sh; -record and -replay: replay.sh.)

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

cd "$scratch" || exit 1
echo "this is a text file" >text
: >empty
mkdir folder
head -c 2000000 /dev/zero >large
head -c 100000 "$KERNEL" >cut.elf
head -c 60 "$KERNEL" >header.elf
head -c 20000000 /dev/zero >twenty

off=(-nographic -run-until 1000)
linux=("${off[@]}" -kernel "$KERNEL")

# ---- images ------------------------------------------------------------------------------------------------

refused "a ROM that is not there" "-bios /nowhere: no such file" "${off[@]}" -bios /nowhere
refused "a ROM that is a folder" "-bios: .*directory" "${off[@]}" -bios folder
refused "a ROM that is too large" "larger than the 1048576 bytes" "${off[@]}" -bios large
refused "a ROM without a reset vector" "no reset vector" "${off[@]}" -bios text
refused "an empty ROM" "no reset vector" "${off[@]}" -bios empty
refused "a ROM for another machine" "64-bit ELF file" "${off[@]}" -bios "$BASH"
refused "a kernel that is not there" "-kernel: .*No such file" "${off[@]}" -kernel /nowhere
refused "a kernel that is a folder" "-kernel: .*directory" "${off[@]}" -kernel folder
refused "a kernel that is a text file" "'text' is a text file" "${off[@]}" -kernel text
refused "an empty kernel" "'empty' is empty" "${off[@]}" -kernel empty
refused "a compressed kernel" "is compressed" "${off[@]}" -kernel "$INITRD"
refused "a kernel for x86" "64-bit ELF file; this machine runs 32-bit" "${off[@]}" -kernel "$BASH"
refused "a truncated ELF kernel" "'cut.elf' is truncated" "${off[@]}" -kernel cut.elf
refused "an ELF kernel cut in its headers" "'header.elf' is truncated" "${off[@]}" -kernel header.elf
refused "an ELF kernel larger than RAM" "does not fit.*ends at 0x1800000" "${linux[@]}" -m 24
refused "a raw kernel larger than RAM" "larger than the 16777216 bytes" "${off[@]}" -m 32 -kernel twenty
refused "an initrd that is not there" "-initrd: .*No such file" "${linux[@]}" -initrd /nowhere
refused "an initrd that is a folder" "-initrd: .*directory" "${linux[@]}" -initrd folder
refused "an empty initrd" "-initrd: 'empty' is empty" "${linux[@]}" -initrd empty
refused "an initrd larger than RAM" "-initrd.*(larger|no RAM)" "${linux[@]}" -m 32 -initrd twenty
refused "an initrd without a kernel" "-initrd only works with -kernel" "${off[@]}" -initrd "$INITRD"
refused "an -append without a kernel" "-append only works with -kernel" "${off[@]}" -append x
refused "an -append that is too long" "at most 4095" "${linux[@]}" -append "$(printf '%05000d' 0)"
refused "an NVRAM file of another size" "has 20 bytes, need 8192" "${off[@]}" -drive if=mtd,format=raw,file=text
refused "an NVRAM file that is not there" "No such file" "${off[@]}" -drive if=mtd,format=raw,file=/nowhere/x
refused "a fw_cfg file that is not there" "-fw_cfg .*No such file" \
    "${off[@]}" -fw_cfg name=opt/x,file=/nowhere
refused "a fw_cfg item without contents" "need name= and one of" "${off[@]}" -fw_cfg name=opt/x

# ---- names, with the nearest one -------------------------------------------------------------------------------

refused "-m below the range" "takes 16M to 2048M" "${off[@]}" -m 15
refused "-m above the range" "takes 16M to 2048M" "${off[@]}" -m 3G
refused "an unknown processor" "no processor model '7401' \(did you mean '7400'" "${off[@]}" -cpu 7401
refused "an unknown machine" "'mac98'; did you mean 'mac99'" "${off[@]}" -M mac98
refused "an unknown machine property" "did you mean 'via'" "${off[@]}" -M mac99,vai=pmu
refused "a value that a property does not take" "one of: cuda, pmu, pmu-adb" "${off[@]}" -M mac99,via=x
refused "an unknown device" "did you mean 'core99-debugexit'" "${off[@]}" -device core99-debugexi
refused "an unknown device property" "did you mean 'addr'" "${off[@]}" -device core99-debugexit,add=0
refused "a device on top of another" "is there" "${off[@]}" -device core99-debugexit,addr=0
refused "a device that is part of the board" "cannot be added" "${off[@]}" -device escc
refused "an unknown global property" "did you mean 'engine'" "${off[@]}" -global powerpc-cpu.engin=on
refused "an unknown option" "did you mean '-kernel'" "${off[@]}" -kernl x
refused "an option without its value" "a value is missing" "${off[@]}" -kernel
refused "an unknown log item" "known: guest_errors" "${off[@]}" -d everything
refused "an unknown trace point" "did you mean 'openpic_line'" "${off[@]}" -trace openpic_lin
refused "two processors" "only one processor" "${off[@]}" -smp 2
refused "an unknown character device" "known: stdio" "${off[@]}" -serial foo
refused "a serial file that cannot be made" "No such file" "${off[@]}" -serial file:/nowhere/x
refused "a console on a character device that is not there" "no chardev" "${off[@]}" -mon chardev=x
refused "a uuid that is none" "hexadecimal" "${off[@]}" -uuid 5
refused "a resolution that is none" "WIDTHxHEIGHT" "${off[@]}" -g big
refused "an -icount shift out of range" "0 to 10" "${off[@]}" -icount shift=11
refused "a date that is none" "YYYY-MM-DD" "${off[@]}" -rtc base=tomorrow
refused "a hash log that cannot be made" "cannot create" "${off[@]}" -hash-log /nowhere/x
refused "a hash log of every 0 instructions" "at least 1" "${off[@]}" -hash-log x,every=0
refused "a run of 0 instructions" "above 0" -nographic -run-until 0
for part in netdev:stream,id=n qmp:stdio vnc::0 usb:; do
    refused "-${part%%:*} is refused by name" "-${part%%:*}.*: .*(use|leave|boot|console)" \
        "${off[@]}" "-${part%%:*}" "${part#*:}"
done

# ---- guests ------------------------------------------------------------------------------------------------

# rom NAME WORD...: a ROM of zeros with these instructions (hexadecimal) at the reset vector.
rom() {
    local name=$1
    shift
    {
        head -c 256 /dev/zero
        # shellcheck disable=SC2059
        printf "$(printf '%s' "$@" | sed 's/../\\x&/g')"
        head -c 65536 /dev/zero
    } >"$name"
}

rom zeros
rom loop 48000000                                   # b .
rom ram 38000000 7c000124 48000002                  # MSR = 0, then RAM, which holds zeros too
rom nowhere 3c009000 7c0903a6 4e800420              # bctr to 0x90000000, where nothing is
rom nap 3c600040 7c70fba6 3c800004 7c0004ac 7c800124 4c00012c 48000000 # nap, no interrupt can come
rom dec 38000000 7c0903a6 3c608000 38800002 7c9603a6 3c600000 60638040 7c600124 48000000 # DEC, EE on

for guest in zeros loop ram nowhere nap dec; do
    for mode in live shift=0; do
        icount=()
        [ "$mode" = live ] || icount=(-icount "$mode")
        drive "$CORE99" -nographic -bios $guest "${icount[@]}" <<STEPS
test a guest of $guest, $mode: info registers, stop and quit are answered within a second
pause 0.3
send \x01c
within 1 core99) 
send info registers\r
within 1 SRR0
within 1 core99) 
send stop\r
within 1 core99) 
send info why\r
within 1 pending interrupts
within 1 core99) 
send stepi 2\r
pause 0.1
send \x03
within 1 core99) 
send cont\r
within 1 core99) 
pause 0.2
send quit\r
within 1 quit
exit 0
STEPS
    done
done

# It ends by itself, by guest time, and says where it stood.
status=0
quiet_core99 -nographic -bios loop -timeout-guest 200ms >out 2>&1 || status=$?
is "a guest that loops ends at -timeout-guest" 124 "$status"
has "and where it stood is said" 'pc fff00100 ' out
status=0
quiet_core99 -nographic -bios nap -icount shift=0,sleep=off -timeout-guest 1h >out 2>&1 || status=$?
is "a guest that naps for ever ends at -timeout-guest" 124 "$status"
for icount in auto shift=0,sleep=on; do
    status=0
    limit=60 quiet_core99 -nographic -bios nap -icount $icount -timeout-guest 200ms >out 2>&1 || status=$?
    is "and in the middle of a nap that takes time, -icount $icount" 124 "$status"
done

# A machine lives on after its guest's mistakes; they are logged, repeats with a count.
drive "$CORE99" -nographic -d guest_errors,unimp -D errors.log <<'STEPS'
test accesses of every size all over the devices leave the firmware running
expect 0 > 
send hex : p dup ffffffff swap l! dup 5555 swap w! dup aa swap c! l@ drop ;\r
match ok\r\n0 > $
send : q do i p 10 +loop ;\r
match ok\r\n0 > $
# DBDMA, IDE, the timer, the sources of OpenPIC (its global part can reset the processor), UniNorth,
# nothing at all
send 80009000 80008000 q\r
match ok\r\n0 > $
send 80022000 80020000 q\r
match ok\r\n0 > $
send 80016000 80015000 q\r
match ok\r\n0 > $
send 80060000 80050000 q\r
match ok\r\n0 > $
send f8001000 f8000000 q\r
match ok\r\n0 > $
send 90010000 90000000 q\r
match ok\r\n0 > $
send decimal 3 4 + .\r
match 7 *ok
STEPS
check "guest errors are in the log" test -s errors.log
check "and their repeats are collapsed" test "$(wc -l <errors.log)" -lt 20000
finish
