#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# virtio-9p with Linux, legacy and modern: a tree goes out and in again and is equal, nothing leads out of the
# folder, a full host disk is an error with a name, a replay does not need the folder.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_guests

share=$scratch/share
outside=$scratch/outside

# ---- a tree with everything in it ----------------------------------------------------------------------

make_tree() { # DIRECTORY
    local i dir=$1/deep
    mkdir -p "$1/many" "$1/names" "$1/modes" "$1/empty"
    for ((i = 0; i < 300; i++)); do
        echo "file $i of many" >"$1/many/f$i"
    done
    for ((i = 0; i < 30; i++)); do
        dir=$dir/level$i
    done
    mkdir -p "$dir"
    echo bottom >"$dir/bottom"
    head -c 20000001 /dev/urandom >"$1/big"
    : >"$1/nothing"
    truncate -s 3000000 "$1/sparse"
    for i in ' ' 'a b' -dash $'new\nline' $'tab\t' 'quote"'"'" 'back\slash' '*' '$HOME' $'\xff\xfe' 'Ünïcödé' '..dots' '...' \
        "$(printf 'n%.0s' {1..255})"; do
        echo "$i" >"$1/names/$i"
    done
    for i in 400 444 600 640 644 700 755 777; do
        echo "$i" >"$1/modes/$i"
        chmod "$i" "$1/modes/$i"
        mkdir "$1/modes/d7$i"
        chmod "7${i:1}" "$1/modes/d7$i"
    done
    chmod 1777 "$1/empty"
    ln -s many/f1 "$1/link"
    ln -s ../big "$1/many/up"
    ln -s /nowhere/at/all "$1/dangling"
    ln -s "$outside/secret" "$1/absolute"
    find "$1" -exec touch -h -d '2003-04-05 06:07:08' {} +
}

# One line a file: path, type, mode, size of files, target of links, time but of links, contents.
manifest() { # DIRECTORY
    (
        cd "$1" || exit
        find . -type l -printf 'l %l %P\n' -o -type d -printf '%y %m %Ts %P\n' -o -printf '%y %m %s %Ts %P\n' | sort
        find . -type f -print0 | sort -z | xargs -0 sha256sum
    )
}

rm -rf "$share"
mkdir -p "$share" "$outside"
echo crown jewels >"$outside/secret"
make_tree "$share/tree"
ln -s ../outside/secret "$share/relative"
ln -s "$outside/secret" "$share/absolute"
ln -s /proc/self/root "$share/magic"
mkfifo "$share/fifo"
mkdir "$share/swapped"
echo mine >"$share/swapped/secret"

mount="mkdir -p /share; mount -t 9p -o trans=virtio,version=9p2000.L"

# guest NAME SCRIPT OPTION...: runs it in Linux; what it prints is in $scratch/NAME.out.
guest() {
    local name=$1 status=0
    echo "$2" >"$scratch/job.sh"
    shift 2
    quiet_core99 -nographic -icount shift=0,sleep=off -m 192 -kernel "$KERNEL" -initrd "$INITRD" \
        -append 'console=ttyS0 quiet core99.run=job' -fw_cfg "name=opt/core99/job,file=$scratch/job.sh" \
        "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" || status=$?
    is "$name: the guest's commands succeed" "0 exit 0" \
        "$status $(grep -a -o 'exit [0-9]*' "$scratch/$name.out" | tail -n 1)"
}

folder=(-fsdev "local,id=fs,path=$share,security_model=none")

# ---- out and in ----------------------------------------------------------------------------------------

before=$(manifest "$share/tree")
for way in legacy modern; do
    other=modern
    [ "$way" = legacy ] || other=legacy
    rm -rf "$share/copy"
    guest "$way" "set -e; $mount host /share
cp -a /share/tree /tmp/tree
(cd /tmp/tree; find . -type f -exec sha256sum {} + | sort) >/tmp/seen
cp -a /tmp/tree /share/copy
cp /tmp/seen /share/seen
dmesg | grep -i -E '9p|virtio' >/share/dmesg || true
umount /share" "${folder[@]}" -device "virtio-9p-pci,fsdev=fs,mount_tag=host,disable-$other=on" -d guest_errors
    is "$way: a tree copied in and out is equal" "$before" "$(manifest "$share/copy")"
    has_not "$way: the device finds nothing to complain of" virtio "$scratch/$way.err"
