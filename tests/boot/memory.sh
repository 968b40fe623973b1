#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Guest RAM from every source that the command line offers: boots, what the console shows of them, the
# named steps of design.md 5 (its four chapters) on the executed path of each way, the error paths.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$scratch/dir"
small=$scratch/small
head -c 1000000 /dev/zero >"$small"

# ---- the ways ------------------------------------------------------------------------------------------

declare -A options blocks
ways=(anonymous mem-path prealloc ram file memfd numa-mem numa-memdev)
options[anonymous]="-m 64"
options[mem-path]="-m 64 -mem-path $scratch/dir"
options[prealloc]="-m 64 -mem-path $scratch/dir -mem-prealloc"
options[ram]="-m 64 -object memory-backend-ram,id=m0,size=64M,prealloc=on -machine memory-backend=m0"
options[file]="-m 64 -object memory-backend-file,id=m0,size=64M,mem-path=$scratch/ram,share=on
    -machine memory-backend=m0"
options[memfd]="-object memory-backend-memfd,id=m0,size=64M -machine memory-backend=m0"
options[numa-mem]="-m 64 -numa node,mem=24M -numa node,mem=40M"
options[numa-memdev]="-m 64 -object memory-backend-ram,id=n0,size=24M
    -object memory-backend-memfd,id=n1,size=40M -numa node,memdev=n0 -numa node,memdev=n1"
for way in anonymous mem-path prealloc numa-mem; do
    blocks[$way]='0{16}-0{8}03ffffff .*ram.: ppc_core99.ram'
done
for way in ram file memfd; do
    blocks[$way]='0{16}-0{8}03ffffff .*ram.: m0'
done
blocks[numa-memdev]='0{16}-0{8}017fffff .*ram.: n0'

# Boots to the prompt and looks through the console. In fixed mode the prompt comes at the same
# instruction whatever memory is behind the guest.
look() { # WAY
    local way=$1
    # shellcheck disable=SC2086
    drive --log "$scratch/$way.log" "$CORE99" -nographic -icount shift=0,sleep=off \
        ${options[$way]} -expect 'no such text' -run-until 300000000 -S <<STEPS
test $way: OpenBIOS finds 64M
send \x01c
expect (core99) 
send cont\r
expect (core99) 
send \x01c
match ^>> Memory: 64M\r
expect 0 > 
exit 3
STEPS
    # shellcheck disable=SC2086
    drive --log "$scratch/$way.info" "$CORE99" -nodefaults -display none -monitor stdio -S \
        ${options[$way]} <<STEPS
test $way: info mtree -f shows its memory
send info mtree -f\r
match ^ *${blocks[$way]}
test $way: info ramblock and info numa show it
send info ramblock\r
match ^(n0|m0|ppc_core99.ram) +ram_addr 0x00000000
send info numa\r
match ^$([[ $way = numa* ]] && echo 2 || echo 0) nodes
send quit\r
exit 0
STEPS
}

for way in "${ways[@]}"; do
    look "$way"
done
has "numa-memdev: the second node follows the first" \
    '^ *0{8}01800000-0{8}03ffffff .*ram.: n1' "$scratch/numa-memdev.info"
has "numa-memdev: info numa names the back end" '^node 1 size: 40 MB +memdev n1' \
    "$scratch/numa-memdev.info"
has "mem-path: info ramblock names the folder" "file $scratch/dir" "$scratch/mem-path.info"
has "file: info ramblock names the file" "shared file $scratch/ram" "$scratch/file.info"
has "memfd: info ramblock says so" '\(memfd\)' "$scratch/memfd.info"
is "mem-path: the folder is left as it was" "" "$(ls -A "$scratch/dir")"
is "file: the shared file holds the guest's RAM" 67108864 "$(stat -c %s "$scratch/ram")"
check "file: the firmware's traces are in it" grep -q -a 'OpenBIOS' "$scratch/ram"

# The guest cannot tell: where only the host differs, the state is the same to the last bit.
hash_with() { # OPTION...
    quiet_core99 -nographic -icount shift=0,sleep=off -run-until 200000000 -hash-at-exit "$@" \
        >"$scratch/out" 2>&1
    last_hash "$scratch/out"
}
reference=$(hash_with -m 64)
check "a run prints its hash" test -n "$reference"
for way in mem-path prealloc numa-mem; do
    # shellcheck disable=SC2086
    is "$way: the guest is the same to the last bit" "$reference" "$(hash_with ${options[$way]})"
