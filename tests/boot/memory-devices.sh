#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# DIMMs, nvdimms and virtio-pmem: what Linux finds of them, contents that outlive the machine read back by a
# bare-metal guest, NUMA policy as the host's kernel shows it, huge pages, and what is refused.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

fixed=(-nographic -icount 'shift=0,sleep=off')
ram=memory-backend-ram
dimms=(-m 128,slots=4,maxmem=1G -object $ram,id=m0,size=64M -object $ram,id=m1,size=32M
    -device pc-dimm,memdev=m0,id=d0 -device pc-dimm,memdev=m1
    -object $ram,id=p,size=16M -device nvdimm,memdev=p,id=nv)

# ---- Linux ------------------------------------------------------------------------------------------------

cat >"$scratch/look" <<'SCRIPT'
tree=/proc/device-tree
hex() { hexdump -v -e '1/1 "%02x"' "$1"; echo; }
echo "total $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)"
echo "reg $(hex $tree/memory@0/reg)"
echo "iomem $(grep 'System RAM' /proc/iomem)"
for node in dimm@8000000 dimm@c000000 pmem@90000000; do
    echo "$node $(hex $tree/$node/reg)"
done
echo "label $(cat $tree/dimm@8000000/label)"
echo "compatible $(cat $tree/pmem@90000000/compatible)"
SCRIPT
linux() { # OUTPUT OPTION...
    local output=$1
    shift
    quiet_core99 "${fixed[@]}" "$@" -kernel "$KERNEL" -initrd "$INITRD" \
        -fw_cfg "name=opt/core99/look,file=$scratch/look" \
        -append 'console=ttyS0 core99.run=look' -hash-at-exit >"$output" 2>&1
}

linux "$scratch/linux" "${dimms[@]}"
is "Linux with two DIMMs and an nvdimm powers off" 0 $?
has "the firmware counts the DIMMs" '^>> Memory: 224M' "$scratch/linux"
has "the firmware's node has one range of -m plus DIMMs" '^reg 000000000e000000' "$scratch/linux"
has "Linux takes all of it, and nothing else, for RAM" '^iomem 00000000-0dffffff' "$scratch/linux"
has "the first DIMM's node" '^dimm@8000000 0800000004000000' "$scratch/linux"
has "its label is the device's id" '^label d0' "$scratch/linux"
has "the second DIMM's node" '^dimm@c000000 0c00000002000000' "$scratch/linux"
has "the nvdimm's node" '^pmem@90000000 9000000001000000' "$scratch/linux"
has "is a pmem-region" '^compatible pmem-region' "$scratch/linux"
read -r available all < <(tr -d '\r' <"$scratch/linux" |
    sed -n 's/.* Memory: \([0-9]*\)K\/\([0-9]*\)K available.*/\1 \2/p')
freed=$(tr -d '\r' <"$scratch/linux" | sed -n 's/.*Freeing .*memory: \([0-9]*\)K.*/\1/p' |
    awk '{ sum += $1 } END { print sum }')
total=$(tr -d '\r' <"$scratch/linux" | sed -n 's/^total //p')
is "Linux's memory is -m plus DIMMs, in KiB" $((224 * 1024)) "${all:-none}"
is "MemTotal is that less what the kernel keeps" "${total:-none}" $((${available:-0} + ${freed:-0}))

linux "$scratch/again" "${dimms[@]}"
same_hash "a second run ends in the same state" "$scratch/linux" "$scratch/again"
linux "$scratch/chaos" "${dimms[@]}" -cache-chaos 1
same_hash "with caches emptied at random too" "$scratch/linux" "$scratch/chaos"
linux "$scratch/recorded" "${dimms[@]}" -record "$scratch/record"
linux "$scratch/replayed" "${dimms[@]}" -replay "$scratch/record"
is "a replay ends as recorded" 0 $?
same_hash "in the same state" "$scratch/recorded" "$scratch/replayed"
linux "$scratch/other" -m 128,slots=4,maxmem=1G -object $ram,id=m0,size=64M \
    -device pc-dimm,memdev=m0,id=d0 -replay "$scratch/record"
is "a replay without one of the DIMMs is refused" 1 $?

drive "$CORE99" -nodefaults -display none -monitor stdio -S "${dimms[@]}" \
    -numa node,mem=64M -numa node,mem=64M -object $ram,id=m2,size=1M \
    -device pc-dimm,memdev=m2,node=1,id=d2 <<STEPS
test info shows memory devices, sums, nodes and back ends
send info memory-devices\r
match ^Memory device \[dimm\]: "d0"
match ^  addr: 0x8000000
match ^Memory device \[nvdimm\]: "nv"
match ^  addr: 0x90000000
send info memory_size_summary\r
match ^base memory: 134217728
match ^plugged memory: 101711872
send info numa\r
match ^node 0 size: 160 MB
match ^node 0 plugged: 96 MB
match ^node 1 size: 65 MB
match ^node 1 plugged: 1 MB
send info memdev\r
match ^memory backend: m0
match ^  policy: default
test hot plug and unplug are refused with the reason
send device_add pc-dimm,memdev=m2\r
match cannot be hot-plugged: the firmware tells the guest
send device_del d0\r
match 'd0' cannot be unplugged
send quit\r
exit 0
STEPS

# ---- what outlives the machine ---------------------------------------------------------------------------

persist=$BAREMETAL/persist.elf

