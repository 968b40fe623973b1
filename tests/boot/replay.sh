#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# -record and -replay: a live boot of Linux with typed commands runs again from its log, bit by bit, and
# a log that does not fit or is damaged is refused in words.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

linux=(-M mac99,via=pmu -m 128 -nographic -kernel "$KERNEL" -initrd "$INITRD" -append console=ttyS0)

# replayed NAME STATUS LOG [BINARY OPTION...]
replayed() {
    local name=$1 expected=$2 log=$3 binary=${4:-$CORE99} status=0
    shift $(($# < 4 ? $# : 4))
    patiently 300 "$binary" "${linux[@]}" -replay "$scratch/$log" -hash-at-exit "$@" \
        </dev/null >"$scratch/replay.out" 2>&1 || status=$?
    is "$name" "$expected" "$status"
}

# ---- a whole session -----------------------------------------------------------------------------------

drive --log "$scratch/record.out" "$CORE99" "${linux[@]}" -record "$scratch/log" -hash-at-exit <<'STEPS'
test a live boot with typed commands is recorded
expect /root # 
send date; ls /; echo typed-$((6 * 7))\r
expect typed-42
expect /root # 
pause 0.7
send sleep 1; cat /proc/interrupts | head -n 5; echo done-$?\r
expect done-0
expect /root # 
send \x01c
expect (core99) 
send stop\r
expect (core99) 
pause 0.5
send cont\r
expect (core99) 
send \x01c
send poweroff\r
exit 0
STEPS
replayed "its replay ends with 0" 0 log
same_hash "the replay ends in the recorded state" "$scratch/record.out" "$scratch/replay.out"
has "the replay says that it ended as recorded" 'core99: -replay .*: replay ends( at icount [0-9]+)? as recorded' \
    "$scratch/replay.out"
has "the replay prints what was typed" 'typed-42' "$scratch/replay.out"
replayed "the replay of a clang build ends with 0" 0 log "$CORE99_CLANG"
same_hash "and in the recorded state" "$scratch/record.out" "$scratch/replay.out"
replayed "the replay with caches emptied at random ends with 0" 0 log "$CORE99" -cache-chaos 3

# ---- other ends of a recording -------------------------------------------------------------------------

drive --log "$scratch/term.out" "$CORE99" "${linux[@]}" -record "$scratch/term" -hash-at-exit <<'STEPS'
test SIGTERM ends a recording with status 0
expect Linux version
signal TERM
exit 0
STEPS
replayed "the replay goes as far as the recording" 0 term
same_hash "and ends in the same state" "$scratch/term.out" "$scratch/replay.out"

drive --log "$scratch/reset.out" "$CORE99" "${linux[@]}" -record "$scratch/reset" -hash-at-exit <<'STEPS'
test a reset from the console is recorded
expect Linux version
send \x01c
expect (core99) 
send system_reset\r
expect (core99) 
expect Linux version
send quit\r
exit 0
STEPS
replayed "the replay takes the reset at the same instant" 0 reset
same_hash "and ends in the same state" "$scratch/reset.out" "$scratch/replay.out"

# ---- logs that do not fit ------------------------------------------------------------------------------

refused "a replay with another -m is refused" "recorded with 'm=134217728', this run has 'm=" \
    "${linux[@]}" -m 256 -replay "$scratch/log"
refused "a replay with another -append is refused" "recorded with 'append=console=ttyS0'" \
    "${linux[@]}" -append console=ttyS1 -replay "$scratch/log"
refused "a replay in fixed mode is refused" "recorded with" \
    "${linux[@]}" -icount shift=0 -replay "$scratch/log"
refused "a replay with another kernel is refused" "recorded with 'kernel=" \
    "${linux[@]}" -kernel "$BAREMETAL/poweroff.elf" -replay "$scratch/log"
refused "a log that is not there" "cannot open .*nowhere.*No such file" \
    "${linux[@]}" -replay "$scratch/nowhere"
refused "a file that is no log" "not a .*(recording|log)" "${linux[@]}" -replay "$KERNEL"
refused "an empty log" "" "${linux[@]}" -replay /dev/null
refused "-record and -replay together" "exclude each other" \
    "${linux[@]}" -record "$scratch/x" -replay "$scratch/log"
refused "a recording into a folder that is not there" "cannot create" \
    "${linux[@]}" -record "$scratch/none/x"

size=$(stat -c %s "$scratch/log")
for part in 20 500 $((size / 2)) $((size - 5)); do
    head -c "$part" "$scratch/log" >"$scratch/cut"
    status=0
    patiently 300 "$CORE99" "${linux[@]}" -replay "$scratch/cut" </dev/null \
        >"$scratch/cut.out" 2>&1 || status=$?
    case $status in
    1 | 4) has "a log cut off at byte $part of $size ends in words" \
        'core99: .*(end of|truncated|cut|damaged|incomplete|stops|broken|goes on)' "$scratch/cut.out" ;;
    *) not_ok "a log cut off at byte $part of $size" "status $status" ;;
    esac
done
cp "$scratch/log" "$scratch/bad"
printf '\377\377\377\377' | dd of="$scratch/bad" bs=1 seek=$((size * 2 / 3)) conv=notrunc status=none
status=0
patiently 300 "$CORE99" "${linux[@]}" -replay "$scratch/bad" </dev/null >"$scratch/bad.out" 2>&1 ||
    status=$?
case $status in
1 | 4) ok "a damaged log ends with status $status" ;;
*) not_ok "a damaged log" "status $status: $(tail -n 1 "$scratch/bad.out")" ;;
esac
finish