done

# ---- the named steps ------------------------------------------------------------------------------------

class_steps="type_init type_register_static type_initialize object_new object_initialize
    class_base_init instance_post_init object_property_set_bool device_set_realized"
ram_steps="ppc_core99_init memory_region_allocate_system_memory ram_block_add find_ram_offset
    vmstate_register_ram_global"
own_steps="$ram_steps allocate_system_memory_nonnuma memory_region_init_ram_nomigrate
    memory_region_init_ram_shared_nomigrate ram_alloc ram_alloc_internal phys_mem_alloc anon_ram_alloc"
file_steps="$ram_steps allocate_system_memory_nonnuma memory_region_init_ram_from_file"
backend_steps="$ram_steps host_memory_backend_class_init host_memory_backend_init
    host_memory_backend_memory_complete"
declare -A steps
steps[anonymous]="$class_steps $own_steps"
steps[mem-path]="$class_steps $file_steps"
steps[prealloc]="$class_steps $file_steps"
steps[ram]="$class_steps $backend_steps ram_backend_memory_alloc"
steps[file]="$class_steps $backend_steps file_backend_memory_alloc"
steps[memfd]="$class_steps $backend_steps memfd_backend_memory_alloc"
steps[numa-mem]="$class_steps $own_steps"
steps[numa-memdev]="$class_steps $backend_steps ram_backend_memory_alloc memfd_backend_memory_alloc"
balloon_steps="pci_qdev_realize virtio_pci_realize virtio_balloon_pci_realize qdev_realize
    qdev_set_parent_bus virtio_device_realize virtio_bus_device_plugged virtio_memory_listener_commit"
options[balloon]="-m 64 -device virtio-balloon-pci"
steps[balloon]="$class_steps $own_steps $balloon_steps"

all_steps=$(tr -s ' \n' '\n' <<<"$class_steps $own_steps $file_steps ${steps[*]}" | sort -u)

trace_steps() { # WAY
    local step missing=
    # shellcheck disable=SC2086
    CORE99_TRACE=$(tr '\n' ',' <<<"$all_steps" | sed 's/^,*//; s/,*$//') \
        quiet_core99 -nographic -run-until 1000 ${options[$1]} 2>"$scratch/$1.trace" >/dev/null
    is "$1: traced run ends with 0" 0 $?
    sed 's/^\[[^]]*\] *//; s/ .*//' "$scratch/$1.trace" | sort -u >"$scratch/$1.steps"
    for step in ${steps[$1]}; do
        grep -q -x "$step" "$scratch/$1.steps" || missing="$missing $step"
    done
    is "$1: every named step of this way is called" "" "$missing"
}

for way in "${ways[@]}" balloon; do
    trace_steps "$way"
done

# The balloon's chain, from the card to the memory listener, is walked in the order of its chapter.
sed 's/^\[[^]]*\] *//' "$scratch/balloon.trace" | awk '
    $2 ~ /^virtio-balloon-pci/ && $1 ~ /^(pci_qdev_realize|virtio_.*_realize|virtio_pci_realize)$/ ||
    $2 ~ /^virtio-balloon-device/ && $1 ~ /^(qdev|virtio)_/ { print $1 }' |
    awk '!seen[$0]++' >"$scratch/chain"
is "balloon: the steps come in their order" "$(tr -s ' \n' ' ' <<<"$balloon_steps" | sed 's/ $//')" \
    "$(tr '\n' ' ' <"$scratch/chain" | sed 's/ $//')"
