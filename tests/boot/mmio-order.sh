#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# OpenBIOS touches the devices in the order, and with the values, that it does on QEMU. What differs,
# and why: tests/golden/mmio-differences.txt. The normal form: mmio_order.py.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v qemu-system-ppc >/dev/null || { echo "no qemu-system-ppc"; exit 77; }

for via in cuda pmu pmu-adb; do
    "$boot_dir/mmio_order.py" "$CORE99" "$via" "$root_dir/tests/golden/mmio-differences.txt" ||
        failures=$((failures + 1))
done
finish
