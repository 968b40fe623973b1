#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# OpenBIOS to its prompt with via=cuda and via=pmu: the banner, arithmetic, the device tree, and the
# Forth rows at the end of mac99.md appendix B that concern devices of this machine.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# forth TYPED PRINTED: one subtest.
forth() {
    local typed
    typed=$(sed 's/[+.*]/\\&/g' <<<"$1")
    printf 'test %s: %s prints %s\nsend %s\\r\nmatch %s *%s *ok\\r\nexpect 0 > \n' \
        "$via" "$1" "$2" "$1" "$typed" "$2"
}

# listed WORDS PATH...: `WORDS` names every PATH; one subtest each.
listed() {
    local words=$1 path
    shift
    printf 'send %s\\r\n' "$words"
    for path; do
        printf 'test %s: %s lists %s\nmatch ^[0-9a-f]{8} %s( .*)?\\r$\n' "$via" "$words" "$path" \
            "$(sed 's/[+.*()]/\\&/g' <<<"$path")"
    done
    printf 'match ok\\r\\n0 > \n'
}

banner() {
    cat <<STEPS
test $via: the banner names the machine
expect OpenBIOS 1.1
match ^>> Configuration device id QEMU version 1 machine id 1\r
match ^>> CPUs: 1\r
match ^>> Memory: 256M\r
match ^>> UUID: 00112233-4455-6677-8899-aabbccddeeff\r
match ^>> CPU type PowerPC,G4\r
test $via: the prompt comes
match ^Welcome to OpenBIOS v1\.1 built on .*\r
match ^No valid state has been set by load or init-program\r
match ^0 > 
STEPS
}

tree() {
    local macio=/pci@f2000000/mac-io@c parts
    case $via in
    cuda) parts="via-cuda@16000 via-cuda@16000/adb via-cuda@16000/adb/keyboard@8
        via-cuda@16000/adb/mouse@9 via-cuda@16000/rtc via-cuda@16000/power-mgt" ;;
    pmu) parts="gpio@50 gpio@50/extint-gpio1@9 gpio@50/programmer-switch via-pmu@16000
        via-pmu@16000/rtc via-pmu@16000/power-mgt" ;;
    esac
    parts="$parts escc@13000 escc@13000/ch-a@13020 escc@13000/ch-b@13000 escc-legacy@12000
        escc-legacy@12000/ch-a@12002 escc-legacy@12000/ch-b@12000 ata-3@20000 ata-3@21000
        ata-3@21000/cdrom@0 interrupt-controller@40000"
    listed 'dev / ls' aliases openprom options chosen packages cpus memory@0 rom@ff800000 \
        nvram@fff04000 pci@f2000000 uni-n@f8000000
    # shellcheck disable=SC2046,SC2086
    listed show-devs /cpus/PowerPC,G4@0 $macio $(printf "$macio/%s\n" $parts)
    printf 'test %s: no node of a device that is not there\nabsent %s\n' "$via" \
        '^[0-9a-f]{8} .*(usb|QEMU,VGA|ethernet|disk@|scsi)'
}

property() { # NODE NAME PRINTED
    printf 'test %s: %s of %s is %s\nsend dev %s .properties\\r\nmatch ^%s +%s *\\r\nmatch ok\\r\\n0 > \n' \
        "$via" "$2" "$1" "$3" "$1" "$2" "$3"
}

properties() {
    property / model '"PowerMac3,1"'
    property / compatible '.*"MacRISC2", "Power Macintosh".*'
    property /cpus/PowerPC,G4@0 cpu-version c0209
    property /cpus/PowerPC,G4@0 timebase-frequency 5f5e100
    property /cpus/PowerPC,G4@0 clock-frequency 35a4e900
    property /nvram '#bytes' 2000
}

# The columns of the table at the end of appendix B, in its order.
rows() {
    forth '80041000 l@ u.' 2003f00
    forth '00580080 f2800000 l! f2c00000 l@ u.' 6b101f00
    forth '00080000 f2800000 l! f2c00000 l@ u.' 6b101f00
    forth '01600000 f2800000 l! f2c00000 l@ u.' 6b102200
    forth '80060080 l@ u. 800600a0 l@ u. 800410f0 l@ u.' 'f000000 ff000000 7a3f00'
    forth '80050000 l@ u.' a0
    forth '80013020 c@ u. 80012002 c@ u.' '44 44'
    case $via in
    cuda) forth '80016400 c@ u. 80016000 c@ u. 80017c00 c@ u.' 'ff 38 80' ;;
    pmu) forth '80000059 c@ u.' '[02]' ;;
    esac
    forth 'a0000000 l@ u. f1000000 l@ u. 80000038 l@ u.' '0 0 0'
    forth '80020070 c@ u.' 0
    # From the first table, the rows that no boot step has changed by now.
    forth '0 f0000510 w! f0000512 c@ u. f0000512 c@ u. f0000512 c@ u. f0000512 c@ u.' '51 45 4d 55'
    forth '3 f0000510 w! f0000512 c@ u. f0000512 c@ u. f0000512 c@ u. f0000512 c@ u.' '0 0 0 10'
    forth 'f8000000 l@ u.' 7
}

steps() {
    banner
    forth '3 4 + .' 7
    tree
    properties
    printf 'send hex\\r\nexpect ok\n'
    rows
}

for via in cuda pmu; do
    drive "$CORE99" -M mac99,via=$via -m 256 -nographic -uuid 00112233-4455-6677-8899-aabbccddeeff \
        < <(steps)
done

# -prom-env reaches the firmware, and the firmware the guest's power switch.
via=powermac3_1
drive "$CORE99" -M powermac3_1 -nographic -prom-env 'auto-boot?=false' -prom-env 'boot-args=hello' <<'STEPS'
test powermac3_1: -prom-env auto-boot?=false stops before the boot devices
expect 0 > 
absent Trying hd
test powermac3_1: -prom-env boot-args is an option
send printenv boot-args\r
match boot-args +"?hello
expect 0 > 
test powermac3_1: the firmware has a PMU
send dev /pci/mac-io/via-pmu .properties\r
match compatible +"pmu"
expect 0 > 
test powermac3_1: power-off powers off with status 0
send power-off\r
exit 0
STEPS
drive "$CORE99" -M mac99 -nographic -no-reboot <<'STEPS'
test cuda: reset-all with -no-reboot ends with status 0
expect 0 > 
send reset-all\r
exit 0
STEPS
# The drive that nobody asked for, and nothing in its place.
drive "$CORE99" -M mac99 -nographic -nodefaults -serial stdio <<'STEPS'
test cuda: -nodefaults leaves out the CD-ROM drive
expect 0 > 
send show-devs\r
expect ata-3@21000
absent cdrom
expect ok
expect 0 > 
send power-off\r
exit 0
STEPS
drive "$CORE99" -M mac99 -nographic <<'STEPS'
test cuda: reset-all begins again
expect 0 > 
send reset-all\r
expect OpenBIOS 1.1
expect 0 > 
test cuda: power-off powers off with status 0
send power-off\r
exit 0
STEPS
finish
