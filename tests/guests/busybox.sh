# SPDX-License-Identifier: MIT
# Recipe: busybox 1.35 from Debian's source package, static, for 32-bit PowerPC: busybox, busybox.links (its applets' paths).
# A fresh Debian has no deb-src line, so apt works on a private root with private sources; the system's own is not touched.
# shellcheck shell=bash disable=SC2154

busybox_inputs() { echo busybox.sh; }
busybox_packages() { echo gcc-12-powerpc-linux-gnu binutils-powerpc-linux-gnu libc6-dev-powerpc-cross; }

# The user's own Debian mirrors for the binary packages, or the main one: "URI SUITE" lines.
busybox_mirrors() {
    local found
    # shellcheck disable=SC2016
    found=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' 'Origin: Debian' 2>/dev/null |
        sed 's,/ , ,' | grep -E ' bookworm(-security)?$' | sort -u) || true
    printf '%s\n' "${found:-http://deb.debian.org/debian bookworm}"
}

# A private apt root in ./apt: own sources and state; of the system's settings only those for reaching servers.
busybox_apt_root() {
    mkdir -p apt/state/lists/partial apt/cache/archives/partial apt/parts
    : >apt/state/status
    apt-config dump | grep '^Acquire' >apt/parts/acquire || true
    busybox_mirrors | while read -r uri suite; do
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
    done >apt/sources.list
    cat >apt/apt.conf <<EOC
Dir::State "$PWD/apt/state";
Dir::State::status "$PWD/apt/state/status";
Dir::Cache "$PWD/apt/cache";
Dir::Etc::SourceList "$PWD/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Parts "$PWD/apt/parts";
Dir::Etc::Main "/dev/null";
APT::Sandbox::User "";
Acquire::Languages "none";
EOC
}

busybox_fetch() {
    busybox_apt_root
    APT_CONFIG=$PWD/apt/apt.conf apt-get -q update
    APT_CONFIG=$PWD/apt/apt.conf apt-get -q --download-only --only-source source busybox
    dpkg-source --no-check -x busybox_1.35*.dsc source
}

# TC does not compile against this C library's kernel headers; the rest is busybox's own default.
busybox_configure() {
    make -C source ARCH=powerpc CROSS_COMPILE="$cross" defconfig
    sed -i -e 's/^# CONFIG_STATIC is not set/CONFIG_STATIC=y/' -e 's/^CONFIG_TC=y/# CONFIG_TC is not set/' source/.config
    grep -qx CONFIG_STATIC=y source/.config
}

busybox_compile() {
    make -s -C source -j"$jobs" ARCH=powerpc CROSS_COMPILE="$cross" KCONFIG_NOTIMESTAMP=1 busybox busybox.links
}

busybox_build() {
    local out=$1
    stage "busybox: fetch Debian's source package" busybox_fetch
    stage "busybox: configure" busybox_configure
    stage "busybox: compile on $jobs processors" busybox_compile
    cp source/busybox source/busybox.links "$out/"
    cp source/.config "$out/config"
    ls busybox_1.35*.dsc >"$out/provenance"
}