done

# ---- as programs use it ---------------------------------------------------------------------------------

mkdir "$scratch/use"
guest use "mkdir -p /share; echo
for cache in none loose mmap; do
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=\$cache host /share && cd /share || exit 1
    mkdir bin && cp /bin/busybox bin/busybox && bin/busybox echo \$cache: a program runs || exit 2
    echo one >log; echo two >>log; bin/busybox dd if=/dev/zero of=z bs=1k count=300 conv=fsync || exit 3
    bin/busybox truncate -s 100 z && bin/busybox stat -c \"\$cache: %s bytes\" z
    bin/busybox flock log echo \$cache: locked
    (exec 7<log; bin/busybox mv z log; echo \$cache: \$(cat <&7))
    (exec 8>gone; rm gone; echo kept >&8; [ ! -e gone ]) || exit 4
    bin/busybox mkdir -p a/b/c && bin/busybox mv a x && echo \$cache: \$(ls x/b)
    rm -r x log bin
    cd / && umount /share || exit 5
done" -virtfs "local,path=$scratch/use,mount_tag=host,security_model=none"
for cache in none loose mmap; do
    is "cache=$cache: programs, appending, cutting, locks, replaced and moved files" \
        "a program runs 100 bytes locked one two c" \
        "$(grep -a -o "^$cache: .*" "$scratch/use.out" | tr -d '\r' | cut -d ' ' -f 2- | xargs)"
done
is "nothing is left behind" "" "$(ls "$scratch/use")"

# ---- no way out ----------------------------------------------------------------------------------------

