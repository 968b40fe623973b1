/* SPDX-License-Identifier: MIT */
/*
 * debugexit ADDRESS STATUS: stores STATUS as a 32-bit big-endian word at physical ADDRESS, where
 * core99's debug-exit device ends the run with that exit status. Runs inside the Linux guest.
 * Source: none (own design; the device is `core99-debugexit`).
 */
#include "tiny.h"

int tiny_main(int argc, char **argv)
{
    volatile uint32_t *reg;
    uint32_t address;
    uint32_t status;

    if (argc != 3 || !tiny_parse(argv[1], &address) || !tiny_parse(argv[2], &status) ||
        address % 4 != 0) {
        return tiny_fail("usage: debugexit ADDRESS STATUS (physical, a multiple of 4)");
    }
    reg = tiny_map_physical(address);
    if (reg == NULL) {
        return tiny_fail("debugexit: cannot map the address through /dev/mem");
    }
    *reg = status; /* the guest is big-endian */
    __asm__ volatile("sync" : : : "memory");
    return tiny_fail("debugexit: still running: no debug-exit device at that address?");
}