sort -u "$scratch"/*.steps >"$scratch/called"
for step in $all_steps; do
    check "step $step is on an executed path" grep -q -x "$step" "$scratch/called"
done

# ---- error paths ------------------------------------------------------------------------------------------

off=(-nographic -run-until 1000)
ram=memory-backend-ram file=memory-backend-file
refused "-m below the range names it" "-m 8: machine 'mac99' takes 16M to 2048M" "${off[@]}" -m 8
refused "-m above the range names it" "takes 16M to 2048M" "${off[@]}" -m 4096
refused "-m with an unknown suffix" "unknown size suffix 'x'" "${off[@]}" -m 1x
refused "-m that is no number" "expected a size" "${off[@]}" -m lots
refused "-mem-path that cannot be made, with -mem-prealloc" "cannot create .*No such file" \
    "${off[@]}" -mem-path /nonexistent/x -mem-prealloc
refused "-mem-path that is a small file" "holds .* less than the size|smaller" \
    "${off[@]}" -mem-path "$small" -mem-prealloc
quiet_core99 "${off[@]}" -mem-path /nonexistent/x >"$scratch/out" 2>&1
is "-mem-path that cannot be made falls back" 0 $?
has "and warns in one line" '^core99: warning: .*/nonexistent/x.*falling back to anonymous' "$scratch/out"
(ulimit -f 1000 && quiet_core99 "${off[@]}" -mem-path "$scratch/dir") >"$scratch/out" 2>&1
is "-mem-path over the limit on file sizes falls back" 0 $?
has "and says so" '^core99: warning: .*File too large.*falling back' "$scratch/out"
refused "no memory for that much" "'a' cannot be 0x3e80000000000 bytes" "${off[@]}" -object $ram,id=a,size=1000T
refused "a back end without a size" "needs a size" "${off[@]}" -object $ram,id=a
refused "a back end without an id" "'id' is missing" "${off[@]}" -object $ram,size=64M
refused "a back end of an unknown type" "did you mean 'memory-backend-ram'" \
    "${off[@]}" -object memory-backend-rom,id=a,size=64M
refused "an unknown property" "did you mean 'share'" "${off[@]}" -object $ram,id=a,size=64M,shere=on
refused "an id twice" "already in use" "${off[@]}" -object $ram,id=a,size=64M -object $ram,id=a,size=64M
refused "a file back end without a file" "needs a mem-path" "${off[@]}" -object $file,id=a,size=64M
refused "a file that is too small" "less than the size" \
    "${off[@]}" -object "$file,id=a,size=64M,mem-path=$small" -machine memory-backend=a
refused "a read-only file that is not there" "cannot open .*No such file" \
    "${off[@]}" -object "$file,id=a,size=64M,mem-path=$scratch/none,readonly=on"
refused "an alignment that is no power of two" "not a power of two" \
    "${off[@]}" -object "$file,id=a,size=64M,mem-path=$scratch/al,align=3000"
refused "memory-backend= of another size than -m" "has 0x4000000 bytes, the machine 0x8000000" \
    "${off[@]}" -m 128 -object $ram,id=a,size=64M -machine memory-backend=a
refused "memory-backend= that does not exist" "'b' not found" "${off[@]}" -machine memory-backend=b
refused "NUMA nodes that are not the sum" "0x8100000 bytes together, the machine 0x8000000" \
    "${off[@]}" -m 128 -numa node,mem=64M -numa node,mem=65M
refused "a NUMA node whose memdev does not exist" "'x' does not exist" "${off[@]}" -numa node,memdev=x
refused "one memdev for two nodes" "used more than once" \
    "${off[@]}" -m 128 -object $ram,id=a,size=64M -numa node,memdev=a -numa node,memdev=a
refused "memdev= for one node only" "for all nodes or none" \
    "${off[@]}" -m 128 -object $ram,id=a,size=64M -numa node,memdev=a -numa node,mem=64M
refused "memdev= and memory-backend=" "exclude each other" \
    "${off[@]}" -m 128 -object $ram,id=a,size=128M -numa node,memdev=a -machine memory-backend=a
refused "memdev= and -mem-path" "exclude each other" \
    "${off[@]}" -m 128 -object $ram,id=a,size=128M -numa node,memdev=a -mem-path "$scratch/dir"
refused "a node with neither" "either memdev= or mem=" "${off[@]}" -numa node,nodeid=0
refused "a -numa that is no node" "only 'node'" "${off[@]}" -numa cpu

# A backing file that shrinks under the running guest: named once, status 1, no core dump.
drive "$CORE99" -nographic -m 64 -object "$file,id=m0,size=64M,mem-path=$scratch/shrink,share=on" \
    -machine memory-backend=m0 <<STEPS
test a backing file that shrinks is named, status 1
expect OpenBIOS 1.1
shell truncate -s 0 $scratch/shrink
match core99: .*$scratch/shrink
exit 1
STEPS
finish