# persists NAME DEVICE: written by one machine, read back by the next.
persists() {
    local name=$1 device=$2 turn status=() file=$scratch/$1.img
    for turn in write read; do
        quiet_core99 "${fixed[@]}" -m 64,slots=1,maxmem=256M -kernel "$persist" \
            -object "memory-backend-file,id=p,size=1M,share=on,mem-path=$file" \
            -device "$device" -device core99-debugexit >"$scratch/$1.$turn" 2>&1
        status+=($?)
    done
    is "$name: a bare-metal guest writes, the next machine's reads it back" "7 42" "${status[*]}"
    is "$name: it is in the file" 9e3779b93c6ef372 "$(head -c 8 "$file" | od -An -tx1 | tr -d ' ')"
}
persists nvdimm nvdimm,memdev=p
persists virtio-pmem virtio-pmem-pci,memdev=p
quiet_core99 "${fixed[@]}" -m 64,slots=1,maxmem=256M -kernel "$persist" \
    -object "memory-backend-file,id=p,size=1M,mem-path=$scratch/private" \
    -device nvdimm,memdev=p -device core99-debugexit >/dev/null 2>&1
is "a private one is written" 7 $?
is "and its file stays as it was" 0 "$(tr -d '\0' <"$scratch/private" | wc -c)"

# ---- where the host keeps it -----------------------------------------------------------------------------

nodes=(-m 64 -object "$ram,id=n0,size=24M,policy=bind,host-nodes=0"
    -object "memory-backend-memfd,id=n1,size=40M,policy=interleave,host-nodes=0,prealloc=on,prealloc-threads=2"
    -numa node,memdev=n0 -numa node,memdev=n1)
if [ -r /proc/self/numa_maps ]; then
    "$CORE99" -nodefaults -display none -S "${nodes[@]}" </dev/null 2>/dev/null &
    pid=$!
    for ((tries = 0; tries < 100; tries++)); do
        cat "/proc/$pid/numa_maps" >"$scratch/maps" 2>/dev/null
        grep -q ' interleave:0 ' "$scratch/maps" && break
        sleep 0.1
    done
    kill "$pid"
    wait "$pid"
    has "the first node's memory is bound" ' bind:0' "$scratch/maps"
    has "the second node's is interleaved" ' interleave:0 .*n1' "$scratch/maps"
else
    echo "ok - NUMA policy # skip: the host's kernel shows no numa_maps"
fi

free_pages=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
huge=(-m 64 -object memory-backend-memfd,id=h,size=64M,hugetlb=on,hugetlbsize=2M
    -machine memory-backend=h)
if [ "$free_pages" -ge 32 ]; then
    quiet_core99 "${fixed[@]}" "${huge[@]}" -run-until 300000000 >"$scratch/huge" 2>&1
    is "RAM in huge pages boots" 0 $?
    has "to the prompt" '^0 > ' "$scratch/huge"
else
    refused "no huge pages on the host" "too few free huge pages of 2048 KiB for 64 MiB" \
        "${fixed[@]}" "${huge[@]}"
fi

# ---- what is refused -------------------------------------------------------------------------------------

off=(-nographic -run-until 1000)
one=(-m 128,slots=1,maxmem=3G -object "$ram,id=m,size=1M")
refused "a size of huge pages that the host has not" "no huge pages of 64 KiB" "${off[@]}" \
    -object memory-backend-memfd,id=h,size=64M,hugetlb=on,hugetlbsize=64K
refused "a node that the host has not" "has no NUMA node 127" "${off[@]}" \
    -object $ram,id=a,size=1M,policy=bind,host-nodes=127
refused "a policy without nodes" "policy 'bind' needs host-nodes" "${off[@]}" \
    -object $ram,id=a,size=1M,policy=bind
refused "a DIMM without room for it" "give -m SIZE,slots=N,maxmem=SIZE" "${off[@]}" \
    -object $ram,id=m,size=1M -device pc-dimm,memdev=m
refused "slots that run out" "no free slots available" "${off[@]}" "${one[@]}" \
    -object $ram,id=n,size=1M -device pc-dimm,memdev=m -device pc-dimm,memdev=n
refused "a back end used twice" "'m' is used more than once" "${off[@]}" "${one[@]}" \
    -device pc-dimm,memdev=m -device virtio-pmem-pci,memdev=m
refused "DIMMs over 2 GiB" "more than the machine's 2048 MiB" "${off[@]}" \
    -m 2000,slots=1,maxmem=3G -object $ram,id=m,size=64M,reserve=off -device pc-dimm,memdev=m
refused "a DIMM over RAM" "overlaps RAM" "${off[@]}" "${one[@]}" \
    -device pc-dimm,memdev=m,addr=0x1000000
refused "an nvdimm bigger than its file" "less than the size" "${off[@]}" -m 128,slots=1,maxmem=1G \
    -object "memory-backend-file,id=m,size=2M,share=on,mem-path=$scratch/nvdimm.img" \
    -device nvdimm,memdev=m
refused "a read-only file that is not said to be unarmed" "give unarmed=on" "${off[@]}" \
    -m 128,slots=1,maxmem=1G -device nvdimm,memdev=m \
    -object "memory-backend-file,id=m,size=1M,readonly=on,mem-path=$scratch/nvdimm.img"
refused "slots without maxmem" "slots= needs maxmem=" "${off[@]}" -m 128,slots=1
finish