# While the guest works in it, the host swaps the directory for a link to the outside.
(
    until [ -e "$share/ready" ]; do sleep 0.05; done
    mv "$share/swapped" "$share/was"
    ln -s "$outside" "$share/swapped"
    touch "$share/go"
) &
swapper=$!
guest escapes "$mount host /share || exit 1
cd /share
try() { \"\$@\" >/tmp/try 2>&1 && echo \"ESCAPED: \$*: \$(head -n 1 /tmp/try)\"; grep 'crown jewels' /tmp/try && echo \"LEAKED: \$*\"; }
try cat ../outside/secret
try cat /share/../outside/secret
try cat absolute
try cat relative
try cat magic/etc/hostname
try sh -c 'echo broken >relative'
try ln ../outside/secret hard
try mv tree/big /share/../../outside/big
try mknod device c 1 3
try mknod disk b 8 0
try mknod pipe p
chmod u+s tree/nothing
exec 5<swapped/secret
cd swapped
touch /share/ready
until [ -e /share/go ]; do sleep 1; done
try cat secret
try cat /share/swapped/secret
try sh -c 'echo broken >>secret'
try sh -c 'echo broken >/share/swapped/secret'
try rm secret
try touch new
try mkdir newdir
try mv secret /share/stolen
try ln secret /share/stolen
try chmod 777 secret
read line <&5; echo \"open file: \$line\"
cd /share
ls -l
umount /share || true" "${folder[@]}" -icount shift=0,sleep=on -device virtio-9p-pci,fsdev=fs,mount_tag=host
wait "$swapper"
has_not "no attempt from the guest gets out" 'ESCAPED|LEAKED' "$scratch/escapes.out"
has "a file that was open is still the guest's" 'open file: mine' "$scratch/escapes.out"
is "what lies outside is as it was" "secret: crown jewels" "$(cd "$outside" && echo "$(echo *): $(cat -- *)")"
is "no special file was made" "fifo" "$(cd "$share" && find . -not -type f -not -type d -not -type l -printf '%f\n')"
is "no program got set-user-ID" "" "$(find "$share" -type f -perm /6000)"

# ---- what the host does not let it ---------------------------------------------------------------------

rm -rf "$share/copy" "$share/ready" "$share/go" "$share/swapped"
before=$(manifest "$share")
guest readonly "$mount host /share || exit 1
cd /share
for command in 'touch new' 'rm link' 'mv link new' 'mkdir new' 'chmod 777 seen' 'ln seen new' 'ln -s a new' 'truncate -s 1 seen'; do
    \$command 2>&1 && echo \"WRITTEN: \$command\"
done
true" -virtfs "local,path=$share,mount_tag=host,security_model=none,readonly=on"
has_not "nothing is written to a read-only folder" WRITTEN "$scratch/readonly.out"
has "the guest hears why" 'Read-only file system' "$scratch/readonly.out"
is "a read-only folder is as it was" "$before" "$(manifest "$share")"

full_disk() {
    mkdir "$scratch/small"
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount -t tmpfs -o size=2m tmpfs "$1/small" && shift && exec "$@"' sh "$scratch" \
        "$CORE99" -nographic -icount shift=0,sleep=off -m 128 -kernel "$KERNEL" -initrd "$INITRD" \
        -append 'console=ttyS0 quiet core99.run=job' -fw_cfg "name=opt/core99/job,file=$scratch/full.sh" \
        -virtfs "local,path=$scratch/small,mount_tag=host,security_model=none" </dev/null
}
echo "$mount host /share || exit 1
dd if=/dev/zero of=/share/f bs=64k count=100
rm /share/f && echo more >/share/g && cat /share/g" >"$scratch/full.sh"
if unshare -rm true 2>/dev/null; then
    full_disk >"$scratch/full.out" 2>&1
    has "a full host disk is an error that the guest understands" 'No space left on device' "$scratch/full.out"
    has "and it goes on when there is room again" '^more' "$scratch/full.out"
else
    echo "ok - full host disk # skip: no user namespaces"
fi

# ---- the same again ------------------------------------------------------------------------------------

work="$mount host /share || exit 1; cd /share
cp -r tree/many new; ls -lR new | sha256sum; rm -r new; df /share; sha256sum tree/big; mv seen been; mv been seen"
guest recorded "$work" "${folder[@]}" -device virtio-9p-pci,fsdev=fs,mount_tag=host -record "$scratch/log" -hash-at-exit
mv "$share" "$share.gone"
guest replayed "$work" "${folder[@]}" -device virtio-9p-pci,fsdev=fs,mount_tag=host -replay "$scratch/log" -hash-at-exit
same_hash "a replay without the folder ends in the same state" "$scratch/recorded.err" "$scratch/replayed.err"
has "the replayed guest sees what the recorded one saw" \
    "$(sha256sum "$share.gone/tree/big" | cut -c1-64)" "$scratch/replayed.out"
mv "$share.gone" "$share"

find "$share" -type f -exec cat {} + >/dev/null # times of access move no more
look="$mount host /share || exit 1; cd /share; ls -lR . | sha256sum; find . -type f | sha256sum; sha256sum tree/big"
for run in one two; do
    guest "$run" "$look" -virtfs "local,path=$share,mount_tag=host,security_model=none,readonly=on" -hash-at-exit
done
same_hash "two runs on the same folder end in the same state" "$scratch/one.err" "$scratch/two.err"

# ---- pulled out ----------------------------------------------------------------------------------------

drive --log "$scratch/pull.out" "$CORE99" -nographic -m 128 -kernel "$KERNEL" -initrd "$INITRD" \
    -append 'console=ttyS0 quiet' "${folder[@]}" -device virtio-9p-pci,id=nine,fsdev=fs,mount_tag=host <<'STEPS'
test a folder is mounted, its device pulled out, and Linux goes on
expect /root # 
send mkdir -p /share; mount -t 9p -o trans=virtio,version=9p2000.L host /share && ls /share\r
expect seen
expect /root # 
send exec 5</share/tree/big; (dd of=/dev/null <&5 2>/dev/null; cat /share/seen) &\r
expect /root # 
send \x01c
expect (core99) 
send device_del nine\r
expect (core99) 
send device_del nine\r
expect nine
expect (core99) 
send \x01c
send echo alive-$((6 * 7))\r
expect alive-42
send \x01c
send device_add virtio-9p-pci,id=ten,fsdev=fs,mount_tag=host\r
expect (core99) 
send info qtree\r
expect virtio-9p-pci, id "ten"
send quit\r
exit 0
STEPS

# ---- options -------------------------------------------------------------------------------------------

refused "a folder that is not there" "cannot open '/nonexistent': No such file" \
    -nographic -virtfs local,path=/nonexistent,mount_tag=t,security_model=none
refused "a security model that is not built" "security_model 'mapped-xattr' is not built" \
    -nographic -virtfs local,path=/tmp,mount_tag=t,security_model=mapped-xattr
refused "a device without its folder" "there is no fsdev 'x'" -nographic -device virtio-9p-pci,fsdev=x,mount_tag=t
finish
