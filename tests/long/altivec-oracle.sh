#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/boot/altivec-oracle.sh with three million operand sets.

CORE99_ORACLE_CASES=${CORE99_ORACLE_CASES:-3000000} exec "$(dirname "${BASH_SOURCE[0]}")/../boot/altivec-oracle.sh"
