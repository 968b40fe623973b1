#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/boot/kill.sh with 100 sudden ends of each kind. CORE99_KILLS changes the count.

CORE99_KILLS=${CORE99_KILLS:-100} exec "$(dirname "${BASH_SOURCE[0]}")/../boot/kill.sh"
