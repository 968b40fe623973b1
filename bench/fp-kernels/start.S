/* SPDX-License-Identifier: MIT */
/*
 * A -kernel program that runs one floating-point kernel and switches the machine off: entered by
 * OpenBIOS at 0x01000000. power_off is tests/guests/baremetal/poweroff.S, assembled under that name.
 */
        .set    MSR_FP, 0x2000

        .section .text.first, "ax"
        .globl  _start
_start:
        lis     %r1, stack_top@ha
        la      %r1, stack_top@l(%r1)
        li      %r0, 0
        stwu    %r0, -16(%r1)
        mfmsr   %r3
        ori     %r3, %r3, MSR_FP
        mtmsr   %r3
        isync
        mtfsfi  7, 0
        bl      run
        b       power_off

        .section .bss
        .balign 16
        .space  65536
stack_top:
